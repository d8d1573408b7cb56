"""How much text a line has room for, in ems of the text face, as nothing is measured before it is laid out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final
from unicodedata import east_asian_width


def fitted(text: str, room: float, width: Callable[[str], float] | None = None) -> str:
    """As much of a name as there is room for, in ems of the text face; three dots where there was more."""
    for place, char in enumerate(text):
        room -= (width or _ems)(char)
        if room < 0:
            return text[: max(place - 1, 1)] + "\u2026"
    return text


def close(text: str, room: float) -> str:
    """The same for the text face's regular weight, measured more closely."""
    return fitted(text, room, _regular) if wide(text) > room else text


def wide(text: str) -> float:
    """The width of a line in the text face's regular weight, in ems; rather too much than too little."""
    return sum(map(_regular, text))


def wrapped(text: str, room: float) -> Iterator[str]:
    """Lines that there is room for, broken at spaces; a word that is too long for a line is broken too.

    Of the text face's regular weight, so that a line is cut by a word too early rather than too late.
    """
    line: list[str] = []
    left = room
    for word in text.split(" "):
        wide = _wide(word)
        if line and wide > left:
            yield " ".join(line)
            line, left = [], room
        while wide > room:
            part = fitted(word, room, _regular)[:-1]
            yield part
            word = word[len(part) :]  # noqa: PLW2901 (what is left of it)
            wide = _wide(word)
        line.append(word)
        left -= wide + _SPACE
    yield " ".join(line)


_SPACE: Final = 0.2
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


_wide: Final = lru_cache(maxsize=4096)(wide)


def _regular(char: str) -> float:
    known = _WIDTHS.get(char)
    return known if known is not None else 1.05 if east_asian_width(char) in "WF" or char > "\u024f" else 0.66


def _ems(char: str) -> float:
    """The width of a character in ems, rather too broad than too narrow."""
    if east_asian_width(char) in "WF":
        return 1.0
    if char in " ijlftr.,:;'|!()[]-":
        return 0.34
    return 0.86 if char in "mwMW@%" else 0.66 if char.isupper() else 0.54
