"""TOML files that users write: read within bounds, checked against models, and each mistake told with its line.

The standard library's reader keeps no lines, so ``_Lines`` looks through a text that it has accepted once more.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from reporter.errors import UsageError
from reporter.plain import disk
from reporter.plain.mistakes import in_words

Keys = tuple[str | int, ...]
"""The way to a value: names of tables and keys, and places in lists and arrays of tables, from 0."""

Place = Callable[..., str]
"""Says where a table stands, or what it holds, by the way to it; nobody looks for it unless there is a mistake."""

_LIMIT: Final = 10 * disk.MEGABYTE


class TomlFile:
    """A TOML file that was read: its tables in ``value``, and the lines that they stand on.

    Args:
        path: Where it lies.
        remedy: What to do where it does not.
        data: Its bytes, where they are known; then it need not lie there.

    Raises:
        UsageError: It is not there, no regular file, too large, or not TOML.
    """

    def __init__(self, path: Path, *, remedy: str = "Check the path", data: bytes | None = None) -> None:
        self.path = path
        where = str(path)
        try:
            self.data = disk.read(path, _LIMIT) if data is None else data
            self.text = self.data.decode("utf-8-sig").replace("\r\n", "\n")
            self.value: dict[str, Any] = tomllib.loads(self.text)
        except OSError as error:
            raise UsageError(f"cannot be read: {error.strerror}", where=where, remedy=remedy) from error
        except UnicodeDecodeError as error:
            raise UsageError("not UTF-8", where=where, remedy="Save it as UTF-8") from error
        except tomllib.TOMLDecodeError as error:
            if line := re.search(r"line (\d+)", str(error)):
                where = f"{path}:{line[1]}"
            raise UsageError(f"not TOML: {error}", where=where, remedy="Mend it there") from error
        except ValueError as error:  # Python refuses to read integers of more than 4300 digits
            remedy = "Mend it; no setting wants a number of so many digits"
            raise UsageError("a number that nobody can read", where=where, remedy=remedy) from error
        except RecursionError as error:
            raise UsageError("not TOML: nested too deep", where=where, remedy="Mend it") from error

    @cached_property
    def _lines(self) -> _Lines:
        return _Lines(self.text)

    def at(self, *keys: str | int) -> str:
        """``file:line`` of a value by the way to it, or of the nearest table around it."""
        return f"{self.path}:{self._lines.line(keys)}"

    def place(self, table: str | None = None, number: int = 0, key: str | None = None) -> str:
        """``file:line`` of a table of an array (``[[table]]``, by its number), or of a key anywhere in it.

        Without a table, of a key before the first table; where the key is not there, of the table.
        """
        around = () if table is None else (table, number)
        return f"{self.path}:{self._lines.inner(around, key)}"


# Models ------------------------------------------------------------------------------------------------------------


class Strict(BaseModel):
    """A table that holds what it may and nothing else; a field's description says what to do where it is wrong."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_T = TypeVar("_T", bound=Strict)


def tables(
    file: TomlFile, name: str, kind: type[_T], *, context: Any = None, mistakes: list[UsageError] | None = None
) -> Iterator[tuple[Place, _T]]:
    """The tables of an array, each with its place.

    Args:
        file: What was read.
        name: The array's.
        kind: What each of its tables is.
        context: What validators are handed.
        mistakes: Takes the first mistake of each table; without it the first of all is raised.

    Raises:
        UsageError: One holds what is not known, or lacks what it needs.
    """
    given = file.value.get(name, [])
    for number, table in enumerate(given if isinstance(given, list) else [given]):
        try:
            yield partial(file.at, name, number), kind.model_validate(table, context=context)
        except ValidationError as error:
            keys, what, unknown = first_mistake(error, "key", table)
            id_ = table.get("id") if isinstance(table, dict) else None
            about = f"{name} {id_}, " if isinstance(id_, str) and id_.strip() else ""
            fields, key = _fields(kind, keys[:-1]), str(keys[-1]) if keys else ""
            told = fields[key].description if key in fields else None
            remedy = meant(key, list(fields), "Known ones") if unknown else told or "Mend it there"
            found = UsageError(about + what, where=file.at(name, number, *keys), remedy=remedy)
            if mistakes is None:
                raise found from error
            mistakes.append(found)


def _fields(kind: type[Strict], keys: Keys) -> dict[str, FieldInfo]:
    """What may stand in a table, or in a table inside it, as it is written there."""
    for key in keys:
        field = kind.model_fields.get(str(key))
        for each in get_args(field.annotation) if field else ():
            kind = each if isinstance(each, type) and issubclass(each, Strict) else kind
    return {field.alias or name: field for name, field in kind.model_fields.items()}


