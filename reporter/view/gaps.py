"""What could not be read, as a report tells it: each gap with its agent's name, and those of a kind as one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from reporter.declared.model import Inventory
from reporter.declared.scope import Missing
from reporter.plain.language import ENGLISH, Language, reading_order
from reporter.view import report

#: What tells gaps of a kind apart: ids and numbers, but not the platform's HTTP status.
_VARIES: Final = re.compile(r"(?<!HTTP )(?<!\S)\S*\d\S*")


@dataclass(frozen=True, slots=True)
class Kind:
    """Gaps of several agents that differ in nothing else.

    Attributes:
        first: The first of them, for its words.
        times: How many they are.
        agents: Whose they are, by name; empty where they are about no agent.
    """

    first: report.Gap
    times: int
    agents: list[str]


def gaps(inventory: Inventory, missing: Iterable[Missing], language: Language) -> list[report.Gap]:
    """Every gap; what a machine said when it was read stays in the words of the machine."""
    names = {agent.id: agent.name for agent in inventory.agents}
    found = [
        report.Gap(gap.what, gap.why, ENGLISH.code, gap.agent_id, gap.location, names.get(gap.agent_id or ""))
        for gap in inventory.gaps
    ]
    for gap in missing:
        what, why = language.say(gap.what), language.say(gap.why)
        name = names.get(gap.agent_id or "")
        found.append(report.Gap(what, why, language.code, gap.agent_id, gap.location, name))
    return found


def kinds(found: Iterable[report.Gap]) -> list[Kind]:
    """Gaps by kind, in the order of the first of each; what is about no agent stands alone."""
    # Of one failure at 400 agents a reader wants to hear once, with whom it concerns.
    together: dict[object, list[report.Gap]] = {}
    for gap in found:
        alike = (_VARIES.sub("", gap.what), _VARIES.sub("", gap.why), gap.language)
        together.setdefault(alike if gap.agent_id else gap, []).append(gap)
    return [
        Kind(some[0], len(some), _names({gap.agent_id: gap.agent_name or gap.agent_id for gap in some if gap.agent_id}))
        for some in together.values()
    ]


def _names(of_agents: Mapping[str, str]) -> list[str]:
    """Names to read; agents that share one stand each for itself."""
    return sorted(of_agents.values(), key=reading_order)
