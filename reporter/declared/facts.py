"""What many declarations answer, field by field, as numbers: a bit for each entry.

A condition over an agent's entries then costs an operation on integers for each field that it reads, however many
entries there are. What is neither yes nor no is open: declared unknown, no answer of the vocabulary, or undeclared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeVar

from reporter.declared.answer import Answers
from reporter.declared.model import SpanType
from reporter.declared.vocabulary import (
    CATEGORY_NAMES,
    CLASSIFICATION,
    FIELDS,
    LEVELS,
    PARTS,
    RANK,
    SIDE_PARTS,
    SIDES,
    Part,
    Side,
)

_T = TypeVar("_T")

Field = tuple[Part, str]
#: All fields of a declaration, actions last: the order in which evidence is told.
ALL_FIELDS: Final[tuple[Field, ...]] = tuple((part, name) for part in (*PARTS[1:], PARTS[0]) for name in FIELDS[part])
LEVEL_FIELDS: Final[dict[Side, Field]] = {side: (SIDE_PARTS[side], CLASSIFICATION) for side in SIDES}
_SIDE_OF: Final[dict[Part, Side]] = {part: side for side, part in SIDE_PARTS.items()}


class Facts:
    """The answers of some entries.

    Attributes:
        all: A bit for each entry, in their order.
        yes: For each field the entries that include or allow it; of a classification, those that state a level.
        no: Those that exclude or disallow it.
        levels: For each side the entries at each level, ascending.
        kept: What others have made of these facts for a category, and want again.
    """

    def __init__(self, entries: Sequence[SpanType]) -> None:
        self.all = (1 << len(entries)) - 1
        self.levels: dict[Side, list[int]] = {side: [0] * len(LEVELS) for side in SIDES}
        self.kept: dict[str, object] = {}
        self.yes: dict[Field, int] = {}
        self.no: dict[Field, int] = {}
        for part in PARTS:
            self._read(part, [entry.declaration.parts[part] for entry in entries])

    def _read(self, part: Part, declared: Sequence[Answers | None]) -> None:
        """One part of every entry."""
        yes, no = dict.fromkeys(FIELDS[part], 0), dict.fromkeys(FIELDS[part], 0)
        levels = self.levels[_SIDE_OF[part]] if part in _SIDE_OF else []
        bit = 1
        for values in declared:
            for name, answer in values.items() if values else ():
                if name not in yes:
                    continue
                if answer.meaning == "yes":
                    yes[name] |= bit
                elif answer.meaning == "no":
                    no[name] |= bit
                elif answer.level:
                    yes[name] |= bit
                    levels[RANK[answer.level]] |= bit
            bit <<= 1
        self.yes |= {(part, name): bits for name, bits in yes.items()}
        self.no |= {(part, name): bits for name, bits in no.items()}

    def open(self, field: Field) -> int:
        """The entries that decide nothing there."""
        return self.all & ~(self.yes[field] | self.no[field])


def chosen(entries: Sequence[_T], bits: int) -> Iterator[_T]:
    """The entries of these bits."""
    while bits:
        low = bits & -bits
        yield entries[low.bit_length() - 1]
        bits ^= low


def categories(fields: Iterable[Field]) -> list[str]:
    """The categories among these fields, each once, in the vocabulary's order."""
    named = {name for _, name in fields}
    return [name for name in CATEGORY_NAMES if name in named]


@lru_cache(maxsize=4096)
def in_order(fields: frozenset[Field]) -> tuple[Field, ...]:
    """Fields in the order of evidence; the same for the same fields, as many declarations rest on the same ones."""
    return tuple(field for field in ALL_FIELDS if field in fields)
