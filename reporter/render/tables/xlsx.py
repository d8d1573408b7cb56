"""``report.xlsx``: the register as a workbook that begins with what people have to decide, and may be filled in there.

Tables that are opened alone have a sheet, unless they are empty; the others stand as paragraphs behind what there is to
know of the workbook. What people read of a table comes first and is as wide as a page; what programs need follows.

Every text is written as a text: nothing in a cell is taken for a formula, an address or a number. Memory does not grow
with the register, as rows are written one after the other; a table of more rows than a sheet holds goes on in the next.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache, partial
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, Final
from xml.sax.saxutils import escape

from reporter.errors import FaultError, MissingPart
from reporter.plain.language import Language, of
from reporter.plain.text import shown
from reporter.render.document import Document, Large
from reporter.render.tables.layout import ACTIONS, CARDS, CHANGED, PROOF, RAN, SHEETS, Sheet
from reporter.render.tables.read_me import Line, cards, lines
from reporter.render.tables.table import Row, Table, Value, spoken, whole
from reporter.view.report import Report

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What a sheet holds, its head included.
ROWS: Final = 1_048_576
#: What a cell holds, counted as Excel counts: in units of UTF-16.
CHARACTERS: Final = 32_767
_NAME: Final = 31
_PLAIN_CHARACTERS: Final = CHARACTERS // 2  # fewer are never too many, whatever they are
_CACHED: Final = 200
_READ_ME: Final = (34, 110)  # characters
_POINTS: Final = 15  # of a line
_HIGHEST: Final = 405  # a row is no higher
_SLACK: Final = 125  # percent of its length that a text takes, as lines end between words
_DIGEST: Final = 70  # what stands with a pointer and a value: a digest, signs and the end of a line
_AT_ONCE: Final = 1_000_000


_Look = tuple[str, str]
"""What stands before and behind the number of a cell's row."""


