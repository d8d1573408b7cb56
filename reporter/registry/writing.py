"""What changes the registry: what an account sets up, and what its agents' SDKs register and report.

Two tables at the end say what there is to be asked for; the functions above them do it. Each answers with the envelope
of what is there now, and raises ``ApiFault``: 404 where what it names is not there, 409 where that is in a state that
does not allow it, 422 where the body is wrong or refers to what is not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from inspect import Parameter
from typing import Any, Final, Literal

from pydantic import BaseModel

from reporter.prefactor.registration import (
    AgentSchemaVersionForRegister,
    FinishInstanceRequest,
    RegisterAgentInstanceRequest,
    TimestampRequest,
)
from reporter.registry import bodies, schemas
from reporter.registry.access import ApiFault, Caller, digest_of, invalid, issue, parsed
from reporter.registry.answers import Platform, success
from reporter.registry.bodies import Details, Keyed, changing, creating
from reporter.registry.store import Row, Store

#: Columns that null does not clear: with it they stay as they are.
_ALWAYS_SET: Final = frozenset({"name", "email", "team_ids", "ruleset", "purpose"})
_OPEN: Final = ("pending", "active")


# What an account sets up beside its runs.


def _create(kind: str, here: Platform, _: Caller, body: BaseModel) -> Row:
    columns = body.model_dump(mode="json")
    if (account_id := columns.pop("account_id", None)) is not None:
        here.existing("account", account_id)
    _check_teams(here, columns.get("team_ids"))
    return here.details(kind, here.store.insert(kind, **columns))


def _change(kind: str, here: Platform, _: Caller, body: BaseModel, row_id: str) -> Row:
    here.existing(kind, row_id)
    sent = body.model_dump(mode="json", exclude_unset=True)
    columns = {name: value for name, value in sent.items() if value is not None or name not in _ALWAYS_SET}
    _check_teams(here, columns.get("team_ids"))
    return here.details(kind, here.store.change(kind, row_id, **columns))


def _retire(retired: int, here: Platform, _: Caller, __: BaseModel, agent_id: str) -> Row:
    if here.existing("agent", agent_id)["retired"] == retired:
        raise ApiFault(409, "invalid_action", "The agent is retired" if retired else "The agent is not retired")
    return here.details("agent", here.store.change("agent", agent_id, retired=retired))


def _delete_agent(here: Platform, caller: Caller, body: BaseModel, agent_id: str) -> Row:
    if here.store.count("agent_instance", {"agent_id": agent_id}):
        raise ApiFault(409, "invalid_action", "The agent has runs; retire it")
    return _remove(here, caller, body, "agent", agent_id)


def _create_schema_version(here: Platform, _: Caller, body: bodies.AgentSchemaVersionForCreate) -> Row:
    agent = here.existing("agent", body.agent_id)
    return here.details("agent_schema_version", _schema_version_of(here.store, agent["id"], body))


def _create_deployment(here: Platform, _: Caller, body: bodies.AgentDeploymentForCreate) -> Row:
    here.existing("agent", body.agent_id)
    here.existing("environment", body.environment_id)
    if here.store.find("agent_deployment", agent_id=body.agent_id, environment_id=body.environment_id):
        raise ApiFault(409, "invalid_action", "The agent has a deployment in this environment")
    _check_version(here, body.agent_id, body.current_version_id)
    return here.details("agent_deployment", here.store.insert("agent_deployment", **body.model_dump()))


def _update_deployment(here: Platform, _: Caller, body: bodies.AgentDeploymentForUpdate, row_id: str) -> Row:
    row = here.existing("agent_deployment", row_id)
    if "current_version_id" in body.model_fields_set:
        _check_version(here, row["agent_id"], body.current_version_id)
        row = _pin(here.store, row, body.current_version_id)
    return here.details("agent_deployment", row)


def create_token(here: Platform, body: bodies.ApiTokenForCreate) -> Row:
    """A new token: the answer's sibling ``token`` is the secret, which nothing tells again."""
    if body.account_id is not None:
        here.existing("account", body.account_id)
    expires_at = body.expires_at and parsed(body.expires_at, "expires_at")
    deployment = None
    if body.token_scope == "agent_deployment":  # noqa: S105  (a scope, no secret)
        named = {"agent_id": body.agent_id, "environment_id": body.environment_id}
        if missing := {name: ["is required"] for name, value in named.items() if value is None}:
            raise invalid(missing)
        agent = here.existing("agent", body.agent_id)
        environment = here.existing("environment", body.environment_id)
        deployment = _deployment_of(here.store, agent["id"], environment["id"])
    row, secret = issue(here.store, deployment, expires_at)
    return success(here.of("api_token", row), token=secret)


