"""The rows of an agent's matrix, and which of them a piece of evidence or an anchor stands for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from reporter.declared.evidence import Evidence
from reporter.view.findings import Finding, FlowEntry
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
    def length(self) -> int:
        """How many rows they are."""
        return self.last.number - self.first.number + 1

    @property
    def words(self) -> str:
        """As a reader cites them."""
        if self.first is self.last:
            return str(self.first.number)
        return f"{self.first.number}\u2013{self.last.number}"


_PAIR: Final = 2  # rows, which are named one by one in a cell


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
    """Rows as text."""
    return " ".join(run.words.replace("\u2013", " ") if run.length == _PAIR else run.words for run in found)


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

    def of_finding(self, finding: Finding) -> list[Line]:
        """The rows that a finding's evidence stands in or below; one about a whole schema version is about none."""
        return [self._anchors[anchor] for anchor in finding.rows if anchor in self._anchors]

    def entries(self, entries: Iterable[FlowEntry]) -> list[Run]:
        """The rows of these span types."""
        return runs(self._anchors[each.anchor] for each in entries)
