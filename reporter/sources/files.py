"""Declarations from files, folders and standard input; what each file holds is told by its shape.

A file that cannot be read or understood is a gap with a reason, never a crash and never an absence.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from reporter.declared.model import Gap, NotUsed, Record, Source
from reporter.errors import UnreadableError
from reporter.plain import disk
from reporter.plain.canonical import NotCanonicalError, step, without_surrogates
from reporter.prefactor import records, shapes
from reporter.sources import document, snapshot
from reporter.sources.collected import Collected, together
from reporter.sources.places import ELSEWHERE, STDIN, Place, find, from_common, told_apart, without_ending

Progress = Callable[[int, int], None]
"""Is told how many files are read, of how many."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files, folders and ``-`` that somebody named.

    Attributes:
        paths: As they were given.
        collected_at: The run's clock.
        agent_name: Whose declarations those are that name no agent; by default each file's stem.
        max_megabytes: How large one file may be, packed and unpacked.
        exclude: What is left out of folders: patterns of names, or of paths from the folder that was given.
    """

    paths: Sequence[str]
    collected_at: datetime
    agent_name: str | None = None
    max_megabytes: int = 100
    exclude: Sequence[str] = ()
    stdin: BinaryIO = field(default_factory=lambda: sys.stdin.buffer)

    def collect(self, progress: Progress | None = None) -> Collected:
        """Reads them all.

        Raises:
            UsageError: One of them is not there, or is a pipe or a device; nothing was read then.
        """
        found = find(self.paths, self.exclude)
        places = _called(found.places)
        parts: list[Collected] = []
        for done, place in enumerate(places):
            if progress:
                progress(done, len(places))
            parts.append(self._read(place))
        if progress:
            progress(len(places), len(places))
        named = self._named(places, parts)
        return together([*named, Collected(gaps=tuple(found.gaps), not_used=tuple(found.left_out))])

    def _read(self, place: Place) -> Collected:
        source = Source("stdin" if place.is_stream else "file", place.location, self.collected_at)
        try:
            value, wrong = document.values(self._bytes(place), place.location)
            found = _of_value(value, source, "", listed=place.listed)
        except UnreadableError as error:
            found, wrong = Collected(sources=(source,)), [error]
        gaps = tuple(Gap(f"file {place.location}", _reason(error), location=error.where) for error in wrong)
        return replace(found, gaps=(*gaps, *found.gaps))

    def _bytes(self, place: Place) -> bytes:
        limit = self.max_megabytes * document.MEGABYTE
        try:
            if place.is_stream:
                # The shell opened such a pipe for us, and somebody writes to it.
                data = self.stdin.read(limit + 1) if place.path == STDIN else _piped(place.path, limit)
            elif Path(place.path).stat().st_size > limit:
                raise document.too_large(limit, place.location)
            else:
                data = disk.read(Path(place.path), limit)
        except OSError as error:
            why = error.strerror or "it is not there"
            raise UnreadableError(f"cannot be read: {why}", where=place.location) from error
        if len(data) > limit:
            raise document.too_large(limit, place.location)
        return document.unpacked(data, place.location, limit)

    def _named(self, places: Sequence[Place], parts: Sequence[Collected]) -> Iterator[Collected]:
        """Gives what names no agent to one called after its file.

        The agent's id is the file's stem, whatever the folder is called and from wherever it was read. Only where
        several files of one stem name no agent, the path in the source that was given tells them apart.
        """
        nameless = [place for place, part in zip(places, parts, strict=True) if any(map(_needs_agent, part.records))]
        seen = from_common([place.real for place in nameless])
        ids = told_apart(
            [
                (place.stem, without_ending(place.rest), place.rest, without_ending(far), far)
                for place, far in zip(nameless, seen, strict=True)
            ]
        )
        by_place = dict(zip((place.real for place in nameless), ids, strict=True))
        given = str(without_surrogates(self.agent_name)) if self.agent_name else None
        for place, part in zip(places, parts, strict=True):
            agent_id = given or by_place.get(place.real, place.stem)
            kept = (_of_agent(record, agent_id, given or place.stem) for record in part.records)
            yield replace(part, records=tuple(kept))


def _called(places: Sequence[Place]) -> list[Place]:
    """Two files elsewhere may be called alike: then the folders that tell them apart are said."""
    far = from_common([place.real for place in places])
    names = told_apart([(place.location, f"{ELSEWHERE}/{other}") for place, other in zip(places, far, strict=True)])
    return [replace(place, location=name) for place, name in zip(places, names, strict=True)]


def _piped(path: str, limit: int) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(limit + 1)


def _of_value(value: Any, source: Source, pointer: str, *, listed: bool) -> Collected:
    if snapshot.is_snapshot(value):
        return snapshot.from_value(value, source.location, pointer)
    made = shapes.made_by_us(value)
    if made and listed:
        return Collected(not_used=(NotUsed(made, 1, source.location),))
    if made:
        remedy = "Name the bundle's folder, or its evidence/snapshot.json"
        what = f"{shapes.MADE[made]}, which is made from evidence and is none"
        raise UnreadableError(what, where=source.location, remedy=remedy)
    if isinstance(value, list) and any(map(snapshot.is_snapshot, value)):
        return together(
            _of_value(item, source, step(pointer, number), listed=listed) for number, item in enumerate(value)
        )
    return _of_units(value, source, pointer)


def _of_units(value: Any, source: Source, pointer: str) -> Collected:
    kept: list[Record] = []
    gaps: list[Gap] = []
    unused: Counter[str] = Counter()
    odd: dict[str, tuple[str, int]] = {}
    for unit in shapes.units(value, pointer):
        location = f"{source.location}#{unit.pointer}" if unit.pointer else source.location
        if isinstance(unit, shapes.NotUnderstood):
            first, times = odd.get(unit.why, (location, 0))
            odd[unit.why] = first, times + 1
        elif unit.kind in shapes.UNUSED_TYPES:
            unused[unit.kind] += 1
        else:
            try:
                kept.append(records.record(unit.kind, unit.value, source=source.location, location=location))
            except NotCanonicalError as error:
                gaps.append(Gap(f"a part of {source.location}", str(error), location=location))
            else:
                gaps += (Gap(f"a part of {source.location}", why, location=location) for why in shapes.odd_ids(unit))
    for why, (location, times) in odd.items():
        more = f", and {times - 1} more like it" if times > 1 else ""
        gaps.append(Gap(f"a part of {source.location}", f"{why}{more}", location=location))
    not_used = tuple(NotUsed(kind, count, source.location) for kind, count in unused.items())
    return Collected((source,), tuple(kept), tuple(gaps), not_used)


_MAY_NAME_NO_AGENT: Final = frozenset(
    {shapes.REGISTRATION, shapes.SCHEMA_REGISTRATION, shapes.SPAN_TYPES, shapes.SCHEMA_VERSION}
)


def _needs_agent(record: Record) -> bool:
    """Whether it is a declaration that says nowhere whose it is."""
    says = isinstance(record.value, dict) and isinstance(record.value.get("agent_id"), str)
    return record.kind in _MAY_NAME_NO_AGENT and record.agent_id is None and not says


def _of_agent(record: Record, agent_id: str, name: str) -> Record:
    if record.kind not in _MAY_NAME_NO_AGENT or record.agent_id is not None:
        return record
    return replace(record, agent_id=agent_id, agent_name=name)


def _reason(error: UnreadableError) -> str:
    return f"{error.what}. {error.remedy}" if error.remedy else error.what