def _change_token(here: Platform, _: Caller, __: BaseModel, token_id: str, action: str) -> Row:
    if here.existing("api_token", token_id)["status"] == "revoked":  # which is for good
        raise ApiFault(409, "invalid_action", "The token is revoked")
    status = {"suspend": "suspended", "activate": "active", "revoke": "revoked"}[action]
    return here.details("api_token", here.store.change("api_token", token_id, status=status))


def _remove(here: Platform, _: Caller, __: BaseModel, table: str, row_id: str) -> Row:
    answer = here.details(table, here.existing(table, row_id))
    here.store.remove(table, {"id": row_id})
    return answer


def _check_teams(here: Platform, team_ids: list[str] | None) -> None:
    if any(here.store.find("team", id=each) is None for each in team_ids or ()):
        raise invalid({"team_ids": ["names a team that is not there"]})


def _check_version(here: Platform, agent_id: str, version_id: str | None) -> None:
    if version_id is not None and not here.store.find("agent_version", id=version_id, agent_id=agent_id):
        raise ApiFault(422, "unexpected_ref_type", "The version is none of this agent's")


# A run, and on demand the agent, versions and deployment that it belongs to.


def _register(here: Platform, caller: Caller, request: RegisterAgentInstanceRequest) -> Row:
    # An unknown agent or environment is made on the spot, under the id that it was called by; without an environment
    # it is the first one for development. A combination of versions that was not seen before makes new versions.
    store = here.store
    agent_id = caller.scoped("agent_id", request.agent_id)
    if agent_id is None:
        raise invalid({"agent_id": ["is required"]})
    agent = store.find("agent", id=agent_id)
    if agent and agent["retired"]:
        raise ApiFault(409, "invalid_action", "The agent is retired")
    agent = agent or store.insert("agent", id=_own_id(agent_id, "agent_id"), name=agent_id)
    environment_id = caller.scoped("environment_id", request.environment_id)
    asked = {"purpose": "development"} if environment_id is None else {"id": _own_id(environment_id, "environment_id")}
    environment = store.find("environment", **asked) or store.insert(
        "environment", **{"name": environment_id or "Development", "purpose": "development", **asked}
    )
    schema_version = _schema_version_of(store, agent["id"], request.agent_schema_version)
    document = request.agent_version.model_dump(mode="json", exclude_unset=True)
    columns = {"agent_schema_version_id": schema_version["id"], "document": document}
    columns["external_identifier"] = (
        request.agent_version.external_identifier or request.agent_version.name or "unnamed"
    )
    version = _version_of(store, "agent_version", agent["id"], [schema_version["id"], document], **columns)
    deployment = _deployment_of(store, agent["id"], environment["id"])
    if request.update_current_version is not False:
        _pin(store, deployment, version["id"])
    run = {"agent_id": agent["id"], "agent_version_id": version["id"], "environment_id": environment["id"]}
    run |= {"agent_deployment_id": deployment["id"], "external_identifier": request.external_identifier}
    run |= {"status": "pending", "purpose": request.purpose or "live", "quality_payloads": {}}
    return here.details("agent_instance", store.insert("agent_instance", id=_own_id(request.id, "id"), **run))


