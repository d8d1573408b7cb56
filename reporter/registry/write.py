"""What changes the registry outside of runs: for the account's token alone."""

from functools import partial
from typing import Literal

from reporter.registry import administration, bodies
from reporter.registry.parts import fastapi
from reporter.registry.platform import success
from reporter.registry.requests import Administrator, Here
from reporter.registry.wire import Answer, StrictRoute

router = fastapi.APIRouter(route_class=StrictRoute, default_response_class=Answer, tags=["write"])


@router.put("/account/{account_id}")
async def update_account(
    here: Here, caller: Administrator, account_id: str, body: bodies.Details[bodies.AccountForUpdate]
) -> Answer:
    """Renames the account."""
    update = partial(administration.update, here, "account", account_id, body.details)
    return Answer(here.once(caller, f"account/update {account_id}", body, update))


@router.post("/environment")
async def create_environment(
    here: Here, caller: Administrator, body: bodies.Details[bodies.EnvironmentForCreate]
) -> Answer:
    """A new environment."""
    create = partial(administration.create, here, "environment", body.details)
    return Answer(here.once(caller, "environment/create", body, create))


@router.put("/environment/{environment_id}")
async def update_environment(
    here: Here, caller: Administrator, environment_id: str, body: bodies.Details[bodies.EnvironmentForUpdate]
) -> Answer:
    """Changes an environment."""
    update = partial(administration.update, here, "environment", environment_id, body.details)
    return Answer(here.once(caller, f"environment/update {environment_id}", body, update))


@router.post("/team")
async def create_team(here: Here, caller: Administrator, body: bodies.Details[bodies.TeamForCreate]) -> Answer:
    """A new team."""
    create = partial(administration.create, here, "team", body.details)
    return Answer(here.once(caller, "team/create", body, create))


@router.put("/team/{team_id}")
async def update_team(
    here: Here, caller: Administrator, team_id: str, body: bodies.Details[bodies.TeamForUpdate]
) -> Answer:
    """Changes a team."""
    update = partial(administration.update, here, "team", team_id, body.details)
    return Answer(here.once(caller, f"team/update {team_id}", body, update))


@router.post("/person")
async def create_person(here: Here, caller: Administrator, body: bodies.Details[bodies.PersonForCreate]) -> Answer:
    """A new person."""
    create = partial(administration.create, here, "person", body.details)
    return Answer(here.once(caller, "person/create", body, create))


@router.put("/person/{person_id}")
async def update_person(
    here: Here, caller: Administrator, person_id: str, body: bodies.Details[bodies.PersonForUpdate]
) -> Answer:
    """Changes a person."""
    update = partial(administration.update, here, "person", person_id, body.details)
    return Answer(here.once(caller, f"person/update {person_id}", body, update))


@router.post("/risk_profile")
async def create_risk_profile(
    here: Here, caller: Administrator, body: bodies.Details[bodies.RiskProfileForCreate]
) -> Answer:
    """A new risk profile."""
    create = partial(administration.create, here, "risk_profile", body.details)
    return Answer(here.once(caller, "risk_profile/create", body, create))


@router.put("/risk_profile/{risk_profile_id}")
async def update_risk_profile(
    here: Here, caller: Administrator, risk_profile_id: str, body: bodies.Details[bodies.RiskProfileForUpdate]
) -> Answer:
    """Changes a risk profile; runs are scored by what it is when they are read."""
    update = partial(administration.update, here, "risk_profile", risk_profile_id, body.details)
    return Answer(here.once(caller, f"risk_profile/update {risk_profile_id}", body, update))


@router.post("/agent")
async def create_agent(here: Here, caller: Administrator, body: bodies.Details[bodies.AgentForCreate]) -> Answer:
    """A new agent."""
    create = partial(administration.create, here, "agent", body.details)
    return Answer(here.once(caller, "agent/create", body, create))


