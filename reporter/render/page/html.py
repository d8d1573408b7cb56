"""``report.html``: one file that holds all of itself, fetches nothing, and runs nothing but our own script.

The script finds, sorts, points and copies; all that it shows stands on the page without it.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from functools import cache
from typing import Final

from markupsafe import Markup

from reporter.plain.language import Language
from reporter.plain.memory import collecting_later
from reporter.render import templates
from reporter.render.document import PLAIN, Document, Theme
from reporter.render.page import flow_page, found_page, screen_words
from reporter.render.sheets import found_lines, pointed, rows, ways
from reporter.render.sheets.book import Book, book
from reporter.render.sheets.sheet import Sheet
from reporter.view.report import Report

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

# As on boxes of the picture of flows: what is declared included goes without a mark.
_STATE_MARKS: Final = {
    "included": "",
    "undetermined": Markup(" class=u"),
    "excluded": Markup(" class=x"),
    "none": Markup(" class=o"),
}


def render(report: Report, theme: Theme = PLAIN) -> Document:
    """The whole report as one HTML file."""
    css, script, pages = _css(theme), templates.text_of("screen.js", theme), book(report)
    with collecting_later():
        page = templates.rendered(
            "screen/report.html",
            **pages.values,
            theme=theme,
            paper=False,
            css=Markup(css),  # noqa: S704 (our own file)
            css_hash=_hash(css),
            script=Markup(script),  # noqa: S704 (our own file)
            script_hash=_hash(script),
            words=_told(pages),
            cells=_cells,
            listed=rows.spaced,
            state_marks=_STATE_MARKS,
            short_states=_short_states(pages.values["language"]),
            where=found_lines.where,
            declared_at=found_page.declared,
            undecided_at=found_page.undecided,
            found_beside=found_page.beside,
            numbered=found_page.numbers,
            flow_picture=_flow_picture,
            pointed=pointed.places,
            matrix_heads=_matrix_heads(pages),
            column_counts=_column_counts,
            way_heads=ways.heads(pages.values["language"]),
            in_columns=ways.in_columns,
            upper_bound=ways.upper_bound,
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
    return flow_page.drawn(sheet.flows, sheet.language) if sheet.flows else Markup("")


@cache
def _css(theme: Theme) -> str:
    faces = (
        f"@font-face{{font-family:'{family}';font-weight:{weight};font-display:block;"
        f"src:url(data:font/woff2;base64,{b64encode(templates.font(name)).decode()})}}"
        for family, weight, name in _FACES
    )
    return "\n".join((*faces, theme.screen(templates.text_of("screen.css", theme))))


def _matrix_heads(pages: Book) -> Markup:
    """The same in every matrix: the heads of actions, and of each side's categories and classification."""
    language: Language = pages.values["language"]
    actions, *groups = pages.values["all_groups"]
    side = [*(term.short for group in groups for term in group.terms), pages.values["classification_heads"][0]]
    labels = [*(term.short for term in actions.terms), *side, *side]
    cells = Markup("").join(Markup("<th>{}").format(label) for label in labels)
    return Markup(
        "<tr><td><th scope=colgroup colspan={}>{}<th scope=colgroup colspan={}>{}<th scope=colgroup colspan={}>{}\n"
        "<tr class=turned><th>{}{}"
    ).format(
        len(actions.terms),
        language.gettext("Actions"),
        len(side),
        language.gettext("Inputs (params)"),
        len(side),
        language.gettext("Outputs (result)"),
        language.gettext("Span type"),
        cells,
    )


_COUNTED: Final = ("IApicrs", "?q", "XD")  # what nobody declared is so in whole rows, which are named below


def _column_counts(sheet: Sheet) -> Markup:
    """How many rows give each answer, column by column: a number to a line, in the order of the head beside them."""
    columns = zip(*(line.letters for line in sheet.lines), strict=True)
    counts = ([sum(map(column.count, letters)) for letters in _COUNTED] for column in columns)
    told = "".join("<td>" + "\n".join(map(str, each)) for each in counts)
    return Markup(told)  # noqa: S704 (numbers)
