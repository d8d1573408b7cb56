"""Declarations from files, folders and standard input; what each file holds is told by its shape.

A file that cannot be read or understood is a gap with a reason, never a crash and never an absence. A report says where
a file is from the folder of the run or from the source that was given, and never by an absolute path; so the same file
has one name however the path to it was spelled.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, BinaryIO, Final

from reporter.declared.model import Gap, NotUsed, Record, Source
from reporter.errors import UnreadableError, UsageError
from reporter.plain import disk
from reporter.plain.canonical import NotCanonicalError, step, without_surrogates
from reporter.prefactor import records, shapes, tools
from reporter.prefactor.records import Collected, together
from reporter.sources import document, snapshot

Progress = Callable[[int, int], None]
"""Is told how many files are read, of how many."""

STDIN: Final = "-"
ELSEWHERE: Final = "\u2026"
"""What stands before the name of a source that is not in the folder of the run."""

_ENDINGS: Final = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")
_TOOLS: Final = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__"})
_PIPE: Final = re.compile(r"/dev/stdin|/dev/fd/\d+|/proc/(self|\d+)/fd/\d+")
_MANIFEST_BYTES: Final = 20 * disk.MEGABYTE


@dataclass(frozen=True, slots=True)
class Files:
    """The files, folders and ``-`` that somebody named."""

    paths: Sequence[str]
    collected_at: datetime
    agent_name: str | None = None  # whose declarations those are that name no agent; by default each file's stem
    max_megabytes: int = 100  # of one file, packed and unpacked
    exclude: Sequence[str] = ()  # from folders: patterns of names, or of paths from the folder that was given
    stdin: BinaryIO = field(default_factory=lambda: sys.stdin.buffer)

    def collect(self, progress: Progress | None = None) -> Collected:
        """Reads them all, or nothing: ``UsageError`` where one is not there, or is a pipe or a device."""
        found = _find(self.paths, self.exclude)
        # Two files elsewhere may be called alike: then the folders that tell them apart are said.
        far = _from_common([place.real for place in found.places])
        names = told_apart([(p.location, f"{ELSEWHERE}/{other}") for p, other in zip(found.places, far, strict=True)])
        places = [replace(place, location=name) for place, name in zip(found.places, names, strict=True)]
        parts: list[Collected] = []
        for done, place in enumerate(places):
            if progress:
                progress(done, len(places))
            parts.append(self._read(place))
        if progress:
            progress(len(places), len(places))
        named = self._named(places, parts)
        return together([*named, Collected(gaps=tuple(found.gaps), not_used=tuple(found.left_out))])

    def _read(self, place: _Place) -> Collected:
        source = Source("stdin" if place.is_stream else "file", place.location, self.collected_at)
        try:
            value, wrong = document.values(self._bytes(place), place.location)
            found = _of_value(value, source, "", listed=place.listed)
        except UnreadableError as error:
            found, wrong = Collected(sources=(source,)), [error]
        gaps = (
            Gap(f"file {place.location}", f"{e.what}. {e.remedy}" if e.remedy else e.what, location=e.where)
            for e in wrong
        )
        return replace(found, gaps=(*gaps, *found.gaps))

    def _bytes(self, place: _Place) -> bytes:
        limit = self.max_megabytes * disk.MEGABYTE
        try:
            if place.path == STDIN:
                data = self.stdin.read(limit + 1)
            elif place.is_stream:
                # The shell opened such a pipe for us, and somebody writes to it.
                with open(place.path, "rb") as file:
                    data = file.read(limit + 1)
            elif os.stat(place.path).st_size > limit:
                raise document.too_large(limit, place.location)
            else:
                data = disk.read(Path(place.path), limit)
        except OSError as error:
            why = error.strerror or "it is not there"
            raise UnreadableError(f"cannot be read: {why}", where=place.location) from error
        if len(data) > limit:
            raise document.too_large(limit, place.location)
        return document.unpacked(data, place.location, limit)

    def _named(self, places: Sequence[_Place], parts: Sequence[Collected]) -> Iterator[Collected]:
        """Gives what names no agent to one called after its file.

        The agent's id is the file's stem, whatever the folder is called and from wherever it was read. Only where
        several files of one stem name no agent, the path in the source that was given tells them apart.
        """
        nameless: list[_Place] = []
        listing: list[_Place] = []
        for place, part in zip(places, parts, strict=True):
            needing = [record.kind for record in part.records if _needs_agent(record)]
            if needing:
                (listing if tools.LISTING.issuperset(needing) else nameless).append(place)
        # Tools belong to the agent that declares under their file's name, and are not told apart from it.
        by_place = _ids(nameless) | _ids(listing)
        given = str(without_surrogates(self.agent_name)) if self.agent_name else None
        for place, part in zip(places, parts, strict=True):
            agent_id = given or by_place.get(place.real, place.stem)
            kept = (
                replace(record, agent_id=agent_id, agent_name=given or place.stem)
                if record.kind in shapes.DECLARING and record.agent_id is None
                else record
                for record in part.records
            )
            yield replace(part, records=tuple(kept))


def _ids(places: Sequence[_Place]) -> dict[str, str]:
    """By place the id of the agent that is called after it."""
    names = [
        (place.stem, _without_ending(place.rest), place.rest, _without_ending(far), far)
        for place, far in zip(places, _from_common([place.real for place in places]), strict=True)
    ]
    return dict(zip((place.real for place in places), told_apart(names), strict=True))


def _needs_agent(record: Record) -> bool:
    """Whether it is a declaration that says nowhere whose it is."""
    key = "name" if record.kind == tools.CARD else "agent_id"
    says = record.kind != tools.TOOLS and isinstance(record.value, dict) and isinstance(record.value.get(key), str)
    return record.kind in shapes.DECLARING and record.agent_id is None and not says


def _of_value(value: Any, source: Source, pointer: str, *, listed: bool) -> Collected:
    if snapshot.is_snapshot(value):
        return snapshot.from_value(value, source.location, pointer)
    made = shapes.made_by_us(value)
    # A report is made from declarations; taken for some, it would make a report about reports.
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
    part = f"a part of {source.location}"
    for unit in shapes.units(value, pointer):
        location = f"{source.location}#{unit.pointer}" if unit.pointer else source.location
        if isinstance(unit, shapes.NotUnderstood):
            # One gap for each kind of thing: a file of a million oddities must not make a million lines of a report.
            first, times = odd.get(unit.why, (location, 0))
            odd[unit.why] = first, times + 1
        elif unit.kind in shapes.UNUSED_TYPES or unit.kind == shapes.MESSAGE:
            unused[unit.kind] += 1
        else:
            try:
                kept.append(records.record(unit.kind, unit.value, source=source.location, location=location))
            except NotCanonicalError as error:
                gaps.append(Gap(part, str(error), location=location))
            else:
                gaps += (Gap(part, why, location=location) for why in shapes.odd_ids(unit))
    for why, (location, times) in odd.items():
        more = f", and {times - 1} more like it" if times > 1 else ""
        gaps.append(Gap(part, f"{why}{more}", location=location))
    not_used = tuple(NotUsed(kind, count, source.location) for kind, count in unused.items())
    return Collected((source,), tuple(kept), tuple(gaps), not_used)


@dataclass(frozen=True, slots=True)
class _Place:
    """One file."""

    path: str  # what the system opens; "-" is standard input
    location: str  # what it is called in a report
    rest: str  # where it is in the source that was given, for the name of an agent
    real: str  # the one path of the file, whichever way was taken to it
    listed: bool = False  # found in a folder, and not named itself

    @property
    def is_stream(self) -> bool:
        """Whether it is read as it comes: standard input, or a pipe that a shell put in a file's place."""
        return self.path == STDIN or bool(_PIPE.fullmatch(self.path))

    @property
    def stem(self) -> str:
        """Its name without ``.json`` and the like."""
        return _without_ending(self.rest).rpartition("/")[2]


