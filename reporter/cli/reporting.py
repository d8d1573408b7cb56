"""The commands that read declarations, ``report`` and ``collect``, and the platform to try them on."""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reporter import bundle, pipeline
from reporter.cli import archived, redacting
from reporter.cli.reading import Call
from reporter.cli.terminal import Terminal, count, is_stdout
from reporter.declared.model import Account
from reporter.errors import EvidenceError, OutputError, UsageError
from reporter.gate import previous
from reporter.order import Order
from reporter.plain import disk
from reporter.plain.text import shown
from reporter.render.check.gate import question
from reporter.review.previous import Previous
from reporter.review.tables import UNANSWERED
from reporter.sources import snapshot

if TYPE_CHECKING:
    from reporter.registry.serve import Running

_FIRST = 3  # questions that are named when a report is made


def report(terminal: Terminal, **given: Any) -> int:
    """Collects, aggregates and writes a run; returns the exit status, as every command does."""
    call = Call(terminal, given)
    named = call.settings.policy.baseline
    order = archived.with_runs(call, ordered(call, last=previous.read(named) if named else None))
    if not named and not given["no_baseline"]:
        order = replace(order, look=partial(_before, call))
    wanted = redacting.asked(given, Path(call.settings.output))
    found = call.run(order)
    if wanted:
        found = redacting.run(call, found, wanted, given)
    return written(call, found, split=bool(given["split"]))


def _before(call: Call, account: Account) -> Previous | None:
    """The run before, where runs are kept; one that cannot be read is told, and costs no report."""
    found = bundle.before(call.settings.output, account.name, account.id, call.now)
    if found is None:
        return None
    try:
        last = previous.read(found)
        last.check_account(account)
    except UsageError as error:
        call.terminal.complain(f"the run before is not held against: {error}")
        return None
    call.terminal.say(f"The run before, which this one is held against: {shown(last.location)} (--no-baseline: none)")
    return last


def collect(terminal: Terminal, *, destination: str, **given: Any) -> int:
    """Writes the evidence alone."""
    call = Call(terminal, given)
    archived.with_reuse(call)
    stated = call.stated(call.facts_file())
    wanted = redacting.asked(given, Path(destination))
    inventory, told = pipeline.with_facts(call.collect(), stated, call.now)
    data = redacting.evidence(call, inventory, told, given, wanted) if wanted else snapshot.to_bytes(inventory)
    taken = True
    if is_stdout(destination):
        taken = terminal.document([data])
    else:
        disk.write_file(Path(destination), data)
        terminal.result(destination)
    call.tell_gaps(inventory)
    if not taken:
        terminal.complain("the evidence was not written: nobody reads standard output to its end")
    return max(EvidenceError.exit_status if inventory.gaps else 0, 0 if taken else OutputError.exit_status)


def registry(terminal: Terminal, *, host: str, port: int, db: str | None, as_sent: bool) -> int:
    """Runs a platform on this machine until it is interrupted; the first line on stdout is its address."""
    from reporter.registry.serve import serve

    given = os.environ.get("PREFACTOR_API_TOKEN") or None

    def announce(running: Running) -> None:
        terminal.result(running.url)
        if not given:
            terminal.result(running.token)
        terminal.say(
            f"Set PREFACTOR_API_URL={running.url} and PREFACTOR_API_TOKEN for your agent and for datarisk report."
        )

    file = Path(db) if db else None
    serve(host=host, port=port, db=file, token=given, fill_unknown=not as_sent, announce=announce)
    return 0


def ordered(call: Call, *, waive: bool = True, last: Previous | None = None) -> Order:
    """What a report is asked for; whatever would keep it from being written is found before anything is read."""
    order = replace(call.order(waive=waive, last=last), seal=call.seal_key())
    if order.theme.templates:
        from reporter.render import apart

        for name in apart.looked_through(order.theme):
            call.terminal.complain(
                f"{order.theme.templates / name} stands in for no template of ours, and none includes it"
            )
    bundle.check_writable(call.settings.output)
    archived.elsewhere(call)  # what reaches it may not be installed
    return order


def written(call: Call, found: pipeline.Run, *, split: bool) -> int:
    """Writes a run, says what became of it, and returns the exit status."""
    terminal, settings, totals = call.terminal, call.settings, found.report.totals
    with terminal.progress("writing") as bar:
        elsewhere = archived.elsewhere(call)
        made = pipeline.write(
            found, settings.formats, settings.output, split=split, progress=bar.step, archive=elsewhere
        )
    if (made.folder / "report.pdf").is_file():
        from reporter.render.pdf import pdf

        if slow := pdf.engine_is_slow():
            terminal.say(slow)
        if less := pdf.says_less((made.folder / "report.pdf").read_bytes(), found.order.theme):
            terminal.complain(less)
    terminal.say(
        f"{count(totals.agents, 'agent')}, {count(totals.span_types, 'span type')}; {totals.known_cells:,} of "
        f"{totals.cells:,} fields known; not assessed: {count(totals.not_assessed, 'span type')}, "
        f"{count(totals.agents_not_assessed, 'agent')}"
    )
    if found.report.since:
        terminal.say(shown(found.report.since.words, 1000))
    if found.report.trend:
        terminal.say(shown(" ".join(found.report.trend.words), 1000))
    if listed := found.scope.only_listed:
        terminal.say(
            f"{count(listed, 'tool is', 'tools are')} listed that nobody declared; `datarisk init declarations` drafts "
            "what to fill in."
        )
    call.tell_gaps(found.inventory, found.scope.gaps)
    call.warn(found.report.waivers)
    _first(terminal, found, made.folder)
    if not found.report.complete:
        terminal.complain("the evidence is incomplete, and the report says so; nothing may be concluded from absence")
    for problem in made.problems:
        terminal.error(problem)
    terminal.result(str(made.folder))
    if made.kept:
        terminal.say(f"Kept in the archive: {shown(made.kept)}")
    statuses = [problem.exit_status for problem in made.problems]
    return max(0 if found.report.complete else EvidenceError.exit_status, *statuses, 0)


def _first(terminal: Terminal, found: pipeline.Run, folder: Path) -> None:
    """What needs somebody first, and how to see the rest."""
    # In English like all words of the command, whatever the report's language is.
    known = {issue.id: (each.agent.name, issue) for each in found.assessment.agents for issue in each.issues}
    every = (known[each] for each in found.report.summary.issues)
    open_ = [(agent, issue) for agent, issue in every if issue.status == "open"]
    if not open_:
        return
    terminal.say(f"To be decided: {count(len(open_), 'question')}, first of all")
    for number, (agent, issue) in enumerate(open_[:_FIRST], 1):
        silent = issue.question.key == UNANSWERED  # that nobody answered is no declaration
        state = issue.severity if silent else f"{issue.severity}, {issue.certainty}"
        for line in question(number, agent, issue.question.title, state, issue.names, width=terminal.words_width):
            terminal.say(line)
    if len(open_) > _FIRST:
        path = shlex.join([str(folder / "evidence" / "snapshot.json")])
        terminal.say(f"     and {len(open_) - _FIRST:,} more: datarisk issues {shown(path, 400)}")
