"""What needs somebody first: the lines of the summary page, worst first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reporter import words
from reporter.language import Language
from reporter.report import Agent, Attention, Gap
from reporter.vocabulary import FLAGS


def attention(agents: Sequence[Agent], gaps: Sequence[Gap], language: Language) -> list[Attention]:
    """What could not be read; agents of which nobody declared anything; Art. 9 and Art. 10 data; children; findings."""
    found = sorted((item for agent in agents for item in _of_agent(agent, language)), key=lambda item: item[0])
    return [*_of_gaps(gaps, language), *(line for _, line in found)]


def _of_gaps(gaps: Sequence[Gap], language: Language) -> Iterator[Attention]:
    if gaps:
        run, reference = language.gettext("This run is incomplete"), language.gettext("What could not be read")
        yield Attention(None, run, None, words.unread(len(gaps), language), reference)


def _of_agent(agent: Agent, language: Language) -> Iterator[tuple[int, Attention]]:
    """Each line with its rank."""

    def line(what: str, reference: str) -> Attention:
        return Attention(agent.id, agent.name, agent.anchor, what, reference)

    if not agent.assessed and agent.span_types:
        yield 0, line(words.silence(agent.assessment.span_types, language), language.gettext("Declare, then run again"))
    for rank, flag in enumerate(FLAGS[1:], start=1):
        if agent.flags[flag.name].state == "included":
            categories = [agent.categories[name] for name in flag.categories]
            labels = [category.label for category in categories if category.state == "included"]
            reference = flag.law if flag.name == "childrens_data" else flag.provision
            yield rank, line(words.included(labels, language), language.gettext(reference))
    worst = [finding for finding in agent.findings if finding.severity in ("medium", "high")]
    if worst:
        yield len(FLAGS), line(words.findings(len(worst), worst[0].title, language), worst[0].rule)
