"""The vendor's own clients report to the registry, and what they declared is read back over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from prefactor_http.exceptions import (  # type: ignore[import-untyped]
    PrefactorApiError,
    PrefactorAuthError,
    PrefactorNotFoundError,
    PrefactorValidationError,
)
from prefactor_http.models import AgentForCreate, AgentForUpdate, BulkItem, BulkRequest  # type: ignore[import-untyped]

from reporter.prefactor.registration import ActionProfile, DataCategories

Clients = Callable[..., Any]

VERSION = {"name": "Concierge", "external_identifier": "2026.11"}


def rows(api: httpx.Client, path: str, **query: str) -> list[dict[str, Any]]:
    answer = api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["summaries"])


def details(api: httpx.Client, path: str) -> dict[str, Any]:
    answer = api.get(path)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["details"])


def filled(risk: dict[str, Any]) -> dict[str, Any]:
    """A declaration with the platform's defaults in it."""
    return {
        "action_profile": ActionProfile(**risk["action_profile"]).model_dump(),
        "params_data_categories": DataCategories(**risk["params_data_categories"]).model_dump(),
        "result_data_categories": DataCategories(**risk["result_data_categories"]).model_dump(),
    }


async def one_run(core: Any, *, agent_id: str | None = "concierge", status: str = "complete") -> str:
    """Reports a run with a span inside a span, a failed and a cancelled one, and two judgements."""
    async with core as client:
        run = await client.create_agent_instance(
            agent_id=agent_id, agent_version=VERSION, external_schema_version_id="schema-1"
        )
        await run.start()
        async with run.span("support:lookup") as outer:
            await outer.start({"ref": "M-1"})
            async with run.span("support:llm") as inner:
                await inner.start({"model": "small"})
                await inner.fail({"error": "no answer"})
            await outer.complete({"found": "one"})
        async with run.span("support:flat") as skipped:
            await skipped.cancel()
        await run.record_quality("resolution", {"verdict": "resolved"})
        await run.record_quality("tone", {"score": 3})
        await run.finish(status)
        return str(run.id)


def test_what_the_schema_registry_declares_is_read_back_as_declared(
    core: Clients, api: httpx.Client, lookup_risk: dict[str, Any]
) -> None:
    asyncio.run(one_run(core()))
    (summary,) = rows(api, "/agent_schema_version", agent_id="concierge")
    assert (summary["external_identifier"], summary["span_schemas_count"]) == ("schema-1", 3)
    version = details(api, f"/agent_schema_version/{summary['id']}")
    lookup = version["span_type_schemas"]["support:lookup"]
    assert lookup == {
        "name": "support:lookup",
        "title": "Look up a member",
        "description": "By reference",
        "template": "{{ref}} -> {{found}}",
        "params_schema": {"type": "object", "properties": {"ref": {"type": "string"}}, "required": ["ref"]},
        "params_schema_validation": {"status": "success", "message": None},
        "result_schema": {"type": "object"},
        "result_schema_validation": {"status": "success", "message": None},
        "data_risk": filled(lookup_risk),
    }
    flat = version["span_type_schemas"]["support:flat"]
    assert (flat["params_schema"], flat["result_schema"]) == ({"type": "object"}, {"type": "string"})
    assert version["quality_schemas"]["resolution"]["data_risk"] == filled(lookup_risk)
    assert version["quality_schemas"]["resolution"]["schema"] == {"type": "object"}
    assert version["quality_schemas"]["tone"]["title"] == "tone"
    assert version["alert_schemas"] == {}


def test_an_undeclared_span_type_is_answered_as_all_unknown(core: Clients, api: httpx.Client) -> None:
    asyncio.run(one_run(core()))
    (summary,) = rows(api, "/agent_schema_version", agent_id="concierge")
    types = details(api, f"/agent_schema_version/{summary['id']}")["span_type_schemas"]
    for name in ("support:llm", "support:flat"):
        parts = types[name]["data_risk"].values()
        assert {value for part in parts for value in part.values()} == {"unknown"}


