"""The syntax of a PDF that nobody trusts (ISO 32000-1, 7.2 to 7.5): values and objects, no more than we write of it.

What reads a file leniently may see another document in it than the program that shows it. So nothing is mended here:
what is not written as this program or what signs its reports writes it is refused. Every step goes forward, so that
time and memory are bounded by the file.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from reporter.errors import UnreadableError
from reporter.plain.disk import MEGABYTE

_BLANK: Final = rb"[\x00\t\n\x0c\r ]"
_TOKEN: Final = re.compile(
    _BLANK + rb"*(?:"
    rb"(?P<open><<|\[)|(?P<close>>>|\])"
    rb"|(?P<reference>(\d{1,10})" + _BLANK + rb"+0" + _BLANK + rb"+R(?![A-Za-z0-9]))"
    rb"|(?P<number>[+-]?(?:\d{1,19}(?:\.\d{0,19})?|\.\d{1,19})(?![0-9.A-Za-z]))"
    rb"|(?P<name>/[^\x00-\x20()<>\[\]{}/%\x7f-\xff]{0,127})"
    rb"|(?P<text>\([^\\()]*(?:\\.[^\\()]*)*\))"
    rb"|(?P<hex><[0-9A-Fa-f\t\n\r ]*>)"
    rb"|(?P<word>true|false|null)(?![A-Za-z])"
    rb")",
    re.DOTALL,
)
_BEGUN: Final = re.compile(_BLANK + rb"*(\d{1,10}) 0 obj(?![A-Za-z0-9])")
_STREAM: Final = re.compile(_BLANK + rb"*stream\r?\n")
_STREAM_ENDED: Final = re.compile(rb"\r?\n?endstream(?![A-Za-z])")
_ENDED: Final = re.compile(_BLANK + rb"*endobj(?![A-Za-z])")
_ESCAPED: Final = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n|.))", re.DOTALL)
_PLAIN: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b"", b"\r\n": b""}
_WORDS: Final = {b"true": True, b"false": False, b"null": None}
_DEPTH: Final = 32
_BYTE: Final = 256


class Name(str):
    """A name, without its slash."""

    __slots__ = ()


class Reference(NamedTuple):
    """What leads to an object."""

    number: int


@dataclass(frozen=True, slots=True)
class Stream:
    """An object of bytes.

    Attributes:
        told: What the file says of them.
        raw: As they stand there.
    """

    told: dict[str, Any]
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Placed:
    """An object that stands in the file by itself, and from where to where; ``told`` is it without a stream's bytes."""

    number: int
    value: Any
    start: int
    end: int
    told: bytes = field(repr=False)


class Budget:
    """How many bytes may come of what is packed, all in all."""

    def __init__(self, limit: int) -> None:
        self._limit = self._left = limit

    def unpacked(self, stream: Stream, where: str) -> bytes:
        """What is packed in a stream.

        Raises:
            UnreadableError: It is packed otherwise than we pack, is broken, or there is more than may be.
        """
        if stream.told.get("DecodeParms") is not None or stream.told.get("Filter") != "FlateDecode":
            raise UnreadableError("packed in a way in which datarisk packs nothing", where=where)
        packer = zlib.decompressobj()
        try:
            data = packer.decompress(stream.raw, self._left + 1)
        except zlib.error as error:
            raise UnreadableError("holds what cannot be unpacked", where=where) from error
        if len(data) > self._left:
            remedy = "If it is yours, raise the limit with --max-megabytes"
            what = f"larger than {self._limit // MEGABYTE:,} MB once unpacked"
            raise UnreadableError(what, where=where, remedy=remedy)
        if not packer.eof or packer.unused_data:
            raise UnreadableError("holds what is cut off, or followed by something else", where=where)
        self._left -= len(data)
        return data


def value(data: bytes, at: int, where: str, depth: int = 0) -> tuple[Any, int]:
    """The value that begins there, and where it ends: numbers, texts as bytes, names, lists, dictionaries by name.

    Raises:
        UnreadableError: None does.
    """
    match = _TOKEN.match(data, at)
    if match is None or depth > _DEPTH:
        raise _broken(where, at)
    kind, text, end = match.lastgroup, match[match.lastgroup or 0], match.end()
    if kind == "open":
        return _container(data, end, where, depth + 1, named=text == b"<<")
    if kind == "reference":
        return Reference(int(match[4])), end
    if kind == "name":
        return Name(text[1:].decode("ascii")), end
    if kind == "number":
        return (float(text) if b"." in text else int(text)), end
    if kind == "text":
        return _ESCAPED.sub(_escape, text[1:-1]), end
    if kind == "hex":
        digits = b"".join(text[1:-1].split())
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii")), end
    if kind == "word":
        return _WORDS[text], end
    raise _broken(where, at)


def _container(data: bytes, at: int, where: str, depth: int, *, named: bool) -> tuple[Any, int]:
    items: list[Any] = []
    while True:
        match = _TOKEN.match(data, at)
        if match is not None and match.lastgroup == "close":
            if (match["close"] == b">>") is not named:
                raise _broken(where, at)
            return (_dictionary(items, where, at) if named else items), match.end()
        item, at = value(data, at, where, depth)
        items.append(item)


def _dictionary(items: list[Any], where: str, at: int) -> dict[str, Any]:
    keys = items[::2]
    if len(items) % 2 or not all(isinstance(key, Name) for key in keys) or len(set(keys)) != len(keys):
        raise _broken(where, at)
    return {str(key): item for key, item in zip(keys, items[1::2], strict=True)}


def _escape(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 8) % _BYTE]) if match[1] else _PLAIN.get(match[2], match[2])


def placed(data: bytes, at: int, where: str) -> Placed:
    """The object that begins there.

    Raises:
        UnreadableError: None does, or it is not as long as it says.
    """
    begun = _BEGUN.match(data, at)
    if begun is None:
        raise _broken(where, at)
    start = begun.start(1)
    found, end = value(data, begun.end(), where)
    told = data[start:end]
    if isinstance(found, dict) and (stream := _STREAM.match(data, end)):
        size = found.get("Length")
        if type(size) is not int or size < 0:
            raise _broken(where, at)
        begins, end = stream.end(), stream.end() + size
        ended = _STREAM_ENDED.match(data, end)
        if ended is None:
            raise UnreadableError(f"holds a stream that is not as long as it says, at byte {start:,}", where=where)
        found, end = Stream(found, data[begins:end]), ended.end()
    ended = _ENDED.match(data, end)
    if ended is None:
        raise _broken(where, end)
    return Placed(int(begun[1]), found, start, ended.end(), told)


def _broken(where: str, at: int) -> UnreadableError:
    return UnreadableError(f"not written as datarisk writes a PDF, at byte {at:,}", where=where)
