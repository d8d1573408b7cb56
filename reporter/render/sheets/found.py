"""An agent's findings, rule by rule, worst first: which rows, what cannot be ruled out, and what is accepted.

Rules that ask about one category, action or level each say little about one agent: they are told in one paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from reporter.declared.vocabulary import FIELDS, PARTS
from reporter.plain.language import Language
from reporter.plain.text import shown
from reporter.render.sheets.rows import Places, Run, runs, spaced
from reporter.render.templates import value
from reporter.view.findings import Certainty, Finding, Severity, Waiver

WORST_FIRST: Final[tuple[Severity, ...]] = ("high", "medium", "low", "info")

_ANSWERS: Final = frozenset(f"data_risk/{part}/{field}" for part in PARTS for field in FIELDS[part])
# A user's own rules have other ids, so they always stand by themselves.
_BESIDE: Final = re.compile(r"[CAL]\d\d")


def severity_words(severity: str, language: Language) -> str:
    """A severity as a reader is told it."""
    return {
        "high": language.gettext("high"),
        "medium": language.gettext("medium"),
        "low": language.gettext("low"),
        "info": language.gettext("info"),
    }[severity]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that something was found in at one severity; none where it is about the agent as a whole."""

    severity: Severity
    runs: list[Run]


@dataclass(frozen=True, slots=True)
class Found:
    """What one rule found.

    Attributes:
        severity: The worst of them.
        declared: Where it was declared, by severity, worst first.
        undecided: Where it cannot be ruled out.
    """

    rule: str
    title: str
    severity: Severity
    declared: list[Rows]
    undecided: list[Rows]
    findings: list[Finding]


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
    """The findings of one agent.

    Attributes:
        open: By rule, worst first.
        beside: Those of rules about one category, action or level each.
        accepted: Waiver by waiver; none of them is among the others.
        notes: Waiver by waiver too.
    """

    open: list[Found]
    beside: list[Found]
    accepted: list[Accepted]
    notes: list[Note]

    @property
    def all(self) -> list[Found]:
        """Everything that is open."""
        return [*self.open, *self.beside]

    @property
    def by_severity(self) -> list[tuple[Severity, list[Found]]]:
        """What is open and stands by itself, worst first."""
        groups = ((severity, [each for each in self.open if each.severity == severity]) for severity in WORST_FIRST)
        return [(severity, found) for severity, found in groups if found]

    @property
    def severities(self) -> list[str]:
        """Which severities an agent may be looked for by; ``accepted`` stands for what a waiver accepts."""
        found = {each.severity for each in self.all}
        return [*(each for each in WORST_FIRST if each in found), *(["accepted"] if self.accepted else [])]


def sorted_out(findings: Sequence[Finding], places: Places, waivers: Mapping[str, Waiver]) -> Findings:
    """The findings of an agent by what a reader does with them."""
    open_ = _by_rule((each for each in findings if each.status == "open"), places)
    by_waiver: dict[str, list[Finding]] = {}
    noted: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.status == "accepted":
            by_waiver.setdefault(finding.waiver or "", []).append(finding)
        elif finding.note:
            noted.setdefault(finding.note, []).append(finding)
    return Findings(
        open=[each for each in open_ if not _BESIDE.fullmatch(each.rule)],
        beside=sorted((each for each in open_ if _BESIDE.fullmatch(each.rule)), key=lambda each: each.rule),
        accepted=[
            Accepted(waiver, waivers[waiver].expires if waiver in waivers else "", _by_rule(some, places))
            for waiver, some in by_waiver.items()
        ],
        notes=[Note(words, found) for words, some in noted.items() for found in _by_rule(some, places)],
    )


def _by_rule(findings: Iterable[Finding], places: Places) -> list[Found]:
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    found = [
        Found(
            rule=rule,
            title=some[0].title,
            severity=min((each.severity for each in some), key=WORST_FIRST.index),
            declared=_rows(some, places, "declared"),
            undecided=_rows(some, places, "possible"),
            findings=some,
        )
        for rule, some in by_rule.items()
    ]
    # What is declared comes before what is only not ruled out; the id makes the order the same every time.
    return sorted(found, key=lambda each: (WORST_FIRST.index(each.severity), not each.declared, each.rule))


