"""What a JSON value is, told by its shape and never by the name of its file; and what a row of the API has to be.

The SDK sends registrations (``POST /agent_instance/register``); the API answers in envelopes with ``details`` or
``summaries``, and bulk answers hold several of those under ``outputs``. Whatever is none of that may be a list of
tools, or an agent card, that somebody else keeps (``tools``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from reporter.declared.vocabulary import Kind
from reporter.plain.canonical import step
from reporter.prefactor import tools

REGISTRATION: Final = "registration"
SCHEMA_REGISTRATION: Final = "schema_registration"
SPAN_TYPES: Final = "span_types"
SCHEMA_VERSION: Final = "agent_schema_version"
#: What is kept of an agent's runs, which declares nothing.
OBSERVED: Final = "observed"
#: What declares, and of which some may not say whose declarations it holds.
DECLARING: Final = frozenset({REGISTRATION, SCHEMA_REGISTRATION, SPAN_TYPES, SCHEMA_VERSION}) | tools.LISTING

#: Where a schema version holds its entries, and what kind each of those has.
ENTRY_FIELDS: Final[dict[str, Kind]] = {
    "span_type_schemas": "span",
    "quality_schemas": "quality",
    "quality_schema": "quality",
    "alert_schemas": "alert",
}
#: The older registration's flat maps, name to JSON schema, which cannot carry a declaration.
FLAT_FIELDS: Final = ("span_schemas", "span_result_schemas")
#: Where an entry holds JSON schemas: of what flows in and out, or, for judgements and alerts, of its one payload.
JSON_SCHEMAS: Final = ("params_schema", "result_schema", "schema")
_SCHEMA_FIELDS: Final = frozenset((*ENTRY_FIELDS, *FLAT_FIELDS))

#: The API's resource types that a report is made from.
_OF_AGENTS: Final = frozenset({"agent", "agent_version", SCHEMA_VERSION, "agent_deployment"})
USED_TYPES: Final = _OF_AGENTS | {"account", "environment", "risk_profile", "team", "person"}
#: Those that hold no declarations; payloads are people's data and tokens open doors, so they are never kept.
_WITH_PAYLOADS: Final = frozenset({"agent_instance", "agent_span", "agent_spans", "span", "alert"})
UNUSED_TYPES: Final = _WITH_PAYLOADS | {"api_token", "admin_user"}
MESSAGE: Final = "mcp_message"

_ENVELOPES: Final = frozenset({"outputs", "details", "summaries", "agent_schema_version"})
#: What an answer to ``tools/list`` holds beside its tools; a list without schemas and with more may be of anything.
_OF_A_LIST: Final = frozenset({"tools", "nextCursor", "_meta", "resultType", "ttlMs", "cacheScope"})
_MORE: Final = (
    "the list says that there is more: ask for the next page with this cursor, and put the answers behind one another "
    "into one file, as a list or a line each"
)

#: What is made from evidence and is none, by the word that a report says it with.
MADE: Final = {
    "report": "a report of datarisk",
    "check": "a verdict of datarisk",
    "baseline": "a baseline of datarisk",
    "manifest": "the manifest of a run of datarisk",
    "datarisk": "a file of datarisk's own",
    "sarif": "a SARIF file",
    "cyclonedx": "a CycloneDX file",
    "oscal": "OSCAL assessment results",
    "dpv": "a description in DPV",
}


@dataclass(frozen=True, slots=True)
class Unit:
    """One record inside a JSON document: its kind, and the RFC 6901 pointer to it."""

    kind: str
    pointer: str
    value: Any


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A part of a JSON document whose shape is not known, and what was found instead."""

    pointer: str
    why: str


def units(value: Any, pointer: str = "") -> Iterator[Unit | NotUnderstood]:
    """The records that a document holds, in its order; what is not understood is named, never dropped."""
    if isinstance(value, list):
        if value and all(isinstance(item, dict) and _is_span_type(item) for item in value):
            yield Unit(SPAN_TYPES, pointer, value)
        elif any(map(tools.is_tool, value)) and all(map(_is_listed, value)):
            yield Unit(tools.TOOLS, pointer, value)
        elif value or pointer:
            yield from _each(value, pointer)
        else:
            yield NotUnderstood(pointer, "an empty list declares nothing")
    elif isinstance(value, dict):
        yield from _of_object(value, pointer)
    else:
        yield NotUnderstood(pointer, f"{describe(value)} is no declaration")


