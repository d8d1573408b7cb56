"""The catalogue put to an agent's declarations: what triggers a review, and what may.

A rule makes one finding an agent, about all span types of which it holds and all of which it cannot be ruled out. What
is only possible weighs as much as the worst answer would, so that no silence makes an agent look better. A span type
of which nothing is assessed takes no part in this: that it says nothing is a finding of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Final, Literal, NamedTuple

from reporter.declared.flows import ALL_FIELDS, Facts, Field, Ways, chosen
from reporter.declared.model import Hint, Place, SpanType
from reporter.declared.scope import ScopedAgent
from reporter.declared.vocabulary import SIDE_PARTS, SIDES, Part
from reporter.review.catalogue import Catalogue, Rule
from reporter.review.conditions import Condition, compiled
from reporter.review.finding import DECLARED, NOT_ASSESSED, POSSIBLE, Certainty, Finding, RestsOn
from reporter.review.lint.checks import CHECKS, WORTH_IT
from reporter.review.tables import SEVERITIES, Exposure, Severity

_SOURCES: Final = compiled({"group": "art9", "side": "either", "is": "included"})
_EXITS: Final = compiled({"action": "external_communication", "is": "allowed"})
_HANDLED: Final = compiled({
    "action": ["create_data", "update_data", "destroy_data", "financial_transactions"], "is": "allowed",
})  # fmt: skip
# A condition costs an operation on integers however many bits they have, and a call for each lot: with fewer entries
# at once the calls cost most, and with more the integers, as every agent looks at its own few bits of them.
_AT_ONCE: Final = 256
_SHARED_NAME: Final = "R09"
_NOTHING: Final = Ways(0, 0)


class Found(NamedTuple):
    """What the rules say of one agent.

    Attributes:
        findings: Worst first.
        listed: The rules that only list what is declared, and whether it is or may be, in the catalogue's order.
    """

    findings: tuple[Finding, ...]
    listed: tuple[tuple[Rule, Certainty], ...]


def findings(scoped: ScopedAgent, catalogue: Catalogue, *, shared_name: bool = False) -> tuple[Finding, ...]:
    """What one agent in scope puts up for review, worst first; ``shared_name``: another is called like it."""
    [found] = of_all([(scoped, shared_name)], catalogue)
    return found.findings


def of_all(agents: Iterable[tuple[ScopedAgent, bool]], catalogue: Catalogue) -> Iterator[Found]:
    """The same of many agents, in their order; conditions are judged for some hundred entries at once."""
    lot: list[tuple[ScopedAgent, bool, list[SpanType]]] = []
    waiting = 0
    for scoped, shared_name in agents:
        entries = [entry for item in scoped.versions for entry in item.version.span_types or ()]
        lot.append((scoped, shared_name, entries))
        waiting += len(entries)
        if waiting >= _AT_ONCE:
            yield from _of_lot(lot, catalogue)
            lot, waiting = [], 0
    yield from _of_lot(lot, catalogue)


def _of_lot(lot: Sequence[tuple[ScopedAgent, bool, list[SpanType]]], catalogue: Catalogue) -> Iterator[Found]:
    judged = _Judged([entry for _, _, entries in lot for entry in entries if entry.assessed], catalogue)
    start = 0
    for scoped, shared_name, entries in lot:
        agent = _Agent(scoped, entries, judged, start)
        start += len(agent.assessed)
        found = [*agent.judge(catalogue), *_lost(scoped, catalogue), *_odd(scoped, catalogue, shared_name=shared_name)]
        yield Found(ordered(found), tuple(agent.listed))


def ordered(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Worst first."""
    return tuple(sorted(found, key=_order))


def _order(finding: Finding) -> tuple[int, bool, str]:
    return -SEVERITIES.index(finding.severity), finding.certainty != DECLARED, finding.rule.id


