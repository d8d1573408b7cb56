"""``report.html``: one file that holds all of itself, fetches nothing, and runs nothing but our own script.

The script finds, sorts, points and copies; all that it shows stands on the page without it.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from functools import cache
from typing import Any, Final

from markupsafe import Markup

from reporter.language import Language
from reporter.memory import collecting_later
from reporter.render import evidence, flow_picture, found_lines, rows, screen_words, templates
from reporter.render import theme as dressing
from reporter.render.book import Book, book
from reporter.render.document import PLAIN, Document, Theme
from reporter.render.sheet import Sheet
from reporter.report import Report

_FACES: Final = (
    ("Datarisk Signs", 400, "datarisk-signs"),
    ("Source Sans 3", 400, "source-sans-3-400"),
    ("Source Sans 3", 600, "source-sans-3-600"),
    ("Source Serif 4", 400, "source-serif-4-400"),
    ("Source Serif 4", 600, "source-serif-4-600"),
    ("IBM Plex Mono", 400, "ibm-plex-mono-400"),
)

# End tags that HTML does not ask for are left out: there are 42 of these to a row.
_CELLS: Final = {letter: f"<td>{letter}" for letter in "IAXD0picrsPNCRS?-qn"}


def render(report: Report, theme: Theme = PLAIN) -> Document:
    """The whole report as one HTML file."""
    css, script, pages = _css(theme), templates.text_of("screen.js", theme), book(report)
    with collecting_later():
        page = templates.rendered(
            "screen/report.html",
            **_coloured(pages.values, theme),
            theme=theme,
            paper=False,
            css=Markup(css),  # noqa: S704 (our own file)
            css_hash=_hash(css),
            script=Markup(script),  # noqa: S704 (our own file)
            script_hash=_hash(script),
            words=_told(pages),
            cells=_cells,
            listed=rows.listed,
            short_states=_short_states(pages.values["language"]),
            where=found_lines.where,
            rows_at=found_lines.rows_at,
            found_beside=found_lines.beside,
            finding_numbers=found_lines.numbers,
            flow_picture=_flow_picture,
            listed_by_place=evidence.by_place,
            matrix_heads=_matrix_heads(pages),
        )
    return Document("report.html", "text/html", page.encode("utf-8"))


def _short_states(language: Language) -> dict[str, str]:
    """States where it is plain that they are declared."""
    return {
        "included": language.pgettext("column of counts", "included"),
        "excluded": language.pgettext("column of counts", "excluded"),
        "allowed": language.pgettext("column of counts", "allowed"),
        "disallowed": language.pgettext("column of counts", "disallowed"),
        "undetermined": language.gettext("undetermined"),
        "none": language.gettext("no span types"),
    }


def _hash(text: str) -> Markup:
    """What a browser hashes is the text between the tags, byte for byte."""
    digest = b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(f"sha256-{digest}")  # noqa: S704 (base64)


def _told(pages: Book) -> Markup:
    """What the script says and knows, as JSON that cannot end the element it stands in."""
    told = json.dumps(screen_words.told(pages), ensure_ascii=False, separators=(",", ":"))
    return Markup(told.replace("<", "\\u003c"))  # noqa: S704 (within a script element only its end tag matters)


def _cells(plain: str) -> Markup:
    return Markup("".join([_CELLS[letter] for letter in plain]))  # noqa: S704 (letters of ours)


def _flow_picture(sheet: Sheet) -> Markup:
    return flow_picture.on_screen(sheet.flows, sheet.language) if sheet.flows else Markup("")


def _coloured(values: dict[str, Any], theme: Theme) -> dict[str, Any]:
    return values | {"quilt": Markup(dressing.coloured(values["quilt"], theme))}  # noqa: S704 (drawn by us)


@cache
def _css(theme: Theme) -> str:
    faces = (
        f"@font-face{{font-family:'{family}';font-weight:{weight};font-display:block;"
        f"src:url(data:font/woff2;base64,{b64encode(templates.font(name)).decode()})}}"
        for family, weight, name in _FACES
    )
    return "\n".join((*faces, dressing.screen(templates.text_of("screen.css", theme), theme)))


def _matrix_heads(pages: Book) -> Markup:
    """The same in every matrix: the heads of actions, and of each side's categories and classification."""
    language: Language = pages.values["language"]
    actions, *groups = pages.values["all_groups"]
    side = [*(term.short for group in groups for term in group.terms), pages.values["classification_heads"][0]]
    labels = [*(term.short for term in actions.terms), *side, *side]
    cells = Markup("").join(Markup("<th>{}").format(label) for label in labels)
    return Markup("<tr class=turned><th>{}{}").format(language.gettext("Span type"), cells)
