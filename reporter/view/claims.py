"""Claims: how every number, state and finding of a report is named, and what all of them rest on.

A claim's id is the way to it through ``report.json``, in which whatever stands in a list is named by what it is and
never by its place: ``agents/AGENT/span_types/VERSION/KIND/NAME/PART/FIELD`` is one field of one declaration. An id is
the same in every run in which the same thing is claimed, and no report can say the same of two things.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from reporter.declared.model import SpanType
from reporter.plain.canonical import canonical, digest

_LONGEST: Final = 120  # characters of a step; of a longer one its digest tells the rest
_DIGITS: Final = 8
#: Letters and digits of every script, but for the letters that leave no ink.
_SPELLED: Final = re.compile(r"[^\w.@:+-]|[\u115f\u1160\u3164\uffa0]")


@dataclass(frozen=True, slots=True)
class Read:
    """A source as claims name it: the ``host`` that answered, None for files; when, as ISO 8601 in UTC."""

    source: str
    host: str | None
    read_at: str


@dataclass(frozen=True, slots=True)
class Claims:
    """What holds of every claim of a report; what does not stands with the row and the record that it rests on.

    Attributes:
        tool: What made it, with its version.
        catalogue_sha256: The digest of the rules, with the organisation's own.
        policy_sha256: The digest of what the organisation decided beside them: switched rules, waivers, and limits;
            of ``rules``, ``waivers`` and ``unseen_days`` in ``evidence/settings.json``, as canonical JSON (RFC 8785).
            None where nothing was said of it.
        evidence_sha256: The digest of the snapshot.
        read: Where and when records were read, by the names that records give their sources.
        listed: The ids of what is claimed of all agents together; those of an agent follow from its ``claim``, and
            those of whatever stands in it from theirs, one member after another.
    """

    tool: str
    catalogue_sha256: str
    policy_sha256: str | None
    evidence_sha256: str
    read: list[Read]
    listed: list[str]


def of_all(totals: Iterable[str], asked: Iterable[str], coverage: Iterable[str]) -> list[str]:
    """The ids of what is claimed of all agents together, by the names of its numbers."""
    return [
        *(claim("totals", name) for name in totals),
        *(claim("overview", "questions", severity) for severity in asked),
        *(claim("overview", "coverage", name) for name in coverage),
        *(claim("overview", name) for name in ("sends_special", "to_be_assessed", "oldest")),
    ]


def claim(*steps: object) -> str:
    """The id of a claim by the steps of its way, each spelled out where an id may not hold it as it is."""
    return "/".join(_step(str(step)) for step in steps)


def of_agent(agent_id: str, *steps: object) -> str:
    """The id of a claim about an agent."""
    return claim("agents", agent_id, *steps)


def of_entries(agent_id: str, entries: Iterable[SpanType]) -> dict[int, str]:
    """The id of each span type of an agent, by ``id()``.

    Several that have one name are told apart by what they declare; those that declare the same claim the same.
    """
    every = list(entries)
    names = [of_agent(agent_id, "span_types", each.schema_version_id, each.kind, each.name) for each in every]
    times, found = Counter(names), {}
    again: Counter[str] = Counter()
    for name, entry in zip(names, every, strict=True):
        told = name
        if times[name] > 1:
            told = f"{name}~{_declared(entry)}"
            again[told] += 1
            told += f".{again[told]}" if again[told] > 1 else ""
        found[id(entry)] = told
    return found


def host(location: str) -> str | None:
    """The host of an address; None where it is none."""
    try:
        return urlsplit(location).hostname if location.startswith(("https://", "http://")) else None
    except ValueError:
        return None


def _declared(entry: SpanType) -> str:
    parts = entry.declaration.parts.items()
    told: dict[str, Any] = {
        part: None if values is None else {name: each.value for name, each in values.items()} for part, values in parts
    }
    return digest(canonical({**entry.declaration.extra, **told}))[:_DIGITS]


def _step(text: str) -> str:
    spelled = _SPELLED.sub(_bytes, text[:_LONGEST])
    if len(text) <= _LONGEST:
        return spelled
    return f"{spelled}~{digest(text.encode('utf-8', 'backslashreplace'))[: 2 * _DIGITS]}"


def _bytes(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "backslashreplace"))
