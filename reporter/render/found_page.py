"""What the page says of an agent's findings: rows, rules that say little each, and the numbers of all findings."""

from __future__ import annotations

from markupsafe import Markup

from reporter.language import Language
from reporter.render import found_lines
from reporter.render.found import WORST_FIRST, Found, Rows, severity_words
from reporter.render.rows import spaced
from reporter.render.sheet import Sheet
from reporter.review import Severity


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
        declared=found_lines.id_runs(each.rule for each in found if each.declared)
        or language.pgettext("rules", "none"),
        undecided=found_lines.id_runs(each.rule for each in found if each.undecided)
        or language.pgettext("rules", "none"),
    )


def numbers(sheet: Sheet, record_number: dict[str, int]) -> Markup:
    """The ids of all findings, a rule to a line; and what those rest on that stands in no matrix."""
    told = found_lines.numbers(sheet, record_number)
    return Markup("\n").join([*told.rules, *told.beyond])
