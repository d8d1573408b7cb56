"""What somebody is told of a run: what is new, what failed, what ends soon; and what they were told before.

Pure. Names only: which agent, which question, how severe. What was declared stays in the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Literal

from reporter.plain.canonical import canonical, digest
from reporter.schedule.file import Notify
from reporter.view.findings import Issue
from reporter.view.report import Agent, Report

State = Literal["first", "new", "open again", "worse", "unanswered now"]
"""What an open question, or one whose answers are missing by now, is to whoever was told of the last run."""

_NAMED: Final = 3
_SINCE: Final[dict[str | None, State]] = {None: "first", "new": "new", "reopened": "open again", "changed": "worse"}


@dataclass(frozen=True, slots=True)
class Question:
    """An open question that somebody has to be told of; ``key`` tells it apart from what it was when it was told."""

    id: str
    agent: str
    title: str
    severity: str
    certainty: str
    state: State
    key: str


@dataclass(frozen=True, slots=True)
class Ending:
    """Something that was accepted or agreed until a day near by.

    Attributes:
        about: What it accepts, by name.
        left: How many days it still holds; 0 on its last one.
    """

    kind: str
    id: str
    about: str
    day: str
    left: int

    @property
    def key(self) -> str:
        """Tells it apart from one that was made to last longer."""
        return digest(canonical([self.kind, self.id, self.day]))


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no complete report; ``status`` is that of the command."""

    status: int
    words: str

    @property
    def key(self) -> str:
        """The same for the same failure on another day."""
        return digest(canonical([self.status, self.words]))


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody was told, kept beside the archive.

    Attributes:
        questions: Open questions by id, each with its key.
        pending: Those that nobody could be told of.
        ending: The keys of what they know to end soon.
        failure: The key of what they know to fail.
        gate: What the gate came to when it was last told.
    """

    questions: dict[str, str] = field(default_factory=dict)
    pending: tuple[str, ...] = ()
    ending: tuple[str, ...] = ()
    failure: str | None = None
    gate: str | None = None

    def turned(self, gate: str | None) -> bool:
        """Whether the gate fails now and passed before, which time alone may do."""
        return self.gate == "passed" and gate == "failed"


@dataclass(frozen=True, slots=True)
class News:
    """What is to be told of one run; there is nothing to send where all of it is empty.

    Attributes:
        turned: Whether the gate fails now and passed before.
    """

    questions: tuple[Question, ...] = ()
    ending: tuple[Ending, ...] = ()
    failure: Failure | None = None
    turned: bool = False

    def __bool__(self) -> bool:
        return bool(self.questions or self.ending or self.failure or self.turned)


def questions(report: Report) -> list[Question]:
    """Every open question, and every one that was open and lacks answers now; what needs somebody first in front."""
    issues = {issue.id: (agent.name, issue) for agent in report.agents for issue in agent.issues}
    found = [_question(*issues[id_], report) for id_ in report.summary.issues if issues[id_][1].status == "open"]
    for gone in report.since.gone if report.since else ():
        if gone.why == "unanswered":
            key = digest(canonical([gone.issue, gone.why]))
            found.append(
                Question(gone.issue, gone.agent, gone.question, gone.severity, "possible", "unanswered now", key)
            )
    return found


def _question(agent: str, issue: Issue, report: Report) -> Question:
    key = digest(canonical([issue.severity, issue.certainty, issue.declared, *sorted(issue.span_types)]))
    # What has not changed since the last run is told now because nobody could be told of it then.
    state = _SINCE.get(issue.since if report.since else None, "new")
    return Question(issue.id, agent, issue.question, issue.severity, issue.certainty, state, key)


def endings(report: Report, today: date) -> Iterator[Ending]:
    """What is in force today and ends some day: waivers, and documents that agree something."""
    for each in report.waivers:
        left = _left(each.expires, today)
        if left >= 0 and each.status in ("in force", "expires soon"):
            yield Ending("waiver", each.id, f"{each.rule}, {each.agent}", each.expires, left)
    for (reference, title, day), agents in _documents(report.agents).items():
        if (left := _left(day, today)) >= 0:
            more = f" and {len(agents) - _NAMED} more" if len(agents) > _NAMED else ""
            yield Ending("document", reference, f"{title}, {', '.join(agents[:_NAMED])}{more}", day, left)


def _left(day: str, today: date) -> int:
    return (date.fromisoformat(day) - today).days


def _documents(agents: Iterable[Agent]) -> dict[tuple[str, str, str], list[str]]:
    """The documents that agree something until some day, each with the names of the agents that it is about."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for agent in agents:
        every = (each for source in agent.agreed.sources for each in source.documents) if agent.agreed else ()
        for document in dict.fromkeys(every):
            if document.expires:
                found.setdefault((document.reference, document.title, document.expires), []).append(agent.name)
    return found


def news(report: Report, told: Told, notify: Notify, today: date, *, failure: Failure | None, gate: str | None) -> News:
    """What somebody has not been told of a run that made a report, and what the gate came to."""
    fresh: set[str] | None = None
    if report.since:
        since = report.since
        unanswered = (each.issue for each in since.gone if each.why == "unanswered")
        fresh = {*since.new, *since.reopened, *since.worse, *unanswered, *told.pending}
    asked = [
        each
        for each in questions(report)
        if (fresh is None or each.id in fresh) and told.questions.get(each.id) != each.key
    ]
    ending = [each for each in endings(report, today) if each.left <= notify.days and each.key not in told.ending]
    return _wanted(News(tuple(asked), tuple(ending), failure, told.turned(gate)), told, notify)


def failed(failure: Failure, told: Told, notify: Notify) -> News:
    """What somebody has not been told of a run that made none."""
    return _wanted(News(failure=failure), told, notify)


def _wanted(found: News, told: Told, notify: Notify) -> News:
    known = found.failure is None or found.failure.key == told.failure
    return News(
        found.questions if "new" in notify.on else (),
        found.ending if "expiring" in notify.on else (),
        None if known or "failure" not in notify.on else found.failure,
        found.turned and "new" in notify.on,
    )


def after(
    told: Told,
    report: Report | None,
    sent: News,
    failure: Failure | None,
    *,
    delivered: bool,
    gate: str | None = None,
) -> Told:
    """What is known to them after a run.

    Args:
        told: What was known before it.
        report: What was made; None where nothing could be.
        sent: What was to be told.
        failure: Why it is not complete, told or not.
        delivered: Whether they were told.
        gate: What it came to.
    """
    known = told.failure if failure else None
    if failure and (delivered or not sent.failure):
        known = failure.key
    if report is None:
        return replace(told, failure=known)
    unheard = {} if delivered else {each.id: each.key for each in sent.questions}
    now = {each.id: each.key for each in questions(report)}
    heard = {id_: key for id_, key in now.items() if id_ not in unheard}
    # Nothing follows from the absence of what could not be read, so it is not forgotten either.
    gone = {} if report.complete else {id_: key for id_, key in told.questions.items() if id_ not in now}
    waiting = () if report.complete else (each for each in told.pending if each not in now)
    return Told(
        {**gone, **heard},
        tuple(dict.fromkeys([*unheard, *waiting])),
        tuple(_known(told, sent, report, delivered=delivered)),
        known,
        gate if report.complete and (delivered or not sent.turned) else told.gate,
    )


def _known(told: Told, sent: News, report: Report, *, delivered: bool) -> Iterable[str]:
    there = {each.key for each in endings(report, date.min)}
    kept = (key for key in told.ending if key in there or not report.complete)
    return dict.fromkeys([*kept, *((each.key for each in sent.ending) if delivered else ())])
