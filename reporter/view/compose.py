"""From what was assessed to the frozen view of one run: order and wording are decided here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from reporter import __version__
from reporter.declared.model import Inventory
from reporter.declared.scope import Scope, Selection
from reporter.declared.vocabulary import FLAGS
from reporter.plain.language import ENGLISH, Language, reading_order
from reporter.review.assessment import Assessed, Assessment
from reporter.view import findings, report, reviewed, words
from reporter.view.agents import agent, time
from reporter.view.findings import Finding, Rule
from reporter.view.gaps import gaps as all_gaps
from reporter.view.report import Agent, Attention, Gap

# As many as stand on one page with their references; the rest is counted, and follows agent by agent.
_ATTENTION = 5


@dataclass(frozen=True, slots=True)
class Context:
    """What a report says that no evidence holds.

    Attributes:
        generated_at: The run's clock.
        evidence_sha256: The digest of the snapshot that the run keeps.
        selection: What was asked for.
        controller: Who hands the report out.
        language: What all sentences are written in.
    """

    generated_at: datetime
    evidence_sha256: str
    selection: Selection
    controller: report.Controller
    language: Language = ENGLISH


def compose(inventory: Inventory, scope: Scope, assessment: Assessment, context: Context) -> report.Report:
    """The view of one run; what a verdict needs is ready, and the rest is worked out when somebody asks for it."""
    gaps = all_gaps(inventory, scope.gaps, context.language)
    return report.Report.later(_Report(inventory, scope, assessment, context, gaps))


class _Report:
    """Works out each other field of a report, by its name."""

    def __init__(
        self, inventory: Inventory, scope: Scope, assessment: Assessment, context: Context, gaps: list[report.Gap]
    ) -> None:
        self._inventory = inventory
        self._scope = scope
        self._assessment = assessment
        self._context = context
        self._gaps = gaps
        self._language = context.language

    def known(self) -> dict[str, Any]:
        inventory, context = self._inventory, self._context
        return {
            "schema": report.SCHEMA,
            "language": context.language.code,
            "tool": report.Tool("datarisk", __version__),
            "generated_at": time(context.generated_at),
            "complete": not self._gaps,
            "gaps": self._gaps,
            "account": inventory.account,
            "controller": context.controller,
            "sources": [report.Source(each.kind, each.location, time(each.collected_at)) for each in inventory.sources],
            "evidence_sha256": context.evidence_sha256,
        }

    @cached_property
    def _assessed(self) -> list[Assessed]:
        return sorted(self._assessment.agents, key=lambda each: (reading_order(each.agent.name), each.agent.id))

    @cached_property
    def _agents(self) -> list[report.Agent]:
        return [agent(each, self._assessment.catalogue, self._language) for each in self._assessed]

    def agents(self) -> list[report.Agent]:
        return self._agents

    def scope(self) -> report.Scope:
        selection, language = self._context.selection, self._language
        # Of the whole inventory: what was left out is named too, and is in no scope.
        names = {agent.id: agent.name for agent in self._inventory.agents}
        left_out = [
            report.LeftOut(
                language.say(item.why), item.agent_id, names.get(item.agent_id or ""), item.schema_version_id
            )
            for item in self._scope.left_out
        ]
        unused = self._inventory.not_used
        left_out += [report.LeftOut(words.not_used(item, language), None, None, None) for item in unused]
        return report.Scope(
            versions=list(selection.versions),
            environments=list(selection.environments),
            as_of=time(selection.as_of) if selection.as_of else None,
            agents=list(selection.agents),
            include_retired=selection.include_retired,
            words=words.scope(selection, language),
            notes=[language.say(note) for note in self._scope.notes],
            left_out=left_out,
        )

    def totals(self) -> report.Totals:
        profiles = [each.profile for each in self._assessed]
        personal = [profile.flag(FLAGS[0]).state for profile in profiles]
        return report.Totals(
            agents=len(profiles),
            agents_not_assessed=sum(not profile.assessed for profile in profiles),
            agents_with_personal_data=personal.count("included"),
            agents_undetermined=personal.count("undetermined"),
            span_types=sum(profile.span_types for profile in profiles),
            not_assessed=sum(profile.not_assessed for profile in profiles),
            cells=sum(profile.cells for profile in profiles),
            declared_cells=sum(profile.declared_cells for profile in profiles),
            known_cells=sum(profile.known_cells for profile in profiles),
            findings=sum(len(each.findings) for each in self._assessed),
        )

    def summary(self) -> report.Summary:
        pairs = sorted(zip(self._assessed, self._agents, strict=True), key=lambda both: _glance_order(both[0]))
        order = [agent for _, agent in pairs]
        lines = attention(order, self._gaps, self.catalogue().rules, self._language)
        return report.Summary(
            lead=words.summary(self.totals(), self._language),
            attention=lines[:_ATTENTION],
            attention_more=max(0, len(lines) - _ATTENTION),
            order=[agent.id for agent in order],
        )

    def catalogue(self) -> findings.Catalogue:
        found = (finding for each in self._assessed for finding in each.findings)
        return reviewed.catalogue(self._assessment.catalogue, found, self._language)

    def waivers(self) -> list[findings.Waiver]:
        return [reviewed.waiver(fate, self._language) for fate in self._assessment.fates]

    def coverage(self) -> list[findings.Coverage]:
        return reviewed.coverage(self._assessment.catalogue, self._language)

    def records(self) -> list[report.Record]:
        """The records that declarations in scope, and what is gone from them, were read from, each once."""
        agents = self._scope.agents
        versions = [item.version for scoped in agents for item in scoped.versions]
        # What is gone is cited as evidence that it was there, so that its record has to be listed as well.
        lost = {entry.record_sha256 for scoped in agents for entry in scoped.lost}
        versions += (v for scoped in agents for v in scoped.agent.schema_versions if v.record.sha256 in lost)
        found = {version.record.sha256: version.record for version in versions}
        records = sorted(found.values(), key=lambda record: (record.source, record.location, record.sha256))
        return [report.Record(record.kind, record.source, record.location, record.sha256) for record in records]


def _glance_order(each: Assessed) -> tuple[bool, float, tuple[str, str], str]:
    """The best known first, those of which nothing is known last, as one block."""
    profile = each.profile
    # By share and not by number: an agent of many span types is not better known for that.
    known = profile.known_cells / profile.cells if profile.cells else 0.0
    return not profile.assessed, -known, reading_order(each.agent.name), each.agent.id


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
    # What is worked out for these few lines would otherwise be kept, for every agent and finding.
    findings_, agent = agent.findings, agent.again()

    def line(what: str, reference: str) -> Attention:
        return Attention(agent.id, agent.name, agent.anchor, what, reference)

    silent = not agent.assessed
    if silent:
        number = sum(entry.kind == "span" for entry in agent.span_types)
        what = words.silence(number, language) if number else words.no_span_types(language)
        yield (0, 0, 0, 0), line(what, language.gettext("Declare, then run again"))
    high = [each.again() for each in findings_ if each.severity == "high"]
    high = [each for each in high if not (silent and each.rule in _NOT_ASSESSED)]
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
    written = [each for each in findings_ if each.rule[0] in "QR" and each.severity == "medium"]
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
