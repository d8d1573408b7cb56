"""The platform's score, by its published arithmetic: weights of what is included, times multipliers of what is allowed.

Of a span type it is the sum of the weights of its included categories times the sum of the multipliers of its allowed
actions; what is out of scope (null) counts nothing. A run's is the sum over its spans, and has no upper end. What
nobody decided is no number: a score is what it is at least, and what it would be if all of that were included and
allowed. A category on both sides counts once; the platform's documents do not say so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from reporter.declared.model import SpanType
from reporter.declared.platform_risk import PlatformRisk, ReportedCount, ReportedScore, RiskProfile
from reporter.declared.scope import ScopedAgent
from reporter.declared.vocabulary import SIDE_PARTS

Band = Literal["low", "medium", "high", "critical"]
_ABOVE_LOW: Final[tuple[Band, ...]] = ("medium", "high", "critical")
_EXTERNAL: Final = "external_communication"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a score is at least, by what is declared, and at most, were all that is undecided included and allowed."""

    at_least: float = 0.0
    at_most: float = 0.0

    def __add__(self, other: Bounds) -> Bounds:
        """Both together."""
        return Bounds(self.at_least + other.at_least, self.at_most + other.at_most)

    def __mul__(self, times: int) -> Bounds:
        """So many spans."""
        return Bounds(self.at_least * times, self.at_most * times)


NOTHING: Final = Bounds()


@dataclass(frozen=True, slots=True)
class Beside:
    """A number of the platform, and ours; None where it is about a span type that is in no version in scope."""

    reported: ReportedScore | ReportedCount
    ours: Bounds | None
    differs: bool


@dataclass(frozen=True, slots=True)
class Score:
    """An agent's.

    Attributes:
        types: Each span type of each version in scope, in their order.
        once: One span of each, in the version that scores most.
        band: That of ``once`` at least, and at most; None where the thresholds are bad.
        beside: What the platform gives, where evidence holds it.
    """

    types: tuple[tuple[SpanType, Bounds], ...]
    once: Bounds
    band: tuple[Band, Band] | None
    beside: tuple[Beside, ...] = ()


def scored(scoped: ScopedAgent) -> Score | None:
    """The score of an agent by its risk profile; None where it has none, or one that cannot be counted with."""
    risk = scoped.agent.risk
    profile = risk.profile if risk else None
    if risk is None or profile is None or not countable(profile):
        return None
    versions = [
        [(each, type_score(each, profile)) for each in item.version.span_types or () if each.kind == "span"]
        for item in scoped.versions
    ]
    types = tuple(pair for version in versions for pair in version)
    totals = [run_total(version) for version in versions] or [NOTHING]
    once = Bounds(max(each.at_least for each in totals), max(each.at_most for each in totals))
    bands = (band(once.at_least, profile), band(once.at_most, profile))
    return Score(
        types=types,
        once=once,
        band=(bands[0], bands[1]) if bands[0] and bands[1] else None,
        beside=(*_scores(risk, types), *_counts(risk, scoped)),
    )


def countable(profile: RiskProfile) -> bool:
    """Whether every weight and multiplier is a number or null: a score by some of them would be too low."""
    return profile.readable and not any(
        each.pointer.startswith(("/ruleset/category_weights", "/ruleset/action_multipliers")) for each in profile.odd
    )


def type_score(entry: SpanType, profile: RiskProfile) -> Bounds:
    """The score of one span of a type."""
    answer = entry.declaration.answer
    weights, multipliers = profile.weights or {}, profile.multipliers or {}
    sides = [*SIDE_PARTS.values()]
    weight = _summed((weights[name], {answer(side, name).meaning for side in sides}) for name in sorted(weights))
    action = "action_profile"
    by = _summed((multipliers[name], {answer(action, name).meaning}) for name in sorted(multipliers))  # type: ignore[arg-type]
    return Bounds(weight.at_least * by.at_least, weight.at_most * by.at_most)


def _summed(terms: Iterable[tuple[float | None, set[str]]]) -> Bounds:
    """The sum of what is there, and of what may be; a category counts once, on whichever side it is."""
    total = NOTHING
    for value, meanings in terms:
        if value is not None and meanings != {"no"}:
            total += Bounds(value if "yes" in meanings else 0.0, value)
    return total


def run_total(spans: Iterable[tuple[SpanType, Bounds]], counts: Mapping[str, int] | None = None) -> Bounds:
    """The score of a run: of so many spans of each type, by its name; of one of each without counts."""
    total = NOTHING
    for entry, bounds in spans:
        total += bounds * (1 if counts is None else counts.get(entry.name, 0))
    return total


def band(total: float, profile: RiskProfile) -> Band | None:
    """The band that a run's score falls into; None where the thresholds do not ascend, and nobody can tell."""
    if profile.thresholds is None:
        return None
    reached = [name for name, begins in zip(_ABOVE_LOW, profile.thresholds, strict=True) if total >= begins]
    return reached[-1] if reached else "low"


def _scores(risk: PlatformRisk, types: Iterable[tuple[SpanType, Bounds]]) -> Iterable[Beside]:
    by_name: dict[str, list[Bounds]] = {}
    for entry, bounds in types:
        by_name.setdefault(entry.name, []).append(bounds)
    for each in risk.scores:
        yield _beside(each, each.score, by_name.get(each.span_type, []))


def _counts(risk: PlatformRisk, scoped: ScopedAgent) -> Iterable[Beside]:
    entries = [[each for each in item.version.span_types or () if each.kind == "span"] for item in scoped.versions]
    counted = {
        "total_span_types": [Bounds(len(some), len(some)) for some in entries],
        "external_communication_count": [_external(some) for some in entries],
    }
    for each in risk.counts:
        yield _beside(each, each.number, counted[each.name])


def _beside(reported: ReportedScore | ReportedCount, number: float, ours: list[Bounds]) -> Beside:
    """It is not documented which version the platform counts: any of those in scope will do."""
    same = [bounds for bounds in ours if math.isclose(number, bounds.at_least, rel_tol=1e-9, abs_tol=1e-9)]
    return Beside(reported, next(iter(same or ours), None), differs=bool(ours) and not same)


def _external(entries: Iterable[SpanType]) -> Bounds:
    meanings = [each.declaration.answer("action_profile", _EXTERNAL).meaning for each in entries]
    return Bounds(meanings.count("yes"), len(meanings) - meanings.count("no"))
