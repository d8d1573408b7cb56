"""What is the same for every agent that a question is asked about, so that the page says it once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reporter.render.sheets.book import Asked
from reporter.render.sheets.found import WORST_FIRST, Found
from reporter.view.findings import Issue, Severity
from reporter.view.report import Report


@dataclass(frozen=True, slots=True)
class Need:
    """A question with what it is asked for, and the facts that no declaration holds and an answer needs."""

    question: str
    because: str
    facts: list[str]


@dataclass(frozen=True, slots=True)
class Loudness:
    """How many open questions are so severe."""

    severity: Severity
    number: int


def needs(report: Report, asked: Iterable[Asked]) -> list[Need]:
    """Each question once, in the order in which it is first asked."""
    first: dict[str, Issue] = {}
    for each in asked:
        first.setdefault(each.issue.key, each.issue)
    found: dict[str, dict[str, None]] = {}
    for rule in report.catalogue.rules:
        if rule.findings:
            found.setdefault(rule.issue, {}).update(dict.fromkeys(rule.missing))
    return [Need(each.question, each.because, [*found.get(key, ())]) for key, each in first.items()]


def loudness(asked: Iterable[Asked]) -> list[Loudness]:
    """How many open questions there are of each severity, worst first."""
    severities = [each.issue.severity for each in asked if each.issue.status == "open"]
    counted = [Loudness(each, severities.count(each)) for each in WORST_FIRST]
    return [each for each in counted if each.number]


def found_class(found: Found, issue: Issue) -> str:
    """What the row of a finding is marked with, where neither its question nor its columns say it.

    That is how severe it is, whether it is only possible, and whether it is accepted.
    """
    finding = found.finding
    names: list[str] = [finding.severity] if finding.severity != issue.severity else []
    if finding.certainty == "possible" and (found.declared or not found.possible):
        names.append("possible")
    if finding.status == "accepted":
        names.append("accepted")
    return " ".join(names)
