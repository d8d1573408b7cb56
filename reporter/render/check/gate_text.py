"""The gate's verdict for a terminal: what it is, why, most important first, and how to see more."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from reporter.gate.policy import Counted, Limits, Outcome, Verdict
from reporter.plain.text import shown
from reporter.render.document import Document
from reporter.view.report import Report

_GROUPS: Final = 8
_EACH: Final = 5
_NAME: Final = 60
_LINE: Final = 400


def render(report: Report, verdict: Verdict, *, sources: Sequence[str] = (), everything: bool = False) -> Document:
    """The verdict in lines.

    Args:
        report: What was judged.
        verdict: What the gate says.
        sources: What it was read from, for the commands that show more.
        everything: Whether every finding is listed, those that are tolerated too.
    """
    lines = [*head(report, verdict)]
    listed = (item for item in verdict.findings if everything or item.blocking)
    lines += _findings(listed, everything=everything)
    more = [*_more(verdict, sources, everything=everything)]
    lines += ["", *more] * bool(more)
    return Document("check.txt", "text/plain; charset=utf-8", "\n".join([*lines, ""]).encode("utf-8", "replace"))


def head(report: Report, verdict: Verdict) -> Iterator[str]:
    """The verdict and why it is what it is."""
    totals = report.totals
    over = f"{_count(totals.agents, 'agent')}, {_count(totals.span_types, 'span type')}"
    yield f"{_HEADS[verdict.outcome]}  {over}; {_tally(verdict)}"
    if verdict.passed:
        yield f"{_tolerated(verdict.limits)}. That is what was asked for here, and concludes nothing in law."
    for number, reason in enumerate(verdict.reasons, 1):
        yield f"  {number}. {shown(reason, _LINE)}"


_HEADS: Final[dict[Outcome, str]] = {
    "failed": "FAILED: review needed.",
    "incomplete": "INCOMPLETE: nothing may be concluded.",
    "passed": "Nothing is beyond the limits.",
}


def _tally(verdict: Verdict) -> str:
    found = _count(len(verdict.findings), "finding")
    accepted = sum(item.finding.status == "accepted" for item in verdict.findings)
    told = [f"{accepted:,} accepted by waivers"] * bool(accepted)
    told += [f"{len(verdict.new):,} not in the baseline"] * (verdict.baseline is not None)
    return f"{found} ({', '.join(told)})" if told else found


def _tolerated(limits: Limits) -> str:
    new = "new " if limits.fail_on_new else ""
    if limits.fail_on == "never":
        return f"No {new}finding is open" if new else "No finding fails this gate"
    above = "" if limits.fail_on == "high" else " or above"
    return f"No {new}finding of severity {limits.fail_on}{above} is open"


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
    finding, name = item.finding, partial(shown, limit=_NAME)
    told = [f"accepted by waiver {name(finding.waiver)}"] if finding.waiver else []
    told += ["cannot be ruled out"] * (finding.certainty != "declared")
    told += [{"new": "new", "changed": "changed since the baseline"}[item.since]] if item.since in _RECENT else []
    told += [shown(finding.note, _LINE)] if finding.note else []
    place = f"{name(item.agent_name)}  {name(finding.span_type)}" if finding.span_type else name(item.agent_name)
    return f"      {finding.id}  {place}" + (f"  ({'; '.join(told)})" if told else "")


_RECENT = ("new", "changed")


def _more(verdict: Verdict, sources: Sequence[str], *, everything: bool) -> Iterator[str]:
    """How to see more, beginning with the worst."""
    read = shown(shlex.join(sources), _LINE)
    blocking = [item.finding for item in verdict.findings if item.blocking]
    if blocking:
        yield f"What the first is about: datarisk explain {blocking[0].rule}"
        yield f"To accept it:            datarisk waivers new {blocking[0].id} {read}".rstrip()
    if verdict.findings:
        yield f"The evidence:            datarisk report {read}".rstrip()
    tolerated = len(verdict.findings) - len(blocking)
    if not everything and (tolerated or len(blocking) > _EACH):
        also = f", {tolerated:,} of them tolerated" if tolerated else ""
        yield f"All findings{also}: -v"


def _count(number: int, one: str) -> str:
    return f"{number:,} {one if number == 1 else f'{one}s'}"
