"""From the short forms of ``agents/*.toml`` to the JSON that an SDK sends.

An **entry** (``[[version.span]]``, ``quality``, ``alert``) has the names of the vendor's request, and two short forms:

A **JSON schema** is a table of its properties: ``{ claim_number = "string", pages = "integer?" }``. Behind a type of
JSON Schema, or ``date``, ``date-time``, ``email`` or ``uri`` for a string of that format, ``[]`` makes a list and
``?`` an optional property; ``"yes|no"`` is a string that is one of these. Everything without ``?`` is required.

A **declaration** is up to three tables, ``actions``, ``params`` and ``result``: ``{ level = "internal", included =
["minors_data"], unknown = ["health_and_medical"] }``.

- ``level`` is the classification; without it that is ``unknown``. Every other key but ``others`` is an answer, and
  holds the fields that it is given to. Answers and fields are sent as they stand, known to the vocabulary or not.
- ``others`` is the answer of the vocabulary's fields that no key names: ``disallowed`` or ``excluded`` where nothing
  is said. ``others = "left out"`` sends none of them, nor a level that is not given.
- A table that is not there is a part that nobody declared; without all three there is no declaration. An agent's
  ``[defaults]`` stand in for what an entry's tables do not say.

A **version** that is ``like`` an earlier one has that one's entries, its own in place of those of the same name. An
entry with ``flat = true`` is sent through the older flat maps, which hold JSON schemas and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from reporter.declared.vocabulary import CLASSIFICATION, FIELDS, UNKNOWN, Part

Json = dict[str, Any]
Short = Mapping[str, Any]

#: What the files call the parts of a declaration.
PARTS: Final[dict[str, Part]] = {
    "actions": "action_profile",
    "params": "params_data_categories",
    "result": "result_data_categories",
}
LEFT_OUT: Final = "left out"
_FORMATS: Final = frozenset({"date", "date-time", "email", "uri"})
_TEXTS: Final = ("name", "title", "description", "template")


def schema_version(agent: Short, version: Short) -> Json:
    """What an agent's version registers: ``agent_schema_version`` of the SDK's request."""
    defaults = agent.get("defaults", {})
    spans = entries(agent, version, "span")
    flat = [entry for entry in spans if entry.get("flat")]
    body: Json = {"external_identifier": f"{agent['external_identifier']}-schema-{version['name']}"}
    if flat:
        body["span_schemas"] = {entry["name"]: json_schema(entry["params_schema"]) for entry in flat}
        body["span_result_schemas"] = {entry["name"]: json_schema(entry["result_schema"]) for entry in flat}
    body["span_type_schemas"] = [_entry(entry, defaults) for entry in spans if not entry.get("flat")]
    for kind in ("quality", "alert"):
        if named := entries(agent, version, kind):
            body[f"{kind}_schemas"] = [_entry(entry, defaults) for entry in named]
    return body


def entries(agent: Short, version: Short, kind: str) -> list[Short]:
    """A version's entries of one kind, with those of the version that it is like."""
    base = next((other for other in agent["version"] if other["name"] == version.get("like")), None)
    found: dict[str, Short] = {entry["name"]: entry for entry in entries(agent, base, kind)} if base else {}
    return list((found | {entry["name"]: entry for entry in version.get(kind, ())}).values())


def json_schema(properties: Mapping[str, str]) -> Json:
    """A JSON Schema of an object with these properties."""
    return {
        "type": "object",
        "properties": {name: _property(type_.removesuffix("?")) for name, type_ in properties.items()},
        "required": [name for name, type_ in properties.items() if not type_.endswith("?")],
    }


def data_risk(entry: Short, defaults: Short) -> Json | None:
    """An entry's declaration, or None where it has none."""
    short = {key: {**defaults.get(key, {}), **entry.get(key, {})} for key in PARTS if key in entry or key in defaults}
    return {PARTS[key]: _answers(PARTS[key], table) for key, table in short.items()} or None


def _entry(entry: Short, defaults: Short) -> Json:
    schemas = ("params_schema", "result_schema", "schema")
    return {
        **{key: entry[key] for key in _TEXTS if key in entry},
        **{key: json_schema(entry[key]) for key in schemas if key in entry},
        "data_risk": data_risk(entry, defaults),
    }


def _answers(part: Part, short: Short) -> Json:
    others = short.get("others", "disallowed" if part == "action_profile" else "excluded")
    answers = {} if others == LEFT_OUT else dict.fromkeys(FIELDS[part], others)
    if CLASSIFICATION in answers or "level" in short:
        answers[CLASSIFICATION] = short.get("level", UNKNOWN)
    for answer, fields in short.items():
        if answer not in ("level", "others"):
            answers |= dict.fromkeys(fields, answer)
    return answers


def _property(type_: str) -> Json:
    if type_.endswith("[]"):
        return {"type": "array", "items": _property(type_.removesuffix("[]"))}
    if "|" in type_:
        return {"type": "string", "enum": type_.split("|")}
    return {"type": "string", "format": type_} if type_ in _FORMATS else {"type": type_}
