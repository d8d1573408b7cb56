"""From the records that the platform's API answers, or its SDK sends, to the model.

Read leniently: every field may be absent, unknown ones are legal, and the same resource may have been read several
times, as a row of a list and whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from reporter.declared.model import (
    Account,
    Agent,
    Deployment,
    Gap,
    Inventory,
    NotUsed,
    Oddity,
    Record,
    SchemaVersion,
    Source,
)
from reporter.plain.canonical import LoneSurrogateError, canonical, digest, encode, step, without_surrogates
from reporter.prefactor.declarations import Entries
from reporter.prefactor.rows import faults
from reporter.prefactor.shapes import (
    ENTRY_FIELDS,
    FLAT_FIELDS,
    REGISTRATION,
    SCHEMA_REGISTRATION,
    SCHEMA_VERSION,
    SPAN_TYPES,
    describe,
)

TWO_CONTENTS: Final = "R06"
NOT_UNICODE: Final = "R07"
NOT_A_TIME: Final = "R08"

_NOT_READ: Final = "it was not read"
_NONE: Final = "its record names none"
_NOT_STATED: Final = "(not stated)"
_LOCAL: Final = Account("local", "local")
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)


def record(
    kind: str,
    value: Any,
    *,
    source: str,
    location: str,
    agent_id: str | None = None,
    agent_name: str | None = None,
) -> Record:
    """Keeps one JSON value as evidence.

    A person's e-mail address is not evidence, and is left out before anything is kept. Text that is not Unicode has
    no canonical form: it is spelled out, and the record says that it was mended.

    Raises:
        NotCanonicalError: No canonical form exists.
    """
    if kind == "person" and isinstance(value, dict):
        value = {key: item for key, item in value.items() if key != "email"}
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


def inventory(
    records: Iterable[Record],
    sources: Iterable[Source],
    gaps: Iterable[Gap] = (),
    not_used: Iterable[NotUsed] = (),
) -> Inventory:
    """What the records mean together; their order does not matter.

    Deployments are joined to schema versions by way of the agent version that they point to, as the API does.
    """
    ordered = sorted(records, key=lambda r: (r.kind, r.source, r.location, r.sha256, r.agent_id or ""))
    return _Assembly(ordered).inventory(sources, gaps, not_used)


class _Assembly:
    """Joins the records of one run."""

    def __init__(self, records: list[Record]) -> None:
        self.records = records
        self.gaps: list[Gap] = []
        self.agents: dict[str, Agent] = {}
        self.versions: dict[str, dict[str, list[tuple[SchemaVersion, Any]]]] = {}

    def inventory(self, sources: Iterable[Source], gaps: Iterable[Gap], not_used: Iterable[NotUsed]) -> Inventory:
        environments = {key: _name(row) for key, row in self._merged("environment").items()}
        agent_versions = self._merged("agent_version")
        self._read_agents()
        for item in self.records:
            self._read_schema_version(item)
        self._note_fewer()
        deployments = self._deployments(environments, agent_versions)
        agents = [
            replace(
                agent,
                deployments=tuple(deployments.get(agent.id, ())),
                schema_versions=_in_order(self.versions.get(agent.id, {})),
            )
            for agent in self.agents.values()
        ]
        return Inventory(
            account=self._account(),
            sources=tuple(sorted(set(sources), key=lambda s: (s.kind, s.location, s.collected_at))),
            agents=tuple(sorted(agents, key=lambda agent: (agent.name.casefold(), agent.name, agent.id))),
            records=tuple(self.records),
            gaps=_in_gap_order((*gaps, *self.gaps)),
            not_used=tuple(sorted(set(not_used), key=lambda item: (item.kind, item.location))),
        )

    def _account(self) -> Account:
        """Evidence of several accounts is named after all of them."""
        found = sorted(self._merged("account").items())
        return (
            Account(" + ".join(key for key, _ in found), " + ".join(_name(row) for _, row in found))
            if found
            else _LOCAL
        )

    def _of_kind(self, kind: str) -> Iterator[tuple[Record, dict[str, Any]]]:
        for item in self.records:
            if item.kind == kind and isinstance(item.value, dict):
                yield item, item.value

    def _merged(self, kind: str) -> dict[str, dict[str, Any]]:
        """Every resource of a type by its id; a later reading replaces what an earlier one said of a field."""
        return {key: row for key, (_, row) in self._latest(kind).items()}

    def _latest(self, kind: str) -> dict[str, tuple[Record, dict[str, Any]]]:
        """The same, each with the record that had the last word."""
        found: dict[str, tuple[Record, dict[str, Any]]] = {}
        for item, row in sorted(self._of_kind(kind), key=_age):
            key = row.get("id")
            if isinstance(key, str) and key:
                self._note_faults(item, row, f"a record of type {kind}", key)
                found[key] = item, {**found.get(key, (item, {}))[1], **row}
            else:
                self.gaps.append(Gap(f"a record of type {kind}", "it has no id", location=item.location))
        return found

    def _note_faults(self, item: Record, row: Any, what: str, agent_id: str | None = None) -> None:
        """What of a row is of a type that it may not have is unknown, and so a gap."""
        whose = agent_id if item.kind == "agent" else (_text(row.get("agent_id")) or item.agent_id)
        self.gaps += [Gap(what, why, whose, item.location) for why in faults(row).values()]

    def _read_agents(self) -> None:
        people = {key: _person(row) for key, row in self._merged("person").items()}
        teams = {key: _name(row) for key, row in self._merged("team").items()}
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

    def _read_schema_version(self, item: Record) -> None:
        value = item.value
        if item.kind == SPAN_TYPES:
            self._add(item, item.agent_id or item.location, item.agent_name, value, "")
        elif item.kind in (SCHEMA_REGISTRATION, REGISTRATION, SCHEMA_VERSION):
            pointer = "/agent_schema_version" if item.kind == REGISTRATION else ""
            body = value.get("agent_schema_version") if pointer and isinstance(value, dict) else value
            if not isinstance(body, dict):
                why = f"it is {describe(body)}, not an object"
                self.gaps.append(Gap(f"a record of type {item.kind}", why, item.agent_id, f"{item.location}#{pointer}"))
                return
            agent_id = None
            if item.kind != SCHEMA_REGISTRATION:
                agent_id = _text(value.get("agent_id"))
                self._note_faults(item, value, f"a record of type {item.kind}")
            self._add(item, agent_id or item.agent_id or item.location, item.agent_name, body, pointer)

    def _add(self, item: Record, agent_id: str, agent_name: str | None, body: Any, pointer: str) -> None:
        """Adds one schema version to its agent; one that was read before, with the same content, counts once."""
        if agent_id not in self.agents:
            self.agents[agent_id] = Agent(id=agent_id, name=agent_name or agent_id)
        fields = body if isinstance(body, dict) else {}
        version_id = _text(fields.get("id")) or f"sha256:{_content_digest(body)[:16]}"
        content = _declared_content(body)
        same = self.versions.setdefault(agent_id, {}).setdefault(version_id, [])
        inserted_at = moment(fields.get("inserted_at"))
        for index, (known, other) in enumerate(same):
            if content == other or _unordered(content) == _unordered(other):
                same[index] = replace(known, inserted_at=known.inserted_at or inserted_at), other
                return
        entries = Entries(item, version_id, agent_id)
        summary = item.kind == SCHEMA_VERSION and not content
        if not summary:
            entries.read(body, pointer)
        self.gaps += entries.gaps
        version = SchemaVersion(
            id=version_id,
            external_identifier=_text(fields.get("external_identifier")),
            inserted_at=inserted_at,
            record=item,
            span_types=None if summary else entries.found,
            oddities=(*entries.oddities, *_odd_record(item, fields, pointer)),
            announced=count if type(count := fields.get("span_schemas_count")) is int else None,
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

    def _deployments(
        self, environments: dict[str, str], agent_versions: dict[str, dict[str, Any]]
    ) -> dict[str, list[Deployment]]:
        found: dict[str, list[Deployment]] = {}
        for key, (item, row) in sorted(self._latest("agent_deployment").items()):
            agent_id, environment_id = _text(row.get("agent_id")) or item.agent_id, _text(row.get("environment_id"))
            if agent_id not in self.agents:
                self.gaps.append(Gap(f"the agent of deployment {key}", _NOT_READ if agent_id else _NONE, agent_id))
            if not environment_id:
                self.gaps.append(Gap(f"the environment of deployment {key}", _NONE, agent_id, item.location))
            pinned = _text(row.get("current_version_id"))
            schema_version_id = _text(agent_versions.get(pinned or "", {}).get("agent_schema_version_id"))
            environment = environments.get(environment_id, environment_id) if environment_id else _NOT_STATED
            found.setdefault(agent_id or "", []).append(Deployment(key, environment, pinned, schema_version_id))
        return found


def _age(found: tuple[Record, dict[str, Any]]) -> tuple[datetime, int, str]:
    """When a row was last changed; of two readings of one change the fuller counts as the later."""
    item, row = found
    return moment(row.get("updated_at")) or _EARLIEST, len(row), item.sha256


def moment(value: Any) -> datetime | None:
    """An ISO 8601 time in UTC, or None; without an offset it is taken for UTC."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _odd_record(item: Record, fields: dict[str, Any], pointer: str) -> Iterator[Oddity]:
    if item.mended:
        yield Oddity(NOT_UNICODE, "", None)
    time = fields.get("inserted_at")
    if time is not None and moment(time) is None:
        yield Oddity(NOT_A_TIME, step(pointer, "inserted_at"), time)


