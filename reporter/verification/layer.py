"""What verification finds out, layer by layer: each a sentence, and what exactly does not hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Status = Literal["holds", "fails", "unknown", "not checked"]
"""``unknown`` where it could not be found out, so that nothing may be concluded; ``not checked`` where there is nothing
to look at, or nobody said what to hold it against. The words say why, and what would help."""

_NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class Layer:
    """One thing that was looked at.

    Attributes:
        name: What it is called on the line and in JSON, such as ``files``.
        status: Whether it holds.
        words: What was found, in a sentence.
        details: What exactly, a line for each; each names a file, and a claim where there is one.
    """

    name: str
    status: Status
    words: str
    details: tuple[str, ...] = ()


def named(details: Iterable[str]) -> tuple[str, ...]:
    """The first of many details, and how many more there are."""
    every = list(details)
    more = len(every) - _NAMED
    return (*every[:_NAMED], *([f"and {more:,} more"] if more > 0 else ()))
