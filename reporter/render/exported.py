"""What is written for programs of others: one identity for all of it, and states and answers, name by name."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from typing import Final

from reporter.declared.answer import Answers
from reporter.declared.vocabulary import CLASSIFICATION, FIELDS, SIDE_PARTS, Part
from reporter.plain.text import shown
from reporter.view.report import Agent, Level, Report, SpanType

BASIS: Final = "declarations: what developers stated, not what was observed"
_NAMESPACE: Final = uuid.UUID("5e4d3f9a-51c1-5a0c-9d0e-6f3f0b0a7c11")


def identity(report: Report) -> uuid.UUID:
    """The same (version 5) for the same evidence and the same choice of agents from it, whenever it is written."""
    asked = (report.scope.words, *(agent.id for agent in report.agents))
    return uuid.uuid5(_NAMESPACE, "\n".join([report.evidence_sha256, *asked]))


def seen(text: str | None) -> str:
    """As it is, but for what cannot be seen, which is spelled out: programs of all kinds show such a file."""
    return shown(text, sys.maxsize) if text else ""


def level(given: Level) -> str:
    """A classification in a word or three; what nobody stated is unknown."""
    if given.highest in ("none", "unknown"):
        return "unknown"
    return f"at least {given.highest}" if given.at_least else given.highest


def word(values: Answers | None, name: str) -> str:
    """An answer as it is counted."""
    answer = values.get(name) if values is not None else None
    return answer.word if answer else "undeclared"


def states(agent: Agent) -> Iterator[tuple[str, str, list[str]]]:
    """Of an agent, by side and state, the names that have it: ``params``, ``included``, and so on."""
    given: dict[str, dict[str, str]] = {
        "action": {name: each.state for name, each in agent.actions.items()},
        "params": {name: each.params.state for name, each in agent.categories.items()},
        "result": {name: each.result.state for name, each in agent.categories.items()},
    }
    for side, stated in given.items():
        yield from ((side, state, names) for state, names in _by_value(stated).items())


def answers(entry: SpanType) -> Iterator[tuple[str, str, list[str]]]:
    """Of a span type, by side and answer as it is counted, the names that have it, but for the classification."""
    sides: dict[str, tuple[Part, Answers | None]] = {
        "action": ("action_profile", entry.action_profile),
        "params": (SIDE_PARTS["params"], entry.params_data_categories),
        "result": (SIDE_PARTS["result"], entry.result_data_categories),
    }
    for side, (part, values) in sides.items():
        names = (name for name in dict.fromkeys([*FIELDS[part], *(values or ())]) if name != CLASSIFICATION)
        said = {name: word(values, name) for name in names}
        yield from ((side, answer, found) for answer, found in _by_value(said).items())


def _by_value(given: dict[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in given.items():
        found.setdefault(value, []).append(name)
    return found
