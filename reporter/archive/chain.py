"""The chain of an account's runs: each manifest names the run before it by the digest of that one's manifest.

A run that is taken away leaves its manifest under ``removed``, so that the chain goes on through it. Two runs that are
written at the same time follow each other in the order in which they come to lie there, whatever their clocks say.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reporter.archive.runs import MANIFEST, order
from reporter.archive.stores import Store
from reporter.errors import UnreadableError
from reporter.plain import disk
from reporter.plain.canonical import digest

BEFORE: Final = "before"
"""What a manifest names the run before it by; null where there was none."""
REMOVED: Final = "removed"

_LIMIT: Final = 20 * disk.MEGABYTE
_NEWEST: Final = 20  # runs, among which is the last one to come: clocks go wrong, but not for longer


@dataclass(frozen=True, slots=True)
class Before:
    """The run before one: the name of its folder, and the digest of its manifest."""

    run: str
    manifest_sha256: str


@dataclass(frozen=True, slots=True)
class Linked:
    """A run's place in the chain.

    Attributes:
        run: The name of its folder.
        sha256: The digest of its manifest; empty where that cannot be read.
        before: The run that it names as the one before it.
        names: Whether it names any, be it none; runs of an earlier version do not.
        removed: Whether no more of it is there than its manifest.
        torn: Why its manifest is none of ours.
    """

    run: str
    sha256: str
    before: Before | None = None
    names: bool = False
    removed: bool = False
    torn: str | None = None


def linked(store: Store, home: str, newest: int | None = None) -> list[Linked]:
    """The runs of an account's folder and those that were taken away from it, in the order of their names.

    Args:
        store: Where it lies.
        home: The account's folder.
        newest: How many are looked at, the newest by name; all by default.

    Raises:
        UnreadableError: Nobody can tell what is there.
    """
    runs: dict[str, tuple[str, ...]] = {name: (home, REMOVED, name) for name in store.names(home, REMOVED)}
    runs |= {name: (home, name) for name in store.names(home)}
    ordered = sorted((place, name) for name in runs if (place := order(name)))
    return [_read(store, runs[name], name) for _, name in (ordered[-newest:] if newest else ordered)]


def tip(store: Store, home: str) -> Before | None:
    """The last run that came to lie in an account's folder: the one that no other names; None where there is none."""
    found = [each for each in linked(store, home, _NEWEST) if not each.torn]
    named = {each.before.manifest_sha256 for each in found if each.before}
    last = [each for each in found if each.sha256 not in named]
    return Before(last[-1].run, last[-1].sha256) if last else None


def _read(store: Store, path: Sequence[str], name: str) -> Linked:
    removed = REMOVED in path
    try:
        data = store.read(*path, MANIFEST, limit=_LIMIT)
    except UnreadableError as error:
        return Linked(name, "", removed=removed, torn=error.what)
    if data is None:
        return Linked(name, "", removed=removed, torn="it has no manifest")
    sha256 = digest(data)
    try:
        value = json.loads(data)
        before = value.get(BEFORE)
        link = None if before is None else Before(str(before["run"]), str(before["manifest_sha256"]))
        return Linked(name, sha256, link, BEFORE in value, removed)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Linked(name, sha256, removed=removed, torn="its manifest is none of ours")


def broken(runs: Sequence[Linked]) -> Iterator[str]:
    """Where a chain does not hold: a run that is gone, was replaced, or follows none or the same one as another."""
    there = {each.run: each for each in runs}
    roots = [each.run for each in runs if each.names and not each.before and not each.torn]
    unlinked = [number for number, each in enumerate(runs) if not each.names and not each.torn]
    keyed = next((number for number, each in enumerate(runs) if each.names), len(runs))
    first: dict[Before, str] = {}
    for number, each in enumerate(runs):
        if each.torn:
            yield f"{each.run}: {each.torn}"
        elif not each.names and number > keyed:
            yield f"{each.run}: names no run before it: an earlier datarisk made it, or somebody took that out"
        elif each.run in roots and (each.run != roots[0] or (unlinked and unlinked[0] < number)):
            yield f"{each.run}: follows no run, though there are some: it was put among them, or one was replaced"
        elif each.before:
            before = there.get(each.before.run)
            if before is None:
                yield f"{each.before.run}: gone, and {each.run} follows it"
            elif before.sha256 != each.before.manifest_sha256:
                yield f"{before.run}: replaced or changed since: {each.run} follows it by another digest"
            if each.before in first:
                yield f"{each.run}: follows {each.before.run}, as {first[each.before]} does: the chain forks"
            first.setdefault(each.before, each.run)
