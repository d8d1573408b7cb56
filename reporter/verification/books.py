"""Which cells of a workbook are not those that its evidence gives.

Both are taken apart as the archives that they are, and their sheets only as this program writes them. What is kept is
hostile: of none of its members more is unpacked than ours has, and a little.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from html import unescape
from typing import Final

from reporter.errors import UnreadableError
from reporter.plain.disk import MEGABYTE
from reporter.plain.text import shown
from reporter.verification.words import ABSENT, first, said, words
from reporter.view.report import Report

_LARGEST: Final = 64 * MEGABYTE  # of a sheet that is looked into
_MEMBERS: Final = 2000
_SHEET: Final = re.compile(r"xl/worksheets/sheet(\d{1,4})\.xml")
_NAME: Final = re.compile(r'<sheet name="([^"]*)"')
_PLACE: Final = re.compile(r"[A-Z]{1,3}[0-9]{1,7}\"")
_PIECE: Final = 1 << 20


def in_book(kept: bytes, again: bytes, _: Report) -> Iterator[str]:
    """Each cell that says something else, or else the member of the archive that does.

    Args:
        kept: The workbook that lies there.
        again: The workbook that the evidence gives.

    Raises:
        UnreadableError: What lies there is no archive that can be read.
    """
    try:
        alike = True
        for each in _differing(zipfile.ZipFile(io.BytesIO(kept)), zipfile.ZipFile(io.BytesIO(again))):
            alike = False
            yield each
    # Whatever it is that a broken or a hostile archive holds: the module raises all of these.
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise UnreadableError(f"no workbook that can be unpacked: {shown(str(error), 80)}", where="it") from error
    if alike:
        at = first(kept, again) + 1
        yield f"each of its members holds the same, and another program wrote the archive, from byte {at:,} on"


def _differing(kept: zipfile.ZipFile, again: zipfile.ZipFile) -> Iterator[str]:
    theirs = {each.filename: each for each in kept.infolist()}
    ours = {each.filename: each for each in again.infolist()}
    if len(theirs) != len(kept.infolist()) or len(theirs) > _MEMBERS:
        yield "the archive holds two members of one name, or more than any workbook of ours"
        return
    names = _NAME.findall(again.read("xl/workbook.xml").decode())
    for name in [*ours, *(name for name in theirs if name not in ours)]:
        member = f"its member {shown(name, 120)}"
        if name not in theirs or name not in ours:
            yield f"{member} is gone" if name in ours else f"{member} is none that the evidence gives"
        elif not _same(kept, again, name):
            sheet = _SHEET.fullmatch(name)
            size = max(theirs[name].file_size, ours[name].file_size)
            if sheet and int(sheet[1]) <= len(names) and size <= _LARGEST:
                title = f"sheet {shown(unescape(names[int(sheet[1]) - 1]), 60)}"
                yield from _in_sheet(title, member, kept.read(name), again.read(name))
            else:
                yield f"{member} is not what the evidence gives"


def _same(kept: zipfile.ZipFile, again: zipfile.ZipFile, name: str) -> bool:
    """Whether a member holds the same in both, without either in memory."""
    if kept.getinfo(name).file_size != again.getinfo(name).file_size:
        return False
    with kept.open(name) as theirs, again.open(name) as ours:
        while our := ours.read(_PIECE):
            if theirs.read(len(our)) != our:
                return False
        return not theirs.read(1)


def _in_sheet(title: str, member: str, kept: bytes, again: bytes) -> Iterator[str]:
    """The cells that differ, each with the claim of its row."""
    _, *ours = again.decode().split('<c r="')
    _, *theirs = kept.decode("utf-8", "replace").split('<c r="')
    there, given = _cells(theirs), _cells(ours)
    claims = {}
    for place, cell in given.items():
        if (text := _seen(cell)).startswith("agents/"):
            claims[_row(place)] = text
    alike = True
    for place in [*given, *(place for place in there if place not in given)]:
        their, our = there.get(place), given.get(place)
        if their != our:
            alike = False
            claim = claims.get(_row(place))
            at = f"{title}, cell {place}" + (f", claim {claim}," if claim else "")
            told = [ABSENT if each is None else words(_seen(each)) for each in (their, our)]
            if their is not None and our is not None and _seen(their) == _seen(our):
                yield f"{at} says the same, and is not written as the evidence gives it: it may look otherwise"
            else:
                yield said(at, *told)
    if alike:
        yield f"{title}: its cells are the same, and something else of {member} is not what the evidence gives"


def _cells(pieces: list[str]) -> dict[str, str]:
    """How each cell is written, by its place."""
    found = {}
    for piece in pieces:
        if place := _PLACE.match(piece):
            found[place[0][:-1]] = piece[place.end() :]
    return found


def _row(place: str) -> str:
    return place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _seen(cell: str) -> str:
    """What a reader sees of a cell."""
    return unescape(re.sub(r"<[^<>]*(>|$)", "", cell.partition(">")[2]))
