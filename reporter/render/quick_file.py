"""What is written: plain outlines without a parser, and streams compressed once."""

from __future__ import annotations

import re
import zlib
from typing import Any, Final

import pydyf
from weasyprint.document import Page
from weasyprint.svg import TAGS

_whole_to_bytes: Final = pydyf._to_bytes  # noqa: SLF001 (there is no other way to it)


def to_bytes(item: Any) -> bytes:
    """What most of a file is made of, by its type; nothing else is asked of it."""
    kind = type(item)
    if kind is str:
        told: bytes = item.encode("ascii")
        return told
    if kind is bytes:
        return bytes(item)
    if kind is int:
        return b"%d" % item
    written: bytes = _whole_to_bytes(item)
    return written


def data(stream: Any) -> bytes:
    """A stream as it is written, compressed well enough: the best that zlib can do takes thrice the time."""
    extra, content = pydyf.Dictionary(stream.extra), b"\n".join(map(to_bytes, stream.stream))
    if stream.compress:
        extra["Filter"] = "/FlateDecode"
        content = zlib.compress(content, _LEVEL)
    extra["Length"] = len(content)
    return b"\n".join((extra.data, b"stream", content, b"endstream"))


_LEVEL: Final = 4
_whole_paint: Final = Page.paint


def paint(page: Any, stream: Any, *more: Any, **further: Any) -> None:
    """A page that is done is kept as one piece, not as thousands."""
    _whole_paint(page, stream, *more, **further)
    stream.stream = [b"\n".join(map(to_bytes, stream.stream))]


_NUMBER: Final = r"-?[0-9.]+"
_PLAIN: Final = re.compile(rf"(?:M{_NUMBER} {_NUMBER}(?:[Hhv]{_NUMBER}|z)*)+")
_STEP: Final = re.compile(r"([MHhvz])([^MHhvz]*)")
_MARKERS: Final = ("marker", "marker-start", "marker-mid", "marker-end")
_whole_path: Final = TAGS["path"]


def path(svg: Any, node: Any, font_size: Any) -> None:
    """An outline of straight lines along both axes, which is what our pictures are drawn from."""
    outline = node.get("d", "")
    if not _PLAIN.fullmatch(outline) or any(map(node.get, _MARKERS)):
        _whole_path(svg, node, font_size)
        return
    stream = svg.stream
    stream.move_to(0, 0)
    x = y = 0.0
    start = x, y
    for letter, numbers in _STEP.findall(outline):
        if letter == "M":
            x, y = map(float, numbers.split())
            stream.move_to(x, y)
            start = x, y
        elif letter == "z":
            stream.close()
            x, y = start
        else:
            if letter == "H":
                x = float(numbers)
            elif letter == "h":
                x += float(numbers)
            else:
                y += float(numbers)
            stream.line_to(x, y)
