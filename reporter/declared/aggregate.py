"""From the entries in scope to an agent's profile: states, counts and evidence, by the worst case.

Pure. The profiles of two halves merged are the profile of the whole, and no order matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from reporter.declared.answer import Answers
from reporter.declared.model import SpanType
from reporter.declared.vocabulary import (
    ACTION_NAMES,
    CATEGORY_NAMES,
    CELLS_PER_SPAN_TYPE,
    CLASSIFICATION,
    FIELDS,
    LEVELS,
    NOT_NECESSARILY_PERSONAL,
    PARTS,
    RANK,
    SIDE_PARTS,
    SIDES,
    STATES,
    UNKNOWN,
    Flag,
    Level,
    Part,
    Side,
    State,
)
from reporter.plain.canonical import step

_KNOWN_FIELDS = {part: frozenset(fields) for part, fields in FIELDS.items()}


class Cell(NamedTuple):
    """One field of one part of one entry, with the value that was declared."""

    entry: SpanType
    part: Part
    field: str
    value: str

    @property
    def pointer(self) -> str:
        """RFC 6901, into the record that the entry came from."""
        return step(f"{self.entry.pointer}/data_risk/{self.part}", self.field)


def _entry_order(entry: SpanType) -> tuple[str, str, str, str, str]:
    return entry.schema_version_id, entry.kind, entry.name, entry.record_sha256, entry.pointer


def _cell_order(cell: Cell) -> tuple[tuple[str, str, str, str, str], int, str]:
    return _entry_order(cell.entry), PARTS.index(cell.part), cell.field


def _in_order(*evidence: Iterable[Cell]) -> tuple[Cell, ...]:
    return tuple(sorted(chain(*evidence), key=_cell_order))


@dataclass(frozen=True, slots=True)
class Tally:
    """How the cells of one category or action were answered.

    Attributes:
        yes: Cells declared ``included`` or ``allowed``; ``evidence`` holds each of them.
        unknown: Cells declared ``unknown``, or with a value that is no answer.
        undeclared: Cells that nobody declared.
        no: Cells declared ``excluded`` or ``disallowed``.
    """

    yes: int = 0
    unknown: int = 0
    undeclared: int = 0
    no: int = 0
    evidence: tuple[Cell, ...] = ()

    @property
    def cells(self) -> int:
        """All cells, whatever was answered."""
        return self.yes + self.unknown + self.undeclared + self.no

    @property
    def state(self) -> State:
        """The worst case; the words are those of a category (``included`` stands for ``allowed`` as well)."""
        if self.yes:
            return "included"
        if self.unknown or self.undeclared:
            return "undetermined"
        return "excluded" if self.no else "none"

    def __add__(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(
            self.yes + other.yes,
            self.unknown + other.unknown,
            self.undeclared + other.undeclared,
            self.no + other.no,
            _in_order(self.evidence, other.evidence),
        )


@dataclass(frozen=True, slots=True)
class LevelTally:
    """How the classification was answered; ``evidence`` holds the cells at the highest known level."""

    known: int
    unknown: int
    undeclared: int
    top: Level | None
    evidence: tuple[Cell, ...]

    @property
    def highest(self) -> str:
        """The highest known level; ``unknown`` when there are cells and none is known; ``none`` without cells."""
        return self.top or (UNKNOWN if self.unknown or self.undeclared else "none")

    @property
    def at_least(self) -> bool:
        """Whether it may be higher, because some cell does not say."""
        return bool(self.unknown or self.undeclared)

    def __add__(self, other: LevelTally) -> LevelTally:
        """Both together."""
        top = max((self.top, other.top), key=lambda level: RANK.get(level or "", -1))
        at_top = [tally.evidence for tally in (self, other) if tally.top == top]
        return LevelTally(
            self.known + other.known,
            self.unknown + other.unknown,
            self.undeclared + other.undeclared,
            top,
            _in_order(*at_top),
        )


@dataclass(frozen=True, slots=True)
class FlagState:
    """A derived flag: its state, and what it does not count although it may be personal data all the same."""

    state: State
    not_counted: tuple[tuple[str, State], ...]
    evidence: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """What an agent's entries declare together.

    Attributes:
        span_types: Entries of every kind.
        of_work: Those of them that are span types, and no judgements or alerts.
        not_assessed: Those of them in which nobody decided anything.
        declared_cells: Cells (of 42 an entry) whose part is there.
        known_cells: Cells that hold a decided value of the vocabulary.
        actions: Each action's tally; those outside the vocabulary behind the six.
        sides: For each side each category's tally; those outside the vocabulary behind the seventeen.
        levels: Each side's classification.
    """

    span_types: int
    of_work: int
    not_assessed: int
    declared_cells: int
    known_cells: int
    actions: Mapping[str, Tally]
    sides: Mapping[Side, Mapping[str, Tally]]
    levels: Mapping[Side, LevelTally]

    @property
    def cells(self) -> int:
        """Decisions that its entries are asked for."""
        return self.span_types * CELLS_PER_SPAN_TYPE

    @property
    def assessed(self) -> bool:
        """Whether anybody decided anything about an agent that says what it does."""
        return bool(self.of_work and self.known_cells)

    @property
    def categories(self) -> tuple[str, ...]:
        """The seventeen in their order, then the extension categories."""
        return tuple(self.sides["params"])

    def category(self, name: str) -> Tally:
        """A category over both sides."""
        return self.sides["params"][name] + self.sides["result"][name]

    @property
    def level(self) -> LevelTally:
        """The classification over both sides."""
        return self.levels["params"] + self.levels["result"]

    def flag(self, flag: Flag) -> FlagState:
        """A derived flag over both sides of its categories; an extension category never enters one."""
        tallies = [self.category(name) for name in flag.categories]
        outside = [name for name in self.categories if name not in CATEGORY_NAMES]
        not_counted = [(name, self.category(name).state) for name in (*NOT_NECESSARILY_PERSONAL, *outside)]
        return FlagState(
            max((tally.state for tally in tallies), key=STATES.index),
            tuple((name, state) for name, state in not_counted if state in ("included", "undetermined")),
            _in_order(*(tally.evidence for tally in tallies)),
        )


def aggregate(entries: Iterable[SpanType]) -> Profile:
    """The profile of these entries."""
    counter = _Counter()
    for entry in sorted(entries, key=_entry_order):
        counter.add(entry)
    return counter.profile()


def merge(one: Profile, other: Profile) -> Profile:
    """The profile of both profiles' entries together; no entry may be in both."""
    return Profile(
        span_types=one.span_types + other.span_types,
        of_work=one.of_work + other.of_work,
        not_assessed=one.not_assessed + other.not_assessed,
        declared_cells=one.declared_cells + other.declared_cells,
        known_cells=one.known_cells + other.known_cells,
        actions=_merged(one.actions, other.actions, one.span_types, other.span_types),
        sides={side: _merged(one.sides[side], other.sides[side], one.span_types, other.span_types) for side in SIDES},
        levels={side: one.levels[side] + other.levels[side] for side in SIDES},
    )


