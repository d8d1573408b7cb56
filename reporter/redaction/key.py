"""The key of pseudonyms, and what they stand for: two files that their owner keeps, and never hands over."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from reporter.errors import UsageError
from reporter.plain import disk
from reporter.plain.canonical import parsed
from reporter.redaction.pseudonyms import mapping

_BYTES: Final = 32
_MAP_LIMIT: Final = 500 * disk.MEGABYTE


def key(path: Path, handed_over: Path) -> bytes:
    """The key of a file, which is made where there is none, for its owner alone to read.

    Args:
        path: The file, of 64 hexadecimal digits.
        handed_over: Where what is handed over lies; a key in there would go with it.

    Raises:
        UsageError: It is no key, others can read it, or it lies in what is handed over.
        OutputError: It cannot be written.
    """
    where = f"--redact-key {path}"
    if handed_over.resolve() in path.resolve().parents:
        what, remedy = "it lies within what is handed over", "Keep it elsewhere, for whoever may map names back"
        raise UsageError(what, where=where, remedy=remedy)
    if not os.path.lexists(path):
        _write(path, f"{secrets.token_hex(_BYTES)}\n".encode(), new=True)
    try:
        if path.stat().st_mode & 0o077:
            raise UsageError("others can read it", where=where, remedy=f"Type chmod 600 {path}, or make another")
        found = bytes.fromhex(disk.read(path).decode("ascii").strip())
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=where, remedy="Name another file") from error
    except ValueError:
        found = b""
    if len(found) < _BYTES:
        raise UsageError(
            f"no key of {2 * _BYTES} hexadecimal digits", where=where, remedy="Name a file that is not there"
        )
    return found


def map_of(path: Path) -> Path:
    """Where it stands what pseudonyms of a key stand for."""
    return path.with_name(f"{path.name}.map.json")


def remember(path: Path, known: Mapping[str, str]) -> Path:
    """Adds to what the pseudonyms of a key stand for, and returns where that is.

    Raises:
        UsageError: What is there is no such file.
        OutputError: It cannot be written.
    """
    home = map_of(path)
    before: Any = {}
    if os.path.lexists(home):
        before = None
        with suppress(OSError, ValueError):
            before = parsed(disk.read(home, _MAP_LIMIT))
        if not isinstance(before, dict) or not all(isinstance(each, str) for each in before.values()):
            remedy = "Move it away; every hand-over with the key makes it anew"
            raise UsageError("not what pseudonyms stand for", where=str(home), remedy=remedy)
    data = json.dumps(mapping(known, before), ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")
    _write(home, data + b"\n", new=False)
    return home


def _write(path: Path, data: bytes, *, new: bool) -> None:
    with disk.translated(path), disk.parents_of(path):
        beside = path if new else path.with_name(f"{path.name}.new")
        if not new:
            beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        if not new:
            beside.replace(path)
