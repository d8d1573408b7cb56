"""One claim of a report followed to the record that it rests on, with this report's own values."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from reporter.declared.model import Cell
from reporter.declared.vocabulary import TERMS
from reporter.plain.language import Language
from reporter.render.sheets.sheet import part_words
from reporter.view.report import Agent, Flag, Record, Report

#: The flag that asks most first.
_FLAGS: Final = ("special_category_data", "criminal_offence_data", "childrens_data", "personal_data")


@dataclass(frozen=True, slots=True)
class Trace:
    """A flag of an agent, the answer that makes it so, and where that answer stands.

    Attributes:
        row: The number of the span type's row in the matrix.
        part: Where in its declaration: actions, inputs or outputs.
        term: The category's name for people.
        value: What is declared there, as JSON has it.
        pointer: RFC 6901, into the record.
        number: The record's in the list of records.
        query: The command that prints the value from the evidence, by a program that others wrote.
    """

    agent: Agent
    flag: Flag
    row: int
    span_type: str
    part: str
    term: str
    value: str
    pointer: str
    record: Record
    number: int
    query: str


def traced(report: Report, agents: Mapping[str, Agent], language: Language) -> Trace | None:
    """The worst flag of the agent that needs somebody first; None where no flag of any agent is declared included."""
    for agent, flag in _flags(report, agents):
        cell = next((each for each in flag.evidence if isinstance(each, Cell)), None)
        if cell is None:
            continue
        rows = {(each.record_sha256, each.pointer): place for place, each in enumerate(agent.span_types, start=1)}
        numbered = enumerate(report.records, start=1)
        number, record = next(each for each in numbered if each[1].sha256 == cell.record_sha256)
        return Trace(
            agent=agent,
            flag=flag,
            row=rows[cell.record_sha256, cell.entry.pointer],
            span_type=cell.span_type,
            part=part_words(cell.part, language),
            term=language.gettext(TERMS[cell.field].label),
            value=json.dumps(cell.value, ensure_ascii=False),
            pointer=cell.pointer,
            record=record,
            number=number,
            query=_query(record.sha256, cell.pointer),
        )
    return None


#: Follows a pointer: a step is a place in a list, or a member's name in which RFC 6901 writes two characters otherwise.
PROGRAM: Final = (
    'reduce ($p/"/")[1:][] as $k (.records[] | select(.sha256 == $r).value; '
    'if type == "array" then .[$k | tonumber] else .[$k | gsub("~1"; "/") | gsub("~0"; "~")] end)'
)


def _query(sha256: str, pointer: str) -> str:
    return f"jq --arg r {sha256} --arg p {shlex.quote(pointer)} '{PROGRAM}' evidence/snapshot.json"


def _flags(report: Report, agents: Mapping[str, Agent]) -> Iterator[tuple[Agent, Flag]]:
    """Flags that are declared included, of the agents that need somebody first, and then of all others."""
    first = [item.agent_id for item in report.summary.attention if item.agent_id]
    for agent_id in dict.fromkeys([*first, *agents]):
        agent = agents[agent_id].again()
        for name in _FLAGS:
            if agent.flags[name].state == "included":
                yield agent, agent.flags[name]
