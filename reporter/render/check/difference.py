"""A difference between two sides, in formats of our own: lines for a terminal, Markdown, and ``datarisk/diff/1``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from pydantic import TypeAdapter

from reporter import __version__
from reporter.plain.language import ENGLISH, Language
from reporter.plain.text import folded, shown
from reporter.render.check.markup import clipped, code, escaped, height, named
from reporter.render.document import Document, Large
from reporter.render.json import streamed
from reporter.view.changed import ChangedAgent, ChangedSpanType, Changes
from reporter.view.report import Tool

SCHEMA: Final = "datarisk/diff/1"
#: The document, what changed, the agents of it, each of them and its lists, whose items are a line each.
_OPENED: Final = 5
# A screen holds no more lines, the last of which say how much more there is.
_SCREEN: Final = 24
_NAME: Final = 60
_LINE: Final = 400
_INDENT: Final = 6
_NOT_COMPARABLE: Final = 3
#: Before the fold of a comment, and in all: what GitHub takes, in bytes, less what its writer may add.
_ABOVE: Final = 10
_COMMENT: Final = 64_000


@dataclass(frozen=True, slots=True)
class Diff:
    """What changed, as ``diff.json`` holds it."""

    schema: str
    tool: Tool
    complete: bool
    changes: Changes


def to_json(found: Changes) -> Document:
    """All of it."""
    complete = found.old.complete and found.new.complete
    value = Diff(SCHEMA, Tool("datarisk", __version__), complete, found)
    return Document("diff.json", "application/json", Large(streamed(value, _OPENED)))


def diff_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of ``diff.json``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{SCHEMA.replace('/', ':')}",
        **TypeAdapter(Diff).json_schema(mode="serialization"),
        "title": f"What changed in what AI agents declare ({SCHEMA})",
    }


def to_text(found: Changes, *, everything: bool = False, width: int | None = None) -> Document:
    """What changed in lines, worst first; no more than a screen, unless everything is asked for."""
    head = [part for line in _head(found) for part in folded(line, width, _INDENT)]
    told = [[part for line in _agent(agent) for part in folded(line, width, _INDENT)] for agent in found.agents]
    if not everything:
        told = _fitting(told, max(3, _SCREEN - len(head)))
    document = "\n".join([*head, *chain(*told), ""])
    return Document("diff.txt", "text/plain; charset=utf-8", document.encode("utf-8", "replace"))


def _head(found: Changes) -> Iterator[str]:
    yield f"{shown(found.words, _LINE)}"
    yield f"  old: {_side(found.old.location, found.old.read_at)}"
    yield f"  new: {_side(found.new.location, found.new.read_at)}"
    whole = [each for each in found.not_comparable if each.agent_id is None]
    single = [each for each in found.not_comparable if each.agent_id is not None]
    yield from (f"  {shown(each.words, _LINE)}" for each in whole[:_NOT_COMPARABLE])
    for each in single[:_NOT_COMPARABLE]:
        yield f"  {shown(each.agent or '', _NAME)}: {shown(each.words, _LINE)}"
    if (left := len(single) - _NOT_COMPARABLE) > 0:
        yield f"  and {left:,} more that are not comparable"
    yield from (f"  {shown(note, _LINE)}" for note in _notes(found))


def _notes(found: Changes) -> Iterator[str]:
    yield from found.notes
    if number := found.not_spoken_of:
        others = "agent" if number == 1 else "agents"
        yield f"{number:,} {others} of the old side are not in the new one, which is a part: nothing is said of them."


def _side(location: str, read_at: str | None) -> str:
    return f"{shown(location)}{f', as of {shown(read_at, 40)}' if read_at else ''}"


def _agent(agent: ChangedAgent) -> Iterator[str]:
    yield f"{shown(agent.agent, _NAME)}{_there(agent)}{f'  {shown(agent.words, _LINE)}' if agent.words else ''}"
    # That all of its span types are gone is said with it.
    lines = [each for each in agent.span_types if agent.there != "gone" or each.way != "gone"]
    yield from (f"  {_mark(each)} {each.label:<20}  {_line(each)}" for each in lines)


def _there(agent: ChangedAgent) -> str:
    if agent.there == "both":
        return ""
    number = len(agent.span_types)
    entries = f"{number:,} span type{'' if number == 1 else 's'}"
    return f" ({'new' if agent.there == 'new' else 'is gone'}, with {entries})"


def _mark(line: ChangedSpanType) -> str:
    return "!" if line.worse else " "


def _line(line: ChangedSpanType) -> str:
    kind = "" if line.kind == "span" else f" ({line.kind})"
    return f"{shown(line.span_type, _NAME)}{kind}: {shown(line.words, _LINE)}"


def _fitting(told: Sequence[list[str]], room: int) -> list[list[str]]:
    """As many lines as there is room for, each agent's as far as that goes, and how many more there are."""
    lines = [*chain(*told)]
    if len(lines) <= room:
        return [*told]
    kept = lines[: room - 1]
    # The name of an agent with nothing below it says nothing.
    while kept and not kept[-1].startswith("  "):
        kept.pop()
    left = sum(each.startswith(("  ! ", "    ")) for each in lines[len(kept) :])
    return [kept, [f"  and {left:,} more lines: -v tells all of them, -f json every field"]]


