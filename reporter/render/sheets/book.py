"""What the templates of screen and paper are filled with: the view, and its sheets in both orders."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from markupsafe import Markup

from reporter.declared.aggregate import LOUD
from reporter.declared.flows import CLASS_NAMES
from reporter.declared.vocabulary import ACTIONS, CATEGORIES, FLAGS, GROUPS, Group, Term
from reporter.plain import language
from reporter.plain.language import Language
from reporter.plain.memory import Lazily
from reporter.render.sheets import agreed, letters, pictures, trends
from reporter.render.sheets.found import (
    WORST_FIRST,
    certainty_words,
    cited,
    named,
    not_known,
    severity_words,
    since_words,
    status_words,
    titled,
    weight_words,
)
from reporter.render.sheets.register import chapters, law_state, register
from reporter.render.sheets.rows import kind_words, kinds
from reporter.render.sheets.sheet import Sheet, sheet
from reporter.render.sheets.stated import stated
from reporter.render.sheets.trace import traced
from reporter.view import gaps
from reporter.view.findings import Flow, Issue
from reporter.view.ran import limits
from reporter.view.report import Agent, Report

_LOGO: Final = re.compile(r"data:image/(png|jpeg|svg\+xml);base64,[A-Za-z0-9+/=]+")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report, as the contents list it; ``short`` is what paper calls it, where that differs."""

    anchor: str
    title: str
    short: str | None = None


def _sections(spoken: Language, *, changes: bool, trend: bool) -> tuple[Section, ...]:
    return (
        Section("summary", spoken.gettext("Summary")),
        Section("issues", spoken.gettext("What has to be decided")),
        Section("glance", spoken.gettext("Agents at a glance")),
        *([Section("changes", spoken.gettext("What changed in what is declared"))] if changes else []),
        *([Section("trend", spoken.gettext("From run to run"))] if trend else []),
        Section("agents", spoken.gettext("Agent by agent")),
        Section("findings", spoken.gettext("Findings, by rule"), spoken.gettext("Rules behind the questions")),
        Section("accepted", spoken.gettext("Accepted findings")),
        Section("left-out", spoken.gettext("Scope, and what it leaves out")),
        Section("gaps", spoken.gettext("What could not be read")),
        Section("method", spoken.gettext("Method and limits")),
        Section(
            "screening",
            spoken.gettext("Annex A: screening for a data protection impact assessment"),
            spoken.gettext("Annex A: screening for an impact assessment"),
        ),
        Section(
            "coverage",
            spoken.gettext("Annex B: what a record of processing needs, and what declarations cover"),
            spoken.gettext("Annex B: record of processing"),
        ),
        Section("records", spoken.gettext("Evidence")),
    )


@dataclass(frozen=True, slots=True)
class Columns:
    """A group of columns of "agents at a glance"."""

    label: str
    law: str
    terms: tuple[Term, ...]


def _columns(group: Group, spoken: Language) -> Columns:
    terms = tuple(
        replace(term, label=spoken.gettext(term.label), short=letters.head(term, spoken))
        for term in (*ACTIONS, *CATEGORIES)
        if term.group == group.id
    )
    # An empty message would be translated as the catalogue's head.
    return Columns(spoken.gettext(group.label), spoken.gettext(group.law) if group.law else "", terms)


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a flag's column: the provision in a few words."""

    label: str
    law: str


@dataclass(frozen=True, slots=True)
class Total:
    """Of how many agents a column holds for."""

    included: int
    undetermined: int


_FEW: Final = 14  # agents of which each question is told in full; of more, what it needs stands once with the rules


