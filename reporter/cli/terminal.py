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

_STDOUT: Final = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")


def is_stdout(name: str) -> bool:
    """Whether a file's name stands for standard output."""
    return name in _STDOUT


def count(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def _columns(stream: IO[str]) -> int | None:
    if not stream.isatty():
        return None
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class Terminal:
    """How much is said, and whether with the tracebacks of errors; NO_COLOR says whether in colour."""

    quiet: bool = False
    verbose: int = 0
    debug: bool = False

    @property
    def width(self) -> int | None:
        """Of the screen that results are shown on, in characters; None where a program or a file takes them."""
        return _columns(sys.stdout)

    @property
    def words_width(self) -> int | None:
        """Of the screen that words are shown on, likewise."""
        return _columns(sys.stderr)

    def result(self, text: str) -> None:
        """A result, on stdout."""
        click.echo(text)

    def document(self, pieces: Iterable[bytes]) -> bool:
        """A whole document, on stdout, in its own encoding; returns whether stdout took it all."""
        sys.stdout.flush()
        sys.stdout.buffer.writelines(pieces)
        sys.stdout.buffer.flush()
        return getattr(getattr(sys.stdout.buffer, "raw", None), "failure", None) is None

    def say(self, text: str) -> None:
        """Words, on stderr; data in them has passed through ``shown``."""
        if not self.quiet:
            click.echo(text, err=True)

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
        color = False if os.environ.get("NO_COLOR") else None  # None: where somebody looks at it
        click.echo(f"{click.style('datarisk:', bold=True)} {text}", err=True, color=color)

    @contextmanager
    def progress(self, label: str) -> Iterator[Bar]:
        """A line that tells of long work, if anybody is there to look at it; it wipes itself away at the end."""
        watched = not self.quiet and sys.stderr.isatty() and not os.environ.get("CI")
        bar = Bar(f"{label} ", sys.stderr if watched else None)
        try:
            yield bar
        finally:
            bar.write("")


@dataclass(slots=True)
class Bar:
    """Progress of long work; silent where nobody looks."""

    label: str
    stream: IO[str] | None
    _shown: str = ""

    def count(self, done: int, of: int) -> None:
        """So many of so many."""
        self.write(f"{self.label}{done:,} of {of:,}")

    def step(self, name: str) -> None:
        """What is being done now."""
        self.write(f"{self.label}{shown(name, 60)}")

    def write(self, text: str) -> None:
        """Puts a text in the place of the last one."""
        if self.stream is not None and text != self._shown:
            self._shown = text
            self.stream.write(f"\r\x1b[2K{text}")
            self.stream.flush()
