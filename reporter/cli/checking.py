"""The command ``check``: the gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from reporter import pipeline
from reporter.cli import reading
from reporter.cli.terminal import Terminal, is_stdout
from reporter.errors import UsageError, unmade
from reporter.gate import baseline, policy
from reporter.gate.baseline import Baseline
from reporter.gate.policy import Limits, Verdict
from reporter.layers import Told
from reporter.plain import disk
from reporter.plain.language import ENGLISH
from reporter.plain.text import shown
from reporter.render.check import gate
from reporter.render.check.verdicts import CheckFormat, checker, inferred
from reporter.render.document import Document
from reporter.settings import PolicySettings
from reporter.sources.places import STDIN
from reporter.view.report import Report

Format = Literal["text", "json"] | CheckFormat
Renderer = Callable[[Report, Verdict], Document]

_ENDINGS: Final[dict[str, Literal["text", "json"]]] = {".txt": "text", ".json": "json"}
_STDOUT: Final = Path(STDIN)


def check(
    terminal: Terminal,
    *,
    sources: Sequence[str],
    config: Path | None,
    token_file: Path | None,
    format_: Format | None,
    files: Sequence[str],
    write_baseline: Path | None,
    exit_zero: bool,
    **flags: Any,
) -> int:
    """Holds declarations against the organisation's limits; returns the exit status.

    What is wrong in the call or its files is found before anything is read, and what is asked for is written before
    the status is decided.
    """
    run = reading.told(flags, config)
    limits, known = _limits(run.settings.policy), _baseline(run, write_baseline)
    named = [STDIN if is_stdout(file) else file for file in files] or [STDIN]
    outputs = [(_format(file, format_, named), Path(file)) for file in named]
    order = reading.order(run, reading.clock(), spoken=ENGLISH)
    reading.tell(terminal, order)
    collected = reading.collect(terminal, sources, run, token_file, order.generated_at)
    found = pipeline.run(collected, order)
    report = found.report
    if known is not None:
        known.check_account(report.account)
    verdict = policy.verdict(report, limits, known)
    terminal.gaps(reading.gaps(found.inventory, found.scope.gaps))
    _warn(terminal, report, known)
    told = partial(gate.to_text, sources=sources, everything=terminal.verbose > 0)
    steps: list[tuple[str, Callable[[], None]]] = [
        (kind, partial(_write, terminal, file, partial(_rendered, kind, told, report, verdict, order)))
        for kind, file in outputs
    ]
    steps.append(("baseline", partial(_keep, terminal, write_baseline, report)))
    if ("text", _STDOUT) not in outputs:
        steps.insert(0, ("text", lambda: terminal.say("\n".join(gate.head(report, verdict)))))
    return max(0 if exit_zero and verdict.outcome == "failed" else verdict.exit_status, *_problems(terminal, steps))


def _problems(terminal: Terminal, steps: Sequence[tuple[str, Callable[[], None]]]) -> Iterator[int]:
    """The exit statuses of what went wrong; one document that fails, however, keeps no other from being written."""
    yield 0
    for name, step in steps:
        try:
            step()
        except Exception as error:  # noqa: BLE001  (the verdict stands)
            problem = unmade(error, name)
            terminal.error(problem)
            yield problem.exit_status


def _rendered(kind: Format, text: Renderer, report: Report, verdict: Verdict, order: pipeline.Order) -> Document:
    return _renderer(kind, text, order)(report, verdict)


def _write(terminal: Terminal, file: Path, render: Callable[[], Document]) -> None:
    pieces = render().pieces()
    if file == _STDOUT:
        terminal.document(pieces)
    else:
        disk.write_file(file, pieces)
        terminal.result(str(file))


def _limits(given: PolicySettings) -> Limits:
    return Limits(given.fail_on, given.fail_on_new, given.max_not_assessed, given.max_unknown_share)


def _baseline(run: Told, to_write: Path | None) -> Baseline | None:
    """What was known before; nothing was where the very file that is named is about to be written."""
    given = run.settings.policy
    if given.baseline is not None:
        first = to_write is not None and to_write.absolute() == given.baseline.absolute() and not to_write.exists()
        return None if first else baseline.read(given.baseline)
    if given.fail_on_new:
        remedy = "Name one with --baseline; `datarisk check --write-baseline FILE` writes one"
        where = run.origin(("policy", "fail_on_new"))
        raise UsageError("nothing is new without a baseline", where=where, remedy=remedy)
    return None


def _format(file: str, given: Format | None, files: Sequence[str]) -> Format:
    """What a file is written as: as it was said, where there is one, and else as its name ends."""
    if file == STDIN and given is None:
        return "text"
    if given is not None:
        if len(files) > 1:
            remedy = "Leave -f out: each file is written as its name ends"
            raise UsageError(f"{len(files)} files and one format", where="command line", remedy=remedy)
        return given
    found = inferred(file) or _ENDINGS.get(Path(file).suffix.lower())
    if found is None:
        remedy = "Say it with -f, or end the name in .txt, .json, .sarif, .xml or .md"
        raise UsageError("its name does not say in which format", where=file, remedy=remedy)
    return found


def _renderer(kind: Format, text: Renderer, order: pipeline.Order) -> Renderer:
    """The renderer of a format, imported when it is needed."""
    if kind == "text":
        return text
    if kind == "json":
        return partial(gate.to_json, configuration=order.configuration)
    return checker(kind)


def _warn(terminal: Terminal, report: Report, known: Baseline | None) -> None:
    """What is no reason to fail, and what somebody has to see to all the same."""
    reading.warn(terminal, report.waivers)
    if known is not None and not known.complete:
        terminal.warn(f"{shown(known.location)}: incomplete evidence; what it could not read counts as new")
    if known is not None and known.catalogue not in (None, report.catalogue.version):
        terminal.warn(
            f"{shown(known.location)}: made with the rules of {shown(str(known.catalogue))}, and these are those of "
            f"{report.catalogue.version}; what is new may be a rule"
        )


def _keep(terminal: Terminal, file: Path | None, report: Report) -> None:
    """The baseline of a report; one of incomplete evidence would let findings through that it could not see."""
    if file is None:
        return
    if not report.complete:
        terminal.complain(f"{file}: not written, because the evidence is incomplete")
        return
    disk.write_file(file, baseline.to_bytes(report))
    terminal.say(f"The baseline: {file}")
