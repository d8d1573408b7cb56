"""The command ``waivers``: a waiver to fill in, and what becomes of those that there are."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from reporter import pipeline
from reporter.cli import reading
from reporter.cli.terminal import Terminal, count, is_stdout
from reporter.errors import EvidenceError, UsageError
from reporter.layers import Told
from reporter.plain import disk
from reporter.plain.language import ENGLISH
from reporter.plain.text import shown
from reporter.plain.toml_lines import TomlFile
from reporter.review.waiver_file import blank, examine, next_id
from reporter.review.waivers import Waivable, Waiver, standing, words
from reporter.view.report import Report

_SHORTEST: Final = 4  # of how a finding's id begins


def new(
    terminal: Terminal,
    *,
    finding: str,
    sources: Sequence[str],
    config: Path | None,
    token_file: Path | None,
    output: Path | None,
    **flags: Any,
) -> int:
    """Prints a waiver for a finding, or appends it to a file; returns the exit status.

    Raises:
        UsageError: There is no such finding, or its rule cannot be waived.
        EvidenceError: There is no such finding in evidence that is incomplete.
    """
    output = None if output is not None and is_stdout(str(output)) else output
    run = reading.told(flags, config)
    order = reading.order(run, reading.clock(), spoken=ENGLISH, waive=False)
    file = reading.waivers_file(run) if output is None else TomlFile(output) if os.path.lexists(output) else None
    before = file.text if file else ""
    collected = reading.collect(terminal, sources, run, token_file, order.generated_at)
    found = pipeline.run(collected, order)
    terminal.gaps(reading.gaps(found.inventory, found.scope.gaps))
    waivable, title = _found(finding, found.report)
    if waivable.rule in order.non_waivable:
        where = run.origin(("policy", "non_waivable"))
        raise UsageError(f"findings of rule {waivable.rule} cannot be waived", where=where)
    table = blank(waivable, title, next_id(before, order.generated_at), order.generated_at, reading.terms(run))
    if output is None:
        terminal.result(table.rstrip("\n"))
        return 0
    disk.write_file(output, (f"{before.rstrip()}\n\n{table}" if before.strip() else table).encode())
    terminal.result(str(output))
    terminal.say("Fill in what is commented; until then the file is refused.")
    return 0


def _found(given: str, report: Report) -> tuple[Waivable, str]:
    """The finding whose id is given, or begins so, with its title."""
    names = Counter(agent.name for agent in report.agents)
    pairs = [(agent, each) for agent in report.agents for each in agent.findings]
    same = [pair for pair in pairs if pair[1].id == given]
    if not same and len(given) >= _SHORTEST:
        same = [pair for pair in pairs if pair[1].id.startswith(given)]
    if not same:
        remedy = "`datarisk check -v` lists all findings with their ids"
        kind = UsageError if report.complete else EvidenceError
        raise kind(f"there is no finding {given}", where="command line", remedy=remedy)
    if len({each.id for _, each in same}) > 1:
        ids = ", ".join(each.id for _, each in same[:5])
        raise UsageError(f"{len(same)} findings begin with {given}", where="command line", remedy=f"Say which: {ids}")
    agent, found = same[0]
    name = agent.name if agent.name.strip() and names[agent.name] == 1 else agent.id
    about = Waivable(found.id, found.rule, agent.id, name, found.span_type, found.categories, found.value_sha256)
    return about, found.title


def check(
    terminal: Terminal,
    *,
    sources: Sequence[str],
    config: Path | None,
    token_file: Path | None,
    waivers: Path | None,
    reasons: bool = False,
    **flags: Any,
) -> int:
    """Looks for mistakes in a file of waivers, and says what becomes of each; returns the exit status.

    Raises:
        UsageError: There is no file.
    """
    if sources and sources[0].endswith(".toml"):
        waivers, sources = Path(sources[0]), sources[1:]
    run = reading.told({**flags, "waivers": waivers}, config)
    file = reading.waivers_file(run)
    if file is None:
        raise UsageError("there is no file of waivers", remedy="Name one, or write one with `datarisk waivers new`")
    waivers_, mistakes = examine(file, reading.terms(run))
    for mistake in mistakes:
        terminal.error(mistake)
    if mistakes:
        return UsageError.exit_status
    if sources:
        return _held_against(terminal, sources, run, token_file, reasons=reasons)
    today = reading.clock().date()
    for waiver in waivers_:
        status = standing(waiver, today, run.settings.policy.non_waivable)
        _tell(terminal, waiver, status, str(words(waiver, status)), reasons=reasons)
    terminal.say(f"{shown(str(file.path))}: {count(len(waivers_), 'waiver')}, no mistake. A SOURCE shows what they do.")
    return 0


def _held_against(
    terminal: Terminal, sources: Sequence[str], run: Told, token_file: Path | None, *, reasons: bool
) -> int:
    order = reading.order(run, reading.clock(), spoken=ENGLISH)
    collected = reading.collect(terminal, sources, run, token_file, order.generated_at)
    found = pipeline.run(collected, order)
    given = {waiver.id: waiver for waiver in order.waivers}
    for waiver in found.report.waivers:
        _tell(terminal, given[waiver.id], waiver.status, waiver.words, reasons=reasons)
    terminal.gaps(reading.gaps(found.inventory, found.scope.gaps))
    return 0 if found.report.complete else EvidenceError.exit_status


def _tell(terminal: Terminal, waiver: Waiver, status: str, told: str, *, reasons: bool) -> None:
    place = "  ".join(name for name in (waiver.agent, waiver.span_type, waiver.category) if name)
    terminal.result(f"{shown(waiver.id, 60):<12} {status:<15} {shown(waiver.rule, 20):<6} {shown(place)}  {told}")
    for line in _reasons(waiver) if reasons else ():
        terminal.result(f"{'':<12} {line}")


def _reasons(waiver: Waiver) -> Iterator[str]:
    yield shown(waiver.reason, 1000)
    more = [f"ticket {waiver.ticket}"] * bool(waiver.ticket) + [f"evidence {waiver.evidence}"] * bool(waiver.evidence)
    yield shown(f"by {waiver.approved_by} on {waiver.approved_on}{''.join(f', {item}' for item in more)}", 1000)
