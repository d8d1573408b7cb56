"""The command ``issues``: what people have to decide, in the order in which it needs somebody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from reporter.cli.reading import Call
from reporter.cli.terminal import Terminal, count
from reporter.errors import EvidenceError
from reporter.plain.language import ENGLISH
from reporter.plain.text import LIMIT, folded, shown
from reporter.view.findings import Issue
from reporter.view.issues import ranked
from reporter.view.report import Report

_LINE = 1000
_NAME = 60
_INDENT = 15
_NAMED = 5  # span types in a line; -v names all


def issues(terminal: Terminal, **given: Any) -> int:
    """Lists every issue once, open ones first; returns the exit status."""
    call = Call(terminal, given)
    found = call.run(call.order(spoken=ENGLISH))
    call.tell_gaps(found.inventory, found.scope.gaps)
    for line in _lines(found.report, everything=terminal.verbose > 0):
        for part in folded(shown(line, _LINE), terminal.width, _INDENT):
            terminal.result(part)
    return 0 if found.report.complete else EvidenceError.exit_status


def _lines(report: Report, *, everything: bool) -> Iterator[str]:
    every = ranked(report)
    for number, (agent, issue) in enumerate(every, 1):
        if number > 1:
            yield ""
        state = ", ".join(issue.weight) if issue.status == "open" else issue.status
        yield f"{number:>3}. {shown(agent.name, LIMIT)}: {issue.question}  ({state})"
        if names := _named(issue.span_types, everything=everything):
            yield f"     about     {names}"
        for lacking, labels in _wanted(issue).items():
            yield f"     answer    {', '.join(labels)}: {_named(lacking, everything=everything)}"
        if issue.status == "open":
            yield f"     at worst  {issue.consequence.removeprefix('At worst: ')}"
        yield from _decided(issue)
        if everything:
            yield from (f"     not known {each}" for each in issue.not_known)
            titles = {each.id: f"{each.rule} {each.title}" for each in agent.findings}
            yield from (f"     finding   {each}  {titles[each]}" for each in issue.findings)
        yield f"     id        {issue.id}  declared {issue.declared}"
    if every:
        yield ""
    open_ = report.totals.open_issues
    over = f"{count(report.totals.agents, 'agent')}, {count(report.totals.findings, 'finding')}"
    yield f"{count(open_, 'issue')} open, {len(every) - open_:,} answered or accepted; {over}"


def _wanted(issue: Issue) -> dict[tuple[str, ...], list[str]]:
    """The answers that would settle most, together where the same span types lack them."""
    found: dict[tuple[str, ...], list[str]] = {}
    for each in issue.wanted:
        found.setdefault(tuple(each.span_types), []).append(each.label)
    return found


def _decided(issue: Issue) -> Iterator[str]:
    owner = [f"owner {shown(issue.owner, _NAME)}"] if issue.owner else []
    due = [f"due {issue.due}"] if issue.due else []
    if owner or due:
        yield f"     who       {', '.join([*owner, *due])}"
    if issue.decision:
        by = f" ({issue.decided_by}, {issue.decided_on}, {issue.reference})"
        yield f"     decided   {shown(issue.decision)}{shown(by)}"
    if issue.measure:
        yield f"     measure   {shown(issue.measure)}"
    if issue.residual_risk:
        yield f"     left      residual risk {issue.residual_risk}"
    if issue.dpo_advice:
        yield f"     advice    {shown(issue.dpo_advice)}{_followed(issue)}"
    if issue.approved_by:
        yield f"     approved  {shown(issue.approved_by, _NAME)}"
    if issue.note:
        yield f"     note      {issue.note}"


def _followed(issue: Issue) -> str:
    if issue.advice_followed is None:
        return " (of the DPO)"
    return (
        " (of the DPO; followed)"
        if issue.advice_followed
        else f" (of the DPO; not followed: {shown(issue.advice_reason or '')})"
    )


def _named(names: Sequence[str], *, everything: bool) -> str:
    some = names if everything else names[:_NAMED]
    more = f" and {len(names) - len(some):,} more" if len(names) > len(some) else ""
    return ", ".join(shown(name, _NAME) for name in some) + more
