"""From the records that the platform's API answers, or its SDK sends, to the model.

Read leniently: every field may be absent, unknown ones are legal, and the same resource may have been read several
times, as a row of a list and whole. Whatever the vocabulary has no place for is kept where it stood and named as an
oddity; nothing is dropped.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from reporter.declared.model import (
    Account,
    Agent,
    BaselineFile,
    Deployment,
    FactsFile,
    Gap,
    HistoryFile,
    Inventory,
    NotUsed,
    Oddity,
    Record,
    Redaction,
    SchemaVersion,
    Source,
)
from reporter.declared.observed import Observed
from reporter.plain.canonical import LoneSurrogateError, canonical, digest, encode, step, without_surrogates
from reporter.plain.language import reading_order
from reporter.plain.times import moment
from reporter.prefactor import observed, risk, shapes, tools
from reporter.prefactor.entries import Entries

# The rules of oddities; the catalogue says them in words.
_TWO_CONTENTS: Final = "R06"
_NOT_UNICODE: Final = "R07"
_NOT_A_TIME: Final = "R08"

_NONE: Final = "its record names none"
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)


def record(
    kind: str, value: Any, *, source: str, location: str, agent_id: str | None = None, agent_name: str | None = None
) -> Record:
    """Keeps one JSON value as evidence; ``NotCanonicalError`` where it is none that can be digested.

    A person's e-mail address is not evidence, and is left out before anything is kept; so are keys and tokens that may
    stand beside tools. Text that is not Unicode has
    no canonical form: it is spelled out, and the record says that it was mended.
    """
    # A report names an owner; how to write to them is personal data that nobody needs for that.
    if kind == "person" and isinstance(value, dict):
        value = {key: item for key, item in value.items() if key != "email"}
    if kind in tools.LISTING:
        value = tools.without_secrets(kind, value)
    if kind == shapes.OBSERVED:
        value = observed.whole(value)
    mended = False
    try:
        data, exact = encode(value)
    except LoneSurrogateError:
        value, mended = without_surrogates(value), True
        data, exact = encode(value)
    if not exact:
        # What is kept is what the digest is of: a number that no double holds is from here on the nearest one.
        value = json.loads(data)
    return Record(kind, source, location, data, digest(data), value, agent_id, agent_name, mended)


@dataclass(frozen=True, slots=True)
class Collected:
    """What one source, or several, held.

    Sources hand over records and not inventories, because several of them make one: a schema version in a file may be
    pinned by a deployment in another.
    """

    sources: tuple[Source, ...] = ()
    records: tuple[Record, ...] = ()
    gaps: tuple[Gap, ...] = ()
    not_used: tuple[NotUsed, ...] = ()
    facts: tuple[FactsFile, ...] = ()
    baselines: tuple[BaselineFile, ...] = ()
    histories: tuple[HistoryFile, ...] = ()
    kept: bool = False
    """Whether some of it was collected before: what came before it then it says itself, or nothing did."""
    redacted: tuple[Redaction, ...] = ()

    def inventory(self) -> Inventory:
        """What it means, joined; the order of records does not matter, and one that was read twice counts once.

        Deployments are joined to schema versions by way of the agent version that they point to, as the API does.
        """
        records = sorted(
            dict.fromkeys(self.records), key=lambda r: (r.kind, r.source, r.location, r.sha256, r.agent_id or "")
        )
        joined = _Assembly(records, self.gaps)
        agents = joined.read()
        # Evidence of several accounts is named after all of them.
        accounts = sorted(joined.names("account").items())
        account = Account(" + ".join(key for key, _ in accounts), " + ".join(name for _, name in accounts))
        gaps = {*self.gaps, *joined.gaps}
        return Inventory(
            account=account if accounts else Account("local", "local"),
            sources=tuple(sorted(set(self.sources), key=lambda s: (s.kind, s.location, s.collected_at))),
            agents=tuple(sorted(agents, key=lambda agent: (reading_order(agent.name), agent.id))),
            records=tuple(records),
            gaps=tuple(sorted(gaps, key=lambda g: (g.agent_id or "", g.location or "", g.what, g.why))),
            not_used=tuple(sorted(set(self.not_used), key=lambda item: (item.kind, item.location))),
            redacted=_together(self.redacted),
        )


def _together(given: tuple[Redaction, ...]) -> Redaction | None:
    what = sorted({name for each in given for name in each.what})
    return Redaction(tuple(what), sum(each.findings for each in given)) if given else None


def together(parts: Iterable[Collected]) -> Collected:
    """Several as one."""
    parts = tuple(parts)
    return Collected(
        tuple(source for part in parts for source in part.sources),
        tuple(record for part in parts for record in part.records),
        tuple(gap for part in parts for gap in part.gaps),
        tuple(item for part in parts for item in part.not_used),
        tuple(item for part in parts for item in part.facts),
        tuple(item for part in parts for item in part.baselines),
        tuple(item for part in parts for item in part.histories),
        any(part.kept for part in parts),
        tuple(each for part in parts for each in part.redacted),
    )


class _Assembly:
    """Joins the records of one run."""

    def __init__(self, records: list[Record], known_gaps: Sequence[Gap] = ()) -> None:
        self.records = records
        self.known_gaps = known_gaps  # what is told already why it was not read
        self.gaps: list[Gap] = []
        self._listing: set[str] = set()  # agents of which nothing but a list is known
        self.agents: dict[str, Agent] = {}
        # By agent and id: several readings of one version, and what each of them declares.
        self.versions: dict[str, dict[str, list[tuple[SchemaVersion, Any]]]] = {}

    def read(self) -> list[Agent]:
        """The agents, with their deployments and schema versions."""
        people = self.names("person")
        for key, (_, row) in self._latest("person").items():
            if role := _text(row.get("title")):
                people[key] = f"{_text(row.get('name')) or key}, {role}"
        teams = self.names("team")
        for key, (item, row) in self._latest("agent").items():
            self.agents[key] = Agent(
                id=key,
                name=_name(row),
                status=_text(row.get("status")),
                external_identifier=_text(row.get("external_identifier")),
                description=_text(row.get("description")),
                owner=_joined(people, row.get("owner_person_id")),
                team=_joined(teams, row.get("team_id")),
                inserted_at=moment(row.get("inserted_at")),
                record_sha256=item.sha256,
            )
        self._read_risk()
        # What lists tools comes last: it belongs to an agent that is there already, where one is called like it.
        for item in sorted(self.records, key=lambda item: item.kind in tools.LISTING):
            self._read_schema_version(item)
        self._note_fewer()
        deployments = self._deployments()
        ran = self._ran()
        return [
            replace(
                agent,
                deployments=tuple(deployments.get(agent.id, ())),
                schema_versions=_in_order(self.versions.get(agent.id, {})),
                observed=ran.get(agent.id),
            )
            for agent in self.agents.values()
        ]

    def _pins(self) -> dict[str, str | None]:
        """The schema version that each agent version leads to."""
        rows = self._latest("agent_version").items()
        return {key: _text(row.get("agent_schema_version_id")) for key, (_, row) in rows}

    def _ran(self) -> dict[str, Observed]:
        """What is known of each agent's runs; a run says by its agent version alone what it declares."""
        if not any(item.kind == shapes.OBSERVED for item in self.records):
            return {}
        found = observed.by_agent(self.records, self._pins(), self.names("environment"))
        for agent_id, each in found.items():
            if agent_id not in self.agents:
                self.gaps.append(Gap("the agent of some runs", "it was not read", agent_id))
            lost = Counter(run.agent_version_id for run in each.runs if run.schema_version_id is None)
            for version, number in sorted(lost.items(), key=lambda item: item[0] or ""):
                what = f"the schema version of {number:,} of its runs"
                why = f"agent version {version} is not in the list of versions" if version else "they name no version"
                self.gaps.append(Gap(what, why, agent_id))
        return found

    def _read_risk(self) -> None:
        """What the platform holds against declarations; a profile that agents point to and nobody read is a gap."""
        profiles = {key: risk.profile(*found) for key, found in self._latest(risk.PROFILE).items()}
        about: dict[str, list[Record]] = {}
        for item in self.records:
            if isinstance(item.value, dict) and not item.value.keys().isdisjoint(("risk_score", *risk.ROLLUPS)):
                key = item.value.get("id") if item.kind == "agent" else item.value.get("agent_id") or item.agent_id
                about.setdefault(key if isinstance(key, str) else "", []).append(item)
        told = {gap.what for gap in self.known_gaps}
        for key, (_, row) in self._latest("agent").items():
            found = risk.of_agent(row, profiles, about.get(key, ()))
            self.agents[key] = replace(self.agents[key], risk=found)
            profile = found.profile if found else None
            if profile and profile.record_sha256 is None and (what := f"risk profile {profile.id}") not in told:
                told.add(what)
                self.gaps.append(Gap(what, "an agent points to it, and it was not read", key))

    def names(self, kind: str) -> dict[str, str]:
        """What each resource of a type is called, by its id."""
        return {key: _name(row) for key, (_, row) in self._latest(kind).items()}

    def _latest(self, kind: str) -> dict[str, tuple[Record, dict[str, Any]]]:
        """Every resource of a type by its id, with the record that had the last word.

        A later reading replaces what an earlier one said of a field.
        """
        found: dict[str, tuple[Record, dict[str, Any]]] = {}
        rows = [(item, item.value) for item in self.records if item.kind == kind and isinstance(item.value, dict)]
        # Of two readings of one change the fuller counts as the later.
        rows.sort(key=lambda each: (moment(each[1].get("updated_at")) or _EARLIEST, len(each[1]), each[0].sha256))
        for item, row in rows:
            key = row.get("id")
            if isinstance(key, str) and key:
                self._note_faults(item, row, key)
                found[key] = item, {**found.get(key, (item, {}))[1], **row}
            else:
                self.gaps.append(Gap(f"a record of type {kind}", "it has no id", location=item.location))
        return found

    def _note_faults(self, item: Record, row: Mapping[str, Any], key: str | None = None) -> None:
        """What of a row is of a type that it may not have is unknown, and so a gap."""
        whose = key if item.kind == "agent" else (_text(row.get("agent_id")) or item.agent_id)
        self.gaps += [
            Gap(f"a record of type {item.kind}", why, whose, item.location) for why in shapes.faults(row).values()
        ]

    def _read_schema_version(self, item: Record) -> None:
        value, pointer, agent_id = item.value, "", None
        if item.kind not in shapes.DECLARING:
            return
        if item.kind == shapes.REGISTRATION:
            pointer = "/agent_schema_version"
            value = value.get("agent_schema_version") if isinstance(value, dict) else value
        if item.kind not in (shapes.SPAN_TYPES, tools.TOOLS) and not isinstance(value, dict):
            why = f"it is {shapes.describe(value)}, not an object"
            self.gaps.append(Gap(f"a record of type {item.kind}", why, item.agent_id, f"{item.location}#{pointer}"))
            return
        if item.kind in (shapes.REGISTRATION, shapes.SCHEMA_VERSION):
            agent_id = _text(item.value.get("agent_id"))
            self._note_faults(item, item.value)
        if item.kind in tools.LISTING:
            agent_id = self._called(item)
        self._add(item, agent_id or item.agent_id or item.location, value, pointer)

    def _called(self, item: Record) -> str:
        """The one agent that is called as a card, or a file of tools, is; a new one where none is, or several."""
        card = _text(item.value.get("name")) if item.kind == tools.CARD else None
        name = card or item.agent_id or item.location
        if name in self.agents:
            return name
        names = {name} if card else {name, item.agent_name or name}
        declaring = (agent for agent in self.agents.values() if agent.id not in self._listing)
        found = [each.id for each in declaring if not names.isdisjoint((each.name, each.external_identifier))]
        if len(found) == 1:
            return found[0]
        self._listing.add(name)
        return name

    def _add(self, item: Record, agent_id: str, body: Any, pointer: str) -> None:
        """Adds one schema version to its agent; one that was read before, with the same content, counts once."""
        if agent_id not in self.agents:
            self.agents[agent_id] = _stranger(agent_id, item)
        listed = item.kind in tools.LISTING
        fields = body if isinstance(body, dict) and not listed else {}
        # What has no id yet is known by its content: not by a request's other fields, nor by any order.
        version_id = _text(fields.get("id")) or f"sha256:{digest(canonical(_unordered(body)))[:16]}"
        # What the platform notes about a version changes as time goes on; what it declares does not.
        declaring = (*shapes.ENTRY_FIELDS, *shapes.FLAT_FIELDS)
        content = {name: body[name] for name in declaring if name in body} if fields else body
        same = self.versions.setdefault(agent_id, {}).setdefault(version_id, [])
        inserted_at = moment(fields.get("inserted_at"))
        # The same version comes from several exports, and each of its span types is to count once.
        for index, (known, other) in enumerate(same):
            if content == other or _unordered(content) == _unordered(other):
                same[index] = replace(known, inserted_at=known.inserted_at or inserted_at), other
                return
        # A list's row holds no declarations, and must not count as a version that declares nothing.
        summary = item.kind == shapes.SCHEMA_VERSION and not content
        entries = Entries(item, version_id, agent_id)
        found = None if summary else entries.read(body, pointer)
        self.gaps += entries.gaps
        if item.mended:
            entries.oddities.append(Oddity(_NOT_UNICODE, "", None))
        if fields.get("inserted_at") is not None and inserted_at is None:
            entries.oddities.append(Oddity(_NOT_A_TIME, step(pointer, "inserted_at"), fields["inserted_at"]))
        version = SchemaVersion(
            id=version_id,
            external_identifier=_text(
                body.get("version") if item.kind == tools.CARD else fields.get("external_identifier")
            ),
            inserted_at=inserted_at,
            record=item,
            span_types=found,
            oddities=tuple(entries.oddities),
            announced=count if type(count := fields.get("span_schemas_count")) is int else None,
            listed=listed,
        )
        same.append((version, content))

    def _note_fewer(self) -> None:
        """Where a list says that a version has more span types than its details hold, some of them are not read.

        Whether its number counts judgements and alerts as well is not documented, so all entries are held against it.
        """
        for agent_id, by_id in self.versions.items():
            for version_id, same in by_id.items():
                announced = max((version.announced or 0 for version, _ in same), default=0)
                whole = [version for version, _ in same if version.span_types is not None]
                held = max((len(version.span_types or ()) for version in whole), default=announced)
                if held < announced:
                    why = f"the list of versions says {announced:,}, and its details hold {held:,}"
                    location = whole[0].record.location
                    self.gaps.append(Gap(f"some span types of schema version {version_id}", why, agent_id, location))

    def _deployments(self) -> dict[str, list[Deployment]]:
        environments, pinned_to = self.names("environment"), self._pins()
        found: dict[str, list[Deployment]] = {}
        for key, (item, row) in sorted(self._latest("agent_deployment").items()):
            agent_id, environment_id = _text(row.get("agent_id")) or item.agent_id, _text(row.get("environment_id"))
            if agent_id not in self.agents:
                why = "it was not read" if agent_id else _NONE
                self.gaps.append(Gap(f"the agent of deployment {key}", why, agent_id))
            if not environment_id:
                self.gaps.append(Gap(f"the environment of deployment {key}", _NONE, agent_id, item.location))
            pinned = _text(row.get("current_version_id"))
            environment = environments.get(environment_id, environment_id) if environment_id else "(not stated)"
            place = environment_id, item.sha256, moment(row.get("updated_at"))
            deployment = Deployment(key, environment, pinned, pinned_to.get(pinned or ""), *place)
            found.setdefault(agent_id or "", []).append(deployment)
        return found


