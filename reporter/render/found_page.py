"""What the page says of an agent's findings: rows, rules that say little each, and the numbers of all findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Final

from markupsafe import Markup

from reporter.language import Language
from reporter.render.found import WORST_FIRST, Found, Rows, beyond, severity_words
from reporter.render.found_lines import id_runs
from reporter.render.rows import spaced
from reporter.render.sheet import Sheet
from reporter.render.templates import value
from reporter.review import Severity
from reporter.text import shown

_DIGITS: Final = 5  # of a finding's id that are printed, or as many more as tell it from the agent's others
_WHOLE: Final = 64


def declared(found: Found, language: Language) -> str:
    """The rows that a rule is about, by severity; the one that it stands under goes without saying."""
    return ", ".join(_at(each, found.severity, language) for each in found.declared)


def undecided(found: Found, language: Language) -> str:
    """The rows in which it cannot be ruled out; that it counts a step less there goes without saying."""
    less = WORST_FIRST[min(WORST_FIRST.index(found.severity) + 1, len(WORST_FIRST) - 1)]
    return ", ".join(_at(each, less, language) for each in found.undecided)


def _at(some: Rows, silent: Severity, language: Language) -> str:
    rows = spaced(some.runs) or language.gettext("the agent as a whole")
    if some.severity == silent:
        return rows
    words = severity_words(some.severity, language)
    return language.gettext("%(severity)s %(rows)s", severity=words, rows=rows)


def beside(sheet: Sheet) -> str:
    """The rules about one category, action or level each, by their ids."""
    language, found = sheet.language, sheet.findings.beside
    return language.gettext(
        "Rules about one category, action or level each. Declared: %(declared)s. Cannot be ruled out: %(undecided)s.",
        declared=id_runs(each.rule for each in found if each.declared) or language.pgettext("rules", "none"),
        undecided=id_runs(each.rule for each in found if each.undecided) or language.pgettext("rules", "none"),
    )


def numbers(sheet: Sheet, record_number: dict[str, int]) -> Markup:
    """The ids of all findings, shortened, a rule to a line; and what those rest on that stands in no matrix."""
    every = [*sheet.findings.all, *(each for one in sheet.findings.accepted for each in one.found)]
    digits = _digits([finding.id for each in every for finding in each.findings])
    told = [f"{each.rule} {' '.join(finding.id[:digits] for finding in each.findings)}" for each in every]
    return Markup("\n").join([*told, *_beyond(every, digits, sheet.language, record_number)])


def _digits(ids: Sequence[str]) -> int:
    """How many digits tell them apart."""
    different = len(set(ids))
    ambiguous = takewhile(lambda digits: len({each[:digits] for each in ids}) < different, range(_DIGITS, _WHOLE))
    return _DIGITS + sum(1 for _ in ambiguous)


def _beyond(every: Sequence[Found], digits: int, language: Language, record_number: dict[str, int]) -> Iterator[str]:
    for found in every:
        for finding, item in beyond(found):
            at = shown(item.pointer, 500, language.more)
            record = record_number.get(item.record_sha256, "?")
            yield f"{found.rule} {finding.id[:digits]}  R{record} {at} {value(language, item.value).unescape()}"
