"""What the templates of screen and paper are filled with: the view, and its sheets in both orders."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from markupsafe import Markup

from reporter.declared.flows import CLASS_NAMES
from reporter.declared.vocabulary import ACTIONS, CATEGORIES, FLAGS, GROUPS, Group, Term
from reporter.plain import language
from reporter.plain.language import Language
from reporter.render.sheets import letters, pictures, register, screening
from reporter.render.sheets.found import WORST_FIRST, severity_words
from reporter.render.sheets.sheet import Sheet, sheet
from reporter.view.findings import Flow
from reporter.view.gaps import kinds
from reporter.view.report import Level, Report

_LOGO: Final = re.compile(r"data:image/(png|jpeg|svg\+xml);base64,[A-Za-z0-9+/=]+")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report, as the contents list it."""

    anchor: str
    title: str


def _sections(spoken: Language) -> tuple[Section, ...]:
    return (
        Section("summary", spoken.gettext("Summary")),
        Section("glance", spoken.gettext("Agents at a glance")),
        Section("agents", spoken.gettext("Agent by agent")),
        Section("findings", spoken.gettext("Findings, by rule")),
        Section("accepted", spoken.gettext("Accepted findings")),
        Section("left-out", spoken.gettext("Scope, and what it leaves out")),
        Section("gaps", spoken.gettext("What could not be read")),
        Section("method", spoken.gettext("Method and limits")),
        Section("screening", spoken.gettext("Annex A: screening for a data protection impact assessment")),
        Section("coverage", spoken.gettext("Annex B: what a record of processing needs, and what declarations cover")),
        Section("records", spoken.gettext("Evidence")),
    )


@dataclass(frozen=True, slots=True)
class Columns:
    """A group of columns of "agents at a glance"."""

    label: str
    law: str
    terms: tuple[Term, ...]


def _columns(group: Group, spoken: Language) -> Columns:
    terms = (term for term in (*ACTIONS, *CATEGORIES) if term.group == group.id)
    law = spoken.gettext(group.law) if group.law else ""
    return Columns(spoken.gettext(group.label), law, tuple(_term(term, spoken) for term in terms))


def _term(term: Term, spoken: Language) -> Term:
    return replace(term, label=spoken.gettext(term.label), short=letters.head(term, spoken))


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


@dataclass(frozen=True, slots=True)
class Book:
    """A report ready to be laid out.

    Attributes:
        sheets: In the order of their parts.
        ranked: In the order of "agents at a glance".
        values: What every template may use.
    """

    report: Report
    sheets: list[Sheet]
    ranked: list[Sheet]
    values: dict[str, Any]


def book(report: Report) -> Book:
    """Sorts a view into sheets, and gathers what the templates need besides."""
    spoken = language.of(report.language)
    waivers = {waiver.id: waiver for waiver in report.waivers}
    sheets = [sheet(agent, spoken, waivers) for agent in report.agents]
    rank = {agent_id: place for place, agent_id in enumerate(report.summary.order)}
    ranked = sorted(sheets, key=lambda each: rank[each.agent.id])
    names = Counter(agent.name for agent in report.agents)
    totals = _totals(sheets)
    columns = tuple(_columns(group, spoken) for group in GROUPS)
    values: dict[str, Any] = {
        "gap_kinds": kinds(report.gaps),
        "report": report,
        "language": spoken,
        "sheets": sheets,
        "ranked": ranked,
        "sections": _sections(spoken),
        "shared_names": frozenset(name for name, number in names.items() if number > 1),
        "record_number": {record.sha256: number for number, record in enumerate(report.records, start=1)},
        "read_at": max((source.collected_at for source in report.sources), default=report.generated_at),
        "title_size": _title_size(report.controller.title),
        "logo": _logo(report.controller.logo),
        "quilt": Markup(pictures.quilt([each.letters for each in ranked])),  # noqa: S704 (letters and numbers only)
        "quilt_strips": pictures.lettered([each.letters for each in ranked]),
        "quilt_words": _quilt_words(len(sheets), spoken),
        "personal": _personal(report),
        "totals": totals,
        "hint": {"column": _hint(totals, spoken)},
        "key_lines": letters.key(spoken),
        "severities": {severity: severity_words(severity, spoken) for severity in WORST_FIRST},
        "all_ways": _all_ways(report),
        "register": register.register(report, spoken),
        "law_state": partial(register.law_state, language=spoken),
        "screened": screening.screened(report.agents, spoken),
        "criteria": screening.criteria(report.agents),
        "screening_key": screening.key(spoken),
        "coverage_words": _coverage_words(spoken),
        "waiver_states": _waiver_states(spoken),
        "letter_of": letters.state,
        "level_of": _level_letter,
        "flags": [Head(spoken.pgettext("head", flag.label), spoken.gettext(flag.law)) for flag in FLAGS],
        "actions": columns[0].terms,
        "groups": columns[1:],
        "all_groups": columns,
        "classification_heads": letters.classification_heads(spoken),
    }
    return Book(report, sheets, ranked, values)


def _level_letter(level: Level) -> str:
    return letters.level(level)


def _totals(sheets: Sequence[Sheet]) -> list[Total]:
    """One for each column of answers, classifications aside."""
    columns = list(zip(*(each.letters[: len(ACTIONS) + len(CATEGORIES)] for each in sheets), strict=True))
    return [Total(sum(letter in "IA" for letter in column), column.count("?")) for column in columns]


def _personal(report: Report) -> Total:
    states = [agent.flags["personal_data"].state for agent in report.agents]
    return Total(states.count("included"), states.count("undetermined"))


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


def _all_ways(report: Report) -> list[Flow]:
    """Every way to flow that some agent declares, for what it means."""
    found = {flow.name: flow for agent in report.agents for flow in agent.flows}
    return sorted(found.values(), key=lambda flow: CLASS_NAMES.index(flow.name))


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
