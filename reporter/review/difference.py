"""Two sides of a comparison held against each other: what changed, and what cannot be compared.

Pure. Where a side could not be read whole nothing follows from what it lacks: that it is not comparable is an answer of
its own, of an agent or of a whole side, and never the answer that nothing changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from reporter.declared.model import Account
from reporter.declared.scope import ScopedAgent
from reporter.declared.vocabulary import PARTS, Part
from reporter.errors import UsageError
from reporter.plain.language import Message
from reporter.review.answers import Declared, Names, Said, Told, asked, without_schemas
from reporter.review.changes import Change, Compared, compared, gone

LOCAL: Final = "local"
"""The account of files, which name none."""
Knows = Literal["schemas", "answers", "names"]
"""What a side says of a span type: with its schemas, without them, or its name alone."""


@dataclass(frozen=True, slots=True)
class Release:
    """A schema version that an agent's answers come from, and where it is deployed."""

    id: str
    external_identifier: str | None
    inserted_at: str | None
    environments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison.

    Attributes:
        location: What it is called.
        account: Whose it is; None where files name none.
        read_at: When the platform was asked, or a report made, ISO 8601; None where that says nothing.
        unread: Why something could not be read, by the agent's id; under None what is of nobody knows whom.
        left_out: Why agents that are known do not count, by id.
        vocabulary: The fields that were asked for then.
        releases: By agent.
        speaks_of_all: Whether what is not there is gone: of a release in a file only its own agents are.
    """

    location: str
    account: Account | None
    read_at: str | None
    agents: tuple[Said, ...]
    knows: Knows = "schemas"
    unread: Mapping[str | None, Message] = field(default_factory=dict)
    left_out: Mapping[str, Message] = field(default_factory=dict)
    vocabulary: Mapping[Part, Names] = field(default_factory=lambda: {part: asked(part) for part in PARTS})
    releases: Mapping[str, tuple[Release, ...]] = field(default_factory=dict)
    speaks_of_all: bool = True

    @property
    def complete(self) -> bool:
        """Whether everything could be read."""
        return not self.unread


@dataclass(frozen=True, slots=True)
class NotComparable:
    """Something of which nobody can say whether it changed, as a side was not read whole.

    Without an agent it is about all that the side lacks.
    """

    agent_id: str | None
    agent_name: str | None
    side: str
    why: Message


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed between two sides, which are as much as both know.

    Attributes:
        agents: Those of which something changed, that came, or that are gone.
        out: Of those that are gone, why they do not count any more, by id: that is no silence.
        unchanged: How many agents are as they were.
        not_spoken_of: How many agents of the old side the new one does not speak of.
        not_comparable: What cannot be compared.
        notes: What has to be known of the comparison.
    """

    old: Side
    new: Side
    agents: tuple[Compared, ...]
    out: Mapping[str, Message]
    unchanged: int
    not_spoken_of: int
    not_comparable: tuple[NotComparable, ...]
    notes: tuple[Message, ...]

    def of_agent(self, agent_id: str) -> Difference:
        """The same about one agent alone."""
        return replace(
            self,
            agents=tuple(each for each in self.agents if each.id == agent_id),
            unchanged=0,
            not_spoken_of=0,
            not_comparable=tuple(each for each in self.not_comparable if each.agent_id in (agent_id, None)),
        )

    @property
    def changes(self) -> Iterator[Change]:
        """All of them."""
        return (change for agent in self.agents for change in agent.changes)


