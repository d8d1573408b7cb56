"""How it is told that something kept is not what its evidence gives."""

from __future__ import annotations

import json
from typing import Any, Final, TypeVar

from reporter.plain.text import shown

NAMED: Final = 10
"""Claims of a file that are named; the rest is counted."""

_LIMIT: Final = 80
_BEFORE: Final = 20  # characters before a difference that are told


_Sliced = TypeVar("_Sliced", str, bytes)


class _Absent:
    """Where there is nothing, not even null."""


ABSENT: Final = _Absent()


def said(claim: str, kept: Any, again: Any) -> str:
    """A claim of a file, or another place in it, what it says there, and what its evidence gives."""
    name = called(claim)
    if kept is ABSENT:
        return f"{name} is gone; the evidence gives {_cut(_text(again))}"
    if again is ABSENT:
        return f"{name} says {_cut(_text(kept))}, and the evidence gives nothing there"
    theirs, ours = _text(kept), _text(again)
    at = first(theirs, ours)
    # Where the difference is not near the beginning, neither is what is told.
    begin = at - _BEFORE if at > _LIMIT // 2 and max(len(theirs), len(ours)) > _LIMIT else 0
    return f"{name} says {_cut(theirs, begin)}, and the evidence gives {_cut(ours, begin)}"


def called(claim: str) -> str:
    """A claim, or another place in a file."""
    # An id holds no blank.
    return shown(claim if " " in claim else f"claim {claim}", 500)


def first(kept: _Sliced, again: _Sliced) -> int:
    """The place of the first character, or byte, that differs."""
    low, high = 0, min(len(kept), len(again))
    while low < high:
        middle = (low + high + 1) // 2
        if kept[low:middle] == again[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _text(value: Any) -> str:
    return value if isinstance(value, _Words) else json.dumps(value, ensure_ascii=False)


def _cut(text: str, begin: int = 0) -> str:
    told = f"{text[0]}\u2026{text[begin:]}" if begin else text
    return shown(told, _LIMIT, lambda more: f"{more:,} characters more")


class _Words(str):
    """Text of a page, which stands there without quotation marks."""

    __slots__ = ()


def words(text: str) -> str:
    """Text that is told as it stands on a page."""
    return _Words(f"\u201c{text}\u201d" if text else "nothing")