class _Judged:
    """What every condition says of the entries of a lot, as bits: the n-th bit is the n-th entry.

    Attributes:
        ways: By rule, for which entries it holds and for which it cannot be ruled out.
        weights: By rule, for which of them it is how severe, or may be, worst first.
        alone: By rule, for which entries only what flows out makes it so, where that weighs less.
        worth_it: By check whether it can find anything.
        sources: Whether special categories are included; ``exits``: whether they may go outside.
        unanswered: The entries of which some answer is missing.
    """

    def __init__(self, entries: Sequence[SpanType], catalogue: Catalogue) -> None:
        self.facts = Facts(entries)
        self.ways: dict[str, Ways] = {}
        self.weights: dict[str, list[tuple[Severity, Ways]]] = {}
        self.alone: dict[str, int] = {}
        self.exits = _EXITS(self.facts)
        self.sources = _SOURCES(self.facts)
        self._handled = _HANDLED(self.facts)
        for rule in catalogue.rules.values():
            if rule.condition is not None:
                ways = self.ways[rule.id] = rule.condition(self.facts)
                if rule.severity is not None:
                    self.weights[rule.id] = [*self._weigh(rule, rule.condition, ways, catalogue)]
        self.worth_it = {name: condition(self.facts).certain for name, condition in WORTH_IT.items()}
        self.unanswered = reduce(or_, map(self.facts.open, ALL_FIELDS))

    def _weigh(
        self, rule: Rule, condition: Condition, ways: Ways, catalogue: Catalogue
    ) -> Iterator[tuple[Severity, Ways]]:
        if rule.exposure is None:
            yield rule.severity or "info", ways
            return
        reads = {name for _, name in condition.reads()}
        found: dict[Severity, Ways] = {}
        taken_in = 0
        for kind in catalogue.kinds:
            names = reads.intersection(kind.categories)
            if names:
                into, out = (self._either(SIDE_PARTS[side], names) for side in SIDES)
                taken_in |= into.possible
                for exposure, gone in self._exposed(rule.exposure, into, out):
                    severity = kind.severity(exposure)
                    found[severity] = found.get(severity, _NOTHING) | ways & gone
        if rule.exposure == "out":
            self.alone[rule.id] = ways.certain & ~taken_in
        yield from ((each, found[each]) for each in reversed(SEVERITIES) if each in found)

    def _either(self, part: Part, names: Iterable[str]) -> Ways:
        """Whether some of these categories is included on a side."""
        yes = open_ = 0
        for name in names:
            yes |= self.facts.yes[part, name]
            open_ |= self.facts.open((part, name))
        return Ways(yes, yes | open_)

    def _exposed(self, exposure: Exposure | Literal["worst"], into: Ways, out: Ways) -> Iterator[tuple[Exposure, Ways]]:
        """How far data go that a rule is about: as far as it says at most, or as far as they do."""
        if exposure == "worst":
            yield "out", self.exits & into
            yield "handled", self._handled & (into | out) | self.exits & out
            yield "inside", into | out
        elif exposure == "out":
            yield "out", into
            yield "handled", into | out
        else:
            yield exposure, into | out


