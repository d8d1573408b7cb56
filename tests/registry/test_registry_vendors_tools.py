"""What the vendor's other clients send, beside its Python packages: the requests as their sources make them.

``@prefactor/core`` (npm), its command-line client and its open evals; each was read in the vendor's repositories.
"""

from __future__ import annotations

from typing import Any

import httpx

QUALITY: dict[str, Any] = {
    "title": "Agent evals",
    "description": "Results of this run",
    "schema": {"type": "object", "properties": {"report": {"type": "string"}}, "required": ["report"]},
    "template": "{{ report }}",
}


def registered(api: httpx.Client, **version: Any) -> str:
    body = {
        "agent_id": "agent-1",
        "agent_version": {"external_identifier": "v1", "name": "Agent", "description": ""},
        "agent_schema_version": {"external_identifier": "s1", "span_type_schemas": [], **version},
    }
    return str(api.post("/agent_instance/register", json=body).raise_for_status().json()["details"]["id"])


def test_a_single_quality_schema_is_kept_and_its_judgement_put_told_and_taken_out(api: httpx.Client) -> None:
    run = registered(api, quality_schema=QUALITY)
    (row,) = api.get("/agent_schema_version", params={"agent_id": "agent-1"}).json()["summaries"]
    details = api.get(f"/agent_schema_version/{row['id']}").json()["details"]
    assert details["quality_schemas"]["quality"]["template"] == "{{ report }}"
    path = f"/agent_instance/{run}"
    for payload, words in (({"report": "# All well"}, "# All well"), ({"report": "2"}, "2")):
        assert api.put(path, json={"details": {"quality_payload": payload}}).status_code == 200
        details = api.get(path).json()["details"]
        assert (details["quality_payload"], details["quality_summary"]) == (payload, words)
    api.put(path, json={"details": {"quality_payload": None}})
    assert api.get(path).json()["details"]["quality_payloads"] == {}


def test_a_judgement_may_be_put_where_no_schema_was_declared_and_is_not_rendered(api: httpx.Client) -> None:
    path = f"/agent_instance/{registered(api)}"
    api.put(path, json={"details": {"quality_payload": {"x": 1}}})
    details = api.get(path).json()["details"]
    assert (details["quality_payload"], details["quality_summary"]) == ({"x": 1}, None)


def test_a_single_quality_schema_and_a_named_one_of_its_name_are_refused(api: httpx.Client) -> None:
    version = {"quality_schema": QUALITY, "quality_schemas": [QUALITY | {"name": "quality"}]}
    body = {"agent_id": "a", "agent_version": {}, "agent_schema_version": version}
    assert api.post("/agent_instance/register", json=body).status_code == 422


def test_a_run_of_the_typescript_sdk_is_exported_whole(api: httpx.Client) -> None:
    span_type = {"name": "s", "params_schema": {}, "result_template": "{{ok}}"}
    run = registered(api, span_type_schemas=[span_type])
    details: dict[str, Any] = {
        "agent_instance_id": run,
        "schema_name": "s",
        "status": "active",
        "payload": {},
        "parent_span_id": None,
        "started_at": "2026-11-23T09:00:00.000Z",
        "finished_at": None,
        "sensitive_encoding": True,
    }
    span = api.post("/agent_spans", json={"details": details, "idempotency_key": "k" * 36}).json()["details"]["id"]
    finish = {"timestamp": "2026-11-23T09:00:01.000Z", "status": "complete", "sensitive_encoding": True}
    assert api.post(f"/agent_spans/{span}/finish", json=finish).status_code == 200
    context = api.get(f"/agent_instance/{run}/agent_context").json()["agent_context"]
    assert context["span_count"] == 1
    assert context["generated_at"]
    assert [each["id"] for each in context["body"]["agent_spans"]] == [span]


def test_the_command_line_client_names_the_account_and_deletes(api: httpx.Client) -> None:
    account = api.get("/account").json()["summaries"][0]["id"]
    made = api.post("/environment", json={"details": {"name": "E", "account_id": account}}).json()["details"]["id"]
    token = {"token_scope": "account", "account_id": account}
    token_id = api.post("/api_token", json={"details": token}).json()["details"]["id"]
    assert api.post(f"/api_token/{token_id}/suspend", json={}).status_code == 200
    for path in (f"/environment/{made}", f"/api_token/{token_id}"):
        assert [api.delete(path).status_code for _ in range(2)] == [200, 404]
    assert api.post("/environment", json={"details": {"name": "E", "account_id": "other"}}).status_code == 404
    ids = api.post("/pfid/generate", json={"count": 3, "account_id": account}).json()["details"]["pfids"]
    assert len({len(each) for each in ids}) == 1
    assert len(set(ids)) == 3
