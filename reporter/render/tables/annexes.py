"""The tables for a data protection officer: screening for an impact assessment, and records of processing activities.

They conclude nothing: whether a DPIA is needed is for the controller to decide. What declarations do not hold comes
from the organisation's facts, and where it states none that is said cell by cell, so that no gap looks like an answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from reporter.declared.vocabulary import FLAGS
from reporter.plain.language import Language, Message, of
from reporter.render.provided import Provided, provided
from reporter.render.tables.claims import AGENT, Of, not_counted
from reporter.render.tables.table import Column, Row, Table, Value, spoken
from reporter.view.findings import CategoryState, Criterion
from reporter.view.report import Controller, Report


def _screened(report: Report) -> Iterator[Of[Criterion, Provided]]:
    for agent in report.agents:
        facts = provided(agent, of(report.language))
        yield from (Of(agent, item, facts) for item in agent.screening)


DPIA: Final[Table[Of[Criterion, Provided]]] = Table(
    "dpia",
    Message("DPIA screening"),
    Message(
        "The nine criteria of WP248 rev.01, as far as declarations can answer them. Two or more usually point to a "
        "DPIA (GDPR Art. 35); the controller decides. A criterion that is not indicated, or cannot be assessed, "
        "settles nothing."
    ),
    _screened,
    *AGENT,
    Column("criterion", "Criterion", 10, lambda row: row.item.number),
    Column("title", "Title", 40, lambda row: row.item.title, wraps=True),
    Column("answer", "Answer", 20, lambda row: row.item.answer, worded=True),
    Column("words", "In words", 80, lambda row: row.item.words, wraps=True),
    Column("categories", "Categories", 40, lambda row: tuple(row.item.categories), wraps=True, worded=True),
    Column("purposes", "Purposes", 40, lambda row: row.about.purpose, wraps=True),
    Column("data_subjects", "Categories of data subjects", 30, lambda row: row.about.people, wraps=True),
    Column("security", "Security measures", 30, lambda row: row.about.measures, wraps=True),
    Column("assessments", "Impact assessments", 40, lambda row: row.about.assessments, wraps=True),
    Column("stated", "Stated by, on", 24, lambda row: row.about.stated, wraps=True),
    row="criterion",
)

# Records of processing activities ----------------------------------------------------------------------------------


class _Known(NamedTuple):
    """What is known beside declarations: from the settings, and from the file of facts."""

    controller: Controller
    facts: Provided


_Activity = Of[_Known, Language]


def _activities(report: Report) -> Iterator[_Activity]:
    language = of(report.language)
    for agent in report.agents:
        yield Of(agent, _Known(report.controller, provided(agent, language)), language)


def _named(row: _Activity) -> str:
    """Whoever hands the report out, from the settings."""
    named = "; ".join(text for text in (row.item.controller.name, row.item.controller.contact) if text)
    if not named:
        return row.about.gettext("not provided")
    return row.about.gettext("%(names)s (from the settings)", names=named)


def _representative(row: _Activity) -> str:
    # Art. 30 asks for more than the settings know, so it is never complete.
    return row.about.gettext("representative and data protection officer: not provided")


def _controller(row: _Activity) -> tuple[str, ...]:
    language, facts = row.about, row.agent.facts
    role, others = (facts.role if facts else None), ", ".join(row.item.facts.controllers)
    if role == "processor":
        named = language.gettext("processor on behalf of: %(names)s", names=others)
    elif role == "joint controller":
        named = language.gettext("jointly with: %(names)s", names=others)
    else:
        return _named(row), _representative(row)
    return _named(row), named, _representative(row)


def _data_subjects(row: _Activity) -> tuple[str, ...]:
    """Those that are stated; minors are the only ones that a field of the vocabulary names."""
    language, state = row.about, row.agent.categories["minors_data"].state
    said = {
        "included": language.gettext("children: minors' data declared included"),
        "undetermined": language.gettext("children: minors' data cannot be ruled out"),
        "excluded": language.gettext("children: minors' data declared excluded"),
    }
    return (*row.item.facts.people, *([said[state]] if state in said else []))


def _personal(row: _Activity, state: CategoryState) -> tuple[str, ...]:
    categories = (row.agent.categories[name] for name in FLAGS[0].categories)
    return tuple(category.label for category in categories if category.state == state)


def _data(row: _Activity, found: tuple[str, ...], none: str) -> tuple[str, ...]:
    """What was found, or that nothing was; of an agent without span types neither can be said."""
    if not row.agent.span_types:
        return (row.about.gettext("no span types in scope: not provided"),)
    return found or (none,)


def _included(row: _Activity) -> tuple[str, ...]:
    return _data(row, _personal(row, "included"), row.about.gettext("no category declared included"))


def _not_ruled_out(row: _Activity) -> tuple[str, ...]:
    return _data(row, _personal(row, "undetermined"), row.about.gettext("no answer missing"))


def _beside(row: _Activity) -> tuple[str, ...]:
    none = row.about.gettext("no category beside these included or undetermined")
    return _data(row, not_counted(row), none)


def _recipients(row: _Activity) -> tuple[str, ...]:
    """Those that are stated, and a signal: no field of the vocabulary says who receives anything."""
    stated = row.item.facts.recipients
    if not row.agent.span_types:
        return (*stated, row.about.gettext("no span types in scope: not provided"))
    action = row.agent.actions["external_communication"]
    signal = row.about.gettext(
        "external communication allowed in %(allowed)s and undecided in %(undecided)s of %(all)s span types",
        allowed=action.allowed,
        undecided=action.unknown + action.undeclared,
        all=row.agent.assessment.span_types,
    )
    return (*stated, signal)


def _covered(report: Report) -> tuple[Row, ...]:
    """What declarations cover of each column, by the letter of Art. 30(1) that its key begins with."""
    language = of(report.language)

    def said(key: str) -> Value:
        if key[1] != "_":
            return language.gettext("What declarations cover") if key == "agent_name" else None
        found = [point for point in report.coverage if point.item.startswith(f"({key[0]})")]
        if not found:
            return language.gettext("not provided")
        # The point (c) is two: first whose data, then which data.
        point = found[0 if key == "c_data_subjects" else min(1, len(found) - 1) if key[0] == "c" else 0]
        return f"{spoken(language).get(point.coverage, point.coverage)}: {point.words}"

    return (tuple(map(said, ROPA.keys)),)


_STATED: Final[Column[_Activity]] = Column("stated", "Stated by, on", 24, lambda row: row.item.facts.stated, wraps=True)

ROPA: Final[Table[_Activity]] = Table(
    "ropa",
    Message("RoPA"),
    Message(
        "A start for a record of processing activities (GDPR Art. 30(1)). The first row says how much of each column "
        "declarations cover; the rest comes from the organisation's file of facts, and reads \u201cnot provided\u201d "
        "where that does not state it. Of an agent whose role is processor, (a), (b), (e) and (g) are what GDPR Art. "
        "30(2) asks for."
    ),
    _activities,
    *AGENT,
    Column("owner", "Owner", 24, lambda row: row.item.facts.owner),
    Column("environments", "Environments", 20, lambda row: tuple(row.agent.environments)),
    Column("a_controller", "(a) Controller and contacts", 40, _controller, wraps=True),
    Column("b_purposes", "(b) Purposes", 30, lambda row: row.item.facts.purpose, wraps=True),
    Column("c_data_subjects", "(c) Categories of data subjects", 40, _data_subjects, wraps=True),
    Column("c_data_included", "(c) Personal data declared included", 40, _included, wraps=True),
    Column("c_data_undetermined", "(c) Personal data not ruled out", 40, _not_ruled_out, wraps=True),
    Column("c_may_be_personal", "(c) May be personal data all the same", 40, _beside, wraps=True),
    Column("d_recipients", "(d) Categories of recipients", 40, _recipients, wraps=True),
    Column(
        "e_third_countries", "(e) Transfers to third countries", 30, lambda row: row.item.facts.transfers, wraps=True
    ),
    Column("f_erasure", "(f) Time limits for erasure", 30, lambda row: row.item.facts.retention, wraps=True),
    Column("g_security", "(g) Security measures", 30, lambda row: row.item.facts.measures, wraps=True),
    Column("not_assessed", "Span types not assessed", 14, lambda row: row.agent.assessment.not_assessed),
    Column("role", "Role (GDPR Art. 4(7) and (8), 26)", 20, lambda row: row.item.facts.role),
    Column("legal_basis", "Legal basis (GDPR Art. 6(1))", 24, lambda row: row.item.facts.legal_basis, wraps=True),
    Column(
        "special_condition",
        "Condition for special categories (GDPR Art. 9(2))",
        24,
        lambda row: row.item.facts.special_condition,
        wraps=True,
    ),
    Column("ai_act", "AI Act: role, and Annex III", 30, lambda row: row.item.facts.ai_act, wraps=True),
    Column("documents", "Documents", 40, lambda row: row.item.facts.documents, wraps=True),
    _STATED,
    row="agent",
    head=_covered,
    head_row="coverage",
)
