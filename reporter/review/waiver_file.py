"""The file of waivers: read strictly, as a table that is not understood waives nothing, and a blank to fill in."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final, cast

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo, field_validator

from reporter.declared.vocabulary import CATEGORY_NAMES
from reporter.errors import UsageError
from reporter.plain.toml_lines import Strict, TomlFile, tables
from reporter.plain.toml_values import Day, one_line, pattern_of, quoted
from reporter.review.waivers import Waivable, Waiver

WAIVERS_FILE: Final = "datarisk-waivers.toml"
"""Read where no other is named: the nearest one, from the working directory up to the root of its repository."""

_SHORTEST_REASON: Final = 20
_USUAL_DAYS: Final = 90
_TABLE: Final = "waiver"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a waivers file is held against.

    Attributes:
        rules: The ids that there are.
        max_days: How many days a waiver may be in force.
    """

    rules: Collection[str]
    max_days: int = 365


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Digest = Annotated[str, Field(pattern="^sha256:[0-9a-f]{64}$"), AfterValidator(lambda text: text[len("sha256:") :])]
_Reason = Annotated[str, Field(min_length=_SHORTEST_REASON), BeforeValidator(one_line)]


class WaiverTable(Strict):
    """One waiver; what is said of a key is what to do where it is wrong."""

    id: _Text = Field(description='Give it one that is not used yet, such as id = "W-2026-001"')
    rule: _Text = Field(
        description='Name the rule whose finding it accepts, such as rule = "X01"; `datarisk rules` lists them'
    )
    agent: _Text = Field(description='Name the agent, or a pattern, such as agent = "claims-*"')
    span_type: _Text | None = Field(default=None, description="Name the span type, or a pattern, or leave it out")
    category: _Text | None = Field(
        default=None,
        json_schema_extra={"enum": list(CATEGORY_NAMES)},
        description=f"Leave it out, or name one of {', '.join(CATEGORY_NAMES)}",
    )
    value_sha256: _Digest = Field(
        alias="value_hash",
        description="Take the one that `datarisk waivers new` writes: sha256: and 64 digits of what is declared now",
    )
    reason: _Reason = Field(description=f"Say why it is accepted, in at least {_SHORTEST_REASON} characters")
    approved_by: _Text = Field(description='Say who answers for it, such as approved_by = "dpo@example.com"')
    ticket: _Text | None = Field(default=None, description="Write it in quotation marks, or leave it out")
    evidence: _Text | None = Field(default=None, description="Write it in quotation marks, or leave it out")
    approved_on: Day
    expires: Day = Field(
        description="Write its last day, such as 2027-02-01; it is one in UTC, after approved_on and in max_waiver_days"
    )

    @field_validator("rule", "category")
    @classmethod
    def _is_there(cls, name: str, info: ValidationInfo) -> str:
        known = CATEGORY_NAMES if info.field_name == "category" else cast("Terms", info.context).rules
        if name not in known:
            same = [f", but {each}" for each in known if each.casefold() == name.casefold()]
            raise ValueError(f"there is no {name}{''.join(same)}")
        return name

    @field_validator("expires")
    @classmethod
    def _in_time(cls, last: date, info: ValidationInfo) -> date:
        first, most = info.data.get("approved_on"), cast("Terms", info.context).max_days
        if first is None:  # a mistake of its own
            return last
        days = (last - first).days
        if days <= 0:
            raise ValueError(f"{last} is no later day than {first}, on which it was approved")
        if days > most:
            latest = first + timedelta(days=most)
            raise ValueError(f"in force for {days} days, of at most {most} (max_waiver_days), so until {latest}")
        return last


class _File(Strict):
    waiver: list[WaiverTable] = Field(default=[])


def waivers_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the file."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return dialect | _File.model_json_schema() | {"title": "datarisk waivers"}


