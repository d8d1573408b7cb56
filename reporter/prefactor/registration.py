"""What an agent's SDK sends to register itself: the vendor's registration models, implemented whole.

They mirror the module ``prefactor_http.models.agent_instance`` of the vendor's package ``prefactor-http``
field by field, with its defaults, its literals and its leniency (unknown keys are passed over, except in
``DataRisk``, which keeps them). A test holds them against the installed package. What they hold beyond it
is what the platform documents or the vendor's other clients send: alert schemas, the single quality schema, the
template of a result, and the count of pending spans.

Every model raises ``pydantic.ValidationError`` for input that the vendor's own model refuses.
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


class ActionProfile(BaseModel):
    """What a span type is allowed to do: six actions, each ``unknown`` unless it was answered.

    Source: ``data_risk.action_profile`` of ``POST /agent_instance/register``.
    """

    create_data: ActionAnswer = Field("unknown", description="Whether this span creates data.")
    read_data: ActionAnswer = Field("unknown", description="Whether this span reads data.")
    update_data: ActionAnswer = Field("unknown", description="Whether this span updates data.")
    destroy_data: ActionAnswer = Field("unknown", description="Whether this span destroys data.")
    financial_transactions: ActionAnswer = Field(
        "unknown", description="Whether this span performs financial transactions."
    )
    external_communication: ActionAnswer = Field(
        "unknown", description="Whether this span sends external communications."
    )


class DataCategories(BaseModel):
    """What one side of a span holds: 17 categories and one classification, each ``unknown`` by default.

    Source: ``data_risk.params_data_categories`` and ``data_risk.result_data_categories`` of
    ``POST /agent_instance/register``.
    """

    personal_identifiers: CategoryAnswer = Field("unknown", description="Personal identifiers present.")
    contact_information: CategoryAnswer = Field("unknown", description="Contact information present.")
    financial_information: CategoryAnswer = Field("unknown", description="Financial information present.")
    health_and_medical: CategoryAnswer = Field("unknown", description="Health and medical data present.")
    criminal_justice: CategoryAnswer = Field("unknown", description="Criminal justice data present.")
    authentication_and_secrets: CategoryAnswer = Field("unknown", description="Authentication and secrets present.")
    organisational_confidential: CategoryAnswer = Field("unknown", description="Organisational confidential data.")
    minors_data: CategoryAnswer = Field("unknown", description="Data of minors present.")
    location_and_tracking: CategoryAnswer = Field("unknown", description="Location and tracking data present.")
    behavioural_and_inferred: CategoryAnswer = Field("unknown", description="Behavioural and inferred data present.")
    gdpr_racial_or_ethnic_origin: CategoryAnswer = Field("unknown", description="Racial or ethnic origin.")
    gdpr_political_opinions: CategoryAnswer = Field("unknown", description="Political opinions.")
    gdpr_religious_or_philosophical_beliefs: CategoryAnswer = Field(
        "unknown", description="Religious or philosophical beliefs."
    )
    gdpr_trade_union_membership: CategoryAnswer = Field("unknown", description="Trade union membership.")
    gdpr_genetic_data: CategoryAnswer = Field("unknown", description="Genetic data.")
    gdpr_biometric_for_identification: CategoryAnswer = Field(
        "unknown", description="Biometric data for identification."
    )
    gdpr_sex_life_or_sexual_orientation: CategoryAnswer = Field(
        "unknown", description="Sex life or sexual orientation."
    )
    classification: Classification = Field("unknown", description="The level of this side as a whole.")


class DataRisk(BaseModel):
    """One declaration: what a span type does, what flows in and what flows out; further keys are kept.

    All three parts are required once a declaration is given; the fields inside each have defaults.

    Source: ``data_risk`` of span types, quality schemas and alert schemas.
    """

    model_config = ConfigDict(extra="allow")

    action_profile: ActionProfile = Field(description="Actions this span performs.")
    params_data_categories: DataCategories = Field(description="Data categories present in its parameters.")
    result_data_categories: DataCategories = Field(description="Data categories present in its result.")


class SpanTypeSchemaForCreate(BaseModel):
    """A span type as it is registered.

    Source: an item of ``agent_schema_version.span_type_schemas`` of ``POST /agent_instance/register``.
    """

    name: str = Field(description="Name of the span type.")
    params_schema: dict[str, Any] = Field(description="JSON Schema of the span's parameters.")
    result_schema: dict[str, Any] | None = Field(None, description="JSON Schema of the span's result.")
    title: str | None = Field(None, description="Title for people; the platform defaults it to the name.")
    description: str | None = Field(None, description="What the span type is for.")
    template: str | None = Field(None, description="Display template with {{field}} places.")
    result_template: str | None = Field(None, description="The same for its result; no answer tells it.")
    data_risk: DataRisk | None = Field(None, description="The declaration; without it the type is undeclared.")


class QualitySchemaForCreate(BaseModel):
    """A named schema for judgements about a run, as it is registered.

    Source: an item of ``agent_schema_version.quality_schemas`` of ``POST /agent_instance/register``.
    """

    model_config = ConfigDict(populate_by_name=True)

    name: str = Field(description="Name, unique within the schema version.")
    schema_: dict[str, Any] = Field(alias="schema", description="JSON Schema of the quality payload.")
    title: str | None = Field(None, description="Title for people; the platform defaults it to the name.")
    description: str | None = Field(None, description="What is judged.")
    template: str | None = Field(None, description="Display template with {{field}} places.")
    data_risk: DataRisk | None = Field(None, description="The declaration of the payload.")


class AlertSchemaForCreate(QualitySchemaForCreate):
    """A named schema for alerts of a run: the row shape of a quality schema.

    The vendor's Python package cannot send it yet; ``GET /agent_schema_version/{id}`` answers with it.
    """


class OlderQualitySchemaForCreate(QualitySchemaForCreate):
    """The one quality schema of a schema version, without a name, as the vendor's open evals register it."""

    name: str = Field("quality", description="Name; by default quality.")


