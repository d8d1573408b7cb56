"""Files that somebody named: read whole within a limit, found in the working tree, and written in whole or not at all.

What is not finished yet lies beside its place under a name of its own, locked for as long as its writer lives. What is
not locked was left behind by a run that was killed, and the next one clears it away.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from reporter.errors import DatariskError, FaultError, OutputError

MEGABYTE: Final = 1_000_000

_KINDS: Final = (
    (stat.S_ISDIR, "it is a folder"),
    (stat.S_ISFIFO, "it is a named pipe"),
    (stat.S_ISSOCK, "it is a socket"),
    (stat.S_ISCHR, "it is a device"),
    (stat.S_ISBLK, "it is a device"),
)
#: What nothing is written to: writing to a disk's device would destroy what is on it.
_REFUSED: Final = (
    (stat.S_ISDIR, "it is a folder"),
    (stat.S_ISBLK, "it is a device that holds a file system or the like"),
    (stat.S_ISSOCK, "it is a socket"),
)
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_MACHINE: Final = _FULL | {errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
_UNFINISHED: Final = ".datarisk-tmp"
_TRIES: Final = 100


def read(path: Path, limit: int = MEGABYTE) -> bytes:
    """The bytes of a regular file, or one that a link leads to; ``OSError`` says why not in ``strerror``."""
    try:
        # Opening a pipe that nobody writes to would wait for ever; whoever opens a terminal may become its slave.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except ValueError as error:
        raise OSError(errno.EINVAL, "its name holds a null character", repr(path)) from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        what = next((words for is_kind, words in _KINDS if is_kind(mode)), "it is no regular file")
        raise OSError(errno.EINVAL, what, str(path))
    with os.fdopen(descriptor, "rb") as file:
        # What it says of its size may be stale or, as under /proc, nothing; only reading on tells.
        data = file.read(limit + 1)
    if len(data) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit / MEGABYTE:g} MB", str(path))
    return data


def upwards(folder: Path) -> tuple[Path, ...]:
    """A folder and those above it, up to the root of its repository (where ``.git`` is); outside one, it alone."""
    try:
        above = len(folder.resolve().parents)
    except OSError:  # the working directory is gone
        return (folder,)
    places = [folder, *(folder.joinpath(*[".."] * steps) for steps in range(1, above + 1))]
    root = next((number for number, place in enumerate(places) if (place / ".git").exists()), 0)
    return tuple(places[: root + 1])


def nearest(name: str, folder: Path) -> Path | None:
    """The nearest file of a name, from a folder upwards; whatever has the name counts, so that reading it can tell."""
    return next((place / name for place in upwards(folder) if os.path.lexists(place / name)), None)


def named(path: Path, folder: Path) -> str:
    """A file's path from the root of the tree that a folder is in; of one that lies elsewhere, its name alone."""
    try:
        found = Path(os.path.abspath(path)).relative_to(upwards(folder)[-1].resolve())  # noqa: PTH100 (follows no link)
    except (OSError, ValueError):
        found = Path(path.name)
    # A name need not be Unicode, and a report has to be.
    return found.as_posix().encode("utf-8", "backslashreplace").decode()


