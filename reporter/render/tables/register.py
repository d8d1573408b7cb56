"""The register: every table of facts of a report, made once from the view for all formats that hold tables.

What was declared stands in ``claims``; here is what triggers a review, with its rules and waivers, and the annexes for
a data protection officer. These conclude nothing: whether a DPIA is needed is for the controller to decide, and what
declarations do not hold is said cell by cell, so that no gap looks like an answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from reporter.declared.model import Evidence
from reporter.declared.vocabulary import FLAGS
from reporter.plain.language import Language, Message, of
from reporter.render.tables import claims
from reporter.render.tables.claims import AGENT, Of, not_counted
from reporter.render.tables.table import Column, Row, Table, Value, kind_of, provision_words, spoken, whole
from reporter.view.findings import CategoryState, Coverage, Criterion, Finding, Law, Provision, Rule, Waiver
from reporter.view.report import Controller, Report


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
    Column("issue", "Issue", 16, lambda row: row.item.issue),
    Column("span_types", "Span types", 32, lambda row: tuple(row.item.span_types), wraps=True),
    Column("possible", "Possible in", 32, lambda row: _possible(row.item), wraps=True),
    Column("categories", "Categories", 32, lambda row: tuple(row.item.categories), wraps=True),
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
    Column("kind", "Kind", 10, lambda row: row.item.kind),
    Column("span_type", "Span type", 32, lambda row: row.item.span_type),
    Column("declared", "Declared value", 20, lambda row: whole(row.item.value)),
    Column("declared_type", "JSON type of the value", 12, lambda row: kind_of(row.item.value)),
    Column("pointer", "Pointer (RFC 6901)", 60, lambda row: row.item.pointer),
    Column("record_sha256", "SHA-256 of the record", 66, lambda row: row.item.record_sha256),
)

# Those without findings too: a rule that found nothing and one that was never asked are not the same.
RULES: Final[Table[Rule]] = Table(
    "rules",
    Message("Rules"),
    Message("Every rule of the catalogue, and how many findings it has in this report."),
    lambda report: report.catalogue.rules,
    Column("rule", "Rule", 8, lambda rule: rule.id),
    Column("title", "Title", 40, lambda rule: rule.title, wraps=True),
    Column("severity", "Severity", 10, lambda rule: rule.severity, worded=True),
    Column("findings", "Findings", 10, lambda rule: rule.findings),
    Column("not_evaluated", "Not evaluated, because", 36, lambda rule: rule.not_evaluated, wraps=True),
    Column("because", "Why", 50, lambda rule: rule.because, wraps=True),
    Column("question", "Question for the reviewer", 50, lambda rule: rule.question, wraps=True),
    Column("missing", "Not determined here", 50, lambda rule: tuple(rule.missing), wraps=True),
    Column("provisions", "Provisions", 50, _provisions, wraps=True),
    Column("law_status", "State of the law", 18, lambda rule: rule.status, worded=True),
    Column("as_of", "Read on", 12, lambda rule: rule.as_of),
    Column("source_url", "Read at", 40, lambda rule: rule.source_url),
    Column("origin", "Rule of", 16, lambda rule: rule.origin),
)

PROVISIONS: Final[Table[tuple[Rule, Provision]]] = Table(
    "provisions",
    Message("Provisions"),
    Message("What each rule puts up for review, with the facts that declarations do not hold."),
    lambda report: ((rule, item) for rule in report.catalogue.rules for item in rule.provisions),
    Column("rule", "Rule", 8, lambda row: row[0].id),
    Column("provision", "Provision", 40, lambda row: row[1].text, wraps=True),
    Column("only_if", "Applies only if", 50, lambda row: row[1].only_if, wraps=True),
    Column("jurisdiction", "Jurisdiction", 12, lambda row: row[1].jurisdiction),
    Column("law_status", "State of the law", 18, lambda row: row[1].status, worded=True),
    Column("as_of", "Read on", 12, lambda row: row[1].as_of),
    Column("source_url", "Read at", 40, lambda row: row[1].source_url),
    Column("note", "Note", 50, lambda row: row[1].note, wraps=True),
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

DPIA: Final[Table[Of[Criterion, None]]] = Table(
    "dpia",
    Message("DPIA screening"),
    Message(
        "The nine criteria of WP248 rev.01, as far as declarations can answer them. Two or more usually point to a "
        "DPIA (GDPR Art. 35); the controller decides. A criterion that is not indicated, or cannot be assessed, "
        "settles nothing."
    ),
    lambda report: (Of(agent, item, None) for agent in report.agents for item in agent.screening),
    *AGENT,
    Column("criterion", "Criterion", 10, lambda row: row.item.number),
    Column("title", "Title", 40, lambda row: row.item.title, wraps=True),
    Column("answer", "Answer", 20, lambda row: row.item.answer, worded=True),
    Column("words", "In words", 80, lambda row: row.item.words, wraps=True),
    Column("categories", "Categories", 40, lambda row: tuple(row.item.categories), wraps=True),
    row="criterion",
)

COVERAGE: Final[Table[Coverage]] = Table(
    "ropa_coverage",
    Message("RoPA coverage"),
    Message("How much of a record of processing activities declarations can fill, point by point."),
    lambda report: report.coverage,
    Column("item", "Point of GDPR Art. 30(1)", 16, lambda point: point.item),
    Column("title", "Title", 40, lambda point: point.title, wraps=True),
    Column("coverage", "Covered by declarations", 20, lambda point: point.coverage, worded=True),
    Column("words", "In words", 80, lambda point: point.words, wraps=True),
    row="point",
)


_Activity = Of[Controller, Language]


def _to_fill_in(row: _Activity) -> str:
    return row.about.gettext("not declared: fill in")


def _controller(row: _Activity) -> str:
    """From the settings; representative, joint controllers and data protection officer are not in them."""
    # Art. 30(1)(a) asks for more than the settings know, so it is never complete.
    named = "; ".join(text for text in (row.item.name, row.item.contact) if text)
    if not named:
        return _to_fill_in(row)
    return row.about.gettext("%(names)s (from the settings; the rest is not declared: fill in)", names=named)


def _data_subjects(row: _Activity) -> str:
    # Minors are the only data subjects that a field of the vocabulary names.
    language, state = row.about, row.agent.categories["minors_data"].state
    if state == "included":
        return language.gettext("children: minors' data declared included; all others not declared: fill in")
    if state == "undetermined":
        return language.gettext("children: minors' data cannot be ruled out; all others not declared: fill in")
    if state == "excluded":
        return language.gettext("children: minors' data declared excluded; all others not declared: fill in")
    return _to_fill_in(row)


def _personal(row: _Activity, state: CategoryState) -> tuple[str, ...]:
    categories = (row.agent.categories[name] for name in FLAGS[0].categories)
    return tuple(category.label for category in categories if category.state == state)


def _data(row: _Activity, found: tuple[str, ...], none: str) -> tuple[str, ...]:
    """What was found, or that nothing was; of an agent without span types neither can be said."""
    if not row.agent.span_types:
        return (row.about.gettext("no span types in scope: fill in"),)
    return found or (none,)


def _included(row: _Activity) -> tuple[str, ...]:
    return _data(row, _personal(row, "included"), row.about.gettext("no category declared included"))


def _not_ruled_out(row: _Activity) -> tuple[str, ...]:
    return _data(row, _personal(row, "undetermined"), row.about.gettext("no answer missing"))


def _beside(row: _Activity) -> tuple[str, ...]:
    none = row.about.gettext("no category beside these included or undetermined")
    return _data(row, not_counted(row), none)


def _recipients(row: _Activity) -> str:
    """A signal at most: Art. 30(1)(d) asks who receives anything, and no field of the vocabulary says it."""
    if not row.agent.span_types:
        return row.about.gettext("no span types in scope: fill in")
    action = row.agent.actions["external_communication"]
    return row.about.gettext(
        "external communication allowed in %(allowed)s and undecided in %(undecided)s of %(all)s span types; who the "
        "recipients are is not declared: fill in",
        allowed=action.allowed,
        undecided=action.unknown + action.undeclared,
        all=row.agent.assessment.span_types,
    )


def _covered(report: Report) -> tuple[Row, ...]:
    """What declarations cover of each column, by the letter of Art. 30(1) that its key begins with."""
    language = of(report.language)

    def said(key: str) -> Value:
        if key[1] != "_":
            return language.gettext("What declarations cover") if key == "agent_name" else None
        found = [point for point in report.coverage if point.item.startswith(f"({key[0]})")]
        if not found:
            return language.gettext("not declared: fill in")
        # The point (c) is two: first whose data, then which data.
        point = found[0 if key == "c_data_subjects" else min(1, len(found) - 1) if key[0] == "c" else 0]
        return f"{spoken(language).get(point.coverage, point.coverage)}: {point.words}"

    return (tuple(map(said, ROPA.keys)),)


ROPA: Final[Table[_Activity]] = Table(
    "ropa",
    Message("RoPA"),
    Message(
        "A start for a record of processing activities (GDPR Art. 30(1)). Declarations fill little of it; the first "
        "row says how much of each column, and what they do not hold has to be filled in."
    ),
    lambda report: (Of(agent, report.controller, of(report.language)) for agent in report.agents),
    *AGENT,
    Column("owner", "Owner", 24, lambda row: row.agent.owner),
    Column("environments", "Environments", 20, lambda row: tuple(row.agent.environments)),
    Column("a_controller", "(a) Controller and contacts", 40, _controller, wraps=True),
    Column("b_purposes", "(b) Purposes", 30, _to_fill_in, wraps=True),
    Column("c_data_subjects", "(c) Categories of data subjects", 40, _data_subjects, wraps=True),
    Column("c_data_included", "(c) Personal data declared included", 40, _included, wraps=True),
    Column("c_data_undetermined", "(c) Personal data not ruled out", 40, _not_ruled_out, wraps=True),
    Column("c_may_be_personal", "(c) May be personal data all the same", 40, _beside, wraps=True),
    Column("d_recipients", "(d) Categories of recipients", 40, _recipients, wraps=True),
    Column("e_third_countries", "(e) Transfers to third countries", 30, _to_fill_in, wraps=True),
    Column("f_erasure", "(f) Time limits for erasure", 30, _to_fill_in, wraps=True),
    Column("g_security", "(g) Security measures", 30, _to_fill_in, wraps=True),
    Column("not_assessed", "Span types not assessed", 14, lambda row: row.agent.assessment.not_assessed),
    row="agent",
    head=_covered,
    head_row="coverage",
)

#: All of them by name, in the order that they are read in.
TABLES: Final[dict[str, Table[Any]]] = {
    table.name: table
    for table in (
        claims.AGENTS, claims.ANSWERS, claims.SPAN_TYPES, claims.CLAIMS, FINDINGS, EVIDENCE, claims.FLOWS, claims.REACH,
        RULES, PROVISIONS, LAW, WAIVERS, DPIA, ROPA, COVERAGE, claims.LEFT_OUT, claims.SCHEMA_VERSIONS, claims.RECORDS,
    )
}  # fmt: skip
