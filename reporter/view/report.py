"""The frozen view: all that a template or an exporter may see. ``report.json`` is this, field by field.

Order and wording are decided in ``compose``; nothing here computes. The names are a promise (schema
``datarisk/report/2``): fields may be added, none is renamed or removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from reporter.declared.answer import Answers
from reporter.declared.model import Account, Evidence
from reporter.plain.memory import Deferred
from reporter.view.agreed_types import Agreed, Score
from reporter.view.changed import Changes
from reporter.view.claims import Claims
from reporter.view.facts import AgentFacts
from reporter.view.findings import (
    Catalogue,
    CategoryState,
    Coverage,
    Criterion,
    Finding,
    Flow,
    Issue,
    Listed,
    Reach,
    Waiver,
)
from reporter.view.observed import Observed
from reporter.view.since import Since
from reporter.view.summary import Answered, Overview, Summary
from reporter.view.trend import Trend

SCHEMA: Final = "datarisk/report/2"

ActionState = Literal["none", "disallowed", "undetermined", "allowed"]


@dataclass(frozen=True, slots=True)
class Tool:
    """What made the report."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Gap:
    """What could not be read, so that its absence says nothing; ``language`` is that of ``what`` and ``why``."""

    what: str
    why: str
    language: str
    agent_id: str | None
    location: str | None
    agent_name: str | None = None


@dataclass(frozen=True, slots=True)
class Controller:
    """Who hands the report out, from ``datarisk.toml``; ``logo`` is a data: URI, and never in report.json."""

    name: str | None
    title: str
    contact: str | None
    logo: str | None
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where evidence came from; the time is ISO 8601 in UTC."""

    kind: str
    location: str
    collected_at: str


@dataclass(frozen=True, slots=True)
class Redaction:
    """What of the evidence is not as it was collected, and that in words.

    Attributes:
        what: ``agent-names``, ``ids`` and ``owners``, which are pseudonyms, and ``samples``, which were left out.
        findings: How many findings are not found any more, as they rest on what is not there.
    """

    what: list[str]
    findings: int
    words: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that was read and does not count, and why."""

    why: str
    agent_id: str | None
    agent_name: str | None
    schema_version_id: str | None


@dataclass(frozen=True, slots=True)
class Scope:
    """What was asked for, in fields and in ``words``, and what that left out."""

    versions: list[str]
    environments: list[str]
    as_of: str | None
    agents: list[str]
    include_retired: bool
    words: str
    notes: list[str]
    left_out: list[LeftOut]


@dataclass(frozen=True, slots=True)
class Totals:
    """Over all agents in scope; cells are fields of declarations, 42 a span type.

    Attributes:
        agents_with_personal_data: Those of which some span type declares personal data included.
        agents_undetermined: Those of which none does, and not all of it is ruled out, or nothing is known at all.
    """

    agents: int
    agents_not_assessed: int
    agents_with_personal_data: int
    agents_undetermined: int
    span_types: int
    not_assessed: int
    cells: int
    declared_cells: int
    known_cells: int
    findings: int
    issues: int
    open_issues: int
    agents_mostly_unanswered: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """How much of what was asked was answered."""

    span_types: int
    not_assessed: int
    cells: int
    declared_cells: int
    known_cells: int


@dataclass(frozen=True, slots=True)
class SideState:
    """A category on one side."""

    state: CategoryState
    included: int
    unknown: int
    undeclared: int
    excluded: int


@dataclass(frozen=True, slots=True)
class Category:
    """A category over both sides; ``extension`` is one outside the vocabulary."""

    label: str
    state: CategoryState
    included: int
    unknown: int
    undeclared: int
    excluded: int
    params: SideState
    result: SideState
    extension: bool
    evidence: Sequence[Evidence]
    claim: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """An action; ``extension`` is one outside the vocabulary."""

    label: str
    state: ActionState
    allowed: int
    unknown: int
    undeclared: int
    disallowed: int
    extension: bool
    evidence: Sequence[Evidence]
    claim: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """A classification: the highest known level, ``unknown`` or ``none``; ``not_stated`` counts the silent cells."""

    highest: str
    at_least: bool
    not_stated: int
    cells: int
    words: str
    evidence: Sequence[Evidence]
    claim: str = ""


@dataclass(frozen=True, slots=True)
class Classification:
    """Of what flows in, of what flows out, and of both."""

    params: Level
    result: Level
    overall: Level


