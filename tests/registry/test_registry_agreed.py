"""A risk profile that the vendor's own SDK puts an agent under, and the run that the platform scores by it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from builders import NOW
from prefactor_core import PrefactorCoreClient, PrefactorCoreConfig  # type: ignore[import-untyped]
from prefactor_core.schema_registry import SchemaRegistry  # type: ignore[import-untyped]
from prefactor_http.config import HttpClientConfig  # type: ignore[import-untyped]
from prefactor_http.models import AgentForCreate, AgentForUpdate  # type: ignore[import-untyped]
from pydantic import SecretStr

from reporter import pipeline
from reporter.declared.scope import Selection
from reporter.order import Order
from reporter.prefactor import records
from reporter.prefactor.credentials import Access
from reporter.prefactor.records import Collected
from reporter.registry.serve import Running
from reporter.review.assessment import Assessed
from reporter.sources.platform import Platform
from reporter.view.report import Controller

Clients = Callable[..., Any]
RISK: dict[str, Any] = {
    "action_profile": {"read_data": "allowed"},
    "params_data_categories": {"personal_identifiers": "included"},
    "result_data_categories": {"personal_identifiers": "included", "contact_information": "included"},
}
RULES = {
    "category_weights": {"personal_identifiers": 8, "contact_information": 4},
    "action_multipliers": {"read_data": 1},
    "thresholds": {"medium": 20, "high": 50, "critical": 80},
}


async def put_under(http: Clients, profile: str) -> None:
    """Two agents: one is created under the profile, the other is put under it later."""
    async with http() as client:
        await client.agents.create(AgentForCreate(id="concierge", name="Concierge", risk_profile_id=profile))
        await client.agents.create(AgentForCreate(id="desk", name="Desk"))
        await client.agents.update("desk", AgentForUpdate(risk_profile_id=profile))


async def run_of(registry: Running, agent: str, declared: dict[str, Any], spans: int) -> None:
    schemas = SchemaRegistry()
    schemas.register_type("tool:lookup", {"type": "object"}, data_risk=declared)
    http = HttpClientConfig(api_url=registry.url, api_token=registry.token)
    async with PrefactorCoreClient(PrefactorCoreConfig(http_config=http, schema_registry=schemas)) as client:
        run = await client.create_agent_instance(agent_id=agent, agent_version={"name": "1.0"})
        await run.start()
        for _ in range(spans):
            async with run.span("tool:lookup") as span:
                await span.start({"ref": "M-1"})
                await span.complete({"found": 1})
        await run.finish("complete")


def judged(collected: Collected) -> dict[str, Assessed]:
    order = Order(Selection(), Controller(None, "t", None, None), NOW)
    return {each.agent.id: each for each in pipeline.run(collected, order).assessment.agents}


def rules(of: Assessed) -> set[str]:
    return {each.rule.id for each in of.findings if each.rule.id.startswith("G")}


@pytest.fixture
def collected(registry: Running, api: httpx.Client, http: Clients) -> Collected:
    made = api.post("/risk_profile", json={"details": {"name": "Claims", "ruleset": RULES}}).json()["details"]
    asyncio.run(put_under(http, made["id"]))
    asyncio.run(run_of(registry, "concierge", RISK, 3))
    beyond = RISK | {"params_data_categories": {"minors_data": "included"}}
    asyncio.run(run_of(registry, "desk", beyond, 1))
    return Platform(Access(registry.url, SecretStr(registry.token), "test"), Selection(), NOW).collect()


def test_what_exceeds_the_profile_is_found_and_what_keeps_to_it_is_not(collected: Collected) -> None:
    found = judged(collected)
    assert "G01" in rules(found["desk"])
    assert "G01" not in rules(found["concierge"])
    assert sum(each.kind == "risk_profile" for each in collected.records) == 1


def test_the_platforms_score_of_a_span_is_ours_and_another_one_is_told(collected: Collected, api: httpx.Client) -> None:
    [row] = api.get("/agent_instance", params={"agent_id": "concierge"}).json()["summaries"]
    assert row["risk_score"]["total_score"] == 36
    answer = api.get("/agent/concierge", params={"include_risk_rollup": "true"}).json()

    def beside(score: float) -> Assessed:
        types = [each | {"type_score": score} for each in row["risk_score"]["per_type"]]
        run = {"type": row["type"], "id": row["id"], "agent_id": "concierge", "risk_score": {"per_type": types}}
        rollup = answer["details"] | {"risk_rollup": answer["risk_rollup"]}
        more = [
            records.record(kind, value, source="test", location="test", agent_id="concierge")
            for kind, value in (("agent_instance", run), ("agent", rollup))
        ]
        return judged(Collected(collected.sources, (*collected.records, *more)))["concierge"]

    own = row["risk_score"]["per_type"][0]["type_score"]
    same = beside(own)
    assert same.score
    assert [(each.ours and each.ours.at_least, each.differs) for each in same.score.beside] == [
        (12, False), (0, False), (1, False),
    ]  # fmt: skip
    assert "G11" not in rules(same)
    assert "G11" in rules(beside(own * 2))
