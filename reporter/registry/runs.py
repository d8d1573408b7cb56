"""What happens to a run after it was registered: it starts, has spans, is judged, ends, or is terminated."""

from __future__ import annotations

from typing import Any, Final

from reporter.prefactor.registration import FinishInstanceRequest, TimestampRequest
from reporter.registry import schemas
from reporter.registry.bodies import (
    AgentInstanceForUpdate,
    FinishSpanRequest,
    RecordQualityRequest,
    SpanForCreate,
    TerminateRequest,
)
from reporter.registry.clock import parsed
from reporter.registry.faults import invalid, invalid_action
from reporter.registry.platform import Platform, success
from reporter.registry.store import Row
from reporter.registry.tokens import Caller

_OPEN: Final = ("pending", "active")


def start(platform: Platform, caller: Caller, instance_id: str, body: TimestampRequest) -> Row:
    """``POST /agent_instance/{id}/start``.

    The SDK's workers may overtake each other, so a run that has ended without having started only gets its time.

    Raises:
        ApiFault: 404 for no such run; 409 for one that has started or was terminated; 422 for no time.
    """
    run = _run(platform, caller, instance_id)
    if run["started_at"] or run["status"] == "terminated":
        raise invalid_action(f"The run is {run['status']}")
    status = "active" if run["status"] == "pending" else run["status"]
    started_at = _moment(platform, body.timestamp)
    return _changed(platform, run, status=status, started_at=started_at)


def finish(platform: Platform, caller: Caller, instance_id: str, body: FinishInstanceRequest) -> Row:
    """``POST /agent_instance/{id}/finish``.

    Raises:
        ApiFault: 404 for no such run; 409 for one that has ended, which the SDK takes in its stride; 422 for no time.
    """
    run = _run(platform, caller, instance_id)
    _check_open(run)
    finished_at = _moment(platform, body.timestamp)
    return _changed(platform, run, status=body.status or "complete", finished_at=finished_at)


def terminate(platform: Platform, caller: Caller, instance_id: str, body: TerminateRequest) -> Row:
    """``POST /agent_instance/{id}/terminate``: the SDK hears of it with the answer to its next span.

    Raises:
        ApiFault: 403 for a deployment's token; 404 for no such run; 409 for one that has ended.
    """
    caller.check_administrator()
    run = _run(platform, caller, instance_id)
    _check_open(run)
    now = platform.store.now()
    return _changed(platform, run, status="terminated", termination_reason=body.reason, finished_at=now)


def record_quality(platform: Platform, caller: Caller, instance_id: str, body: RecordQualityRequest) -> Row:
    """``POST /agent_instance/{id}/record_quality``: sets one named judgement, or with null takes it out.

    Raises:
        ApiFault: 404 for no such run; 422 for a name that its schema version does not declare.
    """
    run = _run(platform, caller, instance_id)
    version = platform.store.get("agent_version", run["agent_version_id"])
    declared = platform.store.get("agent_schema_version", version["agent_schema_version_id"])["document"]
    if body.name not in {entry["name"] for entry in schemas.entries(declared, "quality_schemas")}:
        raise invalid("name", "is no quality schema of this run's schema version")
    return _judged(platform, run, body.name, body.payload)


def update(platform: Platform, caller: Caller, instance_id: str, body: AgentInstanceForUpdate) -> Row:
    """``PUT /agent_instance/{id}``: replaces the one judgement without a name, whether or not a schema was declared.

    Raises:
        ApiFault: 404 for no such run.
    """
    run = _run(platform, caller, instance_id)
    if "quality_payload" not in body.model_fields_set:
        return _changed(platform, run)
    return _judged(platform, run, schemas.OLDER_QUALITY, body.quality_payload)


def _judged(platform: Platform, run: Row, name: str, payload: Row | None) -> Row:
    payloads = {known: each for known, each in run["quality_payloads"].items() if known != name}
    if payload is not None:
        payloads[name] = payload
    return _changed(platform, run, quality_payloads=payloads)


def create_span(platform: Platform, caller: Caller, body: SpanForCreate) -> Row:
    """``POST /agent_spans``.

    The state of the run does not matter: the SDK reports spans at once, but starts and ends of runs by and by. A
    parent need not be known either: the SDK sends a child before a parent that was entered but not yet started,
    under an id that it made up.

    Raises:
        ApiFault: 404 for no such run; 422 for a span type that its schema version does not declare, or no time.
    """
    run = _run(platform, caller, body.agent_instance_id)
    if body.schema_name not in platform.answers.span_types(run["agent_version_id"]):
        raise invalid("schema_name", "is no span type of this run's schema version")
    ended = body.status not in _OPEN
    span = platform.store.insert(
        "agent_span",
        **body.model_dump(include={"id", "parent_span_id", "schema_name", "status", "payload", "result_payload"}),
        agent_id=run["agent_id"],
        agent_instance_id=run["id"],
        started_at=_moment(platform, body.started_at, "started_at"),
        finished_at=_moment(platform, body.finished_at, "finished_at") if ended else None,
    )
    return _span_answer(platform, span, run)


def finish_span(platform: Platform, caller: Caller, span_id: str, body: FinishSpanRequest) -> Row:
    """``POST /agent_spans/{id}/finish``.

    Raises:
        ApiFault: 404 for no such span; 409 for one that has ended, or that never started and is not cancelled; 422
            for no time.
    """
    span = platform.existing("agent_span", span_id)
    run = _run(platform, caller, span["agent_instance_id"])
    status = body.status or "complete"
    if span["status"] not in _OPEN or (span["status"] == "pending" and status != "cancelled"):
        raise invalid_action(f"The span is {span['status']}")
    result = {} if body.result_payload is None else {"result_payload": body.result_payload}
    finished_at = _moment(platform, body.timestamp)
    span = platform.store.change("agent_span", span_id, status=status, finished_at=finished_at, **result)
    return _span_answer(platform, span, run)


def _run(platform: Platform, caller: Caller, instance_id: str) -> Row:
    run = platform.existing("agent_instance", instance_id)
    caller.check_deployment(run["agent_deployment_id"])
    return run


def _check_open(run: Row) -> None:
    if run["status"] not in _OPEN:
        raise invalid_action(f"The run is {run['status']}")


def _moment(platform: Platform, sent: str | None, field: str = "timestamp") -> str:
    return platform.store.now() if sent is None else parsed(sent, field)


def _changed(platform: Platform, run: Row, **columns: Any) -> Row:
    changed = platform.store.change("agent_instance", run["id"], **columns)
    return success(platform.answers.agent_instance(changed, detailed=True))


def _span_answer(platform: Platform, span: Row, run: Row) -> Row:
    details = platform.answers.agent_span(span)
    if run["status"] != "terminated":
        return success(details)
    return success(details, control={"terminate": True, "reason": run["termination_reason"]})
