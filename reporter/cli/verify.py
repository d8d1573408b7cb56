"""The command ``verify``: whether a run can be relied on, by what it holds itself."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, get_args

from reporter.archive import runs
from reporter.archive.stores import Folder, opened
from reporter.bundle import MANIFEST, SNAPSHOT
from reporter.cli.terminal import Terminal
from reporter.errors import EvidenceError, UsageError
from reporter.plain import disk
from reporter.plain.disk import MEGABYTE
from reporter.plain.memory import collecting_later
from reporter.plain.text import shown
from reporter.verification import chain, document, packed, place, run
from reporter.verification import trust as trusting
from reporter.verification.layer import Layer, Status
from reporter.verification.place import Place
from reporter.verification.trust import Trust

_SCHEMA: Final = "datarisk/verification/1"
_RUN: Final = "Name a run's folder, such as reports/local/latest, or its report.pdf"
_MAKERS: Final = frozenset({"sealed by", "signed by"})
_AUTHORS: Final = _MAKERS | {"seal", "signature"}
_ARCHIVE: Final = "Name the folder that runs are kept in, such as reports"


def verify(
    terminal: Terminal,
    *,
    target: str,
    as_json: bool | None,
    archive: bool | None,
    trust: Sequence[str],
    template_dir: str | None,
    max_megabytes: int | None,
) -> int:
    """Looks at a run, at a PDF alone, or at all of an archive, layer by layer; returns the exit status.

    Raises:
        UsageError: There is nothing at that place.
        MissingPart: What reaches it is not installed.
    """
    trusted = trusting.read(Path(each) for each in trust)
    limit = max_megabytes * MEGABYTE if max_megabytes else run.LIMIT
    templates, now = Path(template_dir) if template_dir else None, datetime.now(UTC)
    with terminal.progress("verifying") as bar, collecting_later():
        if archive:
            found = _of_archive(target, trusted, now)
        elif target.lower().endswith(".pdf"):
            found = document.layers(_pdf(target, limit), trusted, now, templates=templates, progress=bar.step)
        else:
            where = partial(_place, _there(target))
            found = run.layers(where, trusted, now, limit=limit, templates=templates, progress=bar.step)
        layers = tuple(found)
    if as_json:
        terminal.result(json.dumps(_value(target, layers), indent=2, ensure_ascii=False))
    else:
        for line in (*_lines(layers), _verdict(layers)):
            terminal.result(line)
    return 0 if _holds(layers) else EvidenceError.exit_status


def _of_archive(target: str, trust: Trust, now: datetime) -> Iterator[Layer]:
    """Every account of an archive, or the one whose folder was named."""
    store = opened(target)
    if isinstance(store, Folder) and not store.root.is_dir():
        raise UsageError("not there", where=target, remedy=_ARCHIVE)
    if trust.is_asked and not isinstance(store, Folder):
        remedy = "Copy the archive to a folder, or leave --trust out"
        raise UsageError("seals are looked at in a folder alone", where=target, remedy=remedy)
    homes = [name for name in store.names() if not name.startswith(".")]
    if isinstance(store, Folder) and any(runs.order(name) for name in homes):
        root = store.root.resolve()
        store, homes = Folder(root.parent), [root.name]
    homes = [home for home in homes if any(runs.order(name) for name in store.names(home))]
    if not homes:
        raise UsageError("no runs lie there", where=target, remedy=_ARCHIVE)
    for home in homes:
        yield chain.of_account(store, home)
        if isinstance(store, Folder):
            yield chain.files_of(store, home)
            if trust.is_asked:
                yield chain.seals_of(store, home, trust, now)
    if not trust.is_asked:
        yield Layer("sealed by", "not checked", "seals are looked at where --trust names somebody")


def _there(target: str) -> Path:
    path = Path(target)
    if path.name == MANIFEST:
        path = path.parent
    if not path.exists():
        raise UsageError("not there", where=target, remedy=_RUN)
    if path.is_dir() and not os.path.lexists(path / MANIFEST) and not os.path.lexists(path / SNAPSHOT):
        some = any(each.is_dir() for each in path.iterdir())
        remedy = f"{_RUN}; or say --archive, for all runs that are kept there" if some else _RUN
        raise UsageError("no run lies there", where=target, remedy=remedy)
    if not path.is_dir() and path.suffix.lower() != ".zip":
        raise UsageError("no run of datarisk", where=target, remedy=_RUN)
    return path


def _place(path: Path) -> Place:
    return place.Folder(path) if path.is_dir() else packed.opened(path)


def _pdf(target: str, limit: int) -> bytes:
    try:
        return disk.read(Path(target), limit)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=target, remedy=_RUN) from error


def _value(target: str, layers: Sequence[Layer]) -> dict[str, Any]:
    told = [
        {"name": each.name, "status": each.status, "words": each.words, "details": list(each.details)}
        for each in layers
    ]
    head = {"schema": _SCHEMA, "target": shown(target, 1000), "holds": _holds(layers), "verdict": _verdict(layers)}
    return {**head, "layers": told}


def _holds(layers: Sequence[Layer]) -> bool:
    return all(layer.status in ("holds", "not checked") for layer in layers)


def _verdict(layers: Sequence[Layer]) -> str:
    """What to conclude, in a sentence or two."""
    by = {status: [each.name for each in layers if each.status == status] for status in get_args(Status)}
    if by["fails"]:
        return f"Result: do not rely on it. What does not hold: {', '.join(dict.fromkeys(by['fails']))}."
    if by["unknown"]:
        return (
            f"Result: nothing may be concluded. What could not be found out: {', '.join(dict.fromkeys(by['unknown']))}."
        )
    if _AUTHORS & {*by["not checked"]}:
        known = "name whom you trust with --trust" if _MAKERS & {*by["not checked"]} else "it has no seal"
        return f"Result: nothing is wrong with what was looked at. Who made it is not shown: {known}."
    return (
        "Result: it holds, and who made it is somebody whom you trust."
        if _AUTHORS & {*by["holds"]}
        else "Result: it holds."
    )


def _lines(layers: Sequence[Layer]) -> Iterator[str]:
    width = max(len(each.status) for each in layers)
    name = max(len(each.name) for each in layers)
    for each in layers:
        yield f"{each.status:<{width}}  {each.name:<{name}}  {each.words}"
        for detail in each.details:
            yield f"{'':<{width}}  {'':<{name}}    {detail}"