def _of_object(value: dict[str, Any], pointer: str) -> Iterator[Unit | NotUnderstood]:
    # Envelopes come before what may lie in them, and an error before both: it may repeat what was asked for.
    if value.get("status") == "error" and ("code" in value or "message" in value):
        yield NotUnderstood(pointer, f"the platform answered with an error, {value.get('code') or 'without a code'}")
    elif isinstance(value.get("outputs"), dict):
        for key, output in value["outputs"].items():
            yield from units(output, step(step(pointer, "outputs"), key))
    elif isinstance(value.get("details"), dict | list):
        yield from units(value["details"], step(pointer, "details"))
    elif isinstance(value.get("summaries"), list):
        yield from _each(value["summaries"], step(pointer, "summaries"))
    elif isinstance(value.get("agent_schema_version"), dict):
        yield Unit(REGISTRATION, pointer, value)
    elif isinstance(value.get("type"), str) and value["type"] in USED_TYPES | UNUSED_TYPES:
        yield Unit(value["type"], pointer, value)
    elif pointer.endswith("/details") and value.keys() == {"id", "name"}:
        # What some hosts answer for an account, which has no type there.
        yield Unit("account", pointer, value)
    elif not _SCHEMA_FIELDS.isdisjoint(value):
        yield Unit(SCHEMA_VERSION if "agent_id" in value else SCHEMA_REGISTRATION, pointer, value)
    elif _is_span_type(value):
        yield Unit(SPAN_TYPES, pointer, value)
    else:
        yield from _of_others(value, pointer)


def _of_others(value: dict[str, Any], pointer: str) -> Iterator[Unit | NotUnderstood]:
    """What is in no shape of the platform, nor of its clients: tools and agent cards."""
    error = value.get("error")
    if "jsonrpc" in value and isinstance(error, dict):
        code = error["code"] if type(error.get("code")) is int else "without a code"
        yield NotUnderstood(pointer, f"a server answered with an error, {code}")
    elif _tools_in(value) is not None:
        yield from _page(value, pointer, last=True)
    elif _is_of_a_session(value):
        yield Unit(MESSAGE, pointer, value)
    elif tools.is_card(value):
        yield Unit(tools.CARD, pointer, value)
    elif tools.is_tool(value):
        yield Unit(tools.TOOLS, pointer, value)
    else:
        yield NotUnderstood(pointer, f"{describe(value)} of no known shape")


def _tools_in(value: Any) -> tuple[str, dict[str, Any]] | None:
    """Where in an answer to ``tools/list``, or in a request to a model, tools are listed, and the object that does."""
    if not isinstance(value, dict) or _is_older(value):
        return None
    result = value.get("result")
    if isinstance(result, dict) and "tools" in result and ("jsonrpc" in value or _lists_tools(result)):
        return "/result", result
    return ("", value) if "tools" in value and "skills" not in value and _lists_tools(value) else None


def _lists_tools(value: dict[str, Any]) -> bool:
    found = value["tools"]
    if not isinstance(found, list):
        return False
    # What is beside it makes a list of names, or of nothing, one of tools, and not of what a workshop has.
    return any(map(tools.is_tool, found)) or (value.keys() <= _OF_A_LIST and all(map(tools.is_bare, found)))


def _page(value: dict[str, Any], pointer: str, *, last: bool) -> Iterator[Unit | NotUnderstood]:
    """One answer to ``tools/list``; of several, one behind the other, only the last may not say that there is more."""
    below, holder = _tools_in(value) or ("", value)
    at, found = f"{pointer}{below}", holder["tools"]
    if isinstance(found, list):
        yield Unit(tools.TOOLS, f"{at}/tools", found)
    else:
        yield NotUnderstood(f"{at}/tools", f"{describe(found)}, not a list of tools")
    # What cannot be read as a cursor says no less that the list goes on.
    if last and holder.get("nextCursor") not in (None, ""):
        yield NotUnderstood(f"{at}/nextCursor", _MORE)


def _is_of_a_session(value: dict[str, Any]) -> bool:
    """Whether it is what a client and an MCP server say to each other besides: a request, a notice, a greeting."""
    result = value.get("result")
    return "jsonrpc" in value and ("method" in value or (isinstance(result, dict) and "serverInfo" in result))


def _is_older(value: dict[str, Any]) -> bool:
    """Whether it has a shape of the platform or its clients, which it keeps whatever else stands in it."""
    kind = value.get("type")
    return (
        not _ENVELOPES.isdisjoint(value)
        or not _SCHEMA_FIELDS.isdisjoint(value)
        or (isinstance(kind, str) and kind in USED_TYPES | UNUSED_TYPES)
        or value.get("status") == "error"
        or _is_span_type(value)
    )


def _is_listed(value: Any) -> bool:
    return isinstance(value, dict) and not _is_older(value) and (tools.is_tool(value) or tools.is_hosted(value))


