"""Which schema versions count, and what that leaves out and why.

Whatever is left out is listed: a report that reads clean because it looked away is worse than none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase

from reporter.declared.listed import beside
from reporter.declared.model import Agent, Deployment, Inventory, SchemaVersion, SpanType
from reporter.declared.observed import within
from reporter.plain.language import Message, reading_order

CURRENT = "current"
LATEST = "latest"
ALL = "all"
NAMED = "named"


@dataclass(frozen=True, slots=True)
class Selection:
    """What a report is asked to be about.

    Attributes:
        versions: ``current``, ``latest``, ``all``, or ids or external identifiers of schema versions.
        environments: Names of environments; empty for all of them.
        as_of: Keeps what was registered by then.
        agents: Patterns (``*``, ``?``) of agents' names or ids; empty for all.
        include_retired: Whether retired agents count.
    """

    versions: tuple[str, ...] = (CURRENT,)
    environments: tuple[str, ...] = ()
    as_of: datetime | None = None
    agents: tuple[str, ...] = ()
    include_retired: bool = False

    @property
    def mode(self) -> str:
        """``current``, ``latest``, ``all`` or ``named``."""
        return self.versions[0] if self.versions in ((CURRENT,), (LATEST,), (ALL,)) else NAMED


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that was read and does not count."""

    why: Message
    agent_id: str | None = None
    schema_version_id: str | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that should count and was not read, so that nothing may be concluded from its absence."""

    what: Message
    why: Message
    agent_id: str | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class ScopedVersion:
    """A schema version that counts, with the environments that it is pinned in."""

    version: SchemaVersion
    environments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScopedAgent:
    """An agent that counts.

    Attributes:
        note: How its versions were chosen, where that is not plain.
        earlier: Its versions that count, each with those registered before that do not and were read, oldest first.
        lost: What the versions registered just before had and none that counts has, each name once.
        whole: Whether all was read that should count of it.
    """

    agent: Agent
    versions: tuple[ScopedVersion, ...]
    note: Message | None = None
    lost: tuple[SpanType, ...] = ()
    whole: bool = True
    earlier: tuple[tuple[SchemaVersion, tuple[SchemaVersion, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """What counts, what does not, and what is missing of what should count."""

    agents: tuple[ScopedAgent, ...]
    left_out: tuple[LeftOut, ...]
    gaps: tuple[Missing, ...]
    notes: tuple[Message, ...] = ()

    @property
    def only_listed(self) -> int:
        """How many tools are in a list, and declared by nobody."""
        versions = [item.version for scoped in self.agents for item in scoped.versions if item.version.listed]
        return sum(not entry.declared_cells for version in versions for entry in version.span_types or ())


_LATER = Message("registered later than the time asked for")
_NOT_CHOSEN = {
    CURRENT: Message("not current: no deployment in scope points to it, or a newer one stands in"),
    LATEST: Message("not the latest"),
    ALL: Message("not pinned in the environment asked for"),
    NAMED: Message("not among the versions asked for"),
}
_NOT_READ = Message("it was not read")
_UNKNOWN_PINS = Missing(
    Message("the deployments of that time"),
    Message(
        "the platform keeps no history of them, and this evidence was read later. Report from a snapshot collected "
        "by then, or ask for no environment"
    ),
)
_NO_HISTORY = Message(
    "The platform keeps no history of deployments, and this evidence was read after the time asked for: the newest "
    "version registered by then stands for the one that was deployed."
)


def scope(inventory: Inventory, selection: Selection) -> Scope:
    """Chooses, agent by agent, the schema versions that count."""
    # The platform keeps no history of pins: those of a past time are known only from evidence that was read by then.
    read_at = [source.collected_at for source in inventory.sources]
    pins_known = selection.as_of is None or (bool(read_at) and max(read_at) <= selection.as_of)
    chosen: list[ScopedAgent] = []
    left_out: list[LeftOut] = []
    gaps: list[Missing] = []
    unread_of = {gap.agent_id for gap in inventory.gaps}
    named_only = _named_only(inventory)
    for agent in (_of_runs(each, selection) for each in inventory.agents):
        why = left_out_because(agent, selection)
        scoped = _with_lists(_choose(_without_lists(agent), selection, pins_known=pins_known), agent)
        unread = list(_unread(agent, selection)) if pins_known else []
        # A pin that nobody has read is a gap and no absence, so that it keeps its agent in.
        if not why and not scoped.versions and not unread:
            why = _none_chosen(agent, selection)
        if why:
            left_out.append(LeftOut(why, agent.id))
            continue
        missing = [*unread, *_undeclared(scoped, named_only)]
        whole = not missing and agent.id not in unread_of
        lost = tuple(_lost(scoped, selection))
        told, known = _told(scoped.versions), tuple(_earlier(scoped, selection))
        chosen.append(replace(scoped, versions=told, lost=lost, whole=whole, earlier=known))
        # By identity: several sources may hold versions of the same id, of which not all need count.
        kept = {id(item.version) for item in scoped.versions}
        for version in agent.schema_versions:
            if id(version) not in kept:
                in_time = _registered_by(version, selection.as_of)
                left_out.append(LeftOut(_NOT_CHOSEN[selection.mode] if in_time else _LATER, agent.id, version.id))
        gaps += missing
    gaps += _not_found(inventory, selection)
    if selection.environments and not pins_known:
        gaps.append(_UNKNOWN_PINS)
    return Scope(tuple(chosen), tuple(left_out), tuple(gaps), () if pins_known else (_NO_HISTORY,))


def _of_runs(agent: Agent, selection: Selection) -> Agent:
    """An agent with those of its runs that were asked for."""
    if agent.observed is None or not (selection.environments or selection.as_of):
        return agent
    return replace(agent, observed=within(agent.observed, selection.environments, selection.as_of))


def _without_lists(agent: Agent) -> Agent:
    """An agent with what was registered, from which versions are chosen; one that is only listed has its lists."""
    registered = tuple(version for version in agent.schema_versions if not version.listed)
    return replace(agent, schema_versions=registered) if registered else agent


def _with_lists(scoped: ScopedAgent, agent: Agent) -> ScopedAgent:
    """Beside whatever counts of it stand the lists of its tools, which have no time and are pinned nowhere."""
    kept = {id(item.version) for item in scoped.versions}
    lists = [each for each in agent.schema_versions if each.listed and scoped.versions and id(each) not in kept]
    return replace(scoped, agent=agent, versions=(*scoped.versions, *map(ScopedVersion, lists)))


def _told(versions: tuple[ScopedVersion, ...]) -> tuple[ScopedVersion, ...]:
    """The same, where a tool that somebody declared is no second span type; its hints stand beside the declaration."""
    lists = [item for item in versions if item.version.listed]
    if not lists:
        return versions
    others = [item for item in versions if not item.version.listed]
    told = beside([item.version for item in others], [item.version for item in lists])
    return tuple(replace(item, version=each) for item, each in zip((*others, *lists), told, strict=True))


def left_out_because(agent: Agent, selection: Selection) -> Message | None:
    """Why an agent does not count, whatever its versions are; None where it may."""
    names = [name.casefold() for name in (agent.name, agent.id, agent.external_identifier or agent.id)]
    patterns = [pattern.casefold() for pattern in selection.agents]
    if patterns and not any(fnmatchcase(name, pattern) for pattern in patterns for name in names):
        return Message("not among the agents asked for")
    if agent.status == "retired" and not selection.include_retired:
        if selection.as_of is None:
            return Message("retired")
        # The platform keeps a status and not since when.
        return Message("retired by now; whether it was by then is not known")
    if selection.as_of and agent.inserted_at and agent.inserted_at > selection.as_of:
        return _LATER
    return None


def _none_chosen(agent: Agent, selection: Selection) -> Message | None:
    """Why none of an agent's versions counts; None for an agent that has none and was not asked for in a place."""
    if selection.environments:
        places = {"environments": selection.environments}
        return Message("no version of it is known to be pinned in %(environments)s", places)
    if not agent.schema_versions:
        return None
    if not any(_registered_by(version, selection.as_of) for version in agent.schema_versions):
        return Message("no version of it was registered by then")
    return Message("none of its versions is among those asked for")


