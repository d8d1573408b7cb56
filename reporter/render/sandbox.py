"""Templates of the user's own: looked through before a run, rendered in Jinja's sandbox, and within a time."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Final, NoReturn

from jinja2 import TemplateSyntaxError, meta
from jinja2.environment import Environment
from jinja2.exceptions import SecurityError
from jinja2.runtime import Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reporter.errors import TemplateMistake

_KINDS: Final = frozenset({".html", ".css", ".js"})
_LARGEST: Final = 1_000_000  # characters or items that one operation may make
_STEPS: Final = 1_000
_WIDENING: Final = frozenset({"format", "format_map", "ljust", "rjust", "center", "zfill", "expandtabs", "replace"})


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which no operation makes anything huge either."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Refuses what would be larger than any report needs."""
        sized = isinstance(left, str | list | tuple) or isinstance(right, str | list | tuple)
        if operator == "%" and isinstance(left, str):
            raise SecurityError("text is not formatted by % in a template; use ~ or {% trans %}")
        if operator == "*" and sized:
            whole, times = (left, right) if not isinstance(left, int) else (right, left)
            if not isinstance(times, int) or len(whole) * times > _LARGEST:
                raise SecurityError(f"a product of more than {_LARGEST} characters or items")
        if operator == "**" and (abs(left) > _STEPS or abs(right) > _STEPS):
            raise SecurityError("a power of numbers as large as these")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Text has methods that make it as wide as one likes."""
        if isinstance(obj, str) and attr in _WIDENING:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        """Says at once what may not be reached for."""
        raise SecurityError(f"a template may not reach for {attribute!r} of {type(obj).__name__}")


def files(folder: Path, ours: frozenset[str]) -> list[str]:
    """The templates in a folder by name.

    Raises:
        TemplateMistake: It is no folder, or something in it lies elsewhere.
    """
    remedy = "Start with `datarisk init templates`"
    if not folder.is_dir():
        raise TemplateMistake("not a folder", where=str(folder), remedy=remedy)
    root = folder.resolve()
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.resolve().is_relative_to(root):
            raise TemplateMistake("leads out of the folder of templates", where=str(path), remedy="Put a copy here")
        name = path.relative_to(folder).as_posix()
        if path.is_file() and (path.suffix in _KINDS or name in ours):
            found.append(name)
    return found


def unused(environment: Environment, folder: Path, names: list[str], ours: frozenset[str]) -> list[str]:
    """Templates that stand in for none of ours and that none of these includes: a mistyped name, most likely.

    Raises:
        TemplateMistake: One of them cannot be understood.
    """
    asked: set[str] = set()
    for name in names:
        if not name.endswith(".html"):
            continue
        source = (folder / name).read_text(encoding="utf-8", errors="replace")
        try:
            environment.compile(source, name, str(folder / name))
            asked |= {each for each in meta.find_referenced_templates(environment.parse(source)) if each}
        except TemplateSyntaxError as error:
            raise TemplateMistake(str(error.message), where=f"{folder / name}:{error.lineno}") from error
    return [name for name in names if name not in ours and name not in asked]


class _TooLong(BaseException):
    """Time is up. No template and nothing that it calls can catch it."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Ends what takes longer.

    By a signal, so in the main thread of POSIX systems only; elsewhere there is no limit.

    Raises:
        TimeoutError: Time is up.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except _TooLong as error:
        raise TimeoutError(f"took longer than {seconds:g} s").with_traceback(error.__traceback__) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def place(traceback: TracebackType | None, folder: Path) -> str | None:
    """The innermost line of the user's templates that an error came from, as ``file:line``."""
    found = None
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if Path(file).is_relative_to(folder):
            # Jinja sets lines right in what it raises itself; what the signal raised has those of the compiled code.
            compiled = traceback.tb_frame.f_globals.get("__jinja_template__")
            line = traceback.tb_lineno
            found = f"{file}:{compiled.get_corresponding_lineno(line) if compiled else line}"
        traceback = traceback.tb_next
    return found
