"""The catalogue put to an agent's declarations: what triggers a review, and what cannot be ruled out to.

A rule about span types makes one finding a span type; what cannot be ruled out makes one an agent and rule, and so do
rules about an agent as a whole. A span type of which nothing is assessed makes one finding and takes no part in others:
an agent that declared nothing is a short, loud page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from reporter.declared.flows import ALL_FIELDS, Facts, Field, Ways, chosen
from reporter.declared.model import Place, SpanType
from reporter.declared.scope import ScopedAgent
from reporter.declared.vocabulary import SIDE_PARTS
from reporter.plain.canonical import canonical
from reporter.review.catalogue import SEVERITIES, Catalogue, Rule, Severity
from reporter.review.conditions import Condition, compiled
from reporter.review.finding import DECLARED, NOT_ASSESSED, UNDECIDED, Certainty, Finding, RestsOn
from reporter.review.lint.checks import CHECKS, WORTH_IT

_LOWER: Final[dict[Severity, Severity]] = {"high": "medium", "medium": "low", "low": "info", "info": "info"}
_SOURCES: Final = compiled({"group": "art9", "side": "either", "is": "included"})
_EXITS: Final = compiled({"action": "external_communication", "is": "allowed"})
# A condition costs an operation on integers however many bits they have, and a call for each lot: with fewer entries
# at once the calls cost most, and with more the integers, as every agent looks at its own few bits of them.
_AT_ONCE: Final = 256
_SHARED_NAME: Final = "R09"
_PLACE: Final = re.compile(r"/\d+(?=/)")


def findings(scoped: ScopedAgent, catalogue: Catalogue, *, shared_name: bool = False) -> tuple[Finding, ...]:
    """What one agent in scope puts up for review, worst first; ``shared_name``: another is called like it."""
    [found] = of_all([(scoped, shared_name)], catalogue)
    return found


def of_all(agents: Iterable[tuple[ScopedAgent, bool]], catalogue: Catalogue) -> Iterator[tuple[Finding, ...]]:
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


def _of_lot(
    lot: Sequence[tuple[ScopedAgent, bool, list[SpanType]]], catalogue: Catalogue
) -> Iterator[tuple[Finding, ...]]:
    judged = _Judged([entry for _, _, entries in lot for entry in entries if entry.assessed], catalogue)
    start = 0
    for scoped, shared_name, entries in lot:
        agent = _Agent(scoped, entries, judged, start)
        start += len(agent.assessed)
        found = [*agent.judge(catalogue), *_lost(scoped, catalogue), *_odd(scoped, catalogue, shared_name=shared_name)]
        yield tuple(sorted(found, key=_order))


def _order(finding: Finding) -> tuple[int, bool, str, tuple[str, ...]]:
    return -SEVERITIES.index(finding.severity), finding.certainty != DECLARED, finding.rule.id, finding.key


class _Judged:
    """What every condition says of the entries of a lot, as bits: the n-th bit is the n-th entry.

    Attributes:
        ways: By rule, for which entries it holds and for which it cannot be ruled out.
        worth_it: By check whether it can find anything.
        alone: By rule for which entries only what flows out makes it so, where that counts.
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


