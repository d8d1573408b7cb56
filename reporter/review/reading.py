"""What was odd when declarations were read: whatever the vocabulary has no place for, as evidence for a finding.

It needs a second look; it never says that a provision applies or that anything is wrong in law.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reporter.declared.evidence import Place
from reporter.declared.model import SpanType
from reporter.declared.scope import ScopedAgent
from reporter.plain.canonical import canonical

SHARED_NAME: Final = "R09"
_PLACE: Final = re.compile(r"/\d+(?=/)")


@dataclass(frozen=True, slots=True)
class Odd:
    """Something odd: the rule that it falls under, and what tells it apart from others of that rule."""

    rule: str
    key: tuple[str, ...]
    entry: SpanType | None
    evidence: tuple[Place, ...]


def odd(scoped: ScopedAgent, *, shared_name: bool = False) -> Iterator[Odd]:
    """What is odd about the declarations of one agent in scope; ``shared_name``: another is called like it.

    The place of an entry in its list tells nothing apart: it moves when others are added.
    """
    for item in scoped.versions:
        version = item.version
        for each in version.oddities:
            evidence = Place(version.id, None, None, each.pointer, each.value, version.record.sha256)
            value = each.value if not isinstance(each.value, dict | list) else canonical(each.value).decode()
            yield Odd(each.rule, (version.id, _PLACE.sub("/-", each.pointer), str(value)), None, (evidence,))
        for entry in version.span_types or ():
            for each in entry.declaration.oddities:
                at = f"{entry.pointer}{each.pointer}"
                evidence = Place(version.id, entry.kind, entry.name, at, each.value, entry.record_sha256)
                yield Odd(each.rule, (entry.kind, entry.name, each.pointer, repr(each.value)), entry, (evidence,))
    if shared_name:
        yield Odd(SHARED_NAME, (scoped.agent.name,), None, ())
