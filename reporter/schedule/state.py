"""What the run of a report leaves for the next one, in the folder of its runs: its lock, and what was told.

::

    <output>/.datarisk-run/<report>.lock
    <output>/.datarisk-run/<report>.json
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Final, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from reporter.bundle import distinct_name
from reporter.plain import disk
from reporter.schedule.news import Told

SCHEMA: Final = "datarisk/run-state/1"
_FOLDER: Final = ".datarisk-run"
_LIMIT: Final = 100 * disk.MEGABYTE


@dataclass(frozen=True, config=ConfigDict(extra="forbid", strict=True))
class _File:
    schema: Literal["datarisk/run-state/1"]
    report: str
    told: Told


_SHAPE: Final = TypeAdapter(_File)


def place(output: Path, name: str, ending: Literal["lock", "json"]) -> Path:
    """Where a report keeps it; no two names share one."""
    return output / _FOLDER / f"{distinct_name(name, name)}.{ending}"


def read(output: Path, name: str) -> tuple[Told, str | None]:
    """What was told, and why that is not known where it is not; then it is as if nothing had been."""
    path = place(output, name, "json")
    try:
        found = _SHAPE.validate_json(disk.read(path, _LIMIT))
    except FileNotFoundError:
        return Told(), None
    except OSError as error:
        return Told(), f"{path}: cannot be read: {error.strerror}"
    except ValidationError:
        return Told(), f"{path}: not written by this program, or not whole"
    if found.report != name:
        return Told(), f"{path}: of another report"
    return found.told, None


def write(output: Path, name: str, told: Told) -> None:
    """Keeps what was told, in whole or not at all; ``OutputError`` or ``FaultError`` say why not."""
    value = {"schema": SCHEMA, "report": name, "told": asdict(told)}
    disk.write_file(place(output, name, "json"), json.dumps(value, sort_keys=True, indent=1).encode() + b"\n")
