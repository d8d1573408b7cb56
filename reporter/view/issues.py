"""Issues in words: what a person is asked about an agent, which span types it is about, and what it means at worst."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from reporter.plain.language import Language
from reporter.review.assessment import Assessed
from reporter.review.facts import Risk
from reporter.review.issues import Issue
from reporter.review.previous import Since, State
from reporter.review.tables import UNANSWERED
from reporter.view import claims, words
from reporter.view import findings as shown
from reporter.view.report import Agent, Report
from reporter.view.reviewed import named

_NAMED: Final = 3  # span types that are named with a question; all of them stand beside it


def issue(found: Issue, assessed: Assessed, language: Language, since: Since | None = None) -> shown.Issue:
    """An issue of the view; its words are worked out when somebody asks."""
    return shown.Issue.later(_Issue(found, assessed, language, since))


class _Issue:
    """Works out each other field of an issue, by its name."""

    __slots__ = ("_assessed", "_found", "_language", "_since")

    def __init__(self, found: Issue, assessed: Assessed, language: Language, since: Since | None) -> None:
        self._found = found
        self._since = since
        self._assessed = assessed
        self._language = language

    def known(self) -> dict[str, Any]:
        found = self._found
        return {"id": found.id, "key": found.question.key, "severity": found.severity, "certainty": found.certainty}

    def claim(self) -> str:
        return claims.of_agent(self._assessed.agent.id, "issues", self._found.question.key)

    def status(self) -> str:
        return self._found.status

    def question(self) -> str:
        return self._language.gettext(self._found.question.title)

    def words(self) -> str:
        names = named(self._found.entries, self._language, _NAMED)
        return f"{self.question()} ({names})" if names else self.question()

    def span_types(self) -> list[str]:
        return self._found.names

    def consequence(self) -> str:
        return f"{self.at_worst()} {self.because()}"

    def at_worst(self) -> str:
        return at_worst(self._found, self._language)

    def because(self) -> str:
        return self._language.gettext(self._found.question.because)

    def not_known(self) -> list[str]:
        # What is only possible is asked first, and what would be asked then comes later.
        about = [each.rule for each in self._found.findings if each.rule.issue == self._found.question.key]
        missing = (each for rule in about for each in rule.missing)
        return [self._language.gettext(each) for each in dict.fromkeys(missing)]

    def wanted(self) -> list[shown.Wanted]:
        if self._found.question.key != UNANSWERED:
            return []
        return [
            shown.Wanted(each.name, words.field(each.name, self._language), _names(each.entries))
            for each in self._found.settling()
        ]

    def findings(self) -> list[str]:
        return [each.id for each in self._found.findings]

    def declared(self) -> str:
        return self._found.declared

    def owner(self) -> str | None:
        given, stated = self._found.answer, self._found.facts
        return (given.owner if given else None) or (stated.owner if stated else None) or self._assessed.agent.owner

    def due(self) -> str | None:
        given = self._found.answer
        return given.due.isoformat() if given and given.due else None

    def decision(self) -> str | None:
        return self._found.answer.decision if self._found.answer else None

    def decided_by(self) -> str | None:
        return self._found.answer.decided_by if self._found.answer else None

    def decided_on(self) -> str | None:
        given = self._found.answer
        return given.decided_on.isoformat() if given and given.decided_on else None

    def reference(self) -> str | None:
        return self._found.answer.reference if self._found.answer else None

    def measure(self) -> str | None:
        return self._found.answer.measure if self._found.answer else None

    def residual_risk(self) -> Risk | None:
        return self._found.answer.residual_risk if self._found.answer else None

    def dpo_advice(self) -> str | None:
        return self._found.answer.dpo_advice if self._found.answer else None

    def advice_followed(self) -> bool | None:
        return self._found.answer.advice_followed if self._found.answer else None

    def advice_reason(self) -> str | None:
        return self._found.answer.advice_reason if self._found.answer else None

    def approved_by(self) -> str | None:
        return self._found.answer.approved_by if self._found.answer else None

    def since(self) -> State | None:
        return self._since.state(self._found) if self._since else None

    def note(self) -> str | None:
        found, language = self._found, self._language
        if found.answer is None or found.answer.decision is None or found.status != "open":
            return None
        if found.question.key == UNANSWERED:
            return language.gettext("What nobody declared is answered by declaring it, and by no decision.")
        if not found.unchanged:
            return language.gettext("What is declared is not what was decided about, so it is open again.")
        return language.gettext(
            "The decision needs facts that nobody provides: %(facts)s.", facts=", ".join(found.lacking)
        )


def ranked(report: Report) -> list[tuple[Agent, shown.Issue]]:
    """Every issue of a report with its agent, in the order in which it needs somebody."""
    known = {issue.id: (agent, issue) for agent in report.agents for issue in agent.issues}
    return [known[each] for each in report.summary.issues]


def at_worst(found: Issue, language: Language) -> str:
    """What the worst of its findings says."""
    worst = found.worst
    title = language.gettext(worst.rule.title)
    if worst.certainty != "declared":
        return language.gettext("At worst: %(title)s (possible).", title=title)
    return language.gettext("At worst: %(title)s.", title=title)


def _names(entries: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(entry.name for entry in entries))
