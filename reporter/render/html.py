"""``report.html``: one file that holds all of itself, fetches nothing and runs nothing."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from typing import Final

from markupsafe import Markup

from reporter.language import Language
from reporter.render import letters, templates
from reporter.render.book import Book, book
from reporter.render.document import PLAIN, Document, Theme, collecting_later
from reporter.report import Report

_FACES: Final = (
    ("Datarisk Symbols", 400, "datarisk-symbols"),
    ("Source Sans 3", 400, "source-sans-3-400"),
    ("Source Sans 3", 600, "source-sans-3-600"),
    ("Source Serif 4", 600, "source-serif-4-600"),
    ("IBM Plex Mono", 400, "ibm-plex-mono-400"),
)

# End tags that HTML does not ask for are left out: there are 42 of these to a row.
_CELLS: Final = {
    letter: f"<td class=u>{letter}" if letter in letters.AMBER else f"<td>{letter}" for letter in "IAXD0picrsPNCRS?-qn"
}


def render(report: Report, theme: Theme = PLAIN) -> Document:  # noqa: ARG001
    """The whole report as one HTML file."""
    css, pages = _css(), book(report)
    # What a browser hashes is the text between the tags, byte for byte.
    digest = b64encode(hashlib.sha256(css.encode()).digest()).decode()
    with collecting_later():
        page = templates.rendered(
            "screen/report.html",
            **pages.values,
            paper=False,
            css=Markup(css),  # noqa: S704 (our own file)
            css_hash=Markup(f"sha256-{digest}"),  # noqa: S704 (base64)
            cells=_cells,
            matrix_heads=_matrix_heads(pages),
        )
    return Document("report.html", "text/html", page.encode("utf-8"))


def _cells(plain: str) -> Markup:
    return Markup("".join([_CELLS[letter] for letter in plain]))  # noqa: S704 (letters of ours)


@cache
def _css() -> str:
    faces = (
        f"@font-face{{font-family:'{family}';font-weight:{weight};font-display:block;"
        f"src:url(data:font/woff2;base64,{b64encode(templates.font(name)).decode()})}}"
        for family, weight, name in _FACES
    )
    return "\n".join((*faces, templates.text_of("screen.css")))


def _matrix_heads(pages: Book) -> Markup:
    """The same in every matrix: the heads of actions, and of each side's categories and classification."""
    language: Language = pages.values["language"]
    actions, *groups = pages.values["all_groups"]
    side = [*(term.short for group in groups for term in group.terms), pages.values["classification_heads"][0]]
    labels = [*(term.short for term in actions.terms), *side, *side]
    cells = Markup("").join(Markup("<th scope=col>{}").format(label) for label in labels)
    return Markup("<tr class=turned><th scope=col>{}{}").format(language.gettext("Span type"), cells)