def _choose(agent: Agent, selection: Selection, *, pins_known: bool) -> ScopedAgent:
    """The versions of one agent; none where an environment was asked for and nothing of it is pinned there."""
    pins: dict[str, set[str]] = {}
    for deployment in _deployments(agent, selection) if pins_known else ():
        if deployment.schema_version_id:
            pins.setdefault(deployment.schema_version_id, set()).add(deployment.environment)
    versions = [version for version in agent.schema_versions if _registered_by(version, selection.as_of)]
    # Who asks for an environment hears of nothing that is not pinned there: there is no fall-back to the newest.
    if selection.environments or (selection.mode == CURRENT and pins):
        versions = [version for version in versions if version.id in pins]
    note = None
    if selection.mode == NAMED:
        versions = [v for v in versions if not {v.id, v.external_identifier}.isdisjoint(selection.versions)]
    elif selection.mode == LATEST or (selection.mode == CURRENT and not pins):
        # Files know no deployments and no times: that all their versions count is plain, and needs no note.
        if selection.mode == CURRENT and (agent.deployments or any(version.inserted_at for version in versions)):
            note = Message("No version of it is known to be deployed, so the newest one registered stands in.")
        newest = max((place for version in versions if (place := _place(version))), default=None)
        # What has no time cannot be shown to be older, so it counts beside the newest.
        undated = [version for version in versions if _place(version) is None]
        versions = undated + [version for version in versions if newest and _place(version) == newest]
    scoped = tuple(
        ScopedVersion(version, tuple(sorted(pins.get(version.id, ()), key=reading_order))) for version in versions
    )
    return ScopedAgent(agent, scoped, note if scoped else None)


