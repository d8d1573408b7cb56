"""``check.md``: the verdict and its findings as Markdown, for a comment on a pull request or a job's summary.

Its first line is a mark that stays the same for an account, so that a later run finds its comment and replaces it. All
text from data is neutralised: nobody is mentioned, nothing is linked, no table is broken. What there is no room for is
counted and named.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from typing import Final

from reporter.gate.policy import Verdict
from reporter.plain.language import Language, of
from reporter.plain.text import shown
from reporter.render.check.verdicts import Placed, counted, heading, placed
from reporter.render.document import Document
from reporter.render.tables.table import provision_words, spoken
from reporter.view.findings import Rule
from reporter.view.gaps import kinds
from reporter.view.report import Report

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
    """The verdict, why, and the findings, worst first.

    Args:
        report: The view.
        verdict: What the gate makes of it.
        limit: How many bytes it may take.
    """
    writer = _Writer(report, verdict)
    page = _Page(limit - _RESERVE)
    page.must(writer.head())
    page.must(writer.foot(), last=True)
    page.some(writer.reasons(), limit // 6, writer.and_more)
    page.some(writer.gaps(), limit // 6, writer.and_more)
    page.must(writer.lead())
    found = placed(report, verdict)
    told = page.rows(writer.table_head(), map(writer.row, found)) if found else 0
    if told < len(found):
        page.must([writer.more(found[told:]), ""])
    rules = dict.fromkeys(item.finding.rule for item in found[:told])
    page.folded(writer.questions_title(), writer.rules(list(rules)), writer.and_more)
    page.folded(writer.accepted_title(), writer.accepted(found), writer.and_more)
    return Document("check.md", "text/markdown", page.bytes())


class _Page:
    """Lines, as long as there is room."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._lines: list[str] = []
        self._last: list[str] = []

    def must(self, lines: list[str], *, last: bool = False) -> None:
        """What is never left out."""
        self._room -= _size(lines)
        (self._last if last else self._lines).extend(lines)

    def some(self, lines: list[str], room: int, more: Callable[[int], str]) -> None:
        """As many of these as fit into a room of their own, and how many more there are."""
        kept = 0
        for line in lines:
            room -= _size([line])
            if room < 0:
                break
            kept += 1
        left = len(lines) - kept
        self.must([*lines[:kept], *([more(left)] if left else []), *([""] if lines else [])])

    def rows(self, head: list[str], rows: Iterator[str]) -> int:
        """As many rows as fit into two thirds of the room, the rest being for what they ask; returns how many."""
        self.must(head)
        kept = self._room // 3
        number = 0
        for row in rows:
            if _size([row]) > self._room - kept:
                break
            self.must([row])
            number += 1
        self._lines.append("")
        return number

    def folded(self, title: str, blocks: list[list[str]], more: Callable[[int], str]) -> None:
        """What a reader unfolds: as many blocks as fit, and how many more there are."""
        frame = [f"<details><summary>{escaped(title)}</summary>", "", "</details>", ""]
        kept: list[str] = []
        number = 0
        for block in blocks:
            if _size([*frame, *kept, *block, more(len(blocks))]) > self._room:
                break
            kept += block
            number += 1
        if number:
            left = [more(len(blocks) - number)] if number < len(blocks) else []
            self.must([*frame[:2], *kept, *left, "", *frame[2:]])

    def bytes(self) -> bytes:
        """All of it."""
        return "\n".join([*self._lines, *self._last]).encode() + b"\n"


def _size(lines: list[str]) -> int:
    return sum(len(line.encode()) + 1 for line in lines)


def mark(report: Report) -> str:
    """The first line, by which a later run finds what this one wrote."""
    account = hashlib.sha256(report.account.id.encode("utf-8", "backslashreplace")).hexdigest()
    return f"<!-- datarisk:check:{account[:12]} -->"