class QualitySchemaDetails(BaseModel):
    """A quality schema as the platform answers with it, its defaults filled in.

    Source: a value of ``details.quality_schemas`` of ``GET /agent_schema_version/{id}``.
    """

    model_config = ConfigDict(populate_by_name=True)

    name: str = Field(description="Name, unique within the schema version.")
    title: str = Field(description="Title for people.")
    description: str | None = Field(None, description="What is judged.")
    template: str | None = Field(None, description="Display template with {{field}} places.")
    data_risk: DataRisk = Field(description="The declaration; all unknown where none was registered.")
    schema_: dict[str, Any] = Field(alias="schema", description="JSON Schema of the quality payload.")
    schema_validation: dict[str, Any] = Field(description="Whether that JSON Schema is one: status and message.")


class AgentInstanceRecordQuality(BaseModel):
    """A judgement to record on a run, or to remove from it.

    Source: the body of ``POST /agent_instance/{id}/record_quality``.
    """

    name: str = Field(description="Name of the quality schema that it follows.")
    payload: dict[str, Any] | None = Field(None, description="The judgement; null removes the recorded one.")


class AgentInstanceSpanCounts(BaseModel):
    """How many spans a run has, by state.

    Source: ``details.span_counts`` of ``GET /agent_instance/{id}``.
    """

    total: int = Field(0, description="All spans.")
    pending: int = Field(0, description="Spans not yet started; the vendor's package no longer reads this.")
    active: int = Field(0, description="Spans under way.")
    complete: int = Field(0, description="Spans that ended well.")
    failed: int = Field(0, description="Spans that failed.")
    cancelled: int = Field(0, description="Spans that were cancelled.")
    finished: int = Field(0, description="complete + failed + cancelled.")


class RuntimeEnvironment(BaseModel):
    """What an agent version runs on, collected by the SDK itself.

    Source: ``agent_version.runtime_environment`` of ``POST /agent_instance/register``.
    """

    agent_sdk: list[str] | None = Field(None, description="Agent frameworks, as name@version.")
    os: str | None = Field(None, description="Operating system.")
    prefactor_sdk: list[str] | None = Field(None, description="The vendor's packages, as name@version.")
    runtime: str | None = Field(None, description="Language runtime, as name@version.")


