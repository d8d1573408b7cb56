"""What the picture of an agent's declared flows shows: boxes in four columns, and the lines between them.

Inputs, span types, outputs, outside world. A box of data says in how many span types its group is included or, where it
is in none, how many have not said. A line to the outside world begins at span types, because they are what may
communicate; the vocabulary does not say with what.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from reporter.declared.answer import UNDECLARED
from reporter.declared.vocabulary import ACTION_NAMES, CATEGORIES, FIELDS, GROUPS, SIDE_PARTS, SIDES, Side
from reporter.plain.language import Language
from reporter.render.sheets import letters
from reporter.render.sheets.rows import Line
from reporter.view.report import Agent

State = Literal["included", "undetermined", "excluded"]

MOST: Final = 5  # boxes of span types; more are put together
INPUTS, SPAN_TYPES, OUTPUTS, OUTSIDE = range(4)

_GROUPS: Final = tuple(group for group in GROUPS if any(term.group == group.id for term in CATEGORIES))
_OUTSIDE: Final = (("external_communication", 1), ("financial_transactions", 3))  # with the row of each
_SPREAD: Final = {0: (), 1: (2,), 2: (1, 3), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4)}
_OPEN: Final = frozenset("?-")
_STEPS: Final = 6  # of the breadth of lines


@dataclass(frozen=True, slots=True)
class Box:
    """A box; ``count`` is of span types, and None where it is one itself."""

    column: int
    row: int
    label: str
    count: int | None
    state: State


@dataclass(frozen=True, slots=True)
class Link:
    """A line from one box to another; ``count`` span types make it, and ``certain`` ones declare it."""

    start: Box
    end: Box
    count: int
    certain: bool


@dataclass(frozen=True, slots=True)
class Flows:
    """The picture of one agent.

    Attributes:
        rows: How many rows of boxes there are.
        span_types: How many span types there are; a line of all of them is the broadest.
        words: What the lines say, in a sentence.
        heads: What stands over the columns.
    """

    boxes: list[Box]
    links: list[Link]
    rows: int
    span_types: int
    words: str
    heads: tuple[str, str, str, str]

    def breadth(self, count: int) -> int:
        """How broad a line of so many span types is, from 1 to 6: what differs by less looks the same."""
        return -(-_STEPS * count // self.span_types)

    def lanes(self) -> Iterator[Link]:
        """What leads to each box of the outside world, where its lines have met: one of them, counted for all."""
        met: dict[tuple[int, bool], list[Link]] = {}
        for link in self.links:
            if link.end.column == OUTSIDE:
                met.setdefault((link.end.row, link.certain), []).append(link)
        for first, *others in met.values():
            yield replace(first, count=first.count + sum(other.count for other in others))


def flows(agent: Agent, lines: Sequence[Line], language: Language) -> Flows | None:
    """The picture of an agent; None where it has no span types to draw."""
    if not lines:
        return None
    made = _Drawing(agent, lines, language)
    return Flows(made.boxes, made.links, made.rows, len(lines), made.words(), made.heads())


class _Drawing:
    def __init__(self, agent: Agent, lines: Sequence[Line], language: Language) -> None:
        self._agent, self._lines, self._language = agent, lines, language
        self._beyond = tuple(name for name, each in agent.categories.items() if each.extension)
        self._told = [line for line in lines if line.entry.assessed]
        bands = len(_GROUPS) + bool(self._beyond) if self._told else 0
        self._last = bands
        self.boxes: list[Box] = []
        self.links: list[Link] = []
        middle = self._span_types()
        for side, column in zip(SIDES, (INPUTS, OUTPUTS), strict=True):
            self._side(side, column, middle)
        self._outside(middle)
        self.rows = bands + any(box.row == bands for box in self.boxes)

    def _box(self, column: int, row: int, label: str, count: int | None, state: State) -> Box:
        box = Box(column, row, label, count, state)
        self.boxes.append(box)
        return box

    def _span_types(self) -> list[tuple[Box, list[Line]]]:
        """The boxes of the second column, each with its rows."""
        groups = _together(self._told, self._language)
        found = [
            (self._box(SPAN_TYPES, row, label, len(some) if len(some) > 1 else None, "included"), some)
            for row, (label, some) in zip(_SPREAD[len(groups)], groups, strict=True)
        ]
        silent = [line for line in self._lines if not line.entry.assessed]
        if silent:
            label = self._language.gettext("Not assessed")
            found.append((self._box(SPAN_TYPES, self._last, label, len(silent), "undetermined"), silent))
        return found

    def _side(self, side: Side, column: int, middle: Sequence[tuple[Box, list[Line]]]) -> None:
        """The boxes of what flows in or out, and their lines."""
        told = {line.number: self._segments(line, side) for line in self._lines}
        for row, label in enumerate(self._labels() if self._told else ()):
            included = [number for number, segments in told.items() if "I" in segments[row]]
            silent = [number for number, segments in told.items() if _OPEN & set(segments[row])]
            state: State = "included" if included else "undetermined" if silent else "excluded"
            box = self._box(column, row, label, len(included or silent), state)
            self._join(box, middle, frozenset(included), certain=True)
        silent = [number for number, segments in told.items() if _OPEN & set("".join(segments[: len(_GROUPS)]))]
        if silent:
            label = self._language.gettext("Not stated")
            box = self._box(column, self._last, label, len(silent), "undetermined")
            self._join(box, middle, frozenset(silent), certain=False)

    def _outside(self, middle: Sequence[tuple[Box, list[Line]]]) -> None:
        """The boxes of the outside world, and their lines."""
        silent: set[int] = set()
        for name, row in _OUTSIDE:
            place = ACTION_NAMES.index(name)
            allowed = [line.number for line in self._lines if line.letters[place] == "A"]
            unsaid = [line.number for line in self._lines if line.letters[place] in _OPEN]
            silent.update(unsaid)
            if self._told:
                state: State = "included" if allowed else "undetermined" if unsaid else "excluded"
                box = self._box(OUTSIDE, row, self._agent.actions[name].label, len(allowed or unsaid), state)
                self._join(box, middle, frozenset(allowed), certain=True)
        if silent:
            label = self._language.gettext("Not stated")
            box = self._box(OUTSIDE, self._last, label, len(silent), "undetermined")
            self._join(box, middle, frozenset(silent), certain=False)

    def _join(self, box: Box, middle: Sequence[tuple[Box, list[Line]]], rows: frozenset[int], *, certain: bool) -> None:
        for other, lines in middle:
            count = sum(line.number in rows for line in lines)
            if count:
                start, end = (box, other) if box.column < other.column else (other, box)
                self.links.append(Link(start, end, count, certain))

    def _labels(self) -> list[str]:
        labels = [self._language.pgettext("box", group.label) for group in _GROUPS]
        return [*labels, self._language.gettext("Outside the vocabulary")] if self._beyond else labels

    def _segments(self, line: Line, side: Side) -> list[str]:
        """The letters of one side, group by group."""
        start = len(ACTION_NAMES) + SIDES.index(side) * len(FIELDS[SIDE_PARTS[side]])
        found = []
        for size in _SIZES:
            found.append(line.letters[start : start + size])
            start += size
        if self._beyond:
            part = line.entry.params_data_categories if side == "params" else line.entry.result_data_categories
            found.append("".join(letters.of_category((part or {}).get(name, UNDECLARED)) for name in self._beyond))
        return found

    def heads(self) -> tuple[str, str, str, str]:
        """What stands over the columns: the levels over what flows in and out."""
        language, levels = self._language, self._agent.classification
        return (
            language.gettext("Inputs: %(level)s", level=levels.params.words),
            language.gettext("Span types"),
            language.gettext("Outputs: %(level)s", level=levels.result.words),
            language.gettext("Outside world"),
        )

    def words(self) -> str:
        """What the lines say."""
        outside = self._agent.actions["external_communication"]
        return self._language.gettext(
            "Declared flows from inputs through span types to outputs and the outside world. External communication is "
            "allowed in %(allowed)s of %(all)s span types; %(open)s do not say.",
            allowed=outside.allowed,
            all=len(self._lines),
            open=outside.unknown + outside.undeclared,
        )


_SIZES: Final = tuple(sum(term.group == group.id for term in CATEGORIES) for group in _GROUPS)


def _together(lines: Sequence[Line], language: Language) -> list[tuple[str, list[Line]]]:
    """Span types as they are, or when they are many by what their names begin with."""
    if len(lines) <= MOST:
        return [(line.entry.name, [line]) for line in lines]
    coarsest: list[tuple[str, list[Line]]] = []
    for groups in _groupings(lines):
        coarsest = coarsest or _largest(groups, language)
        if len(groups) > 1 and _left_over(groups) * 2 <= len(lines):
            return _largest(groups, language)
    return coarsest


_BETWEEN: Final = re.compile(r"([:./_\-\s]+)")
_DEPTHS: Final = 3


def _groupings(lines: Sequence[Line]) -> Iterator[dict[str, list[Line]]]:
    """By one, two and three steps of their names; quality and alert schemas by their kinds."""
    steps = {line.number: _BETWEEN.split(line.entry.name, maxsplit=_DEPTHS) for line in lines}
    for depth in range(_DEPTHS):
        groups: dict[str, list[Line]] = {}
        for line in lines:
            begin = "".join(steps[line.number][: 2 * depth + 1])
            groups.setdefault(begin if line.entry.kind == "span" else line.entry.kind, []).append(line)
        yield groups


def _left_over(groups: dict[str, list[Line]]) -> int:
    """How many span types would have to be called others."""
    sizes = sorted((len(some) for some in groups.values()), reverse=True)
    return sum(sizes[MOST - 1 :]) if len(sizes) > MOST else 0


def _largest(groups: dict[str, list[Line]], language: Language) -> list[tuple[str, list[Line]]]:
    """The largest groups, in the order of their rows, and all others as one."""
    if len(groups) <= MOST:
        return [(begin if len(some) > 1 else some[0].entry.name, some) for begin, some in groups.items()]
    kept = {begin for begin, _ in Counter({each: len(some) for each, some in groups.items()}).most_common(MOST - 1)}
    others = [line for begin, some in groups.items() if begin not in kept for line in some]
    found = _largest({begin: some for begin, some in groups.items() if begin in kept}, language)
    return [*found, (language.gettext("Others"), others)]
