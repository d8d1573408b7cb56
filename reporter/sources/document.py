"""What somebody else wrote, from bytes to JSON values, strictly and within limits: JSON or JSON Lines, gzip or not.

Of what is no JSON it is told what it looks like, and what its owner can do about it.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from reporter.errors import UnreadableError
from reporter.plain.canonical import MAX_NESTING, AmbiguousError, NotCanonicalError, parsed
from reporter.plain.disk import MEGABYTE

_GZIP: Final = b"\x1f\x8b"
_BEGINNINGS: Final = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (_GZIP, "a gzip file within a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3\x00", "a SQLite database"),
)
#: Strings are matched first, so that what stands in one is left alone.
_BESIDE_JSON: Final = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*(?s:.*?)\*/|#[^\n]*|,(?=\s*[}\]])')
_CSV: Final = re.compile(r"[^,;\t{}\[\]]*([,;\t])[^{}\[\]]*\Z")


def unpacked(data: bytes, where: str, limit: int) -> bytes:
    """The bytes, or what they hold if they are gzip; ``UnreadableError`` if it is broken or beyond ``limit`` bytes."""
    if not data.startswith(_GZIP):
        return data
    try:
        # A thousandth of what it holds may be enough to pack it, so no more is unpacked than may be kept.
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
    """One JSON value, or a list of those of JSON Lines with what is wrong with other lines; errors as of ``parse``."""
    _, found, wrong = placed(data, where)
    return (found[0].value if found and found[0].pointer == "" else [each.value for each in found]), wrong


@dataclass(frozen=True, slots=True)
class Held:
    """A value that a text holds: its pointer in what ``values`` makes of that, and where the value begins."""

    pointer: str
    start: int
    value: Any


def placed(data: bytes, where: str) -> tuple[str, list[Held], list[UnreadableError]]:
    """The text that these bytes are, and what ``values`` finds in it, with places."""
    text = _text(data, where)
    try:
        return text, [Held("", 0, _value(text, where))], []
    except UnreadableError as error:
        lines = list(_lines(text))
        # A JSON value that was cut off is no JSON Lines: there every line, the first as well, is a value of its own.
        if len(lines) < 2 or not _is_container(lines[0][2], where):  # noqa: PLR2004 (one line is one value)
            raise error from error.__cause__
    found: list[Held] = []
    wrong: list[UnreadableError] = []
    for number, start, line in lines:
        try:
            found.append(Held(f"/{len(found)}", start, _value(line, f"{where}, line {number}")))
        except UnreadableError as error:
            wrong.append(error)
    return text, found, wrong


def _lines(text: str) -> Iterator[tuple[int, int, str]]:
    """Number, place and text of each line with something on it, without a byte order mark before it."""
    at = 0
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip("\ufeff \t\r"):
            told = line.lstrip("\ufeff")
            yield number, at + len(line) - len(told), told
        at += len(line) + 1


def parse(data: bytes, where: str) -> Any:
    """The one JSON value that these bytes hold: UTF-8, or UTF-16 and UTF-32 as some shells write them.

    Raises ``UnreadableError`` where there is none, or it is ambiguous or nested too deep, with what it looks like.
    """
    return _value(_text(data, where), where)


def _text(data: bytes, where: str) -> str:
    if not data.strip():
        raise UnreadableError("the file is empty", where=where)
    for start, name in _BEGINNINGS:
        if data.startswith(start):
            raise UnreadableError(f"not JSON: {name}", where=where, remedy="Give the declarations as JSON")
    # PowerShell writes UTF-16 with a mark at its start, and lone surrogates are mended later, where they can be told.
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
        what, remedy = _not_json(error, text)
        raise UnreadableError(f"not JSON: {what}", where=where, remedy=remedy) from error
    except (RecursionError, NotCanonicalError) as error:
        raise UnreadableError(f"nested deeper than {MAX_NESTING} levels", where=where) from error
    except ValueError as error:
        # NaN and infinities, which Python reads and writes, and JSON does not know.
        if "no JSON number" in str(error):
            raise UnreadableError(f"not JSON: {error}", where=where, remedy="Write null, or a text") from error
        # The only other thing that the standard library refuses: turning so many digits into a number takes for ever.
        what = "not JSON that any program agrees on: it holds a number of thousands of digits"
        raise UnreadableError(what, where=where, remedy="Write such a number as a text") from error


def _is_container(line: str, where: str) -> bool:
    try:
        return isinstance(_value(line, where), dict | list)
    except UnreadableError:
        return False


def _not_json(error: json.JSONDecodeError, text: str) -> tuple[str, str | None]:
    place = f"line {error.lineno}, column {error.colno}"
    seen = _looks_like(text)
    if seen:
        return f"it looks like {seen[0]} ({place})", seen[1]
    if error.msg == "Extra data":
        return f"something follows the value at {place}", "Put the values into one list, or each on a line of its own"
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        what = f"it ends too early, or a text is not closed, at {place}"
        return what, "Write it again; a copy may have been cut off"
    return f"{error.msg} at {place}", None


def _looks_like(found: str) -> tuple[str, str] | None:
    """What a text that is no JSON looks like, and the remedy; None where nothing is recognised."""
    start = found[:MEGABYTE].lstrip()  # a look is no parser, and the file may be large
    lines = [line.strip() for line in start[:10_000].splitlines() if line.strip() and not line.lstrip().startswith("#")]
    first = lines[0] if lines else ""
    if re.match(r"<(!doctype html|html)", start, re.IGNORECASE):
        return "an HTML page", "Save what the API answers; a page comes from a login or an error"
    if start.startswith("<"):
        return ("a JUnit file" if "<testsuite" in start[:1000] else "XML"), "Give the declarations as JSON"
    if start.startswith(("{'", "[{'")):
        return "a value as Python prints it", "Write it with json.dumps"
    if len(found) <= MEGABYTE:
        try:
            json.loads(_BESIDE_JSON.sub(lambda match: match[1] or "", found))
        except (ValueError, RecursionError):
            pass
        else:
            return "JSON with comments or commas before a closing bracket", "Take them out; JSON has neither"
    if re.match(r"\[{1,2}[\w.\"' -]+\]{1,2}\Z", first) or re.match(r"[\w.\"-]+\s*=\s*\S", first):
        return "TOML", "Give the declarations as JSON"
    if first == "---" or re.match(r"(- )?[\w\"'./-]+:(\s|\Z)", first):
        return "YAML", "Convert it, for example with `yq -o=json`"
    heads = [match[1] for line in lines[:2] if (match := _CSV.match(line))]
    if len(heads) > 1 and heads[0] == heads[1]:
        return "CSV", "Give the declarations as JSON"
    return None
