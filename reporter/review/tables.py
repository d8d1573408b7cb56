"""What stands in the catalogue's files beside its rules, table by table, and the words that rules are said in."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Any, Final, Literal, get_args

from pydantic import Field

from reporter.plain.toml_lines import Strict
from reporter.review.conditions import Condition, compiled

Severity = Literal["info", "low", "medium", "high"]
SEVERITIES: Final[tuple[Severity, ...]] = ("info", "low", "medium", "high")
Status = Literal["in-force", "adopted-later", "proposed", "guidance", "unsettled"]
Exposure = Literal["out", "handled", "inside"]
EXPOSURES: Final[tuple[Exposure, ...]] = ("out", "handled", "inside")
Asked = Literal[
    "unanswered", "recipients", "condition", "impact", "keeping", "money", "secrets", "confidential", "levels",
    "declarations", "agreed", "observed",
]  # fmt: skip
"""The questions that a person answers, by their keys."""
ASKED: Final[tuple[Asked, ...]] = get_args(Asked)
UNANSWERED: Final[Asked] = "unanswered"


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
    """A provision that applies only if something holds: declarations of the columns ``about`` say it, or none do."""

    provision: str
    only_if: str
    about: Literal["art9", "children"] | None = None
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


class Criterion(Strict):
    """A criterion of WP248 rev.01; without a condition declarations cannot show it."""

    number: int
    title: str
    words: str
    when: dict[str, Any] | None = None
    cannot_be_assessed: bool = False

    @cached_property
    def condition(self) -> Condition | None:
        """What it asks of declarations."""
        return compiled(self.when) if self.when else None


class Kind(Strict):
    """Categories that weigh the same, and how severe it is that they go out, are handled, or stay inside."""

    name: str
    title: str
    categories: list[str]
    out: Severity
    handled: Severity
    inside: Severity

    def severity(self, exposure: Exposure) -> Severity:
        """How severe it is that they go so far."""
        found: Severity = getattr(self, exposure)
        return found


class Reached(Strict):
    """How far data may go, in words."""

    name: Exposure
    title: str


class Question(Strict):
    """What a person answers about an agent; ``facts`` are those of the organisation that an answer needs."""

    key: Asked
    title: str
    because: str
    facts: list[str] = Field(default=[])
