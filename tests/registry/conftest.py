"""A registry on the loopback for each test, an HTTP client that reads it, and what an agent declares to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from prefactor_core import PrefactorCoreClient, PrefactorCoreConfig  # type: ignore[import-untyped]
from prefactor_core.schema_registry import SchemaRegistry  # type: ignore[import-untyped]
from prefactor_http.client import PrefactorHttpClient  # type: ignore[import-untyped]
from prefactor_http.config import HttpClientConfig  # type: ignore[import-untyped]

from reporter.registry.serve import Running, running

LOOKUP_RISK: dict[str, Any] = {
    "action_profile": {"read_data": "allowed", "external_communication": "disallowed"},
    "params_data_categories": {"personal_identifiers": "included", "classification": "internal"},
    "result_data_categories": {
        "contact_information": "included",
        "health_and_medical": "excluded",
        "classification": "confidential",
    },
}


@pytest.fixture
def registry() -> Iterator[Running]:
    with running() as started:
        yield started


@pytest.fixture
def connect() -> Iterator[Callable[..., httpx.Client]]:
    """Opens HTTP clients to a registry; they are closed after the test."""
    opened: list[httpx.Client] = []

    def client(registry: Running, token: str | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token or registry.token}"}
        opened.append(httpx.Client(base_url=f"{registry.url}/api/v1", headers=headers))
        return opened[-1]

    yield client
    for each in opened:
        each.close()


@pytest.fixture
def api(registry: Running, connect: Callable[..., httpx.Client]) -> httpx.Client:
    return connect(registry)


@pytest.fixture(scope="module")
def shared() -> Iterator[httpx.Client]:
    """A client of a registry that the tests of one module share: for what is refused and changes nothing."""
    with running() as registry:
        headers = {"Authorization": f"Bearer {registry.token}"}
        with httpx.Client(base_url=f"{registry.url}/api/v1", headers=headers) as client:
            yield client


@pytest.fixture
def lookup_risk() -> dict[str, Any]:
    return LOOKUP_RISK


@pytest.fixture
def declared() -> Any:
    """The vendor's own collection of what an agent declares, of every kind that it knows."""
    schemas = SchemaRegistry()
    schemas.register_type(
        name="support:lookup",
        params_schema={"type": "object", "properties": {"ref": {"type": "string"}}, "required": ["ref"]},
        result_schema={"type": "object"},
        title="Look up a member",
        description="By reference",
        template="{{ref}} -> {{found}}",
        data_risk=LOOKUP_RISK,
    )
    schemas.register_type(name="support:llm", params_schema={"type": "object"})
    schemas.register("support:flat", {"type": "object"})
    schemas.register_result("support:flat", {"type": "string"})
    schemas.register_quality_schema(
        "resolution", {"type": "object"}, title="Resolution", template="{{verdict}}", data_risk=LOOKUP_RISK
    )
    schemas.register_quality_schema("tone", {"type": "object"})
    return schemas


@pytest.fixture
def core(registry: Running, declared: Any) -> Callable[..., Any]:
    """Makes clients of ``prefactor-core``, with the account's token or another."""

    def client(token: str | None = None) -> Any:
        http = HttpClientConfig(api_url=registry.url, api_token=token or registry.token, max_retries=0)
        return PrefactorCoreClient(PrefactorCoreConfig(http_config=http, schema_registry=declared))

    return client


@pytest.fixture
def http(registry: Running) -> Callable[..., Any]:
    """Makes clients of ``prefactor-http``, with the account's token or another."""

    def client(token: str | None = None) -> Any:
        return PrefactorHttpClient(
            HttpClientConfig(api_url=registry.url, api_token=token or registry.token, max_retries=0)
        )

    return client
