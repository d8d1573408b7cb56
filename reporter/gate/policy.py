"""The gate: what an organisation tolerates, and why a report is beyond it.

A verdict is about the organisation's own limits. It concludes nothing about any law, and evidence with gaps never gets
through, whatever the limits are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from reporter.declared.aggregate import LOUD, aggregate
from reporter.declared.model import SpanType
from reporter.declared.scope import ScopedAgent
from reporter.declared.vocabulary import CELLS_PER_SPAN_TYPE
from reporter.gate.answers import in_report
from reporter.gate.baseline import Baseline
from reporter.gate.compared import Against
from reporter.gate.reason import Counted, Reason, count, some
from reporter.plain.memory import collecting_later
from reporter.review.answers import in_scope
from reporter.review.newly import RULE
from reporter.view.findings import Severity
from reporter.view.report import Agent, Report

Outcome = Literal["passed", "failed", "incomplete"]
Threshold = Severity | Literal["never"]

SEVERITIES: Final[tuple[Severity, ...]] = ("high", "medium", "low", "info")
_RULES_NAMED: Final = 3
# The rule of what the version before declared and this one does not.
_LOST: Final = "R11"
_STATUS: Final[dict[Outcome, int]] = {"passed": 0, "failed": 1, "incomplete": 3}


@dataclass(frozen=True, slots=True)
class Limits:
    """What is tolerated.

    Evidence with gaps never is; nor is, whatever else is said, an agent that is not assessed or mostly unanswered, or
    what a baseline shows to be worse than it was.

    Attributes:
        fail_on: The severity from which on an open finding fails the gate.
        fail_on_new: Whether only those fail it that the baseline lacks, or knows with another declared value. With
            ``fail_on`` at ``never`` they do so from every severity.
        max_not_assessed: How many span types of which nothing is assessed are tolerated; None for any number, as long
            as they leave no agent mostly unanswered. Where it is a number, agents may be so for that many span types.
        max_unknown_share: How many percent of all fields may be without a decided value, in sum and of each agent;
            None for any share.
        unknowns_may_rise: Whether an agent may have more undecided fields than in the baseline.
        max_unknown_age_days: For how many days a field may be undecided; None for ever.
        no_unknown_special_with_way_out: Whether fields under GDPR Art. 9 or 10 have to be decided where external
            communication is not ruled out.

    An agent without span types counts as one of which nothing is assessed, and so does each that is gone since the
    version before: less told is never less to answer for.
    """

    fail_on: Threshold = "never"
    fail_on_new: bool = False
    max_not_assessed: int | None = None
    max_unknown_share: float | None = None
    unknowns_may_rise: bool = False
    max_unknown_age_days: int | None = None
    no_unknown_special_with_way_out: bool = False

    def counts(self, severity: Severity) -> bool:
        """Whether an open finding of this severity would fail the gate, if it is new enough."""
        if self.fail_on == "never":
            return self.fail_on_new
        return SEVERITIES.index(severity) <= SEVERITIES.index(self.fail_on)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says.

    Attributes:
        why: What it did not let the report through for, most important first; empty where it did.
        findings: Every finding of the report, accepted ones too, worst first.
        limits: What was tolerated.
        baseline: Where the baseline was read from.
        notes: What has to be known of the comparison, where that is not plain.
    """

    outcome: Outcome
    why: tuple[Reason, ...]
    findings: tuple[Counted, ...]
    limits: Limits
    baseline: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def exit_status(self) -> int:
        """That of ``datarisk check``."""
        return _STATUS[self.outcome]

    @property
    def passed(self) -> bool:
        """Whether nothing is beyond the limits, and everything could be read."""
        return self.outcome == "passed"

    @property
    def complete(self) -> bool:
        """Whether everything could be read; where not, nothing may be concluded."""
        return self.outcome != "incomplete"

    @property
    def threshold(self) -> Severity | None:
        """From which severity on findings fail it; None where none do for their severity."""
        return None if self.limits.fail_on == "never" else self.limits.fail_on

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it did not let the report through, in words."""
        return tuple(reason.words for reason in self.why)

    @property
    def failing(self) -> frozenset[str]:
        """The ids of the findings that fail it."""
        return frozenset(item.finding.id for item in self.findings if item.blocking)

    @property
    def new(self) -> frozenset[str]:
        """The ids of those that the baseline lacks, or knows with another declared value."""
        return frozenset(item.finding.id for item in self.findings if item.is_new)


def verdict(
    report: Report,
    limits: Limits,
    baseline: Baseline | None = None,
    scoped: Sequence[ScopedAgent] | None = None,
    undecided: Sequence[Reason] = (),
) -> Verdict:
    """Holds a report against the limits, and against a baseline.

    Findings that a waiver accepts are tolerated; nothing else is.

    Args:
        report: The report.
        limits: What is tolerated.
        baseline: What was known before.
        scoped: What the report was made of, which knows schemas and what the versions before had; without it, the
            report has to do.
        undecided: What may not stay undecided and does (``ratchet``).
    """
    against = None
    if baseline is not None:
        said = in_report(report) if scoped is None else in_scope(scoped)
        against = Against.of(report, baseline, said)
    with collecting_later():  # hundreds of thousands of findings live to the end of the run
        findings = tuple(sorted(_counted(report, limits, against), key=_worst_first))
    # Every reason is told, not only the first: whoever mends one would run into the next.
    reasons = (
        *_incomplete(report),
        *_against_incomplete(baseline),
        *_unanswered(report, limits, {each.agent.id: each for each in scoped or () if each.lost}),
        *(
            (each for each in against.reasons() if each.kind != "risen" or not limits.unknowns_may_rise)
            if against
            else ()
        ),
        *_blocked([item for item in findings if item.blocking and not _reopens(item)], limits),
        *_reopened([item for item in findings if item.blocking and _reopens(item)]),
        *_not_assessed(report, limits),
        *_unknown(report, limits),
        *undecided,
    )
    # Incomplete beats failed and passed: what could not be read may hold anything.
    whole = report.complete and not any(_against_incomplete(baseline))
    outcome: Outcome = "incomplete" if not whole else "failed" if reasons else "passed"
    notes = tuple(against.notes()) if against else ()
    return Verdict(outcome, reasons, findings, limits, baseline.location if baseline else None, notes)


def _counted(report: Report, limits: Limits, against: Against | None) -> Iterator[Counted]:
    for agent in report.agents:
        settled = _settled(agent) if limits.fail_on != "never" or limits.fail_on_new else frozenset()
        for finding in agent.findings:
            since = against.since(agent.id, finding) if against else None
            recent = not limits.fail_on_new or since != "known"
            # A finding that the baseline knows with another value blocks like a new one: it is another matter by now.
            open_ = finding.status == "open" and finding.issue not in settled
            # What newly meets one of the worst combinations is a change for the worse, whatever severities fail it.
            brought = finding.rule == RULE and since in ("new", "changed")
            blocking = open_ and (brought or (recent and limits.counts(finding.severity)))
            yield Counted(agent.id, agent.name, finding, since, blocking)


def _settled(agent: Agent) -> frozenset[str]:
    """The questions that somebody has answered for what is declared now."""
    return frozenset(issue.key for issue in agent.issues if issue.status == "answered")


def _worst_first(item: Counted) -> tuple[object, ...]:
    """The order of every format: what fails the gate before what does not, what is accepted last."""
    finding = item.finding
    return (
        finding.status == "accepted",
        not item.blocking,
        not item.is_new,
        SEVERITIES.index(finding.severity),
        finding.certainty != "declared",
        finding.rule,
        item.agent_name.casefold(),
        item.agent_id,
    )


def _incomplete(report: Report) -> Iterator[Reason]:
    if not report.complete:
        first = report.gaps[0]
        yield Reason(
            "incomplete",
            f"the evidence is incomplete, so nothing may be concluded: {count(len(report.gaps), 'thing')} could not "
            f"be read, first of all {first.what}: {first.why}",
        )


def _against_incomplete(baseline: Baseline | None) -> Iterator[Reason]:
    if baseline and baseline.collected and not baseline.complete:
        yield Reason("incomplete", f"{baseline.location}, to compare with, could not be read whole")


def _reopens(item: Counted) -> bool:
    return item.finding.rule == RULE


def _reopened(found: Sequence[Counted]) -> Iterator[Reason]:
    """What has to be looked at again, by whom it is about."""
    if found:
        names = [item.agent_name for item in found]
        words = (
            f"{count(len(found), 'agent')} newly meet{'s' if len(found) == 1 else ''} one of X01 to X09, so that the "
        )
        yield Reason("findings", f"{words}impact assessment is to be looked at again: {some(names)}", tuple(found))


def _blocked(blocking: Sequence[Counted], limits: Limits) -> Iterator[Reason]:
    """A reason for each severity that there is, from the worst on."""
    for severity in SEVERITIES:
        found = tuple(item for item in blocking if item.finding.severity == severity)
        if found:
            noun = f"{severity} finding"
            lacks = " that the baseline lacks" if limits.fail_on_new else ""
            threshold = "new ones are" if limits.fail_on == "never" else f"{limits.fail_on} is"
            yield Reason(
                "findings", f"{count(len(found), noun)}{lacks} ({threshold} the limit): {_rules(found)}", found
            )


def _rules(found: Iterable[Counted]) -> str:
    """The rules behind findings, those with most of them first."""
    counted = Counter((item.finding.rule, item.finding.title) for item in found)
    ranked = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    named = [f"{rule} {title}" + (f" ({number})" if number > 1 else "") for (rule, title), number in ranked]
    more = len(named) - _RULES_NAMED
    return "; ".join(named[:_RULES_NAMED]) + (f"; and {count(more, 'more rule')}" if more > 0 else "")


def _unanswered(report: Report, limits: Limits, lost: Mapping[str, ScopedAgent]) -> Iterator[Reason]:
    """Agents of which too little is known to say that anything is fine; with a limit, beyond so many span types."""
    unread = {gap.agent_id for gap in report.gaps}
    loud: dict[str, str] = {}
    entries = 0
    for agent in report.agents:
        gone = lost[agent.id].lost if agent.id in lost and _lost(agent) else ()
        # What is gone counts with the answers that it gave: dropping what nobody answered answers nothing.
        word = aggregate([*_entries(lost[agent.id]), *gone]).coverage if gone and agent.assessed else agent.coverage
        # Of one that could not be read, that is what is told.
        if word in LOUD and (agent.assessed or agent.id not in unread):
            loud[agent.id] = f"{agent.name}, {word}{_known(agent, gone)}"
            entries += max(1, sum(entry.coverage in LOUD for entry in agent.span_types) + _lost(agent))
    limit = limits.max_not_assessed
    if loud and (limit is None or entries > limit):
        words = f"too little is answered of {count(len(loud), 'agent')}: {some([*loud.values()])}"
        yield Reason("unanswered", words, agents=tuple(loud))


def _entries(scoped: ScopedAgent) -> Iterator[SpanType]:
    return (entry for item in scoped.versions for entry in item.version.span_types or ())


def _known(agent: Agent, gone: Sequence[SpanType]) -> str:
    known = agent.assessment.known_cells + sum(entry.known_cells for entry in gone)
    cells = agent.assessment.cells + len(gone) * CELLS_PER_SPAN_TYPE
    if not cells:
        return " (no span types)"
    more = f", those of {count(len(gone), 'span type')} gone since the version before among them" if gone else ""
    return f" ({known:,} of {cells:,} fields known{more})"


def _silent(report: Report) -> tuple[int, str]:
    """How much more is not assessed than the span types that there are, and what that is."""
    # An agent that registers no span type at all would otherwise be the best known of all.
    without = sum(map(_is_without, report.agents))
    lost = sum(map(_lost, report.agents))
    told = [f"{count(without, 'agent')} without any"] * bool(without) + [f"{lost:,} gone"] * bool(lost)
    return without + lost, f" ({', '.join(told)})" if told else ""


def _is_without(agent: Agent) -> bool:
    return all(entry.kind != "span" for entry in agent.span_types)


def _lost(agent: Agent) -> int:
    return sum(len(each.evidence) for each in agent.findings if each.rule == _LOST and each.status == "open")


def _silent_of(agent: Agent) -> int:
    return _is_without(agent) + _lost(agent)


def _not_assessed(report: Report, limits: Limits) -> Iterator[Reason]:
    limit = limits.max_not_assessed
    if limit is None:
        return
    more, told = _silent(report)
    found = report.totals.not_assessed + more
    if found > limit:
        yield Reason("not assessed", f"{count(found, 'span type')} not assessed{told}, of at most {limit:,} tolerated")


def _unknown(report: Report, limits: Limits) -> Iterator[Reason]:
    limit = limits.max_unknown_share
    if limit is None:
        return
    more, told = _silent(report)
    # What is gone counts as 42 unknown answers each: dropping a bad declaration must not improve the share.
    cells = report.totals.cells + more * CELLS_PER_SPAN_TYPE
    unknown = cells - report.totals.known_cells
    if unknown * 100 > limit * cells:
        yield Reason(
            "unknown",
            f"{unknown:,} of {cells:,} fields ({unknown * 100 / cells:.1f}%) are unknown or undeclared{told}, of at "
            f"most {limit:g}% tolerated",
        )
    # Of each as well: many that are answered must not make up for one that is not.
    beyond = []
    for agent in report.agents if len(report.agents) > 1 else ():
        told_, own = agent.assessment, _silent_of(agent)
        cells = told_.cells + own * CELLS_PER_SPAN_TYPE
        unknown = cells - told_.known_cells
        if unknown * 100 > limit * cells:
            beyond.append(f"{agent.name} {unknown * 100 / cells:.1f}%")
    if beyond:
        yield Reason(
            "unknown",
            f"more than {limit:g}% of the fields of {count(len(beyond), 'agent')} are unknown or undeclared: "
            f"{some(beyond)}",
        )
