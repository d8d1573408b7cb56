"""From what was assessed to the frozen view of one run: order and wording are decided here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from reporter import __version__
from reporter.declared.model import Inventory
from reporter.declared.scope import Scope, Selection
from reporter.declared.vocabulary import FLAGS
from reporter.plain.language import ENGLISH, Language, natural_order, reading_order
from reporter.review.assessment import Assessed, Assessment
from reporter.review.citations import localized
from reporter.review.difference import Difference
from reporter.review.issues import Issue
from reporter.review.ledger import Ledger
from reporter.review.newly import CHECK as NEWLY
from reporter.review.observed import evaluated
from reporter.review.past import Past
from reporter.review.previous import Since, scope_of
from reporter.review.tables import UNANSWERED
from reporter.view import agreed, findings, overview, report, reviewed, words
from reporter.view.agents import agent, time
from reporter.view.changed import Changes
from reporter.view.changes import changes
from reporter.view.claims import Claims, Read, host, of_all
from reporter.view.gaps import gaps as all_gaps
from reporter.view.issues import at_worst
from reporter.view.redacted import redaction
from reporter.view.report import Gap
from reporter.view.since import Since as Told
from reporter.view.since import since
from reporter.view.summary import Attention, Overview, Summary
from reporter.view.trend import Trend, trend

# As many as stand on one page with their references; the rest is counted, and follows agent by agent.
_ATTENTION: Final = 5
#: So often a question is asked there: the same one for many agents would hide all others.
_OF_ONE: Final = 2


@dataclass(frozen=True, slots=True)
class Context:
    """What a report says that no evidence holds.

    Attributes:
        generated_at: The run's clock.
        evidence_sha256: The digest of the snapshot that the run keeps.
        selection: What was asked for.
        controller: Who hands the report out.
        language: What all sentences are written in.
        since: The last report, where the run was given one.
        difference: What changed since, where that is known.
        runs: The runs before, where there are any to compare with, and what this one leaves behind.
        policy_sha256: The digest of what the organisation decided beside the catalogue, where that is known.
    """

    generated_at: datetime
    evidence_sha256: str
    selection: Selection
    controller: report.Controller
    language: Language = ENGLISH
    since: Since | None = None
    difference: Difference | None = None
    runs: tuple[Past, Ledger] | None = None
    policy_sha256: str | None = None


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
        given, spoken, since = self._assessment.catalogue, self._language, self._context.since
        return [agent(each, given, spoken, since) for each in self._assessed]

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
        personal = [(profile.flag(FLAGS[0]).state, profile.assessed) for profile in profiles]
        return report.Totals(
            agents=len(profiles),
            agents_not_assessed=sum(not profile.assessed for profile in profiles),
            agents_with_personal_data=sum(state == "included" for state, _ in personal),
            # Of an agent of which nothing is known nothing is ruled out either.
            agents_undetermined=sum(
                state != "included" and (state != "excluded" or not assessed) for state, assessed in personal
            ),
            span_types=sum(profile.span_types for profile in profiles),
            not_assessed=sum(profile.not_assessed for profile in profiles),
            cells=sum(profile.cells for profile in profiles),
            declared_cells=sum(profile.declared_cells for profile in profiles),
            known_cells=sum(profile.known_cells for profile in profiles),
            findings=sum(len(each.findings) for each in self._assessed),
            issues=len(self._issues),
            open_issues=sum(issue.status == "open" for _, _, issue in self._issues),
            agents_mostly_unanswered=sum(profile.coverage == "mostly unanswered" for profile in profiles),
        )

    @cached_property
    def _issues(self) -> list[tuple[Assessed, report.Agent, Issue]]:
        """All issues, in the order in which they need somebody."""
        every = [
            (each, view, issue)
            for each, view in zip(self._assessed, self._agents, strict=True)
            for issue in each.issues
        ]
        # Of a stable order: by name where nothing else tells them apart, and in the order of the questions.
        return sorted(every, key=lambda one: one[0].rank(one[2]))

    def summary(self) -> Summary:
        # Each agent stands where it first needs somebody; one that nobody has to decide about comes last.
        asked = dict.fromkeys(each.agent.id for each, _, issue in self._issues if issue.status == "open")
        order = dict.fromkeys([*asked, *(each.agent.id for each in self._assessed)])
        lines = [*_of_gaps(self._gaps, self._language), *self._attention()]
        open_ = sum(issue.status == "open" for _, _, issue in self._issues)
        return Summary(
            lead=words.summary(self.totals(), self._language),
            agreed=agreed.summary(self._assessed, self._language),
            attention=lines[:_ATTENTION],
            attention_more=max(0, open_ + bool(self._gaps) - min(len(lines), _ATTENTION)),
            order=list(order),
            issues=[issue.id for _, _, issue in self._issues],
        )

    def overview(self) -> Overview:
        return self._overview

    @cached_property
    def _overview(self) -> Overview:
        read_at = max((each.collected_at for each in self._inventory.sources), default=self._context.generated_at)
        return Overview(
            questions=overview.by_severity(issue for _, _, issue in self._issues),
            sends_special=overview.sends_special(self._assessed),
            to_be_assessed=overview.to_be_assessed(self._agents),
            coverage=overview.answered(self._assessed),
            oldest=overview.oldest(self._assessed, read_at),
        )

    def _attention(self) -> Iterator[Attention]:
        """What is open, the same question of few agents."""
        asked: Counter[str] = Counter()
        for assessed, view, issue in self._issues:
            asked[issue.question.key] += 1
            if issue.status == "open" and asked[issue.question.key] <= _OF_ONE:
                yield _line(assessed, view, issue, self._language)

    def since(self) -> Told | None:
        given = self._context.since
        if given is None:
            return None
        issues = [issue for _, _, issue in self._issues]
        unread, left_out = frozenset(gap.agent_id for gap in self._gaps), self._scope.left_out
        asked = scope_of(asdict(replace(self.scope(), left_out=[])))
        return since(
            given, issues, self._assessment, unread=unread, left_out=left_out, asked=asked, language=self._language
        )

    def redaction(self) -> report.Redaction | None:
        return redaction(self._inventory.redacted, self._language)

    def changes(self) -> Changes | None:
        given = self._context.difference
        return changes(given, self._language) if given else None

    def trend(self) -> Trend | None:
        return trend(*self._context.runs, self._language) if self._context.runs else None

    def listed(self) -> list[findings.Listed]:
        return reviewed.listed(self._assessed)

    def catalogue(self) -> findings.Catalogue:
        found = (finding for each in self._assessed for finding in each.findings)
        ran = evaluated(each.agent for each in self._assessed)
        checked = {*ran, *([NEWLY] if self._assessment.compared else ())}
        return reviewed.catalogue(self._assessment.catalogue, found, self._language, checked)

    def waivers(self) -> list[findings.Waiver]:
        return [reviewed.waiver(fate, self._language) for fate in self._assessment.fates]

    def claims(self) -> Claims:
        context, found = self._context, self._overview
        read = [Read(each.location, host(each.location), time(each.collected_at)) for each in self._inventory.sources]
        return Claims(
            tool=f"datarisk {__version__}",
            catalogue_sha256=self._assessment.catalogue.sha256,
            policy_sha256=context.policy_sha256,
            evidence_sha256=context.evidence_sha256,
            read=read,
            listed=of_all(
                [each.name for each in fields(report.Totals)],
                [each.severity for each in found.questions],
                found.coverage,
            ),
        )

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
        ran = {sha256 for each in agents if each.agent.observed for sha256 in each.agent.observed.records}
        found |= {each.sha256: each for each in self._inventory.records if each.sha256 in ran} if ran else {}
        # A finding may rest on what was agreed, or on where an agent is deployed: those records say so.
        agreed_ = (one for each in self._assessed for one in each.findings if one.rule.issue == "agreed")
        cited = {place.record_sha256 for one in agreed_ for place in one.found}
        found |= {each.sha256: each for each in self._inventory.records if each.sha256 in cited}
        records = sorted(found.values(), key=lambda each: (each.source, natural_order(each.location), each.sha256))
        told = [report.Record(record.kind, record.source, record.location, record.sha256) for record in records]
        facts = self._inventory.facts
        if facts and facts.sha256 in cited:
            told.append(report.Record("facts", facts.path, facts.path, facts.sha256))
        return told


def _of_gaps(gaps: Sequence[Gap], language: Language) -> Iterator[Attention]:
    if gaps:
        run, reference = language.gettext("This run is incomplete"), language.gettext("What could not be read")
        yield Attention(None, run, None, words.unread(len(gaps), language), reference)


def _line(assessed: Assessed, view: report.Agent, issue: Issue, language: Language) -> Attention:
    """An issue in a line: how little is known, or what is asked, and the worst of it."""
    profile, told = assessed.profile, view.again()
    reference = _provision(issue, language)
    shown = next(each for each in told.issues if each.id == issue.id)
    what = f"{shown.question} {at_worst(issue, language)}"
    if issue.question.key == UNANSWERED:
        reference = language.gettext("Declare, then run again")
        if not profile.assessed:
            what = words.silence(profile.of_work, language) if profile.of_work else words.no_span_types(language)
        else:
            what = f"{words.answered(profile, language)} {at_worst(issue, language)}"
    return Attention(
        view.id, view.name, view.anchor, what, reference, issue.id, told.environments, shown.owner or view.owner
    )


def _provision(issue: Issue, language: Language) -> str:
    """The provision that makes it a question; one that needs a further fact says so. Empty where there is none."""
    cited = issue.provision
    if cited is None:
        return ""
    text = localized(cited.text, language)
    # What the declarations themselves say is no condition any more.
    if cited.only_if is None or any(cited in each.provisions for each in issue.findings):
        return text
    return f"{text} ({language.gettext('if %(condition)s', condition=language.gettext(cited.only_if))})"
