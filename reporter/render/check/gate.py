"""The gate's verdict in formats of our own: lines for a terminal, and ``datarisk/check/1`` for programs."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from typing import Any, Final

from reporter.declared.model import Place
from reporter.gate.baseline import BASELINE_FILE
from reporter.gate.policy import Outcome, Verdict
from reporter.gate.reason import Counted
from reporter.layers import Applied
from reporter.plain.memory import Lazily
from reporter.plain.text import shown
from reporter.render.document import Document, Large
from reporter.view.report import Report

SCHEMA: Final = "datarisk/check/1"
#: The verdict and its lists, whose items are small.
_OPENED: Final = 2
_TOLD: Final = [part.name for part in fields(Place)]
#: What of a finding its evidence says.
_ELSEWHERE: Final = ("places",)
# A screen holds no more: groups of findings, findings of each, and letters of a name, of a line and of a reason.
_GROUPS: Final = 8
_EACH: Final = 5
_NAME: Final = 60
_LINE: Final = 400
_REASON: Final = 1200


def to_json(report: Report, verdict: Verdict, *, configuration: Sequence[Applied] = ()) -> Document:
    """The verdict with its reasons, every finding, worst first, every waiver, and the files of settings that apply."""
    from reporter.render.json import streamed  # noqa: PLC0415 (loads what a terminal has no need of)

    value = {
        "schema": SCHEMA,
        "tool": asdict(report.tool),
        "generated_at": report.generated_at,
        "account": asdict(report.account),
        "evidence_sha256": report.evidence_sha256,
        "configuration": [asdict(each) for each in configuration],
        "catalogue": {"version": report.catalogue.version, "sha256": report.catalogue.sha256},
        "outcome": verdict.outcome,
        "exit_status": verdict.exit_status,
        "reasons": [
            {
                "kind": reason.kind,
                "words": reason.words,
                "findings": [item.finding.id for item in reason.findings],
                "changes": [asdict(change) for change in reason.changes],
            }
            for reason in verdict.why
        ],
        "limits": asdict(verdict.limits),
        "baseline": verdict.baseline,
        "notes": list(verdict.notes),
        "gaps": [asdict(gap) for gap in report.gaps],
        "totals": asdict(report.totals),
        "findings": Lazily(len(verdict.findings), lambda: map(_judged, verdict.findings)),
        "waivers": [asdict(waiver) for waiver in report.waivers],
    }
    return Document("check.json", "application/json", Large(streamed(value, _OPENED)))


def _judged(item: Counted) -> dict[str, Any]:
    judged = {"blocking": item.blocking, "since_baseline": item.since}
    agent = {"agent_id": item.agent_id, "agent_name": item.agent_name}
    found = {
        part.name: getattr(item.finding, part.name) for part in fields(item.finding) if part.name not in _ELSEWHERE
    }
    # In full: a verdict holds no rows to refer to.
    evidence = [{name: getattr(each, name) for name in _TOLD} for each in item.finding.evidence]
    return judged | agent | found | {"evidence": evidence}


def to_text(report: Report, verdict: Verdict, *, sources: Sequence[str] = (), everything: bool = False) -> Document:
    """The verdict in lines: what it is, why, most important first, and the commands that show more of ``sources``.

    With ``everything``, every finding is listed, those that are tolerated too.
    """
    listed = (item for item in verdict.findings if everything or item.blocking)
    lines = [*head(report, verdict), *_findings(listed, everything=everything)]
    # Behind what fails it, as the last lines are what a terminal leaves in sight.
    more = [*_more(verdict, sources, everything=everything)]
    lines += ["", *more] * bool(more)
    return Document("check.txt", "text/plain; charset=utf-8", "\n".join([*lines, ""]).encode("utf-8", "replace"))


def head(report: Report, verdict: Verdict) -> Iterator[str]:
    """The verdict and why it is what it is."""
    told = _count(len(verdict.findings), "finding")
    accepted = sum(item.finding.status == "accepted" for item in verdict.findings)
    more = [f"{accepted:,} accepted by waivers"] * bool(accepted)
    more += [f"{len(verdict.new):,} not in the baseline"] * (verdict.baseline is not None)
    told += f" ({', '.join(more)})" if more else ""
    over = f"{_count(report.totals.agents, 'agent')}, {_count(report.totals.span_types, 'span type')}"
    yield f"{_HEADS[verdict.outcome]}  {over}; {told}"
    if verdict.passed:
        yield f"{_tolerated(verdict)}, and concludes nothing in law."
    for number, reason in enumerate(verdict.why, 1):
        yield f"  {number}. {shown(reason.words, _REASON)}"
    for note in verdict.notes:
        yield f"  {shown(note, _REASON)}"


_HEADS: Final[dict[Outcome, str]] = {
    "failed": "FAILED: review needed.",
    "incomplete": "INCOMPLETE: nothing may be concluded.",
    "passed": "Nothing is beyond the limits.",
}


def _tolerated(verdict: Verdict) -> str:
    limits = verdict.limits
    new = "new " if limits.fail_on_new else ""
    said = ["Nothing is worse than in the baseline."] if verdict.baseline else []
    if limits.fail_on != "never":
        above = "" if limits.fail_on == "high" else " or above"
        said.append(f"No {new}finding of severity {limits.fail_on}{above} is open.")
    elif new:
        said.append("No new finding is open.")
    first = "Nothing is compared: there is no baseline. This looked for agents of which too little is answered"
    return " ".join([*said, "That is what was asked for here"]) if said else first


def _findings(found: Iterable[Counted], *, everything: bool) -> Iterator[str]:
    """By severity and rule, each with where it is; the worst first, and no more than a screen of them."""
    groups: dict[tuple[str, str], list[Counted]] = {}
    for item in found:
        groups.setdefault((item.finding.severity, item.finding.rule), []).append(item)
    some = list(groups.items())[: len(groups) if everything else _GROUPS]
    last = None
    for (severity, rule), items in some:
        if severity != last:
            yield from ("", severity)
            last = severity
        yield f"  {rule}  {shown(items[0].finding.title, _LINE)}"
        few = items if everything else items[:_EACH]
        yield from map(_line, few)
        if items[len(few) :]:
            yield f"      and {len(items) - len(few):,} more"
    hidden = sum(map(len, groups.values())) - sum(len(items) for _, items in some)
    if hidden:
        yield from ("", f"and {_count(hidden, 'finding')} of other rules")


def _line(item: Counted) -> str:
    finding = item.finding
    told = [f"accepted by waiver {shown(finding.waiver, _NAME)}"] if finding.waiver else []
    told += ["possible"] * (finding.certainty != "declared")
    told += ["new"] * (item.since == "new") + ["changed since the baseline"] * (item.since == "changed")
    told += [shown(finding.note, _LINE)] if finding.note else []
    names = ", ".join(shown(name, _NAME) for name in finding.span_types[:_EACH])
    more = f" and {len(finding.span_types) - _EACH:,} more" if finding.span_types[_EACH:] else ""
    place = shown(item.agent_name, _NAME) + (f"  {names}{more}" if names else "")
    return f"      {finding.id}  {place}" + (f"  ({'; '.join(told)})" if told else "")


def _more(verdict: Verdict, sources: Sequence[str], *, everything: bool) -> Iterator[str]:
    """How to see more, beginning with the worst."""
    # A file's name may hold what a shell takes for a command, and what a terminal takes for one.
    read = shown(shlex.join(sources), _LINE)
    blocking = [item.finding for item in verdict.findings if item.blocking]
    if blocking:
        yield f"What the first is about: datarisk explain {blocking[0].rule}"
        yield f"To accept it:            datarisk waivers new {blocking[0].id} {read}".rstrip()
    if verdict.findings:
        yield f"The evidence:            datarisk report {read}".rstrip()
    if not verdict.baseline:
        # The next step of whoever runs it for the first time.
        yield f"To compare from now on:  datarisk check {read} --write-baseline {BASELINE_FILE}".replace("  --", " --")
    tolerated = len(verdict.findings) - len(blocking)
    if not everything and (tolerated or len(blocking) > _EACH):
        also = f", {tolerated:,} of them tolerated" if tolerated else ""
        yield f"All findings{also}: -v"


def _count(number: int, one: str) -> str:
    return f"{number:,} {one if number == 1 else f'{one}s'}"
