"""What somebody has to look at, for formats whose readers go by which alerts there are, and by how many.

A list of questions tells silence once: what nobody has answered is one question, however many answers are missing. An
alert is another matter. It counts as settled when it goes, so that whoever takes an answer back would settle what the
answer raised. Here silence is therefore told with every question that it may be as well, at the worst that it may be,
under the same id as if it had been declared: an alert that is there stays until somebody answers it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from reporter.gate.policy import SEVERITIES, Verdict
from reporter.gate.reason import Counted
from reporter.render.check.places import Place, Placing, Tree
from reporter.render.check.questions import Question, beyond, questions, rows
from reporter.review.finding import DECLARED, POSSIBLE, fingerprint
from reporter.review.tables import UNANSWERED
from reporter.sources.lines import Spot
from reporter.view.findings import Severity
from reporter.view.report import Report

#: What rests on answers as they are, so that missing ones may end it.
_LOOKED_AT: Final = "declarations"
_AGREED: Final = "agreed"


@dataclass(frozen=True, slots=True)
class Alert:
    """A question as an alert.

    Attributes:
        question: It as a check tells it; of what nobody has answered, the question about that.
        id: The issue's; likewise ``key`` and ``title``.
        severity: The worst that it may be, whatever the missing answers are.
        rules: Those that raise it, or may; none of what says nothing at all.
        places: Where to look, at least one.
        settled: Whether nobody has to.
    """

    question: Question
    id: str
    key: str
    title: str
    severity: Severity
    rules: tuple[str, ...]
    places: tuple[Place, ...]
    failing: bool
    settled: bool

    @property
    def findings(self) -> tuple[Counted, ...]:
        """What raises it; of what silence may be they stand with the question about that."""
        return self.question.findings if self.key == self.question.issue.key else ()

    @property
    def weight(self) -> tuple[str, ...]:
        """Its severity, and its certainty where that says something."""
        if self.key == UNANSWERED:
            return (self.severity,)
        declared = self.key == self.question.issue.key and self.severity == self.question.issue.severity
        return self.severity, self.question.issue.certainty if declared else POSSIBLE


@dataclass(slots=True)
class _Maybe:
    """What silence of an agent may be, of one question."""

    severity: Severity = "info"
    failing: bool = False
    places: dict[Place, None] = field(default_factory=dict)
    rules: dict[str, None] = field(default_factory=dict)

    def add(self, severity: Severity, some: list[Place], *, failing: bool) -> None:
        self.severity = min(self.severity, severity, key=SEVERITIES.index)
        self.failing |= failing
        self.places |= dict.fromkeys(some)

    def beyond(self, places: tuple[Place, ...]) -> list[Place]:
        """The rows that it is about and these places are not in."""
        spots = [each.spot for each in places]
        return [
            row
            for row in self.places
            if not any(
                at.sha256 == row.spot.sha256 and f"{at.pointer}/".startswith(f"{row.spot.pointer}/") for at in spots
            )
        ]


def alerts(report: Report, verdict: Verdict, tree: Tree) -> list[Alert]:
    """All of them, those that fail the gate first, and then in the order in which they need somebody."""
    every = questions(report, verdict, tree)
    silence = _Silence(report, verdict, tree)
    own = {(each.agent.id, each.issue.key): each for each in every}
    made = []
    for each in every:
        by_silence = own.get((each.agent.id, UNANSWERED))
        maybe = silence.of(by_silence).get(each.issue.key) if by_silence else None
        made.append(_of(each, maybe))
        if each is by_silence:
            asked = (key for key in silence.of(each) if (each.agent.id, key) not in own)
            made += [silence.alert(each, key) for key in asked]
    return sorted(made, key=lambda each: not each.failing)


def _of(question: Question, maybe: _Maybe | None) -> Alert:
    issue = question.issue
    found = Alert(
        question, issue.id, issue.key, issue.question, issue.severity, tuple(question.rules), question.places,
        question.failing, question.settled,
    )  # fmt: skip
    if maybe is None:
        return found
    # What somebody has decided is about what was declared, and no answer to what was not.
    severities = [maybe.severity, *([] if question.settled else [issue.severity])]
    where = () if question.settled else question.places
    return replace(
        found,
        severity=min(severities, key=SEVERITIES.index),
        places=(*where, *maybe.beyond(where)),
        failing=found.failing or maybe.failing,
        settled=False,
    )


class _Silence:
    """Finds what the silence of each agent may be."""

    def __init__(self, report: Report, verdict: Verdict, tree: Tree) -> None:
        self._placing = Placing(report, tree)
        self._titles = {each.key: each.question for each in report.catalogue.questions}
        self._threshold = verdict.threshold
        self._issues = {rule.id: rule.issue for rule in report.catalogue.rules}
        self._worst: dict[str, Severity] = {}
        # Where nothing was agreed nothing can exceed it, whatever silence hides.
        never = {UNANSWERED, *([] if any(agent.agreed for agent in report.agents) else [_AGREED])}
        for rule in report.catalogue.rules:
            if rule.severity is not None and rule.not_evaluated is None and rule.issue not in never:
                worst = self._worst.get(rule.issue, "info")
                self._worst[rule.issue] = min(worst, rule.severity, key=SEVERITIES.index)
        self._known: dict[str, dict[str, _Maybe]] = {}

    def of(self, question: Question) -> dict[str, _Maybe]:
        """By the keys of the questions, in their order."""
        if question.agent.id not in self._known:
            found = self._found(question)
            self._known[question.agent.id] = {key: found[key] for key in self._titles if key in found}
        return self._known[question.agent.id]

    def alert(self, question: Question, key: str) -> Alert:
        """That of a question which nothing else raises."""
        maybe = self.of(question)[key]
        id_ = fingerprint("issue", key, question.agent.id)
        title = self._titles[key]
        rules, where = tuple(maybe.rules), tuple(maybe.places)
        return Alert(question, id_, key, title, maybe.severity, rules, where, maybe.failing, settled=False)

    def _found(self, question: Question) -> dict[str, _Maybe]:
        found: dict[str, _Maybe] = {}
        agent = question.agent
        for each in question.findings:
            finding = each.finding
            if finding.status != "open" and not each.blocking:
                continue
            where = [*rows(agent, question.issue, (each,), self._placing)]
            key = self._issues.get(finding.rule, UNANSWERED)
            if key != UNANSWERED:
                may_be = {key: finding.severity}
            elif finding.certainty == DECLARED:
                may_be = self._worst  # of what says nothing at all no condition is looked at
            else:
                may_be = {_LOOKED_AT: finding.severity}
            for name, severity in may_be.items():
                failing = each.blocking and (key != UNANSWERED or self._reaches(severity))
                found.setdefault(name, _Maybe()).add(severity, where, failing=failing)
            if key != UNANSWERED:
                found[key].rules[finding.rule] = None
        return found

    def _reaches(self, severity: Severity) -> bool:
        limit = self._threshold  # without one, whatever is new is beyond it
        return limit is None or SEVERITIES.index(severity) <= SEVERITIES.index(limit)


def spots(report: Report, verdict: Verdict, tree: Tree) -> Iterator[Spot]:
    """The places in files of the tree that any of this names, for whoever looks up their lines."""
    where = [place for each in alerts(report, verdict, tree) for place in (*each.places, *each.question.places)]
    where += [each.place for each in beyond(report, verdict, tree) if each.place]
    return (place.spot for place in where if place.path and place.spot.sha256)
