"""What people have to decide about an agent, with the findings behind each question and the rows of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from reporter.declared.vocabulary import FIELDS, PARTS
from reporter.plain.language import Language
from reporter.plain.text import shown
from reporter.render.sheets.rows import Places, Run, runs, spaced
from reporter.render.templates import value
from reporter.view.findings import CERTAINTIES, Finding, Issue, Severity, Waiver
from reporter.view.report import Agent

WORST_FIRST: Final[tuple[Severity, ...]] = ("high", "medium", "low", "info")

_ANSWERS: Final = frozenset(f"data_risk/{part}/{field}" for part in PARTS for field in FIELDS[part])


def severity_words(severity: str, language: Language) -> str:
    """A severity as a reader is told it."""
    return {
        "high": language.gettext("high"),
        "medium": language.gettext("medium"),
        "low": language.gettext("low"),
        "info": language.gettext("info"),
    }[severity]


@dataclass(frozen=True, slots=True)
class Found:
    """What one rule found: the rows of which it is declared, and those of which it is possible."""

    finding: Finding
    declared: list[Run]
    possible: list[Run]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, with what is open of what raises it."""

    issue: Issue
    found: list[Found]


@dataclass(frozen=True, slots=True)
class Accepted:
    """What one waiver accepts, and until when."""

    waiver: str
    expires: str
    found: list[Found]


@dataclass(frozen=True, slots=True)
class Note:
    """What became of a waiver that does not accept a finding any more."""

    words: str
    found: Found


@dataclass(frozen=True, slots=True)
class Findings:
    """What people have to decide about one agent, and the findings behind it.

    Attributes:
        asked: In the order in which it needs somebody.
        accepted: Waiver by waiver; none of it is open.
        notes: What became of other waivers.
    """

    asked: list[Asked]
    accepted: list[Accepted]
    notes: list[Note]

    @property
    def all(self) -> list[Found]:
        """Everything, open or accepted."""
        open_ = (each for some in self.asked for each in some.found)
        return [*open_, *(each for some in self.accepted for each in some.found)]

    @property
    def severities(self) -> list[str]:
        """Which severities an agent may be looked for by; ``accepted`` stands for what a waiver accepts."""
        found = {each.issue.severity for each in self.asked if each.issue.status == "open"}
        return [*(each for each in WORST_FIRST if each in found), *(["accepted"] if self.accepted else [])]


def sorted_out(agent: Agent, places: Places, waivers: Mapping[str, Waiver]) -> Findings:
    """The findings of an agent by the question that each belongs to, and by what waivers make of it."""
    found = {each.id: _found(each, places) for each in agent.findings}
    open_ = {name: each for name, each in found.items() if each.finding.status == "open"}
    accepted: dict[str, list[Found]] = {}
    for each in found.values():
        if each.finding.status == "accepted":
            accepted.setdefault(each.finding.waiver or "", []).append(each)
    return Findings(
        asked=[Asked(each, [open_[name] for name in each.findings if name in open_]) for each in agent.issues],
        accepted=[
            Accepted(waiver, waivers[waiver].expires if waiver in waivers else "", some)
            for waiver, some in accepted.items()
        ],
        notes=[Note(each.finding.note, each) for each in open_.values() if each.finding.note],
    )


def _found(finding: Finding, places: Places) -> Found:
    declared, possible = (runs(places.of_finding(finding, certainty)) for certainty in CERTAINTIES)
    return Found(finding, declared, possible)


# --- in words


def where(found: Found, language: Language) -> str:
    """The rows that a rule found something in; a finding about no row is about the agent."""
    told = [spaced(found.declared)] if found.declared else []
    if found.possible:
        told.append(language.gettext("possible: %(rows)s", rows=spaced(found.possible)))
    return "; ".join(told) or language.gettext("the agent as a whole")


def weight(issue: Issue, language: Language) -> str:
    """How severe an issue is, and that it is only possible; or that somebody has seen to it."""
    if issue.status != "open":
        return language.pgettext("value", issue.status)
    told = severity_words(issue.severity, language)
    return told if issue.certainty == "declared" else f"{told}, {language.pgettext('value', 'possible')}"


def told_of(issue: Issue, language: Language) -> str:
    """What else has to be known of an issue: what an answer needs, who sees to it, and what was decided."""
    lines = []
    if issue.status == "open":
        lines.append(issue.consequence)
        if issue.wanted:
            told = "; ".join(f"{each.label}: {names(each.span_types, language)}" for each in issue.wanted)
            lines.append(language.gettext("These answers would settle most: %(answers)s.", answers=told))
        elif issue.not_known:
            lines.append(language.gettext("Not known: %(facts)s.", facts="; ".join(issue.not_known[:_NAMED])))
    if issue.owner or issue.due:
        who = issue.owner or language.gettext("nobody named")
        due = language.gettext(", until %(day)s", day=issue.due) if issue.due else ""
        lines.append(language.gettext("Sees to it: %(who)s%(due)s.", who=who, due=due))
    if issue.decision and issue.status == "answered":
        values = {"decision": issue.decision.rstrip("."), "who": issue.decided_by or "", "day": issue.decided_on or ""}
        told = language.gettext("Decided: %(decision)s (%(who)s, %(day)s).", **values)
        lines.append(f"{told} {issue.reference}" if issue.reference else told)
    if issue.note:
        lines.append(issue.note)
    return " ".join(lines)


_NAMED: Final = 5


def names(some: Sequence[str], language: Language) -> str:
    """Span types by name, no more than are read."""
    more = [language.gettext("and %(number)s more", number=len(some) - _NAMED)] * (len(some) > _NAMED)
    return ", ".join([*some[:_NAMED], *more])


_DIGITS: Final = 5  # of a finding's id that are printed at least
_ID: Final = 64


def numbers(findings: Findings, record_number: Mapping[str, int], language: Language) -> tuple[list[str], list[str]]:
    """The ids of all findings of an agent by rule, with as many digits as tell them apart.

    Besides, a line for each thing that they rest on and that stands in no matrix, as it is no answer to one of the 42
    questions.
    """
    every = findings.all
    ids = {each.finding.id for each in every}
    # Short ids are for people; a waiver may be made with as many digits as are printed here.
    ambiguous = takewhile(lambda digits: len({each[:digits] for each in ids}) < len(ids), range(_DIGITS, _ID))
    digits = _DIGITS + sum(1 for _ in ambiguous)
    rules = [f"{each.finding.rule} {each.finding.id[:digits]}" for each in every]
    beyond = [
        f"{found.finding.rule} {found.finding.id[:digits]}  R{record_number.get(item.record_sha256, '?')} "
        f"{shown(item.pointer, 500, language.more)} {value(language, item.value).unescape()}"
        for found in every
        for item in found.finding.places
        if "/".join(item.pointer.rsplit("/", 3)[1:]) not in _ANSWERS
    ]
    return rules, beyond
