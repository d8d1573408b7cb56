"""The registry as an ASGI application: its routes, most of which are made from tables.

Raises:
    MissingPart: On import, where the extra ``registry`` is not installed.
"""

import inspect
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Final, cast

from pydantic import BaseModel, ValidationError

from reporter import __version__
from reporter.registry import bodies
from reporter.registry.access import ApiFault, Caller, admit, invalid, parsed
from reporter.registry.answers import DEFAULT_PAGE_SIZE, MAX_OFFSET, MAX_PAGE_SIZE, Page, Platform, sorting, success
from reporter.registry.door import (
    BEARER,
    HANDLED,
    Answer,
    Door,
    StrictRoute,
    fastapi,
    field_errors,
    refused,
    undeclared,
)
from reporter.registry.store import Row, Store
from reporter.registry.writing import ADMINISTRATION, REPORTING, Write, create_token

PREFIX: Final = "/api/v1"

# What every operation is handed: the platform, who is calling, and which page of a list.


def platform_of(request: fastapi.Request) -> Platform:
    """The platform that the application was made with."""
    return cast("Platform", request.app.state.platform)


def caller_of(
    request: fastapi.Request,
    _: Annotated[object, fastapi.Depends(BEARER)],  # for the description alone; the door has looked at it
    idempotency_key: Annotated[str | None, fastapi.Header()] = None,
) -> Caller:
    """Who is calling."""
    return replace(cast("Caller", request.scope["caller"]), idempotency_key=idempotency_key)


Here = Annotated[Platform, fastapi.Depends(platform_of)]
Authenticated = Annotated[Caller, fastapi.Depends(caller_of)]


def reading(platform: Here, caller: Authenticated) -> Platform:
    """The platform, for a token that may read."""
    caller.check_reader()
    return platform


def administrator(caller: Authenticated) -> Caller:
    """The caller, where it is the account."""
    caller.check_administrator()
    return caller


def page_of(
    offset: Annotated[int, fastapi.Query(alias="pagination[offset]", ge=0, le=MAX_OFFSET)] = 0,
    size: Annotated[int | None, fastapi.Query(alias="pagination[page_size]", ge=1, le=MAX_PAGE_SIZE)] = None,
    word: Annotated[str | None, fastapi.Query(alias="sorting")] = None,
    field: Annotated[str | None, fastapi.Query(alias="sorting[field]")] = None,
    direction: Annotated[str | None, fastapi.Query(alias="sorting[direction]")] = None,
) -> Page:
    """The page that the query asks for."""
    return Page(offset, size or DEFAULT_PAGE_SIZE, *sorting(word, field, direction))


Reading = Annotated[Platform, fastapi.Depends(reading)]
Administrator = Annotated[Caller, fastapi.Depends(administrator)]
Asked = Annotated[Page, fastapi.Depends(page_of)]
#: Required by the platform's own clients; the list of one agent cannot be asked for without it.
OfAgent = Annotated[str, fastapi.Query(alias="agent_id")]

read = fastapi.APIRouter(route_class=StrictRoute, default_response_class=Answer, tags=["read"])
write = fastapi.APIRouter(route_class=StrictRoute, default_response_class=Answer, tags=["write"])
sdk = fastapi.APIRouter(route_class=StrictRoute, default_response_class=Answer, tags=["sdk"])

# What a reader asks: every ``GET``, for the account's token alone. First what bulk requests ask as well.


def _environments(here: Platform, page: Page, account_id: str | None) -> Row:
    here.existing("account", account_id)
    return here.listed("environment", page)


def _agents(here: Platform, page: Page, **filters: str | None) -> Row:
    where = {name: None if value in ("", "null") else value for name, value in filters.items() if value is not None}
    return here.listed("agent", page, where)


def _of_agent(here: Platform, kind: str, page: Page, agent_id: str | None, **where: Any) -> Row:
    return here.listed(kind, page, {"agent_id": here.existing("agent", agent_id)["id"], **where})


def _spans(here: Platform, page: Page, named: dict[str, str | None], **asked: Any) -> Row:
    where: Row = {name: value for name, value in named.items() if value is not None}
    if not where:
        raise invalid({"agent_instance_id": ["is required, or agent_id"]})
    for field, sign in (("start_time", ">="), ("end_time", "<=")):
        if (moment := asked.pop(field, None)) is not None:
            where[f"julianday(started_at) {sign} julianday(?)"] = parsed(moment, field)
    return here.listed("agent_span", page, where, partial(here.listed_span, **asked))


