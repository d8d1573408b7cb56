"""What is newly met stays a question from report to report, until a person decides it or it is ruled out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from builders import risk, span_type
from conftest import Called
from gate_calls import OUTSIDE, WAIVER, put
from gate_cases import DIGEST

Told = dict[str, Any]
FIRST, DAY = 1795456800, 86400
CALM, MET = risk("contact_information"), risk("health_and_medical", allowed=OUTSIDE)
ANSWER = """
[[agent]]
agent = "claims"
stated_by = "Ada Lovelace"
stated_on = 2026-11-20
[[agent.document]]
kind = "dpia"
title = "Claims"
reference = "DPIA-7"

[[answer]]
agent = "claims"
issue = "impact"
declared = "{declared}"
decision = "Reviewed before it went live"
decided_by = "Ada Lovelace"
decided_on = 2026-11-21
reference = "DPIA-7"
"""


class Reports:
    """Reports of one folder, each a day after the one before, which it finds by itself."""

    def __init__(self, called: Called, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.called, self.folder, self.patch, self.day = called, folder, patch, -1

    def declare(self, *entries: Told) -> None:
        put(self.folder, "in/claims.json", {"span_type_schemas": [*entries]})

    def night(self, *args: str) -> Told:
        """The next report.json."""
        self.day += 1
        self.patch.setenv("SOURCE_DATE_EPOCH", str(FIRST + self.day * DAY))
        status, said = self.called("report", "in", "-f", "json", *args)
        assert status == 0, said
        found: Told = json.loads((max(self.folder.glob("reports/local/2*")) / "report.json").read_bytes())
        return found


@pytest.fixture
def reports(called: Called, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reports:
    made = Reports(called, tmp_path, monkeypatch)
    made.declare(span_type("tool:a", CALM))
    made.night()
    return made


def impact(report: Told) -> Told:
    [found] = [issue for agent in report["agents"] for issue in agent["issues"] if issue["key"] == "impact"]
    return dict(found)


def x20(report: Told) -> Told | None:
    found = [each for agent in report["agents"] for each in agent["findings"] if each["rule"] == "X20"]
    return found[0] if found else None


def test_it_is_open_night_after_night_until_it_is_answered_and_stays_answered(reports: Reports) -> None:
    reports.declare(span_type("tool:a", MET))
    first = reports.night()
    for night in range(3):
        later = reports.night()
        asked = impact(later)
        assert (asked["id"], asked["status"], asked["since"]) == (impact(first)["id"], "open", "known"), night
        assert asked["declared"] == impact(first)["declared"]
        assert impact(later)["id"] not in [each["id"] for each in later["since"]["gone"]]
        assert later["since"]["words"].endswith(": no question is new or changed.")
    found = x20(later)
    assert found is not None
    assert "as first told on 24 November 2026: " in found["particulars"][0]
    put(reports.folder, "datarisk-facts.toml", ANSWER.format(declared=asked["declared"]).encode())
    assert [(each["status"], each["since"]) for each in (impact(reports.night()), impact(reports.night()))] == [
        ("answered", "answered"),
        ("answered", "known"),
    ]


def test_a_waiver_goes_on_night_after_night(reports: Reports) -> None:
    reports.declare(span_type("tool:a", MET))
    found = x20(reports.night())
    assert found is not None
    waiver = WAIVER.replace('rule = "X01"', 'rule = "X20"').replace(DIGEST, found["value_sha256"])
    put(reports.folder, "datarisk-waivers.toml", waiver.encode())
    for _ in range(3):
        found = x20(reports.night())
        assert found is not None
        assert (found["status"], found["waiver"]) == ("accepted", "W-1")


def test_report_json_says_what_was_newly_met_and_no_other_finding_has_more(reports: Reports) -> None:
    reports.declare(span_type("tool:a", MET))
    first, second = reports.night(), reports.night()
    told = {"rule": "X01", "kind": "span", "span_type": "tool:a", "against": "the last report"}
    for report, by in ((first, None), (second, first["generated_at"])):
        found = x20(report)
        assert found is not None
        [hit] = [each for each in found["newly"] if each["rule"] == "X01"]
        assert hit == {**told, "since": hit["since"], "told": by}
        others = [each for agent in report["agents"] for each in agent["findings"] if each["rule"] != "X20"]
        assert not [each for each in others if "newly" in each]


def test_a_report_from_the_evidence_of_a_later_night_is_the_same(reports: Reports) -> None:
    reports.declare(span_type("tool:a", MET))
    reports.night()
    reports.night()
    kept = max(reports.folder.glob("reports/local/2*"))
    status, said = reports.called("report", str(kept), "-f", "json", "-o", "again")
    assert status == 0, said
    assert next(reports.folder.glob("again/local/2*/report.json")).read_bytes() == (kept / "report.json").read_bytes()


def test_a_span_type_that_is_gone_is_told_as_not_there_any_more_to_be_asked(reports: Reports) -> None:
    reports.declare(span_type("tool:a", MET), span_type("tool:b", CALM))
    reports.night()
    reports.declare(span_type("tool:b", CALM))
    told = reports.night()["since"]
    assert {each["why"] for each in told["gone"] if each["key"] == "impact"} == {"span types gone"}
    assert "settled" not in told["words"]


def test_what_is_ruled_out_is_settled_by_what_is_declared(reports: Reports) -> None:
    reports.declare(span_type("tool:a", MET))
    reports.night()
    reports.night()
    reports.declare(span_type("tool:a", CALM))
    later = reports.night()
    assert x20(later) is None
    assert {each["why"] for each in later["since"]["gone"] if each["key"] == "impact"} <= {"declared"}


def test_silence_of_a_later_night_ends_nothing(reports: Reports) -> None:
    reports.declare(span_type("tool:a", MET))
    reports.night()
    reports.declare(span_type("tool:a"))
    for _ in range(2):
        later = reports.night()
        assert x20(later) is not None
        assert "settled" not in later["since"]["words"]


def test_a_baseline_file_carries_nothing_as_writing_it_is_a_decision(reports: Reports) -> None:
    reports.declare(span_type("tool:a", MET))
    assert x20(reports.night()) is not None
    assert reports.called("check", "in", "--write-baseline", "datarisk-baseline.json")[0] in (0, 1)
    assert x20(reports.night("--baseline", "datarisk-baseline.json")) is None


def test_what_is_newly_met_in_a_last_report_that_is_not_made_like_ours_is_refused(reports: Reports) -> None:
    reports.declare(span_type("tool:a", MET))
    report = reports.night()
    for odd in ([1], [{"rule": "X01"}], "X01", 7, [{"rule": 1, "told": None}]):
        changed = json.loads(json.dumps(report))
        [found] = [each for agent in changed["agents"] for each in agent["findings"] if each["rule"] == "X20"]
        found["newly"] = odd
        put(reports.folder, "odd/report.json", changed)
        status, said = reports.called("report", "in", "-f", "json", "--baseline", "odd/report.json")
        assert (status, "Traceback" in said) == (2, False), said
        assert "not made like ours" in said
