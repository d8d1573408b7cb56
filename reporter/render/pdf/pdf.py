"""``report.pdf``: A4, tagged, with bookmarks, made by WeasyPrint."""

from __future__ import annotations

import io
from base64 import b64decode
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from functools import partial
from types import ModuleType
from typing import Any, Final

from markupsafe import Markup

from reporter.errors import MissingPart, RenderError, TemplateMistake
from reporter.plain.colour import AMBER, NAVY
from reporter.plain.language import Language
from reporter.plain.memory import collecting_later
from reporter.plain.text import shown
from reporter.render import templates
from reporter.render.document import PLAIN, Attachment, Document, Theme
from reporter.render.sheets import flows, found, letters, pictures, rows
from reporter.render.sheets.book import book
from reporter.render.sheets.names import wrapped
from reporter.render.sheets.pictures import columns, fitted
from reporter.render.sheets.rows import Line
from reporter.render.sheets.sentences import begun
from reporter.render.sheets.sheet import Answer, Sheet
from reporter.view.report import Report

_FACES: Final = (
    ("Datarisk Symbols", 400, "datarisk-symbols"),
    ("Datarisk Heads", 400, "datarisk-heads"),
    ("Source Sans 3", 400, "source-sans-3-400"),
    ("Source Sans 3", 600, "source-sans-3-600"),
    ("Source Serif 4", 400, "source-serif-4-400"),
    ("Source Serif 4", 600, "source-serif-4-600"),
    ("IBM Plex Mono", 400, "ibm-plex-mono-400"),
)

#: What stands under each page.
_FOOT: Final = (
    '@page { @bottom-left { content: counter(page) " / " counter(pages) " · " string(footing) " · " string(section) } }'
)

_APT: Final = "apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


def engine_version() -> str:
    """The version of WeasyPrint.

    Raises:
        MissingPart: It cannot be loaded.
    """
    version: str = _engine().VERSION
    return version


def libraries() -> dict[str, str]:
    """The versions of what the bytes of a PDF depend on besides the engine; none where it cannot be loaded."""
    try:
        found: dict[str, str] = _engine().libraries()
    except MissingPart:
        return {}
    return found


def engine_is_slow() -> str | None:
    """Why the PDF takes longer than it might, for whoever waits for it; None where it does not.

    Raises:
        MissingPart: The engine cannot be loaded.
    """
    engine = _engine()
    if engine.SHORTCUTS_FIT:
        return None
    return (
        f"WeasyPrint {engine.VERSION} is not one that this version was tried with: a PDF takes longer, and tells a "
        "screen reader the answers of a row as one cell"
    )


def says_less(data: bytes, theme: Theme = PLAIN) -> str | None:
    """Why a PDF does not say that it is what it was asked to be; None where it does."""
    # What a file says of itself is the only thing in it that is not packed.
    if theme.pdf_profile == "plain" or b"pdfuaid:part" in data:
        return None
    return (
        "report.pdf says that it is neither PDF/A nor PDF/UA: a character in it stands in no font of this machine; "
        "with a font for it (apt install fonts-noto has most) it will be both"
    )


def _engine() -> ModuleType:
    try:
        with redirect_stdout(io.StringIO()):  # where it is missing, the engine prints a banner among our results
            from reporter.render.pdf import engine  # noqa: PLC0415 (loads Pango)
    except OSError as error:
        raise MissingPart(
            "the PDF needs Pango, which this machine lacks",
            remedy=f"Install it: {_APT}, or brew install pango",
        ) from error
    return engine


def render(report: Report, theme: Theme = PLAIN, attached: Sequence[Attachment] = ()) -> Document:
    """The whole report as one PDF.

    Args:
        report: What it is about.
        theme: How it looks, and what it says that it is.
        attached: What it carries, if it is to be kept.

    Raises:
        MissingPart: Pango is missing.
        RenderError: It cannot be made.
        TemplateMistake: It cannot be made with these templates.
    """
    engine = _engine()
    try:
        with collecting_later():
            return Document("report.pdf", "application/pdf", _bound(report, engine, theme, attached))
    except RenderError as error:
        if theme.templates is None:
            raise
        remedy = "Mend the templates; without --template-dir ours are used"
        raise TemplateMistake(error.what, where=str(theme.templates), remedy=remedy) from error


def _bound(report: Report, engine: ModuleType, theme: Theme, attached: Sequence[Attachment]) -> bytes:
    pages = book(report) | {"catalogue": "catalogue" in theme.annexes}
    pages["behind"] = not pages["many"] or "rows" in theme.annexes
    drawn = _Pictures(theme, engine.Resource)
    values = pages | _values(pages["language"], drawn) | {"pages": engine.Pages()}
    drawn.made |= _fixed(pages, drawn, engine)
    # The templates add pictures while they are filled; the engine looks for them only afterwards.
    typesetter = engine.Engine(_css(theme), drawn.made, engine.tagged.Words(*_read_out(pages["language"])))
    whole = typesetter.laid_out(templates.rendered("paper/report.html", theme=theme, **values))
    written: bytes = typesetter.written(whole, theme.pdf_profile, attached)
    return written


