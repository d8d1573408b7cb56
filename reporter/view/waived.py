"""Findings of the view with what waivers make of them, and the waivers themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from reporter.plain.language import Language
from reporter.review.waivers import Decision, Fate, Waivable, Waiver, apply
from reporter.view import findings as shown
from reporter.view import report


def waived(
    agents: Sequence[report.Agent],
    waivers: Sequence[Waiver],
    at: datetime,
    language: Language,
    *,
    non_waivable: Sequence[str] = (),
) -> tuple[list[report.Agent], list[shown.Waiver]]:
    """The agents, their findings open or accepted, and every waiver with what became of it.

    Args:
        agents: Their findings are all open.
        waivers: Those of the file.
        at: The run's clock.
        language: What sentences are said in.
        non_waivable: Rules whose findings no waiver accepts.
    """
    if not waivers:
        return list(agents), []
    findings = [_waivable(agent, finding) for agent in agents for finding in agent.findings]
    applied = apply(findings, waivers, at, non_waivable=non_waivable)
    decisions = iter(applied.decisions)
    decided = [replace(agent, findings=list(_decided(agent.findings, decisions, language))) for agent in agents]
    return decided, [_waiver(fate, language) for fate in applied.fates]


def _waivable(agent: report.Agent, finding: shown.Finding) -> Waivable:
    return Waivable(
        id=finding.id,
        rule=finding.rule,
        agent_id=agent.id,
        agent_name=agent.name,
        span_type=finding.span_type,
        categories=finding.categories,
        value_sha256=finding.value_sha256,
    )


def _decided(
    findings: Sequence[shown.Finding], decisions: Iterator[Decision], language: Language
) -> Iterator[shown.Finding]:
    for finding, decision in zip(findings, decisions, strict=False):
        note = language.say(decision.note) if decision.note else None
        yield replace(finding, status=decision.status, waiver=decision.waiver, note=note)


def _waiver(fate: Fate, language: Language) -> shown.Waiver:
    waiver = fate.waiver
    return shown.Waiver(
        id=waiver.id,
        rule=waiver.rule,
        agent=waiver.agent,
        span_type=waiver.span_type,
        category=waiver.category,
        value_sha256=waiver.value_sha256,
        reason=waiver.reason,
        approved_by=waiver.approved_by,
        ticket=waiver.ticket,
        evidence=waiver.evidence,
        approved_on=waiver.approved_on.isoformat(),
        expires=waiver.expires.isoformat(),
        status=fate.status,
        words=language.say(fate.words),
        findings=list(fate.findings),
    )
