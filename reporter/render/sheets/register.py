"""The register of findings by rule: what each rule asks, under which law, and which agents it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from reporter.plain.language import Language
from reporter.render.sheets.found import WORST_FIRST
from reporter.view.findings import Provision, Rule
from reporter.view.report import Agent, Report

NAMED: Final = 5  # agents that are named with a rule; of more, how many they are


@dataclass(frozen=True, slots=True)
class Cited:
    """Provisions of one jurisdiction and state of the law, with numbers where notes are kept of them.

    Attributes:
        state: Jurisdiction and state, and the day where it is not that of the register.
        only_if: A fact without which they do not apply; empty where none is named.
    """

    state: str
    texts: str
    only_if: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule that found something; ``agents`` are some of ``concerned`` agents."""

    rule: Rule
    cited: list[Cited]
    agents: list[Agent]
    concerned: int

    @property
    def as_they_stand(self) -> list[Cited]:
        """Provisions that need no further fact."""
        return [each for each in self.cited if not each.only_if]

    @property
    def conditional(self) -> list[Cited]:
        """Provisions that apply only if something holds that no declaration says."""
        return [each for each in self.cited if each.only_if]

    @property
    def more(self) -> int:
        """How many agents are not named."""
        return self.concerned - len(self.agents)


@dataclass(slots=True)
class Register:
    """All rules of a report.

    Attributes:
        entries: Rules that found something, worst first.
        silent: Rules that found nothing.
        not_evaluated: Rules that were not put to the declarations.
        notes: What has to be known to read a provision; their numbers stand with the provisions.
        as_of: The day for which the state of the law was established; None where there are several.
    """

    entries: list[Entry] = field(default_factory=list)
    silent: list[Rule] = field(default_factory=list)
    not_evaluated: list[Rule] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    as_of: str | None = None


def register(report: Report, language: Language) -> Register:
    """The rules of a report in the order of the register."""
    concerned: dict[str, list[Agent]] = {}
    for agent in report.agents:
        for found_by in dict.fromkeys(finding.rule for finding in agent.findings):
            concerned.setdefault(found_by, []).append(agent)
    rules = sorted(report.catalogue.rules, key=lambda rule: WORST_FIRST.index(rule.severity))
    days = {rule.as_of for rule in rules} | {each.as_of for rule in rules for each in rule.provisions}
    found = Register(as_of=days.pop() if len(days) == 1 else None)
    for rule in rules:
        if rule.not_evaluated:
            found.not_evaluated.append(rule)
        elif rule.id not in concerned:
            found.silent.append(rule)
        else:
            agents = concerned[rule.id]
            cited = _cited(rule.provisions, found, language)
            found.entries.append(Entry(rule, cited, agents[:NAMED], len(agents)))
    return found


def _cited(provisions: Iterable[Provision], found: Register, language: Language) -> list[Cited]:
    """Those that hold as they stand first; then those that need a fact."""
    groups: dict[tuple[str, str], list[Provision]] = {}
    for each in provisions:
        day = "" if found.as_of else f", {each.as_of}"
        where = each.jurisdiction if each.jurisdiction != "any" else language.gettext("everywhere")
        state = f"{where}, {law_state(each.status, language)}{day}"
        groups.setdefault((each.only_if or "", state), []).append(each)
    return [
        Cited(state, _texts(some, found.notes), only_if)
        for (only_if, state), some in sorted(groups.items(), key=lambda group: bool(group[0][0]))
    ]


def _texts(provisions: Sequence[Provision], notes: list[str]) -> str:
    """The provisions, with the numbers of their notes."""
    told = []
    for each in provisions:
        if each.note and each.note not in notes:
            notes.append(each.note)
        told.append(f"{each.text} [{notes.index(each.note) + 1}]" if each.note else each.text)
    return ", ".join(told)


def law_state(status: str, language: Language) -> str:
    """In what state a law is."""
    return {
        "in-force": language.gettext("in force"),
        "adopted-later": language.gettext("adopted, applies later"),
        "proposed": language.gettext("proposed"),
        "guidance": language.gettext("guidance or standard"),
        "unsettled": language.gettext("unsettled"),
    }.get(status, status)
