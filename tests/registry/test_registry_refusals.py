"""What the registry refuses, it refuses in the platform's envelope, and changes nothing."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

SCHEMA: dict[str, Any] = {"span_schemas": {"s": {}}}
REGISTER: dict[str, Any] = {"agent_id": "a", "agent_version": {}, "agent_schema_version": SCHEMA}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def run_id(api: httpx.Client) -> str:
    return str(api.post("/agent_instance/register", json=REGISTER).json()["details"]["id"])


@pytest.mark.parametrize("content", ["{", "", "NaN", '{"details": Infinity}', "[" * 5000, "1" * 5000, '"\udcff'])
def test_a_body_that_is_no_json_is_refused(shared: httpx.Client, content: str) -> None:
    answer = shared.post("/agent", content=content.encode("utf-8", "surrogateescape"), headers=JSON)
    assert answer.status_code in {400, 422}
    assert answer.json()["status"] == "error"


def test_a_body_that_is_nested_too_deep_is_refused(shared: httpx.Client) -> None:
    deep: dict[str, Any] = {}
    for _ in range(120):
        deep = {"items": deep}
    answer = shared.post(
        "/agent_instance/register", json=REGISTER | {"agent_schema_version": {"span_schemas": {"s": deep}}}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_half_a_surrogate_pair_in_a_payload_comes_back_as_it_went_in(api: httpx.Client, run_id: str) -> None:
    content = f'{{"details": {{"agent_instance_id": "{run_id}", "schema_name": "s", "payload": {{"x": "\\ud800"}}}}}}'
    answer = api.post("/agent_spans", content=content, headers=JSON)
    assert answer.status_code == 200
    assert b'"payload":{"x":"\\ud800"}' in answer.content


@pytest.mark.parametrize(
    ("path", "details", "field"),
    [
        ("/agent", {}, "details.name"),
        ("/agent", {"name": ""}, "details.name"),
        ("/agent", {"name": "x", "id": "a/b"}, "details.id"),
        ("/environment", {"name": "x", "purpose": "fun"}, "details.purpose"),
        ("/person", {"name": "x"}, "details.email"),
        ("/person", {"name": "x", "email": "y", "team_ids": ["nobody"]}, "team_ids"),
        ("/risk_profile", {"name": "x", "ruleset": {}}, "details.ruleset.thresholds"),
    ],
)
def test_wrong_details_are_refused_by_field(shared: httpx.Client, path: str, details: Any, field: str) -> None:
    answer = shared.post(path, json={"details": details})
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_errors")
    assert field in answer.json()["errors"]


def test_a_weight_of_no_category_is_refused(shared: httpx.Client) -> None:
    ruleset = {
        "category_weights": {"shoe_size": 1},
        "action_multipliers": {},
        "thresholds": {"medium": 1, "high": 2, "critical": 3},
    }
    answer = shared.post("/risk_profile", json={"details": {"name": "x", "ruleset": ruleset}})
    assert "shoe_size" in answer.json()["errors"]["details.ruleset.category_weights"][0]


def test_what_is_taken_is_refused_and_what_is_not_there_cannot_be_referred_to(api: httpx.Client) -> None:
    agent = {"name": "x", "external_identifier": "crm-1"}
    assert api.post("/agent", json={"details": agent}).status_code == 200
    assert api.post("/agent", json={"details": agent}).json()["errors"] == {"external_identifier": ["is taken"]}
    answer = api.post("/agent", json={"details": {"name": "y", "owner_person_id": "nobody"}})
    assert (answer.status_code, answer.json()["code"]) == (422, "unexpected_ref_type")
    assert len(api.get("/agent").json()["summaries"]) == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"agent_id": None}, "agent_id"),
        ({"agent_id": ""}, "agent_id"),
        ({"agent_id": "a b"}, "agent_id"),
        ({"environment_id": "a/b"}, "environment_id"),
        ({"id": "x" * 65}, "id"),
        ({"purpose": "fun"}, "purpose"),
        ({"agent_version": None}, "agent_version"),
        ({"idempotency_key": "k" * 129}, "idempotency_key"),
    ],
)
def test_a_wrong_registration_is_refused_by_field_and_leaves_nothing(
    shared: httpx.Client, more: dict[str, Any], field: str
) -> None:
    answer = shared.post("/agent_instance/register", json=REGISTER | more)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]
    assert shared.get("/agent").json()["summaries"] == []


def test_a_runs_own_names_are_its_alone(api: httpx.Client) -> None:
    named = REGISTER | {"id": "run-1", "external_identifier": "ext-1"}
    assert api.post("/agent_instance/register", json=named).json()["details"]["id"] == "run-1"
    again = api.post("/agent_instance/register", json=named | {"id": "run-2"})
    assert again.json()["errors"] == {"external_identifier": ["is taken"]}
    other = api.post("/agent_instance/register", json=named | {"external_identifier": "ext-2"})
    assert other.json()["errors"] == {"id": ["is taken"]}


def test_a_run_goes_through_its_states_once(api: httpx.Client, run_id: str) -> None:
    calls = ["start", "start", "finish", "finish", "terminate"]
    statuses = [api.post(f"/agent_instance/{run_id}/{call}").status_code for call in calls]
    assert statuses == [200, 409, 200, 409, 409]


def test_a_start_that_was_overtaken_by_the_end_still_brings_its_time(api: httpx.Client, run_id: str) -> None:
    api.post(f"/agent_instance/{run_id}/finish", json={"timestamp": "2026-11-23T10:00:05+01:00"})
    late = api.post(f"/agent_instance/{run_id}/start", json={"timestamp": "2026-11-23T09:00:00Z"}).json()["details"]
    assert (late["status"], late["started_at"]) == ("complete", "2026-11-23T09:00:00Z")
    assert late["finished_at"] == "2026-11-23T09:00:05Z"


@pytest.mark.parametrize("moment", ["yesterday", "", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_time_that_is_none_is_refused(api: httpx.Client, run_id: str, moment: str) -> None:
    answer = api.post(f"/agent_instance/{run_id}/start", json={"timestamp": moment})
    assert answer.json()["errors"] == {"timestamp": ["is not an ISO 8601 time"]}


def test_a_span_that_never_started_can_only_be_cancelled(api: httpx.Client, run_id: str) -> None:
    span = {"agent_instance_id": run_id, "schema_name": "s", "status": "pending"}
    span_id = api.post("/agent_spans", json={"details": span}).json()["details"]["id"]
    assert api.post(f"/agent_spans/{span_id}/finish").status_code == 409
    cancelled = api.post(f"/agent_spans/{span_id}/finish", json={"status": "cancelled"})
    assert cancelled.json()["details"]["status"] == "cancelled"
    assert api.post(f"/agent_spans/{span_id}/finish", json={"status": "cancelled"}).status_code == 409


def test_a_span_of_an_undeclared_type_is_refused(api: httpx.Client, run_id: str) -> None:
    answer = api.post("/agent_spans", json={"details": {"agent_instance_id": run_id, "schema_name": "other"}})
    assert answer.json()["errors"] == {"schema_name": ["is no span type of this run's schema version"]}


def test_spans_are_listed_by_a_window_of_time(api: httpx.Client, run_id: str) -> None:
    for second in (1, 2, 3):
        moment = f"2026-11-23T09:00:0{second}{'.5' if second == 2 else ''}Z"
        span = {"agent_instance_id": run_id, "schema_name": "s", "started_at": moment, "payload": {"n": second}}
        api.post("/agent_spans", json={"details": span})
    window = {"start_time": "2026-11-23T09:00:02Z", "end_time": "2026-11-23T10:00:02.5+01:00"}
    found = api.get("/agent_spans", params={"agent_id": "a"} | window).json()
    assert [row["payload"]["n"] for row in found["summaries"]] == [2]
    assert found["pagination"]["item_count"] == 1
    assert api.get("/agent_spans").json()["errors"] == {"agent_instance_id": ["is required, or agent_id"]}


def test_what_a_payload_marks_as_sensitive_is_taken_out_when_asked(api: httpx.Client, run_id: str) -> None:
    payload = {"who": {"$sensitive": "string", "labels": ["pii"], "value": "Ada"}, "n": [1]}
    span = {"agent_instance_id": run_id, "schema_name": "s", "payload": payload}
    made = api.post("/agent_spans", json={"details": span}).json()["details"]
    assert made["sensitive_encoding"] is True
    path = f"/agent_spans/{made['id']}"
    assert api.get(path).json()["details"]["payload"] == payload
    redacted = api.get(path, params={"redacted": "true"}).json()["details"]["payload"]
    assert redacted == {"who": {"$sensitive": "string", "labels": ["pii"], "value": None}, "n": [1]}


def test_a_repeated_request_gets_the_first_answer_again(api: httpx.Client) -> None:
    keyed = REGISTER | {"idempotency_key": "one-and-only"}
    answers = [api.post("/agent_instance/register", json=keyed).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert api.get("/agent/a").json()["details"]["instance_counts"]["total"] == 1


def test_a_key_in_the_head_counts_like_one_in_the_body(api: httpx.Client) -> None:
    headers = {"Idempotency-Key": "one-and-only"}
    for _ in range(2):
        assert api.post("/team", json={"details": {"name": "T"}}, headers=headers).status_code == 200
    assert len(api.get("/team").json()["summaries"]) == 1


def test_a_key_of_another_request_is_refused(api: httpx.Client) -> None:
    api.post("/team", json={"details": {"name": "T"}, "idempotency_key": "one-and-only"})
    answer = api.post("/team", json={"details": {"name": "U"}, "idempotency_key": "one-and-only"})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_already_used")


def test_a_key_of_a_request_that_failed_may_be_used_again(api: httpx.Client) -> None:
    details = {"name": "P", "email": "p@x.test", "team_ids": ["team-1"]}
    keyed = {"details": details, "idempotency_key": "one-and-only"}
    assert api.post("/person", json=keyed).status_code == 422
    api.post("/team", json={"details": {"name": "T", "id": "team-1"}})
    assert api.post("/person", json=keyed).status_code == 200


def test_null_clears_what_may_be_empty_and_leaves_what_may_not(api: httpx.Client) -> None:
    team = api.post("/team", json={"details": {"name": "T"}}).json()["details"]["id"]
    agent = api.post("/agent", json={"details": {"name": "A", "team_id": team, "description": "d"}}).json()["details"]
    changes = {"name": None, "team_id": None}
    changed = api.put(f"/agent/{agent['id']}", json={"details": changes}).json()["details"]
    assert (changed["name"], changed["team_id"], changed["description"]) == ("A", None, "d")


def test_the_account_is_renamed(api: httpx.Client) -> None:
    account = api.get("/account").json()["summaries"][0]["id"]
    api.put(f"/account/{account}", json={"details": {"name": "Harbour Mutual"}})
    assert api.get(f"/account/{account}").json()["details"]["name"] == "Harbour Mutual"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/agent/", 404),
        ("DELETE", "/account", 405),
        ("GET", "/agent_version?agent_id=nobody", 404),
        ("GET", "/environment?account_id=nobody", 404),
        ("GET", "/agent/show", 422),
        ("GET", "/agent/show?agent_id=a&external_identifier=b", 422),
        ("POST", "/agent_instance/nobody/start", 404),
        ("PUT", "/team/nobody", 422),
        ("POST", "/agent/nobody/retire", 404),
        ("POST", "/bulk", 422),
    ],
)
def test_every_refusal_is_an_envelope(shared: httpx.Client, method: str, path: str, status: int) -> None:
    answer = shared.request(method, path)
    assert answer.status_code == status
    assert answer.json().keys() >= {"status", "code", "message"}
    assert answer.json()["status"] == "error"


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"_type": "agents/explode"}, "not_implemented"),
        ({"_type": "agents/create"}, "validation_errors"),
        ({"_type": "agents/list", "sorting": "colour"}, "validation_errors"),
        ({"_type": "environments/list"}, "not_found"),
    ],
)
def test_a_bulk_item_that_fails_says_why(shared: httpx.Client, item: dict[str, Any], code: str) -> None:
    answer = shared.post("/bulk", json={"items": [item | {"idempotency_key": "eight-or-more"}]})
    assert answer.status_code == 200
    assert answer.json()["outputs"]["eight-or-more"]["code"] == code


def test_bulk_keys_are_long_enough_and_unique(shared: httpx.Client) -> None:
    item = {"_type": "agents/list", "idempotency_key": "eight-or-more"}
    for items in ([], [item | {"idempotency_key": "short"}], [item, item]):
        assert shared.post("/bulk", json={"items": items}).status_code == 422


def test_bulk_items_carry_their_operations_whole_request(api: httpx.Client, run_id: str) -> None:
    account = api.get("/account").json()["summaries"][0]["id"]
    wanted = {
        "environments/create": {"details": {"name": "Live", "external_identifier": "live"}},
        "environments/list": {"account_id": account, "pagination": {"page_size": 1}},
        "environments/show": {"external_identifier": "live"},
        "agent_instances/list": {"agent_id": "a"},
        "agent_instances/record_quality": {"agent_instance_id": run_id, "name": "none"},
    }
    items = [{"_type": kind, "idempotency_key": f"{kind}-1", **more} for kind, more in wanted.items()]
    outputs = api.post("/bulk", json={"items": items}).json()["outputs"]
    assert outputs["environments/list-1"]["pagination"]["page_size"] == 1
    assert outputs["environments/show-1"]["details"]["name"] == "Live"
    assert [row["id"] for row in outputs["agent_instances/list-1"]["summaries"]] == [run_id]
    assert outputs["agent_instances/record_quality-1"]["code"] == "validation_errors"