@router.put("/agent/{agent_id}")
async def update_agent(
    here: Here, caller: Administrator, agent_id: str, body: bodies.Details[bodies.AgentForUpdate]
) -> Answer:
    """Changes an agent."""
    update = partial(administration.update, here, "agent", agent_id, body.details)
    return Answer(here.once(caller, f"agent/update {agent_id}", body, update))


@router.post("/agent/{agent_id}/retire")
async def retire_agent(here: Here, caller: Administrator, agent_id: str, body: bodies.Keyed | None = None) -> Answer:
    """Retires an agent."""
    retire = partial(administration.retire, here, agent_id, retired=True)
    return Answer(here.once(caller, f"agent/retire {agent_id}", body, retire))


@router.post("/agent/{agent_id}/reinstate")
async def reinstate_agent(here: Here, caller: Administrator, agent_id: str, body: bodies.Keyed | None = None) -> Answer:
    """Reinstates a retired agent."""
    reinstate = partial(administration.retire, here, agent_id, retired=False)
    return Answer(here.once(caller, f"agent/reinstate {agent_id}", body, reinstate))


@router.delete("/agent/{agent_id}")
async def delete_agent(here: Here, caller: Administrator, agent_id: str, body: bodies.Keyed | None = None) -> Answer:
    """Deletes an agent that never ran."""
    delete = partial(administration.delete_agent, here, agent_id)
    return Answer(here.once(caller, f"agent/delete {agent_id}", body, delete))


@router.post("/agent_schema_version")
async def create_agent_schema_version(
    here: Here, caller: Administrator, body: bodies.Details[bodies.AgentSchemaVersionForCreate]
) -> Answer:
    """A schema version without a run."""
    write = partial(administration.create_schema_version, here, body.details)
    return Answer(here.once(caller, "agent_schema_version/create", body, write))


@router.post("/agent_deployment")
async def create_agent_deployment(
    here: Here, caller: Administrator, body: bodies.Details[bodies.AgentDeploymentForCreate]
) -> Answer:
    """A new deployment."""
    write = partial(administration.create_deployment, here, body.details)
    return Answer(here.once(caller, "agent_deployment/create", body, write))


@router.put("/agent_deployment/{agent_deployment_id}")
async def update_agent_deployment(
    here: Here,
    caller: Administrator,
    agent_deployment_id: str,
    body: bodies.Details[bodies.AgentDeploymentForUpdate],
) -> Answer:
    """Moves a deployment's pin."""
    write = partial(administration.update_deployment, here, agent_deployment_id, body.details)
    return Answer(here.once(caller, f"agent_deployment/update {agent_deployment_id}", body, write))


@router.post("/api_token")
async def create_api_token(here: Here, _: Administrator, body: bodies.Details[bodies.ApiTokenForCreate]) -> Answer:
    """A new token; its secret is told in this answer and never again."""
    with here.store.transaction():
        return Answer(administration.create_token(here, body.details))


@router.post("/api_token/{api_token_id}/{action}")
async def change_api_token(
    here: Here,
    caller: Administrator,
    api_token_id: str,
    action: Literal["suspend", "activate", "revoke"],
    body: bodies.Keyed | None = None,
) -> Answer:
    """Suspends, activates or, for good, revokes a token."""
    status = {"suspend": "suspended", "activate": "active", "revoke": "revoked"}[action]
    change = partial(administration.change_token, here, api_token_id, status)
    return Answer(here.once(caller, f"api_token/{action} {api_token_id}", body, change))


@router.delete("/{kind}/{row_id}")
async def remove(
    here: Here,
    caller: Administrator,
    kind: Literal["environment", "agent_deployment", "api_token"],
    row_id: str,
    body: bodies.Keyed | None = None,
) -> Answer:
    """Deletes an environment or a deployment that nothing refers to, or a token."""
    return Answer(
        here.once(caller, f"{kind}/delete {row_id}", body, partial(administration.remove, here, kind, row_id))
    )


@router.post("/pfid/generate")
async def generate_ids(here: Here, _: Administrator, body: bodies.PfidRequest) -> Answer:
    """Ids that nothing has yet."""
    return Answer(success({"pfids": [here.store.new_id() for _ in range(body.count)]}))