class AgentVersionForRegister(BaseModel):
    """The version of the agent that a run belongs to.

    Source: ``agent_version`` of ``POST /agent_instance/register``.
    """

    name: str | None = Field(None, description="Name of the version.")
    external_identifier: str | None = Field(None, description="The version's name elsewhere, such as v1.0.0.")
    description: str | None = Field(None, description="What changed.")
    runtime_environment: RuntimeEnvironment | None = Field(None, description="What it runs on.")


class AgentSchemaVersionForRegister(BaseModel):
    """The span types that an agent declares, in the older flat form, the full form, or both.

    Source: ``agent_schema_version`` of ``POST /agent_instance/register``.
    """

    external_identifier: str | None = Field(None, description="The schema version's name elsewhere.")
    span_schemas: dict[str, dict[str, Any]] | None = Field(
        None, description="Flat form: span type to JSON Schema of its parameters. Cannot carry a declaration."
    )
    span_result_schemas: dict[str, dict[str, Any]] | None = Field(
        None, description="Flat form: span type to JSON Schema of its result. Cannot carry a declaration."
    )
    span_type_schemas: list[SpanTypeSchemaForCreate] | None = Field(None, description="The full form.")
    quality_schemas: list[QualitySchemaForCreate] | None = Field(None, description="Schemas of judgements.")
    quality_schema: OlderQualitySchemaForCreate | None = Field(None, description="The older form: one, unnamed.")
    alert_schemas: list[AlertSchemaForCreate] | None = Field(None, description="Schemas of alerts.")


class RegisterAgentInstanceRequest(BaseModel):
    """A run to be registered, with the versions that it belongs to.

    Source: the body of ``POST /agent_instance/register``.
    """

    agent_id: str | None = Field(None, description="The agent; omitted with a deployment's token, which names it.")
    environment_id: str | None = Field(None, description="The environment; omitted with a deployment's token.")
    agent_version: AgentVersionForRegister = Field(description="The agent's version.")
    agent_schema_version: AgentSchemaVersionForRegister = Field(description="What it declares.")
    id: str | None = Field(None, description="An id of the caller's own for the run.")
    external_identifier: str | None = Field(None, description="The run's name elsewhere, unique per agent.")
    idempotency_key: str | None = Field(None, description="Makes a repeated request harmless.")
    update_current_version: bool | None = Field(
        None, description="Whether the deployment's pin moves to this version; absent means that it does."
    )
    purpose: InstancePurpose | None = Field(None, description="Why it runs; absent means live.")


class TimestampRequest(BaseModel):
    """When a run started.

    Source: the body of ``POST /agent_instance/{id}/start``.
    """

    timestamp: str | None = Field(None, description="ISO 8601; absent means now.")
    idempotency_key: str | None = Field(None, description="Makes a repeated request harmless.")


class FinishInstanceRequest(BaseModel):
    """When and how a run ended.

    Source: the body of ``POST /agent_instance/{id}/finish``.
    """

    status: FinishStatus | None = Field(None, description="How it ended; absent means complete.")
    timestamp: str | None = Field(None, description="ISO 8601; absent means now.")
    idempotency_key: str | None = Field(None, description="Makes a repeated request harmless.")


class AgentInstance(BaseModel):
    """A run, as every operation on it answers.

    Source: ``details`` of ``POST /agent_instance/register``, ``/start``, ``/finish``, ``/record_quality`` and
    of ``GET /agent_instance/{id}``.
    """

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
    started_at: datetime | None = Field(None, description="When it started; null before that.")
    finished_at: datetime | None = Field(None, description="When it ended; null before that.")
    termination_reason: str | None = Field(None, description="Why it was terminated; null unless it was.")
    external_identifier: str | None = Field(None, description="The run's name elsewhere, unique per agent.")
    span_counts: AgentInstanceSpanCounts | None = Field(None, description="Its spans by state.")
    purpose: InstancePurpose | None = Field(None, description="Why it runs.")
    quality_payloads: dict[str, dict[str, Any]] | None = Field(None, description="Judgements by schema name.")
    quality_summaries: dict[str, str] | None = Field(None, description="Judgements as text, by schema name.")
