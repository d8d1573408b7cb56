"""Where the rows of an agent stand in the evidence, as a page says it: rows that follow each other are told at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from reporter.render.sheets.evidence import Place, by_place
from reporter.render.sheets.rows import Line
from reporter.render.sheets.sheet import Sheet

Stands = tuple[Line, str]  # a row, and the last step of the pointer to it


@dataclass(frozen=True, slots=True)
class Pointed:
    """Rows of one title with the last steps to them, such as ``1-20`` and ``0-19`` for entries of a list."""

    rows: str
    steps: str
    title: str | None


def places(sheet: Sheet) -> Iterator[tuple[Place, list[Pointed]]]:
    """The rows by the list or map of a record that they stand in."""
    for at, rows in by_place(sheet):
        yield at, [_pointed(list(alike)) for _, alike in groupby(rows, key=_neighbours)]


def _neighbours(row: Stands) -> tuple[str | None, str, int]:
    """The same for entries of a list that follow each other as the rows do, and have the same title."""
    line, step = row
    if step.isascii() and step.isdigit():
        return line.entry.title, "", int(step) - line.number
    return line.entry.title, line.entry.pointer, 0


def _pointed(rows: list[Stands]) -> Pointed:
    (first, begin), (last, end) = rows[0], rows[-1]
    if first is last:
        return Pointed(str(first.number), begin, first.entry.title)
    return Pointed(f"{first.number}\u2013{last.number}", f"{begin}\u2013{end}", first.entry.title)
