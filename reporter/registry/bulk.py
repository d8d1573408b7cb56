"""``POST /bulk``: several operations in one request, each in a transaction of its own, up to the first that fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from reporter.prefactor.registration import FinishInstanceRequest, RegisterAgentInstanceRequest, TimestampRequest
from reporter.registry import administration, bodies, queries, registering, runs
from reporter.registry.faults import ApiFault, invalid, invalid_fields
from reporter.registry.paging import MAX_OFFSET, MAX_PAGE_SIZE, Page, sorting
from reporter.registry.platform import Platform
from reporter.registry.store import Row
from reporter.registry.tokens import Caller
from reporter.registry.wire import undeclared


class BulkItem(BaseModel):
    """One operation: its name, its key, and beside them what its own request would hold."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(alias="_type")
    idempotency_key: str = Field(min_length=8, max_length=64)


class BulkRequest(BaseModel):
    """``{items: [...]}``, no two with the same key."""

    items: list[BulkItem] = Field(min_length=1, max_length=100)

    @field_validator("items")
    @classmethod
    def _unique(cls, items: list[BulkItem]) -> list[BulkItem]:
        if len({item.idempotency_key for item in items}) != len(items):
            raise ValueError("all idempotency keys must be unique within the request")
        return items


class Pagination(BaseModel):
    """Which page, as a bulk item says it."""

    offset: int = Field(0, ge=0, le=MAX_OFFSET)
    page_size: int | None = Field(None, ge=1, le=MAX_PAGE_SIZE)


class Listing(BaseModel):
    """A list that is asked for; which of the filters apply depends on the list."""

    pagination: Pagination = Field(default_factory=Pagination)
    sorting: str | None = None
    account_id: str | None = None
    agent_id: str | None = None
    agent_instance_id: str | None = None
    risk_profile_id: str | None = None
    team_id: str | None = None
    owner_person_id: str | None = None

    def page(self, platform: Platform) -> Page:
        """The page that is asked for."""
        size = self.pagination.page_size or platform.default_page_size
        return Page(self.pagination.offset, size, *sorting(self.sorting, None, None))


class Show(BaseModel):
    """One thing that is asked for, by one of two names."""

    agent_id: str | None = None
    environment_id: str | None = None
    external_identifier: str | None = None
    include_risk_rollup: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """What a ``_type`` stands for.

    Attributes:
        body: The body that it takes.
        run: Does it; given the body, and what a request of its own would say in its path.
        names: The field of the item that says so.
        reads: Whether it only reads.
    """

    body: type[BaseModel]
    run: Callable[[Platform, Caller, Any, str], Row]
    names: str = ""
    reads: bool = False


def execute(platform: Platform, caller: Caller, request: BulkRequest) -> Row:
    """The answers by their items' keys; those after the first error are missing.

    Returns:
        ``{status: success, outputs: {key: the operation's own answer or error envelope}}``.
    """
    outputs: dict[str, Row] = {}
    for item in request.items:
        try:
            outputs[item.idempotency_key] = _executed(platform, caller, item)
        except ApiFault as fault:
            outputs[item.idempotency_key] = fault.envelope()
            break
    return {"status": "success", "outputs": outputs}


def _executed(platform: Platform, caller: Caller, item: BulkItem) -> Row:
    operation = OPERATIONS.get(item.type)
    if operation is None:
        raise ApiFault(400, "not_implemented", f"The registry does not know the operation {item.type}")
    parameters = dict(item.model_extra or {})
    named = parameters.pop(operation.names, "")
    if operation.names and not (named and isinstance(named, str)):
        raise invalid(operation.names, "is required")
    if isinstance(parameters.get("details"), dict):
        parameters |= parameters.pop("details")
    body = _body(operation.body, parameters)
    if operation.reads:
        caller.check_reader()
        return operation.run(platform, caller, body, named)
    keyed = replace(caller, idempotency_key=item.idempotency_key)
    return platform.once(keyed, item.type, item, lambda: operation.run(platform, caller, body, named))


