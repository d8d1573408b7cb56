"""What the formats of a check need to know of its verdict, and the order that they tell findings in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath, PureWindowsPath
from typing import Final, Protocol

from reporter.plain.language import Language
from reporter.sources.places import ELSEWHERE
from reporter.view.report import Agent, Report
from reporter.view.review import Finding, Severity

SEVERITIES: Final[tuple[Severity, ...]] = ("high", "medium", "low", "info")


class Judged(Protocol):
    """A gate's verdict on a report."""

    @property
    def passed(self) -> bool:
        """Whether nothing at or above the threshold is open, and the evidence is complete."""

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for was read; otherwise nothing may be concluded."""

    @property
    def threshold(self) -> Severity | None:
        """From which severity on findings fail it; None where none do."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why, in words, the most important first."""

    @property
    def failing(self) -> frozenset[str]:
        """The ids of the findings that make it fail."""

    @property
    def new(self) -> frozenset[str]:
        """The ids of the findings that a baseline does not hold."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding, whose it is, and where what it is about was declared.

    Attributes:
        path: A file of the working tree; None where it came from elsewhere.
        pointer: RFC 6901 into the record; None where the finding rests on no single place.
        record_sha256: The digest of that record.
        pointers: How many declared fields it rests on.
        failing: Whether it makes the verdict fail.
        new: Whether a baseline does not hold it.
    """

    agent: Agent
    finding: Finding
    path: str | None
    pointer: str | None
    record_sha256: str | None
    pointers: int
    failing: bool
    new: bool


def placed(report: Report, verdict: Judged) -> list[Placed]:
    """All findings, worst first: those that fail the verdict, then by severity; accepted ones last."""
    place = partial(_placed, files=_files(report), failing=verdict.failing, new=verdict.new)
    found: list[Placed] = []
    for agent in report.agents:
        pointers = {entry.anchor: entry.pointer for entry in agent.span_types}
        found += (place(agent, finding, pointers.get(finding.anchor or "")) for finding in agent.findings)
    return sorted(found, key=_order)


def _order(item: Placed) -> tuple[bool, bool, bool, int, bool]:
    finding = item.finding
    return (
        finding.status == "accepted",
        not item.failing,
        not item.new,
        SEVERITIES.index(finding.severity),
        finding.certainty != "declared",
    )


def _placed(
    agent: Agent,
    finding: Finding,
    pointer: str | None,
    *,
    files: Mapping[str, str],
    failing: frozenset[str],
    new: frozenset[str],
) -> Placed:
    """A finding at its entry's pointer, or at that of the one field that it rests on."""
    first = next(iter(finding.evidence), None)
    if first is None:
        sha256 = next((version.record_sha256 for version in agent.schema_versions), None)
    else:
        sha256 = first.record_sha256
        pointer = first.pointer if len(finding.evidence) == 1 else pointer
    told = (finding.id in failing, finding.id in new)
    return Placed(agent, finding, files.get(sha256 or ""), pointer, sha256, len(finding.evidence), *told)


def _files(report: Report) -> dict[str, str]:
    """The file of each record that was read from one of the working tree."""
    kinds = {source.location: source.kind for source in report.sources}
    return {
        record.sha256: path
        for record in report.records
        if kinds.get(record.source) == "file" and (path := _in_tree(record.source))
    }


def _in_tree(location: str) -> str | None:
    """Relative, and going nowhere above: the only files that a reader of the working tree can open."""
    path = PurePosixPath(location)
    elsewhere = path.is_absolute() or PureWindowsPath(location).is_absolute() or path.parts[:1] == (ELSEWHERE,)
    return None if elsewhere or ".." in path.parts or "://" in location else path.as_posix()


def heading(verdict: Judged, language: Language) -> str:
    """The verdict in a few words."""
    if not verdict.complete:
        return language.gettext("Incomplete evidence: nothing may be concluded")
    if not verdict.passed:
        return language.gettext("Review needed")
    return language.gettext("Nothing is beyond the limits")


def counted(found: list[Placed]) -> Iterator[tuple[Severity, int]]:
    """How many of each severity there are, the worst first."""
    for severity in SEVERITIES:
        number = sum(item.finding.severity == severity for item in found)
        if number:
            yield severity, number
