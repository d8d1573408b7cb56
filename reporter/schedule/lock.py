"""One run of a report at a time: the kernel's lock on a file, which goes with the process however that ends.

What the file says of who holds it is for people alone. It stays when the lock is gone: were it taken away, of two who
come later each could lock a file of its own.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from reporter.errors import HeldError
from reporter.plain import disk
from reporter.plain.text import shown


@contextmanager
def held(name: str, path: Path) -> Iterator[None]:
    """Holds the lock of a report.

    Raises:
        HeldError: Somebody else holds it; it says who, and since when.
        OutputError: Its file cannot be written.
        FaultError: The machine refuses.
    """
    with ExitStack() as stack:
        with disk.translated(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
            stack.callback(os.close, descriptor)
            if not disk.lock(descriptor):
                raise HeldError(
                    f"the run before this one still goes on: {_who(descriptor)}",
                    where=f"report {shown(name, 80)}",
                    remedy="This one gave way; nothing was read, written or sent",
                )
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, _me(), 0)
        yield


def _me() -> bytes:
    told = {"pid": os.getpid(), "host": socket.gethostname(), "since": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    return json.dumps(told).encode() + b"\n"


def _who(descriptor: int) -> str:
    try:
        told = json.loads(os.pread(descriptor, 1000, 0))
        since, pid, host = (shown(str(told[name]), 80) for name in ("since", "pid", "host"))
    except (OSError, ValueError, TypeError, KeyError):  # it has only just begun, or the file is somebody else's
        return "a process that has not said which it is"
    return f"process {pid} on {host} has held it since {since}"