def test_a_run_is_read_back_with_its_spans_judgements_and_versions(core: Clients, api: httpx.Client) -> None:
    run_id = asyncio.run(one_run(core()))
    run = details(api, f"/agent_instance/{run_id}")
    assert (run["status"], run["purpose"], run["agent_id"]) == ("complete", "live", "concierge")
    assert run["started_at"] <= run["finished_at"]
    assert run["span_counts"] == {
        "total": 3, "pending": 0, "active": 0, "complete": 1, "failed": 1, "cancelled": 1, "finished": 3,
    }  # fmt: skip
    assert run["span_schema_counts"]["by_name"] == {"support:flat": 1, "support:llm": 1, "support:lookup": 1}
    assert run["quality_payloads"] == {"resolution": {"verdict": "resolved"}, "tone": {"score": 3}}
    assert run["quality_summaries"] == {"resolution": "resolved"}
    version = details(api, f"/agent_version/{run['agent_version_id']}")
    assert version["external_identifier"] == "2026.11"
    assert "prefactor-core@" in str(version["runtime_environment"]["prefactor_sdk"])
    deployment = details(api, f"/agent_deployment/{run['agent_deployment_id']}")
    assert deployment["current_version_id"] == version["id"]
    assert version["current_agent_deployment_refs"] == [deployment["id"]]


def test_spans_are_nested_as_they_were_entered(core: Clients, api: httpx.Client) -> None:
    run_id = asyncio.run(one_run(core()))
    spans = {row["schema_name"]: row for row in rows(api, "/agent_spans", agent_instance_id=run_id)}
    assert spans["support:llm"]["parent_span_id"] == spans["support:lookup"]["id"]
    assert spans["support:lookup"]["parent_span_id"] is None
    assert {name: row["status"] for name, row in spans.items()} == {
        "support:lookup": "complete", "support:llm": "failed", "support:flat": "cancelled",
    }  # fmt: skip
    assert spans["support:llm"]["result_payload"] == {"error": "no answer"}
    lookup = details(api, f"/agent_spans/{spans['support:lookup']['id']}")
    assert (lookup["schema_title"], lookup["summary"]) == ("Look up a member", "M-1 -> one")


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_run_ends_as_the_agent_says(core: Clients, api: httpx.Client, status: str) -> None:
    run_id = asyncio.run(one_run(core(), status=status))
    assert details(api, f"/agent_instance/{run_id}")["status"] == status
    assert details(api, "/agent/concierge")["instance_counts"][status] == 1


def test_spans_that_start_on_leaving_keep_the_parent_id_that_the_sdk_made_up(core: Clients, api: httpx.Client) -> None:
    async def report() -> str:
        async with core() as client:
            run = await client.create_agent_instance(agent_id="a", agent_version=VERSION)
            async with run.span("support:lookup", payload={"ref": "1"}), run.span("support:llm"):
                pass
            return str(run.id)

    run_id = asyncio.run(report())
    spans = {row["schema_name"]: row for row in rows(api, "/agent_spans", agent_instance_id=run_id)}
    parent = spans["support:llm"]["parent_span_id"]
    assert parent
    assert parent not in {row["id"] for row in spans.values()}


def test_a_deployments_token_reports_without_naming_agent_or_environment(core: Clients, api: httpx.Client) -> None:
    agent = api.post("/agent", json={"details": {"name": "Matcher"}}).json()["details"]["id"]
    account = api.get("/account").json()["summaries"][0]["id"]
    body = {"name": "Live", "purpose": "production", "account_id": account}
    environment = api.post("/environment", json={"details": body}).json()["details"]["id"]
    scope = {"token_scope": "agent_deployment", "agent_id": agent, "environment_id": environment}
    token = api.post("/api_token", json={"details": scope}).json()["token"]
    run = details(api, f"/agent_instance/{asyncio.run(one_run(core(token), agent_id=None))}")
    assert (run["agent_id"], run["environment_id"], run["status"]) == (agent, environment, "complete")