def _each(values: list[Any], pointer: str) -> Iterator[Unit | NotUnderstood]:
    pages = [index for index, value in enumerate(values) if _tools_in(value)]
    for index, value in enumerate(values):
        at = step(pointer, index)
        yield from _page(value, at, last=index == pages[-1]) if _tools_in(value) else units(value, at)


def _is_span_type(value: dict[str, Any]) -> bool:
    return "type" not in value and "name" in value and ("data_risk" in value or "params_schema" in value)


def made_by_us(value: Any) -> str | None:
    """Which of ``MADE`` a document is; None for every other."""
    if not isinstance(value, dict):
        return None
    schema = value.get("schema")
    if isinstance(schema, str) and schema.startswith("datarisk/"):
        kind = schema.split("/")[1]
        return kind if kind in MADE else "datarisk"
    if value.get("bomFormat") == "CycloneDX":
        return "cyclonedx"
    if value.keys() == {"assessment-results"}:
        return "oscal"
    if value.keys() == {"@context", "@graph"}:
        return "dpv"
    return "sarif" if isinstance(value.get("runs"), list) and value.get("version") == "2.1.0" else None


def fits(kind: str, value: Any) -> bool:
    """Whether a value can be a record of a kind that is known."""
    if kind in (SPAN_TYPES, tools.TOOLS):
        return isinstance(value, list | dict)
    if kind == REGISTRATION:
        return isinstance(value, dict) and isinstance(value.get("agent_schema_version"), dict)
    return isinstance(value, dict) and kind in USED_TYPES | {SCHEMA_REGISTRATION, tools.CARD, OBSERVED}


def odd_ids(unit: Unit) -> Iterator[str]:
    """What says whose a record is, or which, and is no text: it is passed over, and nobody can tell what was meant."""
    value = unit.value if isinstance(unit.value, dict) else {}
    inner = value.get("agent_schema_version") if unit.kind == REGISTRATION else None
    found = {f"/{name}": value.get(name) for name in ("id", "agent_id", "external_identifier")}
    if isinstance(inner, dict):
        found |= {f"/agent_schema_version/{name}": inner.get(name) for name in ("id", "external_identifier")}
    if unit.kind in tools.LISTING:
        # Neither is of the platform, and only a card says whose it is.
        found = {"/name": value.get("name")} if unit.kind == tools.CARD else {}
    for at, said in found.items():
        if said is not None and not isinstance(said, str):
            yield f"{at} is {describe(said)}, not a text"


def describe(value: Any) -> str:
    """What a JSON value is, in a few words and without repeating what it says."""
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", type(None): "null"}
    if isinstance(value, list):
        return "an empty list" if not value else "a list"
    if isinstance(value, dict):
        return "an empty object" if not value else "an object"
    return names[type(value)]


#: What says which row it is, and whose; where one of these is odd the row could be anybody's.
_IDENTITY: Final = frozenset({"id", "type", "account_id", "agent_id"})
#: What is read of a row; each may be absent or null, and what points to another row may not be empty.
_READ: Final = (
    "id", "type", "account_id", "agent_id", "agent_schema_version_id", "current_version_id", "environment_id",
    "owner_person_id", "team_id", "risk_profile_id", "name", "status", "external_identifier",
)  # fmt: skip
_MAY_BE_EMPTY: Final = frozenset({"type", "name", "status", "external_identifier"})


def faults(row: Any) -> dict[str, str]:
    """What is wrong with a row, by field; that of a row which is no object stands under ``id``."""
    if not isinstance(row, dict):
        return {"id": f"it is {describe(row)}, not an object"}
    found: dict[str, str] = {}
    for name in _READ:
        value = row.get(name)
        if value is not None and not isinstance(value, str):
            found[name] = f"its {name} is {describe(value)}"
        elif value == "" and name not in _MAY_BE_EMPTY:
            found[name] = f"its {name} is empty"
    return found


def not_what_was_asked_for(row: Any, kind: str, asked: Mapping[str, Collection[str]]) -> str | None:
    """Why a row answers another question; None where it is of its kind and of those that ``asked`` allows."""
    wrong = [why for name, why in faults(row).items() if name in _IDENTITY]
    if wrong:
        return "; ".join(wrong)
    if not row.get("id"):
        return "it has no id"
    if row.get("type") not in (None, kind):
        return f"it is of type {row['type'][:80]}, and {kind} was asked for"
    for name, allowed in asked.items():
        if row.get(name) is not None and row[name] not in allowed:
            return f"its {name} is {row[name][:80]}, and {' or '.join(sorted(allowed))} was asked for"
    return None
