"""What only paper needs: rows in lots that fit on a page, with a picture under each, and evidence as lines of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from textwrap import wrap
from typing import Final, Generic, TypeVar

from markupsafe import Markup

from reporter.language import Language, of
from reporter.render import letters
from reporter.render.book import Total
from reporter.render.pictures import GLANCE, MATRIX, STRIP, Ruling, Under, dealt, tiles, under
from reporter.render.sheet import Answer, Block, Line, Run, Sheet
from reporter.report import Report
from reporter.text import LIMIT, shown

_STRIP_LOTS: Final = (14, 36)
_GLANCE_LOTS: Final = (18, 22)
_MATRIX_LOTS: Final = (24, 44)
_NAME: Final = 24  # characters of the mono face beside the number of a row
_INPUTS, _OUTPUTS = 12, 49  # where those columns begin, in characters of the line over them
_COLUMNS: Final = 124  # of that face on a line of evidence


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Lot(Generic[T]):
    """Rows that stay on one page, and the name of the picture under them."""

    rows: list[T]
    picture: str


@dataclass(frozen=True, slots=True)
class Spread:
    """Rows of a matrix that stay on one page: all names, all answers, and the name of the picture under them."""

    names: Markup
    letters: Markup
    picture: str


@dataclass(frozen=True, slots=True)
class Tiles:
    """The signs of an agent's flags, and the name of the picture under them."""

    letters: str
    picture: str


@dataclass(slots=True)
class Pictures:
    """The pictures of one document, by the names that it asks for them with."""

    made: dict[str, str] = field(default_factory=dict)

    def add(self, rows: Sequence[Under], ruling: Ruling) -> str:
        """Draws what lies under these rows; returns the name of the picture."""
        name = f"under/{len(self.made)}"
        self.made[name] = under(rows, ruling)
        return name


def matrix(sheet: Sheet, pictures: Pictures) -> list[tuple[Block, list[Spread]]]:
    """The rows of an agent, version by version."""
    digits = len(str(len(sheet.lines)))
    first, further = _MATRIX_LOTS
    found = []
    for number, block in enumerate(sheet.blocks):
        lots = dealt(len(block.lines), further if number else first, further)
        found.append((block, [_spread(block.lines[lot], digits, sheet.language, pictures) for lot in lots]))
    return found


def _spread(lines: Sequence[Line], digits: int, language: Language, pictures: Pictures) -> Spread:
    spaced = [letters.spaced_entry(line.letters) if line.entry.assessed else "" for line in lines]
    picture = pictures.add([Under(text, band=not text) for text in spaced], MATRIX)
    return Spread(Markup("\n").join(_name(line, digits) for line in lines), _answers(lines, spaced, language), picture)


def _name(line: Line, digits: int) -> str:
    kind = "" if line.entry.kind == "span" else f"{line.entry.kind} "
    name = shown(line.entry.name)
    room = _NAME - len(kind)
    return f"{line.number:>{digits}} {kind}{name if len(name) <= room else name[: room - 1] + chr(0x2026)}"


def _answers(lines: Sequence[Line], spaced: Sequence[str], language: Language) -> Markup:
    """The letters of each row on a line; words that stand in their place are a block, which ends a line by itself."""
    parts: list[str] = []
    for assessed, rows in groupby(zip(lines, spaced, strict=True), key=lambda row: bool(row[1])):
        if assessed:
            parts.append("\n".join(text for _, text in rows))
        else:
            parts.extend(_not_assessed(line, language) for line, _ in rows)
    return Markup("").join(parts)


def _not_assessed(line: Line, language: Language) -> Markup:
    words = language.gettext("NOT ASSESSED")
    return Markup("<b>{}</b>").format(f"{words} \u2002 {shown(line.entry.reason or '')}")


