"""Findings and flows as lines of text: on paper a line costs a fraction of a row of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from markupsafe import Markup

from reporter.plain.language import Language
from reporter.plain.text import shown
from reporter.render.sheets.fitting import wide, wrapped
from reporter.render.sheets.found import Found, Rows, beyond, severity_words
from reporter.render.sheets.rows import spaced
from reporter.render.sheets.sheet import Sheet
from reporter.render.templates import day, value
from reporter.view.findings import Severity

_ROOM: Final = 51.3  # ems of the text face beside what stands at the left
_WHOLE: Final = 64.0
_LONG: Final = 2000
_WAY: Final = 20.8  # ems for a way, left of its data
_BESIDE_WAYS: Final = 42.8
_DIGITS: Final = 5  # of a finding's id that are printed at least
_ID: Final = 64


def where(found: Found, language: Language) -> str:
    """The rows that a rule found something in; a severity other than the worst stands with its rows."""
    told = [rows_at(found.declared, found.severity, language)] if found.declared else []
    if found.undecided:
        rows = rows_at(found.undecided, found.severity, language)
        told.append(language.gettext("cannot be ruled out: %(rows)s", rows=rows))
    return "; ".join(told)


def rows_at(some: Sequence[Rows], silent: Severity, language: Language) -> str:
    """Rows by severity, one of which goes without saying; a finding about no row is about the agent."""
    told = []
    for each in some:
        rows = spaced(each.runs) or language.gettext("the agent as a whole")
        if each.severity != silent:
            words = severity_words(each.severity, language)
            rows = language.gettext("%(severity)s %(rows)s", severity=words, rows=rows)
        told.append(rows)
    return ", ".join(told)


@dataclass(frozen=True, slots=True)
class Block:
    """Lines at one severity, or in one state; tabs set them."""

    kind: str
    head: str
    lines: Markup


def findings(sheet: Sheet) -> list[Block]:
    """What is open, by severity; then what is accepted, and what became of waivers that accept nothing any more."""
    language, found = sheet.language, sheet.findings
    blocks = [
        _block(severity, severity_words(severity, language).capitalize(), _told(some, language))
        for severity, some in found.by_severity
    ]
    accepted = [
        (each.rule, f"{_titled(each, language)} ({_until(one.waiver, one.expires, language)})")
        for one in found.accepted
        for each in one.found
    ]
    if accepted:
        blocks.append(_block("accepted", language.gettext("Accepted"), accepted))
    notes = [(note.found.rule, f"{_titled(note.found, language)}. {note.words}") for note in found.notes]
    return [*blocks, _block("noted", language.gettext("Waivers"), notes)] if notes else blocks


def _told(found: Iterable[Found], language: Language) -> Iterator[tuple[str, str]]:
    return ((each.rule, _titled(each, language)) for each in found)


def _titled(found: Found, language: Language) -> str:
    return f"{found.title}: {where(found, language)}"


def _until(waiver: str, expires: str, language: Language) -> str:
    return language.gettext("waiver %(waiver)s, until %(day)s", waiver=waiver, day=day(language, expires))


def _block(kind: str, head: str, told: Iterable[tuple[str, str]]) -> Block:
    lines = []
    for rule, text in told:
        first, *further = wrapped(shown(text, _LONG), _ROOM)
        lines.append(f"\t{shown(rule)}\t{first}")
        lines += [f"\t\t{more}" for more in further]
    return Block(kind, head, _lines(lines))


def _lines(lines: Iterable[str]) -> Markup:
    return Markup("\n").join(lines)


def ways(sheet: Sheet) -> Markup:
    """How data flow, a line each: the way, the kinds of data, and the rows."""
    lines = []
    for way in sheet.ways:
        told = list(wrapped(f"{way.kinds}: {spaced(way.runs)}", _BESIDE_WAYS))
        label = f"{way.label} \u00b7 {way.name}"
        if wide(label) < _WAY:
            label += f"\t{told.pop(0)}"
        lines += [label, *(f"\t{more}" for more in told)]
    return _lines(lines)


def ways_head(language: Language) -> Markup:
    """What stands over the ways."""
    return Markup("\t").join((language.gettext("Way to flow, as declared"), language.gettext("Kinds of data: rows")))


def beside(sheet: Sheet) -> Markup:
    """The rules about one category, action or level each, by their ids."""
    language, found = sheet.language, sheet.findings.beside
    declared = id_runs(each.rule for each in found if each.declared)
    undecided = id_runs(each.rule for each in found if each.undecided)
    told = []
    if declared:
        told.append(
            language.gettext("Also put up for review by what is included or allowed: %(rules)s.", rules=declared)
        )
    if undecided:
        told.append(language.gettext("Cannot be ruled out, because answers are missing: %(rules)s.", rules=undecided))
    return _lines(line for text in told for line in wrapped(shown(text, _LONG), _WHOLE))


def id_runs(rules: Iterable[str]) -> str:
    """Ids as text, with those that follow each other as a run."""
    found: list[tuple[str, str]] = []
    for rule in rules:
        if found and _next(found[-1][1]) == rule:
            found[-1] = (found[-1][0], rule)
        else:
            found.append((rule, rule))
    return ", ".join(first if first == last else f"{first}\u2013{last}" for first, last in found)


def _next(rule: str) -> str:
    return f"{rule[0]}{int(rule[1:]) + 1:02}"


@dataclass(frozen=True, slots=True)
class Numbered:
    """The ids of findings, rule by rule; and what those rest on that stands in no matrix."""

    rules: list[str]
    beyond: list[str]


def numbers(sheet: Sheet, record_number: dict[str, int]) -> Numbered:
    """The ids of all findings of an agent, with as many digits as tell them apart."""
    every = [*sheet.findings.all, *(each for one in sheet.findings.accepted for each in one.found)]
    digits = _digits([finding.id for each in every for finding in each.findings])
    rules = [f"{each.rule} {' '.join(finding.id[:digits] for finding in each.findings)}" for each in every]
    return Numbered(rules, list(_beyond(every, digits, sheet.language, record_number)))


def _digits(ids: Sequence[str]) -> int:
    different = len(set(ids))
    ambiguous = takewhile(lambda digits: len({each[:digits] for each in ids}) < different, range(_DIGITS, _ID))
    return _DIGITS + sum(1 for _ in ambiguous)


def _beyond(every: Sequence[Found], digits: int, language: Language, record_number: dict[str, int]) -> Iterator[str]:
    for found in every:
        for finding, item in beyond(found):
            at = shown(item.pointer, 500, language.more)
            record = record_number.get(item.record_sha256, "?")
            yield f"{found.rule} {finding.id[:digits]}  R{record} {at} {value(language, item.value).unescape()}"