def _body(model: type[BaseModel], parameters: Row) -> BaseModel:
    if extra := list(undeclared(model, parameters)):
        raise invalid_fields({name: ["is not known here"] for name in extra})
    try:
        return model.model_validate(parameters)
    except ValidationError as error:
        errors: dict[str, list[str]] = {}
        for each in error.errors():
            field = ".".join(str(step) for step in each["loc"])
            errors.setdefault(field, []).append("is required" if each["type"] == "missing" else each["msg"])
        raise invalid_fields(errors) from None


def _list_agents(platform: Platform, _: Caller, body: Listing, __: str) -> Row:
    filters = body.model_dump(include={"risk_profile_id", "team_id", "owner_person_id"})
    return queries.agents(platform, body.page(platform), **filters)


def _show_agent(platform: Platform, _: Caller, body: Show, __: str) -> Row:
    row = queries.one_of(platform, "agent", body.agent_id, body.external_identifier)
    return queries.agent_details(platform, row, body.environment_id, with_rollup=body.include_risk_rollup)


def _list_environments(platform: Platform, _: Caller, body: Listing, __: str) -> Row:
    return queries.environments(platform, body.page(platform), body.account_id or "")


def _show_environment(platform: Platform, _: Caller, body: Show, __: str) -> Row:
    row = queries.one_of(platform, "environment", body.environment_id, body.external_identifier)
    return administration.described(platform, "environment", row)


def _list_instances(platform: Platform, _: Caller, body: Listing, __: str) -> Row:
    return queries.of_agent(platform, "agent_instance", body.page(platform), body.agent_id or "")


def _list_spans(platform: Platform, _: Caller, body: Listing, __: str) -> Row:
    return queries.spans(platform, body.page(platform), body.model_dump(include={"agent_id", "agent_instance_id"}))


def _create(table: str) -> Callable[[Platform, Caller, Any, str], Row]:
    def run(platform: Platform, caller: Caller, body: BaseModel, _: str) -> Row:
        caller.check_administrator()
        return administration.create(platform, table, body)

    return run


#: The names that the platform and its SDK publish, and what follows from them for the rest of what the SDK sends.
OPERATIONS: Final[dict[str, Operation]] = {
    "agents/list": Operation(Listing, _list_agents, reads=True),
    "agents/show": Operation(Show, _show_agent, reads=True),
    "agents/create": Operation(bodies.AgentForCreate, _create("agent")),
    "environments/list": Operation(Listing, _list_environments, reads=True),
    "environments/show": Operation(Show, _show_environment, reads=True),
    "environments/create": Operation(bodies.EnvironmentForCreate, _create("environment")),
    "agent_instances/list": Operation(Listing, _list_instances, reads=True),
    "agent_instances/register": Operation(
        RegisterAgentInstanceRequest, lambda here, caller, body, _: registering.register(here, caller, body)
    ),
    "agent_instances/start": Operation(
        TimestampRequest,
        lambda here, caller, body, run: runs.start(here, caller, run, body),
        names="agent_instance_id",
    ),
    "agent_instances/finish": Operation(
        FinishInstanceRequest,
        lambda here, caller, body, run: runs.finish(here, caller, run, body),
        names="agent_instance_id",
    ),
    "agent_instances/record_quality": Operation(
        bodies.RecordQualityRequest,
        lambda here, caller, body, run: runs.record_quality(here, caller, run, body),
        names="agent_instance_id",
    ),
    "agent_spans/list": Operation(Listing, _list_spans, reads=True),
    "agent_spans/create": Operation(
        bodies.SpanForCreate, lambda here, caller, body, _: runs.create_span(here, caller, body)
    ),
    "agent_spans/finish": Operation(
        bodies.FinishSpanRequest,
        lambda here, caller, body, span: runs.finish_span(here, caller, span, body),
        names="agent_span_id",
    ),
}
