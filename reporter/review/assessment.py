"""From the agents in scope to what is put up for review: their profiles, what the rules find, what waivers accept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from reporter.declared.aggregate import LOUD, Profile, aggregate
from reporter.declared.model import Agent, SpanType
from reporter.declared.scope import ScopedAgent
from reporter.review import agreed, agreed_rules, observed
from reporter.review.agreed import Compared
from reporter.review.catalogue import Catalogue, Rule
from reporter.review.evaluation import Found, of_all, ordered
from reporter.review.facts import NO_FACTS, AgentFacts, Facts
from reporter.review.finding import Certainty, Finding
from reporter.review.issues import Issue, Rank, issues, rank
from reporter.review.newly import Earlier, evaluated, newly
from reporter.review.score import Score, scored
from reporter.review.waivers import OPEN, Decision, Fate, Waivable, Waiver, apply


@dataclass(frozen=True, slots=True)
class Assessed:
    """One agent in scope, with all that was made of it.

    Attributes:
        findings: Worst first.
        listed: The rules that only list what is declared.
        issues: What a person has to decide, in the order of the questions.
        agreed: What was agreed beside what is declared; None where nothing says for any agent what was agreed.
        score: What the platform's arithmetic makes of its declarations; None without a profile to count with.
    """

    scoped: ScopedAgent
    profile: Profile
    findings: tuple[Finding, ...]
    listed: tuple[tuple[Rule, Certainty], ...]
    issues: tuple[Issue, ...]
    facts: AgentFacts | None = None
    agreed: Compared | None = None
    score: Score | None = None

    @property
    def agent(self) -> Agent:
        """Whose declarations these are."""
        return self.scoped.agent

    def rank(self, issue: Issue) -> Rank:
        """Where one of its issues stands among those of all agents."""
        environments = [name for item in self.scoped.versions for name in item.environments]
        return rank(issue, environments, loud=self.profile.coverage in LOUD)

    @property
    def entries(self) -> list[SpanType]:
        """The entries of all its versions in scope, in their order."""
        return [entry for item in self.scoped.versions for entry in item.version.span_types or ()]


@dataclass(frozen=True, slots=True)
class Assessment:
    """All agents in scope, in the scope's order, the rules that they were put to, and what became of waivers.

    ``compared``: whether there was an earlier state to compare with.
    """

    agents: tuple[Assessed, ...]
    catalogue: Catalogue
    fates: tuple[Fate, ...]
    compared: bool = False


def assess(
    scoped: Sequence[ScopedAgent],
    catalogue: Catalogue,
    waivers: Sequence[Waiver],
    at: datetime,
    *,
    non_waivable: Sequence[str] = (),
    facts: Facts = NO_FACTS,
    states: Sequence[Earlier] = (),
    unseen_days: int = observed.UNSEEN_DAYS,
) -> Assessment:
    """Aggregates each agent's declarations, puts the rules to them, and holds waivers against what was found.

    Args:
        scoped: The agents in scope.
        catalogue: The rules.
        waivers: Those of the user's file.
        at: The run's clock.
        non_waivable: Rules whose findings no waiver accepts.
        facts: What the organisation states of its agents.
        states: Earlier states, for what is newly met.
        unseen_days: For how long a declared span type may not run.
    """
    # Two agents of one name are told apart by their ids in every list, and somebody should look at that.
    names = Counter(each.agent.name for each in scoped)
    found = list(of_all(((each, names[each.agent.name] > 1) for each in scoped), catalogue))
    if met := newly(scoped, catalogue, states):
        found = [_with(one, met.get(each.agent.id)) for one, each in zip(found, scoped, strict=True)]
    beside = _agreed(scoped, facts, at)
    found = [
        _with_agreed(one, each, pair, catalogue, facts) for one, each, pair in zip(found, scoped, beside, strict=True)
    ]
    found = [_with_runs(each, one, catalogue, unseen_days) for each, one in zip(scoped, found, strict=True)]
    fates: tuple[Fate, ...] = ()
    if waivers:
        found, fates = _waived(found, waivers, at, non_waivable)
    agents = []
    for each, (findings, listed), pair in zip(scoped, found, beside, strict=True):
        entries = (entry for item in each.versions for entry in item.version.span_types or ())
        stated, answers = facts.of(each.agent), facts.answers_for(each.agent)
        asked = issues(each.agent, findings, catalogue.questions, stated, answers)
        agents.append(Assessed(each, aggregate(entries), findings, listed, asked, stated, *pair))
    return Assessment(tuple(agents), catalogue, fates, evaluated(scoped, states))


def _with(found: Found, more: Finding | None) -> Found:
    return found._replace(findings=ordered((*found.findings, more))) if more else found


def _with_runs(scoped: ScopedAgent, found: Found, catalogue: Catalogue, unseen_days: int) -> Found:
    """With what its runs put up for review."""
    ran = observed.findings(scoped, catalogue, unseen_days)
    return found._replace(findings=ordered((*found.findings, *ran))) if ran else found


_Beside = tuple[Compared | None, Score | None]


def _agreed(scoped: Sequence[ScopedAgent], facts: Facts, at: datetime) -> list[_Beside]:
    """What was agreed for each agent, beside what is declared."""
    if not agreed.asked(scoped, facts):
        return [(None, None) for _ in scoped]
    today = at.astimezone(UTC).date()
    return [(agreed.compared(each, facts, today), scored(each)) for each in scoped]


def _with_agreed(found: Found, each: ScopedAgent, beside: _Beside, catalogue: Catalogue, facts: Facts) -> Found:
    compared, score = beside
    if compared is None:
        return found
    more = agreed_rules.findings(each, compared, score, catalogue, facts.sha256)
    return found._replace(findings=ordered((*found.findings, *more)))


def _waived(
    found: Sequence[Found], waivers: Sequence[Waiver], at: datetime, non_waivable: Sequence[str]
) -> tuple[list[Found], tuple[Fate, ...]]:
    # What a finding rests on costs more than finding it, so only those that a waiver may be about are looked into.
    rules = {waiver.rule for waiver in waivers}
    concerned = [(each, [*_parts(each)]) for one in found for each in one.findings if each.rule.id in rules]
    wanted = [part for _, parts in concerned for part in parts]
    applied = apply(wanted, waivers, at, non_waivable=non_waivable)
    decisions = iter(applied.decisions)
    decided = {
        id(finding): _decided(finding, {part.span_type: next(decisions) for part in parts})
        for finding, parts in concerned
    }
    return [
        one._replace(findings=tuple(decided.get(id(each), each) for each in one.findings)) for one in found
    ], applied.fates


def _parts(finding: Finding) -> Iterator[Waivable]:
    """What a waiver may be about: all of it, or the span types of one name."""
    yield waivable(finding)
    for name in dict.fromkeys(entry.name for entry in finding.entries):
        yield waivable(finding, name)


def _decided(finding: Finding, decisions: Mapping[str | None, Decision]) -> Finding:
    """A finding is accepted as a whole, or name by name; while a name is open, all of it is."""
    whole = decisions[None]
    parts = {name: each.waiver for name, each in decisions.items() if name is not None and each.waiver is not None}
    if whole.waiver is None and parts:
        left = [each for name, each in decisions.items() if name is not None and each.waiver is None]
        notes = [each.note for each in left if each.note]
        whole = Decision(note=notes[0] if notes else None) if left else Decision(waiver=min(parts.values()))
    elif whole == OPEN:
        notes = [each.note for each in decisions.values() if each.note]
        whole = Decision(note=notes[0]) if notes else OPEN
    return finding._replace(decision=whole, accepted=parts)


def waivable(finding: Finding, name: str | None = None) -> Waivable:
    """What a waiver has to know of a finding, or of what it says about the span types of one name."""
    basis = (finding if name is None else finding.of(name)).basis()
    return Waivable(
        id=finding.id,
        rule=finding.rule.id,
        agent_id=finding.agent.id,
        agent_name=finding.agent.name,
        span_type=name,
        categories=basis.categories,
        value_sha256=basis.value_sha256,
    )