def _merged(one: Mapping[str, Tally], other: Mapping[str, Tally], cells: int, other_cells: int) -> dict[str, Tally]:
    """What only one half names is undeclared in all the cells of the other."""
    vocabulary = [name for name in one if name in other]
    names = vocabulary + sorted({*one, *other} - set(vocabulary))
    return {
        name: one.get(name, Tally(undeclared=cells)) + other.get(name, Tally(undeclared=other_cells)) for name in names
    }


class _Counter:
    """Counts entry by entry, each field of each part once."""

    def __init__(self) -> None:
        self.entries = 0
        self.of_work = 0
        self.not_assessed = 0
        self.known = 0
        self.declared = 0
        self.absent = dict.fromkeys(PARTS, 0)
        self.answers: dict[Part, dict[str, dict[str, int]]] = {part: {} for part in PARTS}
        self.evidence: dict[tuple[Part, str], list[Cell]] = {}
        self.levels: dict[Part, dict[str, list[Cell]]] = {part: {} for part in PARTS}

    def add(self, entry: SpanType) -> None:
        self.entries += 1
        self.of_work += entry.kind == "span"
        known = 0
        for part, values in entry.declaration.parts.items():
            if values is None:
                self.absent[part] += 1
                continue
            self.declared += len(FIELDS[part])
            known += self._add_part(entry, part, values)
        self.known += known
        self.not_assessed += known == 0

    def _add_part(self, entry: SpanType, part: Part, values: Answers) -> int:
        """Counts the answers of one part; returns how many of its fields of the vocabulary are decided."""
        known = 0
        answers = self.answers[part]
        for name, answer in values.items():
            known += answer.decided and name in _KNOWN_FIELDS[part]
            if name == CLASSIFICATION and part != "action_profile":
                if answer.level:
                    self.levels[part].setdefault(answer.level, []).append(Cell(entry, part, name, answer.level))
                continue
            of_field = answers.get(name)
            if of_field is None:
                of_field = answers[name] = {"yes": 0, "no": 0, "unknown": 0}
            of_field[answer.meaning] += 1
            if answer.meaning == "yes":
                self.evidence.setdefault((part, name), []).append(Cell(entry, part, name, answer.word))
        return known

    def profile(self) -> Profile:
        outside = {name for side in SIDES for name in self.answers[SIDE_PARTS[side]]} - set(CATEGORY_NAMES)
        categories = (*CATEGORY_NAMES, *sorted(outside))
        actions = (*ACTION_NAMES, *sorted(set(self.answers["action_profile"]) - set(ACTION_NAMES)))
        return Profile(
            span_types=self.entries,
            of_work=self.of_work,
            not_assessed=self.not_assessed,
            declared_cells=self.declared,
            known_cells=self.known,
            actions={name: self._tally("action_profile", name) for name in actions},
            sides={side: {name: self._tally(SIDE_PARTS[side], name) for name in categories} for side in SIDES},
            levels={side: self._level(SIDE_PARTS[side]) for side in SIDES},
        )

    def _tally(self, part: Part, name: str) -> Tally:
        """A field that a part leaves out is declared unknown; one outside the vocabulary is undeclared there."""
        counts = self.answers[part].get(name, {"yes": 0, "no": 0, "unknown": 0})
        undeclared = self.absent[part]
        unnamed = self.entries - undeclared - sum(counts.values())
        known_field = name in _KNOWN_FIELDS[part]
        return Tally(
            yes=counts["yes"],
            unknown=counts["unknown"] + (unnamed if known_field else 0),
            undeclared=undeclared + (0 if known_field else unnamed),
            no=counts["no"],
            evidence=tuple(self.evidence.get((part, name), ())),
        )

    def _level(self, part: Part) -> LevelTally:
        found = self.levels[part]
        known = sum(len(cells) for cells in found.values())
        top = next((level for level in reversed(LEVELS) if level in found), None)
        return LevelTally(
            known=known,
            unknown=self.entries - self.absent[part] - known,
            undeclared=self.absent[part],
            top=top,
            evidence=tuple(found[top]) if top else (),
        )