def releases(agents: Iterable[ScopedAgent]) -> dict[str, tuple[Release, ...]]:
    """The schema versions that count of each agent."""
    return {
        each.agent.id: tuple(
            Release(
                item.version.id,
                item.version.external_identifier,
                _time(item.version.inserted_at),
                item.environments,
            )
            for item in each.versions
            if not item.version.listed
        )
        for each in agents
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def difference(old: Side, new: Side) -> Difference:
    """What changed.

    Raises:
        UsageError: They are of two accounts.
    """
    if old.account and new.account and old.account.id != new.account.id:
        of = [f"{each.account.name} ({each.account.id})" for each in (old, new) if each.account]
        what = f"{old.location} is of the account {of[0]}, and {new.location} of {of[1]}"
        raise UsageError(f"two accounts: {what}", remedy="Name two sources of the same account")
    # A release in files is about its own agents, and says nothing of the account's others.
    if new.account is None and old.account is not None:
        new = replace(new, speaks_of_all=False)
    return _Held(*_alike(old, new)).difference()


def _alike(old: Side, new: Side) -> tuple[Side, Side]:
    """Both with as much as both know."""
    if "names" in (old.knows, new.knows):
        old, new = (replace(each, agents=tuple(map(_names, each.agents))) for each in (old, new))
    elif "answers" in (old.knows, new.knows):
        old, new = (replace(each, agents=without_schemas(each.agents)) for each in (old, new))
    odd = {part: old.vocabulary[part] ^ new.vocabulary[part] for part in PARTS}
    if any(odd.values()):
        old, new = (replace(each, agents=tuple(_without(agent, odd) for agent in each.agents)) for each in (old, new))
    if old.account is None or new.account is None:
        new = by_name(old, new)
    return old, new


def by_name(old: Side, new: Side) -> Side:
    """The new side, where an agent that has another id there is called like one of the old side.

    An agent of a file that names none is called after the file, and so is its id.
    """
    known, named = _unique(old.agents), _unique(new.agents)
    ids, taken = {each.id for each in old.agents}, {each.id for each in new.agents}
    moved: dict[str | None, str] = {
        id_: known[name] for name, id_ in named.items() if id_ not in ids and name in known and known[name] not in taken
    }
    return replace(
        new,
        agents=tuple(replace(each, id=moved.get(each.id, each.id)) for each in new.agents),
        unread={moved.get(key, key): why for key, why in new.unread.items()},
        releases={moved.get(key, key): found for key, found in new.releases.items()},
    )


def _unique(agents: Sequence[Said]) -> dict[str, str]:
    """The ids of agents by names that only one of them has."""
    names = [each.name for each in agents]
    return {each.name: each.id for each in agents if names.count(each.name) == 1}


def _names(agent: Said) -> Said:
    return replace(agent, entries=dict.fromkeys(agent.entries, ()))


def _without(agent: Said, odd: Mapping[Part, Names]) -> Said:
    """The same without answers to what one side did not ask for."""

    def cut(told: Told | None, names: Names) -> Told | None:
        return told and Told(told.yes - names, told.no - names, told.open - names, told.level)

    entries = {
        key: tuple(
            Declared(each.schemas, tuple(cut(told, odd[part]) for part, told in zip(PARTS, each.parts, strict=True)))
            for each in declared
        )
        for key, declared in agent.entries.items()
    }
    return replace(agent, entries=entries)


class _Held:
    """Two sides that know the same, agent by agent."""

    def __init__(self, old: Side, new: Side) -> None:
        self._old, self._new = old, new
        self._then = {each.id: each for each in old.agents}
        self._now = {each.id: each for each in new.agents}
        self._made: list[Compared] = []
        self._out: dict[str, Message] = {}
        self._not_comparable: list[NotComparable] = []
        self._unchanged = self._not_spoken_of = 0

    def difference(self) -> Difference:
        for side in (self._old, self._new):
            if None in side.unread:
                self._not_comparable.append(NotComparable(None, None, side.location, side.unread[None]))
        for key in sorted({*self._then, *self._now}):
            self._agent(key)
        notes = tuple(_notes(self._old, self._new))
        return Difference(
            self._old, self._new, tuple(self._made), self._out, self._unchanged, self._not_spoken_of,
            tuple(self._not_comparable), notes,
        )  # fmt: skip

    def _agent(self, key: str) -> None:
        then, now = self._then.get(key), self._now.get(key)
        if unread := next((side for side in (self._old, self._new) if key in side.unread), None):
            name = (now or then or Said(key, key, {})).name
            self._not_comparable.append(NotComparable(key, name, unread.location, unread.unread[key]))
        elif now is not None and then is not None:
            found = compared(then, now)
            if found.changes:
                self._made.append(found)
            else:
                self._unchanged += 1
        elif now is not None:
            self._one_side(now, self._old)
        elif then is not None:
            self._one_side(then, self._new)

    def _one_side(self, agent: Said, lacking: Side) -> None:
        """An agent that one side does not have."""
        went = lacking is self._new
        out = lacking.left_out.get(agent.id)
        # Something of nobody knows whom was not read: it may be this one, unless it is known not to count.
        if None in lacking.unread and out is None:
            self._not_comparable.append(NotComparable(agent.id, agent.name, lacking.location, lacking.unread[None]))
        elif went and not lacking.speaks_of_all:
            self._not_spoken_of += 1
        else:
            found = gone(agent) if went else compared(None, agent)
            if went and out is not None:
                self._out[agent.id] = out
                found = replace(found, changes=tuple(replace(each, worse=False) for each in found.changes))
            self._made.append(found)


def _notes(old: Side, new: Side) -> Iterator[Message]:
    if old.read_at and new.read_at and old.read_at > new.read_at:
        yield Message(
            "The old side is newer than the new one: what is told here is the way back. Name them the other way round."
        )
    for each, other in ((old, new), (new, old)):
        where = {"side": each.location}
        if each.knows == "names":
            yield Message(
                "%(side)s knows the names of span types and no answers: only what came and went is told.", where
            )
        elif each.knows == "answers" and other.knows == "schemas":
            yield Message(
                "%(side)s holds answers alone: a span type under another name is recognised where they "
                "stayed the same.",
                where,
            )
    odd = sorted({name for part in PARTS for name in old.vocabulary[part] ^ new.vocabulary[part]})
    if odd:
        yield Message(
            "Two vocabularies: only one side was asked for %(fields)s, so that these are not comparable.",
            {"fields": ", ".join(odd)},
        )
