"""How much text a line has room for, in ems of the text face, as nothing is measured before it is laid out."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate, takewhile
from typing import Final
from unicodedata import east_asian_width

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


def _em(char: str) -> float:
    known = _WIDTHS.get(char)
    return known if known is not None else 1.05 if east_asian_width(char) in "WF" or char > "\u024f" else 0.66


# CJK and emoji are not in our faces: a face that stands in for them sets them twice as wide.
def columns(char: str) -> int:
    """What a character takes of a line of the mono face; where another face stands in for it, rather too much."""
    return 1 if char < "\u0180" or char in "\u2013\u2026" else 2


def wide(text: str) -> float:
    """The width of a line of the text face, rather too much than too little."""
    return sum(map(_em, text))


def fitted(text: str, room: float, width: Callable[[str], float] = _em) -> str:
    """A text as far as there is room for it; three dots where there was more."""
    if sum(map(width, text)) <= room:
        return text
    ends = accumulate(map(width, text))
    kept = sum(1 for _ in takewhile(lambda end: end <= room, ends))
    return text[: max(kept - 1, 1)] + "\u2026"