class _Agent:
    """One agent's entries within a lot, told apart by whether anybody decided anything, and what is found of them."""

    def __init__(self, scoped: ScopedAgent, entries: Iterable[SpanType], judged: _Judged, start: int) -> None:
        self.found: list[Finding] = []
        self.assessed: list[SpanType] = []
        self.silent: list[SpanType] = []
        for entry in entries:
            (self.assessed if entry.assessed else self.silent).append(entry)
        self._scoped = scoped
        self._judged = judged
        self._start = start
        # By identity: entries of one name, even of one content, are different ones, and have no hash that is quick.
        self._bits = {id(entry): 1 << start + number for number, entry in enumerate(self.assessed)}
        self._open: dict[str, list[tuple[Rule, int, RestsOn]]] = {}

    def judge(self, catalogue: Catalogue) -> list[Finding]:
        """What the rules say about its declarations."""
        for rule in catalogue.rules.values():
            if rule.condition is not None:
                self._hold(rule, rule.condition)
            elif rule.check == NOT_ASSESSED:
                self._by_name(rule, self.silent, lambda _: ALL_FIELDS)
            elif rule.check == "no_span_types":
                self._look_for_any(rule)
            elif rule.check == "reach":
                self._reach(rule)
            elif rule.check in CHECKS:
                self._look_at(rule)
        self._leave_open(catalogue)
        return self.found

    def _mine(self, bits: int) -> int:
        """Those of a lot's bits that are this agent's entries, the first of them first."""
        return bits >> self._start & (1 << len(self.assessed)) - 1

    def _hold(self, rule: Rule, condition: Condition) -> None:
        """A rule whose condition is data."""
        certain, possible = map(self._mine, self._judged.ways[rule.id])

        def rests_on(entry: SpanType) -> frozenset[Field]:
            return condition.fields(self._judged.facts, self._bits[id(entry)])

        if certain and rule.per == "agent":
            self._add(rule, DECLARED, rule.severity, certain, rests_on)
        elif certain:
            alone = self._mine(self._judged.alone[rule.id])
            self._by_name(rule, chosen(self.assessed, certain & ~alone), rests_on)
            self._by_name(rule, chosen(self.assessed, alone), rests_on, result_alone=True)
        if possible & ~certain:
            self._open.setdefault(rule.undetermined or rule.id, []).append((rule, possible & ~certain, rests_on))

    def _by_name(
        self, rule: Rule, entries: Iterable[SpanType], rests_on: RestsOn, *, result_alone: bool = False
    ) -> None:
        """One finding a span type: the same name in several versions is one and the same."""
        severity = _LOWER[rule.severity] if result_alone else rule.severity
        made: dict[tuple[str, str], Finding] = {}
        for entry in entries:
            key = (entry.kind, entry.name)
            same = made.get(key)
            made[key] = (
                Finding(rule, self._scoped.agent, DECLARED, severity, key, entry, (entry,), rests_on, (), result_alone)
                if same is None
                else same._replace(entries=(*same.entries, entry))
            )
        self.found += made.values()

    def _look_for_any(self, rule: Rule) -> None:
        """That nothing says what the agent does, as far as that can be said."""
        if self._scoped.whole and all(entry.kind != "span" for entry in (*self.assessed, *self.silent)):
            versions = [item.version for item in self._scoped.versions]
            records = tuple(Place(each.id, None, None, "", None, each.record.sha256) for each in versions)
            made = Finding(rule, self._scoped.agent, DECLARED, rule.severity, ("agent",), found=records)
            self.found.append(made)

    def _reach(self, rule: Rule) -> None:
        """One span type takes in special categories, another may communicate with the outside world."""
        judged = self._judged
        sources, exits = (Ways(*map(self._mine, each)) for each in (judged.sources, judged.exits))

        def rests_on(entry: SpanType) -> frozenset[Field]:
            bit = self._bits[id(entry)]
            out = _EXITS.fields(judged.facts, bit) if judged.exits.possible & bit else frozenset()
            return _SOURCES.fields(judged.facts, bit) | out

        if _apart(sources.certain, exits.certain):
            self._add(rule, DECLARED, rule.severity, sources.certain | exits.certain, rests_on)
        elif _apart(sources.possible, exits.possible):
            self._add(rule, UNDECIDED, _LOWER[rule.severity], sources.possible | exits.possible, rests_on)

    def _look_at(self, rule: Rule) -> None:
        """A rule whose condition is a function."""
        name = rule.check or ""
        named: dict[tuple[str, ...], Finding] = {}
        # -1 has every bit: a check that no condition stands before looks at all entries.
        for entry in chosen(self.assessed, self._mine(self._judged.worth_it.get(name, -1))):
            hits = tuple(CHECKS[name](entry))
            if hits:
                found = tuple(_place(entry, hit.pointer, hit.value) for hit in hits)
                concerned = tuple(dict.fromkeys(category for hit in hits for category in hit.categories))
                made = Finding(
                    rule, self._scoped.agent, DECLARED, rule.severity, (entry.kind, entry.name), entry, (entry,),
                    found=found, concerned=concerned,
                )  # fmt: skip
                named[made.key] = _together(named.get(made.key), made)
        self.found += named.values()

    def _leave_open(self, catalogue: Catalogue) -> None:
        """What cannot be ruled out, one finding a rule: another rule's where one is named, and else a step lower."""
        for rule_id, parts in self._open.items():
            taker = catalogue.rules.get(rule_id)
            if taker is None:
                continue  # it was switched off
            bits = 0
            for _, some, _ in parts:
                bits |= some
            if rule_id in self._judged.ways:
                bits &= ~self._mine(self._judged.ways[rule_id].certain)
            if not bits:
                continue  # the rule that takes them says it of all of them already
            severity = _LOWER[taker.severity] if any(rule.id == rule_id for rule, _, _ in parts) else taker.severity
            every = [rests_on for _, _, rests_on in parts]
            self._add(taker, UNDECIDED, severity, bits, _any_of(every))

    def _add(self, rule: Rule, certainty: Certainty, severity: Severity, bits: int, rests_on: RestsOn) -> None:
        entries = tuple(chosen(self.assessed, bits))
        made = Finding(rule, self._scoped.agent, certainty, severity, (certainty,), None, entries, rests_on)
        self.found.append(made)


