"""What the annexes tell of the organisation's facts: point by point over all agents, and agent by agent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reporter.plain.language import Language
from reporter.render.provided import Texts, provided
from reporter.view.facts import AgentFacts
from reporter.view.report import Agent, Report

_NAMED: Final = 20  # agents that state nothing and are named; of more, how many they are


@dataclass(frozen=True, slots=True)
class Stating:
    """An agent of which something is stated: each item with its head, and who stated it."""

    agent: Agent
    lines: list[tuple[str, Texts]]
    stated: Texts


#: What answers a point of GDPR Art. 30(1), in the order of the catalogue; the data themselves are declared.
_POINTS: Final[tuple[tuple[str, Callable[[AgentFacts], Any] | None], ...]] = (
    ("(a)", lambda facts: facts.role),
    ("(b)", lambda facts: facts.purpose),
    ("(c)", lambda facts: facts.people),
    ("(c)", None),
    ("(d)", lambda facts: facts.recipients),
    ("(e)", lambda facts: facts.recipients),
    ("(f)", lambda facts: facts.retention),
    ("(g)", lambda facts: facts.measures),
)


@dataclass(frozen=True, slots=True)
class Statements:
    """What templates may use of the organisation's facts.

    Attributes:
        agents: Those of which something is stated.
        silent: Those of which nothing is, and that are named; ``more`` are not.
        points: For how many agents each point of GDPR Art. 30(1) is stated, in the order of the view's coverage.
        assessments: The impact assessments of each agent by its id.
        assessed: For how many agents there are any.
    """

    agents: list[Stating]
    silent: list[Agent]
    more: int
    points: list[str]
    assessments: dict[str, Texts]
    assessed: str


def stated(report: Report, language: Language) -> Statements:
    """What the organisation states of the agents of a report."""
    silent = [agent for agent in report.agents if not agent.facts]
    return Statements(
        agents=[_stating(agent, language) for agent in report.agents if agent.facts],
        silent=silent[:_NAMED],
        more=len(silent[_NAMED:]),
        points=[_point(report.agents, item.item, number, language) for number, item in enumerate(report.coverage)],
        assessments={agent.id: provided(agent, language).assessments for agent in report.agents},
        assessed=_of_all(report.agents, _has_assessment, language),
    )


def _stating(agent: Agent, language: Language) -> Stating:
    found = provided(agent, language)
    return Stating(agent, found.lines(language), found.stated)


def _point(agents: Sequence[Agent], item: str, number: int, language: Language) -> str:
    """For how many agents a point is stated."""
    known = _POINTS[number] if number < len(_POINTS) else None
    if known is None or known[0] != item:
        return language.gettext("not provided")
    get = known[1]
    if get is None:
        return language.gettext("by declarations alone")
    return _of_all(agents, get, language)


def _has_assessment(facts: AgentFacts) -> bool:
    return any(each.kind == "dpia" for each in facts.documents)


def _of_all(agents: Sequence[Agent], get: Callable[[AgentFacts], Any], language: Language) -> str:
    found = sum(bool(agent.facts and get(agent.facts)) for agent in agents)
    if not found:
        return language.gettext("not provided")
    return language.gettext("provided for %(some)s of %(all)s agents", some=found, all=len(agents))
