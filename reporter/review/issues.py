"""Issues: what a person has to decide about an agent, each with the findings that raise it, and which comes first.

The catalogue has the questions; no agent has more issues than there are, and every finding belongs to exactly one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from reporter.declared.model import Agent, SpanType
from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES, CLASSIFICATION
from reporter.plain.canonical import canonical, digest
from reporter.review.catalogue import Provision
from reporter.review.facts import AgentFacts, Answer
from reporter.review.finding import DECLARED, Certainty, Finding, fingerprint
from reporter.review.lint.suggesting import suggested, urgency
from reporter.review.tables import SEVERITIES, UNANSWERED, Asked, Question, Severity

Status = Literal["open", "answered", "accepted"]
#: Where mistakes cost little. Whatever has another name, or none, may be where agents work for good.
_TRIED_OUT: Final = frozenset({
    "ci", "demo", "dev", "development", "local", "preview", "qa", "sandbox", "stage", "staging", "test", "testing",
})  # fmt: skip
_SETTLE: Final = 5
#: Where all else is equal, what opens the most is asked first.
_ORDER: Final[tuple[str, ...]] = (*reversed(ACTION_NAMES), *CATEGORY_NAMES, CLASSIFICATION)


@dataclass(frozen=True, slots=True)
class Missing:
    """An answer that is missing, on whichever side, and the entries that lack it."""

    name: str
    entries: tuple[SpanType, ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """One question about one agent.

    Attributes:
        findings: What raises it, worst first.
        answer: What somebody decided, whether that still holds or not.
        facts: What the organisation states of the agent.
    """

    agent: Agent
    question: Question
    findings: tuple[Finding, ...]
    answer: Answer | None = None
    facts: AgentFacts | None = None

    @property
    def id(self) -> str:
        """The same in every run."""
        return fingerprint("issue", self.question.key, self.agent.id)

    @property
    def declared(self) -> str:
        """The digest of what was declared where its findings rest on: with another answer it is open again."""
        return digest(canonical([[each.rule.id, each.basis().value_sha256] for each in self._by_rule()]))

    def _by_rule(self) -> list[Finding]:
        return sorted(self.findings, key=lambda each: each.rule.id)

    @property
    def status(self) -> Status:
        """Whether somebody still has to decide; what nobody declared is answered by declaring it alone."""
        if not self._open:
            return "accepted"
        decided = self.answer is not None and self.answer.decision is not None and self.question.key != UNANSWERED
        return "answered" if decided and not self.lacking and self.unchanged else "open"

    @property
    def unchanged(self) -> bool:
        """Whether what is declared is what somebody decided about."""
        return self.answer is not None and self.answer.declared == self.declared

    @property
    def lacking(self) -> list[str]:
        """The facts that an answer needs and nobody provides, by their names in the file of facts."""
        return [name for name in self.question.facts if not getattr(self.facts, name, None)]

    @property
    def _open(self) -> Sequence[Finding]:
        return [each for each in self.findings if each.decision.status == "open"]

    @property
    def severity(self) -> Severity:
        """The worst that it may be, by what nobody has accepted."""
        return max((each.severity for each in self._open or self.findings), key=SEVERITIES.index)

    @property
    def worst(self) -> Finding:
        """The first of what makes it so severe."""
        return self._worst[0]

    @property
    def _worst(self) -> Sequence[Finding]:
        """What makes it so severe: of what nobody has accepted, and by what was declared where there is any."""
        worst = [each for each in self._open or self.findings if each.severity == self.severity]
        return [each for each in worst if each.certainty == DECLARED] or worst

    @property
    def provision(self) -> Provision | None:
        """What makes it a question: of what makes it so severe a law, or else a standard or what needs a fact."""
        held = [each for finding in self._worst for each in finding.provisions]
        laws = (each for each in held if each.instrument.status != "guidance")
        return next(laws, None) or next(iter([*held, *self.worst.rule.provisions]), None)

    @property
    def certainty(self) -> Certainty:
        """Whether it is that severe by what was declared. That nobody has answered is a fact too."""
        return self.worst.certainty

    @property
    def entries(self) -> tuple[SpanType, ...]:
        """The entries that it is about: those of which it is declared first, and of silent ones the likely worst."""
        every = [*(each.declared for each in self.findings), *(each.possible for each in self.findings)]
        found = {id(entry): entry for some in every for entry in some}.values()
        return tuple(sorted(found, key=lambda each: 0 if each.assessed else -urgency(suggested(each))))

    @property
    def breadth(self) -> int:
        """How many span types it is about, by their names."""
        return len({entry.name for each in self.findings for entry in each.entries})

    @property
    def names(self) -> list[str]:
        """Their names, each once; what ran and stands in no declaration has nothing but a name, and comes first."""
        ran = self.question.key == "observed"
        only = [place.span_type for each in self.findings for place in each.found if ran and place.span_type]
        return list(dict.fromkeys([*only, *(entry.name for entry in self.entries)]))

    def settling(self) -> list[Missing]:
        """The answers that would settle most, those that most findings wait for first."""
        waiting: Counter[str] = Counter()
        for finding in self.findings:
            weight = 1 + SEVERITIES.index(finding.severity)
            for entry in finding.possible or finding.declared:
                for name in _lacking(finding, entry):
                    waiting[name] += weight
        first = sorted(waiting, key=lambda name: (-waiting[name], _ORDER.index(name)))[:_SETTLE]
        # Only of these few: all that every entry lacks would be more than its declaration.
        entries: dict[str, dict[int, SpanType]] = {name: {} for name in first}
        for finding in self.findings:
            for entry in finding.possible or finding.declared:
                for name in _lacking(finding, entry).intersection(first):
                    entries[name][id(entry)] = entry
        return [Missing(name, tuple(entries[name].values())) for name in first]


def _lacking(finding: Finding, entry: SpanType) -> set[str]:
    """The answers that a finding waits for."""
    answer = entry.declaration.answer
    return {name for part, name in finding.rests_on(entry) if not answer(part, name).decided}


def issues(
    agent: Agent,
    findings: Sequence[Finding],
    questions: Sequence[Question],
    facts: AgentFacts | None,
    answers: Mapping[Asked, Answer],
) -> tuple[Issue, ...]:
    """An agent's issues, in the order of the questions; each finding is in one of them."""
    by_question: dict[Asked, list[Finding]] = {}
    for finding in findings:
        by_question.setdefault(finding.asked, []).append(finding)
    return tuple(
        Issue(agent, question, tuple(by_question[question.key]), answers.get(question.key), facts)
        for question in questions
        if question.key in by_question
    )


Rank = tuple[bool, bool, bool, bool, int, int]


def rank(issue: Issue, environments: Sequence[str], *, loud: bool) -> Rank:
    """Where an issue stands among all: open ones, where agents work for good, silence, what is declared, the worst.

    Args:
        issue: One of an agent's.
        environments: The agent's.
        loud: Whether most of what it was asked is unanswered.
    """
    silence = issue.question.key == UNANSWERED
    return (
        issue.status != "open",
        bool(environments) and all(name.casefold() in _TRIED_OUT for name in environments),
        not (loud and silence),
        # That answers are missing is no guess.
        issue.certainty != DECLARED and not silence,
        -SEVERITIES.index(issue.severity),
        -issue.breadth,
    )
