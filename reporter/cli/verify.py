"""The command ``verify``: whether a run can be relied on, by what it holds itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from reporter.bundle import MANIFEST
from reporter.cli.terminal import Terminal
from reporter.errors import DatariskError, EvidenceError, UnreadableError, UsageError
from reporter.plain.disk import MEGABYTE
from reporter.plain.memory import collecting_later
from reporter.plain.text import shown
from reporter.verification import files, made
from reporter.verification.layer import Layer
from reporter.verification.place import Folder, Place

_SCHEMA: Final = "datarisk/verification/1"
_MEGABYTES: Final = 100


def verify(
    terminal: Terminal,
    *,
    target: str,
    as_json: bool | None,
    template_dir: str | None,
    max_megabytes: int | None,
) -> int:
    """Looks at a run layer by layer; returns the exit status.

    Raises:
        UsageError: There is nothing at that place.
    """
    place = _place(target)
    limit = (max_megabytes or _MEGABYTES) * MEGABYTE
    with terminal.progress("verifying") as bar, collecting_later():
        layers = tuple(_of_run(place, limit, Path(template_dir) if template_dir else None, bar.step))
    if as_json:
        terminal.result(json.dumps(_value(target, layers), indent=2, ensure_ascii=False))
    else:
        for line in _lines(layers):
            terminal.result(line)
    return 0 if all(layer.status in ("holds", "not asked") for layer in layers) else EvidenceError.exit_status


def _place(target: str) -> Place:
    path = Path(target)
    if path.name == MANIFEST:
        path = path.parent
    if not path.exists():
        raise UsageError("not there", where=target, remedy="Name a run's folder, such as reports/local/latest")
    if not path.is_dir():
        raise UsageError("no run of datarisk", where=target, remedy="Name a run's folder, such as reports/local/latest")
    return Folder(path)


def _of_run(place: Place, limit: int, templates: Path | None, step: Any) -> Iterator[Layer]:
    try:
        listed = files.manifest(place)
        yield files.files(place, listed)
    except UnreadableError as error:
        # What cannot be read is no usage mistake here: it is what verification is for.
        yield Layer("files", "fails", shown(str(error), 500))
        return
    try:
        again = made.made(place, limit, templates, step)
    except DatariskError as error:
        yield Layer("documents", "unknown", shown(f"cannot be made again: {error}", 500))
    else:
        yield made.files(listed, again)
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
