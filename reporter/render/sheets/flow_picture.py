"""The picture of an agent's declared flows, drawn for paper with its words over it.

Navy boxes: declared. Amber ones with a dashed frame: nobody has said. White ones: declared excluded. Lines are as broad
as the number of span types, and have no heads: they show what may happen, and not what did. Units are 1/100 mm.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from reporter.plain.colour import AMBER, NAVY
from reporter.plain.language import Language
from reporter.plain.text import shown
from reporter.render.sheets.fitting import close, wide
from reporter.render.sheets.flow_boxes import OUTPUTS, OUTSIDE, Box, Flows, Link
from reporter.render.sheets.pictures import INK, RULE

DEEP: Final = "#955300"
WIDTH: Final = 17400
STEP: Final = 4604  # 174 px, by which tabs set the words over the picture: the engine knows no other tabs than whole px
_BOX: Final = 3588
_HIGH: Final = 450
PITCH: Final = 590
_BROADER: Final = 20
_BEND: Final = (STEP - _BOX) // 2
_ROOM: Final = 14.6  # ems of the text face for a box's words, on both


@dataclass(frozen=True, slots=True)
class Shapes:
    """The paths of a picture: lines by breadth, dashed lines by breadth, and the boxes of each state."""

    certain: dict[int, str]
    uncertain: dict[int, str]
    boxes: dict[str, str]


def shapes(flows: Flows) -> Shapes:
    """What is drawn, without colours."""
    certain: dict[int, list[str]] = {}
    uncertain: dict[int, list[str]] = {}
    lines = [(link, _line(link, flows)) for link in flows.links]
    for link, line in [*lines, *((lane, _lane(lane.end, flows)) for lane in flows.lanes())]:
        drawn = certain if link.certain else uncertain
        drawn.setdefault(_BROADER * flows.breadth(link.count), []).append(line)
    boxes: dict[str, list[str]] = {}
    for box in flows.boxes:
        boxes.setdefault(box.state, []).append(_outline(box) if box.state != "included" else _bar(box))
    return Shapes(
        {broad: "".join(lines) for broad, lines in sorted(certain.items())},
        {broad: "".join(lines) for broad, lines in sorted(uncertain.items())},
        {state: "".join(some) for state, some in boxes.items()},
    )


def _bar(box: Box) -> str:
    """A filled box as a line as broad as it is high, which costs half."""
    return f"M{box.column * STEP} {_middle(box)}h{_BOX}"


def _outline(box: Box) -> str:
    return f"M{box.column * STEP} {box.row * PITCH}h{_BOX}v{_HIGH}h-{_BOX}z"


def _middle(box: Box) -> int:
    return box.row * PITCH + _HIGH // 2


def _line(link: Link, flows: Flows) -> str:
    """From box to box; what leads outside passes between the boxes of outputs, and is joined there."""
    begin, end = _middle(link.start), _middle(link.end)
    if link.end.column == OUTSIDE:
        end = _between(link.end, flows)
    return f"M{link.start.column * STEP + _BOX} {begin}{_bent(end - begin)}"


def _lane(box: Box, flows: Flows) -> str:
    """What leads to one box of the outside world, from where its lines have met."""
    height = _between(box, flows)
    return f"M{OUTPUTS * STEP} {height}h{_BOX}{_bent(_middle(box) - height)}"


def _between(box: Box, flows: Flows) -> int:
    """Where the lines to a box of the outside world pass: below a row, or behind the last one."""
    if box.row == flows.rows - 1:
        return _middle(box)
    return (box.row + 1) * PITCH - (PITCH - _HIGH) // 2


def _bent(down: int) -> str:
    return f"c{_BEND} 0 {_BEND} {down} {2 * _BEND} {down}" if down else f"h{2 * _BEND}"


def height(flows: Flows) -> int:
    """How high the picture is."""
    return (flows.rows - 1) * PITCH + _HIGH


def on_paper(flows: Flows) -> str:
    """The picture without words."""
    drawn = shapes(flows)
    parts = [
        *(_stroke(path, broad, NAVY, ' stroke-opacity=".55"') for broad, path in drawn.certain.items()),
        *(_stroke(path, broad, DEEP, ' stroke-dasharray="90 60"') for broad, path in drawn.uncertain.items()),
    ]
    looks = {
        "included": f'fill="none" stroke="{NAVY}" stroke-width="{_HIGH}"',
        "undetermined": f'fill="{AMBER}" stroke="{INK}" stroke-width="20" stroke-dasharray="60 40"',
        "excluded": f'fill="#fff" stroke="{RULE}" stroke-width="20"',
    }
    parts += [f'<path d="{drawn.boxes[state]}" {look}/>' for state, look in looks.items() if state in drawn.boxes]
    high = height(flows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 -10 {WIDTH + 20} {high + 20}" '
        f'width="{(WIDTH + 20) / 100}mm" height="{(high + 20) / 100}mm">{"".join(parts)}</svg>'
    )


def _stroke(path: str, broad: int, colour: str, more: str) -> str:
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{broad}"{more}/>'


@dataclass(frozen=True, slots=True)
class Words:
    """The words over the picture, row by row with a tab to each column: those on navy, and all others."""

    on_navy: Markup
    others: Markup


def words(flows: Flows, language: Language) -> Words:
    """What stands over the picture on paper."""
    return Words(
        _rows(flows, (box for box in flows.boxes if box.state == "included"), language),
        _rows(flows, (box for box in flows.boxes if box.state != "included"), language),
    )


def _rows(flows: Flows, boxes: Iterable[Box], language: Language) -> Markup:
    rows: list[list[Box]] = [[] for _ in range(flows.rows)]
    for box in boxes:
        rows[box.row].append(box)
    return Markup("\n").join(_row(sorted(row, key=lambda box: box.column), language) for row in rows)


def _row(boxes: Sequence[Box], language: Language) -> str:
    told, column = "", 0
    for box in boxes:
        told += "\t" * (box.column - column) + label(box, language)
        column = box.column
    return told


def label(box: Box, language: Language) -> str:
    """A box's words; none says 0, which a reader might take for an answer that nobody gave."""
    count = f" \u00b7 {language.number(box.count)}" if box.count else ""
    return close(shown(box.label), _ROOM - wide(count)) + count
