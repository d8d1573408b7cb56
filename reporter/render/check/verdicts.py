"""What the formats of a check need to know of its verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath

from reporter.gate.policy import SEVERITIES, Counted, Verdict
from reporter.plain.language import Language
from reporter.sources.files import ELSEWHERE
from reporter.view.findings import Finding, Severity
from reporter.view.report import Agent, Report


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


def placed(report: Report, verdict: Verdict) -> list[Placed]:
    """All findings, in the verdict's order."""
    agents = {agent.id: agent for agent in report.agents}
    pointers = {agent.id: {entry.anchor: entry.pointer for entry in agent.span_types} for agent in report.agents}
    files = _files(report)
    return [
        _placed(agents[item.agent_id], item, pointers[item.agent_id].get(item.finding.anchor or ""), files)
        for item in verdict.findings
    ]


def _placed(agent: Agent, item: Counted, pointer: str | None, files: Mapping[str, str]) -> Placed:
    """A finding at its entry's pointer, or at that of the one field that it rests on."""
    finding = item.finding
    first = next(iter(finding.evidence), None)
    if first is None:
        sha256 = next((version.record_sha256 for version in agent.schema_versions), None)
    else:
        sha256 = first.record_sha256
        pointer = first.pointer if len(finding.evidence) == 1 else pointer
    file = files.get(sha256 or "")
    return Placed(agent, finding, file, pointer, sha256, len(finding.evidence), item.blocking, item.is_new)


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


def heading(verdict: Verdict, language: Language) -> str:
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
