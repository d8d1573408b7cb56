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
import random
import re
import tomllib
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from importlib.resources import files
from typing import Any, Final, cast

from reporter.declared.vocabulary import CLASSIFICATION, FIELDS, UNKNOWN, Part
from reporter.errors import FaultError
from reporter.registry import ran
from reporter.registry.access import admit, authenticate
from reporter.registry.answers import Page, Platform
from reporter.registry.store import Store, base_32, text
from reporter.registry.writing import ADMINISTRATION, REPORTING

Json = dict[str, Any]
Short = Mapping[str, Any]
#: Sends a body by ``POST`` to a path, whose places stand in the further arguments.
Send = Callable[..., None]

#: What the files call the parts of a declaration.
PARTS: Final[dict[str, Part]] = {
    "actions": "action_profile",
    "params": "params_data_categories",
    "result": "result_data_categories",
}


_DAY: Final = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


@dataclass(frozen=True, slots=True)
class Registration:
    """One request to ``POST /agent_instance/register``, as an agent's SDK sends it ``at`` a time, ISO 8601 in UTC.

    ``raw`` says whether the vendor's models would drop part of its declarations, or refuse them.
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
    return tomllib.loads(files("reporter.registry").joinpath("company", *path).read_text("utf-8"))


def _id(kind: str, name: str, at: datetime | None = None) -> str:
    """An id of the platform's form: ten characters of time (of the account's without one), a partition, the name."""
    milliseconds = int((at or _company()["opened"]).timestamp() * 1000)
    named = int.from_bytes(hashlib.sha256(f"{kind} {name}".encode()).digest()[:10])
    return base_32(milliseconds, 10) + "2m7tya" + base_32(named, 16)


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
    return {"type": "string", "format": type_} if type_ in ("date", "date-time", "email", "uri") else {"type": type_}


def data_risk(entry: Short, defaults: Short) -> Json | None:
    """An entry's declaration, or None where it has none."""
    short = {key: {**defaults.get(key, {}), **entry.get(key, {})} for key in PARTS if key in entry or key in defaults}
    return {PARTS[key]: _answers(PARTS[key], table) for key, table in short.items()} or None


def _answers(part: Part, short: Short) -> Json:
    others = short.get("others", "disallowed" if part == "action_profile" else "excluded")
    answers = {} if others == "left out" else dict.fromkeys(FIELDS[part], others)
    if CLASSIFICATION in answers or "level" in short:
        answers[CLASSIFICATION] = short.get("level", UNKNOWN)
    for answer, fields in short.items():
        if answer not in ("level", "others"):
            answers |= dict.fromkeys(fields, answer)
    return answers


# What is sent, and when.


def name() -> str:
    """The company's name."""
    return str(_company()["name"])


def environments() -> list[Json]:
    """Production, Staging and Development, as they are created."""
    return [
        {"id": _id("environment", row["name"]), "external_identifier": row["purpose"], **row}
        for row in _company()["environment"]
    ]


def teams() -> list[Json]:
    """The teams that agents belong to, as they are created."""
    return [{"id": _id("team", row["name"]), "name": row["name"]} for row in _company()["team"]]


def people() -> list[Json]:
    """The people who answer for agents, as they are created."""
    return [
        {key: row[key] for key in ("name", "title", "email")}
        | {"id": _id("person", row["name"]), "team_ids": [_id("team", each) for each in row["teams"]]}
        for row in _company()["person"]
    ]


def risk_profiles() -> list[Json]:
    """What was agreed for some agents, as it is created."""
    return [
        {"id": _id("risk_profile", row["name"]), "name": row["name"], "description": row["description"]}
        | {
            "ruleset": {
                "category_weights": dict(row["weights"]),
                "action_multipliers": dict(row["multipliers"]),
                "thresholds": dict(row["thresholds"]),
            }
        }
        for row in _company()["risk_profile"]
    ]


