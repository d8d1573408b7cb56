"""What needs somebody first: the lines of the summary page, worst first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from reporter.declared.vocabulary import FLAGS
from reporter.plain.language import Language
from reporter.view import words
from reporter.view.findings import Finding, Rule
from reporter.view.report import Agent, Attention, Gap

# That nothing is assessed has a line of its own, and is not said again as a finding.
_NOT_ASSESSED: Final = ("Q01", "Q10")
_Rank = tuple[int, int, int, int]


def attention(
    agents: Sequence[Agent], gaps: Sequence[Gap], rules: Sequence[Rule], language: Language
) -> list[Attention]:
    """What could not be read; agents of which nobody declared anything; findings of high severity; the data itself.

    All such findings are equally severe, so each agent's first stands before any agent's second. What a waiver accepts
    needs nobody, and what a finding covers is not said twice.
    """
    known = {rule.id: rule for rule in rules}
    found = sorted((item for agent in agents for item in _of_agent(agent, known, language)), key=lambda item: item[0])
    return [*_of_gaps(gaps, language), *(line for _, line in found)]


def _of_gaps(gaps: Sequence[Gap], language: Language) -> Iterator[Attention]:
    if gaps:
        run, reference = language.gettext("This run is incomplete"), language.gettext("What could not be read")
        yield Attention(None, run, None, words.unread(len(gaps), language), reference)


def _of_agent(agent: Agent, rules: Mapping[str, Rule], language: Language) -> Iterator[tuple[_Rank, Attention]]:
    """Each line with its rank."""
    agent = agent.again()  # what is worked out for these few lines would otherwise be kept, for every agent

    def line(what: str, reference: str) -> Attention:
        return Attention(agent.id, agent.name, agent.anchor, what, reference)

    silent = not agent.assessed
    if silent:
        number = sum(entry.kind == "span" for entry in agent.span_types)
        what = words.silence(number, language) if number else words.no_span_types(language)
        yield (0, 0, 0, 0), line(what, language.gettext("Declare, then run again"))
    high = [each for each in agent.findings if each.severity == "high" and not (silent and each.rule in _NOT_ASSESSED)]
    for rank, (what, reference) in _of_findings(high, rules, language):
        yield rank, line(what, reference)
    covered = {name for each in high if each.certainty == "declared" for name in each.categories}
    # Data that no finding of high severity is about may still be what a reader looks for first.
    for place, flag in enumerate(FLAGS[1:]):
        if agent.flags[flag.name].state == "included" and covered.isdisjoint(flag.categories):
            categories = [agent.categories[name] for name in flag.categories]
            labels = [category.label for category in categories if category.state == "included"]
            reference = flag.law if flag.name == "childrens_data" else flag.provision
            yield (2, place, 0, 0), line(words.included(labels, language), language.gettext(reference))
    # How declarations are written comes last: it says how far to trust them, and not what is in them.
    written = [each for each in agent.findings if each.rule[0] in "QR" and each.severity == "medium"]
    written = [each for each in written if each.status == "open"]
    if written:
        yield (3, 0, 0, 0), line(words.findings(len(written), written[0].title, language), written[0].rule)


def _of_findings(
    high: Sequence[Finding], rules: Mapping[str, Rule], language: Language
) -> Iterator[tuple[_Rank, tuple[str, str]]]:
    """What is open, by rule: what was declared before what cannot be ruled out, and what is widespread first."""
    groups: dict[tuple[bool, str], list[Finding]] = {}
    for each in high:
        if each.status == "open":
            groups.setdefault((each.certainty != "declared", each.rule), []).append(each)
    ordered = sorted(groups.items(), key=lambda group: (group[0][0], -_span_types(group[1])))
    for place, ((undecided, rule), some) in enumerate(ordered):
        number = _span_types(some)
        told = words.undecided if undecided else words.found
        reference = ", ".join([rule, *_provision(rules.get(rule))])
        yield (1, int(undecided), place, -number), (told(some[0].title, number, language), reference)


def _span_types(findings: Sequence[Finding]) -> int:
    """In how many span types something was found; none where it is about an agent as a whole."""
    some = (item for each in findings for item in ((each,) if each.span_type else each.evidence))
    return len({(item.kind, item.span_type) for item in some if item.span_type})


def _provision(rule: Rule | None) -> Iterator[str]:
    """The first provision that needs no further fact."""
    yield from [each.text for each in (rule.provisions if rule else []) if each.only_if is None][:1]
