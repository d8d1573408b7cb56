"""Whether a run's evidence, aggregated again, gives every file that the run holds, byte for byte."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from reporter import order, pipeline
from reporter.archive.chain import BEFORE
from reporter.bundle import MANIFEST, SNAPSHOT, manifest_bytes
from reporter.errors import DatariskError, UnreadableError
from reporter.order import SETTINGS, Kept
from reporter.plain.text import shown
from reporter.render.document import Document
from reporter.verification import evidence
from reporter.verification.claims import differing
from reporter.verification.files import Listed
from reporter.verification.layer import Layer
from reporter.verification.place import Place, whole
from reporter.verification.signature import before_signatures
from reporter.verification.words import NAMED

#: What of a manifest no evidence gives: its files are held against those that are made; the run before is the chain's.
_NOT_MADE: Final = ("files", BEFORE)


@dataclass(frozen=True, slots=True)
class Made:
    """A run made again.

    Attributes:
        settings: What it was asked for.
        run: What its evidence gave.
        documents: Its files by name, but for those that could not be made.
        problems: Why they could not.
        changed: What of its evidence is not as it was collected; then there are no documents.
    """

    settings: Kept
    run: pipeline.Run = field(repr=False)
    documents: Mapping[str, Document] = field(repr=False)
    problems: tuple[DatariskError, ...] = ()
    changed: tuple[str, ...] = ()


def made(place: Place, limit: int, templates: Path | None = None, progress: pipeline.Progress = lambda _: None) -> Made:
    """Makes a run again, from its evidence and its settings alone.

    Args:
        place: Where it lies.
        limit: How many bytes its evidence may have.
        templates: The user's own, where it was made with some.
        progress: Is told what is being made.

    Raises:
        UnreadableError: Its evidence or its settings are not as datarisk writes them.
        UsageError: The settings hold what no run takes.
    """
    settings = order.again(whole(place, SETTINGS, limit))
    snapshot = whole(place, SNAPSHOT, limit)
    found = pipeline.again(snapshot, settings, templates)
    if changed := evidence.changed(snapshot, found.snapshot, SNAPSHOT):
        return Made(settings, found, {}, changed=changed)
    documents, problems = pipeline.documents(found, settings.formats, split=settings.split, progress=progress)
    return Made(settings, found, {each.name: each for each in documents}, tuple(problems))


def files(place: Place, listed: Listed, again: Made, limit: int) -> Layer:
    """Whether the files of a run, its manifest among them, are those that its evidence gives.

    Args:
        place: Where it lies.
        listed: Its manifest.
        again: The run made again.
        limit: How many bytes of a file are read to tell which claims differ.
    """
    if again.changed:
        return Layer("documents", "fails", f"{SNAPSHOT} {evidence.USELESS}", again.changed)
    wrong = _by_file(_differing(place, listed, again, limit))
    if not wrong:
        words = f"made again from {SNAPSHOT}: {len(listed.files):,} files, byte for byte"
        return Layer("documents", "holds", words)
    why = "; ".join(str(each) for each in again.problems) or order.told_apart(again.settings)
    if why:
        return Layer("documents", "unknown", f"cannot be made again to equal bytes here: {why}", wrong)
    return Layer("documents", "fails", f"not what {SNAPSHOT} gives", wrong)


def _by_file(wrong: Iterable[str]) -> tuple[str, ...]:
    """What is wrong with the first files, each with its claims, so that none hides another; and how many more are."""
    files = [[*lines] for _, lines in groupby(wrong, key=lambda line: line.partition(":")[0])]
    more = len(files) - NAMED
    told = [line for lines in files[:NAMED] for line in lines]
    return (*told, *([f"and {more:,} more files"] if more > 0 else ()))


def _differing(place: Place, listed: Listed, again: Made, limit: int) -> Iterator[str]:
    there = place.sizes()
    made_of = pipeline.bundled(again.run, [*again.documents.values()], again.settings.formats)
    given: dict[str, Any] = {entry["name"]: entry for entry in made_of.files()}
    for name in sorted(listed.files.keys() | given.keys()):
        entry, ours = listed.files.get(name), given.get(name)
        if ours is None:
            yield f"{name}: the evidence gives no such file"
        elif entry is None:
            yield f"{name}: asked for, and not there: it could not be made, or somebody took it away"
        elif name in there and there[name] > max(limit, ours["bytes"]):
            yield f"{name}: not what the evidence gives: {there[name]:,} bytes for {ours['bytes']:,}"
        elif name in there and (there[name] != ours["bytes"] or not _same(place, name, ours["sha256"])):
            yield from _claims(place, name, again, limit)
        elif entry["sha256"] != ours["sha256"]:
            yield f"{MANIFEST}: the digest that it gives of {name} is not what the evidence gives"
        elif entry != ours:
            yield f"{MANIFEST}: what it says of {name} is not what the evidence gives"
    if [*listed.files] != sorted(listed.files):
        yield f"{MANIFEST}: its files are not in their order"
    told: dict[str, Any] = json.loads(manifest_bytes(made_of.head()))
    for name in sorted(told.keys() | listed.value.keys() - {*_NOT_MADE}):
        if listed.value.get(name) != told.get(name):
            yield f"{MANIFEST}: its {shown(name, 40)!r} is not what the evidence gives"


def _same(place: Place, name: str, sha256: str) -> bool:
    try:
        found = hashlib.sha256()
        for piece in place.pieces(name):
            found.update(piece)
    except UnreadableError:
        return False
    return found.hexdigest() == sha256


def _claims(place: Place, name: str, again: Made, limit: int) -> list[str]:
    """Which claims of a file are not what the evidence gives; that it is not, where it cannot be looked into.

    A PDF that was signed since it was rendered says the same; its signature is a layer of its own.
    """
    try:
        kept, ours = whole(place, name, limit), again.documents[name].data
        if name.endswith(".pdf") and before_signatures(kept) == ours:
            return []
        return differing(name, kept, ours, again.run.report)
    except UnreadableError as error:
        return [f"{name}: not what the evidence gives: {shown(str(error), 200)}"]
