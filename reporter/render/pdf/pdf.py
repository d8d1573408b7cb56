"""``report.pdf``: A4, tagged, with bookmarks, made by WeasyPrint.

The pages are laid out once. Those in front, to the summary's first page, are laid out a second time when it is known
on which page everything stands; asking the engine for page numbers would lay out everything twice.
"""

from __future__ import annotations

import io
from base64 import b64decode
from contextlib import redirect_stdout
from types import ModuleType
from typing import Any, Final

from markupsafe import Markup

from reporter.errors import MissingPart, RenderError, TemplateMistake
from reporter.plain.memory import collecting_later
from reporter.plain.text import shown
from reporter.render import templates
from reporter.render.document import PLAIN, Document, Theme
from reporter.render.pdf import paper, register_lines
from reporter.render.sheets import evidence, fitting, found_lines, letters, pictures
from reporter.render.sheets.book import Book, book
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

#: What stands under each page; the pages that are laid out a second time are told how many there are.
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


def engine_is_slow() -> str | None:
    """Why the PDF takes longer than it might, for whoever waits for it; None where it does not.

    Raises:
        MissingPart: The engine cannot be loaded.
    """
    engine = _engine()
    if engine.SHORTCUTS_FIT:
        return None
    return f"WeasyPrint {engine.VERSION} is not one that this version was tried with: a PDF takes longer"


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


def render(report: Report, theme: Theme = PLAIN) -> Document:
    """The whole report as one PDF.

    Raises:
        MissingPart: Pango is missing.
        RenderError: It cannot be made.
        TemplateMistake: It cannot be made with these templates.
    """
    engine = _engine()
    try:
        with collecting_later():
            return Document("report.pdf", "application/pdf", _bound(report, engine, theme))
    except RenderError as error:
        if theme.templates is None:
            raise
        remedy = "Mend the templates; without --template-dir ours are used"
        raise TemplateMistake(error.what, where=str(theme.templates), remedy=remedy) from error


def _bound(report: Report, engine: ModuleType, theme: Theme) -> bytes:
    made = paper.Pictures()
    pages = book(report)
    values = _values(pages, made)
    typesetter = engine.Engine(_css(theme), _resources(engine, made, values, theme))
    whole = typesetter.laid_out(templates.rendered("paper/report.html", theme=theme, **values, part="whole", pages={}))
    numbers = {anchor: str(number) for number, page in reversed(_numbered(whole)) for anchor in page.anchors}
    front = typesetter.laid_out(
        templates.rendered("paper/report.html", theme=theme, **values, part="front", pages=numbers),
        _FOOT.replace("counter(pages)", f'"{len(whole.pages)}"'),
    )
    behind = int(numbers.get("strip-further", numbers["glance"])) - 1
    if len(front.pages) != behind:
        raise RenderError("the PDF cannot be made: its contents do not fit where they were meant to stand")
    whole.pages[:behind] = front.pages
    written: bytes = typesetter.written(whole)
    return written


def _numbered(document: Any) -> list[tuple[int, Any]]:
    return list(enumerate(document.pages, start=1))


def _values(pages: Book, made: paper.Pictures) -> dict[str, Any]:
    told, language = templates.heads(), pages.values["language"]
    numbers: dict[str, int] = pages.values["record_number"]
    return pages.values | {
        "paper": True,
        "short": _short,
        "set_in": _set_in,
        "contents_lots": paper.contents(pages),
        "strip_lots": paper.strip(pages, made),
        "glance_lots": paper.glance(pages, made),
        "glance_totals": paper.totals(pages.values["totals"]),
        "matrices": {sheet.agent.anchor: paper.matrix(sheet, made) for sheet in pages.sheets},
        "ledgers": {sheet.agent.anchor: paper.flags(sheet, made) for sheet in pages.sheets},
        "flowing": {sheet.agent.anchor: paper.flowing(sheet, made) for sheet in pages.sheets},
        "rule_lines": register_lines.lines,
        "found_blocks": found_lines.findings,
        "ways_head": found_lines.ways_head(language),
        "found_beside": found_lines.beside,
        "screening_lots": paper.screening(pages, made),
        "screening_words": paper.screening_words(pages),
        "matrix_key": paper.key(language),
        "sides": paper.sides(language),
        "evidence": [_pre(evidence.evidence(sheet, numbers)) for sheet in pages.sheets if sheet.lines],
        "record_lines": _pre(evidence.records(pages.report)),
        "turned": Markup(letters.heads(told["turned"], language, glance=False)),  # noqa: S704 (our own characters)
        "slanted": Markup(letters.heads(told["slanted"], language, glance=True)),  # noqa: S704
    }


def _short(text: str, ems: float) -> str:
    """A name as it stands in a place that it must not burst."""
    return fitting.fitted(shown(text), ems)


def _set_in(text: Markup, ems: float) -> Markup:
    """Text in lines of so many ems: the engine would lay out what is left of it for each of them."""
    return Markup("\n").join(fitting.wrapped(text.unescape(), ems))


def _pre(text: str) -> Markup:
    """Lines that were made visible one by one, before they were put together."""
    return Markup("{}").format(text)


def _resources(engine: ModuleType, made: paper.Pictures, values: dict[str, Any], theme: Theme) -> dict[str, Any]:
    found = {f"fonts/{name}": engine.Resource("font/ttf", templates.plain_font(name)) for _, _, name in _FACES}
    drawn = made.made | {
        "quilt": values["quilt"],
        "tile": pictures.tile(100),
        "key": pictures.key(values["matrix_key"].signs),
        "tile-wide": pictures.tile(145),
    }
    logo = values["logo"]
    if logo:
        kind, _, data = logo.removeprefix("data:").partition(";base64,")
        found["logo"] = engine.Resource(kind, b64decode(data))
    return found | {name: engine.Resource("image/svg+xml", theme.coloured(svg).encode()) for name, svg in drawn.items()}


def _css(theme: Theme) -> str:
    faces = (
        f"@font-face{{font-family:'{family}';font-weight:{weight};src:url(datarisk:fonts/{name})}}"
        for family, weight, name in _FACES
    )
    return "\n".join((*faces, theme.paper(templates.text_of("paper.css", theme)), _FOOT))
