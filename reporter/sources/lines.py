"""The lines that declarations stand on, in the files that they were read from.

Only some formats of a check want them, and nothing of them is kept while declarations are read. Such a file is read
again, and a line is told only where the very record stands that was read then, by its digest. So a line is the right
one or none: of what was packed, streamed, written anew or is gone since, there is none.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

from reporter.errors import UnreadableError
from reporter.plain import disk
from reporter.plain.canonical import NotCanonicalError
from reporter.plain.json_places import Point, offsets, points
from reporter.prefactor.records import record
from reporter.sources import document

_GZIP: Final = b"\x1f\x8b"
_DIGITS: Final = 12  # of a place in a list


class Spot(NamedTuple):
    """A place in a record: the file and the place in it that this was read from, its digest, and a pointer into it."""

    file: str
    location: str
    sha256: str
    pointer: str


def found(spots: Iterable[Spot], max_megabytes: int) -> dict[Spot, Point]:
    """Where each of them is by now, as far as it is there; what is not there in its record is where it would be."""
    by_file: dict[str, set[Spot]] = {}
    for spot in spots:
        by_file.setdefault(spot.file, set()).add(spot)
    told: dict[Spot, Point] = {}
    for file, some in by_file.items():
        try:
            data = disk.read(Path(file), max_megabytes * disk.MEGABYTE)
            told |= {} if data.startswith(_GZIP) else _in_file(data, file, some)
        except (OSError, UnreadableError):
            continue
    return told


def _in_file(data: bytes, file: str, spots: Iterable[Spot]) -> dict[Spot, Point]:
    text, held, _ = document.placed(data, file)
    by_record: dict[tuple[str, str], list[Spot]] = {}
    for spot in spots:
        by_record.setdefault((spot.location, spot.sha256), []).append(spot)
    numbers = {each.pointer: number for number, each in enumerate(held)}
    starts: dict[Spot, int] = {}
    wanted: dict[int, dict[str, list[Spot]]] = {}
    for (location, sha256), some in by_record.items():
        top = location.removeprefix(file).removeprefix("#")
        # Of JSON Lines, the one that it is in; of all else the only one that there is.
        number = numbers.get("" if "" in numbers else f"/{top[1:].partition('/')[0]}")
        if number is not None and _is_there(held[number], top, sha256):
            below = top.removeprefix(held[number].pointer)
            for spot in some:
                wanted.setdefault(number, {}).setdefault(below + spot.pointer, []).append(spot)
    for number, by_pointer in wanted.items():
        for pointer, at in offsets(text, by_pointer, held[number].start).items():
            starts |= dict.fromkeys(by_pointer[pointer], at)
    lines = points(text, starts.values())
    return {spot: lines[at] for spot, at in starts.items()}


def _is_there(held: document.Held, pointer: str, sha256: str) -> bool:
    """Whether the record of that digest stands there."""
    value: Any = held.value
    for token in pointer.removeprefix(held.pointer).split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and len(key) < _DIGITS and int(key) < len(value):
            value = value[int(key)]
        else:
            return False
    try:
        return record("", value, source="", location="").sha256 == sha256
    except NotCanonicalError:
        return False
