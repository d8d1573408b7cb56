"""A run's files on disk: written beside their place and moved in whole, or not at all.

::

    <root>/<account>/<YYYYMMDDTHHMMSSZ>/
        report.html  report.pdf  report.json
        evidence/snapshot.json
        manifest.json
    <root>/<account>/latest -> the newest complete run
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from reporter.canonical import digest
from reporter.errors import DatariskError, FaultError, OutputError
from reporter.render.document import Document

MANIFEST_SCHEMA: Final = "datarisk/manifest/1"
MANIFEST: Final = "manifest.json"
SNAPSHOT: Final = "evidence/snapshot.json"
LATEST: Final = "latest"

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_RUN = re.compile(r"(\d{8}T\d{6}Z)(?:-(\d+))?")
_MAX_NAME: Final = 64
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class Bundle:
    """One run's files and what its manifest says of them.

    Attributes:
        account: The account's name, as it is.
        facts: What the manifest holds beside the files: tool, scope, settings that matter, completeness.
    """

    account: str
    account_id: str
    generated_at: datetime
    complete: bool
    documents: Sequence[Document]
    facts: dict[str, Any]

    def manifest(self) -> Document:
        """The manifest: a digest of every other file."""
        files = [
            {"name": item.name, "media_type": item.media_type, **_sums(item)}
            for item in sorted(self.documents, key=lambda document: document.name)
        ]
        value = {"schema": MANIFEST_SCHEMA, **self.facts, "complete": self.complete, "files": files}
        data = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"
        return Document(MANIFEST, "application/json", data)


def _sums(document: Document) -> dict[str, Any]:
    number, sha256 = 0, hashlib.sha256()
    for piece in document.pieces():
        number += len(piece)
        sha256.update(piece)
    return {"bytes": number, "sha256": sha256.hexdigest()}


def safe_name(name: str, fallback: str) -> str:
    """An account's name made safe for a path; where characters had to go, its id's digest keeps it distinct."""
    spaced = "-".join(name.split())
    safe = _UNSAFE.sub("-", spaced).strip(".-")[:_MAX_NAME]
    return safe if safe and safe == spaced else f"{safe or 'account'}-{digest(fallback.encode())[:6]}"


def check_writable(root: Path) -> None:
    """Finds out before the work whether its result can be kept.

    Raises:
        OutputError: It cannot.
    """
    with _translated(root):
        root.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=root).close()


def write(root: Path, bundle: Bundle) -> Path:
    """Writes a run and returns its folder; the same run of the same second again changes nothing.

    Raises:
        OutputError: The place cannot be written to.
        FaultError: The disk is full. In either case what was there before is untouched.
    """
    home = root / safe_name(bundle.account, bundle.account_id)
    manifest = bundle.manifest()
    with _translated(home):
        home.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".run-", dir=home))
        try:
            for document in (*bundle.documents, manifest):
                _write_file(staging / document.name, document.pieces())
            staging.chmod(0o755)
            return _move_in(staging, home, f"{bundle.generated_at.astimezone(UTC):%Y%m%dT%H%M%SZ}", manifest.data)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def write_file(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Writes one file, from one piece or many, in whole or not at all.

    Raises:
        OutputError: The place cannot be written to.
        FaultError: The disk is full.
    """
    with _translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:32]}-", dir=path.parent)
        os.close(descriptor)
        try:
            _write_file(Path(name), data)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)


def point_latest(run: Path) -> None:
    """Points ``latest`` to a complete run, unless it points to a newer one already."""
    link = run.parent / LATEST
    with _translated(link):
        before = link.readlink().name if link.is_symlink() else link.read_text() if link.is_file() else ""
        if _order(before.strip()) > _order(run.name):
            return
        beside = run.parent / f".{LATEST}-{os.getpid()}"
        beside.unlink(missing_ok=True)
        try:
            beside.symlink_to(run.name, target_is_directory=True)
        except (OSError, NotImplementedError):
            beside.write_text(run.name + "\n")
        beside.replace(link)


def _write_file(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Writes and makes sure that it reached the disk, so that a run that was moved in is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.writelines([data] if isinstance(data, bytes) else data)
        file.flush()
        os.fsync(file.fileno())


def _move_in(staging: Path, home: Path, stamp: str, manifest: bytes) -> Path:
    """Moves a run to its place; a run of the same second and another digest gets a number."""
    number = 1
    while True:
        place = home / (stamp if number == 1 else f"{stamp}-{number}")
        if not place.exists():
            try:
                staging.rename(place)
            except OSError as error:
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                    raise
            else:
                return place
        there = place / MANIFEST
        if there.is_file() and there.read_bytes() == manifest:
            return place
        number += 1


def _order(name: str) -> tuple[str, int]:
    match = _RUN.fullmatch(name)
    return (match[1], int(match[2] or 1)) if match else ("", 0)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """The machine's errors as ours."""
    try:
        yield
    except DatariskError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno in _FULL:
            raise FaultError(
                f"cannot be written: {reason}", where=str(path), remedy="Nothing was changed; make room and run again"
            ) from error
        raise OutputError(
            f"cannot be written: {reason}", where=str(path), remedy="Choose another place with -o, or free this one"
        ) from error
