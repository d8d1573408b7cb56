"""RFC 8785 canonical JSON: one sequence of bytes for one JSON value, its SHA-256, and places in it (RFC 6901).

Numbers are IEEE 754 doubles there: an integer beyond 2**53 is written as the double nearest to it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from typing import Any, Final, NoReturn

import rfc8785

MAX_NESTING: Final = 128
"""How deep a value may be nested; JSON schemas in use stay far below."""

_EXACT: Final = 2**53 - 1
_BEYOND_BMP = re.compile(rb"[\xf0-\xf4]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


class NotCanonicalError(ValueError):
    """A value without canonical form: nested too deep, text that is not Unicode, a number that no double holds."""


class LoneSurrogateError(NotCanonicalError):
    """Text that is not Unicode; ``without_surrogates`` mends it."""


class AmbiguousError(ValueError):
    """One object holds a name twice, so that nobody can tell which value is meant."""


def parsed(data: bytes | str) -> Any:
    """The JSON value that a text or these bytes hold: UTF-8, or UTF-16 and UTF-32 as some shells write them.

    Raises ``AmbiguousError`` for a name twice in one object, ``NotCanonicalError`` beyond ``MAX_NESTING`` (far beyond,
    ``RecursionError``), and ``ValueError`` for what is no JSON.
    """
    value = json.loads(data, object_pairs_hook=_object, parse_constant=_refuse_constant)
    check_nesting(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Of a name that stands there twice the standard library keeps the last: two programs could read two declarations.
    value = dict(pairs)
    if len(value) != len(pairs):
        (twice, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise AmbiguousError(f"one object holds the name {twice[:80]!r} twice")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def canonical(value: Any) -> bytes:
    """The RFC 8785 form of a JSON value; see ``encode``."""
    return encode(value)[0]


def encode(value: Any) -> tuple[bytes, bool]:
    """The RFC 8785 form of a JSON value, and whether every number in it is an integer that a double holds exactly.

    Raises ``LoneSurrogateError`` for text that is not Unicode, and ``NotCanonicalError`` for all else that has none.
    """
    exact = check_nesting(value)
    try:
        # The standard library writes the same bytes at many times the speed, but for fractions, large integers, and
        # keys beyond the basic plane, which RFC 8785 sorts by UTF-16.
        data = _ENCODER.encode(value).encode()
        quick = exact and not _BEYOND_BMP.search(data)
        return (data if quick else rfc8785.dumps(_as_doubles(value))), exact
    except UnicodeEncodeError as error:
        raise LoneSurrogateError("text holds a lone surrogate, which is not Unicode") from error
    except (OverflowError, ValueError) as error:
        raise NotCanonicalError("holds a number that no double can hold") from error


def check_nesting(value: Any) -> bool:
    """Whether all numbers are integers that a double holds exactly; ``NotCanonicalError`` beyond ``MAX_NESTING``."""
    exact = True
    level: list[Any] = [[value]]
    # Level by level and not by recursion, which whoever wrote the value could exhaust.
    for _ in range(MAX_NESTING + 1):
        inner: list[Any] = []
        for container in level:
            for item in container.values() if type(container) is dict else container:
                kind = type(item)
                if kind is dict or kind is list:
                    inner.append(item)
                elif kind is float or (kind is int and not -_EXACT <= item <= _EXACT):
                    exact = False
        if not inner:
            return exact
        level = inner
    raise NotCanonicalError(f"nested deeper than {MAX_NESTING} levels")


def _as_doubles(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_doubles(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_doubles(item) for item in value]
    # The library refuses such integers, and RFC 8785 has them written as the nearest double.
    inexact = isinstance(value, int) and not isinstance(value, bool) and not -_EXACT <= value <= _EXACT
    return float(value) if inexact else value


def digest(data: bytes) -> str:
    """The SHA-256 of bytes, in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def without_surrogates(value: Any) -> Any:
    """The same value with each lone surrogate spelled out as the six characters of its JSON escape."""
    if isinstance(value, str):
        return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", value)
    if isinstance(value, dict):
        return {without_surrogates(key): without_surrogates(item) for key, item in value.items()}
    return [without_surrogates(item) for item in value] if isinstance(value, list) else value


def step(pointer: str, key: str | int) -> str:
    """A JSON pointer (RFC 6901) one step further, to a member of an object or an element of a list."""
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"