def sides(language: Language) -> str:
    """The heads over actions, inputs and outputs, as a line of the mono face; its size makes them stand in place."""
    into, out = language.gettext("Inputs (params)"), language.gettext("Outputs (result)")
    return f"{language.gettext('Actions'):<{_INPUTS}}{into:<{_OUTPUTS - _INPUTS}}{out}"


def flags(sheet: Sheet, pictures: Pictures) -> Tiles:
    """The signs of an agent's flags, in a row."""
    signs = "".join(letters.state(flag.state) for flag in sheet.agent.flags.values())
    silent = [place for place, sign in enumerate(signs) if sign in letters.AMBER]
    name = "flags/" + "".join(map(str, silent))
    pictures.made.setdefault(name, tiles(len(signs), silent))
    return Tiles(signs, name)


def strip(ranked: Sequence[Sheet], pictures: Pictures) -> list[Lot[tuple[Sheet, str]]]:
    """The agents with their flags and classifications as letters."""
    rows = [(sheet, _strip_letters(sheet)) for sheet in ranked]
    return [
        Lot(
            rows[lot],
            pictures.add([Under(text, not sheet.agent.assessed, _share(sheet)) for sheet, text in rows[lot]], STRIP),
        )
        for lot in dealt(len(rows), *_STRIP_LOTS)
    ]


def _strip_letters(sheet: Sheet) -> str:
    flags = "".join(letters.state(flag.state) for flag in sheet.agent.flags.values())
    return flags + sheet.letters[-2:]


def _share(sheet: Sheet) -> float:
    assessment = sheet.agent.assessment
    return assessment.known_cells / assessment.cells if assessment.cells else 0.0


def glance(ranked: Sequence[Sheet], pictures: Pictures) -> list[Lot[tuple[Sheet, str]]]:
    """The agents with all their worst cases as letters."""
    rows = [(sheet, letters.spaced_agent(sheet.letters)) for sheet in ranked]
    return [
        Lot(rows[lot], pictures.add([Under(text, not sheet.agent.assessed) for sheet, text in rows[lot]], GLANCE))
        for lot in dealt(len(rows), *_GLANCE_LOTS)
    ]


@dataclass(frozen=True, slots=True)
class Column:
    """The totals under a column; ``gap`` is the class of one that begins a group."""

    included: int
    undetermined: int
    gap: str


def totals(counted: Sequence[Total]) -> list[Column]:
    """The totals under "agents at a glance", with the gaps between its groups."""
    starts = letters.group_starts()
    return [
        Column(each.included, each.undetermined, "g" if place in starts else "") for place, each in enumerate(counted)
    ]


# Evidence as text -------------------------------------------------------------------------------------------------

_LABEL: Final = 36
_COUNT: Final = 12  # characters of a column of counts
_SIDE: Final = 6  # of one side's


def _head_of_categories(language: Language) -> str:
    heads = (
        language.pgettext("column of counts", "included"),
        language.pgettext("column of counts", "unknown"),
        language.pgettext("column of counts", "undeclared"),
        language.pgettext("column of counts", "excluded"),
    )
    rows = language.gettext("declared included in rows")
    into, out = language.pgettext("side", "in"), language.pgettext("side", "out")
    sides = f"{into:<{_SIDE}}{out:<{_SIDE}}" * len(heads)
    return f"{_columns(*heads)}{rows}\n{'':{_LABEL}}{sides}".rstrip()


def _head_of_actions(language: Language) -> str:
    heads = _columns(
        language.pgettext("column of counts", "allowed"),
        language.pgettext("column of counts", "unknown"),
        language.pgettext("column of counts", "undeclared"),
        language.pgettext("column of counts", "disallowed"),
    )
    return heads + language.gettext("declared allowed in rows")


def _columns(*heads: str) -> str:
    return " " * _LABEL + "".join(f"{head:<{_COUNT}}" for head in heads)


