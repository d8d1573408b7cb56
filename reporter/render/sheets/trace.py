"""One claim of a report followed to the record that it rests on, with this report's own values."""

from __future__ import annotations

import json
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
        query: The commands that print the value from the evidence, by a program that others wrote, line by line.
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
    query: list[str]


def traced(report: Report, agents: Mapping[str, Agent], language: Language) -> Trace | None:
    """The worst flag of the agent that needs somebody first; None where no flag of any agent is declared included."""
    for agent, flag in _flags(report, agents):
        cell = next((each for each in flag.evidence if isinstance(each, Cell) and len(each.pointer) <= _LONGEST), None)
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
#: Its lines end where nothing is torn: paper would wrap a long one anywhere, and what is copied would not run.
PROGRAM: Final = """reduce ($p/"/")[1:][] as $k
    (.records[] | select(.sha256 == $r).value;
     if type == "array" then .[$k | tonumber]
     else .[$k | gsub("~1"; "/") | gsub("~0"; "~")] end)"""
_ROOM: Final = 90  # characters of a line of the mono face
_LONGEST: Final = 2000  # characters of a pointer that somebody may follow on paper


def _query(sha256: str, pointer: str) -> list[str]:
    """Commands for a shell in lines, each of which fits on paper.

    The pointer is written in JSON's escapes, so that neither the shell nor whoever copies it from a page (two blanks
    become one, a quote becomes another) changes any of it.
    """
    told = json.dumps(pointer).replace("'", "\\u0027").replace(" ", "\\u0020")
    parts = [told[start : start + _ROOM] for start in range(0, len(told), _ROOM)]
    values = (f"r={sha256}", f"p='{parts[0]}'", *(f"p=$p'{each}'" for each in parts[1:]))
    return [*values, 'jq --arg r "$r" --argjson p "$p" \\', *f"'{PROGRAM}' \\".split("\n"), "evidence/snapshot.json"]


def _flags(report: Report, agents: Mapping[str, Agent]) -> Iterator[tuple[Agent, Flag]]:
    """Flags that are declared included, of the agents that need somebody first, and then of all others."""
    first = [item.agent_id for item in report.summary.attention if item.agent_id]
    for agent_id in dict.fromkeys([*first, *agents]):
        agent = agents[agent_id].again()
        for name in _FLAGS:
            if agent.flags[name].state == "included":
                yield agent, agent.flags[name]
