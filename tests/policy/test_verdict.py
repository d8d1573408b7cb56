"""The gate's verdict: what keeps it shut, in which order it says so, and that it never opens on incomplete evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from gate_cases import OTHER, finding, issue, view
from hypothesis import given
from hypothesis import strategies as st

from reporter.declared.model import Account
from reporter.gate.baseline import Baseline
from reporter.gate.policy import SEVERITIES, Limits, verdict
from reporter.view.findings import Finding

NOTHING = Limits(fail_on="never")
FROM_THE_WORST = ("high", "medium", "low", "info")


def known(*findings: Finding) -> Baseline:
    return Baseline(
        "base.json", Account("a", "A"), None, complete=True, findings={f.id: f.value_sha256 for f in findings}
    )


@pytest.mark.parametrize("severity", FROM_THE_WORST)
@pytest.mark.parametrize("threshold", [*FROM_THE_WORST, "never"])
def test_an_open_finding_fails_from_its_threshold_on(severity: Any, threshold: Any) -> None:
    found = verdict(view(finding(severity=severity)), Limits(threshold))
    at_or_above = threshold != "never" and FROM_THE_WORST.index(severity) <= FROM_THE_WORST.index(threshold)
    assert found.outcome == ("failed" if at_or_above else "passed")
    assert found.exit_status == int(at_or_above)
    assert found.passed is not at_or_above
    assert found.failing == ({"f1"} if at_or_above else set())
    assert found.threshold == (None if threshold == "never" else threshold)


def test_what_cannot_be_ruled_out_counts_with_its_own_severity() -> None:
    undecided = finding(certainty="possible", severity="medium")
    assert verdict(view(undecided), Limits("medium")).outcome == "failed"
    assert verdict(view(undecided), Limits("high")).outcome == "passed"


def test_accepted_findings_are_tolerated_and_still_listed() -> None:
    found = verdict(view(finding(status="accepted", waiver="W-1")), Limits("info"))
    assert (found.outcome, found.why) == ("passed", ())
    assert [item.blocking for item in found.findings] == [False]


def test_incomplete_evidence_never_gets_through_and_its_findings_are_told_all_the_same() -> None:
    found = verdict(view(finding(), gaps=2), Limits("high"))
    assert (found.outcome, found.exit_status, found.complete) == ("incomplete", 3, False)
    assert [reason.kind for reason in found.why] == ["incomplete", "findings"]
    assert found.reasons[0] == (
        "the evidence is incomplete, so nothing may be concluded: 2 things could not be read, first of all agent 0: "
        "it was not answered"
    )
    assert verdict(view(gaps=1), NOTHING).exit_status == 3
    accepted = finding(status="accepted", waiver="W-1")
    assert verdict(view(accepted, gaps=1), NOTHING).exit_status == 3


def test_why_it_failed_is_told_with_the_most_important_first() -> None:
    report = view(
        finding("f1", rule="X05", severity="medium", title="Inferred"),
        finding("f2", rule="Q01", severity="high", title="Nothing assessed"),
        finding("f3", rule="X01", severity="high"),
        finding("f4", rule="X01", severity="high"),
        finding("f5", severity="low"),
        silent=3,
    )
    found = verdict(report, Limits("medium", max_not_assessed=1, max_unknown_share=50))
    assert found.reasons == (
        "too little is answered of 1 agent: Claims, mostly unanswered (42 of 168 fields known)",
        "3 high findings (medium is the limit): X01 Health data go out (2); Q01 Nothing assessed",
        "1 medium finding (medium is the limit): X05 Inferred",
        "3 span types not assessed, of at most 1 tolerated",
        "126 of 168 fields (75.0%) are unknown or undeclared, of at most 50% tolerated",
    )
    assert [reason.kind for reason in found.why] == [
        "unanswered", "findings", "findings", "not assessed", "unknown",
    ]  # fmt: skip
    assert [item.finding.id for item in found.why[1].findings] == ["f2", "f3", "f4"]


def test_more_rules_than_a_line_holds_are_counted() -> None:
    found = verdict(view(*(finding(f"f{number}", rule=f"X0{number}") for number in range(1, 7))), Limits("high"))
    assert found.reasons[0].endswith("; and 3 more rules")
    one_more = verdict(view(*(finding(f"f{number}", rule=f"X0{number}") for number in range(1, 5))), Limits("high"))
    assert one_more.reasons[0].endswith("; and 1 more rule")
    three = verdict(view(*(finding(f"f{number}", rule=f"X0{number}") for number in range(1, 4))), Limits("high"))
    assert three.reasons[0].count(";") == 2
    assert "more" not in three.reasons[0]


def test_of_rules_with_as_many_findings_the_one_of_the_lower_id_is_named_first() -> None:
    report = view(finding("f1", rule="X09"), finding("f2", rule="X02", certainty="possible"))
    assert verdict(report, Limits("high")).reasons[0].endswith(": X02 Health data go out; X09 Health data go out")


def test_the_worst_findings_come_first_and_those_that_are_declared_before_those_that_cannot_be_ruled_out() -> None:
    report = view(
        finding("low", severity="low"),
        finding("undecided", certainty="possible", rule="X00"),
        finding("accepted", status="accepted", waiver="W-1", rule="X00"),
        finding("declared"),
    )
    order = [item.finding.id for item in verdict(report, Limits()).findings]
    assert order == ["declared", "undecided", "low", "accepted"]


def test_a_finding_whose_question_is_answered_fails_nothing_and_is_listed_all_the_same() -> None:
    report = view(finding("asked"), finding("money", issue="money"))
    [only] = report.agents
    answered = replace(issue("money"), status="answered")
    report = replace(report, agents=[replace(only, issues=[issue("recipients"), answered])])
    found = verdict(report, Limits("high"))
    assert found.failing == {"asked"}
    assert {item.finding.id for item in found.findings} == {"asked", "money"}
    assert not verdict(replace(report, agents=[replace(only, issues=[answered])]), Limits("medium")).passed


@pytest.mark.parametrize(("limit", "outcome"), [(None, "failed"), (2, "passed"), (1, "failed"), (0, "failed")])
def test_span_types_that_are_not_assessed_have_a_limit(limit: int | None, outcome: str) -> None:
    assert verdict(view(silent=2), replace(NOTHING, max_not_assessed=limit)).outcome == outcome


@pytest.mark.parametrize(("limit", "outcome"), [(None, "passed"), (50, "passed"), (49.9, "failed"), (0, "failed")])
def test_fields_that_are_unknown_have_a_limit(limit: float | None, outcome: str) -> None:
    assert verdict(view(silent=1), replace(NOTHING, max_unknown_share=limit)).outcome == outcome
    assert verdict(view(), replace(NOTHING, max_unknown_share=0)).outcome == "passed"


def test_only_what_the_baseline_lacks_fails_where_only_new_findings_do() -> None:
    old, new = finding("old"), finding("new")
    limits = Limits("high", fail_on_new=True)
    assert verdict(view(old), limits, known(old)).outcome == "passed"
    found = verdict(view(old, new), limits, known(old))
    assert found.outcome == "failed"
    assert found.failing == found.new == {"new"}
    assert found.reasons[0].startswith("1 high finding that the baseline lacks (high is the limit): X01")
    assert verdict(view(old, new), Limits("high"), known(old)).failing == {"old", "new"}


def test_a_known_finding_whose_value_has_changed_is_new() -> None:
    found = verdict(view(finding(value_sha256=OTHER)), Limits(fail_on_new=True), known(finding()))
    assert found.outcome == "failed"
    assert [item.since for item in found.findings] == ["changed"]
    assert found.new == {"f1"}


def test_new_findings_below_the_threshold_do_not_fail_unless_there_is_none() -> None:
    low = finding("low", severity="low")
    assert verdict(view(low), Limits("high", fail_on_new=True), known()).outcome == "passed"
    found = verdict(view(low), Limits("never", fail_on_new=True), known())
    assert found.outcome == "failed"
    assert "new ones are the limit" in found.reasons[0]


def test_without_a_baseline_nothing_is_new_or_known() -> None:
    found = verdict(view(finding()), Limits())
    assert not found.new
    assert found.findings[0].since is None


_findings = st.lists(
    st.builds(
        finding,
        st.sampled_from([f"f{number}" for number in range(6)]),
        rule=st.sampled_from(["X01", "X02", "Q01"]),
        severity=st.sampled_from(SEVERITIES),
        certainty=st.sampled_from(["declared", "possible"]),
        status=st.sampled_from(["open", "accepted"]),
        value_sha256=st.sampled_from(["a", "b"]),
    ),
    max_size=6,
    unique_by=lambda item: item.id,
)
_limits = st.builds(
    Limits,
    st.sampled_from([*SEVERITIES, "never"]),
    st.booleans(),
    st.one_of(st.none(), st.integers(0, 3)),
    st.one_of(st.none(), st.floats(0, 100)),
)
_BARE = view(silent=1)


def _with(findings: list[Finding]) -> Any:
    [agent] = _BARE.agents
    return replace(_BARE, agents=[replace(agent, findings=findings)])


@given(_findings, _findings, _limits)
def test_one_finding_more_never_opens_the_gate(findings: list[Finding], before: list[Finding], limits: Limits) -> None:
    baseline = known(*before)
    if verdict(_with(findings[1:]), limits, baseline).outcome == "failed":
        assert verdict(_with(findings), limits, baseline).outcome == "failed"


@given(_findings, _findings, _limits)
def test_it_fails_exactly_for_a_reason_and_every_reason_has_what_it_is_about(
    findings: list[Finding], before: list[Finding], limits: Limits
) -> None:
    found = verdict(_with(findings), limits, known(*before))
    assert (found.outcome == "failed") is bool(found.why)
    assert found.failing == {item.finding.id for reason in found.why for item in reason.findings}
    assert all(item.finding.status == "open" for item in found.findings if item.blocking)
    assert sorted(item.finding.id for item in found.findings) == sorted(item.id for item in findings)


@given(_findings, _limits)
def test_a_baseline_of_the_same_report_leaves_nothing_new(findings: list[Finding], limits: Limits) -> None:
    found = verdict(_with(findings), replace(limits, fail_on_new=True), known(*findings))
    assert not found.new
    assert not found.failing
