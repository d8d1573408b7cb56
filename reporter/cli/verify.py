"""The command ``verify``: whether a run can be relied on, by what it holds itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from reporter.archive import runs
from reporter.archive.stores import Folder, opened
from reporter.bundle import MANIFEST
from reporter.cli.terminal import Terminal
from reporter.errors import DatariskError, EvidenceError, UnreadableError, UsageError
from reporter.plain.disk import MEGABYTE
from reporter.plain.memory import collecting_later
from reporter.plain.text import shown
from reporter.verification import chain, files, made, packed, place
from reporter.verification.layer import Layer
from reporter.verification.place import Place

_SCHEMA: Final = "datarisk/verification/1"
_MEGABYTES: Final = 100
_RUN: Final = "Name a run's folder, such as reports/local/latest"
_ARCHIVE: Final = "Name the folder that runs are kept in, such as reports"


def verify(
    terminal: Terminal,
    *,
    target: str,
    as_json: bool | None,
    archive: bool | None,
    template_dir: str | None,
    max_megabytes: int | None,
) -> int:
    """Looks at a run, or at all of an archive, layer by layer; returns the exit status.

    Raises:
        UsageError: There is nothing at that place.
        MissingPart: What reaches it is not installed.
    """
    with terminal.progress("verifying") as bar, collecting_later():
        if archive:
            layers = tuple(_of_archive(target))
        else:
            templates = Path(template_dir) if template_dir else None
            layers = tuple(_of_run(target, (max_megabytes or _MEGABYTES) * MEGABYTE, templates, bar.step))
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


def _of_run(target: str, limit: int, templates: Path | None, step: Any) -> Iterator[Layer]:
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
    yield _UNSEALED


_UNSEALED: Final = Layer(
    "seal",
    "not asked",
    "there is none: the layers above show that the files fit each other and the evidence; they cannot show who made "
    "the run, when, or that the platform said so, as whoever can run datarisk can make such a run",
)


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
