"""The catalogue put to an agent's declarations: what triggers a review, and what cannot be ruled out to.

A rule about span types makes one finding a span type; what cannot be ruled out makes one an agent and rule, and so do
rules about an agent as a whole. A span type of which nothing is assessed makes one finding and takes no part in others:
an agent that declared nothing is a short, loud page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from reporter.declared.evidence import Place
from reporter.declared.facts import ALL_FIELDS, Facts, Field, chosen
from reporter.declared.flows import Ways
from reporter.declared.model import Agent, SchemaVersion, SpanType
from reporter.declared.scope import ScopedAgent
from reporter.declared.vocabulary import SIDE_PARTS
from reporter.review import reading
from reporter.review.catalogue import SEVERITIES, Catalogue, Rule, Severity
from reporter.review.conditions import Condition, compiled
from reporter.review.finding import DECLARED, NOT_ASSESSED, UNDECIDED, Certainty, Finding, RestsOn
from reporter.review.lint.checks import CHECKS, WORTH_IT
from reporter.review.lint.reading import Hit

_LOWER: Final[dict[Severity, Severity]] = {"high": "medium", "medium": "low", "low": "info", "info": "info"}


def findings(scoped: ScopedAgent, catalogue: Catalogue, *, shared_name: bool = False) -> tuple[Finding, ...]:
    """What one agent in scope puts up for review, worst first; ``shared_name``: another is called like it."""
    [found] = of_all([(scoped, shared_name)], catalogue)
    return found


def of_all(agents: Iterable[tuple[ScopedAgent, bool]], catalogue: Catalogue) -> Iterator[tuple[Finding, ...]]:
    """The same of many agents, in their order; conditions are judged for some hundred entries at once."""
    lot: list[_Agent] = []
    for scoped, shared_name in agents:
        lot.append(_Agent(scoped, shared_name=shared_name))
        if sum(len(each.assessed) for each in lot) >= _AT_ONCE:
            yield from _of_lot(lot, catalogue)
            lot = []
    yield from _of_lot(lot, catalogue)


_AT_ONCE: Final = 256


class _Agent:
    """An agent with its entries, told apart by whether anybody decided anything about them."""

    def __init__(self, scoped: ScopedAgent, *, shared_name: bool) -> None:
        self.scoped = scoped
        self.shared_name = shared_name
        self.assessed: list[SpanType] = []
        self.silent: list[SpanType] = []
        self.add(entry for item in scoped.versions for entry in item.version.span_types or ())

    def add(self, entries: Iterable[SpanType]) -> None:
        for entry in entries:
            (self.assessed if entry.assessed else self.silent).append(entry)

    @property
    def without_span_types(self) -> bool:
        """Whether it has no span types, as far as that can be said."""
        return self.scoped.whole and all(entry.kind != "span" for entry in (*self.assessed, *self.silent))


def _of_lot(lot: Sequence[_Agent], catalogue: Catalogue) -> Iterator[tuple[Finding, ...]]:
    judged = _Judged([entry for agent in lot for entry in agent.assessed], catalogue)
    start = 0
    for agent in lot:
        yield _of_agent(agent, _Evaluation(agent.scoped.agent, agent.assessed, judged, start), catalogue)
        start += len(agent.assessed)


def _of_agent(agent: _Agent, evaluation: _Evaluation, catalogue: Catalogue) -> tuple[Finding, ...]:
    found = [*_judged(agent, evaluation, catalogue), *_lost(agent.scoped, catalogue)]
    odd = _read(agent.scoped, catalogue, shared_name=agent.shared_name)
    return tuple(sorted([*found, *odd], key=_order))


def _judged(agent: _Agent, evaluation: _Evaluation, catalogue: Catalogue) -> list[Finding]:
    """What the rules say about its declarations."""
    for rule in catalogue.rules.values():
        if rule.condition is not None:
            evaluation.judge(rule, rule.condition)
        elif rule.check == NOT_ASSESSED:
            evaluation.by_name(rule, agent.silent, lambda _: ALL_FIELDS)
        elif rule.check == "no_span_types" and agent.without_span_types:
            records = tuple(_record(item.version) for item in agent.scoped.versions)
            evaluation.found.append(
                Finding(rule, agent.scoped.agent, DECLARED, rule.severity, ("agent",), found=records)
            )
        elif rule.check == "reach":
            evaluation.reach(rule)
        elif rule.check in CHECKS:
            evaluation.look_at(rule)
    evaluation.leave_open(catalogue)
    return evaluation.found


def _record(version: SchemaVersion) -> Place:
    return Place(version.id, None, None, "", None, version.record.sha256)


def _lost(scoped: ScopedAgent, catalogue: Catalogue) -> Iterator[Finding]:
    """What the version before had; it weighs what it weighed when it was there, beside what is there now."""
    rule = next((each for each in catalogue.rules.values() if each.check == "lost"), None)
    if rule is None or not scoped.lost:
        return
    agent = _Agent(scoped, shared_name=False)
    agent.add(scoped.lost)
    evaluation = _Evaluation(scoped.agent, agent.assessed, _Judged(agent.assessed, catalogue), 0)
    gone = set(map(id, scoped.lost))
    weights = [
        SEVERITIES.index(each.severity)
        for each in _judged(agent, evaluation, catalogue)
        if not gone.isdisjoint(map(id, (*each.entries, each.entry)))
    ]
    severity = SEVERITIES[min(SEVERITIES.index(rule.severity), max(weights, default=0))]
    found = tuple(
        Place(e.schema_version_id, e.kind, e.name, f"{e.pointer}/name", e.name, e.record_sha256) for e in scoped.lost
    )
    yield Finding(rule, scoped.agent, DECLARED, severity, ("lost",), found=found)


class _Judged:
    """What every condition says of the entries of a lot.

    Attributes:
        ways: By rule.
        worth_it: By check whether it can find anything.
        alone: By rule whether only what flows out makes it so, where that counts.
        sources: Whether special categories are included; ``exits``: whether they may go outside.
    """

    def __init__(self, entries: Sequence[SpanType], catalogue: Catalogue) -> None:
        self.facts = Facts(entries)
        self.ways: dict[str, Ways] = {}
        self.alone: dict[str, int] = {}
        for rule in catalogue.rules.values():
            if rule.condition is not None:
                self.ways[rule.id] = rule.condition(self.facts)
                taken_in = self._taken_in(rule.condition) if rule.result_alone else self.facts.all
                self.alone[rule.id] = self.ways[rule.id].certain & ~taken_in
        self.worth_it = {name: condition(self.facts).certain for name, condition in WORTH_IT.items()}
        self.sources = _SOURCES(self.facts)
        self.exits = _EXITS(self.facts)

    def _taken_in(self, condition: Condition) -> int:
        """The entries in which some category that the condition looks at flows in."""
        found = 0
        for part, name in condition.reads():
            if part == SIDE_PARTS["params"]:
                found |= self.facts.yes[part, name]
        return found


_SOURCES: Final = compiled({"group": "art9", "side": "either", "is": "included"})
_EXITS: Final = compiled({"action": "external_communication", "is": "allowed"})


def _order(finding: Finding) -> tuple[int, bool, str, tuple[str, ...]]:
    return -SEVERITIES.index(finding.severity), finding.certainty != DECLARED, finding.rule.id, finding.key


class _Evaluation:
    """One agent's assessed entries, and what was found about them."""

    def __init__(self, agent: Agent, entries: Sequence[SpanType], judged: _Judged, start: int) -> None:
        self.found: list[Finding] = []
        self._agent = agent
        self._entries = entries
        self._judged = judged
        self._start = start
        self._all = (1 << len(entries)) - 1
        self._bits = {id(entry): 1 << start + number for number, entry in enumerate(entries)}
        self._open: dict[str, list[tuple[Rule, int, RestsOn]]] = {}

    def _mine(self, bits: int) -> int:
        """Those of a lot's bits that are this agent's entries."""
        return bits >> self._start & self._all

    def judge(self, rule: Rule, condition: Condition) -> None:
        """A rule whose condition is data."""
        certain, possible = map(self._mine, self._judged.ways[rule.id])
        rests_on = self._of_one(condition)
        if certain and rule.per == "agent":
            entries = tuple(chosen(self._entries, certain))
            self._add(rule, DECLARED, rule.severity, entries, rests_on)
        elif certain:
            alone = self._mine(self._judged.alone[rule.id])
            self.by_name(rule, chosen(self._entries, certain & ~alone), rests_on)
            self.by_name(rule, chosen(self._entries, alone), rests_on, result_alone=True)
        if possible & ~certain:
            self._open.setdefault(rule.undetermined or rule.id, []).append((rule, possible & ~certain, rests_on))

    def _of_one(self, condition: Condition) -> RestsOn:
        return lambda entry: condition.fields(self._judged.facts, self._bits[id(entry)])

    def by_name(
        self, rule: Rule, entries: Iterable[SpanType], rests_on: RestsOn, *, result_alone: bool = False
    ) -> None:
        """One finding a span type: the same name in several versions is one and the same."""
        severity = _LOWER[rule.severity] if result_alone else rule.severity
        made: dict[tuple[str, str], Finding] = {}
        for entry in entries:
            key = (entry.kind, entry.name)
            same = made.get(key)
            made[key] = (
                Finding(rule, self._agent, DECLARED, severity, key, entry, (entry,), rests_on, (), result_alone)
                if same is None
                else same._replace(entries=(*same.entries, entry))
            )
        self.found += made.values()

    def reach(self, rule: Rule) -> None:
        """One span type takes in special categories, another may communicate with the outside world."""
        judged = self._judged
        sources, exits = (Ways(*map(self._mine, each)) for each in (judged.sources, judged.exits))

        def rests_on(entry: SpanType) -> frozenset[Field]:
            bit = self._bits[id(entry)]
            out = _EXITS.fields(judged.facts, bit) if judged.exits.possible & bit else frozenset()
            return _SOURCES.fields(judged.facts, bit) | out

        if _apart(sources.certain, exits.certain):
            entries = tuple(chosen(self._entries, sources.certain | exits.certain))
            self._add(rule, DECLARED, rule.severity, entries, rests_on)
        elif _apart(sources.possible, exits.possible):
            entries = tuple(chosen(self._entries, sources.possible | exits.possible))
            self._add(rule, UNDECIDED, _LOWER[rule.severity], entries, rests_on)

    def look_at(self, rule: Rule) -> None:
        """A rule whose condition is a function."""
        check = CHECKS[rule.check or ""]
        named: dict[tuple[str, str], Finding] = {}
        for entry in chosen(self._entries, self._mine(self._judged.worth_it.get(rule.check or "", -1))):
            hits = tuple(check(entry))
            if hits:
                found = tuple(_hit(entry, hit) for hit in hits)
                concerned = tuple(dict.fromkeys(name for hit in hits for name in hit.categories))
                key = (entry.kind, entry.name)
                before = named.get(key)
                named[key] = Finding(
                    rule,
                    self._agent,
                    DECLARED,
                    rule.severity,
                    key,
                    before.entry if before else entry,
                    (*(before.entries if before else ()), entry),
                    found=(before.found if before else ()) + found,
                    concerned=concerned,
                )
        self.found += named.values()

    def leave_open(self, catalogue: Catalogue) -> None:
        """What cannot be ruled out, one finding a rule: another rule's where one is named, and else a step lower."""
        for rule_id, parts in self._open.items():
            taker = catalogue.rules.get(rule_id)
            if taker is None:
                continue  # it was switched off
            bits = 0
            for _, some, _ in parts:
                bits |= some
            taken = self._judged.ways.get(rule_id)
            bits &= ~self._mine(taken.certain) if taken else self._all
            if not bits:
                continue  # the rule that takes them says it of all of them already
            severity = _LOWER[taker.severity] if any(rule.id == rule_id for rule, _, _ in parts) else taker.severity
            entries = tuple(chosen(self._entries, bits))
            self._add(taker, UNDECIDED, severity, entries, _together([rests_on for _, _, rests_on in parts]))

    def _add(
        self, rule: Rule, certainty: Certainty, severity: Severity, entries: tuple[SpanType, ...], rests_on: RestsOn
    ) -> None:
        made = Finding(rule, self._agent, certainty, severity, (certainty,), None, entries, rests_on)
        self.found.append(made)


