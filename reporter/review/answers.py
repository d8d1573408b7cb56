"""What agents answer, as little of it as two times need to be held against each other.

Of every span type: each part's fields by what was said to them, and a digest of its schemas, by which it is recognised
under another name. A span type that several versions in scope declare otherwise stands there once for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

from reporter.declared.answer import Answers, answers
from reporter.declared.model import Declaration, SpanType
from reporter.declared.scope import ScopedAgent
from reporter.declared.vocabulary import CLASSIFICATION, FIELDS, PARTS, UNKNOWN, Part
from reporter.plain.canonical import canonical, digest

Names: TypeAlias = frozenset[str]
Key: TypeAlias = tuple[str, str]
"""A span type's kind and name."""

_NONE: Final[Names] = frozenset()


@cache
def asked(part: Part) -> Names:
    """The fields of the vocabulary, without the classification, which has levels and no yes or no."""
    return frozenset(FIELDS[part]) - {CLASSIFICATION}


def has_level(part: Part) -> bool:
    """Whether a classification belongs to it."""
    return part != "action_profile"


@dataclass(frozen=True, slots=True)
class Told:
    """What one declared part says.

    Attributes:
        yes: The fields that are included or allowed.
        no: Those that are excluded or disallowed.
        open: Those outside the vocabulary to which it answers neither; of the vocabulary's every other one is.
        level: The classification; None where it is not stated, or there is none.
    """

    yes: Names
    no: Names
    open: Names = _NONE
    level: str | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """One declaration.

    Attributes:
        schemas: The digest of the schemas beside it; None where that is not known.
        parts: What each part says, in their order; None where nobody declared it.
    """

    schemas: str | None
    parts: tuple[Told | None, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """An agent, and what each of its span types says."""

    id: str
    name: str
    entries: Mapping[Key, tuple[Declared, ...]]


def in_scope(agents: Iterable[ScopedAgent]) -> tuple[Said, ...]:
    """What the agents of a run say."""
    return tuple(
        of_entries(
            each.agent.id,
            each.agent.name,
            (entry for item in each.versions for entry in item.version.span_types or ()),
        )
        for each in agents
    )


def of_entries(agent_id: str, name: str, entries: Iterable[SpanType]) -> Said:
    """An agent, and what these entries say."""
    return said(agent_id, name, map(_of_entry, entries))


def entry_of(declared: Declared) -> SpanType:
    """An entry without a name that answers all of that, for whoever puts rules to it."""
    found: dict[Part, Answers | None] = {}
    for part, told in zip(PARTS, declared.parts, strict=True):
        yes, no = ("allowed", "disallowed") if part == "action_profile" else ("included", "excluded")
        found[part] = None
        if told is not None:
            level = {CLASSIFICATION: told.level or UNKNOWN} if has_level(part) else {}
            said_ = dict.fromkeys(told.open, UNKNOWN) | dict.fromkeys(told.yes, yes) | dict.fromkeys(told.no, no)
            found[part] = answers(part, level | said_)
    return SpanType("", None, None, "span", "", "", "", Declaration(found, {}))


def said(agent_id: str, name: str, pairs: Iterable[tuple[Key, Declared]]) -> Said:
    """An agent, from what its span types declare, in whichever order; what is declared twice alike counts once."""
    found: dict[Key, set[Declared]] = {}
    for key, declared in pairs:
        found.setdefault(key, set()).add(declared)
    return Said(agent_id, name, {key: tuple(sorted(found[key], key=_order)) for key in sorted(found)})


def without_schemas(agents: Iterable[Said]) -> tuple[Said, ...]:
    """The same, to be held against what is known without schemas."""
    return tuple(
        said(
            agent.id,
            agent.name,
            ((key, Declared(None, each.parts)) for key, found in agent.entries.items() for each in found),
        )
        for agent in agents
    )


def _order(declared: Declared) -> tuple[object, ...]:
    parts = ((sorted(t.yes), sorted(t.no), sorted(t.open), t.level or "") if t else () for t in declared.parts)
    return declared.schemas or "", *parts


def _of_entry(entry: SpanType) -> tuple[Key, Declared]:
    declared = parts(entry.declaration.parts[part] for part in PARTS)
    return (entry.kind, entry.name), Declared(digest(canonical(dict(entry.schemas))), declared)


def parts(declared: Iterable[Answers | None]) -> tuple[Told | None, ...]:
    """What each part of a declaration says, in their order."""
    return tuple(
        told(part, answers) if answers is not None else None for part, answers in zip(PARTS, declared, strict=True)
    )


def told(part: Part, answers: Answers) -> Told:
    """What a declared part says."""
    known, by_meaning = asked(part), {"yes": set[str](), "no": set[str](), "open": set[str]()}
    level = None
    for name, answer in answers.items():
        if name == CLASSIFICATION and has_level(part):
            level = answer.level
        elif answer.decided:
            by_meaning[answer.meaning].add(name)
        elif name not in known:
            by_meaning["open"].add(name)
    yes, no, other = (frozenset(by_meaning[meaning]) for meaning in ("yes", "no", "open"))
    return Told(yes, no, other, level)


def undecided(entries: Iterable[Declared]) -> int:
    """How many of the 42 fields one of these leaves without a decision; those of one span type."""
    found, count = [*entries], 0
    if not found:
        return 0  # a name alone is known
    for place, part in enumerate(PARTS):
        parts = [each.parts[place] for each in found]
        if None in parts:
            count += len(FIELDS[part])
            continue
        count += len(asked(part) - frozenset.intersection(*_decided(parts)))
        count += has_level(part) and any(each is not None and each.level is None for each in parts)
    return count


def _decided(parts: Iterable[Told | None]) -> Iterator[Names]:
    return (each.yes | each.no for each in parts if each is not None)
