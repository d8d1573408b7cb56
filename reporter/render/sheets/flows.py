"""The picture of an agent's declared flows: boxes in four columns, which are lists of words, and the lines behind them.

Inputs, span types, outputs, outside world. A box of data says in how many span types its group is included or, where it
is in none, how many have not said. A line to the outside world begins at span types, because they are what may
communicate; the vocabulary does not say with what. Lines have no heads: they show what may happen, and not what did.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from markupsafe import Markup

from reporter.declared.answer import UNDECLARED
from reporter.declared.vocabulary import ACTION_NAMES, CATEGORIES, FIELDS, GROUPS, SIDE_PARTS, SIDES, Side
from reporter.plain.language import Language
from reporter.plain.text import shown
from reporter.render.sheets import letters
from reporter.render.sheets.pictures import fitted, wide
from reporter.render.sheets.rows import Line, kind_words
from reporter.view.report import Agent

State = Literal["included", "undetermined", "excluded"]

_MOST: Final = 5  # boxes of span types; more are put together
_INPUTS, _SPAN_TYPES, _OUTPUTS, _OUTSIDE_WORLD = range(4)

_GROUPS: Final = tuple(group for group in GROUPS if any(term.group == group.id for term in CATEGORIES))
_OUTSIDE: Final = (("external_communication", 1), ("financial_transactions", 3))  # with the row of each
# Few boxes stand in the middle of their column, so that lines slope as little as they can.
_SPREAD: Final = {0: (), 1: (2,), 2: (1, 3), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4)}
_OPEN: Final = frozenset("?-")


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


def flows(agent: Agent, lines: Sequence[Line], language: Language) -> Flows | None:
    """The picture of an agent; None where it has no span types to draw."""
    if not lines:
        return None
    made, levels, outside = _Drawing(agent, lines, language), agent.classification, agent.actions[_OUTSIDE[0][0]]
    words = language.gettext(
        "Declared flows from inputs through span types to outputs and the outside world. External communication is "
        "allowed in %(allowed)s of %(all)s span types; %(open)s do not say.",
        allowed=outside.allowed,
        all=len(lines),
        open=outside.unknown + outside.undeclared,
    )
    heads = (
        language.gettext("Inputs: %(level)s", level=levels.params.words),
        language.gettext("Span types"),
        language.gettext("Outputs: %(level)s", level=levels.result.words),
        language.gettext("Outside world"),
    )
    return Flows(
        made.boxes, made.links, made.last + any(box.row == made.last for box in made.boxes), len(lines), words, heads
    )


class _Drawing:
    """Puts boxes and links together; ``last`` is the row of what nobody has said, below all others."""

    def __init__(self, agent: Agent, lines: Sequence[Line], language: Language) -> None:
        self._lines, self._language = lines, language
        self._beyond = tuple(name for name, each in agent.categories.items() if each.extension)
        told = [line for line in lines if line.entry.assessed]
        silent = [line for line in lines if not line.entry.assessed]
        labels = [language.pgettext("box", group.label) for group in _GROUPS]
        labels += [language.gettext("Outside the vocabulary")] if self._beyond else []
        self.last = len(labels) if told else 0
        self.boxes: list[Box] = []
        self.links: list[Link] = []
        groups = _together(told, language)
        self._middle = [
            (Box(_SPAN_TYPES, row, label, len(some) if len(some) > 1 else None, "included"), some)
            for row, (label, some) in zip(_SPREAD[len(groups)], groups, strict=True)
        ]
        if silent:
            label = language.gettext("Not assessed")
            self._middle.append((Box(_SPAN_TYPES, self.last, label, len(silent), "undetermined"), silent))
        self.boxes.extend(box for box, _ in self._middle)
        for side, column in zip(SIDES, (_INPUTS, _OUTPUTS), strict=True):
            self._side(side, column, labels if told else [])
        unsaid: set[int] = set()
        for name, row in _OUTSIDE:
            answers = {line.number: line.letters[ACTION_NAMES.index(name)] for line in lines}
            open_ = [number for number, letter in answers.items() if letter in _OPEN]
            unsaid.update(open_)
            if told:
                allowed = [number for number, letter in answers.items() if letter == "A"]
                self._box(_OUTSIDE_WORLD, row, agent.actions[name].label, allowed, open_)
        self._not_stated(_OUTSIDE_WORLD, unsaid)

    def _side(self, side: Side, column: int, labels: Sequence[str]) -> None:
        """The boxes of what flows in or out, and their lines."""
        told = {line.number: self._segments(line, side) for line in self._lines}
        for row, label in enumerate(labels):
            included = [number for number, segments in told.items() if "I" in segments[row]]
            unsaid = [number for number, segments in told.items() if _OPEN & set(segments[row])]
            self._box(column, row, label, included, unsaid)
        silent = [number for number, segments in told.items() if _OPEN & set("".join(segments[: len(_GROUPS)]))]
        self._not_stated(column, silent)

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

    def _box(self, column: int, row: int, label: str, included: Sequence[int], unsaid: Sequence[int]) -> None:
        """A box that counts span types by their numbers, and its lines to the boxes of these span types."""
        state: State = "included" if included else "undetermined" if unsaid else "excluded"
        self._join(Box(column, row, label, len(included or unsaid), state), included, certain=True)

    def _not_stated(self, column: int, silent: Collection[int]) -> None:
        if silent:
            label = self._language.gettext("Not stated")
            self._join(Box(column, self.last, label, len(silent), "undetermined"), silent, certain=False)

    def _join(self, box: Box, rows: Collection[int], *, certain: bool) -> None:
        self.boxes.append(box)
        for other, lines in self._middle:
            count = len({line.number for line in lines} & set(rows))
            if count:
                start, end = (box, other) if box.column < other.column else (other, box)
                self.links.append(Link(start, end, count, certain))


_SIZES: Final = tuple(sum(term.group == group.id for term in CATEGORIES) for group in _GROUPS)


def _together(lines: Sequence[Line], language: Language) -> list[tuple[str, list[Line]]]:
    """Span types as they are, or when they are many by what their names begin with: so that few are left over."""
    if len(lines) <= _MOST:
        return [(line.entry.name, [line]) for line in lines]
    groupings = list(_groupings(lines, language))
    for groups in groupings:
        sizes = sorted(map(len, groups.values()), reverse=True)
        left_over = sum(sizes[_MOST - 1 :]) if len(sizes) > _MOST else 0
        if len(groups) > 1 and left_over * 2 <= len(lines):
            return _largest(groups, language)
    return _largest(groupings[0], language)


_BETWEEN: Final = re.compile(r"([:./_\-\s]+)")
_DEPTHS: Final = 3


def _groupings(lines: Sequence[Line], language: Language) -> Iterator[dict[str, list[Line]]]:
    """By one, two and three steps of their names; quality and alert schemas by their kinds."""
    steps = {line.number: _BETWEEN.split(line.entry.name, maxsplit=_DEPTHS) for line in lines}
    for depth in range(_DEPTHS):
        groups: dict[str, list[Line]] = {}
        for line in lines:
            begin = "".join(steps[line.number][: 2 * depth + 1])
            kind = line.entry.kind
            groups.setdefault(begin if kind == "span" else kind_words(kind, language), []).append(line)
        yield groups


def _largest(groups: dict[str, list[Line]], language: Language) -> list[tuple[str, list[Line]]]:
    """The largest groups, in the order of their rows, and all others as one."""
    # A group of one is called by its whole name: its beginning would say less.
    if len(groups) <= _MOST:
        return [(begin if len(some) > 1 else some[0].entry.name, some) for begin, some in groups.items()]
    kept = {begin for begin, _ in Counter({each: len(some) for each, some in groups.items()}).most_common(_MOST - 1)}
    others = [line for begin, some in groups.items() if begin not in kept for line in some]
    found = _largest({begin: some for begin, some in groups.items() if begin in kept}, language)
    return [*found, (language.gettext("Others"), others)]


# --- how it is drawn: one list of words to a column, and paths that lie behind the boxes

_STEPS: Final = 6  # of the breadth of lines
_MARKS: Final = {"included": "", "undetermined": "u", "excluded": "x"}
_ROOM: Final = 14.6  # ems of the text face for a box's words


@dataclass(frozen=True, slots=True)
class Measures:
    """How large a picture is: boxes and what is between two of them, the pitch of rows, and how lines go down."""

    box: int
    between: int
    high: int
    pitch: int
    sloping: Callable[[int], str]

    @property
    def width(self) -> int:
        """Of the whole picture."""
        return 4 * self.box + 3 * self.between

    def height(self, flows: Flows) -> int:
        """Of the whole picture."""
        return (flows.rows - 1) * self.pitch + self.high

    def left(self, column: int) -> int:
        """Where a column of boxes begins."""
        return column * (self.box + self.between)

    def middle(self, box: Box) -> int:
        """Half way down a box."""
        return box.row * self.pitch + self.high // 2


def paths(flows: Flows, drawn: Measures) -> Iterator[tuple[bool, int, str]]:
    """The lines of each kind: whether they are certain, how broad they are from 1 to 6, and their path.

    What leads outside passes between the boxes of outputs, where its lines have met and are drawn as one.
    """
    found: dict[tuple[bool, int], dict[str, None]] = {}  # a line that several links make is drawn once

    def passing(box: Box) -> int:
        if box.row == flows.rows - 1:
            return drawn.middle(box)
        return (box.row + 1) * drawn.pitch - (drawn.pitch - drawn.high) // 2

    def draw(link: Link, path: str) -> None:
        # What differs by less than a sixth of all span types looks the same.
        breadth = -(-_STEPS * link.count // flows.span_types)
        found.setdefault((not link.certain, breadth), {})[path] = None

    met: dict[tuple[int, bool], list[Link]] = {}
    for link in flows.links:
        outside = link.end.column == _OUTSIDE_WORLD
        begin, end = drawn.middle(link.start), passing(link.end) if outside else drawn.middle(link.end)
        draw(link, f"M{drawn.left(link.start.column) + drawn.box} {begin}{drawn.sloping(end - begin)}")
        if outside:
            met.setdefault((link.end.row, link.certain), []).append(link)
    for first, *others in met.values():
        lane, at = replace(first, count=first.count + sum(other.count for other in others)), passing(first.end)
        draw(lane, f"M{drawn.left(_OUTPUTS)} {at}h{drawn.box}{drawn.sloping(drawn.middle(lane.end) - at)}")
    for (open_, breadth), some in sorted(found.items()):
        yield not open_, breadth, "".join(some)


def lists(flows: Flows, language: Language) -> Markup:
    """Its words: a list of boxes for each column, under its head.

    Classes say what is undetermined (``u``) and excluded (``x``), and how many rows a box leaves empty above it.
    """
    told = Markup("")
    for column, head in enumerate(flows.heads):
        told += Markup("<ul><li class=h>{}").format(shown(head))
        following = 0
        for box in sorted((box for box in flows.boxes if box.column == column), key=lambda box: box.row):
            skipped = f"s{box.row - following}" if box.row > following else ""
            marks = " ".join(filter(None, (_MARKS[box.state], skipped)))
            quoted = f"'{marks}'" if " " in marks else marks
            told += Markup("<li class={}>" if marks else "<li>").format(Markup(quoted))  # noqa: S704 (names of ours)
            # None says 0, which a reader might take for an answer that nobody gave.
            count = f" \u00b7 {language.number(box.count)}" if box.count else ""
            told += fitted(shown(box.label), _ROOM - wide(count)) + count
            following = box.row + 1
        told += Markup("</ul>")
    return told
