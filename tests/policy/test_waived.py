"""Waivers in the view: findings marked, every waiver listed, and all of it in the report's language."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from gate_cases import DIGEST, OTHER, finding, view, waiver

from reporter.plain.language import ENGLISH, of
from reporter.view.findings import Waiver
from reporter.view.report import Agent
from reporter.view.waived import waived

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
AGENTS = view(finding("f1"), finding("f2", rule="X02"), finding("f3", value_sha256=OTHER)).agents
CLAIMS = {"agent": "claims"}


def both(at: datetime = NOON) -> tuple[Agent, list[Waiver]]:
    [agent], listed = waived(AGENTS, [waiver("W-1", **CLAIMS)], at, ENGLISH)
    return agent, listed


def test_without_waivers_nothing_changes() -> None:
    assert waived(AGENTS, [], NOON, ENGLISH) == (AGENTS, [])


def test_findings_keep_their_order_and_everything_but_what_became_of_them() -> None:
    agent, [listed] = both()
    assert [(item.id, item.status, item.waiver) for item in agent.findings] == [
        ("f1", "accepted", "W-1"),
        ("f2", "open", None),
        ("f3", "open", None),
    ]
    assert agent.findings[1] == AGENTS[0].findings[1]
    assert agent.findings[2].note == "Waiver W-1 does not accept it: what is declared is not what was accepted."
    assert (listed.status, listed.findings, listed.value_sha256) == ("in force", ["f1", "f3"], DIGEST)


@pytest.mark.parametrize(
    ("at", "status"),
    [(NOON, "in force"), (datetime(2027, 3, 1, tzinfo=UTC), "expired"), (datetime(2026, 1, 1, tzinfo=UTC), "not yet")],
)
def test_a_waiver_is_listed_with_its_reason_whatever_became_of_it_inspec_5260(at: datetime, status: str) -> None:
    _, [listed] = both(at)
    assert (listed.status, listed.reason) == (status, "The hospital asks for it itself.")
    assert (listed.approved_on, listed.expires) == ("2026-11-02", "2027-01-31")
    assert listed.words


def test_what_became_of_waivers_is_said_in_the_report_s_language() -> None:
    given = [waiver("W-1", **CLAIMS, expires=date(2026, 11, 10)), waiver("W-2", agent="nobody")]
    [agent], listed = waived(AGENTS, given, NOON, of("de"))
    assert agent.findings[0].note == "Die Ausnahme W-1 ist am 2026-11-10 (UTC) abgelaufen."
    assert listed[1].words == "Sie betrifft keinen Befund dieses Berichts."
    assert [item.status for item in listed] == ["expired", "matches nothing"]
