"""Evidence on paper, as lines of text: what each answer rests on, where each row stands, and the records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from textwrap import wrap
from typing import Final

from reporter.plain.language import Language, of
from reporter.plain.text import LIMIT, shown
from reporter.render.sheets import found_lines, letters
from reporter.render.sheets.rows import Line, spaced
from reporter.render.sheets.sheet import Answer, Sheet
from reporter.view.report import Report

COLUMNS: Final = 134  # of the mono face on a line
_LABEL: Final = 36  # of them for what an answer is about, and for a count
_COUNT: Final = 12
NAME: Final = 24  # of them beside the number of a row of a matrix


def where(sheet: Sheet) -> str:
    """For each action and category its counts, and the rows that make it allowed or included."""
    language = sheet.language
    lines: list[str] = []
    head = ""
    for group in sheet.groups:
        of_categories = bool(group.answers and group.answers[0].sides)
        wanted = _head(language, of_categories=of_categories)
        if wanted != head:
            lines.append(wanted)
            head = wanted
        for answer in group.answers:
            lines.extend(_row(shown(answer.term, LIMIT, language.more), _counts(answer), _rows(answer, language)))
    return "\n".join([*lines, *_levels(sheet)])


def _head(language: Language, *, of_categories: bool) -> str:
    counts = [
        language.pgettext("column of counts", "included"),
        language.pgettext("column of counts", "unknown"),
        language.pgettext("column of counts", "undeclared"),
        language.pgettext("column of counts", "excluded"),
    ]
    rows = language.gettext("declared included in rows")
    if not of_categories:
        counts[0] = language.pgettext("column of counts", "allowed")
        counts[3] = language.pgettext("column of counts", "disallowed")
        rows = language.gettext("declared allowed in rows")
    return next(_row("", counts, rows))


def _row(label: str, counts: Iterable[str], rows: str) -> Iterator[str]:
    """A line of columns; a label that is too long stands above, and rows that are too many go on below."""
    if len(label) > _LABEL - 1:
        yield label
        label = ""
    told = "".join(f"{count:<{_COUNT}}" for count in counts)
    first, *further = wrap(rows, COLUMNS - _LABEL - 4 * _COUNT) or [""]
    yield f"{label:<{_LABEL}}{told}{first}".rstrip()
    for more in further:
        yield " " * (_LABEL + 4 * _COUNT) + more


def _counts(answer: Answer) -> list[str]:
    """Of a category those of inputs and of outputs, joined by a plus."""
    if not answer.sides:
        return [str(count) for count in answer.counts]
    into, out = answer.sides
    pairs = (
        (into.included, out.included),
        (into.unknown, out.unknown),
        (into.undeclared, out.undeclared),
        (into.excluded, out.excluded),
    )
    return [f"{one}+{other}" for one, other in pairs]


def _rows(answer: Answer, language: Language) -> str:
    if not answer.sides:
        return spaced(answer.runs[0])
    into, out = map(spaced, answer.runs)
    sides = ((language.pgettext("side", "in"), into), (language.pgettext("side", "out"), out))
    return "; ".join(f"{side} {rows}" for side, rows in sides if rows)


def _levels(sheet: Sheet) -> Iterator[str]:
    """The rows at the highest level of each side."""
    tallies = sheet.agent.classification
    heads = letters.classification_heads(sheet.language)[1:]
    for head, tally, runs in zip(heads, (tallies.params, tallies.result), sheet.levels, strict=True):
        yield from _row(head, [f"{tally.words:<{4 * _COUNT}}"], spaced(runs))


def evidence(sheet: Sheet, record_number: dict[str, int]) -> str:
    """All that the appendix says of an agent's rows."""
    found = found_lines.numbers(sheet, record_number)
    told = [where(sheet), pointers(sheet, record_number), *map(_wrapped, ["; ".join(found.rules), *found.beyond])]
    return _broken("\n".join(filter(None, told)))


@dataclass(frozen=True, slots=True)
class Place:
    """A list or map in a record that rows stand in."""

    record: str
    place: str


def by_place(sheet: Sheet) -> Iterator[tuple[Place, list[tuple[Line, str]]]]:
    """The rows with the last step to each, by the list or map they stand in."""

    def place(line: Line) -> Place:
        return Place(line.entry.record_sha256, line.entry.pointer.rpartition("/")[0])

    for at, lines in groupby(sheet.lines, key=place):
        yield at, [(line, line.entry.pointer.rpartition("/")[2]) for line in lines]


def pointers(sheet: Sheet, record_number: dict[str, int]) -> str:
    """Where each row stands in the evidence: for each list or map of a record, the last step to each row's entry."""
    lines: list[str] = []
    more = sheet.language.more
    for at, rows in by_place(sheet):
        told = ", ".join(_steps([line for line, _ in rows], more))
        lines.append(_wrapped(f"R{record_number[at.record]}  {shown(at.place, 500, more)}/  {told}"))
    return "\n".join(lines)


def _wrapped(line: str) -> str:
    return "\n".join(wrap(line, COLUMNS, subsequent_indent=" " * 6, break_on_hyphens=False))


def _steps(lines: Sequence[Line], more: Callable[[int], str]) -> Iterator[str]:
    """Rows with their steps; rows that follow each other in a list as they do here are told at once."""
    for _, alike in groupby(lines, key=_distance):
        rows = list(alike)
        first, last = rows[0], rows[-1]
        step = first.entry.pointer.rpartition("/")[2]
        if first is last:
            yield f"{first.number}: {shown(step, 300, more)}{_whole_name(first, step, more)}"
        else:
            yield f"{first.number}\u2013{last.number}: {step}\u2013{last.entry.pointer.rpartition('/')[2]}"


def _distance(line: Line) -> tuple[str, int]:
    """The same for neighbours in a list whose names need no room here."""
    step = line.entry.pointer.rpartition("/")[2]
    if step.isascii() and step.isdigit() and not _cut(line, step):
        return "", int(step) - line.number
    return line.entry.pointer, 0


def _cut(line: Line, step: str) -> bool:
    """Whether the matrix has no room for a name that is not the step itself."""
    return len(shown(line.entry.name)) > NAME - len(line.entry.kind) and line.entry.name != step


def _whole_name(line: Line, step: str, more: Callable[[int], str]) -> str:
    return f" ({shown(line.entry.name, 300, more)})" if _cut(line, step) else ""


def records(report: Report) -> str:
    """The records, each with its digest."""
    more = of(report.language).more
    told = "\n".join(
        f"R{number:<5}{record.sha256}  {record.kind}\n      {shown(record.source, 500, more)}"
        + (f"\n      {shown(record.location, 500, more)}" if record.location != record.source else "")
        for number, record in enumerate(report.records, start=1)
    )
    return _broken(told)


def columns(char: str) -> int:
    """What a character takes of a line of the mono face; where another face stands in for it, rather too much."""
    return 1 if char < "\u0180" or char in "\u2013\u2026" else 2


def _broken(text: str) -> str:
    """Lines that are too long for the paper go on below, wherever they have to be cut."""
    return "\n".join(part for line in text.split("\n") for part in _parts(line))


def _parts(line: str) -> Iterator[str]:
    if line.isascii() and len(line) <= COLUMNS:
        yield line
        return
    begin, room = 0, COLUMNS
    for place, char in enumerate(line):
        room -= columns(char)
        if room < 0:
            yield line[begin:place]
            begin, room = place, COLUMNS - columns(char)
    yield line[begin:]
