"""Span types that are there under another name: the same schemas, and every decision that was taken.

An answer more does not make it another one. Otherwise whoever renames a span type and declares more of it would be red,
and taking that answer back would be green. Nor does an answer less: that it is less is what is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from reporter.declared.vocabulary import PARTS
from reporter.review.answers import Declared, Key
from reporter.review.parts import PartSaid

Entries: TypeAlias = Mapping[Key, tuple[Declared, ...]]
_Pairs: TypeAlias = dict[Key, Key]

# Renames with other answers are looked for among so many pairs of the same schemas; beyond them, and without a limit,
# those without any are found all the same.
_SEARCHED: Final = 40_000


def renamed(lost: Entries, new: Entries) -> dict[Key, Key]:
    """What is there under a new name, by that name; the other way round it is the same pairs."""
    found: dict[Key, Key] = {}
    alike: dict[tuple[object, ...], list[Key]] = {}
    for name, declared in sorted(new.items(), key=lambda each: each[0]):
        if _told_apart(declared):
            alike.setdefault((name[0], declared), []).append(name)
    for old, declared in sorted(lost.items(), key=lambda each: each[0]):
        if same := alike.get((old[0], declared)):
            found[same.pop(0)] = old
    taken = {*found.values()}
    left = {old: declared for old, declared in lost.items() if old not in taken}
    free = {name: declared for name, declared in new.items() if name not in found}
    for olds, names in _groups(left, free):
        if len(olds) * len(names) <= _SEARCHED:
            found |= _matched({key: left[key] for key in olds}, {key: free[key] for key in names})
    return found


def _groups(left: Entries, free: Entries) -> Iterable[tuple[list[Key], list[Key]]]:
    """Those of one kind and the same schemas; without schemas all of a kind."""
    groups: dict[object, tuple[list[Key], list[Key]]] = {}
    for side, entries in enumerate((left, free)):
        for key in sorted(entries):
            schemas = frozenset(each.schemas for each in entries[key])
            groups.setdefault((key[0], schemas), ([], []))[side].append(key)
    return groups.values()


def _matched(lost: Entries, new: Entries) -> _Pairs:
    """Those that answer more by now, and those that answer less: first the kind of which there are more."""
    grown = {name: old for old, name in _kept(lost, new).items()}
    shrunk = _kept(new, lost)
    # Of as many, whichever names come first: the other way round, grown is shrunk.
    grown_first = (len(grown), sorted(shrunk.items())) >= (len(shrunk), sorted((o, n) for n, o in grown.items()))
    first = grown if grown_first else shrunk
    olds = {*first.values()}
    rest = (
        {key: declared for key, declared in lost.items() if key not in olds},
        {key: declared for key, declared in new.items() if key not in first},
    )
    then = _kept(rest[1], rest[0]) if grown_first else {name: old for old, name in _kept(*rest).items()}
    return first | then


def _kept(less: Entries, more: Entries) -> _Pairs:
    """By what says less, what says all of that and may say more: as many as can find one."""
    may_be = {
        key: [name for name, after in more.items() if _may_be(before, after)]
        for key, before in less.items()
        if _told_apart(before)
    }
    found: _Pairs = {}
    for key in may_be:
        _assign(key, may_be, found, set())
    return {key: name for name, key in found.items()}


def _assign(old: Key, may_be: Mapping[Key, list[Key]], found: _Pairs, seen: set[Key]) -> bool:
    """Finds a name for it, if need be by finding another one for who has it: as many as can be find one."""
    for name in may_be.get(old, ()):
        if name not in seen:
            seen.add(name)
            if name not in found or _assign(found[name], may_be, found, seen):
                found[name] = old
                return True
    return False


def _may_be(before: Sequence[Declared], after: Sequence[Declared]) -> bool:
    return all(
        PartSaid.of(part, (each.parts[n] for each in before)).kept_by(
            PartSaid.of(part, (each.parts[n] for each in after))
        )
        for n, part in enumerate(PARTS)
    )


def _told_apart(declared: Sequence[Declared]) -> bool:
    """Whether it is recognised by its schemas, or, where none are known, by what somebody decided."""
    # A report holds no schemas, so that only what somebody decided can tell there who is who.
    return (bool(declared) and all(each.schemas for each in declared)) or any(
        told and (told.yes or told.no) for each in declared for told in each.parts
    )
