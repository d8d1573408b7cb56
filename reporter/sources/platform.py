"""A whole account, read over the API with the fewest requests that it allows; and what of it a token can read at all.

One request for the account, one for its environments, a page for every hundred agents; for each agent that is asked
about its details and its lists of versions, schema versions and deployments; the details of a schema version only
where it is in scope, because a list holds no declarations, and of the one registered before where that had more span
types; teams, people and risk profiles only where an agent points to them. What ran is read only where it is asked for
(``observing``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from reporter.declared.model import Gap, Record, SchemaVersion, Source
from reporter.declared.observed import Window
from reporter.declared.ran import unread_of_runs
from reporter.declared.scope import Selection, left_out_because, scope, unread_before
from reporter.errors import AnswerError, PlatformError, RefusedError
from reporter.plain.canonical import NotCanonicalError
from reporter.prefactor import records
from reporter.prefactor.client import Client, Page, connect, first, listed
from reporter.prefactor.credentials import Access
from reporter.prefactor.records import Collected
from reporter.prefactor.shapes import not_what_was_asked_for
from reporter.sources.observing import RUNS, Observing
from reporter.sources.reused import Reusable

Known = Callable[[str, str], Reusable]
"""Tells what an earlier run read, of an account by its id, at an address."""
Progress = Callable[[int, int], None]
"""Is told how many agents are read, of how many are known."""

_LISTS: Final = {
    "agent_version": "its versions",
    "agent_schema_version": "its schema versions",
    "agent_deployment": "its deployments",
}
_WORDS: Final = {**_LISTS, RUNS: "its runs"}
_ANY: Final[Mapping[str, str]] = {}
_NOWHERE: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.GONE, HTTPStatus.NOT_IMPLEMENTED)


@dataclass(frozen=True, slots=True)
class Platform:
    """One account of a platform.

    Attributes:
        name: What the evidence calls it, by default its address.
        known: What need not be asked for again.
        spared: How many requests that spared, of how many such there would have been; written when it was read.
    """

    access: Access
    selection: Selection  # declarations that it leaves out are not read
    collected_at: datetime
    name: str | None = None
    known: Known | None = None
    spared: list[int] = field(default_factory=lambda: [0, 0])
    window: Window | None = None  # of runs; without one none is asked for

    def collect(self, progress: Progress | None = None) -> Collected:
        """Reads it; ``PlatformError`` without account or agents, ``UsageError`` if address or token are none."""
        return asyncio.run(self._collect(progress))

    async def _collect(self, progress: Progress | None) -> Collected:
        async with connect(self.access) as client:
            source = Source("platform", self.name or client.base, self.collected_at)
            reading = _Reading(client, self.selection, source, progress, self.known)
            if self.window:
                reading.observe(self.window)
            await reading.read()
            self.spared[:] = reading.reused, reading.versions
            return reading.collected()


@dataclass(slots=True)
class _Reading:
    """One run's records and gaps as they come in."""

    client: Client
    selection: Selection
    source: Source
    progress: Progress | None
    known: Known | None = None
    reused: int = 0
    versions: int = 0
    observing: Observing | None = None
    records: list[Record] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    _accounts: list[str] = field(default_factory=list)
    _read: set[str] = field(default_factory=set)
    _nowhere: dict[str, dict[str, AnswerError]] = field(default_factory=dict)
    _reusable: Reusable = field(default_factory=Reusable)
    _sources: set[Source] = field(default_factory=set)

    def observe(self, window: Window) -> None:
        """Reads what ran as well."""
        name, at, asked = self.source.location, self.source.collected_at, self.selection.environments
        self.observing = Observing(self.client, window, name, at, self._gap, wanted=asked)

    def collected(self) -> Collected:
        return Collected((self.source, *self._sources), tuple(self.records), tuple(self.gaps))

    async def read(self) -> None:
        """Account and agents first: without them there is nothing to read."""
        accounts = await listed(self.client, "/account")
        self._note_missing(accounts, "the accounts")
        self._accounts = [row["id"] for row in self._keep("account", accounts.rows, "/account")]
        if not self._accounts:
            why = "the list of accounts holds none, so nobody knows whose this is"
            self._gap("the account", AnswerError(why, where=f"{self.client.base}/account"))
        if self.known and len(self._accounts) == 1:
            self._reusable = self.known(self._accounts[0], self.source.location)
        params = {"account_id": self._accounts[0]} if self._accounts else {}
        environments = await self._read_list("environment", "the environments", params)
        if self.observing:
            self.observing.accounts = self._accounts
            named = ((row["id"], row.get("name") or row.get("title")) for row in environments or ())
            self.observing.environments = {key: name for key, name in named if isinstance(name, str)}
        wanted = await self._keep_agents(await listed(self.client, "/agent"))
        await self._read_agents(wanted)
        self._join_what_is_nowhere()
        # An id without a row may be a slip of the platform, or a page of its list that never came.
        if environments is not None:
            deployments = self._by_id("agent_deployment")
            pinned = _pointing(deployments, "environment_id")
            agents = {key: deployments[by].get("agent_id") or "" for key, by in pinned.items()}
            self._note_dangling("environment", agents, environments, "a deployment points to it")
        await self._read_what_agents_point_to()
        await self._read_schema_versions()

    async def _keep_agents(self, page: Page) -> list[dict[str, Any]]:
        """The rows of agents to ask about; of the others the row is all that a report needs."""
        self._note_missing(page, "the agents")
        before = len(self.records)
        found = {row["id"]: row for row in self._keep("agent", page.rows, "/agent")}
        agents = Collected(records=tuple(self.records[before:])).inventory().agents
        left_out = {agent.id for agent in agents if left_out_because(agent, self.selection)}
        # The row of an agent that is asked about gives way to its details.
        self.records[before:] = [record for record in self.records[before:] if record.value["id"] in left_out]
        return [row for key, row in found.items() if key not in left_out]

    async def _read_agents(self, rows: list[dict[str, Any]]) -> None:
        done = 0

        async def read(row: dict[str, Any]) -> None:
            nonlocal done
            key = row["id"]
            lists = (self._read_list(kind, words, {"agent_id": key}, key) for kind, words in _LISTS.items())
            async with asyncio.TaskGroup() as group:
                runs = group.create_task(self._read_runs(key))
                for each in (self._read_agent(row), *lists):
                    group.create_task(each)
            # An agent's details bring the roll-up, which stands in the record of what ran.
            if self.observing and (page := runs.result()):
                self.records.append(await self.observing.of_agent(key, page))
            done += 1
            if self.progress:
                self.progress(done, len(rows))

        if self.progress:
            self.progress(0, len(rows))
        await _all(read(row) for row in rows)

    async def _read_runs(self, agent_id: str) -> Page | None:
        """The list of an agent's runs; None where nobody asked for them, or none came."""
        if self.observing is None:
            return None
        try:
            page = await self.observing.list_runs(agent_id)
        except PlatformError as error:
            self._note_unread(RUNS, error, agent_id)
            return None
        self._read.add(RUNS)
        return page

    async def _read_agent(self, row: dict[str, Any]) -> None:
        """An agent's details; where they cannot be had its row stays, with a gap."""
        key = row["id"]
        if not await self._read_details("agent", key, key, "the details of an agent"):
            self._keep("agent", [row], _path("agent", key))

    async def _read_list(
        self, kind: str, words: str, params: dict[str, str], agent_id: str | None = None
    ) -> list[dict[str, Any]] | None:
        """A list of one kind; what of it cannot be had is a gap, and None stands for a list of which nothing came."""
        path = f"/{kind}"
        try:
            page = await listed(self.client, path, **params)
        except PlatformError as error:
            self._note_unread(kind, error, agent_id, words)
            return None
        self._read.add(kind)
        self._note_missing(page, words, agent_id)
        place = f"{path}?agent_id={agent_id}" if agent_id else path
        return self._keep(kind, page.rows, place, {"agent_id": agent_id} if agent_id else {}, agent_id)

    def _note_unread(self, kind: str, error: PlatformError, agent_id: str | None, words: str = "") -> None:
        """Older platforms lack a resource altogether, which is told once and not for each agent."""
        if agent_id and isinstance(error, AnswerError) and error.status in _NOWHERE:
            self._nowhere.setdefault(kind, {})[agent_id] = error
        else:
            self._gap(words or _WORDS[kind], error, agent_id)

    def _join_what_is_nowhere(self) -> None:
        """A resource that the platform lacks for all agents is one gap, and not one for each of them."""
        for kind, errors in sorted(self._nowhere.items()):
            if kind in self._read or len(errors) == 1:
                for agent_id, error in sorted(errors.items()):
                    self._gap(_WORDS[kind], error, agent_id)
            else:
                error = errors[min(errors)]
                what = f"{_WORDS[kind].removeprefix('its ')} of {len(errors):,} agents"
                why = f"the platform has nothing under /{kind}: {error.what}"
                self._gap(what, AnswerError(why, where=error.where, remedy=error.remedy))

    async def _read_what_agents_point_to(self) -> None:
        """Teams and people as lists, risk profiles one by one, because a list of them holds no rules."""
        agents = self._by_id("agent")
        for kind, name, words in (("team", "team_id", "the teams"), ("person", "owner_person_id", "the people")):
            wanted = _pointing(agents, name)
            rows = await self._read_list(kind, words, {}) if wanted else None
            if rows is not None:
                self._note_dangling(kind, wanted, rows, "an agent points to it")
        profiles = _pointing(agents, "risk_profile_id")
        await _all(self._read_details("risk_profile", key, agent_id) for key, agent_id in sorted(profiles.items()))

    async def _read_schema_versions(self) -> None:
        """The details of those in scope, and of one before where it may hold span types that are gone since."""
        chosen = scope(self.collected().inventory(), self.selection)
        await _all(
            self._read_version(item.version, scoped.agent.id)
            for scoped in chosen.agents
            for item in scoped.versions
            if item.version.span_types is None
        )
        # What those details hold decides whether the version before has to be read as well.
        chosen = scope(self.collected().inventory(), self.selection)
        earlier = {(v.id, each.agent.id): v for each in chosen.agents for v in unread_before(each, self.selection)}
        # Where a run names a span type that nothing in scope declares, its own version may still do so.
        earlier |= {(v.id, each.agent.id): v for each in chosen.agents for v in unread_of_runs(each)}
        await _all(self._read_version(earlier[key], key[1]) for key in sorted(earlier))

    async def _read_version(self, version: SchemaVersion, agent_id: str) -> None:
        """The details of a schema version of which a list holds a row: they never change, so that once is enough."""
        self.versions += 1
        found = self._reusable.details(version.record.value)
        if found is None:
            await self._read_details("agent_schema_version", version.id, agent_id)
            return
        self.reused += 1
        self.records.append(found[0])
        self._sources.add(found[1])

    async def _read_details(self, kind: str, key: str, agent_id: str, what: str | None = None) -> bool:
        path = _path(kind, key)
        asked = {"id": key} | ({"agent_id": agent_id} if kind == "agent_schema_version" else {})
        try:
            if kind == "agent" and self.observing:
                details = await self.observing.agent(path, agent_id)
            else:
                details = await self.client.details(path)
            return bool(self._keep(kind, [details], path, asked, agent_id))
        except PlatformError as error:
            self._gap(what or f"{kind.removeprefix('agent_').replace('_', ' ')} {key}", error, agent_id)
            return False

    def _keep(
        self, kind: str, values: Iterable[Any], path: str, asked: Mapping[str, str] = _ANY, agent_id: str | None = None
    ) -> list[dict[str, Any]]:
        """Keeps what is of the kind that was asked for, and of the account and whatever else was; the rest are gaps."""
        allowed: dict[str, list[str]] = {name: [value] for name, value in asked.items()}
        if self._accounts:
            # A platform that mixes accounts up must not bring another's agents into this one's report.
            allowed["account_id"] = self._accounts
        kept = []
        for value in values:
            why = not_what_was_asked_for(value, kind, allowed)
            try:
                if not why:
                    whose = None if kind == "agent" or value.get("agent_id") else agent_id
                    at = f"GET {path}"
                    found = records.record(kind, value, source=self.source.location, location=at, agent_id=whose)
                    self.records.append(found)
                    kept.append(value)
            except NotCanonicalError as error:
                why = str(error)
            if why:
                self._gap(f"a record of type {kind}", AnswerError(why, where=f"{self.client.base}{path}"), agent_id)
        return kept

    def _by_id(self, kind: str) -> dict[str, dict[str, Any]]:
        return {record.value["id"]: record.value for record in self.records if record.kind == kind}

    def _note_dangling(self, kind: str, wanted: dict[str, str], rows: list[dict[str, Any]], why: str) -> None:
        found = {row["id"] for row in rows}
        for key, agent_id in sorted(wanted.items()):
            if key not in found:
                self.gaps.append(Gap(f"{kind} {key}", f"{why}, and it is not in the list", agent_id))

    def _note_missing(self, page: Page, words: str, agent_id: str | None = None) -> None:
        if page.lost:
            self._gap(f"some of {words}", page.lost, agent_id)

    def _gap(self, what: str, error: PlatformError, agent_id: str | None = None) -> None:
        why = f"{error.what}. {error.remedy}" if error.remedy else error.what
        self.gaps.append(Gap(what, why, agent_id, error.where))


