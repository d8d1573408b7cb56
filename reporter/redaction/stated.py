"""What the organisation says of agents, about pseudonyms: facts, answers, what was agreed, and waivers.

They name agents by patterns, which say nothing of pseudonyms: each is about the ids of those agents alone that it was
about. What was decided stays bound to what was declared; where that digest is another now, as a name stood in it, so it
is here.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, Final

from reporter.declared.model import Agent, FactsFile
from reporter.plain.canonical import digest
from reporter.redaction.pseudonyms import Pseudonyms
from reporter.review.waivers import Waiver

#: What is no name, whatever it says.
_KEPT: Final = frozenset(
    {"issue", "role", "kind", "highest", "categories", "actions", "country", "residual_risk", "sha256"}
)
_DIGEST: Final = re.compile("[0-9a-f]{64}")
#: What says who states, owns or decides.
_OWNERS: Final = frozenset({"stated_by", "owner", "decided_by", "approved_by"})
_ALL: Final = "*"


def about(pattern: str, agents: Iterable[Agent], pseudonyms: Pseudonyms) -> list[str]:
    """The patterns of those agents that one was about; of one about nobody a pseudonym, which is about nobody."""
    if pattern == _ALL:
        return [_ALL]
    wanted = pattern.casefold()
    found = [
        agent.id for agent in agents if any(fnmatchcase(name.casefold(), wanted) for name in (agent.name, agent.id))
    ]
    return [_literal(pseudonyms.text(each)) for each in found] or [pseudonyms.pseudonym("agent", pattern)]


def _literal(name: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)


def facts(given: FactsFile, agents: Sequence[Agent], pseudonyms: Pseudonyms, digests: Mapping[str, str]) -> FactsFile:
    """A file of facts, with its agents and whoever it names as pseudonyms; comments are left out.

    Args:
        given: As it was kept.
        agents: All that were read.
        pseudonyms: What is hidden.
        digests: Of what was declared, by those of the same before.
    """
    lines: list[str] = []
    for name, tables in tomllib.loads(given.text).items():
        for table in tables:
            for pattern in about(table["agent"], agents, pseudonyms):
                said = {key: _said(key, value, pseudonyms, digests) for key, value in table.items() if key != "agent"}
                lines += [
                    f"[[{name}]]",
                    *(f"{key} = {_toml(item)}" for key, item in ({"agent": pattern} | said).items()),
                ]
                lines.append("")
    text = "\n".join(lines)
    return FactsFile(pseudonyms.text(given.path), digest(text.encode()), text)


def _said(key: str, value: Any, pseudonyms: Pseudonyms, digests: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _said(name, item, pseudonyms, digests) for name, item in value.items()}
    if isinstance(value, list):
        return [_said(key, item, pseudonyms, digests) for item in value]
    if isinstance(value, str):
        if key in _OWNERS:
            return pseudonyms.owner(value)
        if key == "declared":  # what it is a digest of holds names, and they could be tried against it
            return digests.get(value) or _DIGEST.sub(lambda found: pseudonyms.digest(found[0]), value)
        return value if key in _KEPT else pseudonyms.text(value)
    return value


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{name} = {_toml(item)}' for name, item in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, date):
        return value.isoformat()
    # A basic string of TOML is one of JSON, but for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def waivers(
    given: Iterable[Waiver], agents: Sequence[Agent], pseudonyms: Pseudonyms, digests: Mapping[str, str]
) -> tuple[Waiver, ...]:
    """Waivers that accept the same of the same agents; one about several is several, with numbers behind its id."""
    text = pseudonyms.text
    made: list[Waiver] = []
    for each in given:
        patterns = about(each.agent, agents, pseudonyms)
        for number, pattern in enumerate(patterns, 1):
            made.append(
                replace(
                    each,
                    id=text(each.id) if len(patterns) == 1 else f"{text(each.id)} ({number})",
                    agent=pattern,
                    span_type=None if each.span_type is None else text(each.span_type),
                    value_sha256=digests.get(each.value_sha256) or pseudonyms.digest(each.value_sha256),
                    reason=text(each.reason),
                    approved_by=pseudonyms.owner(each.approved_by),
                    ticket=None if each.ticket is None else text(each.ticket),
                    evidence=None if each.evidence is None else text(each.evidence),
                )
            )
    return tuple(made)
