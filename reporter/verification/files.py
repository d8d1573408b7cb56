"""Whether a run's files are those that its manifest names, no more and no fewer, each with its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NotRequired

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from reporter.bundle import MANIFEST, MANIFEST_SCHEMA, manifest_bytes
from reporter.errors import UnreadableError
from reporter.plain.mistakes import unlike
from reporter.plain.text import shown
from reporter.seal.envelope import SEAL
from reporter.sources.document import parse
from reporter.verification.layer import Layer, named
from reporter.verification.place import BESIDE, MANIFEST_LIMIT, Place, is_plain, whole


class _Entry(TypedDict):
    name: str
    media_type: str
    bytes: int
    sha256: str


class _Before(TypedDict):
    run: str
    manifest_sha256: str


class _Head(TypedDict):
    schema: str
    complete: bool
    files: list[_Entry]
    before: NotRequired[_Before | None]


@dataclass(frozen=True, slots=True)
class Listed:
    """A run's manifest: its bytes, what it holds, and its files by name."""

    data: bytes
    value: Mapping[str, Any]
    files: Mapping[str, _Entry]


def manifest(place: Place) -> Listed:
    """The manifest of a run.

    Raises:
        UnreadableError: There is none, or it is none of ours.
    """
    where = f"{place.name}/{MANIFEST}"
    data = whole(place, MANIFEST, MANIFEST_LIMIT)
    value = parse(data, where)
    try:
        head = TypeAdapter(_Head).validate_python(value, strict=True)
    except ValidationError as error:
        raise unlike(error, where) from error
    if head["schema"] != MANIFEST_SCHEMA:
        what = f"a manifest of version {shown(head['schema'], 80)}; this program reads {MANIFEST_SCHEMA}"
        raise UnreadableError(what, where=where, remedy="Install the datarisk that made the run")
    files = {entry["name"]: entry for entry in head["files"]}
    if len(files) != len(head["files"]):
        raise UnreadableError("it names a file twice", where=where)
    if strange := next((name for name in files if not is_plain(name) or name in (MANIFEST, SEAL)), None):
        raise UnreadableError(f"it names {shown(strange, 80)}, as no file of a run is called", where=where)
    if manifest_bytes(value) != data:
        raise UnreadableError("changed: it is not written as datarisk writes it", where=where)
    return Listed(data, value, files)


def files(place: Place, listed: Listed) -> Layer:
    """Whether what lies there is what the manifest names, byte for byte."""
    wrong = list(_differing(place, listed))
    number = len(listed.files)
    if wrong:
        return Layer("files", "fails", f"not the {number:,} files that {MANIFEST} names", named(wrong))
    return Layer("files", "holds", f"{number:,} files, each with the digest that {MANIFEST} gives")


def _differing(place: Place, listed: Listed) -> Iterator[str]:
    sizes = place.sizes()
    for name in sorted(sizes.keys() - listed.files.keys() - {MANIFEST, SEAL}):
        if name.startswith(BESIDE):
            yield f"{shown(name.removeprefix(BESIDE), 200)}: not of the run: it lies beside its folder in the archive"
        else:
            yield f"{shown(name, 200)}: not in {MANIFEST}; somebody put it there"
    for name, entry in listed.files.items():
        if name not in sizes:
            yield f"{name}: gone, and {MANIFEST} names it"
        # What is not as large as it was is not read: it may be of any size.
        elif sizes[name] != entry["bytes"]:
            yield f"{name}: changed: {sizes[name]:,} bytes, and it had {entry['bytes']:,}"
        else:
            sha256 = hashlib.sha256()
            for piece in place.pieces(name):
                sha256.update(piece)
            if sha256.hexdigest() != entry["sha256"]:
                yield f"{name}: changed: its SHA-256 is not the one in {MANIFEST}"
