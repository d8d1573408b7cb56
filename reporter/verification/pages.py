"""Which claims of a page differ from the page that the evidence gives.

Only the page that was made again is taken apart; of the one that was kept no more than its lines are looked at.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from html import unescape
from itertools import zip_longest
from typing import Final, NamedTuple

from reporter.declared.vocabulary import ACTIONS, CATEGORIES, CLASSIFICATION
from reporter.plain.text import shown
from reporter.render.sheets.claimed import COLUMNS, STRIP
from reporter.verification.words import called, first, said, words
from reporter.view.report import Agent, Report

#: The columns of a matrix, as the ends of the claims of its row.
_FIELDS: Final = (
    *(f"action_profile/{term.name}" for term in ACTIONS),
    *(
        f"{part}/{name}"
        for part in ("params_data_categories", "result_data_categories")
        for name in (*(term.name for term in CATEGORIES), CLASSIFICATION)
    ),
)
_TAG: Final = re.compile(
    r"<(/?)(section|header|footer|script|style|table|tbody|tfoot|tr|th|td|ul|li|span|article)\b([^>]*)>"
)
_FINDING: Final = re.compile(r"<td>([0-9a-f]{4,64})$")
_ATTRIBUTE: Final = re.compile(r"""(?:^|\s)(id|class|data-claim)=(?:"([^"]*)"|([^\s>]+))""")
_LINK: Final = re.compile(r'<a href="?#([ai]-[0-9a-f]+)')
_NEXT: Final = re.compile(r"(?<=.)<(td|th|tr|li)\b")
_AROUND: Final = 60  # characters of a page that are told
_BEFORE: Final = 20  # of them before the first that differs
_WINDOW: Final = 400  # that are looked at for it


def in_html(kept: bytes, again: bytes, report: Report) -> Iterator[str]:
    """Each claim of the page that says something else, in the order of the page.

    Args:
        kept: The page that lies there.
        again: The page that the evidence gives.
        report: What that was made from.

    Raises:
        ValueError: The page that lies there is no UTF-8.
    """
    theirs, ours = kept.decode().split("\n"), again.decode().split("\n")
    marks = _Marks(again.decode(), report)
    if len(theirs) != len(ours):
        yield from _shifted(theirs, ours, marks)
        return
    start = byte = 0
    for their, our in zip(theirs, ours, strict=True):
        if their != our:
            yield from _in_line(_Line(their, our, byte), start, marks)
        start += len(our) + 1
        byte += len(their.encode()) + 1


class _Line(NamedTuple):
    """A line of both pages, and the byte that it begins at in the one that was kept."""

    theirs: str
    ours: str
    byte: int

    def told(self, claim: str, at: int) -> str:
        """What stands at a place where the two differ; what is not shown, by its place and its characters."""
        their, our = _around(self.theirs, at), _around(self.ours, at)
        if their != our:
            return said(claim, their, our)
        added, gone = self._unlike(at)
        byte = self.byte + len(self.theirs[:at].encode()) + 1
        where = f"{called(claim)} has at byte {byte:,} what is not shown, and"
        if not gone:
            return f"{where} was added: {_quoted(added)}"
        if not added:
            return f"{called(claim)} lacks at byte {byte:,} what is not shown, and was taken away: {_quoted(gone)}"
        return f"{where} is {_quoted(added)}; the evidence gives {_quoted(gone)}"

    def _unlike(self, at: int) -> tuple[str, str]:
        """The characters of each that the other has not, from a place on."""
        theirs, ours = self.theirs[at:], self.ours[at:]
        if len(theirs) == len(ours):
            pairs = enumerate(zip(theirs, ours, strict=True))
            end = next((n for n, (their, our) in pairs if their == our), len(theirs))
            return theirs[:end], ours[:end]
        least = min(len(theirs), len(ours))
        behind = first(theirs[len(theirs) - least :][::-1], ours[len(ours) - least :][::-1])
        return theirs[: len(theirs) - behind], ours[: len(ours) - behind]


def _in_line(line: _Line, start: int, marks: _Marks) -> Iterator[str]:
    """The claims of a line that differ; each once."""
    if len(line.theirs) != len(line.ours):
        at = first(line.theirs, line.ours)
        yield line.told(marks.at(start + at), at)
        return
    told = None
    for at, (their, our) in enumerate(zip(line.theirs, line.ours, strict=True)):
        if their != our and (claim := marks.at(start + at)) != told:
            told = claim
            yield line.told(claim, at)


def _shifted(theirs: list[str], ours: list[str], marks: _Marks) -> Iterator[str]:
    """The claims of the lines between those that both pages begin and end with."""
    shortest = min(len(theirs), len(ours))
    before = next((n for n in range(shortest) if theirs[n] != ours[n]), shortest)
    after = next((n for n in range(shortest - before) if theirs[-1 - n] != ours[-1 - n]), shortest - before)
    start = sum(len(line) + 1 for line in ours[:before])
    byte = sum(len(line.encode()) + 1 for line in theirs[:before])
    told = None
    for their, our in zip_longest(theirs[before : len(theirs) - after], ours[before : len(ours) - after]):
        at = first(their or "", our or "")
        claim = marks.at(start + (at if our is not None else 0))
        if their != our and claim != told:
            told = claim
            yield _Line(their or "", our or "", byte).told(claim, at)
        start += len(our) + 1 if our is not None else 0
        byte += len(their.encode()) + 1 if their is not None else 0


