"""``report.xlsx``: the whole register as a workbook, one sheet for each table, and a first that says how to read it.

Every text is written as a text: nothing in a cell is taken for a formula, an address or a number. Memory does not grow
with the register, as rows are written one after the other; a table of more rows than a sheet holds goes on in the next.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import chain, islice
from pathlib import Path
from types import ModuleType
from typing import IO, Any, Final

from reporter.errors import FaultError, MissingPart
from reporter.plain.language import Language, of
from reporter.plain.text import shown
from reporter.render.document import Document, Large
from reporter.render.tables import read_me, register
from reporter.render.tables.table import Column, Table, Value, spoken
from reporter.view.report import Report

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What a sheet holds, its head included.
ROWS: Final = 1_048_576
#: What a cell holds, counted as Excel counts: in units of UTF-16.
CHARACTERS: Final = 32_767
_NAME: Final = 31
_PLAIN_CHARACTERS: Final = CHARACTERS // 2  # fewer are never too many, whatever they are
_TEXT_WIDTH: Final = 110
_AT_ONCE: Final = 1_000_000


def render(report: Report) -> Document:
    """The register as one workbook.

    Raises:
        FaultError: There is no room for its parts while it is put together.
        MissingPart: The extra ``xlsx`` is not installed.
    """
    writer = _writer()
    try:
        with tempfile.TemporaryDirectory(prefix="datarisk-") as folder, Path(folder, "report.xlsx").open("w+b") as file:
            _fill(_Book(writer, file, folder, report), report)
            file.seek(0)
            made = Large(iter(partial(file.read, _AT_ONCE), b""))
    except OSError as error:
        remedy = "Make room, or set TMPDIR to a folder that has some"
        raise FaultError(f"the workbook cannot be put together: {error.strerror}", remedy=remedy) from error
    return Document("report.xlsx", MEDIA_TYPE, made)


def _writer() -> ModuleType:
    try:
        import xlsxwriter  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise MissingPart(
            "the workbook needs XlsxWriter, which is not installed",
            remedy="Install it: pip install xlsxwriter",
        ) from error
    module: ModuleType = xlsxwriter
    return module


def _fill(book: _Book, report: Report) -> None:
    tables = list(register.tables(report))
    book.text(read_me.title(report), read_me.lines(report, tables))
    for table in tables:
        book.table(table)
    book.close()


class _Book:
    """A workbook that is written from top to bottom."""

    def __init__(self, writer: ModuleType, target: IO[bytes], folder: str, report: Report) -> None:
        self._language = of(report.language)
        self._words = spoken(self._language)
        self._names: set[str] = set()
        self._workbook: Any = writer.Workbook(
            target,
            {
                "constant_memory": True,
                "tmpdir": folder,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self._workbook.set_properties(
            {
                "title": shown(report.controller.title),
                "company": shown(report.controller.name or ""),
                "comments": f"{report.tool.name} {report.tool.version}; {report.evidence_sha256}",
                # The only clock in the file, and the same view gives the same bytes.
                "created": datetime.fromisoformat(report.generated_at).replace(tzinfo=None),
            }
        )
        add = self._workbook.add_format
        self._plain = add({"valign": "top"})
        self._wrapped = add({"valign": "top", "text_wrap": True})
        self._head = add({"bold": True, "valign": "top", "text_wrap": True, "bottom": 1, "bg_color": "#E8ECF1"})
        self._first = add({"valign": "top", "text_wrap": True, "italic": True, "bg_color": "#FFF3D6"})
        self._styles = {
            "title": add({"bold": True, "font_size": 16, "valign": "top"}),
            "head": add({"bold": True, "font_size": 12, "valign": "top"}),
            "loud": add({"bold": True, "valign": "top", "text_wrap": True, "bg_color": "#FFD98A", "border": 1}),
            "text": self._wrapped,
        }

    def text(self, name: str, lines: Iterator[read_me.Line]) -> None:
        """A sheet to read."""
        sheet = self._sheet(name)
        sheet.set_column(0, 0, 34, self._plain)
        sheet.set_column(1, 1, _TEXT_WIDTH, self._wrapped)
        for row, line in enumerate(lines):
            style = self._styles[line.style]
            self._write(sheet, row, 0, line.key, self._styles["head"] if line.style == "text" else style)
            self._write(sheet, row, 1, line.text, style)
        sheet.set_portrait()

    def table(self, table: Table) -> None:
        """A table, over as many sheets as it takes."""
        rows = iter(table.rows())
        for number in range(1, sys.maxsize):
            room = ROWS - 1 - len(table.head)
            part = islice(rows, room)
            first = next(part, None)
            if first is None and number > 1:
                return
            self._part(table, number, part if first is None else chain((first,), part))

    def _part(self, table: Table, number: int, rows: Iterator[tuple[Value, ...]]) -> None:
        sheet = self._sheet(table.title if number == 1 else f"{table.title[: _NAME - 5]} {number}")
        formats = [self._wrapped if column.wraps else self._plain for column in table.columns]
        for place, (column, format_) in enumerate(zip(table.columns, formats, strict=True)):
            sheet.set_column(place, place, column.width, format_)
            self._write(sheet, 0, place, column.label, self._head)
        at = 0
        for at, row in enumerate(table.head, start=1):
            self._row(sheet, at, table.columns, row, [self._first] * len(row))
        for at, row in enumerate(rows, start=at + 1):  # noqa: B020 (it goes on where the head ends)
            self._row(sheet, at, table.columns, row, formats)
        sheet.freeze_panes(1 + len(table.head), 0)
        sheet.autofilter(0, 0, at, len(table.columns) - 1)
        sheet.repeat_rows(0)
        sheet.set_landscape()

    def _sheet(self, title: str) -> Any:
        name = "".join("-" if char in "[]:*?/\\" else char for char in shown(title))[:_NAME].strip("'")
        if name.casefold() in self._names:
            name = f"{name[: _NAME - 4]} {len(self._names)}"
        self._names.add(name.casefold())
        sheet = self._workbook.add_worksheet(name)
        sheet.fit_to_pages(1, 0)
        sheet.set_paper(9)
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        return sheet

    def _row(
        self, sheet: Any, at: int, columns: tuple[Column, ...], row: tuple[Value, ...], formats: list[Any]
    ) -> None:
        for place, (column, value, format_) in enumerate(zip(columns, row, formats, strict=True)):
            self._write(sheet, at, place, _worded(value, self._words) if column.worded else value, format_)

    def _write(self, sheet: Any, row: int, place: int, value: Value, format_: Any) -> None:
        if isinstance(value, bool):
            value = self._words["yes" if value else "no"]
        if isinstance(value, int):
            sheet.write_number(row, place, value, format_)
        elif value:
            self._write_text(sheet, row, place, _text(value, self._language), format_)

    def _write_text(self, sheet: Any, row: int, place: int, text: str, format_: Any) -> None:
        if text.startswith("<r>") and text.endswith("</r>"):
            # The writer takes this for markup of its own and lets it through as it is; in pieces, it escapes it.
            sheet.write_rich_string(row, place, text[:1], self._plain, text[1:], format_)
        else:
            sheet.write_string(row, place, text, format_)

    def close(self) -> None:
        """Writes it all."""
        self._workbook.close()


def _worded(value: Value, words: Mapping[str, str]) -> Value:
    return words.get(value, value) if isinstance(value, str) else value


def _text(value: str | tuple[str, ...], language: Language) -> str:
    """Nothing in it is hidden; where a cell holds several texts, each has a line."""
    lines = (value,) if isinstance(value, str) else value
    return fitting("\n".join(shown(line, sys.maxsize) for line in lines), language)


def fitting(text: str, language: Language) -> str:
    """As much of the text as a cell holds, and how much more there is."""
    if len(text) <= _PLAIN_CHARACTERS or _units(text) <= CHARACTERS:
        return text
    room = CHARACTERS - _units(f"\u2026 ({language.more(len(text))})")
    kept = text.encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore")
    return f"{kept}\u2026 ({language.more(len(text) - len(kept))})"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
