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
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from reporter.archive import chain
from reporter.archive.chain import BEFORE, Before
from reporter.archive.stores import Folder, Objects, Store
from reporter.errors import OutputError, UnreadableError
from reporter.plain import disk
from reporter.plain.canonical import digest
from reporter.render.document import Document
from reporter.seal.envelope import SEAL

MANIFEST_SCHEMA: Final = "datarisk/manifest/1"
MANIFEST: Final = "manifest.json"
SNAPSHOT: Final = "evidence/snapshot.json"
REPORT: Final = "report.json"
LATEST: Final = "latest"
LOCAL: Final = "local"

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_RUN = re.compile(r"(\d{8}T\d{6}Z)(?:-(\d+))?")
_MAX_NAME: Final = 64
_TRIES: Final = 20
_MAX_MANIFEST: Final = 100 * disk.MEGABYTE
_STAGING: Final = ".run-"


Seal = Callable[[bytes, Sequence[Mapping[str, Any]]], bytes]


@dataclass(frozen=True, slots=True)
class Bundle:
    """One run's files and what its manifest says of them.

    Attributes:
        account: The account's name, as it is.
        facts: What the manifest holds beside the files: tool, scope, settings that matter, completeness.
        seal: Makes the seal of the manifest's bytes and its files; None where nothing is sealed.
        redacted: Whether names are pseudonyms in it: it lies apart, so that no run is held against it, or takes of it.
    """

    account: str
    account_id: str
    generated_at: datetime
    complete: bool
    documents: Sequence[Document]
    facts: dict[str, Any]
    seal: Seal | None = None
    redacted: bool = False

    def ends(self, files: Sequence[dict[str, Any]], before: Before | None) -> Iterator[Document]:
        """What is written when all else is: the seal, and the manifest last."""
        manifest = self.manifest(files, before)
        if self.seal:
            yield Document(SEAL, "application/vnd.dsse.envelope.v1+json", self.seal(manifest.data, files))
        yield manifest

    @property
    def home(self) -> str:
        """The folder of its account's runs."""
        return account_folder(self.account, self.account_id) + ("-redacted" if self.redacted else "")

    def head(self) -> dict[str, Any]:
        """What the manifest says besides its files."""
        return {"schema": MANIFEST_SCHEMA, **self.facts, "complete": self.complete}

    def files(self) -> list[dict[str, Any]]:
        """What the manifest says of each file."""
        files = []
        for item in sorted(self.documents, key=lambda document: document.name):
            number, sha256 = 0, hashlib.sha256()
            for piece in item.pieces():  # one after the other, as tables may be larger than memory
                number += len(piece)
                sha256.update(piece)
            entry = {"name": item.name, "media_type": item.media_type, "bytes": number, "sha256": sha256.hexdigest()}
            files.append(entry)
        return files

    def manifest(self, files: Sequence[dict[str, Any]], before: Before | None) -> Document:
        """The manifest: a digest of every other file, and the run before this one, so that none goes unnoticed."""
        value = {**self.head(), "files": files, BEFORE: asdict(before) if before else None}
        return Document(MANIFEST, "application/json", manifest_bytes(value))


def manifest_bytes(value: Any) -> bytes:
    """A manifest as it is written; whatever is written otherwise is none of ours."""
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def distinct_name(name: str, id_: str) -> str:
    """A name for a path: readable, safe on every file system, and never the same for two ids."""
    safe = _UNSAFE.sub("-", name[: 4 * _MAX_NAME]).strip(".-")[:_MAX_NAME] or "unnamed"
    return f"{safe}-{digest(id_.encode(errors='surrogatepass'))[:12]}"


def account_folder(name: str, id_: str) -> str:
    """Where an account's runs are kept; what comes from files that name no account has the plain name."""
    return LOCAL if name == id_ == LOCAL else distinct_name(name, id_)


def check_writable(root: Path) -> None:
    """Finds out before the work whether its result can be kept; leaves nothing behind.

    Raises:
        OutputError: It cannot.
        FaultError: The machine refuses.
    """
    for tries_left in reversed(range(_TRIES)):
        try:
            with disk.translated(root), disk.parents_of(root / "run", keep=False):
                tempfile.TemporaryFile(dir=root).close()
        except OutputError as error:
            # Another run that finds out the same may have taken the folder away again.
            if not tries_left or not isinstance(error.__cause__, FileNotFoundError):
                raise
        else:
            return


def write(root: Path, bundle: Bundle) -> Path:
    """Writes a run and returns its folder; the same run of the same second again changes nothing.

    Raises:
        OutputError: The place cannot be written to.
        FaultError: The disk is full. In either case what was there before is untouched.
    """
    home = root / bundle.home
    files = bundle.files()
    with disk.translated(home), disk.parents_of(home / "run"):
        disk.clear(home, _STAGING)
        with disk.staged(home, _STAGING) as staging:
            for document in bundle.documents:
                _put(staging / document.name, document)
            # The run before is the last one to come here, so that they come one after the other.
            with held(home):
                return _move_in(staging, home, bundle, files)


def _put(place: Path, document: Document) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("wb") as file:
        file.writelines(document.pieces())
        file.flush()
        os.fsync(file.fileno())  # a run that was moved in is whole, whatever becomes of the machine


