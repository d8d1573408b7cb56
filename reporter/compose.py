"""From the agents in scope, their profiles and findings to the frozen view: order and wording are decided here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from reporter import __version__, report, words
from reporter.aggregate import Cell, LevelTally, Profile, Tally, aggregate
from reporter.model import Agent, Gap, Inventory, SpanType
from reporter.rules import reading
from reporter.scope import Scope, ScopedAgent, ScopedVersion, Selection
from reporter.vocabulary import ACTION_NAMES, CATEGORY_NAMES, FIELDS, FLAGS, KINDS, SIDES, UNKNOWN, Part, State

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
    """

    generated_at: datetime
    evidence_sha256: str
    selection: Selection
    controller: report.Controller


def compose(inventory: Inventory, scope: Scope, context: Context) -> report.Report:
    """The view of one run."""
    names = Counter(scoped.agent.name for scoped in scope.agents)
    parts = [_Part.of(scoped, shared_name=names[scoped.agent.name] > 1) for scoped in scope.agents]
    agents = [_agent(part) for part in parts]
    gaps = [*inventory.gaps, *scope.gaps]
    return report.Report(
        schema=report.SCHEMA,
        tool=report.Tool("datarisk", __version__),
        generated_at=_time(context.generated_at),
        complete=not gaps,
        gaps=[report.Gap(gap.what, gap.why, gap.agent_id, gap.location) for gap in gaps],
        account=report.Account(inventory.account.id, inventory.account.name),
        controller=context.controller,
        sources=[report.Source(item.kind, item.location, _time(item.collected_at)) for item in inventory.sources],
        evidence_sha256=context.evidence_sha256,
        scope=_scope(inventory, scope, context.selection),
        totals=_totals(parts, agents),
        summary=_summary(parts, gaps),
        agents=agents,
        records=_records(scope),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One agent with all that was made of it."""

    scoped: ScopedAgent
    profile: Profile
    findings: tuple[reading.Finding, ...]

    @classmethod
    def of(cls, scoped: ScopedAgent, *, shared_name: bool) -> _Part:
        entries = (entry for item in scoped.versions for entry in item.version.span_types or ())
        return cls(scoped, aggregate(entries), reading.findings(scoped, shared_name=shared_name))

    @property
    def agent(self) -> Agent:
        return self.scoped.agent


def _scope(inventory: Inventory, scope: Scope, selection: Selection) -> report.Scope:
    names = {agent.id: agent.name for agent in inventory.agents}
    left_out = [
        report.LeftOut(item.why, item.agent_id, names.get(item.agent_id or ""), item.schema_version_id)
        for item in scope.left_out
    ]
    left_out += [report.LeftOut(words.not_used(item), None, None, None) for item in inventory.not_used]
    return report.Scope(
        versions=list(selection.versions),
        environments=list(selection.environments),
        as_of=_time(selection.as_of) if selection.as_of else None,
        agents=list(selection.agents),
        include_retired=selection.include_retired,
        words=words.scope(selection),
        notes=list(scope.notes),
        left_out=left_out,
    )


def _totals(parts: Sequence[_Part], agents: Sequence[report.Agent]) -> report.Totals:
    profiles = [part.profile for part in parts]
    return report.Totals(
        agents=len(parts),
        agents_not_assessed=sum(not profile.known_cells for profile in profiles),
        span_types=sum(profile.span_types for profile in profiles),
        not_assessed=sum(profile.not_assessed for profile in profiles),
        cells=sum(profile.cells for profile in profiles),
        declared_cells=sum(profile.declared_cells for profile in profiles),
        known_cells=sum(profile.known_cells for profile in profiles),
        findings=sum(len(agent.findings) for agent in agents),
    )


def _summary(parts: Sequence[_Part], gaps: Sequence[Gap]) -> report.Summary:
    order = sorted(parts, key=_glance_order)
    attention = [*_of_gaps(gaps), *_of_agents(order)]
    return report.Summary(
        lead=words.summary([(part.agent.id, part.profile) for part in parts]),
        attention=attention[:_ATTENTION],
        attention_more=max(0, len(attention) - _ATTENTION),
        order=[part.agent.id for part in order],
    )


def _glance_order(part: _Part) -> tuple[bool, float, str, str]:
    """The best known first, those of which nothing is known last, as one block."""
    known = part.profile.known_cells / part.profile.cells if part.profile.cells else 0.0
    return not known, -known, part.agent.name.casefold(), part.agent.id


def _of_gaps(gaps: Sequence[Gap]) -> list[report.Attention]:
    if not gaps:
        return []
    what = f"{words.count(len(gaps), 'thing')} could not be read, so nothing may be concluded from its absence."
    return [report.Attention(None, "This run is incomplete", None, what, "What could not be read")]


def _of_agents(order: Sequence[_Part]) -> list[report.Attention]:
    """What needs somebody first: nobody declared anything; Art. 9 and Art. 10 data; children; findings."""
    found: list[tuple[int, report.Attention]] = []
    for part in order:
        anchor = _anchor("a", part.agent.id)
        if not part.profile.known_cells and part.profile.span_types:
            what = f"Not assessed. No decided field in {words.count(part.profile.span_types, 'span type')}."
            found.append((0, report.Attention(part.agent.id, part.agent.name, anchor, what, "Declare, then run again")))
        for rank, flag in enumerate(FLAGS[1:], start=1):
            if part.profile.flag(flag).state == "included":
                what = f"{_categories(part.profile, flag.categories)} declared included."
                reference = flag.provision if rank != 3 else "GDPR Recital 38"  # noqa: PLR2004 (the third flag)
                found.append((rank, report.Attention(part.agent.id, part.agent.name, anchor, what, reference)))
        worst = [finding for finding in part.findings if finding.severity in ("medium", "high")]
        if worst:
            what = f"{words.count(len(worst), 'finding')} about how its declarations are written: {worst[0].title}."
            found.append((4, report.Attention(part.agent.id, part.agent.name, anchor, what, worst[0].rule)))
    return [attention for _, attention in sorted(found, key=lambda item: item[0])]


def _categories(profile: Profile, names: Sequence[str]) -> str:
    included = [words.label(name) for name in names if profile.category(name).state == "included"]
    return words.listed(included)


def _agent(part: _Part) -> report.Agent:
    agent, profile, versions = part.agent, part.profile, part.scoped.versions
    return report.Agent(
        id=agent.id,
        name=agent.name,
        anchor=_anchor("a", agent.id),
        status=agent.status,
        external_identifier=agent.external_identifier,
        description=agent.description,
        owner=agent.owner,
        team=agent.team,
        environments=sorted({name for item in versions for name in item.environments}),
        schema_versions=[_schema_version(item) for item in versions],
        note=part.scoped.note,
        lead=words.lead(profile),
        assessed=profile.known_cells > 0,
        assessment=report.Assessment(
            profile.span_types, profile.not_assessed, profile.cells, profile.declared_cells, profile.known_cells
        ),
        categories={name: _category(name, profile) for name in profile.categories},
        actions={name: _action(name, tally) for name, tally in profile.actions.items()},
        classification=report.Classification(
            _level(profile.levels["params"]), _level(profile.levels["result"]), _level(profile.level)
        ),
        flags={flag.name: _flag(flag.name, profile) for flag in FLAGS},
        span_types=_span_types(agent.id, versions),
        findings=[_finding(finding) for finding in part.findings],
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


def _category(name: str, profile: Profile) -> report.Category:
    both = profile.category(name)
    params, result = (profile.sides[side][name] for side in SIDES)
    return report.Category(
        label=words.label(name),
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


def _action(name: str, tally: Tally) -> report.Action:
    return report.Action(
        label=words.label(name),
        state=_ACTION_STATE[tally.state],
        allowed=tally.yes,
        unknown=tally.unknown,
        undeclared=tally.undeclared,
        disallowed=tally.no,
        extension=name not in ACTION_NAMES,
        evidence=_evidence(tally.evidence),
    )


def _level(tally: LevelTally) -> report.Level:
    silent = tally.unknown + tally.undeclared
    return report.Level(
        highest=tally.highest,
        at_least=tally.at_least,
        not_stated=silent,
        cells=tally.known + silent,
        words=words.level(tally),
        evidence=_evidence(tally.evidence),
    )


def _flag(name: str, profile: Profile) -> report.Flag:
    flag = next(item for item in FLAGS if item.name == name)
    state = profile.flag(flag)
    return report.Flag(
        label=flag.label,
        state=state.state,
        provision=flag.provision,
        words=words.flag(flag, profile),
        not_counted=[report.NotCounted(other, words.label(other), found) for other, found in state.not_counted],
        evidence=_evidence(state.evidence),
    )


def _span_types(agent_id: str, versions: Sequence[ScopedVersion]) -> list[report.SpanType]:
    """By version, oldest first; in each by kind and name, as the platform does not order them."""
    return [
        _span_type(agent_id, entry)
        for item in versions
        for entry in sorted(item.version.span_types or (), key=lambda e: (KINDS.index(e.kind), e.name, e.pointer))
    ]


def _span_type(agent_id: str, entry: SpanType) -> report.SpanType:
    parts = entry.declaration.parts
    return report.SpanType(
        name=entry.name,
        title=entry.title,
        description=entry.description,
        kind=entry.kind,
        schema_version_id=entry.schema_version_id,
        assessed=entry.assessed,
        reason=None if entry.assessed else words.not_assessed(entry),
        known_cells=entry.known_cells,
        declared_cells=entry.declared_cells,
        action_profile=_fields("action_profile", parts["action_profile"]),
        params_data_categories=_fields("params_data_categories", parts["params_data_categories"]),
        result_data_categories=_fields("result_data_categories", parts["result_data_categories"]),
        extra=dict(entry.declaration.extra),
        anchor=_anchor("s", agent_id, entry.schema_version_id, entry.kind, entry.name, entry.pointer),
        pointer=entry.pointer,
        record_sha256=entry.record_sha256,
    )


def _fields(part: Part, values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Every field of the vocabulary, those left out as ``unknown``, then the extension fields."""
    if values is None:
        return None
    fields = {name: values.get(name, UNKNOWN) for name in FIELDS[part]}
    return fields | {name: values[name] for name in sorted(values.keys() - fields.keys())}


def _finding(finding: reading.Finding) -> report.Finding:
    evidence = [
        report.Evidence(e.schema_version_id, e.kind, e.span_type, e.pointer, e.value, e.record_sha256)
        for e in finding.evidence
    ]
    return report.Finding(finding.id, finding.rule, finding.severity, finding.title, finding.why, evidence)


def _evidence(cells: Sequence[Cell]) -> list[report.Evidence]:
    return [
        report.Evidence(
            cell.entry.schema_version_id,
            cell.entry.kind,
            cell.entry.name,
            cell.pointer,
            cell.value,
            cell.entry.record_sha256,
        )
        for cell in cells
    ]


def _records(scope: Scope) -> list[report.Record]:
    """The records that declarations in scope were read from, each once."""
    found = {item.version.record.sha256: item.version.record for scoped in scope.agents for item in scoped.versions}
    records = sorted(found.values(), key=lambda record: (record.source, record.location, record.sha256))
    return [report.Record(record.kind, record.source, record.location, record.sha256) for record in records]


def _anchor(prefix: str, *parts: str) -> str:
    return f"{prefix}-{reading.fingerprint(*parts)[:12]}"


def _time(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