def _around(line: str, at: int) -> str:
    """What a reader sees of a line at some place, from the last tag before it on."""
    begin = max(line.rfind(">", max(0, at - _BEFORE), at) + 1, at - _BEFORE, 0)
    end = _NEXT.search(line, at, at + _WINDOW)
    seen = unescape(re.sub(r"<[^<>]*(>|$)", " ", line[begin : end.start() if end else at + _WINDOW]))
    return words(" ".join(seen.split())[:_AROUND])


def _quoted(text: str) -> str:
    return f"\u201c{shown(text, _AROUND)}\u201d"


class _Marks:
    """Which claim stands where on a page of ours."""

    def __init__(self, page: str, report: Report) -> None:
        self._known = _known(report)
        self._findings = {each.claim: [one.claim for one in each.findings] for each in _agents(report)}
        self._page = page
        self._starts: list[int] = []
        self._claims: list[str] = []
        self._agent = self._table = self._row = self._issue = ""
        self._part = "its head"
        self._place = self._flag = 0
        for found in _TAG.finditer(page):
            self._tag(found)

    def at(self, offset: int) -> str:
        """The claim at a place, or the part of the page where no claim stands."""
        place = bisect_right(self._starts, offset) - 1
        return self._claims[place] if place >= 0 else "its head"

    def _mark(self, offset: int, claim: str) -> None:
        self._starts.append(offset)
        self._claims.append(claim)

    def _tag(self, found: re.Match[str]) -> None:
        closing, name, given = found.groups()
        told = {key: unescape(quoted or bare) for key, quoted, bare in _ATTRIBUTE.findall(given)}
        at = found.start()
        if closing:
            self._closed(name, found.end())
        elif name in ("section", "header", "footer", "article", "script", "style"):
            part = f"its part #{told['id']}" if "id" in told else f"its {name}"
            if name in ("script", "style"):  # of which nothing that follows is a part
                self._mark(at, part)
                return
            self._part = part
            if "agent" in told.get("class", "").split():
                self._agent = told.get("data-claim", "")
            self._mark(at, self._agent or self._part)
        elif name == "table":
            self._table = told.get("class", "")
        elif name == "ul":
            self._table, self._flag = told.get("class", ""), 0
        elif name == "tbody" and told.get("id", "") in self._known:
            self._issue = self._known[told["id"]]
        elif name == "tr":
            self._in_row(told, at)
        elif name in ("th", "td"):
            self._place += 1
            self._mark(at, self._cell())
        elif name == "li":
            self._flag += 1
            of_flag = f"{self._agent}/{STRIP[self._flag]}" if self._table == "flags" and self._flag < len(STRIP) else ""
            self._mark(at, told.get("data-claim") or of_flag or self._linked(at, "<li") or self._agent or self._part)
        elif "data-claim" in told:
            self._mark(at, told["data-claim"])

    def _closed(self, name: str, after: int) -> None:
        if name == "section":
            self._agent, self._part = "", "the page"
        if name in ("table", "ul"):
            self._table = self._row = ""
        if name in ("section", "table", "ul", "span", "li", "script", "style"):
            self._mark(after, self._agent or self._part)

    def _in_row(self, told: Mapping[str, str], at: int) -> None:
        self._place = -1
        if self._table == "matrix":
            self._row = self._known.get(told.get("id", ""), self._agent)
        elif self._table == "found":
            self._row = self._finding(at) or self._issue
        else:
            self._row = self._linked(at, "<tr") or self._agent
        self._mark(at, self._row or self._part)

    def _finding(self, at: int) -> str:
        """The finding of a row, by the first digits of its id, which end its line."""
        digits = _FINDING.search(self._page, at, max(at, self._page.find("\n", at)))
        named = f"{self._agent}/findings/{digits[1]}" if digits else None
        return next((each for each in self._findings.get(self._agent, ()) if named and each.startswith(named)), "")

    def _linked(self, at: int, end: str) -> str:
        """What a row or an item links to: the question rather than its agent."""
        stop = self._page.find(end, at + 1, at + 20_000)
        links = _LINK.findall(self._page, at, stop if stop > 0 else at + 20_000)
        return next((self._known[each] for each in sorted(links, reverse=True) if each in self._known), "")

    def _cell(self) -> str:
        row, place = self._row, self._place - 1
        ends = {"matrix": _FIELDS, "heat": COLUMNS, "strip": STRIP}.get(self._table)
        if not row:
            return self._part
        return f"{row}/{ends[place]}" if ends and 0 <= place < len(ends) else row


def _agents(report: Report) -> Iterator[Agent]:
    return (agent.again() for agent in report.agents)


def _known(report: Report) -> dict[str, str]:
    """The claims of what a page has an anchor for."""
    found = {}
    for agent in _agents(report):
        found[agent.anchor] = agent.claim
        found |= {entry.anchor: entry.claim for entry in agent.span_types}
        found |= {f"i-{issue.id}": issue.claim for issue in agent.issues}
    return found
