"""The tables of the ways that data are declared to take, and of what may reach the outside world."""

from __future__ import annotations

from collections.abc import Iterator

from reporter.plain.language import Language
from reporter.render.tables.claims import agent_columns
from reporter.render.tables.table import Column, Row, Table
from reporter.view.findings import FlowEntry
from reporter.view.report import Report


def flows(report: Report, language: Language) -> Table:
    """One row for each span type in which an agent's data flow in one way."""
    columns = (
        *agent_columns(language),
        Column("flow", language.gettext("Flow"), 18),
        Column("label", language.gettext("Label"), 28),
        Column("reading", language.gettext("What it means for a reviewer"), 60, wraps=True),
        Column("span_type", language.gettext("Span type"), 32),
        Column("categories", language.gettext("Categories"), 40, wraps=True),
        Column("anchor", language.gettext("Anchor in report.html"), 18),
    )

    def rows() -> Iterator[Row]:
        for agent in report.agents:
            for flow in agent.flows:
                for entry in flow.entries:
                    told = (flow.name, flow.label, flow.reading)
                    yield agent.id, agent.name, *told, entry.span_type, tuple(entry.categories), entry.anchor

    note = language.gettext("Declared ways that data take, from declarations alone: nothing of it was observed.")
    return Table("flows", language.gettext("Flows"), note, columns, "flow", rows)


def reach(report: Report, language: Language) -> Table:
    """One row for each span type that brings data in, or that may communicate with the outside world."""
    columns = (
        *agent_columns(language),
        Column("role", language.gettext("Role"), 16, worded=True),
        Column("span_type", language.gettext("Span type"), 32),
        Column("categories", language.gettext("Categories"), 40, wraps=True),
        Column("anchor", language.gettext("Anchor in report.html"), 18),
    )

    def rows() -> Iterator[Row]:
        for agent in report.agents:
            roles: dict[str, list[FlowEntry]] = {
                "source": agent.reach.sources,
                "exit": agent.reach.exits,
                "undecided exit": agent.reach.undecided_exits,
            }
            for role, entries in roles.items():
                for entry in entries:
                    yield agent.id, agent.name, role, entry.span_type, tuple(entry.categories), entry.anchor

    note = language.gettext("What may reach the outside world in the worst case, an upper bound from declarations.")
    return Table("reach", language.gettext("Reach"), note, columns, "reach", rows)
