"""Names where there is little room: wrapped or cut in the middle, so that what tells them apart is still seen.

Names of span types differ at their ends as often as at their beginnings (``tool:customer_portal_export_v2``), and many
of an account begin alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, takewhile
from typing import Final

DOTS: Final = "\u2026"
_BREAKS: Final = re.compile(r"[:./_\-\s]+")
_PASSES: Final = 4  # of looking for what tells alike ones apart

Width = Callable[[str], float]


def shortened(names: Sequence[str], room: float, width: Width) -> dict[str, str]:
    """Each name as far as there is room for it, its beginning and its end kept; names that differ stay different.

    Where what is kept is the same of several names, what they begin to differ with is kept besides. Names that differ
    in several places in their middles may still look alike.
    """
    found = {name: cut(name, room, width) for name in names}
    for _ in range(_PASSES):
        alike: dict[str, list[str]] = {}
        for name, short in found.items():
            alike.setdefault(short, []).append(name)
        twins = [some for some in alike.values() if len(some) > 1]
        for some in twins:
            differ = _alike(min(some), max(some))
            found |= {name: cut(name, room, width, differ) for name in some}
        if not twins:
            break
    return found


def cut(name: str, room: float, width: Width, besides: int | None = None) -> str:
    """A name cut in the middle; what stands at the place ``besides`` is kept in the middle."""
    if _wide(name, width) <= room:
        return name
    if besides is None:
        begin = _first(name, (room - width(DOTS)) / 2, width)
        end = _last(name, room - width(DOTS) - _wide(begin, width), width)
        return f"{begin}{DOTS}{end}"
    third = (room - 2 * width(DOTS)) / 3
    begin, end = _first(name, third, width), _last(name, third, width)
    left = room - 2 * width(DOTS) - _wide(begin, width) - _wide(end, width)
    start = max(len(begin), min(besides, len(name) - len(end) - len(_last(name[: len(name) - len(end)], left, width))))
    middle = _first(name[start : len(name) - len(end)], left, width)
    return f"{begin}{DOTS}{middle}{DOTS}{end}"


def in_lines(name: str, room: int, width: Width) -> list[str]:
    """A name in one line or, broken where it has a joint, in two; the first of them leaves room for the second."""
    if _wide(name, width) <= room:
        return [name]
    joints = [each.end() for each in _BREAKS.finditer(name)]
    ends = [at for at in joints if _wide(name[:at], width) <= room and _wide(name[at:], width) <= room]
    at = ends[-1] if ends else len(_first(name, room, width))
    return [name[:at], name[at:]]


def wrapped(names: Sequence[str], room: int, width: Width) -> Mapping[str, list[str]]:
    """Each name in at most two lines; one that is too long for them is cut in the middle."""
    return {name: in_lines(short, room, width) for name, short in shortened(names, 2 * room - 1, width).items()}


def _alike(one: str, other: str) -> int:
    """How many characters two names begin alike with; of sorted names the first and last stand for all."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _wide(text: str, width: Width) -> float:
    return sum(map(width, text))


def _first(text: str, room: float, width: Width) -> str:
    return text[: sum(1 for _ in takewhile(lambda end: end <= room, accumulate(map(width, text))))]


def _last(text: str, room: float, width: Width) -> str:
    return _first(text[::-1], room, width)[::-1]