def agents() -> list[Json]:
    """The agents as they are created, in that order."""
    return [
        {key: agent[key] for key in ("name", "description", "external_identifier")}
        | {"id": _id("agent", agent["external_identifier"], agent["created"]), "team_id": _id("team", agent["team"])}
        | ({"owner_person_id": _id("person", agent["owner"])} if "owner" in agent else {})
        | ({"risk_profile_id": _id("risk_profile", agent["risk_profile"])} if "risk_profile" in agent else {})
        for agent in short_agents()
    ]


def registrations() -> list[Registration]:
    """What the SDKs send, in order of time: one request for each version and environment that it came to."""
    by_name = {row["name"]: row for row in environments()}
    found = []
    for agent, row in zip(short_agents(), agents(), strict=True):
        for version, deployed in ((each, at) for each in agent["version"] for at in each["deployed"]):
            environment = by_name[deployed["environment"]]
            prefix = agent["external_identifier"]
            request = {
                "agent_id": row["id"],
                "environment_id": environment["id"],
                "agent_version": {
                    "name": f"{agent['name']} {version['name']}",
                    "external_identifier": version["name"],
                    "runtime_environment": deepcopy(agent["runtime"]),
                },
                "agent_schema_version": schema_version(agent, version),
                "external_identifier": f"{prefix}-{deployed['at']:%Y%m%dT%H%M}",
                "idempotency_key": f"{prefix}-{version['name']}-{environment['name'].lower()}",
                "update_current_version": deployed.get("pin", True),
                "purpose": "live" if environment["name"] == "Production" else "smoke_test",
            }
            raw = agent.get("raw", False)
            found.append(Registration(text(deployed["at"]), dict(row), dict(environment), request, raw))
    return sorted(found, key=lambda registration: (registration.at, registration.request["idempotency_key"]))


class Clock:
    """What the time is in a registry that is filled: that of what is being sent to it."""

    time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """That time."""
        return self.time


def store(clock: Clock) -> Store:
    """An empty registry's, whose clock and ids are given, so that it holds the same every time."""
    entropy = random.Random(20261123).randbytes  # noqa: S311  (ids, no secrets)
    return Store(account_name=name(), clock=clock, entropy=entropy)


def fill(send: Send, known: Store, clock: Clock, until: datetime | None = None) -> None:
    """Sends the company first, then its agents as they came, registered and retired, in order of time.

    Args:
        send: Sends.
        known: Where it arrives.
        clock: Told what the time is.
        until: What came later is not sent.
    """
    paths = {"/environment": environments(), "/team": teams(), "/person": people(), "/risk_profile": risk_profiles()}
    for path, rows in paths.items():
        for row in rows:
            send(path, {"details": row})
    events: list[tuple[datetime, int, str, Callable[[], None]]] = [
        (datetime.fromisoformat(item.at), 1, item.request["idempotency_key"], partial(_register, send, known, item))
        for item in registrations()
    ]
    for agent, row in zip(short_agents(), agents(), strict=True):
        events.append((agent["created"], 0, row["id"], partial(send, "/agent", {"details": row})))
        if "retired" in agent:
            retire = partial(send, "/agent/{agent_id}/retire", {}, agent_id=row["id"])
            events.append((agent["retired"], 2, row["id"], retire))
    events += [(each["at"], 3, each["agent"], partial(_run, send, known, each)) for each in ran.runs()]
    # At one time an agent is made before it registers and retired after it; the names settle what is left, so that
    # ids are given in the same order every time.
    for at, _, _, happen in sorted(events, key=lambda event: event[:3]):
        if until is None or at <= until:
            clock.time = at
            happen()


def _run(send: Send, known: Store, given: Short) -> None:
    """What an agent did, of a version that it registered before."""
    environment = next(row for row in environments() if row["name"] == given["environment"])
    agents_ = {row["external_identifier"]: row["id"] for row in agents()}
    item = next(
        each
        for each in registrations()
        if each.agent["id"] == agents_[given["agent"]]
        and each.request["agent_version"]["external_identifier"] == given["version"]
    )
    sent = ran.request(given, item.request, environment["id"])
    _register(send, known, replace(item, request=sent))
    ran.send_run(send, known, given, sent)


