"""Evidence with pseudonyms in the place of names, and without the sample values of JSON schemas.

What the platform and JSON Schema call their own fields and answers stays, whatever an agent may be called: a
declaration says the same before and after.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from reporter.declared.model import Gap, Inventory, NotUsed, Record, Source
from reporter.declared.vocabulary import FIELDS, KINDS, WORDS
from reporter.plain.times import moment
from reporter.prefactor import records, shapes, tools
from reporter.prefactor.records import Collected
from reporter.redaction.pseudonyms import Pseudonyms

#: Sample values. What may stand there at all, ``enum`` and ``const``, is part of a type and no sample.
SAMPLES: Final = frozenset({"default", "examples", "example", "x-example", "x-examples"})
_BY_NAME: Final = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_SCHEMAS: Final = frozenset({*shapes.JSON_SCHEMAS, "inputSchema", "outputSchema", "input_schema", "parameters"})

#: Words of the platform and of JSON Schema, which are not looked into where they are all that stands there.
_WORDS: Final = frozenset(
    {
        *(name for fields in FIELDS.values() for name in fields), *FIELDS, *WORDS,
        *KINDS, *SAMPLES, *_BY_NAME, *_SCHEMAS, *shapes.ENTRY_FIELDS, *shapes.FLAT_FIELDS, *shapes.USED_TYPES,
        *tools.BOOLEAN_HINTS, *tools.LISTING, shapes.REGISTRATION, shapes.SCHEMA_REGISTRATION, shapes.SPAN_TYPES,
        shapes.OBSERVED, "data_risk", "id", "type", "name", "title", "description", "status", "active", "retired",
        "account_id", "agent_id", "agent_schema_version_id", "current_version_id", "environment_id", "owner_person_id",
        "team_id", "risk_profile_id", "external_identifier", "inserted_at", "updated_at", "skills", "tags",
        "annotations", "function", "custom", "span_schemas_count", "object", "string", "number", "integer", "boolean",
        "array", "null", "items", "required", "additionalProperties", "enum", "const", "format", "pattern", "anyOf",
        "allOf", "oneOf", "not", "if", "then", "else", "minimum", "maximum", "minLength", "maxLength", "minItems",
        "maxItems", "$ref", "$schema", "$id", "version", "url", "capabilities", "agent_version", "agent_deployment",
    }
)  # fmt: skip
#: Where a name stands, and is one whatever it is.
_NAMES: Final = frozenset({"name", "title", "description", "agent_name", "id", "external_identifier"})
#: Who owns something: fields, and kinds of records.
_OWNERS: Final = frozenset({"person", "team", "owner", "owner_person", "email"})


def redacted(given: Inventory, pseudonyms: Pseudonyms, *, samples: bool) -> Collected:
    """What was collected, as if it had been collected so; what was found of earlier runs is left out.

    Args:
        given: What was collected.
        pseudonyms: What is hidden.
        samples: Whether sample values are left out.
    """
    text = pseudonyms.text
    return Collected(
        tuple(Source(each.kind, text(each.location), each.collected_at) for each in given.sources),
        tuple(_record(each, pseudonyms, samples=samples) for each in given.records),
        tuple(Gap(text(g.what), text(g.why), _maybe(g.agent_id, text), _maybe(g.location, text)) for g in given.gaps),
        tuple(NotUsed(each.kind, each.count, text(each.location)) for each in given.not_used),
        kept=True,
    )


def _maybe(given: str | None, text: Any) -> str | None:
    return None if given is None else text(given)


def _record(given: Record, pseudonyms: Pseudonyms, *, samples: bool) -> Record:
    value = _without_samples(given.value, given.kind) if samples else given.value
    text = pseudonyms.text
    made = records.record(
        given.kind,
        _walked(value, pseudonyms, "", given.kind),
        source=text(given.source),
        location=text(given.location),
        agent_id=_maybe(given.agent_id, text),
        agent_name=_maybe(given.agent_name, text),
    )
    return replace(made, mended=given.mended or made.mended)


def _walked(value: Any, pseudonyms: Pseudonyms, key: str, kind: str = "") -> Any:
    """A value with pseudonyms; ``kind`` is what its own fields are about, such as a team."""
    if isinstance(value, dict):
        found: dict[str, Any] = {}
        for name, item in value.items():
            # Two names may have one pseudonym; nothing is lost then either.
            said = name if name in _WORDS else pseudonyms.text(name)
            while said in found:
                said += "'"
            if isinstance(item, str) and (name in _OWNERS or (kind in _OWNERS and name in _NAMES)):
                found[said] = pseudonyms.owner(item)
            else:
                found[said] = _walked(item, pseudonyms, name, name if name in _OWNERS else "")
        return found
    if isinstance(value, list):
        return [_walked(item, pseudonyms, key, kind) for item in value]
    if key.endswith("_at") and isinstance(value, str) and moment(value):
        return value
    if isinstance(value, str) and (key in _NAMES or key.endswith("_id") or value not in _WORDS):
        return pseudonyms.text(value)
    return value


def _without_samples(value: Any, kind: str) -> Any:
    """A record without the sample values of the schemas in it; a card's skills have examples of their own."""
    if isinstance(value, list):
        return [_without_samples(item, kind) for item in value]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for name, item in value.items():
        if name in _SCHEMAS:
            found[name] = _schema(item)
        elif name in shapes.FLAT_FIELDS and isinstance(item, dict):
            found[name] = {each: _schema(schema) for each, schema in item.items()}
        elif not (kind == tools.CARD and name == "examples"):
            found[name] = item if name == "data_risk" else _without_samples(item, kind)
    return found


def _schema(value: Any) -> Any:
    if isinstance(value, list):
        return [_schema(item) for item in value]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for name, item in value.items():
        if name in _BY_NAME and isinstance(item, dict):
            found[name] = {each: _schema(schema) for each, schema in item.items()}
        elif name not in SAMPLES:
            found[name] = item if name in ("enum", "const") else _schema(item)
    return found