def _path(kind: str, key: str) -> str:
    # An id is whatever the platform says that it is, and must not lead to another resource.
    return f"/{kind}/{quote(key, safe='')}"


def _pointing(rows: Mapping[str, dict[str, Any]], name: str) -> dict[str, str]:
    """What rows point to by a field, each with the first id of those that do, in whatever order they came."""
    # The last of a dictionary's values counts, so that the first id comes last.
    backwards = sorted(rows.items(), reverse=True)
    return {row[name]: key for key, row in backwards if row.get(name) and isinstance(row[name], str)}


async def _all(work: Iterable[Coroutine[Any, Any, Any]]) -> None:
    """Runs everything side by side; the client lets only so many ask at a time."""
    async with asyncio.TaskGroup() as group:
        for item in work:
            group.create_task(item)


_NO_DECLARATIONS: Final = "no declarations can be read, and no report is complete"
#: What a report needs, in the order that it is asked for, and what follows where it cannot be read.
_FOLLOWS: Final = {
    "account": "nothing can be reported",
    "environment": "a report names environments by their ids",
    "agent": "nothing can be reported",
    "agent details": "no agent's owner, team and risk profile are known, and no report is complete",
    "agent_version": "which schema version is deployed is not known, and no report is complete",
    "agent_schema_version": _NO_DECLARATIONS,
    "agent_schema_version details": _NO_DECLARATIONS,
    "agent_deployment": "what is deployed is not known, and no report is complete",
    "team": "reports are incomplete where an agent has a team",
    "person": "reports are incomplete where an agent has an owner",
    "risk_profile": "reports are incomplete where an agent has a risk profile",
}


