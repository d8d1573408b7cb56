"""``check.md``: the verdict as Markdown, for a comment on a pull request or a job's summary.

Its first line is a mark that stays the same for an account, so that a later run finds its comment and replaces it.
At most ten lines stand before the fold, for any account: the verdict and why, how many questions are open by agent,
and what is new or changed. All else is folded, and the fold says how much that is. All text from data is neutralised:
nobody is mentioned, nothing is linked, no table is broken. What there is no room for is counted and named.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from reporter.gate.policy import SEVERITIES, Verdict
from reporter.gate.reason import Counted
from reporter.plain.language import Language, of
from reporter.render.check.above import above
from reporter.render.check.markup import code, escaped
from reporter.render.check.places import NOWHERE, Tree
from reporter.render.check.questions import Question, questions
from reporter.render.check.verdicts import SOME, answered, asked, some
from reporter.render.document import Document
from reporter.render.tables.table import spoken
from reporter.view.gaps import kinds
from reporter.view.report import Agent, Report

#: What GitHub takes in a comment; in characters there, and in bytes here, so that it fits whatever it counts.
COMMENT: Final = 65_536
#: What GitHub takes in a step's summary, in bytes.
SUMMARY: Final = 1_048_576

_WHOLE: Final = 8_000  # of a rule's provisions, of which there may be dozens
#: Kept free for the line that counts what was cut, and for what a comment's writer adds.
_RESERVE: Final = 800


def render(report: Report, verdict: Verdict, tree: Tree = NOWHERE, *, limit: int = COMMENT) -> Document:
    """The verdict and what is new in a few lines, and everything else behind a fold, in at most ``limit`` bytes."""
    language = of(report.language)
    every = questions(report, verdict, tree)
    # First of all the room for what stands last: a page without what it rests on would be worth nothing.
    foot = ["", *_foot(report, language), "", "</details>"]
    page = _Page(limit - _RESERVE - _size(foot), language)
    page.must([mark(report), *above(report, verdict, every, language)])
    if verdict.reasons:
        page.some([f"- {escaped(reason)}" for reason in verdict.reasons], limit // 6)
    page.some(_gaps(report, language), limit // 6)
    page.must([escaped(report.summary.lead), ""])
    page.table(_agent_heads(language), _agent_rows(report, every, language), limit // 8)
    page.section(
        language.gettext("New and changed"),
        [_in_full(each, language) for each in every if each.is_new and not each.settled],
        limit // 5,
    )
    open_ = [each for each in every if not each.settled]
    page.table(_question_heads(language), [_question(each, language) for each in open_], limit // 5)
    told = page.table(_finding_heads(language), (_row(*each, language) for each in _found(report, verdict)), None)
    if told < len(verdict.findings):
        page.must([_more([*verdict.findings[told:]], language), ""])
    shown_rules = dict.fromkeys(item.finding.rule for item in verdict.findings[:told])
    page.section(language.gettext("Questions for the reviewer"), _questions(report, shown_rules, language))
    page.section(language.gettext("Accepted by waivers"), _accepted(report, verdict, language))
    return Document("check.md", "text/markdown", "\n".join([*page.lines, *foot]).encode() + b"\n")


class _Page:
    """Lines, as long as there is room."""

    def __init__(self, room: int, language: Language) -> None:
        self.room = room
        self.lines: list[str] = []
        self._language = language

    def must(self, lines: list[str]) -> None:
        """What is never left out."""
        self.room -= _size(lines)
        self.lines += lines

    def some(self, lines: list[str], room: int) -> None:
        """As many of these as fit into a room of their own, and how many more there are."""
        kept = _first(([line] for line in lines), room)
        self.must([*chain(*kept), *self._and_more(len(lines) - len(kept)), *([""] if lines else [])])

    def table(self, heads: Sequence[str], rows: Iterable[str], room: int | None) -> int:
        """As many rows as fit into this room, or into two thirds of what there is; returns how many."""
        told = [*rows]
        if not told:
            return 0
        self.must([f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"])
        kept = _first(([row] for row in told), self.room - self.room // 3 if room is None else min(room, self.room))
        # What the findings leave out is told by their severity.
        more = self._and_more(len(told) - len(kept)) if room is not None else []
        self.must([*chain(*kept), "", *([*more, ""] if more else [])])
        return len(kept)

    def section(self, title: str, blocks: list[list[str]], room: int | None = None) -> None:
        """A part with a title: as many blocks as fit, and how many more there are."""
        frame = [f"**{escaped(title)}**", ""]
        free = self.room - _size([*frame, "", *self._and_more(len(blocks))])
        kept = _first(blocks, free if room is None else min(room, free))
        if kept:
            self.must([*frame, *chain(*kept), *self._and_more(len(blocks) - len(kept)), ""])

    def _and_more(self, number: int) -> list[str]:
        """The end of a list that was cut."""
        said = self._language.gettext("and %(number)s more", number=number)
        return [f"- {said}"] * (number > 0)


def _first(blocks: Iterable[list[str]], room: int) -> list[list[str]]:
    """As many of them as there is room for; no later and shorter one stands in for one that is too long."""
    kept = []
    for block in blocks:
        room -= _size(block)
        if room < 0:
            break
        kept.append(block)
    return kept


def _size(lines: list[str]) -> int:
    return sum(len(line.encode()) + 1 for line in lines)


def mark(report: Report) -> str:
    """The first line, by which a later run finds what this one wrote."""
    # A digest, as an id might end the comment and begin something of its own.
    account = hashlib.sha256(report.account.id.encode("utf-8", "backslashreplace")).hexdigest()
    return f"<!-- datarisk:check:{account[:12]} -->"


def _gaps(report: Report, language: Language) -> list[str]:
    lines = []
    for kind in kinds(report.gaps):
        gap, often = kind.first, f"{kind.times:,} \u00d7 " if kind.times > 1 else ""
        place = f" ({escaped(gap.location)})" if gap.location else ""
        whose = f", {escaped(gap.agent_name)}" if gap.agent_name and not often else ""
        lines.append(f"- {often}{escaped(gap.what)}{whose}: {escaped(gap.why)}{place}")
    head = escaped(language.gettext("What could not be read:"))
    return [f"**{head}**", "", *lines] if lines else []


def _agent_heads(language: Language) -> tuple[str, ...]:
    severity = spoken(language)
    return (
        language.gettext("Agent"),
        language.gettext("Coverage"),
        severity["high"],
        severity["medium"],
        f"{severity['low']}, {severity['info']}",
        language.gettext("new"),
    )


def _agent_rows(report: Report, every: Sequence[Question], language: Language) -> list[str]:
    """Each agent with how far it is answered and how many questions are open."""
    open_: dict[str, list[Question]] = {}
    for each in every:
        if not each.settled:
            open_.setdefault(each.agent.id, []).append(each)
    agents = {agent.id: agent for agent in report.agents}
    order = dict.fromkeys([*open_, *report.summary.order])
    return [_agent_row(agents[id_], open_.get(id_, []), language) for id_ in order if id_ in agents]


def _agent_row(agent: Agent, open_: Sequence[Question], language: Language) -> str:
    counts = Counter(each.issue.severity for each in open_)
    numbers = (counts["high"], counts["medium"], counts["low"] + counts["info"], sum(each.is_new for each in open_))
    cells = (code(agent.name), escaped(answered(agent, language)), *(language.number(each) for each in numbers))
    return f"| {' | '.join(cells)} |"


def _in_full(each: Question, language: Language) -> list[str]:
    """A question with what it means at worst, what is not known, and what raises it."""
    issue, said = each.issue, spoken(language)
    names = _names(issue.span_types, language)
    since = language.gettext("new") if each.since == "new" else said["worse" if each.worse else "changed"]
    head = ", ".join((*(said[each] for each in issue.weight), since))
    lines = [
        f"- **{escaped(issue.question)}** {code(each.agent.name)} {names} ({head})".replace("  ", " "),
        f"  - {escaped(issue.consequence)}",
    ]
    if issue.not_known:
        told = language.gettext("Not determined here: %(facts)s", facts="; ".join(issue.not_known))
        lines.append(f"  - {escaped(told, _WHOLE)}")
    return [*lines, *(f"  - {code(found.finding.rule)} {escaped(found.finding.title)}" for found in each.findings)]


def _names(names: list[str], language: Language) -> str:
    """A few names, and how many more there are, which is no name."""
    few = some(names, language)
    return ", ".join([*map(code, few[:SOME]), *few[SOME:]])


def _question_heads(language: Language) -> tuple[str, ...]:
    return (
        language.gettext("At worst"),
        language.gettext("Question"),
        language.gettext("Agent"),
        language.gettext("Span types"),
        language.gettext("Owner"),
        language.gettext("Due"),
    )


def _question(each: Question, language: Language) -> str:
    issue, words = each.issue, spoken(language)
    severity = words[issue.severity]
    severity = severity if issue.certainty == "declared" else f"{severity}, {words[issue.certainty]}"
    cells = (
        f"**{severity}**" if each.failing else severity,
        escaped(issue.question),
        code(each.agent.name),
        _names(issue.span_types, language),
        escaped(issue.owner or ""),
        issue.due or "",
    )
    return f"| {' | '.join(cells)} |"


def _finding_heads(language: Language) -> tuple[str, ...]:
    return (
        language.gettext("Severity"),
        language.gettext("Rule"),
        language.gettext("Agent"),
        language.gettext("Span types"),
        language.gettext("What triggers a review"),
        language.gettext("Status"),
    )


def _found(report: Report, verdict: Verdict) -> Iterator[tuple[Agent, Counted]]:
    agents = {agent.id: agent for agent in report.agents}
    return ((agents[item.agent_id], item) for item in verdict.findings)


def _row(agent: Agent, item: Counted, language: Language) -> str:
    finding = item.finding
    severity = spoken(language)[finding.severity]
    cells = (
        f"**{severity}**" if item.blocking else severity,
        code(finding.rule),
        code(agent.name),
        _names(finding.span_types, language),
        f"{escaped(finding.title)}: {escaped(finding.why)}",
        "; ".join(_status(item, language)),
    )
    return f"| {' | '.join(cells)} |"


def _status(item: Counted, language: Language) -> Iterator[str]:
    finding = item.finding
    if item.blocking:
        yield language.gettext("at or above the threshold")
    if item.is_new:
        yield language.gettext("new")
    if finding.status == "accepted":
        yield language.gettext("accepted by waiver %(waiver)s", waiver=code(finding.waiver or ""))
    if finding.certainty != "declared":
        yield spoken(language)[finding.certainty]
    if finding.note:
        yield escaped(finding.note)


def _more(left: list[Counted], language: Language) -> str:
    """What there is no room for."""
    counts = Counter(item.finding.severity for item in left)
    parts = [f"{spoken(language)[each]}: {language.number(counts[each])}" for each in SEVERITIES if counts[each]]
    said = language.ngettext(
        "and %(number)s more finding (%(severities)s), in report.json and report.html",
        "and %(number)s more findings (%(severities)s), in report.json and report.html",
        len(left),
        severities=", ".join(parts),
    )
    return f"**{said}**"


def _questions(report: Report, ids: Iterable[str], language: Language) -> list[list[str]]:
    """What these rules ask."""
    known = {rule.id: rule for rule in report.catalogue.rules}
    return [
        [
            f"- {code(rule.id)} {escaped(rule.question or rule.title)}",
            *(f"  - {escaped(said, _WHOLE)}" for said in asked(rule, language)),
        ]
        for rule in (known[id_] for id_ in ids if id_ in known)
    ]


def _accepted(report: Report, verdict: Verdict, language: Language) -> list[list[str]]:
    """The waivers that accept something."""
    used = {item.finding.waiver for item in verdict.findings if item.finding.status == "accepted"}
    lines = []
    for waiver in report.waivers:
        if waiver.id in used:
            said = language.gettext(
                "%(reason)s Approved by %(who)s, until %(expires)s.",
                reason=waiver.reason,
                who=waiver.approved_by,
                expires=waiver.expires,
            )
            lines.append([f"- {code(waiver.id)} {escaped(said)}"])
    return lines


def _foot(report: Report, language: Language) -> list[str]:
    """What it rests on, and what it is not."""
    caveat = language.gettext(
        "Declarations are what developers stated, not what was observed. A finding triggers a review; it concludes "
        "nothing."
    )
    facts = language.gettext(
        "Scope: %(scope)s. Made %(when)s by %(tool)s, rules %(rules)s, evidence %(digest)s.",
        scope=report.scope.words,
        when=report.generated_at,
        tool=f"{report.tool.name} {report.tool.version}",
        rules=report.catalogue.version,
        digest=f"SHA-256 {report.evidence_sha256[:16]}",
    )
    return [f"<sub>{escaped(caveat)} {escaped(facts)}</sub>"]
