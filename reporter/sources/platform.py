"""A whole account, read over the API with the fewest requests that it allows.

One request for the account, one for its environments, a page for every hundred agents; for each agent that is asked
about its details and its lists of versions, schema versions and deployments; the details of a schema version only
where it is in scope, because a list holds no declarations; teams, people and risk profiles only where an agent points
to them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from reporter.canonical import NotCanonicalError
from reporter.credentials import Access
from reporter.errors import AnswerError, PlatformError
from reporter.model import Gap, Inventory, Record, Source
from reporter.prefactor import records
from reporter.prefactor.client import Client, connect
from reporter.prefactor.paging import Page, listed
from reporter.scope import Selection, left_out_because, scope
from reporter.sources.collected import Collected

Progress = Callable[[int, int], None]
"""Is told how many agents are read, of how many are known."""

_LISTS = {
    "agent_version": "its versions",
    "agent_schema_version": "its schema versions",
    "agent_deployment": "its deployments",
}


@dataclass(frozen=True, slots=True)
class Platform:
    """One account of a platform.

    Attributes:
        access: Where it is and what opens it.
        selection: What a report will be about; declarations that it leaves out are not read.
        collected_at: The run's clock.
        name: What the source is called in the evidence; by default its address.
    """

    access: Access
    selection: Selection
    collected_at: datetime
    name: str | None = None

    def collect(self, progress: Progress | None = None) -> Collected:
        """Reads it.

        Raises:
            PlatformError: Not even the account and its agents can be read, so there is nothing to report about.
            UsageError: The address is not http(s), or there is no token.
        """
        return asyncio.run(self._collect(progress))

    def account(self) -> str:
        """The account that the token can read: its name, by one request.

        Raises:
            PlatformError: It cannot read any.
            UsageError: The address is not http(s), or there is no token.
        """
        return asyncio.run(self._account())

    async def _account(self) -> str:
        async with connect(self.access) as client:
            rows = (await listed(client, "/account")).rows
            kept = [records.record("account", row, source=client.base, location="GET /account") for row in rows]
            return records.inventory(kept, ()).account.name

    async def _collect(self, progress: Progress | None) -> Collected:
        async with connect(self.access) as client:
            reading = _Reading(client, self.selection, self.collected_at, self.name or client.base, progress)
            await reading.read()
            return reading.collected()


@dataclass(slots=True)
class _Reading:
    """One run's records and gaps as they come in."""

    client: Client
    selection: Selection
    collected_at: datetime
    name: str
    progress: Progress | None
    records: list[Record] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def collected(self) -> Collected:
        return Collected((self._source(),), tuple(self.records), tuple(self.gaps))

    async def read(self) -> None:
        """Account and agents first: without them there is nothing to read."""
        accounts = (await listed(self.client, "/account")).rows
        self._keep("account", accounts, "/account")
        account_id = accounts[0].get("id") if accounts else None
        params = {"account_id": account_id} if isinstance(account_id, str) else {}
        await self._read_list("environment", "the environments", params)
        agents = await listed(self.client, "/agent")
        wanted = await self._keep_agents(agents)
        await self._read_agents(wanted)
        await self._read_what_agents_point_to()
        await self._read_schema_versions()

    def _source(self) -> Source:
        return Source("platform", self.name, self.collected_at)

    def _inventory(self) -> Inventory:
        return records.inventory(self.records, (self._source(),))

    async def _keep_agents(self, page: Page) -> list[dict[str, Any]]:
        """The rows of agents to ask about; of the others the row is all that a report needs."""
        self._note_missing(page, "the agents")
        found = {row["id"]: row for row in page.rows if isinstance(row.get("id"), str)}
        if len(found) < len(page.rows):
            self._gap("an agent", AnswerError("its row has no id", where=f"{self.client.base}/agent"))
        rows = records.inventory([self._record("agent", row, "/agent") for row in found.values()], ()).agents
        left_out = {agent.id for agent in rows if left_out_because(agent, self.selection)}
        self._keep("agent", [row for key, row in found.items() if key in left_out], "/agent")
        return [row for key, row in found.items() if key not in left_out]

    async def _read_agents(self, rows: list[dict[str, Any]]) -> None:
        done = 0

        async def read(row: dict[str, Any]) -> None:
            nonlocal done
            key = row["id"]
            lists = (self._read_list(kind, words, {"agent_id": key}, key) for kind, words in _LISTS.items())
            await _all([self._read_agent(row), *lists])
            done += 1
            if self.progress:
                self.progress(done, len(rows))

        if self.progress:
            self.progress(0, len(rows))
        await _all(read(row) for row in rows)

    async def _read_agent(self, row: dict[str, Any]) -> None:
        """An agent's details; where they cannot be had its row stays, with a gap."""
        path = f"/agent/{quote(row['id'], safe='')}"
        try:
            details = await self.client.details(path)
        except PlatformError as error:
            self._gap("the details of an agent", error, row["id"])
            details = row
        self._keep("agent", [details], path)

    async def _read_list(
        self, kind: str, words: str, params: dict[str, str], agent_id: str | None = None
    ) -> list[dict[str, Any]]:
        """A list of one kind; what of it cannot be had is a gap."""
        path = f"/{kind}"
        try:
            page = await listed(self.client, path, **params)
        except PlatformError as error:
            self._gap(words, error, agent_id)
            return []
        self._note_missing(page, words, agent_id)
        self._keep(kind, page.rows, f"{path}?agent_id={agent_id}" if agent_id else path)
        return list(page.rows)

    async def _read_what_agents_point_to(self) -> None:
        """Teams and people as lists, risk profiles one by one, because a list of them holds no rules."""
        details = [item.value for item in self.records if item.kind == "agent"]
        for kind, name, words in (("team", "team_id", "the teams"), ("person", "owner_person_id", "the people")):
            wanted = {str(agent[name]): str(agent.get("id")) for agent in details if agent.get(name)}
            if wanted:
                found = {row.get("id") for row in await self._read_list(kind, words, {})}
                missing = [key for key in sorted(wanted) if key not in found]
                self.gaps += [
                    Gap(f"{kind} {key}", "an agent points to it, and it is not in the list", wanted[key])
                    for key in missing
                ]
        profiles = {
            str(agent["risk_profile_id"]): str(agent.get("id")) for agent in details if agent.get("risk_profile_id")
        }
        await _all(self._read_details("risk_profile", key, agent_id) for key, agent_id in sorted(profiles.items()))

    async def _read_schema_versions(self) -> None:
        """The details of those in scope, and of those only."""
        chosen = scope(self._inventory(), self.selection)
        await _all(
            self._read_details("agent_schema_version", item.version.id, scoped.agent.id)
            for scoped in chosen.agents
            for item in scoped.versions
            if item.version.span_types is None
        )

    async def _read_details(self, kind: str, key: str, agent_id: str) -> None:
        path = f"/{kind}/{quote(key, safe='')}"
        try:
            self._keep(kind, [await self.client.details(path)], path)
        except PlatformError as error:
            self._gap(f"{kind.removeprefix('agent_').replace('_', ' ')} {key}", error, agent_id)

    def _keep(self, kind: str, values: Iterable[dict[str, Any]], path: str) -> None:
        for value in values:
            try:
                self.records.append(self._record(kind, value, path))
            except NotCanonicalError as error:
                self._gap(f"a record of type {kind}", AnswerError(str(error), where=f"{self.client.base}{path}"))

    def _record(self, kind: str, value: dict[str, Any], path: str) -> Record:
        return records.record(kind, value, source=self.name, location=f"GET {path}")

    def _note_missing(self, page: Page, words: str, agent_id: str | None = None) -> None:
        if page.lost:
            self._gap(f"some of {words}", page.lost, agent_id)

    def _gap(self, what: str, error: PlatformError, agent_id: str | None = None) -> None:
        self.gaps.append(
            Gap(what, f"{error.what}. {error.remedy}" if error.remedy else error.what, agent_id, error.where)
        )


async def _all(work: Iterable[Coroutine[Any, Any, Any]]) -> None:
    """Runs everything side by side; the client lets only so many ask at a time."""
    async with asyncio.TaskGroup() as group:
        for item in work:
            group.create_task(item)
