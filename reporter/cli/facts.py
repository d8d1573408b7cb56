"""The commands around the file of facts: a draft of one, made from what is declared, and a look for mistakes in it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

from reporter import pipeline
from reporter.cli.reading import Call
from reporter.cli.terminal import Terminal, count
from reporter.errors import EvidenceError, UsageError
from reporter.plain import disk
from reporter.plain.language import ENGLISH
from reporter.plain.text import shown
from reporter.review.assessment import Assessed
from reporter.review.facts import AgentFacts
from reporter.review.facts_draft import asked, draft
from reporter.review.facts_file import FACTS_FILE, examine


def init(terminal: Terminal, *, sources: Sequence[str], force: bool, **given: Any) -> int:
    """Drafts a file of facts from what is declared; it states nothing until somebody fills it in.

    Raises:
        UsageError: There is one already.
    """
    home = Path(FACTS_FILE)
    if os.path.lexists(home) and not force:
        raise UsageError("is there already", where=str(home), remedy="Use --force to replace it")
    call = Call(terminal, {**given, "sources": sources})
    found = call.run(call.order(spoken=ENGLISH, waive=False))
    call.tell_gaps(found.inventory, found.scope.gaps)
    disk.write_file(home, draft(found.assessment.agents, call.now).encode())
    terminal.result(str(home))
    terminal.say("It states nothing yet: take away the # of what you fill in, and say who states it and when.")
    return 0 if found.report.complete else EvidenceError.exit_status


def facts_check(terminal: Terminal, *, sources: Sequence[str], **given: Any) -> int:
    """Looks for mistakes in a file of facts, and says what it lacks of each agent.

    Raises:
        UsageError: There is no file.
    """
    if sources and sources[0].endswith(".toml"):
        given["facts"], sources = sources[0], sources[1:]
    call = Call(terminal, {**given, "sources": sources})
    file = call.facts_file()
    if file is None:
        raise UsageError("there is no file of facts", remedy="Name one, or draft one with `datarisk init facts`")
    facts, mistakes = examine(file, call.now.astimezone(UTC).date())
    collected = call.collect() if sources and not mistakes else None
    if collected:
        inventory = collected.inventory()
        mistakes = facts.mistakes(inventory.agents, whole=not inventory.gaps)
    for mistake in mistakes:
        terminal.error(mistake)
    if mistakes:
        return UsageError.exit_status
    if collected:
        found = pipeline.run(collected, call.order(spoken=ENGLISH))
        for each in found.assessment.agents:
            terminal.result(f"{shown(each.agent.name, 60):<28} {_state(each)}")
        call.tell_gaps(found.inventory, found.scope.gaps)
        return 0 if found.report.complete else EvidenceError.exit_status
    entries, answers, agreed = len(facts.entries), len(facts.answers), len(facts.agreed)
    told = f"{count(entries, 'entry', 'entries')}, {count(answers, 'answer')}"
    told += f", {count(agreed, 'agreement')}" if agreed else ""
    terminal.say(f"{shown(str(file.path))}: {told}, no mistake. A SOURCE shows whom they are about.")
    return 0


def _state(each: Assessed) -> str:
    missing = [*_missing(each.facts or AgentFacts(), asked(each))]
    return f"not provided: {', '.join(missing)}" if missing else "provided: all that its declarations make relevant"


def _missing(facts: AgentFacts, keys: Sequence[str]) -> Iterator[str]:
    have = {"recipient": facts.recipients, "document": facts.documents}
    yield from (key for key in keys if not (have[key] if key in have else getattr(facts, key)))
