"""Scores and roll-ups are those of the platform's published arithmetic."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES
from reporter.registry import schemas

RULESET: dict[str, Any] = {
    "category_weights": dict.fromkeys(CATEGORY_NAMES)
    | {"personal_identifiers": 8, "contact_information": 4, "minors_data": 0},
    "action_multipliers": dict.fromkeys(ACTION_NAMES) | {"read_data": 1.0},
    "thresholds": {"medium": 20, "high": 50, "critical": 80},
}


def entry(params: dict[str, str], result: dict[str, str], *actions: str) -> dict[str, Any]:
    profile = dict.fromkeys(actions, "allowed")
    parts = {"params_data_categories": params, "result_data_categories": result}
    return {"data_risk": {"action_profile": profile, **parts}}


LOOKUP = entry(
    {"personal_identifiers": "included", "classification": "internal"},
    {"personal_identifiers": "included", "contact_information": "included", "classification": "confidential"},
    "read_data",
)
MAIL = entry({"contact_information": "included", "minors_data": "included"}, {}, "read_data", "external_communication")
UNKNOWN = entry({"personal_identifiers": "unknown"}, {})


def test_the_published_example_scores_as_published() -> None:
    assert schemas.type_score(LOOKUP, RULESET) == 12
    score = schemas.score({"lookup": 3}, {"lookup": LOOKUP}, RULESET)
    assert (score["total_score"], score["risk_level"]) == (36, "medium")


def test_two_actions_multiply_by_their_sum() -> None:
    two = RULESET | {"action_multipliers": RULESET["action_multipliers"] | {"external_communication": 2.0}}
    both = entry({"personal_identifiers": "included", "contact_information": "included"}, {}, *ACTION_NAMES)
    assert schemas.type_score(both, two) == 36


def test_what_is_out_of_scope_counts_nothing_and_neither_does_what_is_unknown() -> None:
    assert schemas.type_score(MAIL, RULESET) == 4
    assert schemas.type_score(UNKNOWN, RULESET) == 0
    assert schemas.type_score({}, RULESET) == 0


@pytest.mark.parametrize(
    ("total", "level"), [(0, "low"), (19.9, "low"), (20, "medium"), (50, "high"), (79, "high"), (80, "critical")]
)
def test_a_level_begins_at_its_threshold(total: float, level: str) -> None:
    assert schemas.level(total, RULESET) == level


def test_a_roll_up_counts_every_span_type_once() -> None:
    assert schemas.rollup([LOOKUP, MAIL, UNKNOWN, {}]) == {
        "all_data_categories": ["minors_data", "personal_identifiers", "contact_information"],
        "assessed_span_types": 2,
        "unassessed_span_types": 2,
        "total_span_types": 4,
        "classification_counts": {
            "unknown": 3, "public": 0, "internal": 0, "confidential": 1, "restricted": 0, "secret": 0,
        },
        "external_communication_count": 1,
        "highest_classification": "confidential",
    }  # fmt: skip


def test_unknown_is_below_every_level() -> None:
    assert schemas.highest([UNKNOWN, {}]) == "unknown"
    assert schemas.highest([UNKNOWN, entry({"classification": "public"}, {"classification": "unknown"})]) == "public"


def test_a_profile_agrees_to_what_has_a_weight_even_of_nothing() -> None:
    agreed = schemas.agreed(RULESET)
    assert agreed["data_categories"]["minors_data"] == "included"
    assert agreed["data_categories"]["health_and_medical"] == "excluded"
    assert agreed["action_profile"] == dict.fromkeys(ACTION_NAMES, "disallowed") | {"read_data": "allowed"}


def test_a_run_is_scored_by_its_profile_as_it_is_now(api: httpx.Client) -> None:
    details = {"name": "P", "ruleset": RULESET}
    profile = api.post("/risk_profile", json={"details": details}).json()["details"]["id"]
    types = [{"name": "lookup", "params_schema": {}, **LOOKUP}, {"name": "unused", "params_schema": {}, **MAIL}]
    request = {"agent_id": "a", "agent_version": {}, "agent_schema_version": {"span_type_schemas": types}}
    run = api.post("/agent_instance/register", json=request).json()["details"]
    for _ in range(3):
        api.post("/agent_spans", json={"details": {"agent_instance_id": run["id"], "schema_name": "lookup"}})
    assert run["risk_score"] is None
    api.put("/agent/a", json={"details": {"risk_profile_id": profile}})
    score = api.get(f"/agent_instance/{run['id']}").json()["details"]["risk_score"]
    assert score == {
        "all_data_categories": ["personal_identifiers", "contact_information"],
        "allowed_actions": ["read_data"],
        "any_assessable": True,
        "critical_threshold": 80,
        "peak_classification": "confidential",
        "per_type": [
            {
                "schema_name": "lookup",
                "count": 3,
                "type_score": 12.0,
                "total_contribution": 36.0,
                "risk_level": "medium",
            }
        ],
        "risk_level": "medium",
        "total_score": 36.0,
    }
    lower = RULESET | {"thresholds": {"medium": 1, "high": 2, "critical": 3}}
    api.put(f"/risk_profile/{profile}", json={"details": {"ruleset": lower}})
    assert api.get(f"/agent_instance/{run['id']}").json()["details"]["risk_score"]["risk_level"] == "critical"


def test_a_roll_up_tells_what_is_declared_from_what_ran(api: httpx.Client) -> None:
    types = [{"name": "lookup", "params_schema": {}, **LOOKUP}, {"name": "mail", "params_schema": {}, **MAIL}]
    request = {
        "agent_id": "a",
        "environment_id": "prod",
        "agent_version": {},
        "agent_schema_version": {"span_type_schemas": types},
    }
    run = api.post("/agent_instance/register", json=request).json()["details"]
    api.post("/agent_spans", json={"details": {"agent_instance_id": run["id"], "schema_name": "mail"}})
    api.post("/environment", json={"details": {"id": "empty", "name": "Empty"}})

    def totals(**query: str) -> tuple[int, int]:
        rollup = api.get("/agent/a", params={"include_risk_rollup": "true"} | query).json()["risk_rollup"]
        return rollup["theoretical_risk"]["total_span_types"], rollup["observed_risk"]["total_span_types"]

    assert totals() == (2, 1)
    assert totals(environment_id="prod") == (2, 1)
    assert totals(environment_id="empty") == (0, 0)
    assert "risk_rollup" not in api.get("/agent/a").json()
    version = api.get("/agent_version", params={"agent_id": "a"}).json()["summaries"][0]
    assert (version["theoretical_classification"], version["observed_classification"]) == ("confidential", "unknown")
