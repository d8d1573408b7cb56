"""Schema versions: from the lists that are registered to the maps that are answered, and what risk they come to.

A roll-up counts what span types declare; a score weighs it under the ruleset of a risk profile, when it is read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES, CLASSIFICATION, LEVELS, RANK, SIDE_PARTS, UNKNOWN
from reporter.prefactor.registration import AgentSchemaVersionForRegister, DataRisk
from reporter.registry.access import invalid
from reporter.registry.store import Row

#: What the single quality schema of older clients is called, and the judgement that follows it.
OLDER_QUALITY: Final = "quality"
#: Each map of the details, and the JSON schemas that its entries have.
_MAPS: Final = {
    "span_type_schemas": ("params_schema", "result_schema"),
    "quality_schemas": ("schema",),
    "alert_schemas": ("schema",),
}
_PLACE: Final = re.compile(r"\{\{ ?([^{}]+?) ?\}\}")
_LONGEST: Final = 100_000
_TYPES: Final = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_SIDES: Final = tuple(SIDE_PARTS.values())
#: A declaration that answers nothing, to which the vendor's model adds what it then says: all ``unknown``.
_EMPTY: Final[Row] = {part: {} for part in ("action_profile", *_SIDES)}


def document_of(version: AgentSchemaVersionForRegister) -> Row:
    """What was registered, as it came; 422 where a name stands twice in a list, as a map holds only one."""
    fields = set(AgentSchemaVersionForRegister.model_fields)
    document = version.model_dump(mode="json", by_alias=True, exclude_unset=True, include=fields)
    errors = {}
    for field in _MAPS:
        counted = Counter(entry["name"] for entry in entries(document, field))
        if twice := sorted(name for name, times in counted.items() if times > 1):
            errors[f"agent_schema_version.{field}"] = [f"holds {name} more than once" for name in twice]
    if errors:
        raise invalid(errors)
    return document


def entries(document: Row, field: str) -> list[Row]:
    """What a registered document lists in one of the maps, with the older single quality schema under its name."""
    listed: list[Row] = list(document.get(field) or ())
    older = document.get("quality_schema") if field == "quality_schemas" else None
    return [*listed, {"name": OLDER_QUALITY} | older] if older else listed


def span_types(document: Row) -> dict[str, Row]:
    """Every span type of a registered document by its name, with the flat maps joined in."""
    found = {entry["name"]: dict(entry) for entry in entries(document, "span_type_schemas")}
    for field, key in (("span_schemas", "params_schema"), ("span_result_schemas", "result_schema")):
        for name, schema in (document.get(field) or {}).items():
            entry = found.setdefault(name, {"name": name})
            if entry.get(key) is None:
                entry[key] = schema
    return found


def details(document: Row, *, fill_unknown: bool) -> Row:
    """The three maps of ``GET /agent_schema_version/{id}``: name to entry."""
    maps: Row = {}
    for field, schemas in _MAPS.items():
        listed = span_types(document).values() if field == "span_type_schemas" else entries(document, field)
        maps[field] = {}
        for entry in listed:
            maps[field][entry["name"]] = {
                "name": entry["name"],
                "title": title(entry),
                "description": entry.get("description"),
                "template": entry.get("template"),
                **{name: entry.get(name) or {} for name in schemas},
                **{f"{name}_validation": validation(entry.get(name) or {}) for name in schemas},
                "data_risk": data_risk(entry, fill_unknown=fill_unknown),
            }
    return maps


def data_risk(entry: Row, *, fill_unknown: bool) -> Row | None:
    """The declaration of one entry: filled in with ``unknown``, or what was sent alone; see ``create_app``."""
    declared: Row | None = entry.get("data_risk")
    return DataRisk.model_validate(declared or _EMPTY).model_dump(mode="json") if fill_unknown else declared


def title(entry: Row) -> str:
    """The title of an entry; its name where it has none."""
    return str(entry.get("title") or entry["name"])


def validation(schema: Row) -> Row:
    """Whether a JSON Schema is one, as far as its types, properties and required lists tell: status and message."""
    wrong = next(_faults(schema, "#"), None)
    return {"status": "error" if wrong else "success", "message": wrong}


def _faults(schema: Any, where: str) -> Iterator[str]:
    if not isinstance(schema, dict):
        if not isinstance(schema, bool):
            yield f"{where} is no schema"
        return
    types = schema.get("type", [])
    listed = types if isinstance(types, list) else [types]
    if not all(isinstance(each, str) and each in _TYPES for each in listed):
        yield f"{where}/type is no type of JSON Schema"
    required = schema.get("required", [])
    if not (isinstance(required, list) and all(isinstance(each, str) for each in required)):
        yield f"{where}/required is no list of names"
    properties = schema.get("properties", {})
    if not isinstance(properties, dict):
        yield f"{where}/properties is no object"
        return
    for name, each in properties.items():
        yield from _faults(each, f"{where}/properties/{name}")
    # Older drafts let ``items`` be a list of schemas, one for each place.
    if "items" in schema and not isinstance(schema["items"], list):
        yield from _faults(schema["items"], f"{where}/items")


def rendered(template: str | None, payload: Row) -> str | None:
    """A template with its ``{{field}}`` places filled from a payload's own fields; None without a template.

    It is cut off where filling it in would make more of it than anybody reads: a caller chooses both, and may name
    one long field a thousand times.
    """
    if template is None:
        return None
    room = _LONGEST

    def filled(place: re.Match[str]) -> str:
        nonlocal room
        if place[1] not in payload:
            return place[0]
        value = payload[place[1]]
        word = ("" if value is None else str(value))[:room]
        room -= len(word)
        return word

    return _PLACE.sub(filled, template)


def _part(entry: Row, name: str) -> dict[str, Any]:
    declared = entry.get("data_risk") or {}
    return declared.get(name) or {}


def assessed(entry: Row) -> bool:
    """Whether a span type's declaration answers anything at all."""
    parts = [_part(entry, name) for name in ("action_profile", *_SIDES)]
    return any(value != UNKNOWN for part in parts for value in part.values() if isinstance(value, str))


def included(entry: Row) -> list[str]:
    """The categories that a span type holds on either side, each once, in the vocabulary's order."""
    # Whether a category on both sides counts once or twice is not documented; one flat list suggests once.
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
    """What ``risk_rollup`` says of span types; each counts once as a classification, the higher of its two sides."""
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
    """A run's ``risk_score``: the score of each span type times its number of ``spans``, and their sum."""
    seen = [entries[name] for name in spans if name in entries]
    rows: list[Row] = []
    for name, count in sorted(spans.items()):
        of_type = type_score(entries.get(name, {}), ruleset)
        row = {"schema_name": name, "count": count, "type_score": of_type, "total_contribution": of_type * count}
        rows.append(row | {"risk_level": level(of_type * count, ruleset)})
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
