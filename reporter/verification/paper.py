"""What a PDF that nobody trusts carries, and whether anything but signatures came to it since it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from reporter import carried
from reporter.carried import Evidence
from reporter.errors import UnreadableError
from reporter.plain.disk import MEGABYTE
from reporter.plain.text import shown
from reporter.verification import pdf_file
from reporter.verification.layer import Layer, named
from reporter.verification.pdf_file import File
from reporter.verification.pdf_syntax import Reference, Stream

LIMIT: Final = 256 * MEGABYTE
"""How many bytes may come of what is packed in one."""

#: What signing says of the whole document, beside it.
_OF_SIGNING: Final = frozenset({"AcroForm", "DSS", "Extensions", "Perms", "Version"})
_OF_WRITING: Final = frozenset({"Producer", "ModDate"})


@dataclass(frozen=True, slots=True)
class Paper:
    """A PDF.

    Attributes:
        where: What it is called.
        rendered: Its bytes as they were before anything was put behind them; ``data`` itself where nothing was.
        updates: How many times something was: once for each signature and each time-stamp.
        files: What it carries, by name.
    """

    where: str
    rendered: bytes = field(repr=False)
    updates: int
    files: Mapping[str, bytes] = field(repr=False)


def read(data: bytes, where: str, limit: int = LIMIT) -> Paper:
    """A PDF as far as it can be read without trusting it.

    Args:
        data: All of it.
        where: What it is called.
        limit: How many bytes may come of what is packed in it.

    Raises:
        UnreadableError: It is none of ours, or was changed by anything but a signature; the reason says which.
    """
    file = pdf_file.read(data, where, limit)
    for number in range(1, len(file.sections)):
        _only_signed(file, number)
    return Paper(where, data[: file.sections[0].end], len(file.sections) - 1, _files(file))


def evidence(paper: Paper) -> tuple[Evidence, Layer]:
    """What a PDF carries, and whether it fits its own manifest.

    Raises:
        UnreadableError: It carries no evidence, or none that this program wrote.
    """
    found = carried.again(dict(paper.files), paper.where)
    if found.wrong:
        return found, Layer("carried", "fails", f"not what {carried.MANIFEST} names", named(found.wrong))
    words = f"{carried.SNAPSHOT} and {carried.REPORT}, each with the digest that {carried.MANIFEST} gives"
    return found, Layer("carried", "holds", words)


def _files(file: File) -> dict[str, bytes]:
    carrying = [
        each.value
        for section in file.sections
        for each in section.objects.values()
        if isinstance(each.value, Stream) and each.value.told.get("Type") == "EmbeddedFile"
    ]
    names = file.followed(_part(file, _part(file, _root(file), "Names"), "EmbeddedFiles").get("Names", []))
    if len(carrying) > len(carried.NAMES) or not isinstance(names, list) or len(names) != 2 * len(carrying):
        what = f"carries {len(carrying):,} files, and lists {len(names) // 2:,}; a report carries {len(carried.NAMES)}"
        raise UnreadableError(what, where=file.where)
    found: dict[str, bytes] = {}
    for key, given in zip(names[::2], names[1::2], strict=True):
        told = file.followed(given)
        stream = file.followed(_part(file, told, "EF").get("F")) if isinstance(told, dict) else None
        if not isinstance(stream, Stream) or not any(stream is each for each in carrying):
            raise UnreadableError("lists a file that it does not carry", where=file.where)
        name = key.decode("latin-1") if isinstance(key, bytes) else ""
        if told.get("F") != key or told.get("UF") != key or name in found:
            raise UnreadableError(f"carries {shown(name, 80)} under two names, or twice", where=file.where)
        size = _part(file, stream.told, "Params").get("Size")
        data = file.budget.unpacked(stream, f"{file.where}, {shown(name, 80)}")
        if len(data) != size:
            what = f"carries {shown(name, 80)}, which is not as large as it says: {len(data):,} bytes"
            raise UnreadableError(what, where=file.where)
        found[name] = data
    return found


def _root(file: File, until: int | None = None) -> dict[str, Any]:
    found = file.followed(file.sections[0].trailer.get("Root"), until)
    if not isinstance(found, dict) or found.get("Type") != "Catalog":
        raise UnreadableError("a PDF that datarisk did not write", where=file.where)
    return found


def _part(file: File, of: Any, name: str) -> dict[str, Any]:
    found = file.followed(of.get(name, {})) if isinstance(of, dict) else {}
    return found if isinstance(found, dict) else {}


# What came since. A section behind the first may replace any page: it must do nothing but sign.


def _only_signed(file: File, section: int) -> None:
    """Whether a section changes nothing that was there but for what a signature needs.

    Raises:
        UnreadableError: It does.
    """
    for number in sorted(file.sections[section].numbers):
        then, now = file.object(number, section), file.object(number, section + 1)
        if number in file.sections[0].numbers:
            sound = _signs(file, section, number, then, now)
        elif isinstance(now, list):
            sound = _grown(file, section, then or [], now)
        else:
            sound = _unseen(now)
        if not sound:
            what = f"changed since it was made, by more than a signature: object {number} is another one"
            raise UnreadableError(what, where=file.where)


def _signs(file: File, section: int, number: int, then: Any, now: Any) -> bool:
    """Whether signing changes an object of the document in this way."""
    trailer, here = file.sections[0].trailer, Reference(number)
    if here == trailer.get("Root"):
        return _same_but(then, now, _OF_SIGNING)
    if here == trailer.get("Info"):
        return _same_but(then, now, _OF_WRITING)
    if here == _root(file, section).get("Metadata"):
        return isinstance(now, Stream) and now.told.get("Type") == "Metadata"
    if isinstance(then, dict) and then.get("Type") == "Page":
        if not _same_but(then, now, {"Annots"}):
            return False
        before = file.followed(then.get("Annots", []), section)
        return _grown(file, section, before, file.followed(now.get("Annots", []), section + 1))
    return isinstance(then, list) and _grown(file, section, then, now)


def _same_but(then: Any, now: Any, names: frozenset[str] | set[str]) -> bool:
    def rest(given: dict[str, Any]) -> dict[str, Any]:
        return {name: each for name, each in given.items() if name not in names}

    return isinstance(then, dict) and isinstance(now, dict) and rest(then) == rest(now)


def _grown(file: File, section: int, then: Any, now: Any) -> bool:
    """Whether a list got nothing but what nobody sees: what is seen may cover what is read."""
    if not isinstance(then, list) or not isinstance(now, list) or now[: len(then)] != then:
        return False
    return all(_unseen(file.followed(each, section + 1)) for each in now[len(then) :])


def _unseen(given: Any) -> bool:
    """Whether something has no place on a page, or is the place of a signature and has no extent."""
    if not isinstance(given, dict) or "Rect" not in given:
        return True
    return given.get("Subtype") == "Widget" and given.get("FT") == "Sig" and _no_extent(given["Rect"])


def _no_extent(place: Any) -> bool:
    return isinstance(place, list) and len(place) == 4 and place[:2] == place[2:]  # noqa: PLR2004
