"""One agent's part of a report: its span types as numbered rows, and for each answer the rows that make it so.

Nothing is decided here: the view is sorted into lines, the same for screen and paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from reporter.declared.answer import Answers
from reporter.declared.vocabulary import FIELDS, GROUPS, PARTS, TERMS, Part
from reporter.plain.language import Language
from reporter.plain.memory import Deferred
from reporter.render.sheets import letters
from reporter.render.sheets.flows import Flows, flows
from reporter.render.sheets.found import Issues, raised
from reporter.render.sheets.rows import Line, Places, Run, Way, runs, ways
from reporter.view.claims import claim
from reporter.view.findings import Waiver
from reporter.view.report import Action, Agent, Category, Hint, SchemaVersion, SideState


def part_words(part: Part, language: Language) -> str:
    """What a report calls a part of a declaration."""
    return {
        "action_profile": language.gettext("actions"),
        "params_data_categories": language.gettext("inputs"),
        "result_data_categories": language.gettext("outputs"),
    }[part]


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of one schema version; its record is told apart in the list of records."""

    version: SchemaVersion
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Answer:
    """A category or an action with its counts, and the rows that make it included or allowed.

    Attributes:
        label: What it is called and, where that is translated, the platform's name for it.
        term: What it is called.
        sides: Its state on each side; empty for an action.
        runs: The rows of each side, or of an action.
    """

    label: str
    term: str
    state: str
    letter: str
    extension: bool
    counts: tuple[int, int, int, int]
    sides: tuple[SideState, ...]
    runs: tuple[list[Run], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The answers of one group of columns."""

    label: str
    law: str
    answers: list[Answer]


@dataclass(frozen=True, slots=True)
class Outside:
    """Something that the vocabulary has no place for: where it stands, its claim, and what stands there, verbatim."""

    line: Line
    part: str
    field: str
    value: Any
    claim: str


@dataclass(frozen=True, slots=True)
class Hinted:
    """What lists of tools say of a row, each hint by its name."""

    line: Line
    said: list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Silence:
    """Rows in which nobody declared something."""

    what: str
    runs: list[Run]


@dataclass(frozen=True, slots=True)
class Sheet(Deferred):
    """An agent's part of the report.

    Attributes:
        language: What it is written in.
        letters: Its line of "agents at a glance", without gaps.
        levels: The rows at the highest level of inputs and outputs.
        extensions: Fields outside the vocabulary, span type by span type.
        odd: Values outside the vocabulary.
        extras: What else declarations hold.
        hints: What lists of tools say of them.
        ways: How data are declared to flow.
        flows: The same as a picture; None without rows.
        lines: All rows.
    """

    agent: Agent
    language: Language
    letters: str
    blocks: list[Block]
    groups: list[Group]
    levels: tuple[list[Run], list[Run]]
    extensions: list[Outside]
    odd: list[Outside]
    extras: list[Outside]
    hints: list[Hinted]
    silences: list[Silence]
    issues: Issues
    ways: list[Way]
    flows: Flows | None
    lines: list[Line]


def sheet(
    agent: Agent,
    language: Language,
    waivers: Mapping[str, Waiver] = MappingProxyType({}),
    *,
    rank: Mapping[str, int] = MappingProxyType({}),
    line: str | None = None,
) -> Sheet:
    """Sorts an agent's part of the view into lines, each part when somebody asks for it.

    Args:
        agent: Whose it is.
        language: What it is written in.
        waivers: Those of the report by their ids.
        rank: The place of each question in the list of all.
        line: Its line of "agents at a glance", if that is known already.
    """
    return Sheet.later(_Sheet(agent, language, waivers, rank, line))


class _Sheet:
    """Works out each other part of a sheet, by its name."""

    def __init__(
        self,
        agent: Agent,
        language: Language,
        waivers: Mapping[str, Waiver],
        rank: Mapping[str, int],
        line: str | None,
    ) -> None:
        self._agent = agent
        self._language = language
        self._waivers = waivers
        self._rank = rank
        self._line = line

    def known(self) -> dict[str, Any]:
        return {"agent": self._agent, "language": self._language}

    @cached_property
    def _lines(self) -> list[Line]:
        entries = enumerate(self._agent.span_types, start=1)
        return [Line(number, entry, letters.of_entry(entry)) for number, entry in entries]

    @cached_property
    def _places(self) -> Places:
        return Places(self._lines)

    def lines(self) -> list[Line]:
        return self._lines

    def letters(self) -> str:
        return self._line or letters.of_agent(self._agent)

    def blocks(self) -> list[Block]:
        found: dict[tuple[str, str], list[Line]] = {}
        for line in self._lines:
            found.setdefault((line.entry.schema_version_id, line.entry.record_sha256), []).append(line)
        # A version without span types has a block of no rows.
        return [Block(each, found.get((each.id, each.record_sha256), [])) for each in self._agent.schema_versions]

    def groups(self) -> list[Group]:
        return _groups(self._agent, self._places, self._language)

    def levels(self) -> tuple[list[Run], list[Run]]:
        level = self._agent.classification
        return self._places.sides(level.params.evidence)[0], self._places.sides(level.result.evidence)[1]

    def extensions(self) -> list[Outside]:
        return list(_outside(self._lines, self._language, of_vocabulary=False))

    def odd(self) -> list[Outside]:
        return list(_outside(self._lines, self._language, of_vocabulary=True))

    def extras(self) -> list[Outside]:
        return [
            Outside(line, "", key, given, f"{line.entry.claim}/{claim('extra', key)}")
            for line in self._lines
            for key, given in line.entry.extra.items()
        ]

    def hints(self) -> list[Hinted]:
        return [Hinted(line, _once(line.entry.hints)) for line in self._lines if line.entry.hints]

    def silences(self) -> list[Silence]:
        return _silences(self._lines, self._language)

    def issues(self) -> Issues:
        return raised(self._agent, self._places, self._waivers, self._language, self._rank)

    def ways(self) -> list[Way]:
        return list(ways(self._agent.flows, self._places, self._language))

    def flows(self) -> Flows | None:
        return flows(self._agent, self._lines, self._language)


def _once(hints: Sequence[Hint]) -> list[tuple[str, Any]]:
    """What several lists say alike is said once; every place of it is in report.json."""
    # By how they are written: true and 1 are the same only to Python.
    return [*{(each.name, repr(each.value)): (each.name, each.value) for each in hints}.values()]


def _groups(agent: Agent, places: Places, language: Language) -> list[Group]:
    """In the order of columns, and what is outside the vocabulary behind them."""
    found = [
        # An empty message would be translated as the catalogue's head.
        Group(language.gettext(group.label), language.gettext(group.law) if group.law else "", [])
        for group in GROUPS
    ]
    at = {group.id: place for group, place in zip(GROUPS, found, strict=True)}
    outside = Group(language.gettext("Outside the vocabulary"), "", [])
    items: list[tuple[str, Action | Category]] = [*agent.actions.items(), *agent.categories.items()]
    for name, item in items:
        # Translated, a term has the platform's name beside it, so that it is found in the evidence.
        translated = not item.extension and item.label != TERMS[name].label
        label = f"{item.label} ({name})" if translated else item.label
        rows: tuple[list[Run], ...] = places.sides(item.evidence)
        sides: tuple[SideState, ...] = ()
        if isinstance(item, Action):
            counts, rows = (item.allowed, item.unknown, item.undeclared, item.disallowed), rows[:1]
        else:
            counts, sides = (item.included, item.unknown, item.undeclared, item.excluded), (item.params, item.result)
        letter = letters.state(item.state)
        answer = Answer(label, item.label, item.state, letter, item.extension, counts, sides, rows)
        (outside if item.extension else at[TERMS[name].group]).answers.append(answer)
    return [*found, outside] if outside.answers else found


def _outside(lines: Sequence[Line], language: Language, *, of_vocabulary: bool) -> Iterator[Outside]:
    """Fields that the vocabulary does not hold; or of those that it holds, what is no answer."""
    for line in lines:
        for part in PARTS:
            values: Answers = getattr(line.entry, part) or {}
            for name, answer in values.items():
                if (name in FIELDS[part]) != of_vocabulary or (of_vocabulary and not answer.odd):
                    continue
                term = language.gettext(TERMS[name].label if name in TERMS else "Classification")
                named = f"{line.entry.claim}/{claim(part, name)}"
                yield Outside(line, part_words(part, language), term if of_vocabulary else name, answer.value, named)


def _silences(lines: Sequence[Line], language: Language) -> list[Silence]:
    """What nobody declared: whole declarations, then parts of those that are there."""
    # Declared with every answer unknown is something else than not declared: a platform may have filled it in.
    silent = [line for line in lines if not line.entry.declared_cells]
    found = [Silence(language.gettext("No declaration at all"), runs(silent))]
    words: dict[Part, str] = {
        "action_profile": language.gettext("No actions declared"),
        "params_data_categories": language.gettext("No inputs declared"),
        "result_data_categories": language.gettext("No outputs declared"),
    }
    for part in PARTS:
        missing = [line for line in lines if line.entry.declared_cells and getattr(line.entry, part) is None]
        found.append(Silence(words[part], runs(missing)))
    unknown = [line for line in lines if line.entry.declared_cells and not line.entry.assessed]
    found.append(Silence(language.gettext("Declared, but with every answer unknown"), runs(unknown)))
    return [silence for silence in found if silence.runs]
