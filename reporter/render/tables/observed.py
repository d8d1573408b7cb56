"""The table of what ran; it is there only where somebody asked for that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reporter.plain.language import Message
from reporter.render.tables.claims import AGENT, Of
from reporter.render.tables.table import Column, Table
from reporter.view.observed import Observed, Seen
from reporter.view.report import Report


def _ran(report: Report) -> Iterator[Of[Seen, Observed]]:
    for agent in report.agents:
        if agent.observed:
            yield from (Of(agent, item, agent.observed) for item in agent.observed.span_types)


OBSERVED: Final[Table[Of[Seen, Observed]]] = Table(
    "observed",
    Message("Observed"),
    Message("The span types that runs name, from metadata alone. Zero counts and missing labels prove nothing."),
    _ran,
    *AGENT,
    Column("span_type", "Span type", 32, lambda row: row.item.name),
    Column("standing", "In declarations", 16, lambda row: row.item.standing, worded=True),
    Column("live", "Live spans", 12, lambda row: row.item.live),
    Column("tests", "Spans of smoke tests and evals", 12, lambda row: row.item.tests),
    Column("last_seen", "Last seen", 22, lambda row: row.item.last_seen),
    Column("labels", "Labels", 32, lambda row: tuple(row.item.labels), wraps=True),
    Column("since", "Runs from", 22, lambda row: row.about.since),
    Column("until", "Runs until", 22, lambda row: row.about.until or row.about.read_at),
)
