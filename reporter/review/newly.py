"""X20: what newly meets one of the rules X01 to X09, against each earlier state that is known.

An earlier state is what a last report or a baseline knew, or a schema version that was registered before: any of them,
so that registering the same anew makes no change forgotten; told is the last one that ruled it out. A rule is met
anew by a span type that is new, or of which it was ruled out then: whether it is declared now, or cannot be ruled out
any more. Silence never helps: what nobody had ruled out was met then as it is now, whatever is answered to it, and
whoever takes the answer back is found as well. And nothing is settled by a night: what the last report had found is
found for as long as it is met there or cannot be ruled out, by whatever name the span type has now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, TypeAlias

from reporter.declared.flows import Facts, Field
from reporter.declared.model import Agent, SchemaVersion, SpanType
from reporter.declared.scope import ScopedAgent
from reporter.plain.language import Message
from reporter.review.answers import Declared, Key, Said, entry_of, in_scope, of_entries
from reporter.review.catalogue import Catalogue, Rule
from reporter.review.changes import compared
from reporter.review.finding import DECLARED, POSSIBLE, Certainty, Finding, Newly

CHECK: Final = "newly"
RULE: Final = "X20"
_MET: Final = tuple(f"X0{number}" for number in range(1, 10))


@dataclass(frozen=True, slots=True)
class Met:
    """What a report had found to be newly met, as it said it; ``told`` is the time of the one that said it first."""

    rule: str
    kind: str
    span_type: str
    since: str
    against: str
    told: str | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """A state that was; an agent that is not in it is new, with all of its span types.

    Attributes:
        name: What it is called, to whoever reads a finding.
        newly: By the ids of agents what was newly met already.
    """

    name: Message
    agents: Mapping[str, Said]
    newly: Mapping[str, Sequence[Met]] = field(default_factory=dict)


def earlier(name: Message, agents: Iterable[Said], met: Mapping[str, Sequence[Met]] | None = None) -> Earlier:
    """A state of these agents, and what they newly met then."""
    return Earlier(name, {each.id: each for each in agents}, met or {})


_Told: TypeAlias = dict[str, dict[tuple[str, Key], list[Newly]]]
"""By agent, then by rule and span type, since when and against what it is newly met."""


def newly(scoped: Sequence[ScopedAgent], catalogue: Catalogue, states: Sequence[Earlier]) -> dict[str, Finding]:
    """By the ids of agents what each of them newly meets."""
    rule = next((each for each in catalogue.rules.values() if each.check == CHECK), None)
    if rule is None or rule.severity is None:
        return {}
    met = [catalogue.rules[name] for name in _MET if name in catalogue.rules]
    waiting = [pair for each in scoped for pair in _versions(each)]
    told: _Told = {}
    now = in_scope(scoped) if states else ()
    for state in states:
        for each, said in zip(scoped, now, strict=True):
            then = state.agents.get(said.id)
            waiting += _changed(each, state.name, then, said, _entries(each))
            for place, hit in _carried(then, said, state.newly.get(said.id, ()), met):
                told.setdefault(said.id, {}).setdefault(place, []).append(hit)
    _add(told, waiting, met)
    return _judged(rule, scoped, met, told) if told else {}


def evaluated(scoped: Sequence[ScopedAgent], states: Sequence[Earlier]) -> bool:
    """Whether there is anything to compare with."""
    return bool(states) or any(each.earlier for each in scoped)


@dataclass(frozen=True, slots=True)
class _Changed:
    """A span type that is new or answers otherwise than it did."""

    scoped: ScopedAgent
    against: Message
    now: SpanType
    then: tuple[Declared, ...]
    since: str | None = None


def _versions(scoped: ScopedAgent) -> Iterator[_Changed]:
    """What a version changed against each that was registered before, the last of them first."""
    agent = scoped.agent
    for version, before in scoped.earlier:
        now = of_entries(agent.id, agent.name, version.span_types or ())
        for each, after in reversed([*zip(before, (*before[1:], version), strict=True)]):
            name = Message("schema version %(version)s, registered before", {"version": _called(each)})
            then = of_entries(agent.id, agent.name, each.span_types or ())
            for change in _changed(scoped, name, then, now, version.span_types or ()):
                yield replace(change, since=_called(after))


def _called(version: SchemaVersion) -> str:
    return version.external_identifier or version.id


def _entries(scoped: ScopedAgent) -> Iterator[SpanType]:
    return (entry for item in scoped.versions for entry in item.version.span_types or ())


def _changed(
    scoped: ScopedAgent, against: Message, then: Said | None, now: Said, entries: Iterable[SpanType]
) -> Iterator[_Changed]:
    before = then.entries if then else {}
    if before == now.entries:
        return
    names, now = _since(then, now)
    was_called = {name: old for old, name in names.items()}
    for entry in entries:
        key = _key(entry)
        was = before.get(was_called.get(key, key), ())
        if was != now.entries.get(key):
            yield _Changed(scoped, against, entry, was)


def _since(then: Said | None, now: Said) -> tuple[dict[Key, Key], Said]:
    """The names that span types have now, by those that they had; and what is said now, with as much as then."""
    before = then.entries if then else {}
    if then and not all(each.schemas for some in before.values() for each in some):
        now = Said(now.id, now.name, {k: tuple(Declared(None, d.parts) for d in v) for k, v in now.entries.items()})
    return dict(compared(then, now).renamed), now


def _key(entry: SpanType) -> Key:
    return entry.kind, entry.name


def _carried(
    then: Said | None, now: Said, newly: Sequence[Met], rules: Iterable[Rule]
) -> Iterator[tuple[tuple[str, Key], Newly]]:
    """What was newly met already, under the names of today; whether it still is has to be seen."""
    titles = {each.id: each.title for each in rules}
    names = _since(then, now)[0] if newly else {}
    for each in newly:
        if each.rule in titles:
            key = names.get((each.kind, each.span_type), (each.kind, each.span_type))
            against = Message("%(what)s", {"what": each.against})
            yield (each.rule, key), Newly(each.rule, titles[each.rule], *key, each.since, against, each.told)


def _add(told: _Told, changed: Sequence[_Changed], met: Iterable[Rule]) -> None:
    """What is newly met by what changed; of what was so already, what is known stays."""
    facts = Facts([each.now for each in changed])
    # All that was said of a span type then, each with the number of the one that it has become.
    said = [(number, entry_of(declared)) for number, each in enumerate(changed) for declared in each.then]
    then = Facts([entry for _, entry in said])
    carried = {(agent_id, *place) for agent_id, places in told.items() for place in places}
    known: set[tuple[str, int]] = set()
    for each in met if changed else ():
        if each.condition is None:
            continue
        possible, before = each.condition(facts).possible, each.condition(then).possible
        was = {number for place, (number, _) in enumerate(said) if before >> place & 1}
        for number, change in enumerate(changed):
            agent, key = change.scoped.agent, _key(change.now)
            if not possible >> number & 1 or number in was or (agent.id, each.id, key) in carried:
                continue
            if change.since is not None:
                # The last version that ruled it out is told, and those before it are not.
                if (each.id, id(change.now)) in known:
                    continue
                known.add((each.id, id(change.now)))
            hit = Newly(each.id, each.title, *key, change.since or _version(change), change.against)
            hits = told.setdefault(agent.id, {}).setdefault((each.id, key), [])
            hits += [hit] * (hit not in hits)


def _version(change: _Changed) -> str:
    named = {item.version.id: _called(item.version) for item in change.scoped.versions}
    return named.get(change.now.schema_version_id, change.now.schema_version_id)


class _Hit(NamedTuple):
    """A rule that is newly met by a span type, and one of the entries that meet it, or may."""

    met: Rule
    entry: SpanType
    certain: bool
    fields: frozenset[Field]


def _judged(rule: Rule, scoped: Sequence[ScopedAgent], met: Iterable[Rule], told: _Told) -> dict[str, Finding]:
    """Every entry of those span types that meets now what is newly met, or may: the next report has the same ones."""
    keys = {agent_id: {key for _, key in places} for agent_id, places in told.items()}
    about = [
        (each, entry) for each in scoped if each.agent.id in keys
        for entry in _entries(each) if _key(entry) in keys[each.agent.id]
    ]  # fmt: skip
    facts = Facts([entry for _, entry in about])
    found: dict[str, list[_Hit]] = {}
    for each in met:
        if each.condition is None:
            continue
        certain, possible = each.condition(facts)
        for number, (one, entry) in enumerate(about):
            if possible >> number & 1 and (each.id, _key(entry)) in told[one.agent.id]:
                fields = frozenset(each.condition.fields(facts, 1 << number))
                hit = _Hit(each, entry, bool(certain >> number & 1), fields)
                found.setdefault(one.agent.id, []).append(hit)
    agents = {each.agent.id: each.agent for each in scoped}
    return {key: _finding(rule, agents[key], hits, told[key]) for key, hits in found.items()}


def _finding(
    rule: Rule, agent: Agent, hits: Sequence[_Hit], told: Mapping[tuple[str, Key], Iterable[Newly]]
) -> Finding:
    declared = {id(hit.entry): hit.entry for hit in hits if hit.certain}
    possible = {id(hit.entry): hit.entry for hit in hits if id(hit.entry) not in declared}
    fields: dict[int, set[Field]] = {}
    for hit in hits:
        fields.setdefault(id(hit.entry), set()).update(hit.fields)
    places = dict.fromkeys((hit.met.id, _key(hit.entry)) for hit in hits)
    certainty: Certainty = DECLARED if declared else POSSIBLE
    return Finding(
        rule, agent, rule.severity or "high", certainty, tuple(declared.values()), tuple(possible.values()),
        rests_on=lambda entry: fields.get(id(entry), ()), newly=tuple(hit for place in places for hit in told[place]),
    )  # fmt: skip
