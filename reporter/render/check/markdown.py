"""``check.md``: the verdict and its findings as Markdown, for a comment on a pull request or a job's summary.

Its first line is a mark that stays the same for an account, so that a later run finds its comment and replaces it. All
text from data is neutralised: nobody is mentioned, nothing is linked, no table is broken. What there is no room for is
counted and named.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from reporter.gate.policy import SEVERITIES, Verdict
from reporter.plain.language import Language, of
from reporter.plain.text import shown
from reporter.render.check.verdicts import Placed, asked, heading, placed, some
from reporter.render.document import Document
from reporter.render.tables.table import spoken
from reporter.view.findings import Issue
from reporter.view.gaps import kinds
from reporter.view.issues import ranked
from reporter.view.report import Agent, Report

#: What GitHub takes in a comment; in characters there, and in bytes here, so that it fits whatever it counts.
COMMENT: Final = 65_536
#: What GitHub takes in a step's summary, in bytes.
SUMMARY: Final = 1_048_576

_NAME: Final = 120
_LONG: Final = 600
_WHOLE: Final = 8_000  # of a rule's provisions, of which there may be dozens
#: Kept free for the line that counts what was cut.
_RESERVE: Final = 400


def render(report: Report, verdict: Verdict, *, limit: int = COMMENT) -> Document:
    """The verdict, why, and the findings, worst first, in at most ``limit`` bytes."""
    language = of(report.language)
    # First of all the room for what stands last: a page without what it rests on would be worth nothing.
    foot = _foot(report, language)
    page = _Page(limit - _RESERVE - _size([foot]), language)
    page.must([mark(report), f"## datarisk: {heading(verdict, language)}", ""])
    page.some([f"- {escaped(reason)}" for reason in verdict.reasons], limit // 6)
    page.some(_gaps(report, language), limit // 6)
    page.must(_lead(report, language))
    _decide(page, report, limit // 4, language)
    found = placed(report, verdict)
    told = 0
    if found:
        page.must(_table_head(language))
        told = page.rows(_row(item, language) for item in found)
    if told < len(found):
        page.must([_more(found[told:], language), ""])
    shown_rules = dict.fromkeys(item.finding.rule for item in found[:told])
    page.folded(language.gettext("Questions for the reviewer"), _questions(report, shown_rules, language))
    page.folded(language.gettext("Accepted by waivers"), _accepted(report, found, language))
    return Document("check.md", "text/markdown", "\n".join([*page.lines, foot]).encode() + b"\n")


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

    def rows(self, rows: Iterable[str]) -> int:
        """As many rows as fit into two thirds of the room, the rest being for what they ask; returns how many."""
        kept = _first(([row] for row in rows), self.room - self.room // 3)
        self.must([*chain(*kept)])
        self.lines.append("")
        return len(kept)

    def folded(self, title: str, blocks: list[list[str]]) -> None:
        """What a reader unfolds: as many blocks as fit, and how many more there are."""
        frame = [f"<details><summary>{escaped(title)}</summary>", "", "</details>", ""]
        kept = _first(blocks, self.room - _size([*frame, *self._and_more(len(blocks))]))
        if kept:
            self.must([*frame[:2], *chain(*kept), *self._and_more(len(blocks) - len(kept)), "", *frame[2:]])

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


def _lead(report: Report, language: Language) -> list[str]:
    """What is most worth knowing, and of how much nothing is known."""
    totals, lines = report.totals, [escaped(report.summary.lead), ""]
    if totals.not_assessed:
        said = language.ngettext(
            "%(number)s of %(all)s span types is not assessed: nobody decided anything about it.",
            "%(number)s of %(all)s span types are not assessed: nobody decided anything about them.",
            totals.not_assessed,
            all=totals.span_types,
        )
        lines += [f"**{escaped(said)}**", ""]
    return lines


def _decide(page: _Page, report: Report, room: int, language: Language) -> None:
    """What people have to decide, in its order; a few lines that somebody reads before all findings."""
    open_ = [(agent, issue) for agent, issue in ranked(report) if issue.status == "open"]
    if not open_:
        return
    heads = (
        language.gettext("At worst"),
        language.gettext("Question"),
        language.gettext("Agent"),
        language.gettext("Span types"),
        language.gettext("Owner"),
        language.gettext("Due"),
    )
    page.must([f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"])
    kept = _first(([_question(agent, issue, language)] for agent, issue in open_), room)
    page.must([*chain(*kept), ""])
    if left := len(open_) - len(kept):
        page.must([language.gettext("and %(number)s more", number=left), ""])


def _question(agent: Agent, issue: Issue, language: Language) -> str:
    words = spoken(language)
    severity = words[issue.severity]
    cells = (
        severity if issue.certainty == "declared" else f"{severity}, {words[issue.certainty]}",
        escaped(issue.question),
        code(agent.name),
        ", ".join(map(code, some(issue.span_types, language))),
        escaped(issue.owner or ""),
        issue.due or "",
    )
    return f"| {' | '.join(cells)} |"


def _table_head(language: Language) -> list[str]:
    heads = (
        language.gettext("Severity"),
        language.gettext("Rule"),
        language.gettext("Agent"),
        language.gettext("Span types"),
        language.gettext("What triggers a review"),
        language.gettext("Status"),
    )
    return [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]


def _row(item: Placed, language: Language) -> str:
    finding = item.finding
    severity = spoken(language)[finding.severity]
    cells = (
        f"**{severity}**" if item.failing else severity,
        code(finding.rule),
        code(item.agent.name),
        ", ".join(map(code, some(finding.span_types, language))),
        f"{escaped(finding.title)}: {escaped(finding.why)}",
        "; ".join(_status(item, language)),
    )
    return f"| {' | '.join(cells)} |"


def _status(item: Placed, language: Language) -> Iterator[str]:
    finding = item.finding
    if item.failing:
        yield language.gettext("at or above the threshold")
    if item.new:
        yield language.gettext("new")
    if finding.status == "accepted":
        yield language.gettext("accepted by waiver %(waiver)s", waiver=code(finding.waiver or ""))
    if finding.certainty != "declared":
        yield spoken(language)[finding.certainty]
    if finding.note:
        yield escaped(finding.note)


def _more(left: list[Placed], language: Language) -> str:
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


def _accepted(report: Report, found: list[Placed], language: Language) -> list[list[str]]:
    """The waivers that accept something."""
    used = {item.finding.waiver for item in found if item.finding.status == "accepted"}
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


def _foot(report: Report, language: Language) -> str:
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
    return f"<sub>{escaped(caveat)} {escaped(facts)}</sub>"


# What Markdown, and what GitHub and GitLab make of Markdown, take for something.
_MARKUP: Final = frozenset("&<>\\`*_{}[]|~$^")
# Mentions, references, addresses and emoji; an invisible space behind the sign keeps them from being any.
_SIGNAL: Final = re.compile(r"[@#:!%~&$](?=[\w/+\-])|www(?=\.)|GH(?=-)", re.IGNORECASE)
# At the beginning of a line: lists, headings.
_LEADING: Final = re.compile(r"[-+=#]|\d+[.)]")
#: What data never hold: it is spelled out in them.
_MARK: Final = "\u200b"


def escaped(text: str, limit: int = _LONG) -> str:
    """Text that stays text in Markdown, in a table or outside, wherever in a line it stands."""
    marked = _SIGNAL.sub(lambda found: f"{found[0]}{_MARK}", shown(text, limit).strip())
    first = _LEADING.match(marked)
    place = first.end() - 1 if first else -1
    return "".join(_char(char, markup=at == place) for at, char in enumerate(marked))


def _char(char: str, *, markup: bool) -> str:
    if char == _MARK:
        return "&#8203;"
    return f"&#{ord(char)};" if markup or char in _MARKUP else char


def code(text: str) -> str:
    """A name as code, where nothing is ever a link; where code cannot hold it, as text."""
    seen = shown(text, _NAME)
    if not seen.strip() or "|" in seen or "\\" in seen or "`" in seen:
        return escaped(seen)
    return f"`{seen}`"