class _Writer:
    """Makes lines."""

    def __init__(self, report: Report, verdict: Verdict) -> None:
        self._report = report
        self._verdict = verdict
        self._language: Language = of(report.language)
        self._words = spoken(self._language)

    def head(self) -> list[str]:
        """The mark and the verdict."""
        return [mark(self._report), f"## datarisk: {heading(self._verdict, self._language)}", ""]

    def reasons(self) -> list[str]:
        """Why."""
        return [f"- {escaped(reason)}" for reason in self._verdict.reasons]

    def gaps(self) -> list[str]:
        """What could not be read."""
        lines = []
        for kind in kinds(self._report.gaps):
            gap, often = kind.first, f"{kind.times:,} \u00d7 " if kind.times > 1 else ""
            place = f" ({escaped(gap.location)})" if gap.location else ""
            whose = f", {escaped(gap.agent_name)}" if gap.agent_name and not often else ""
            lines.append(f"- {often}{escaped(gap.what)}{whose}: {escaped(gap.why)}{place}")
        head = escaped(self._language.gettext("What could not be read:"))
        return [f"**{head}**", "", *lines] if lines else []

    def and_more(self, number: int) -> str:
        """The end of a list that was cut."""
        said = self._language.gettext("and %(number)s more", number=number)
        return f"- {said}"

    def lead(self) -> list[str]:
        """What is most worth knowing, and of how much nothing is known."""
        totals, language = self._report.totals, self._language
        lines = [escaped(self._report.summary.lead), ""]
        if totals.not_assessed:
            said = language.ngettext(
                "%(number)s of %(all)s span types is not assessed: nobody decided anything about it.",
                "%(number)s of %(all)s span types are not assessed: nobody decided anything about them.",
                totals.not_assessed,
                all=totals.span_types,
            )
            lines += [f"**{escaped(said)}**", ""]
        return lines

    def table_head(self) -> list[str]:
        """The head of the table of findings."""
        language = self._language
        heads = (
            language.gettext("Severity"),
            language.gettext("Rule"),
            language.gettext("Agent"),
            language.gettext("Span type"),
            language.gettext("What triggers a review"),
            language.gettext("Status"),
        )
        return [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]

    def row(self, item: Placed) -> str:
        """A finding."""
        finding = item.finding
        severity = self._words[finding.severity]
        cells = (
            f"**{severity}**" if item.failing else severity,
            code(finding.rule),
            code(item.agent.name),
            code(finding.span_type) if finding.span_type is not None else "",
            f"{escaped(finding.title)}: {escaped(finding.why)}",
            "; ".join(self._status(item)),
        )
        return f"| {' | '.join(cells)} |"

    def _status(self, item: Placed) -> Iterator[str]:
        finding = item.finding
        if item.failing:
            yield self._language.gettext("at or above the threshold")
        if item.new:
            yield self._language.gettext("new")
        if finding.status == "accepted":
            yield self._language.gettext("accepted by waiver %(waiver)s", waiver=code(finding.waiver or ""))
        if finding.certainty != "declared":
            yield self._words[finding.certainty]
        if finding.note:
            yield escaped(finding.note)

    def more(self, left: list[Placed]) -> str:
        """What there is no room for."""
        language = self._language
        parts = [f"{self._words[severity]}: {language.number(number)}" for severity, number in counted(left)]
        said = language.ngettext(
            "and %(number)s more finding (%(severities)s), in report.json and report.html",
            "and %(number)s more findings (%(severities)s), in report.json and report.html",
            len(left),
            severities=", ".join(parts),
        )
        return f"**{said}**"

    def questions_title(self) -> str:
        """Above what rules ask."""
        return self._language.gettext("Questions for the reviewer")

    def rules(self, ids: list[str]) -> list[list[str]]:
        """What the rules of the findings above ask."""
        known = {rule.id: rule for rule in self._report.catalogue.rules}
        return [self._rule(known[id_]) for id_ in ids if id_ in known]

    def _rule(self, rule: Rule) -> list[str]:
        lines = [f"- {code(rule.id)} {escaped(rule.question or rule.title)}"]
        if rule.missing:
            said = self._language.gettext("Not determined here: %(facts)s", facts="; ".join(rule.missing))
            lines.append(f"  - {escaped(said, _WHOLE)}")
        provisions = "; ".join(provision_words(item) for item in rule.provisions)
        if provisions:
            said = self._language.gettext("Provisions: %(provisions)s", provisions=provisions)
            lines.append(f"  - {escaped(said, _WHOLE)}")
        return lines

    def accepted_title(self) -> str:
        """Above the waivers."""
        return self._language.gettext("Accepted by waivers")

    def accepted(self, found: list[Placed]) -> list[list[str]]:
        """The waivers that accept something."""
        used = {item.finding.waiver for item in found if item.finding.status == "accepted"}
        lines = []
        for waiver in self._report.waivers:
            if waiver.id in used:
                said = self._language.gettext(
                    "%(reason)s Approved by %(who)s, until %(expires)s.",
                    reason=waiver.reason,
                    who=waiver.approved_by,
                    expires=waiver.expires,
                )
                lines.append([f"- {code(waiver.id)} {escaped(said)}"])
        return lines

    def foot(self) -> list[str]:
        """What it rests on, and what it is not."""
        report, language = self._report, self._language
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
