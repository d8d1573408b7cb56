"""The gate: what an organisation tolerates, and why a report is beyond it.

A verdict is about the organisation's own limits. It concludes nothing about any law, and evidence with gaps never gets
through, whatever the limits are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from reporter.declared.vocabulary import CELLS_PER_SPAN_TYPE
from reporter.gate.baseline import Baseline
from reporter.plain.memory import collecting_later
from reporter.view.findings import Finding, Severity
from reporter.view.report import Report

Outcome = Literal["passed", "failed", "incomplete"]
Since = Literal["new", "changed", "known"]
Threshold = Severity | Literal["never"]
ReasonKind = Literal["incomplete", "findings", "gone", "not assessed", "unknown"]

SEVERITIES: Final[tuple[Severity, ...]] = ("high", "medium", "low", "info")
# A reason is one line of a terminal: it names the worst, and the list below it names all.
_RULES_NAMED: Final = 3
_NAMED: Final = 5
# The rule of what the version before declared and this one does not.
_LOST: Final = "R11"
_STATUS: Final[dict[Outcome, int]] = {"passed": 0, "failed": 1, "incomplete": 3}


@dataclass(frozen=True, slots=True)
class Limits:
    """What is tolerated.

    Attributes:
        fail_on: The severity from which on an open finding fails the gate.
        fail_on_new: Whether only those fail it that the baseline lacks, or knows with another declared value. With
            ``fail_on`` at ``never`` they do so from every severity.
        max_not_assessed: How many span types of which nothing is assessed are tolerated; None for any number.
        max_unknown_share: How many percent of all fields may be without a decided value; None for any share.

    An agent without span types counts as one of which nothing is assessed, and so does each that is gone since the
    version before: less told is never less to answer for.
    """

    fail_on: Threshold = "high"
    fail_on_new: bool = False
    max_not_assessed: int | None = None
    max_unknown_share: float | None = None

    @property
    def any(self) -> bool:
        """Whether something is not tolerated, whatever it is."""
        limits = (self.max_not_assessed, self.max_unknown_share)
        return self.fail_on != "never" or self.fail_on_new or limits != (None, None)

    def counts(self, severity: Severity) -> bool:
        """Whether an open finding of this severity would fail the gate, if it is new enough."""
        if self.fail_on == "never":
            return self.fail_on_new
        return SEVERITIES.index(severity) <= SEVERITIES.index(self.fail_on)


@dataclass(frozen=True, slots=True)
class Counted:
    """A finding as the gate counts it.

    Attributes:
        agent_id: Whose declarations it is about; likewise ``agent_name``.
        since: Against the baseline: ``changed`` is a known finding that rests on another declared value by now. None
            where there is no baseline.
        blocking: Whether it is among what fails the gate.
    """

    agent_id: str
    agent_name: str
    finding: Finding
    since: Since | None
    blocking: bool

    @property
    def is_new(self) -> bool:
        """Whether the baseline lacks it, or knows it with another declared value."""
        return self.since in ("new", "changed")


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that keeps the gate shut, in words, with the findings behind it, worst first."""

    kind: ReasonKind
    words: str
    findings: tuple[Counted, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says.

    Attributes:
        why: What it did not let the report through for, most important first; empty where it did.
        findings: Every finding of the report, accepted ones too, worst first.
        limits: What was tolerated.
        baseline: Where the baseline was read from.
    """

    outcome: Outcome
    why: tuple[Reason, ...]
    findings: tuple[Counted, ...]
    limits: Limits
    baseline: str | None = None

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


def verdict(report: Report, limits: Limits, baseline: Baseline | None = None) -> Verdict:
    """Holds a report against the limits. Findings that a waiver accepts are tolerated; nothing else is."""
    with collecting_later():  # hundreds of thousands of findings live to the end of the run
        findings = tuple(sorted(_counted(report, limits, baseline), key=_worst_first))
    # Every reason is told, not only the first: whoever mends one would run into the next.
    reasons = (
        *_incomplete(report),
        *_blocked([item for item in findings if item.blocking], limits),
        *(_gone(report, baseline) if baseline and limits.any else ()),
        *_not_assessed(report, limits),
        *_unknown(report, limits),
    )
    # Incomplete beats failed and passed: what could not be read may hold anything.
    outcome: Outcome = "incomplete" if not report.complete else "failed" if reasons else "passed"
    return Verdict(outcome, reasons, findings, limits, baseline.location if baseline else None)


def _counted(report: Report, limits: Limits, baseline: Baseline | None) -> Iterator[Counted]:
    for agent in report.agents:
        for finding in agent.findings:
            # On a copy that is forgotten: what each finding rests on would be kept with all of them.
            since = baseline.since(finding.id, finding.again().value_sha256) if baseline else None
            recent = not limits.fail_on_new or since != "known"
            # A finding that the baseline knows with another value blocks like a new one: it is another matter by now.
            blocking = finding.status == "open" and recent and limits.counts(finding.severity)
            yield Counted(agent.id, agent.name, finding, since, blocking)


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
            f"the evidence is incomplete, so nothing may be concluded: {_count(len(report.gaps), 'thing')} could not "
            f"be read, first of all {first.what}: {first.why}",
        )


def _blocked(blocking: Sequence[Counted], limits: Limits) -> Iterator[Reason]:
    """A reason for each severity that there is, from the worst on."""
    for severity in SEVERITIES:
        found = tuple(item for item in blocking if item.finding.severity == severity)
        if found:
            noun = f"{severity} finding"
            lacks = " that the baseline lacks" if limits.fail_on_new else ""
            threshold = "new ones are" if limits.fail_on == "never" else f"{limits.fail_on} is"
            yield Reason(
                "findings", f"{_count(len(found), noun)}{lacks} ({threshold} the limit): {_rules(found)}", found
            )


def _rules(found: Iterable[Counted]) -> str:
    """The rules behind findings, those with most of them first."""
    counted = Counter((item.finding.rule, item.finding.title) for item in found)
    ranked = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    named = [f"{rule} {title}" + (f" ({number})" if number > 1 else "") for (rule, title), number in ranked]
    more = len(named) - _RULES_NAMED
    return "; ".join(named[:_RULES_NAMED]) + (f"; and {_count(more, 'more rule')}" if more > 0 else "")


def _gone(report: Report, baseline: Baseline) -> Iterator[Reason]:
    """What the baseline knows and this report lacks, unless it says why: nothing could be found about that any more."""
    here = {agent.id: {(entry.kind, entry.name) for entry in agent.span_types} for agent in report.agents}
    # An agent that the report names as left out is not silently gone: the reader sees it, and why.
    told = {item.agent_id for item in report.scope.left_out if item.schema_version_id is None}
    agents = [known.name for known in baseline.agents if known.id not in here and known.id not in told]
    entries = [
        f"{known.name} {name}"
        for known in baseline.agents
        if known.id in here
        for _, name in sorted(known.entries - here[known.id])
    ]
    for noun, names in (("agent", agents), ("span type", entries)):
        if names:
            more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
            yield Reason(
                "gone",
                f"{_count(len(names), noun)} that the baseline knows {'is' if len(names) == 1 else 'are'} gone "
                f"({'; '.join(names[:_NAMED])}{more}); if that is meant, write the baseline again",
            )


def _silent(report: Report) -> tuple[int, str]:
    """How much more is not assessed than the span types that there are, and what that is."""
    # An agent that registers no span type at all would otherwise be the best known of all.
    without = sum(all(entry.kind != "span" for entry in agent.span_types) for agent in report.agents)
    lost = sum(
        len(finding.evidence)
        for agent in report.agents
        for finding in agent.findings
        if finding.rule == _LOST and finding.status == "open"
    )
    told = [f"{_count(without, 'agent')} without any"] * bool(without) + [f"{lost:,} gone"] * bool(lost)
    return without + lost, f" ({', '.join(told)})" if told else ""


def _not_assessed(report: Report, limits: Limits) -> Iterator[Reason]:
    more, told = _silent(report)
    found, limit = report.totals.not_assessed + more, limits.max_not_assessed
    if limit is not None and found > limit:
        yield Reason("not assessed", f"{_count(found, 'span type')} not assessed{told}, of at most {limit:,} tolerated")


def _unknown(report: Report, limits: Limits) -> Iterator[Reason]:
    more, told = _silent(report)
    cells, limit = report.totals.cells + more * CELLS_PER_SPAN_TYPE, limits.max_unknown_share
    # What is gone counts as 42 unknown answers each: dropping a bad declaration must not improve the share.
    unknown = cells - report.totals.known_cells
    if limit is not None and unknown * 100 > limit * cells:
        yield Reason(
            "unknown",
            f"{unknown:,} of {cells:,} fields ({unknown * 100 / cells:.1f}%) are unknown or undeclared{told}, of at "
            f"most {limit:g}% tolerated",
        )


def _count(number: int, one: str) -> str:
    return f"{number:,} {one if number == 1 else f'{one}s'}"