def first_mistake(error: ValidationError, thing: str, given: Any = None) -> tuple[Keys, str, bool]:
    """The mistake to tell of those that a model found: where, what, and whether it is a thing that nobody knows.

    What was written there is not repeated, it may be a secret; ``given`` is looked at for where that is.
    """
    errors = error.errors(include_url=False)
    # A mistyped key comes before all others: what is missing may be missing because of it.
    first = min(errors, key=lambda each: each["type"] != "extra_forbidden")
    way = _way(first["loc"], given)
    told = ".".join(map(str, way))
    if first["type"] == "extra_forbidden":
        return way, f"no such {thing}: {told}", True
    if first["type"] == "missing":
        missing = (".".join(map(str, _way(each["loc"], given))) for each in errors if each["type"] == "missing")
        return way, f"it lacks its {', '.join(missing)}", False
    return way, (f"{told}: " if told else "") + in_words(first), False


def _way(keys: Keys, given: Any) -> Keys:
    """The keys that lead to a mistake, without what a model adds where a value may be one of several things."""
    found: list[str | int] = []
    for key, after in zip(keys, (*keys[1:], None), strict=True):
        if isinstance(given, dict) and key not in given and after is not None:
            continue
        found.append(key)
        try:
            given = given[key]
        except (LookupError, TypeError):
            given = None
    return tuple(found)


def meant(word: str, known: Sequence[str], names: str) -> str:
    """A remedy for a word that is not known: the likeliest one, then all under their name."""
    close = get_close_matches(word, known, n=1)
    return f"{f'Did you mean {close[0]}? ' if close else ''}{names} are {', '.join(known)}"


# Lines -------------------------------------------------------------------------------------------------------------

#: Strings first, as they may hold anything; then what is passed over, names and numbers, and marks of one character.
_TOKEN: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|'
    r"'''.*?'{3,5}|"
    r'"(?:[^"\\]|\\.)*"|'
    r"'[^']*'|(?P<skip>\s+|#[^\n]*)|[\w+:-]+|.",
    re.DOTALL,
)


class _Lines:
    """The places of everything in one text that ``tomllib`` could read, and that is therefore not checked again."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._found: dict[Keys, int] = {}
        self._lengths: dict[Keys, int] = {}
        self._tokens = (match for match in _TOKEN.finditer(text) if match.lastgroup is None)
        self._ahead = next(self._tokens, None)
        table: Keys = ()
        while self._ahead:
            if self._ahead[0] == "[":
                table = self._header()
            else:
                self._pair(table)

    def line(self, keys: Sequence[str | int]) -> int:
        """The line, from 1, of a value or of the nearest table around it."""
        around = (tuple(keys[:length]) for length in range(len(keys), 0, -1))
        return next((self._found[each] for each in around if each in self._found), 1)

    def inner(self, around: Keys, name: str | None) -> int:
        """The line of the first key of this name in a table, at whatever depth; else that of the table."""
        for keys, line in self._found.items():
            if keys[: len(around)] == around and name in keys[len(around) :]:
                return line
        return self.line(around)

    def _line(self) -> int:
        return bisect_right(self._starts, self._ahead.start()) if self._ahead else 0

    def _next(self) -> str:
        token, self._ahead = self._ahead, next(self._tokens, None)
        return token[0] if token else ""

    def _passed(self, mark: str) -> bool:
        """Whether this mark came next, behind which it goes on then."""
        return self._ahead is not None and self._ahead[0] == mark and bool(self._next())

    def _key(self) -> tuple[str, ...]:
        names = [self._next()]
        while self._passed("."):
            names.append(self._next())
        return tuple(name[1:-1] if name[0] in "\"'" else name for name in names)

    def _header(self) -> Keys:
        """A header's names lead through the newest of each array of tables on their way, but for the last."""
        line, listed = self._line(), self._passed("[") and self._passed("[")
        table: Keys = ()
        for name in self._key():
            table = (*table, self._lengths[table] - 1, name) if table in self._lengths else (*table, name)
        if listed:
            number = self._lengths.get(table, 0)
            self._lengths[table] = number + 1
            table = (*table, number)
        self._found.setdefault(table, line)
        while self._passed("]"):
            pass
        return table

    def _pair(self, table: Keys) -> None:
        line, keys = self._line(), (*table, *self._key())
        self._found.setdefault(keys, line)
        self._passed("=")
        self._value(keys)

    def _value(self, keys: Keys) -> None:
        line, number = self._line(), 0
        if self._passed("["):
            while self._ahead and not self._passed("]"):
                self._found.setdefault((*keys, number), self._line())
                self._value((*keys, number))
                number += 1
                self._passed(",")
        elif self._passed("{"):
            while self._ahead and not self._passed("}"):
                self._pair(keys)
                self._passed(",")
        elif self._next()[0] not in "\"'":
            # A number or a time may be several tokens, all of them on one line.
            while self._ahead and self._line() == line and self._ahead[0] not in ",]}":
                self._next()
