"""Where in a JSON text things stand: its values by their pointers (RFC 6901), and lines and columns by offset.

The standard library's reader keeps no places. It reads the text all the same: what no pointer leads into is passed over
by it, in one step, so that each character is read once and nesting is bounded as it was in the first reading.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_READ: Final = json.JSONDecoder().raw_decode


@dataclass(frozen=True, slots=True)
class Point:
    """A place in a text as people count: line and column from 1, in characters, without a byte order mark."""

    line: int
    column: int


@dataclass(slots=True)
class _Way:
    """Pointers that begin alike: which end here, and how they go on."""

    ends: list[str] = field(default_factory=list)
    on: dict[str, _Way] = field(default_factory=dict)


def offsets(text: str, pointers: Iterable[str], start: int = 0) -> dict[str, int]:
    """Where each pointer leads: to an object's member with its name, to an element of a list, or to the whole value.

    Of a pointer that leads nowhere it is the place of the nearest thing around it.

    Args:
        text: One that was read as JSON before; of others the errors are those of ``json`` and ``IndexError``.
        pointers: From the value that is read.
        start: Where that begins.
    """
    top = _Way()
    for pointer in pointers:
        way = top
        for token in pointer.split("/")[1:]:
            way = way.on.setdefault(token.replace("~1", "/").replace("~0", "~"), _Way())
        way.ends.append(pointer)
    found: dict[str, int] = {}
    begin = _behind(text, start)
    _place(top, begin, found)
    _walk(text, begin, top, found)
    return found


def _place(way: _Way, at: int, found: dict[str, int]) -> None:
    """Says of all that goes this way that it is here; what is found further on says so itself."""
    ways = [way]
    while ways:
        each = ways.pop()
        found.update(dict.fromkeys(each.ends, at))
        ways += each.on.values()


def _walk(text: str, at: int, way: _Way, found: dict[str, int]) -> int:
    """Goes through the value that begins here, as deep as pointers lead; returns where it ends."""
    if not way.on or text[at] not in "[{":
        return _READ(text, at)[1]
    is_object, number = text[at] == "{", 0
    at = _behind(text, at + 1)
    while text[at] not in "]}":
        begin = at
        key = str(number)
        if is_object:
            key, at = _READ(text, at)
            at = _behind(text, _behind(text, at) + 1)
        on = way.on.get(key)
        if on is None:
            at = _READ(text, at)[1]
        else:
            _place(on, begin, found)
            at = _walk(text, at, on, found)
        at = _behind(text, at)
        number += 1
        if text[at] == ",":
            at = _behind(text, at + 1)
    return at + 1


def _behind(text: str, at: int) -> int:
    """The first character from here on that is no white space."""
    found = _SPACE.match(text, at)
    return found.end() if found else at


def points(text: str, at: Iterable[int]) -> dict[int, Point]:
    """Line and column of each offset; a line ends with a line feed, as editors and platforms that show files count."""
    found: dict[int, Point] = {}
    line, begin, last = 1, 0, 0
    for offset in sorted(set(at)):
        more = text.count("\n", last, offset)
        if more:
            line, begin = line + more, text.rindex("\n", last, offset) + 1
        found[offset] = Point(line, offset - begin + 1)
        last = offset
    return found
