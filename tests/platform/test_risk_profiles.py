"""Risk profiles over HTTP: a request for each that an agent in scope points to, kept as evidence, and told if gone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from builders import NOW, risk
from far_end import Answer, Asked, FarEnd, account, far_end, of_agent
from pydantic import SecretStr

from reporter import pipeline
from reporter.declared.scope import Selection
from reporter.order import Order
from reporter.prefactor.credentials import Access
from reporter.prefactor.records import Collected
from reporter.render import json as as_json
from reporter.sources import files, snapshot
from reporter.sources.platform import Platform
from reporter.view.report import Controller

PROFILE = {
    "type": "risk_profile", "id": "r", "name": "Shared",
    "ruleset": {
        "category_weights": {"contact_information": 4}, "action_multipliers": {"read_data": 1},
        "thresholds": {"medium": 20, "high": 50, "critical": 80},
    },
}  # fmt: skip


def collect(place: FarEnd, selection: Selection | None = None) -> Collected:
    access = Access(place.url, SecretStr("pf-secret-token-0123456789"), "the test", timeout=5)
    return Platform(access, selection or Selection(), NOW, "far end").collect()


def run(collected: Collected) -> pipeline.Run:
    return pipeline.run(collected, Order(Selection(), Controller(None, "t", None, None), NOW))


def shared(agents: int) -> dict[str, Any]:
    known = account(agents, risk_profile_id="r") | {"/risk_profile/r": PROFILE}
    known["/agent_schema_version/v0"]["span_type_schemas"]["tool:a"]["data_risk"] = risk("minors_data")
    return known


@pytest.mark.parametrize(
    ("known", "more"),
    [
        (account(3), 0),
        (shared(3), 1),
        (account(3, risk_profile_id="gone"), 1),
    ],
    ids=["no profile", "one that three share", "one that is gone"],
)
def test_requests_are_one_more_for_each_profile_and_none_where_nobody_points_to_one(
    known: dict[str, Any], more: int
) -> None:
    with far_end(known, of_agent) as place:
        collect(place)
    assert len(place.asked) == 3 + 3 * 5 + more
    assert sum(asked.path.startswith("/risk_profile") for asked in place.asked) == more


def test_profiles_of_agents_that_are_left_out_are_not_asked_for() -> None:
    known = shared(2)
    known["/agent/a1"] = known["/agent/a1"] | {"risk_profile_id": "other"}
    with far_end(known, of_agent) as place:
        collect(place, Selection(agents=("Agent 000",)))
    assert [asked.path for asked in place.asked if "risk_profile" in asked.path] == ["/risk_profile/r"]


def test_what_exceeds_a_profile_is_found_and_the_same_from_the_snapshot_and_from_files(tmp_path: Path) -> None:
    with far_end(shared(2), of_agent) as place:
        first = run(collect(place))
    rules = {each.agent.id: {one.rule.id for one in each.findings} for each in first.assessment.agents}
    assert "G01" in rules["a0"]
    assert "G01" not in rules["a1"]
    again = run(snapshot.from_value(json.loads(first.snapshot), "s"))
    assert again.snapshot == first.snapshot
    assert as_json.render(again.report).data == as_json.render(first.report).data
    for number, record in enumerate(first.inventory.records):
        (tmp_path / f"{number}.json").write_bytes(record.data)
    from_files = run(files.Files(sorted(map(str, tmp_path.glob("*.json"))), NOW).collect())
    assert {each.agent.id: {one.rule.id for one in each.findings} for each in from_files.assessment.agents} == rules


def test_the_records_that_say_what_was_agreed_stand_among_the_evidence() -> None:
    with far_end(shared(1), of_agent) as place:
        found = run(collect(place))
    [unused] = [each for each in found.report.agents[0].findings if each.rule == "G06"]
    kinds = {each.sha256: each.kind for each in found.report.records}
    assert {kinds[each.record_sha256] for each in unused.places} == {"risk_profile"}
    values = {each.sha256: each.value for each in found.inventory.records}
    for each in unused.places:
        value = values[each.record_sha256]
        for step in each.pointer.split("/")[1:]:
            value = value[step]
        assert value == each.value


@pytest.mark.parametrize("status", [404, 403, 500])
def test_a_profile_that_cannot_be_had_leaves_the_run_incomplete_and_weighs_most(status: int) -> None:
    def odd(asked: Asked, times: int) -> Answer | None:
        if asked.path.startswith("/risk_profile"):
            return status, {"Content-Type": "application/json"}, b'{"status": "error", "code": "not_found"}'
        return of_agent(asked, times)

    with far_end(account(2, risk_profile_id="gone"), odd) as place:
        found = run(collect(place))
    assert [gap.what for gap in found.inventory.gaps] == ["risk profile gone"]
    assert not found.report.complete
    for each in found.assessment.agents:
        [bad] = [one for one in each.findings if one.rule.id.startswith("G")]
        assert (bad.rule.id, bad.severity) == ("G10", "high")
    told = run(snapshot.from_value(json.loads(found.snapshot), "s"))
    assert told.snapshot == found.snapshot
