"""What a file that is no JSON looks like, and what its owner can do about it."""

from __future__ import annotations

import json
import re
from typing import Final

#: What is looked at to guess; a look is no parser.
_ENOUGH: Final = 1_000_000
_BEGINNINGS: Final = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "a gzip file within a gzip file"),
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


def binary(data: bytes) -> str | None:
    """What bytes that are no text look like; None where nothing is recognised."""
    return next((name for start, name in _BEGINNINGS if data.startswith(start)), None)


def text(found: str) -> tuple[str, str] | None:
    """What a text that is no JSON looks like, and the remedy; None where nothing is recognised."""
    start = found[:_ENOUGH].lstrip()
    lines = [line.strip() for line in start[:10_000].splitlines() if line.strip() and not line.lstrip().startswith("#")]
    first = lines[0] if lines else ""
    if re.match(r"<(!doctype html|html)", start, re.IGNORECASE):
        return "an HTML page", "Save what the API answers; a page comes from a login or an error"
    if start.startswith("<"):
        return ("a JUnit file" if "<testsuite" in start[:1000] else "XML"), "Give the declarations as JSON"
    if start.startswith(("{'", "[{'")):
        return "a value as Python prints it", "Write it with json.dumps"
    if _is_json_with_comments(found):
        return "JSON with comments or commas before a closing bracket", "Take them out; JSON has neither"
    if re.match(r"\[{1,2}[\w.\"' -]+\]{1,2}\Z", first) or re.match(r"[\w.\"-]+\s*=\s*\S", first):
        return "TOML", "Give the declarations as JSON"
    if first == "---" or re.match(r"(- )?[\w\"'./-]+:(\s|\Z)", first):
        return "YAML", "Convert it, for example with `yq -o=json`"
    heads = [match[1] for line in lines[:2] if (match := _CSV.match(line))]
    if len(heads) > 1 and heads[0] == heads[1]:
        return "CSV", "Give the declarations as JSON"
    return None


def _is_json_with_comments(found: str) -> bool:
    if len(found) > _ENOUGH:
        return False
    try:
        json.loads(_BESIDE_JSON.sub(lambda match: match[1] or "", found))
    except (ValueError, RecursionError):
        return False
    return True
