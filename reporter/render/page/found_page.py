"""What the page says of an agent's findings: rows, rules that say little each, and the numbers of all findings."""

from __future__ import annotations

from markupsafe import Markup

from reporter.plain.language import Language
from reporter.render.sheets import found_lines
from reporter.render.sheets.found import WORST_FIRST, Found
from reporter.render.sheets.sheet import Sheet


def declared(found: Found, language: Language) -> str:
    """The rows that a rule is about, by severity; the one that it stands under goes without saying."""
    return found_lines.rows_at(found.declared, found.severity, language)


def undecided(found: Found, language: Language) -> str:
    """The rows in which it cannot be ruled out; that it counts a step less there goes without saying."""
    less = WORST_FIRST[min(WORST_FIRST.index(found.severity) + 1, len(WORST_FIRST) - 1)]
    return found_lines.rows_at(found.undecided, less, language)


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