def _declared_content(body: Any) -> Any:
    """What a schema version declares, without what the platform notes about it as time goes on."""
    if not isinstance(body, dict):
        return body
    return {name: body[name] for name in (*ENTRY_FIELDS, *FLAT_FIELDS) if name in body}


def _content_digest(body: Any) -> str:
    """What identifies a schema version that has no id yet: not a request's other fields, nor any order."""
    return digest(canonical(_unordered(body)))


def _unordered(body: Any) -> Any:
    """The same with the entries of each list in an order of their own: that of a source means nothing."""
    if isinstance(body, list):
        return sorted(body, key=canonical)
    if not isinstance(body, dict):
        return body
    return {
        name: _unordered(each) if name in ENTRY_FIELDS and isinstance(each, list) else each
        for name, each in body.items()
    }


def _in_order(by_id: dict[str, list[tuple[SchemaVersion, Any]]]) -> tuple[SchemaVersion, ...]:
    """Oldest first, those without a time before; one id with two contents is an oddity of both.

    A summary says nothing that the whole record does not say, so it gives way to it.
    """
    kept: list[SchemaVersion] = []
    for version_id, same in by_id.items():
        whole = [version for version, _ in same if version.span_types is not None] or [same[0][0]]
        if len(whole) > 1:
            odd = Oddity(TWO_CONTENTS, "", version_id)
            whole = [replace(version, oddities=(*version.oddities, odd)) for version in whole]
        kept += whole
    return tuple(sorted(kept, key=lambda v: (v.inserted_at or _EARLIEST, v.id, v.record.sha256)))


def _in_gap_order(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    return tuple(sorted(set(gaps), key=lambda g: (g.agent_id or "", g.location or "", g.what, g.why)))


def _name(row: dict[str, Any]) -> str:
    """A resource's name; the oldest API called it a title."""
    return _text(row.get("name")) or _text(row.get("title")) or str(row.get("id"))


def _person(row: dict[str, Any]) -> str:
    role = _text(row.get("title"))
    return f"{_text(row.get('name')) or row.get('id')}, {role}" if role else _name(row)


def _joined(names: dict[str, str], key: Any) -> str | None:
    return names.get(key, key) if isinstance(key, str) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
