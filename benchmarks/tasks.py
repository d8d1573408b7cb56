"""The tasks that are measured apart: ``python tasks.py NAME NUMBER...`` prints what one costs, as JSON."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import corpus
import measure
import naive

from reporter import bundle
from reporter.archive import history
from reporter.archive.stores import Folder
from reporter.declared.aggregate import aggregate
from reporter.declared.scope import ScopedAgent, Selection, scope
from reporter.gate.sides import of_scope
from reporter.pipeline import renderer
from reporter.plain.language import ENGLISH
from reporter.plain.memory import collecting_later
from reporter.prefactor.registration import RegisterAgentInstanceRequest
from reporter.render.check.difference import to_json
from reporter.render.document import Document
from reporter.render.tables import csv, register
from reporter.review import ledger
from reporter.review.catalogue import load
from reporter.review.difference import difference
from reporter.review.evaluation import of_all
from reporter.sources import snapshot
from reporter.sources.files import Files
from reporter.view.changes import changes


def rendering(format_: Any, agents: int, span_types: int) -> Callable[[], Any]:
    """A whole document in one of our formats."""
    view, render = corpus.found(agents, span_types).report, renderer(format_)
    render(corpus.found(1, 1).report)  # imports, fonts and templates are paid for once, and not by this measurement
    return lambda: render(view)


def tables(agents: int, span_types: int) -> Callable[[], Any]:
    """All tables as CSV: the rows of the workbook, none more and none less."""
    view = corpus.found(agents, span_types).report
    return lambda: [csv.render(view, name) for name in register.TABLES]


def naive_pdf(agents: int, span_types: int) -> Callable[[], Any]:
    """The table that anybody would write first: a cell per field."""
    from weasyprint import HTML  # noqa: PLC0415

    html = naive.table(corpus.found(agents, span_types).report)
    HTML(string=naive.table(corpus.found(1, 1).report)).write_pdf()
    return lambda: HTML(string=html).write_pdf()


def reportlab(variant: str, agents: int, span_types: int) -> Callable[[], Any]:
    """The same facts by ReportLab, in one of two ways."""
    import plain_reportlab  # noqa: PLC0415

    table_of = getattr(plain_reportlab, variant)
    view = corpus.found(agents, span_types).report
    plain_reportlab.document(corpus.found(1, 1).report, table_of)
    return lambda: plain_reportlab.document(view, table_of)


def read(agents: int, span_types: int) -> Callable[[], Any]:
    """A file read, joined and aggregated."""
    path = corpus_file(agents, span_types)

    def work() -> Any:
        inventory = Files([str(path)], corpus.NOW, max_megabytes=1000).collect().inventory()
        return [
            aggregate(entry for version in agent.schema_versions for entry in version.span_types or ())
            for agent in inventory.agents
        ]

    return work


def snapshots(agents: int, span_types: int) -> tuple[Path, Path]:
    """Two snapshots of the same agents, of which every span type answers otherwise."""
    paths = []
    for name, values in (("old", corpus.registrations), ("new", corpus.later)):
        path = Path(tempfile.gettempdir(), f"datarisk-{name}-{agents}-{span_types}.json")
        source = path.with_suffix(".source.json")
        source.write_text(json.dumps(values(agents, span_types)))
        path.write_bytes(snapshot.to_bytes(Files([str(source)], corpus.NOW, max_megabytes=1000).collect().inventory()))
        paths.append(path)
    return paths[0], paths[1]


def read_both(agents: int, span_types: int) -> Callable[[], Any]:
    """Two snapshots read and joined."""
    paths = snapshots(agents, span_types)
    return lambda: [Files([str(path)], corpus.NOW, max_megabytes=1000).collect().inventory() for path in paths]


def compared(agents: int, span_types: int) -> Callable[[], Any]:
    """The same, held against each other, and all of it written as JSON."""
    paths = snapshots(agents, span_types)

    def work() -> Any:
        found = []
        with collecting_later():  # as the command does
            for path in paths:
                inventory = Files([str(path)], corpus.NOW, max_megabytes=1000).collect().inventory()
                found.append(of_scope(inventory, scope(inventory, Selection()), path.name))
            told = changes(difference(*found), ENGLISH)
        return len(b"".join(to_json(told).pieces()))

    return work


def _scoped(agents: int, span_types: int) -> list[ScopedAgent]:
    return list(scope(corpus.collected(agents, span_types).inventory(), Selection()).agents)


def aggregated(agents: int, span_types: int) -> Callable[[], Any]:
    """Every agent's profile, from what was read."""
    scoped = _scoped(agents, span_types)

    def work() -> Any:
        with collecting_later():  # as the pipeline does
            return [
                aggregate(entry for item in each.versions for entry in item.version.span_types or ()) for each in scoped
            ]

    return work


