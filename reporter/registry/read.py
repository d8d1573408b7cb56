"""What a reader asks: every ``GET``, for the account's token alone."""

from typing import Annotated

from reporter.registry import queries
from reporter.registry.paging import listed
from reporter.registry.parts import fastapi
from reporter.registry.platform import success
from reporter.registry.requests import Asked, Authenticated, Reading
from reporter.registry.wire import Answer, StrictRoute

router = fastapi.APIRouter(route_class=StrictRoute, default_response_class=Answer, tags=["read"])

#: Required by the platform's own clients; the list of one agent cannot be asked for without it.
OfAgent = Annotated[str, fastapi.Query(alias="agent_id")]


@router.get("/ping")
async def ping(_: Authenticated) -> Answer:
    """Proves the token, also a deployment's."""
    return Answer({"status": "success"})


@router.get("/account")
async def list_accounts(here: Reading, page: Asked) -> Answer:
    """The one account."""
    return Answer(listed(here.store, "account", page, here.answers.account))


@router.get("/account/{account_id}")
async def get_account(here: Reading, account_id: str) -> Answer:
    """The one account."""
    return Answer(success(here.answers.account(here.existing("account", account_id))))


@router.get("/environment")
async def list_environments(here: Reading, page: Asked, account_id: str) -> Answer:
    """The account's environments."""
    return Answer(queries.environments(here, page, account_id))


@router.get("/environment/show")
async def show_environment(
    here: Reading, environment_id: str | None = None, external_identifier: str | None = None
) -> Answer:
    """An environment by one of two names."""
    row = queries.one_of(here, "environment", environment_id, external_identifier)
    return Answer(success(here.answers.environment(row)))


@router.get("/environment/{environment_id}")
async def get_environment(here: Reading, environment_id: str) -> Answer:
    """An environment."""
    return Answer(success(here.answers.environment(here.existing("environment", environment_id))))


@router.get("/team")
async def list_teams(here: Reading, page: Asked) -> Answer:
    """The account's teams."""
    return Answer(listed(here.store, "team", page, here.answers.team))


@router.get("/team/{team_id}")
async def get_team(here: Reading, team_id: str) -> Answer:
    """A team."""
    return Answer(success(here.answers.team(here.existing("team", team_id), detailed=True)))


@router.get("/person")
async def list_people(here: Reading, page: Asked, team_id: str | None = None) -> Answer:
    """The account's people, or those of one team."""
    if team_id is None:
        return Answer(listed(here.store, "person", page, here.answers.person))
    member = "EXISTS (SELECT 1 FROM json_each(team_ids) WHERE value = ?)"
    return Answer(listed(here.store, "person", page, here.answers.person, also=[(member, team_id)]))


@router.get("/person/{person_id}")
async def get_person(here: Reading, person_id: str) -> Answer:
    """A person."""
    return Answer(success(here.answers.person(here.existing("person", person_id), detailed=True)))


@router.get("/risk_profile")
async def list_risk_profiles(here: Reading, page: Asked) -> Answer:
    """The account's risk profiles, without their rules."""
    return Answer(listed(here.store, "risk_profile", page, here.answers.risk_profile))


@router.get("/risk_profile/{risk_profile_id}")
async def get_risk_profile(here: Reading, risk_profile_id: str) -> Answer:
    """A risk profile with its rules, and what they agree to."""
    row = here.existing("risk_profile", risk_profile_id)
    return Answer(success(here.answers.risk_profile(row, detailed=True)))


@router.get("/agent")
async def list_agents(
    here: Reading,
    page: Asked,
    risk_profile_id: str | None = None,
    team_id: str | None = None,
    owner_person_id: str | None = None,
) -> Answer:
    """The account's agents; for each filter an empty value or ``null`` means those without one."""
    filters = {"risk_profile_id": risk_profile_id, "team_id": team_id, "owner_person_id": owner_person_id}
    return Answer(queries.agents(here, page, **filters))


@router.get("/agent/show")
async def show_agent(
    here: Reading,
    agent_id: str | None = None,
    external_identifier: str | None = None,
    environment_id: str | None = None,
    *,
    include_risk_rollup: bool = False,
) -> Answer:
    """An agent by one of two names."""
    row = queries.one_of(here, "agent", agent_id, external_identifier)
    return Answer(queries.agent_details(here, row, environment_id, with_rollup=include_risk_rollup))


@router.get("/agent/{agent_id}")
async def get_agent(
    here: Reading,
    agent_id: str,
    environment_id: str | None = None,
    *,
    include_risk_rollup: bool = False,
) -> Answer:
    """An agent, its counts and roll-up those of one environment if that is named."""
    row = here.existing("agent", agent_id)
    return Answer(queries.agent_details(here, row, environment_id, with_rollup=include_risk_rollup))


