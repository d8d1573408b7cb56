"""A side of a comparison as it is kept with the evidence: what was said to each field as bits, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from reporter.declared.model import Account
from reporter.declared.vocabulary import CLASSIFICATION, FIELDS, LEVELS, PARTS, Level, Part
from reporter.plain.canonical import without_surrogates
from reporter.plain.language import Message
from reporter.review.answers import Declared, Said, Told
from reporter.review.difference import LOCAL, Knows, Release, Side

_BITS: Final[Mapping[Part, Mapping[str, int]]] = {
    part: {name: 1 << bit for bit, name in enumerate(name for name in FIELDS[part] if name != CLASSIFICATION)}
    for part in PARTS
}


@dataclass(frozen=True, slots=True)
class KeptPart:
    """A declared part: fields of the vocabulary as bits in its order, and those of its own by name."""

    yes: int
    no: int
    level: Level | None = None
    own: tuple[tuple[str, Literal["yes", "no", "open"]], ...] = ()


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """A span type, and what each of its declarations says: the digest of its schemas, and its parts."""

    kind: str
    name: str
    declared: tuple[tuple[str | None, tuple[KeptPart | None, ...]], ...]


@dataclass(frozen=True, slots=True)
class KeptAgent:
    """An agent as it was, and the schema versions that its answers came from."""

    id: str
    name: str
    entries: tuple[KeptEntry, ...]
    releases: tuple[Release, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptSide:
    """What ``Side`` holds; ``unread`` is why something was not read, by agent."""

    knows: Knows
    read_at: str | None
    unread: tuple[tuple[str | None, str], ...]
    vocabulary: tuple[tuple[Part, tuple[str, ...]], ...]
    agents: tuple[KeptAgent, ...]


def keep(side: Side) -> KeptSide:
    """A side as it is kept; text in it that is not Unicode is spelled out, as it is in all evidence."""
    mended = without_surrogates
    return KeptSide(
        side.knows,
        side.read_at,
        tuple((mended(key), mended(str(why))) for key, why in side.unread.items()),
        tuple((part, tuple(sorted(map(mended, names)))) for part, names in side.vocabulary.items()),
        tuple(
            KeptAgent(
                mended(agent.id),
                mended(agent.name),
                tuple(
                    KeptEntry(kind, mended(name), tuple(map(_kept, declared)))
                    for (kind, name), declared in agent.entries.items()
                ),
                side.releases.get(agent.id, ()),
            )
            for agent in side.agents
        ),
    )


def side_of(kept: KeptSide, location: str, account: Account) -> Side:
    """The side that was kept."""
    return Side(
        location,
        None if account.id == LOCAL else account,
        kept.read_at,
        tuple(
            Said(
                agent.id,
                agent.name,
                {(entry.kind, entry.name): tuple(map(_declared, entry.declared)) for entry in agent.entries},
            )
            for agent in kept.agents
        ),
        kept.knows,
        {key: Message("%(what)s", {"what": why}) for key, why in kept.unread},
        vocabulary={part: frozenset(names) for part, names in kept.vocabulary},
        releases={agent.id: agent.releases for agent in kept.agents},
    )


def _kept(declared: Declared) -> tuple[str | None, tuple[KeptPart | None, ...]]:
    parts = zip(PARTS, declared.parts, strict=True)
    return declared.schemas, tuple(None if told is None else _part(part, told) for part, told in parts)


def _part(part: Part, told: Told) -> KeptPart:
    bits = _BITS[part]
    ways: tuple[tuple[Literal["yes", "no", "open"], Iterable[str]], ...] = (
        ("yes", told.yes), ("no", told.no), ("open", told.open),
    )  # fmt: skip
    own = sorted((str(without_surrogates(name)), way) for way, names in ways for name in names if name not in bits)
    yes, no = (sum(bits.get(name, 0) for name in names) for names in (told.yes, told.no))
    level = next((each for each in LEVELS if each == told.level), None)
    return KeptPart(yes, no, level, tuple(own))


def _declared(kept: tuple[str | None, tuple[KeptPart | None, ...]]) -> Declared:
    schemas, parts = kept
    return Declared(
        schemas, tuple(None if each is None else _told(part, each) for part, each in zip(PARTS, parts, strict=True))
    )


def _told(part: Part, kept: KeptPart) -> Told:
    def names(way: str, bits: int) -> frozenset[str]:
        own = (name for name, each in kept.own if each == way)
        return frozenset([*own, *(name for name, bit in _BITS[part].items() if bits & bit)])

    return Told(names("yes", kept.yes), names("no", kept.no), names("open", 0), kept.level)
