"""The demo shows what an organisation decides, accepts and lets lapse, and what is new since its last report."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Datarisk

CLOCKS: dict[str, str] = {
    "the day that it is written for": "1795456800",
    "years later": "1895456800",
    "years before": "1695456800",
}


@pytest.fixture(params=[*CLOCKS.values()], ids=[*CLOCKS])
def folder(datarisk: Datarisk, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    done = datarisk(
        "demo", "-o", "out", "-f", "json", "-f", "ropa.csv", "-f", "dpia.csv", SOURCE_DATE_EPOCH=request.param
    )
    assert done.returncode == 0, done.stderr
    assert "none of it is real" in done.stderr
    [made] = tmp_path.glob("out/*/2*")
    return made


def test_beside_the_first_questions_of_the_demo_stand_the_provisions_that_make_them_questions(folder: Path) -> None:
    report: Any = json.loads((folder / "report.json").read_bytes())
    keys = {issue["id"]: issue["key"] for agent in report["agents"] for issue in agent["issues"]}
    beside = [(line["agent"], keys[line["issue"]], line["reference"]) for line in report["summary"]["attention"]]
    assert beside == [
        ("Post room", "unanswered", "Declare, then run again"),
        ("Broker assistant", "unanswered", "Declare, then run again"),
        ("Claims assessor", "condition", "GDPR Art. 9(2)"),
        ("Claims assessor", "recipients", "GDPR Art. 9(2)"),
        ("Family cover enrolment", "condition", "GDPR Art. 9(2)"),
    ]


def test_the_demo_shows_what_is_decided_accepted_and_lapsed_and_what_is_new_since(folder: Path) -> None:
    report: Any = json.loads((folder / "report.json").read_bytes())
    issues = {issue["id"]: (agent["name"], issue) for agent in report["agents"] for issue in agent["issues"]}
    # Waivers: one in force, one that ran out and opened its question again.
    assert [(each["id"], each["status"]) for each in report["waivers"]] == [
        ("W-2026-001", "expired"), ("W-2026-002", "in force"),
    ]  # fmt: skip
    assert {issue["status"] for _, issue in issues.values()} == {"open", "answered", "accepted"}
    # Decisions: with all that an action sheet has, advice that is followed and advice that is not, and work to do.
    decided = {name: issue for name, issue in issues.values() if issue["status"] == "answered"}
    payments, reinsurance = decided["Claims payments"], decided["Reinsurance desk"]
    assert payments["advice_followed"] is True
    assert reinsurance["advice_followed"] is False
    assert reinsurance["advice_reason"]
    assert all(
        each[key]
        for each in decided.values()
        for key in ("owner", "decision", "reference", "measure", "residual_risk", "dpo_advice", "approved_by")
    )
    assert [name for name, issue in issues.values() if issue["due"] and issue["status"] == "open"] == [
        "Claims assessor"
    ]
    since = report["since"]
    told = {kind: [" ".join((issues[each][0], issues[each][1]["key"])) for each in since[kind]] for kind in (
        "new", "reopened", "worse", "changed", "answered", "accepted",
    )}  # fmt: skip
    assert told == {
        "new": ["Member concierge impact", "Claims payments observed", "Claims assessor observed"],
        "reopened": ["Claims payments levels"],
        "worse": ["Member concierge unanswered", "Member concierge recipients", "Member concierge condition"],
        "changed": [
            "Post room unanswered",
            "Member concierge unanswered",
            "Member concierge recipients",
            "Member concierge condition",
        ],
        "answered": ["Claims payments money"],
        "accepted": ["Reinsurance desk levels"],
    }
    # The paper named the underwriters then, which was not agreed.
    assert [(each["agent"], each["key"], each["why"]) for each in since["gone"]] == [
        ("Reinsurance desk", "agreed", "declared"),
        ("Reinsurance desk", "recipients", "declared"),
    ]
    assert since["not_told"] == []


def test_the_demo_shows_what_was_agreed_by_either_source_what_exceeds_it_and_agents_with_neither(folder: Path) -> None:
    agents = {each["name"]: each for each in json.loads((folder / "report.json").read_bytes())["agents"]}
    by = {name: [(each["kind"], each["name"]) for each in agent["agreed"]["sources"]] for name, agent in agents.items()}
    profile = [("platform", "Claims handling")]
    assert (by["Claims assessor"], by["Claims payments"]) == (profile, profile)
    assert by["Reinsurance desk"] == [("organisation", "company/facts.toml")]
    assert by["Post room"] == []
    exceeds = {
        name: {each["name"] for each in agent["agreed"]["points"] if each["state"] == "exceeds"}
        for name, agent in agents.items()
    }
    assert {name: found for name, found in exceeds.items() if found} == {
        "Claims assessor": {"behavioural_and_inferred", "destroy_data"}
    }
    assert {each["rule"] for each in agents["Post room"]["findings"] if each["rule"][0] == "G"} == {"G09"}
    assert not [each for each in agents["Reinsurance desk"]["findings"] if each["rule"][0] == "G"]
    score = agents["Claims assessor"]["score"]
    assert (score["at_least"], score["at_most"], score["bands"]) == (384, 414, ["medium", "high"])


def test_the_demos_annexes_hold_what_the_company_states_and_say_where_it_states_nothing(folder: Path) -> None:
    rows = list(csv.DictReader((folder / "ropa.csv").read_text("utf-8-sig").splitlines()))
    purposes = {row["agent_name"]: row["b_purposes"] for row in rows if row["row"] == "agent"}
    assert purposes["Claims payments"].startswith("Paying released settlements")
    assert purposes["Post room"] == "not provided"
