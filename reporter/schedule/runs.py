"""The runs of an account, as their manifests tell of them: what a run is held against, and what is kept.

A folder counts as a run of ours where its name is one that we give and its manifest is one that we write, about files
that are there, and no others. Whatever else lies in an archive is somebody else's.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from reporter import bundle
from reporter.plain import disk
from reporter.plain.canonical import canonical, digest
from reporter.seal.envelope import SEAL

REPORT: Final = "report.json"
_LIMIT: Final = 100 * disk.MEGABYTE
_REPORTS: Final = 500 * disk.MEGABYTE
_SCOPE: Final = ("versions", "environments", "as_of", "agents", "include_retired")


@dataclass(frozen=True, slots=True)
class Kept:
    """A run of the archive.

    Attributes:
        name: That of its folder.
        complete: Whether everything could be read.
        report: The name of the report that it is a run of; None where somebody made it by hand.
        scope: What it is about: that of two runs is the same where they can be held against each other.
        sha256: The digest of its report.json; None where it has none.
        baselines: The digests of the reports that it was held against.
        foreign: Why it is not known to be ours; then it counts for nothing but what it was held against.
    """

    name: str
    complete: bool = False
    report: str | None = None
    scope: str = ""
    sha256: str | None = None
    baselines: frozenset[str] = frozenset()
    foreign: str | None = None

    @property
    def order(self) -> tuple[str, int]:
        """Where it stands among the others by the time that its name tells."""
        return bundle.order(self.name)


def scope_of(asked: Mapping[str, Any]) -> str:
    """What a run is about, by the names of a manifest's scope."""
    return canonical({name: asked.get(name) for name in _SCOPE}).decode()


def every(home: Path) -> list[Kept]:
    """All that has the name of a run, oldest first by that name; none where the folder is not there."""
    try:
        names = [entry.name for entry in os.scandir(home)]
    except FileNotFoundError:
        return []
    return sorted(_named(home, names), key=lambda each: each.order)


def _named(home: Path, names: list[str]) -> Iterator[Kept]:
    for name in names:
        try:
            bundle.order(name)
        except OSError:
            continue
        yield _read(home / name)


def _read(run: Path) -> Kept:
    if run.is_symlink() or not run.is_dir():
        return Kept(run.name, foreign="it is no folder")
    try:
        value = json.loads(disk.read(run / bundle.MANIFEST, _LIMIT))
        files = {each["name"]: each["sha256"] for each in value["files"]}
        found = Kept(
            run.name,
            value["complete"] is True,
            value.get("report"),
            scope_of(value["scope"]),
            files.get(REPORT),
            frozenset(each["sha256"] for each in value["configuration"] if each["kind"] == "baseline"),
            None if value["schema"] == bundle.MANIFEST_SCHEMA else "its manifest is not one of ours",
        )
        there = {each.relative_to(run).as_posix() for each in run.rglob("*") if each.is_symlink() or not each.is_dir()}
    except OSError as error:
        return Kept(run.name, foreign=f"its manifest cannot be read: {error.strerror}")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Kept(run.name, foreign="its manifest is torn, or not one of ours")
    if found.foreign is None and (more := there - {*files, bundle.MANIFEST, SEAL}):
        return replace(found, foreign=f"it holds what is not ours: {min(more)}")
    if found.foreign is None and not there >= files.keys():
        return replace(found, foreign="it lacks files of its manifest")
    return found


def last_complete(home: Path, report: str, scope: str) -> tuple[Path | None, list[str]]:
    """The newest complete run of a report that is there whole, and what was passed over on the way to it."""
    passed = []
    for each in reversed(every(home)):
        if each.foreign:
            passed.append(f"{each.name}: {each.foreign}")
        elif each.complete and (each.report, each.scope) == (report, scope) and each.sha256:
            if _whole(home / each.name / REPORT, each.sha256):
                return home / each.name, passed
            passed.append(f"{each.name}: its report.json is not the one that was written")
    return None, passed


def _whole(path: Path, sha256: str) -> bool:
    try:
        return digest(disk.read(path, _REPORTS)) == sha256
    except OSError:
        return False
