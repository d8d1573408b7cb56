"""From the agents in scope, their profiles and findings to the frozen view: order and wording are decided here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from reporter import __version__
from reporter.declared.aggregate import Cell, LevelTally, Profile, Tally, aggregate
from reporter.declared.model import Agent, Inventory, SpanType
from reporter.declared.scope import Scope, ScopedAgent, ScopedVersion, Selection
from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES, FLAGS, KINDS, SIDES, Flag, State
from reporter.plain.language import ENGLISH, Language, reading_order
from reporter.plain.memory import Lazily
from reporter.review import catalogue as rules
from reporter.review.evaluation import of_all
from reporter.review.finding import Finding
from reporter.review.waivers import Waiver
from reporter.view import report, reviewed, words
from reporter.view.attention import attention
from reporter.view.findings import Catalogue, Evidence
from reporter.view.gaps import gaps as all_gaps
from reporter.view.waived import waived

_ATTENTION = 5
_ACTION_STATE: dict[State, report.ActionState] = {
    "none": "none",
    "excluded": "disallowed",
    "undetermined": "undetermined",
    "included": "allowed",
}


@dataclass(frozen=True, slots=True)
class Context:
    """What a report says that no evidence holds.

    Attributes:
        generated_at: The run's clock.
        evidence_sha256: The digest of the snapshot that the run keeps.
        selection: What was asked for.
        controller: Who hands the report out.
        language: What all sentences are written in.
        switches: Which rules are put to the declarations.
        waivers: Those of the user's file.
        non_waivable: Rules whose findings no waiver accepts.
    """

    generated_at: datetime
    evidence_sha256: str
    selection: Selection
    controller: report.Controller
    language: Language = ENGLISH
    switches: rules.Switches = rules.AS_SHIPPED
    waivers: tuple[Waiver, ...] = ()
    non_waivable: tuple[str, ...] = ()


def compose(inventory: Inventory, scope: Scope, context: Context) -> report.Report:
    """The view of one run."""
    language = context.language
    names = Counter(scoped.agent.name for scoped in scope.agents)
    ordered = sorted(scope.agents, key=lambda scoped: (reading_order(scoped.agent.name), scoped.agent.id))
    catalogue = rules.load(context.switches)
    put_up = of_all(((scoped, names[scoped.agent.name] > 1) for scoped in ordered), catalogue)
    parts = [_Part.of(scoped, found) for scoped, found in zip(ordered, put_up, strict=True)]
    agents, waivers = waived(
        [_agent(part, catalogue, language) for part in parts],
        context.waivers,
        context.generated_at,
        language,
        non_waivable=context.non_waivable,
    )
    gaps = all_gaps(inventory, scope.gaps, language)
    told = reviewed.catalogue(catalogue, [finding for part in parts for finding in part.findings], language)
    return report.Report(
        schema=report.SCHEMA,
        language=language.code,
        tool=report.Tool("datarisk", __version__),
        generated_at=_time(context.generated_at),
        complete=not gaps,
        gaps=gaps,
        account=report.Account(inventory.account.id, inventory.account.name),
        controller=context.controller,
        sources=[report.Source(item.kind, item.location, _time(item.collected_at)) for item in inventory.sources],
        evidence_sha256=context.evidence_sha256,
        scope=_scope(inventory, scope, context),
        totals=_totals(parts, agents),
        summary=_summary(parts, agents, gaps, told, language),
        agents=agents,
        catalogue=told,
        waivers=waivers,
        coverage=reviewed.coverage(catalogue, language),
        records=_records(scope),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One agent with all that was made of it."""

    scoped: ScopedAgent
    profile: Profile
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, scoped: ScopedAgent, found: tuple[Finding, ...]) -> _Part:
        entries = (entry for item in scoped.versions for entry in item.version.span_types or ())
        return cls(scoped, aggregate(entries), found)

    @property
    def agent(self) -> Agent:
        return self.scoped.agent


