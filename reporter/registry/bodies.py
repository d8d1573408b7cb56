"""What the registry is sent beside registrations: the bodies of its other operations."""

from __future__ import annotations

from typing import Annotated, Any, Final, Generic, Literal, TypeVar, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model, field_validator

from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES
from reporter.prefactor.registration import AgentInstanceRecordQuality, AgentSchemaVersionForRegister, FinishStatus
from reporter.registry.access import Scope
from reporter.registry.answers import DEFAULT_PAGE_SIZE, MAX_OFFSET, MAX_PAGE_SIZE, Page, sorting

Name = Annotated[str, Field(min_length=1, max_length=500)]
#: Ids of the caller's own; longer or stranger ones could not stand in a path.
OWN_ID: Final = "[A-Za-z0-9_.:@-]{1,64}"
Identifier = Annotated[str, Field(pattern=f"^{OWN_ID}$")]
Weight = Annotated[int | float, Field(ge=0, le=1_000_000)]

D = TypeVar("D", bound=BaseModel)


class Keyed(BaseModel):
    """A body with nothing but what makes a repeated request harmless; and the base of those with more."""

    idempotency_key: str | None = None


class Details(Keyed, Generic[D]):
    """The envelope of what is created or changed: ``{details, idempotency_key?}``."""

    details: D


class Thresholds(BaseModel):
    """Where the bands of a score begin. Like the platform it does not check that they ascend."""

    medium: Weight
    high: Weight
    critical: Weight


def _complete(names: tuple[str, ...]) -> AfterValidator:
    """Refuses names that are none of these, and answers null for those left out."""

    def completed(value: dict[str, Weight | None]) -> dict[str, Weight | None]:
        if strange := sorted(value.keys() - set(names)):
            raise ValueError(f"unknown: {', '.join(strange)}")
        return {name: value.get(name) for name in names}

    return AfterValidator(completed)


class Ruleset(BaseModel):
    """The rules of a risk profile; what is null or left out is out of the agreed scope."""

    category_weights: Annotated[dict[str, Weight | None], _complete(CATEGORY_NAMES)]
    action_multipliers: Annotated[dict[str, Weight | None], _complete(ACTION_NAMES)]
    thresholds: Thresholds


_NAMED: Final[dict[str, Any]] = {"name": (Name, ...)}
_MAYBE: Final = (str | None, None)
_ELSEWHERE: Final = (Name | None, None)
#: What is set up beside runs, and of what: each field with its type and what it is where nothing is said.
_SET_UP: Final[dict[str, dict[str, Any]]] = {
    "account": _NAMED,
    "environment": _NAMED | {"description": _MAYBE, "account_id": _MAYBE, "external_identifier": _ELSEWHERE,
                             "purpose": (Literal["development", "staging", "testing", "production"], "development")},
    "team": _NAMED,
    "person": _NAMED | {"email": (Name, ...), "title": _MAYBE, "team_ids": (list[str], Field(default_factory=list))},
    "risk_profile": _NAMED | {"description": _MAYBE, "ruleset": (Ruleset, ...)},
    "agent": _NAMED | {"description": _MAYBE, "external_identifier": _ELSEWHERE, "owner_person_id": _MAYBE,
                       "risk_profile_id": _MAYBE, "team_id": _MAYBE},
}  # fmt: skip
#: What is said when something is created, and never changed.
_FOR_GOOD: Final = {"account_id", "external_identifier"}


def creating(kind: str) -> type[Keyed]:
    """The body that creates one of ``_SET_UP``, which may come with an id of its own."""
    return _enveloped(kind, "Create", f"``POST /{kind}``.", {"id": (Identifier | None, None)} | _SET_UP[kind])


def changing(kind: str, text: str = "") -> type[Keyed]:
    """The body that changes one of ``_SET_UP``: whatever is left out stays as it is."""
    fields = {name: (type_ | None, None) for name, (type_, _) in _SET_UP[kind].items() if name not in _FOR_GOOD}
    return _enveloped(kind, "Update", f"``PUT /{kind}/{{id}}``{text}.", fields)


def _enveloped(kind: str, purpose: str, text: str, fields: dict[str, Any]) -> type[Keyed]:
    name = kind.title().replace("_", "")
    model: Any = create_model(f"{name}For{purpose}", __doc__=text, **fields)
    return cast("type[Keyed]", Details[model])


class AgentSchemaVersionForCreate(AgentSchemaVersionForRegister):
    """``POST /agent_schema_version``: a schema version without a run."""

    agent_id: str


class AgentDeploymentForCreate(BaseModel):
    """``POST /agent_deployment``."""

    id: Identifier | None = None
    agent_id: str
    environment_id: str
    current_version_id: str | None = None


class AgentDeploymentForUpdate(BaseModel):
    """``PUT /agent_deployment/{id}``: moves the pin, or with null takes it out."""

    current_version_id: str | None = None


class ApiTokenForCreate(BaseModel):
    """``POST /api_token``: an agent and an environment go with the scope ``agent_deployment`` alone."""

    token_scope: Scope
    account_id: str | None = None
    agent_id: str | None = None
    environment_id: str | None = None
    expires_at: str | None = None


class RecordQualityRequest(AgentInstanceRecordQuality, Keyed):
    """``POST /agent_instance/{id}/record_quality``."""


class PfidRequest(BaseModel):
    """``POST /pfid/generate``."""

    count: int = Field(1, ge=1, le=1000)
    account_id: str | None = None


class AgentInstanceForUpdate(BaseModel):
    """``PUT /agent_instance/{id}``: the judgement of clients that know only one; null takes it out."""

    quality_payload: dict[str, Any] | None = None


class TerminateRequest(Keyed):
    """``POST /agent_instance/{id}/terminate``."""

    reason: str | None = None


class SpanForCreate(Keyed):
    """``details`` of ``POST /agent_spans``; the SDK puts the idempotency key in there too."""

    id: Identifier | None = None
    agent_instance_id: str
    schema_name: Name
    status: Literal["pending", "active", "complete", "failed", "cancelled"] = "active"
    payload: dict[str, Any] = Field(default_factory=dict)
    result_payload: dict[str, Any] | None = None
    parent_span_id: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    #: Sent along by the vendor's SDK; the registry sees for itself whether payloads are marked.
    sensitive_encoding: bool | None = None


class FinishSpanRequest(Keyed):
    """``POST /agent_spans/{id}/finish``."""

    sensitive_encoding: bool | None = None
    status: FinishStatus | None = None
    result_payload: dict[str, Any] | None = None
    timestamp: str | None = None


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
    """A list that a bulk item asks for; which of the filters apply depends on the list."""

    pagination: Pagination = Field(default_factory=Pagination)
    sorting: str | None = None
    account_id: str | None = None
    agent_id: str | None = None
    agent_instance_id: str | None = None
    risk_profile_id: str | None = None
    team_id: str | None = None
    owner_person_id: str | None = None

    def page(self) -> Page:
        """The page that is asked for."""
        size = self.pagination.page_size or DEFAULT_PAGE_SIZE
        return Page(self.pagination.offset, size, *sorting(self.sorting, None, None))


class Show(BaseModel):
    """One thing that a bulk item asks for, by one of two names."""

    agent_id: str | None = None
    environment_id: str | None = None
    external_identifier: str | None = None
    include_risk_rollup: bool = False