@dataclass(slots=True)
class _Found:
    """What sources stand for: files to read, what could not be looked at, and what was seen and is not read."""

    places: list[_Place] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    left_out: list[NotUsed] = field(default_factory=list)


def _find(given: Sequence[str], exclude: Sequence[str]) -> _Found:
    """The files of all sources; one that was named twice counts once."""
    found = _Found()
    streams = 0
    for path in given:
        if path == STDIN:
            found.places.append(_Place(STDIN, "standard-input", "standard-input", STDIN))
        elif _PIPE.fullmatch(path):
            streams += 1
            found.places.append(_Place(path, f"pipe-{streams}", f"pipe-{streams}", path))
        elif os.path.isdir(path):
            _Folder(path, exclude, found).look()
        elif os.path.isfile(path):
            folder, name = os.path.split(path)
            found.places.append(_Place(path, _below(_base(folder, ""), name), _safe(name), os.path.realpath(path)))
        elif os.path.exists(path):
            # Reading it would hang or never end.
            what = "not a regular file but a pipe, a device or a socket"
            raise UsageError(what, where=path, remedy="Name a file or a folder, or pass it in on standard input: -")
        else:
            raise UsageError("there is no such file or folder", where=path, remedy="Check the path")
    once: dict[str, _Place] = {}
    # A file under its own name comes before a link to it, so that the link does not name the agent.
    for place in sorted(found.places, key=lambda each: os.path.islink(each.path)):
        once.setdefault(place.real, place)
    found.places = [place for place in found.places if once[place.real] is place]
    return found