def where(sheet: Sheet) -> str:
    """For each action and category its counts, and the rows that make it allowed or included."""
    lines: list[str] = []
    head = ""
    for group in sheet.groups:
        of_categories = group.answers and group.answers[0].sides
        wanted = _head_of_categories(sheet.language) if of_categories else _head_of_actions(sheet.language)
        if wanted != head:
            lines.append(wanted)
            head = wanted
        for answer in group.answers:
            lines.extend(_answer_lines(answer, sheet.language))
    return "\n".join([*lines, *_level_lines(sheet)])


def _level_lines(sheet: Sheet) -> Iterator[str]:
    """The rows at the highest level of each side."""
    tallies = sheet.agent.classification
    heads = letters.classification_heads(sheet.language)[1:]
    for head, tally, runs in zip(heads, (tallies.params, tallies.result), sheet.levels, strict=True):
        yield f"{head:<{_LABEL}}{tally.words:<{4 * _COUNT}}{listed(runs)}".rstrip()


def _answer_lines(answer: Answer, language: Language) -> Iterator[str]:
    counts = "".join(f"{count:<{_COUNT}}" for count in _counts(answer))
    rows = _rows(answer, language)
    label = shown(answer.term, LIMIT, language.more)
    if len(label) > _LABEL - 1:
        yield label
        label = ""
    first, *further = wrap(rows, _COLUMNS - _LABEL - 48) or [""]
    yield f"{label:<{_LABEL}}{counts}{first}".rstrip()
    for more in further:
        yield " " * (_LABEL + 48) + more


def _counts(answer: Answer) -> Iterator[str]:
    if not answer.sides:
        yield from map(str, answer.counts)
        return
    into, out = answer.sides
    for one, other in (
        (into.included, out.included),
        (into.unknown, out.unknown),
        (into.undeclared, out.undeclared),
        (into.excluded, out.excluded),
    ):
        yield f"{one:<{_SIDE}}{other}"


def _rows(answer: Answer, language: Language) -> str:
    if not answer.sides:
        return listed(answer.runs[0])
    into, out = map(listed, answer.runs)
    sides = ((language.pgettext("side", "in"), into), (language.pgettext("side", "out"), out))
    return "; ".join(f"{side} {rows}" for side, rows in sides if rows)


def listed(runs: Sequence[Run]) -> str:
    """Rows as text."""
    return ", ".join(run.words for run in runs)


def evidence(sheet: Sheet, record_number: dict[str, int]) -> str:
    """All that the appendix says of an agent's rows."""
    return f"{where(sheet)}\n\n{pointers(sheet, record_number)}"


def pointers(sheet: Sheet, record_number: dict[str, int]) -> str:
    """Where each row stands in the evidence: for each list or map of a record, the last step to each row's entry."""
    lines: list[str] = []
    more = sheet.language.more
    for (record, place), steps in groupby(
        (_step(line, record_number[line.entry.record_sha256], more) for line in sheet.lines), key=lambda found: found[0]
    ):
        told = ", ".join(f"{number}: {step}" for _, number, step in steps)
        lines += wrap(
            f"R{record}  {shown(place, 500, more)}/  {told}",
            _COLUMNS,
            subsequent_indent=" " * 6,
            break_on_hyphens=False,
        )
    return "\n".join(lines)


def _step(line: Line, record: int, more: Callable[[int], str]) -> tuple[tuple[int, str], int, str]:
    """Names that the matrix has no room for stand here whole, where the step itself is not the name."""
    place, _, step = line.entry.pointer.rpartition("/")
    name = shown(line.entry.name, 300, more)
    cut = len(name) > _NAME - len(line.entry.kind) and line.entry.name != step
    told = shown(step, 300, more)
    return (record, place), line.number, f"{told} ({name})" if cut else told


def records(report: Report) -> str:
    """The records, each with its digest."""
    more = of(report.language).more
    return "\n".join(
        f"R{number:<5}{record.sha256}  {record.kind}\n      {shown(record.source, 500, more)}"
        + (f"\n      {shown(record.location, 500, more)}" if record.location != record.source else "")
        for number, record in enumerate(report.records, start=1)
    )
