"""Declarations held against what was agreed: by the platform's risk profile, by the organisation's own file, or both.

What exceeds either of the two exceeds what was agreed. What nobody decided, and was not agreed, is undecided: it weighs
as much as if it were declared, and is never said to be agreed or not. A source that cannot be read agrees to nothing
that anybody could rely on, and is a finding of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final, Literal

from reporter.declared.model import Place, SpanType
from reporter.declared.platform_risk import RiskProfile
from reporter.declared.scope import ScopedAgent
from reporter.declared.vocabulary import CLASSIFICATION, FIELDS, PARTS, RANK, Level, Part, in_groups
from reporter.plain.canonical import step
from reporter.plain.language import reading_order
from reporter.review.facts import Agreement, Document, Facts

SourceKind = Literal["platform", "organisation"]
Subject = Literal["category", "action", "level", "environment"]
SPECIAL: Final = frozenset(in_groups("art9", "art10", "children"))
_ACTIONS: Final[Part] = "action_profile"


@dataclass(frozen=True, slots=True)
class Permitted:
    """What one source agrees to.

    Attributes:
        name: That of the risk profile, or the path of the file.
        reference: The profile's id, or the file's entries as JSON pointers.
        highest: None where it says nothing of levels, as a risk profile never does; likewise ``environments``.
        documents: Those that agree it; None among them where an entry names none.
        agreements: The entries of the file.
    """

    kind: SourceKind
    name: str
    reference: str
    categories: frozenset[str]
    actions: frozenset[str]
    highest: Level | None = None
    environments: frozenset[str] | None = None
    documents: tuple[Document | None, ...] = ()
    agreements: tuple[Agreement, ...] = ()

    def permits(self, subject: Subject, name: str) -> bool:
        """Whether it agrees to a category or an action."""
        return name in (self.actions if subject == "action" else self.categories)


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that is declared, or undecided, and was not agreed.

    Attributes:
        name: That of a field; a level; an environment.
        by: The sources that do not agree to it.
        entries: The span types of which it is so; none of an environment.
    """

    subject: Subject
    name: str
    by: tuple[SourceKind, ...]
    entries: tuple[SpanType, ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """One agent's declarations beside what was agreed for it.

    Attributes:
        sources: Those that can be read; none where nothing says what was agreed.
        profile: The risk profile, whether it can be read or not.
        exceeds: What is declared and was not agreed.
        undecided: What nobody decided and was not agreed.
        unused: What was agreed and every span type rules out, by source.
        differs: What one source agrees to and the other does not.
        where: Where it is deployed and no source agrees to that.
        expired: The documents whose last day is over; ``undated`` those without a day; None stands for none named.
    """

    sources: tuple[Permitted, ...]
    profile: RiskProfile | None
    exceeds: tuple[Point, ...] = ()
    undecided: tuple[Point, ...] = ()
    unused: tuple[tuple[SourceKind, Subject, str], ...] = ()
    differs: tuple[tuple[Subject, str], ...] = ()
    where: tuple[Place, ...] = ()
    expired: tuple[Document, ...] = ()
    undated: tuple[Document | None, ...] = ()

    @property
    def neither(self) -> bool:
        """Whether nothing says what was agreed."""
        return not self.sources and self.profile is None


def asked(agents: Sequence[ScopedAgent], facts: Facts) -> bool:
    """Whether anything at all says what was agreed for some agent: else nothing is compared."""
    return bool(facts.agreed) or any(each.agent.risk and each.agent.risk.profile for each in agents)


def compared(scoped: ScopedAgent, facts: Facts, today: date) -> Compared:
    """An agent's declarations, held against all that says what was agreed for it.

    Args:
        scoped: The agent, with the versions that count.
        facts: The organisation's.
        today: The run's day in UTC: a document counts until its last one is over.
    """
    profile = scoped.agent.risk.profile if scoped.agent.risk else None
    sources = tuple(_sources(profile, facts, scoped))
    if not sources:
        return Compared((), profile)
    entries = [entry for item in scoped.versions for entry in item.version.span_types or ()]
    exceeds, undecided = _points(entries, sources)
    environments, where = _environments(scoped, sources)
    documents: list[Document | None] = [each for source in sources for each in source.documents]
    return Compared(
        sources=sources,
        profile=profile,
        exceeds=(*exceeds, *environments),
        undecided=undecided,
        unused=tuple(_unused(entries, sources)) if scoped.whole and entries else (),
        differs=tuple(_differing(sources)),
        where=where,
        expired=tuple(each for each in documents if each and each.expires and each.expires < today),
        undated=tuple(each for each in documents if each is None or each.date is None),
    )


def _sources(profile: RiskProfile | None, facts: Facts, scoped: ScopedAgent) -> Iterator[Permitted]:
    if profile and profile.readable:
        weights, multipliers = (
            frozenset(name for name, number in (given or {}).items() if number is not None)
            for given in (profile.weights, profile.multipliers)
        )
        yield Permitted("platform", profile.name, profile.id, weights, multipliers)
    agreements = facts.agreed_for(scoped.agent)
    if agreements:
        yield Permitted(
            kind="organisation",
            name=facts.path,
            reference=", ".join(f"/agreed/{each.number}" for each in agreements),
            categories=frozenset(name for each in agreements for name in each.categories),
            actions=frozenset(name for each in agreements for name in each.actions),
            highest=next((each.highest for each in agreements if each.highest), None),
            environments=next((each.environments for each in agreements if each.environments is not None), None),
            documents=tuple(dict.fromkeys(each.document for each in agreements)),
            agreements=tuple(agreements),
        )


def _points(entries: Sequence[SpanType], sources: Sequence[Permitted]) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """What is declared and not agreed, and what is undecided and not agreed; of what is not assessed nothing."""
    found: dict[bool, dict[tuple[Subject, str], dict[int, SpanType]]] = {True: {}, False: {}}
    for entry in entries:
        if entry.assessed:
            for subject, name, certain in _of_entry(entry, sources):
                found[certain].setdefault((subject, name), {})[id(entry)] = entry
    exceeds, undecided = (
        tuple(
            Point(subject, name, _against(subject, name, sources), tuple(some.values()))
            for (subject, name), some in sorted(found[certain].items(), key=lambda each: _order(*each[0]))
        )
        for certain in (True, False)
    )
    return exceeds, undecided


def _of_entry(entry: SpanType, sources: Sequence[Permitted]) -> Iterator[tuple[Subject, str, bool]]:
    """What of a span type was not agreed: of which subject, its name, and whether it is declared."""
    for part in PARTS:
        subject: Subject = "action" if part == _ACTIONS else "category"
        for name in fields(entry, part):
            meaning = entry.declaration.answer(part, name).meaning
            if meaning != "no" and not all(each.permits(subject, name) for each in sources):
                yield subject, name, meaning == "yes"
        if part != _ACTIONS:
            level = entry.declaration.answer(part, CLASSIFICATION).level
            for highest in {each.highest for each in sources if each.highest}:
                if level is None and highest != "secret":
                    yield "level", highest, False
                elif level is not None and RANK[level] > RANK[highest]:
                    yield "level", level, True


def fields(entry: SpanType, part: Part) -> list[str]:
    """The fields of a part that hold answers to yes or no: the vocabulary's, and what else it names."""
    given = entry.declaration.parts[part] or {}
    known = FIELDS[part]
    return [name for name in (*known, *(name for name in given if name not in known)) if name != CLASSIFICATION]


def _against(subject: Subject, name: str, sources: Sequence[Permitted]) -> tuple[SourceKind, ...]:
    if subject == "level":
        return tuple(each.kind for each in sources if each.highest)
    return tuple(each.kind for each in sources if not each.permits(subject, name))


def _order(subject: Subject, name: str) -> tuple[int, int, tuple[str, str]]:
    """As columns stand: categories by the law's groups, then actions, levels and environments, each by its order."""
    known = FIELDS["params_data_categories"] if subject == "category" else FIELDS[_ACTIONS]
    place = known.index(name) if name in known else RANK.get(name, len(known))
    return ("category", "action", "level", "environment").index(subject), place, reading_order(name)


def _environments(scoped: ScopedAgent, sources: Sequence[Permitted]) -> tuple[list[Point], tuple[Place, ...]]:
    """Where versions that count are deployed and no source agrees to it, with the deployments that say so."""
    agreed = [each.environments for each in sources if each.environments is not None]
    known = {name.casefold() for some in agreed for name in some}
    versions = {item.version.id: item.environments for item in scoped.versions} if agreed else {}
    found: dict[str, list[Place]] = {}
    for each in scoped.agent.deployments:
        version = each.schema_version_id or ""
        if each.environment in versions.get(version, ()) and each.environment.casefold() not in known:
            place = Place(version, None, None, "/environment_id", each.environment_id, each.record_sha256 or "")
            found.setdefault(each.environment, []).append(place)
    points = [Point("environment", name, ("organisation",)) for name in sorted(found, key=reading_order)]
    return points, tuple(place for point in points for place in found[point.name])


def _unused(entries: Sequence[SpanType], sources: Sequence[Permitted]) -> Iterator[tuple[SourceKind, Subject, str]]:
    """What a source agrees to and every span type rules out: whoever is silent may be using it."""
    used: set[tuple[Subject, str]] = set()
    for entry in entries:
        for part in PARTS:
            subject: Subject = "action" if part == _ACTIONS else "category"
            names = fields(entry, part)
            used |= {(subject, name) for name in names if entry.declaration.answer(part, name).meaning != "no"}
    for source in sources:
        # Outside the vocabulary nobody says of which sort a name is: where it is used at all it is used.
        others = source.categories & source.actions
        free = frozenset(name for name in others if ("category", name) in used or ("action", name) in used)
        for subject, name in (
            *_in_order("category", source.categories),
            *_in_order("action", source.actions),
            *(("category" if name in source.categories else "action", name) for name in _others(source)),
        ):
            if (subject, name) not in used and name not in free:
                yield source.kind, subject, name


def in_reading_order(subject: Subject, names: frozenset[str]) -> list[str]:
    """Categories, or actions, as columns stand; those outside the vocabulary behind them."""
    known = [name for _, name in _in_order(subject, names)]
    return known + sorted(names.difference(known), key=reading_order)


def _others(source: Permitted) -> list[str]:
    known = {*FIELDS["params_data_categories"], *FIELDS[_ACTIONS]}
    return sorted((source.categories | source.actions) - known, key=reading_order)


def _differing(sources: Sequence[Permitted]) -> Iterator[tuple[Subject, str]]:
    for one, other in pairwise(sources):
        yield from _in_order("category", one.categories ^ other.categories)
        yield from _in_order("action", one.actions ^ other.actions)


def _in_order(subject: Subject, names: frozenset[str]) -> Iterator[tuple[Subject, str]]:
    known = FIELDS["params_data_categories"] if subject == "category" else FIELDS[_ACTIONS]
    yield from ((subject, name) for name in known if name in names)


def profile_place(profile: RiskProfile, subject: Subject, name: str) -> Iterator[Place]:
    """Where a risk profile says something of a category or an action, if it does."""
    member, numbers = (
        ("action_multipliers", profile.multipliers) if subject == "action" else ("category_weights", profile.weights)
    )
    if numbers and name in numbers and profile.record_sha256:
        pointer = step(step("/ruleset", member), name)
        yield Place("", None, None, pointer, numbers[name], profile.record_sha256)
