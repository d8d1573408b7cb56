"""The tables of a catalogue's files, as they are written; what is not known in one is a mistake with its place."""

from __future__ import annotations

from datetime import date
from typing import Any, Final, Literal

from pydantic import Field

from reporter.plain.toml_lines import Strict

Severity = Literal["info", "low", "medium", "high"]
SEVERITIES: Final[tuple[Severity, ...]] = ("info", "low", "medium", "high")
Status = Literal["in-force", "adopted-later", "proposed", "guidance", "unsettled"]


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
    missing: list[str] = Field(default=[])
    provisions: list[str] = Field(default=[])
    base: str | None = None
    result_alone: Literal["lower"] | None = None
    undetermined: str | None = None
    not_evaluated: str | None = None
    also: list[Also] = Field(default=[])
    when: dict[str, Any] | None = None
