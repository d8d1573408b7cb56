"""The register: every table of facts of a report, made once from the view for all formats that hold tables.

What was declared stands in ``claims``, and what a data protection officer keeps in ``annexes``; here is what triggers
a review, with its rules and waivers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from reporter.declared.model import Evidence
from reporter.plain.language import Message
from reporter.render.tables import annexes, claims
from reporter.render.tables.agreed import AGREED
from reporter.render.tables.asked import ISSUES
from reporter.render.tables.changed import CHANGES
from reporter.render.tables.claims import AGENT, Of
from reporter.render.tables.observed import OBSERVED
from reporter.render.tables.table import Column, Table, kind_of, provision_words, whole
from reporter.view.findings import Finding, Law, Provision, Rule, Waiver
from reporter.view.report import Report


def _findings(report: Report) -> Iterator[Of[Finding, Rule | None]]:
    rules = {rule.id: rule for rule in report.catalogue.rules}
    return (Of(agent, item, rules.get(item.rule)) for agent in report.agents for item in agent.findings)


# With what its rule asks in every row, so that a row can be filtered out, handed on and worked on alone.
FINDINGS: Final[Table[Of[Finding, Rule | None]]] = Table(
    "findings",
    Message("Findings"),
    Message("A finding triggers a review; it concludes nothing. Accepted ones stay in the list."),
    _findings,
    Column("finding_id", "Finding", 18, lambda row: row.item.id),
    *AGENT,
    Column("severity", "Severity", 10, lambda row: row.item.severity, worded=True),
    Column("certainty", "Certainty", 16, lambda row: row.item.certainty, worded=True),
    Column("rule", "Rule", 8, lambda row: row.item.rule),
    Column("title", "Title", 40, lambda row: row.item.title, wraps=True),
    Column("why", "Why", 50, lambda row: row.item.why, wraps=True),
    Column("sentence", "In full", 70, lambda row: row.item.sentence, wraps=True),
    Column("categories", "Categories", 32, lambda row: tuple(row.item.categories), wraps=True, worded=True),
    Column("status", "Status", 10, lambda row: row.item.status, worded=True),
    Column("waiver", "Waiver", 16, lambda row: row.item.waiver),
    Column("note", "What became of its waiver", 36, lambda row: row.item.note, wraps=True),
    Column(
        "question", "Question for the reviewer", 50, lambda row: row.about.question if row.about else None, wraps=True
    ),
    Column("missing", "Not determined here", 50, lambda row: tuple(row.about.missing) if row.about else (), wraps=True),
    Column("provisions", "Provisions", 50, lambda row: _provisions(row.about) if row.about else (), wraps=True),
    Column("value_sha256", "SHA-256 of what was declared", 66, lambda row: row.item.value_sha256),
    Column("evidence", "Evidence", 60, lambda row: tuple(map(_rests_on, row.item.evidence)), wraps=True),
    Column("issue", "Issue", 16, lambda row: row.item.issue),
    Column("span_types", "Span types", 32, lambda row: tuple(row.item.span_types), wraps=True),
    Column("possible", "Possible in", 32, lambda row: _possible(row.item), wraps=True),
)


def _possible(finding: Finding) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.span_type for each in finding.instances if each.certainty == "possible"))


def _provisions(rule: Rule) -> tuple[str, ...]:
    return tuple(map(provision_words, rule.provisions))


def _rests_on(field: Evidence) -> str:
    return f"{field.record_sha256} {field.pointer} = {whole(field.value)}"


EVIDENCE: Final[Table[Of[Evidence, Finding]]] = Table(
    "evidence",
    Message("Evidence of findings"),
    Message("The declared fields that each finding rests on."),
    lambda report: (
        Of(agent, item, found) for agent in report.agents for found in agent.findings for item in found.evidence
    ),
    Column("finding_id", "Finding", 18, lambda row: row.about.id),
    Column("rule", "Rule", 8, lambda row: row.about.rule),
    *AGENT,
    Column("schema_version_id", "Schema version", 24, lambda row: row.item.schema_version_id),
    Column("kind", "Kind", 10, lambda row: row.item.kind, worded=True),
    Column("span_type", "Span type", 32, lambda row: row.item.span_type),
    Column("declared", "Declared value", 20, lambda row: whole(row.item.value)),
    Column("declared_type", "JSON type of the value", 12, lambda row: kind_of(row.item.value)),
    Column("pointer", "Pointer (RFC 6901)", 60, lambda row: row.item.pointer),
    Column("record_sha256", "SHA-256 of the record", 66, lambda row: row.item.record_sha256),
)


class _Ruled(NamedTuple):
    """A rule, and the names of the agents of which it lists something declared, or possible."""

    rule: Rule
    declared: tuple[str, ...]
    possible: tuple[str, ...]


def _rules(report: Report) -> Iterator[_Ruled]:
    names = {agent.id: agent.name for agent in report.agents}
    listed = {each.rule: each for each in report.listed}
    for rule in report.catalogue.rules:
        found = listed.get(rule.id)
        declared, possible = (found.declared, found.possible) if found else ([], [])
        yield _Ruled(rule, tuple(names[each] for each in declared), tuple(names[each] for each in possible))


def _provision(given: Provision) -> str:
    """A provision with all that has to be known to read it."""
    # A standard holds in every jurisdiction, so that none is named.
    where = None if given.jurisdiction == "any" else given.jurisdiction
    known = (where, given.status, given.as_of, given.source_url, given.note)
    return f"{provision_words(given)} [{'; '.join(each for each in known if each)}]"


# Those without findings too: a rule that found nothing and one that was never asked are not the same.
RULES: Final[Table[_Ruled]] = Table(
    "rules",
    Message("Rules"),
    Message("Every rule of the catalogue, and how many findings it has in this report."),
    _rules,
    Column("rule", "Rule", 8, lambda row: row.rule.id),
    Column("title", "Title", 40, lambda row: row.rule.title, wraps=True),
    Column("severity", "Severity", 10, lambda row: row.rule.severity, worded=True),
    Column("findings", "Findings", 10, lambda row: row.rule.findings),
    Column("not_evaluated", "Not evaluated, because", 36, lambda row: row.rule.not_evaluated, wraps=True),
    Column("because", "Why", 50, lambda row: row.rule.because, wraps=True),
    Column("question", "Question for the reviewer", 50, lambda row: row.rule.question, wraps=True),
    Column("missing", "Not determined here", 50, lambda row: tuple(row.rule.missing), wraps=True),
    Column("provisions", "Provisions", 50, lambda row: tuple(map(_provision, row.rule.provisions)), wraps=True),
    Column("law_status", "State of the law", 18, lambda row: row.rule.status, worded=True),
    Column("as_of", "Read on", 12, lambda row: row.rule.as_of),
    Column("source_url", "Read at", 40, lambda row: row.rule.source_url),
    Column("origin", "Rule of", 16, lambda row: row.rule.origin),
    Column("declared", "Agents that declare it", 40, lambda row: row.declared, wraps=True),
    Column("possible", "Agents of which it is possible", 40, lambda row: row.possible, wraps=True),
)

LAW: Final[Table[Law]] = Table(
    "law",
    Message("State of the law"),
    Message("The state of the laws that rules lean on, on the day that it was read."),
    lambda report: report.catalogue.law,
    Column("title", "Law", 40, lambda law: law.title, wraps=True),
    Column("law_status", "State of the law", 18, lambda law: law.status, worded=True),
    Column("as_of", "Read on", 12, lambda law: law.as_of),
    Column("source_url", "Read at", 40, lambda law: law.source_url),
    Column("text", "What is known of it", 80, lambda law: law.text, wraps=True),
)

WAIVERS: Final[Table[Waiver]] = Table(
    "waivers",
    Message("Waivers"),
    Message("Every waiver of the waivers file, those that accept nothing any more too."),
    lambda report: report.waivers,
    Column("waiver", "Waiver", 16, lambda waiver: waiver.id),
    Column("status", "Status", 16, lambda waiver: waiver.status, worded=True),
    Column("words", "What became of it", 50, lambda waiver: waiver.words, wraps=True),
    Column("rule", "Rule", 8, lambda waiver: waiver.rule),
    Column("agent", "Agent", 24, lambda waiver: waiver.agent),
    Column("span_type", "Span type", 32, lambda waiver: waiver.span_type),
    Column("category", "Category", 24, lambda waiver: waiver.category),
    Column("reason", "Reason", 60, lambda waiver: waiver.reason, wraps=True),
    Column("approved_by", "Approved by", 24, lambda waiver: waiver.approved_by),
    Column("approved_on", "Approved on", 12, lambda waiver: waiver.approved_on),
    Column("expires", "Expires", 12, lambda waiver: waiver.expires),
    Column("ticket", "Ticket", 16, lambda waiver: waiver.ticket),
    Column("evidence", "Evidence", 40, lambda waiver: waiver.evidence),
    Column("value_sha256", "SHA-256 of what was declared", 66, lambda waiver: waiver.value_sha256),
    Column("findings", "Findings", 20, lambda waiver: tuple(waiver.findings)),
)

#: All of them by name, in the order that they are read in.
TABLES: Final[dict[str, Table[Any]]] = {
    table.name: table
    for table in (
        ISSUES, FINDINGS, AGREED, CHANGES, claims.AGENTS, claims.SPAN_TYPES, claims.CLAIMS, annexes.DPIA, annexes.ROPA,
        EVIDENCE, claims.LEFT_OUT, WAIVERS, RULES, LAW, claims.RECORDS, OBSERVED,
    )
}  # fmt: skip
