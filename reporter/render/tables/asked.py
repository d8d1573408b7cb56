"""The tables of what people have to decide, and of the rules that only list what is declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reporter.plain.language import Message
from reporter.render.tables.claims import AGENT, Of
from reporter.render.tables.table import Column, Table
from reporter.view.findings import Issue
from reporter.view.issues import ranked
from reporter.view.report import Report


def _ranked(report: Report) -> Iterator[Of[Issue, int]]:
    """In the order in which they need somebody, each with its place."""
    return (Of(*each, number) for number, each in enumerate(ranked(report), 1))


#: A worklist: who sees to what, until when, and what was decided.
ISSUES: Final[Table[Of[Issue, int]]] = Table(
    "issues",
    Message("Issues"),
    Message("What a person has to decide, in the order in which it needs somebody. Each finding belongs to one issue."),
    _ranked,
    Column("place", "Place", 8, lambda row: row.about),
    Column("issue_id", "Issue", 18, lambda row: row.item.id),
    *AGENT,
    Column("environments", "Environments", 20, lambda row: tuple(row.agent.environments)),
    Column("coverage", "Coverage", 20, lambda row: row.agent.coverage, worded=True),
    Column("question", "Question", 50, lambda row: row.item.question, wraps=True),
    Column("severity", "Severity", 10, lambda row: row.item.severity, worded=True),
    Column("certainty", "Certainty", 16, lambda row: row.item.certainty, worded=True),
    Column("status", "Status", 10, lambda row: row.item.status, worded=True),
    Column("span_types", "Span types", 40, lambda row: tuple(row.item.span_types), wraps=True),
    Column("consequence", "At worst", 60, lambda row: row.item.consequence, wraps=True),
    Column("not_known", "Not known", 50, lambda row: tuple(row.item.not_known), wraps=True),
    Column("wanted", "Answers that would settle most", 50, lambda row: _wanted(row.item), wraps=True),
    Column("owner", "Owner", 24, lambda row: row.item.owner),
    Column("due", "Due", 12, lambda row: row.item.due),
    Column("decision", "Decision", 40, lambda row: row.item.decision, wraps=True),
    Column("decided_by", "Decided by", 24, lambda row: row.item.decided_by),
    Column("decided_on", "Decided on", 12, lambda row: row.item.decided_on),
    Column("reference", "Reference", 20, lambda row: row.item.reference),
    Column("note", "Note", 40, lambda row: row.item.note, wraps=True),
    Column("findings", "Findings", 20, lambda row: tuple(row.item.findings), wraps=True),
    Column("declared_sha256", "SHA-256 of what was declared", 66, lambda row: row.item.declared),
    Column("measure", "Measure", 40, lambda row: row.item.measure, wraps=True),
    Column("residual_risk", "Residual risk", 12, lambda row: row.item.residual_risk, worded=True),
    Column("dpo_advice", "Advice of the DPO", 40, lambda row: row.item.dpo_advice, wraps=True),
    Column("advice_followed", "Advice followed", 12, lambda row: row.item.advice_followed),
    Column("advice_reason", "Why it is not followed", 40, lambda row: row.item.advice_reason, wraps=True),
    Column("approved_by", "Approved by", 24, lambda row: row.item.approved_by),
    Column("since", "Since the last report", 14, lambda row: row.item.since, worded=True),
)


def _wanted(issue: Issue) -> tuple[str, ...]:
    return tuple(f"{each.label} ({', '.join(each.span_types)})" for each in issue.wanted)
