"""``report.xlsx``: the whole register as a workbook, one sheet for each table, and a first that says how to read it.

Every text is written as a text: nothing in a cell is taken for a formula, an address or a number. Memory does not grow
with the register, as rows are written one after the other; a table of more rows than a sheet holds goes on in the next.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache, partial
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, Final, Literal
from xml.sax.saxutils import escape

from reporter.errors import FaultError, MissingPart
from reporter.plain.language import Language, Message, of
from reporter.plain.text import shown
from reporter.render.document import Document, Large
from reporter.render.tables.register import TABLES
from reporter.render.tables.table import Row, Table, Value, spoken
from reporter.view.report import Report

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What a sheet holds, its head included.
ROWS: Final = 1_048_576
#: What a cell holds, counted as Excel counts: in units of UTF-16.
CHARACTERS: Final = 32_767
_NAME: Final = 31
_PLAIN_CHARACTERS: Final = CHARACTERS // 2  # fewer are never too many, whatever they are
_CACHED: Final = 200
_AT_ONCE: Final = 1_000_000


def render(report: Report) -> Document:
    """The register as one workbook.

    Raises:
        FaultError: There is no room for its parts while it is put together.
        MissingPart: The extra ``xlsx`` is not installed.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="datarisk-") as folder, Path(folder, "report.xlsx").open("w+b") as file:
            book = _Book(file, folder, report)
            book.text(of(report.language).gettext("Read me"), _read_me(report))
            for table in TABLES.values():
                book.table(table)
            book.close()
            file.seek(0)
            made = Large(iter(partial(file.read, _AT_ONCE), b""))
    except OSError as error:
        remedy = "Make room, or set TMPDIR to a folder that has some"
        raise FaultError(f"the workbook cannot be put together: {error.strerror}", remedy=remedy) from error
    return Document("report.xlsx", MEDIA_TYPE, made)


