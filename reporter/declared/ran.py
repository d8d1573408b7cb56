"""What ran, held against what is declared: span types by the names that runs give them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from reporter.declared.model import Deployment, SchemaVersion, SpanType
from reporter.declared.observed import Observed, Run
from reporter.declared.scope import ScopedAgent

Standing = Literal["declared", "not assessed", "not declared", "unknown"]
"""How a span type that ran stands in declarations; ``unknown`` where its own schema version was not read."""
Version = Literal["pinned", "earlier", "superseded", "not deployed", "unknown"]
"""How a run's version stands to its environment's deployment; ``earlier`` where the run ended before that was moved."""


class Ran:
    """An agent's runs beside its schema versions.

    Attributes:
        in_scope: The entries that count, by name, of whichever kind: judgements and alerts leave spans as well.
        pins: What each environment's deployment points to, by the environment's name.
    """

    def __init__(self, scoped: ScopedAgent, observed: Observed) -> None:
        self.observed = observed
        self.in_scope: dict[str, list[SpanType]] = {}
        self._counting: set[str] = set()
        for item in scoped.versions:
            self._counting.add(item.version.id)
            for entry in item.version.span_types or ():
                self.in_scope.setdefault(entry.name, []).append(entry)
        self.pins: dict[str, list[Deployment]] = {}
        for each in scoped.agent.deployments:
            if each.agent_version_id:
                self.pins.setdefault(each.environment, []).append(each)
        self.versions: dict[str, SchemaVersion] = {}
        self._own: dict[str, dict[str, list[SpanType]]] = {}
        for version in scoped.agent.schema_versions:
            self.versions[version.id] = version
        # Those that count last: hints may stand beside their entries, which are others then.
        for version in (*scoped.agent.schema_versions, *(item.version for item in scoped.versions)):
            if version.span_types is not None:
                own = self._own[version.id] = {}
                for entry in version.span_types:
                    own.setdefault(entry.name, []).append(entry)

    def entries(self, run: Run, name: str) -> list[SpanType]:
        """What declares a span type that ran: the run's own version, and whatever counts and has one of its name."""
        own = self._own.get(run.schema_version_id or "", {}).get(name, [])
        counting = self.in_scope.get(name, [])
        if run.schema_version_id in self._counting:
            # Another version that counts may say something else of the same name: it did not run here.
            return own or counting
        return [*own, *(each for each in counting if not any(each is one for one in own))]

    def standing(self, run: Run, name: str) -> Standing:
        """Whether anybody declared it; what is declared in part may still be not assessed."""
        entries = self.entries(run, name)
        if entries:
            return "declared" if all(entry.assessed for entry in entries) else "not assessed"
        return "not declared" if run.schema_version_id in self._own else "unknown"

    def place(self, run: Run) -> Version:
        """How the version of a run stands to what its environment's deployment points to now."""
        if run.schema_version_id is None or run.environment is None:
            return "unknown"
        pins = self.pins.get(run.environment, [])
        if any(each.schema_version_id == run.schema_version_id for each in pins):
            return "pinned"
        if any(each.schema_version_id is None for each in pins):
            return "unknown"
        moved = [each.moved_at for each in pins]
        if pins and run.last is not None and all(each is not None and run.last < each for each in moved):
            return "earlier"  # nobody keeps what was deployed then
        mine = self._registered(run.schema_version_id)
        theirs = [self._registered(each.schema_version_id or "") for each in pins]
        older = bool(theirs) and mine is not None and all(each is not None and mine < each for each in theirs)
        return "superseded" if older else "not deployed"

    def _registered(self, version_id: str) -> datetime | None:
        version = self.versions.get(version_id)
        return version.inserted_at if version else None

    def is_read(self, version_id: str | None) -> bool:
        """Whether it is known what a schema version declares."""
        return version_id in self._own


def unread_of_runs(scoped: ScopedAgent) -> Iterator[SchemaVersion]:
    """The schema versions that have to be read to know whether what ran is declared."""
    if scoped.agent.observed is None:
        return
    ran = Ran(scoped, scoped.agent.observed)
    for run in ran.observed.runs:
        version = run.schema_version_id
        unread = version in ran.versions and not ran.is_read(version)
        if version and unread and any(seen.name not in ran.in_scope for seen in run.seen):
            yield ran.versions[version]
