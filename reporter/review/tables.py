"""The tables of a catalogue's files, as they are written; what is not known in one is a mistake with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reporter.errors import UsageError
from reporter.plain.toml_lines import TomlFile, meant

Severity = Literal["info", "low", "medium", "high"]
SEVERITIES: Final[tuple[Severity, ...]] = ("info", "low", "medium", "high")
Status = Literal["in-force", "adopted-later", "proposed", "guidance", "unsettled"]


class Strict(BaseModel):
    """A table that holds what it may and nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Instrument(Strict):
    """What provisions are cited from; its name is what they begin with, and the longest name counts."""

    name: str
    title: str
    jurisdiction: Literal["EU", "UK", "US", "any"]
    status: Status
    as_of: date
    source_url: str | None = None
    note: str | None = None


class Also(Strict):
    """A provision that applies only if something holds that declarations do not say."""

    provision: str
    only_if: str
    note: str | None = None


class Base(Strict):
    """Provisions that several rules share."""

    id: str
    provisions: list[str]


class Law(Strict):
    """The state of a law that rules lean on."""

    title: str
    status: Status
    as_of: date
    source_url: str | None = None
    text: str


class Point(Strict):
    """A point of GDPR Art. 30(1), and what of it declarations cover."""

    item: str
    title: str
    coverage: Literal["none", "partial", "signal only"]
    words: str


class CriterionTable(Strict):
    """A criterion of WP248 rev.01."""

    number: int
    title: str
    words: str
    when: dict[str, Any] | None = None
    cannot_be_assessed: bool = False


class RuleTable(Strict):
    """A ``[[rule]]`` table."""

    id: str = Field(pattern="^[A-Z][A-Za-z0-9-]*$")
    title: str = Field(min_length=1)
    severity: Severity
    per: Literal["span type", "agent"] = "span type"
    status: Status = "in-force"
    as_of: date
    source_url: str | None = None
    because: str = Field(min_length=1)
    question: str = ""
    missing: list[str] = []
    provisions: list[str] = []
    base: str | None = None
    result_alone: Literal["lower"] | None = None
    undetermined: str | None = None
    not_evaluated: str | None = None
    also: list[Also] = []
    when: dict[str, Any] | None = None


_T = TypeVar("_T", bound=Strict)


Place = Callable[[], str]
"""Says where something stands; nobody looks for it unless there is a mistake."""


def tables(file: TomlFile, name: str, kind: type[_T]) -> Iterator[tuple[Place, _T]]:
    """The tables of an array, each with its place.

    Raises:
        UsageError: One holds what is not known, or lacks what it needs.
    """
    given = file.value.get(name, [])
    for number, table in enumerate(given if isinstance(given, list) else [given]):
        try:
            yield partial(file.place, name, number), kind.model_validate(table)
        except ValidationError as error:
            raise _explained(error, file, name, number, kind) from error


def _explained(error: ValidationError, file: TomlFile, name: str, number: int, kind: type[BaseModel]) -> UsageError:
    errors = error.errors(include_url=False, include_input=False)
    first = min(
        errors, key=lambda each: each["type"] != "extra_forbidden"
    )  # a mistyped key, then what is missing for it
    key = str(first["loc"][0]) if first["loc"] else None
    told = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        within, table = (kind, f"[[{name}]] ") if len(first["loc"]) == 1 else (Also, f"{key} of [[{name}]], ")
        remedy = meant(str(first["loc"][-1]), sorted(within.model_fields), "Known ones", table)
        return UsageError(f"no such key: {told}", where=file.place(name, number, key), remedy=remedy)
    return UsageError(f"{told}: {first['msg']}", where=file.place(name, number, key), remedy="Mend it there")
