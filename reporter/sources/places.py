"""The files that a path stands for: where each is, what it is called in a report, and what a folder holds beside them.

A report says where a file is from the folder of the run or from the source that was given, and never by an absolute
path; so the same file has one name however the path to it was spelled.
"""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from reporter.declared.model import Gap, NotUsed
from reporter.errors import UsageError
from reporter.plain import disk
from reporter.plain.canonical import without_surrogates

STDIN: Final = "-"
ENDINGS: Final = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")
ELSEWHERE: Final = "\u2026"
"""What stands before the name of a source that is not in the folder of the run."""

_TOOLS: Final = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__"})
_PIPE: Final = re.compile(r"/dev/stdin|/dev/fd/\d+|/proc/(self|\d+)/fd/\d+")
_MANIFEST_BYTES: Final = 20 * disk.MEGABYTE


@dataclass(frozen=True, slots=True)
class Place:
    """One file.

    Attributes:
        path: What the system opens; ``-`` is standard input.
        location: What it is called in a report.
        rest: Where it is in the source that was given, for the name of an agent.
        real: The one path of the file, whichever way was taken to it.
        listed: Whether it was found in a folder, and not named itself.
    """

    path: str
    location: str
    rest: str
    real: str
    listed: bool = False

    @property
    def is_stream(self) -> bool:
        """Whether it is read as it comes: standard input, or a pipe that a shell put in a file's place."""
        return self.path == STDIN or bool(_PIPE.fullmatch(self.path))

    @property
    def stem(self) -> str:
        """Its name without ``.json`` and the like."""
        return without_ending(self.rest).rpartition("/")[2]


@dataclass(slots=True)
class Found:
    """What sources stand for.

    Attributes:
        places: The files to read.
        gaps: What could not be looked at.
        left_out: What was seen and is not read, by kind.
    """

    places: list[Place] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    left_out: list[NotUsed] = field(default_factory=list)


def find(given: Sequence[str], exclude: Sequence[str] = ()) -> Found:
    """The files of all sources; one that was named twice counts once.

    Raises:
        UsageError: One of them is not there, or is no file that can be read.
    """
    found = Found()
    streams = 0
    for path in given:
        if path == STDIN:
            found.places.append(Place(STDIN, "standard-input", "standard-input", STDIN))
        elif _PIPE.fullmatch(path):
            streams += 1
            found.places.append(Place(path, f"pipe-{streams}", f"pipe-{streams}", path))
        elif os.path.isdir(path):
            _Folder(path, exclude, found).look()
        else:
            _check(path)
            folder, name = os.path.split(path)
            found.places.append(Place(path, _below(_base(folder, ""), name), _safe(name), os.path.realpath(path)))
    once: dict[str, Place] = {}
    for place in sorted(found.places, key=lambda each: os.path.islink(each.path)):
        once.setdefault(place.real, place)
    found.places = [place for place in found.places if once[place.real] is place]
    return found


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


def from_common(paths: Sequence[str]) -> list[str]:
    """Where files are, seen from the nearest folder that holds them all."""
    folders = {os.path.dirname(path) for path in paths}
    try:
        above = os.path.commonpath(folders) if folders else ""
    except ValueError:  # drives of Windows
        above = ""
    return [_safe(os.path.relpath(path, above) if above else path) for path in paths]


def without_ending(name: str) -> str:
    """A file's name or path without ``.json`` and the like."""
    longest = max((ending for ending in ENDINGS if name.lower().endswith(ending)), key=len, default="")
    return name.removesuffix(name[len(name) - len(longest) :]) if longest else os.path.splitext(name)[0]


def is_bundle(folder: str) -> bool:
    """Whether a folder is a bundle of ours, by what its manifest says and not by its name."""
    try:
        manifest = json.loads(disk.read(Path(folder, "manifest.json"), _MANIFEST_BYTES))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(manifest, dict) and str(manifest.get("schema")).startswith("datarisk/manifest/")


