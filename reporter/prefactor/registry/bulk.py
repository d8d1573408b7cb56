"""``POST /bulk``: several operations in one request, each in a transaction of its own, up to the first that fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from reporter.prefactor.registration import (
    FinishInstanceRequest,
    RegisterAgentInstanceRequest,
    TimestampRequest,
)
from reporter.prefactor.registry import administration, bodies, queries, registering, runs
from reporter.prefactor.registry.faults import ApiFault, invalid_fields
from reporter.prefactor.registry.paging import MAX_OFFSET, MAX_PAGE_SIZE, Page, sorting
from reporter.prefactor.registry.platform import Platform
from reporter.prefactor.registry.store import Row
from reporter.prefactor.registry.tokens import Caller


class BulkItem(BaseModel):
    """One operation: its name, its key, and beside them what its own request would hold."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(alias="_type")
    idempotency_key: str = Field(min_length=8, max_length=64)


class BulkRequest(BaseModel):
    """``{items: [...]}``, no two with the same key."""

    items: list[BulkItem] = Field(min_length=1)

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


class OfInstance(BaseModel):
    """Names a run; the rest of the item is the operation's own body."""

    agent_instance_id: str


class OfSpan(BaseModel):
    """Names a span; the rest of the item is the operation's own body."""

    agent_span_id: str


@dataclass(frozen=True, slots=True)
class Operation:
    """What a ``_type`` stands for: the body that it takes, what it does, and whether it only reads."""

    body: type[BaseModel]
    run: Callable[[Platform, Caller, Any, BulkItem], Row]
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
    details = parameters.pop("details", None)
    body = _body(operation.body, parameters | (details if isinstance(details, dict) else {}))
    if operation.reads:
        caller.check_reader()
        return operation.run(platform, caller, body, item)
    keyed = replace(caller, idempotency_key=item.idempotency_key)
    return platform.once(keyed, item.type, item, lambda: operation.run(platform, caller, body, item))


def _body(model: type[BaseModel], parameters: Row) -> BaseModel:
    try:
        return model.model_validate(parameters)
    except ValidationError as error:
        errors: dict[str, list[str]] = {}
        for each in error.errors():
            field = ".".join(str(step) for step in each["loc"])
            errors.setdefault(field, []).append("is required" if each["type"] == "missing" else each["msg"])
        raise invalid_fields(errors) from None


def _instance_id(item: BulkItem) -> str:
    body = _body(OfInstance, item.model_extra or {})
    return str(body.model_dump()["agent_instance_id"])


def _span_id(item: BulkItem) -> str:
    body = _body(OfSpan, item.model_extra or {})
    return str(body.model_dump()["agent_span_id"])


def _list_agents(platform: Platform, _: Caller, body: Listing, __: BulkItem) -> Row:
    filters = body.model_dump(include={"risk_profile_id", "team_id", "owner_person_id"})
    return queries.agents(platform, body.page(platform), **filters)


def _show_agent(platform: Platform, _: Caller, body: Show, __: BulkItem) -> Row:
    row = queries.one_of(platform, "agent", body.agent_id, body.external_identifier)
    return queries.agent_details(platform, row, body.environment_id, with_rollup=body.include_risk_rollup)


def _list_environments(platform: Platform, _: Caller, body: Listing, __: BulkItem) -> Row:
    return queries.environments(platform, body.page(platform), body.account_id or "")


def _show_environment(platform: Platform, _: Caller, body: Show, __: BulkItem) -> Row:
    row = queries.one_of(platform, "environment", body.environment_id, body.external_identifier)
    return administration.described(platform, "environment", row)


def _list_instances(platform: Platform, _: Caller, body: Listing, __: BulkItem) -> Row:
    return queries.of_agent(platform, "agent_instance", body.page(platform), body.agent_id or "")


def _list_spans(platform: Platform, _: Caller, body: Listing, __: BulkItem) -> Row:
    return queries.spans(platform, body.page(platform), body.model_dump(include={"agent_id", "agent_instance_id"}))


def _create(table: str) -> Callable[[Platform, Caller, Any, BulkItem], Row]:
    def run(platform: Platform, caller: Caller, body: BaseModel, _: BulkItem) -> Row:
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
        TimestampRequest, lambda here, caller, body, item: runs.start(here, caller, _instance_id(item), body)
    ),
    "agent_instances/finish": Operation(
        FinishInstanceRequest,
        lambda here, caller, body, item: runs.finish(here, caller, _instance_id(item), body),
    ),
    "agent_instances/record_quality": Operation(
        bodies.RecordQualityRequest,
        lambda here, caller, body, item: runs.record_quality(here, caller, _instance_id(item), body),
    ),
    "agent_spans/list": Operation(Listing, _list_spans, reads=True),
    "agent_spans/create": Operation(
        bodies.SpanForCreate, lambda here, caller, body, _: runs.create_span(here, caller, body)
    ),
    "agent_spans/finish": Operation(
        bodies.FinishSpanRequest,
        lambda here, caller, body, item: runs.finish_span(here, caller, _span_id(item), body),
    ),
}