def test_the_sdk_hears_of_a_termination_with_its_next_span(core: Clients, api: httpx.Client) -> None:
    async def report() -> tuple[str, str | None]:
        async with core() as client:
            run = await client.create_agent_instance(agent_id="a", agent_version=VERSION)
            stop = {"reason": "policy breach"}
            await asyncio.to_thread(api.post, f"/agent_instance/{run.id}/terminate", json=stop)
            span = {"agent_instance_id": run.id, "schema_name": "support:llm", "status": "active"}
            heard: list[str | None] = []
            await client._http.agent_spans.create(**span, control_signal_callback=heard.append)  # noqa: SLF001
            return str(run.id), heard[0]

    run_id, reason = asyncio.run(report())
    assert reason == "policy breach"
    run = details(api, f"/agent_instance/{run_id}")
    assert (run["status"], run["termination_reason"]) == ("terminated", "policy breach")


def test_finishing_a_terminated_run_does_not_fail_the_sdk(core: Clients, api: httpx.Client) -> None:
    async def report() -> str:
        async with core() as client:
            run = await client.create_agent_instance(agent_id="a", agent_version=VERSION)
            await asyncio.to_thread(api.post, f"/agent_instance/{run.id}/terminate")
            await run.finish()
            return str(run.id)

    assert details(api, f"/agent_instance/{asyncio.run(report())}")["status"] == "terminated"


def test_a_judgement_is_replaced_and_taken_out(http: Clients, core: Clients, api: httpx.Client) -> None:
    run_id = asyncio.run(one_run(core()))

    async def judge() -> None:
        async with http() as client:
            await client.agent_instances.record_quality(run_id, "resolution", {"verdict": "open"})
            await client.agent_instances.record_quality(run_id, "tone", None)
            with pytest.raises(PrefactorValidationError):
                await client.agent_instances.record_quality(run_id, "speed", {})

    asyncio.run(judge())
    assert details(api, f"/agent_instance/{run_id}")["quality_payloads"] == {"resolution": {"verdict": "open"}}


def test_an_agent_is_created_changed_retired_reinstated_and_listed(http: Clients, api: httpx.Client) -> None:
    async def manage() -> str:
        async with http() as client:
            agent = await client.agents.create(AgentForCreate(name="Old name", external_identifier="crm-7"))
            assert (agent.status, agent.available_actions.delete) == ("pending", True)
            await client.agents.update(agent.id, AgentForUpdate(name="New name"))
            assert (await client.agents.retire(agent.id)).status == "retired"
            assert (await client.agents.get(agent.id)).available_actions.reinstate
            with pytest.raises(PrefactorApiError) as refused:
                await client.agents.retire(agent.id)
            assert refused.value.status_code == 409
            assert (await client.agents.reinstate(agent.id)).status == "pending"
            found = await client.agents.show(external_identifier="crm-7", include_counts=True)
            assert (found.id, found.instance_counts.total) == (agent.id, 0)
            listed = await client.agents.list_agents(team_id="null", sorting="-name", page_size=5)
            assert [each.name for each in listed] == ["New name"]
            return str(agent.id)

    agent_id = asyncio.run(manage())
    assert details(api, f"/agent/{agent_id}")["name"] == "New name"


def test_an_agent_that_never_ran_is_deleted_and_one_that_ran_is_not(http: Clients, core: Clients) -> None:
    asyncio.run(one_run(core()))

    async def manage() -> None:
        async with http() as client:
            unused = await client.agents.create(AgentForCreate(name="Unused"))
            assert (await client.agents.delete(unused.id)).name == "Unused"
            with pytest.raises(PrefactorNotFoundError):
                await client.agents.get(unused.id)
            with pytest.raises(PrefactorApiError) as refused:
                await client.agents.delete("concierge")
            assert refused.value.status_code == 409

    asyncio.run(manage())