def load(file: TomlFile, terms: Terms) -> tuple[Waiver, ...]:
    """The waivers of a file.

    Raises:
        UsageError: It holds a mistake, the first of which this is; then none of its waivers may be used.
    """
    waivers, mistakes = examine(file, terms)
    if len(mistakes) > 1:
        remedy = f"{mistakes[0].remedy}. `datarisk waivers check` lists {len(mistakes) - 1} more"
        raise UsageError(mistakes[0].what, where=mistakes[0].where, remedy=remedy)
    if mistakes:
        raise mistakes[0]
    return waivers


def examine(file: TomlFile, terms: Terms) -> tuple[tuple[Waiver, ...], tuple[UsageError, ...]]:
    """What a file holds, with every mistake in it."""
    mistakes = list(_around(file))
    waivers = tuple(
        Waiver(**each.model_dump()) for _, each in tables(file, _TABLE, WaiverTable, context=terms, mistakes=mistakes)
    )
    return waivers, (*mistakes, *_twice(file))


def _around(file: TomlFile) -> Iterator[UsageError]:
    for name, value in file.value.items():
        if name != _TABLE:
            yield UsageError(f"no such table: {name}", where=file.at(name), remedy="Waivers stand in [[waiver]]")
        elif not isinstance(value, list):
            remedy = "Write [[waiver]] above each, in double brackets"
            yield UsageError("not a list of waivers", where=file.at(name), remedy=remedy)


def _twice(file: TomlFile) -> Iterator[UsageError]:
    """Of the tables as they are written: two may be one waiver, whatever else is wrong with them."""
    tables = file.value.get(_TABLE, [])
    places: dict[str, str] = {}
    for number, table in enumerate(tables if isinstance(tables, list) else ()):
        name = table.get("id") if isinstance(table, dict) else None
        if isinstance(name, str):
            here = file.at(_TABLE, number, "id")
            first = places.setdefault(name.strip(), here)
            if first != here:
                what = f"a second waiver of the id {name}; the first is at {first}"
                yield UsageError(what, where=here, remedy="Give each an id of its own")


# A blank -----------------------------------------------------------------------------------------------------------


def blank(finding: Waivable, title: str, name: str, now: datetime, terms: Terms) -> str:
    """A waiver for a finding, bound to what is declared there; what somebody has to answer for is left out.

    Args:
        finding: What it is for; the name of its agent tells it from all others.
        title: The finding's.
        name: The waiver's id.
        now: The run's clock.
        terms: What it will be held against.
    """
    today = now.astimezone(UTC).date()
    last = today + timedelta(days=min(_USUAL_DAYS, terms.max_days))
    printable = "".join(char if char.isprintable() else " " for char in title)
    lines = [
        "[[waiver]]",
        f"id = {quoted(name)}",
        f"rule = {quoted(finding.rule)}  # {printable}",
        f"agent = {pattern_of(finding.agent_name)}",
    ]
    if finding.span_type and finding.span_type.strip():
        lines.append(f"span_type = {pattern_of(finding.span_type)}")
    if len(finding.categories) == 1 and finding.categories[0] in CATEGORY_NAMES:
        lines.append(f"category = {quoted(finding.categories[0])}")
    lines += [
        f"value_hash = {quoted(f'sha256:{finding.value_sha256}')}  # what is declared now; any change opens it again",
        f'# reason = ""  # why it is accepted, in at least {_SHORTEST_REASON} characters',
        '# approved_by = ""  # who answers for it',
        '# ticket = ""  # may be left out, like evidence',
        '# evidence = ""',
        f"# approved_on = {today}",
        f"# expires = {last}  # in force to the end of this day in UTC; at most {terms.max_days} days in all",
        "",
    ]
    return "\n".join(lines)


def next_id(text: str, now: datetime) -> str:
    """The first id of this year that a file's text does not hold yet."""
    year = now.astimezone(UTC).year
    taken = [int(number) for number in re.findall(rf"W-{year}-([0-9]{{3,9}})", text)]
    return f"W-{year}-{max(taken, default=0) + 1:03d}"
