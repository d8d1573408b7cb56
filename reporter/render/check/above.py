"""What a reader of a comment sees before unfolding anything: at most ten lines, whatever the account is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from reporter.gate.policy import SEVERITIES, Verdict
from reporter.gate.reason import Reason, Since
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
    told: list[str] = []
    for each in first:
        line = _line(each, language)
        room -= height(line)
        if room < 0:
            break
        told.append(line)
    shown = {each.issue.id for each in first[: len(told)]}
    below = [each for each in open_ if each.issue.id not in shown]
    fold = _fold(below, len(every) - len(open_), verdict, language)
    paragraphs = list(chain.from_iterable((line, "") for line in lines))
    return [*paragraphs, *told, *([""] if told else []), fold, ""]


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
    counts = Counter(each.since for each in some_)
    words: tuple[tuple[Since, str], ...] = (("new", language.gettext("new")), ("changed", spoken(language)["changed"]))
    return [f"{language.number(counts[since])} {word}" for since, word in words if verdict.baseline and counts[since]]


def _line(each: Question, language: Language) -> str:
    """A question in one line, with as many names as there is room for."""
    issue, words = each.issue, spoken(language)
    state = [words[issue.severity]]
    state += [words[issue.certainty]] * (issue.certainty != "declared")
    state += [language.gettext("new")] * (each.since == "new") + [words["changed"]] * (each.since == "changed")
    head = f"- **{', '.join(state)}** {named(each.agent.name, _NAME)}: {escaped(issue.question)}"
    names = [named(name, _NAME) for name in issue.span_types]
    owner, due = language.gettext("Owner"), language.gettext("Due")
    whose = [f"{owner}: {escaped(clipped(issue.owner, _NAME))}"] if issue.owner else []
    whose += [f"{due}: {issue.due}"] if issue.due else []
    for number in (3, 2, 1):
        more = len(names) - number
        cut = [language.gettext("and %(number)s more", number=more)] * (more > 0)
        line = f"{head} {', '.join([*names[:number], *cut])}" + (f" ({', '.join(whose)})" if whose else "")
        if height(line) <= _HIGH:
            return line
    return head


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
