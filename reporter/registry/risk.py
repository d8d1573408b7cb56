"""Risk as the platform reckons it on reading: a roll-up of declarations, and a score under a risk profile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES, CLASSIFICATION, LEVELS, RANK, SIDE_PARTS, UNKNOWN
from reporter.registry.store import Row

_SIDES: Final = tuple(SIDE_PARTS.values())


def assessed(entry: Row) -> bool:
    """Whether a span type's declaration answers anything at all."""
    return any(value != UNKNOWN for part in _parts(entry) for value in part.values() if isinstance(value, str))


def included(entry: Row) -> list[str]:
    """The categories that a span type holds on either side, each once, in the vocabulary's order."""
    sides = [_part(entry, side) for side in _SIDES]
    return [name for name in CATEGORY_NAMES if any(side.get(name) == "included" for side in sides)]


def allowed(entry: Row) -> list[str]:
    """The actions that a span type may take, in the vocabulary's order."""
    profile = _part(entry, "action_profile")
    return [name for name in ACTION_NAMES if profile.get(name) == "allowed"]


def highest(entries: Iterable[Row]) -> str:
    """The highest level that any side of any span type names; ``unknown`` where none does."""
    named = (_part(entry, side).get(CLASSIFICATION) for entry in entries for side in _SIDES)
    return max((level for level in named if level in RANK), key=lambda level: RANK[level], default=UNKNOWN)


def rollup(entries: list[Row]) -> Row:
    """What ``risk_rollup`` says of a set of span types.

    Each is counted in ``classification_counts`` once, under the higher level of its two sides.
    """
    levels = [highest([entry]) for entry in entries]
    known = sum(map(assessed, entries))
    categories = {name for entry in entries for name in included(entry)}
    return {
        "all_data_categories": [name for name in CATEGORY_NAMES if name in categories],
        "assessed_span_types": known,
        "unassessed_span_types": len(entries) - known,
        "total_span_types": len(entries),
        "classification_counts": {level: levels.count(level) for level in (UNKNOWN, *LEVELS)},
        "external_communication_count": sum("external_communication" in allowed(entry) for entry in entries),
        "highest_classification": highest(entries),
    }


def type_score(entry: Row, ruleset: Row) -> float:
    """The sum of the weights of what a span type holds, times that of the multipliers of what it may do.

    A weight or multiplier of null is out of the agreed scope and counts nothing.
    """
    weights, multipliers = ruleset["category_weights"], ruleset["action_multipliers"]
    weight: float = sum(weights.get(name) or 0 for name in included(entry))
    multiplier: float = sum(multipliers.get(name) or 0 for name in allowed(entry))
    return weight * multiplier


def level(score: float, ruleset: Row) -> str:
    """The band that a score falls into."""
    thresholds = ruleset["thresholds"]
    reached = [name for name in ("medium", "high", "critical") if score >= thresholds[name]]
    return reached[-1] if reached else "low"


def score(spans: Mapping[str, int], entries: Mapping[str, Row], ruleset: Row) -> Row:
    """A run's ``risk_score``: each span type's score times its spans, and their sum.

    Args:
        spans: Span type to its number of spans.
        entries: Span type to what was registered of it.
        ruleset: The risk profile's.
    """
    seen = [entries[name] for name in spans if name in entries]
    rows: list[Row] = []
    for name, count in sorted(spans.items()):
        of_type = type_score(entries.get(name, {}), ruleset)
        contribution = of_type * count
        rows.append(
            {
                "schema_name": name,
                "count": count,
                "type_score": of_type,
                "total_contribution": contribution,
                "risk_level": level(contribution, ruleset),
            }
        )
    total: float = sum(row["total_contribution"] for row in rows)
    peak = highest(seen)
    return {
        "all_data_categories": rollup(seen)["all_data_categories"],
        "allowed_actions": [name for name in ACTION_NAMES if any(name in allowed(entry) for entry in seen)],
        "any_assessable": any(map(assessed, seen)),
        "critical_threshold": ruleset["thresholds"]["critical"],
        "peak_classification": None if peak == UNKNOWN else peak,
        "per_type": rows,
        "risk_level": level(total, ruleset),
        "total_score": total,
    }


def agreed(ruleset: Row) -> Row:
    """What a risk profile agrees to: whatever has a weight or a multiplier, 0 among them."""
    actions, categories = ruleset["action_multipliers"], ruleset["category_weights"]
    return {
        "action_profile": {n: "disallowed" if actions.get(n) is None else "allowed" for n in ACTION_NAMES},
        "data_categories": {n: "excluded" if categories.get(n) is None else "included" for n in CATEGORY_NAMES},
    }


def _part(entry: Row, name: str) -> dict[str, Any]:
    declared = entry.get("data_risk") or {}
    return declared.get(name) or {}


def _parts(entry: Row) -> list[dict[str, Any]]:
    return [_part(entry, name) for name in ("action_profile", *_SIDES)]
