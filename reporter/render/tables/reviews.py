"""The tables of what triggers a review: findings with their evidence, rules, provisions, the state of law, waivers."""

from __future__ import annotations

from collections.abc import Iterator

from reporter.plain.language import Language
from reporter.render.tables.claims import agent_columns
from reporter.render.tables.table import Column, Row, Table, kind_of, whole
from reporter.view.findings import Finding, Provision, Rule
from reporter.view.report import Agent, Report


def findings(report: Report, language: Language) -> Table:
    """One row a finding, with what its rule asks, so that a row can be worked on alone."""
    columns = (
        Column("finding_id", language.gettext("Finding"), 18),
        *agent_columns(language),
        Column("severity", language.gettext("Severity"), 10, worded=True),
        Column("certainty", language.gettext("Certainty"), 16, worded=True),
        Column("rule", language.gettext("Rule"), 8),
        Column("title", language.gettext("Title"), 40, wraps=True),
        Column("why", language.gettext("Why"), 50, wraps=True),
        Column("sentence", language.gettext("In full"), 70, wraps=True),
        Column("kind", language.gettext("Kind"), 10),
        Column("span_type", language.gettext("Span type"), 32),
        Column("schema_version_id", language.gettext("Schema version"), 24),
        Column("categories", language.gettext("Categories"), 32, wraps=True),
        Column("status", language.gettext("Status"), 10, worded=True),
        Column("waiver", language.gettext("Waiver"), 16),
        Column("note", language.gettext("What became of its waiver"), 36, wraps=True),
        Column("question", language.gettext("Question for the reviewer"), 50, wraps=True),
        Column("missing", language.gettext("Not determined here"), 50, wraps=True),
        Column("provisions", language.gettext("Provisions"), 50, wraps=True),
        Column("value_sha256", language.gettext("SHA-256 of what was declared"), 66),
        Column("anchor", language.gettext("Anchor in report.html"), 18),
        Column("evidence", language.gettext("Evidence"), 60, wraps=True),
    )

    def rows() -> Iterator[Row]:
        rules = {rule.id: rule for rule in report.catalogue.rules}
        for agent in report.agents:
            for finding in agent.findings:
                yield _finding(agent, finding, rules.get(finding.rule))

    note = language.gettext("A finding triggers a review; it concludes nothing. Accepted ones stay in the list.")
    return Table("findings", language.gettext("Findings"), note, columns, "finding", rows)


def _finding(agent: Agent, finding: Finding, rule: Rule | None) -> Row:
    return (
        finding.id,
        agent.id,
        agent.name,
        finding.severity,
        finding.certainty,
        finding.rule,
        finding.title,
        finding.why,
        finding.sentence,
        finding.kind,
        finding.span_type,
        finding.schema_version_id,
        tuple(finding.categories),
        finding.status,
        finding.waiver,
        finding.note,
        rule.question if rule else None,
        tuple(rule.missing) if rule else (),
        tuple(provision_words(item) for item in rule.provisions) if rule else (),
        finding.value_sha256,
        finding.anchor,
        tuple(f"{item.record_sha256} {item.pointer} = {whole(item.value)}" for item in finding.evidence),
    )


def provision_words(provision: Provision) -> str:
    """A provision with the fact without which it does not apply."""
    return f"{provision.text} ({provision.only_if})" if provision.only_if else provision.text


def evidence(report: Report, language: Language) -> Table:
    """One row for each declared field that a finding rests on."""
    columns = (
        Column("finding_id", language.gettext("Finding"), 18),
        Column("rule", language.gettext("Rule"), 8),
        *agent_columns(language),
        Column("schema_version_id", language.gettext("Schema version"), 24),
        Column("kind", language.gettext("Kind"), 10),
        Column("span_type", language.gettext("Span type"), 32),
        Column("declared", language.gettext("Declared value"), 20),
        Column("declared_type", language.gettext("JSON type of the value"), 12),
        Column("pointer", language.gettext("Pointer (RFC 6901)"), 60),
        Column("record_sha256", language.gettext("SHA-256 of the record"), 66),
    )

    def rows() -> Iterator[Row]:
        for agent in report.agents:
            for found in agent.findings:
                for item in found.evidence:
                    place = (item.schema_version_id, item.kind, item.span_type)
                    told = (whole(item.value), kind_of(item.value), item.pointer, item.record_sha256)
                    yield found.id, found.rule, agent.id, agent.name, *place, *told

    note = language.gettext("The declared fields that each finding rests on.")
    return Table("evidence", language.gettext("Evidence of findings"), note, columns, "evidence", rows)


