"""Every answer against a stored example: the same keys, holding the same JSON types.

The examples' values are invented; their shapes are those that the platform publishes for its clients.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from reporter.registry.serve import running

EXAMPLES: Final[dict[str, Any]] = json.loads((Path(__file__).parent / "examples.json").read_text("utf-8"))

#: Keys whose value is a map from names of the account's own: its values are compared, not its names.
MAPS: Final = {"span_type_schemas", "quality_schemas", "alert_schemas", "by_name", "outputs", "errors"}
MAPS_OF_ANYTHING: Final = {
    "payload", "result_payload", "quality_payloads", "quality_summaries", "schema", "params_schema", "result_schema",
}  # fmt: skip
#: What is null here although the example is not, and why.
NULL_HERE: Final = {
    "created_by_admin_user_id": "the registry has no people who log in",
    "agent_deployment_id": "the account's own token has no deployment",
}
#: GET operations without an example, and the one whose details they share.
WITHOUT_EXAMPLE: Final = {
    "/environment/show": "GET /environment/{id}",
    "/agent_instance/show": "GET /agent_instance/{id}",
    "/api_token/{api_token_id}": "GET /api_token?account_id=",
}


def kind(value: Any) -> str:
    names = {type(None): "null", bool: "boolean", int: "number", float: "number", str: "string", list: "array"}
    return names.get(type(value), "object")


def differences(example: Any, ours: Any, path: str = "") -> Iterator[str]:
    """Where the shape of an answer is not that of an example."""
    key = path.rpartition("/")[2]
    if example is None or (ours is None and key in NULL_HERE):
        return
    if kind(example) != kind(ours):
        yield f"{path}: {kind(example)} in the example, {kind(ours)} here"
    elif isinstance(example, list) and example:
        if not ours:
            yield f"{path}: empty here"
        for each in ours:
            yield from differences(example[0], each, f"{path}/0")
    elif isinstance(example, dict) and key in MAPS:
        if not ours:
            yield f"{path}: empty here"
        for each in ours.values():
            yield from differences(next(iter(example.values())), each, f"{path}/*")
    elif isinstance(example, dict) and key not in MAPS_OF_ANYTHING:
        yield from (f"{path}/{name}: missing here" for name in example.keys() - ours.keys())
        yield from (f"{path}/{name}: only here" for name in ours.keys() - example.keys())
        for name in sorted(example.keys() & ours.keys()):
            yield from differences(example[name], ours[name], f"{path}/{name}")


Account = dict[str, str]


def created(api: httpx.Client, path: str, **fields: Any) -> str:
    answer = api.post(path, json={"details": fields})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["details"]["id"])


def fill(api: httpx.Client) -> Account:
    """An account in which nothing that the examples name is missing."""
    ids = {"account": api.get("/account").json()["summaries"][0]["id"]}
    ids["team"] = created(api, "/team", name="Member services")
    person = {"name": "R. Okafor", "email": "r@example.test", "title": "Owner", "team_ids": [ids["team"]]}
    ids["person"] = created(api, "/person", **person)
    ruleset = EXAMPLES["GET /risk_profile/{id}"]["details"]["ruleset"]
    ids["risk_profile"] = created(api, "/risk_profile", name="Member data", description="Agreed", ruleset=ruleset)
    ids["environment"] = created(
        api, "/environment", name="Production", description="Live", external_identifier="prod", purpose="production"
    )
    ids["agent"] = created(
        api, "/agent", name="Concierge", description="Answers", external_identifier="crm-1",
        owner_person_id=ids["person"], team_id=ids["team"], risk_profile_id=ids["risk_profile"],
    )  # fmt: skip
    return ids | _run(api, ids)


def _run(api: httpx.Client, ids: Account) -> Account:
    risk = {
        "action_profile": {"read_data": "allowed"},
        "params_data_categories": {"personal_identifiers": "included"},
        "result_data_categories": {"contact_information": "included", "classification": "confidential"},
    }
    named = {"title": "Title", "description": "What for", "template": "{{ref}}", "data_risk": risk}
    schema = {
        "external_identifier": "schema-1",
        "span_type_schemas": [{"name": "lookup", "params_schema": {"type": "object"}, **named}],
        "quality_schemas": [{"name": "resolution", "schema": {"type": "object"}, **named}],
        "alert_schemas": [{"name": "over_limit", "schema": {"type": "object"}, **named}],
    }
    runtime = {"agent_sdk": ["x@1"], "prefactor_sdk": ["y@2"], "os": "linux", "runtime": "python@3.12"}
    body = {
        "agent_id": ids["agent"],
        "environment_id": ids["environment"],
        "external_identifier": "run-1",
        "agent_version": {"external_identifier": "1.0", "runtime_environment": runtime},
        "agent_schema_version": schema,
    }
    run = api.post("/agent_instance/register", json=body).json()["details"]
    api.post(f"/agent_instance/{run['id']}/start", json={})
    span = {"agent_instance_id": run["id"], "schema_name": "lookup", "payload": {"ref": "M-1"}}
    span_id = created(api, "/agent_spans", **span)
    api.post(f"/agent_spans/{span_id}/finish", json={"result_payload": {"found": 1}})
    judged = {"name": "resolution", "payload": {"ref": "fine"}}
    assert api.post(f"/agent_instance/{run['id']}/record_quality", json=judged).status_code == 200
    api.post(f"/agent_instance/{run['id']}/finish", json={})
    version = api.get(f"/agent_version/{run['agent_version_id']}").json()["details"]
    return {
        "agent_instance": run["id"],
        "agent_deployment": run["agent_deployment_id"],
        "agent_version": version["id"],
        "agent_schema_version": version["agent_schema_version_id"],
        "agent_span": span_id,
        "api_token": api.get("/api_token").json()["summaries"][0]["id"],
    }


@pytest.fixture(scope="module")
def filled() -> Iterator[tuple[httpx.Client, Account]]:
    with running() as registry:
        headers = {"Authorization": f"Bearer {registry.token}"}
        with httpx.Client(base_url=f"{registry.url}/api/v1", headers=headers) as api:
            yield api, fill(api)


#: Example to the request that is held against it; a name in braces is the id of that kind of thing.
REQUESTS: Final = {
    "GET /ping": "/ping",
    "GET /account": "/account",
    "GET /account/{id}": "/account/{account}",
    "GET /environment?account_id=": "/environment?account_id={account}",
    "GET /environment/{id}": "/environment/{environment}",
    "GET /agent": "/agent",
    "GET /agent/{id}": "/agent/{agent}",
    "GET /agent/show?agent_id=&include_counts=true&include_risk_rollup=true": (
        "/agent/show?agent_id={agent}&include_counts=true&include_risk_rollup=true"
    ),
    "GET /agent_version?agent_id=": "/agent_version?agent_id={agent}",
    "GET /agent_version/{id}": "/agent_version/{agent_version}",
    "GET /agent_schema_version?agent_id=": "/agent_schema_version?agent_id={agent}",
    "GET /agent_schema_version/{id}": "/agent_schema_version/{agent_schema_version}",
    "GET /agent_deployment?agent_id=": "/agent_deployment?agent_id={agent}",
    "GET /agent_deployment/{id}": "/agent_deployment/{agent_deployment}",
    "GET /risk_profile": "/risk_profile",
    "GET /risk_profile/{id}": "/risk_profile/{risk_profile}",
    "GET /agent_instance?agent_id=": "/agent_instance?agent_id={agent}",
    "GET /agent_instance/{id}": "/agent_instance/{agent_instance}",
    "GET /agent_spans?agent_instance_id=&include_risk_level=true": (
        "/agent_spans?agent_instance_id={agent_instance}&include_risk_level=true"
    ),
    "GET /agent_spans/{id}": "/agent_spans/{agent_span}",
    "GET /team": "/team",
    "GET /team/{id}": "/team/{team}",
    "GET /person": "/person",
    "GET /person/{id}": "/person/{person}",
    "GET /api_token?account_id=": "/api_token?account_id={account}",
}


@pytest.mark.parametrize("name", REQUESTS)
def test_an_answer_has_the_shape_of_the_platforms(filled: tuple[httpx.Client, Account], name: str) -> None:
    api, ids = filled
    answer = api.get(REQUESTS[name].format(**ids))
    assert answer.status_code == 200, answer.text
    assert list(differences(EXAMPLES[name], answer.json())) == []


@pytest.mark.parametrize(("path", "name"), WITHOUT_EXAMPLE.items())
def test_what_has_no_example_answers_like_its_sibling(
    filled: tuple[httpx.Client, Account], path: str, name: str
) -> None:
    api, ids = filled
    queries = {
        "/environment/show": "/environment/show?external_identifier=prod",
        "/agent_instance/show": "/agent_instance/show?external_identifier=run-1",
        "/api_token/{api_token_id}": "/api_token/{api_token}",
    }
    example = EXAMPLES[name].get("details") or EXAMPLES[name]["summaries"][0]
    assert list(differences(example, api.get(queries[path].format(**ids)).json()["details"])) == []


def test_every_get_of_the_registry_is_held_against_an_example(filled: tuple[httpx.Client, Account]) -> None:
    def bare(path: str) -> str:
        return "/".join("*" if "{" in step else step for step in path.partition("?")[0].split("/"))

    paths = filled[0].get("/openapi").json()["paths"]
    offered = {bare(path.removeprefix("/api/v1")) for path, operations in paths.items() if "get" in operations}
    exported = "/agent_instance/*/agent_context"  # tests/registry/test_registry_vendors_tools.py
    assert offered == {exported} | {bare(path) for path in (*REQUESTS.values(), *WITHOUT_EXAMPLE)}


@pytest.mark.parametrize(
    ("name", "path", "headers"),
    [
        ("error 401", "/agent", {"Authorization": ""}),
        ("error 404", "/agent/nobody", {}),
        ("error 422", "/agent_version", {}),
    ],
)
def test_a_refusal_is_the_platforms(
    filled: tuple[httpx.Client, Account], name: str, path: str, headers: dict[str, str]
) -> None:
    answer = filled[0].get(path, headers=headers)
    assert answer.status_code == int(name[-3:])
    assert answer.json() == EXAMPLES[name]


def test_a_bulk_answer_has_the_shape_of_the_platforms(filled: tuple[httpx.Client, Account]) -> None:
    items = [
        {"_type": "agents/list", "idempotency_key": "agents-list-0001"},
        {"_type": "agents/show", "idempotency_key": "agents-show-0002", "agent_id": "nobody"},
    ]
    outputs = filled[0].post("/bulk", json={"items": items}).json()["outputs"]
    example = EXAMPLES["POST /bulk"]["outputs"]
    assert outputs.keys() == example.keys()
    assert list(differences(example["agents-list-0001"], outputs["agents-list-0001"])) == []
    assert outputs["agents-show-0002"] == example["agents-show-0002"]


def test_a_difference_of_shape_is_seen() -> None:
    example = {"a": 1, "b": ["x"], "by_name": {"n": {"c": True}}, "d": {"e": 1}}
    ours = {"a": "1", "b": [2], "by_name": {"m": {"c": None}}, "d": {"f": 1}}
    assert sorted(differences(example, ours)) == [
        "/a: number in the example, string here",
        "/b/0: string in the example, number here",
        "/by_name/*/c: boolean in the example, null here",
        "/d/e: missing here",
        "/d/f: only here",
    ]
