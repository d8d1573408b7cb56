"""A run in a ZIP archive, as it is sent to somebody: read where it lies, and never unpacked to a disk."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reporter.bundle import MANIFEST
from reporter.errors import UnreadableError
from reporter.plain.disk import MEGABYTE
from reporter.plain.text import shown
from reporter.verification.place import BESIDE, MAX_FILES

_PIECE: Final = 1 << 20
_END: Final = b"PK\x05\x06"  # APPNOTE.TXT 4.3.16, the end of the central directory
_LARGER: Final = b"PK\x06\x07"  # 4.3.15, the locator of a ZIP64 end record
_END_BYTES: Final = 22
_MAX_COMMENT: Final = 0xFFFF
_MAX_DIRECTORY: Final = 10 * MEGABYTE
_ENCRYPTED: Final = 0x1
_READABLE: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True, slots=True)
class Packed:
    """The files of a ZIP archive, below the one folder that all of them are in, if they are.

    Attributes:
        name: The archive's.
        members: Its entries, by the names of a run's files.
    """

    name: str
    file: zipfile.ZipFile
    members: dict[str, zipfile.ZipInfo]

    def sizes(self) -> dict[str, int]:
        """As ``Place`` has it, as the archive says it; ``pieces`` finds out whether it is so."""
        return {name: member.file_size for name, member in sorted(self.members.items())}

    def pieces(self, name: str) -> Iterator[bytes]:
        """As ``Place`` has it; of what holds more than the archive says, no more than that is unpacked."""
        where = f"{self.name}/{shown(name, 200)}"
        if name not in self.members:
            raise UnreadableError("not there", where=where)
        left = self.members[name].file_size
        try:
            with self.file.open(self.members[name]) as file:
                while piece := file.read(_PIECE):
                    left -= len(piece)
                    if left < 0:
                        raise UnreadableError("it holds more than the archive says", where=where)
                    yield piece
        # Whatever it is that a broken or a hostile archive holds: the module raises all of these.
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise UnreadableError(f"cannot be unpacked: {error}", where=where) from error

    def beside(self, run: str) -> bytes | None:  # noqa: ARG002
        """As ``Place`` has it: nothing lies beside it."""
        return None


def opened(path: Path) -> Packed:
    """The run in an archive.

    Raises:
        UnreadableError: It is no ZIP archive, or holds what no run does: links, two files of one name, too many.
    """
    where = str(path)
    try:
        _look_at_end(path)
        file = zipfile.ZipFile(path)
        every = file.infolist()
        members = [each for each in every if not each.is_dir() or each.file_size]
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UnreadableError(f"no ZIP archive that can be read: {why}", where=where) from error
    for each in members:
        if each.flag_bits & _ENCRYPTED or each.compress_type not in _READABLE:
            raise UnreadableError(
                f"{shown(each.filename, 200)} is encrypted, or packed in a way of its own", where=where
            )
        if stat.S_ISLNK(each.external_attr >> 16):
            raise UnreadableError(f"{shown(each.filename, 200)} is a link, which no run holds", where=where)
    if file.comment or min((each.header_offset for each in every), default=0):
        raise UnreadableError("it holds something besides its files, which nobody who unpacks it sees", where=where)
    manifest = next((each.filename for each in members if each.filename.rpartition("/")[2] == MANIFEST), MANIFEST)
    folder = manifest.removesuffix(MANIFEST)
    # What lies beside that folder is told as such.
    names = {
        each.filename.removeprefix(folder) if each.filename.startswith(folder) else f"{BESIDE}{each.filename}": each
        for each in members
    }
    if len(names) != len(members):
        raise UnreadableError("two files of one name", where=where)
    return Packed(where, file, names)


def _look_at_end(path: Path) -> None:
    """Finds out how much its directory is before it is read: it would all be kept in memory."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _END_BYTES - _MAX_COMMENT))
        tail = file.read()
    at = tail.rfind(_END)
    end = tail[at : at + _END_BYTES]
    if at < 0 or len(end) < _END_BYTES:
        raise ValueError("it has no end, so that it may have been cut off")
    entries, length = int.from_bytes(end[10:12], "little"), int.from_bytes(end[12:16], "little")
    # Where there are larger numbers, they count, and not these.
    if _LARGER in tail[:at] or entries > MAX_FILES or length > _MAX_DIRECTORY:
        raise ValueError(f"more than {MAX_FILES:,} files, which no run has")
