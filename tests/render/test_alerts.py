"""Alerts of SARIF and Code Quality: silence never lowers how many there are, and none goes because of it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from builders import agent, composed, inventory, risk, schema_version, span_type
from hypothesis import given
from hypothesis import strategies as st
from strategies import data_risks, decided, silenced

from reporter.gate.policy import Limits, verdict
from reporter.render.check import codequality, sarif
from reporter.review.tables import UNANSWERED
from reporter.view.report import Report

CASES = Path(__file__).resolve().parent.parent / "cases"
LEVELS = ("note", "warning", "error")
SEVERITIES = ("info", "minor", "major", "critical", "blocker")
LIMITS = (Limits(), Limits("medium"), Limits("info"))


def of(*risks: Any) -> Report:
    entries = [span_type(f"t{n}", each) for n, each in enumerate(risks)]
    return composed(inventory(agent(), schema_version("v1", *entries)))


def case(name: str) -> Report:
    return composed(inventory(json.loads((CASES / f"{name}.json").read_text())))


def results(report: Report, limits: Limits) -> list[dict[str, Any]]:
    """The results of SARIF that somebody has to look at."""
    told = json.loads(sarif.render(report, verdict(report, limits)).data)["runs"][0]["results"]
    return [each for each in told if not each["suppressions"]]


def by_question(report: Report, limits: Limits) -> dict[tuple[str, ...], int]:
    """How severe each alert of SARIF is."""
    found = results(report, limits)
    told: dict[tuple[str, ...], int] = {
        (each["ruleId"], each["partialFingerprints"]["datariskIssue/v1"]): LEVELS.index(each["level"]) for each in found
    }
    assert len(told) == len(found)
    return told


def by_place(report: Report, limits: Limits) -> dict[tuple[str, ...], int]:
    """How severe each alert of Code Quality is."""
    found = json.loads(codequality.render(report, verdict(report, limits)).data)
    assert len({each["fingerprint"] for each in found}) == len(found)
    return {(each["check_name"], each["fingerprint"]): SEVERITIES.index(each["severity"]) for each in found}


def compare(before: Report, after: Report, limits: Limits) -> None:
    for told in (by_question, by_place):
        then, now = told(before, limits), told(after, limits)
        assert then.items() <= {key: min(now.get(key, -1), then[key]) for key in then}.items()
        for level in range(len(SEVERITIES)):
            assert sum(each >= level for each in now.values()) >= sum(each >= level for each in then.values())


@given(st.data(), st.lists(data_risks, min_size=1, max_size=4), st.sampled_from(LIMITS))
def test_silence_lowers_no_count_of_alerts_of_any_level_and_ends_none(
    data: st.DataObject, risks: list[Any], limits: Limits
) -> None:
    if any(map(decided, risks)):
        compare(of(*risks), of(*silenced(data.draw, risks)), limits)


@pytest.mark.parametrize("limits", LIMITS, ids=("never", "medium", "info"))
def test_the_silenced_hospital_has_no_alert_less(limits: Limits) -> None:
    honest, silent = case("hospital-agent"), case("hospital-silenced")
    for told in (by_question, by_place):
        counts = [Counter(told(each, limits).values()) for each in (honest, silent)]
        for level in range(len(SEVERITIES)):
            then, now = (sum(n for each, n in count.items() if each >= level) for count in counts)
            assert now >= then


def test_an_agent_that_says_nothing_has_an_alert_of_each_question_under_the_id_that_it_has_when_declared() -> None:
    silent = by_question(of(None), Limits())
    declared = by_question(of(risk("health_and_medical", "minors_data", allowed=("external_communication",))), Limits())
    assert len(silent) == 10
    assert declared.keys() <= silent.keys()


def test_what_silence_may_be_is_told_as_that_and_its_findings_once() -> None:
    found = results(of(None), Limits())
    [asked] = [each for each in found if each["ruleId"] == UNANSWERED]
    [recipients] = [each for each in found if each["ruleId"] == "recipients"]
    assert asked["properties"]["findings"]
    assert not recipients["properties"]["findings"]
    assert recipients["properties"]["certainty"] == "possible"
    assert recipients["message"]["text"].startswith(
        "Claims: Who receives personal data, in which role and in which country? What is true where nobody has "
        "answered? (t0)"
    )


def test_where_everything_is_answered_alerts_are_the_questions_that_there_are() -> None:
    report = of(risk("health_and_medical"), risk("authentication_and_secrets", allowed=("external_communication",)))
    assert {id_ for _, id_ in by_question(report, Limits())} == {each.id for each in report.agents[0].issues}