def _scope(inventory: Inventory, scope: Scope, context: Context) -> report.Scope:
    selection, language = context.selection, context.language
    names = {agent.id: agent.name for agent in inventory.agents}
    left_out = [
        report.LeftOut(language.say(item.why), item.agent_id, names.get(item.agent_id or ""), item.schema_version_id)
        for item in scope.left_out
    ]
    left_out += [report.LeftOut(words.not_used(item, language), None, None, None) for item in inventory.not_used]
    return report.Scope(
        versions=list(selection.versions),
        environments=list(selection.environments),
        as_of=_time(selection.as_of) if selection.as_of else None,
        agents=list(selection.agents),
        include_retired=selection.include_retired,
        words=words.scope(selection, language),
        notes=[language.say(note) for note in scope.notes],
        left_out=left_out,
    )


def _totals(parts: Sequence[_Part], agents: Sequence[report.Agent]) -> report.Totals:
    profiles = [part.profile for part in parts]
    return report.Totals(
        agents=len(parts),
        agents_not_assessed=sum(not profile.assessed for profile in profiles),
        span_types=sum(profile.span_types for profile in profiles),
        not_assessed=sum(profile.not_assessed for profile in profiles),
        cells=sum(profile.cells for profile in profiles),
        declared_cells=sum(profile.declared_cells for profile in profiles),
        known_cells=sum(profile.known_cells for profile in profiles),
        findings=sum(len(agent.findings) for agent in agents),
    )


def _summary(
    parts: Sequence[_Part],
    agents: Sequence[report.Agent],
    gaps: Sequence[report.Gap],
    catalogue: Catalogue,
    language: Language,
) -> report.Summary:
    order = [agent for _, agent in sorted(zip(parts, agents, strict=True), key=lambda both: _glance_order(both[0]))]
    lines = attention(order, gaps, catalogue.rules, language)
    return report.Summary(
        lead=words.summary([part.profile for part in parts], language),
        attention=lines[:_ATTENTION],
        attention_more=max(0, len(lines) - _ATTENTION),
        order=[agent.id for agent in order],
    )


def _glance_order(part: _Part) -> tuple[bool, float, tuple[str, str], str]:
    """The best known first, those of which nothing is known last, as one block."""
    known = part.profile.known_cells / part.profile.cells if part.profile.cells else 0.0
    return not part.profile.assessed, -known, reading_order(part.agent.name), part.agent.id


def _agent(part: _Part, catalogue: rules.Catalogue, language: Language) -> report.Agent:
    agent, profile, versions = part.agent, part.profile, part.scoped.versions
    entries = [entry for item in versions for entry in item.version.span_types or ()]
    return report.Agent(
        id=agent.id,
        name=agent.name,
        anchor=reviewed.anchor("a", agent.id),
        status=agent.status,
        external_identifier=agent.external_identifier,
        description=agent.description,
        owner=agent.owner,
        team=agent.team,
        environments=sorted({name for item in versions for name in item.environments}, key=reading_order),
        schema_versions=[_schema_version(item) for item in versions],
        note=language.say(part.scoped.note) if part.scoped.note else None,
        lead=words.lead(profile, language),
        assessed=profile.assessed,
        assessment=report.Assessment(
            profile.span_types, profile.not_assessed, profile.cells, profile.declared_cells, profile.known_cells
        ),
        categories={name: _category(name, profile, language) for name in profile.categories},
        actions={name: _action(name, tally, language) for name, tally in profile.actions.items()},
        classification=report.Classification(
            *(_level(tally, language) for tally in (profile.levels["params"], profile.levels["result"], profile.level))
        ),
        flags={flag.name: _flag(flag, profile, language) for flag in FLAGS},
        span_types=_span_types(agent.id, versions, language),
        flows=reviewed.flows(agent.id, entries, language),
        reach=reviewed.reach(agent.id, entries, language),
        screening=reviewed.screening(entries, catalogue, language),
        findings=[reviewed.finding(each, language) for each in part.findings],
    )


def _schema_version(item: ScopedVersion) -> report.SchemaVersion:
    version = item.version
    return report.SchemaVersion(
        id=version.id,
        external_identifier=version.external_identifier,
        inserted_at=_time(version.inserted_at) if version.inserted_at else None,
        environments=list(item.environments),
        record_sha256=version.record.sha256,
        source=version.record.source,
        location=version.record.location,
    )