def _together(parts: Sequence[RestsOn]) -> RestsOn:
    return parts[0] if len(parts) == 1 else lambda entry: [field for part in parts for field in part(entry)]


def _apart(one: int, other: int) -> bool:
    """Whether an entry of the one and another of the other can be named."""
    return bool(one and other) and (one | other).bit_count() > 1


def _hit(entry: SpanType, hit: Hit) -> Place:
    at = f"{entry.pointer}{hit.pointer}"
    return Place(entry.schema_version_id, entry.kind, entry.name, at, hit.value, entry.record_sha256)


def _read(scoped: ScopedAgent, catalogue: Catalogue, *, shared_name: bool) -> Iterator[Finding]:
    """What was odd when the declarations were read; the same oddity in several versions is one."""
    named: dict[tuple[str, ...], Finding] = {}
    for odd in reading.odd(scoped, shared_name=shared_name):
        rule = catalogue.rules.get(odd.rule)
        if rule is not None:
            key = (odd.rule, *odd.key)
            before = named.get(key)
            found = (before.found if before else ()) + odd.evidence
            entry = before.entry if before else odd.entry
            entries = (*(before.entries if before else ()), *([odd.entry] if odd.entry else []))
            named[key] = Finding(rule, scoped.agent, DECLARED, rule.severity, odd.key, entry, entries, found=found)
    yield from named.values()
