"""The commands around the gate: ``check``, and ``waivers`` with what becomes of those that there are."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, Literal

from reporter import pipeline
from reporter.cli import archived, diff
from reporter.cli.reading import Call
from reporter.cli.terminal import Terminal, count, is_stdout
from reporter.declared.model import Account, Inventory
from reporter.errors import EvidenceError, UsageError, unmade
from reporter.gate import baseline, policy, previous, ratchet
from reporter.gate.baseline import Baseline
from reporter.gate.policy import Limits, Verdict
from reporter.plain import disk
from reporter.plain.language import ENGLISH, Message
from reporter.plain.text import shown
from reporter.plain.toml_lines import TomlFile
from reporter.render.check import gate as verdict_of
from reporter.render.check.alerts import spots
from reporter.render.check.places import NOWHERE, Tree
from reporter.render.check.verdicts import PLACED, CheckFormat, checker, inferred
from reporter.render.document import Document
from reporter.review import answers
from reporter.review.answers import Said
from reporter.review.assessment import waivable
from reporter.review.difference import LOCAL, Side, by_name
from reporter.review.newly import earlier
from reporter.review.waiver_file import blank, examine, next_id
from reporter.review.waivers import Waivable, Waiver, standing, words
from reporter.sources import lines
from reporter.sources.files import STDIN
from reporter.view.report import Report

Format = Literal["text", "json"] | CheckFormat

_ENDINGS: Final[dict[str, Literal["text", "json"]]] = {".txt": "text", ".json": "json"}
_SHORTEST: Final = 4  # of how a finding's id begins


def check(
    terminal: Terminal,
    *,
    format_: Format | None,
    files: Sequence[str],
    write_baseline: str | None,
    exit_zero: bool,
    against: str | None,
    **given: Any,
) -> int:
    """Holds declarations against the organisation's limits; returns the exit status.

    What is wrong in the call or its files is found before anything is read, and what is asked for is written before
    the status is decided.
    """
    call = Call(terminal, given)
    to_write = Path(write_baseline) if write_baseline else None
    if against and (given.get("baseline") or to_write):
        remedy = "Name one of them: --against stands for a baseline that is made of its SOURCE"
        raise UsageError("--against beside a baseline", where="command line", remedy=remedy)
    known = _against(terminal, against, given) if against else known_before(call, to_write)
    named = [STDIN if is_stdout(file) else file for file in files] or [STDIN]
    outputs = [(_format(file, format_, named), file) for file in named]
    # What is new since is told beside what is worse; only where a report or a file of answers knows it.
    kept = known and not known.collected
    order = call.order(spoken=ENGLISH, last=previous.read(Path(known.location)) if known and kept else None)
    collected = call.collect()
    if known is not None and known.collected:
        known = _alike(known, collected.inventory())
        order = replace(order, states=() if known.findings is not None else (earlier(_name(known), known.agents),))
    found = call.run(order, collected)
    report = found.report
    if known is not None and not known.collected:
        known.check_account(report.account)
    verdict = judged(call, found, known)
    call.tell_gaps(found.inventory, found.scope.gaps)
    call.warn(report.waivers)
    tree = cache(partial(_tree, call, found.report, verdict))
    steps: list[tuple[str, Callable[[], None]]] = [
        (kind, partial(_write, terminal, file, partial(_document, call, kind, file, verdict, found=found, tree=tree)))
        for kind, file in outputs
    ]
    if to_write is not None:
        steps.append(("baseline", partial(_keep, terminal, to_write, found)))
    if ("text", STDIN) not in outputs:
        steps.insert(0, ("text", lambda: terminal.say("\n".join(verdict_of.head(report, verdict)))))
    status = 0 if exit_zero and verdict.outcome == "failed" else verdict.exit_status
    for name, step in steps:
        try:
            step()
        except Exception as error:  # noqa: BLE001  (the verdict stands, and the other documents are written)
            problem = unmade(error, name)
            terminal.error(problem)
            status = max(status, problem.exit_status)
    return status


def _against(terminal: Terminal, source: str, given: Mapping[str, Any]) -> Baseline:
    """A baseline that is made of a source, of whichever shape it is."""
    side = diff.side(Call(terminal, {**given, "sources": [source]}))
    return Baseline(
        side.location,
        side.account or Account(LOCAL, LOCAL),
        None,
        side.complete,
        side.agents,
        {} if side.knows == "names" else None,
        side.knows == "schemas",
        collected=True,
    )


def _alike(known: Baseline, now: Inventory) -> Baseline:
    """The baseline about the agents that are judged.

    Raises:
        UsageError: It is of another account; files, which name none, may be held against any source.
    """
    if LOCAL not in (known.account.id, now.account.id) or known.account.id == now.account.id:
        known.check_account(now.account)
        return known
    agents = tuple(Said(each.id, each.name, {}) for each in now.agents)
    there = by_name(Side("", None, None, agents), Side("", None, None, known.agents)).agents
    # A release in files is about its own agents, and says nothing of the account's others.
    ids = {each.id for each in agents}
    kept = there if now.account.id != LOCAL else tuple(each for each in there if each.id in ids)
    return replace(known, agents=kept)


def _name(known: Baseline) -> Message:
    return Message("%(source)s", {"source": known.location})


def judged(call: Call, found: pipeline.Run, known: Baseline | None) -> Verdict:
    """The verdict by the limits of the settings, by what was known before, and by the runs of the archive."""
    given = call.settings.policy
    limits = Limits(**{each.name: getattr(given, each.name) for each in fields(Limits)})
    undecided = [*ratchet.reasons(found.ledger, archived.runs_before(call, found.ledger, limits), limits)]
    return policy.verdict(found.report, limits, known, found.scope.agents, undecided)


def known_before(call: Call, to_write: Path | None = None) -> Baseline | None:
    """What was known before; nothing was where the very file that is named is about to be written.

    It is the file that is named, or the nearest one of its name up to the repository's root, like that of waivers.
    """
    given = call.settings.policy
    named = given.baseline or disk.nearest(baseline.BASELINE_FILE, call.folder)
    if named is not None:
        first = to_write is not None and to_write.absolute() == named.absolute() and not to_write.exists()
        return None if first else baseline.read(named)
    if given.fail_on_new:
        remedy = "Name one with --baseline; `datarisk check --write-baseline FILE` writes one"
        where = call.told.origin(("policy", "fail_on_new"))
        raise UsageError("nothing is new without a baseline", where=where, remedy=remedy)
    return None


def _format(file: str, given: Format | None, files: Sequence[str]) -> Format:
    """What a file is written as: as it was said, where there is one, and else as its name ends."""
    if given is not None:
        if len(files) > 1:
            remedy = "Leave -f out: each file is written as its name ends"
            raise UsageError(f"{len(files)} files and one format", where="command line", remedy=remedy)
        return given
    found = "text" if file == STDIN else inferred(file) or _ENDINGS.get(Path(file).suffix.lower())
    if found is None:
        remedy = "Say it with -f, or end the name in .txt, .json, .sarif, .xml, .md or .codequality.json"
        raise UsageError("its name does not say in which format", where=file, remedy=remedy)
    return found


def _document(
    call: Call, kind: Format, file: str, verdict: Verdict, *, found: pipeline.Run, tree: Callable[[], Tree]
) -> Document:
    if kind == "text":
        everything = call.terminal.verbose > 0
        width = call.terminal.width if file == STDIN else None
        return verdict_of.to_text(found.report, verdict, sources=call.read_again, everything=everything, width=width)
    if kind == "json":
        return verdict_of.to_json(found.report, verdict, configuration=found.order.configuration)
    return checker(kind)(found.report, verdict, tree() if kind in PLACED else NOWHERE)


def _write(terminal: Terminal, file: str, make: Callable[[], Document]) -> None:
    document = make()
    if file == STDIN:
        terminal.document(document.pieces())
    else:
        disk.write_file(Path(file), document.pieces())
        terminal.result(str(Path(file)))


def _tree(call: Call, report: Report, verdict: Verdict) -> Tree:
    """The working tree, with the lines of all that a verdict tells; files are read again for that."""
    root = disk.upwards(Path())[-1].resolve()
    folder = Path.cwd().resolve().relative_to(root).as_posix()
    tree = Tree("" if folder == "." else folder)
    return replace(tree, points=lines.found(spots(report, verdict, tree), call.settings.max_megabytes))


def _keep(terminal: Terminal, file: Path, found: pipeline.Run) -> None:
    """The baseline of a report; one of incomplete evidence would let findings through that it could not see."""
    if found.report.complete:
        disk.write_file(file, baseline.to_bytes(found.report, answers.in_scope(found.scope.agents)))
        terminal.say(f"The baseline: {file}")
    else:
        terminal.complain(f"{file}: not written, because the evidence is incomplete")


# Waivers -----------------------------------------------------------------------------------------------------------


def waivers_new(terminal: Terminal, *, finding: str, span_type: str | None, file: str | None, **given: Any) -> int:
    """Prints a waiver for a finding, or appends it to a file.

    Raises:
        UsageError: There is no such finding, or its rule cannot be waived.
        EvidenceError: There is no such finding in evidence that is incomplete.
    """
    call = Call(terminal, given)
    order = call.order(spoken=ENGLISH, waive=False)
    output = Path(file) if file and not is_stdout(file) else None
    # Read before the evidence is, so that a file that cannot be appended to costs nobody the time.
    there = call.waivers_file() if output is None else TomlFile(output) if os.path.lexists(output) else None
    before = there.text if there else ""
    found = call.run(order)
    call.tell_gaps(found.inventory, found.scope.gaps)
    about, title = _found(finding, span_type, found)
    if about.rule in order.non_waivable:
        where = call.told.origin(("policy", "non_waivable"))
        raise UsageError(f"findings of rule {about.rule} cannot be waived", where=where)
    table = blank(about, title, next_id(before, call.now), call.now, call.terms())
    if output is None:
        terminal.result(table.rstrip("\n"))
        return 0
    disk.write_file(output, (f"{before.rstrip()}\n\n{table}" if before.strip() else table).encode())
    terminal.result(str(output))
    terminal.say("Fill in what is commented; until then the file is refused.")
    return 0


def _found(given: str, span_type: str | None, run: pipeline.Run) -> tuple[Waivable, str]:
    """The finding whose id is given, or begins so, or what it says of the span types of one name; with its title."""
    agents = run.assessment.agents
    names = Counter(each.agent.name for each in agents)
    every = [finding for each in agents for finding in each.findings]
    same = [each for each in every if each.id == given]
    if not same and len(given) >= _SHORTEST:
        same = [each for each in every if each.id.startswith(given)]
    if not same:
        remedy = "`datarisk check -v` lists all findings with their ids"
        kind = UsageError if run.report.complete else EvidenceError
        raise kind(f"there is no finding {given}", where="command line", remedy=remedy)
    if len(same) > 1:
        ids = ", ".join(each.id for each in same[:5])
        raise UsageError(f"{len(same)} findings begin with {given}", where="command line", remedy=f"Say which: {ids}")
    [finding] = same
    about = list(dict.fromkeys(entry.name for entry in finding.entries))
    if span_type is not None and span_type not in about:
        remedy = f"It is about {', '.join(about) or 'the agent as a whole'}"
        raise UsageError(f"finding {finding.id} is not about {span_type}", where="command line", remedy=remedy)
    # Of a single name a waiver says it too, so that it is not about another one that comes later.
    part = waivable(finding, span_type or (about[0] if len(about) == 1 else None))
    told_apart = finding.agent.name.strip() and names[finding.agent.name] == 1
    name = finding.agent.name if told_apart else finding.agent.id
    return replace(part, agent_name=name), finding.rule.title


def waivers_list(terminal: Terminal, **given: Any) -> int:
    """Lists waivers with their reasons."""
    return waivers_check(terminal, reasons=True, **given)


def waivers_check(terminal: Terminal, *, sources: Sequence[str], reasons: bool = False, **given: Any) -> int:
    """Looks for mistakes in a file of waivers, and says what becomes of each.

    Raises:
        UsageError: There is no file.
    """
    if sources and sources[0].endswith(".toml"):
        given["waivers"], sources = sources[0], sources[1:]
    call = Call(terminal, {**given, "sources": sources})
    file = call.waivers_file()
    if file is None:
        raise UsageError("there is no file of waivers", remedy="Name one, or write one with `datarisk waivers new`")
    waivers, mistakes = examine(file, call.terms())
    for mistake in mistakes:
        terminal.error(mistake)
    if mistakes:
        return UsageError.exit_status
    if sources:
        found = call.run(call.order(spoken=ENGLISH))
        by_id = {waiver.id: waiver for waiver in waivers}
        for each in found.report.waivers:
            _tell(terminal, by_id[each.id], each.status, each.words, reasons=reasons)
        call.tell_gaps(found.inventory, found.scope.gaps)
        return 0 if found.report.complete else EvidenceError.exit_status
    for waiver in waivers:
        status = standing(waiver, call.now.date(), call.settings.policy.non_waivable)
        _tell(terminal, waiver, status, str(words(waiver, status)), reasons=reasons)
    terminal.say(f"{shown(str(file.path))}: {count(len(waivers), 'waiver')}, no mistake. A SOURCE shows what they do.")
    return 0


def _tell(terminal: Terminal, waiver: Waiver, status: str, told: str, *, reasons: bool) -> None:
    place = "  ".join(name for name in (waiver.agent, waiver.span_type, waiver.category) if name)
    terminal.result(f"{shown(waiver.id, 60):<12} {status:<15} {shown(waiver.rule, 20):<6} {shown(place)}  {told}")
    if reasons:
        ticket = f", ticket {waiver.ticket}" if waiver.ticket else ""
        evidence = f", evidence {waiver.evidence}" if waiver.evidence else ""
        by = f"by {waiver.approved_by} on {waiver.approved_on}{ticket}{evidence}"
        for line in (waiver.reason, by):
            terminal.result(f"{'':<12} {shown(line, 1000)}")
