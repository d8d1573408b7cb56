"""The command ``run``: the reports of a file, one after the other; none of them costs another.

Results are lines on stdout: one for a run that found nothing new, or else one for each report.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import click

from reporter.cli.scheduled import Ended, Job, asked
from reporter.cli.terminal import Terminal, count
from reporter.cli.voice import Voice
from reporter.errors import UsageError
from reporter.plain.disk import nearest
from reporter.plain.text import shown
from reporter.plain.toml_lines import TomlFile
from reporter.schedule import file as run_file
from reporter.schedule.file import RUN_FILE, Planned

_GATE_FAILED: Final = 1


def run(
    terminal: Terminal,
    *,
    file: str | None,
    reports: Sequence[str],
    dry_run: bool,
    exit_zero: bool,
    log_format: str,
    config: str | None,
) -> int:
    """Makes the reports of a file; returns the worst of their statuses.

    Raises:
        UsageError: The file or the settings are wrong; then nothing was read.
        HeldError: Another run of it is at work.
    """
    voice = Voice(terminal.quiet or not terminal.verbose, terminal.verbose, terminal.debug, log=log_format == "json")
    if voice.log:
        click.get_current_context().find_root().obj["complain"] = voice.failed
    jobs = _jobs(voice, file, reports, config, dry_run=bool(dry_run))
    ended: list[Ended] = []
    with ExitStack() as locks:
        for job in jobs:
            job.hold(locks)
        voice.event("run started", reports=[job.plan.name for job in jobs], dry_run=bool(dry_run))
        try:
            for job in jobs:
                ended.append(job.made())  # noqa: PERF401  (an interruption loses none of them)
        finally:
            status = max((each.status for each in ended), default=0)
            status = 0 if exit_zero and status == _GATE_FAILED else status
            for line in _lines(ended, status, quiet=terminal.quiet):
                terminal.result(line)
            voice.event("run ended", status=status, reports=len(ended))
    return status


def _jobs(voice: Voice, file: str | None, names: Sequence[str], config: str | None, *, dry_run: bool) -> list[Job]:
    path = Path(file) if file else nearest(RUN_FILE, Path())
    if path is None:
        remedy = "Name one, or write one with `datarisk init run`"
        raise UsageError(f"there is no {RUN_FILE} here", where="command line", remedy=remedy)
    planned = run_file.read(TomlFile(path))
    for name in names:
        if not any(_is_called(each, name) for each in planned):
            remedy = f"There are {', '.join(shown(each.name, 80) for each in planned)}"
            raise UsageError(f"no report is called {name}", where="command line, --report", remedy=remedy)
    chosen = [each for each in planned if not names or any(_is_called(each, name) for name in names)]
    return [Job(each, replace(voice, report=each.name), config, dry_run=dry_run) for each in chosen]


def _is_called(plan: Planned, pattern: str) -> bool:
    return fnmatchcase(plan.name.casefold(), pattern.casefold())


def _lines(ended: Sequence[Ended], status: int, *, quiet: bool) -> Iterator[str]:
    """One line where there is nothing new, and else one for each report."""
    if not all(each.nothing_new for each in ended):
        yield from (f"{shown(each.name, 80)}: {each.line}" for each in ended)
        return
    if not ended or (quiet and status == 0):
        return
    failed = [shown(each.name, 80) for each in ended if each.gate == "failed"]
    gate = f"the gate failed as before: {', '.join(failed)}" if failed else "the gate passed"
    agents, open_ = sum(each.agents for each in ended), sum(each.open for each in ended)
    yield f"{count(len(ended), 'report')}, nothing new: {count(agents, 'agent')}, {asked(open_)}; {gate}"
