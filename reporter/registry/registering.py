"""``POST /agent_instance/register``: a run, and on demand the agent, versions and deployment that it belongs to."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from reporter.prefactor.registration import AgentSchemaVersionForRegister, RegisterAgentInstanceRequest
from reporter.registry import schemas
from reporter.registry.faults import invalid, invalid_action, not_permitted
from reporter.registry.platform import Platform, success
from reporter.registry.store import Row, Store
from reporter.registry.tokens import Caller, digest

_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_.:@-]{1,64}")


def register(platform: Platform, caller: Caller, request: RegisterAgentInstanceRequest) -> Row:
    """Registers a run.

    An unknown agent or environment is made on the spot, under the id that it was called by; without an environment
    it is the first one for development. A combination of versions that was not seen before makes new versions.

    Raises:
        ApiFault: 403 where a deployment's token is used for another agent or environment; 409 for a retired agent;
            422 for input that is wrong.
    """
    store = platform.store
    agent = _agent(store, _scoped(caller.agent_id, request.agent_id, "agent_id"))
    environment = _environment(store, _scoped(caller.environment_id, request.environment_id, "environment_id"))
    schema_version = schema_version_of(store, agent["id"], request.agent_schema_version)
    version = _version(store, agent["id"], schema_version["id"], request)
    deployment = deployment_of(store, agent["id"], environment["id"])
    if request.update_current_version is not False:
        pin(store, deployment, version["id"])
    run = store.insert(
        "agent_instance",
        id=_own_id(request.id, "id"),
        agent_id=agent["id"],
        agent_version_id=version["id"],
        environment_id=environment["id"],
        agent_deployment_id=deployment["id"],
        external_identifier=request.external_identifier,
        status="pending",
        purpose=request.purpose or "live",
        quality_payloads={},
    )
    return success(platform.answers.agent_instance(run, detailed=True))


def schema_version_of(store: Store, agent_id: str, version: AgentSchemaVersionForRegister) -> Row:
    """The agent's schema version with exactly this content and name, made if there is none.

    Raises:
        ApiFault: 422 where a name stands twice in one list.
    """
    document = schemas.document_of(version)
    known = _digest(document)
    return store.find("agent_schema_version", agent_id=agent_id, digest=known) or store.insert(
        "agent_schema_version",
        agent_id=agent_id,
        external_identifier=version.external_identifier or "unnamed",
        span_schemas_count=len(schemas.span_types(document)),
        digest=known,
        document=document,
    )


def deployment_of(store: Store, agent_id: str, environment_id: str) -> Row:
    """The one deployment of an agent in an environment, made if there is none."""
    pair = {"agent_id": agent_id, "environment_id": environment_id}
    return store.find("agent_deployment", **pair) or store.insert("agent_deployment", **pair)


def pin(store: Store, deployment: Row, version_id: str | None) -> Row:
    """Moves a deployment's current version; one that stands there already is not touched."""
    if deployment["current_version_id"] == version_id:
        return deployment
    return store.change("agent_deployment", deployment["id"], current_version_id=version_id)


def _scoped(of_token: str | None, of_body: str | None, field: str) -> str | None:
    if of_token and of_body not in (None, of_token):
        raise not_permitted(f"The token is for another {field}")
    return of_token or of_body


def _own_id(value: str | None, field: str) -> str | None:
    if value is not None and not _IDENTIFIER.fullmatch(value):
        raise invalid(field, "is no id: 1 to 64 of letters, digits and _ . : @ -")
    return value


def _agent(store: Store, agent_id: str | None) -> Row:
    if agent_id is None:
        raise invalid("agent_id", "is required")
    agent = store.find("agent", id=agent_id)
    if agent and agent["retired"]:
        raise invalid_action("The agent is retired")
    return agent or store.insert("agent", id=_own_id(agent_id, "agent_id"), name=agent_id)


def _environment(store: Store, environment_id: str | None) -> Row:
    if environment_id is not None:
        known = store.find("environment", id=environment_id)
        named = {"id": _own_id(environment_id, "environment_id"), "name": environment_id}
        return known or store.insert("environment", **named, purpose="development")
    known = store.find("environment", purpose="development")
    return known or store.insert("environment", name="Development", purpose="development")


def _version(store: Store, agent_id: str, schema_version_id: str, request: RegisterAgentInstanceRequest) -> Row:
    version = request.agent_version
    document = version.model_dump(mode="json", exclude_unset=True)
    known = _digest([schema_version_id, document])
    return store.find("agent_version", agent_id=agent_id, digest=known) or store.insert(
        "agent_version",
        agent_id=agent_id,
        agent_schema_version_id=schema_version_id,
        external_identifier=version.external_identifier or version.name or "unnamed",
        digest=known,
        document=document,
    )


def _digest(document: Any) -> str:
    return digest(json.dumps(document, sort_keys=True))
