"""The part of the frozen view that puts declarations up for review: findings, rules, waivers, flows and annexes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from reporter.declared.model import Evidence, Fields, Place, SpanType
from reporter.plain.memory import Deferred, Lazily
from reporter.review.facts import Risk
from reporter.review.previous import State
from reporter.review.tables import UNANSWERED

CategoryState = Literal["none", "excluded", "undetermined", "included"]
Severity = Literal["info", "low", "medium", "high"]
Certainty = Literal["declared", "possible"]
IssueStatus = Literal["open", "answered", "accepted"]


class Trail(Lazily[Evidence]):
    """What something in an agent's part of the report rests on."""

    __slots__ = ("_anchor",)

    def __init__(self, length: int, make: Callable[[], Iterable[Evidence]], anchor: Callable[[SpanType], str]) -> None:
        """Takes, besides what a list made lazily does, what gives the anchor of an entry's row."""
        super().__init__(length, make)
        self._anchor = anchor

    def references(self) -> list[Fields | Place]:
        """The same, with fields of one part of one entry together, by reference to its row."""
        found: list[Fields | Place] = []
        entry, part, fields = None, None, []
        for item in self:
            if isinstance(item, Place):
                found.append(item)
            elif item.entry is entry and item.part == part:
                fields.append(item.field)
            else:
                entry, part, fields = item.entry, item.part, [item.field]
                found.append(Fields(self._anchor(entry), part, fields))
        return found


@dataclass(frozen=True, slots=True)
class Instance:
    """A span type that a finding is about; ``anchor`` is the id of its row, ``waiver`` that of one that accepts it."""

    span_type: str
    kind: str
    schema_version_id: str
    anchor: str
    certainty: Certainty
    waiver: str | None


@dataclass(frozen=True, slots=True)
class Newly:
    """A rule that a span type newly meets, as X20 puts up for review.

    Attributes:
        since: The schema version since which it does, and ``against`` in words what ruled it out.
        told: The time of the report that said so first, ISO 8601; None where this one does.
    """

    rule: str
    kind: str
    span_type: str
    since: str
    against: str
    told: str | None


@dataclass(frozen=True, slots=True)
class Finding(Deferred):
    """What one rule puts up for review about one agent.

    Attributes:
        id: A fingerprint: the same across runs, order and machines.
        severity: The worst that it may be, whatever the missing answers are.
        certainty: Whether it is that severe by what was declared, or may be.
        issue: The key of the question that it belongs to.
        title: The rule's; in report.json, like the next two, it stands with the rule alone.
        why: One line.
        sentence: The whole of it: what was declared, the provisions, why, and what is not determined here.
        instances: The span types that it is about, those of which it is declared first.
        categories: Those that it rests on.
        value_sha256: The digest of what was declared where it rests on; what a waiver is bound to.
        status: Whether waivers in force accept it.
        waiver: The id of one that does.
        note: What became of a waiver that does not accept it any more.
        places: What of ``evidence`` was found by looking, be it a field or not; not in report.json.
        particulars: Sentences of ``why`` that its rule does not say of all its findings.
        provisions: Those that hold without a further fact, what its data are about first; not in report.json.
        newly: What is newly met, where it is about that; the next report holds it against this one.
    """

    id: str
    rule: str
    severity: Severity
    certainty: Certainty
    issue: str
    title: str
    why: str
    sentence: str
    instances: list[Instance]
    categories: list[str]
    value_sha256: str
    status: Literal["open", "accepted"]
    waiver: str | None
    note: str | None
    particulars: list[str]
    provisions: list[str]
    places: Sequence[Place]
    evidence: Sequence[Evidence]
    newly: list[Newly] | None = None
    claim: str = ""

    @property
    def span_types(self) -> list[str]:
        """The names of the span types that it is about, each once."""
        return list(dict.fromkeys(each.span_type for each in self.instances))


@dataclass(frozen=True, slots=True)
class Wanted:
    """An answer that is missing, and the span types that lack it."""

    field: str
    label: str
    span_types: list[str]


@dataclass(frozen=True, slots=True)
class Issue(Deferred):
    """A question that a person answers about an agent.

    Attributes:
        key: The question's name, such as ``recipients``.
        question: It in words.
        words: It with the span types that it is about, as one sentence.
        severity: The worst of its findings that nobody has accepted; ``certainty`` belongs to it.
        status: ``answered`` where somebody has decided it for what is declared now.
        span_types: Their names, those of which it is declared first.
        consequence: What it means ``at_worst``, and ``because`` of what it is asked.
        not_known: What declarations do not hold and an answer needs.
        wanted: The missing answers that would settle most.
        findings: The ids of its findings, worst first.
        declared: The digest of what was declared where they rest on; what an answer is bound to.
        owner: Who has to see to it, as the organisation says.
        due: By when, as ISO 8601.
        decision: What was decided, by whom and on which day, and where that is written.
        measure: What is done about it.
        residual_risk: What is left of the risk once it is done, as the organisation says.
        dpo_advice: What the data protection officer advised; then whether the decision follows it, and why it does not.
        approved_by: Who answers for the decision.
        note: Why a decision does not hold any more.
        since: What it is against the last report; None without one, or where that cannot be told.
    """

    id: str
    key: str
    question: str
    words: str
    severity: Severity
    certainty: Certainty
    status: IssueStatus
    span_types: list[str]
    consequence: str
    at_worst: str
    because: str
    not_known: list[str]
    wanted: list[Wanted]
    findings: list[str]
    declared: str
    owner: str | None
    due: str | None
    decision: str | None
    decided_by: str | None
    decided_on: str | None
    reference: str | None
    measure: str | None
    residual_risk: Risk | None
    dpo_advice: str | None
    advice_followed: bool | None
    advice_reason: str | None
    approved_by: str | None
    note: str | None
    since: State | None = None
    claim: str = ""

    @property
    def weight(self) -> tuple[str, ...]:
        """Its severity, and its certainty where that says something: that nobody answered is no declaration."""
        return (self.severity,) if self.key == UNANSWERED else (self.severity, self.certainty)


