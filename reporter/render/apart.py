"""Templates of the user's own at work: in a process of their own, with bounds on its memory and its time.

Jinja's sandbox keeps a template from reaching anything, but not from making a text of two billion letters, nor a style
sheet from asking for a layout as large. Whatever they ask for, it is this process that the system refuses it, and the
one that holds tokens and evidence goes on. It gets neither tokens nor settings from the environment.
"""

from __future__ import annotations

import json
import math
import os
import pickle
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any, Final, Literal, NoReturn

from reporter.errors import DatariskError, MissingPart, RenderError, TemplateMistake
from reporter.render import templates
from reporter.render.document import Attachment, Document, Theme
from reporter.view.report import Report

_MEGABYTE: Final = 1_000_000
_GRACE: Final = 5  # seconds in which what was told to stop may say where it stood
_KINDS: Final[dict[str, type[DatariskError]]] = {
    kind.__name__: kind for kind in (TemplateMistake, MissingPart, RenderError)
}
_TOLD: Final = 3  # the exit status with which the process tells of a mistake on its standard output
_FULL: Final = 5  # and that of one that had no memory left to tell it
# -P: the folder that a run is started in may hold anybody's modules.
_CHILD: Final = (
    sys.executable,
    "-P",
    "-c",
    "import sys; sys.path.append(sys.argv[1]); from reporter.render import apart; apart.work()",
)
_PLACE: Final = str(Path(__file__).resolve().parent.parent.parent)


class _TooLong(BaseException):
    """Time is up. No template and nothing that it calls can catch it."""


def render(report: Report, theme: Theme, name: Literal["html", "pdf"], attached: Sequence[Attachment] = ()) -> Document:
    """A document made with the user's templates; a PDF carries ``attached``.

    Raises:
        MissingPart: Pango is missing.
        RenderError: It cannot be made.
        TemplateMistake: The templates are wrong, or ask for more than they may.
    """
    kind = "application/pdf" if name == "pdf" else "text/html"
    return Document(f"report.{name}", kind, _asked((name, (report, attached), theme), theme))


def looked_through(theme: Theme) -> list[str]:
    """Compiles the user's templates, which fills in what is constant in them; returns those that nothing uses.

    Raises:
        TemplateMistake: One of them is wrong, or asks for more than it may; or the folder is no folder.
    """
    found: list[str] = json.loads(_asked(("look", None, theme), theme))
    return found


def _asked(task: Any, theme: Theme) -> bytes:
    env = {name: text for name, text in os.environ.items() if not name.startswith(("PREFACTOR", "DATARISK"))}
    done = subprocess.run(  # noqa: S603 (our own program)
        (*_CHILD, _PLACE),
        input=pickle.dumps(task),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=env,
        check=False,
    )
    if done.returncode == 0:
        return done.stdout
    if done.returncode == _TOLD:
        told = json.loads(done.stdout)
        raise _KINDS[told.pop("kind")](**told)
    if done.returncode == -signal.SIGXCPU:
        raise _beyond(theme, "time")
    if done.returncode < 0 or done.returncode == _FULL:
        # Libraries that cannot go on without memory end the process that they are in; a system without any does, too.
        raise _beyond(theme, "memory")
    raise RenderError(f"the process that fills templates ended with status {done.returncode}")


def _beyond(theme: Theme, bound: Literal["time", "memory"], where: str | None = None) -> TemplateMistake:
    if bound == "time":
        what, setting = f"took longer than {theme.seconds:g} s of processor time", "template_timeout"
    else:
        what, setting = f"needed more than {theme.megabytes} MB of memory", "template_memory"
    remedy = f"Mend the templates, or allow more: {setting}"
    return TemplateMistake(what, where=where or str(theme.templates), remedy=remedy)


# In the process of its own


def work() -> None:
    """Does what stands on standard input, and writes what comes of it to standard output."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no part of a document
    name, given, theme = pickle.load(sys.stdin.buffer)  # noqa: S301 (written by the process that started this one)
    _bound(theme)
    try:
        data, status = _work(name, given, theme), 0
    except BaseException as error:  # noqa: BLE001 (whatever it is, the other process tells it)
        signal.signal(signal.SIGPROF, signal.SIG_IGN)
        try:
            told = _told(error, theme)
            parts = {"kind": type(told).__name__, "what": told.what, "where": told.where, "remedy": told.remedy}
            # No pickle on this way back: what the user's templates did to this process must not reach the other.
            data, status = json.dumps(parts).encode(), _TOLD
        except MemoryError:
            os._exit(_FULL)
    signal.signal(signal.SIGPROF, signal.SIG_IGN)
    answer.write(data)
    answer.flush()
    os._exit(status)


def _bound(theme: Theme) -> None:
    """Memory, where the system holds a process to it (macOS does not); and time: first it is told, then it is ended."""
    bytes_ = theme.megabytes * _MEGABYTE
    signal.signal(signal.SIGPROF, _stop)
    # Told again and again: what is raised where nobody can catch it is lost.
    signal.setitimer(signal.ITIMER_PROF, theme.seconds, _GRACE / 10)
    last = math.ceil(theme.seconds) + _GRACE
    bounds = ((resource.RLIMIT_CPU, last, last + 1), (resource.RLIMIT_CORE, 0, 0), (resource.RLIMIT_AS, bytes_, bytes_))
    for bound, soft, hard in bounds:
        with suppress(ValueError, OSError):  # no bound of ours where the system's own is lower
            resource.setrlimit(bound, (soft, hard))


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise _TooLong


def _work(name: str, given: Any, theme: Theme) -> bytes:
    if name == "look" and theme.templates:
        return json.dumps(templates.looked_through(theme.templates)).encode()
    report, attached = given
    if name == "pdf":
        from reporter.render.pdf import pdf  # noqa: PLC0415 (loads Pango, which may be missing)

        return pdf.render(report, theme, attached).data
    from reporter.render import html  # noqa: PLC0415

    whole: Report = report
    return html.render(whole, theme).data


def _told(error: BaseException, theme: Theme) -> DatariskError:
    """The error as the user is told it: a bound that was reached stands behind whatever it led to."""
    causes: list[BaseException] = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) is not None:
        causes.append(cause)
    for cause in causes:
        if isinstance(cause, _TooLong | MemoryError):
            where = templates.place(cause.__traceback__, theme.templates) if theme.templates else None
            if isinstance(cause, _TooLong):
                return _beyond(theme, "time", where)
            return _beyond(theme, "memory", where or str(cause))
    if isinstance(error, TemplateMistake | MissingPart | RenderError):
        return error
    return RenderError(f"the document cannot be made: {type(error).__name__}: {error}")
