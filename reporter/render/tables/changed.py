"""The table of what changed since the last report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from reporter.plain.language import Message
from reporter.render.tables.table import Column, Table
from reporter.view.changed import ChangedAgent, ChangedSpanType, Version
from reporter.view.report import Report


class _Row(NamedTuple):
    agent: ChangedAgent
    item: ChangedSpanType


def _rows(report: Report) -> Iterator[_Row]:
    agents = report.changes.agents if report.changes else ()
    return (_Row(agent, item) for agent in agents for item in agent.span_types)


CHANGES: Final[Table[_Row]] = Table(
    "changes",
    Message("Changes"),
    Message("What changed in what is declared since the last report, what is for the worse first."),
    _rows,
    Column("agent_id", "Agent id", 20, lambda row: row.agent.agent_id),
    Column("agent_name", "Agent", 28, lambda row: row.agent.agent),
    Column("span_type", "Span type", 32, lambda row: row.item.span_type),
    Column("kind", "Kind", 10, lambda row: row.item.kind, worded=True),
    Column("way", "What happened", 24, lambda row: row.item.label),
    Column("worse", "For the worse", 10, lambda row: row.item.worse),
    Column("words", "What changed", 80, lambda row: row.item.words, wraps=True),
    Column("was", "Was called", 28, lambda row: row.item.was),
    Column("before", "Schema versions then", 24, lambda row: tuple(map(_called, row.agent.before))),
    Column("after", "Schema versions now", 24, lambda row: tuple(map(_called, row.agent.after))),
)


def _called(version: Version) -> str:
    return version.external_identifier or version.id
