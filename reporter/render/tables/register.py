"""The register: every table of facts of a report, made once from the view for all formats that hold tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from reporter.plain.language import Language, of
from reporter.render.tables import annexes, claims, reviews
from reporter.render.tables import flow_tables as ways
from reporter.render.tables.table import Column, Row, Table
from reporter.view.report import Report


def left_out(report: Report, language: Language) -> Table:
    """One row for each thing that could not be read, was left out, or has to be known about the scope."""
    columns = (
        Column("sort", language.gettext("Sort"), 12, worded=True),
        Column("what", language.gettext("What"), 50, wraps=True),
        Column("why", language.gettext("Why"), 60, wraps=True),
        Column("agent_id", language.gettext("Agent id"), 20),
        Column("agent_name", language.gettext("Agent"), 28),
        Column("schema_version_id", language.gettext("Schema version"), 24),
        Column("location", language.gettext("Location"), 50),
    )

    def rows() -> Iterator[Row]:
        for gap in report.gaps:
            yield "gap", gap.what, gap.why, gap.agent_id, gap.agent_name, None, gap.location
        for item in report.scope.left_out:
            yield "left out", None, item.why, item.agent_id, item.agent_name, item.schema_version_id, None
        for note in report.scope.notes:
            yield "note", note, None, None, None, None, None

    note = language.gettext(
        "What could not be read, so that its absence says nothing, and what does not count and why."
    )
    return Table("left_out", language.gettext("Left out and gaps"), note, columns, "left out", rows)


def records(report: Report, language: Language) -> Table:
    """One row a record of the evidence."""
    columns = (
        Column("record_sha256", language.gettext("SHA-256 of the record"), 66),
        Column("kind", language.gettext("Kind"), 24),
        Column("source", language.gettext("Source"), 40),
        Column("location", language.gettext("Location"), 60),
    )

    def rows() -> Iterator[Row]:
        for item in report.records:
            yield item.sha256, item.kind, item.source, item.location

    note = language.gettext(
        "The records that declarations were read from; each stands whole in evidence/snapshot.json."
    )
    return Table("records", language.gettext("Records"), note, columns, "record", rows)


_MAKERS: Final[dict[str, Callable[[Report, Language], Table]]] = {
    "agents": claims.agents,
    "answers": claims.answers,
    "span_types": claims.span_types,
    "claims": claims.claims,
    "findings": reviews.findings,
    "evidence": reviews.evidence,
    "flows": ways.flows,
    "reach": ways.reach,
    "rules": reviews.rules,
    "provisions": reviews.provisions,
    "law": reviews.law,
    "waivers": reviews.waivers,
    "dpia": annexes.dpia,
    "ropa": annexes.ropa,
    "ropa_coverage": annexes.coverage,
    "left_out": left_out,
    "schema_versions": claims.versions,
    "records": records,
}

NAMES: Final = tuple(_MAKERS)


def table(name: str, report: Report) -> Table:
    """One of the tables, by its name.

    Raises:
        KeyError: There is no such table.
    """
    return _MAKERS[name](report, of(report.language))


def tables(report: Report) -> Iterator[Table]:
    """All of them, in the order that they are read in."""
    return (table(name, report) for name in NAMES)
