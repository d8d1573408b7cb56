"""``check.github.txt``: the findings as workflow commands of GitHub Actions, which show as annotations.

GitHub shows ten of each kind for a step and drops the rest without a word, so no more are written, and the last one
says how many there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from reporter.gate.policy import Verdict
from reporter.plain.language import Language, of
from reporter.plain.text import shown
from reporter.render.check.verdicts import Placed, heading, placed
from reporter.render.document import Document
from reporter.view.report import Report

#: What GitHub shows of each kind for one step.
PER_KIND: Final = 10

Kind = Literal["error", "warning", "notice"]

_LONG: Final = 1_000
_TITLE: Final = 200


def render(report: Report, verdict: Verdict) -> Document:
    """Errors for what fails the verdict, warnings for what is open, and notices for the rest."""
    language = of(report.language)
    lines: dict[Kind, list[str]] = {"error": [], "warning": [], "notice": []}
    for line in _verdict(report, verdict, language):
        lines["error"].append(line)
    for item in placed(report, verdict):
        kind = _kind(item)
        lines[kind].append(_finding(kind, item))
    made = [line for kind, found in lines.items() for line in _shown(kind, found, language)]
    return Document("check.github.txt", "text/plain", "".join(f"{line}\n" for line in made).encode())


def _kind(item: Placed) -> Kind:
    if item.failing:
        return "error"
    if item.finding.status == "open" and item.finding.severity in ("high", "medium"):
        return "warning"
    return "notice"


def _verdict(report: Report, verdict: Verdict, language: Language) -> Iterator[str]:
    """First what could not be read: no finding matters more than those that nobody could make."""
    if not verdict.complete:
        gaps = [f"{gap.what}: {gap.why}" for gap in report.gaps]
        yield _command("error", heading(verdict, language), "; ".join([*gaps, *verdict.reasons]))
    elif not verdict.passed:
        yield _command("error", heading(verdict, language), "; ".join(verdict.reasons))


def _finding(kind: Kind, item: Placed) -> str:
    finding = item.finding
    place = f"{item.agent.name}, {finding.span_type}" if finding.span_type is not None else item.agent.name
    return _command(kind, f"{finding.rule} {place}", f"{finding.title}: {finding.why}", item.path)


def _shown(kind: Kind, lines: list[str], language: Language) -> list[str]:
    if len(lines) <= PER_KIND:
        return lines
    kept = lines[: PER_KIND - 1]
    left = len(lines) - len(kept)
    said = language.ngettext(
        "%(number)s more of this kind is in the report; GitHub shows ten of each kind for a step.",
        "%(number)s more of this kind are in the report; GitHub shows ten of each kind for a step.",
        left,
    )
    return [*kept, _command(kind, "datarisk", said)]


def _command(kind: Kind, title: str, message: str, path: str | None = None) -> str:
    place = f"file={_property(path)},line=1," if path else ""
    return f"::{kind} {place}title={_property(shown(title, _TITLE))}::{_data(shown(message, _LONG))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
