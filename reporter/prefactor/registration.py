"""What an agent's SDK sends to register itself: the vendor's registration models, implemented whole.

They mirror ``prefactor_http.models.agent_instance`` of the vendor's package ``prefactor-http`` field by field, with its
defaults, its literals and its leniency (unknown keys are passed over, except in ``DataRisk``, which keeps them). A test
holds them against the installed package. What they hold beyond it is what the platform documents or the vendor's other
clients send: alert schemas, the single quality schema, the template of a result, and the count of pending spans.

A registration is the body of ``POST /agent_instance/register``. Every model raises ``pydantic.ValidationError`` for
what the vendor's own model refuses.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

ActionAnswer = Literal["unknown", "allowed", "disallowed"]
CategoryAnswer = Literal["unknown", "included", "excluded"]
#: ``unknown`` comes first because the vendor lists it so; it is no level and stands below none.
Classification = Literal["unknown", "public", "internal", "confidential", "restricted", "secret"]
AgentStatus = Literal["pending", "active", "complete", "failed", "cancelled", "terminated"]
FinishStatus = Literal["complete", "failed", "cancelled"]
InstancePurpose = Literal["live", "smoke_test", "eval"]


def _unknown(words: str) -> Any:
    return Field("unknown", description=words)


def _optional(words: str) -> Any:
    return Field(None, description=words)


class ActionProfile(BaseModel):
    """``data_risk.action_profile``: what a span type may do, in six actions, each ``unknown`` unless answered."""

    create_data: ActionAnswer = _unknown("Whether this span creates data.")
    read_data: ActionAnswer = _unknown("Whether this span reads data.")
    update_data: ActionAnswer = _unknown("Whether this span updates data.")
    destroy_data: ActionAnswer = _unknown("Whether this span destroys data.")
    financial_transactions: ActionAnswer = _unknown("Whether this span performs financial transactions.")
    external_communication: ActionAnswer = _unknown("Whether this span sends external communications.")


class DataCategories(BaseModel):
    """``data_risk.params_data_categories`` and ``.result_data_categories``: what one side of a span holds."""

    personal_identifiers: CategoryAnswer = _unknown("Personal identifiers present.")
    contact_information: CategoryAnswer = _unknown("Contact information present.")
    financial_information: CategoryAnswer = _unknown("Financial information present.")
    health_and_medical: CategoryAnswer = _unknown("Health and medical data present.")
    criminal_justice: CategoryAnswer = _unknown("Criminal justice data present.")
    authentication_and_secrets: CategoryAnswer = _unknown("Authentication and secrets present.")
    organisational_confidential: CategoryAnswer = _unknown("Organisational confidential data.")
    minors_data: CategoryAnswer = _unknown("Data of minors present.")
    location_and_tracking: CategoryAnswer = _unknown("Location and tracking data present.")
    behavioural_and_inferred: CategoryAnswer = _unknown("Behavioural and inferred data present.")
    # The vendor's names and not the law's: health_and_medical falls under GDPR Art. 9 as well.
    gdpr_racial_or_ethnic_origin: CategoryAnswer = _unknown("Racial or ethnic origin.")
    gdpr_political_opinions: CategoryAnswer = _unknown("Political opinions.")
    gdpr_religious_or_philosophical_beliefs: CategoryAnswer = _unknown("Religious or philosophical beliefs.")
    gdpr_trade_union_membership: CategoryAnswer = _unknown("Trade union membership.")
    gdpr_genetic_data: CategoryAnswer = _unknown("Genetic data.")
    gdpr_biometric_for_identification: CategoryAnswer = _unknown("Biometric data for identification.")
    gdpr_sex_life_or_sexual_orientation: CategoryAnswer = _unknown("Sex life or sexual orientation.")
    classification: Classification = _unknown("The level of this side as a whole.")


class DataRisk(BaseModel):
    """One declaration, the ``data_risk`` of a span type, a quality or an alert schema; further keys are kept.

    All three parts are required once a declaration is given; the fields inside each have defaults.
    """

    model_config = ConfigDict(extra="allow")

    action_profile: ActionProfile = Field(description="Actions this span performs.")
    params_data_categories: DataCategories = Field(description="Data categories present in its parameters.")
    result_data_categories: DataCategories = Field(description="Data categories present in its result.")


class SpanTypeSchemaForCreate(BaseModel):
    """A span type as it is registered, an item of ``agent_schema_version.span_type_schemas``."""

    name: str = Field(description="Name of the span type.")
    params_schema: dict[str, Any] = Field(description="JSON Schema of the span's parameters.")
    result_schema: dict[str, Any] | None = _optional("JSON Schema of the span's result.")
    title: str | None = _optional("Title for people; the platform defaults it to the name.")
    description: str | None = _optional("What the span type is for.")
    template: str | None = _optional("Display template with {{field}} places.")
    result_template: str | None = _optional("The same for its result; no answer tells it.")
    data_risk: DataRisk | None = _optional("The declaration; without it the type is undeclared.")


class QualitySchemaForCreate(BaseModel):
    """A schema for judgements about a run as it is registered, an item of ``agent_schema_version.quality_schemas``."""

    # A model of pydantic's has a method ``schema``, so the field has another name here than on the wire.
    model_config = ConfigDict(populate_by_name=True)

    name: str = Field(description="Name, unique within the schema version.")
    schema_: dict[str, Any] = Field(alias="schema", description="JSON Schema of the quality payload.")
    title: str | None = _optional("Title for people; the platform defaults it to the name.")
    description: str | None = _optional("What is judged.")
    template: str | None = _optional("Display template with {{field}} places.")
    data_risk: DataRisk | None = _optional("The declaration of the payload.")


class AlertSchemaForCreate(QualitySchemaForCreate):
    """A named schema for alerts of a run: the row shape of a quality schema.

    The vendor's Python package cannot send it yet; ``GET /agent_schema_version/{id}`` answers with it.
    """


class OlderQualitySchemaForCreate(QualitySchemaForCreate):
    """The one quality schema of a schema version, without a name, as the vendor's open evals register it."""

    # Answers have a map by name, so that the one without a name needs one.
    name: str = Field("quality", description="Name; by default quality.")


