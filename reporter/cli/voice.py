"""What a run on a schedule says on stderr: words with the report that they are about, or a log of one object a line.

The log's keys are a promise: ``time`` (UTC), ``level``, ``event``, ``report`` where it is about one, and what
docs/run.md lists for each event.
"""

from __future__ import annotations

import json
import sys
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from reporter.cli.terminal import Terminal
from reporter.errors import DatariskError
from reporter.plain.text import shown

Level = Literal["info", "warning", "error"]
_WORDS = 2000


@dataclass(frozen=True)  # no slots: its methods call those of the class that it is made from
class Voice(Terminal):
    """A terminal whose words may be told apart by report, or be events of a log."""

    log: bool = False
    report: str | None = None

    def event(self, event: str, level: Level = "info", /, **more: Any) -> None:
        """One line of the log, if there is one."""
        if not self.log:
            return
        about = {"report": self.report} if self.report is not None else {}
        time = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        line = json.dumps({"time": time, "level": level, "event": event, **about, **more}, ensure_ascii=True)
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    def say(self, text: str) -> None:
        """Words for those who asked for more."""
        if self.log:
            self.event("said", message=text)
        else:
            super().say(text)

    def warn(self, text: str) -> None:
        """What somebody has to see to some day."""
        if self.log:
            self.event("warning", "warning", message=text)
        else:
            super().warn(text)

    def complain(self, text: str) -> None:
        """What somebody has to see to now."""
        if self.log:
            self.event("complaint", "warning", message=text)
        else:
            super().complain(f"{shown(self.report, 80)}: {text}" if self.report is not None else text)

    def failed(self, text: str) -> None:
        """Why a run ends before its time."""
        self.event("error", "error", message=text)

    def error(self, error: DatariskError) -> None:
        """What went wrong, with its status."""
        if not self.log:
            super().error(error)
            return
        more = {"traceback": "".join(traceback.format_exception(error))} if self.debug else {}
        self.event("error", "error", status=error.exit_status, message=shown(str(error), _WORDS), **more)

    def progress(self, label: str) -> Any:
        """A line that tells of long work would stand in the middle of a log."""
        return Terminal(quiet=True).progress(label) if self.log else super().progress(label)