@dataclass(frozen=True, slots=True)
class NotCounted:
    """A category that a flag does not count, and that may be personal data all the same."""

    name: str
    label: str
    state: CategoryState


@dataclass(frozen=True, slots=True)
class Flag:
    """A derived flag, the provision that it puts up for review, and the sentence that a report prints."""

    label: str
    state: CategoryState
    provision: str
    words: str
    not_counted: list[NotCounted]
    evidence: Sequence[Evidence]
    claim: str = ""


@dataclass(frozen=True, slots=True)
class Hint:
    """What a list of tools says of a span type; untrusted, and no answer to anything.

    Attributes:
        pointer: RFC 6901, into the record of ``record_sha256``, which may be another than the span type's.
    """

    name: str
    value: Any
    pointer: str
    record_sha256: str


@dataclass(frozen=True, slots=True)
class SpanType:
    """One entry with every declared value, verbatim.

    Attributes:
        anchor: The id of its row; the same in every run while its place in its schema version is.
        reason: Why it is not assessed, in words; None where it is.
        action_profile: What each field says, in JSON its declared value; None where the part is undeclared. Likewise
            the other two.
        extra: What else the declaration holds.
        pointer: RFC 6901, to the entry in its record.
        hints: What is said of it beside its declaration.
        claim: The id of what it claims (see ``Claims``); that of a field has the part and the field behind it.
    """

    name: str
    title: str | None
    description: str | None
    kind: str
    schema_version_id: str
    assessed: bool
    coverage: Answered
    reason: str | None
    known_cells: int
    declared_cells: int
    action_profile: Answers | None
    params_data_categories: Answers | None
    result_data_categories: Answers | None
    extra: dict[str, Any]
    anchor: str
    pointer: str
    record_sha256: str
    hints: list[Hint]
    claim: str = ""


@dataclass(frozen=True, slots=True)
class SchemaVersion:
    """A schema version that counts, and the record that it came from; ``listed``: a list of tools, or a card."""

    id: str
    external_identifier: str | None
    inserted_at: str | None
    environments: list[str]
    record_sha256: str
    source: str
    location: str
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Agent(Deferred):
    """One agent.

    Attributes:
        lead: What is most worth knowing about it, in a sentence or two.
        note: How its versions were chosen, where that is not plain.
        assessed: Whether anybody decided anything about it.
        anchor: The id of its part of the report; the same in every run.
        issues: In the order in which they need somebody.
        facts: What the organisation states of it; None where it states nothing.
        agreed: What was agreed beside what it declares; left out, like ``score``, where nothing says what was.
        observed: What ran of it; None where nobody asked for that, and then not in ``report.json``.
    """

    id: str
    name: str
    anchor: str
    status: str | None
    external_identifier: str | None
    description: str | None
    owner: str | None
    team: str | None
    environments: list[str]
    schema_versions: list[SchemaVersion]
    note: str | None
    lead: str
    assessed: bool
    coverage: Answered
    assessment: Assessment
    categories: dict[str, Category]
    actions: dict[str, Action]
    classification: Classification
    flags: dict[str, Flag]
    span_types: list[SpanType]
    flows: list[Flow]
    reach: Reach
    screening: list[Criterion]
    findings: Sequence[Finding]
    issues: Sequence[Issue]
    facts: AgentFacts | None = None
    agreed: Agreed | None = None
    score: Score | None = None
    observed: Observed | None = None
    claim: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the evidence that declarations were read from."""

    kind: str
    source: str
    location: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Report(Deferred):
    """One run's report; ``language`` is that of its sentences, and its names are the same in all.

    Attributes:
        since: What is new since the last report; None where none was given.
        trend: What became of things from run to run; None where there is no run before.
        changes: What changed in what is declared since then, likewise.
        redaction: What is not as it was collected; left out where everything is.
        claims: How all that is claimed here is named, and what it rests on.
    """

    schema: str
    language: str
    tool: Tool
    generated_at: str
    complete: bool
    gaps: list[Gap]
    account: Account
    controller: Controller
    sources: list[Source]
    evidence_sha256: str
    scope: Scope
    totals: Totals
    summary: Summary
    overview: Overview
    agents: list[Agent]
    catalogue: Catalogue
    listed: list[Listed]
    waivers: list[Waiver]
    coverage: list[Coverage]
    records: list[Record]
    since: Since | None = None
    trend: Trend | None = None
    changes: Changes | None = None
    redaction: Redaction | None = None
    claims: Claims | None = None