class _Folder:
    """One folder that was given, as it is looked through.

    Links to folders are not followed, links to files only within the folder. Bundles of ours are earlier runs: they
    are read only where there is nothing else, so that old declarations are not counted beside those of today.
    """

    def __init__(self, given: str, exclude: Sequence[str], found: Found) -> None:
        self._given = given
        self._real = os.path.realpath(given)
        self._base = _base(given, os.path.basename(self._real))
        self._exclude = [pattern.strip("/") for pattern in exclude]
        self._found = found
        self._left: defaultdict[str, list[str]] = defaultdict(list)

    def look(self) -> None:
        if is_bundle(self._given):
            self._found.places.append(self._place("evidence/snapshot.json"))
            return
        runs: list[str] = []
        places = list(self._walk(runs))
        if not places:
            places = [self._place(f"{run}/evidence/snapshot.json") for run in runs]
        elif runs:
            self._left["run"] += runs
        if not places:
            where = self._called("")
            why = f"it holds no file whose name ends in {', '.join(ENDINGS[:4])}"
            self._found.gaps.append(Gap(f"folder {where}", why, location=where))
        self._found.places += places
        self._found.left_out += (self._left_out(kind, names) for kind, names in self._left.items())

    def _walk(self, runs: list[str]) -> Iterator[Place]:
        for parent, folders, files in os.walk(self._given, onerror=self._not_read):
            below = os.path.relpath(parent, self._given)
            prefix = "" if below == os.curdir else f"{_posix(below)}/"
            if prefix and is_bundle(parent):
                runs.append(prefix[:-1])
                folders.clear()
                continue
            folders[:] = [name for name in sorted(folders) if self._enters(f"{prefix}{name}")]
            for name in sorted(files):
                if self._takes(f"{prefix}{name}"):
                    yield self._place(f"{prefix}{name}")

    def _enters(self, rest: str) -> bool:
        path, name = os.path.join(self._given, rest), os.path.basename(rest)
        if self._excluded(rest):
            kind = "excluded"
        elif name in _TOOLS or os.path.lexists(os.path.join(path, "pyvenv.cfg")):
            kind = "tools"
        elif name.startswith("."):
            kind = "hidden"
        elif os.path.islink(path):
            kind = "link"
        else:
            return True
        self._left[kind].append(rest)
        return False

    def _takes(self, rest: str) -> bool:
        path, name = os.path.join(self._given, rest), os.path.basename(rest)
        if self._excluded(rest):
            kind = "excluded"
        elif name.startswith("."):
            kind = "hidden"
        elif not name.lower().endswith(ENDINGS):
            kind = "file"
        elif os.path.islink(path) and not Path(os.path.realpath(path)).is_relative_to(self._real):
            where = self._called(rest)
            why = "it is a link that leads out of the folder. Name the file that it leads to, or --exclude it"
            self._found.gaps.append(Gap(f"file {where}", why, location=where))
            return False
        else:
            return True
        self._left[kind].append(rest)
        return False

    def _excluded(self, rest: str) -> bool:
        name = rest.rpartition("/")[2]
        return any(fnmatchcase(rest, pattern) or fnmatchcase(name, pattern) for pattern in self._exclude)

    def _called(self, rest: str) -> str:
        return _below(self._base, rest)

    def _place(self, rest: str) -> Place:
        path = os.path.join(self._given, rest)
        return Place(path, self._called(rest), _safe(rest), os.path.realpath(path), listed=True)

    def _not_read(self, error: OSError) -> None:
        where = self._called(_posix(os.path.relpath(str(error.filename), self._given)))
        self._found.gaps.append(Gap(f"folder {where}", f"cannot be read: {error.strerror}", location=where))

    def _left_out(self, kind: str, names: Sequence[str]) -> NotUsed:
        above = names[0] if len(names) == 1 else os.path.commonpath([os.path.dirname(name) for name in names])
        return NotUsed(kind, len(names), self._called(above))


def _check(path: str) -> None:
    """Refuses what is not there, and what would hang or never end."""
    if not os.path.exists(path):
        raise UsageError("there is no such file or folder", where=path, remedy="Check the path")
    if not os.path.isfile(path):
        what = "not a regular file but a pipe, a device or a socket"
        raise UsageError(what, where=path, remedy="Name a file or a folder, or pass it in on standard input: -")


def _base(root: str, name: str) -> str:
    """What stands for the folder of a source: from the folder of the run, as it was given, or by its own name."""
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
