"""The first sheet of a workbook: what it is about, whether it is complete, and how to read its answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from reporter.plain.language import Language, of
from reporter.render.tables.table import Table
from reporter.view.report import Report


@dataclass(frozen=True, slots=True)
class Line:
    """A line of it: what it is about, and what it says."""

    key: str
    text: str
    style: Literal["title", "head", "loud", "text"] = "text"


def title(report: Report) -> str:
    """The name of the sheet."""
    return of(report.language).gettext("Read me")


def lines(report: Report, tables: Sequence[Table]) -> Iterator[Line]:
    """All of it, completeness first."""
    language = of(report.language)
    yield Line(report.controller.title, "", "title")
    yield from _completeness(report, language)
    yield from _about(report, language)
    yield Line(language.gettext("What an answer means"), "", "head")
    yield from _answers(language)
    if report.catalogue.preconditions:
        yield Line(language.gettext("What holds for every rule"), "", "head")
        yield from (Line("", text) for text in report.catalogue.preconditions)
    yield Line(language.gettext("Sheets"), "", "head")
    yield from (Line(table.title, table.note) for table in tables)
    yield Line(language.gettext("How cells are written"), "", "head")
    yield Line("", _cells(language))


def _completeness(report: Report, language: Language) -> Iterator[Line]:
    silent = report.totals.not_assessed
    if report.complete:
        yield Line(language.gettext("Complete"), language.gettext("Everything in scope was read."))
    else:
        told = language.gettext("Nothing may be concluded from the absence of anything. What could not be read:")
        yield Line(language.gettext("INCOMPLETE"), told, "loud")
        for gap in report.gaps:
            yield Line("", f"{gap.what}: {gap.why}", "loud")
    if silent:
        said = language.ngettext(
            "%(number)s span type of %(all)s: nobody decided anything about it, which rules nothing out.",
            "%(number)s span types of %(all)s: nobody decided anything about them, which rules nothing out.",
            silent,
            all=report.totals.span_types,
        )
        yield Line(language.gettext("NOT ASSESSED"), said, "loud")


def _about(report: Report, language: Language) -> Iterator[Line]:
    made = datetime.fromisoformat(report.generated_at)
    facts: tuple[tuple[str, str | None], ...] = (
        (language.gettext("Summary"), report.summary.lead),
        (language.gettext("Prepared by"), report.controller.name),
        (language.gettext("Contact"), report.controller.contact),
        (language.gettext("Notice"), report.controller.notice),
        (language.gettext("Account"), f"{report.account.name} ({report.account.id})"),
        (language.gettext("Made"), language.when(made)),
        (language.gettext("With"), f"{report.tool.name} {report.tool.version}"),
        (language.gettext("Rules"), f"{report.catalogue.version}, SHA-256 {report.catalogue.sha256}"),
        (language.gettext("Evidence"), f"evidence/snapshot.json, SHA-256 {report.evidence_sha256}"),
        (language.gettext("Scope"), report.scope.words),
        (language.gettext("Agents"), language.number(report.totals.agents)),
        (language.gettext("Span types"), language.number(report.totals.span_types)),
        (
            language.gettext("Fields known"),
            language.gettext("%(known)s of %(all)s", known=report.totals.known_cells, all=report.totals.cells),
        ),
        (language.gettext("Findings"), language.number(report.totals.findings)),
    )
    yield from (Line(key, text) for key, text in facts if text)
    for source in report.sources:
        yield Line(language.gettext("Source"), f"{source.kind}: {source.location}, {source.collected_at}")
    for item in report.summary.attention:
        yield Line(item.agent, f"{item.what} ({item.reference})")


def _answers(language: Language) -> Iterator[Line]:
    meanings = (
        (
            language.gettext("Declared, not observed"),
            language.gettext("A declaration is what a developer stated. Nothing here was observed or checked."),
        ),
        (
            language.gettext("included, allowed"),
            language.gettext("Declared so. Over several span types it is enough that one of them declares it."),
        ),
        (
            language.gettext("excluded, disallowed"),
            language.gettext(
                "Declared so, over several span types by every one of them. Whether it is true is not known."
            ),
        ),
        (
            language.gettext("unknown"),
            language.gettext("Declared unknown, left out of a part that is there, or no answer of the vocabulary."),
        ),
        (language.gettext("undeclared"), language.gettext("Nobody declared this part at all.")),
        (
            language.gettext("undetermined"),
            language.gettext("Included by none, and answers are missing, so that it cannot be ruled out."),
        ),
        (language.gettext("none"), language.gettext("There are no span types in scope, so nothing is said.")),
        (
            language.gettext("Finding"),
            language.gettext("Something that triggers a review. It concludes nothing about any law."),
        ),
    )
    return (Line(key, text) for key, text in meanings)


def _cells(language: Language) -> str:
    return language.gettext(
        "Texts stand as they were declared. What cannot be seen is spelled out, such as \\u202e; what is longer than a "
        "cell holds is cut, and says how much more there is; no text is ever a formula."
    )
