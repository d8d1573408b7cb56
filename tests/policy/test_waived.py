"""Waivers in a report: findings marked, every waiver listed, and all of it in the report's language."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from builders import agent, composed, inventory, risk, schema_version, span_type
from gate_cases import waiver

from reporter.declared.scope import Selection, scope
from reporter.plain.language import ENGLISH, of
from reporter.review.assessment import waivable
from reporter.review.catalogue import load
from reporter.review.evaluation import findings
from reporter.view.report import Report

FOUND = inventory(
    agent("a1", "Claims assessor"),
    *(
        schema_version(
            "v1",
            *(
                span_type(name, risk("health_and_medical", allowed=("external_communication",)))
                for name in ("tool:a", "tool:b")
            ),
        ),
    ),
)
[BARE] = composed(FOUND).agents
[X01] = [finding for finding in findings(scope(FOUND, Selection()).agents[0], load()) if finding.rule.id == "X01"]
ACCEPTED = {"agent": "claims*", "value_sha256": waivable(X01).value_sha256}
A_ALONE = {**ACCEPTED, "span_type": "tool:a", "value_sha256": waivable(X01, "tool:a").value_sha256}
B_ALONE = {**ACCEPTED, "span_type": "tool:b", "value_sha256": waivable(X01, "tool:b").value_sha256}


def report(*given: Any, code: str = "en") -> Report:
    return composed(FOUND, waivers=given, language=of(code) if code != "en" else ENGLISH)


def test_without_waivers_everything_is_open_and_none_is_listed() -> None:
    made = report()
    assert {finding.status for finding in made.agents[0].findings} == {"open"}
    assert made.waivers == []


def test_findings_keep_their_order_and_everything_but_what_became_of_them() -> None:
    made = report(waiver("W-1", **ACCEPTED))
    [found], [listed] = made.agents, made.waivers
    assert [finding.id for finding in found.findings] == [finding.id for finding in BARE.findings]
    [told] = [finding for finding in found.findings if finding.rule == "X01"]
    assert (told.status, told.waiver, told.note) == ("accepted", "W-1", None)
    assert [each.waiver for each in told.instances] == ["W-1", "W-1"]
    assert (listed.status, listed.value_sha256) == ("in force", ACCEPTED["value_sha256"])
    assert listed.findings == [X01.id]
    others = [(each.id, each.status, each.note) for each in found.findings if each.rule != "X01"]
    assert others == [(each.id, "open", None) for each in BARE.findings if each.rule != "X01"]


def test_a_waiver_for_one_span_type_accepts_it_alone_and_the_finding_stays_open_for_the_other() -> None:
    [found] = report(waiver("W-1", **A_ALONE)).agents
    [told] = [finding for finding in found.findings if finding.rule == "X01"]
    assert (told.status, told.waiver) == ("open", None)
    assert {each.span_type: each.waiver for each in told.instances} == {"tool:a": "W-1", "tool:b": None}


def test_waivers_for_each_of_its_span_types_accept_a_finding() -> None:
    [found] = report(waiver("W-1", **A_ALONE), waiver("W-2", **B_ALONE)).agents
    [told] = [finding for finding in found.findings if finding.rule == "X01"]
    assert (told.status, told.waiver) == ("accepted", "W-1")
    assert [each.waiver for each in told.instances] == ["W-1", "W-2"]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, "in force"),
        ({"expires": date(2026, 11, 10)}, "expired"),
        ({"approved_on": date(2026, 12, 1)}, "not yet"),
    ],
)
def test_a_waiver_is_listed_with_its_reason_whatever_became_of_it_inspec_5260(
    given: dict[str, Any], status: str
) -> None:
    [listed] = report(waiver("W-1", **ACCEPTED | given)).waivers
    assert (listed.status, listed.reason) == (status, "The hospital asks for it itself.")
    assert listed.words


def test_what_became_of_waivers_is_said_in_the_report_s_language() -> None:
    given = [waiver("W-1", **ACCEPTED, expires=date(2026, 11, 10)), waiver("W-2", agent="nobody")]
    made = report(*given, code="de")
    [note] = {finding.note for finding in made.agents[0].findings if finding.rule == "X01"}
    assert note == "Die Ausnahme W-1 ist am 2026-11-10 (UTC) abgelaufen."
    assert made.waivers[1].words == "Sie betrifft keinen Befund dieses Berichts."
    assert [item.status for item in made.waivers] == ["expired", "matches nothing"]
