"""Where runs are kept: a folder, or whatever a URL names that fsspec knows.

Nothing in either is ever replaced. A folder takes a run by moving it in whole; an object store cannot, and there a run
is there once its manifest is, which is written last.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from reporter.errors import FaultError, MissingPart, OutputError, UnreadableError, UsageError
from reporter.plain import disk

_REMOTE: Final = re.compile(r"[a-z][a-z0-9+.-]*(::[a-z][a-z0-9+.-]*)*://", re.IGNORECASE)
_INSTALL: Final = "Install datarisk with the extra archive, and what the kind of address needs, such as s3fs"


class Store(Protocol):
    """What an archive needs of the place that it lies in; paths are parts from its root."""

    @property
    def name(self) -> str:
        """How it is told to people; never with what opens it."""

    def names(self, *path: str) -> list[str]:
        """What is in a folder, in order; nothing where there is none. ``UnreadableError`` where that is not known."""

    def read(self, *path: str, limit: int) -> bytes | None:
        """A file's bytes; None where there is none. ``UnreadableError`` where it cannot be read."""


def is_remote(place: str) -> bool:
    """Whether a place is a URL, and no folder."""
    return bool(_REMOTE.match(place))


def opened(place: Path | str) -> Folder | Objects:
    """The store at a place.

    Raises:
        UsageError: It is a URL that nothing here knows, or that holds what opens it.
        MissingPart: What reads it is not installed.
    """
    return Objects.at(place) if isinstance(place, str) and is_remote(place) else Folder(Path(place))


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of this machine."""

    root: Path

    @property
    def name(self) -> str:
        """Its path, as it was given."""
        return str(self.root)

    def names(self, *path: str) -> list[str]:
        """As ``Store`` has it; links are left alone, as they lead elsewhere or are ours."""
        place = self.root.joinpath(*path)
        try:
            return sorted(entry.name for entry in os.scandir(place) if entry.is_dir(follow_symlinks=False))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise UnreadableError(f"cannot be read: {error.strerror}", where=str(place)) from error

    def read(self, *path: str, limit: int) -> bytes | None:
        """As ``Store`` has it."""
        place = self.root.joinpath(*path)
        try:
            return disk.read(place, limit)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise UnreadableError(f"cannot be read: {error.strerror}", where=str(place)) from error


@dataclass(frozen=True, slots=True)
class Objects:
    """What fsspec reaches: its ``files``, below the path ``root`` of theirs."""

    url: str
    files: Any
    root: str

    @classmethod
    def at(cls, url: str) -> Objects:
        """The one that a URL names; errors as of ``opened``."""
        if "@" in urlsplit(url).netloc or urlsplit(url).query:
            remedy = "Give what opens it in the environment, as its own tools take it"
            raise UsageError("an address that holds a name, a key or a query", where="archive", remedy=remedy)
        try:
            import fsspec  # noqa: PLC0415  (an extra)
        except ImportError as error:
            raise MissingPart("an archive at an address needs fsspec", where=url, remedy=_INSTALL) from error
        try:
            files, root = fsspec.core.url_to_fs(url)
        except ImportError as error:
            raise MissingPart(f"{error}", where=url, remedy=_INSTALL) from error
        except Exception as error:  # whatever a driver does not like about an address
            raise UsageError(f"no address of an archive: {_told(error)}", where=url) from error
        return cls(url.rstrip("/"), files, root.rstrip("/"))

    @property
    def name(self) -> str:
        """Its URL."""
        return self.url

    def _path(self, path: Iterable[str]) -> str:
        return "/".join((self.root, *path))

    def names(self, *path: str) -> list[str]:
        """As ``Store`` has it."""
        place = self._path(path)
        try:
            # Another process may have written there since this one looked.
            self.files.invalidate_cache(place)
            found: list[Mapping[str, Any]] = self.files.ls(place, detail=True)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except Exception as error:  # drivers have errors of their own
            raise UnreadableError(f"cannot be read: {_told(error)}", where="/".join((self.url, *path))) from error
        return sorted(each["name"].rstrip("/").rpartition("/")[2] for each in found if each.get("type") == "directory")

    def read(self, *path: str, limit: int) -> bytes | None:
        """As ``Store`` has it."""
        where = "/".join((self.url, *path))
        try:
            with self.files.open(self._path(path), "rb") as file:
                data: bytes = file.read(limit + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except Exception as error:  # drivers have errors of their own
            raise UnreadableError(f"cannot be read: {_told(error)}", where=where) from error
        if len(data) > limit:
            raise UnreadableError(f"it is larger than {limit / disk.MEGABYTE:g} MB", where=where)
        return data

    def write(self, pieces: Iterable[bytes], *path: str) -> None:
        """Writes one object.

        Raises:
            OutputError: It cannot be written.
            FaultError: The place is full, or breaks off.
        """
        where = "/".join((self.url, *path))
        place = self._path(path)
        try:
            self.files.makedirs(place.rpartition("/")[0], exist_ok=True)
            with self.files.open(place, "wb") as file:
                for piece in pieces:
                    file.write(piece)
        except (ConnectionError, TimeoutError) as error:
            raise FaultError(f"cannot be written: {_told(error)}", where=where, remedy="Run again") from error
        except Exception as error:  # drivers have errors of their own
            remedy = "Choose another place with -o, or free this one"
            raise OutputError(f"cannot be written: {_told(error)}", where=where, remedy=remedy) from error


def _told(error: Exception) -> str:
    """What a driver says, in a line, without what might open the place."""
    said = re.sub(
        r"(?i)((?:key|token|secret|signature|password)[^=:\s]*[=:]\s*)\S+", r"\1…", " ".join(str(error).split())
    )
    return f"{type(error).__name__}: {said:.300}" if said else type(error).__name__