def book(report: Report) -> dict[str, Any]:
    """What every template may use: the view, its sheets in both orders, and what is told of all of them."""
    spoken = language.of(report.language)
    rank = {issue_id: place for place, issue_id in enumerate(report.summary.issues)}
    asked = _asked(report.agents, rank)
    waivers = {waiver.id: waiver for waiver in report.waivers}
    at_a_glance = {agent.id: letters.of_agent(agent.again()) for agent in report.agents}

    def sheets(agents: Sequence[Agent]) -> Sequence[Sheet]:
        # Made anew for each pass of a template: what all of them hold would be several times the report.
        return Lazily(
            len(agents),
            lambda: (sheet(agent.again(), spoken, waivers, rank=rank, line=at_a_glance[agent.id]) for agent in agents),
        )

    by_id = {agent.id: agent for agent in report.agents}
    ranked = [by_id[agent_id] for agent_id in report.summary.order]
    # Agents of one name are told apart by their ids, wherever they are named.
    names = Counter(agent.name for agent in report.agents)
    totals = _totals([*at_a_glance.values()])
    brief = len(report.agents) == 1
    questions = {each.issue.key: each.issue.question for each in asked}
    found = register(report, spoken)
    return {
        "gap_kinds": gaps.kinds(report.gaps),
        "report": report,
        "language": spoken,
        "sheets": sheets(report.agents),
        "ranked": sheets(ranked),
        "brief": brief,
        "many": len(report.agents) > _FEW,
        "unfilled": brief and report.agents[0].coverage in LOUD and report.agents[0].facts is None,
        "sections": _sections(spoken, changes=report.changes is not None, trend=report.trend is not None),
        "shared_names": frozenset(name for name, number in names.items() if number > 1),
        "record_number": {record.sha256: number for number, record in enumerate(report.records, start=1)},
        "read_at": max((source.collected_at for source in report.sources), default=report.generated_at),
        "title_size": _title_size(report.controller.title),
        "logo": _logo(report.controller.logo),
        "quilt": Markup(pictures.quilt([at_a_glance[agent.id] for agent in ranked])),  # noqa: S704 (letters and numbers only)
        "quilt_strips": pictures.lettered([at_a_glance[agent.id] for agent in ranked]),
        "quilt_words": _quilt_words(len(report.agents), spoken),
        "personal": Total(report.totals.agents_with_personal_data, report.totals.agents_undetermined),
        "totals": totals,
        "hint": {"column": _hint(totals, spoken)},
        "key_lines": letters.key(spoken),
        "asked": asked,
        "questions": questions,
        **_words(spoken),
        "all_ways": _all_ways(report.agents),
        "register": found,
        "chapters": chapters(found, {each.issue.key: each.issue for each in asked}, spoken),
        "by_id": by_id,
        "cited": lambda raised, agent: cited(raised.issue, agent, spoken),
        "trace": traced(report, by_id, spoken),
        "screened": [_screened(agent.again(), spoken) for agent in report.agents],
        "stated": stated(report, spoken),
        "criteria": report.agents[0].again().screening if report.agents else [],
        **_compared(report, spoken),
        **_in_columns(spoken),
    }


def _compared(report: Report, spoken: Language) -> dict[str, Any]:
    """What declarations are held against: what was agreed, what ran, and earlier reports."""
    return {
        "agreed_lines": partial(agreed.lines, language=spoken),
        "ran_limits": limits(spoken) if any(agent.again().observed for agent in report.agents) else [],
        **trends.told(report.trend, spoken),
    }


def _in_columns(spoken: Language) -> dict[str, Any]:
    """What tables of answers are made with."""
    columns = tuple(_columns(group, spoken) for group in GROUPS)
    return {
        "letter_of": letters.state,
        "level_of": letters.level,
        "flags": [Head(spoken.pgettext("head", flag.label), spoken.gettext(flag.law)) for flag in FLAGS],
        "actions": columns[0].terms,
        "groups": columns[1:],
        "all_groups": columns,
        "classification_heads": letters.classification_heads(spoken),
    }


def _words(spoken: Language) -> dict[str, Any]:
    """What templates say for names of the view."""
    return {
        "coverages": _coverages(spoken),
        "named": partial(named, language=spoken),
        "titled": partial(titled, language=spoken),
        "weight": partial(weight_words, language=spoken),
        "not_known": partial(not_known, language=spoken),
        "certainties": {each: certainty_words(each, spoken) for each in ("declared", "possible")},
        "statuses": {each: status_words(each, spoken) for each in ("open", "answered", "accepted")},
        "sinces": {each: since_words(each, spoken) for each in ("new", "reopened", "worse", "changed")},
        "severities": {severity: severity_words(severity, spoken) for severity in WORST_FIRST},
        "law_state": partial(law_state, language=spoken),
        "screening_key": [
            ("I", spoken.gettext("indicated")),
            ("X", spoken.gettext("not indicated by what is declared")),
            ("?", spoken.gettext("cannot be assessed: answers are missing")),
            ("0", spoken.gettext("no declaration can show it")),
        ],
        "coverage_words": _coverage_words(spoken),
        "waiver_states": _waiver_states(spoken),
        "entry_kinds": {kind: kind_words(kind, spoken) for kind in ("quality", "alert")},
        "agent_states": {"active": spoken.pgettext("agent", "active"), "retired": spoken.pgettext("agent", "retired")},
    }


