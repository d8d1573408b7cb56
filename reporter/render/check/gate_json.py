"""The gate's verdict for programs: ``datarisk/check/1``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any, Final

from reporter.declared.evidence import Evidence, Place
from reporter.gate.policy import Counted, Verdict
from reporter.layers import Applied
from reporter.plain.memory import Lazily
from reporter.render.document import Document, Large
from reporter.render.json import streamed
from reporter.view.report import Report

SCHEMA: Final = "datarisk/check/1"
#: The verdict and its lists, whose items are small.
_OPENED: Final = 2


def render(report: Report, verdict: Verdict, *, configuration: Sequence[Applied] = ()) -> Document:
    """The verdict with its reasons, every finding, worst first, and every waiver.

    Args:
        report: What was judged.
        verdict: What the gate says.
        configuration: The files of settings and waivers that apply.
    """
    value = {
        "schema": SCHEMA,
        "tool": asdict(report.tool),
        "generated_at": report.generated_at,
        "account": asdict(report.account),
        "evidence_sha256": report.evidence_sha256,
        "configuration": [asdict(each) for each in configuration],
        "catalogue": {"version": report.catalogue.version, "sha256": report.catalogue.sha256},
        "outcome": verdict.outcome,
        "exit_status": verdict.exit_status,
        "reasons": [
            {"kind": reason.kind, "words": reason.words, "findings": [item.finding.id for item in reason.findings]}
            for reason in verdict.why
        ],
        "limits": asdict(verdict.limits),
        "baseline": verdict.baseline,
        "gaps": [asdict(gap) for gap in report.gaps],
        "totals": asdict(report.totals),
        "findings": Lazily(len(verdict.findings), lambda: map(_finding, verdict.findings)),
        "waivers": [asdict(waiver) for waiver in report.waivers],
    }
    return Document("check.json", "application/json", Large(streamed(value, _OPENED)))


def _finding(item: Counted) -> dict[str, Any]:
    judged = {"blocking": item.blocking, "since_baseline": item.since}
    agent = {"agent_id": item.agent_id, "agent_name": item.agent_name}
    left_out = ("rows", "places")
    found = {part.name: getattr(item.finding, part.name) for part in fields(item.finding) if part.name not in left_out}
    return judged | agent | found | {"evidence": [_told(each) for each in item.finding.evidence]}


def _told(item: Evidence) -> dict[str, Any]:
    """In full: a verdict holds no rows to refer to."""
    return {name: getattr(item, name) for name in _TOLD}


_TOLD: Final = [part.name for part in fields(Place)]
