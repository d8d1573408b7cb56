"""The command ``diff``: what changed between two sources, two schema versions, or two environments, by meaning."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

from reporter.cli.reading import Call
from reporter.cli.terminal import Terminal, is_stdout
from reporter.declared.model import Inventory
from reporter.declared.scope import Selection, scope
from reporter.errors import EmptySelection, EvidenceError, UsageError
from reporter.gate import sides
from reporter.plain import disk
from reporter.plain.language import ENGLISH
from reporter.plain.memory import collecting_later
from reporter.plain.text import shown
from reporter.render.check import difference as rendered
from reporter.render.document import Document
from reporter.review.difference import Side, difference
from reporter.sources.files import STDIN
from reporter.view.changed import Changes
from reporter.view.changes import changes

Format = Literal["text", "markdown", "json"]
Pair = tuple[Side, Side]

_ENDINGS: Final[dict[str, Format]] = {".txt": "text", ".md": "markdown", ".json": "json"}
_REMEDY: Final = "`datarisk diff OLD NEW`, or --versions or --environments and one SOURCE"
#: What is made from evidence and holds answers; it names itself in its first line.
_MADE: Final = re.compile(rb'\s*\{\s*"schema"\s*:\s*"datarisk/(report|baseline)/')
_HEAD: Final = 200  # bytes
_BOTH: Final = 2


def diff(
    terminal: Terminal,
    *,
    sources: Sequence[str],
    between_versions: tuple[str, str] | None,
    between_environments: tuple[str, str] | None,
    format_: Format | None,
    file: str | None,
    **given: Any,
) -> int:
    """Tells what changed; returns the exit status, which is 0 where things changed, too: it is no gate.

    Raises:
        UsageError: It is not said what to compare, or it is of two accounts.
        EmptySelection: There is no agent on either side.
    """
    output = file if file and not is_stdout(file) else None
    kind = format_ or (_format(output) if output else "text")
    if between_versions and between_environments:
        raise UsageError("--versions and --environments", where="command line", remedy="Name one of them")
    within = between_versions or between_environments
    if len(sources) > 1 if within else len(sources) != _BOTH:
        raise UsageError(f"{len(sources)} sources to compare", where="command line", remedy=_REMEDY)
    with collecting_later():  # all of it lives to the end
        old, new = _pair(terminal, sources, between_versions, between_environments, given)
        found = changes(difference(old, new), ENGLISH)
    document = _document(terminal, kind, found, screen=output is None)
    if output is None:
        terminal.document(document.pieces())
    else:
        disk.write_file(Path(output), document.pieces())
        terminal.result(output)
    return 0 if old.complete and new.complete else EvidenceError.exit_status


def _pair(
    terminal: Terminal,
    sources: Sequence[str],
    between_versions: tuple[str, str] | None,
    between_environments: tuple[str, str] | None,
    given: Any,
) -> Pair:
    """Both sides, of which one at least holds an agent, or was not read whole."""
    if between_versions:
        old, new = _versions(Call(terminal, {**given, "sources": sources, "versions": between_versions}))
    elif between_environments:
        old, new = _environments(Call(terminal, {**given, "sources": sources, "environments": between_environments}))
    else:
        old, new = _sources(terminal, sources, given)
    if not (old.agents or new.agents or old.unread or new.unread):
        raise EmptySelection("nothing that was read matches what was asked for", remedy="Check --agent and the sources")
    return old, new


def _format(file: str) -> Format:
    found = _ENDINGS.get(Path(file).suffix.lower())
    if found is None:
        remedy = "Say it with -f, or end the name in .txt, .md or .json"
        raise UsageError("its name does not say in which format", where=file, remedy=remedy)
    return found


def _document(terminal: Terminal, kind: Format, found: Changes, *, screen: bool) -> Document:
    if kind == "json":
        return rendered.to_json(found)
    if kind == "markdown":
        return rendered.to_markdown(found)
    width = terminal.width if screen else None
    return rendered.to_text(found, everything=terminal.verbose > 0, width=width)


def _sources(terminal: Terminal, sources: Sequence[str], given: Any) -> Pair:
    old, new = sources
    if old == new == STDIN:
        raise UsageError("standard input is one source", where="command line", remedy=_REMEDY)
    if all(Path(each).exists() for each in sources) and Path(old).samefile(new):
        terminal.say(f"{shown(old)} and {shown(new)} are the same.")
    first, second = (side(Call(terminal, {**given, "sources": [source]})) for source in sources)
    return first, second


def side(call: Call) -> Side:
    """What one source says, of whichever shape it is."""
    [source] = call.sources
    if _is_made(source):
        return sides.of_file(Path(source), source, call.settings.agents)
    return _chosen(call, call.collect().inventory(), call.selection, source)


def _is_made(source: str) -> bool:
    """Whether it is a report or a baseline file, which hold answers though they are no evidence."""
    try:
        if not Path(source).is_file():
            return False
        with Path(source).open("rb") as file:
            return bool(_MADE.match(file.read(_HEAD)))
    except (OSError, ValueError):
        return False  # whoever reads it says why


def _chosen(call: Call, inventory: Inventory, selection: Selection, location: str) -> Side:
    chosen = scope(inventory, selection)
    call.tell_gaps(inventory, chosen.gaps)
    return sides.of_scope(inventory, chosen, location)


def _within(call: Call, inventory: Inventory, selections: Sequence[tuple[str, Selection]]) -> Pair:
    """Two selections of one source, which is read once."""
    where = call.sources[0] if call.sources else "the platform"
    old, new = (_chosen(call, inventory, asked, f"{name} of {where}") for name, asked in selections)
    return old, new


def _versions(call: Call) -> Pair:
    """Two schema versions of the agents that have both."""
    named = [(name, replace(call.selection, versions=(name,))) for name in call.settings.versions]
    old, new = _within(call, call.collect().inventory(), named)
    both = {each.id for each in old.agents} & {each.id for each in new.agents}
    if not both and old.agents and new.agents:
        raise UsageError("no agent has both versions", where="--versions", remedy="Name two versions of one agent")
    # An agent that has one of them alone did not come or go.
    first, second = (
        replace(each, agents=tuple(agent for agent in each.agents if agent.id in both)) for each in (old, new)
    )
    return first, second


def _environments(call: Call) -> Pair:
    """What would become of the second environment if what is in the first one were promoted to it."""
    promoted, target = call.settings.environments
    asked = call.selection
    named = [(name, replace(asked, environments=(name,))) for name in (target, promoted)]
    inventory = call.collect().inventory()
    known = {each.environment for agent in inventory.agents for each in agent.deployments}
    for name in call.settings.environments:
        # Held against nothing at all, everything would be new.
        if known and not inventory.gaps and name.casefold() not in {each.casefold() for each in known}:
            remedy = f"There are {', '.join(shown(each, 80) for each in sorted(known))}"
            raise UsageError(f"no agent has an environment {name}", where="--environments", remedy=remedy)
    old, new = _within(call, inventory, named)
    # What is not in the first environment is not promoted, and stays as it is.
    return old, replace(new, speaks_of_all=False)
