"""The made-up account: what its agents' SDKs send, and what the API would answer of it.

Everything comes from ``company.toml`` and ``agents/*.toml``, and is the same every time: times are written there, and
ids follow from names and times. Each call gives new objects, which the caller may change. The files' short forms:

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

import hashlib
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

from reporter.declared.vocabulary import CLASSIFICATION, FIELDS, UNKNOWN, Part
from reporter.registry import schemas
from reporter.registry.answers import Page, pagination, success
from reporter.registry.store import base_32, text

Json = dict[str, Any]
Short = Mapping[str, Any]

#: What the files call the parts of a declaration.
PARTS: Final[dict[str, Part]] = {
    "actions": "action_profile",
    "params": "params_data_categories",
    "result": "result_data_categories",
}
_LEFT_OUT: Final = "left out"
_FORMATS: Final = frozenset({"date", "date-time", "email", "uri"})
_PARTITION: Final = "2m7tya"


@dataclass(frozen=True, slots=True)
class Registration:
    """One request to ``POST /agent_instance/register``, as an agent's SDK sends it.

    Attributes:
        at: When it is sent, ISO 8601 in UTC.
        agent: The agent's row, as ``agents`` has it.
        environment: The environment's row, as ``environments`` has it.
        request: The body. ``update_current_version`` says whether the deployment is to be pinned to this version.
        raw: Whether the vendor's models would drop part of its declarations, or refuse them.
    """

    at: str
    agent: Json
    environment: Json
    request: Json
    raw: bool


@cache
def _company() -> Short:
    return _read("company.toml")


@cache
def short_agents() -> tuple[Short, ...]:
    """Each of ``agents/*.toml`` as it is, in the order in which ``company.toml`` names them; not to be changed."""
    return tuple(_read("agents", f"{name}.toml") for name in _company()["agents"])


def _read(*path: str) -> Short:
    return tomllib.loads(files("reporter.registry.made_up").joinpath(*path).read_text("utf-8"))


def _id(kind: str, name: str, at: datetime | None = None) -> str:
    """An id of the platform's form: ten characters of time (of the account's without one), a partition, the name."""
    milliseconds = int((at or _company()["opened"]).timestamp() * 1000)
    named = int.from_bytes(hashlib.sha256(f"{kind} {name}".encode()).digest()[:10])
    return base_32(milliseconds, 10) + _PARTITION + base_32(named, 16)


def _agent_id(agent: Short) -> str:
    return _id("agent", agent["external_identifier"], agent["created"])


def _times(inserted: datetime | None = None, updated: datetime | None = None) -> Json:
    first: datetime = inserted or _company()["opened"]
    return {"inserted_at": text(first), "updated_at": text(updated or first)}


# The short forms.


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


def _entry(entry: Short, defaults: Short) -> Json:
    return {
        **{key: entry[key] for key in ("name", "title", "description", "template") if key in entry},
        **{key: json_schema(entry[key]) for key in ("params_schema", "result_schema", "schema") if key in entry},
        "data_risk": data_risk(entry, defaults),
    }


def json_schema(properties: Mapping[str, str]) -> Json:
    """A JSON Schema of an object with these properties."""
    return {
        "type": "object",
        "properties": {name: _property(type_.removesuffix("?")) for name, type_ in properties.items()},
        "required": [name for name, type_ in properties.items() if not type_.endswith("?")],
    }


def _property(type_: str) -> Json:
    if type_.endswith("[]"):
        return {"type": "array", "items": _property(type_.removesuffix("[]"))}
    if "|" in type_:
        return {"type": "string", "enum": type_.split("|")}
    return {"type": "string", "format": type_} if type_ in _FORMATS else {"type": type_}


def data_risk(entry: Short, defaults: Short) -> Json | None:
    """An entry's declaration, or None where it has none."""
    short = {key: {**defaults.get(key, {}), **entry.get(key, {})} for key in PARTS if key in entry or key in defaults}
    return {PARTS[key]: _answers(PARTS[key], table) for key, table in short.items()} or None


def _answers(part: Part, short: Short) -> Json:
    others = short.get("others", "disallowed" if part == "action_profile" else "excluded")
    answers = {} if others == _LEFT_OUT else dict.fromkeys(FIELDS[part], others)
    if CLASSIFICATION in answers or "level" in short:
        answers[CLASSIFICATION] = short.get("level", UNKNOWN)
    for answer, fields in short.items():
        if answer not in ("level", "others"):
            answers |= dict.fromkeys(fields, answer)
    return answers


# What the account was opened with, and what was sent to it.


def account() -> Json:
    """The account."""
    name = _company()["name"]
    return {"type": "account", "id": _id("account", name), "name": name}


def environments() -> list[Json]:
    """Production, Staging and Development."""
    return [
        {"type": "environment", "id": _id("environment", row["name"]), "account_id": account()["id"], **row}
        | {"external_identifier": row["purpose"]}
        for row in _company()["environment"]
    ]


def teams() -> list[Json]:
    """The teams that agents belong to."""
    return [
        {
            "type": "team",
            "id": _id("team", row["name"]),
            "name": row["name"],
            "agent_count": sum(agent["team"] == row["name"] for agent in short_agents()),
            "people_count": sum(row["name"] in person["teams"] for person in _company()["person"]),
            **_times(),
        }
        for row in _company()["team"]
    ]


def people() -> list[Json]:
    """The people who answer for agents."""
    return [
        {
            "type": "person",
            "id": _id("person", row["name"]),
            **{name: row[name] for name in ("name", "title", "email")},
            "team_ids": [_id("team", name) for name in row["teams"]],
            **_times(),
        }
        for row in _company()["person"]
    ]


def agents() -> list[Json]:
    """The agents, in the order in which they were created; ``updated_at`` of a retired one is when it retired."""
    return [_agent(agent) for agent in short_agents()]


def _agent(agent: Short) -> Json:
    retired, owner = agent.get("retired"), agent.get("owner")
    last_registered = max(deployed["at"] for version in agent["version"] for deployed in version["deployed"])
    return {
        "type": "agent",
        "id": _agent_id(agent),
        **{name: agent[name] for name in ("name", "description", "external_identifier")},
        "status": "retired" if retired else "active",
        "owner_person_id": _id("person", owner) if owner else None,
        "team_id": _id("team", agent["team"]),
        "risk_profile_id": None,
        "available_actions": {"update": True, "retire": not retired, "reinstate": bool(retired), "delete": False},
        **_times(agent["created"], retired or last_registered),
    }


def registrations() -> list[Registration]:
    """What the SDKs send, in order of time: one request for each version and environment that it came to."""
    by_name = {row["name"]: row for row in environments()}
    found = []
    for agent, version, deployed in _deployed():
        name, environment = agent["external_identifier"], by_name[deployed["environment"]]
        request = {
            "agent_id": _agent_id(agent),
            "environment_id": environment["id"],
            "agent_version": {
                "name": f"{agent['name']} {version['name']}",
                "external_identifier": version["name"],
                "runtime_environment": deepcopy(agent["runtime"]),
            },
            "agent_schema_version": schema_version(agent, version),
            "external_identifier": f"{name}-{deployed['at']:%Y%m%dT%H%M}",
            "idempotency_key": f"{name}-{version['name']}-{environment['name'].lower()}",
            "update_current_version": deployed.get("pin", True),
            "purpose": "live" if environment["name"] == "Production" else "smoke_test",
        }
        raw = agent.get("raw", False)
        found.append(Registration(text(deployed["at"]), _agent(agent), dict(environment), request, raw))
    return sorted(found, key=lambda registration: (registration.at, registration.request["idempotency_key"]))


def _deployed() -> list[tuple[Short, Short, Short]]:
    """Each agent, version and environment that it came to, in order of time."""
    found = [
        (agent, version, deployed)
        for agent in short_agents()
        for version in agent["version"]
        for deployed in version["deployed"]
    ]
    return sorted(found, key=lambda each: each[2]["at"])


# What the API answers once everything is registered.


def answers() -> list[tuple[str, Json]]:
    """The API's answers that hold the whole account, each with the name of a file to keep it in.

    Declarations stand in them as they were sent: what nobody declared is null. A platform that fills ``unknown`` in
    would answer otherwise, and no reader could tell that nobody had declared anything.
    """
    found = [
        ("account.json", success(account())),
        ("environments.json", _list(environments())),
        ("teams.json", _list(teams())),
        ("people.json", _list(people())),
    ]
    for agent in short_agents():
        name, deployments = agent["external_identifier"], _deployments(agent)
        versions = [_versions(agent, version, deployments) for version in agent["version"]]
        found += [
            (f"agent-{name}.json", success(_agent(agent))),
            (f"agent-deployments-{name}.json", _list(deployments)),
            (f"agent-versions-{name}.json", _list([version for version, _ in versions])),
            *((f"agent-schema-version-{row['external_identifier']}.json", success(row)) for _, row in versions),
        ]
    return found


def _list(rows: list[Json]) -> Json:
    """One page that holds all of them, in the order that the API sorts in."""
    return {
        "status": "success",
        "summaries": sorted(rows, key=lambda row: str(row["id"])),
        "pagination": pagination(Page(), len(rows), len(rows)),
        "sorting": {"field": "id", "direction": "asc"},
    }


def _deployments(agent: Short) -> list[Json]:
    """One for each environment that the agent came to, pointing to the last version that was to be pinned there."""
    rows: dict[str, Json] = {}
    for of, version, deployed in _deployed():
        if of is agent:
            name, at = deployed["environment"], deployed["at"]
            first = {
                "type": "agent_deployment",
                "id": _id("agent_deployment", f"{agent['external_identifier']} {name}", at),
                "account_id": account()["id"],
                "agent_id": _agent_id(agent),
                "environment_id": _id("environment", name),
                "current_version_id": None,
                **_times(at),
            }
            row = rows.setdefault(name, first)
            if deployed.get("pin", True):
                row |= {"current_version_id": _version_id("agent_version", agent, version), "updated_at": text(at)}
    return list(rows.values())


def _version_id(kind: str, agent: Short, version: Short) -> str:
    return _id(kind, f"{agent['external_identifier']} {version['name']}", _registered(version))


def _registered(version: Short) -> datetime:
    first: datetime = min(deployed["at"] for deployed in version["deployed"])
    return first


def _versions(agent: Short, version: Short, deployments: list[Json]) -> tuple[Json, Json]:
    """An agent version as the row of a list, and its schema version whole; here each has one of the other."""
    version_id, schema_id = (_version_id(kind, agent, version) for kind in ("agent_version", "agent_schema_version"))
    sent = schema_version(agent, version)
    both = {
        "account_id": account()["id"],
        "agent_id": _agent_id(agent),
        "external_identifier_repeats": 1,
        **_times(_registered(version)),
    }
    rows = (
        {"type": "agent_version", "id": version_id, "external_identifier": version["name"]},
        {"type": "agent_schema_version", "id": schema_id, "external_identifier": sent["external_identifier"]},
    )
    for row in rows:
        refs = [each["id"] for each in deployments if each["current_version_id"] == version_id]
        row |= {**both, "current_agent_deployment_refs": refs}
    return rows[0] | {"agent_schema_version_id": schema_id}, rows[1] | schemas.details(sent, fill_unknown=False)
