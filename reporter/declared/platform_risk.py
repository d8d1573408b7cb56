"""What the platform holds against an agent's declarations: its risk profile, and the numbers that it makes of both.

A weight or a multiplier of null is out of the agreed scope; 0 is in it and counts nothing. The platform says nowhere
whether it checks a profile, so that one may hold anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class OddPart:
    """A part of a risk profile that nobody can rely on: where it stands in the record, what stands there, and why."""

    pointer: str
    value: Any
    why: str


@dataclass(frozen=True, slots=True)
class RiskProfile:
    """What was agreed for the agents that point to it.

    Attributes:
        record_sha256: The digest of its record; None where it was not read.
        weights: Of each category that the profile names, at least 0; None is out of scope.
        multipliers: The same of each action.
        thresholds: Where medium, high and critical begin; None where they do not ascend from above 0.
        odd: What is wrong with it.
    """

    id: str
    name: str
    record_sha256: str | None = None
    weights: Mapping[str, float | None] | None = None
    multipliers: Mapping[str, float | None] | None = None
    thresholds: tuple[float, float, float] | None = None
    odd: tuple[OddPart, ...] = ()

    @property
    def readable(self) -> bool:
        """Whether it says what is in scope and what is not."""
        return self.weights is not None and self.multipliers is not None


@dataclass(frozen=True, slots=True)
class ReportedScore:
    """What the platform gives as the score of one span of a type, where it first stands, and for how many runs."""

    span_type: str
    score: float
    pointer: str
    record_sha256: str
    runs: int = 1


@dataclass(frozen=True, slots=True)
class ReportedCount:
    """A count of the platform's roll-up of what an agent declares, by its name there, and where it stands."""

    name: str
    number: int
    pointer: str
    record_sha256: str


@dataclass(frozen=True, slots=True)
class PlatformRisk:
    """All of it that was read of one agent."""

    profile: RiskProfile | None = None
    scores: tuple[ReportedScore, ...] = ()
    counts: tuple[ReportedCount, ...] = ()