def write_file(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Writes one file, from one piece or many, in whole or not at all; the errors are those of ``translated``.

    What a link points to is written, and the link stays. A named pipe or a device is written to as it is.
    """
    pieces = (data,) if isinstance(data, bytes) else data
    with translated(path), parents_of(path):
        try:
            there = path.stat()
        except FileNotFoundError:
            if path.is_symlink():
                raise OSError(errno.ENOENT, f"it is a link to {path.readlink()}, which is not there") from None
            _replace(path, pieces, None)
            return
        for is_kind, words in _REFUSED:
            if is_kind(there.st_mode):
                raise OSError(errno.EINVAL, words)
        ours = _stream(there)
        if ours is not None or not stat.S_ISREG(there.st_mode):
            _write_through(path, ours, pieces)
        else:
            _replace(Path(os.path.realpath(path)), pieces, stat.S_IMODE(there.st_mode))


def _stream(there: os.stat_result) -> int | None:
    """Which of our own streams goes to that very file; replacing it would lose what they say afterwards."""
    for descriptor in (1, 2):
        with suppress(OSError):
            if stat.S_ISREG(there.st_mode) and os.path.samestat(there, os.fstat(descriptor)):
                return descriptor
    return None


def _write_through(path: Path, stream: int | None, pieces: Iterable[bytes]) -> None:
    if stream is not None:
        descriptor = os.dup(stream)
    else:
        try:
            # A pipe that nobody reads would be waited for for ever.
            descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as error:
            if error.errno == errno.ENXIO:
                raise OSError(errno.ENXIO, "it is a pipe or a device that nobody reads") from error
            raise
        os.set_blocking(descriptor, True)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        for piece in pieces:
            left = memoryview(piece)
            while left:
                left = left[file.write(left) :]


def _replace(path: Path, pieces: Iterable[bytes], mode: int | None) -> None:
    """Puts a regular file in its place; a new one gets the permissions that the umask leaves, an old one keeps its."""
    # A file system takes names of 255 bytes, and ours adds to that of the place.
    prefix = f".{os.fsdecode(os.fsencode(path.name)[:100])}."
    clear(path.parent, prefix, _UNFINISHED)
    with _unfinished(path.parent, prefix, _UNFINISHED) as (beside, descriptor):
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.writelines(pieces)
        if mode is not None:
            os.fchmod(descriptor, mode)
        # Without this a machine that loses its power may keep the new name and none of the bytes.
        os.fsync(descriptor)
        beside.replace(path)


@contextmanager
def staged(home: Path, prefix: str) -> Iterator[Path]:
    """A folder of its own in which something is made ready; whatever is left of it in the end is gone."""
    with _unfinished(home, prefix, "", folder=True) as (staging, _):
        yield staging


@contextmanager
def _unfinished(home: Path, prefix: str, suffix: str, *, folder: bool = False) -> Iterator[tuple[Path, int]]:
    """Something new that nobody clears away; between making and locking it, somebody might."""
    problem = OSError(errno.EBUSY, os.strerror(errno.EBUSY))
    for _ in range(_TRIES):
        path = home / f"{prefix}{secrets.token_hex(4)}{suffix}"
        try:
            if folder:
                path.mkdir(parents=True)  # the folders above it may just have vanished
            flags = os.O_RDONLY | os.O_DIRECTORY if folder else os.O_WRONLY | os.O_CREAT | os.O_EXCL
            descriptor = os.open(path, flags | os.O_CLOEXEC, 0o666)
        except (FileExistsError, FileNotFoundError) as error:
            problem = error
            continue
        if lock(descriptor) and path.exists():
            break
        os.close(descriptor)
    else:
        raise problem
    try:
        yield path, descriptor
    finally:
        _remove(path)
        os.close(descriptor)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def lock(descriptor: int, *, wait: bool = False) -> bool:
    """Whether nobody else holds it now; where a file system knows no locks, nobody ever does."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError as error:
        # File systems over a network, and some of containers, know no locks; runs there are as good as alone.
        if error.errno not in (errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.EBADF):
            raise
    return True


def clear(home: Path, prefix: str, suffix: str = "") -> None:
    """Clears away what killed runs left behind under names of this form; what a live one holds is left alone."""
    with suppress(OSError):
        for entry in list(os.scandir(home)):
            if not entry.name.startswith(prefix) or not entry.name.endswith(suffix):
                continue
            with suppress(OSError):
                if entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False):
                    descriptor = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
                    try:
                        # Where there are no locks this raises, and nothing is cleared away.
                        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        _remove(Path(entry.path))
                    finally:
                        os.close(descriptor)


@contextmanager
def parents_of(path: Path, *, keep: bool = True) -> Iterator[None]:
    """The folders above a place, made where they lack; those made go again on failure, or if not to be kept."""
    lacking = [folder for folder in path.parents if not os.path.lexists(folder)]
    done = False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
        done = keep
    finally:
        if not done:
            for folder in lacking:
                with suppress(OSError):
                    folder.rmdir()


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """The machine's errors as ours: ``FaultError`` where it is full or broken, else ``OutputError``."""
    try:
        yield
    except DatariskError:
        raise
    except (OSError, ValueError) as error:  # the latter for a name that no file system takes
        number, reason = getattr(error, "errno", None), getattr(error, "strerror", None) or str(error)
        if number in _MACHINE:
            remedy = "Nothing was changed; make room and run again" if number in _FULL else "Nothing was changed"
            raise FaultError(f"cannot be written: {reason}", where=str(path), remedy=remedy) from error
        remedy = "Choose another place with -o, or free this one"
        raise OutputError(f"cannot be written: {reason}", where=str(path), remedy=remedy) from error
