"""What is new since the last report, as the view holds it: which questions, in which words, and what cannot be told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from reporter.declared.scope import LeftOut
from reporter.plain.language import Language, Message
from reporter.review import previous
from reporter.review.assessment import Assessment
from reporter.review.issues import Issue
from reporter.review.previous import Change, State, Why, rules_of
from reporter.review.tables import UNANSWERED, Severity

_MOVED: Final[tuple[State, ...]] = ("reopened", "worse", "changed")
_NAMED: Final = 3  # span types of one change; the question itself names all that it is about


@dataclass(frozen=True, slots=True)
class LastReport:
    """What a report is held against.

    Attributes:
        location: Where it lay, from the root of its tree.
        sha256: The digest of its file.
        made_at: Its time, ISO 8601 in UTC; None where its file holds none.
        knows: ``issues`` of a report, or only the ``answers`` of a baseline file.
        complete: Whether everything could be read then.
    """

    location: str
    sha256: str
    made_at: str | None
    knows: Literal["issues", "answers"]
    complete: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """How an open question differs from what it was, in ``words``; ``issue`` is its id."""

    issue: str
    worse: bool
    words: str


@dataclass(frozen=True, slots=True)
class Gone:
    """A question that was open then and is not there now; ``why`` names the reason that ``words`` tell."""

    issue: str
    key: str
    question: str
    agent_id: str
    agent: str
    severity: Severity
    why: Why
    words: str


@dataclass(frozen=True, slots=True)
class Since:
    """What has become of the questions of the last report; lists are of ids, what needs somebody first in front.

    Attributes:
        words: All of it in one sentence, worst first.
        new: Open, and not there then.
        reopened: Open, and decided or accepted then.
        changed: Open as it was then, about something else by now; ``worse`` are those of them that became so.
        answered: Decided now, and not then.
        accepted: Accepted now, and not then; ``accepted_findings`` are findings of which that is so.
        changes: How each that changed or is open again differs.
        gone: Open then, and not there now; what could not be read, or is answered no longer, is among them, and is
            not settled.
        not_told: What has to be known of the comparison, in sentences.
    """

    baseline: LastReport
    words: str
    new: list[str]
    reopened: list[str]
    changed: list[str]
    worse: list[str]
    answered: list[str]
    accepted: list[str]
    accepted_findings: list[str]
    changes: list[Changed]
    gone: list[Gone]
    not_told: list[str]


def since(
    found: previous.Since,
    issues: Sequence[Issue],
    assessment: Assessment,
    *,
    unread: frozenset[str | None],
    left_out: Sequence[LeftOut],
    asked: str,
    language: Language,
) -> Since:
    """What is new.

    Args:
        found: The last report.
        issues: All questions, in the order in which they need somebody.
        assessment: What they are of.
        unread: The ids of agents of which something could not be read; None among them is about any agent.
        left_out: What is not in scope.
        asked: What this report is about, as the last one says it.
        language: That of the report.
    """
    given = found.previous
    by_state: dict[State | None, list[Issue]] = {}
    for issue in issues:
        by_state.setdefault(found.state(issue), []).append(issue)
    ids = {state: [issue.id for issue in some] for state, some in by_state.items()}
    now = {each.agent.id: frozenset(entry.name for entry in each.entries) for each in assessment.agents}
    moved = [issue for issue in issues if found.state(issue) in _MOVED]
    moved.sort(key=lambda issue: found.state(issue) != "reopened")
    differ = [(issue, change) for issue in moved if (change := found.change(issue))]
    changes = [_changed(issue, change, now[issue.agent.id], language) for issue, change in differ]
    out = {item.agent_id: item.why for item in left_out if item.agent_id and item.schema_version_id is None}
    rules = assessment.catalogue
    asked_for = rules_of(rules.version, rules.sha256, {each.id: each.severity for each in rules.rules.values()})
    titles: dict[str, str] = {each.key: language.gettext(each.title) for each in rules.questions}
    gone = [_gone(each, titles, out, now, language) for each in found.gone(assessment.agents, unread, out, asked_for)]
    made = Since(
        LastReport(given.location, given.sha256, given.made_at, given.knows, given.complete),
        "",
        ids.get("new", []),
        ids.get("reopened", []),
        [issue.id for issue in moved if found.state(issue) != "reopened"],
        ids.get("worse", []),
        ids.get("answered", []),
        ids.get("accepted", []),
        found.accepted(assessment.agents),
        changes,
        gone,
        list(_not_told(given, asked_for, asked, language, incomplete=bool(unread))),
    )
    less = [issue.id for issue, change in differ if {*change.fewer} - now[issue.agent.id]]
    return replace(made, words=_words(made, less, language))


def _words(made: Since, less: Collection[str], language: Language) -> str:
    """Worst first, and what is settled last; those of ``less`` are about span types that are lost."""
    fewer = len({*made.changed}.difference(made.worse).intersection(less))
    unread = sum(each.why in {"not read", "unanswered", "not seen"} for each in made.gone)
    settled = sum(each.why == "declared" for each in made.gone)
    lost = sum(each.why in {"span types gone", "agent gone"} for each in made.gone)
    left, changed = len(made.gone) - unread - settled - lost, len(made.changed) - len(made.worse) - fewer
    counted = (
        (len(made.new), language.ngettext("%(number)s question is new", "%(number)s questions are new", len(made.new))),
        (
            len(made.reopened),
            language.ngettext("%(number)s is open again", "%(number)s are open again", len(made.reopened)),
        ),
        (len(made.worse), language.ngettext("%(number)s got worse", "%(number)s got worse", len(made.worse))),
        (
            lost,
            language.ngettext(
                "%(number)s question is undecided, and what it was about is not there any more to be asked",
                "%(number)s questions are undecided, and what they were about is not there any more to be asked",
                lost,
            ),
        ),
        (
            fewer,
            language.ngettext(
                "%(number)s question changed as span types that it was about are not there any more",
                "%(number)s questions changed as span types that they were about are not there any more",
                fewer,
            ),
        ),
        (unread, language.ngettext("%(number)s is not known now", "%(number)s are not known now", unread)),
        (changed, language.ngettext("%(number)s changed", "%(number)s changed", changed)),
        (left, language.ngettext("%(number)s is not asked this time", "%(number)s are not asked this time", left)),
        (
            len(made.accepted),
            language.ngettext("%(number)s is accepted", "%(number)s are accepted", len(made.accepted)),
        ),
        (
            len(made.answered),
            language.ngettext("%(number)s is answered", "%(number)s are answered", len(made.answered)),
        ),
        (
            settled,
            language.ngettext(
                "%(number)s is not raised any more, as answers changed",
                "%(number)s are not raised any more, as answers changed",
                settled,
            ),
        ),
    )
    told = "; ".join(words for number, words in counted if number) or language.gettext("no question is new or changed")
    return f"{_head(made.baseline, language)}: {told}."


def _head(last: LastReport, language: Language) -> str:
    day = language.day_of(last.made_at)
    if day is None:  # a file that holds no time, or was written by anybody
        return language.gettext("Since %(baseline)s", baseline=last.location)
    return language.gettext("Since the report of %(day)s", day=day)


def _changed(issue: Issue, change: Change, now: Collection[str], language: Language) -> Changed:
    then, sentences = change.then, []
    if issue.severity != then.severity:
        words = {"before": language.gettext(then.severity), "now": language.gettext(issue.severity)}
        sentences.append(language.gettext("Was %(before)s, is %(now)s.", **words))
    elif issue.certainty != then.certainty and issue.question.key != UNANSWERED:
        if issue.certainty == "declared":
            sentences.append(language.gettext("Was possible, is declared."))
        else:
            sentences.append(language.gettext("Was declared, is possible: answers are missing that were there."))
    if change.more:
        names = _some(change.more, language)
        sentences.append(language.gettext("About more span types: %(names)s.", names=names))
    if fewer := [name for name in change.fewer if name in now]:
        sentences.append(language.gettext("No longer about: %(names)s.", names=_some(fewer, language)))
    if lost := [name for name in change.fewer if name not in now]:
        names = _some(lost, language)
        sentences.append(language.gettext("Not there any more to be asked about: %(names)s.", names=names))
    if change.lapsed:
        sentences.append(language.gettext("A waiver that accepted it or part of it does so no longer."))
    if not sentences and issue.question.key == UNANSWERED:
        sentences.append(language.gettext("Other answers are missing than then."))
    elif not sentences:
        sentences.append(language.gettext("Other answers are declared than then."))
    return Changed(issue.id, change.worse, " ".join(sentences))


def _some(names: Sequence[str], language: Language) -> str:
    more = [language.gettext("and %(number)s more", number=len(names) - _NAMED)] * (len(names) > _NAMED)
    return ", ".join([*names[:_NAMED], *more])


def _gone(
    found: previous.Gone,
    titles: Mapping[str, str],
    left_out: Mapping[str, Message],
    now: Mapping[str, Collection[str]],
    language: Language,
) -> Gone:
    agent, asked, why = found.agent, found.asked, found.why
    if why == "left out":
        words = language.gettext("Its agent is not in scope: %(why)s.", why=language.say(left_out[agent.id]))
    elif why == "span types gone":
        about = asked.span_types or dict.fromkeys(each.name for each in agent.entries)
        names = _some([name for name in about if name not in now[agent.id]], language)
        words = language.gettext(
            "Nobody decided it, and span types that it was about are not there any more to be asked: %(names)s.",
            names=names,
        )
    else:
        words = language.say(_WHY[why])
    title = titles.get(asked.key, asked.key)
    return Gone(asked.id, asked.key, title, agent.id, agent.name, asked.severity, why, words)


_WHY: Final[dict[Why, Message]] = {
    "not read": Message("Not everything could be read this time, so it is not known now."),
    "unanswered": Message("Answers about its span types are missing, so nobody can say that it is settled."),
    "agent gone": Message("Nobody decided it, and its agent is not there any more to be asked."),
    "other rules": Message("The rules are others by now, and do not ask it."),
    "not compared": Message("Nothing was there this time to hold declarations against, so it is not asked."),
    "not seen": Message("Nothing that was read of its runs raises it now, which settles nothing."),
    "declared": Message("What is declared now does not raise it any more."),
}


def _not_told(
    given: previous.Previous, rules: str, asked: str, language: Language, *, incomplete: bool
) -> Iterator[str]:
    if given.knows == "answers":
        yield language.gettext(
            "The baseline holds answers and no decisions: what is answered, accepted or gone since cannot be told."
        )
    if not given.complete:
        yield language.gettext("The last report was incomplete: what it could not read counts as new.")
    if incomplete:
        yield language.gettext("This run is incomplete: nothing that it could not read is settled.")
    if given.rules not in (None, rules):
        yield language.gettext(
            "The rules, or how severe they are, are not those of then; a question may be new or gone by that alone."
        )
    if given.scope not in (None, asked):
        yield language.gettext("It was about another scope; a question may be new or gone by that alone.")
