"""An agent's questions in the order in which they need somebody, each with the findings that raise it.

Every finding of an agent stands with exactly one of them; what a waiver accepts says so in its line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from reporter.declared.vocabulary import FIELDS, PARTS
from reporter.plain.language import Language
from reporter.plain.text import shown
from reporter.render.sheets.rows import Places, Run, number_of, runs, spaced
from reporter.render.templates import day, value
from reporter.view.findings import Finding, Issue, Severity, Waiver
from reporter.view.report import Agent

WORST_FIRST: Final[tuple[Severity, ...]] = ("high", "medium", "low", "info")

_ANSWERS: Final = frozenset(f"data_risk/{part}/{field}" for part in PARTS for field in FIELDS[part])
_DIGITS: Final = 5  # of a finding's id that are printed at least
_ID: Final = 64


def severity_words(severity: str, language: Language) -> str:
    """A severity as a reader is told it."""
    return {
        "high": language.gettext("high"),
        "medium": language.gettext("medium"),
        "low": language.gettext("low"),
        "info": language.gettext("info"),
    }[severity]


def certainty_words(certainty: str, language: Language) -> str:
    """Whether it is so by what was declared, or may be."""
    return {
        "declared": language.pgettext("certainty", "declared"),
        "possible": language.pgettext("certainty", "possible"),
    }[certainty]


def status_words(status: str, language: Language) -> str:
    """Whether somebody still has to decide."""
    return {
        "open": language.pgettext("issue", "open"),
        "answered": language.pgettext("issue", "answered"),
        "accepted": language.pgettext("issue", "accepted"),
    }[status]


def weight_words(issue: Issue, language: Language) -> str:
    """How severe a question is, and whether by what was declared, where that says something."""
    severity = severity_words(issue.severity, language)
    if not issue.weight[1:]:
        return severity
    certainty = certainty_words(issue.certainty, language)
    return language.gettext("%(severity)s, %(certainty)s", severity=severity, certainty=certainty)


def since_words(state: str, language: Language) -> str:
    """What a question is against the last report, where that needs somebody."""
    return {
        "new": language.pgettext("since", "new"),
        "reopened": language.pgettext("since", "open again"),
        "worse": language.pgettext("since", "worse"),
        "changed": language.pgettext("since", "changed"),
    }[state]


@dataclass(frozen=True, slots=True)
class Found:
    """What one rule found.

    Attributes:
        declared: The rows of which it is declared; none where it is about the agent as a whole.
        possible: The rows of which it may be, as answers are missing.
        notes: Which waiver accepts it, where, and until when, or why one does not any more.
    """

    finding: Finding
    declared: list[Run]
    possible: list[Run]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Raised:
    """A question with what raises it, worst first."""

    issue: Issue
    found: list[Found]


@dataclass(frozen=True, slots=True)
class Issues:
    """What has to be decided about one agent: open questions first, in the order of the whole list."""

    all: list[Raised]

    @property
    def severities(self) -> list[str]:
        """What an agent may be looked for by: how severe its open questions are, and how others were settled."""
        severe = {each.issue.severity for each in self.all if each.issue.status == "open"}
        settled = {each.issue.status for each in self.all} | {
            "accepted" for each in self.all for found in each.found if found.finding.status == "accepted"
        }
        return [each for each in (*WORST_FIRST, "answered", "accepted") if each in severe | settled - {"open"}]

    @property
    def findings(self) -> list[Finding]:
        """All of them, in the order of the questions."""
        return [found.finding for each in self.all for found in each.found]

    @property
    def digits(self) -> int:
        """How many digits tell their ids apart: short ids are for people, and a waiver may be made with them."""
        ids = {finding.id for finding in self.findings}
        ambiguous = takewhile(lambda digits: len({each[:digits] for each in ids}) < len(ids), range(_DIGITS, _ID))
        return _DIGITS + sum(1 for _ in ambiguous)


def raised(
    agent: Agent, places: Places, waivers: Mapping[str, Waiver], language: Language, rank: Mapping[str, int]
) -> Issues:
    """The questions about an agent with their findings.

    Args:
        agent: Whose they are.
        places: The rows of its matrix.
        waivers: Those of the report by their ids.
        language: What notes are written in.
        rank: The place of each question in the list of all.
    """
    by_id = {finding.id: finding for finding in agent.findings}
    ordered = sorted(agent.issues, key=lambda each: (each.status != "open", rank.get(each.id, 0)))
    return Issues(
        [Raised(each, [_found(by_id[one], places, waivers, language) for one in each.findings]) for each in ordered]
    )


def _found(finding: Finding, places: Places, waivers: Mapping[str, Waiver], language: Language) -> Found:
    declared, possible = (runs(places.of_finding(finding, each)) for each in ("declared", "possible"))
    return Found(finding, declared, possible, [*_accepted(finding, places, waivers, language), *_noted(finding)])


def _accepted(finding: Finding, places: Places, waivers: Mapping[str, Waiver], language: Language) -> Iterable[str]:
    if finding.status == "accepted":
        yield _waived(finding.waiver or "", waivers, language)
        return
    for waiver in dict.fromkeys(each.waiver for each in finding.instances if each.waiver):
        rows, words = runs(places.of_waiver(finding, waiver)), _waived(waiver, waivers, language)
        yield language.ngettext(
            "row %(rows)s: %(words)s", "rows %(rows)s: %(words)s", number_of(rows), rows=spaced(rows), words=words
        )


def _waived(waiver: str, waivers: Mapping[str, Waiver], language: Language) -> str:
    if waiver not in waivers:
        return language.gettext("accepted by waiver %(waiver)s", waiver=waiver)
    until = day(language, waivers[waiver].expires)
    return language.gettext("accepted by waiver %(waiver)s until %(day)s", waiver=waiver, day=until)


def _noted(finding: Finding) -> list[str]:
    return [finding.note] if finding.note and finding.status == "open" else []


# --- in words


def where(found: Found, language: Language) -> str:
    """The rows that a rule found something in; a finding about no row is about the agent."""
    told = []
    if found.declared:
        number = number_of(found.declared)
        told.append(language.ngettext("row %(rows)s", "rows %(rows)s", number, rows=spaced(found.declared)))
    if found.possible:
        told.append(language.gettext("possible in %(rows)s", rows=spaced(found.possible)))
    return ", ".join(told or [language.gettext("the agent as a whole")])


_NAMED: Final = 3  # span types that are named with a question
_FACTS: Final = 3  # that are not known; the rest stands with the rules


def named(names: Sequence[str], language: Language) -> str:
    """The first few span types, and how many more there are."""
    return _few(names, _NAMED, ", ", language)


def titled(names: Sequence[str], agent: Agent, language: Language) -> str:
    """The first few span types with their titles, where these say more than the names, and how many more there are."""
    titles = {each.name: each.title for each in agent.span_types if each.title and each.title != each.name}
    every = [f"{name} ({titles[name]})" if name in titles else name for name in names]
    return _few(every, _NAMED, ", ", language)


_CITED: Final = 4  # provisions that stand with a question; all of them stand with the rules


def cited(issue: Issue, agent: Agent, language: Language) -> str:
    """The provisions that a question puts up for review: those that need no further fact, and how many more."""
    raising = {finding.id: finding for finding in agent.findings}
    told = list(dict.fromkeys(text for one in issue.findings for text in raising[one].provisions))
    return _few(told, _CITED, "; ", language)


def not_known(facts: Sequence[str], language: Language) -> str:
    """The first few facts that an answer needs, and how many more there are."""
    return _few(facts, _FACTS, "; ", language)


def _few(some: Sequence[str], number: int, between: str, language: Language) -> str:
    # One more is named rather than counted: the words would take as much room.
    if len(some) <= number + 1:
        return between.join(some)
    more = language.gettext("and %(number)s more", number=len(some) - number)
    # Behind a comma there is no "and"; where whole clauses are listed, it would join the last of them alone.
    return f"{between.join(some[:number])}{' ' if between == ', ' else between}{more}"


def beyond(issues: Issues, record_number: Mapping[str, int], language: Language) -> list[str]:
    """A line for each thing that findings rest on and that stands in no matrix: no answer to one of 42 questions."""
    return [
        f"{finding.rule} {finding.id[: issues.digits]}  R{record_number.get(item.record_sha256, '?')} "
        f"{shown(item.pointer, 500, language.more)} {value(language, item.value).unescape()}"
        for finding in issues.findings
        for item in finding.places
        if "/".join(item.pointer.rsplit("/", 3)[1:]) not in _ANSWERS
    ]