def test_a_retired_agent_registers_no_run(http: Clients, core: Clients) -> None:
    asyncio.run(one_run(core()))

    async def register() -> None:
        async with http() as client:
            await client.agents.retire("concierge")
            with pytest.raises(PrefactorApiError) as refused:
                await client.agent_instances.register({}, {}, agent_id="concierge")
            assert refused.value.code == "invalid_action"

    asyncio.run(register())


def test_every_answer_to_a_run_is_the_vendors_own_model(http: Clients) -> None:
    async def report() -> list[str]:
        async with http() as client:
            schema = {"span_schemas": {"s": {"type": "object"}}, "quality_schemas": [{"name": "q", "schema": {}}]}
            runs = client.agent_instances
            run = await runs.register(
                {}, schema, agent_id="a", purpose="eval", external_identifier="e-1", idempotency_key="k" * 36
            )
            again = await runs.register(
                {}, schema, agent_id="a", purpose="eval", external_identifier="e-1", idempotency_key="k" * 36
            )
            assert (again.id, run.purpose, run.external_identifier) == (run.id, "eval", "e-1")
            states = [run.status]
            states.append((await runs.start(run.id)).status)
            await runs.record_quality(run.id, "q", {"x": 1})
            states.append((await runs.finish(run.id, status="failed")).status)
            states.append((await runs.get(run.id)).status)
            return states

    assert asyncio.run(report()) == ["pending", "active", "failed", "failed"]


def test_bulk_stops_at_the_first_error_and_leaves_the_rest_out(http: Clients, api: httpx.Client) -> None:
    def item(kind: str, number: int, **parameters: Any) -> Any:
        return BulkItem(_type=kind, idempotency_key=f"bulk-key-{number}", **parameters)

    span = {"agent_instance_id": "run-1", "schema_name": "s", "status": "active", "id": "span-1"}
    items = [
        item("agent_instances/register", 1, agent_id="a", id="run-1", agent_version={},
             agent_schema_version={"span_schemas": {"s": {}}}),
        item("agent_instances/start", 2, agent_instance_id="run-1"),
        item("agent_spans/create", 3, **span),
        item("agent_spans/finish", 4, agent_span_id="span-1", status="complete"),
        item("agent_instances/finish", 5, agent_instance_id="run-1"),
        item("agents/list", 6),
        item("agents/show", 7, agent_id="nobody"),
        item("agents/create", 8, name="Never made"),
    ]  # fmt: skip

    async def execute() -> Any:
        async with http() as client:
            return await client.bulk.execute(BulkRequest(items=items))

    outputs = asyncio.run(execute()).outputs
    assert [outputs[f"bulk-key-{n}"].status for n in range(1, 8)] == ["success"] * 6 + ["error"]
    assert outputs["bulk-key-7"].code == "not_found"
    assert "bulk-key-8" not in outputs
    assert [row["name"] for row in rows(api, "/agent")] == ["a"]
    assert details(api, "/agent_instance/run-1")["status"] == "complete"


def test_a_wrong_token_is_an_authentication_error_to_the_sdk(http: Clients, core: Clients) -> None:
    async def knock() -> None:
        async with http("wrong") as client:
            with pytest.raises(PrefactorAuthError):
                await client.validate_token()
        with pytest.raises(PrefactorAuthError):
            await core("wrong").initialize()

    asyncio.run(knock())


def test_without_a_name_every_run_of_the_sdk_brings_a_schema_version_of_its_own(
    core: Clients, api: httpx.Client
) -> None:
    async def report() -> None:
        async with core() as client:
            for _ in range(2):
                await client.create_agent_instance(agent_id="a", agent_version=VERSION)

    asyncio.run(report())
    versions = rows(api, "/agent_schema_version", agent_id="a")
    assert len(versions) == 2
    assert all(row["external_identifier"].startswith("auto-a-") for row in versions)
    assert [len(row["current_agent_deployment_refs"]) for row in versions] == [0, 1]
