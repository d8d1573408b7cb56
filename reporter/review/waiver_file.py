"""The file of waivers, read strictly: a table that is not understood waives nothing, and says where it is wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from reporter.declared.vocabulary import CATEGORY_NAMES
from reporter.errors import UsageError
from reporter.plain.toml_lines import TomlFile, meant
from reporter.review.waivers import Waiver

WAIVERS_FILE: Final = "datarisk-waivers.toml"
"""Read where no other is named: the nearest one, from the working directory up to the root of its repository."""

SHORTEST_REASON: Final = 20
_TABLE: Final = "waiver"
_REQUIRED: Final = ("id", "rule", "agent", "value_hash", "reason", "approved_by", "approved_on", "expires")
_OPTIONAL: Final = ("span_type", "category", "ticket", "evidence")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HASH: Final = re.compile(r"sha256:[0-9a-f]{64}")
_WRITE_A_DAY: Final = "Write a calendar day as year, month and day, such as 2027-02-01; it is one in UTC"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a waivers file is held against.

    Attributes:
        rules: The ids that there are.
        max_days: How many days a waiver may be in force.
    """

    rules: Collection[str]
    max_days: int = 365


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds; if there is a mistake in it, none of its waivers may be used."""

    waivers: tuple[Waiver, ...]
    mistakes: tuple[UsageError, ...]


def load(file: TomlFile, terms: Terms) -> tuple[Waiver, ...]:
    """The waivers of a file.

    Raises:
        UsageError: It holds a mistake, the first of which this is.
    """
    reading = examine(file, terms)
    if reading.mistakes:
        first, *others = reading.mistakes
        if others:
            remedy = f"{first.remedy}. `datarisk waivers check` lists {len(others)} more"
            raise UsageError(first.what, where=first.where, remedy=remedy)
        raise first
    return reading.waivers


def examine(file: TomlFile, terms: Terms) -> Reading:
    """What a file holds, with every mistake in it."""
    mistakes: list[UsageError] = []
    for name in file.value:
        if name != _TABLE:
            remedy = "This file holds tables [[waiver]] alone"
            mistakes.append(UsageError(f"no such table: {name}", where=file.at(name), remedy=remedy))
    tables = file.value.get(_TABLE, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        remedy = "Write [[waiver]] above each, in double brackets"
        mistake = UsageError("not a list of waivers", where=file.at(_TABLE), remedy=remedy)
        return Reading((), (*mistakes, mistake))
    found: list[Waiver] = []
    for number, table in enumerate(tables):
        try:
            found.append(_Table(file, number, table).waiver(terms))
        except UsageError as error:
            mistakes.append(error)
    mistakes += _twice(file, tables)
    return Reading(tuple(found), tuple(mistakes))


def _twice(file: TomlFile, tables: Sequence[dict[str, Any]]) -> Iterator[UsageError]:
    places: dict[str, int] = {}
    for number, table in enumerate(tables):
        name = table.get("id")
        if isinstance(name, str):
            first = places.setdefault(name.strip(), number)
            if first != number:
                what = f"a second waiver of the id {name}; the first is at {file.at(_TABLE, first, 'id')}"
                yield UsageError(what, where=file.at(_TABLE, number, "id"), remedy="Give each an id of its own")


@dataclass(frozen=True, slots=True)
class _Table:
    """One table, on its way to a waiver; every method raises UsageError at the first mistake."""

    file: TomlFile
    number: int
    values: dict[str, Any]

    def waiver(self, terms: Terms) -> Waiver:
        self._check_keys()
        approved_on, expires = self._term(terms.max_days)
        return Waiver(
            id=self._text("id"),
            rule=self._rule(terms.rules),
            agent=self._text("agent"),
            span_type=self._optional("span_type"),
            category=self._category(),
            value_sha256=self._hash(),
            reason=self._reason(),
            approved_by=self._text("approved_by"),
            ticket=self._optional("ticket"),
            evidence=self._optional("evidence"),
            approved_on=approved_on,
            expires=expires,
        )

    def _mistake(self, key: str, what: str, remedy: str) -> UsageError:
        name = self.values.get("id")
        named = f"waiver {name}, " if isinstance(name, str) and name else ""
        return UsageError(f"{named}{what}", where=self.file.at(_TABLE, self.number, key), remedy=remedy)

    def _check_keys(self) -> None:
        known = (*_REQUIRED, *_OPTIONAL)
        for key in self.values:
            if key not in known:
                raise self._mistake(key, f"no such key: {key}", meant(key, known, "Those of a waiver", "[[waiver]] "))
        lacking = [key for key in _REQUIRED if key not in self.values]
        if lacking:
            raise self._mistake(lacking[0], f"it lacks its {', '.join(lacking)}", _HELP[lacking[0]])

    def _text(self, key: str) -> str:
        value = self.values[key]
        if not isinstance(value, str) or not value.strip():
            raise self._mistake(key, f"{key} is {_kind(value)}", _HELP.get(key, "Write text in quotation marks"))
        return value.strip()

    def _optional(self, key: str) -> str | None:
        return self._text(key) if key in self.values else None

    def _rule(self, rules: Collection[str]) -> str:
        rule = self._text("rule")
        if rule not in rules:
            instead = f"Did you mean {rule.upper()}? " if rule.upper() in rules else ""
            raise self._mistake("rule", f"no such rule: {rule}", f"{instead}`datarisk rules` lists them")
        return rule

    def _category(self) -> str | None:
        name = self._optional("category")
        if name is not None and name not in CATEGORY_NAMES:
            raise self._mistake("category", f"no such category: {name}", meant(name, CATEGORY_NAMES, "The categories"))
        return name

    def _hash(self) -> str:
        value = self._text("value_hash")
        if not _HASH.fullmatch(value):
            raise self._mistake("value_hash", f"not a digest: {value}", _HELP["value_hash"])
        return value.removeprefix("sha256:")

    def _reason(self) -> str:
        reason = " ".join(self._text("reason").split())
        if len(reason) < SHORTEST_REASON:
            what = f"a reason of {len(reason)} characters"
            raise self._mistake("reason", what, _HELP["reason"])
        return reason

    def _term(self, max_days: int) -> tuple[date, date]:
        approved_on, expires = self._day("approved_on"), self._day("expires")
        if expires <= approved_on:
            what = f"it expires on {expires}, and was approved on {approved_on}"
            raise self._mistake("expires", what, "Let it expire on a later day than it was approved on")
        if (expires - approved_on).days > max_days:
            last = approved_on + timedelta(days=max_days)
            what = f"it is in force for {(expires - approved_on).days} days, of at most {max_days}"
            raise self._mistake("expires", what, f"Let it expire on {last} or before; max_waiver_days is the limit")
        return approved_on, expires

    def _day(self, key: str) -> date:
        value = self.values[key]
        if isinstance(value, datetime):
            raise self._mistake(key, f"{key} has a time of day: {value.isoformat()}", _WRITE_A_DAY)
        if isinstance(value, date):
            return value
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            shown = value if isinstance(value, str | int | float) else _kind(value)
            raise self._mistake(key, f"{key} is no day: {shown}", _WRITE_A_DAY)
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise self._mistake(key, f"{key} is no day that there is: {value}", _WRITE_A_DAY) from error


def _kind(value: Any) -> str:
    if value == "":
        return "empty"
    if isinstance(value, str):
        return "blank"
    return f"no text but {type(value).__name__}"


_HELP: Final[dict[str, str]] = {
    "id": 'Give it one that is not used yet, such as id = "W-2026-001"',
    "rule": 'Name the rule whose finding it accepts, such as rule = "X01"; `datarisk rules` lists them',
    "agent": 'Name the agent, or a pattern, such as agent = "claims-*"',
    "value_hash": "Take the one that `datarisk waivers new` writes: sha256: and 64 digits of what is declared now",
    "reason": f"Say why it is accepted, in at least {SHORTEST_REASON} characters",
    "approved_by": 'Say who answers for it, such as approved_by = "dpo@example.com"',
    "approved_on": _WRITE_A_DAY,
    "expires": _WRITE_A_DAY,
}


def waivers_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the file."""
    text = {"type": "string", "minLength": 1}
    day = {"type": "string", "format": "date", "description": "A calendar day in UTC, which counts to its end."}
    properties: dict[str, Any] = dict.fromkeys((*_REQUIRED, *_OPTIONAL), text)
    properties |= {
        "value_hash": {"type": "string", "pattern": f"^{_HASH.pattern}$"},
        "reason": {"type": "string", "minLength": SHORTEST_REASON},
        "category": {"enum": list(CATEGORY_NAMES)},
        "approved_on": day,
        "expires": day,
    }
    waiver = {
        "type": "object",
        "properties": properties,
        "required": list(_REQUIRED),
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "datarisk waivers",
        "type": "object",
        "properties": {_TABLE: {"type": "array", "items": waiver}},
        "additionalProperties": False,
    }
