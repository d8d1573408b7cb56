"""From the agents in scope to what is put up for review: their profiles, what the rules find, what waivers accept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from reporter.declared.aggregate import Profile, aggregate
from reporter.declared.model import Agent, SpanType
from reporter.declared.scope import ScopedAgent
from reporter.review.catalogue import Catalogue
from reporter.review.evaluation import of_all
from reporter.review.facts import NO_FACTS, AgentFacts, Facts
from reporter.review.finding import Finding
from reporter.review.waivers import Fate, Waivable, Waiver, apply


@dataclass(frozen=True, slots=True)
class Assessed:
    """One agent in scope, with all that was made of it; its findings are worst first."""

    scoped: ScopedAgent
    profile: Profile
    findings: tuple[Finding, ...]
    facts: AgentFacts | None = None

    @property
    def agent(self) -> Agent:
        """Whose declarations these are."""
        return self.scoped.agent

    @property
    def entries(self) -> list[SpanType]:
        """The entries of all its versions in scope, in their order."""
        return [entry for item in self.scoped.versions for entry in item.version.span_types or ()]


@dataclass(frozen=True, slots=True)
class Assessment:
    """All agents in scope, in the scope's order, the rules that they were put to, and what became of waivers."""

    agents: tuple[Assessed, ...]
    catalogue: Catalogue
    fates: tuple[Fate, ...]


def assess(
    scoped: Sequence[ScopedAgent],
    catalogue: Catalogue,
    waivers: Sequence[Waiver],
    at: datetime,
    *,
    non_waivable: Sequence[str] = (),
    facts: Facts = NO_FACTS,
) -> Assessment:
    """Aggregates each agent's declarations, puts the rules to them, and holds waivers against what was found.

    Args:
        scoped: The agents in scope.
        catalogue: The rules.
        waivers: Those of the user's file.
        at: The run's clock.
        non_waivable: Rules whose findings no waiver accepts.
        facts: What the organisation states of its agents.
    """
    # Two agents of one name are told apart by their ids in every list, and somebody should look at that.
    names = Counter(each.agent.name for each in scoped)
    found = list(of_all(((each, names[each.agent.name] > 1) for each in scoped), catalogue))
    fates: tuple[Fate, ...] = ()
    if waivers:
        found, fates = _waived(found, waivers, at, non_waivable)
    agents = []
    for each, findings in zip(scoped, found, strict=True):
        entries = (entry for item in each.versions for entry in item.version.span_types or ())
        agents.append(Assessed(each, aggregate(entries), findings, facts.of(each.agent)))
    return Assessment(tuple(agents), catalogue, fates)


def _waived(
    found: Sequence[tuple[Finding, ...]], waivers: Sequence[Waiver], at: datetime, non_waivable: Sequence[str]
) -> tuple[list[tuple[Finding, ...]], tuple[Fate, ...]]:
    # What a finding rests on costs more than finding it, so only those that a waiver may be about are looked into.
    rules = {waiver.rule for waiver in waivers}
    concerned = [finding for findings in found for finding in findings if finding.rule.id in rules]
    applied = apply([waivable(finding) for finding in concerned], waivers, at, non_waivable=non_waivable)
    decisions = iter(applied.decisions)

    def decided(findings: tuple[Finding, ...]) -> Iterator[Finding]:
        for finding in findings:
            yield finding._replace(decision=next(decisions)) if finding.rule.id in rules else finding

    return [tuple(decided(findings)) for findings in found], applied.fates


def waivable(finding: Finding) -> Waivable:
    """What a waiver has to know of a finding."""
    basis = finding.basis()
    return Waivable(
        id=finding.id,
        rule=finding.rule.id,
        agent_id=finding.agent.id,
        agent_name=finding.agent.name,
        span_type=finding.entry.name if finding.entry else None,
        categories=basis.categories,
        value_sha256=basis.value_sha256,
    )