def _list(kind: str, name: str, text: str) -> None:
    @read.get(f"/{kind}", name=name, description=text)
    async def listed(here: Reading, page: Asked) -> Answer:
        return Answer(here.listed(kind, page))


def _list_of_agent(kind: str, name: str, text: str) -> None:
    @read.get(f"/{kind}", name=name, description=text)
    async def listed(here: Reading, page: Asked, agent_id: OfAgent) -> Answer:
        return Answer(_of_agent(here, kind, page, agent_id))


def _show(kind: str, text: str) -> None:
    @read.get(f"/{kind}/show", name=f"show_{kind}", description=text)
    async def shown(
        here: Reading,
        row_id: Annotated[str | None, fastapi.Query(alias=f"{kind}_id")] = None,
        external_identifier: str | None = None,
    ) -> Answer:
        return Answer(here.details(kind, here.one_of(kind, row_id, external_identifier)))


def _get(kind: str, text: str) -> None:
    @read.get(f"/{kind}/{{{kind}_id}}", name=f"get_{kind}", description=text)
    async def got(here: Reading, row_id: Annotated[str, fastapi.Path(alias=f"{kind}_id")]) -> Answer:
        return Answer(here.details(kind, here.existing(kind, row_id)))


_list("account", "list_accounts", "The one account.")
_list("team", "list_teams", "The account's teams.")
_list("risk_profile", "list_risk_profiles", "The account's risk profiles, without their rules.")
_list("api_token", "list_api_tokens", "The account's tokens, without their secrets.")
for _row in (
    ("agent_version", "list_agent_versions", "An agent's versions, each leading to its schema version."),
    ("agent_schema_version", "list_agent_schema_versions",
     "An agent's schema versions, without what they declare."),
    ("agent_deployment", "list_agent_deployments",
     "An agent's deployments: one an environment, each with its current version."),
):  # fmt: skip
    _list_of_agent(*_row)
# Before what is got by its id: no id is ``show``.
_show("environment", "An environment by one of two names.")
_show("agent_instance", "A run by one of two names.")
_get("account", "The one account.")
_get("environment", "An environment.")
_get("team", "A team.")
_get("person", "A person.")
_get("risk_profile", "A risk profile with its rules, and what they agree to.")
_get("agent_version", "An agent version and what it runs on.")
_get(
    "agent_schema_version",
    "A schema version with what it declares: span types, quality schemas and alert schemas, each by name.",
)
_get("agent_deployment", "A deployment.")
_get("agent_instance", "A run with its counts and judgements.")
_get("api_token", "A token, without its secret.")


@read.get("/ping")
async def ping(_: Authenticated) -> Answer:
    """Proves the token, also a deployment's."""
    return Answer({"status": "success"})


@read.get("/environment")
async def list_environments(here: Reading, page: Asked, account_id: str) -> Answer:
    """The account's environments."""
    return Answer(_environments(here, page, account_id))


@read.get("/person")
async def list_people(here: Reading, page: Asked, team_id: str | None = None) -> Answer:
    """The account's people, or those of one team."""
    member = "EXISTS (SELECT 1 FROM json_each(team_ids) WHERE value = ?)"
    return Answer(here.listed("person", page, {} if team_id is None else {member: team_id}))


@read.get("/agent")
async def list_agents(
    here: Reading,
    page: Asked,
    risk_profile_id: str | None = None,
    team_id: str | None = None,
    owner_person_id: str | None = None,
) -> Answer:
    """The account's agents; for each filter an empty value or ``null`` means those without one."""
    filters = {"risk_profile_id": risk_profile_id, "team_id": team_id, "owner_person_id": owner_person_id}
    return Answer(_agents(here, page, **filters))


@read.get("/agent/show")
async def show_agent(
    here: Reading,
    agent_id: str | None = None,
    external_identifier: str | None = None,
    environment_id: str | None = None,
    *,
    include_risk_rollup: bool = False,
) -> Answer:
    """An agent by one of two names."""
    row = here.one_of("agent", agent_id, external_identifier)
    return Answer(here.agent_details(row, environment_id, with_rollup=include_risk_rollup))


@read.get("/agent/{agent_id}")
async def get_agent(
    here: Reading, agent_id: str, environment_id: str | None = None, *, include_risk_rollup: bool = False
) -> Answer:
    """An agent, its counts and roll-up those of one environment if that is named."""
    row = here.existing("agent", agent_id)
    return Answer(here.agent_details(row, environment_id, with_rollup=include_risk_rollup))


