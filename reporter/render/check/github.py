"""``check.github.txt``: the findings as workflow commands of GitHub Actions, which show as annotations.

GitHub shows ten of each kind for a step and drops the rest without a word, so no more are written, and the last one
says how many there are.
"""

from __future__ import annotations

from typing import Final, Literal

from reporter.gate.policy import Verdict
from reporter.plain.language import of
from reporter.plain.text import shown
from reporter.render.check.verdicts import Placed, heading, placed, some
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
    if not verdict.passed:
        # What could not be read comes first: no finding matters more than those that nobody could make.
        gaps = [] if verdict.complete else [f"{gap.what}: {gap.why}" for gap in report.gaps]
        lines["error"].append(_command("error", heading(verdict, language), "; ".join([*gaps, *verdict.reasons])))
    for item in placed(report, verdict):
        finding, kind = item.finding, _kind(item)
        place = ", ".join([item.agent.name, *some(finding.span_types, language)])
        title, message = f"{finding.rule} {place}", f"{finding.title}: {finding.why}"
        lines[kind].append(_command(kind, title, message, item.path))
    made: list[str] = []
    for kind, found in lines.items():
        left = len(found) - (PER_KIND - 1)  # the last place is for saying so
        if len(found) <= PER_KIND:
            made += found
            continue
        said = language.ngettext(
            "%(number)s more of this kind is in the report; GitHub shows ten of each kind for a step.",
            "%(number)s more of this kind are in the report; GitHub shows ten of each kind for a step.",
            left,
        )
        made += [*found[: PER_KIND - 1], _command(kind, "datarisk", said)]
    return Document("check.github.txt", "text/plain", "".join(f"{line}\n" for line in made).encode())


def _kind(item: Placed) -> Kind:
    if item.failing:
        return "error"
    open_ = item.finding.status == "open" and item.finding.severity in ("high", "medium")
    return "warning" if open_ else "notice"


def _command(kind: Kind, title: str, message: str, path: str | None = None) -> str:
    place = f"file={_property(path)},line=1," if path else ""
    return f"::{kind} {place}title={_property(shown(title, _TITLE))}::{_data(shown(message, _LONG))}"


# As GitHub's own toolkit escapes them: a line break would end the command and begin one of somebody else's.
def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
