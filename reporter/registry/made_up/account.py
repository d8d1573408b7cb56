"""The made-up account: what its agents' SDKs send, and what the API would answer of it.

Everything comes from ``company.toml`` and ``agents/*.toml``, and is the same every time: times are written there, and
ids follow from names and times. Each call gives new objects, which the caller may change.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Final

from reporter.registry.made_up.company import agent_id, company, id_in_company, opened, text, times
from reporter.registry.made_up.company import agents as short_agents
from reporter.registry.made_up.expansion import Json, Short, schema_version
from reporter.registry.made_up.versions import agent_versions, deployments, schema_versions

_PAGE_SIZE: Final = 100


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


def account() -> Json:
    """The account."""
    name = company()["name"]
    return {"type": "account", "id": id_in_company("account", name), "name": name}


def environments() -> list[Json]:
    """Production, Staging and Development."""
    return [
        {
            "type": "environment",
            "id": id_in_company("environment", row["name"]),
            "account_id": account()["id"],
            "name": row["name"],
            "description": row["description"],
            "external_identifier": row["purpose"],
            "purpose": row["purpose"],
        }
        for row in company()["environment"]
    ]


def teams() -> list[Json]:
    """The teams that agents belong to."""
    return [
        {
            "type": "team",
            "id": id_in_company("team", row["name"]),
            "name": row["name"],
            "agent_count": sum(agent["team"] == row["name"] for agent in short_agents()),
            "people_count": sum(row["name"] in person["teams"] for person in company()["person"]),
            **times(opened()),
        }
        for row in company()["team"]
    ]


def people() -> list[Json]:
    """The people who answer for agents."""
    return [
        {
            "type": "person",
            "id": id_in_company("person", row["name"]),
            "name": row["name"],
            "title": row["title"],
            "email": row["email"],
            "team_ids": [id_in_company("team", name) for name in row["teams"]],
            **times(opened()),
        }
        for row in company()["person"]
    ]


def agents() -> list[Json]:
    """The agents, in the order in which they were created; ``updated_at`` of a retired one is when it retired."""
    return [_agent(agent) for agent in short_agents()]


def registrations() -> list[Registration]:
    """What the SDKs send, in order of time: one request for each version and environment that it came to."""
    by_name = {row["name"]: row for row in environments()}
    found = [
        Registration(
            at=text(deployed["at"]),
            agent=_agent(agent),
            environment=dict(by_name[deployed["environment"]]),
            request=_request(agent, version, deployed),
            raw=agent.get("raw", False),
        )
        for agent in short_agents()
        for version in agent["version"]
        for deployed in version["deployed"]
    ]
    return sorted(found, key=lambda registration: (registration.at, registration.request["idempotency_key"]))


def answers() -> list[tuple[str, Json]]:
    """The API's answers that hold the whole account, each with the name of a file to keep it in."""
    found = [
        ("account.json", _whole(account())),
        ("environments.json", _list(environments())),
        ("teams.json", _list(teams())),
        ("people.json", _list(people())),
    ]
    for agent in short_agents():
        found += _answers_about(agent)
    return found


def _answers_about(agent: Short) -> Iterator[tuple[str, Json]]:
    name, account_id = agent["external_identifier"], account()["id"]
    yield f"agent-{name}.json", _whole(_agent(agent))
    yield f"agent-deployments-{name}.json", _list(deployments(agent, account_id))
    yield f"agent-versions-{name}.json", _list(agent_versions(agent, account_id))
    for row in schema_versions(agent, account_id):
        yield f"agent-schema-version-{row['external_identifier']}.json", _whole(row)


def _agent(agent: Short) -> Json:
    retired, owner = agent.get("retired"), agent.get("owner")
    last_registered = max(deployed["at"] for version in agent["version"] for deployed in version["deployed"])
    return {
        "type": "agent",
        "id": agent_id(agent),
        "name": agent["name"],
        "description": agent["description"],
        "external_identifier": agent["external_identifier"],
        "status": "retired" if retired else "active",
        "owner_person_id": id_in_company("person", owner) if owner else None,
        "team_id": id_in_company("team", agent["team"]),
        "risk_profile_id": None,
        "available_actions": {"update": True, "retire": not retired, "reinstate": bool(retired), "delete": False},
        **times(agent["created"], retired or last_registered),
    }


def _request(agent: Short, version: Short, deployed: Short) -> Json:
    name, environment = agent["external_identifier"], deployed["environment"]
    return {
        "agent_id": agent_id(agent),
        "environment_id": id_in_company("environment", environment),
        "agent_version": {
            "name": f"{agent['name']} {version['name']}",
            "external_identifier": version["name"],
            "runtime_environment": deepcopy(agent["runtime"]),
        },
        "agent_schema_version": schema_version(agent, version),
        "external_identifier": f"{name}-{deployed['at']:%Y%m%dT%H%M}",
        "idempotency_key": f"{name}-{version['name']}-{environment.lower()}",
        "update_current_version": deployed.get("pin", True),
        "purpose": "live" if environment == "Production" else "smoke_test",
    }


def _whole(row: Json) -> Json:
    return {"status": "success", "details": row}


def _list(rows: list[Json]) -> Json:
    """One page that holds all of them, in the order that the API sorts in."""
    pagination = {
        "item_count": len(rows),
        "item_start": 1,
        "item_end": len(rows),
        "page_count": 1,
        "page_index": 1,
        "page_offset": 0,
        "page_size": _PAGE_SIZE,
        "next_page_offset": None,
        "previous_page_offset": None,
    }
    return {
        "status": "success",
        "summaries": sorted(rows, key=lambda row: str(row["id"])),
        "pagination": pagination,
        "sorting": {"field": "id", "direction": "asc"},
    }
