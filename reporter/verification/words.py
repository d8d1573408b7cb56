"""How it is told that something kept is not what its evidence gives."""

from __future__ import annotations

import json
from typing import Any, Final

from reporter.plain.text import shown

NAMED: Final = 10
"""Claims of a file that are named; the rest is counted."""

_LIMIT: Final = 80


class _Absent:
    """Where there is nothing, not even null."""


ABSENT: Final = _Absent()


def said(claim: str, kept: Any, again: Any) -> str:
    """A claim of a file, or another place in it, what it says there, and what its evidence gives."""
    # An id holds no blank.
    name = shown(claim if " " in claim else f"claim {claim}", 500)
    if kept is ABSENT:
        return f"{name} is gone; the evidence gives {_value(again)}"
    if again is ABSENT:
        return f"{name} says {_value(kept)}, and the evidence gives nothing there"
    return f"{name} says {_value(kept)}, and the evidence gives {_value(again)}"


def _value(value: Any) -> str:
    text = value if isinstance(value, _Words) else json.dumps(value, ensure_ascii=False)
    return shown(text, _LIMIT, lambda more: f"{more:,} characters more")


class _Words(str):
    """Text of a page, which stands there without quotation marks."""

    __slots__ = ()


def words(text: str) -> str:
    """Text that is told as it stands on a page."""
    return _Words(f"\u201c{text}\u201d" if text else "nothing")