class _Folder:
    """One folder that was given, as it is looked through.

    Links to folders are not followed, links to files only within the folder. Bundles of ours are earlier runs: they
    are read only where there is nothing else, so that old declarations are not counted beside those of today.
    """

    def __init__(self, given: str, exclude: Sequence[str], found: _Found) -> None:
        self._given = given
        self._real = os.path.realpath(given)
        self._base = _base(given, os.path.basename(self._real))
        self._exclude = [pattern.strip("/") for pattern in exclude]
        self._found = found
        self._left: defaultdict[str, list[str]] = defaultdict(list)

    def look(self) -> None:
        if _is_bundle(self._given):
            self._found.places.append(self._place("evidence/snapshot.json"))
            return
        runs: list[str] = []
        places = list(self._walk(runs))
        if not places:
            places = [self._place(f"{run}/evidence/snapshot.json") for run in runs]
        elif runs:
            self._left["run"] += runs
        if not places:
            self._gap("folder", "", f"it holds no file whose name ends in {', '.join(_ENDINGS[:4])}")
        self._found.places += places
        for kind, names in self._left.items():
            above = names[0] if len(names) == 1 else os.path.commonpath([os.path.dirname(name) for name in names])
            self._found.left_out.append(NotUsed(kind, len(names), _below(self._base, above)))

    def _walk(self, runs: list[str]) -> Iterator[_Place]:
        for parent, folders, files in os.walk(self._given, onerror=self._not_read):
            below = os.path.relpath(parent, self._given)
            prefix = "" if below == os.curdir else f"{_posix(below)}/"
            if prefix and _is_bundle(parent):
                runs.append(prefix[:-1])
                folders.clear()
                continue
            folders[:] = [name for name in sorted(folders) if self._wants(f"{prefix}{name}", name, folder=True)]
            for name in sorted(files):
                if self._wants(f"{prefix}{name}", name, folder=False):
                    place = self._place(f"{prefix}{name}")
                    # A folder may be of somebody else's making, and must not lead to what they could not read.
                    if not os.path.islink(place.path) or Path(place.real).is_relative_to(self._real):
                        yield place
                        continue
                    why = "it is a link that leads out of the folder. Name the file that it leads to, or --exclude it"
                    self._gap("file", f"{prefix}{name}", why)

    def _wants(self, rest: str, name: str, *, folder: bool) -> bool:
        """Whether something is looked into or read; what is not is counted by its kind."""
        path = os.path.join(self._given, rest)
        if any(fnmatchcase(rest, pattern) or fnmatchcase(name, pattern) for pattern in self._exclude):
            kind = "excluded"
        # Packages that a project has installed bring declarations of their own, and they are not of its agents.
        elif folder and (name in _TOOLS or os.path.lexists(os.path.join(path, "pyvenv.cfg"))):
            kind = "tools"
        elif name.startswith("."):
            kind = "hidden"
        elif folder and os.path.islink(path):
            kind = "link"
        elif not folder and not name.lower().endswith(_ENDINGS):
            kind = "file"
        else:
            return True
        self._left[kind].append(rest)
        return False

    def _place(self, rest: str) -> _Place:
        path = os.path.join(self._given, rest)
        return _Place(path, _below(self._base, rest), _safe(rest), os.path.realpath(path), listed=True)

    def _not_read(self, error: OSError) -> None:
        rest = _posix(os.path.relpath(str(error.filename), self._given))
        self._gap("folder", rest, f"cannot be read: {error.strerror}")

    def _gap(self, what: str, rest: str, why: str) -> None:
        where = _below(self._base, rest)
        self._found.gaps.append(Gap(f"{what} {where}", why, location=where))


