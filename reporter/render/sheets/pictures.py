"""Pictures that are drawn for a report, as SVG: what lies under its tables on paper, and the quilt of its cover.

They repeat what the letters above them say, and say nothing that stands nowhere else. Units are 1/100 mm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from reporter.plain.colour import AMBER as AMBER_HEX
from reporter.plain.colour import NAVY
from reporter.render.sheets.letters import AMBER, advance, places, spaced_agent

INK: Final = "#17212B"
RULE: Final = "#C4CDD6"

_INSET: Final = 0.07
_HAIR: Final = 12
_BAR: Final = 200  # the ink bar beside what is not assessed


@dataclass(frozen=True, slots=True)
class Ruling:
    """The measures of a table on paper, in 1/100 mm.

    Attributes:
        width: Of the whole table, with the gutter at its left that the ink bar hangs in.
        row: The height of a row.
        gutter: The white at the left that hairlines do not cross.
        letters: Where the letters begin.
        cell: The size of their font.
        spacing: What is added behind each letter.
        bar: Where the bar of known fields begins, and how long it is; None where there is none.
    """

    width: int
    row: int
    gutter: int
    letters: int
    cell: int
    spacing: int = 0
    bar: tuple[int, int] | None = None


MATRIX: Final = Ruling(width=17640, row=420, gutter=240, letters=4590, cell=280)
GLANCE: Final = Ruling(width=17640, row=860, gutter=240, letters=4090, cell=415)
FLAGS: Final = Ruling(width=17640, row=500, gutter=240, letters=4590, cell=340)
STRIP: Final = Ruling(width=17640, row=600, gutter=240, letters=6140, cell=300, spacing=1080, bar=(14040, 1900))

SCREENED: Final = Ruling(width=17640, row=560, gutter=240, letters=6140, cell=300, spacing=240)


@dataclass(frozen=True, slots=True)
class Under:
    """What lies under one row: its letters, or a band over the whole width; ``share`` of its bar is known."""

    letters: str
    band: bool = False
    share: float = 0.0


def under(rows: Sequence[Under], ruling: Ruling) -> str:
    """What lies under a table: a hairline above each row, amber tiles and bands, ink beside the bands, and bars."""
    hairs, bands, inks, tiles, bars, rests = [], [], [], [], [], []
    width = ruling.width - ruling.gutter
    for number, row in enumerate(rows):
        top = number * ruling.row
        hairs.append(f"M{ruling.gutter} {top}h{width}")
        if row.band:
            bands.append(_box(ruling.gutter, top, width, ruling.row))
            inks.append(_box(0, top, _BAR + 40, ruling.row))
        else:
            tiles.append(_tiles(row.letters, top, ruling))
            if ruling.bar:
                left, length = ruling.bar
                known = round(row.share * length)
                bars.append(_box(left, top + ruling.row // 2 - 110, known, 220))
                rests.append(_box(left + known, top + ruling.row // 2 - 110, length - known, 220))
    height = len(rows) * ruling.row
    hairs.append(f"M{ruling.gutter} {height}h{width}")
    return _svg(
        ruling.width,
        height,
        _path([*bands, *rests], AMBER_HEX),
        _tiling(tiles, ruling),
        _path(bars, NAVY),
        f'<path d="{"".join(hairs)}" stroke="{RULE}" stroke-width="{_HAIR}" fill="none"/>',
        _path(inks, INK),
    )


def _tiles(spaced: str, top: int, ruling: Ruling) -> str:
    """The tiles under what nobody has said, as strokes; neighbours share one, with the frames of their signs on it."""
    cell, inset = ruling.cell, ruling.cell * _INSET
    runs: list[tuple[float, float]] = []
    for place, (letter, x) in enumerate(zip(spaced, places(spaced), strict=True)):
        if letter in AMBER:
            left = ruling.letters + x * cell + place * ruling.spacing
            right = left + advance(letter) * cell
            joined = runs and left - runs[-1][1] < 1
            runs.append((runs.pop()[0] if joined else left, right))
    middle = top + ruling.row / 2
    return "".join(f"M{left + inset:.0f} {middle:.0f}H{right - inset:.0f}" for left, right in runs)


def _tiling(tiles: Sequence[str], ruling: Ruling) -> str:
    """One line as broad as a tile is high costs half of what as many boxes would."""
    line = "".join(tiles)
    broad = ruling.cell * (1 - 2 * _INSET)
    return f'<path d="{line}" stroke="{AMBER_HEX}" stroke-width="{broad:.0f}" fill="none"/>' if line else ""


def _box(left: float, top: float, width: float, height: float) -> str:
    return f"M{left:.0f} {top:.0f}h{width:.0f}v{height:.0f}h{-width:.0f}z" if width else ""


def _path(boxes: Sequence[str], fill: str) -> str:
    shape = "".join(boxes)
    return f'<path d="{shape}" fill="{fill}"/>' if shape else ""


def _svg(width: float, height: float, *parts: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width / 100:.2f}mm" height="{height / 100:.2f}mm">{"".join(parts)}</svg>'
    )


KEY: Final = Ruling(width=17400, row=400, gutter=0, letters=0, cell=280, spacing=2820)


def key(signs: str) -> str:
    """The tiles under the signs of a key, without any lines."""
    return _svg(KEY.width, KEY.row, _tiling([_tiles(signs, 0, KEY)], KEY))


# The quilt --------------------------------------------------------------------------------------------------------

STRIPS: Final = 12
_QUILT: Final = 17400
_GROUPS: Final = 7  # actions, five groups of categories, and both classifications


def quilt(agents: Sequence[str]) -> str:
    """The cover's picture: a strip for each agent, or above twelve one for each group of columns."""
    rows = strips(agents)
    columns = sum(map(len, rows[0])) if rows else 0
    gaps = len(rows[0]) - 1 if rows else 0
    return _drawn(rows, (_QUILT - 260 * gaps) / columns if columns else 0)