def _own_id(value: str | None, field: str) -> str | None:
    if value is not None and not re.fullmatch(bodies.OWN_ID, value):
        raise invalid({field: ["is no id: 1 to 64 of letters, digits and _ . : @ -"]})
    return value


def _schema_version_of(store: Store, agent_id: str, version: AgentSchemaVersionForRegister) -> Row:
    document = schemas.document_of(version)
    columns = {"external_identifier": version.external_identifier or "unnamed", "document": document}
    count = len(schemas.span_types(document))
    return _version_of(store, "agent_schema_version", agent_id, document, **columns, span_schemas_count=count)


def _version_of(store: Store, table: str, agent_id: str, content: Any, **columns: Any) -> Row:
    """The agent's version or schema version with exactly this content, made if there is none."""
    known = {"agent_id": agent_id, "digest": digest_of(content)}
    return store.find(table, **known) or store.insert(table, **known, **columns)


def _deployment_of(store: Store, agent_id: str, environment_id: str) -> Row:
    """The one deployment of an agent in an environment, made if there is none."""
    pair = {"agent_id": agent_id, "environment_id": environment_id}
    return store.find("agent_deployment", **pair) or store.insert("agent_deployment", **pair)


def _pin(store: Store, deployment: Row, version_id: str | None) -> Row:
    # One that stands there already is not touched: ``updated_at`` says when it last moved.
    if deployment["current_version_id"] == version_id:
        return deployment
    return store.change("agent_deployment", deployment["id"], current_version_id=version_id)


# What happens to a run afterwards: it starts, has spans, is judged, ends, or is terminated.


def _run(here: Platform, caller: Caller, instance_id: str, *, is_open: bool = False) -> Row:
    run = here.existing("agent_instance", instance_id)
    caller.check_deployment(run["agent_deployment_id"])
    if is_open and run["status"] not in _OPEN:
        raise ApiFault(409, "invalid_action", f"The run is {run['status']}")
    return run


def _moment(here: Platform, sent: str | None, field: str = "timestamp") -> str:
    return here.store.now() if sent is None else parsed(sent, field)


def _changed(here: Platform, run: Row, **columns: Any) -> Row:
    return here.details("agent_instance", here.store.change("agent_instance", run["id"], **columns))


def _start(here: Platform, caller: Caller, body: TimestampRequest, instance_id: str) -> Row:
    # The SDK's workers may overtake each other, so a run that has ended without having started only gets its time.
    run = _run(here, caller, instance_id)
    if run["started_at"] or run["status"] == "terminated":
        raise ApiFault(409, "invalid_action", f"The run is {run['status']}")
    status = "active" if run["status"] == "pending" else run["status"]
    return _changed(here, run, status=status, started_at=_moment(here, body.timestamp))


def _finish(here: Platform, caller: Caller, body: FinishInstanceRequest, instance_id: str) -> Row:
    run = _run(here, caller, instance_id, is_open=True)
    return _changed(here, run, status=body.status or "complete", finished_at=_moment(here, body.timestamp))


def _terminate(here: Platform, caller: Caller, body: bodies.TerminateRequest, instance_id: str) -> Row:
    # A deployment's token reports its runs, but does not end them over the agent's head. The SDK hears of it with its
    # next span.
    caller.check_administrator()
    run = _run(here, caller, instance_id, is_open=True)
    return _changed(here, run, status="terminated", termination_reason=body.reason, finished_at=here.store.now())


def _record_quality(here: Platform, caller: Caller, body: bodies.RecordQualityRequest, instance_id: str) -> Row:
    run = _run(here, caller, instance_id)
    declared = schemas.entries(here.document_of(run["agent_version_id"]), "quality_schemas")
    if body.name not in {entry["name"] for entry in declared}:
        raise invalid({"name": ["is no quality schema of this run's schema version"]})
    return _judged(here, run, body.name, body.payload)


