"""The commands that read declarations: ``report``, ``collect`` and ``demo``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from reporter import bundle, pipeline
from reporter.cli import reading
from reporter.cli.terminal import Terminal, count, is_stdout
from reporter.declared.model import Source
from reporter.errors import DatariskError, EvidenceError, MissingPart, OutputError
from reporter.plain import disk
from reporter.prefactor import credentials, records
from reporter.prefactor.shapes import Unit, units
from reporter.render.document import Theme
from reporter.settings import Settings
from reporter.sources import snapshot
from reporter.sources.collected import Collected
from reporter.sources.platform import Platform
from reporter.view.report import Report

_DEMO = "made-up account on a local registry"


def report(
    terminal: Terminal,
    *,
    sources: Sequence[str],
    config: Path | None,
    token_file: Path | None,
    split: str | None,
    **flags: Any,
) -> int:
    """Collects, aggregates and writes a run; returns the exit status."""
    run = reading.told(flags, config)
    settings, order = run.settings, reading.order(run, reading.clock())
    _look_through(terminal, order.theme)
    bundle.check_writable(settings.output)
    reading.tell(terminal, order)
    collected = reading.collect(terminal, sources, run, token_file, order.generated_at)
    return _write(terminal, pipeline.run(collected, order), settings, split=bool(split))


def collect(
    terminal: Terminal,
    *,
    sources: Sequence[str],
    config: Path | None,
    token_file: Path | None,
    destination: str,
    **flags: Any,
) -> int:
    """Writes the evidence alone; returns the exit status."""
    run = reading.told(flags, config)
    inventory = reading.collect(terminal, sources, run, token_file, reading.clock()).inventory()
    data = snapshot.to_bytes(inventory)
    taken = True
    if is_stdout(destination):
        taken = terminal.document(data)
    else:
        disk.write_file(Path(destination), data)
        terminal.result(destination)
    terminal.gaps(reading.gaps(inventory))
    if not taken:
        terminal.complain("the evidence was not written: nobody reads standard output to its end")
    return max(EvidenceError.exit_status if inventory.gaps else 0, 0 if taken else OutputError.exit_status)


def demo(terminal: Terminal, *, split: str | None, **flags: Any) -> int:
    """Reports about the made-up company: registered with a local registry over HTTP, and collected from it.

    Without the extra that the registry needs, from the answers that the registry would have given.
    """
    run, now = reading.told(flags, None), reading.clock()
    settings, order = run.settings, reading.order(run, now, waive=False)
    _look_through(terminal, order.theme)
    bundle.check_writable(settings.output)
    try:
        from reporter.registry import filling
    except MissingPart as missing:
        terminal.say(
            f"The local registry is not installed, so the demo reads its answers from files. {missing.remedy}."
        )
        collected = _made_up_answers(now)
    else:
        with terminal.progress("agents read") as bar, filling.filled() as registry:
            access = credentials.Access(registry.url, SecretStr(registry.token), "the demo", settings.timeout)
            collected = Platform(access, reading.selection(settings), now, _DEMO).collect(bar.count)
    terminal.say("A made-up company's declarations; none of it is real.")
    return _write(terminal, pipeline.run(collected, order), settings, split=bool(split))


def _made_up_answers(now: datetime) -> Collected:
    # Only the demo needs it; ``report`` would pay for the import too.
    from reporter.registry.made_up import account

    kept = [
        records.record(unit.kind, unit.value, source=_DEMO, location=f"{name}#{unit.pointer}")
        for name, answer in account.answers()
        for unit in units(answer)
        if isinstance(unit, Unit)
    ]
    return Collected((Source("files", _DEMO, now),), tuple(kept))


def _look_through(terminal: Terminal, theme: Theme) -> None:
    """Finds mistakes in templates of the user's own before anything is read."""
    if theme.templates:
        from reporter.render import apart

        for name in apart.looked_through(theme):
            terminal.complain(f"{theme.templates / name} stands in for no template of ours, and none includes it")


def _write(terminal: Terminal, found: pipeline.Run, settings: Settings, *, split: bool) -> int:
    with terminal.progress("writing") as bar:
        written = pipeline.write(found, settings.formats, settings.output, split=split, progress=bar.step)
    if (written.folder / "report.pdf").is_file():
        from reporter.render.pdf import pdf

        if slow := pdf.engine_is_slow():
            terminal.say(slow)
    terminal.say(_summary(found.report))
    terminal.gaps(reading.gaps(found.inventory, found.scope.gaps))
    reading.warn(terminal, found.report.waivers)
    if not found.report.complete:
        terminal.complain("the evidence is incomplete, and the report says so; nothing may be concluded from absence")
    for problem in written.problems:
        terminal.error(problem)
    terminal.result(str(written.folder))
    return max([0 if found.report.complete else EvidenceError.exit_status, *map(_status, written.problems)])


def _status(problem: DatariskError) -> int:
    return problem.exit_status


def _summary(view: Report) -> str:
    totals = view.totals
    return (
        f"{count(totals.agents, 'agent')}, {count(totals.span_types, 'span type')}; {totals.known_cells:,} of "
        f"{totals.cells:,} fields known; not assessed: {count(totals.not_assessed, 'span type')}, "
        f"{count(totals.agents_not_assessed, 'agent')}"
    )
