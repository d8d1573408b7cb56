"""The registry as an ASGI application: its routes, most of which are made from tables.

Raises ``MissingPart`` on import, where the extra ``registry`` is not installed.
"""

import inspect
from collections.abc import Callable, Mapping, MutableSequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Final, cast

from pydantic import BaseModel, ValidationError

from reporter import __version__
from reporter.registry import bodies, door
from reporter.registry.access import ApiFault, Caller, admit, invalid, parsed
from reporter.registry.answers import DEFAULT_PAGE_SIZE, MAX_OFFSET, MAX_PAGE_SIZE, Page, Platform, sorting, success
from reporter.registry.door import Answer, StrictRoute, fastapi
from reporter.registry.store import Row, Store
from reporter.registry.writing import ADMINISTRATION, REPORTING, Route, create_token

PREFIX: Final = "/api/v1"

# What every operation is handed: the platform, who is calling, and which page of a list.


def platform_of(request: fastapi.Request) -> Platform:
    """The platform that the application was made with."""
    return cast("Platform", request.app.state.platform)


def caller_of(
    request: fastapi.Request,
    _: Annotated[object, fastapi.Depends(door.BEARER)],  # for the description alone; the door has looked at it
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

read = fastapi.APIRouter(route_class=StrictRoute, default_response_class=Answer, tags=["read"])
write = fastapi.APIRouter(route_class=StrictRoute, default_response_class=Answer, tags=["write"])
sdk = fastapi.APIRouter(route_class=StrictRoute, default_response_class=Answer, tags=["sdk"])

# What a reader asks: every ``GET``, for the account's token alone.


@read.get("/ping")
async def ping(_: Authenticated) -> Answer:
    """Proves the token, also a deployment's."""
    return Answer({"status": "success"})


def _list(kind: str, here: Platform, page: Page, **asked: str | None) -> Row:
    where: Row = {}
    for name, value in asked.items():
        if name == "account_id":
            here.existing("account", value)
        elif name == "agent_id":
            where[name] = here.existing("agent", value)["id"]
        # An empty filter of agents asks for those that have none; an empty version of a run asks for nothing.
        elif kind == "person" and value is not None:
            where["EXISTS (SELECT 1 FROM json_each(team_ids) WHERE value = ?)"] = value
        elif kind == "agent" and value is not None:
            where[name] = None if value in ("", "null") else value
        elif value:
            where[name] = value
    return here.listed(kind, page, where)


def _list_spans(kind: str, here: Platform, page: Page, **asked: Any) -> Row:
    where = {name: asked[name] for name in ("agent_id", "agent_instance_id") if asked[name] is not None}
    if not where:
        raise invalid({"agent_instance_id": ["is required, or agent_id"]})
    for name, sign in (("start_time", ">="), ("end_time", "<=")):
        if asked[name] is not None:
            where[f"julianday(started_at) {sign} julianday(?)"] = parsed(asked[name], name)
    more = {"with_summary": asked["include_summaries"], "with_risk": asked["include_risk_level"]}
    return here.listed(kind, page, where, partial(here.listed_span, **more))


def _show(kind: str, here: Platform, external_identifier: str | None, **asked: Any) -> Row:
    return here.details(kind, here.one_of(kind, asked.pop(f"{kind}_id"), external_identifier), **asked)


def _get(kind: str, here: Platform, row_id: str, **asked: Any) -> Row:
    return here.details(kind, here.existing(kind, row_id), **asked)


def _get_context(kind: str, here: Platform, instance_id: str) -> Row:
    run = _get(kind, here, instance_id)["details"]
    rows = here.store.select("agent_span", {"agent_instance_id": instance_id})
    body = {"agent_instance": run, "agent_spans": [here.of("agent_span", each) for each in rows]}
    context = {"body": body, "generated_at": here.store.now(), "span_count": len(rows)}
    return {"status": "success", "agent_context": context}


def _get_span(kind: str, here: Platform, span_id: str, *, redacted: bool) -> Row:
    details = _get(kind, here, span_id)["details"]
    payloads = {name: _without_sensitive(details[name]) for name in ("payload", "result_payload")}
    return success(details | payloads if redacted else details)


def _without_sensitive(value: Any) -> Any:
    """A payload with the ``value`` of everything that is marked ``$sensitive`` taken out."""
    if isinstance(value, list):
        return [_without_sensitive(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = value | {"value": None} if "$sensitive" in value else value
    return {name: _without_sensitive(each) for name, each in kept.items()}


_REQUIRED: Final = (str, inspect.Parameter.empty)
_TEXT: Final = (str | None, None)
_FLAG: Final = (bool, False)
#: Required by the platform's own clients; the list of one agent cannot be asked for without it.
_OF_AGENT: Final = {"agent_id": _REQUIRED}
_ROLLUP: Final = {"environment_id": _TEXT, "include_risk_rollup": _FLAG}

READS: Final = (
    Route("GET", "/account", "list_accounts", "The one account.", _list),
    Route("GET", "/account/{account_id}", "get_account", "The one account.", _get),
    Route("GET", "/environment", "list_environments", "The account's environments.",
          _list, takes={"account_id": _REQUIRED}, bulk="environments/list"),
    # Before what is got by its id: no id is ``show``.
    Route("GET", "/environment/show", "show_environment", "An environment by one of two names.",
          _show, takes={"environment_id": _TEXT, "external_identifier": _TEXT}, bulk="environments/show"),
    Route("GET", "/environment/{environment_id}", "get_environment", "An environment.", _get),
    Route("GET", "/team", "list_teams", "The account's teams.", _list),
    Route("GET", "/team/{team_id}", "get_team", "A team.", _get),
    Route("GET", "/person", "list_people", "The account's people, or those of one team.",
          _list, takes={"team_id": _TEXT}),
    Route("GET", "/person/{person_id}", "get_person", "A person.", _get),
    Route("GET", "/risk_profile", "list_risk_profiles", "The account's risk profiles, without their rules.", _list),
    Route("GET", "/risk_profile/{risk_profile_id}", "get_risk_profile",
          "A risk profile with its rules, and what they agree to.", _get),
    Route("GET", "/agent", "list_agents",
          "The account's agents; for each filter an empty value or ``null`` means those without one.",
          _list, takes={"risk_profile_id": _TEXT, "team_id": _TEXT, "owner_person_id": _TEXT}, bulk="agents/list"),
    Route("GET", "/agent/show", "show_agent", "An agent by one of two names.",
          _show, takes={"agent_id": _TEXT, "external_identifier": _TEXT} | _ROLLUP, bulk="agents/show"),
    Route("GET", "/agent/{agent_id}", "get_agent",
          "An agent, its counts and roll-up those of one environment if that is named.", _get, takes=_ROLLUP),
    Route("GET", "/agent_version", "list_agent_versions", "An agent's versions, each leading to its schema version.",
          _list, takes=_OF_AGENT),
    Route("GET", "/agent_version/{agent_version_id}", "get_agent_version", "An agent version and what it runs on.",
          _get),
    Route("GET", "/agent_schema_version", "list_agent_schema_versions",
          "An agent's schema versions, without what they declare.", _list, takes=_OF_AGENT),
    Route("GET", "/agent_schema_version/{agent_schema_version_id}", "get_agent_schema_version",
          "A schema version with what it declares: span types, quality schemas and alert schemas, each by name.", _get),
    Route("GET", "/agent_deployment", "list_agent_deployments",
          "An agent's deployments: one an environment, each with its current version.", _list, takes=_OF_AGENT),
    Route("GET", "/agent_deployment/{agent_deployment_id}", "get_agent_deployment", "A deployment.", _get),
    Route("GET", "/agent_instance", "list_agent_instances", "An agent's runs, oldest first.",
          _list, takes=_OF_AGENT | {"agent_version_id": _TEXT}, bulk="agent_instances/list"),
    Route("GET", "/agent_instance/show", "show_agent_instance", "A run by one of two names.",
          _show, takes={"agent_instance_id": _TEXT, "external_identifier": _TEXT}),
    Route("GET", "/agent_instance/{agent_instance_id}", "get_agent_instance", "A run with its counts and judgements.",
          _get),
    Route("GET", "/agent_instance/{agent_instance_id}/agent_context", "get_agent_context",
          "A whole run as one document: its details and its spans.", _get_context),
    Route("GET", "/agent_spans", "list_agent_spans",
          "The spans of an agent or of one run, those that started in a window if one is given.", _list_spans,
          takes={"agent_id": _TEXT, "agent_instance_id": _TEXT, "start_time": _TEXT, "end_time": _TEXT,
          "include_summaries": _FLAG, "include_risk_level": _FLAG}, bulk="agent_spans/list"),
    Route("GET", "/agent_spans/{agent_span_id}", "get_agent_span",
          "A span, with or without what its payloads mark as sensitive.", _get_span, takes={"redacted": _FLAG}),
    Route("GET", "/api_token", "list_api_tokens", "The account's tokens, without their secrets.", _list),
    Route("GET", "/api_token/{api_token_id}", "get_api_token", "A token, without its secret.", _get),
)  # fmt: skip


def _add(router: fastapi.APIRouter, row: Route, do: Callable[..., Row], first: Mapping[str, Any]) -> None:
    """Makes a route of a row: FastAPI reads what its signature says that it takes, and describes it."""

    async def endpoint(**given: Any) -> Answer:
        return Answer(do(row, **given))

    empty = inspect.Parameter.empty
    takes: dict[str, tuple[Any, Any]] = {name: (kind, empty) for name, kind in first.items()}
    takes |= dict.fromkeys(row.steps, _REQUIRED) | dict(row.takes)
    if row.method != "GET":
        required = any(field.is_required() for field in row.body.model_fields.values())
        takes["body"] = (row.body, empty) if required else (row.body | None, None)
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter(name, keyword, annotation=kind, default=d) for name, (kind, d) in takes.items()]
    vars(endpoint)["__signature__"] = inspect.Signature(parameters)
    router.add_api_route(row.path, endpoint, methods=[row.method], name=row.name, description=row.text)


def _read(row: Route, **given: Any) -> Row:
    first = [given.pop(name) for name in ("here", "page", *row.steps) if name in given]
    return row.action(row.kind, *first, **given)


def _write(row: Route, here: Platform, caller: Caller, body: BaseModel | None, **named: str) -> Row:
    sent = body or row.body()
    details = getattr(sent, "details", sent)
    if isinstance(sent, bodies.Details) and isinstance(details, bodies.Keyed):
        # The SDK puts the key of a new span into its details, other clients beside them.
        details.idempotency_key = details.idempotency_key or sent.idempotency_key
        sent = details
    path = [named[name] for name in row.steps]
    return here.once(caller, " ".join([row.name, *path]), sent, partial(row.action, here, caller, details, *path))


# Permissions are dependencies, so that who may not ask is told so before anything is said of what was asked.
for _row in READS:
    _add(read, _row, _read, {"here": Reading} | ({"page": Asked} if _row.name.startswith("list") else {}))
for _row in ADMINISTRATION:
    _add(write, _row, _write, {"here": Here, "caller": Administrator})
for _row in REPORTING:
    _add(sdk, _row, _write, {"here": Here, "caller": Authenticated})


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


#: What a bulk request may ask for, by the names that the platform and its SDK publish, and by what follows from them
#: for the rest of what the SDK sends.
_IN_BULK: Final = {row.bulk: row for row in (*READS, *ADMINISTRATION, *REPORTING) if row.bulk}


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
    row = _IN_BULK.get(item.type)
    if row is None:
        raise ApiFault(400, "not_implemented", f"The registry does not know the operation {item.type}")
    if row.method == "GET":
        asked = _body(bodies.Listing if row.name.startswith("list") else bodies.Show, parameters)
        caller.check_reader()
        page = [asked.page()] if isinstance(asked, bodies.Listing) else []
        return row.action(row.kind, here, *page, **{name: getattr(asked, name, None) for name in row.takes})
    # What a request of its own says in its path, the item says beside the rest.
    path = [parameters.pop(name, "") for name in row.steps]
    if not all(each and isinstance(each, str) for each in path):
        raise invalid({name: ["is required"] for name in row.steps})
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
    door.refuse_undeclared(model, parameters)
    try:
        return model.model_validate(parameters)
    except ValidationError as error:
        raise invalid(door.field_errors(error.errors())) from None


def create_app(
    store: Store, *, token: str, fill_unknown: bool = True, log: MutableSequence[str] | None = None
) -> fastapi.FastAPI:
    """The application over a store, which stays open; it describes itself at ``/api/v1/openapi``.

    The token, the account's, reads and writes everything; an earlier one no longer counts. ``fill_unknown`` answers
    undeclared data risk as declared ``unknown``, as the platform most probably does; otherwise it is null, and partly
    declared data risk as it was sent. ``log`` is told of every request.
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
        exception_handlers=dict.fromkeys(door.HANDLED, door.refused),
    )
    app.state.platform = Platform(store, fill_unknown)
    app.add_middleware(door.Door, store=store, open_path=f"{PREFIX}/openapi", log=log)
    for router in (read, sdk, write):
        app.include_router(router, prefix=PREFIX)
    return app
