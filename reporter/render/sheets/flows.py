"""The picture of an agent's declared flows: boxes in four columns, which are lists of words, and the lines behind them.

Inputs, span types, outputs, outside world. A box of data says in how many span types its group is included or, where it
is in none, how many have not said. A line to the outside world begins at span types, because they are what may
communicate; the vocabulary does not say with what. Lines have no heads: they show what may happen, and not what did.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from markupsafe import Markup

from reporter.declared.answer import UNDECLARED
from reporter.declared.vocabulary import ACTION_NAMES, CATEGORIES, FIELDS, GROUPS, SIDE_PARTS, SIDES, TERMS, Side
from reporter.plain.language import Language
from reporter.plain.text import shown
from reporter.render.sheets import letters
from reporter.render.sheets.names import shortened
from reporter.render.sheets.pictures import em, wide
from reporter.render.sheets.rows import Line, kind_words
from reporter.view.report import Agent

State = Literal["included", "undetermined", "excluded"]

_MOST: Final = 5  # boxes of span types; more are put together
_TELLING: Final = 2  # at most: two thirds of them in one box, or half of them in that of others
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
    words = language.ngettext(
        "Declared flows from inputs through span types to outputs and the outside world. External communication is "
        "allowed in %(allowed)s of %(all)s span types; %(number)s does not say.",
        "Declared flows from inputs through span types to outputs and the outside world. External communication is "
        "allowed in %(allowed)s of %(all)s span types; %(number)s do not say.",
        outside.unknown + outside.undeclared,
        allowed=outside.allowed,
        all=len(lines),
    )
    heads = (
        language.gettext("Inputs: %(level)s", level=levels.params.words),
        language.gettext("Span types") + (f": {made.by}" if made.by else ""),
        language.gettext("Outputs: %(level)s", level=levels.result.words),
        language.gettext("Outside world"),
    )
    return Flows(
        made.boxes, made.links, made.last + any(box.row == made.last for box in made.boxes), len(lines), words, heads
    )


class _Drawing:
    """Puts boxes and links together.

    Attributes:
        last: The row of what nobody has said, below all others.
        by: The action that span types are put together by; empty where their names do it.
    """

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
        self.by, groups = _together(told, language)
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


_Group = tuple[str, list[Line]]


def _together(lines: Sequence[Line], language: Language) -> tuple[str, list[_Group]]:
    """Span types as they are, or when they are many in groups: by what their names begin with, or by what they may do.

    A beginning that most of them share (``mcp__crm__``) tells none from the other, so that such a group is parted by
    what follows in the names; where one box would hold most of them still, an action parts them. Its name is told too.
    """
    if len(lines) <= _MOST:
        return "", [(line.entry.name, [line]) for line in lines]
    others = language.gettext("Others")
    found = [("", _largest(groups, others)) for groups in _partings(lines, language)]
    found += [(letters.head(TERMS[name], language), _by_answer(lines, name, language)) for name, _ in _OUTSIDE]

    def share(by: tuple[str, list[_Group]]) -> float:
        # A box of others says less than one with a name.
        return max(len(some) * (4 if label == others else 3) for label, some in by[1]) / len(lines)

    return next((each for each in found if share(each) <= _TELLING), min(found, key=share))


def _partings(lines: Sequence[Line], language: Language) -> Iterator[list[_Group]]:
    """By what names begin with, the largest group parted once more each time; not by what leaves most of them over."""
    groups = _by_name(lines, language)
    yield groups
    while len(groups) <= _MOST:
        largest = max(groups, key=lambda group: len(group[1]))
        parts = _by_name(largest[1], language)
        if len(parts) == 1:
            return
        at = groups.index(largest)
        groups = [*groups[:at], *parts, *groups[at + 1 :]]
        yield groups


_BETWEEN: Final = re.compile(r"([:./_\-\s]+)")


def _by_name(lines: Sequence[Line], language: Language) -> list[_Group]:
    """By the first step in which their names differ; quality and alert schemas by their kinds."""
    steps = {line.number: _BETWEEN.split(line.entry.name) for line in lines if line.entry.kind == "span"}
    shared = 0
    for place in zip(*steps.values(), strict=False):
        if len(set(place)) > 1:
            break
        shared += 1
    groups: dict[str, list[Line]] = {}
    for line in lines:
        named = steps.get(line.number)
        begin = "".join(named[: shared + 1]) if named else kind_words(line.entry.kind, language)
        groups.setdefault(begin, []).append(line)
    # A group of one is called by its whole name: its beginning would say less.
    return [(begin if len(some) > 1 else some[0].entry.name, some) for begin, some in groups.items()]


def _by_answer(lines: Sequence[Line], action: str, language: Language) -> list[_Group]:
    """By whether an action is allowed."""
    at = ACTION_NAMES.index(action)
    groups = (
        (language.pgettext("value", word), [line for line in lines if line.letters[at] in signs])
        for signs, word in (("A", "allowed"), ("?-", "undetermined"), ("D", "disallowed"))
    )
    return [(label, some) for label, some in groups if some]


def _largest(groups: Sequence[_Group], others: str) -> list[_Group]:
    """The largest groups, in the order of their rows, and all others as one."""
    if len(groups) <= _MOST:
        return [*groups]
    kept = sorted(sorted(range(len(groups)), key=lambda place: -len(groups[place][1]))[: _MOST - 1])
    left = [line for place, (_, some) in enumerate(groups) if place not in kept for line in some]
    return [*(groups[place] for place in kept), (others, left)]


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
        boxes = sorted((box for box in flows.boxes if box.column == column), key=lambda box: box.row)
        counts = [_count(box, flows.span_types, language) for box in boxes]
        short = shortened([shown(box.label) for box in boxes], _ROOM - max(map(wide, counts), default=0), em)
        for box, count in zip(boxes, counts, strict=True):
            skipped = f"s{box.row - following}" if box.row > following else ""
            marks = " ".join(filter(None, (_MARKS[box.state], skipped)))
            quoted = f"'{marks}'" if " " in marks else marks
            told += Markup("<li class={}>" if marks else "<li>").format(Markup(quoted))  # noqa: S704 (names of ours)
            told += short[shown(box.label)] + count
            following = box.row + 1
        told += Markup("</ul>")
    return told


def _count(box: Box, span_types: int, language: Language) -> str:
    """Of how many span types a box tells: of more than have boxes of their own, of how many these are."""
    if not box.count:
        return ""  # not 0, which a reader might take for an answer that nobody gave
    of_all = f"/{language.number(span_types)}" if span_types > _MOST else ""
    return f" \u00b7 {language.number(box.count)}{of_all}"