@read.get("/agent_instance")
async def list_agent_instances(
    here: Reading, page: Asked, agent_id: OfAgent, agent_version_id: str | None = None
) -> Answer:
    """An agent's runs, oldest first."""
    where = {"agent_version_id": agent_version_id} if agent_version_id else {}
    return Answer(_of_agent(here, "agent_instance", page, agent_id, **where))


@read.get("/agent_instance/{agent_instance_id}/agent_context")
async def get_agent_context(here: Reading, agent_instance_id: str) -> Answer:
    """A whole run as one document: its details and its spans."""
    run = here.of("agent_instance", here.existing("agent_instance", agent_instance_id), detailed=True)
    rows = here.store.select("agent_span", {"agent_instance_id": run["id"]})
    body = {"agent_instance": run, "agent_spans": [here.of("agent_span", each) for each in rows]}
    context = {"body": body, "generated_at": here.store.now(), "span_count": len(rows)}
    return Answer({"status": "success", "agent_context": context})


@read.get("/agent_spans")
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
    named = {"agent_id": agent_id, "agent_instance_id": agent_instance_id}
    window = {"start_time": start_time, "end_time": end_time}
    return Answer(_spans(here, page, named, **window, with_summary=include_summaries, with_risk=include_risk_level))


@read.get("/agent_spans/{agent_span_id}")
async def get_agent_span(here: Reading, agent_span_id: str, *, redacted: bool = False) -> Answer:
    """A span, with or without what its payloads mark as sensitive."""
    details = here.of("agent_span", here.existing("agent_span", agent_span_id))
    payloads = {name: _without_sensitive(details[name]) for name in ("payload", "result_payload")}
    return Answer(success(details | payloads if redacted else details))


