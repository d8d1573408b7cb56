"""``check.github.txt``: the questions as workflow commands of GitHub Actions, which show as annotations.

GitHub shows ten of each kind for a step and drops the rest without a word, so no more are written, and the last one
says how many there are.
"""

from __future__ import annotations

from typing import Final, Literal

from reporter.declared.aggregate import LOUD
from reporter.gate.policy import Verdict
from reporter.plain.language import Language, of
from reporter.plain.text import shown
from reporter.render.check.places import NOWHERE, Place, Tree
from reporter.render.check.questions import Question, beyond, questions
from reporter.render.check.verdicts import answered, heading, some
from reporter.render.document import Document
from reporter.view.report import Report

#: What GitHub shows of each kind for one step.
PER_KIND: Final = 10

Kind = Literal["error", "warning", "notice"]

_LONG: Final = 1_000
_TITLE: Final = 200


def render(report: Report, verdict: Verdict, tree: Tree = NOWHERE) -> Document:
    """Errors for what fails the verdict, warnings for what is open, and notices for the rest."""
    language = of(report.language)
    lines: dict[Kind, list[str]] = {"error": [], "warning": [], "notice": []}
    said = heading(verdict, language)
    if not verdict.passed:
        # What could not be read comes first: no question matters more than those that nobody could ask.
        gaps = [] if verdict.complete else [f"{gap.what}: {gap.why}" for gap in report.gaps]
        lines["error"].append(_command("error", said, "; ".join([*gaps, *verdict.reasons])))
    for each in beyond(report, verdict, tree):
        if each.place:  # all else is in the first line
            lines["error"].append(_command("error", said, each.words, each.place))
    for question in questions(report, verdict, tree):
        kind = _kind(question)
        lines[kind].append(_asked(kind, question, language))
    made: list[str] = []
    for kind, found in lines.items():
        left = len(found) - (PER_KIND - 1)  # the last place is for saying so
        if len(found) <= PER_KIND:
            made += found
            continue
        words = language.ngettext(
            "%(number)s more of this kind is in the report; GitHub shows ten of each kind for a step.",
            "%(number)s more of this kind are in the report; GitHub shows ten of each kind for a step.",
            left,
        )
        made += [*found[: PER_KIND - 1], _command(kind, "datarisk", words)]
    return Document("check.github.txt", "text/plain", "".join(f"{line}\n" for line in made).encode())


def _kind(question: Question) -> Kind:
    if question.failing:
        return "error"
    return "warning" if not question.settled and question.issue.severity in ("high", "medium") else "notice"


def _asked(kind: Kind, question: Question, language: Language) -> str:
    agent, issue = question.agent, question.issue
    about = ", ".join([agent.name, *some(issue.span_types, language)])
    silent = [answered(agent, language)] if agent.coverage in LOUD else []
    rules = ", ".join(question.rules)
    message = " ".join([f"{issue.question} ({rules})", *silent, issue.consequence])
    return _command(kind, about, message, question.places[0])


def _command(kind: Kind, title: str, message: str, place: Place | None = None) -> str:
    where = f"file={_property(place.path)}," if place and place.path else ""
    if where and place and place.point:
        where += f"line={place.point.line},col={place.point.column},"
    return f"::{kind} {where}title={_property(shown(title, _TITLE))}::{_data(shown(message, _LONG))}"


# As GitHub's own toolkit escapes them: a line break would end the command and begin one of somebody else's.
def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
