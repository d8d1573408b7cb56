"""What only paper needs: rows in lots that fit on a page, with a picture under each, and evidence as lines of text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from markupsafe import Markup

from reporter.declared.vocabulary import FLAGS
from reporter.plain.language import Language
from reporter.plain.text import shown
from reporter.render.sheets import flow_picture, found_lines, letters
from reporter.render.sheets.book import Book, Total
from reporter.render.sheets.evidence import NAME, columns
from reporter.render.sheets.fitting import fitted, wrapped
from reporter.render.sheets.pictures import FLAGS as RULING_OF_FLAGS
from reporter.render.sheets.pictures import GLANCE, MATRIX, SCREENED, STRIP, Ruling, Under, dealt, under
from reporter.render.sheets.rows import Line
from reporter.render.sheets.screening import Screened
from reporter.render.sheets.sheet import Block, Sheet
from reporter.view.report import Agent

_CONTENTS_LOTS: Final = (30, 46)
_STRIP_BELOW: Final = 14  # so many stand below the summary; more begin a page of their own
_STRIP_LOTS: Final = (34, 37)
_GLANCE_LOTS: Final = (18, 22)
_MATRIX_LOTS: Final = (24, 44)
_STRIP_NAME, _GLANCE_NAME, _CONTENTS_NAME = 12.4, 11.2, 44.0  # ems of the text face that names have room for
_SCREENING_LOTS: Final = (20, 40)
_SCREENING_NAME, _SCREENING_ROOM = 14.0, 48.0
_SIDES: Final = (29, 41, 79)  # where actions, inputs and outputs begin, in characters of the line over them


@dataclass(frozen=True, slots=True)
class Entry:
    """An agent's name as a table has room for it, and where it leads."""

    anchor: str
    name: str


@dataclass(frozen=True, slots=True)
class Lot:
    """Agents that stay on one page, column by column, a line for each; and the name of the picture under them."""

    entries: list[Entry]
    counts: Markup
    letters: Markup
    shares: Markup
    picture: str


@dataclass(frozen=True, slots=True)
class Spread:
    """Rows of a matrix that stay on one page: all names, all answers, and the name of the picture under them."""

    names: Markup
    letters: Markup
    picture: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """An agent's flags and classifications: labels, signs and words, a line each, and the picture under them."""

    labels: Markup
    signs: Markup
    words: Markup
    picture: str


@dataclass(slots=True)
class Pictures:
    """The pictures of one document, by the names that it asks for them with."""

    made: dict[str, str] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def add(self, rows: Sequence[Under], ruling: Ruling) -> str:
        """Draws what lies under these rows; returns the name of the picture, the same for the same picture."""
        return self.keep(under(rows, ruling))

    def keep(self, drawn: str) -> str:
        """The name of a picture, the same for the same picture."""
        name = self._names.setdefault(drawn, f"under/{len(self.made)}")
        self.made[name] = drawn
        return name


@dataclass(frozen=True, slots=True)
class Flowing:
    """The picture of an agent's flows: its name, the heads of its columns, the words over it, and the ways below it."""

    picture: str
    heads: Markup
    words: flow_picture.Words
    ways: Markup


def flowing(sheet: Sheet, pictures: Pictures) -> Flowing | None:
    """An agent's flows; None where there is nothing to draw."""
    if sheet.flows is None:
        return None
    picture = pictures.keep(flow_picture.on_paper(sheet.flows))
    heads = Markup("\t").join(sheet.flows.heads)
    return Flowing(picture, heads, flow_picture.words(sheet.flows, sheet.language), found_lines.ways(sheet))


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
    silent = language.gettext("NOT ASSESSED")
    instead = [f"{silent} \u2002 {shown(line.entry.reason or '')}" for line in lines]
    return Spread(_lines(_name(line, digits) for line in lines), _answers(spaced, instead), picture)


def _name(line: Line, digits: int) -> str:
    kind = "" if line.entry.kind == "span" else f"{line.entry.kind} "
    name = shown(line.entry.name)
    return f"{line.number:>{digits}} {kind}{fitted(name, NAME - len(kind), columns)}"


def _answers(spaced: Sequence[str], instead: Sequence[str]) -> Markup:
    """The letters of each row on a line; words that stand in their place are a block, which ends a line by itself."""
    parts: list[str] = []
    for lettered, rows in groupby(zip(spaced, instead, strict=True), key=lambda row: bool(row[0])):
        if lettered:
            parts.append("\n".join(text for text, _ in rows))
        else:
            parts.extend(Markup("<b>{}</b>").format(words) for _, words in rows)
    return Markup("").join(parts)


def sides(language: Language) -> str:
    """What stands over names, actions, inputs and outputs: a line of the mono face, whose size sets it in place."""
    heads = (language.gettext("Span types"), language.gettext("Actions"), language.gettext("Inputs (params)"))
    starts = (0, *_SIDES)
    told = "".join(f"{head:<{after - before}}" for head, before, after in zip(heads, starts, _SIDES, strict=False))
    return told + language.gettext("Outputs (result)")


