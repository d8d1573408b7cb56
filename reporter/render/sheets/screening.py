"""The sheet that screens for a data protection impact assessment: each agent with nine signs, and what they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reporter.plain.language import Language
from reporter.render.sheets.ways import kinds
from reporter.view.findings import Criterion
from reporter.view.report import Agent

_SIGNS: Final = {"indicated": "I", "not indicated": "X", "cannot be assessed": "?"}


@dataclass(frozen=True, slots=True)
class Screened:
    """An agent: a letter for each criterion, and in words what indicates some, or leaves them open."""

    agent: Agent
    letters: str
    words: str


def screened(agents: Sequence[Agent], language: Language) -> list[Screened]:
    """The rows of the sheet."""
    return [
        Screened(agent, "".join(_SIGNS[each.answer] for each in agent.screening), _words(agent.screening, language))
        for agent in agents
    ]


def _words(criteria: Sequence[Criterion], language: Language) -> str:
    told = {
        answer: "; ".join(
            f"{each.number} {kinds(each.categories, language)}"
            for each in criteria
            if each.answer == answer and each.categories
        )
        for answer in _SIGNS
    }
    parts = [told["indicated"] or language.gettext("none indicated by what is declared")]
    if told["cannot be assessed"]:
        parts.append(language.gettext("answers missing on %(criteria)s", criteria=told["cannot be assessed"]))
    return "; ".join(parts)


def key(language: Language) -> list[tuple[str, str]]:
    """What its signs mean."""
    return [
        ("I", language.gettext("indicated")),
        ("X", language.gettext("not indicated by what is declared")),
        ("?", language.gettext("cannot be assessed from declarations")),
    ]


def criteria(agents: Sequence[Agent]) -> list[Criterion]:
    """The nine criteria, as any agent has them."""
    return agents[0].screening if agents else []