def _read_out(language: Language) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """What signs and heads of tables say to whom they are read out."""
    told = templates.heads()
    heads = {char: label for way in ("turned", "slanted") for label, char in told[way].items()}
    return letters.read_out(language), heads


class _Pictures:
    """The pictures of one document, by the names that it asks for them with; the same one has the same name."""

    def __init__(self, theme: Theme, resource: Callable[[str, bytes], Any]) -> None:
        self.made: dict[str, Any] = {}
        self._theme, self._resource = theme, resource
        self._names: dict[str, str] = {}

    def keep(self, svg: str, name: str = "") -> str:
        """The name of a picture, in the colours of the theme."""
        if svg not in self._names:
            self._names[svg] = name or f"drawn/{len(self.made)}"
            drawn = self._theme.coloured(svg).encode()
            self.made[self._names[svg]] = self._resource("image/svg+xml", drawn)
        return self._names[svg]


def _fixed(pages: dict[str, Any], drawn: _Pictures, engine: ModuleType) -> dict[str, Any]:
    """What every document may ask for: fonts, the quilt, tiles, and the user's logo."""
    found = {f"fonts/{name}": engine.Resource("font/ttf", templates.plain_font(name)) for _, _, name in _FACES}
    logo = pages["logo"]
    if logo:
        kind, _, data = logo.removeprefix("data:").partition(";base64,")
        found["logo"] = engine.Resource(*_of_screens(kind, b64decode(data)))
    drawn.keep(pages["quilt"], "quilt")
    drawn.keep(pictures.tiles("?"), "tile")
    drawn.keep(pictures.tiles("q"), "tile-wide")
    if picture := pages.get("trend_picture"):
        drawn.keep(picture, "trend")
        for kind, swatch in pages["trend_swatches"].items():
            drawn.keep(swatch, f"swatch-{kind}")
    return found


def _of_screens(kind: str, data: bytes) -> tuple[str, bytes]:
    """A picture in red, green and blue: a file says of one kind of colours what they are (ISO 19005-3, 6.2.4.3)."""
    if kind != "image/jpeg":
        return kind, data
    from PIL import Image  # noqa: PLC0415 (what most logos have no need of)

    with Image.open(io.BytesIO(data)) as picture:
        if picture.mode != "CMYK":
            return kind, data
        out = io.BytesIO()
        picture.convert("RGB").save(out, "PNG")
    return "image/png", out.getvalue()


def _values(language: Language, drawn: _Pictures) -> dict[str, Any]:
    told = templates.heads()
    return {
        "paper": True,
        "short": lambda text, ems: fitted(shown(text), ems),
        "cells": _cells,
        "tiles": lambda signs, spacing=0: drawn.keep(pictures.tiles(signs, spacing)),
        "lots": _lots,
        "under": lambda lot, names: _under(lot, names, drawn),
        "row_names": _row_names,
        "counted": _counted,
        "row_label": _row_label,
        "spaced": letters.spaced_entry,
        "spaced_agent": letters.spaced_agent,
        "listed": rows.spaced,
        "upper_bound": partial(rows.upper_bound, language=language),
        "halves": _halves,
        "where": found.where,
        "begun": begun,
        "sheet_rows": _SHEET,
        "beyond": found.beyond,
        "unsaid": _unsaid,
        "pointed": lambda sheet: rows.pointed(sheet.lines, _cut_names(sheet)),
        "flow_lists": lambda sheet: flows.lists(sheet.flows, sheet.language),
        "flow_lines": lambda sheet: drawn.keep(_flow_lines(sheet.flows)),
        "turned": Markup(letters.heads(told["turned"], language, glance=False)),  # noqa: S704 (our own characters)
        "slanted": Markup(letters.heads(told["slanted"], language, glance=True)),  # noqa: S704
    }


def _cells(signs: str) -> Markup:
    """A cell of a table for each sign, with an amber tile under those that nobody has decided."""
    tiles = {"?": " u", "-": " u", "q": " q", "n": " q"}
    told = "".join(f'<td class="s{tiles.get(letter, "")}">{letter}</td>' for letter in signs)
    return Markup(told)  # noqa: S704 (letters of ours)


_SHEET: Final = 66  # rows of the sheet to be filled in: beyond them a spreadsheet serves better
_LOT: Final = 7
_LABEL: Final = 28  # columns of the mono face beside a row of the matrix

Names = dict[int, list[str]]


def _lots(lines: Sequence[Line]) -> list[Sequence[Line]]:
    """Rows in lots that stay together: few, so that they leave no hole in a page, and each with a picture under it."""
    return [lines[start : start + _LOT] for start in range(0, len(lines), _LOT)]


