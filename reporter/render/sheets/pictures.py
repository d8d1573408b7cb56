"""Pictures that are drawn for a report, as SVG: what lies under a matrix on paper, and the quilt of its cover.

They repeat what the letters above them say, and say nothing that stands nowhere else. Units are 1/100 mm. How much text
a line has room for is told in ems of the text face, as nothing is measured before it is laid out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, takewhile
from types import MappingProxyType
from typing import Final
from unicodedata import east_asian_width

from reporter.plain.colour import AMBER as AMBER_HEX
from reporter.plain.colour import NAVY
from reporter.render.sheets.letters import AMBER, advance, places, spaced_agent, spaced_entry
from reporter.render.sheets.rows import Line

INK: Final = "#17212B"
RULE: Final = "#C4CDD6"

_INSET: Final = 0.07
_HAIR: Final = 12

_WIDTH: Final = 17640  # of a matrix, with the gutter at its left that the ink bars hang in
_GUTTER: Final = 240
_ROW: Final = 420
_FURTHER: Final = 250  # of each further line of a row's name
_LETTERS: Final = 4590  # where the letters begin, and the size of their font
_CELL: Final = 280


def row_height(lines: int) -> int:
    """How high a row of a matrix is whose name stands in so many lines."""
    return _ROW if lines == 1 else _ROW // 10 + _FURTHER * lines


def under(lines: Sequence[Line], names: Mapping[int, int] = MappingProxyType({})) -> str:
    """What lies under a matrix: a hairline above each row, amber tiles, and bands with an ink bar beside them.

    One picture for all rows, each kind of thing in one path: a background for each cell would cost twenty times as
    much as all else on the page.

    Args:
        lines: The rows.
        names: In how many lines the name of each stands; in one where nothing is said.
    """
    hairs, bands, inks, tiles = [], [], [], []
    width = _WIDTH - _GUTTER
    high = 0
    for line in lines:
        top, row = high, row_height(names.get(line.number, 1))
        high += row
        hairs.append(f"M{_GUTTER} {top}h{width}")
        if line.entry.assessed:
            tiles.append(_tiles(spaced_entry(line.letters), _LETTERS, top + _ROW // 2, _CELL))
            if line.entry.coverage == "mostly unanswered":
                bands.append(_box(_GUTTER, top, _LETTERS - _GUTTER, row))  # one answer makes no row look known
        else:
            bands.append(_box(_GUTTER, top, width, row))
            inks.append(_box(0, top, _GUTTER, row))
    hairs.append(f"M{_GUTTER} {high}h{width}")
    # One line as broad as a tile is high costs half of what as many boxes would.
    broad = f"{_CELL * (1 - 2 * _INSET):.0f}"
    return svg(
        _WIDTH,
        high,
        _path(bands, AMBER_HEX),
        _stroked(tiles, AMBER_HEX, broad),
        _stroked(hairs, RULE, str(_HAIR)),
        _path(inks, INK),
    )


def _tiles(spaced: str, start: int, middle: int, cell: int, spacing: int = 0) -> str:
    """The tiles under what nobody has said, as strokes; neighbours share one, with the frames of their signs on it."""
    runs: list[tuple[float, float]] = []
    for place, (letter, x) in enumerate(zip(spaced, places(spaced), strict=True)):
        if letter in AMBER:
            left = start + x * cell + place * spacing
            right = left + advance(letter) * cell
            joined = runs and left - runs[-1][1] < 1
            runs.append((runs.pop()[0] if joined else left, right))
    inset = cell * _INSET
    return "".join(f"M{left + inset:.0f} {middle}H{right - inset:.0f}" for left, right in runs)


def _box(left: float, top: float, width: float, height: float) -> str:
    return f"M{left:.0f} {top:.0f}h{width:.0f}v{height:.0f}h{-width:.0f}z"


def _path(boxes: Sequence[str], fill: str) -> str:
    return f'<path d="{"".join(boxes)}" fill="{fill}"/>' if any(boxes) else ""


def _stroked(lines: Sequence[str], colour: str, broad: str) -> str:
    path = "".join(lines)
    return f'<path d="{path}" stroke="{colour}" stroke-width="{broad}" fill="none"/>' if path else ""


def svg(width: float, height: float, *parts: str, margin: int = 0) -> str:
    """A picture of this size with a margin around it."""
    broad, high = width + 2 * margin, height + 2 * margin
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-margin} {-margin} {broad:.0f} {high:.0f}" '
        f'width="{broad / 100:.2f}mm" height="{high / 100:.2f}mm">{"".join(parts)}</svg>'
    )


def tiles(spaced: str, spacing: int = 0) -> str:
    """What lies under one line of signs that stand so far apart, in hundredths of an em."""
    width = sum(map(advance, spaced)) * 100 + len(spaced) * spacing
    return svg(width, 100, _stroked([_tiles(spaced, 0, 50, 100, spacing)], AMBER_HEX, "86"))


# --- the quilt of the cover

STRIPS: Final = 12
_QUILT: Final = 17400
_GAP: Final = 260
_SHARES: Final = 25
_WORST_FIRST: Final = ("IA", "?", "XD", "0")
_PLAIN: Final = {"?": "?", "q": "?", "X": "X", "D": "X", "0": "0"}


def strips(agents: Sequence[str]) -> list[list[str]]:
    """The letters of the quilt's strips: one for each agent, or above twelve one for each group of columns."""
    grouped = [spaced_agent(letters).split(" ") for letters in agents]
    if len(agents) <= STRIPS:
        return [[group.replace(",", "") for group in groups] for groups in grouped]
    # Without the classifications, which have no worst answer to share.
    return [[_shares([_worst(group) for group in column])] for column in list(zip(*grouped, strict=True))[:-1]]


