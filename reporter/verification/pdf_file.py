"""A PDF that nobody trusts, as its sections: what was rendered, and what was put behind it to sign it.

Each section is a row of objects, with nothing between them, and the table that says where they stand (ISO 32000-1,
7.5.6 and 7.5.8); the table has to say what is there. A program that shows the file follows the tables, so that it finds
the same objects as this one, which reads from front to back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from reporter.errors import UnreadableError
from reporter.verification.pdf_syntax import Budget, Placed, Reference, Stream, placed, value

_HEAD: Final = re.compile(rb"%PDF-1\.7\n%[\x80-\xff]{4}\n")
_END: Final = re.compile(rb"\s*startxref\s+(\d{1,19})\s+%%EOF\r?\n")
_TEXT: Final = re.compile(rb"\([^\\()]*(?:\\.[^\\()]*)*\)", re.DOTALL)
_SECTIONS: Final = 8
_MOST: Final = 2**32
_MISTAKEN: Final = "its table of objects does not say what is there"
#: What makes a program that shows the file do something, or look elsewhere; and encryption.
_ACTIVE: Final = re.compile(
    rb"/(AA|OpenAction|JavaScript|JS|Launch|SubmitForm|ImportData|ResetForm|GoToR|GoToE|GoTo3DView|Hide|Named|Thread"
    rb"|SetOCGState|Rendition|RichMedia\w*|Movie|Sound|Screen|3D|Trans|XFA|Encrypt|Crypt|Collection|FileAttachment|OPI|FFilter)"
    rb"(?![^\x00-\x20()<>\[\]{}/%])"
)
_SPELLED: Final = re.compile(rb"/[^\x00-\x20()<>\[\]{}/%]*#(?!2f)")


@dataclass(frozen=True, slots=True)
class Section:
    """One of them.

    Attributes:
        end: Where it ends in the file.
        objects: What stands in it by itself.
        packed: Where others begin in the text that they are packed into, by their numbers.
        text: That text.
        trailer: Where to begin.
    """

    end: int
    objects: dict[int, Placed] = field(repr=False)
    packed: dict[int, int] = field(repr=False)
    text: bytes = field(repr=False)
    trailer: dict[str, Any] = field(repr=False)

    @property
    def numbers(self) -> set[int]:
        """Of all its objects."""
        return {*self.objects, *self.packed}


@dataclass(frozen=True, slots=True)
class File:
    """A PDF as its sections, the first of which was rendered."""

    where: str
    sections: tuple[Section, ...] = field(repr=False)
    budget: Budget = field(repr=False)

    def object(self, number: int, until: int | None = None) -> Any:
        """An object as the file has it, or as it was before section ``until``; None where there is none."""
        for section in reversed(self.sections[:until]):
            if number in section.objects:
                return section.objects[number].value
            if number in section.packed:
                return value(section.text, section.packed[number], self.where)[0]
        return None

    def followed(self, given: Any, until: int | None = None) -> Any:
        """What a value leads to, or itself."""
        return self.object(given.number, until) if isinstance(given, Reference) else given


def read(data: bytes, where: str, limit: int) -> File:
    """The sections of a PDF.

    Args:
        data: All of it.
        where: What it is called.
        limit: How many bytes may come of what is packed in it.

    Raises:
        UnreadableError: It is no PDF, not written as ours are, too large once unpacked, or it would do something.
    """
    head = _HEAD.match(data)
    if head is None:
        what = "a PDF that datarisk did not write" if data.startswith(b"%PDF-") else "no PDF"
        raise UnreadableError(what, where=where)
    budget, at, before = Budget(limit), head.end(), None
    found: list[Section] = []
    while at < len(data):
        if len(found) == _SECTIONS:
            raise UnreadableError(f"changed more than {_SECTIONS - 1} times since it was made", where=where)
        section, before = _section(data, at, before, where, budget)
        found.append(section)
        at = section.end
    first = found[0].trailer if found else {}
    sizes = [each.trailer["Size"] for each in found]
    # Beyond its size there are no objects: a smaller one than before would take some away.
    if (
        not found
        or sizes != sorted(sizes)
        or any(each.trailer.get(key) != first.get(key) for each in found for key in ("Root", "Info"))
    ):
        raise UnreadableError("a PDF that datarisk did not write", where=where)
    return File(where, tuple(found), budget)


def _section(data: bytes, at: int, before: int | None, where: str, budget: Budget) -> tuple[Section, int]:
    objects: dict[int, Placed] = {}
    while True:
        each = placed(data, at, where)
        _look_for_active(each.told, where)
        if isinstance(each.value, Stream) and "F" in each.value.told:
            raise UnreadableError("holds a stream that stands in another file", where=where)
        if each.number in objects:
            raise UnreadableError(f"holds object {each.number} twice", where=where)
        objects[each.number] = each
        at = each.end
        if isinstance(each.value, Stream) and each.value.told.get("Type") == "XRef":
            break
    told = each.value.told
    end = _END.match(data, at)
    if end is None or int(end[1]) != each.start or told.get("Prev") != before or "XRefStm" in told:
        raise UnreadableError(_MISTAKEN, where=where)
    packed, text = _packed(objects, where, budget)
    stand = {number: (1, one.start, 0) for number, one in objects.items()}
    holder = next((number for number, one in objects.items() if _is_packed(one)), 0)
    stand |= {number: (2, holder, place) for place, number in enumerate(packed)}
    # An object that the table calls free would be gone.
    if dict(_entries(each.value, where, budget)) != stand or told.get("Size") != 1 + max(stand):
        raise UnreadableError(_MISTAKEN, where=where)
    return Section(end.end(), objects, packed, text, told), each.start


def _is_packed(each: Placed) -> bool:
    return isinstance(each.value, Stream) and each.value.told.get("Type") == "ObjStm"


def _packed(objects: dict[int, Placed], where: str, budget: Budget) -> tuple[dict[int, int], bytes]:
    """Where objects begin in the text that they are packed into, and that text."""
    holders = [each.value for each in objects.values() if _is_packed(each)]
    if not holders:
        return {}, b""
    [holder, *others] = holders
    first, count = holder.told.get("First"), holder.told.get("N")
    if others or type(first) is not int or type(count) is not int or "Extends" in holder.told:
        raise UnreadableError(_MISTAKEN, where=where)
    text = budget.unpacked(holder, where)
    _look_for_active(text[first:], where)
    head = text[:first].split()
    if len(head) != 2 * count or not all(word.isdigit() and len(word) < 20 for word in head):  # noqa: PLR2004
        raise UnreadableError(_MISTAKEN, where=where)
    places = [first + int(word) for word in head[1::2]]
    packed = dict(zip(map(int, head[::2]), places, strict=True))
    if len(packed) != count or packed.keys() & objects.keys() or any(place >= len(text) for place in places):
        raise UnreadableError(_MISTAKEN, where=where)
    return packed, text


def _entries(table: Stream, where: str, budget: Budget) -> Iterator[tuple[int, tuple[int, int, int]]]:
    """Where the table says that objects stand: 1 and the place in the file, or 2 and the text and the place in it."""
    told, data = table.told, budget.unpacked(table, where)
    widths, index = _numbers(told.get("W")), _numbers(told.get("Index", [0, told.get("Size")]))
    if len(widths) != 3 or len(index) % 2:  # noqa: PLR2004
        raise UnreadableError(_MISTAKEN, where=where)
    size = sum(widths)
    if not size or sum(index[1::2]) * size != len(data):
        raise UnreadableError(_MISTAKEN, where=where)
    second, third, at = widths[0], widths[0] + widths[1], 0
    for start, count in zip(index[::2], index[1::2], strict=True):
        for number in range(start, start + count):
            row = data[at : at + size]
            at += size
            kind = int.from_bytes(row[:second], "big") if second else 1
            place = int.from_bytes(row[second:third], "big")
            if number or kind:
                yield number, (kind, place, int.from_bytes(row[third:], "big"))


def _numbers(given: Any) -> list[int]:
    sound = isinstance(given, list) and all(type(each) is int and 0 <= each <= _MOST for each in given)
    return given if sound else []


def _look_for_active(text: bytes, where: str) -> None:
    """Refuses what would do something; what stands in a text is only said."""
    rest = _TEXT.sub(b"()", text)
    if found := _ACTIVE.search(rest):
        what = f"holds /{found[1].decode('ascii')}, which a report never does: it could do something, or hide something"
        raise UnreadableError(what, where=where, remedy="Do not open it")
    if _SPELLED.search(rest) or b"%" in rest:
        raise UnreadableError("holds a name or a remark that is written so as to be overlooked", where=where)
