"""What can go wrong, as one tree; each leaf says with which exit status a run ends.

::

    DatariskError
    ├── UsageError            2  a flag, a settings or policy file, a path that is not there
    │   ├── OutputError       2  an output that cannot be written
    │   ├── NoTokenError      2  no token is set, so no platform can be read
    │   ├── TemplateMistake   2  a template of the user's own that is wrong
    │   └── MissingPart       2  something to install: Pango, an extra
    ├── EvidenceError         3  no complete evidence, so nothing may be concluded
    │   ├── UnreadableError   3  one input that cannot be read or understood
    │   ├── EmptySelection    3  nothing was selected
    │   └── PlatformError     3  the platform did not answer as it should
    │       ├── RefusedError      3  it refuses the token
    │       ├── UnreachableError  3  it does not answer at all
    │       └── AnswerError       3  it answers, but not with what was asked for
    ├── FaultError            4  a fault of ours or of the machine: a renderer, a full disk
    │   └── RenderError       4  a document could not be made
    └── HeldError            75  another run is at work

An error explains itself; only the command line prints it and ends the process.
"""

from __future__ import annotations

from typing import ClassVar


class DatariskError(Exception):
    """A failure with its place and its remedy.

    Args:
        what: What was wrong, as a sentence without its full stop.
        where: The file, JSON path or URL that it was found at.
        remedy: What the reader can do about it, as a sentence without its full stop.
    """

    exit_status: ClassVar[int] = 4

    def __init__(self, what: str, *, where: str | None = None, remedy: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        """One line: where, what, remedy."""
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}. {self.remedy}." if self.remedy else f"{text}."


class UsageError(DatariskError):
    """The call or its configuration is wrong; nothing was read or written."""

    exit_status = 2


class OutputError(UsageError):
    """An output cannot be written; what was there before is untouched."""


class NoTokenError(UsageError):
    """No token is set, so no platform can be read."""


class MissingPart(UsageError):  # noqa: N818  (reads as the condition that it names)
    """A part that this machine lacks; the remedy is the line that installs it."""


class TemplateMistake(UsageError):  # noqa: N818  (reads as the condition that it names)
    """A template of the user's own is wrong, or asks for what it may not."""


class EvidenceError(DatariskError):
    """The evidence is not complete, so nothing may be concluded from it."""

    exit_status = 3


class UnreadableError(EvidenceError):
    """One input cannot be read or understood; as a rule it becomes a gap, and the run goes on."""


class EmptySelection(EvidenceError):  # noqa: N818  (reads as the condition that it names)
    """Nothing matched what was selected."""


class PlatformError(EvidenceError):
    """The platform did not answer as it should."""


class RefusedError(PlatformError):
    """The platform refuses the token: it is wrong, expired, or of a kind that cannot read.

    ``for_good`` says whether asking for anything else with this token is useless, too.
    """

    def __init__(self, what: str, *, for_good: bool = True, **rest: str | None) -> None:
        super().__init__(what, **rest)
        self.for_good = for_good


class UnreachableError(PlatformError):
    """The platform does not answer: its name, its address, the network or its certificate."""


class AnswerError(PlatformError):
    """The platform answers, but not with what was asked for; ``status`` is that of HTTP, where it is the reason."""

    def __init__(self, what: str, *, status: int | None = None, **rest: str | None) -> None:
        super().__init__(what, **rest)
        self.status = status


class FaultError(DatariskError):
    """A fault of ours or of the machine."""

    exit_status = 4


class RenderError(FaultError):
    """A document could not be made."""


class HeldError(DatariskError):
    """Another run is at work, and this one gives way: nothing was read, written or sent."""

    exit_status = 75  # EX_TEMPFAIL of sysexits.h


def unmade(error: Exception, name: str) -> DatariskError:
    """Why the document of this name could not be made, whatever went wrong; errors of ours explain themselves."""
    if isinstance(error, DatariskError):
        return error
    said = f": {error}" if str(error) else ""
    problem = RenderError(f"cannot be made: {type(error).__name__}{said}", where=name)
    problem.__cause__ = error  # so that --debug shows where it went wrong
    return problem