def _stranger(agent_id: str, item: Record) -> Agent:
    """An agent of which no record of the platform tells."""
    if item.kind != tools.CARD:
        return Agent(id=agent_id, name=item.agent_name or agent_id)
    described = _text(item.value.get("description"))
    return Agent(id=agent_id, name=_text(item.value.get("name")) or item.agent_name or agent_id, description=described)


def _in_order(by_id: dict[str, list[tuple[SchemaVersion, Any]]]) -> tuple[SchemaVersion, ...]:
    """Oldest first, those without a time before; one id with two contents is an oddity of both.

    A summary says nothing that the whole record does not say, so it gives way to it.
    """
    kept: list[SchemaVersion] = []
    for version_id, same in by_id.items():
        # An id stands for one content; where it has two, which of them the platform means is for a person to find out.
        whole = [version for version, _ in same if version.span_types is not None] or [same[0][0]]
        if len(whole) > 1:
            odd = Oddity(_TWO_CONTENTS, "", version_id)
            whole = [replace(version, oddities=(*version.oddities, odd)) for version in whole]
        kept += whole
    return tuple(sorted(kept, key=lambda v: (v.inserted_at or _EARLIEST, v.id, v.record.sha256)))


def _unordered(body: Any) -> Any:
    """The same with the entries of each list in an order of their own: that of a source means nothing."""
    if isinstance(body, list):
        return sorted(body, key=canonical)
    if not isinstance(body, dict):
        return body
    return {
        name: _unordered(each) if name in shapes.ENTRY_FIELDS and isinstance(each, list) else each
        for name, each in body.items()
    }


def _name(row: dict[str, Any]) -> str:
    # The oldest API called it a title.
    return _text(row.get("name")) or _text(row.get("title")) or str(row.get("id"))


def _joined(names: dict[str, str], key: Any) -> str | None:
    return names.get(key, key) if isinstance(key, str) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