@router.get("/agent_version")
async def list_agent_versions(here: Reading, page: Asked, agent_id: OfAgent) -> Answer:
    """An agent's versions, each leading to its schema version."""
    return Answer(queries.of_agent(here, "agent_version", page, agent_id))


@router.get("/agent_version/{agent_version_id}")
async def get_agent_version(here: Reading, agent_version_id: str) -> Answer:
    """An agent version and what it runs on."""
    row = here.existing("agent_version", agent_version_id)
    return Answer(success(here.answers.agent_version(row, detailed=True)))


@router.get("/agent_schema_version")
async def list_agent_schema_versions(here: Reading, page: Asked, agent_id: OfAgent) -> Answer:
    """An agent's schema versions, without what they declare."""
    return Answer(queries.of_agent(here, "agent_schema_version", page, agent_id))


@router.get("/agent_schema_version/{agent_schema_version_id}")
async def get_agent_schema_version(here: Reading, agent_schema_version_id: str) -> Answer:
    """A schema version with what it declares: span types, quality schemas and alert schemas, each by name."""
    row = here.existing("agent_schema_version", agent_schema_version_id)
    return Answer(success(here.answers.agent_schema_version(row, detailed=True)))


@router.get("/agent_deployment")
async def list_agent_deployments(here: Reading, page: Asked, agent_id: OfAgent) -> Answer:
    """An agent's deployments: one an environment, each with its current version."""
    return Answer(queries.of_agent(here, "agent_deployment", page, agent_id))


@router.get("/agent_deployment/{agent_deployment_id}")
async def get_agent_deployment(here: Reading, agent_deployment_id: str) -> Answer:
    """A deployment."""
    return Answer(success(here.answers.agent_deployment(here.existing("agent_deployment", agent_deployment_id))))


@router.get("/agent_instance")
async def list_agent_instances(
    here: Reading, page: Asked, agent_id: OfAgent, agent_version_id: str | None = None
) -> Answer:
    """An agent's runs, oldest first."""
    where = {"agent_version_id": agent_version_id} if agent_version_id else {}
    return Answer(queries.of_agent(here, "agent_instance", page, agent_id, **where))


@router.get("/agent_instance/show")
async def show_agent_instance(
    here: Reading, agent_instance_id: str | None = None, external_identifier: str | None = None
) -> Answer:
    """A run by one of two names."""
    row = queries.one_of(here, "agent_instance", agent_instance_id, external_identifier)
    return Answer(success(here.answers.agent_instance(row, detailed=True)))


@router.get("/agent_instance/{agent_instance_id}")
async def get_agent_instance(here: Reading, agent_instance_id: str) -> Answer:
    """A run with its counts and judgements."""
    row = here.existing("agent_instance", agent_instance_id)
    return Answer(success(here.answers.agent_instance(row, detailed=True)))


@router.get("/agent_instance/{agent_instance_id}/agent_context")
async def get_agent_context(here: Reading, agent_instance_id: str) -> Answer:
    """A whole run as one document: its details and its spans."""
    row = here.existing("agent_instance", agent_instance_id)
    spans = [
        here.answers.agent_span(each) for each in here.store.select("agent_span", {"agent_instance_id": row["id"]})
    ]
    body = {"agent_instance": here.answers.agent_instance(row, detailed=True), "agent_spans": spans}
    context = {"body": body, "generated_at": here.store.now(), "span_count": len(spans)}
    return Answer({"status": "success", "agent_context": context})


@router.get("/agent_spans")
async def list_agent_spans(
    here: Reading,
    page: Asked,
    *,
    agent_id: str | None = None,
    agent_instance_id: str | None = None,
    start_time: str | None = None,
    end_time: str | None = None,
    include_summaries: bool = False,
    include_risk_level: bool = False,
) -> Answer:
    """The spans of an agent or of one run, those that started in a window if one is given."""
    answer = queries.spans(
        here,
        page,
        {"agent_id": agent_id, "agent_instance_id": agent_instance_id},
        (start_time, end_time),
        with_summary=include_summaries,
        with_risk=include_risk_level,
    )
    return Answer(answer)


@router.get("/agent_spans/{agent_span_id}")
async def get_agent_span(here: Reading, agent_span_id: str, *, redacted: bool = False) -> Answer:
    """A span, with or without what its payloads mark as sensitive."""
    details = here.answers.agent_span(here.existing("agent_span", agent_span_id))
    payloads = {name: queries.without_sensitive(details[name]) for name in ("payload", "result_payload")}
    return Answer(success(details | payloads if redacted else details))


@router.get("/api_token")
async def list_api_tokens(here: Reading, page: Asked) -> Answer:
    """The account's tokens, without their secrets."""
    return Answer(listed(here.store, "api_token", page, here.answers.api_token))


@router.get("/api_token/{api_token_id}")
async def get_api_token(here: Reading, api_token_id: str) -> Answer:
    """A token, without its secret."""
    return Answer(success(here.answers.api_token(here.existing("api_token", api_token_id))))
