"""Who may do what: the account's token everything, a deployment's only report, anything else nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from reporter.registry import access
from reporter.registry.access import ApiFault
from reporter.registry.serve import Running, running
from reporter.registry.store import Store

BODY: dict[str, Any] = {"agent_version": {}, "agent_schema_version": {"span_schemas": {"s": {}}}}


@pytest.fixture
def deployment(api: httpx.Client, registry: Running, connect: Callable[..., httpx.Client]) -> httpx.Client:
    agent = api.post("/agent", json={"details": {"name": "A", "id": "agent-a"}}).json()["details"]["id"]
    environment = api.post("/environment", json={"details": {"name": "E", "id": "env-e"}}).json()["details"]["id"]
    scope = {"token_scope": "agent_deployment", "agent_id": agent, "environment_id": environment}
    return connect(registry, api.post("/api_token", json={"details": scope}).json()["token"])


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic Zm9v", "Bearer \xff"])
def test_without_a_good_token_nothing_is_answered(shared: httpx.Client, header: str) -> None:
    for path in ("/ping", "/agent", "/agent/x"):
        answer = shared.get(path, headers=[(b"Authorization", header.encode("latin-1"))])
        assert answer.status_code == 401
        assert answer.json()["status"] == "error"
        assert answer.json()["code"] in {"not_authenticated", "bad_authtoken"}
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_deployments_token_cannot_read(deployment: httpx.Client) -> None:
    assert deployment.get("/ping").status_code == 200
    for path in ("/account", "/agent", "/agent/agent-a", "/agent_schema_version?agent_id=agent-a", "/api_token"):
        answer = deployment.get(path)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_a_deployments_token_cannot_change_the_account(deployment: httpx.Client) -> None:
    calls = [
        ("POST", "/agent", {"details": {"name": "B"}}),
        ("PUT", "/agent/agent-a", {"details": {"name": "B"}}),
        ("DELETE", "/agent/agent-a", {}),
        ("POST", "/api_token", {"details": {"token_scope": "account"}}),
    ]
    for method, path, body in calls:
        answer = deployment.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


def test_a_deployments_token_names_agent_and_environment(deployment: httpx.Client) -> None:
    run = deployment.post("/agent_instance/register", json=BODY).json()["details"]
    assert (run["agent_id"], run["environment_id"]) == ("agent-a", "env-e")
    for field in ("agent_id", "environment_id"):
        answer = deployment.post("/agent_instance/register", json=BODY | {field: "another"})
        assert answer.status_code == 403


def test_a_deployments_token_sees_no_run_of_another(api: httpx.Client, deployment: httpx.Client) -> None:
    run = api.post("/agent_instance/register", json=BODY | {"agent_id": "agent-b"}).json()["details"]
    assert deployment.post(f"/agent_instance/{run['id']}/start").status_code == 404
    span = {"details": {"agent_instance_id": run["id"], "schema_name": "s"}}
    assert deployment.post("/agent_spans", json=span).status_code == 404
    assert api.post("/agent_spans", json=span).status_code == 200


def test_a_deployments_token_cannot_terminate_a_run_nor_read_in_bulk(deployment: httpx.Client) -> None:
    run = deployment.post("/agent_instance/register", json=BODY).json()["details"]
    assert deployment.post(f"/agent_instance/{run['id']}/terminate").status_code == 403
    items = [{"_type": "agents/list", "idempotency_key": "key-of-eight"}]
    outputs = deployment.post("/bulk", json={"items": items}).json()["outputs"]
    assert outputs["key-of-eight"]["code"] == "not_authenticated"


def test_a_token_can_be_suspended_activated_and_for_good_revoked(
    api: httpx.Client, registry: Running, connect: Callable[..., httpx.Client]
) -> None:
    made = api.post("/api_token", json={"details": {"token_scope": "account"}}).json()
    second = connect(registry, made["token"])
    states = []
    for action in ("suspend", "activate", "revoke"):
        answer = api.post(f"/api_token/{made['details']['id']}/{action}").json()
        states.append((answer["details"]["status"], second.get("/agent").status_code))
    assert states == [("suspended", 401), ("active", 200), ("revoked", 401)]
    assert api.post(f"/api_token/{made['details']['id']}/activate").status_code == 409


def test_a_list_of_tokens_tells_no_secret(api: httpx.Client, registry: Running) -> None:
    made = api.post("/api_token", json={"details": {"token_scope": "account"}}).json()["token"]
    text = api.get("/api_token").text
    assert '"token_scope":"account"' in text
    assert made not in text
    assert registry.token not in text
    assert access.digest(made) not in text


def test_a_deployments_token_needs_an_agent_and_an_environment(api: httpx.Client) -> None:
    answer = api.post("/api_token", json={"details": {"token_scope": "agent_deployment"}})
    assert answer.json()["errors"] == {"agent_id": ["is required"], "environment_id": ["is required"]}


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(clock=lambda: moment[0]) as opened:
        yield opened


moment = [datetime(2026, 11, 23, tzinfo=UTC)]


def test_a_token_expires(store: Store) -> None:
    _, secret = access.issue(store, None, "2026-11-24T00:00:00Z")
    assert access.authenticate(store, secret).scope == "account"
    moment[0] += timedelta(days=2)
    with pytest.raises(ApiFault, match="expired") as refused:
        access.authenticate(store, secret)
    assert refused.value.status == 401


def test_the_token_that_a_registry_is_started_with_replaces_the_one_before() -> None:
    with Store() as kept:
        with running(kept, token="first-token") as registry:
            assert registry.token == "first-token"
        with running(kept, token="second-token"):
            assert access.authenticate(kept, "second-token").scope == "account"
            with pytest.raises(ApiFault):
                access.authenticate(kept, "first-token")
        assert kept.count("api_token") == 1


def test_a_registry_without_a_token_makes_one_that_differs_each_time() -> None:
    with running() as one, running() as two:
        assert one.token != two.token
