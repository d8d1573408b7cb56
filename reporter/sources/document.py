"""What somebody else wrote, from bytes to JSON values, strictly and within limits: JSON or JSON Lines, gzip or not."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from typing import Any, Final

from reporter.errors import UnreadableError
from reporter.plain.canonical import MAX_NESTING, AmbiguousError, NotCanonicalError, parsed
from reporter.sources import looks

MEGABYTE: Final = 1_000_000
_GZIP: Final = b"\x1f\x8b"


def unpacked(data: bytes, where: str, limit: int) -> bytes:
    """The bytes as they are, or what they hold if they are gzip.

    Raises:
        UnreadableError: They are gzip that is broken, or that holds more than ``limit`` bytes.
    """
    if not data.startswith(_GZIP):
        return data
    try:
        found = gzip.GzipFile(fileobj=io.BytesIO(data)).read(limit + 1)
    except (EOFError, OSError, zlib.error) as error:
        remedy = "Write it again; a copy may have been cut off"
        raise UnreadableError("gzip that is broken or ends too early", where=where, remedy=remedy) from error
    if len(found) > limit:
        raise too_large(limit, where, " once unpacked")
    return found


def too_large(limit: int, where: str, when: str = "") -> UnreadableError:
    """That something is beyond the limit, and what to do."""
    remedy = "Split it, or raise the limit with --max-megabytes"
    return UnreadableError(f"larger than {limit // MEGABYTE} MB{when}", where=where, remedy=remedy)


def values(data: bytes, where: str) -> tuple[Any, list[UnreadableError]]:
    """What these bytes hold: one JSON value, or a list of the values of JSON Lines and what is wrong with other lines.

    Raises:
        UnreadableError: Nothing in them can be read.
    """
    text = _text(data, where)
    try:
        return _value(text, where), []
    except UnreadableError as error:
        lines = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip("\ufeff \t\r")]
        if len(lines) < 2 or not _is_container(lines[0][1], where):  # noqa: PLR2004 (one line is one value)
            raise error from error.__cause__
    found: list[Any] = []
    wrong: list[UnreadableError] = []
    for number, line in lines:
        try:
            found.append(_value(line.lstrip("\ufeff"), f"{where}, line {number}"))
        except UnreadableError as error:
            wrong.append(error)
    return found, wrong


def parse(data: bytes, where: str) -> Any:
    """The one JSON value that these bytes hold: UTF-8, or UTF-16 and UTF-32 as some shells write them.

    Raises:
        UnreadableError: They are empty, no text, no JSON, ambiguous (a name twice in one object), or nested deeper
            than any declaration could be; it says what they look like.
    """
    return _value(_text(data, where), where)


def _text(data: bytes, where: str) -> str:
    if not data.strip():
        raise UnreadableError("the file is empty", where=where)
    kind = looks.binary(data)
    if kind:
        raise UnreadableError(f"not JSON: {kind}", where=where, remedy="Give the declarations as JSON")
    encoding = json.detect_encoding(data)
    try:
        return data.decode(encoding, "surrogatepass").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        if b"\x00" in data[:1000]:
            raise UnreadableError("not text: a binary file", where=where, remedy="Give JSON in UTF-8") from error
        raise UnreadableError(
            f"not UTF-8: line {line} looks like Latin-1 or Windows-1252",
            where=where,
            remedy="Save it as UTF-8, for example with `iconv -f WINDOWS-1252 -t UTF-8`",
        ) from error


def _value(text: str, where: str) -> Any:
    try:
        return parsed(text)
    except AmbiguousError as error:
        raise UnreadableError(f"ambiguous: {error}", where=where, remedy="Take one of them out") from error
    except json.JSONDecodeError as error:
        raise _not_json(error, text, where) from error
    except (RecursionError, NotCanonicalError) as error:
        raise UnreadableError(f"nested deeper than {MAX_NESTING} levels", where=where) from error
    except ValueError as error:
        if "no JSON number" in str(error):
            raise UnreadableError(f"not JSON: {error}", where=where, remedy="Write null, or a text") from error
        # The only other thing that the standard library refuses: turning so many digits into a number takes for ever.
        what = "not JSON that any program agrees on: it holds a number of thousands of digits"
        raise UnreadableError(what, where=where, remedy="Write such a number as a text") from error


def _not_json(error: json.JSONDecodeError, text: str, where: str) -> UnreadableError:
    place = f"line {error.lineno}, column {error.colno}"
    seen = looks.text(text)
    if seen:
        return UnreadableError(f"not JSON: it looks like {seen[0]} ({place})", where=where, remedy=seen[1])
    if error.msg == "Extra data":
        remedy = "Put the values into one list, or each on a line of its own"
        return UnreadableError(f"not JSON: something follows the value at {place}", where=where, remedy=remedy)
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        what = f"not JSON: it ends too early, or a text is not closed, at {place}"
        return UnreadableError(what, where=where, remedy="Write it again; a copy may have been cut off")
    return UnreadableError(f"not JSON: {error.msg} at {place}", where=where)


def _is_container(line: str, where: str) -> bool:
    try:
        return isinstance(_value(line.lstrip("\ufeff"), where), dict | list)
    except UnreadableError:
        return False