@dataclass(frozen=True, slots=True)
class Found:
    """Whether one resource can be read: a row of it if there is one, or why it cannot be, and what follows."""

    resource: str
    row: Mapping[str, Any] | None = None
    error: PlatformError | None = None


def readable(access: Access) -> list[Found]:
    """Every resource that a report needs, account first; ``UsageError`` for an address or a token that is none."""
    return asyncio.run(_asked(access))


async def _asked(access: Access) -> list[Found]:
    told: list[Found] = []
    rows: dict[str, Mapping[str, Any]] = {}
    async with connect(access) as client:
        for resource in _FOLLOWS:
            kind, _, of_one = resource.partition(" ")
            owner = "agent" if kind in _LISTS else "account" if kind == "environment" else None
            if (of_one and kind not in rows) or (kind in _LISTS and "agent" not in rows):
                continue  # without a row nobody knows what to ask for
            params = {f"{owner}_id": rows[owner]["id"]} if owner in rows else {}
            found = await _one(client, resource, rows[kind]["id"] if of_one else None, params)
            told.append(found)
            if found.row and not of_one:
                rows[kind] = found.row
            if resource == "account" and found.error and not isinstance(found.error, AnswerError):
                break  # nobody is there, or the token opens nothing
    return told


async def _one(client: Client, resource: str, key: str | None, params: dict[str, str]) -> Found:
    kind = resource.partition(" ")[0]
    path, asked = (f"/{kind}", params) if key is None else (_path(kind, key), {"id": key})
    try:
        found = await first(client, path, **params) if key is None else (await client.details(path),)
        if not found:
            return Found(resource)
        why = not_what_was_asked_for(found[0], kind, {name: [value] for name, value in asked.items()})
        if why:
            raise AnswerError(why, where=f"{client.base}{path}")
        return Found(resource, found[0])
    except PlatformError as error:
        # Where nobody answers, or the token opens nothing at all, that says more than what follows for one resource.
        if not isinstance(error, AnswerError) and not (isinstance(error, RefusedError) and not error.for_good):
            return Found(resource, error=error)
        what = f"{resource} cannot be read, so {_FOLLOWS[resource]}: {error.what}"
        return Found(resource, error=AnswerError(what, where=error.where, remedy=error.remedy))
