"""The rows of an agent's matrix: which of them something stands in, where they stand, and how data flow in them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from reporter.declared.model import Evidence
from reporter.declared.vocabulary import CATEGORIES, GROUPS, Group, Term
from reporter.plain.language import Language
from reporter.render.sheets import letters
from reporter.view.findings import Certainty, Finding, Flow, FlowEntry, Reach
from reporter.view.report import SpanType


@dataclass(frozen=True, slots=True)
class Line:
    """A span type as a row of the matrix; ``letters`` are its 42 answers without gaps."""

    number: int
    entry: SpanType
    letters: str


@dataclass(frozen=True, slots=True)
class Run:
    """Rows that follow each other."""

    first: Line
    last: Line

    @property
    def words(self) -> str:
        """As a reader cites them."""
        if self.first is self.last:
            return str(self.first.number)
        return f"{self.first.number}\u2013{self.last.number}"


def number_of(some: Sequence[Run]) -> int:
    """One where it is a single row, and otherwise more."""
    return 1 if len(some) == 1 and some[0].first is some[0].last else 2


def runs(lines: Iterable[Line]) -> list[Run]:
    """Rows as runs, in order; a row that occurs twice counts once."""
    found: list[Run] = []
    for line in sorted({each.number: each for each in lines}.values(), key=lambda each: each.number):
        if found and found[-1].last.number + 1 == line.number:
            found[-1] = Run(found[-1].first, line)
        else:
            found.append(Run(line, line))
    return found


def spaced(found: Sequence[Run]) -> str:
    """Rows as text; two that follow each other are named one by one."""
    return " ".join(
        f"{run.first.number} {run.last.number}" if run.last.number == run.first.number + 1 else run.words
        for run in found
    )


class Places:
    """Finds the rows that evidence stands in."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = {
            (line.entry.schema_version_id, line.entry.record_sha256, line.entry.pointer): line for line in lines
        }
        self._anchors = {line.entry.anchor: line for line in self._lines.values()}

    def sides(self, evidence: Iterable[Evidence]) -> tuple[list[Run], list[Run]]:
        """The rows on the side of inputs (or of actions), and on that of outputs."""
        sides: tuple[list[Line], list[Line]] = ([], [])
        for item in evidence:
            entry, _, part, _ = item.pointer.rsplit("/", 3)
            line = self._lines[item.schema_version_id, item.record_sha256, entry]
            sides[part == "result_data_categories"].append(line)
        return runs(sides[0]), runs(sides[1])

    def of_finding(self, finding: Finding, certainty: Certainty) -> list[Line]:
        """The rows of which it is declared, or possible; one about a whole schema version is about none."""
        anchors = dict.fromkeys(each.anchor for each in finding.instances if each.certainty == certainty)
        return [self._anchors[anchor] for anchor in anchors if anchor in self._anchors]

    def of_waiver(self, finding: Finding, waiver: str) -> list[Line]:
        """The rows of which a waiver accepts it."""
        anchors = dict.fromkeys(each.anchor for each in finding.instances if each.waiver == waiver)
        return [self._anchors[anchor] for anchor in anchors if anchor in self._anchors]

    def entries(self, entries: Iterable[FlowEntry]) -> list[Run]:
        """The rows of these span types."""
        return runs(self._anchors[each.anchor] for each in entries)


# --- where rows stand in the evidence


@dataclass(frozen=True, slots=True)
class Pointed:
    """Rows with the last steps of the pointers to them, such as ``1-20`` and ``0-19``; ``title`` is told besides."""

    rows: str
    steps: str
    title: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """A list or map in a record that rows stand in."""

    record: str
    place: str


def pointed(lines: Iterable[Line], besides: Callable[[Line], str | None]) -> Iterator[tuple[Place, list[Pointed]]]:
    """Where rows stand in the evidence; entries of a list that follow each other as the rows do are told at once."""

    def place(line: Line) -> tuple[str, str]:
        return line.entry.record_sha256, line.entry.pointer.rpartition("/")[0]

    def alike(line: Line) -> tuple[str | None, str, int]:
        step = line.entry.pointer.rpartition("/")[2]
        # A name of digits such as "٣" is no place in a list.
        numbered = step.isascii() and step.isdigit()
        return besides(line), "" if numbered else line.entry.pointer, int(step) - line.number if numbered else 0

    for (record, at), some in groupby(lines, key=place):
        found = []
        for (told, _, _), neighbours in groupby(some, key=alike):
            first, *further = neighbours
            ends = (first, further[-1]) if further else (first,)
            steps = "\u2013".join(line.entry.pointer.rpartition("/")[2] for line in ends)
            found.append(Pointed(Run(ends[0], ends[-1]).words, steps, told))
        yield Place(record, at), found


# --- how data are declared to flow through them

_NAMED: Final = 2  # categories of one group that are named; more are counted
_COLUMNS: Final = tuple(
    (group, terms) for group in GROUPS if (terms := tuple(term for term in CATEGORIES if term.group == group.id))
)


@dataclass(frozen=True, slots=True)
class Way:
    """A way for data to flow: ``kinds`` of data, which are these ``categories``, in the rows of these runs."""

    name: str
    label: str
    kinds: str
    categories: frozenset[str]
    runs: list[Run]


def ways(flows: Sequence[Flow], places: Places, language: Language) -> Iterator[Way]:
    """In the order of the view."""
    for flow in flows:
        names = frozenset(name for entry in flow.entries for name in entry.categories)
        yield Way(flow.name, flow.label, kinds(names, language), names, places.entries(flow.entries))


def kind_words(kind: str, language: Language) -> str:
    """What an entry is that is no span type."""
    words = {"quality": language.pgettext("kind", "quality"), "alert": language.pgettext("kind", "alert")}
    return words.get(kind, kind)


def kinds(names: Container[str], language: Language) -> str:
    """Kinds of data in a few words: of many of one group how many, and by which law where it has one."""
    told: list[str] = []
    for group, terms in _COLUMNS:
        found = [term for term in terms if term.name in names]
        if len(found) > _NAMED:
            told.append(f"{_called(group, language)} ({language.number(len(found))})")
        else:
            told.extend(letters.head(term, language) for term in found)
    return ", ".join(told)


def way_heads(language: Language) -> list[str]:
    """The heads of a table of ways: a column for each group of kinds of data."""
    return [
        letters.head(terms[0], language) if len(terms) == 1 else _called(group, language) for group, terms in _COLUMNS
    ]


def in_columns(way: Way, language: Language) -> list[str]:
    """What stands below these heads: how many kinds of data there are, or the names of a few among more."""

    def counted(terms: Sequence[Term]) -> str:
        found = [term for term in terms if term.name in way.categories]
        if len(found) > _NAMED or len(found) == len(terms):
            return language.number(len(found))
        return ", ".join(letters.head(term, language) for term in found)

    return [counted(terms) for _, terms in _COLUMNS]


def upper_bound(reach: Reach, language: Language) -> str:
    """What may reach the outside world; where that is all that is included, the matrix says what that is."""
    if reach.state != "included":
        return reach.words
    return language.gettext(
        "Upper bound: all that some span type includes may in the worst case reach the outside world. "
        "%(ways)s; %(silent)s.",
        ways=language.ngettext(
            "%(number)s span type may communicate with the outside world",
            "%(number)s span types may communicate with the outside world",
            len(reach.exits),
        ),
        silent=language.ngettext(
            "%(number)s does not say whether it may",
            "%(number)s do not say whether they may",
            len(reach.undecided_exits),
        ),
    )


def _called(group: Group, language: Language) -> str:
    text = group.law if group.id == "art9" else group.label
    return language.gettext(text)
