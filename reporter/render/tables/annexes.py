"""The tables for a data protection officer: DPIA screening, and what declarations give a record of processing.

Neither concludes anything: whether a DPIA is needed is for the controller to decide, and what declarations do not hold
is said cell by cell, so that no gap looks like an answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reporter.declared.vocabulary import FLAGS
from reporter.plain.language import Language
from reporter.render.tables.claims import agent_columns, not_counted
from reporter.render.tables.table import Column, Row, Table, spoken
from reporter.view.findings import Coverage
from reporter.view.report import Agent, Controller, Report

_PERSONAL: Final = FLAGS[0]
_MINORS: Final = "minors_data"
_EXTERNAL: Final = "external_communication"


def dpia(report: Report, language: Language) -> Table:
    """One row for each agent and criterion."""
    columns = (
        *agent_columns(language),
        Column("criterion", language.gettext("Criterion"), 10),
        Column("title", language.gettext("Title"), 40, wraps=True),
        Column("answer", language.gettext("Answer"), 20, worded=True),
        Column("words", language.gettext("In words"), 80, wraps=True),
        Column("categories", language.gettext("Categories"), 40, wraps=True),
    )

    def rows() -> Iterator[Row]:
        for agent in report.agents:
            for item in agent.screening:
                told = (item.number, item.title, item.answer, item.words, tuple(item.categories))
                yield agent.id, agent.name, *told

    note = language.gettext(
        "The nine criteria of WP248 rev.01, as far as declarations can answer them. Two or more usually point to a "
        "DPIA (GDPR Art. 35); the controller decides. A criterion that is not indicated, or cannot be assessed, "
        "settles nothing."
    )
    return Table("dpia", language.gettext("DPIA screening"), note, columns, "criterion", rows)


def coverage(report: Report, language: Language) -> Table:
    """One row for each point of GDPR Art. 30(1)."""
    columns = (
        Column("item", language.gettext("Point of GDPR Art. 30(1)"), 16),
        Column("title", language.gettext("Title"), 40, wraps=True),
        Column("coverage", language.gettext("Covered by declarations"), 20, worded=True),
        Column("words", language.gettext("In words"), 80, wraps=True),
    )

    def rows() -> Iterator[Row]:
        for item in report.coverage:
            yield item.item, item.title, item.coverage, item.words

    note = language.gettext("How much of a record of processing activities declarations can fill, point by point.")
    return Table("ropa_coverage", language.gettext("RoPA coverage"), note, columns, "point", rows)


def ropa(report: Report, language: Language) -> Table:
    """One row an agent, in the shape of GDPR Art. 30(1); the first row says what declarations cover."""
    columns = (
        *agent_columns(language),
        Column("owner", language.gettext("Owner"), 24),
        Column("environments", language.gettext("Environments"), 20),
        Column("a_controller", language.gettext("(a) Controller and contacts"), 40, wraps=True),
        Column("b_purposes", language.gettext("(b) Purposes"), 30, wraps=True),
        Column("c_data_subjects", language.gettext("(c) Categories of data subjects"), 40, wraps=True),
        Column("c_data_included", language.gettext("(c) Personal data declared included"), 40, wraps=True),
        Column("c_data_undetermined", language.gettext("(c) Personal data not ruled out"), 40, wraps=True),
        Column("c_may_be_personal", language.gettext("(c) May be personal data all the same"), 40, wraps=True),
        Column("d_recipients", language.gettext("(d) Categories of recipients"), 40, wraps=True),
        Column("e_third_countries", language.gettext("(e) Transfers to third countries"), 30, wraps=True),
        Column("f_erasure", language.gettext("(f) Time limits for erasure"), 30, wraps=True),
        Column("g_security", language.gettext("(g) Security measures"), 30, wraps=True),
        Column("not_assessed", language.gettext("Span types not assessed"), 14),
    )
    note = language.gettext(
        "A start for a record of processing activities (GDPR Art. 30(1)). Declarations fill little of it; the first "
        "row says how much of each column, and what they do not hold has to be filled in."
    )
    return Table(
        "ropa",
        language.gettext("RoPA"),
        note,
        columns,
        "agent",
        lambda: (_activity(agent, report.controller, language) for agent in report.agents),
        head=(_covered(report.coverage, language),),
        head_row="coverage",
    )


def _covered(points: list[Coverage], language: Language) -> Row:
    words = spoken(language)

    def said(letter: str, place: int = 0) -> str:
        found = [point for point in points if point.item.startswith(f"({letter})")]
        if not found:
            return _to_fill_in(language)
        point = found[min(place, len(found) - 1)]
        return f"{words.get(point.coverage, point.coverage)}: {point.words}"

    # The point (c) is two: whose data, and which data.
    letters = (said("a"), said("b"), said("c"), *(said("c", 1),) * 3, said("d"), said("e"), said("f"), said("g"))
    return None, language.gettext("What declarations cover"), None, (), *letters, None


def _to_fill_in(language: Language) -> str:
    return language.gettext("not declared: fill in")


def _activity(agent: Agent, controller: Controller, language: Language) -> Row:
    blank = _to_fill_in(language)
    return (
        agent.id,
        agent.name,
        agent.owner,
        tuple(agent.environments),
        _controller(controller, language),
        blank,
        _data_subjects(agent, language),
        *_data(agent, language),
        _recipients(agent, language),
        blank,
        blank,
        blank,
        agent.assessment.not_assessed,
    )


def _controller(controller: Controller, language: Language) -> str:
    """From the settings; representative, joint controllers and data protection officer are not in them."""
    named = "; ".join(text for text in (controller.name, controller.contact) if text)
    if not named:
        return _to_fill_in(language)
    return language.gettext("%(names)s (from the settings; the rest is not declared: fill in)", names=named)


def _data_subjects(agent: Agent, language: Language) -> str:
    match agent.categories[_MINORS].state:
        case "included":
            return language.gettext("children: minors' data declared included; all others not declared: fill in")
        case "undetermined":
            return language.gettext("children: minors' data cannot be ruled out; all others not declared: fill in")
        case "excluded":
            return language.gettext("children: minors' data declared excluded; all others not declared: fill in")
        case _:
            return _to_fill_in(language)


def _data(agent: Agent, language: Language) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Which personal data are declared included, which cannot be ruled out, and what may be personal all the same."""
    if not agent.span_types:
        nothing = (_nothing_in_scope(language),)
        return nothing, nothing, nothing
    states = {name: agent.categories[name] for name in _PERSONAL.categories}
    included = tuple(item.label for item in states.values() if item.state == "included")
    open_ = tuple(item.label for item in states.values() if item.state == "undetermined")
    others = not_counted(agent, spoken(language))
    return (
        included or (language.gettext("no category declared included"),),
        open_ or (language.gettext("no answer missing"),),
        others or (language.gettext("no category beside these included or undetermined"),),
    )


def _nothing_in_scope(language: Language) -> str:
    return language.gettext("no span types in scope: fill in")


def _recipients(agent: Agent, language: Language) -> str:
    """A signal at most: nobody declares who receives anything."""
    if not agent.span_types:
        return _nothing_in_scope(language)
    action = agent.actions[_EXTERNAL]
    return language.gettext(
        "external communication allowed in %(allowed)s and undecided in %(undecided)s of %(all)s span types; who the "
        "recipients are is not declared: fill in",
        allowed=action.allowed,
        undecided=action.unknown + action.undeclared,
        all=agent.assessment.span_types,
    )