def rules(report: Report, language: Language) -> Table:
    """One row a rule of the catalogue, those without findings too."""
    columns = (
        Column("rule", language.gettext("Rule"), 8),
        Column("title", language.gettext("Title"), 40, wraps=True),
        Column("severity", language.gettext("Severity"), 10, worded=True),
        Column("findings", language.gettext("Findings"), 10),
        Column("not_evaluated", language.gettext("Not evaluated, because"), 36, wraps=True),
        Column("because", language.gettext("Why"), 50, wraps=True),
        Column("question", language.gettext("Question for the reviewer"), 50, wraps=True),
        Column("missing", language.gettext("Not determined here"), 50, wraps=True),
        Column("provisions", language.gettext("Provisions"), 50, wraps=True),
        Column("law_status", language.gettext("State of the law"), 18, worded=True),
        Column("as_of", language.gettext("Read on"), 12),
        Column("source_url", language.gettext("Read at"), 40),
        Column("origin", language.gettext("Rule of"), 16),
    )

    def row(rule: Rule) -> Row:
        asked = (rule.because, rule.question, tuple(rule.missing), tuple(map(provision_words, rule.provisions)))
        law = (rule.status, rule.as_of, rule.source_url, rule.origin)
        return rule.id, rule.title, rule.severity, rule.findings, rule.not_evaluated, *asked, *law

    note = language.gettext("Every rule of the catalogue, and how many findings it has in this report.")
    return Table(
        "rules",
        language.gettext("Rules"),
        note,
        columns,
        "rule",
        lambda: (row(rule) for rule in report.catalogue.rules),
    )


def provisions(report: Report, language: Language) -> Table:
    """One row for each provision of each rule."""
    columns = (
        Column("rule", language.gettext("Rule"), 8),
        Column("provision", language.gettext("Provision"), 40, wraps=True),
        Column("only_if", language.gettext("Applies only if"), 50, wraps=True),
        Column("jurisdiction", language.gettext("Jurisdiction"), 12),
        Column("law_status", language.gettext("State of the law"), 18, worded=True),
        Column("as_of", language.gettext("Read on"), 12),
        Column("source_url", language.gettext("Read at"), 40),
        Column("note", language.gettext("Note"), 50, wraps=True),
    )

    def rows() -> Iterator[Row]:
        for rule in report.catalogue.rules:
            for item in rule.provisions:
                law = (item.jurisdiction, item.status, item.as_of, item.source_url, item.note)
                yield rule.id, item.text, item.only_if, *law

    note = language.gettext("What each rule puts up for review, with the facts that declarations do not hold.")
    return Table("provisions", language.gettext("Provisions"), note, columns, "provision", rows)


def law(report: Report, language: Language) -> Table:
    """One row for each law whose state matters."""
    columns = (
        Column("title", language.gettext("Law"), 40, wraps=True),
        Column("law_status", language.gettext("State of the law"), 18, worded=True),
        Column("as_of", language.gettext("Read on"), 12),
        Column("source_url", language.gettext("Read at"), 40),
        Column("text", language.gettext("What is known of it"), 80, wraps=True),
    )

    def rows() -> Iterator[Row]:
        for item in report.catalogue.law:
            yield item.title, item.status, item.as_of, item.source_url, item.text

    note = language.gettext("The state of the laws that rules lean on, on the day that it was read.")
    return Table("law", language.gettext("State of the law"), note, columns, "law", rows)


def waivers(report: Report, language: Language) -> Table:
    """One row a waiver, whatever became of it."""
    columns = (
        Column("waiver", language.gettext("Waiver"), 16),
        Column("status", language.gettext("Status"), 16, worded=True),
        Column("words", language.gettext("What became of it"), 50, wraps=True),
        Column("rule", language.gettext("Rule"), 8),
        Column("agent", language.gettext("Agent"), 24),
        Column("span_type", language.gettext("Span type"), 32),
        Column("category", language.gettext("Category"), 24),
        Column("reason", language.gettext("Reason"), 60, wraps=True),
        Column("approved_by", language.gettext("Approved by"), 24),
        Column("approved_on", language.gettext("Approved on"), 12),
        Column("expires", language.gettext("Expires"), 12),
        Column("ticket", language.gettext("Ticket"), 16),
        Column("evidence", language.gettext("Evidence"), 40),
        Column("value_sha256", language.gettext("SHA-256 of what was declared"), 66),
        Column("findings", language.gettext("Findings"), 20),
    )

    def rows() -> Iterator[Row]:
        for item in report.waivers:
            asked = (item.rule, item.agent, item.span_type, item.category, item.reason)
            dates = (item.approved_by, item.approved_on, item.expires, item.ticket, item.evidence)
            yield item.id, item.status, item.words, *asked, *dates, item.value_sha256, tuple(item.findings)

    note = language.gettext("Every waiver of the waivers file, those that accept nothing any more too.")
    return Table("waivers", language.gettext("Waivers"), note, columns, "waiver", rows)
