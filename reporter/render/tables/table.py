"""A table of the register: columns with stable keys, and rows of plain values that every format writes its own way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from reporter.plain.language import Language

Value = str | int | bool | tuple[str, ...] | None
"""A cell; several texts in one are kept apart until a format joins them."""

Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        key: Its name in machine formats, the same in every language and every version.
        label: What people read above it.
        width: In characters.
        wraps: Whether it holds sentences.
        worded: Whether its texts are words of ours, which people read in the language of the report.
    """

    key: str
    label: str
    width: int = 20
    wraps: bool = False
    worded: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        name: The same in every language.
        title: What people call it.
        note: What has to be known to read it.
        row: What one of its rows is.
        rows: Makes the rows; called anew for each reading, as there may be millions.
        head: Rows of another kind that stand before them; ``head_row`` says which.
    """

    name: str
    title: str
    note: str
    columns: tuple[Column, ...]
    row: str
    rows: Callable[[], Iterator[Row]]
    head: tuple[Row, ...] = ()
    head_row: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(column.key for column in self.columns)


def whole(given: Any) -> str:
    """A declared value as text: a text as it is, anything else as JSON."""
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False, sort_keys=True)


def kind_of(given: Any) -> str:
    """What JSON calls a value, so that the text ``null`` and a null can be told apart."""
    if given is None:
        return "null"
    if isinstance(given, bool):
        return "boolean"
    if isinstance(given, int | float):
        return "number"
    if isinstance(given, str):
        return "string"
    return "array" if isinstance(given, list) else "object"


def spoken(language: Language) -> dict[str, str]:
    """The words that stand in worded columns, and how the language says them."""
    return {
        "yes": language.pgettext("value", "yes"),
        "no": language.pgettext("value", "no"),
        **_answers(language),
        **_reviews(language),
        "action": language.pgettext("value", "action"),
        "category": language.pgettext("value", "category"),
        "gap": language.pgettext("value", "gap"),
        "left out": language.pgettext("value", "left out"),
        "note": language.pgettext("value", "note"),
        "source": language.pgettext("value", "source"),
        "exit": language.pgettext("value", "exit"),
        "undecided exit": language.pgettext("value", "undecided exit"),
        "params": language.pgettext("value", "inputs"),
        "result": language.pgettext("value", "outputs"),
    }


def _answers(language: Language) -> dict[str, str]:
    return {
        "included": language.pgettext("value", "included"),
        "excluded": language.pgettext("value", "excluded"),
        "allowed": language.pgettext("value", "allowed"),
        "disallowed": language.pgettext("value", "disallowed"),
        "undetermined": language.pgettext("value", "undetermined"),
        "unknown": language.pgettext("value", "unknown"),
        "undeclared": language.pgettext("value", "undeclared"),
        "not counted": language.pgettext("value", "not counted"),
        "none": language.pgettext("value", "none"),
        "public": language.gettext("public"),
        "internal": language.gettext("internal"),
        "confidential": language.gettext("confidential"),
        "restricted": language.gettext("restricted"),
        "secret": language.gettext("secret"),
    }


def _reviews(language: Language) -> dict[str, str]:
    return {
        "info": language.gettext("info"),
        "low": language.gettext("low"),
        "medium": language.gettext("medium"),
        "high": language.gettext("high"),
        "declared": language.pgettext("value", "declared"),
        "cannot rule out": language.pgettext("value", "cannot rule out"),
        "open": language.pgettext("value", "open"),
        "accepted": language.pgettext("value", "accepted"),
        "indicated": language.pgettext("value", "indicated"),
        "not indicated": language.pgettext("value", "not indicated"),
        "cannot be assessed": language.pgettext("value", "cannot be assessed"),
        "in-force": language.pgettext("value", "in force"),
        "adopted-later": language.pgettext("value", "adopted, applies later"),
        "proposed": language.pgettext("value", "proposed"),
        "guidance": language.pgettext("value", "guidance"),
        "unsettled": language.pgettext("value", "unsettled"),
        "in force": language.pgettext("value", "in force"),
        "expires soon": language.pgettext("value", "expires soon"),
        "expired": language.pgettext("value", "expired"),
        "changed": language.pgettext("value", "changed"),
        "refused": language.pgettext("value", "refused"),
        "not yet": language.pgettext("value", "not yet"),
        "matches nothing": language.pgettext("value", "matches nothing"),
        "partial": language.pgettext("value", "partial"),
        "signal only": language.pgettext("value", "signal only"),
    }
