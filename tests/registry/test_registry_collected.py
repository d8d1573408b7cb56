"""What the vendor's own SDK declared to the registry, as our collector finds it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from builders import NOW, told
from prefactor_core import PrefactorCoreClient, PrefactorCoreConfig  # type: ignore[import-untyped]
from prefactor_core.schema_registry import SchemaRegistry  # type: ignore[import-untyped]
from prefactor_http.config import HttpClientConfig  # type: ignore[import-untyped]
from pydantic import SecretStr

from reporter.declared.scope import Selection, scope
from reporter.errors import RefusedError
from reporter.prefactor.credentials import Access
from reporter.registry.serve import Running, running
from reporter.sources.platform import Platform

RISK: dict[str, Any] = {
    "action_profile": {"read_data": "allowed"},
    "params_data_categories": {"personal_identifiers": "included", "classification": "internal"},
    "result_data_categories": {"health_and_medical": "included"},
}


async def run_once(registry: Running) -> None:
    schemas = SchemaRegistry()
    schemas.register_type("tool:lookup", {"type": "object"}, data_risk=RISK)
    schemas.register("tool:flat", {"type": "object"})
    http = HttpClientConfig(api_url=registry.url, api_token=registry.token)
    async with PrefactorCoreClient(PrefactorCoreConfig(http_config=http, schema_registry=schemas)) as client:
        run = await client.create_agent_instance(agent_id="concierge", agent_version={"name": "1.0"})
        await run.start()
        async with run.span("tool:lookup") as span:
            await span.start({"ref": "M-1"})
            await span.complete({"found": 1})
        await run.finish("complete")


@pytest.mark.parametrize("fill_unknown", [True, False])
def test_the_collector_finds_exactly_what_the_sdk_declared(fill_unknown: bool) -> None:
    with running(fill_unknown=fill_unknown) as registry:
        asyncio.run(run_once(registry))
        found = (
            Platform(Access(registry.url, SecretStr(registry.token), "test"), Selection(), NOW).collect().inventory()
        )
    assert not found.gaps
    [scoped] = scope(found, Selection()).agents
    [version] = scoped.versions
    assert version.environments == ("Development",)
    entries = {entry.name: entry for entry in version.version.span_types or ()}
    for part, declared in RISK.items():
        answers = told(entries["tool:lookup"].declaration, part) or {}
        said = {name: value for name, value in answers.items() if value != "unknown"}
        assert said == declared
    assert entries["tool:lookup"].known_cells == 4
    assert (entries["tool:flat"].declared_cells, entries["tool:flat"].assessed) == (42 if fill_unknown else 0, False)


def test_a_deployments_token_cannot_read_and_is_told_so(
    registry: Running, connect: Callable[..., httpx.Client]
) -> None:
    asyncio.run(run_once(registry))
    api = connect(registry)
    environment = (
        api.get("/account").json()
        and api.get("/environment", params={"account_id": api.get("/account").json()["summaries"][0]["id"]}).json()[
            "summaries"
        ][0]["id"]
    )
    wanted = {"token_scope": "agent_deployment", "agent_id": "concierge", "environment_id": environment}
    token = api.post("/api_token", json={"details": wanted}).json()["token"]
    with pytest.raises(RefusedError, match="a deployment's token, which can only send: make an account token"):
        Platform(Access(registry.url, SecretStr(token), "test"), Selection(), NOW).collect()
