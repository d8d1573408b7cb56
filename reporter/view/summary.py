"""What the page says that can be read alone: what needs somebody first, and all agents together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reporter.view.findings import Severity

Answered = Literal["not assessed", "mostly unanswered", "partly answered", "answered"]
"""How far the questions about an agent, or about a span type, are answered. The first two are loud."""


@dataclass(frozen=True, slots=True)
class Attention:
    """One line of "what needs you first"; ``issue`` is the id of the one that it is about."""

    agent_id: str | None
    agent: str
    anchor: str | None
    what: str
    reference: str
    issue: str | None = None
    environments: Sequence[str] = ()
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """How many questions of one severity are open, by certainty, and how many are not any more."""

    severity: Severity
    declared: int
    possible: int
    answered: int
    accepted: int


@dataclass(frozen=True, slots=True)
class Concerned:
    """The ids of agents of which something is so by what is declared, and of others of which it may be."""

    declared: list[str]
    possible: list[str]


@dataclass(frozen=True, slots=True)
class Oldest:
    """The schema version in scope that was registered first.

    Attributes:
        days: How many before the evidence was read.
        undated: Schema versions in scope of which nobody says when they were registered.
    """

    agent_id: str
    schema_version_id: str
    inserted_at: str
    days: int
    undated: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What a reader wants to know of all agents together.

    Attributes:
        questions: Worst first.
        sends_special: The agents that may send data of special categories out.
        to_be_assessed: Those whose declarations indicate two or more criteria of WP248 rev.01, or leave them open.
        coverage: How many agents stand where on the scale of answers.
        oldest: None where of no schema version in scope is known when it was registered.
    """

    questions: list[Asked]
    sends_special: Concerned
    to_be_assessed: Concerned
    coverage: dict[Answered, int]
    oldest: Oldest | None


@dataclass(frozen=True, slots=True)
class Summary:
    """The page that can be read alone.

    Attributes:
        agreed: For how many agents it is said what was agreed, and how many go beyond it.
        order: That of agents at a glance, by their ids.
        issues: The ids of all issues, in the order in which they need somebody.
    """

    lead: str
    agreed: str
    attention: list[Attention]
    attention_more: int
    order: list[str]
    issues: list[str]
