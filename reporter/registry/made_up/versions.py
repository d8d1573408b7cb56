"""An agent's deployments and versions, as the API answers with them once everything is registered.

Declarations stand in them as they were sent: what nobody declared is null. A platform that fills ``unknown`` in would
answer otherwise, and no reader could tell that nobody had declared anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from reporter.registry.made_up.company import agent_id, id_in_company, id_of, text, times
from reporter.registry.made_up.expansion import Json, Short, schema_version

_VALID: Final[Json] = {"status": "success", "message": None}


def deployments(agent: Short, account_id: str) -> list[Json]:
    """One for each environment that the agent came to, pointing to the last version that was to be pinned there."""
    rows: dict[str, Json] = {}
    for at, version, deployed in sorted(_deployed(agent), key=lambda found: found[0]):
        name = deployed["environment"]
        row = rows.setdefault(name, _deployment(agent, name, at, account_id))
        if deployed.get("pin", True):
            row |= {"current_version_id": _id("agent_version", agent, version), "updated_at": text(at)}
    return list(rows.values())


def agent_versions(agent: Short, account_id: str) -> list[Json]:
    """The agent's versions, as rows of a list."""
    return [
        {
            **_version("agent_version", agent, version, account_id),
            "external_identifier": version["name"],
            "agent_schema_version_id": _id("agent_schema_version", agent, version),
        }
        for version in agent["version"]
    ]


def schema_versions(agent: Short, account_id: str) -> list[Json]:
    """The agent's schema versions whole, their entries in maps."""
    return [_schema_version(agent, version, account_id) for version in agent["version"]]


def _deployed(agent: Short) -> Iterator[tuple[datetime, Short, Short]]:
    for version in agent["version"]:
        for deployed in version["deployed"]:
            yield deployed["at"], version, deployed


def _deployment(agent: Short, environment: str, at: datetime, account_id: str) -> Json:
    return {
        "type": "agent_deployment",
        "id": id_of("agent_deployment", f"{agent['external_identifier']} {environment}", at),
        "account_id": account_id,
        "agent_id": agent_id(agent),
        "environment_id": id_in_company("environment", environment),
        "current_version_id": None,
        **times(at),
    }


def _id(type_: str, agent: Short, version: Short) -> str:
    return id_of(type_, f"{agent['external_identifier']} {version['name']}", _registered(version))


def _registered(version: Short) -> datetime:
    first: datetime = min(deployed["at"] for deployed in version["deployed"])
    return first


def _version(type_: str, agent: Short, version: Short, account_id: str) -> Json:
    """What agent versions and schema versions have in common; here each of the one has one of the other."""
    pinned = _id("agent_version", agent, version)
    return {
        "type": type_,
        "id": _id(type_, agent, version),
        "account_id": account_id,
        "agent_id": agent_id(agent),
        "current_agent_deployment_refs": [
            row["id"] for row in deployments(agent, account_id) if row["current_version_id"] == pinned
        ],
        "external_identifier_repeats": 1,
        **times(_registered(version)),
    }


def _schema_version(agent: Short, version: Short, account_id: str) -> Json:
    sent = schema_version(agent, version)
    spans = [*_from_flat_maps(sent), *sent["span_type_schemas"]]
    return {
        **_version("agent_schema_version", agent, version, account_id),
        "external_identifier": sent["external_identifier"],
        "span_type_schemas": {entry["name"]: _entry(entry, "params_schema", "result_schema") for entry in spans},
        "quality_schemas": {entry["name"]: _entry(entry, "schema") for entry in sent.get("quality_schemas", ())},
        "alert_schemas": {entry["name"]: _entry(entry, "schema") for entry in sent.get("alert_schemas", ())},
    }


def _from_flat_maps(sent: Json) -> Iterator[Json]:
    for name, params_schema in sent.get("span_schemas", {}).items():
        yield {"name": name, "params_schema": params_schema, "result_schema": sent["span_result_schemas"][name]}


def _entry(entry: Json, *schemas: str) -> Json:
    """An entry with what the platform adds: a title where none was sent, and whether its JSON schemas are any."""
    return {
        "name": entry["name"],
        "title": entry.get("title") or entry["name"],
        "description": entry.get("description"),
        "template": entry.get("template"),
        **{name: entry[name] for name in schemas},
        **{f"{name}_validation": dict(_VALID) for name in schemas},
        "data_risk": entry.get("data_risk"),
    }
