"""The command ``verify``: whether a run can be relied on, by what it holds itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from reporter.archive import runs
from reporter.archive.stores import Folder, opened
from reporter.bundle import MANIFEST
from reporter.cli.terminal import Terminal
from reporter.errors import DatariskError, EvidenceError, UnreadableError, UsageError
from reporter.plain import disk
from reporter.plain.disk import MEGABYTE
from reporter.plain.memory import collecting_later
from reporter.plain.text import shown
from reporter.seal.envelope import SEAL
from reporter.verification import chain, document, files, made, packed, place, seal, signed
from reporter.verification import trust as trusting
from reporter.verification.layer import Layer
from reporter.verification.place import Place, whole
from reporter.verification.trust import Trust

_SCHEMA: Final = "datarisk/verification/1"
_MEGABYTES: Final = 100
_SEAL_LIMIT: Final = 20 * MEGABYTE
_RUN: Final = "Name a run's folder, such as reports/local/latest"
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
    """Looks at a run, or at all of an archive, layer by layer; returns the exit status.

    Raises:
        UsageError: There is nothing at that place.
        MissingPart: What reaches it is not installed.
    """
    trusted = trusting.read(Path(each) for each in trust)
    with terminal.progress("verifying") as bar, collecting_later():
        if archive:
            layers = tuple(_of_archive(target))
        else:
            templates = Path(template_dir) if template_dir else None
            limit = (max_megabytes or _MEGABYTES) * MEGABYTE
            of = _of_pdf if target.lower().endswith(".pdf") else _of_run
            layers = tuple(of(target, limit, templates, trusted, bar.step))
    if as_json:
        terminal.result(json.dumps(_value(target, layers), indent=2, ensure_ascii=False))
    else:
        for line in _lines(layers):
            terminal.result(line)
    return 0 if _holds(layers) else EvidenceError.exit_status


def _of_archive(target: str) -> Iterator[Layer]:
    """Every account of an archive, or the one whose folder was named."""
    store = opened(target)
    if isinstance(store, Folder) and not store.root.is_dir():
        raise UsageError("not there", where=target, remedy=_ARCHIVE)
    homes = [name for name in store.names() if not name.startswith(".")]
    if isinstance(store, Folder) and any(runs.order(name) for name in homes):
        root = store.root.resolve()
        store, homes = Folder(root.parent), [root.name]
    if not homes:
        raise UsageError("no runs lie there", where=target, remedy=_ARCHIVE)
    for home in homes:
        yield chain.of_account(store, home)
        if isinstance(store, Folder):
            yield chain.files_of(store, home)


def _place(target: str) -> Place:
    path = Path(target)
    if path.name == MANIFEST:
        path = path.parent
    if not path.exists():
        raise UsageError("not there", where=target, remedy=_RUN)
    if path.suffix.lower() == ".zip":
        return packed.opened(path)
    if not path.is_dir():
        raise UsageError("no run of datarisk", where=target, remedy=_RUN)
    return place.Folder(path)


def _of_run(target: str, limit: int, templates: Path | None, trust: Trust, step: Any) -> Iterator[Layer]:
    try:
        where = _place(target)
        listed = files.manifest(where)
        yield files.files(where, listed)
    except UnreadableError as error:
        # What cannot be read is no usage mistake here: it is what verification is for.
        yield Layer("files", "fails", shown(str(error), 500))
        return
    try:
        again = made.made(where, limit, templates, step)
    except DatariskError as error:
        yield Layer("documents", "unknown", shown(f"cannot be made again: {error}", 500))
    else:
        yield made.files(where, listed, again, limit)
    yield chain.before(listed, where.beside)
    yield from signed.layers(where, listed, trust, datetime.now(UTC), limit)
    yield from _sealed(where, listed, trust)


def _of_pdf(target: str, limit: int, templates: Path | None, trust: Trust, step: Any) -> Iterator[Layer]:
    try:
        data = disk.read(Path(target), limit)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=target, remedy=_RUN) from error
    yield from document.layers(data, trust, datetime.now(UTC), templates=templates, progress=step)


def _sealed(where: Place, listed: files.Listed, trust: Trust) -> Iterator[Layer]:
    try:
        data = whole(where, SEAL, _SEAL_LIMIT) if SEAL in where.sizes() else None
    except UnreadableError as error:
        yield Layer("seal", "fails", shown(str(error), 300))
        return
    yield from seal.layers(data, listed, trust, datetime.now(UTC))


def _value(target: str, layers: Sequence[Layer]) -> dict[str, Any]:
    told = [
        {"name": each.name, "status": each.status, "words": each.words, "details": list(each.details)}
        for each in layers
    ]
    return {"schema": _SCHEMA, "target": target, "holds": _holds(layers), "layers": told}


def _holds(layers: Sequence[Layer]) -> bool:
    return all(layer.status in ("holds", "not asked") for layer in layers)


def _lines(layers: Sequence[Layer]) -> Iterator[str]:
    width = max(len(each.status) for each in layers)
    name = max(len(each.name) for each in layers)
    for each in layers:
        yield f"{each.status:<{width}}  {each.name:<{name}}  {each.words}"
        for detail in each.details:
            yield f"{'':<{width}}  {'':<{name}}    {detail}"
