"""From the entries in scope to an agent's profile: states, counts and evidence, by the worst case.

Pure. The profiles of two halves add up to the profile of the whole, and no order matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Final, Literal

from reporter.declared.model import Cell, SpanType, entry_order
from reporter.declared.vocabulary import (
    ACTION_NAMES,
    CATEGORY_NAMES,
    CELLS_PER_SPAN_TYPE,
    CLASSIFICATION,
    FIELDS,
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
    in_groups,
)
from reporter.plain.language import natural_order

Coverage = Literal["not assessed", "mostly unanswered", "partly answered", "answered"]
LOUD: Final[tuple[Coverage, ...]] = ("not assessed", "mostly unanswered")
"""What nobody may take for an answer."""
#: What is asked first: whoever is silent on one of these everywhere has answered little, however much else they say.
_OUTSIDE: Final = "external_communication"
_FIRST: Final = (in_groups("art9"), in_groups("children"))


def _scale(known: int, cells: int, *, silent: bool) -> Coverage:
    """How far questions are answered, in words; ``silent`` about one that is asked first."""
    if not known:
        return "not assessed"
    if known * 2 < cells or silent:
        return "mostly unanswered"
    return "partly answered" if known < cells else "answered"


def coverage(entry: SpanType) -> Coverage:
    """How far the questions about one entry are answered."""
    answer = entry.declaration.answer
    silent = not answer("action_profile", _OUTSIDE).decided or any(
        not any(answer(part, name).decided for part in SIDE_PARTS.values() for name in names) for names in _FIRST
    )
    return _scale(entry.known_cells, CELLS_PER_SPAN_TYPE, silent=silent)


def _in_order(*evidence: Iterable[Cell]) -> tuple[Cell, ...]:
    """Evidence in one order wherever it was read from, so that the same declarations make the same bytes."""
    cells = [*chain(*evidence)]
    # Many cells stand in few entries: those are brought into order first, and cells then compare their places.
    entries = sorted({id(cell.entry): cell.entry for cell in cells}.values(), key=entry_order)
    place = {id(entry): number for number, entry in enumerate(entries)}
    return tuple(sorted(cells, key=lambda cell: (place[id(cell.entry)], PARTS.index(cell.part), cell.field)))


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
        # One silent cell is enough: "excluded" would say of it what nobody said.
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
        return self.top or (UNKNOWN if self.at_least else "none")

    @property
    def at_least(self) -> bool:
        """Whether it may be higher, because some cell does not say."""
        return bool(self.unknown or self.undeclared)

    def __add__(self, other: LevelTally) -> LevelTally:
        """Both together."""
        # Cells below the higher of both levels are no reason for it, so that their evidence goes.
        top = max((self.top, other.top), key=lambda level: RANK.get(level or "", -1))
        return LevelTally(
            self.known + other.known,
            self.unknown + other.unknown,
            self.undeclared + other.undeclared,
            top,
            _in_order(*(tally.evidence for tally in (self, other) if tally.top == top)),
        )


@dataclass(frozen=True, slots=True)
class FlagState:
    """A derived flag over the tallies of its categories, and what it does not count although it may be personal."""

    tallies: tuple[Tally, ...]
    not_counted: tuple[tuple[str, State], ...]

    @property
    def state(self) -> State:
        """The worst of them."""
        return max((tally.state for tally in self.tallies), key=STATES.index)

    @property
    def evidence(self) -> tuple[Cell, ...]:
        """All that makes it included."""
        return _in_order(*(tally.evidence for tally in self.tallies))


@dataclass(frozen=True)
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
    def coverage(self) -> Coverage:
        """How far the questions about an agent are answered; judgements and alerts alone do not say what it does."""
        if not self.assessed:
            return "not assessed"
        outside = self.actions[_OUTSIDE]
        silent = not (outside.yes or outside.no) or any(
            not any(self.sides[side][name].yes or self.sides[side][name].no for side in SIDES for name in names)
            for names in _FIRST
        )
        return _scale(self.known_cells, self.cells, silent=silent)

    @property
    def categories(self) -> tuple[str, ...]:
        """The seventeen in their order, then the extension categories."""
        return tuple(self.sides["params"])

    def category(self, name: str) -> Tally:
        """A category over both sides."""
        return self._both[name]

    @cached_property
    def _both(self) -> Mapping[str, Tally]:
        # Kept, as each flag and its words look at all of their categories again.
        return {name: self.sides["params"][name] + self.sides["result"][name] for name in self.categories}

    @property
    def level(self) -> LevelTally:
        """The classification over both sides."""
        return self.levels["params"] + self.levels["result"]

    def flag(self, flag: Flag) -> FlagState:
        """A derived flag over both sides of its categories; an extension category never enters one."""
        # Printed beside the flag: "excluded" would mislead next to a secret that is included and may be personal.
        others = (*NOT_NECESSARILY_PERSONAL, *(name for name in self.categories if name not in CATEGORY_NAMES))
        not_counted = [(name, self.category(name).state) for name in others]
        return FlagState(
            tuple(self.category(name) for name in flag.categories),
            tuple((name, state) for name, state in not_counted if state in ("included", "undetermined")),
        )


def aggregate(entries: Iterable[SpanType]) -> Profile:
    """The profile of these entries, in whichever order they come."""
    # In one order from the start: no source and no way of reading may show in what is told.
    found = sorted(entries, key=entry_order)
    categories = [name for name in _named(found, *SIDE_PARTS.values()) if name != CLASSIFICATION]
    actions = {name: _tally(found, "action_profile", name) for name in _named(found, "action_profile")}
    sides = {side: {name: _tally(found, part, name) for name in categories} for side, part in SIDE_PARTS.items()}
    levels = {side: _level(found, part) for side, part in SIDE_PARTS.items()}
    # What is outside the vocabulary is no cell: nobody is asked for it, so that it makes no coverage better.
    asked = [
        *(actions[name] for name in ACTION_NAMES),
        *(sides[side][name] for side in SIDES for name in CATEGORY_NAMES),
    ]
    return Profile(
        span_types=len(found),
        of_work=sum(entry.kind == "span" for entry in found),
        not_assessed=sum(not entry.assessed for entry in found),
        declared_cells=sum(entry.declared_cells for entry in found),
        known_cells=sum(tally.yes + tally.no for tally in asked) + sum(tally.known for tally in levels.values()),
        actions=actions,
        sides=sides,
        levels=levels,
    )


def _named(entries: Iterable[SpanType], *parts: Part) -> tuple[str, ...]:
    """The fields of some parts: the vocabulary's in its order, then those that some entry names besides, by name."""
    known = FIELDS[parts[0]]
    declared = (entry.declaration.parts[part] for entry in entries for part in parts)
    # A declared part holds each field of the vocabulary, so that only one that is longer names others.
    longer = [values for values in declared if values and len(values) > len(known)]
    return (*known, *sorted({name for values in longer for name in values}.difference(known), key=natural_order))


def _tally(entries: Sequence[SpanType], part: Part, name: str) -> Tally:
    """Counts by what answers mean, not by their words: an odd one is unknown, and one that is not there undeclared."""
    answers = [entry.declaration.answer(part, name) for entry in entries]
    meant = [answer.meaning for answer in answers]
    cells = [Cell(entry, part, name) for entry, a in zip(entries, answers, strict=True) if a.meaning == "yes"]
    return Tally(len(cells), meant.count("unknown"), meant.count("undeclared"), meant.count("no"), tuple(cells))


def _level(entries: Sequence[SpanType], part: Part) -> LevelTally:
    answers = [entry.declaration.answer(part, CLASSIFICATION) for entry in entries]
    meant = [answer.meaning for answer in answers]
    # A maximum of the levels that are stated: silence is none of them, and is told beside it (``at_least``).
    top = max((answer.level for answer in answers if answer.level), key=RANK.__getitem__, default=None)
    pairs = zip(entries, answers, strict=True) if top else ()
    cells = tuple([Cell(entry, part, CLASSIFICATION) for entry, answer in pairs if answer.level == top])
    return LevelTally(meant.count("level"), meant.count("unknown"), meant.count("undeclared"), top, cells)