def strips(agents: Sequence[str]) -> list[list[str]]:
    """The letters of the quilt's strips, group by group."""
    if len(agents) <= STRIPS:
        return [[group.replace(",", "") for group in spaced_agent(letters).split(" ")] for letters in agents]
    return [[strip] for strip in _by_group(agents)]


def lettered(agents: Sequence[str]) -> list[str]:
    """The quilt as lines of the symbol font; a level that somebody stated is as solid as any other answer."""
    return [" ".join(map(_plain, strip)) for strip in strips(agents)]


def _plain(letters: str) -> str:
    return "".join(letter if letter in "?X0" else _ALIKE.get(letter, "I") for letter in letters)


_ALIKE: Final = {"D": "X", "q": "?"}


_SHARES: Final = 25
_WORST_FIRST: Final = ("IA", "?", "XD", "0")


def _by_group(agents: Sequence[str]) -> list[str]:
    """For each group of columns, how the agents share its worst answers: 25 cells for all of them."""
    per_agent = [spaced_agent(letters).split(" ") for letters in agents]
    return [_shares([_worst(groups[place]) for groups in per_agent]) for place in range(_GROUPS - 1)]


def _worst(letters: str) -> int:
    return min(place for place, alike in enumerate(_WORST_FIRST) for letter in letters if letter in alike)


def _shares(worst: Sequence[int]) -> str:
    """The cells are dealt out by the largest remainder; no answer that occurs goes without one."""
    counts = [worst.count(place) for place in range(len(_WORST_FIRST))]
    exact = [count * _SHARES / len(worst) for count in counts]
    cells = [max(int(share), 1) if count else 0 for share, count in zip(exact, counts, strict=True)]
    while sum(cells) < _SHARES:
        cells[max(range(len(cells)), key=lambda place: exact[place] - cells[place])] += 1
    while sum(cells) > _SHARES:
        cells[cells.index(max(cells))] -= 1
    return "".join(alike[0] * number for alike, number in zip(_WORST_FIRST, cells, strict=True))


def _drawn(rows: Sequence[Sequence[str]], pitch: float) -> str:
    solid, amber, lines, rings = [], [], [], []
    side = pitch * (1 - 2 * _INSET)
    for number, groups in enumerate(rows):
        y = number * pitch + pitch * _INSET
        for x, letter in _cells(groups, pitch):
            left = x + pitch * _INSET
            if letter in "?q":
                amber.append(_box(left, y, side, side))
                lines.append(_hatching(left, y, side))
            elif letter in "XD":
                rings.append(f'<circle cx="{left + side / 2:.0f}" cy="{y + side / 2:.0f}" r="{pitch * 0.14:.0f}"/>')
            elif letter == "0":
                solid.append(_box(left + side * 0.3, y + side * 0.45, side * 0.4, side * 0.1))
            else:
                solid.append(_box(left, y, side, side))
    stroke = f'fill="none" stroke="{NAVY}" stroke-width="{pitch * 0.075:.0f}"'
    return _svg(
        _QUILT,
        max(1.0, len(rows) * pitch),
        _path(amber, AMBER_HEX).replace("<path", '<path class="amber"'),
        _path(solid, NAVY).replace("<path", '<path class="navy"'),
        f'<path class="line" d="{"".join(lines)}" {stroke}/>' if lines else "",
        f'<g class="line" {stroke}>{"".join(rings)}</g>' if rings else "",
    )


def _cells(groups: Sequence[str], pitch: float) -> list[tuple[float, str]]:
    found, x = [], 0.0
    for group in groups:
        for letter in group:
            found.append((x, letter))
            x += pitch
        x += 260
    return found


def _hatching(left: float, top: float, side: float) -> str:
    """A frame with three diagonal strokes."""
    line = side * 0.04
    box = _box(left + line, top + line, side - 2 * line, side - 2 * line)
    right, bottom, third = left + side - line, top + side - line, side * 0.5
    strokes = (
        f"M{left + line:.0f} {top + third:.0f}L{left + third:.0f} {top + line:.0f}",
        f"M{left + line:.0f} {bottom:.0f}L{right:.0f} {top + line:.0f}",
        f"M{left + third:.0f} {bottom:.0f}L{right:.0f} {top + third:.0f}",
    )
    return box + "".join(strokes)


def dealt(count: int, first: int, further: int) -> list[slice]:
    """Rows in lots that fit on a page: the first lot shares its page with what stands above it."""
    ends = islice(range(first, count + further, further), None)
    starts = [0, *(end for end in ends if end < count)]
    return [slice(start, end) for start, end in zip(starts, [*starts[1:], count], strict=True)] if count else []


def tile(width: int) -> str:
    """An amber tile in hundredths of an em, for single signs that stand among words."""
    return _svg(width, 100, _path([_box(7, 7, width - 14, 86)], AMBER_HEX))
