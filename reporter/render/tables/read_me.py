"""What to know of a workbook, in paragraphs: what it is about, how it is read, and tables that nobody opens alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal

from reporter.plain.language import Language, Message, of
from reporter.render.tables.table import Table, Value, spoken
from reporter.view.report import Report

Line = tuple[str, str | tuple[str, ...], Literal["title", "head", "loud", "text"]]
"""What stands on the left, what on the right, and how it looks."""


def lines(report: Report, sheets: Iterable[Table[Any]], empty: Sequence[Table[Any]]) -> Iterator[Line]:
    """What to know of the workbook: whether it is complete, what it is about, and how to read its answers.

    Args:
        report: What the workbook is made from.
        sheets: The tables that have a sheet.
        empty: Those that have none, as they hold nothing.
    """
    language = of(report.language)
    yield report.controller.title, "", "title"
    if report.complete:
        yield language.gettext("Complete"), language.gettext("Everything in scope was read."), "text"
    else:
        told = language.gettext("Nothing may be concluded from the absence of anything. What could not be read:")
        yield language.gettext("INCOMPLETE"), told, "loud"
        yield from (("", f"{gap.what}: {gap.why}", "loud") for gap in report.gaps)
    if report.totals.not_assessed:
        said = language.ngettext(
            "%(number)s span type of %(all)s: nobody decided anything about it, which rules nothing out.",
            "%(number)s span types of %(all)s: nobody decided anything about them, which rules nothing out.",
            report.totals.not_assessed,
            all=report.totals.span_types,
        )
        yield language.gettext("NOT ASSESSED"), said, "loud"
    yield from ((key, text, "text") for key, text in _about(report, language) if text)
    yield language.gettext("What an answer means"), "", "head"
    for answer, meaning in zip(_MEANINGS[::2], _MEANINGS[1::2], strict=True):
        yield language.say(answer), language.say(meaning), "text"
    if report.catalogue.preconditions:
        yield language.gettext("What holds for every rule"), "", "head"
        yield from (("", text, "text") for text in report.catalogue.preconditions)
    yield language.gettext("Sheets"), "", "head"
    yield from ((language.say(table.title), language.say(table.note), "text") for table in sheets)
    if empty:
        names = ", ".join(language.say(table.title) for table in empty)
        told = language.gettext("Empty, and therefore left out: %(names)s.", names=names)
        yield language.gettext("Left out"), told, "text"
    yield language.gettext("How cells are written"), "", "head"
    cells = language.gettext(
        "Texts stand as they were declared. What cannot be seen is spelled out, such as \\u202e; what is longer than a "
        "cell holds is cut, and says how much more there is; no text is ever a formula."
    )
    yield "", cells, "text"


def cards(report: Report, tables: Iterable[Table[Any]]) -> Iterator[Line]:
    """Each row of these tables as a paragraph, in which every cell that holds anything has a line with its name."""
    language = of(report.language)
    words = spoken(language)
    for table in tables:
        yield language.say(table.title), language.say(table.note), "head"
        labels = [language.gettext(column.label) for column in table.columns]
        for row in table.rows(report):
            said = [_cell(value, words, worded=column.worded) for value, column in zip(row, table.columns, strict=True)]
            first, *others = zip(labels, said, strict=True)
            yield first[1], tuple(f"{label}: {text}" for label, text in others if text), "text"


def _cell(value: Value, words: Mapping[str, str], *, worded: bool) -> str:
    if isinstance(value, tuple):
        return "; ".join(words.get(each, each) if worded else each for each in value)
    if isinstance(value, bool):
        return words["yes" if value else "no"]
    text = "" if value is None else str(value)
    return words.get(text, text) if worded else text


def _about(report: Report, language: Language) -> Iterator[tuple[str, str | None]]:
    controller, totals = report.controller, report.totals
    yield language.gettext("Summary"), report.summary.lead
    yield language.gettext("Prepared by"), controller.name
    yield language.gettext("Contact"), controller.contact
    yield language.gettext("Notice"), controller.notice
    yield language.gettext("Account"), f"{report.account.name} ({report.account.id})"
    yield language.gettext("Made"), language.when(datetime.fromisoformat(report.generated_at))
    yield language.gettext("With"), f"{report.tool.name} {report.tool.version}"
    yield language.gettext("Rules"), f"{report.catalogue.version}, SHA-256 {report.catalogue.sha256}"
    yield language.gettext("Evidence"), f"evidence/snapshot.json, SHA-256 {report.evidence_sha256}"
    yield language.gettext("Scope"), report.scope.words
    yield language.gettext("Agents"), language.number(totals.agents)
    yield language.gettext("Span types"), language.number(totals.span_types)
    known = language.gettext("%(known)s of %(all)s", known=totals.known_cells, all=totals.cells)
    yield language.gettext("Fields known"), known
    yield language.gettext("Findings"), language.number(totals.findings)
    kinds = {
        "file": language.gettext("file"),
        "files": language.gettext("files"),
        "stdin": language.gettext("standard input"),
        "platform": language.gettext("platform"),
    }
    for source in report.sources:
        kind = kinds.get(source.kind, source.kind)
        yield language.gettext("Source"), f"{kind}: {source.location}, {source.collected_at}"
    for item in report.summary.attention:
        yield item.agent, f"{item.what} ({item.reference})"


#: Each answer, and what it means.
_MEANINGS: Final = (
    Message("Declared, not observed"),
    Message("A declaration is what a developer stated. Nothing here was observed or checked."),
    Message("included, allowed"),
    Message("Declared so. Over several span types it is enough that one of them declares it."),
    Message("excluded, disallowed"),
    Message("Declared so, over several span types by every one of them. Whether it is true is not known."),
    Message("unknown"),
    Message("Declared unknown, left out of a part that is there, or no answer of the vocabulary."),
    Message("undeclared"),
    Message("Nobody declared this part at all."),
    Message("undetermined"),
    Message("Included by none, and answers are missing, so that it cannot be ruled out."),
    Message("none"),
    Message("There are no span types in scope, so nothing is said."),
    Message("Finding"),
    Message("Something that triggers a review. It concludes nothing about any law."),
)
