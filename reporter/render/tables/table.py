"""What a table of the register is: columns that each say what they hold of a thing, and the things, one for each row.

Every format writes the same plain values its own way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Generic, TypeVar

from reporter.declared.vocabulary import CATEGORIES, LEVELS
from reporter.plain.language import Language, Message
from reporter.view.findings import Provision
from reporter.view.report import Gap, Report

Value = str | int | bool | tuple[str, ...] | None
"""A cell; several texts in one are kept apart until a format joins them."""

Row = tuple[Value, ...]

_Thing = TypeVar("_Thing")
# A column that asks for little fits every table whose things hold at least that.
_Asked_contra = TypeVar("_Asked_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Column(Generic[_Asked_contra]):
    """A column.

    Attributes:
        key: Its name in machine formats, the same in every language and every version.
        label: What people read above it, in English; ``scripts/messages.py`` finds it here.
        width: In characters.
        get: What it holds of a row's thing.
        wraps: Whether it holds sentences.
        worded: Whether its texts are words of ours, which people read in the language of the report.
    """

    key: str
    label: str
    width: int
    get: Callable[[_Asked_contra], Value]
    wraps: bool = False
    worded: bool = False


class Table(Generic[_Thing]):
    """A table.

    Attributes:
        name: The same in every language.
        title: What people call it.
        note: What has to be known to read it.
        row: What one of its rows is: its name in the singular, unless it is said.
        columns: What stands in a row.
        head: Rows of another kind that stand before the others; ``head_row`` says which.
    """

    def __init__(
        self,
        name: str,
        title: Message,
        note: Message,
        things: Callable[[Report], Iterable[_Thing]],
        *columns: Column[_Thing],
        row: str = "",
        head: Callable[[Report], tuple[Row, ...]] = lambda _: (),
        head_row: str = "",
    ) -> None:
        """Takes what each of its rows is about, and what stands in each."""
        self.name, self.title, self.note = name, title, note
        self.row = row or name.removesuffix("s").replace("_", " ")
        self.columns, self.head, self.head_row = columns, head, head_row
        self._things = things

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(column.key for column in self.columns)

    def rows(self, report: Report) -> Iterator[Row]:
        """Its rows without those of the head, made while they are read: there may be millions."""
        gets = [column.get for column in self.columns]
        # Of a list, as a tuple of a generator takes longer, and there may be millions.
        return (tuple([get(thing) for get in gets]) for thing in self._things(report))


def whole(given: Any) -> str:
    """A declared value as text: a text as it is, anything else as JSON."""
    # Sorted, so that one declaration is one text; in its own letters, so that they are found by who looks for them.
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False, sort_keys=True)


def kind_of(given: Any) -> str:
    """What JSON calls a value, so that the text ``null`` and a null can be told apart."""
    # By the very type, as Python takes true for a number.
    return _KINDS.get(type(given), "object")


_KINDS: Final = {type(None): "null", bool: "boolean", int: "number", float: "number", str: "string", list: "array"}


def unread(gap: Gap) -> str:
    """What could not be read and why, with the place where it has one."""
    said = f"{gap.what}: {gap.why}"
    return f"{said} ({gap.location})" if gap.location else said


def provision_words(provision: Provision) -> str:
    """A provision with the fact without which it does not apply."""
    return f"{provision.text} ({provision.only_if})" if provision.only_if else provision.text


#: The words of worded columns that read the same as their keys; ``scripts/messages.py`` finds them here.
WORDS: Final = (
    "yes", "no", "included", "excluded", "allowed", "disallowed", "undetermined", "unknown", "undeclared",
    "not counted", "none", "action", "category", "gap", "left out", "note", "source", "exit", "undecided exit",
    "declared", "possible", "open", "accepted", "indicated", "not indicated", "cannot be assessed", "proposed",
    "cannot be declared",
    "guidance", "unsettled", "in force", "expires soon", "expired", "changed", "refused", "not yet", "matches nothing",
    "partial", "signal only", "answered", "not assessed", "mostly unanswered", "partly answered",
    "span", "quality", "alert", "active", "retired", "new", "reopened", "worse", "known",
    "exceeds", "undecided", "unused", "differs", "agreed", "nothing agreed", "score", "count", "level", "environment",
    "agent", "span type", "not declared",
)  # fmt: skip


# A catalogue is asked for every word of it, and a column of half a million cells asks for one word each.
@cache
def spoken(language: Language) -> dict[str, str]:
    """The words that stand in worded columns, and how the language says them."""
    return {
        **{word: language.pgettext("value", word) for word in WORDS},
        **{level: language.gettext(level) for level in LEVELS},
        **{term.name: language.gettext(term.label) for term in CATEGORIES},
        "params": language.pgettext("value", "inputs"),
        "result": language.pgettext("value", "outputs"),
        "in-force": language.pgettext("value", "in force"),
        "adopted-later": language.pgettext("value", "adopted, applies later"),
        "any": language.gettext("everywhere"),
        **{place: place for place in ("EU", "UK", "US")},
        "info": language.gettext("info"),
        "low": language.gettext("low"),
        "medium": language.gettext("medium"),
        "high": language.gettext("high"),
    }