class _Book:
    """A workbook that is written from top to bottom.

    XlsxWriter makes everything but the cells. Its own way of writing them goes through seven calls for each, which
    took four fifths of the time of millions of them; here a row is one text, put where its mode of constant memory
    collects the rows of a sheet.
    """

    def __init__(self, target: IO[bytes], folder: str, report: Report) -> None:
        try:
            from xlsxwriter import Workbook, utility  # noqa: PLC0415 (an extra)
        except ImportError as error:
            what, remedy = "the workbook needs XlsxWriter, which is not installed", "Install it: pip install xlsxwriter"
            raise MissingPart(what, remedy=remedy) from error
        self._letters = utility.xl_col_to_name
        self._report = report
        self._language = of(report.language)
        self._words = spoken(self._language)
        self._names: set[str] = set()
        # Without constant memory every cell of every sheet lives until the end: gigabytes for 50,000 span types.
        self._workbook: Any = Workbook(target, {"constant_memory": True, "tmpdir": folder})
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
        self._formats: dict[str, Any] = {
            "plain": add({"valign": "top"}),
            "text": add({"valign": "top", "text_wrap": True}),
            "columns": add({"bold": True, "valign": "top", "text_wrap": True, "bottom": 1, "bg_color": "#E8ECF1"}),
            "first": add({"valign": "top", "text_wrap": True, "italic": True, "bg_color": "#FFF3D6"}),
            "title": add({"bold": True, "font_size": 16, "valign": "top"}),
            "head": add({"bold": True, "font_size": 12, "valign": "top"}),
            "loud": add({"bold": True, "valign": "top", "text_wrap": True, "bg_color": "#FFD98A", "border": 1}),
        }

    def text(self, name: str, lines: Iterable[_Line]) -> None:
        """A sheet to read."""
        sheet = self._sheet(name)
        sheet.set_column(0, 0, 34, self._formats["plain"])
        sheet.set_column(1, 1, 110, self._formats["text"])
        for at, (key, text, style) in enumerate(lines):
            self._row(sheet, at, (key, text), self._places(["head" if style == "text" else style, style]))
        sheet.set_portrait()

    def table(self, table: Table[Any]) -> None:
        """A table, over as many sheets as it takes."""
        head, rows = table.head(self._report), table.rows(self._report)
        for number in range(1, sys.maxsize):
            part = islice(rows, ROWS - 1 - len(head))
            first = next(part, None)
            if first is None and number > 1:
                return
            self._part(table, number, head, part if first is None else chain((first,), part))

    def _part(self, table: Table[Any], number: int, head: tuple[Row, ...], rows: Iterable[Row]) -> None:
        title, columns, last = self._language.say(table.title), table.columns, len(table.columns) - 1
        sheet = self._sheet(title if number == 1 else f"{title[: _NAME - 5]} {number}")
        styles = ["text" if column.wraps else "plain" for column in columns]
        for place, (column, style) in enumerate(zip(columns, styles, strict=True)):
            sheet.set_column(place, place, column.width, self._formats[style])
        labels = [self._language.gettext(column.label) for column in columns]
        self._row(sheet, 0, labels, self._places(["columns"] * len(columns)))
        worded = [place for place, column in enumerate(columns) if column.worded]
        first, places, at = self._places(["first"] * len(columns)), self._places(styles), 0
        for at, row in enumerate(chain(head, rows), start=1):
            cells = list(row)
            for place in worded:
                if isinstance(said := cells[place], str):
                    cells[place] = self._words.get(said, said)
            self._row(sheet, at, cells, first if at <= len(head) else places)
        sheet.freeze_panes(1 + len(head), 0)
        sheet.autofilter(0, 0, at, last)
        sheet.repeat_rows(0)
        sheet.set_landscape()

    def _sheet(self, title: str) -> Any:
        # Excel repairs a workbook, and says that it is damaged, for a name of more than 31 characters, one of these
        # signs in it, an apostrophe at either end, or a second sheet whose name differs in capitals alone.
        name = "".join("-" if char in "[]:*?/\\" else char for char in shown(title))[:_NAME].strip("'")
        if name.casefold() in self._names:
            name = f"{name[: _NAME - 4]} {len(self._names)}"
        self._names.add(name.casefold())
        sheet = self._workbook.add_worksheet(name)
        # Printed, it is as wide as a page and as long as it is.
        sheet.fit_to_pages(1, 0)
        sheet.set_paper(9)
        # Identifiers of digits are texts on purpose; a green corner in each of them would hide what matters.
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        return sheet

    def _places(self, styles: Sequence[str]) -> list[tuple[str, str]]:
        """What stands before and behind the number of the row, where the cells of a row begin."""
        indices = [self._formats[style]._get_xf_index() for style in styles]  # noqa: SLF001 (there is no other way)
        return [(f'<c r="{self._letters(place)}', f'" s="{index}"') for place, index in enumerate(indices)]

    def _row(self, sheet: Any, at: int, row: Sequence[Value], places: Sequence[tuple[str, str]]) -> None:
        number, cells = at + 1, []
        for (start, style), value in zip(places, row, strict=True):
            if isinstance(value, bool):  # before numbers, as Python takes it for one
                held = _repeated(self._words["yes" if value else "no"])
            elif isinstance(value, int):
                held = f"><v>{value}</v></c>"
            elif not value:
                continue
            elif isinstance(value, str) and len(value) <= _CACHED:
                held = _repeated(value)
            else:
                held = _inline(_text(value, self._language))
            cells.append(f"{start}{number}{style}{held}")
        # The format lets cells go without their place; readers that are less patient than Excel need it.
        sheet.row_data_fh.write(f'<row r="{number}">{"".join(cells)}</row>')
        sheet.dim_rowmin, sheet.dim_rowmax, sheet.dim_colmin, sheet.dim_colmax = 0, at, 0, len(places) - 1

    def close(self) -> None:
        """Writes it all."""
        self._workbook.close()


def _text(value: str | tuple[str, ...], language: Language) -> str:
    """Nothing in it is hidden; where a cell holds several texts, each has a line."""
    lines = (value,) if isinstance(value, str) else value
    return fitting("\n".join(shown(line, sys.maxsize) for line in lines), language)


def fitting(text: str, language: Language) -> str:
    """As much of the text as a cell holds, and how much more there is."""
    if len(text) <= _PLAIN_CHARACTERS or _units(text) <= CHARACTERS:
        return text
    room = CHARACTERS - _units(f"\u2026 ({language.more(len(text))})")
    # Between two halves of a character nothing may be cut: what is left of one is no Unicode.
    kept = text.encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore")
    return f"{kept}\u2026 ({language.more(len(text) - len(kept))})"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


# Excel reads these four digits as a character, wherever they stand; in a text of somebody else they could become
# any, such as the sign that a formula begins with.
_ESCAPE: Final = re.compile("_(?=x[0-9a-fA-F]{4}_)")


def _inline(text: str) -> str:
    """The rest of a cell that holds this text. No character in it is one that XML forbids, as none is hidden."""
    kept = "" if text == text.strip() else ' xml:space="preserve"'
    if "_x" in text:
        text = _ESCAPE.sub("_x005F_", text)
    return f' t="inlineStr"><is><t{kept}>{escape(text)}</t></is></c>'


