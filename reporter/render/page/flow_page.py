"""The picture of an agent's declared flows on a page: boxes are lists of words, and the lines lie behind them.

A line's classes say how broad it is, in six steps, and whether it is declared (``l3``) or nobody has said (``q3``).
Lengths are such that few digits say them: a box is 14 wide, what is between two of them 4, and a row is 2 high.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from markupsafe import Markup

from reporter.plain.language import Language
from reporter.plain.text import shown
from reporter.render.sheets.flow_boxes import OUTPUTS, OUTSIDE, Box, Flows, Link
from reporter.render.sheets.flow_picture import label

_BOX: Final = 14
_BETWEEN: Final = 4
_STEP: Final = _BOX + _BETWEEN
_WIDTH: Final = 4 * _BOX + 3 * _BETWEEN
_MARKS: Final = {"included": "", "undetermined": "u", "excluded": "x"}


def drawn(flows: Flows, language: Language) -> Markup:
    """The picture: its lines, and four lists of what they join."""
    paths = Markup("").join(Markup("<path class={} d='{}'/>").format(*each) for each in _paths(flows))
    lines = Markup("<svg viewBox='0 0 {} {}' preserveAspectRatio=none aria-hidden=true>{}</svg>").format(
        _WIDTH, 2 * flows.rows, paths
    )
    return lines + Markup("").join(_column(flows, number, language) for number in range(len(flows.heads)))


def _column(flows: Flows, number: int, language: Language) -> Markup:
    """A list of boxes under its head; one that does not follow the box before it says how many rows it skips."""
    told = Markup("<ul><li class=h>{}").format(shown(flows.heads[number]))
    following = 0
    for box in sorted((box for box in flows.boxes if box.column == number), key=lambda box: box.row):
        skipped = f"s{box.row - following}" if box.row > following else ""
        told += _begun(" ".join(filter(None, (_MARKS[box.state], skipped))))
        told += label(box, language)
        following = box.row + 1
    return told + Markup("</ul>")


def _begun(marks: str) -> Markup:
    """An item's start tag; only what holds a space needs quotes."""
    if not marks:
        return Markup("<li>")
    return Markup("<li class='{}'>").format(marks) if " " in marks else Markup("<li class={}>").format(marks)


def _paths(flows: Flows) -> Iterator[tuple[str, str]]:
    """The lines of each kind and breadth, each line once."""
    paths: dict[str, dict[str, None]] = {}
    lines = [(link, _line(link, flows)) for link in flows.links]
    for link, line in [*lines, *((lane, _lane(lane.end, flows)) for lane in flows.lanes())]:
        kind = f"{'l' if link.certain else 'q'}{flows.breadth(link.count)}"
        paths.setdefault(kind, {})[line] = None
    return ((kind, "".join(some)) for kind, some in sorted(paths.items()))


def _line(link: Link, flows: Flows) -> str:
    """From box to box; what leads outside passes between the boxes of outputs, and is joined there."""
    begin, end = _middle(link.start), _middle(link.end)
    if link.end.column == OUTSIDE:
        end = _passing(link.end, flows)
    return f"M{link.start.column * _STEP + _BOX} {begin}{_sloping(end - begin)}"


def _lane(box: Box, flows: Flows) -> str:
    """What leads to one box of the outside world, from where its lines have met."""
    height = _passing(box, flows)
    return f"M{OUTPUTS * _STEP} {height}h{_BOX}{_sloping(_middle(box) - height)}"


def _middle(box: Box) -> int:
    return 2 * box.row + 1


def _passing(box: Box, flows: Flows) -> int:
    """Where the lines to a box of the outside world pass: below a row, or behind the last one."""
    return _middle(box) if box.row == flows.rows - 1 else 2 * box.row + 2


def _sloping(down: int) -> str:
    return f"l{_BETWEEN} {down}".replace(" -", "-") if down else f"h{_BETWEEN}"
