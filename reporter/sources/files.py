"""Declarations from files, folders and standard input; what each file holds is told by its shape.

A file that cannot be read or understood is a gap with a reason, never a crash and never an absence.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from reporter.canonical import NotCanonicalError
from reporter.errors import UnreadableError, UsageError
from reporter.model import Gap, NotUsed, Record, Source
from reporter.prefactor import records, shapes
from reporter.sources import document, snapshot
from reporter.sources.collected import Collected, together

STDIN = "-"
OTHER_FILE = "file"
_STDIN_NAME = "standard-input"
Progress = Callable[[int, int], None]
"""Is told how many files are read, of how many."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files, folders and ``-`` that somebody named.

    Attributes:
        paths: As they were given.
        collected_at: The run's clock.
        agent_name: Whose declarations those are that name no agent; by default each file's stem.
        max_megabytes: How large one file may be.
    """

    paths: Sequence[str]
    collected_at: datetime
    agent_name: str | None = None
    max_megabytes: int = 100
    stdin: BinaryIO = field(default_factory=lambda: sys.stdin.buffer)

    def collect(self, progress: Progress | None = None) -> Collected:
        """Reads them all.

        Raises:
            UsageError: One of them is not there; nothing was read then.
        """
        found = [item for path in dict.fromkeys(self.paths) for item in self._find(path)]
        parts: list[Collected] = []
        for done, item in enumerate(found):
            if progress:
                progress(done, len(found))
            parts.append(self._read(item) if isinstance(item, str) else item)
        if progress:
            progress(len(found), len(found))
        return together(parts)

    def _find(self, given: str) -> Iterator[str | Collected]:
        """The files that a path stands for, and what a folder holds beside them."""
        path = Path(given)
        if given == STDIN or path.is_file():
            yield given
        elif path.is_dir():
            yield from self._find_in(path)
        elif path.exists():
            yield given
        else:
            raise UsageError("there is no such file or folder", where=given, remedy="Check the path")

    def _find_in(self, folder: Path) -> Iterator[str | Collected]:
        """Every ``.json`` below a folder; of a bundle of ours only its evidence. Links are not followed."""
        if _is_bundle(folder):
            yield str(folder / "evidence" / "snapshot.json")
            return
        names, others = [], 0
        for parent, folders, files in os.walk(folder):
            if _is_bundle(Path(parent)):
                names.append(Path(parent, "evidence", "snapshot.json"))
                folders.clear()
                continue
            folders[:] = [name for name in folders if not name.startswith(".")]
            kept = [name for name in files if name.lower().endswith(".json") and not name.startswith(".")]
            others += len(files) - len(kept)
            names += [Path(parent, name) for name in kept]
        if not names:
            gap = Gap(f"folder {folder}", "it holds no .json file", location=str(folder))
            yield Collected(sources=(self._source(str(folder)),), gaps=(gap,))
        if others:
            yield Collected(not_used=(NotUsed(OTHER_FILE, others, folder.as_posix()),))
        yield from sorted(str(name) for name in names)

    def _source(self, given: str) -> Source:
        if given == STDIN:
            return Source("stdin", _STDIN_NAME, self.collected_at)
        return Source("file", Path(given).as_posix(), self.collected_at)

    def _read(self, given: str) -> Collected:
        source = self._source(given)
        try:
            value = document.parse(self._bytes(given), source.location)
            if snapshot.is_snapshot(value):
                return snapshot.from_value(value, source.location)
            return self._of_value(value, source)
        except UnreadableError as error:
            gap = Gap(f"file {source.location}", _reason(error), location=source.location)
            return Collected(sources=(source,), gaps=(gap,))

    def _bytes(self, given: str) -> bytes:
        limit = self.max_megabytes * document.MEGABYTE
        try:
            if given == STDIN:
                data = self.stdin.read(limit + 1)
            else:
                with Path(given).open("rb") as file:
                    size = os.fstat(file.fileno()).st_size
                    data = b"" if size > limit else file.read(limit + 1)
                    self._check_size(size, given)
        except OSError as error:
            raise UnreadableError(f"cannot be read: {error.strerror}", where=given) from error
        self._check_size(len(data), given)
        return data

    def _check_size(self, size: int, given: str) -> None:
        if size > self.max_megabytes * document.MEGABYTE:
            raise UnreadableError(
                f"larger than {self.max_megabytes} MB",
                where=given,
                remedy="Split it, or raise the limit with --max-megabytes",
            )

    def _of_value(self, value: Any, source: Source) -> Collected:
        if isinstance(value, dict) and str(value.get("schema")).startswith("datarisk/"):
            raise UnreadableError(
                f"{value['schema']} is made from evidence and is none",
                where=source.location,
                remedy="Name the bundle's folder, or its evidence/snapshot.json",
            )
        kept: list[Record] = []
        gaps: list[Gap] = []
        unused: Counter[str] = Counter()
        for unit in shapes.units(value):
            location = f"{source.location}#{unit.pointer}" if unit.pointer else source.location
            if isinstance(unit, shapes.NotUnderstood):
                gaps.append(Gap(f"a part of {source.location}", unit.why, location=location))
            elif unit.kind in shapes.UNUSED_TYPES:
                unused[unit.kind] += 1
            else:
                self._keep(unit, source, location, kept, gaps)
        not_used = tuple(NotUsed(kind, count, source.location) for kind, count in unused.items())
        return Collected((source,), tuple(kept), tuple(gaps), not_used)

    def _keep(self, unit: shapes.Unit, source: Source, location: str, kept: list[Record], gaps: list[Gap]) -> None:
        agent_id, agent_name = self._agent(source)
        try:
            record = records.record(
                unit.kind,
                unit.value,
                source=source.location,
                location=location,
                agent_id=agent_id if unit.kind in _MAY_NAME_NO_AGENT else None,
                agent_name=agent_name if unit.kind in _MAY_NAME_NO_AGENT else None,
            )
        except NotCanonicalError as error:
            gaps.append(Gap(f"a part of {source.location}", str(error), location=location))
        else:
            kept.append(record)

    def _agent(self, source: Source) -> tuple[str, str]:
        """Two files of one stem are two agents of one name, unless a name was given."""
        if self.agent_name:
            return self.agent_name, self.agent_name
        path = Path(source.location)
        return path.with_suffix("").as_posix(), path.stem


_MAY_NAME_NO_AGENT = frozenset(
    {shapes.REGISTRATION, shapes.SCHEMA_REGISTRATION, shapes.SPAN_TYPES, shapes.SCHEMA_VERSION}
)


def _reason(error: UnreadableError) -> str:
    return f"{error.what}. {error.remedy}" if error.remedy else error.what


def _is_bundle(folder: Path) -> bool:
    """Whether a folder is a bundle of ours, by what its manifest says and not by its name."""
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(manifest, dict) and str(manifest.get("schema")).startswith("datarisk/manifest/")
