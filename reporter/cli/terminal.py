"""What a person sees: results on stdout, words and progress on stderr, and nothing that data could forge."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Final

import click

from reporter.errors import DatariskError
from reporter.plain.text import shown

_GAPS_SHOWN = 20
_STDOUT: Final = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")


def is_stdout(name: str) -> bool:
    """Whether a file's name stands for standard output."""
    return name in _STDOUT


def count(number: int, one: str) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else f'{one}s'}"


@dataclass(frozen=True, slots=True)
class Terminal:
    """How much is said, and whether in colour and with the tracebacks of errors."""

    quiet: bool = False
    verbose: int = 0
    color: bool | None = None
    debug: bool = False

    def result(self, text: str) -> None:
        """A result, on stdout."""
        click.echo(text, color=self.color)

    def document(self, data: bytes | Iterable[bytes]) -> bool:
        """A whole document, on stdout, in its own encoding; returns whether stdout took it all."""
        sys.stdout.flush()
        sys.stdout.buffer.writelines((data,) if isinstance(data, bytes) else data)
        sys.stdout.buffer.flush()
        return getattr(getattr(sys.stdout.buffer, "raw", None), "failure", None) is None

    def say(self, text: str) -> None:
        """Words, on stderr; data in them has passed through ``shown``."""
        if not self.quiet:
            click.echo(text, err=True, color=self.color)

    def detail(self, text: str) -> None:
        """Words for those who asked for more."""
        if self.verbose:
            self.say(text)

    def error(self, error: DatariskError) -> None:
        """What went wrong, where and what to do; said however quiet the run is."""
        if self.debug:
            import traceback

            traceback.print_exception(error)
        self.complain(shown(str(error), 2000))

    def warn(self, text: str) -> None:
        """One line like that of ``complain`` about what is no error."""
        if not self.quiet:
            self.complain(text)

    def complain(self, text: str) -> None:
        """One line that begins with the program's name."""
        click.echo(f"{click.style('datarisk:', bold=True)} {text}", err=True, color=self.color)

    def gaps(self, gaps: Iterator[str] | list[str]) -> None:
        """What could not be read, one a line."""
        lines = list(gaps)
        for line in lines[:_GAPS_SHOWN]:
            self.complain(line)
        if len(lines) > _GAPS_SHOWN:
            self.complain(f"and {len(lines) - _GAPS_SHOWN} more; all of them stand in the report")

    @contextmanager
    def progress(self, label: str) -> Iterator[Bar]:
        """A progress bar, if anybody is there to look at it."""
        watched = not self.quiet and sys.stderr.isatty() and not os.environ.get("CI")
        with Bar.open(label, sys.stderr if watched else None) as bar:
            yield bar


class Bar:
    """Progress of long work; silent where nobody looks."""

    def __init__(self, label: str, stream: IO[str] | None) -> None:
        self._label = label
        self._stream = stream
        self._shown = ""

    @classmethod
    @contextmanager
    def open(cls, label: str, stream: IO[str] | None) -> Iterator[Bar]:
        """A bar that wipes itself away at the end."""
        bar = cls(label, stream)
        try:
            yield bar
        finally:
            bar._write("")

    def count(self, done: int, of: int) -> None:
        """So many of so many."""
        self._write(f"{self._label} {done:,} of {of:,}")

    def step(self, name: str) -> None:
        """What is being done now."""
        self._write(f"{self._label} {shown(name, 60)}")

    def _write(self, text: str) -> None:
        if self._stream is not None and text != self._shown:
            self._shown = text
            self._stream.write(f"\r\x1b[2K{text}")
            self._stream.flush()