def _rows(findings: Sequence[Finding], places: Places, certainty: Certainty) -> list[Rows]:
    by_severity: dict[Severity, list[Finding]] = {}
    for finding in findings:
        some = any(each.certainty == certainty for each in finding.instances)
        if some or (certainty == "declared" and not finding.instances):
            by_severity.setdefault(finding.severity, []).append(finding)
    return [
        Rows(severity, runs(line for each in by_severity[severity] for line in places.of_finding(each, certainty)))
        for severity in WORST_FIRST
        if severity in by_severity
    ]


# --- in words


def where(found: Found, language: Language) -> str:
    """The rows that a rule found something in; a severity other than the worst stands with its rows."""
    told = [_rows_at(found.declared, found.severity, language)] if found.declared else []
    if found.undecided:
        rows = _rows_at(found.undecided, found.severity, language)
        told.append(language.gettext("cannot be ruled out: %(rows)s", rows=rows))
    return "; ".join(told)


def declared_at(found: Found, language: Language) -> str:
    """The rows that a rule is about, by severity; the one that it stands under goes without saying."""
    return _rows_at(found.declared, found.severity, language)


def undecided_at(found: Found, language: Language) -> str:
    """The rows in which it cannot be ruled out; that it counts a step less there goes without saying."""
    less = WORST_FIRST[min(WORST_FIRST.index(found.severity) + 1, len(WORST_FIRST) - 1)]
    return _rows_at(found.undecided, less, language)


def _rows_at(some: Sequence[Rows], silent: Severity, language: Language) -> str:
    """Rows by severity, one of which goes without saying; a finding about no row is about the agent."""
    told = []
    for each in some:
        rows = spaced(each.runs) or language.gettext("the agent as a whole")
        if each.severity != silent:
            words = severity_words(each.severity, language)
            rows = language.gettext("%(severity)s %(rows)s", severity=words, rows=rows)
        told.append(rows)
    return ", ".join(told)


def beside(found: Sequence[Found], language: Language) -> str:
    """The rules about one category, action or level each, by their ids."""
    # Nothing between a colon and a full stop would read as if something had been lost.
    none = language.pgettext("rules", "none")
    return language.gettext(
        "Rules about one category, action or level each. Declared: %(declared)s. Cannot be ruled out: %(undecided)s.",
        declared=_id_runs(each.rule for each in found if each.declared) or none,
        undecided=_id_runs(each.rule for each in found if each.undecided) or none,
    )


def _id_runs(rules: Iterable[str]) -> str:
    """Ids as text, with those that follow each other as a run."""
    found: list[tuple[str, str]] = []
    for rule in rules:
        if found and f"{found[-1][1][0]}{int(found[-1][1][1:]) + 1:02}" == rule:
            found[-1] = (found[-1][0], rule)
        else:
            found.append((rule, rule))
    return ", ".join(first if first == last else f"{first}\u2013{last}" for first, last in found)


_DIGITS: Final = 5  # of a finding's id that are printed at least
_ID: Final = 64


def numbers(findings: Findings, record_number: Mapping[str, int], language: Language) -> tuple[list[str], list[str]]:
    """The ids of all findings of an agent by rule, with as many digits as tell them apart.

    Besides, a line for each thing that they rest on and that stands in no matrix, as it is no answer to one of the 42
    questions.
    """
    every = [*findings.all, *(each for one in findings.accepted for each in one.found)]
    ids = {finding.id for each in every for finding in each.findings}
    # Short ids are for people; a waiver may be made with as many digits as are printed here.
    ambiguous = takewhile(lambda digits: len({each[:digits] for each in ids}) < len(ids), range(_DIGITS, _ID))
    digits = _DIGITS + sum(1 for _ in ambiguous)
    rules = [f"{each.rule} {' '.join(finding.id[:digits] for finding in each.findings)}" for each in every]
    beyond = [
        f"{found.rule} {finding.id[:digits]}  R{record_number.get(item.record_sha256, '?')} "
        f"{shown(item.pointer, 500, language.more)} {value(language, item.value).unescape()}"
        for found in every
        for finding in found.findings
        for item in finding.places
        if "/".join(item.pointer.rsplit("/", 3)[1:]) not in _ANSWERS
    ]
    return rules, beyond