# Nine cells of ten repeat one before them. Long texts do not, and would fill memory.
@lru_cache(maxsize=4096)
def _repeated(text: str) -> str:
    return _inline(shown(text, sys.maxsize))


_Line = tuple[str, str, Literal["title", "head", "loud", "text"]]


def _read_me(report: Report) -> Iterator[_Line]:
    """The first sheet: what it is about, whether it is complete, and how to read its answers; completeness first."""
    language = of(report.language)
    yield report.controller.title, "", "title"
    if report.complete:
        yield language.gettext("Complete"), language.gettext("Everything in scope was read."), "text"
    else:
        told = language.gettext("Nothing may be concluded from the absence of anything. What could not be read:")
        yield language.gettext("INCOMPLETE"), told, "loud"
        yield from (("", f"{gap.what}: {gap.why}", "loud") for gap in report.gaps)
    if report.totals.not_assessed:
        said = language.ngettext(
            "%(number)s span type of %(all)s: nobody decided anything about it, which rules nothing out.",
            "%(number)s span types of %(all)s: nobody decided anything about them, which rules nothing out.",
            report.totals.not_assessed,
            all=report.totals.span_types,
        )
        yield language.gettext("NOT ASSESSED"), said, "loud"
    yield from ((key, text, "text") for key, text in _about(report, language) if text)
    yield language.gettext("What an answer means"), "", "head"
    for answer, meaning in zip(_MEANINGS[::2], _MEANINGS[1::2], strict=True):
        yield language.say(answer), language.say(meaning), "text"
    if report.catalogue.preconditions:
        yield language.gettext("What holds for every rule"), "", "head"
        yield from (("", text, "text") for text in report.catalogue.preconditions)
    yield language.gettext("Sheets"), "", "head"
    yield from ((language.say(table.title), language.say(table.note), "text") for table in TABLES.values())
    yield language.gettext("How cells are written"), "", "head"
    cells = language.gettext(
        "Texts stand as they were declared. What cannot be seen is spelled out, such as \\u202e; what is longer than a "
        "cell holds is cut, and says how much more there is; no text is ever a formula."
    )
    yield "", cells, "text"


def _about(report: Report, language: Language) -> Iterator[tuple[str, str | None]]:
    controller, totals = report.controller, report.totals
    yield language.gettext("Summary"), report.summary.lead
    yield language.gettext("Prepared by"), controller.name
    yield language.gettext("Contact"), controller.contact
    yield language.gettext("Notice"), controller.notice
    yield language.gettext("Account"), f"{report.account.name} ({report.account.id})"
    yield language.gettext("Made"), language.when(datetime.fromisoformat(report.generated_at))
    yield language.gettext("With"), f"{report.tool.name} {report.tool.version}"
    yield language.gettext("Rules"), f"{report.catalogue.version}, SHA-256 {report.catalogue.sha256}"
    yield language.gettext("Evidence"), f"evidence/snapshot.json, SHA-256 {report.evidence_sha256}"
    yield language.gettext("Scope"), report.scope.words
    yield language.gettext("Agents"), language.number(totals.agents)
    yield language.gettext("Span types"), language.number(totals.span_types)
    known = language.gettext("%(known)s of %(all)s", known=totals.known_cells, all=totals.cells)
    yield language.gettext("Fields known"), known
    yield language.gettext("Findings"), language.number(totals.findings)
    kinds = {
        "file": language.gettext("file"),
        "files": language.gettext("files"),
        "stdin": language.gettext("standard input"),
        "platform": language.gettext("platform"),
    }
    for source in report.sources:
        kind = kinds.get(source.kind, source.kind)
        yield language.gettext("Source"), f"{kind}: {source.location}, {source.collected_at}"
    for item in report.summary.attention:
        yield item.agent, f"{item.what} ({item.reference})"


#: Each answer, and what it means.
_MEANINGS: Final = (
    Message("Declared, not observed"),
    Message("A declaration is what a developer stated. Nothing here was observed or checked."),
    Message("included, allowed"),
    Message("Declared so. Over several span types it is enough that one of them declares it."),
    Message("excluded, disallowed"),
    Message("Declared so, over several span types by every one of them. Whether it is true is not known."),
    Message("unknown"),
    Message("Declared unknown, left out of a part that is there, or no answer of the vocabulary."),
    Message("undeclared"),
    Message("Nobody declared this part at all."),
    Message("undetermined"),
    Message("Included by none, and answers are missing, so that it cannot be ruled out."),
    Message("none"),
    Message("There are no span types in scope, so nothing is said."),
    Message("Finding"),
    Message("Something that triggers a review. It concludes nothing about any law."),
)
