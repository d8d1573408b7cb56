"""What the registry is sent beside registrations: the bodies of its other operations."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Field, field_validator

from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES
from reporter.prefactor.registration import AgentInstanceRecordQuality, AgentSchemaVersionForRegister, FinishStatus
from reporter.registry.tokens import Scope

Name = Annotated[str, Field(min_length=1, max_length=500)]
#: Ids of the caller's own; longer or stranger ones could not stand in a path.
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:@-]{1,64}$")]
Purpose = Literal["development", "staging", "testing", "production"]
SpanStatus = Literal["pending", "active", "complete", "failed", "cancelled"]
Weight = Annotated[int | float, Field(ge=0, le=1_000_000)]

D = TypeVar("D", bound=BaseModel)


class Keyed(BaseModel):
    """A body with nothing but what makes a repeated request harmless; and the base of those with more."""

    idempotency_key: str | None = None


class Details(Keyed, Generic[D]):
    """The envelope of what is created or changed: ``{details, idempotency_key?}``."""

    details: D


class AccountForUpdate(BaseModel):
    """``PUT /account/{id}``."""

    name: Name | None = None


class EnvironmentForCreate(BaseModel):
    """``POST /environment``."""

    id: Identifier | None = None
    name: Name
    description: str | None = None
    account_id: str | None = None
    external_identifier: Name | None = None
    purpose: Purpose = "development"


class EnvironmentForUpdate(BaseModel):
    """``PUT /environment/{id}``."""

    name: Name | None = None
    description: str | None = None
    purpose: Purpose | None = None


class TeamForCreate(BaseModel):
    """``POST /team``."""

    id: Identifier | None = None
    name: Name


class TeamForUpdate(BaseModel):
    """``PUT /team/{id}``."""

    name: Name | None = None


class PersonForCreate(BaseModel):
    """``POST /person``."""

    id: Identifier | None = None
    name: Name
    email: Name
    title: str | None = None
    team_ids: list[str] = Field(default_factory=list)


class PersonForUpdate(BaseModel):
    """``PUT /person/{id}``."""

    name: Name | None = None
    email: Name | None = None
    title: str | None = None
    team_ids: list[str] | None = None


class Thresholds(BaseModel):
    """Where the bands of a score begin. Like the platform it does not check that they ascend."""

    medium: Weight
    high: Weight
    critical: Weight


class Ruleset(BaseModel):
    """The rules of a risk profile; what is null or left out is out of the agreed scope."""

    category_weights: dict[str, Weight | None]
    action_multipliers: dict[str, Weight | None]
    thresholds: Thresholds

    @field_validator("category_weights")
    @classmethod
    def _of_categories(cls, value: dict[str, Weight | None]) -> dict[str, Weight | None]:
        return _complete(value, CATEGORY_NAMES)

    @field_validator("action_multipliers")
    @classmethod
    def _of_actions(cls, value: dict[str, Weight | None]) -> dict[str, Weight | None]:
        return _complete(value, ACTION_NAMES)


def _complete(value: dict[str, Weight | None], names: tuple[str, ...]) -> dict[str, Weight | None]:
    if strange := sorted(value.keys() - set(names)):
        raise ValueError(f"unknown: {', '.join(strange)}")
    return {name: value.get(name) for name in names}


class RiskProfileForCreate(BaseModel):
    """``POST /risk_profile``."""

    id: Identifier | None = None
    name: Name
    description: str | None = None
    ruleset: Ruleset


class RiskProfileForUpdate(BaseModel):
    """``PUT /risk_profile/{id}``."""

    name: Name | None = None
    description: str | None = None
    ruleset: Ruleset | None = None


class AgentForCreate(BaseModel):
    """``POST /agent``."""

    id: Identifier | None = None
    name: Name
    description: str | None = None
    external_identifier: Name | None = None
    owner_person_id: str | None = None
    risk_profile_id: str | None = None
    team_id: str | None = None


class AgentForUpdate(BaseModel):
    """``PUT /agent/{id}``: what is left out stays; null clears an owner, a team, a profile, a description."""

    name: Name | None = None
    description: str | None = None
    owner_person_id: str | None = None
    risk_profile_id: str | None = None
    team_id: str | None = None


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
    status: SpanStatus = "active"
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
