"""A run as it is handed over: found out once more, from evidence in which names are pseudonyms.

So the report says what its own evidence gives, and nothing has to be taken out of any document. What rests on a name
or on a sample value is not found again; how many findings that are, the report says.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from reporter import pipeline
from reporter.declared.model import FactsFile, Inventory, Redaction
from reporter.order import Order
from reporter.plain.toml_lines import TomlFile
from reporter.prefactor.records import Collected
from reporter.redaction import records, stated
from reporter.redaction.named import What
from reporter.redaction.named import pseudonyms as made_of
from reporter.redaction.pseudonyms import Pseudonyms
from reporter.review.catalogue import OwnRules
from reporter.review.facts import Facts


@dataclass(frozen=True, slots=True)
class Asked:
    """What is hidden: names and ids by kind, and whether sample values go; ``key`` makes the pseudonyms."""

    what: tuple[What, ...]
    key: bytes
    samples: bool = True

    @property
    def fact(self) -> Redaction:
        """The same, as it is told."""
        return Redaction(tuple(sorted({*self.what, *(["samples"] if self.samples else [])})))


def redacted(found: pipeline.Run, asked: Asked) -> tuple[pipeline.Run, Pseudonyms]:
    """The run for hand-over, and what its pseudonyms stand for.

    Args:
        found: The run as it is.
        asked: What is hidden of it.
    """
    order = found.order
    facts = order.facts.facts if order.facts else None
    pseudonyms = made_of(asked.key, asked.what, found.inventory, facts, order.waivers)
    collected = evidence(found.inventory, asked, pseudonyms)
    first = pipeline.run(collected, _order(order, found.inventory, pseudonyms, {}))
    # What is decided is bound to digests of what is declared, and those of what holds a name are others now.
    digests = _digests(found, first, pseudonyms)
    again = replace(collected, facts=_facts(found.inventory, pseudonyms, digests))
    lost = _lost(found, first, pseudonyms)
    again = replace(again, redacted=(replace(asked.fact, findings=lost),))
    return pipeline.run(again, _order(order, found.inventory, pseudonyms, digests)), pseudonyms


def evidence(given: Inventory, asked: Asked, pseudonyms: Pseudonyms) -> Collected:
    """What was collected, for hand-over."""
    made = records.redacted(given, pseudonyms, samples=asked.samples)
    return replace(made, facts=_facts(given, pseudonyms, {}), redacted=(asked.fact,))


def of_inventory(given: Inventory, facts: Facts | None, asked: Asked) -> tuple[Collected, Pseudonyms]:
    """Evidence alone, for hand-over, and what its pseudonyms stand for."""
    pseudonyms = made_of(asked.key, asked.what, given, facts, ())
    return evidence(given, asked, pseudonyms), pseudonyms


def _facts(given: Inventory, pseudonyms: Pseudonyms, digests: dict[str, str]) -> tuple[FactsFile, ...]:
    return (stated.facts(given.facts, given.agents, pseudonyms, digests),) if given.facts else ()


def _order(order: Order, given: Inventory, pseudonyms: Pseudonyms, digests: dict[str, str]) -> Order:
    """The same order about pseudonyms; what it is held against of earlier runs is left out."""
    text, asked = pseudonyms.text, order.selection
    agents = [each for name in asked.agents for each in stated.about(name, given.agents, pseudonyms)]
    controller = order.controller
    own = tuple(_rules(each, pseudonyms) for each in order.switches.own)
    return replace(
        order,
        selection=replace(asked, agents=tuple(dict.fromkeys(agents)), versions=tuple(map(text, asked.versions))),
        controller=replace(
            controller,
            title=text(controller.title),
            contact=text(controller.contact) if controller.contact else None,
            notice=text(controller.notice) if controller.notice else None,
        ),
        switches=replace(order.switches, own=own),
        waivers=stated.waivers(order.waivers, given.agents, pseudonyms, digests),
        # The digest of a file that holds names is what names could be tried against.
        configuration=(),
        facts=None,
        previous=None,
        states=(),
        archived=None,
        look=None,
        name=text(order.name) if order.name else None,
    )


def _rules(given: OwnRules, pseudonyms: Pseudonyms) -> OwnRules:
    name, data = pseudonyms.text(given.name), pseudonyms.text(given.file.data.decode()).encode()
    return OwnRules(name, TomlFile(Path(name), data=data))


def _digests(before: pipeline.Run, after: pipeline.Run, pseudonyms: Pseudonyms) -> dict[str, str]:
    """Digests of what is declared after, by those before, as far as something is bound to them."""
    order = before.order
    bound = {waiver.value_sha256 for waiver in order.waivers}
    answers = order.facts.facts.answers if order.facts else ()
    bound |= {each.declared for each in answers if each.declared}
    if not bound:
        return {}
    found = {(each.agent.id, finding.rule.id): finding for each in after.assessment.agents for finding in each.findings}
    issues = {(each.agent.id, issue.question.key): issue for each in after.assessment.agents for issue in each.issues}
    made: dict[str, str] = {}
    for each in before.assessment.agents:
        there = pseudonyms.text(each.agent.id)
        for finding in each.findings:
            if (mine := finding.basis().value_sha256) in bound and (other := found.get((there, finding.rule.id))):
                made[mine] = other.basis().value_sha256
        for issue in each.issues:
            if issue.declared in bound and (same := issues.get((there, issue.question.key))):
                made[issue.declared] = same.declared
    return made


def _lost(before: pipeline.Run, after: pipeline.Run, pseudonyms: Pseudonyms) -> int:
    """How many findings the evidence gave that it does not give for hand-over."""
    held = Counter((each.agent.id, found.rule.id) for each in after.assessment.agents for found in each.findings)
    was = Counter(
        (pseudonyms.text(each.agent.id), found.rule.id) for each in before.assessment.agents for found in each.findings
    )
    return sum((was - held).values())