def ruled(agents: int, span_types: int) -> Callable[[], Any]:
    """The whole catalogue put to every agent."""
    scoped, catalogue = _scoped(agents, span_types), load()

    def work() -> Any:
        with collecting_later():
            return list(of_all(((each, False) for each in scoped), catalogue))

    return work


def typed(agents: int, span_types: int) -> Callable[[], Any]:
    """The same bytes through ``json.loads`` and the vendor's models."""
    data = corpus_file(agents, span_types).read_bytes()
    return lambda: [RegisterAgentInstanceRequest.model_validate(item) for item in json.loads(data)]


def corpus_file(agents: int, span_types: int) -> Path:
    """The corpus as a file that the SDK's messages stand in."""
    path = Path(tempfile.gettempdir(), f"datarisk-corpus-{agents}-{span_types}.json")
    path.write_text(json.dumps(corpus.registrations(agents, span_types)))
    return path


def archive_of(runs: int, agents: int) -> Path:
    """An archive of so many runs of an account, one a day."""
    folder = Path(tempfile.gettempdir(), f"datarisk-archive-{runs}-{agents}")
    if not folder.exists():
        left = corpus.found(agents, 20).ledger
        for day in range(runs):
            at = corpus.NOW - timedelta(days=runs - day)
            here = replace(left, generated_at=ledger.time(at), read_at=ledger.time(at))
            documents = [Document(ledger.LEDGER, "application/json", ledger.to_bytes(here))]
            facts = {"generated_at": here.generated_at, "account": asdict(here.account)}
            bundle.write(folder, bundle.Bundle(here.account.name, here.account.id, at, True, documents, facts))  # noqa: FBT003
    return folder


def trend(runs: int, agents: int) -> Callable[[], Any]:
    """What a report shows of so many runs before it."""
    folder, left = archive_of(runs, agents), corpus.found(agents, 20).ledger
    now = {"at": ledger.time(corpus.NOW), "read_at": ledger.time(corpus.NOW)}
    return lambda: history.past(Folder(folder), left.account, scope=left.scope, **now, complain=print)


def ledgers(runs: int, agents: int) -> Callable[[], Any]:
    """The same ledgers through ``json.loads``, and nothing else."""
    folder = archive_of(runs, agents)
    return lambda: [json.loads(each.read_bytes()) for each in folder.glob("*/*/history.json")]


TASKS: dict[str, Callable[[int, int], Callable[[], Any]]] = {
    "pdf": lambda a, s: rendering("pdf", a, s),
    "html": lambda a, s: rendering("html", a, s),
    "json": lambda a, s: rendering("json", a, s),
    "xlsx": lambda a, s: rendering("xlsx", a, s),
    "csv": tables,
    "naive": naive_pdf,
    "reportlab": lambda a, s: reportlab("cell_per_field", a, s),
    "reportlab-rows": lambda a, s: reportlab("string_per_row", a, s),
    "read": read,
    "read-both": read_both,
    "diff": compared,
    "typed": typed,
    "aggregate": aggregated,
    "rules": ruled,
    "trend": trend,
    "ledgers": ledgers,
}

if __name__ == "__main__":
    name, agents_, span_types_ = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    print(json.dumps(asdict(measure.in_process(TASKS[name](agents_, span_types_)))))