def _without_sensitive(value: Any) -> Any:
    """A payload with the ``value`` of everything that is marked ``$sensitive`` taken out."""
    if isinstance(value, list):
        return [_without_sensitive(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = value | {"value": None} if "$sensitive" in value else value
    return {name: _without_sensitive(each) for name, each in kept.items()}


# What changes the registry: for the account's token alone, or for what a deployment's may report too.


def _endpoint(row: Write, permission: Any) -> Callable[..., Any]:
    """What FastAPI calls for a row of the tables; it reads and describes what the signature says."""
    body = inspect.Parameter("body", inspect.Parameter.KEYWORD_ONLY, annotation=row.body)
    if not any(field.is_required() for field in row.body.model_fields.values()):
        body = body.replace(annotation=row.body | None, default=None)
    takes = {"here": Here, "caller": permission} | {name: row.choices.get(name, str) for name in row.named}
    given = [inspect.Parameter(name, body.kind, annotation=kind) for name, kind in takes.items()]

    async def endpoint(here: Platform, caller: Caller, body: BaseModel | None, **named: str) -> Answer:
        sent = body or row.body()
        details = getattr(sent, "details", sent)
        if isinstance(sent, bodies.Details) and isinstance(details, bodies.Keyed):
            # The SDK puts the key of a new span into its details, other clients beside them.
            details.idempotency_key = details.idempotency_key or sent.idempotency_key
            sent = details
        path = [named[name] for name in row.named]
        act = partial(row.action, here, caller, details, *path)
        return Answer(here.once(caller, " ".join([row.name, *path]), sent, act))

    vars(endpoint)["__signature__"] = inspect.Signature([*given, body])
    return endpoint


for _router, _permission, _table in ((write, Administrator, ADMINISTRATION), (sdk, Authenticated, REPORTING)):
    for _write in _table:
        _router.add_api_route(
            _write.path,
            _endpoint(_write, _permission),
            methods=[_write.method],
            name=_write.name,
            description=_write.text,
        )


@write.post("/api_token")
async def create_api_token(here: Here, _: Administrator, body: bodies.Details[bodies.ApiTokenForCreate]) -> Answer:
    """A new token; its secret is told in this answer and never again."""
    # No repeated request gets this answer again: for that the secret would have to be kept.
    with here.store.transaction():
        return Answer(create_token(here, body.details))


@write.post("/pfid/generate")
async def generate_ids(here: Here, _: Administrator, body: bodies.PfidRequest) -> Answer:
    """Ids that nothing has yet."""
    return Answer(success({"pfids": [here.store.new_id() for _ in range(body.count)]}))


_FILTERS: Final = {"risk_profile_id", "team_id", "owner_person_id"}
#: What a bulk request may ask to read and to write, by the names that the platform and its SDK publish, and by what
#: follows from them for the rest of what the SDK sends.
_READS: Final[dict[str, tuple[Any, Callable[[Platform, Any], Row]]]] = {
    "agents/list": (
        bodies.Listing,
        lambda here, asked: _agents(here, asked.page(), **asked.model_dump(include=_FILTERS)),
    ),
    "agents/show": (
        bodies.Show,
        lambda here, asked: here.agent_details(
            here.one_of("agent", asked.agent_id, asked.external_identifier),
            asked.environment_id,
            with_rollup=asked.include_risk_rollup,
        ),
    ),
    "environments/list": (
        bodies.Listing,
        lambda here, asked: _environments(here, asked.page(), asked.account_id),
    ),
    "environments/show": (
        bodies.Show,
        lambda here, asked: here.details(
            "environment", here.one_of("environment", asked.environment_id, asked.external_identifier)
        ),
    ),
    "agent_instances/list": (
        bodies.Listing,
        lambda here, asked: _of_agent(here, "agent_instance", asked.page(), asked.agent_id),
    ),
    "agent_spans/list": (
        bodies.Listing,
        lambda here, asked: _spans(here, asked.page(), asked.model_dump(include={"agent_id", "agent_instance_id"})),
    ),
}
_WRITES: Final = {row.bulk: row for row in (*ADMINISTRATION, *REPORTING) if row.bulk}


@sdk.post("/bulk")
async def execute_bulk(here: Here, caller: Authenticated, body: bodies.BulkRequest) -> Answer:
    """Several operations in one request, up to the first that fails."""
    outputs: dict[str, Row] = {}
    for item in body.items:
        try:
            outputs[item.idempotency_key] = _executed(here, caller, item)
        except ApiFault as fault:
            outputs[item.idempotency_key] = fault.envelope
            break
    return Answer({"status": "success", "outputs": outputs})


def _executed(here: Platform, caller: Caller, item: bodies.BulkItem) -> Row:
    parameters = dict(item.model_extra or {})
    if item.type in _READS:
        model, answer = _READS[item.type]
        asked = _body(model, parameters)
        caller.check_reader()
        return answer(here, asked)
    row = _WRITES.get(item.type)
    if row is None:
        raise ApiFault(400, "not_implemented", f"The registry does not know the operation {item.type}")
    # What a request of its own says in its path, the item says beside the rest.
    path = [parameters.pop(name, "") for name in row.named]
    if not all(each and isinstance(each, str) for each in path):
        raise invalid({name: ["is required"] for name in row.named})
    envelope = row.body.model_fields.get("details")
    body = _body(envelope.annotation if envelope else row.body, parameters)

    def act() -> Row:
        if row in ADMINISTRATION:
            caller.check_administrator()
        return row.action(here, caller, body, *path)

    return here.once(caller, item.type, item, act)


def _body(model: Any, parameters: Row) -> Any:
    if isinstance(parameters.get("details"), dict):
        parameters |= parameters.pop("details")
    if extra := list(undeclared(model, parameters)):
        raise invalid({name: ["is not known here"] for name in extra})
    try:
        return model.model_validate(parameters)
    except ValidationError as error:
        raise invalid(field_errors(error.errors())) from None


def create_app(store: Store, *, token: str, fill_unknown: bool = True) -> fastapi.FastAPI:
    """The application over a store; it describes itself at ``/api/v1/openapi``.

    Args:
        store: What it knows; closing it is up to the caller.
        token: The account's token, which reads and writes everything. An earlier one no longer counts.
        fill_unknown: Answer undeclared data risk as declared ``unknown``, as the platform most probably does;
            otherwise as null, and partly declared data risk as it was sent.
    """
    admit(store, token)
    app = fastapi.FastAPI(
        title="Local registry",
        description="Speaks the API of the Prefactor platform, for an agent's SDK and for a reader.",
        version=__version__,
        openapi_url=f"{PREFIX}/openapi",
        # The pages that show the description load their scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        default_response_class=Answer,
        redirect_slashes=False,
        exception_handlers=dict.fromkeys(HANDLED, refused),
    )
    app.state.platform = Platform(store, fill_unknown)
    app.add_middleware(Door, store=store, open_path=f"{PREFIX}/openapi")
    for router in (read, sdk, write):
        app.include_router(router, prefix=PREFIX)
    return app