def _deployments(agent: Agent, selection: Selection) -> list[Deployment]:
    asked = {name.casefold() for name in selection.environments}
    return [item for item in agent.deployments if not asked or item.environment.casefold() in asked]


def _registered_by(version: SchemaVersion, as_of: datetime | None) -> bool:
    """What has no time may have been there at any, and is not dropped for want of one."""
    return as_of is None or version.inserted_at is None or version.inserted_at <= as_of


def _place(version: SchemaVersion) -> tuple[datetime, str] | None:
    """Where a version stands among others, by time and then id; None where nobody can say."""
    return None if version.inserted_at is None else (version.inserted_at, version.id)


def before(scoped: ScopedAgent, selection: Selection) -> Iterator[tuple[SchemaVersion, SchemaVersion]]:
    """Each version that counts with the one registered just before it, where that does not count as well.

    Only of what is current or latest something is before: who names versions has said which count.
    """
    if selection.mode not in (CURRENT, LATEST):
        return
    # Whoever registers anew without a span type would else be rid of its findings: what is gone is told.
    kept = {item.version.id for item in scoped.versions}
    placed = [(place, version) for version in scoped.agent.schema_versions if (place := _place(version))]
    for item in scoped.versions:
        at = _place(item.version)
        earlier = [(place, version) for place, version in placed if at and place < at]
        if earlier and (last := max(earlier, key=lambda each: each[0])[1]).id not in kept:
            yield item.version, last


def _earlier(scoped: ScopedAgent, selection: Selection) -> Iterator[tuple[SchemaVersion, tuple[SchemaVersion, ...]]]:
    """All of them: registering the same anew does not make a change forgotten."""
    kept = {item.version.id for item in scoped.versions}
    placed = [(place, each) for each in scoped.agent.schema_versions if (place := _place(each)) and each.id not in kept]
    placed = [pair for pair in placed if pair[1].span_types is not None]
    for version in dict.fromkeys(version.id for version, _ in before(scoped, selection)):
        item = next(each.version for each in scoped.versions if each.version.id == version)
        at = _place(item)
        found = [(place, each) for place, each in placed if at and place < at]
        if found and item.span_types is not None:
            yield item, tuple(each for _, each in sorted(found, key=lambda pair: pair[0]))


