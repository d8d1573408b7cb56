"""The formats of a check, made from its verdict: which there are, and what they need to know of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Final, Literal

from reporter.gate.policy import Verdict
from reporter.plain.language import Language
from reporter.render.document import Document
from reporter.render.tables.table import provision_words
from reporter.sources.files import ELSEWHERE
from reporter.view.findings import Finding, Rule
from reporter.view.report import Agent, Report

CheckFormat = Literal["sarif", "junit", "markdown", "github"]

Checker = Callable[[Report, Verdict], Document]

_BY_ENDING: Final[dict[str, CheckFormat]] = {
    ".sarif": "sarif",
    ".sarif.json": "sarif",
    ".xml": "junit",
    ".md": "markdown",
    ".github.txt": "github",
}


def checker(format_: CheckFormat) -> Checker:
    """The renderer of a format, which is a module of that name, imported when it is needed."""
    render: Checker = import_module(f"reporter.render.check.{format_}").render
    return render


def inferred(name: str) -> CheckFormat | None:
    """The format that a file's name asks for; None where it ends in none of theirs."""
    plain = PurePath(name).name.lower()
    return next((format_ for ending, format_ in _BY_ENDING.items() if plain.endswith(ending)), None)


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
    """All findings, in the verdict's order, each at its entry's pointer, or at that of the one field it rests on."""
    agents = {agent.id: agent for agent in report.agents}
    pointers = {(agent.id, entry.anchor): entry.pointer for agent in report.agents for entry in agent.span_types}
    kinds = {source.location: source.kind for source in report.sources}
    files = {record.sha256: _in_tree(record.source) for record in report.records if kinds.get(record.source) == "file"}
    made = []
    for item in verdict.findings:
        agent, finding, number = agents[item.agent_id], item.finding, len(item.finding.evidence)
        about = finding.instances[0].anchor if len(finding.instances) == 1 else ""
        pointer = pointers.get((agent.id, about))
        first = next(iter(finding.evidence), None)
        if first is None:
            sha256 = next((version.record_sha256 for version in agent.schema_versions), None)
        else:
            sha256, pointer = first.record_sha256, first.pointer if number == 1 else pointer
        path = files.get(sha256 or "")
        made.append(Placed(agent, finding, path, pointer, sha256, number, item.blocking, item.is_new))
    return made


# A location comes out of evidence: one that leads elsewhere would have a platform show a file that nobody named.
def _in_tree(location: str) -> str | None:
    """Relative, and going nowhere above: the only files that a reader of the working tree can open."""
    path = PurePosixPath(location)
    # A Windows path is no absolute one to POSIX, and an address is a relative one to both.
    elsewhere = path.is_absolute() or PureWindowsPath(location).is_absolute() or path.parts[:1] == (ELSEWHERE,)
    return None if elsewhere or ".." in path.parts or "://" in location else path.as_posix()


_SOME: Final = 3  # span types that are named where there is little room


def some(names: list[str], language: Language) -> list[str]:
    """A few of these, and how many more there are."""
    more = [language.gettext("and %(number)s more", number=len(names) - _SOME)] * (len(names) > _SOME)
    return [*names[:_SOME], *more]


def heading(verdict: Verdict, language: Language) -> str:
    """The verdict in a few words."""
    if not verdict.complete:
        return language.gettext("Incomplete evidence: nothing may be concluded")
    if not verdict.passed:
        return language.gettext("Review needed")
    return language.gettext("Nothing is beyond the limits")


def asked(rule: Rule, language: Language) -> list[str]:
    """What is not determined here, and the provisions of a rule, as far as there is any of either."""
    missing, provisions = "; ".join(rule.missing), "; ".join(map(provision_words, rule.provisions))
    told = [language.gettext("Not determined here: %(facts)s", facts=missing)] if missing else []
    return told + ([language.gettext("Provisions: %(provisions)s", provisions=provisions)] if provisions else [])
