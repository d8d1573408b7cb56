"""Whatever its own description lets a caller send, the registry answers without failing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error

from reporter.registry.app import create_app
from reporter.registry.serve import running
from reporter.registry.store import Store


@pytest.fixture(scope="module")
def described() -> Iterator[Any]:
    """The description of a registry in which there is something to be found."""
    with running() as registry:
        headers = {"Authorization": f"Bearer {registry.token}"}
        with httpx.Client(base_url=f"{registry.url}/api/v1", headers=headers) as api:
            schema = {"span_schemas": {"0": {}}, "quality_schemas": [{"name": "0", "schema": {}}]}
            run = {"id": "0", "agent_id": "0", "environment_id": "0", "agent_version": {}}
            assert api.post("/agent_instance/register", json=run | {"agent_schema_version": schema}).is_success
            span = {"id": "0", "agent_instance_id": "0", "schema_name": "0"}
            assert api.post("/agent_spans", json={"details": span}).is_success
            for kind in ("team", "environment"):
                api.post(f"/{kind}", json={"details": {"id": "0", "name": "0"}})
        yield schemathesis.openapi.from_url(f"{registry.url}/api/v1/openapi", headers=headers)


def operations() -> list[tuple[str, str]]:
    with Store() as store:
        paths = create_app(store, token="none").openapi()["paths"]
    return [(method, path) for path, methods in paths.items() for method in methods]


@pytest.mark.parametrize(("method", "path"), operations())
def test_no_request_makes_the_registry_fail(described: Any, method: str, path: str) -> None:
    @settings(
        max_examples=10,
        phases=[Phase.explicit, Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=described[path][method].as_strategy())
    def answers(case: Any) -> None:
        case.call_and_validate(checks=[not_a_server_error])

    answers()


def test_every_operation_is_described(shared: httpx.Client) -> None:
    answer = shared.get("/openapi", headers={"Authorization": ""})
    operations = [each for path in answer.json()["paths"].values() for each in path.values()]
    assert len(operations) > 50
    assert all(each["description"] for each in operations)
