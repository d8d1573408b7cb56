"""What the SDK sends: runs and their spans, for the account's token and for a deployment's."""

from functools import partial

from reporter.prefactor.registration import FinishInstanceRequest, RegisterAgentInstanceRequest, TimestampRequest
from reporter.registry import bodies, bulk, registering, runs
from reporter.registry.parts import fastapi
from reporter.registry.requests import Authenticated, Here
from reporter.registry.wire import Answer, StrictRoute

router = fastapi.APIRouter(route_class=StrictRoute, default_response_class=Answer, tags=["sdk"])


@router.post("/agent_instance/register")
async def register_instance(here: Here, caller: Authenticated, body: RegisterAgentInstanceRequest) -> Answer:
    """Registers a run, and on demand the agent, versions and deployment that it belongs to."""
    write = partial(registering.register, here, caller, body)
    return Answer(here.once(caller, "agent_instance/register", body, write))


@router.post("/agent_instance/{agent_instance_id}/start")
async def start_instance(
    here: Here, caller: Authenticated, agent_instance_id: str, body: TimestampRequest | None = None
) -> Answer:
    """Starts a run."""
    body = body or TimestampRequest()
    write = partial(runs.start, here, caller, agent_instance_id, body)
    return Answer(here.once(caller, f"agent_instance/start {agent_instance_id}", body, write))


@router.post("/agent_instance/{agent_instance_id}/finish")
async def finish_instance(
    here: Here, caller: Authenticated, agent_instance_id: str, body: FinishInstanceRequest | None = None
) -> Answer:
    """Ends a run."""
    body = body or FinishInstanceRequest()
    write = partial(runs.finish, here, caller, agent_instance_id, body)
    return Answer(here.once(caller, f"agent_instance/finish {agent_instance_id}", body, write))


@router.post("/agent_instance/{agent_instance_id}/terminate")
async def terminate_instance(
    here: Here, caller: Authenticated, agent_instance_id: str, body: bodies.TerminateRequest | None = None
) -> Answer:
    """Terminates a run, for the account's token alone."""
    body = body or bodies.TerminateRequest()
    write = partial(runs.terminate, here, caller, agent_instance_id, body)
    return Answer(here.once(caller, f"agent_instance/terminate {agent_instance_id}", body, write))


@router.post("/agent_instance/{agent_instance_id}/record_quality")
async def record_quality(
    here: Here, caller: Authenticated, agent_instance_id: str, body: bodies.RecordQualityRequest
) -> Answer:
    """Records a judgement on a run, or takes it out."""
    write = partial(runs.record_quality, here, caller, agent_instance_id, body)
    return Answer(here.once(caller, f"agent_instance/record_quality {agent_instance_id}", body, write))


@router.put("/agent_instance/{agent_instance_id}")
async def update_instance(
    here: Here,
    caller: Authenticated,
    agent_instance_id: str,
    body: bodies.Details[bodies.AgentInstanceForUpdate],
) -> Answer:
    """Replaces the judgement of a client that knows only one."""
    write = partial(runs.update, here, caller, agent_instance_id, body.details)
    return Answer(here.once(caller, f"agent_instance/update {agent_instance_id}", body, write))


@router.post("/agent_spans")
async def create_span(here: Here, caller: Authenticated, body: bodies.Details[bodies.SpanForCreate]) -> Answer:
    """A new span."""
    details = body.details
    if details.idempotency_key is None:
        details.idempotency_key = body.idempotency_key
    write = partial(runs.create_span, here, caller, details)
    return Answer(here.once(caller, "agent_spans/create", details, write))


@router.post("/agent_spans/{agent_span_id}/finish")
async def finish_span(
    here: Here, caller: Authenticated, agent_span_id: str, body: bodies.FinishSpanRequest | None = None
) -> Answer:
    """Ends a span."""
    body = body or bodies.FinishSpanRequest()
    write = partial(runs.finish_span, here, caller, agent_span_id, body)
    return Answer(here.once(caller, f"agent_spans/finish {agent_span_id}", body, write))


@router.post("/bulk")
async def execute_bulk(here: Here, caller: Authenticated, body: bulk.BulkRequest) -> Answer:
    """Several operations in one request, up to the first that fails."""
    return Answer(bulk.execute(here, caller, body))