def _update_instance(here: Platform, caller: Caller, body: bodies.AgentInstanceForUpdate, instance_id: str) -> Row:
    """Replaces the one judgement without a name, whether or not a schema was declared for it."""
    run = _run(here, caller, instance_id)
    if "quality_payload" not in body.model_fields_set:
        return _changed(here, run)
    return _judged(here, run, schemas.OLDER_QUALITY, body.quality_payload)


def _judged(here: Platform, run: Row, name: str, payload: Row | None) -> Row:
    payloads = {known: each for known, each in run["quality_payloads"].items() if known != name}
    return _changed(here, run, quality_payloads=payloads if payload is None else payloads | {name: payload})


def _create_span(here: Platform, caller: Caller, body: bodies.SpanForCreate) -> Row:
    # The state of the run does not matter: the SDK reports spans at once, but starts and ends of runs by and by. A
    # parent need not be known either: the SDK sends a child before a parent that was entered but not yet started,
    # under an id that it made up.
    run = _run(here, caller, body.agent_instance_id)
    if body.schema_name not in here.span_types(run["agent_version_id"]):
        raise invalid({"schema_name": ["is no span type of this run's schema version"]})
    span = body.model_dump(include={"id", "parent_span_id", "schema_name", "status", "payload", "result_payload"})
    span |= {"agent_id": run["agent_id"], "agent_instance_id": run["id"]}
    span["started_at"] = _moment(here, body.started_at, "started_at")
    span["finished_at"] = None if body.status in _OPEN else _moment(here, body.finished_at, "finished_at")
    return _span_answer(here, here.store.insert("agent_span", **span), run)


def _finish_span(here: Platform, caller: Caller, body: bodies.FinishSpanRequest, span_id: str) -> Row:
    span = here.existing("agent_span", span_id)
    run = _run(here, caller, span["agent_instance_id"])
    status = body.status or "complete"
    if span["status"] not in _OPEN or (span["status"] == "pending" and status != "cancelled"):
        raise ApiFault(409, "invalid_action", f"The span is {span['status']}")
    result = {} if body.result_payload is None else {"result_payload": body.result_payload}
    finished_at = _moment(here, body.timestamp)
    span = here.store.change("agent_span", span_id, status=status, finished_at=finished_at, **result)
    return _span_answer(here, span, run)


def _span_answer(here: Platform, span: Row, run: Row) -> Row:
    answer = here.details("agent_span", span)
    if run["status"] == "terminated":
        answer["control"] = {"terminate": True, "reason": run["termination_reason"]}
    return answer


