"""From records to what the platform holds against an agent's declarations: read leniently, and never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from reporter.declared.model import Record
from reporter.declared.platform_risk import OddPart, PlatformRisk, ReportedCount, ReportedScore, RiskProfile
from reporter.plain.canonical import step
from reporter.plain.language import natural_order

PROFILE: Final = "risk_profile"
ROLLUPS: Final = ("risk_rollup", "rollup")
_BANDS: Final = ("medium", "high", "critical")
_ASCEND: Final = "its thresholds do not ascend: 0 < medium < high < critical"
_NOT_READ: Final = "it was not read"
#: The platform's own form goes to 10; a sum of numbers beyond this would be none that JSON holds.
_MOST: Final = 1e9
#: Counts of ``risk_rollup.theoretical_risk`` that declarations can be held against.
COUNTS: Final = ("total_span_types", "external_communication_count")


def of_agent(
    row: Mapping[str, Any], profiles: Mapping[str, RiskProfile], records: Iterable[Record]
) -> PlatformRisk | None:
    """What is known of an agent.

    Args:
        row: The agent's own.
        profiles: Those that were read, by their ids.
        records: Those that may hold numbers of the platform about it.
    """
    profile_id = row.get("risk_profile_id")
    profile = None
    if isinstance(profile_id, str) and profile_id:
        # It says that something was agreed: that nobody can read what is another thing than nothing.
        odd = (OddPart("/risk_profile_id", profile_id, _NOT_READ),)
        profile = profiles.get(profile_id) or RiskProfile(profile_id, profile_id, odd=odd)
    # There may be thousands of runs, of which most say the same.
    scores: dict[tuple[str, float], ReportedScore] = {}
    counts: dict[tuple[str, int], ReportedCount] = {}
    for item in records:
        for each in _scores(item):
            first = scores.setdefault((each.span_type, each.score), each)
            if first is not each:
                scores[each.span_type, each.score] = replace(first, runs=first.runs + 1)
        for one in _counts(item):
            counts.setdefault((one.name, one.number), one)
    found = PlatformRisk(
        profile,
        tuple(scores[key] for key in sorted(scores, key=lambda key: (natural_order(key[0]), key[1]))),
        tuple(counts[key] for key in sorted(counts)),
    )
    return found if found != PlatformRisk() else None


def profile(item: Record, row: Mapping[str, Any]) -> RiskProfile:
    """A risk profile; what of it is no number that a weight can be agrees to nothing, and is said to be odd."""
    odd: list[OddPart] = []
    ruleset = row.get("ruleset")
    if not isinstance(ruleset, dict):
        odd.append(OddPart("/ruleset", ruleset, "it has no rules"))
        ruleset = {}
    weights, multipliers = (
        _numbers(ruleset, name, odd) if ruleset else None for name in ("category_weights", "action_multipliers")
    )
    thresholds = _thresholds(ruleset.get("thresholds"))
    if thresholds is None and ruleset:
        odd.append(OddPart("/ruleset/thresholds", ruleset.get("thresholds"), _ASCEND))
    name = row.get("name")
    return RiskProfile(
        id=row["id"],
        name=name if isinstance(name, str) and name else row["id"],
        record_sha256=item.sha256,
        weights=weights,
        multipliers=multipliers,
        thresholds=thresholds,
        odd=tuple(odd),
    )


def _numbers(ruleset: Mapping[str, Any], name: str, odd: list[OddPart]) -> dict[str, float | None] | None:
    given, at = ruleset.get(name), step("/ruleset", name)
    if not isinstance(given, dict):
        odd.append(OddPart(at, given, "it is no object"))
        return None
    found: dict[str, float | None] = {}
    for key, value in given.items():
        good = value is None or (_is_number(value) and 0 <= value <= _MOST)
        if not good:
            odd.append(OddPart(step(at, key), value, "it is no weight, a number from 0 on"))
        found[key] = float(value) if good and value is not None else None
    return found


def _thresholds(given: Any) -> tuple[float, float, float] | None:
    values: list[Any] = [given.get(name) for name in _BANDS] if isinstance(given, dict) else []
    if not values or not all(map(_is_number, values)):
        return None
    medium, high, critical = (float(value) for value in values)
    return (medium, high, critical) if 0 < medium < high < critical else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _scores(item: Record) -> Iterator[ReportedScore]:
    """What a run gives as the scores of its span types; a run without a profile has none."""
    score = item.value.get("risk_score") if isinstance(item.value, dict) else None
    types = score.get("per_type") if isinstance(score, dict) else None
    for number, each in enumerate(types if isinstance(types, list) else []):
        if isinstance(each, dict) and isinstance(each.get("schema_name"), str) and _is_number(each.get("type_score")):
            at = f"/risk_score/per_type/{number}/type_score"
            yield ReportedScore(each["schema_name"], float(each["type_score"]), at, item.sha256)


def _counts(item: Record) -> Iterator[ReportedCount]:
    # Beside an agent's details, or as it is kept with what was observed.
    for key in ROLLUPS:
        rollup = item.value.get(key) if isinstance(item.value, dict) else None
        declared = rollup.get("theoretical_risk") if isinstance(rollup, dict) else None
        for name in COUNTS:
            number = declared.get(name) if isinstance(declared, dict) else None
            if type(number) is int:
                yield ReportedCount(name, number, f"/{key}/theoretical_risk/{name}", item.sha256)