# Markdown ----------------------------------------------------------------------------------------------------------


def to_markdown(found: Changes, language: Language = ENGLISH) -> Document:
    """What changed for a comment on a pull request: the worst in at most ten lines, and all of it behind a fold."""
    lines = [f"## datarisk: {escaped(clipped(found.words, 300))}", ""]
    above = [*_not_comparable(found), *(f"*{escaped(note)}*" for note in _notes(found))]
    for line in above[:_NOT_COMPARABLE]:
        lines += [line, ""]
    worse = [(agent, each) for agent in found.agents for each in agent.span_types if each.worse]
    room = _ABOVE - 2 - sum(height(line) for line in lines if line)
    for agent, each in worse:
        line = f"- **{escaped(each.label)}** {named(agent.agent, 36)} {named(each.span_type, 36)}: "
        line += escaped(clipped(each.words, 160))
        room -= height(line)
        if room < 0:
            break
        lines.append(line)
    number = sum(len(each.span_types) for each in found.agents)
    if number:
        said = language.ngettext("All %(number)s change", "All %(number)s changes", number)
        table = [*_table(found.agents, language)]
        head = ["", f"<details><summary>{escaped(said)}</summary>", "", *table[:2]]
        lines += [*head, *_first(table[2:], _COMMENT - sum(len(line.encode()) + 1 for line in [*lines, *head]))]
        lines += ["", "</details>"]
    return Document("diff.md", "text/markdown", "\n".join([*lines, ""]).encode())


def _not_comparable(found: Changes) -> Iterator[str]:
    for each in found.not_comparable[:_NOT_COMPARABLE]:
        whose = f"{named(each.agent, 36)}: " if each.agent else ""
        yield f"**{whose}{escaped(clipped(each.words, 200))}**" if not each.agent else f"{whose}{escaped(each.words)}"
    if (left := len(found.not_comparable) - _NOT_COMPARABLE) > 0:
        yield f"and {left:,} more that are not comparable"


def _table(agents: Iterable[ChangedAgent], language: Language) -> Iterator[str]:
    heads = ("", language.gettext("Agent"), language.gettext("Span types"), language.gettext("What changed"))
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for agent in agents:
        for each in agent.span_types:
            way = escaped(each.label)
            cells = (f"**{way}**" if each.worse else way, code(agent.agent), code(each.span_type), escaped(each.words))
            yield f"| {' | '.join(cells)} |"


def _first(rows: Sequence[str], room: int) -> list[str]:
    kept: list[str] = []
    for row in rows:
        room -= len(row.encode()) + 1
        if room < 0:
            return [*kept, "", f"and {len(rows) - len(kept):,} more"]
        kept.append(row)
    return kept