def _is_bundle(folder: str) -> bool:
    """Whether a folder is a bundle of ours, by what its manifest says and not by its name."""
    # A folder is called anything; and what calls itself a manifest may be a device, or without end.
    try:
        manifest = json.loads(disk.read(Path(folder, "manifest.json"), _MANIFEST_BYTES))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(manifest, dict) and str(manifest.get("schema")).startswith("datarisk/manifest/")


def told_apart(names: Sequence[Sequence[str]]) -> list[str]:
    """One name for each thing: its first, or where others have that too, the next that it can be called by."""
    level = [0] * len(names)
    while True:
        same: defaultdict[str, list[int]] = defaultdict(list)
        for number, each in enumerate(names):
            same[each[level[number]]].append(number)
        more = [n for group in same.values() if len(group) > 1 for n in group if level[n] + 1 < len(names[n])]
        if not more:
            return [each[level[number]] for number, each in enumerate(names)]
        for number in more:
            level[number] += 1


def _from_common(paths: Sequence[str]) -> list[str]:
    """Where files are, seen from the nearest folder that holds them all."""
    folders = {os.path.dirname(path) for path in paths}
    try:
        above = os.path.commonpath(folders) if folders else ""
    except ValueError:  # drives of Windows
        above = ""
    return [_safe(os.path.relpath(path, above) if above else path) for path in paths]


def _without_ending(name: str) -> str:
    """A file's name or path without ``.json`` and the like."""
    longest = max((ending for ending in _ENDINGS if name.lower().endswith(ending)), key=len, default="")
    return name[: len(name) - len(longest)] if longest else os.path.splitext(name)[0]


def _base(root: str, name: str) -> str:
    # What stands for the folder of a source: from the folder of the run, as it was given, or by its own name.
    home, here = os.path.realpath(root or os.curdir), os.path.realpath(os.curdir)
    if Path(home).is_relative_to(here):
        return os.path.relpath(home, here)
    return os.path.join(ELSEWHERE, name) if os.path.isabs(root) else root


def _below(base: str, rest: str) -> str:
    return _safe(os.path.normpath(os.path.join(base, rest)))


def _posix(path: str) -> str:
    return path.replace(os.sep, "/")


def _safe(path: str) -> str:
    """With forward slashes, and what is no Unicode in it spelled out."""
    return str(without_surrogates(_posix(path)))