@dataclass(frozen=True, slots=True)
class Listed:
    """A rule that only lists what is declared, and the ids of the agents of which it is declared, or possible."""

    rule: str
    declared: list[str]
    possible: list[str]


@dataclass(frozen=True, slots=True)
class Provision:
    """One provision, which always names its instrument.

    Attributes:
        jurisdiction: ``EU``, ``UK``, ``US``, or ``any`` for standards.
        status: ``in-force``, ``adopted-later``, ``proposed``, ``guidance`` or ``unsettled``.
        as_of: When that was read.
        only_if: A fact that declarations do not hold and without which it does not apply.
        note: What has to be known to read it, such as when its duties begin.
    """

    text: str
    jurisdiction: str
    status: str
    as_of: str
    source_url: str | None
    only_if: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the catalogue; ``findings`` counts those of this report, and ``not_evaluated`` says why there are none.

    Attributes:
        severity: The worst that its findings may be; None where it only lists what is declared.
        issue: The key of the question that they belong to.
        status: Of the law that it leans on most; likewise ``as_of`` and ``source_url``.
        origin: ``datarisk``, or the file of the user's own that it came from.
        because: One line.
        question: What a reviewer is asked.
        missing: Facts that declarations do not hold.
    """

    id: str
    title: str
    severity: Severity | None
    issue: str
    status: str
    as_of: str
    source_url: str | None
    origin: str
    because: str
    question: str
    missing: list[str]
    provisions: list[Provision]
    findings: int
    not_evaluated: str | None


@dataclass(frozen=True, slots=True)
class Law:
    """The state of a law that rules lean on."""

    title: str
    status: str
    as_of: str
    source_url: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Asking:
    """A question that an issue may be, by its key and in words."""

    key: str
    question: str


@dataclass(frozen=True, slots=True)
class Kind:
    """Categories that weigh the same, and how severe it is that they go out, are handled, or stay inside."""

    name: str
    title: str
    categories: list[str]
    out: Severity
    handled: Severity
    inside: Severity


@dataclass(frozen=True, slots=True)
class Exposure:
    """How far data may go: ``out``, ``handled`` or ``inside``, and what that means."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The rules that this report was made with; ``preconditions`` hold for all of them.

    Attributes:
        questions: All that an agent may be asked; each of its issues is one of them.
        kinds: With ``exposures``, what the severity of most findings follows from.
    """

    version: str
    sha256: str
    preconditions: list[str]
    questions: list[Asking]
    kinds: list[Kind]
    exposures: list[Exposure]
    rules: list[Rule]
    law: list[Law]


@dataclass(frozen=True, slots=True)
class Waiver:
    """An accepted finding, as the waivers file has it, and what became of it.

    Attributes:
        status: ``in force``, ``expires soon``, ``expired``, ``changed`` (what was declared is not what was accepted),
            ``refused`` (its rule cannot be waived), ``not yet`` (approved on a later day) or ``matches nothing``.
        findings: The ids of the findings that it matches.
    """

    id: str
    rule: str
    agent: str
    span_type: str | None
    category: str | None
    value_sha256: str
    reason: str
    approved_by: str
    ticket: str | None
    evidence: str | None
    approved_on: str
    expires: str
    status: str
    words: str
    findings: list[str]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One of the nine criteria of WP248 rev.01: what declarations can say about it.

    Attributes:
        answer: ``cannot be assessed`` as answers are missing, or ``cannot be declared``, whatever is answered.
        words: That answer and what it rests on, as a sentence.
        about: What declarations can say of it at all; the same for every agent, and the end of ``words``.
    """

    number: int
    title: str
    answer: Literal["indicated", "not indicated", "cannot be assessed", "cannot be declared"]
    words: str
    categories: list[str]
    about: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """What of a point of GDPR Art. 30(1) declarations cover: ``none``, ``partial`` or ``signal only``."""

    item: str
    title: str
    coverage: str
    words: str


@dataclass(frozen=True, slots=True)
class FlowEntry:
    """A span type in which these categories flow in one way."""

    span_type: str
    anchor: str
    categories: list[str]


@dataclass(frozen=True, slots=True)
class Flow:
    """One way that data are declared to flow, and where.

    Attributes:
        name: Such as ``EGRESS``.
        reading: What it means for a reviewer.
    """

    name: str
    label: str
    reading: str
    entries: list[FlowEntry]


@dataclass(frozen=True, slots=True)
class Reach:
    """What may reach the outside world in the worst case, an upper bound from declarations.

    Attributes:
        state: ``included`` where something included can reach an allowed way out, ``undetermined`` where answers are
            missing, ``excluded`` where every way out or every category is; ``none`` without span types.
        included: Categories that some span type includes.
        undetermined: Those that none includes, and of which answers are missing.
        sources: The span types that bring these categories in, with them.
        exits: The span types that may communicate with the outside world.
        undecided_exits: Those that do not say whether they may.
    """

    state: CategoryState
    words: str
    included: list[str]
    undetermined: list[str]
    sources: list[FlowEntry]
    exits: list[FlowEntry]
    undecided_exits: list[FlowEntry]
