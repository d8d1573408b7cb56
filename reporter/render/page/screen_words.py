"""What the page's script knows: the columns of a matrix, the words of its letters, and its own sentences."""

from __future__ import annotations

from typing import Any

from reporter.declared.vocabulary import ACTIONS, CATEGORIES, CLASSIFICATION, LEVELS
from reporter.plain.language import Language
from reporter.render.sheets.book import Book


def told(pages: Book) -> dict[str, Any]:
    """Ready for JSON.

    ``fields`` are the 42 columns: side, label, and the way to the field in a declaration. ``terms`` are what each
    column of "agents at a glance" may be looked for by. ``answers`` are the words of each letter.
    """
    language: Language = pages.values["language"]
    return {
        "language": language.code,
        "fields": _fields(language),
        "terms": _terms(language),
        "answers": _answers(language),
        "severities": pages.values["severities"] | {"accepted": language.gettext("accepted by a waiver")},
        "found": language.gettext("{some} of {all} agents shown"),
        "copied": language.gettext("Copied."),
        "notCopied": language.gettext("The browser did not allow it."),
    }


def _fields(language: Language) -> list[tuple[str, str, str]]:
    sides = (
        (language.gettext("Inputs (params)"), "params_data_categories"),
        (language.gettext("Outputs (result)"), "result_data_categories"),
    )
    actions = [
        (language.gettext("Actions"), language.gettext(term.label), f"action_profile/{term.name}") for term in ACTIONS
    ]
    categories = [
        (side, label, f"{part}/{name}")
        for side, part in sides
        for label, name in [
            *((language.gettext(term.label), term.name) for term in CATEGORIES),
            (language.gettext("Classification"), CLASSIFICATION),
        ]
    ]
    return actions + categories


def _terms(language: Language) -> list[str]:
    return [
        "\n".join((language.gettext(term.label), term.label, term.short, term.name)).lower()
        for term in (*ACTIONS, *CATEGORIES)
    ]


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
