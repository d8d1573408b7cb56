"""What a reader of a comment sees before unfolding anything: at most ten lines, whatever the account is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from reporter.gate.policy import SEVERITIES, Verdict
from reporter.gate.reason import Reason
from reporter.plain.language import Language
from reporter.render.check.markup import clipped, escaped, height, named
from reporter.render.check.questions import Question
from reporter.render.check.verdicts import heading
from reporter.render.tables.table import spoken
from reporter.view.report import Report

#: Lines before the fold, of a hundred characters, with the line that unfolds the rest.
LINES: Final = 10
#: What a line may take of them.
_HIGH: Final = 2
# Characters of a reason and of a name, and agents that are named.
_REASON: Final = 190
_NAME: Final = 36
_AGENTS: Final = 4


def above(report: Report, verdict: Verdict, every: Sequence[Question], language: Language) -> list[str]:
    """What a reader sees without unfolding anything, down to the line that does so."""
    lines = [f"## datarisk: {heading(verdict, language)}"]
    if verdict.reasons:
        left = len(verdict.why) - 1
        more = language.ngettext("and %(number)s more reason", "and %(number)s more reasons", left)
        said = f" ({more})" if left else ""
        lines.append(f"{escaped(clipped(_first(verdict.why[0]), _REASON - len(said)))}{said}")
    lines += [_not_assessed(report, language)] if report.totals.not_assessed else []
    lines.append(_counts(verdict, every, language))
    open_ = [each for each in every if not each.settled]
    # Without a baseline everything is new to whoever reads it; with one, what is not is told where it shuts the gate.
    first = [each for each in open_ if each.is_new] if verdict.baseline else open_
    first += [each for each in open_ if verdict.baseline and each.failing and not each.is_new]
    room = LINES - 1 - sum(map(height, lines))
    told = _told(first, room, language)
    shown = {each.issue.id for each in first[: len(told)]}
    below = [each for each in open_ if each.issue.id not in shown]
    fold = _fold(below, len(every) - len(open_), verdict, language)
    paragraphs = list(chain.from_iterable((line, "") for line in lines))
    return [*paragraphs, *chain.from_iterable(told), *([""] if told else []), fold, ""]


def _first(reason: Reason) -> str:
    """A reason without the rules behind it, which stand with what raises questions."""
    words = reason.words.partition(": ")[0] if reason.findings else reason.words
    return f"{words[:1].upper()}{words[1:]}."


def _not_assessed(report: Report, language: Language) -> str:
    totals = report.totals
    said = language.ngettext(
        "%(number)s of %(all)s span types is not assessed: nobody decided anything about it.",
        "%(number)s of %(all)s span types are not assessed: nobody decided anything about them.",
        totals.not_assessed,
        all=totals.span_types,
    )
    return f"**{escaped(said)}**"


def _counts(verdict: Verdict, every: Sequence[Question], language: Language) -> str:
    """How many questions are open, of which agents: those with something new first."""
    open_ = [each for each in every if not each.settled]
    by_agent: dict[str, list[Question]] = {}
    for each in sorted(open_, key=lambda one: not one.is_new):
        by_agent.setdefault(each.agent.id, []).append(each)
    said = language.ngettext("%(number)s open question", "%(number)s open questions", len(open_))
    line = ", ".join([f"**{said}**", *_new(open_, verdict, language)])
    told = []
    for some_ in [*by_agent.values()][:_AGENTS]:
        counts = ", ".join([*_severities(some_, language), *_new(some_, verdict, language)])
        told.append(f"{named(some_[0].agent.name, _NAME)} {counts}")
    while told and height(f"{line}: {'; '.join(told)}; {'x' * _NAME}") > _HIGH:
        told.pop()
    if left := len(by_agent) - len(told):
        told.append(language.ngettext("%(number)s more agent", "%(number)s more agents", left))
    return f"{line}: {'; '.join(told)}" if told else line


def _severities(some_: Iterable[Question], language: Language) -> list[str]:
    counts = Counter(each.issue.severity for each in some_)
    return [f"{language.number(counts[each])} {spoken(language)[each]}" for each in SEVERITIES if counts[each]]


def _new(some_: Iterable[Question], verdict: Verdict, language: Language) -> list[str]:
    """How many of them a baseline does not know as they are."""
    counts = Counter("worse" if each.worse else each.since for each in some_)
    said = spoken(language)
    words = (("new", language.gettext("new")), ("worse", said["worse"]), ("changed", said["changed"]))
    return [f"{language.number(counts[since])} {word}" for since, word in words if verdict.baseline and counts[since]]


def _told(first: Sequence[Question], room: int, language: Language) -> list[list[str]]:
    """As many questions as there is room for, each as short as it can be, and then as much of each as there is."""
    told: list[list[str]] = []
    for each in first:
        line = next((line for line in _lines(each, language) if height(line) == 1), _lines(each, language)[-1])
        room -= height(line)
        if room < 0:
            room += height(line)
            break
        told.append([line])
    for some_, each in zip(told, first, strict=False):
        high = min(_HIGH, height(some_[0]) + room)
        longer = next(line for line in [*_lines(each, language), some_[0]] if height(line) <= high)
        room -= height(longer) - height(some_[0])
        some_[0] = longer
    # Where all of them have found room, what they mean as well.
    for some_, each in zip(told, first if len(told) == len(first) else (), strict=False):
        for line in _meaning(each, language):
            if height(line) <= room:
                some_.append(line)
                room -= height(line)
    return told


def _lines(each: Question, language: Language) -> list[str]:
    """A question in one line, from that with the most names to the one with none."""
    issue, words = each.issue, spoken(language)
    state = [words[issue.severity]]
    state += [words[issue.certainty]] * (issue.certainty != "declared")
    state += [language.gettext("new")] * (each.since == "new")
    state += [words["worse" if each.worse else "changed"]] * (each.since == "changed")
    head = f"- **{', '.join(state)}** {named(each.agent.name, _NAME)}: {escaped(issue.question)}"
    names = [named(name, _NAME) for name in issue.span_types]
    owner, due = language.gettext("Owner"), language.gettext("Due")
    whose = [f"{owner}: {escaped(clipped(issue.owner, _NAME))}"] if issue.owner else []
    whose += [f"{due}: {issue.due}"] if issue.due else []
    made = []
    for number in (3, 2, 1) if names else ():
        more = [language.gettext("and %(number)s more", number=len(names) - number)] * (len(names) > number)
        made.append(f"{head} {', '.join([*names[:number], *more])}")
    return [*(f"{line} ({', '.join(whose)})" for line in made if whose), *made, head]


def _meaning(each: Question, language: Language) -> list[str]:
    """What a question means at worst, and what an answer needs that declarations do not hold."""
    not_known = language.gettext("Not determined here: %(facts)s", facts="; ".join(each.issue.not_known))
    return [
        f"  - {escaped(text)}" for text in (each.issue.consequence, not_known if each.issue.not_known else "") if text
    ]


def _fold(below: Sequence[Question], settled: int, verdict: Verdict, language: Language) -> str:
    """The line that unfolds the rest, with how much that is."""
    new = sum(each.is_new for each in below)
    known, found = len(below) - new, len(verdict.findings)
    parts = []
    if new:
        parts.append(
            language.ngettext("%(number)s new or changed question", "%(number)s new or changed questions", new)
        )
    if known:
        parts.append(language.ngettext("%(number)s other open question", "%(number)s other open questions", known))
    if settled:
        parts.append(language.ngettext("%(number)s settled question", "%(number)s settled questions", settled))
    parts.append(language.ngettext("%(number)s finding", "%(number)s findings", found))
    said = language.gettext("Folded: %(parts)s", parts=language.listed(parts))
    return f"<details><summary>{escaped(said)}</summary>"
