"""One agent of the view: what its declarations say together, and each of them, in the report's order and words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from reporter.declared.aggregate import LevelTally, Tally, coverage
from reporter.declared.model import Cell, SpanType, reading_place
from reporter.declared.scope import ScopedVersion
from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES, FLAGS, SIDES, Flag, State
from reporter.plain.language import Language, reading_order
from reporter.review.assessment import Assessed
from reporter.review.catalogue import Catalogue
from reporter.review.previous import Since
from reporter.view import agreed, claims, findings, issues, report, reviewed, words
from reporter.view.agreed_types import Agreed, Score
from reporter.view.facts import of_agent
from reporter.view.observed import Observed
from reporter.view.ran import observed

# Tallies count by what an answer means, so that the same words serve for both; people say "allowed" of an action.
_ACTION_STATE: dict[State, report.ActionState] = {
    "none": "none",
    "excluded": "disallowed",
    "undetermined": "undetermined",
    "included": "allowed",
}


def agent(assessed: Assessed, catalogue: Catalogue, language: Language, since: Since | None = None) -> report.Agent:
    """An agent of the view, of which little is worked out before somebody asks."""
    return report.Agent.later(_Agent(assessed, catalogue, language, since))


class _Agent:
    """Works out each field of an agent, by its name."""

    def __init__(self, assessed: Assessed, catalogue: Catalogue, language: Language, since: Since | None) -> None:
        self._assessed = assessed
        self._since = since
        self._catalogue = catalogue
        self._language = language
        self._row = reviewed.Anchors(assessed.agent.id)
        self._profile = assessed.profile
        self._versions = assessed.scoped.versions

    def known(self) -> dict[str, Any]:
        given = self._assessed.agent
        names = ("id", "name", "status", "external_identifier", "description", "owner", "team")
        profile, facts = self._profile, of_agent(self._assessed.facts)
        more = {"assessed": profile.assessed, "coverage": profile.coverage, "facts": facts}
        return {name: getattr(given, name) for name in names} | more

    @cached_property
    def _entries(self) -> list[SpanType]:
        return self._assessed.entries

    def _claim(self, *steps: str) -> str:
        return claims.of_agent(self._assessed.agent.id, *steps)

    def claim(self) -> str:
        return self._claim()

    def _rests_on(self, cells: Sequence[Cell]) -> findings.Trail:
        return findings.Trail(len(cells), lambda: cells, self._row)

    def anchor(self) -> str:
        return reviewed.anchor("a", self._assessed.agent.id)

    def environments(self) -> list[str]:
        return sorted({name for item in self._versions for name in item.environments}, key=reading_order)

    def schema_versions(self) -> list[report.SchemaVersion]:
        return [_schema_version(item) for item in self._versions]

    def observed(self) -> Observed | None:
        return observed(self._assessed.scoped, self._language)

    def note(self) -> str | None:
        note = self._assessed.scoped.note
        return self._language.say(note) if note else None

    def lead(self) -> str:
        return words.lead(self._profile, self._language)

    def assessment(self) -> report.Assessment:
        profile = self._profile
        return report.Assessment(
            profile.span_types, profile.not_assessed, profile.cells, profile.declared_cells, profile.known_cells
        )

    def categories(self) -> dict[str, report.Category]:
        return {name: self._category(name) for name in self._profile.categories}

    def _category(self, name: str) -> report.Category:
        # Counts of both sides are cells, two a span type: an answer for inputs says nothing of outputs.
        both = self._profile.category(name)
        params, result = (self._profile.sides[side][name] for side in SIDES)
        return report.Category(
            label=words.label(name, self._language),
            state=both.state,
            included=both.yes,
            unknown=both.unknown,
            undeclared=both.undeclared,
            excluded=both.no,
            params=report.SideState(params.state, params.yes, params.unknown, params.undeclared, params.no),
            result=report.SideState(result.state, result.yes, result.unknown, result.undeclared, result.no),
            extension=name not in CATEGORY_NAMES,
            evidence=self._rests_on(both.evidence),
            claim=self._claim("categories", name),
        )

    def actions(self) -> dict[str, report.Action]:
        return {name: self._action(name, tally) for name, tally in self._profile.actions.items()}

    def _action(self, name: str, tally: Tally) -> report.Action:
        return report.Action(
            label=words.label(name, self._language),
            state=_ACTION_STATE[tally.state],
            allowed=tally.yes,
            unknown=tally.unknown,
            undeclared=tally.undeclared,
            disallowed=tally.no,
            extension=name not in ACTION_NAMES,
            evidence=self._rests_on(tally.evidence),
            claim=self._claim("actions", name),
        )

    def classification(self) -> report.Classification:
        levels = self._profile.levels
        of_each = {"params": levels["params"], "result": levels["result"], "overall": self._profile.level}
        return report.Classification(**{name: self._level(name, tally) for name, tally in of_each.items()})

    def _level(self, name: str, tally: LevelTally) -> report.Level:
        # Nobody can rule a higher level out where nothing is stated, for whichever reason.
        silent = tally.unknown + tally.undeclared
        return report.Level(
            highest=tally.highest,
            at_least=tally.at_least,
            not_stated=silent,
            cells=tally.known + silent,
            words=words.level(tally, self._language),
            evidence=self._rests_on(tally.evidence),
            claim=self._claim("classification", name),
        )

    def flags(self) -> dict[str, report.Flag]:
        return {flag.name: self._flag(flag) for flag in FLAGS}

    def _flag(self, flag: Flag) -> report.Flag:
        state, language = self._profile.flag(flag), self._language
        return report.Flag(
            label=language.gettext(flag.label),
            state=state.state,
            provision=language.gettext(flag.provision),
            words=words.flag(state, self._profile.span_types, language),
            not_counted=[
                report.NotCounted(other, words.label(other, language), found) for other, found in state.not_counted
            ],
            # Few pages show all of it, and putting it into order takes longest.
            evidence=findings.Trail(sum(tally.yes for tally in state.tallies), lambda: state.evidence, self._row),
            claim=self._claim("flags", flag.name),
        )

    def span_types(self) -> list[report.SpanType]:
        """By version, oldest first; in each by kind and name, as people count."""
        entries = [
            entry for item in self._versions for entry in sorted(item.version.span_types or (), key=reading_place)
        ]
        named = claims.of_entries(self._assessed.agent.id, entries)
        return [self._span_type(entry, named[id(entry)]) for entry in entries]

    def _span_type(self, entry: SpanType, claim: str) -> report.SpanType:
        parts = entry.declaration.parts
        return report.SpanType(
            name=entry.name,
            title=entry.title,
            description=entry.description,
            kind=entry.kind,
            schema_version_id=entry.schema_version_id,
            assessed=entry.assessed,
            coverage=coverage(entry),
            reason=None if entry.assessed else words.not_assessed(entry, self._language),
            known_cells=entry.known_cells,
            declared_cells=entry.declared_cells,
            action_profile=parts["action_profile"],
            params_data_categories=parts["params_data_categories"],
            result_data_categories=parts["result_data_categories"],
            extra=dict(entry.declaration.extra),
            anchor=self._row(entry),
            pointer=entry.pointer,
            record_sha256=entry.record_sha256,
            hints=[report.Hint(each.name, each.value, each.pointer, each.record_sha256) for each in entry.hints],
            claim=claim,
        )

    def flows(self) -> list[findings.Flow]:
        return reviewed.flows(self._row, self._entries, self._language)

    def reach(self) -> findings.Reach:
        return reviewed.reach(self._row, self._entries, self._language)

    def screening(self) -> list[findings.Criterion]:
        return reviewed.screening(self._entries, self._catalogue, self._language)

    def agreed(self) -> Agreed | None:
        return agreed.of_agent(self._assessed, self._language)

    def score(self) -> Score | None:
        return agreed.of_score(self._assessed, self._language)

    def issues(self) -> Sequence[findings.Issue]:
        given, spoken, since = self._assessed, self._language, self._since
        return [issues.issue(each, given, spoken, since) for each in sorted(given.issues, key=given.rank)]

    def findings(self) -> Sequence[findings.Finding]:
        return [reviewed.finding(each, self._row, self._language) for each in self._assessed.findings]


def _schema_version(item: ScopedVersion) -> report.SchemaVersion:
    version = item.version
    return report.SchemaVersion(
        id=version.id,
        external_identifier=version.external_identifier,
        inserted_at=time(version.inserted_at) if version.inserted_at else None,
        environments=list(item.environments),
        record_sha256=version.record.sha256,
        source=version.record.source,
        location=version.record.location,
        listed=version.listed,
    )


def time(moment: datetime) -> str:
    """ISO 8601 in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