def lettered(agents: Sequence[str]) -> list[str]:
    """The quilt as lines of the symbol font; a level that somebody stated is as solid as any other answer."""
    return [
        " ".join("".join(_PLAIN.get(letter, "I") for letter in group) for group in strip) for strip in strips(agents)
    ]


def _worst(letters: str) -> int:
    return min(place for place, alike in enumerate(_WORST_FIRST) for letter in letters if letter in alike)


def _shares(worst: Sequence[int]) -> str:
    """25 cells, dealt out by the largest remainder; no answer that occurs goes without one."""
    counts = [worst.count(place) for place in range(len(_WORST_FIRST))]
    exact = [count * _SHARES / len(worst) for count in counts]
    # One agent among a thousand that nobody has assessed must be seen on the cover.
    cells = [max(int(share), 1) if count else 0 for share, count in zip(exact, counts, strict=True)]
    while sum(cells) < _SHARES:
        cells[max(range(len(cells)), key=lambda place: exact[place] - cells[place])] += 1
    while sum(cells) > _SHARES:
        cells[cells.index(max(cells))] -= 1
    return "".join(alike[0] * number for alike, number in zip(_WORST_FIRST, cells, strict=True))


def quilt(agents: Sequence[str]) -> str:
    """The cover's picture."""
    rows = strips(agents)
    if not rows:
        return svg(_QUILT, 1)
    pitch = (_QUILT - _GAP * (len(rows[0]) - 1)) / sum(map(len, rows[0]))
    inset, side = pitch * _INSET, pitch * (1 - 2 * _INSET)
    solid, amber, hatched, rings = [], [], [], []
    for number, groups in enumerate(rows):
        left, top = inset, number * pitch + inset
        for group in groups:
            for letter in group:
                answer = _PLAIN.get(letter, "I")
                if answer == "?":
                    amber.append(_box(left, top, side, side))
                    hatched.append(_hatching(left, top, side))
                elif answer == "X":
                    middle = f'cx="{left + side / 2:.0f}" cy="{top + side / 2:.0f}"'
                    rings.append(f'<circle {middle} r="{pitch * 0.14:.0f}"/>')
                elif answer == "0":
                    solid.append(_box(left + side * 0.3, top + side * 0.45, side * 0.4, side * 0.1))
                else:
                    solid.append(_box(left, top, side, side))
                left += pitch
            left += _GAP
    lines = f'<g fill="none" stroke="{NAVY}" stroke-width="{pitch * 0.075:.0f}">{_path(hatched, "none")}{{}}</g>'
    return svg(_QUILT, len(rows) * pitch, _path(amber, AMBER_HEX), _path(solid, NAVY), lines.format("".join(rings)))


def _hatching(left: float, top: float, side: float) -> str:
    """A frame with three diagonal strokes."""
    line, third = side * 0.04, side * 0.5
    near, far, upper, lower = left + line, left + side - line, top + line, top + side - line
    return _box(near, upper, side - 2 * line, side - 2 * line) + "".join(
        f"M{x:.0f} {y:.0f}L{to_x:.0f} {to_y:.0f}"
        for x, y, to_x, to_y in (
            (near, top + third, left + third, upper),
            (near, lower, far, upper),
            (left + third, lower, far, top + third),
        )
    )


#: Of the text face's regular weight, in ems; what is not here is as wide as most letters are, or as two of them.
_WIDTHS: Final = {
    char: width
    for width, chars in (
        (0.2, " "),
        (0.26, "|,.:;ij\u00b7\u2018\u2019Il!"),
        (0.3, "f()[]{}"),
        (0.36, '-t/\\r"'),
        (0.48, "*?szxcvyJY\u2013\u201c\u201d"),
        (0.51, "FLk#$+0123456789<=>^_aegX\u00e4"),
        (0.57, "VESATZ`ho\u00f6u\u00fcbndpqCP\u00c4"),
        (0.66, "RK\u00dfB&DGHNUOQ\u00d6\u00dc"),
        (0.86, "wMWm%@"),
        (1.0, "\u2026"),
    )
    for char in chars
}


def em(char: str) -> float:
    """The width of a character of the text face, rather too much than too little."""
    known = _WIDTHS.get(char)
    return known if known is not None else 1.05 if east_asian_width(char) in "WF" or char > "\u024f" else 0.66


# CJK and emoji are not in our faces: a face that stands in for them sets them twice as wide.
def columns(char: str) -> int:
    """What a character takes of a line of the mono face; where another face stands in for it, rather too much."""
    return 1 if char < "\u0180" or char in "\u2013\u2026" else 2


def wide(text: str) -> float:
    """The width of a line of the text face, rather too much than too little."""
    return sum(map(em, text))


def fitted(text: str, room: float, width: Callable[[str], float] = em) -> str:
    """A text as far as there is room for it; three dots where there was more."""
    if sum(map(width, text)) <= room:
        return text
    ends = accumulate(map(width, text))
    kept = sum(1 for _ in takewhile(lambda end: end <= room, ends))
    return text[: max(kept - 1, 1)] + "\u2026"
