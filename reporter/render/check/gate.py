"""The gate's verdict in formats of our own: lines for a terminal, and ``datarisk/check/1`` for programs."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from typing import Any, Final

from reporter.declared.model import Place
from reporter.gate.baseline import BASELINE_FILE
from reporter.gate.direction import fields_of
from reporter.gate.policy import Outcome, Verdict
from reporter.gate.reason import Counted
from reporter.layers import Applied
from reporter.plain.memory import Lazily
from reporter.plain.text import folded, shown
from reporter.render.document import Document, Large
from reporter.review.tables import SEVERITIES
from reporter.view.findings import Issue
from reporter.view.issues import ranked
from reporter.view.report import Agent, Report

SCHEMA: Final = "datarisk/check/1"
#: The verdict and its lists, whose items are small.
_OPENED: Final = 2
_TOLD: Final = [part.name for part in fields(Place)]
#: What of a finding its evidence says.
_ELSEWHERE: Final = ("places", "provisions")
# A screen holds no more lines; of them some are for questions, however much else there is to say.
_SCREEN: Final = 25
_FEWEST: Final = 5
_NAMED: Final = 3  # span types with a question
_EACH: Final = 5  # span types with a finding
_NAME: Final = 60
_INDENT: Final = 5
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
                "changes": [fields_of(change) for change in reason.changes],
            }
            for reason in verdict.why
        ],
        "limits": asdict(verdict.limits),
        "baseline": verdict.baseline,
        "notes": list(verdict.notes),
        "gaps": [asdict(gap) for gap in report.gaps],
        "totals": asdict(report.totals),
        "since": asdict(report.since) if report.since else None,
        "coverage": {agent.id: agent.coverage for agent in report.agents},
        "issues": Lazily(report.totals.issues, lambda: (_issue(*each) for each in ranked(report))),
        "findings": Lazily(len(verdict.findings), lambda: map(_judged, verdict.findings)),
        "waivers": [asdict(waiver) for waiver in report.waivers],
    }
    return Document("check.json", "application/json", Large(streamed(value, _OPENED)))


def _issue(agent: Agent, issue: Issue) -> dict[str, Any]:
    told = issue.again()
    values = {part.name: getattr(told, part.name) for part in fields(issue)}
    return {"agent_id": agent.id, "agent_name": agent.name} | values


def _judged(item: Counted) -> dict[str, Any]:
    judged = {"blocking": item.blocking, "since_baseline": item.since}
    agent = {"agent_id": item.agent_id, "agent_name": item.agent_name}
    found = {
        part.name: getattr(item.finding, part.name) for part in fields(item.finding) if part.name not in _ELSEWHERE
    }
    # In full: a verdict holds no rows to refer to.
    evidence = [{name: getattr(each, name) for name in _TOLD} for each in item.finding.evidence]
    return judged | agent | found | {"evidence": evidence}


def to_text(
    report: Report,
    verdict: Verdict,
    *,
    sources: Sequence[str] = (),
    everything: bool = False,
    width: int | None = None,
) -> Document:
    """The verdict in lines: what it is, why, most important first, and the commands that show more of ``sources``.

    Args:
        report: What was judged.
        verdict: What the gate says of it.
        sources: What it was read from, for these commands.
        everything: Whether every finding is listed, those that are tolerated too, and every question; else it is no
            more than a screen.
        width: In characters, of the screen that it is for; None where a program reads it, and no line is broken.
    """
    first = _folded(head(report, verdict), width)
    # Behind what fails it, as the last lines are what a terminal leaves in sight.
    more = [*_more(verdict, sources, everything=everything)]
    last = ["", *more] * bool(more)
    # Commands are not broken, so that they can be copied; the screen breaks them.
    rows = sum(1 if width is None else max(1, -(-len(line) // width)) for line in last)
    if everything:
        lines = _folded([*_every(report, verdict), *_findings(verdict.findings, everything=True)], width)
    else:
        room = max(_FEWEST, _SCREEN - len(first) - rows)
        lines = _issues(report, verdict, sources, room, width)
        # What fails it by its id, where that is no more than a screen; the questions above name all of it.
        failing = _folded(_findings([item for item in verdict.findings if item.blocking], everything=False), width)
        lines += failing if len(lines) + len(failing) <= room else []
    document = "\n".join([*first, *lines, *last, ""])
    return Document("check.txt", "text/plain; charset=utf-8", document.encode("utf-8", "replace"))


def _folded(lines: Iterable[str], width: int | None) -> list[str]:
    return [part for line in lines for part in folded(line, width, _INDENT)]


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


def _asked_first(report: Report, verdict: Verdict) -> list[tuple[Agent, Issue, bool]]:
    """The questions that are open or fail it: those that fail it first, and then as they need somebody."""
    failing = {(item.agent_id, item.finding.id) for item in verdict.findings if item.blocking}
    every = [
        (agent, issue, any((agent.id, each) in failing for each in issue.findings)) for agent, issue in ranked(report)
    ]
    open_ = [each for each in every if each[2] or each[1].status == "open"]
    return sorted(open_, key=lambda each: not each[2])


def _title(report: Report, asked: Sequence[tuple[Agent, Issue, bool]]) -> str:
    fail = sum(each[2] for each in asked)
    settled = report.totals.issues - len(asked)
    more = [f"{fail:,} of them fail this check"] * bool(fail)
    more += [f"{settled:,} answered or accepted"] * bool(settled)
    return ", ".join([f"To be decided: {_count(len(asked), 'question')}", *more])


def question(
    number: int, agent: str, asked: str, state: str, span_types: Sequence[str], *, width: int | None
) -> list[str]:
    """One line, which holds the agent's name and the question whole; on a screen it may take several.

    Span types are named as far as they take no further one.
    """
    plain = folded(f"{number:>3}. {shown(agent)}: {asked} ({state})", width, _INDENT)
    for most in range(min(_NAMED, len(span_types)), -1, -1):
        names = [shown(name, _NAME) for name in span_types[:most]]
        left = len(span_types) - most
        more = (f" and {left:,} more" if names else _count(left, "span type")) if left else ""
        line = f"{plain[-1]}  {', '.join(names)}{more}".rstrip()
        if width is None or len(line) <= width:
            return [*plain[:-1], line]
    return plain


def _asked(number: int, agent: Agent, issue: Issue, *, fails: bool, width: int | None = None) -> list[str]:
    state = f"{', '.join(issue.weight)}{'; fails' if fails else ''}"
    return question(number, agent.name, issue.question, state, issue.span_types, width=width)


def _every(report: Report, verdict: Verdict) -> Iterator[str]:
    asked = _asked_first(report, verdict)
    if asked:
        yield from ("", _title(report, asked))
    for number, (agent, issue, fails) in enumerate(asked, 1):
        yield from _asked(number, agent, issue, fails=fails)


def _issues(report: Report, verdict: Verdict, sources: Sequence[str], room: int, width: int | None) -> list[str]:
    """What people have to decide, in so many lines; whatever fails is named, by its agent where there is no room."""
    asked = _asked_first(report, verdict)
    if not asked:
        return []
    lines = ["", _title(report, asked)]
    for number, (agent, issue, fails) in enumerate(asked, 1):
        made = _asked(number, agent, issue, fails=fails, width=width)
        rest = _folded(_left(asked[number - 1 :], sources), width)
        after = _folded(_left(asked[number:], sources), width)
        if len(lines) + len(made) + len(after) > room and number > 1:
            return [*lines, *rest]
        lines += made
    return lines


def _left(asked: Sequence[tuple[Agent, Issue, bool]], sources: Sequence[str]) -> Iterator[str]:
    """What a screen has no room for: whose questions fail it, and how severe all of them are."""
    failing = Counter(shown(agent.name) for agent, _, fails in asked if fails)
    if failing:
        names = ", ".join(f"{name} ({number:,})" for name, number in failing.items())
        yield f"     and {failing.total():,} more that fail: {names}"
    if asked:
        weights = Counter(issue.severity for _, issue, _ in asked)
        told = ", ".join(f"{weights[each]:,} {each}" for each in reversed(SEVERITIES) if weights[each])
        more = f"{len(asked):,} more in all" if failing else f"and {len(asked):,} more"
        yield f"     {more} ({told}): datarisk issues {_command(sources)}".rstrip()


def _findings(found: Iterable[Counted], *, everything: bool) -> Iterator[str]:
    """By severity and rule, each with where it is; the worst first."""
    groups: dict[tuple[str, str], list[Counted]] = {}
    for item in found:
        groups.setdefault((item.finding.severity, item.finding.rule), []).append(item)
    last = None
    for (severity, rule), items in groups.items():
        if severity != last:
            yield from ("", severity)
            last = severity
        yield f"  {rule}  {shown(items[0].finding.title, _LINE)}"
        yield from (_line(item, everything=everything) for item in items)


def _line(item: Counted, *, everything: bool) -> str:
    finding = item.finding
    told = [f"accepted by waiver {shown(finding.waiver, _NAME)}"] if finding.waiver else []
    told += ["possible"] * (finding.certainty != "declared")
    told += ["new"] * (item.since == "new") + ["changed since the baseline"] * (item.since == "changed")
    told += [shown(finding.note, _LINE)] if finding.note else []
    some = finding.span_types if everything else finding.span_types[:_EACH]
    names = ", ".join(shown(name, _NAME) for name in some)
    more = f" and {len(finding.span_types) - len(some):,} more" if finding.span_types[len(some) :] else ""
    place = shown(item.agent_name) + (f"  {names}{more}" if names else "")
    return f"      {finding.id}  {place}" + (f"  ({'; '.join(told)})" if told else "")


def _command(sources: Sequence[str]) -> str:
    # A file's name may hold what a shell takes for a command, and what a terminal takes for one.
    return shown(shlex.join(sources), _LINE)


def _more(verdict: Verdict, sources: Sequence[str], *, everything: bool) -> Iterator[str]:
    """How to see more, beginning with the worst."""
    read = _command(sources)
    blocking = [item.finding for item in verdict.findings if item.blocking]
    if blocking:
        yield f"What the first is about: datarisk explain {blocking[0].rule}"
        yield f"To accept it:            datarisk waivers new {blocking[0].id} {read}".rstrip()
    if verdict.findings:
        yield f"The evidence:            datarisk report {read}".rstrip()
    if not verdict.baseline and verdict.outcome != "incomplete":
        # The next step of whoever runs it for the first time.
        yield f"To compare from now on:  datarisk check {read} --write-baseline {BASELINE_FILE}".replace("  --", " --")
    tolerated = len(verdict.findings) - len(blocking)
    if not everything and verdict.findings:
        also = f", {tolerated:,} of them tolerated" if tolerated else ""
        yield f"All findings{also}: -v"


def _count(number: int, one: str) -> str:
    return f"{number:,} {one if number == 1 else f'{one}s'}"
