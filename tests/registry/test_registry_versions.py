"""Versions and deployments are made on demand, and pins move as registrations say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from reporter.registry.serve import running


def body(version: str = "1", schema: str = "s1", *, types: tuple[str, ...] = ("a",), **more: Any) -> dict[str, Any]:
    listed = [{"name": name, "params_schema": {}} for name in types]
    return {
        "agent_id": "bot",
        "agent_version": {"external_identifier": version},
        "agent_schema_version": {"external_identifier": schema, "span_type_schemas": listed},
        **more,
    }


def register(api: httpx.Client, request: dict[str, Any]) -> dict[str, Any]:
    answer = api.post("/agent_instance/register", json=request)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["details"])


def listed(api: httpx.Client, path: str) -> list[dict[str, Any]]:
    return list(api.get(path, params={"agent_id": "bot"}).json()["summaries"])


def test_an_unknown_agent_is_made_under_the_id_that_it_was_called_by(api: httpx.Client) -> None:
    register(api, body())
    agent = api.get("/agent/bot").json()["details"]
    assert (agent["name"], agent["status"], agent["instance_counts"]["total"]) == ("bot", "active", 1)


def test_without_an_environment_a_run_goes_to_the_one_for_development(api: httpx.Client) -> None:
    runs = [register(api, body()), register(api, body("2"))]
    environment = api.get(f"/environment/{runs[0]['environment_id']}").json()["details"]
    assert (environment["name"], environment["purpose"]) == ("Development", "development")
    assert runs[0]["environment_id"] == runs[1]["environment_id"]


def test_an_unknown_environment_is_made_under_its_id(api: httpx.Client) -> None:
    register(api, body(environment_id="env-of-production"))
    assert api.get("/environment/env-of-production").json()["details"]["purpose"] == "development"


def test_a_combination_that_was_seen_makes_no_new_version(api: httpx.Client) -> None:
    first, second = register(api, body()), register(api, body())
    assert first["agent_version_id"] == second["agent_version_id"]
    assert first["id"] != second["id"]
    assert [len(listed(api, path)) for path in ("/agent_version", "/agent_schema_version")] == [1, 1]


def test_other_content_under_the_same_name_is_another_version(api: httpx.Client) -> None:
    register(api, body())
    register(api, body(types=("a", "b")))
    versions = listed(api, "/agent_schema_version")
    assert [row["external_identifier_repeats"] for row in versions] == [2, 2]
    assert [row["span_schemas_count"] for row in versions] == [1, 2]
    assert [row["external_identifier_repeats"] for row in listed(api, "/agent_version")] == [2, 2]


def test_each_environment_has_its_own_pin(api: httpx.Client) -> None:
    old, new = register(api, body(environment_id="prod")), register(api, body("2", environment_id="staging"))
    pins = {row["environment_id"]: row["current_version_id"] for row in listed(api, "/agent_deployment")}
    assert pins == {"prod": old["agent_version_id"], "staging": new["agent_version_id"]}
    assert api.get("/agent_deployment", params={"agent_id": "bot"}).json()["pagination"]["item_count"] == 2


@pytest.mark.parametrize(("update", "moves"), [(True, True), (None, True), (False, False)])
def test_the_pin_moves_unless_the_registration_says_no(api: httpx.Client, *, update: bool | None, moves: bool) -> None:
    old = register(api, body())
    new = register(api, body("2", "s2", update_current_version=update))
    (deployment,) = listed(api, "/agent_deployment")
    assert deployment["current_version_id"] == (new if moves else old)["agent_version_id"]
    refs = {row["external_identifier"]: row["current_agent_deployment_refs"] for row in listed(api, "/agent_version")}
    assert refs == {"1": [] if moves else [deployment["id"]], "2": [deployment["id"]] if moves else []}


def test_a_first_registration_may_leave_the_deployment_without_a_pin(api: httpx.Client) -> None:
    register(api, body(update_current_version=False))
    assert listed(api, "/agent_deployment")[0]["current_version_id"] is None


def test_a_pin_is_moved_by_hand_and_taken_out(api: httpx.Client) -> None:
    old, _ = register(api, body()), register(api, body("2"))
    (deployment,) = listed(api, "/agent_deployment")
    for pinned in (old["agent_version_id"], None):
        answer = api.put(f"/agent_deployment/{deployment['id']}", json={"details": {"current_version_id": pinned}})
        assert answer.json()["details"]["current_version_id"] == pinned
    wrong = api.put(f"/agent_deployment/{deployment['id']}", json={"details": {"current_version_id": "nobody's"}})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unexpected_ref_type")


def test_a_pin_that_stands_already_is_not_touched(api: httpx.Client) -> None:
    register(api, body())
    before = listed(api, "/agent_deployment")
    register(api, body())
    assert listed(api, "/agent_deployment") == before


def test_a_schema_version_is_made_without_a_run(api: httpx.Client) -> None:
    api.post("/agent", json={"details": {"id": "bot", "name": "Bot"}})
    details = {"agent_id": "bot", **body()["agent_schema_version"]}
    version = api.post("/agent_schema_version", json={"details": details}).json()["details"]
    assert list(version["span_type_schemas"]) == ["a"]
    assert register(api, body())["agent_version_id"]
    assert [row["id"] for row in listed(api, "/agent_schema_version")] == [version["id"]]


def test_a_name_that_stands_twice_is_refused_since_a_map_could_hold_only_one(api: httpx.Client) -> None:
    answer = api.post("/agent_instance/register", json=body(types=("a", "b", "a")))
    assert answer.json()["errors"] == {"agent_schema_version.span_type_schemas": ["holds a more than once"]}
    assert api.get("/agent").json()["summaries"] == []


def test_a_schema_that_is_none_is_said_to_be_so(api: httpx.Client) -> None:
    request = body()
    request["agent_schema_version"] = {"span_schemas": {"a": {"type": "object", "properties": {"x": {"type": "tex"}}}}}
    register(api, request)
    version = api.get(f"/agent_schema_version/{listed(api, '/agent_schema_version')[0]['id']}").json()["details"]
    assert version["span_type_schemas"]["a"]["params_schema_validation"] == {
        "status": "error",
        "message": "#/properties/x/type is no type of JSON Schema",
    }
    assert version["external_identifier"] == "unnamed"


def test_without_filling_in_a_declaration_is_answered_as_it_was_sent(connect: Callable[..., httpx.Client]) -> None:
    partly = {"action_profile": {"read_data": "allowed"}, "params_data_categories": {}, "result_data_categories": {}}
    with running(fill_unknown=False) as registry:
        api = connect(registry)
        request = body(types=("undeclared",))
        declared = {"name": "declared", "params_schema": {}, "data_risk": partly | {"retention": {"days": 30}}}
        request["agent_schema_version"]["span_type_schemas"].append(declared)
        request["agent_schema_version"]["alert_schemas"] = [{"name": "alert", "schema": {}}]
        register(api, request)
        version = api.get(f"/agent_schema_version/{listed(api, '/agent_schema_version')[0]['id']}").json()["details"]
        assert version["span_type_schemas"]["undeclared"]["data_risk"] is None
        assert version["span_type_schemas"]["declared"]["data_risk"] == declared["data_risk"]
        assert version["alert_schemas"]["alert"]["data_risk"] is None


def test_further_keys_of_a_declaration_survive_the_filling_in(api: httpx.Client) -> None:
    request = body()
    parts: dict[str, Any] = {"action_profile": {}, "params_data_categories": {}, "result_data_categories": {}}
    request["agent_schema_version"]["span_type_schemas"][0]["data_risk"] = parts | {"retention_days": 30}
    register(api, request)
    version = api.get(f"/agent_schema_version/{listed(api, '/agent_schema_version')[0]['id']}").json()["details"]
    risk = version["span_type_schemas"]["a"]["data_risk"]
    assert risk["retention_days"] == 30
    assert set(risk["action_profile"].values()) == {"unknown"}
