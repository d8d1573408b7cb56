"""What the last report knew, and what has become of its questions since.

Pure. A question is told again by its id, which is the same in every run. What could not be read now is never said to be
settled, and of what the last one did not hold nothing is said at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from reporter.declared.model import Account, SpanType
from reporter.declared.vocabulary import FIELDS, PARTS, Part
from reporter.errors import UsageError
from reporter.plain.canonical import canonical, digest
from reporter.review.assessment import Assessed
from reporter.review.finding import DECLARED, Certainty
from reporter.review.issues import Issue, Status
from reporter.review.kept import KeptSide
from reporter.review.newly import Met
from reporter.review.tables import SEVERITIES, UNANSWERED, Severity

State = Literal["new", "reopened", "worse", "changed", "answered", "accepted", "known"]
"""What a question is against the last report."""
Why = Literal[
    "not read", "unanswered", "left out", "agent gone", "span types gone", "other rules", "not compared", "not seen",
    "declared",
]  # fmt: skip
"""Why a question that was open is not there."""
Digests: TypeAlias = Mapping[tuple[str, str, str], str]
"""By agent, kind and name of a span type, the digest of all that it answers."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it stood then; ``declared`` is the digest of the answers that it rested on."""

    id: str
    key: str
    severity: Severity
    certainty: Certainty
    status: Status
    declared: str
    span_types: tuple[str, ...]
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """A span type as it answered then.

    Attributes:
        decided: Which of its fields were decided, each a bit of ``BITS``, as a report says; None where it does not.
        sha256: The digest of its answers, as a baseline file says them.
    """

    kind: str
    name: str
    decided: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent as it was then; what knows answers alone knows no ``issues``, nor what was ``newly`` met."""

    id: str
    name: str
    issues: tuple[Asked, ...] = ()
    entries: tuple[Answered, ...] = ()
    newly: tuple[Met, ...] = ()


def check_account(then: Account, now: Account, *, where: str, remedy: str) -> None:
    """Sees to it that an account is held against itself.

    Raises:
        UsageError: It is another one.
    """
    if then.id != now.id:
        what = f"a baseline of the account {then.name} ({then.id}), and this is {now.name} ({now.id})"
        raise UsageError(what, where=where, remedy=remedy)


@dataclass(frozen=True, slots=True)
class Previous:
    """The last report, or as much of it as its file holds.

    Attributes:
        location: Where it lies, from the root of its tree.
        sha256: The digest of the file that was read.
        made_at: Its time, ISO 8601 in UTC; None where the file holds none.
        knows: ``issues`` of a report, ``answers`` of a baseline file, which knows no decisions.
        complete: Whether everything could be read then.
        rules: The digest of its rules and of how they were switched; None where that is not known.
        scope: What it was about, in the names of the settings.
        accepted: The ids of the findings that waivers accepted then.
        side: What was answered then, to tell what changed; None where an earlier version of this program kept it.
    """

    location: str
    sha256: str
    account: Account
    made_at: str | None
    knows: Literal["issues", "answers"]
    complete: bool
    rules: str | None
    scope: str | None
    agents: tuple[Agent, ...]
    accepted: tuple[str, ...] = ()
    side: KeptSide | None = None

    def of_agent(self, agent_id: str) -> Previous:
        """The same about one agent alone."""
        return replace(self, agents=tuple(each for each in self.agents if each.id == agent_id))

    def check_account(self, account: Account) -> None:
        """Sees to it that like is held against like.

        Raises:
            UsageError: It is about another account.
        """
        check_account(
            self.account,
            account,
            where=self.location,
            remedy="Name the last report, or a baseline, of the same account",
        )


@dataclass(frozen=True, slots=True)
class Change:
    """How an open question differs from what it was; ``worse`` where it became more severe, wider, or less certain.

    Attributes:
        more: Span types that it was not about, and ``fewer`` those that it is about no more.
        lapsed: Whether a waiver accepted a part of it and does no more.
    """

    then: Asked
    more: tuple[str, ...]
    fewer: tuple[str, ...]
    lapsed: bool
    worse: bool


@dataclass(frozen=True, slots=True)
class Gone:
    """A question that was open then and is not there now, and as far as can be told why."""

    agent: Agent
    asked: Asked
    why: Why


BITS: Final[Mapping[tuple[Part, str], int]] = {
    (part, name): 1 << bit for bit, (part, name) in enumerate((part, name) for part in PARTS for name in FIELDS[part])
}
"""The fields of a span type, each as a bit."""
_SCOPE: Final = ("versions", "environments", "as_of", "agents", "include_retired")


def scope_of(asked: Mapping[str, Any]) -> str:
    """What a report is about, by the names of its ``scope``, so that two can be held against each other."""
    return canonical({name: asked[name] for name in _SCOPE}).decode()


def rules_of(version: str, sha256: str, severities: Mapping[str, str | None]) -> str:
    """What was asked for in a report, and how severe it was: with other rules a question comes and goes by itself."""
    return digest(canonical([version, sha256, dict(severities)]))


class Since:
    """What has become of questions since the last report."""

    def __init__(self, previous: Previous, answers: Digests) -> None:
        """Takes what was known then, and what span types answer now, which only an answers' file is held against."""
        self.previous: Final = previous
        self._answers = answers
        self._agents = {agent.id: agent for agent in previous.agents}
        self._asked = {asked.id: asked for agent in previous.agents for asked in agent.issues}
        self._entries = {
            (agent.id, entry.kind, entry.name): entry.sha256 for agent in previous.agents for entry in agent.entries
        }
        self._accepted = frozenset(previous.accepted)
        self._keys: dict[str, set[tuple[str, str, str]]] = {}
        for key in (*answers, *self._entries):
            self._keys.setdefault(key[0], set()).add(key)
        self._states: dict[str, State | None] = {}

    def of_agent(self, agent_id: str) -> Since:
        """The same about one agent alone."""
        return Since(self.previous.of_agent(agent_id), self._answers)

    def state(self, issue: Issue) -> State | None:
        """What a question is against then; None where that cannot be told."""
        if issue.id not in self._states:  # it is asked for with the question, and with all of them
            self._states[issue.id] = self._state(issue)
        return self._states[issue.id]

    def _state(self, issue: Issue) -> State | None:
        status = issue.status
        then = self._asked.get(issue.id)
        if self.previous.knows == "answers":
            return self._by_answers(issue) if status == "open" else None
        if status != "open":
            return "known" if then and then.status == status else status
        if then is None:
            return "new"
        if then.status != "open":
            return "reopened"
        change = self.change(issue)
        return "known" if change is None else "worse" if change.worse else "changed"

    def change(self, issue: Issue) -> Change | None:
        """How an open question that the last report held differs; None where it does not, or was not there."""
        then = self._asked.get(issue.id)
        if then is None:
            return None
        more = tuple(name for name in issue.names if name not in then.span_types)
        fewer = tuple(name for name in then.span_types if name not in issue.names)
        lapsed = any(each.decision.status == "open" and each.id in self._accepted for each in issue.findings)
        rank, before = SEVERITIES.index(issue.severity), SEVERITIES.index(then.severity)
        # That it is only possible now means that an answer was taken back; that it is declared now is one more. What
        # nobody answered is no declaration.
        asked = issue.question.key != UNANSWERED
        silenced = asked and rank == before and then.certainty == DECLARED and issue.certainty != DECLARED
        silenced |= not asked and self._taken_back(issue)
        told = rank != before or issue.certainty != then.certainty or more or fewer or lapsed
        if not told and issue.declared == then.declared:
            return None
        return Change(then, more, fewer, lapsed, rank > before or silenced or bool(more) or lapsed)

    def _taken_back(self, issue: Issue) -> bool:
        """Whether an answer that was there is missing now, of a span type where others were missing already."""
        then = self._agents[issue.agent.id].entries
        now: dict[tuple[str, str], int] = {}
        for entry in issue.entries:
            now[entry.kind, entry.name] = now.get((entry.kind, entry.name), ~0) & _decided(entry)
        return any((each.decided or 0) & ~now.get((each.kind, each.name), ~0) for each in then)

    def _by_answers(self, issue: Issue) -> State | None:
        agent_id = issue.agent.id
        if agent_id not in self._agents:
            return "new"
        about = {(agent_id, entry.kind, entry.name) for entry in issue.entries}
        # What is about the agent as a whole rests on all that it answers.
        keys = sorted(about or self._keys.get(agent_id, set()))
        if about and self._entries.keys().isdisjoint(about):
            return "new"
        then, now = ([some.get(key, "") for key in keys] for some in (self._entries, self._answers))
        if None in then:
            return None
        return "known" if then == now else "changed"

    def accepted(self, agents: Iterable[Assessed]) -> list[str]:
        """The ids of the findings that waivers accept now and did not then; none where that cannot be told."""
        if self.previous.knows == "answers":
            return []
        found = (finding for each in agents for finding in each.findings)
        return [each.id for each in found if each.decision.status == "accepted" and each.id not in self._accepted]

    def gone(
        self, agents: Sequence[Assessed], unread: frozenset[str | None], left_out: Mapping[str, object], rules: str
    ) -> list[Gone]:
        """The questions that were open then and are not there now, worst first.

        Args:
            agents: Those in scope now.
            unread: The ids of agents of which something could not be read; None among them is about any agent.
            left_out: Those that are known and not in scope.
            rules: The digest of the rules.
        """
        now = {each.agent.id: each for each in agents}
        asked = {issue.id for each in agents for issue in each.issues}
        found = []
        for agent in self.previous.agents:
            for each in agent.issues:
                if each.status == "open" and each.id not in asked:
                    there = now.get(agent.id)
                    # Where something of nobody knows whom could not be read, nothing follows from absence.
                    silent = agent.id in unread or (None in unread and agent.id not in left_out)
                    why: Why = "not read" if silent else _why(agent, each, there, left_out.get(agent.id))
                    if why == "declared" and self.previous.rules != rules:
                        why = "other rules"
                    found.append(Gone(agent, each, why))
        return sorted(found, key=lambda each: (-SEVERITIES.index(each.asked.severity), each.agent.name, each.asked.id))


def _why(agent: Agent, asked: Asked, there: Assessed | None, left_out: object) -> Why:
    """Why an agent's question is not asked any more, if the rules are what they were."""
    if there is None:
        return "left out" if left_out is not None else "agent gone"
    if asked.key == "agreed" and there.agreed is None:
        return "not compared"
    if asked.key == "observed":
        return "not compared" if there.agent.observed is None else "not seen"
    before: dict[str, int] = {}
    now: dict[str, int] = {}
    for each in agent.entries:
        before[each.name] = before.get(each.name, ~0) & (each.decided or 0)
    for entry in there.entries:
        now[entry.name] = now.get(entry.name, ~0) & _decided(entry)
    # What is about no span type alone is about all of them.
    about = {*asked.span_types} or before.keys()
    # What is only possible is asked elsewhere, and an answer that was taken back settles nothing.
    silent = any(before.get(name, 0) & ~now.get(name, ~0) for name in about)
    if silent or not {each.id for each in there.findings}.isdisjoint(asked.findings):
        return "unanswered"
    return "declared" if about <= now.keys() else "span types gone"


def _decided(entry: SpanType) -> int:
    answer = entry.declaration.answer
    return sum(bit for (part, name), bit in BITS.items() if answer(part, name).decided)
