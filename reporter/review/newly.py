"""X20: what newly meets one of the rules X01 to X09, against each earlier state that is known.

An earlier state is what a last report or a baseline knew, or a schema version that was registered before: any of them,
so that registering the same anew makes no change forgotten; told is the last one that ruled it out. A rule is met
anew by a span type that is new, or of which it was ruled out then: whether it is declared now, or cannot be ruled out
any more. Silence never helps: what nobody had ruled out was met then as it is now, whatever is answered to it, and
whoever takes the answer back is found as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reporter.declared.flows import Facts, Field
from reporter.declared.model import SchemaVersion, SpanType
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
class Earlier:
    """A state that was; an agent that is not in it is new, with all of its span types.

    Attributes:
        name: What it is called, to whoever reads a finding.
    """

    name: Message
    agents: Mapping[str, Said]


def earlier(name: Message, agents: Iterable[Said]) -> Earlier:
    """A state of these agents."""
    return Earlier(name, {each.id: each for each in agents})


def newly(scoped: Sequence[ScopedAgent], catalogue: Catalogue, states: Sequence[Earlier]) -> dict[str, Finding]:
    """By the ids of agents what each of them newly meets."""
    rule = next((each for each in catalogue.rules.values() if each.check == CHECK), None)
    if rule is None or rule.severity is None:
        return {}
    waiting = [pair for each in scoped for pair in _versions(each)]
    if states:
        now = in_scope(scoped)
        for state in states:
            pairs = ((each, said, state.agents.get(said.id)) for each, said in zip(scoped, now, strict=True))
            waiting += [
                change
                for each, said, then in pairs
                for change in _changed(each, state.name, then, said, _entries(each))
            ]
    if not waiting:
        return {}
    return _judged(rule, waiting, [catalogue.rules[name] for name in _MET if name in catalogue.rules])


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
    if then and not all(each.schemas for some in before.values() for each in some):
        now = Said(now.id, now.name, {k: tuple(Declared(None, d.parts) for d in v) for k, v in now.entries.items()})
    names = {name: old for old, name in compared(then, now).renamed}
    for entry in entries:
        key: Key = (entry.kind, entry.name)
        was = before.get(names.get(key, key), ())
        if was != now.entries.get(key):
            yield _Changed(scoped, against, entry, was)


def _judged(rule: Rule, changed: Sequence[_Changed], met: Sequence[Rule]) -> dict[str, Finding]:
    facts = Facts([each.now for each in changed])
    # All that was said of a span type then, each with the number of the one that it has become.
    said = [(number, entry_of(declared)) for number, each in enumerate(changed) for declared in each.then]
    then = Facts([entry for _, entry in said])
    found: dict[str, list[tuple[int, Rule, bool]]] = {}
    for each in met:
        if each.condition is None:
            continue
        certain, possible = each.condition(facts)
        before = each.condition(then).possible
        was = {number for place, (number, _) in enumerate(said) if before >> place & 1}
        for number, change in enumerate(changed):
            if possible >> number & 1 and number not in was:
                hit = (number, each, bool(certain >> number & 1))
                found.setdefault(change.scoped.agent.id, []).append(hit)
    return {key: _finding(rule, hits, changed, facts) for key, hits in found.items()}


def _finding(rule: Rule, hits: Sequence[tuple[int, Rule, bool]], changed: Sequence[_Changed], facts: Facts) -> Finding:
    scoped = changed[hits[0][0]].scoped
    versions = {item.version.id: _called(item.version) for item in scoped.versions}
    declared: dict[int, SpanType] = {}
    possible: dict[int, SpanType] = {}
    fields: dict[int, set[Field]] = {}
    told: dict[tuple[str, str, str], Newly] = {}
    known: set[tuple[str, int]] = set()
    for number, met, certain in hits:
        change = changed[number]
        entry = change.now
        (declared if certain else possible)[id(entry)] = entry
        if met.condition:
            fields.setdefault(id(entry), set()).update(met.condition.fields(facts, 1 << number))
        if change.since is not None:
            # The last version that ruled it out is told, and those before it are not.
            if (met.id, id(entry)) in known:
                continue
            known.add((met.id, id(entry)))
        since = change.since or versions.get(entry.schema_version_id, entry.schema_version_id)
        told[met.id, since, str(change.against)] = Newly(met.id, met.title, since, change.against)
    certainty: Certainty = DECLARED if declared else POSSIBLE
    left = tuple(entry for key, entry in possible.items() if key not in declared)
    return Finding(
        rule, scoped.agent, rule.severity or "high", certainty, tuple(declared.values()), left,
        rests_on=lambda entry: fields.get(id(entry), ()), newly=tuple(told.values()),
    )  # fmt: skip
