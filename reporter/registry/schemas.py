"""Schema versions: from the lists that the SDK registers to the maps that the API answers with."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from reporter.prefactor.registration import (
    ActionProfile,
    AgentSchemaVersionForRegister,
    DataCategories,
    DataRisk,
    QualitySchemaDetails,
)
from reporter.registry.faults import invalid_fields
from reporter.registry.store import Row

#: Each map of the details, and the flat maps that may name its entries too.
MAPS: Final = ("span_type_schemas", "quality_schemas", "alert_schemas")
#: What the single quality schema of older clients is called, and the judgement that follows it.
OLDER_QUALITY: Final = "quality"
_PLACE: Final = re.compile(r"\{\{ ?([^{}]+?) ?\}\}")
_LONGEST: Final = 100_000
_TYPES: Final = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


def document_of(version: AgentSchemaVersionForRegister) -> dict[str, Any]:
    """What was registered, as it came: nothing filled in, nothing left out that the platform knows.

    Raises:
        ApiFault: 422 where a name stands twice in one list, since the answer's map could hold only one of them.
    """
    fields = set(AgentSchemaVersionForRegister.model_fields)
    document = version.model_dump(mode="json", by_alias=True, exclude_unset=True, include=fields)
    errors = {}
    for field in MAPS:
        counted = Counter(entry["name"] for entry in entries(document, field))
        if twice := sorted(name for name, times in counted.items() if times > 1):
            errors[f"agent_schema_version.{field}"] = [f"holds {name} more than once" for name in twice]
    if errors:
        raise invalid_fields(errors)
    return document


def entries(document: Row, field: str) -> list[Row]:
    """What a registered document lists in one of ``MAPS``, with the older single quality schema under its name."""
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
    """The three maps of ``GET /agent_schema_version/{id}``: name to entry.

    Args:
        document: What was registered.
        fill_unknown: Answer with an all-``unknown`` declaration where none was made and with ``unknown`` for fields
            left out, as the platform most probably does; otherwise with null, and with what was sent alone.
    """
    rows = {name: _span_type(entry, fill_unknown=fill_unknown) for name, entry in span_types(document).items()}
    named = {
        field: {entry["name"]: _named(entry, fill_unknown=fill_unknown) for entry in entries(document, field)}
        for field in MAPS[1:]
    }
    return {"span_type_schemas": rows, **named}


def data_risk(entry: Row, *, fill_unknown: bool) -> Row | None:
    """The declaration of one entry, filled in or as it was sent."""
    declared: Row | None = entry.get("data_risk")
    if not fill_unknown:
        return declared
    return DataRisk.model_validate(declared or _UNKNOWN).model_dump(mode="json")


_UNKNOWN: Final[Row] = DataRisk(
    action_profile=ActionProfile(),
    params_data_categories=DataCategories(),
    result_data_categories=DataCategories(),
).model_dump(mode="json")


def _span_type(entry: Row, *, fill_unknown: bool) -> Row:
    params, result = entry.get("params_schema") or {}, entry.get("result_schema") or {}
    return {
        "name": entry["name"],
        "title": title(entry),
        "description": entry.get("description"),
        "template": entry.get("template"),
        "params_schema": params,
        "params_schema_validation": validation(params),
        "result_schema": result,
        "result_schema_validation": validation(result),
        "data_risk": data_risk(entry, fill_unknown=fill_unknown),
    }


def _named(entry: Row, *, fill_unknown: bool) -> Row:
    row = {
        **{key: entry.get(key) for key in ("name", "description", "template", "schema")},
        "title": title(entry),
        "schema_validation": validation(entry["schema"]),
        "data_risk": data_risk(entry, fill_unknown=True),
    }
    answer = QualitySchemaDetails.model_validate(row).model_dump(mode="json", by_alias=True)
    return answer if fill_unknown else answer | {"data_risk": entry.get("data_risk")}


def title(entry: Row) -> str:
    """The title of an entry; its name where it has none."""
    return str(entry.get("title") or entry["name"])


def validation(schema: Row) -> Row:
    """Whether a JSON Schema is one, as far as its types, properties and required lists tell.

    Returns:
        ``{status: success, message: null}`` or ``{status: error, message: what is wrong and where}``.
    """
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
    if "items" in schema and not isinstance(schema["items"], list):
        yield from _faults(schema["items"], f"{where}/items")


def rendered(template: str | None, payload: Row) -> str | None:
    """A template with its ``{{field}}`` places filled from a payload's own fields; None without a template.

    It is cut off where filling it in would make more of it than anybody reads.
    """
    if template is None:
        return None
    room = _LONGEST

    def filled(place: re.Match[str]) -> str:
        nonlocal room
        if place[1] not in payload:
            return place[0]
        value = payload[place[1]]
        word = value if isinstance(value, str) else ("" if value is None else str(value))
        word = word[:room]
        room -= len(word)
        return word

    return _PLACE.sub(filled, template)
