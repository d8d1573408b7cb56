"""A file that somebody named, read whole: a regular file within a limit, and nothing that would hang or never end."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

MEGABYTE: Final = 1_000_000

_KINDS: Final = (
    (stat.S_ISDIR, "it is a folder"),
    (stat.S_ISFIFO, "it is a named pipe"),
    (stat.S_ISSOCK, "it is a socket"),
    (stat.S_ISCHR, "it is a device"),
    (stat.S_ISBLK, "it is a device"),
)


def read(path: Path, limit: int = MEGABYTE) -> bytes:
    """The bytes of a regular file; a link to one counts as one.

    Args:
        path: The file.
        limit: How many bytes it may have.

    Raises:
        OSError: It cannot be read, is no regular file, or is larger; ``strerror`` says which.
    """
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
        data = file.read(limit + 1)
    if len(data) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit / MEGABYTE:g} MB", str(path))
    return data
