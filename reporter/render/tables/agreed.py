"""The table of what was agreed: what exceeds it, what is undecided, what nobody uses, and the platform's score."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from reporter.plain.language import Message
from reporter.render.tables.claims import AGENT
from reporter.render.tables.table import Column, Table, whole
from reporter.view.report import Agent, Report


class _Line(NamedTuple):
    """One thing that was agreed or not, or one number."""

    agent: Agent
    state: str
    subject: str
    name: str
    label: str
    by: tuple[str, ...] = ()
    span_types: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    at_least: int | str | None = None
    at_most: int | str | None = None
    platform: int | str | None = None


def _lines(report: Report) -> Iterator[_Line]:
    for agent in report.agents:
        if agent.agreed:
            yield from _of_agent(agent)


def _of_agent(agent: Agent) -> Iterator[_Line]:
    agreed, score = agent.agreed, agent.score
    for each in agreed.points if agreed else ():
        yield _Line(agent, each.state, each.subject, each.name, each.label, tuple(each.by), tuple(each.span_types))
    for source in agreed.sources if agreed else ():
        documents = tuple(
            f"{each.title} ({each.reference}, {each.date or '-'} / {each.expires or '-'}{', EXPIRED' * each.expired})"
            for each in source.documents
        )
        for subject, names in (("category", source.categories), ("action", source.actions)):
            label = ", ".join(names) or "-"
            yield _Line(agent, "agreed", subject, source.name, label, (source.kind,), documents=documents)
    if agreed and not agreed.sources:
        yield _Line(agent, "nothing agreed", "", "", agreed.words)
    if score:
        told = _number(score.at_least), _number(score.at_most)
        yield _Line(agent, "score", "agent", score.profile, score.note, at_least=told[0], at_most=told[1])
        for one in score.types:
            told = _number(one.at_least), _number(one.at_most)
            yield _Line(agent, "score", "span type", one.span_type, one.span_type, at_least=told[0], at_most=told[1])
        for number in score.platform:
            state = "differs" if number.differs else "score"
            ours = [None if each is None else _number(each) for each in (number.at_least, number.at_most)]
            yield _Line(
                agent, state, number.kind, number.subject, number.subject, ("platform",),
                at_least=ours[0], at_most=ours[1], platform=_number(number.number),
            )  # fmt: skip


def _number(given: float) -> int | str:
    return int(given) if given == int(given) else whole(given)


AGREED: Final[Table[_Line]] = Table(
    "agreed",
    Message("Agreed"),
    Message(
        "What was agreed beside what is declared. What exceeds one of two sources counts as not agreed; undecided is "
        "neither agreed nor not."
    ),
    _lines,
    *AGENT,
    Column("state", "State", 16, lambda row: row.state, worded=True),
    Column("subject", "Subject", 12, lambda row: row.subject, worded=True),
    Column("name", "Name", 32, lambda row: row.name),
    Column("label", "Label", 40, lambda row: row.label, wraps=True),
    Column("by", "Source", 16, lambda row: row.by),
    Column("span_types", "Span types", 40, lambda row: row.span_types, wraps=True),
    Column("documents", "Documents", 40, lambda row: row.documents, wraps=True),
    Column("at_least", "At least", 12, lambda row: row.at_least),
    Column("at_most", "At most", 12, lambda row: row.at_most),
    Column("platform", "By the platform", 12, lambda row: row.platform),
    row="thing agreed or declared",
)
