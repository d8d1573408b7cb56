"""What a model says is wrong with a value, in the words of whoever wrote the value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reporter.errors import UnreadableError

_EXPECTED: Final[dict[str, str]] = {
    "string": "a text",
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozen_set": "a list",
    "dict": "a table",
    "mapping": "a table",
    "model": "a table",
    "dataclass": "a table",
    "date": "a day, such as 2026-11-23,",
    "datetime": "a time, such as 2026-11-23T18:00:00Z,",
    "path": "a path",
    "none": "nothing",
}
#: How a type of mistake ends that is about what kind of value something is; what comes before is that kind.
_OF_KIND: Final = re.compile(
    r"(?:_instance_of)?_(?:type|attributes_type|parsing|parsing_size|from_float|from_date_parsing|exact_type|required|"
    r"from_datetime_parsing|from_datetime_inexact|unicode|object_invalid|not_hashable|sub_type)$"
)
_Bound = Callable[[Mapping[str, Any]], str]
_BOUNDS: Final[dict[str, _Bound]] = {
    "greater_than": lambda told: f"more than {told['gt']:g}",
    "greater_than_equal": lambda told: f"{told['ge']:g} or more",
    "less_than": lambda told: f"less than {told['lt']:g}",
    "less_than_equal": lambda told: f"{told['le']:g} or less",
    "multiple_of": lambda told: f"a multiple of {told['multiple_of']}",
    "finite_number": lambda _: "a number that is not infinite",
    "string_too_short": lambda told: _length(told["min_length"], "character", "at least"),
    "string_too_long": lambda told: _length(told["max_length"], "character", "at most"),
    "too_short": lambda told: _length(told["min_length"], "item", "at least"),
    "too_long": lambda told: _length(told["max_length"], "item", "at most"),
    "string_pattern_mismatch": lambda _: "a text of another form",
    "literal_error": lambda told: told["expected"].replace("'", ""),
    "enum": lambda told: told["expected"].replace("'", ""),
}
_OWN: Final = ("Value error, ", "Assertion failed, ")
_GIVEN: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (bool, "true or false"),
    (int, "a whole number"),
    (float, "a number"),
    (str, "a text"),
    ((list, tuple, set, frozenset), "a list"),
    (Mapping, "a table"),
    ((date, time), "a day or a time"),
    (type(None), "nothing"),
)


def in_words(mistake: ErrorDetails, table: str = "a table") -> str:
    """What was expected, and of which kind what is there is; a text is not repeated, as it may be a secret.

    Args:
        mistake: One of those of a model, with its input.
        table: What tables are called where they are written.
    """
    type_, given = mistake["type"], mistake.get("input")
    if type_ == "missing":
        return "it is missing"
    if type_ in _BOUNDS:
        wanted = _BOUNDS[type_](mistake.get("ctx", {}))
        there = _measured(type_, given)
    elif _OF_KIND.search(type_):
        wanted = _EXPECTED.get(_OF_KIND.sub("", type_), "another kind of value")
        there = "another text" if wanted == _kind(given) == "a text" else _kind(given)
    else:
        words = mistake["msg"]
        for each in _OWN:
            words = words.removeprefix(each)
        return words.replace("Input should", "it should")
    words = f"{wanted} is expected" + (f", and it is {there}" if there else "")
    return words.replace("a table", table)


def _measured(type_: str, given: Any) -> str | None:
    """What is there, as it is measured: a text by what it is not, a length, a number."""
    if type_ in ("literal_error", "enum", "string_pattern_mismatch"):
        return (
            None if type_ == "string_pattern_mismatch" else "another text" if isinstance(given, str) else _kind(given)
        )
    if type_.startswith(("string_too", "too")):
        return (f"{len(given):,}" if given else "empty") if hasattr(given, "__len__") else None
    return str(given) if isinstance(given, int | float) else None


def _length(number: int, thing: str, bound: str) -> str:
    if number == 1 and bound == "at least":
        return "something"
    return f"a length of {bound} {number:,} {thing}{'' if number == 1 else 's'}"


def _kind(given: Any) -> str:
    return next((words for kind, words in _GIVEN if isinstance(given, kind)), "of another kind")


def unlike(error: ValidationError, where: str) -> UnreadableError:
    """The first mistake in a JSON document that somebody else wrote, with the way to it."""
    first = error.errors(include_url=False)[0]
    at = "".join(f"/{part}" for part in first["loc"])
    return UnreadableError(in_words(first, "an object"), where=f"{where}#{at}")
