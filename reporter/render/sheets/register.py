"""The register: what each rule found in this report, the rules that only list, and the provisions that they cite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from reporter.plain.language import Language
from reporter.render.sheets.found import WORST_FIRST
from reporter.view.findings import Issue, Provision, Rule, Severity
from reporter.view.report import Agent, Report

_NAMED: Final = 5  # agents that are named with a rule; of more, how many they are


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
    """A rule that found something; ``agents`` are some of ``concerned`` agents, and ``severity`` is the worst of it."""

    rule: Rule
    severity: Severity
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


@dataclass(frozen=True, slots=True)
class Chapter:
    """A question and what it is asked for, and the rules that raise it and found something severe."""

    question: str
    because: str
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class Line:
    """A rule that only lists what is declared, and the agents of which it is declared, or possible."""

    rule: Rule
    cited: list[Cited]
    declared: list[Agent]
    possible: list[Agent]


@dataclass(slots=True)
class Register:
    """All rules of a report.

    Attributes:
        entries: Rules that found something, worst first.
        possible: Rules of which nothing is declared, and something is possible as answers are missing.
        lines: Rules that only list, of which some agent declares something.
        silent: Rules that found nothing.
        not_evaluated: Rules that were not put to the declarations.
        notes: What has to be known to read a provision; their numbers stand with the provisions.
        as_of: The day for which the state of the law was established; None where there are several.
    """

    entries: list[Entry] = field(default_factory=list)
    possible: list[Rule] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    silent: list[Rule] = field(default_factory=list)
    not_evaluated: list[Rule] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    as_of: str | None = None


def register(report: Report, language: Language) -> Register:
    """The rules of a report in the order of the register."""
    concerned: dict[str, list[Agent]] = {}
    worst: dict[str, Severity] = {}
    certain: set[str] = set()
    for agent in report.agents:
        for finding in agent.findings:
            concerned.setdefault(finding.rule, []).append(agent)
            if finding.issue != "unanswered":
                certain.add(finding.rule)
            worst[finding.rule] = min(worst.get(finding.rule, "info"), finding.severity, key=WORST_FIRST.index)
    by_id = {agent.id: agent for agent in report.agents}
    listed = {each.rule: each for each in report.listed}
    # A rule may be worse than all that it found: here stands what was found.
    rules = sorted(report.catalogue.rules, key=lambda rule: WORST_FIRST.index(worst.get(rule.id, "info")))
    # One day for all is said once, above the register; else each provision says its own.
    days = {rule.as_of for rule in rules} | {each.as_of for rule in rules for each in rule.provisions}
    found = Register(as_of=days.pop() if len(days) == 1 else None)
    for rule in rules:
        if rule.not_evaluated:
            found.not_evaluated.append(rule)
        elif rule.id in worst and rule.id not in certain:
            found.possible.append(rule)
        elif rule.id in worst:
            agents = concerned[rule.id]
            cited = _cited(rule.provisions, found, language)
            found.entries.append(Entry(rule, worst[rule.id], cited, agents[:_NAMED], len(agents)))
        elif rule.id in listed and not listed[rule.id].declared:
            continue  # that an answer is missing stands in the matrix, and this restates it
        elif rule.id in listed:
            each, cited = listed[rule.id], _cited(rule.provisions, found, language)
            declared, possible = ([by_id[one] for one in some] for some in (each.declared, each.possible))
            found.lines.append(Line(rule, cited, declared, possible))
        else:
            found.silent.append(rule)
    return found


_TOLD: Final = WORST_FIRST[:2]  # what is less severe stands with its agent, and in the catalogue


@dataclass(frozen=True, slots=True)
class Chapters:
    """The register as paper tells it: rules below their questions, and each provision once.

    Attributes:
        notes: What has to be known to read a provision; their numbers stand with the provisions.
        less: How many rules found only what is less severe.
    """

    all: list[Chapter]
    cited: list[Cited]
    notes: list[str]
    less: int


def chapters(found: Register, asked: Mapping[str, Issue], language: Language) -> Chapters:
    """Rules below the questions that they raise, the worst first.

    Args:
        found: All rules of a report.
        asked: One issue of each question by its key, for its words.
        language: What states of the law are written in.
    """
    told = [entry for entry in found.entries if entry.severity in _TOLD]
    by_question: dict[str, list[Entry]] = {}
    for entry in told:
        by_question.setdefault(entry.rule.issue, []).append(entry)
    once = {(each.text, each.only_if): each for entry in told for each in entry.rule.provisions}
    numbered = Register(as_of=found.as_of)
    cited = _cited(once.values(), numbered, language)
    every = [Chapter(asked[key].question, asked[key].because, some) for key, some in by_question.items()]
    return Chapters(every, cited, numbered.notes, len(found.entries) - len(told))


def _cited(provisions: Iterable[Provision], found: Register, language: Language) -> list[Cited]:
    """Those that hold as they stand first; then those that need a fact."""
    groups: dict[tuple[str, str], list[Provision]] = {}
    for each in provisions:
        day = "" if found.as_of else f", {each.as_of}"
        where = each.jurisdiction if each.jurisdiction != "any" else language.gettext("everywhere")
        state = f"{where}, {law_state(each.status, language)}{day}"
        groups.setdefault((each.only_if or "", state), []).append(each)
    cited = []
    for (only_if, state), some in sorted(groups.items(), key=lambda group: bool(group[0][0])):
        # Notes are numbered in the order that they are printed in.
        found.notes.extend(dict.fromkeys(each.note for each in some if each.note and each.note not in found.notes))
        texts = (f"{each.text} [{found.notes.index(each.note) + 1}]" if each.note else each.text for each in some)
        cited.append(Cited(state, ", ".join(texts), only_if))
    return cited


def law_state(status: str, language: Language) -> str:
    """In what state a law is."""
    return {
        "in-force": language.gettext("in force"),
        "adopted-later": language.gettext("adopted, applies later"),
        "proposed": language.gettext("proposed"),
        "guidance": language.gettext("guidance or standard"),
        "unsettled": language.gettext("unsettled"),
    }.get(status, status)
