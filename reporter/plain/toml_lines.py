"""Where in a TOML file something stands: the standard library's reader keeps no lines, and a mistake has one."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from reporter.errors import UsageError
from reporter.plain import disk

Keys = tuple[str | int, ...]
"""The way to a value: names of tables and keys, and places in lists and arrays of tables, from 0."""

_LIMIT: Final = 10 * disk.MEGABYTE
_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE: Final = re.compile(r"[ \t]*")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_BASIC: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_LITERAL: Final = re.compile(r"'[^']*'")
_LONG: Final = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|' + r"'''.*?'{3,5}", re.DOTALL)
_PLAIN: Final = re.compile(r"[^,\]}#\n]*")


class TomlFile:
    """A TOML file that was read: its tables in ``value``, and the lines that they stand on.

    Args:
        path: Where it lies.
        remedy: What to do where it does not.

    Raises:
        UsageError: It is not there, no regular file, too large, or not TOML.
    """

    def __init__(self, path: Path, *, remedy: str = "Check the path") -> None:
        self.path = path
        try:
            self.data = disk.read(path, _LIMIT)
            self.text = self.data.decode("utf-8-sig").replace("\r\n", "\n")
            self.value: dict[str, Any] = tomllib.loads(self.text)
        except OSError as error:
            raise UsageError(f"cannot be read: {error.strerror}", where=str(path), remedy=remedy) from error
        except UnicodeDecodeError as error:
            raise UsageError("not UTF-8", where=str(path), remedy="Save it as UTF-8") from error
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"line (\d+)", str(error))
            where = f"{path}:{line[1]}" if line else str(path)
            raise UsageError(f"not TOML: {error}", where=where, remedy="Mend it there") from error
        except ValueError as error:
            remedy = "Mend it; no setting wants a number of so many digits"
            raise UsageError("a number that nobody can read", where=str(path), remedy=remedy) from error
        except RecursionError as error:
            raise UsageError("not TOML: nested too deep", where=str(path), remedy="Mend it") from error

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self.text)

    def at(self, *keys: str | int) -> str:
        """``file:line`` of a value by the way to it, or of the nearest table around it."""
        return f"{self.path}:{self._lines.line(keys)}"

    def place(self, table: str | None = None, number: int = 0, key: str | None = None) -> str:
        """``file:line`` of a table of an array (``[[table]]``, by its number), or of a key anywhere in it.

        Without a table, of a key before the first table; where the key is not there, of the table.
        """
        around = () if table is None else (table, number)
        return f"{self.path}:{self._lines.inner(around, key)}"


def meant(word: str, known: Sequence[str], names: str, table: str = "") -> str:
    """A remedy for a word that is not known: the likeliest one in its table, then all under their name."""
    close = get_close_matches(word, known, n=1)
    instead = f"Did you mean {table}{close[0]}? " if close else ""
    return f"{instead}{names} are {', '.join(known)}"


class Lines:
    """The places of everything in one text that ``tomllib`` could read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._found: dict[Keys, int] = {}
        self._lengths: dict[Keys, int] = {}
        self._read()

    def line(self, keys: Sequence[str | int]) -> int:
        """The line, from 1, of a value or of the nearest table around it."""
        for length in range(len(keys), 0, -1):
            if tuple(keys[:length]) in self._found:
                return self._found[tuple(keys[:length])]
        return 1

    def inner(self, around: Keys, name: str | None) -> int:
        """The line of the first key of this name in a table, at whatever depth; else that of the table."""
        for keys, line in self._found.items():
            if keys[: len(around)] == around and name in keys[len(around) :]:
                return line
        return self.line(around)

    def _read(self) -> None:
        table: Keys = ()
        while self._skip(_BLANK) < len(self._text):
            start = self._at
            if self._text.startswith("[[", start):
                table = self._header("]]")
                self._lengths[table] = self._lengths.get(table, 0) + 1
                table = (*table, self._lengths[table] - 1)
            elif self._text.startswith("[", start):
                table = self._header("]")
            else:
                self._pair(table)
                continue
            self._keep(table, start)

    def _header(self, end: str) -> Keys:
        self._at += len(end)
        keys = self._within(self._key())
        self._skip(_SPACE)
        self._at += len(end)
        return keys

    def _within(self, key: tuple[str, ...]) -> Keys:
        """A header's names lead through the newest of each array of tables on their way, but for the last."""
        keys: Keys = ()
        for name in key:
            if keys in self._lengths:
                keys = (*keys, self._lengths[keys] - 1)
            keys = (*keys, name)
        return keys

    def _pair(self, table: Keys) -> None:
        start = self._at
        keys = (*table, *self._key())
        self._keep(keys, start)
        self._skip(_SPACE)
        self._at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(keys)

    def _key(self) -> tuple[str, ...]:
        names: list[str] = []
        while True:
            self._skip(_SPACE)
            names.append(self._name())
            self._skip(_SPACE)
            if not self._text.startswith(".", self._at):
                return tuple(names)
            self._at += 1

    def _name(self) -> str:
        for pattern in (_BARE, _BASIC, _LITERAL):
            match = pattern.match(self._text, self._at)
            if match:
                self._at = match.end()
                return match[0] if pattern is _BARE else match[0][1:-1]
        self._at += 1
        return ""

    def _value(self, keys: Keys) -> None:
        if self._text.startswith("[", self._at):
            self._list(keys)
        elif self._text.startswith("{", self._at):
            self._inline(keys)
        else:
            for pattern in (_LONG, _BASIC, _LITERAL, _PLAIN):
                match = pattern.match(self._text, self._at)
                if match:
                    self._at = match.end()
                    return

    def _list(self, keys: Keys) -> None:
        self._at += 1
        number = 0
        while self._skip(_BLANK) < len(self._text) and self._text[self._at] != "]":
            start = self._at
            self._keep((*keys, number), start)
            self._value((*keys, number))
            self._at = max(self._at, start + 1)
            number += 1
            if self._skip(_BLANK) < len(self._text) and self._text[self._at] == ",":
                self._at += 1
        self._at += 1

    def _inline(self, keys: Keys) -> None:
        self._at += 1
        while self._skip(_BLANK) < len(self._text) and self._text[self._at] != "}":
            self._pair(keys)
            if self._skip(_BLANK) < len(self._text) and self._text[self._at] == ",":
                self._at += 1
        self._at += 1

    def _skip(self, pattern: re.Pattern[str]) -> int:
        match = pattern.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._at

    def _keep(self, keys: Keys, at: int) -> None:
        self._found.setdefault(keys, bisect_right(self._starts, at))