def render(report: Report) -> Document:
    """The register as one workbook.

    Raises:
        FaultError: There is no room for its parts while it is put together.
        MissingPart: The extra ``xlsx`` is not installed.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="datarisk-") as folder, Path(folder, "report.xlsx").open("w+b") as file:
            book = _Book(file, folder, report)
            sheets = [each for each in (*SHEETS, RAN) if _is_there(each.table, report)] + [PROOF] * _is_cut(report)
            sheets += [CHANGED] * _is_there(CHANGED.table, report)
            missing = [each.table for each in SHEETS if each not in sheets]
            missing += [each for each in CARDS if not _is_there(each, report)]
            # What there is to do comes first, and then what has to be known to do it.
            first = [each for each in sheets if each is ACTIONS]
            for each in first:
                book.table(each)
            read_me = [*lines(report, (each.table for each in sheets), missing)]
            more = cards(report, (each for each in CARDS if each not in missing))
            book.text(of(report.language).gettext("Read me"), read_me, more)
            for each in sheets[len(first) :]:
                book.table(each)
            book.close()
            file.seek(0)
            made = Large(iter(partial(file.read, _AT_ONCE), b""))
    except OSError as error:
        remedy = "Make room, or set TMPDIR to a folder that has some"
        raise FaultError(f"the workbook cannot be put together: {error.strerror}", remedy=remedy) from error
    return Document("report.xlsx", MEDIA_TYPE, made)


def _is_there(table: Table[Any], report: Report) -> bool:
    return any(True for _ in chain(table.head(report), table.rows(report)))


def _is_cut(report: Report) -> bool:
    """Whether a finding rests on more than a cell holds; half of that is said to be, as characters may be two."""
    return any(
        sum(len(each.pointer) + len(whole(each.value)) + _DIGEST for each in finding.evidence) > _PLAIN_CHARACTERS
        for agent in report.agents
        for finding in agent.findings
    )


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
        # A sheet may be looked at, or handed on, alone.
        told = self._language.gettext("INCOMPLETE: nothing may be concluded from the absence of anything.")
        self._loud = [] if report.complete else [told]
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
            # No traffic lights: darker is worse, the word says it too, and amber is what nobody has said.
            "high": add({"valign": "top", "bold": True, "font_color": "#FFFFFF", "bg_color": "#14365C"}),
            "medium": add({"valign": "top", "font_color": "#17212B", "bg_color": "#B9C7D6"}),
            "low": add({"valign": "top", "font_color": "#17212B", "bg_color": "#E8ECF1"}),
            "banner": add({"bold": True, "bg_color": "#FFC857", "font_color": "#17212B"}),
            "silent": add({"valign": "top", "text_wrap": True, "font_color": "#17212B", "bg_color": "#FFC857"}),
            "asked": add(
                {"valign": "top", "text_wrap": True, "bg_color": "#FFF3D6", "border": 1, "border_color": "#C4CDD6"}
            ),
        }

    def text(self, name: str, front: Sequence[Line], more: Iterable[Line]) -> None:
        """Paragraphs to read, over as many sheets as it takes; those in front are what is printed."""
        every = chain(front, more)
        for number in range(1, sys.maxsize):
            part = islice(every, ROWS)
            start = next(part, None)
            if start is None:
                return
            sheet = self._sheet(name if number == 1 else f"{name} {number}")
            for place, width in enumerate(_READ_ME):
                sheet.set_column(place, place, width, self._formats["text"])
            for at, (key, text, style) in enumerate(chain((start,), part)):
                self._row(sheet, at, (key, text), self._places(["head" if style == "text" else style, style]), _READ_ME)
            sheet.set_portrait()
            if number == 1:
                sheet.print_area(0, 0, len(front) - 1, 1)

    def table(self, given: Sheet) -> None:
        """A table, over as many sheets as it takes."""
        head, rows = given.table.head(self._report), given.table.rows(self._report)
        for number in range(1, sys.maxsize):
            part = islice(rows, ROWS - 1 - len(self._loud) - len(head))
            first = next(part, None)
            if first is None and number > 1:
                return
            self._part(given, number, head, part if first is None else chain((first,), part))

    def _part(self, given: Sheet, number: int, head: tuple[Row, ...], rows: Iterable[Row]) -> None:
        title, columns = self._language.say(given.table.title), given.columns
        sheet = self._sheet(title if number == 1 else f"{title[: _NAME - 5]} {number}")
        # What is printed is narrower than it might be, so that its texts go on in a further line.
        styles = ["text" if column.wraps or width else "plain" for _, column, width in columns]
        for place, ((_, column, width), style) in enumerate(zip(columns, styles, strict=True)):
            sheet.set_column(place, place, width or column.width, self._formats[style])
        top = len(self._loud)
        for text in self._loud:
            self._row(sheet, 0, (text, *[None] * (len(columns) - 1)), self._places(["banner"] * len(columns)))
        labels = [self._language.gettext(column.label) for _, column, _ in columns]
        widths = [width for _, _, width in columns if width]
        self._row(sheet, top, labels, self._places(["columns"] * len(columns)), widths)
        first, looks, at = self._places(["first"] * len(columns)), _Looks(given, self._places, styles), top
        in_order = itemgetter(*(place for place, _, _ in columns))
        worded = [place for place, (_, column, _) in enumerate(columns) if column.worded]
        for at, row in enumerate(chain(head, rows), start=top + 1):
            cells = [*in_order(row)]
            for place in worded:
                if isinstance(said := cells[place], str):
                    cells[place] = self._words.get(said, said)
                elif isinstance(said, tuple):
                    cells[place] = tuple(self._words.get(each, each) for each in said)
            told, places = (cells, first) if at <= top + len(head) else looks.of(row, cells)
            self._row(sheet, at, told, places, widths)
        self._choices(sheet, given, top + 1 + len(head), at)
        named = [column.key for _, column, _ in columns].index("agent_name")
        sheet.freeze_panes(top + 1 + len(head), named + 1)
        sheet.autofilter(top, 0, at, len(columns) - 1)
        sheet.repeat_rows(0, top)
        sheet.print_area(0, 0, at, len(given.printed) - 1)
        sheet.set_landscape()
        sheet.hide_gridlines(0)

    def _choices(self, sheet: Any, given: Sheet, first: int, last: int) -> None:
        """Lists to choose from, where what is filled in has one of a few values."""
        for place, (_, column, _) in enumerate(given.columns):
            if last >= first and (values := given.chosen.get(column.key)):
                words = [self._words[each] for each in values]
                sheet.data_validation(first, place, last, place, {"validate": "list", "source": words})

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
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer("&L&A&R&P / &N")
        # Identifiers of digits are texts on purpose; a green corner in each of them would hide what matters.
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        return sheet

    def _places(self, styles: Sequence[str]) -> list[_Look]:
        """What stands before and behind the number of the row, where the cells of a row begin."""
        indices = [self._formats[style]._get_xf_index() for style in styles]  # noqa: SLF001 (there is no other way)
        return [(f'<c r="{self._letters(place)}', f'" s="{index}"') for place, index in enumerate(indices)]

    def _row(
        self, sheet: Any, at: int, row: Sequence[Value], places: Sequence[_Look], widths: Sequence[int] = ()
    ) -> None:
        number, cells = at + 1, []
        for (start, style), value in zip(places, row, strict=True):
            if isinstance(value, bool):  # before numbers, as Python takes it for one
                held = _repeated(self._words["yes" if value else "no"])
            elif isinstance(value, int):
                held = f"><v>{value}</v></c>"
            elif not value:
                if value != "":
                    continue
                held = "/>"  # nothing, in a cell that looks like something
            elif isinstance(value, str) and len(value) <= _CACHED:
                held = _repeated(value)
            else:
                held = _inline(_text(value, self._language))
            cells.append(f"{start}{number}{style}{held}")
        # The format lets cells go without their place; readers that are less patient than Excel need it.
        sheet.row_data_fh.write(f'<row r="{number}"{_height(row, widths)}>{"".join(cells)}</row>')
        sheet.dim_rowmin, sheet.dim_rowmax, sheet.dim_colmin, sheet.dim_colmax = 0, at, 0, len(places) - 1

    def close(self) -> None:
        """Writes it all."""
        self._workbook.close()


def _height(row: Sequence[Value], widths: Sequence[int]) -> str:
    """The height of a row that shows all of its first cells, where it is more than that of one line.

    Programs that show a workbook without laying it out anew have no other way to know it; whoever edits a cell in one
    that does has it adjusted, as it is not said to be anybody's choice.
    """
    most = 1
    for value, width in zip(row, widths, strict=False):
        if isinstance(value, str):
            if len(value) > width:
                most = max(most, _lines(value, width))
        elif isinstance(value, tuple):
            most = max(most, sum(_lines(each, width) for each in value))
    return f' ht="{min(_POINTS * most, _HIGHEST)}"' if most > 1 else ""


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column."""
    return 1 if len(text) <= width else -(-len(text) * _SLACK // (width * 100))


class _Looks:
    """How the cells of a row look: what weighs, what nobody has said and what is to be filled in stands out."""

    def __init__(self, given: Sheet, places: Callable[[Sequence[str]], list[_Look]], styles: list[str]) -> None:
        self._usual = places(styles)
        columns = [(place, at, column.key) for at, (place, column, _) in enumerate(given.columns)]
        self._fills = [
            (place, at, {value: places([style] * len(styles))[at] for value, style in _FILLS[key].items()})
            for place, at, key in columns
            if key in _FILLS
        ]
        self._asked = [(at, places(["asked"] * len(styles))[at]) for _, at, key in columns if key in given.filled_in]
        self._status = given.table.keys.index("status") if self._asked else 0

    def of(self, row: Row, cells: list[Value]) -> tuple[list[Value], Sequence[_Look]]:
        """The cells, those that are to be filled in with nothing in them, and how each looks."""
        if not self._fills and not self._asked:
            return cells, self._usual
        looks = [*self._usual]
        for place, at, by_value in self._fills:
            looks[at] = by_value.get(row[place], looks[at])
        if self._asked and row[self._status] == "open":
            for at, look in self._asked:
                if cells[at] is None:
                    cells[at], looks[at] = "", look
        return cells, looks


_WEIGHT: Final[dict[Value, str]] = {"high": "high", "medium": "medium", "low": "low"}
_FILLS: Final[dict[str, dict[Value, str]]] = {
    "severity": _WEIGHT,
    "residual_risk": _WEIGHT,
    "coverage": {"not assessed": "silent", "mostly unanswered": "silent"},
}


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