class QualitySchemaDetails(BaseModel):
    """A value of ``details.quality_schemas`` of ``GET /agent_schema_version/{id}``, its defaults filled in."""

    model_config = ConfigDict(populate_by_name=True)

    name: str = Field(description="Name, unique within the schema version.")
    title: str = Field(description="Title for people.")
    description: str | None = _optional("What is judged.")
    template: str | None = _optional("Display template with {{field}} places.")
    data_risk: DataRisk = Field(description="The declaration; all unknown where none was registered.")
    schema_: dict[str, Any] = Field(alias="schema", description="JSON Schema of the quality payload.")
    schema_validation: dict[str, Any] = Field(description="Whether that JSON Schema is one: status and message.")


class AgentInstanceRecordQuality(BaseModel):
    """A judgement to record on a run, or to remove from it: ``POST /agent_instance/{id}/record_quality``."""

    name: str = Field(description="Name of the quality schema that it follows.")
    payload: dict[str, Any] | None = _optional("The judgement; null removes the recorded one.")


class AgentInstanceSpanCounts(BaseModel):
    """How many spans a run has, by state. Source: ``details.span_counts`` of ``GET /agent_instance/{id}``."""

    total: int = Field(0, description="All spans.")
    pending: int = Field(0, description="Spans not yet started; the vendor's package no longer reads this.")
    active: int = Field(0, description="Spans under way.")
    complete: int = Field(0, description="Spans that ended well.")
    failed: int = Field(0, description="Spans that failed.")
    cancelled: int = Field(0, description="Spans that were cancelled.")
    finished: int = Field(0, description="complete + failed + cancelled.")


class RuntimeEnvironment(BaseModel):
    """``agent_version.runtime_environment``: what an agent version runs on, collected by the SDK itself."""

    agent_sdk: list[str] | None = _optional("Agent frameworks, as name@version.")
    os: str | None = _optional("Operating system.")
    prefactor_sdk: list[str] | None = _optional("The vendor's packages, as name@version.")
    runtime: str | None = _optional("Language runtime, as name@version.")