class _Agent:
    """One agent's entries within a lot, told apart by whether anybody decided anything, and what is found of them."""

    def __init__(self, scoped: ScopedAgent, entries: Iterable[SpanType], judged: _Judged, start: int) -> None:
        self.found: list[Finding] = []
        self.listed: list[tuple[Rule, Certainty]] = []
        self.assessed: list[SpanType] = []
        self.silent: list[SpanType] = []
        for entry in entries:
            (self.assessed if entry.assessed else self.silent).append(entry)
        self._scoped = scoped
        self._judged = judged
        self._start = start
        # By identity: entries of one name, even of one content, are different ones, and have no hash that is quick.
        self._bits = {id(entry): 1 << start + number for number, entry in enumerate(self.assessed)}
        self._taken: dict[str, list[tuple[Rule, int]]] = {}

    def judge(self, catalogue: Catalogue) -> list[Finding]:
        """What the rules say about its declarations."""
        for rule in catalogue.rules.values():
            if rule.undetermined in catalogue.rules and rule.id in self._judged.ways:
                ways = self._judged.ways[rule.id]
                if open_ := self._mine(ways.possible & ~ways.certain):
                    self._taken.setdefault(rule.undetermined or "", []).append((rule, open_))
        for rule in catalogue.rules.values():
            if rule.condition is not None or rule.check == "cannot_rule_out":
                self._hold(rule, catalogue)
            elif rule.check == NOT_ASSESSED:
                if self.silent:
                    self._add(rule, declared=tuple(self.silent), rests_on=lambda _: ALL_FIELDS)
            elif rule.check == "unanswered":
                self._unanswered(rule, catalogue)
            elif rule.check == "no_span_types":
                self._look_for_any(rule)
            elif rule.check == "reach":
                self._reach(rule)
            elif rule.check in CHECKS:
                self._look_at(rule)
        return self.found

    def _mine(self, bits: int) -> int:
        """Those of a lot's bits that are this agent's entries, the first of them first."""
        return bits >> self._start & (1 << len(self.assessed)) - 1

    def _those(self, bits: int) -> tuple[SpanType, ...]:
        return tuple(chosen(self.assessed, bits))

    def _hold(self, rule: Rule, catalogue: Catalogue) -> None:
        """A rule whose condition is data, with what other rules leave to it where their answers are missing."""
        certain, possible = map(self._mine, self._judged.ways.get(rule.id, _NOTHING))
        parts = [(rule, certain | possible)] if rule.undetermined not in catalogue.rules else [(rule, certain)]
        parts += self._taken.get(rule.id, [])
        bits = reduce(or_, (some for _, some in parts))
        if not bits:
            return
        if rule.severity is None:
            self.listed.append((rule, DECLARED if certain else POSSIBLE))
            return
        weights = [self._weight(each, some) for each, some in parts if some]
        severity, certainty = max(weights, key=lambda weight: (SEVERITIES.index(weight[0]), weight[1] == DECLARED))
        if rule.condition is None:
            severity, certainty = max(severity, rule.severity, key=SEVERITIES.index), POSSIBLE
        resting = [(each.condition, some << self._start) for each, some in parts if each.condition is not None]

        def rests_on(entry: SpanType) -> list[Field]:
            facts, bit = self._judged.facts, self._bits[id(entry)]
            return [field for condition, some in resting if some & bit for field in condition.fields(facts, bit)]

        self._add(
            rule, severity, certainty, declared=self._those(certain), possible=self._those(bits & ~certain),
            rests_on=rests_on, alone=self._those(certain & self._mine(self._judged.alone.get(rule.id, 0))),
        )  # fmt: skip

    def _weight(self, rule: Rule, bits: int) -> tuple[Severity, Certainty]:
        """The worst that a rule may weigh for some of its entries, and whether it does by what was declared."""
        for severity, ways in self._judged.weights.get(rule.id, ()):
            if bits & self._mine(ways.possible):
                return severity, DECLARED if bits & self._mine(ways.certain) else POSSIBLE
        return "info", POSSIBLE

    def _unanswered(self, rule: Rule, catalogue: Catalogue) -> None:
        """That answers are missing: it weighs no less than any look at declarations that a missing answer may end."""
        facts = self._judged.facts
        bits = self._mine(self._judged.unanswered)
        if bits:
            looked = [each.severity for each in catalogue.rules.values() if each.check in CHECKS and each.severity]
            severity = max([rule.severity or "info", *looked], key=SEVERITIES.index)

            def rests_on(entry: SpanType) -> list[Field]:
                return [field for field in ALL_FIELDS if facts.open(field) & self._bits[id(entry)]]

            self._add(rule, severity, POSSIBLE, possible=self._those(bits), rests_on=rests_on)

    def _look_for_any(self, rule: Rule) -> None:
        """That nothing says what the agent does, as far as that can be said."""
        if self._scoped.whole and all(entry.kind != "span" for entry in (*self.assessed, *self.silent)):
            versions = [item.version for item in self._scoped.versions]
            self._add(rule, found=tuple(Place(each.id, None, None, "", None, each.record.sha256) for each in versions))

    def _reach(self, rule: Rule) -> None:
        """One span type takes in special categories, another may communicate with the outside world."""
        judged = self._judged
        sources, exits = (Ways(*map(self._mine, each)) for each in (judged.sources, judged.exits))

        def rests_on(entry: SpanType) -> frozenset[Field]:
            bit = self._bits[id(entry)]
            out = _EXITS.fields(judged.facts, bit) if judged.exits.possible & bit else frozenset()
            return _SOURCES.fields(judged.facts, bit) | out

        if _apart(sources.certain, exits.certain):
            self._add(rule, declared=self._those(sources.certain | exits.certain), rests_on=rests_on)
        elif _apart(sources.possible, exits.possible):
            some = self._those(sources.possible | exits.possible)
            self._add(rule, certainty=POSSIBLE, possible=some, rests_on=rests_on)

    def _look_at(self, rule: Rule) -> None:
        """A rule whose condition is a function."""
        name = rule.check or ""
        entries, found, concerned = [], [], []
        # -1 has every bit: a check that no condition stands before looks at all entries.
        for entry in chosen(self.assessed, self._mine(self._judged.worth_it.get(name, -1))):
            hits = tuple(CHECKS[name](entry))
            if hits:
                entries.append(entry)
                found += [
                    _hinted(entry, hit.hint) if hit.hint else _place(entry, hit.pointer, hit.value) for hit in hits
                ]
                concerned += [category for hit in hits for category in hit.categories]
        if entries:
            about = tuple(dict.fromkeys(concerned))
            self._add(rule, declared=tuple(entries), found=tuple(found), concerned=about)

    def _add(
        self, rule: Rule, severity: Severity | None = None, certainty: Certainty = DECLARED, *,
        declared: tuple[SpanType, ...] = (), possible: tuple[SpanType, ...] = (), rests_on: RestsOn = lambda _: (),
        found: tuple[Place, ...] = (), alone: tuple[SpanType, ...] = (), concerned: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        weight = severity or rule.severity
        if weight is None:
            self.listed.append((rule, certainty))
        else:
            agent = self._scoped.agent
            made = Finding(rule, agent, weight, certainty, declared, possible, rests_on, found, alone, concerned)
            self.found.append(made)


def _apart(one: int, other: int) -> bool:
    """Whether an entry of the one and another of the other can be named."""
    return bool(one and other) and (one | other).bit_count() > 1


def _place(entry: SpanType, pointer: str, value: object) -> Place:
    return Place(entry.schema_version_id, entry.kind, entry.name, entry.at(pointer), value, entry.record_sha256)


def _hinted(entry: SpanType, hint: Hint) -> Place:
    return Place(hint.schema_version_id, entry.kind, entry.name, hint.pointer, hint.value, hint.record_sha256)


def _lost(scoped: ScopedAgent, catalogue: Catalogue) -> Iterator[Finding]:
    """What the version before had; it weighs what it weighed when it was there, beside what is there now."""
    rule = next((each for each in catalogue.rules.values() if each.check == "lost"), None)
    if rule is None or rule.severity is None or not scoped.lost:
        return
    now = [entry for item in scoped.versions for entry in item.version.span_types or ()]
    alone, beside = (_judge_alone(scoped, entries, catalogue) for entries in (scoped.lost, [*now, *scoped.lost]))
    gone = set(map(id, scoped.lost))
    # Of all there is only what data of the one may do by the other can be told from what the others do by themselves.
    reached = (each for each in beside if each.rule.check == "reach" and not gone.isdisjoint(map(id, each.entries)))
    weights = [SEVERITIES.index(each.severity) for each in (*alone, *reached)]
    # Never more than the rule says, so that a rule which an organisation made milder stays so.
    severity = SEVERITIES[min(SEVERITIES.index(rule.severity), max(weights, default=0))]
    found = tuple(_place(entry, "/name", entry.name) for entry in scoped.lost)
    yield Finding(rule, scoped.agent, severity, DECLARED, found=found)


def _judge_alone(scoped: ScopedAgent, entries: Sequence[SpanType], catalogue: Catalogue) -> list[Finding]:
    judged = _Judged([entry for entry in entries if entry.assessed], catalogue)
    return _Agent(scoped, entries, judged, 0).judge(catalogue)


def _odd(scoped: ScopedAgent, catalogue: Catalogue, *, shared_name: bool) -> Iterator[Finding]:
    """What was odd when the declarations were read, by rule."""
    agent = scoped.agent
    entries: dict[str, dict[int, SpanType]] = {}
    found: dict[str, list[Place]] = {}
    for version in (item.version for item in scoped.versions):
        for each in version.oddities:
            place = Place(version.id, None, None, each.pointer, each.value, version.record.sha256)
            found.setdefault(each.rule, []).append(place)
        for entry in version.span_types or ():
            for each in entry.declaration.oddities:
                entries.setdefault(each.rule, {})[id(entry)] = entry
                found.setdefault(each.rule, []).append(_place(entry, each.pointer, each.value))
    if shared_name:
        found[_SHARED_NAME] = []
    for rule_id, places in found.items():
        rule = catalogue.rules.get(rule_id)
        if rule is not None and rule.severity is not None:
            declared = tuple(entries.get(rule_id, {}).values())
            yield Finding(rule, agent, rule.severity, DECLARED, declared, found=tuple(places))
