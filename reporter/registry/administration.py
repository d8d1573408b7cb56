"""What an account sets up beside its runs: environments, people, teams, profiles, agents, deployments, tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pydantic import BaseModel

from reporter.registry import registering, tokens
from reporter.registry.bodies import (
    AgentDeploymentForCreate,
    AgentDeploymentForUpdate,
    AgentSchemaVersionForCreate,
    ApiTokenForCreate,
)
from reporter.registry.clock import parsed
from reporter.registry.faults import ApiFault, invalid, invalid_action, invalid_fields
from reporter.registry.platform import Platform, success
from reporter.registry.store import Row

#: Columns that null does not clear: with it they stay as they are.
_ALWAYS_SET: Final = frozenset({"name", "email", "team_ids", "ruleset", "purpose"})


def described(platform: Platform, table: str, row: Row) -> Row:
    """The details of a row of any of the tables that are set up here."""
    answers = platform.answers
    simple: dict[str, Callable[[Row], Row]] = {
        "account": answers.account,
        "environment": answers.environment,
        "agent_deployment": answers.agent_deployment,
        "api_token": answers.api_token,
    }
    if table in simple:
        return success(simple[table](row))
    detailed = {
        "team": answers.team,
        "person": answers.person,
        "risk_profile": answers.risk_profile,
        "agent": answers.agent,
        "agent_schema_version": answers.agent_schema_version,
    }
    return success(detailed[table](row, detailed=True))


def create(platform: Platform, table: str, body: BaseModel) -> Row:
    """``POST`` to ``/environment``, ``/team``, ``/person``, ``/risk_profile`` or ``/agent``.

    Raises:
        ApiFault: 422 where it refers to what is not there, or takes what is taken.
    """
    columns = body.model_dump(mode="json")
    _check_account(platform, columns.pop("account_id", None))
    _check_teams(platform, columns.get("team_ids"))
    return described(platform, table, platform.store.insert(table, **columns))


def update(platform: Platform, table: str, row_id: str, body: BaseModel) -> Row:
    """``PUT`` to one of the same, or to ``/account``: what is left out stays.

    Raises:
        ApiFault: 404 for no such row; 422 where it refers to what is not there, or takes what is taken.
    """
    platform.existing(table, row_id)
    sent = body.model_dump(mode="json", exclude_unset=True)
    columns = {name: value for name, value in sent.items() if value is not None or name not in _ALWAYS_SET}
    _check_teams(platform, columns.get("team_ids"))
    return described(platform, table, platform.store.change(table, row_id, **columns))


def create_schema_version(platform: Platform, body: AgentSchemaVersionForCreate) -> Row:
    """``POST /agent_schema_version``: the same content and name give the version that is there already.

    Raises:
        ApiFault: 404 for no such agent; 422 where a name stands twice in one list.
    """
    agent = platform.existing("agent", body.agent_id)
    version = registering.schema_version_of(platform.store, agent["id"], body)
    return described(platform, "agent_schema_version", version)


def create_deployment(platform: Platform, body: AgentDeploymentForCreate) -> Row:
    """``POST /agent_deployment``.

    Raises:
        ApiFault: 404 for an agent or environment that is not there; 409 where they have a deployment already; 422
            for a version that is not the agent's.
    """
    platform.existing("agent", body.agent_id)
    platform.existing("environment", body.environment_id)
    if platform.store.find("agent_deployment", agent_id=body.agent_id, environment_id=body.environment_id):
        raise invalid_action("The agent has a deployment in this environment")
    _check_version(platform, body.agent_id, body.current_version_id)
    row = platform.store.insert("agent_deployment", **body.model_dump())
    return described(platform, "agent_deployment", row)


def update_deployment(platform: Platform, row_id: str, body: AgentDeploymentForUpdate) -> Row:
    """``PUT /agent_deployment/{id}``: moves the pin.

    Raises:
        ApiFault: 404 for no such deployment; 422 for a version that is not the agent's.
    """
    row = platform.existing("agent_deployment", row_id)
    if "current_version_id" in body.model_fields_set:
        _check_version(platform, row["agent_id"], body.current_version_id)
        row = registering.pin(platform.store, row, body.current_version_id)
    return described(platform, "agent_deployment", row)


def retire(platform: Platform, agent_id: str, *, retired: bool) -> Row:
    """``POST /agent/{id}/retire`` and ``/reinstate``.

    Raises:
        ApiFault: 404 for no such agent; 409 where it is so already.
    """
    agent = platform.existing("agent", agent_id)
    if bool(agent["retired"]) == retired:
        raise invalid_action("The agent is retired" if retired else "The agent is not retired")
    return described(platform, "agent", platform.store.change("agent", agent_id, retired=int(retired)))


def delete_agent(platform: Platform, agent_id: str) -> Row:
    """``DELETE /agent/{id}``, which answers with what it took out.

    Raises:
        ApiFault: 404 for no such agent; 409 for one that ever ran.
    """
    agent = platform.existing("agent", agent_id)
    if platform.store.count("agent_instance", {"agent_id": agent_id}):
        raise invalid_action("The agent has runs; retire it")
    answer = described(platform, "agent", agent)
    platform.store.remove("agent", {"id": agent_id})
    return answer


def create_token(platform: Platform, body: ApiTokenForCreate) -> Row:
    """``POST /api_token``: the answer's sibling ``token`` is the secret, which nothing tells again.

    Raises:
        ApiFault: 404 for an agent or environment that is not there; 422 where the scope lacks one, or for no time.
    """
    _check_account(platform, body.account_id)
    expires_at = body.expires_at and parsed(body.expires_at, "expires_at")
    deployment = None
    if body.token_scope == "agent_deployment":  # noqa: S105  (a scope, no secret)
        named = {"agent_id": body.agent_id, "environment_id": body.environment_id}
        if missing := {name: ["is required"] for name, value in named.items() if value is None}:
            raise invalid_fields(missing)
        agent = platform.existing("agent", body.agent_id)
        environment = platform.existing("environment", body.environment_id)
        deployment = registering.deployment_of(platform.store, agent["id"], environment["id"])
    row, secret = tokens.issue(platform.store, deployment, expires_at)
    return success(platform.answers.api_token(row), token=secret)


def change_token(platform: Platform, token_id: str, status: str) -> Row:
    """``POST /api_token/{id}/suspend``, ``/activate`` and ``/revoke``.

    Raises:
        ApiFault: 404 for no such token; 409 for one that is revoked, which is for good.
    """
    row = platform.existing("api_token", token_id)
    if row["status"] == "revoked":
        raise invalid_action("The token is revoked")
    return described(platform, "api_token", platform.store.change("api_token", token_id, status=status))


def remove(platform: Platform, table: str, row_id: str) -> Row:
    """``DELETE`` of an environment, a deployment or a token, which answers with what it took out.

    Raises:
        ApiFault: 404 for no such row; 422 for one that something refers to.
    """
    answer = described(platform, table, platform.existing(table, row_id))
    platform.store.remove(table, {"id": row_id})
    return answer


def _check_account(platform: Platform, account_id: str | None) -> None:
    if account_id is not None:
        platform.existing("account", account_id)


def _check_teams(platform: Platform, team_ids: list[str] | None) -> None:
    if any(platform.store.find("team", id=each) is None for each in team_ids or ()):
        raise invalid("team_ids", "names a team that is not there")


def _check_version(platform: Platform, agent_id: str, version_id: str | None) -> None:
    if version_id is not None and not platform.store.find("agent_version", id=version_id, agent_id=agent_id):
        raise ApiFault(422, "unexpected_ref_type", "The version is none of this agent's")