def _any_of(parts: Sequence[RestsOn]) -> RestsOn:
    return parts[0] if len(parts) == 1 else lambda entry: [field for part in parts for field in part(entry)]


def _apart(one: int, other: int) -> bool:
    """Whether an entry of the one and another of the other can be named."""
    return bool(one and other) and (one | other).bit_count() > 1


def _together(before: Finding | None, found: Finding) -> Finding:
    """The same thing found again, in another version or place, as one: it rests on both."""
    if before is None:
        return found
    return before._replace(
        entries=before.entries + found.entries,
        found=before.found + found.found,
        concerned=tuple(dict.fromkeys(before.concerned + found.concerned)),
    )


def _place(entry: SpanType, pointer: str, value: object) -> Place:
    at = f"{entry.pointer}{pointer}"
    return Place(entry.schema_version_id, entry.kind, entry.name, at, value, entry.record_sha256)


def _lost(scoped: ScopedAgent, catalogue: Catalogue) -> Iterator[Finding]:
    """What the version before had; it weighs what it weighed when it was there, beside what is there now."""
    rule = next((each for each in catalogue.rules.values() if each.check == "lost"), None)
    if rule is None or not scoped.lost:
        return
    now = [entry for item in scoped.versions for entry in item.version.span_types or ()]
    entries = [*now, *scoped.lost]
    judged = _Judged([entry for entry in entries if entry.assessed], catalogue)
    gone = set(map(id, scoped.lost))
    weights = [
        SEVERITIES.index(each.severity)
        for each in _Agent(scoped, entries, judged, 0).judge(catalogue)
        if not gone.isdisjoint(map(id, (*each.entries, each.entry)))
    ]
    # Never more than the rule says, so that a rule which an organisation made milder stays so.
    severity = SEVERITIES[min(SEVERITIES.index(rule.severity), max(weights, default=0))]
    found = tuple(_place(entry, "/name", entry.name) for entry in scoped.lost)
    yield Finding(rule, scoped.agent, DECLARED, severity, ("lost",), found=found)


def _odd(scoped: ScopedAgent, catalogue: Catalogue, *, shared_name: bool) -> Iterator[Finding]:
    """What was odd when the declarations were read; the same oddity in several versions is one.

    The place of an entry in its list tells nothing apart: it moves when others are added.
    """
    agent = scoped.agent
    named: dict[tuple[str, ...], Finding] = {}

    def add(rule_id: str, key: tuple[str, ...], entry: SpanType | None, *found: Place) -> None:
        rule = catalogue.rules.get(rule_id)
        if rule is not None:
            entries = (entry,) if entry else ()
            made = Finding(rule, agent, DECLARED, rule.severity, key, entry, entries, found=found)
            named[rule_id, *key] = _together(named.get((rule_id, *key)), made)

    for version in (item.version for item in scoped.versions):
        for each in version.oddities:
            place = Place(version.id, None, None, each.pointer, each.value, version.record.sha256)
            value = each.value if not isinstance(each.value, dict | list) else canonical(each.value).decode()
            add(each.rule, (version.id, _PLACE.sub("/-", each.pointer), str(value)), None, place)
        for entry in version.span_types or ():
            for each in entry.declaration.oddities:
                key = (entry.kind, entry.name, each.pointer, repr(each.value))
                add(each.rule, key, entry, _place(entry, each.pointer, each.value))
    if shared_name:
        add(_SHARED_NAME, (agent.name,), None)
    yield from named.values()
