"""PDFs as somebody might hand them over: ours, with something put behind them, or with other things inside."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from reporter.render.document import Attachment, Profile
from reporter.render.pdf import engine

AT = datetime(2026, 11, 23, 18, tzinfo=UTC)
PAGE = '<html lang="en"><head><title>A report</title></head><body><p><a href="https://a.test">x</a></p></body></html>'


def carrying(*files: tuple[str, bytes], body: str = PAGE, profile: Profile = "archive") -> bytes:
    """A page of ours that carries these files."""
    attached = [Attachment(name, "told", "Data", data, AT) for name, data in files]
    typesetter = engine.Engine("", {})
    made: bytes = typesetter.written(typesetter.laid_out(body), profile, attached)
    return made


def objects(data: bytes) -> dict[int, bytes]:
    """The objects that stand in a PDF of ours by themselves, and those that are packed, as texts by their numbers."""
    found = {int(each[1]): each[2] for each in re.finditer(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", data, re.DOTALL)}
    packed = next(text for text in found.values() if b"/Type /ObjStm" in text)
    first = int(re.search(rb"/First (\d+)", packed)[1])  # type: ignore[index]
    text = zlib.decompress(packed.partition(b"\nstream\n")[2].removesuffix(b"\nendstream"))
    head = [*map(int, text[:first].split())]
    places = [*head[1::2], len(text) - first + 1]
    for number, (start, end) in zip(head[::2], pairwise(places), strict=True):
        found[number] = text[first + start : first + end - 1]
    return found


def root(data: bytes) -> int:
    """The number of its catalogue."""
    return next(number for number, text in objects(data).items() if b"/Type /Catalog" in text)


def page(data: bytes) -> int:
    """The number of its first page."""
    return min(number for number, text in objects(data).items() if re.search(rb"/Type /Page\b", text))


def updated(data: bytes, changed: Mapping[int, bytes], *, free: Sequence[int] = (), trailer: bytes = b"") -> bytes:
    """The file with a section behind it that holds these objects, as ISO 32000-1, 7.5.6 has it."""
    out = bytearray(data)
    rows = dict.fromkeys(free, (0, 0))
    for number, text in sorted(changed.items()):
        rows[number] = (1, len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, text)
    table, start = max(1000, *changed, *map(int, re.findall(rb"/Size (\d+)", data))) + 1, len(out)
    rows[table] = (1, start)
    index = b" ".join(b"%d 1" % number for number in sorted(rows))
    packed = zlib.compress(
        b"".join(b"%c%b\0" % (kind, at.to_bytes(8, "big")) for _, (kind, at) in sorted(rows.items()))
    )
    told = b"/Type /XRef/W [1 8 1]/Filter /FlateDecode/Size %d/Root %d 0 R/Info %b 0 R/Prev %b/Index [%b]/Length %d" % (
        table + 1, root(data), re.findall(rb"/Info (\d+)", data)[0], re.findall(rb"startxref\n(\d+)", data)[-1], index,
        len(packed),
    )  # fmt: skip
    out += b"%d 0 obj\n<<%b%b>>\nstream\n%b\nendstream\nendobj\n" % (table, told, trailer, packed)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)