def _register(send: Send, known: Store, item: Registration) -> None:
    """The vendor's models have no place for some declarations; those are put where an older client left them."""
    version = item.request["agent_schema_version"]
    declared: dict[tuple[str, str], Any] = {}
    fields = ("span_type_schemas", "quality_schemas", "alert_schemas") if item.raw else ()
    for field in fields:
        for entry in version.get(field) or ():
            declared[field, entry["name"]] = entry.pop("data_risk", None)
    send("/agent_instance/register", item.request)
    if item.raw:
        called = version["external_identifier"]
        row = known.find("agent_schema_version", agent_id=item.agent["id"], external_identifier=called)
        if row is None:
            raise FaultError(f"the local registry did not keep schema version {called}")
        for field in fields:
            for entry in row["document"].get(field) or ():
                entry["data_risk"] = declared[field, entry["name"]]
        known.change("agent_schema_version", row["id"], document=row["document"])


def reported() -> datetime:
    """When the company last had a report made: what came later is new since."""
    return cast(datetime, _company()["reported"])


def observed() -> datetime:
    """From when on its runs are looked at: too short a time to say that something is never used."""
    return cast(datetime, _company()["next"]) - timedelta(days=60)


def reported_before() -> list[datetime]:
    """When it had others made, oldest first."""
    return cast("list[datetime]", _company()["reported_before"])


def before_next(moment: datetime) -> timedelta:
    """How long before its next report that was."""
    return cast(datetime, _company()["next"]) - moment


def stated(name: str, today: date) -> bytes:
    """A file that the company keeps beside its declarations, ``facts.toml`` or ``waivers.toml``.

    Its days are moved, so that what is decided and what has expired by its next report is so whenever this is run.
    """
    text = files("reporter.registry").joinpath("company", name).read_text("utf-8")
    later = today - _company()["next"].date()
    return _DAY.sub(lambda found: str(date.fromisoformat(found[0]) + later), text).encode()


def answers(until: datetime | None = None) -> list[tuple[str, Json]]:
    """The API's answers that hold the whole account, each with the name of a file to keep it in.

    Declarations stand in them as they were sent: what nobody declared is null. A platform that fills ``unknown`` in
    would answer otherwise, and no reader could tell that nobody had declared anything.
    """
    routes = {row.path: row for row in (*ADMINISTRATION, *REPORTING) if row.method == "POST"}
    clock = Clock()
    with store(clock) as known:
        admit(known, "the account's")  # so that further ids are those of a registry that was asked over HTTP
        here, caller = Platform(known, fill_unknown=False), authenticate(known, "the account's")

        def send(path: str, body: Json, **steps: str) -> None:
            sent = routes[path].body.model_validate(body)
            routes[path].action(here, caller, getattr(sent, "details", sent), *steps.values())

        fill(send, known, clock, until)
        found = [("account.json", here.details("account", known.get("account", known.account_id)))]
        lists = {"environments": "environment", "teams": "team", "people": "person"}
        found += [(f"{each}.json", here.listed(kind, Page())) for each, kind in lists.items()]
        for row in known.select("risk_profile"):
            found.append(
                ("risk-profile-" + row["name"].lower().replace(" ", "-") + ".json", here.details("risk_profile", row))
            )
        for agent in known.select("agent"):
            prefix, of = agent["external_identifier"], {"agent_id": agent["id"]}
            found += [
                (f"agent-{prefix}.json", here.details("agent", agent)),
                (f"agent-deployments-{prefix}.json", here.listed("agent_deployment", Page(), of)),
                (f"agent-versions-{prefix}.json", here.listed("agent_version", Page(), of)),
            ]
            for row in known.select("agent_schema_version", of):
                details = here.details("agent_schema_version", row)
                found.append((f"agent-schema-version-{row['external_identifier']}.json", details))
    return found
