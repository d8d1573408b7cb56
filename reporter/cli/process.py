"""The process around a command: its streams, what ends it, and the one place where a failure becomes an exit status.

Whatever becomes of the streams, a run does all that it was asked for and ends with the status that it came to.
"""

from __future__ import annotations

import errno
import io
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any, Final, NoReturn

_COMPLETE: Final = "_DATARISK_COMPLETE"
_USAGE: Final = 2
_FAULT: Final = 4
_WORDS: Final = {signal.SIGINT: "interrupted", signal.SIGTERM: "ended", signal.SIGHUP: "the terminal hung up"}

#: Of a stream that nobody reads, or that was closed: whoever did so wants to hear nothing, and that changes no status.
_UNHEARD: Final = (errno.EPIPE, errno.EBADF)


class Stream(io.FileIO):
    """What writes to standard output or standard error, and keeps the first failure for later instead of raising it."""

    failure: OSError | None = None

    def write(self, data: Any) -> int:
        """Writes what it can; after a failure nothing more."""
        while self.failure is None:
            try:
                written = super().write(data)
            except OSError as error:
                self.failure = error
            else:
                if written is not None:
                    return written
                # Somebody made it one that does not block, and it is full; what is written is lost to nobody.
                select.select([], [self.fileno()], [])
        return memoryview(data).nbytes


def main() -> NoReturn:
    """The command's entry point."""
    heard = _end_when_told()
    stdout = _guarded_streams()
    status = run(heard=heard)
    with suppress(OSError):
        sys.stdout.flush()
    if stdout.failure and stdout.failure.errno not in _UNHEARD:
        _complain(f"standard output: cannot be written: {stdout.failure.strerror}")
        status = max(status, _FAULT)
    sys.exit(status)


def run(args: Sequence[str] | None = None, *, heard: Callable[[], signal.Signals] = lambda: signal.SIGINT) -> int:
    """Runs one command and returns its exit status; every failure is one line, and a traceback only if asked for.

    Args:
        args: The command line; by default that of the process.
        heard: Says which signal a ``KeyboardInterrupt`` stands for.
    """
    context: dict[str, Any] = {}
    try:
        return _invoked(list(sys.argv[1:] if args is None else args), context)
    except KeyboardInterrupt:
        what, status = f"{_WORDS[heard()]}; nothing was left half written", 128 + heard()
    except Exception as error:  # noqa: BLE001  (a traceback would end with status 1, which means findings)
        if context.get("debug"):
            import traceback

            traceback.print_exception(error)
        what, status = _explained(error)
    context.get("complain", _complain)(what)
    return status


def _invoked(args: list[str], context: dict[str, Any]) -> int:
    # click's own ``main`` would print an empty line at Ctrl-C, and end with 1 wherever a pipe breaks.
    import click

    from reporter.cli.main import cli

    if _COMPLETE in os.environ:
        from click.shell_completion import shell_complete

        return shell_complete(cli, {}, "datarisk", _COMPLETE, os.environ[_COMPLETE])
    try:
        with cli.make_context("datarisk", args, obj=context) as root:
            return int(cli.invoke(root) or 0)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        error.show()
        return error.exit_code


def _explained(error: Exception) -> tuple[str, int]:
    """What went wrong, and its status; only what no machine and no call can be blamed for is a fault of ours."""
    from reporter.errors import DatariskError
    from reporter.plain.text import shown

    if isinstance(error, DatariskError):
        return shown(str(error), 2000), error.exit_status
    if isinstance(error, OSError) and _is_nowhere():
        return "the folder that this was started in is gone or cannot be read; start it from another one", _USAGE
    if isinstance(error, MemoryError):
        return "out of memory; split the input, or use a larger machine", _FAULT
    if isinstance(error, OSError) and error.errno is not None:
        where = f"{shown(str(error.filename))}: " if error.filename else ""
        return f"{where}this machine does not allow it: {error.strerror}; --debug shows where", _FAULT
    return f"a fault of datarisk, {type(error).__name__}; --debug shows where", _FAULT


def _is_nowhere() -> bool:
    try:
        Path.cwd()
    except OSError:
        return True
    return False


def _complain(what: str) -> None:
    # Nothing is imported before the process hears what it is told, so that it can be ended from its first moment.
    from reporter.cli.terminal import Terminal

    Terminal().complain(what)


def _end_when_told() -> Callable[[], signal.Signals]:
    """Makes being told to end, or hung up on, what Ctrl-C is; returns what says which of them it was."""
    heard = [signal.SIGINT]

    def end(number: int, _: FrameType | None) -> None:
        heard[0] = signal.Signals(number)
        signal.signal(number, signal.SIG_IGN)  # once is enough, and cleaning up is not to be cut short
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as it is in what a script starts in the background
            signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.raise_signal(signal.SIGINT)

    def lost(unraisable: Any) -> None:
        """Python drops an interruption that comes while it tidies up; it has to come once more."""
        if isinstance(unraisable.exc_value, KeyboardInterrupt):
            threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT)).start()
        else:
            sys.__unraisablehook__(unraisable)

    sys.unraisablehook = lost
    for each in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(each) is not signal.SIG_IGN:  # as it is after nohup
            signal.signal(each, end)
    return lambda: heard[0]


def _guarded_streams() -> Stream:
    """Puts streams that do not fail in the place of standard output and standard error; returns the former.

    A stream that was closed gets a descriptor that answers as if it still were. Else the next file that is opened
    would get its number, and whatever is printed would end up in that file.
    """
    for descriptor, way in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_RDONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            opened = os.open(os.devnull, way)
            if opened != descriptor:
                os.dup2(opened, descriptor)
                os.close(opened)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  (a descriptor, for good)
    stdout, stderr = Stream(1, "w", closefd=False), Stream(2, "w", closefd=False)
    sys.stdout, sys.stderr = _text(stdout, sys.stdout), _text(stderr, sys.stderr)
    return stdout


def _text(stream: Stream, before: Any) -> io.TextIOWrapper:
    encoding = getattr(before, "encoding", None) or "utf-8"
    buffered = io.BufferedWriter(stream)
    return io.TextIOWrapper(buffered, encoding, errors="backslashreplace", line_buffering=stream.isatty())