def _under(lot: Sequence[Line], names: Names, drawn: _Pictures) -> Markup:
    """What lies under a lot, to stand in its first row."""
    lines = {line.number: len(names[line.number]) for line in lot}
    high = sum(map(pictures.row_height, lines.values())) / 100
    name = drawn.keep(pictures.under(lot, lines))
    return Markup("<i class=under style='height:{}mm;background-image:url(datarisk:{})'></i>").format(high, name)


def _row_names(sheet: Sheet) -> Names:
    """The name of each row of the matrix, in one line or two."""
    told = {line.number: _row_name(line, sheet.language) for line in sheet.lines}
    room = _LABEL - len(str(len(sheet.lines))) - 1
    found = wrapped([*told.values()], room, columns)
    return {number: found[name] for number, name in told.items()}


def _row_name(line: Line, language: Language) -> str:
    name, kind = line.entry.name, line.entry.kind
    return shown(name if kind == "span" else f"{rows.kind_words(kind, language)} {name}")


def _row_label(line: Line, names: Names) -> Markup:
    digits = len(str(len(names)))
    further = Markup("<br>") + " " * (digits + 1)  # a line feed in a name is shown as a sign
    return Markup("{} {}").format(f"{line.number:>{digits}}", further.join(names[line.number]))


def _counted(sheet: Sheet) -> list[tuple[str, list[int]]]:
    """In how many rows each column is included, allowed or classified, and in how many nobody says."""
    columns_ = list(zip(*(line.letters for line in sheet.lines), strict=True))
    silent = [sum(letter in letters.AMBER for letter in column) for column in columns_]
    said = [sum(letter in letters.SAID for letter in column) for column in columns_]
    rows_ = len(sheet.lines)
    return [
        (sheet.language.gettext("Included, allowed or stated, of %(all)s", all=rows_), said),
        (sheet.language.gettext("Not answered, of %(all)s", all=rows_), silent),
    ]


def _cut_names(sheet: Sheet) -> Callable[[Line], str | None]:
    """The name of a row that the matrix has no room for, unless the pointer to it ends with that name."""
    names = _row_names(sheet)

    def cut_name(line: Line) -> str | None:
        name = line.entry.name
        cut = "".join(names[line.number]) != _row_name(line, sheet.language)
        return name if cut and name != line.entry.pointer.rpartition("/")[2] else None

    return cut_name


def _halves(sheet: Sheet) -> list[list[Answer]]:
    """What some row includes or allows, in two halves that stand side by side."""
    told = [answer for group in sheet.groups for answer in group.answers if answer.counts[0]]
    middle = (len(told) + 3) // 2  # the levels of both sides stand below the second
    return [told[:middle], told[middle:]]


def _unsaid(sheet: Sheet, *, undecided: bool) -> str:
    """What no row includes or allows: where answers are missing with how many are, or where every row rules it out."""
    never = (answer for group in sheet.groups for answer in group.answers if not answer.counts[0])
    return ", ".join(
        f"{answer.term} ({answer.counts[1]}+{answer.counts[2]})" if undecided else answer.term
        for answer in never
        if (answer.letter == "?") is undecided
    )


# The picture of flows, in 1/100 mm: boxes are 46.04 mm apart, as their lists are in the stylesheet.
_BEND: Final = 508
_MEASURES: Final = flows.Measures(
    3588, 2 * _BEND, 400, 500, lambda down: f"c{_BEND} 0 {_BEND} {down} {2 * _BEND} {down}" if down else f"h{2 * _BEND}"
)
_DEEP: Final = "#955300"


def _flow_lines(drawn: flows.Flows) -> str:
    """Its lines and boxes: navy ones are declared, amber ones not stated, white ones excluded."""
    parts = []
    for certain, breadth, path in flows.paths(drawn, _MEASURES):
        look = f'stroke="{NAVY}" stroke-opacity=".55"' if certain else f'stroke="{_DEEP}" stroke-dasharray="90 60"'
        parts.append(f'<path d="{path}" fill="none" {look} stroke-width="{20 * breadth}"/>')
    for state, look in (
        ("included", f'fill="{NAVY}"'),
        ("undetermined", f'fill="{AMBER}" stroke="{pictures.INK}" stroke-width="20" stroke-dasharray="60 40"'),
        ("excluded", f'fill="#fff" stroke="{pictures.RULE}" stroke-width="20"'),
    ):
        round_ = f"h{_MEASURES.box}v{_MEASURES.high}h-{_MEASURES.box}z"
        boxes = [box for box in drawn.boxes if box.state == state]
        path = "".join(f"M{_MEASURES.left(box.column)} {box.row * _MEASURES.pitch}{round_}" for box in boxes)
        parts += [f'<path d="{path}" {look}/>'] if path else []
    return pictures.svg(_MEASURES.width, _MEASURES.height(drawn), *parts, margin=10)


def _css(theme: Theme) -> str:
    faces = (
        f"@font-face{{font-family:'{family}';font-weight:{weight};src:url(datarisk:fonts/{name})}}"
        for family, weight, name in _FACES
    )
    return "\n".join((*faces, theme.paper(templates.text_of("paper.css", theme)), _FOOT))
