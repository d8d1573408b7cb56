"""What changed between two sides, as a report and a diff hold it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reporter.review.changes import ChangeKind
from reporter.review.difference import Knows


@dataclass(frozen=True, slots=True)
class ChangedField:
    """A field that went one way; ``field`` is None where a whole part did, and ``part`` where all of them did."""

    part: str | None
    field: str | None
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class ChangedSpanType:
    """What went one way of a span type.

    Attributes:
        way: Which, and ``label`` what it is called; ``words`` tell it with its fields, before and after.
        worse: Whether it is for the worse, so that a gate stays shut for it.
        kind: That of the span type.
        was: Of what was renamed, the name that it had.
    """

    way: ChangeKind
    label: str
    worse: bool
    span_type: str
    kind: str
    was: str | None
    words: str
    fields: list[ChangedField]


@dataclass(frozen=True, slots=True)
class Version:
    """A schema version that the answers of a side come from, with the environments that it is deployed in."""

    id: str
    external_identifier: str | None
    inserted_at: str | None
    environments: list[str]


@dataclass(frozen=True, slots=True)
class ChangedAgent:
    """What changed of one agent, worst first.

    Attributes:
        there: ``both`` times, ``new`` or ``gone``.
        words: Which release brought it, and what else is to be known; may be empty.
        before: The schema versions of the old side; of ``after`` those of the new one. Empty where a side knows none.
        undecided_before: How many of its fields were without a decision, and ``undecided_after`` how many are.
    """

    agent_id: str
    agent: str
    there: Literal["both", "new", "gone"]
    words: str
    before: list[Version]
    after: list[Version]
    undecided_before: int
    undecided_after: int
    span_types: list[ChangedSpanType]

    @property
    def worse(self) -> int:
        """How many of its lines are for the worse."""
        return sum(each.worse for each in self.span_types)


@dataclass(frozen=True, slots=True)
class ComparedSide:
    """A side; ``knows`` is ``schemas``, or ``answers`` or ``names`` where it says less of a span type."""

    location: str
    account: str | None
    read_at: str | None
    complete: bool
    knows: Knows


@dataclass(frozen=True, slots=True)
class Uncompared:
    """Of what nobody can say whether it changed; without an agent it is about all that a side lacks."""

    agent_id: str | None
    agent: str | None
    words: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed.

    Attributes:
        words: All of it in a sentence or two, worst first.
        worse: How many lines are for the worse, and ``counts`` how many there are of each way.
        unchanged: How many agents are as they were.
        not_spoken_of: How many agents of the old side the new one, a release in files, does not speak of.
        notes: What has to be known of the comparison, in sentences.
    """

    old: ComparedSide
    new: ComparedSide
    words: str
    worse: int
    counts: dict[str, int]
    agents: list[ChangedAgent]
    unchanged: int
    not_spoken_of: int
    not_comparable: list[Uncompared]
    notes: list[str]
