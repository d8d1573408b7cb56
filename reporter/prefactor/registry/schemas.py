"""Schema versions: from the lists that the SDK registers to the maps that the API answers with."""

from __future__ import annotations

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
from reporter.prefactor.registry.faults import invalid_fields
from reporter.prefactor.registry.store import Row

#: Each map of the details, and the flat maps that may name its entries too.
MAPS: Final = ("span_type_schemas", "quality_schemas", "alert_schemas")
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
        counted = Counter(entry["name"] for entry in document.get(field) or ())
        if twice := sorted(name for name, times in counted.items() if times > 1):
            errors[f"agent_schema_version.{field}"] = [f"holds {name} more than once" for name in twice]
    if errors:
        raise invalid_fields(errors)
    return document


def span_types(document: Row) -> dict[str, Row]:
    """Every span type of a registered document by its name, with the flat maps joined in."""
    entries = {entry["name"]: dict(entry) for entry in document.get("span_type_schemas") or ()}
    for field, key in (("span_schemas", "params_schema"), ("span_result_schemas", "result_schema")):
        for name, schema in (document.get(field) or {}).items():
            entry = entries.setdefault(name, {"name": name})
            if entry.get(key) is None:
                entry[key] = schema
    return entries


def details(document: Row, *, fill_unknown: bool) -> Row:
    """The three maps of ``GET /agent_schema_version/{id}``: name to entry.

    Args:
        document: What was registered.
        fill_unknown: Answer with an all-``unknown`` declaration where none was made and with ``unknown`` for fields
            left out, as the platform most probably does; otherwise with null, and with what was sent alone.
    """
    rows = {name: _span_type(entry, fill_unknown=fill_unknown) for name, entry in span_types(document).items()}
    named = {
        field: {entry["name"]: _named(entry, fill_unknown=fill_unknown) for entry in document.get(field) or ()}
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
    """A template with its ``{{field}}`` places filled from a payload's own fields; None without a template."""
    if template is None:
        return None
    for name, value in payload.items():
        word = value if isinstance(value, str) else ("" if value is None else str(value))
        for place in (f"{{{{{name}}}}}", f"{{{{ {name} }}}}"):
            template = template.replace(place, word)
    return template
