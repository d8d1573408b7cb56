"""The command ``init declarations``: what nobody declared, as span types to fill in."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from reporter import bundle
from reporter.cli.reading import Call
from reporter.cli.terminal import Terminal, count
from reporter.declared.model import SpanType
from reporter.errors import EvidenceError, UsageError
from reporter.plain import disk
from reporter.plain.language import ENGLISH
from reporter.plain.text import shown
from reporter.review.declarations_draft import draft, undeclared
from reporter.review.lint.suggesting import suggested

FOLDER: Final = "declarations"
_NAME: Final = 60
_FIRST: Final = 5  # span types of an agent that are told


def init(terminal: Terminal, *, sources: Sequence[str], force: bool, **given: Any) -> int:
    """Drafts the declarations of what nobody declared, one file an agent; returns the exit status.

    Raises:
        UsageError: One of the files is there already.
    """
    call = Call(terminal, {**given, "sources": sources})
    found = call.run(call.order(spoken=ENGLISH, waive=False))
    call.tell_gaps(found.inventory, found.scope.gaps)
    files: dict[Path, bytes] = {}
    lines: list[str] = []
    for each in found.assessment.agents:
        if entries := undeclared(each):
            path = Path(FOLDER, f"{bundle.distinct_name(each.agent.name, each.agent.id)}.json")
            files[path] = f"{json.dumps(draft(each, entries), indent=2)}\n".encode()
            lines.append(f"{shown(each.agent.name, _NAME)}: {count(len(entries), 'span type')} to declare")
            lines += [line for entry in entries[:_FIRST] for line in _asked(entry)]
    there = next((path for path in files if os.path.lexists(path)), None)
    if there and not force:
        raise UsageError("is there already", where=str(there), remedy="Use --force to replace it")
    for path, data in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        disk.write_file(path, data)
        terminal.result(str(path))
    for line in lines:
        terminal.say(line)
    terminal.say(
        "Every answer in them is unknown: answer what is known, register them, and name them as a SOURCE."
        if files
        else "Nothing in scope is without a declaration, so there is nothing to draft."
    )
    return 0 if found.report.complete else EvidenceError.exit_status


def _asked(entry: SpanType) -> Iterator[str]:
    # What name and schemas suggest is no answer, so that it is only asked.
    if fields := [each.field for each in suggested(entry)]:
        yield f"  ask first whether {shown(entry.name, _NAME)} has to do with {', '.join(fields)}"
