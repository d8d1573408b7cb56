"""An agent's findings, rule by rule, worst first: which rows, what cannot be ruled out, and what is accepted.

Rules that ask about one category, action or level each say little about one agent: they are told in one paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reporter.declared.evidence import Evidence
from reporter.plain.language import Language
from reporter.render.sheets.rows import Places, Run, runs
from reporter.view.findings import Finding, Severity, Waiver

WORST_FIRST: Final[tuple[Severity, ...]] = ("high", "medium", "low", "info")

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
    open_ = list(_by_rule([each for each in findings if each.status == "open"], places))
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
            Accepted(waiver, waivers[waiver].expires if waiver in waivers else "", list(_by_rule(some, places)))
            for waiver, some in by_waiver.items()
        ],
        notes=[Note(words, found) for words, some in noted.items() for found in _by_rule(some, places)],
    )


def _by_rule(findings: Iterable[Finding], places: Places) -> Iterator[Found]:
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    found = [_found(some, places) for some in by_rule.values()]
    return iter(sorted(found, key=lambda each: (WORST_FIRST.index(each.severity), not each.declared, each.rule)))


def _found(findings: list[Finding], places: Places) -> Found:
    return Found(
        rule=findings[0].rule,
        title=findings[0].title,
        severity=min((each.severity for each in findings), key=WORST_FIRST.index),
        declared=_rows([each for each in findings if each.certainty == "declared"], places),
        undecided=_rows([each for each in findings if each.certainty != "declared"], places),
        findings=findings,
    )


def _rows(findings: Sequence[Finding], places: Places) -> list[Rows]:
    by_severity: dict[Severity, list[Finding]] = {}
    for finding in findings:
        by_severity.setdefault(finding.severity, []).append(finding)
    return [
        Rows(severity, runs(line for each in by_severity[severity] for line in places.of_finding(each)))
        for severity in WORST_FIRST
        if severity in by_severity
    ]


def beyond(found: Found) -> Iterator[tuple[Finding, Evidence]]:
    """What findings rest on that is no answer to one of the 42 questions, and so stands in no matrix."""
    for finding in found.findings:
        for item in finding.places:
            yield finding, item