def _all_ways(agents: Iterable[Agent]) -> list[Flow]:
    """One of each way that some agent's data are declared to flow."""
    found: dict[str, Flow] = {}
    for agent in agents:
        found |= {flow.name: flow for flow in agent.again().flows}
        if len(found) == len(CLASS_NAMES):
            break  # only which ways there are is asked, and many agents know all of them
    return sorted(found.values(), key=lambda flow: CLASS_NAMES.index(flow.name))


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of the list of all questions: what is asked about which agent, and how it stands."""

    agent: Agent
    issue: Issue


def _asked(agents: Iterable[Agent], rank: Mapping[str, int]) -> list[Asked]:
    """Each question of a report once, in the order in which they need somebody."""
    every = [Asked(agent, issue) for agent in agents for issue in agent.again().issues]
    return sorted(every, key=lambda each: rank[each.issue.id])


def _coverages(spoken: Language) -> dict[str, str]:
    """How far the questions about an agent are answered."""
    return {
        "not assessed": spoken.gettext("Not assessed"),
        "mostly unanswered": spoken.gettext("Mostly unanswered"),
        "partly answered": spoken.gettext("Partly answered"),
        "answered": spoken.gettext("Answered"),
    }


def _totals(lines: Sequence[str]) -> list[Total]:
    """One for each column of answers, classifications aside."""
    columns = list(zip(*(line[: len(ACTIONS) + len(CATEGORIES)] for line in lines), strict=True))
    return [Total(sum(letter in "IA" for letter in column), column.count("?")) for column in columns]


def _hint(totals: Sequence[Total], spoken: Language) -> str:
    """The column that says most, as an example of how to read one."""
    if not any(total.included for total in totals[len(ACTIONS) :]):
        return ""  # "0 include it" would read as if somebody had said so
    first = len(ACTIONS)
    place = max(range(len(CATEGORIES)), key=lambda each: totals[first + each].included)
    total = totals[first + place]
    return spoken.ngettext(
        "Here %(number)s includes \u201c%(category)s\u201d; %(more)s more cannot rule it out.",
        "Here %(number)s include \u201c%(category)s\u201d; %(more)s more cannot rule it out.",
        total.included,
        category=spoken.gettext(CATEGORIES[place].label),
        more=total.undetermined,
    )


def _quilt_words(agents: int, spoken: Language) -> str:
    if agents <= pictures.STRIPS:
        return spoken.gettext("Each strip is one agent, each cell one question, worst case over its span types.")
    return spoken.gettext(
        "Each strip is one group of questions (actions; GDPR Art. 9; GDPR Art. 10; children; other personal data; not "
        "necessarily personal). Its cells share out the %(agents)s agents by their worst answer.",
        agents=agents,
    )


def _coverage_words(spoken: Language) -> dict[str, str]:
    return {
        "none": spoken.pgettext("coverage", "nothing"),
        "partial": spoken.pgettext("coverage", "partly"),
        "signal only": spoken.pgettext("coverage", "a signal only"),
    }


def _waiver_states(spoken: Language) -> dict[str, str]:
    return {
        "in force": spoken.pgettext("waiver", "in force"),
        "expires soon": spoken.pgettext("waiver", "in force, expires soon"),
        "expired": spoken.pgettext("waiver", "expired: what it accepted is open again"),
        "changed": spoken.pgettext("waiver", "what was declared has changed: what it accepted is open again"),
        "refused": spoken.pgettext("waiver", "refused: its rule cannot be waived"),
        "not yet": spoken.pgettext("waiver", "approved on a later day: it accepts nothing yet"),
        "matches nothing": spoken.pgettext("waiver", "matches nothing"),
    }


_LONG_TITLE: Final = 44
_LONGER_TITLE: Final = 90


def _title_size(title: str) -> str:
    if len(title) <= _LONG_TITLE:
        return "short"
    return "long" if len(title) <= _LONGER_TITLE else "longer"


def _logo(given: str | None) -> Markup | None:
    """Only a picture that carries all of itself; anything else could be an address."""
    return Markup(given) if given and _LOGO.fullmatch(given) else None  # noqa: S704 (checked letter by letter)


# --- the sheet that screens for a data protection impact assessment

_SIGNS: Final = {"indicated": "I", "not indicated": "X", "cannot be assessed": "?", "cannot be declared": "0"}


@dataclass(frozen=True, slots=True)
class Screened:
    """An agent: a letter for each criterion, and in words what indicates some, or leaves them open."""

    agent: Agent
    letters: str
    words: str


def _screened(agent: Agent, language: Language) -> Screened:
    told = {
        answer: "; ".join(
            f"{each.number} {kinds(each.categories, language)}"
            for each in agent.screening
            if each.answer == answer and each.categories
        )
        for answer in _SIGNS
    }
    shown = "".join(_SIGNS[each.answer] for each in agent.screening)
    if not agent.assessed:
        return Screened(agent, shown, language.gettext("nothing is declared that could be assessed"))
    # That nothing is indicated is said of declarations alone; no criterion is ever said not to hold (WP248 rev.01).
    words = told["indicated"] or language.gettext("none indicated by what is declared")
    if told["cannot be assessed"]:
        words += "; " + language.gettext("answers missing on %(criteria)s", criteria=told["cannot be assessed"])
    return Screened(agent, shown, words)