def _category(name: str, profile: Profile, language: Language) -> report.Category:
    both = profile.category(name)
    params, result = (profile.sides[side][name] for side in SIDES)
    return report.Category(
        label=words.label(name, language),
        state=both.state,
        included=both.yes,
        unknown=both.unknown,
        undeclared=both.undeclared,
        excluded=both.no,
        params=report.SideState(params.state, params.yes, params.unknown, params.undeclared, params.no),
        result=report.SideState(result.state, result.yes, result.unknown, result.undeclared, result.no),
        extension=name not in CATEGORY_NAMES,
        evidence=_evidence(both.evidence),
    )


def _action(name: str, tally: Tally, language: Language) -> report.Action:
    return report.Action(
        label=words.label(name, language),
        state=_ACTION_STATE[tally.state],
        allowed=tally.yes,
        unknown=tally.unknown,
        undeclared=tally.undeclared,
        disallowed=tally.no,
        extension=name not in ACTION_NAMES,
        evidence=_evidence(tally.evidence),
    )


def _level(tally: LevelTally, language: Language) -> report.Level:
    silent = tally.unknown + tally.undeclared
    return report.Level(
        highest=tally.highest,
        at_least=tally.at_least,
        not_stated=silent,
        cells=tally.known + silent,
        words=words.level(tally, language),
        evidence=_evidence(tally.evidence),
    )


def _flag(flag: Flag, profile: Profile, language: Language) -> report.Flag:
    state = profile.flag(flag)
    return report.Flag(
        label=language.gettext(flag.label),
        state=state.state,
        provision=language.gettext(flag.provision),
        words=words.flag(flag, profile, language),
        not_counted=[
            report.NotCounted(other, words.label(other, language), found) for other, found in state.not_counted
        ],
        evidence=_evidence(state.evidence),
    )


def _span_types(agent_id: str, versions: Sequence[ScopedVersion], language: Language) -> list[report.SpanType]:
    """By version, oldest first; in each by kind and name, as the platform does not order them."""
    return [
        _span_type(agent_id, entry, language)
        for item in versions
        for entry in sorted(item.version.span_types or (), key=lambda e: (KINDS.index(e.kind), e.name, e.pointer))
    ]


def _span_type(agent_id: str, entry: SpanType, language: Language) -> report.SpanType:
    parts = entry.declaration.parts
    return report.SpanType(
        name=entry.name,
        title=entry.title,
        description=entry.description,
        kind=entry.kind,
        schema_version_id=entry.schema_version_id,
        assessed=entry.assessed,
        reason=None if entry.assessed else words.not_assessed(entry, language),
        known_cells=entry.known_cells,
        declared_cells=entry.declared_cells,
        action_profile=parts["action_profile"],
        params_data_categories=parts["params_data_categories"],
        result_data_categories=parts["result_data_categories"],
        extra=dict(entry.declaration.extra),
        anchor=reviewed.anchor("s", agent_id, entry.schema_version_id, entry.kind, entry.name, entry.pointer),
        pointer=entry.pointer,
        record_sha256=entry.record_sha256,
    )


def _evidence(cells: Sequence[Cell]) -> Sequence[Evidence]:
    return Lazily(len(cells), lambda: map(_of_cell, cells))


def _of_cell(cell: Cell) -> Evidence:
    entry = cell.entry
    return Evidence(entry.schema_version_id, entry.kind, entry.name, cell.pointer, cell.value, entry.record_sha256)


def _records(scope: Scope) -> list[report.Record]:
    """The records that declarations in scope, and what is gone from them, were read from, each once."""
    versions = [item.version for scoped in scope.agents for item in scoped.versions]
    lost = {entry.record_sha256 for scoped in scope.agents for entry in scoped.lost}
    versions += (v for scoped in scope.agents for v in scoped.agent.schema_versions if v.record.sha256 in lost)
    found = {version.record.sha256: version.record for version in versions}
    records = sorted(found.values(), key=lambda record: (record.source, record.location, record.sha256))
    return [report.Record(record.kind, record.source, record.location, record.sha256) for record in records]


def _time(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
