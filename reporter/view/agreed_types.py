"""The view's types of what was agreed for an agent beside what it declares, and of the platform's score.

Beyond an agreement is what is declared and was not agreed. What nobody decided is *undecided*: neither agreed nor not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reporter.review.agreed import SourceKind, Subject
from reporter.review.facts import DocumentKind
from reporter.review.score import Band

PointState = Literal["exceeds", "undecided", "unused", "differs"]


@dataclass(frozen=True, slots=True)
class AgreedDocument:
    """A document that agrees something; its days are calendar days, ``expires`` the last on which it holds."""

    kind: DocumentKind
    title: str
    reference: str
    date: str | None
    expires: str | None
    sha256: str | None
    expired: bool


@dataclass(frozen=True, slots=True)
class AgreedSource:
    """Who says what was agreed: a risk profile of the platform, or the organisation's own file.

    Attributes:
        name: The profile's, or the path of the file.
        reference: The profile's id, or the file's entries as JSON pointers.
        categories: By their names on the platform, like ``actions``.
        highest: The highest level; None where nothing is said of levels, as in every risk profile.
        environments: None where nothing is said of them.
        undocumented: Whether some entry of the file names no document.
        odd: Why nobody can rely on it, each with its place in the record.
    """

    kind: SourceKind
    name: str
    reference: str
    categories: list[str]
    actions: list[str]
    highest: str | None
    environments: list[str] | None
    documents: list[AgreedDocument]
    undocumented: bool
    odd: list[str]


@dataclass(frozen=True, slots=True)
class AgreedPoint:
    """One thing that is declared, or undecided, and not agreed; or agreed and not declared, or by one source alone.

    Attributes:
        name: Of a field, a level or an environment; ``label`` is what people call it.
        by: The sources that do not agree to it; of what is unused, the one that does.
        span_types: The names of those of which it is so; empty where that says nothing.
    """

    state: PointState
    subject: Subject
    name: str
    label: str
    by: list[SourceKind]
    span_types: list[str]


@dataclass(frozen=True, slots=True)
class Agreed:
    """An agent's declarations beside what was agreed; without sources nothing says what was."""

    words: str
    sources: list[AgreedSource]
    points: list[AgreedPoint]


@dataclass(frozen=True, slots=True)
class TypeScore:
    """The score of one span of a type: by what is declared, and if all that is undecided were included and allowed."""

    span_type: str
    schema_version_id: str
    at_least: float
    at_most: float


@dataclass(frozen=True, slots=True)
class PlatformNumber:
    """A number that the platform gives: the score of a span type, or a count of its roll-up; and ours beside it.

    Attributes:
        subject: The span type, or the name of the count.
        runs: How many runs have it; the place is that of the first of them.
        at_least: Ours; None, like ``at_most``, where the span type is in no version in scope.
    """

    kind: Literal["score", "count"]
    subject: str
    number: float
    runs: int
    at_least: float | None
    at_most: float | None
    differs: bool
    pointer: str
    record_sha256: str


@dataclass(frozen=True, slots=True)
class Score:
    """The platform's score of an agent, by its published arithmetic.

    Attributes:
        profile: The risk profile that it is counted with.
        at_least: One span of each span type, in the version that scores most; a run's has no upper end.
        bands: The band of that, at least and at most; None where the profile's thresholds are bad.
        thresholds: Where medium, high and critical begin.
        note: What the platform's documents do not say about it.
    """

    profile: str
    at_least: float
    at_most: float
    bands: tuple[Band, Band] | None
    thresholds: tuple[float, float, float] | None
    types: list[TypeScore]
    platform: list[PlatformNumber]
    note: str