@dataclass(frozen=True, slots=True)
class Route:
    """One route of the API.

    Attributes:
        method: Its method.
        path: Its path.
        name: What the API's description calls it; that of a list begins with ``list``.
        text: What that says of it.
        action: What it does; given the platform, the caller and the body without its envelope, or to read the kind, the
            platform and the page of a list; then what stands in the path.
        body: What it takes; a body of which every field may be left out may be left out itself.
        takes: What its query may say, and what of its path may not be any text, each with its type and default.
        bulk: What a bulk request calls it; empty where that cannot ask for it.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    name: str
    text: str
    action: Callable[..., Row]
    body: type[BaseModel] = Keyed
    takes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    bulk: str = ""

    @property
    def kind(self) -> str:
        """What kind of thing it is about."""
        return self.path.split("/")[1].removesuffix("s")

    @property
    def steps(self) -> list[str]:
        """The names in its path."""
        return re.findall(r"{(\w+)}", self.path)


def _set_up(kind: str, said: str = "", bulk: str = "", of_body: str = "") -> tuple[Route, Route]:
    """How a kind of thing is created and changed; texts may be added to what is said of changing it."""
    thing = f"{'an' if kind[0] in 'ae' else 'a'} {kind.replace('_', ' ')}"
    text = f"A new {kind.replace('_', ' ')}."
    path = f"/{kind}/{{{kind}_id}}"
    return (
        Route("POST", f"/{kind}", f"create_{kind}", text, partial(_create, kind), creating(kind), bulk=bulk),
        Route(
            "PUT", path, f"update_{kind}", f"Changes {thing}{said}.", partial(_change, kind), changing(kind, of_body)
        ),
    )


#: For the account's token alone.
ADMINISTRATION: Final = (
    Route("PUT", "/account/{account_id}", "update_account", "Renames the account.",
          partial(_change, "account"), changing("account")),
    *_set_up("environment", bulk="environments/create"),
    *_set_up("team"),
    *_set_up("person"),
    *_set_up("risk_profile", "; runs are scored by what it is when they are read"),
    *_set_up("agent", bulk="agents/create",
             of_body=": what is left out stays; null clears an owner, a team, a profile, a description"),
    Route("POST", "/agent/{agent_id}/retire", "retire_agent", "Retires an agent.", partial(_retire, 1)),
    Route("POST", "/agent/{agent_id}/reinstate", "reinstate_agent", "Reinstates a retired agent.",
          partial(_retire, 0)),
    Route("DELETE", "/agent/{agent_id}", "delete_agent", "Deletes an agent that never ran.", _delete_agent),
    Route("POST", "/agent_schema_version", "create_agent_schema_version", "A schema version without a run.",
          _create_schema_version, Details[bodies.AgentSchemaVersionForCreate]),
    Route("POST", "/agent_deployment", "create_agent_deployment", "A new deployment.",
          _create_deployment, Details[bodies.AgentDeploymentForCreate]),
    Route("PUT", "/agent_deployment/{agent_deployment_id}", "update_agent_deployment", "Moves a deployment's pin.",
          _update_deployment, Details[bodies.AgentDeploymentForUpdate]),
    Route("POST", "/api_token/{api_token_id}/{action}", "change_api_token",
          "Suspends, activates or, for good, revokes a token.", _change_token,
          takes={"action": (Literal["suspend", "activate", "revoke"], Parameter.empty)}),
    Route("DELETE", "/{kind}/{row_id}", "remove",
          "Deletes an environment or a deployment that nothing refers to, or a token.", _remove,
          takes={"kind": (Literal["environment", "agent_deployment", "api_token"], Parameter.empty)}),
)  # fmt: skip

#: For the account's token, and for a deployment's where it is its own run.
REPORTING: Final = (
    Route("POST", "/agent_instance/register", "register_instance",
          "Registers a run, and on demand the agent, versions and deployment that it belongs to.",
          _register, RegisterAgentInstanceRequest, bulk="agent_instances/register"),
    Route("POST", "/agent_instance/{agent_instance_id}/start", "start_instance", "Starts a run.",
          _start, TimestampRequest, bulk="agent_instances/start"),
    Route("POST", "/agent_instance/{agent_instance_id}/finish", "finish_instance", "Ends a run.",
          _finish, FinishInstanceRequest, bulk="agent_instances/finish"),
    Route("POST", "/agent_instance/{agent_instance_id}/terminate", "terminate_instance",
          "Terminates a run, for the account's token alone.", _terminate, bodies.TerminateRequest),
    Route("POST", "/agent_instance/{agent_instance_id}/record_quality", "record_quality",
          "Records a judgement on a run, or takes it out.",
          _record_quality, bodies.RecordQualityRequest, bulk="agent_instances/record_quality"),
    Route("PUT", "/agent_instance/{agent_instance_id}", "update_instance",
          "Replaces the judgement of a client that knows only one.",
          _update_instance, Details[bodies.AgentInstanceForUpdate]),
    Route("POST", "/agent_spans", "create_span", "A new span.",
          _create_span, Details[bodies.SpanForCreate], bulk="agent_spans/create"),
    Route("POST", "/agent_spans/{agent_span_id}/finish", "finish_span", "Ends a span.",
          _finish_span, bodies.FinishSpanRequest, bulk="agent_spans/finish"),
)  # fmt: skip
