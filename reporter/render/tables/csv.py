"""A table of the register as CSV (RFC 4180), by default that of claims: one row for each declared field.

The file is UTF-8 with a byte order mark: without one, spreadsheet programs take it for the machine's old encoding, and
names in other scripts are spoilt unseen. What reads CSV by program names the encoding ``utf-8-sig``.

Every row says whether the report is complete. Where it is not, each thing that could not be read has a row of its own
behind the others, so that a short file is not taken for a small register.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from reporter.plain.text import shown
from reporter.render.document import Document, Large
from reporter.render.tables.register import TABLES
from reporter.render.tables.table import Table, Value, unread
from reporter.view.report import Report

#: Before the columns of the table: what the row is, whether the report is complete, and what could not be read.
FIRST: Final = ("row", "complete", "gap")
#: Between several texts of one cell.
BETWEEN: Final = " | "
_GAP: Final = "gap"
_CACHED: Final = 200

# What a spreadsheet may take for the beginning of a formula: also in full width and as small forms, also behind blanks
# and quotation marks. So may it behind a semicolon, where semicolons separate cells. The apostrophe is among them so
# that the guard can be taken away again without guessing.
_FORMULA: Final = re.compile(
    r"(^|;)(?=[\s\"\u201c\u201d]*['=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212])"
)
_GUARD: Final = re.compile(r"(^|;)'")


def render(report: Report, name: str = "claims") -> Document:
    """One of ``TABLES``, by its name; that of claims is ``report.csv``."""
    table = TABLES[name]
    made = Large([b"\xef\xbb\xbf"])
    # RFC 4180 ends lines so. No cell holds a line break of its own, as some programs take one for the end of a row.
    writer = csv.writer(_Lines(made), lineterminator="\r\n")
    writer.writerow((*FIRST, *table.keys))
    writer.writerows(_rows(report, table))
    return Document("report.csv" if name == "claims" else f"{name}.csv", "text/csv", made)


class _Lines:
    """Takes the writer's lines as text."""

    def __init__(self, made: Large) -> None:
        self._made = made

    def write(self, line: str) -> None:
        self._made.write(line.encode())


def _rows(report: Report, table: Table[Any]) -> Iterator[list[str | int]]:
    complete = "yes" if report.complete else "no"
    for kind, rows in ((table.head_row, table.head(report)), (table.row, table.rows(report))):
        for row in rows:
            yield [kind, complete, "", *map(_cell, row)]
    for gap in report.gaps:
        blank = ["" if key != "agent_id" else _cell(gap.agent_id) for key in table.keys]
        yield [_GAP, complete, _cell(unread(gap)), *blank]


def _cell(value: Value) -> str | int:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return value
    text = value if isinstance(value, str) else BETWEEN.join(value)
    return _repeated(text) if len(text) <= _CACHED else guarded(text)


def guarded(text: str) -> str:
    """The text as one line in which nothing is hidden, and that no spreadsheet takes for a formula."""
    return _FORMULA.sub(r"\1'", shown(text, sys.maxsize))


# Most cells repeat the row before; long ones do not, and would fill memory.
_repeated: Final = lru_cache(maxsize=4096)(guarded)


def unguarded(cell: str) -> str:
    """What stood there before it was guarded: one apostrophe less at its beginning, and behind each semicolon."""
    return _GUARD.sub(r"\1", cell)