def unread_before(scoped: ScopedAgent, selection: Selection) -> Iterator[SchemaVersion]:
    """Those of them that have to be read: by their summary they had more span types, or it does not say how many."""
    for version, earlier in before(scoped, selection):
        if earlier.span_types is None and version.span_types is not None:
            number = sum(entry.kind == "span" for entry in version.span_types)
            if earlier.announced is None or earlier.announced > number:
                yield earlier


def _lost(scoped: ScopedAgent, selection: Selection) -> Iterator[SpanType]:
    # That something is listed does not bring its declaration back.
    entries = [e for item in scoped.versions if not item.version.listed for e in item.version.span_types or ()]
    told = {(entry.kind, entry.name) for entry in entries}
    for version, earlier in before(scoped, selection):
        # Of a version of which only a summary was read nobody can say what it lacks.
        for entry in earlier.span_types or () if version.span_types is not None else ():
            if (entry.kind, entry.name) not in told:
                told.add((entry.kind, entry.name))
                yield entry


def _named_only(inventory: Inventory) -> set[str]:
    """The agents of which no source holds a version, and of which no platform was asked for them."""
    # A platform answers with all versions that there are, so that none is none; a file may simply not hold them.
    kinds = {source.location: source.kind for source in inventory.sources}
    asked = {item.sha256 for item in inventory.records if item.kind == "agent" and kinds.get(item.source) == "platform"}
    # A list of tools says nothing of what was registered.
    nothing = [agent for agent in inventory.agents if all(version.listed for version in agent.schema_versions)]
    named = [agent for agent in nothing if agent.record_sha256 or not agent.schema_versions]
    return {agent.id for agent in named if agent.record_sha256 not in asked}


def _undeclared(scoped: ScopedAgent, named_only: set[str]) -> Iterator[Missing]:
    """The versions of which only a summary was read, and an agent of which nothing but its name was."""
    agent = scoped.agent
    for item in scoped.versions:
        if item.version.span_types is None:
            what = Message("the declarations of schema version %(version)s", {"version": item.version.id})
            yield Missing(what, Message("only its summary was read"), agent.id, item.version.record.location)
    if agent.id in named_only:
        what = Message("the schema versions of agent %(agent)s", {"agent": agent.name})
        yield Missing(what, Message("no source holds any, so nobody knows what it does: name one that does"), agent.id)


def _unread(agent: Agent, selection: Selection) -> Iterator[Missing]:
    """What deployments in scope point to and nobody has read."""
    read = {version.id for version in agent.schema_versions}
    for deployment in _deployments(agent, selection) if selection.mode in {CURRENT, ALL} else ():
        pinned, place = deployment.schema_version_id, deployment.environment
        if deployment.agent_version_id and not pinned:
            named = {"version": deployment.agent_version_id, "environment": place}
            yield Missing(Message("agent version %(version)s, pinned in %(environment)s", named), _NOT_READ, agent.id)
        elif pinned and pinned not in read:
            named = {"version": pinned, "environment": place}
            yield Missing(Message("schema version %(version)s, pinned in %(environment)s", named), _NOT_READ, agent.id)


def _not_found(inventory: Inventory, selection: Selection) -> Iterator[Missing]:
    """Versions and environments that were asked for by name and are not there."""
    versions = [version for agent in inventory.agents for version in agent.schema_versions]
    known = {version.id for version in versions} | {version.external_identifier for version in versions}
    for name in selection.versions if selection.mode == NAMED else ():
        if name not in known:
            what = Message("schema version %(version)s", {"version": name})
            yield Missing(what, Message("it was asked for, and no source holds it"))
    environments = {d.environment.casefold() for agent in inventory.agents for d in agent.deployments}
    for name in selection.environments:
        if name.casefold() not in environments:
            what = Message("environment %(environment)s", {"environment": name})
            yield Missing(what, Message("it was asked for, and no source knows a deployment in it"))
