"""Where a run that nobody trusts lies: its files by name, within bounds, and never by a link or out of its folder."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Protocol

from reporter.archive.chain import REMOVED
from reporter.bundle import MANIFEST
from reporter.errors import UnreadableError
from reporter.plain import disk
from reporter.plain.disk import MEGABYTE

MAX_FILES: Final = 20_000
"""More than a run of any account has: each agent may have one document of each format."""

BESIDE: Final = "\0"
"""What the names of files begin with that lie in the same archive, and not in the run's folder there; none in an
archive has it."""

MANIFEST_LIMIT: Final = 20 * MEGABYTE
_MAX_DEPTH: Final = 3
_PIECE: Final = 1 << 20
#: What a run's files are called, each folder on the way too.
_PLAIN: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,120}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,120}){0,2}")


class Place(Protocol):
    """What verification needs of where a run lies."""

    @property
    def name(self) -> str:
        """What it is called."""

    def sizes(self) -> dict[str, int]:
        """Every file by its name from the run's folder, and how many bytes it has, in order.

        Raises:
            UnreadableError: There is what no run holds: a link, a device, a name that leads elsewhere, too much.
        """

    def pieces(self, name: str) -> Iterator[bytes]:
        """What a file holds, of which no more is read than its size was; ``UnreadableError`` where it cannot be."""

    def beside(self, run: str) -> bytes | None:
        """The manifest of another run of the same archive, whose name is one that we give, if it lies there."""


def is_plain(name: str) -> bool:
    """Whether a file of a run may be called so: it leads nowhere but into the run's own folder."""
    return bool(_PLAIN.fullmatch(name))


def whole(place: Place, name: str, limit: int) -> bytes:
    """All that a file holds.

    Raises:
        UnreadableError: It is larger than ``limit`` bytes, not there, or cannot be read.
    """
    found = bytearray()
    for piece in place.pieces(name):
        found += piece
        if len(found) > limit:
            remedy = "If it is yours, raise the limit with --max-megabytes"
            what = f"larger than {limit // MEGABYTE:,} MB"
            raise UnreadableError(what, where=f"{place.name}/{name}", remedy=remedy)
    return bytes(found)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of this machine."""

    root: Path

    @property
    def name(self) -> str:
        """As ``Place`` has it."""
        return str(self.root)

    def sizes(self) -> dict[str, int]:
        """As ``Place`` has it."""
        found: dict[str, int] = {}
        folders, seen = [""], 0
        while folders:
            before = folders.pop()
            try:
                entries = os.scandir(self.root / before)
            except OSError as error:
                raise UnreadableError(f"cannot be read: {error.strerror}", where=f"{self.name}/{before}") from error
            with entries:
                for entry in entries:
                    seen += 1
                    if seen > MAX_FILES:
                        raise UnreadableError(f"more than {MAX_FILES:,} files, which no run has", where=self.name)
                    name, there = before + entry.name, entry.stat(follow_symlinks=False)
                    if stat.S_ISDIR(there.st_mode) and before.count("/") < _MAX_DEPTH:
                        folders.append(f"{name}/")
                    elif stat.S_ISREG(there.st_mode):
                        found[name] = there.st_size
                    else:
                        what = "a link" if stat.S_ISLNK(there.st_mode) else "neither a file nor a folder"
                        raise UnreadableError(f"{what}, which no run holds", where=f"{self.name}/{name}")
        return dict(sorted(found.items()))

    def pieces(self, name: str) -> Iterator[bytes]:
        """As ``Place`` has it."""
        where = f"{self.name}/{name}"
        if not is_plain(name):
            raise UnreadableError("a name that no file of a run has", where=where)
        try:
            # Somebody may put a link or a pipe into its place while this goes on; no folder on the way may be one.
            with self._opened(name) as file:
                left = os.fstat(file.fileno()).st_size
                while left and (piece := file.read(min(left, _PIECE))):
                    left -= len(piece)
                    yield piece
        except OSError as error:
            raise UnreadableError(f"cannot be read: {error.strerror}", where=where) from error

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        *above, last = name.split("/")
        with ExitStack() as held:
            folder = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            held.callback(os.close, folder)
            for part in above:
                folder = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
                held.callback(os.close, folder)
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
            with os.fdopen(os.open(last, flags, dir_fd=folder), "rb") as file:
                yield file

    def beside(self, run: str) -> bytes | None:
        """As ``Place`` has it; what was taken away has left its manifest."""
        home = self.root.resolve().parent
        for folder in (home / run, home / REMOVED / run):
            try:
                return disk.read(folder / MANIFEST, MANIFEST_LIMIT)
            except OSError:
                continue
        return None
