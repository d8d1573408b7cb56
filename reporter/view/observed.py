"""What ran, as the view holds it: runs, the span types that they name, what differs, and what cannot be said."""

from __future__ import annotations

from dataclasses import dataclass

from reporter.declared.ran import Standing, Version


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of one purpose, environment and schema version.

    Attributes:
        purpose: The platform's word; None where it says none, so that they count as live.
        version: What the schema version is called, and ``standing`` how it stands to what is deployed there.
        runs: How many, and ``untold`` how many of them tell no counts of spans.
        spans: How many spans are known.
        last_seen: ISO 8601 in UTC.
    """

    purpose: str | None
    live: bool
    environment: str | None
    version: str | None
    schema_version_id: str | None
    standing: Version
    runs: int
    untold: int
    spans: int
    last_seen: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A span type that ran; ``live`` and ``tests`` count its spans, and ``labels`` are those of values in them."""

    name: str
    standing: Standing
    live: int
    tests: int
    last_seen: str | None
    labels: list[str]


@dataclass(frozen=True, slots=True)
class Observed:
    """What ran of one agent, from metadata alone.

    Attributes:
        since: ISO 8601 in UTC, like the next two; ``until`` is None where all counts that came since.
        read_at: When it was read.
        lead: How much ran, in a sentence.
        not_seen: The declared span types that no run names.
        told: What differs from what is declared or deployed, in sentences.
        cannot: What none of this says, in sentences.
    """

    since: str
    until: str | None
    read_at: str
    lead: str
    runs: list[Runs]
    span_types: list[Seen]
    not_seen: list[str]
    told: list[str]
    cannot: list[str]
