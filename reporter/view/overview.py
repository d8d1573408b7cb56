"""What the summary counts and names over all agents, so that one page can be read alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, get_args

from reporter.declared.vocabulary import FLAGS
from reporter.review.assessment import Assessed
from reporter.review.finding import DECLARED
from reporter.review.issues import Issue
from reporter.review.tables import UNANSWERED
from reporter.view import report
from reporter.view.agents import time
from reporter.view.findings import Severity
from reporter.view.summary import Answered, Asked, Concerned, Oldest

#: So many criteria of WP248 rev.01 call for an impact assessment in most cases.
_CRITERIA: Final = 2
_SPECIAL: Final = FLAGS[1]
_OUTSIDE: Final = "external_communication"


def by_severity(issues: Iterable[Issue]) -> list[Asked]:
    """How many questions there are of each severity, the worst first."""
    found: dict[Severity, Counter[str]] = {each: Counter() for each in reversed(get_args(Severity))}
    for issue in issues:
        # What nobody answered is no declaration: all that is known of it is what it may be.
        certain = issue.certainty == DECLARED and issue.question.key != UNANSWERED
        how = issue.status if issue.status != "open" else "declared" if certain else "possible"
        found[issue.severity][how] += 1
    kinds = ("declared", "possible", "answered", "accepted")
    return [Asked(severity, *(counts[kind] for kind in kinds)) for severity, counts in found.items()]


def sends_special(assessed: Sequence[Assessed]) -> Concerned:
    """The agents that may send data of special categories out: by what is declared, or as answers are missing."""
    told: dict[bool, list[str]] = {True: [], False: []}
    for each in assessed:
        states = each.profile.flag(_SPECIAL).state, each.profile.actions[_OUTSIDE].state
        # Without span types nothing is ruled out either: they may be lost.
        if "excluded" not in states:
            told[states == ("included", "included")].append(each.agent.id)
    return Concerned(told[True], told[False])


def to_be_assessed(agents: Iterable[report.Agent]) -> Concerned:
    """The agents whose declarations indicate so many criteria of WP248 rev.01 that an assessment is called for.

    Possible are those of which missing answers leave so many open; what declarations can never show is not counted.
    """
    told: dict[bool, list[str]] = {True: [], False: []}
    for each in agents:
        view = each.again()
        indicated = sum(one.answer == "indicated" for one in view.screening)
        missing = sum(one.answer == "cannot be assessed" for one in view.screening)
        if indicated + missing >= _CRITERIA or not view.span_types:
            told[indicated >= _CRITERIA].append(each.id)
    return Concerned(told[True], told[False])


def answered(assessed: Iterable[Assessed]) -> dict[Answered, int]:
    """How many agents stand where on the scale of coverage, the silent first."""
    counts = Counter(each.profile.coverage for each in assessed)
    return {name: counts[name] for name in get_args(Answered)}


def oldest(assessed: Iterable[Assessed], read_at: datetime) -> Oldest | None:
    """The schema version in scope that was registered first; None where of none is known when."""
    every = [(each.agent.id, item.version) for each in assessed for item in each.scoped.versions]
    dated = [(version.inserted_at, id_, version.id) for id_, version in every if version.inserted_at]
    if not dated:
        return None
    moment, agent_id, version_id = min(dated)
    return Oldest(agent_id, version_id, time(moment), max(0, (read_at - moment).days), len(every) - len(dated))