def flags(sheet: Sheet, pictures: Pictures) -> Ledger:
    """An agent's flags and classifications, a line each."""
    language, tallies = sheet.language, sheet.agent.classification
    laws = [language.gettext(flag.law) for flag in FLAGS]
    rows = [
        (flag.label, letters.state(flag.state), f"{_sentence(flag.words)}\t{law}")
        for flag, law in zip(sheet.agent.flags.values(), laws, strict=True)
    ]
    labels = (language.gettext("Classification of inputs"), language.gettext("Classification of outputs"))
    for label, tally in zip(labels, (tallies.params, tallies.result), strict=True):
        silent = language.gettext("%(some)s of %(all)s not stated", some=tally.not_stated, all=tally.cells)
        rows.append((label, letters.level(tally), f"{_sentence(tally.words)}\t{silent}"))
    picture = pictures.add([Under(sign) for _, sign, _ in rows], RULING_OF_FLAGS)
    labelled, signs, words = zip(*rows, strict=True)
    return Ledger(_lines(labelled), _lines(signs), _lines(words), picture)


def _lines(parts: Iterable[str]) -> Markup:
    return Markup("\n").join(parts)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


@dataclass(frozen=True, slots=True)
class Key:
    """The key under a matrix: signs, and the words beside them."""

    signs: str
    words: Markup


def key(language: Language) -> Key:
    """The key under a matrix; tabs set the words beside their signs."""
    words = (
        language.gettext("included, allowed"),
        language.gettext("excluded, disallowed"),
        language.gettext("unknown, undetermined"),
        language.gettext("undeclared"),
        language.gettext("level, public to secret; + at least"),
    )
    return Key("IX?-R", Markup("\t").join(words))


def strip(pages: Book, pictures: Pictures) -> list[Lot]:
    """The agents with their flags and classifications."""
    found: list[Lot] = []
    count = len(pages.ranked)
    for lot in [slice(0, count)] if 0 < count <= _STRIP_BELOW else dealt(count, *_STRIP_LOTS):
        sheets = pages.ranked[lot]
        signs = [_strip_letters(sheet) for sheet in sheets]
        lying = [
            Under(text, not sheet.agent.assessed, _share(sheet)) for sheet, text in zip(sheets, signs, strict=True)
        ]
        found.append(_lot(pages, sheets, _lines(signs), pictures.add(lying, STRIP), _STRIP_NAME, known=_known_if_any))
    return found


def _lot(
    pages: Book,
    sheets: Sequence[Sheet],
    signs: Markup,
    picture: str,
    ems: float,
    *,
    known: Callable[[Sheet], str],
) -> Lot:
    language: Language = pages.values["language"]
    return Lot(
        entries=[Entry(sheet.agent.anchor, _called(sheet, pages, ems)) for sheet in sheets],
        counts=_lines(language.number(sheet.agent.assessment.span_types) for sheet in sheets),
        letters=signs,
        shares=_lines(known(sheet) for sheet in sheets),
        picture=picture,
    )


def _called(sheet: Sheet, pages: Book, ems: float) -> str:
    return _named(sheet.agent, pages, ems)


def _named(agent: Agent, pages: Book, ems: float) -> str:
    name = shown(agent.name)
    return fitted(f"{name} ({shown(agent.id)})" if agent.name in pages.values["shared_names"] else name, ems)


def _known(sheet: Sheet) -> str:
    return sheet.language.percent(sheet.agent.assessment.known_cells, sheet.agent.assessment.cells)


def _known_if_any(sheet: Sheet) -> str:
    return _known(sheet) if sheet.agent.assessed else sheet.language.gettext("NOT ASSESSED")


def _strip_letters(sheet: Sheet) -> str:
    flags = "".join(letters.state(flag.state) for flag in sheet.agent.flags.values())
    return flags + sheet.letters[-2:]


def _share(sheet: Sheet) -> float:
    assessment = sheet.agent.assessment
    return assessment.known_cells / assessment.cells if assessment.cells else 0.0


def glance(pages: Book, pictures: Pictures) -> list[Lot]:
    """The agents with all their worst cases; words instead where nothing is assessed."""
    found = []
    for lot in dealt(len(pages.ranked), *_GLANCE_LOTS):
        sheets = pages.ranked[lot]
        spaced = [letters.spaced_agent(sheet.letters) if sheet.agent.assessed else "" for sheet in sheets]
        picture = pictures.add([Under(text, band=not text) for text in spaced], GLANCE)
        signs = _answers(spaced, [sheet.agent.lead for sheet in sheets])
        found.append(_lot(pages, sheets, signs, picture, _GLANCE_NAME, known=_known))
    return found


def screening(pages: Book, pictures: Pictures) -> list[Spread]:
    """The agents with nine signs each."""
    told: list[Screened] = pages.values["screened"]
    found = []
    for lot in dealt(len(told), *_SCREENING_LOTS):
        names = _lines(_named(each.agent, pages, _STRIP_NAME) for each in told[lot])
        picture = pictures.add([Under(each.letters) for each in told[lot]], SCREENED)
        found.append(Spread(names, _lines(each.letters for each in told[lot]), picture))
    return found


def screening_words(pages: Book) -> Markup:
    """What the signs rest on, agent by agent."""
    lines = []
    for each in pages.values["screened"]:
        first, *further = wrapped(each.words, _SCREENING_ROOM)
        lines += [f"{_named(each.agent, pages, _SCREENING_NAME)}\t{first}", *(f"\t{more}" for more in further)]
    return _lines(lines)


def contents(pages: Book) -> list[list[tuple[Sheet, str]]]:
    """The agents of the list of contents, by page."""
    return [
        [(sheet, _called(sheet, pages, _CONTENTS_NAME)) for sheet in pages.sheets[lot]]
        for lot in dealt(len(pages.sheets), *_CONTENTS_LOTS)
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