def keep(store: Objects, bundle: Bundle) -> str:
    """Writes a run to an object store and returns its address; the same run again changes nothing.

    Nothing can be moved in whole there, so that the manifest comes last: what has none is no run. A run's folder has
    the digest of its manifest in its name, so that two writers of one second never write to the same.

    Raises:
        OutputError: The place cannot be written to.
        FaultError: It is full, or breaks off.
    """
    files, home = bundle.files(), bundle.home
    # What a run holds names its folder, and not what came before it: the same run again is the same.
    alone = bundle.manifest(files, None).data
    name = f"{bundle.generated_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{digest(alone)[:12]}"
    try:
        there = store.read(home, name, MANIFEST, limit=2 * len(alone))
    except UnreadableError:
        there = None  # whatever lies there, writing tells
    if there is None or not _same(there, alone):
        for document in (*bundle.documents, *bundle.ends(files, _last(store, home))):
            store.write(document.pieces(), home, name, *document.name.split("/"))
    return f"{store.name}/{home}/{name}"


def _last(store: Store, home: str) -> Before | None:
    """The run that came last to an account's folder."""
    try:
        return chain.tip(store, home)
    except UnreadableError as error:
        raise OutputError(f"{error.what}, so that nobody knows which run came before", where=error.where) from error


def _same(there: bytes, ours: bytes) -> bool:
    """Whether two manifests are of the same run, whatever came before it."""
    try:
        found, own = (json.loads(each) for each in (there, ours))
        found[BEFORE] = own[BEFORE] = None
    except (ValueError, TypeError, RecursionError):
        return False
    return bool(found == own)


def before(root: Path, name: str, id_: str, at: datetime) -> Path | None:
    """The newest complete run of an account that has a report.json and is older than this second, if there is one."""
    home, stamp = root / account_folder(name, id_), f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    try:
        runs = [each for each in home.iterdir() if (match := _RUN.fullmatch(each.name)) and match[1] < stamp]
    except OSError:
        return None
    newest_first = sorted(runs, key=lambda run: order(run.name), reverse=True)
    return next((run for run in newest_first if _is_complete(run) and (run / REPORT).is_file()), None)


def _is_complete(run: Path) -> bool:
    try:
        return json.loads(disk.read(run / MANIFEST))["complete"] is True
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def point_latest(run: Path) -> None:
    """Points ``latest`` to a complete run, unless it points to a newer one already.

    Raises:
        OutputError: Something that is not ours lies there; it is left alone.
    """
    home, link = run.parent, run.parent / LATEST
    with disk.translated(link), held(home):
        there = pointed(home)
        if (
            there is not None and order(there) > order(run.name)
        ) or not run.is_dir():  # somebody may have taken it away
            return
        # Nobody else is at work here, so what lies beside it was left behind by somebody who was killed.
        for left in home.glob(f".{LATEST}-*"):
            left.unlink()
        beside = home / f".{LATEST}-{secrets.token_hex(4)}"
        try:
            beside.symlink_to(run.name, target_is_directory=True)
        except (OSError, NotImplementedError):  # where links cannot be made
            beside.write_text(run.name + "\n")
        beside.replace(link)


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Keeps everybody else from changing what an account's ``latest`` is, or what runs there are, by its rules."""
    descriptor = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        disk.lock(descriptor, wait=True)
        yield
    finally:
        os.close(descriptor)


def pointed(home: Path) -> str | None:
    """The name of the run that ``latest`` leads to; None where there is none.

    Raises:
        OSError: It cannot be read, or was not made by us.
    """
    link = home / LATEST
    if not os.path.lexists(link):
        return None
    there = str(link.readlink()) if link.is_symlink() else disk.read(link).decode(errors="replace")
    order(there.strip())
    return there.strip()


def take_away(run: Path) -> None:
    """Removes a run: for whoever looks it is there whole, or not at all; an open file of it can be read to its end.

    Raises:
        OSError: It cannot be moved.
    """
    left = run.parent / chain.REMOVED / run.name
    left.mkdir(parents=True, exist_ok=True)
    # The chain of runs goes through it still.
    for name in (MANIFEST, SEAL):
        if name == MANIFEST or (run / name).is_file():
            disk.write_file(left / name, disk.read(run / name, _MAX_MANIFEST))
    aside = run.with_name(f"{_STAGING}{secrets.token_hex(4)}")
    run.rename(aside)
    # If this is cut short, the next run that is written clears the rest away.
    shutil.rmtree(aside, ignore_errors=True)


def _move_in(staging: Path, home: Path, bundle: Bundle, files: Sequence[dict[str, Any]]) -> Path:
    """Moves a run to its place; a run of the same second and another digest gets a number."""
    stamp, number = f"{bundle.generated_at.astimezone(UTC):%Y%m%dT%H%M%SZ}", 1
    alone = bundle.manifest(files, None).data
    while True:
        place = home / (stamp if number == 1 else f"{stamp}-{number}")
        if not os.path.lexists(place):
            for document in bundle.ends(files, _last(Folder(home.parent), home.name)):
                _put(staging / document.name, document)
            try:
                staging.rename(place)
            except OSError as error:
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                    raise
            else:
                return place
        there = place / MANIFEST
        sealed = bundle.seal is None or (place / SEAL).is_file()
        if sealed and there.is_file() and _same(there.read_bytes(), alone):
            return place
        number += 1


def order(name: str) -> tuple[str, int]:
    """Where a run stands among those of its account.

    Raises:
        OSError: It is no name that we gave.
    """
    match = _RUN.fullmatch(name)
    if not match:
        raise OSError(errno.EEXIST, "what lies there was not made by datarisk")
    return match[1], int(match[2] or 1)
