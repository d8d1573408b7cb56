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

from reporter.declared.vocabulary import ACTIONS, CATEGORIES, CLASSIFICATION, LEVELS
from reporter.plain.language import Language
from reporter.plain.memory import collecting_seldom
from reporter.render import templates
from reporter.render.document import PLAIN, Document, Theme
from reporter.render.sheets import claimed, flows, needs, rows
from reporter.render.sheets.book import book
from reporter.render.sheets.found import Found, beyond
from reporter.render.sheets.sheet import Sheet
from reporter.view.claims import claim
from reporter.view.findings import Issue
from reporter.view.report import Report

# As data in the page: a file that fetches nothing can be filed, and its policy may forbid everything else.
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
    css, script = _css(theme, trend=report.trend is not None), templates.text_of("screen.js", theme)
    with collecting_seldom():
        pages = book(report)
        page = templates.rendered(
            "screen/report.html",
            **pages,
            theme=theme,
            paper=False,
            css=Markup(css),  # noqa: S704 (our own file)
            css_hash=_hash(css),
            script=Markup(script),  # noqa: S704 (our own file)
            script_hash=_hash(script),
            words=_told(report, pages),
            cells=_cells,
            row_claim=claimed.of_row,
            step_of=claim,
            listed=rows.spaced,
            state_marks=_STATE_MARKS,
            short_states=_short_states(pages["language"]),
            beyond=beyond,
            found_class=_found_class,
            needs=needs.needs(report, pages["asked"]),
            loudness=needs.loudness(pages["asked"]),
            flow_picture=_flow_picture,
            pointed=lambda sheet: rows.pointed(sheet.lines, lambda line: line.entry.title),
            matrix_heads=_matrix_heads(pages),
            way_heads=rows.way_heads(pages["language"]),
            in_columns=rows.in_columns,
            upper_bound=rows.upper_bound,
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


def _found_class(found: Found, issue: Issue) -> Markup:
    names = needs.found_class(found, issue)
    return Markup(f' class="{names}"' if " " in names else f" class={names}" if names else "")  # noqa: S704 (our own)


def _told(report: Report, pages: dict[str, Any]) -> Markup:
    """What the script knows and says, as JSON that cannot end the element it stands in.

    ``fields`` are the 42 columns of a matrix: side, label, and the way to the field in a declaration. ``terms`` are
    what each column of "agents at a glance" may be looked for by. ``answers`` are the words of each letter. ``rules``
    are what a rule that found something may be looked for by, besides its findings: its provisions.
    """
    language: Language = pages["language"]
    told = {
        "language": language.code,
        "fields": _fields(language),
        "terms": [
            "\n".join((language.gettext(term.label), term.label, term.short, term.name)).lower()
            for term in (*ACTIONS, *CATEGORIES)
        ],
        "answers": _answers(language),
        **claimed.told(language),
        "counted": [language.pgettext("column of counts", each) for each in _COUNTED],
        "severities": pages["severities"],
        "certainties": pages["certainties"],
        "statuses": pages["statuses"],
        "questions": pages["questions"],
        "rules": {
            rule.id: ", ".join(each.text for each in rule.provisions)
            for rule in report.catalogue.rules
            if rule.findings
        },
        "found": language.gettext("{some} of {all} agents, {asked} of {questions} questions"),
        "questionsShown": language.gettext("{some} of {all} questions"),
        "findingsShown": language.gettext("{some} of {all} findings"),
        "more": language.gettext("and {number} more"),
        "copied": language.gettext("Copied."),
        "notCopied": language.gettext("The browser did not allow it."),
    }
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 (within a script element only its end tag matters)


# What nobody declared is so in whole rows, which are named below their matrix.
_COUNTED: Final = ("included", "unknown", "excluded")


def _fields(language: Language) -> list[tuple[str, str, str]]:
    actions = language.gettext("Actions")
    found = [(actions, language.gettext(term.label), f"action_profile/{term.name}") for term in ACTIONS]
    columns = [(term.label, term.name) for term in CATEGORIES] + [("Classification", CLASSIFICATION)]
    for side, part in (
        (language.gettext("Inputs (params)"), "params_data_categories"),
        (language.gettext("Outputs (result)"), "result_data_categories"),
    ):
        found += [(side, language.gettext(label), f"{part}/{name}") for label, name in columns]
    return found


def _answers(language: Language) -> dict[str, str]:
    levels = [language.gettext(level) for level in LEVELS]
    return {
        "I": language.gettext("declared included"),
        "X": language.gettext("declared excluded"),
        "A": language.gettext("declared allowed"),
        "D": language.gettext("declared disallowed"),
        "?": language.gettext("declared unknown"),
        "-": language.gettext("undeclared"),
        "q": language.gettext("declared unknown"),
        "n": language.gettext("undeclared"),
        **dict(zip("picrs", levels, strict=True)),
    }


def _cells(plain: str) -> Markup:
    return Markup("".join([_CELLS[letter] for letter in plain]))  # noqa: S704 (letters of ours)


# A box is 14 wide, what is between two of them 4, and a row is 2 high: few digits say such lengths.
_MEASURES: Final = flows.Measures(14, 4, 2, 2, lambda down: f"l4 {down}".replace(" -", "-") if down else "h4")


def _flow_picture(sheet: Sheet) -> Markup:
    """Lists of boxes, and lines whose classes say how broad they are and whether they are declared (``l3``, ``q3``)."""
    if sheet.flows is None:
        return Markup("")
    paths = Markup("").join(
        Markup("<path class={}{} d='{}'/>").format("l" if certain else "q", broad, path)
        for certain, broad, path in flows.paths(sheet.flows, _MEASURES)
    )
    size = _MEASURES.width, _MEASURES.height(sheet.flows)
    svg = Markup("<svg viewBox='0 0 {} {}' preserveAspectRatio=none aria-hidden=true>{}</svg>").format(*size, paths)
    return svg + flows.lists(sheet.flows, sheet.language)


@cache
def _css(theme: Theme, *, trend: bool) -> str:
    faces = (
        f"@font-face{{font-family:'{family}';font-weight:{weight};font-display:block;"
        f"src:url(data:font/woff2;base64,{b64encode(templates.font(name)).decode()})}}"
        for family, weight, name in _FACES
    )
    more = [templates.text_of("trend.css", theme)] if trend else []
    return "\n".join((*faces, theme.screen(templates.text_of("screen.css", theme)), *more))


def _matrix_heads(pages: dict[str, Any]) -> Markup:
    """The same in every matrix: the heads of actions, and of each side's categories and classification."""
    language: Language = pages["language"]
    actions, *groups = pages["all_groups"]
    side = [*(term.short for group in groups for term in group.terms), pages["classification_heads"][0]]
    labels = [*(term.short for term in actions.terms), *side, *side]
    # Built once for all agents, whose matrices have the same heads.
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