class AgentVersionForRegister(BaseModel):
    """The version of the agent that a run belongs to. Source: ``agent_version`` of a registration."""

    name: str | None = _optional("Name of the version.")
    external_identifier: str | None = _optional("The version's name elsewhere, such as v1.0.0.")
    description: str | None = _optional("What changed.")
    runtime_environment: RuntimeEnvironment | None = _optional("What it runs on.")


class AgentSchemaVersionForRegister(BaseModel):
    """``agent_schema_version``: what an agent declares, in the older flat form, the full form, or both."""

    external_identifier: str | None = _optional("The schema version's name elsewhere.")
    span_schemas: dict[str, dict[str, Any]] | None = _optional(
        "Flat form: span type to JSON Schema of its parameters. Cannot carry a declaration."
    )
    span_result_schemas: dict[str, dict[str, Any]] | None = _optional(
        "Flat form: span type to JSON Schema of its result. Cannot carry a declaration."
    )
    span_type_schemas: list[SpanTypeSchemaForCreate] | None = _optional("The full form.")
    quality_schemas: list[QualitySchemaForCreate] | None = _optional("Schemas of judgements.")
    quality_schema: OlderQualitySchemaForCreate | None = _optional("The older form: one, unnamed.")
    alert_schemas: list[AlertSchemaForCreate] | None = _optional("Schemas of alerts.")


class RegisterAgentInstanceRequest(BaseModel):
    """A run to be registered, with the versions that it belongs to. Source: the body of a registration."""

    agent_id: str | None = _optional("The agent; omitted with a deployment's token, which names it.")
    environment_id: str | None = _optional("The environment; omitted with a deployment's token.")
    agent_version: AgentVersionForRegister = Field(description="The agent's version.")
    agent_schema_version: AgentSchemaVersionForRegister = Field(description="What it declares.")
    id: str | None = _optional("An id of the caller's own for the run.")
    external_identifier: str | None = _optional("The run's name elsewhere, unique per agent.")
    idempotency_key: str | None = _optional("Makes a repeated request harmless.")
    update_current_version: bool | None = _optional(
        "Whether the deployment's pin moves to this version; absent means that it does."
    )
    purpose: InstancePurpose | None = _optional("Why it runs; absent means live.")


class TimestampRequest(BaseModel):
    """When a run started. Source: the body of ``POST /agent_instance/{id}/start``."""

    timestamp: str | None = _optional("ISO 8601; absent means now.")
    idempotency_key: str | None = _optional("Makes a repeated request harmless.")


class FinishInstanceRequest(BaseModel):
    """When and how a run ended. Source: the body of ``POST /agent_instance/{id}/finish``."""

    status: FinishStatus | None = _optional("How it ended; absent means complete.")
    timestamp: str | None = _optional("ISO 8601; absent means now.")
    idempotency_key: str | None = _optional("Makes a repeated request harmless.")


class AgentInstance(BaseModel):
    """A run: ``details`` of what every operation on it, its registration among them, answers."""

    type: Literal["agent_instance"] = Field(description="The resource's type.")
    id: str = Field(description="The run.")
    account_id: str = Field(description="The account that it belongs to.")
    agent_id: str = Field(description="The agent that ran.")
    agent_version_id: str = Field(description="The agent's version; it leads to the schema version.")
    environment_id: str = Field(description="Where it ran.")
    agent_deployment_id: str = Field(description="The deployment, which is one per agent and environment.")
    status: AgentStatus = Field(description="Where it stands.")
    inserted_at: datetime = Field(description="When it was registered.")
    updated_at: datetime = Field(description="When it last changed.")
    started_at: datetime | None = _optional("When it started; null before that.")
    finished_at: datetime | None = _optional("When it ended; null before that.")
    termination_reason: str | None = _optional("Why it was terminated; null unless it was.")
    external_identifier: str | None = _optional("The run's name elsewhere, unique per agent.")
    span_counts: AgentInstanceSpanCounts | None = _optional("Its spans by state.")
    purpose: InstancePurpose | None = _optional("Why it runs.")
    quality_payloads: dict[str, dict[str, Any]] | None = _optional("Judgements by schema name.")
    quality_summaries: dict[str, str] | None = _optional("Judgements as text, by schema name.")
