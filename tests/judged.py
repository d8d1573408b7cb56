"""Reports with everything that a format may have to tell, and verdicts on them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Literal

from hard_cases import case
from pages import several

from reporter.gate import policy
from reporter.gate.policy import Limits, Verdict
from reporter.view.findings import Coverage, Criterion, Finding, Flow, FlowEntry, Reach, Severity, Waiver
from reporter.view.report import Report

_ANSWERS: tuple[Literal["indicated", "not indicated", "cannot be assessed", "cannot be declared"], ...] = (
    "indicated",
    "not indicated",
    "cannot be assessed",
)
_COVERAGE = (
    ("(a)", "none"), ("(b)", "none"), ("(c)", "partial"), ("(c)", "partial"), ("(d)", "signal only"), ("(e)", "none"),
    ("(f)", "none"), ("(g)", "none"),
)  # fmt: skip
REASON = "=Accepted by | the board, see #7 @octocat <b>and</b> http://example.test/W-1"


def findings(report: Report) -> list[Finding]:
    return [finding for agent in report.agents for finding in agent.findings]


def verdict(report: Report, *, threshold: Severity = "high") -> Verdict:
    """What the gate says where findings of that severity fail it."""
    return policy.verdict(report, Limits(threshold))


def _waiver(finding: Finding) -> Waiver:
    return Waiver(
        id="W-1", rule=finding.rule, agent="*", span_type=None, category=None,
        value_sha256=finding.value_sha256, reason=REASON, approved_by="dpo@example.test", ticket="PRIV-311",
        evidence=None, approved_on="2026-11-02", expires="2027-02-01", status="in force",
        words="It accepts one finding.", findings=[finding.id],
    )  # fmt: skip


def reviewed(report: Report) -> Report:
    """The report with its last finding accepted, and with every annex filled."""
    last = findings(report)[-1] if findings(report) else None
    agents = []
    for agent in report.agents:
        found = [replace(f, status="accepted", waiver="W-1") if f is last else f for f in agent.findings]
        screening = [
            Criterion(n, f"Criterion {n}", _ANSWERS[n % 3], f"Words about {n}.", ["minors_data"], f"About {n}.")
            for n in range(1, 10)
        ]
        entries = [FlowEntry(entry.name, entry.anchor, ["health_and_medical"]) for entry in agent.span_types[:2]]
        flows = [Flow("EGRESS", "Egress", "A declared way out.", entries)] if entries else []
        reach = Reach("included", "May reach it.", ["health_and_medical"], [], entries, entries[:1], entries[1:])
        agents.append(replace(agent, findings=found, screening=screening, flows=flows, reach=reach))
    coverage = [Coverage(item, f"Title {item}", covered, f"Words about {item}.") for item, covered in _COVERAGE]
    waivers = [_waiver(last)] if last else []
    return replace(report, agents=agents, coverage=coverage, waivers=waivers)


@cache
def reviewed_case(name: str) -> Report:
    """One of the hard cases, or the report about several agents, with all that can be told of it."""
    return reviewed(several() if name == "several" else case(name))
