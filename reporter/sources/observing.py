"""What ran, read with the fewest requests: lists of runs, counts where a row has none, span rows for labels alone.

The list of an agent's runs has no window of time, so that it is read whole; details are asked for only of runs in the
window whose rows tell no counts. Every answer here may hold what people said: ``prefactor.observed`` takes metadata
out of it before anything is kept.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from reporter.declared.model import Record
from reporter.declared.observed import Window
from reporter.errors import AnswerError, PlatformError
from reporter.prefactor import observed, records
from reporter.prefactor.client import Client, Page, reduced
from reporter.prefactor.shapes import OBSERVED

Note = Callable[[str, PlatformError, str | None], None]
"""Is told what could not be read, why, and of which agent."""

RUNS: Final = "agent_instance"
_LIST: Final = f"/{RUNS}"
_SPANS: Final = "/agent_spans"


@dataclass(slots=True)
class Observing:
    """One run's reading of what ran.

    Attributes:
        source: What the evidence calls the platform.
        accounts: The ids of the account; rows of another are refused.
        environments: The names of environments by their ids, and ``wanted`` those that were asked for.
    """

    client: Client
    window: Window
    source: str
    read_at: datetime
    note: Note
    accounts: Sequence[str] = ()
    environments: Mapping[str, str] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()
    _rolled: dict[str, dict[str, Any] | None] = field(default_factory=dict)

    async def agent(self, path: str, agent_id: str) -> dict[str, Any]:
        """An agent's details, with its roll-up by the same request; some platforms fail with it and not without."""
        try:
            answer = await self.client.whole(path, include_risk_rollup="true")
        except AnswerError as error:
            if (error.status or 0) < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            details = await self.client.details(path)
            self.note("the risk roll-up", error, agent_id)
            return details
        self._rolled[agent_id] = observed.rollup(answer.get("risk_rollup"))
        found: dict[str, Any] = answer["details"]
        return found

    async def list_runs(self, agent_id: str) -> Page:
        """An agent's runs, of which nothing but metadata is left; ``PlatformError`` without a first page."""
        keep = partial(observed.run, allowed=self._allowed(agent_id))
        return await reduced(self.client, _LIST, keep, agent_id=agent_id)

    async def of_agent(self, agent_id: str, page: Page) -> Record:
        """What is kept of those runs, with the counts of those in the window."""
        where = f"{self.client.base}{_LIST}"
        if page.lost:
            self.note("some of its runs", page.lost, agent_id)
        for row in page.rows:
            if "why" in row:
                self.note("a run", AnswerError(row["why"], where=where), agent_id)
        rows = [row for row in page.rows if "why" not in row]
        near = [row for row in rows if self._here(row)]
        runs = [row for row in near if self._in_window(row)]
        await self._count(agent_id, runs)
        not_kept = await self._label(agent_id, runs) if self.window.labels and runs else 0
        for run in runs:
            for why in run["faults"]:
                self.note(f"the span counts of run {run['id']}", AnswerError(why, where=where), agent_id)
        head = {
            "since": self.window.since.isoformat(),
            "until": self.window.until.isoformat() if self.window.until else None,
            "read_at": self.read_at.isoformat(),
            "outside": len(near) - len(runs),
            "elsewhere": len(rows) - len(near),
            "labels": self.window.labels,
            "not_kept": not_kept,
        }
        value = observed.record_value(agent_id, head, runs, self._rolled.get(agent_id))
        at = f"GET {_LIST}?agent_id={agent_id}"
        return records.record(OBSERVED, value, source=self.source, location=at)

    def _allowed(self, agent_id: str, **more: list[str]) -> dict[str, Sequence[str]]:
        return {"agent_id": [agent_id], **({"account_id": self.accounts} if self.accounts else {}), **more}

    def _here(self, row: Mapping[str, Any]) -> bool:
        place = row["environment_id"]
        asked = {name.casefold() for name in self.wanted}
        # Of a run that names no environment nobody can say that it was elsewhere.
        return not asked or place is None or self.environments.get(place, place).casefold() in asked

    def _in_window(self, row: Mapping[str, Any]) -> bool:
        """Whether a run was alive in the window, or has no time that would say that it was not."""
        began, last = observed.life(row)
        if last is not None and last < self.window.since:
            return False
        return self.window.until is None or began is None or began <= self.window.until

    async def _count(self, agent_id: str, runs: Sequence[dict[str, Any]]) -> None:
        """Asks for the details of runs whose rows tell no counts, the latest first."""
        uncounted = sorted((run for run in runs if not run["spans"]), key=_recent, reverse=True)
        if left := uncounted[self.window.max_runs :]:
            what = f"the span counts of {len(left):,} of its runs"
            why = f"details are read of {self.window.max_runs:,} runs of an agent"
            remedy = "Ask for a shorter time with --since, or for more with max_runs in the settings"
            self.note(what, AnswerError(why, where=f"{self.client.base}{_LIST}", remedy=remedy), agent_id)
        async with asyncio.TaskGroup() as group:
            for run in uncounted[: self.window.max_runs]:
                group.create_task(self._details(agent_id, run))

    async def _details(self, agent_id: str, run: dict[str, Any]) -> None:
        path = f"{_LIST}/{quote(run['id'], safe='')}"
        what = f"the span counts of run {run['id']}"
        try:
            found = observed.run(await self.client.details(path), self._allowed(agent_id, id=[run["id"]]))
        except PlatformError as error:
            self.note(what, error, agent_id)
            return
        if "why" in found:
            self.note(what, AnswerError(found["why"], where=f"{self.client.base}{path}"), agent_id)
            return
        # What a row says stays: the details were read later, when the run may have gone on.
        run["spans"] = found["spans"] if found["spans"] is not None else run["spans"]
        run["faults"] = sorted({*run["faults"], *found["faults"]})
        run["scored"] = bool(found.get("scored"))

    async def _label(self, agent_id: str, runs: Sequence[dict[str, Any]]) -> int:
        """Reads span rows for their labels, and counts them where nothing else does; how many labels are not kept."""
        window = {"start_time": min(self.window.since, *_begun(runs)).isoformat()}
        if self.window.until:
            window["end_time"] = self.window.until.isoformat()
        try:
            keep = partial(observed.span, agent_id=agent_id)
            page = await reduced(self.client, _SPANS, keep, agent_id=agent_id, **window)
        except PlatformError as error:
            self.note("the labels of its spans", error, agent_id)
            return 0
        if page.lost:
            self.note("the labels of some of its spans", page.lost, agent_id)
        by_id = {run["id"]: run for run in runs}
        counted: dict[str, Counter[str]] = {}
        not_kept = 0
        for row in page.rows:
            if "why" in row:
                self.note("a span", AnswerError(row["why"], where=f"{self.client.base}{_SPANS}"), agent_id)
            elif row["agent_instance_id"] in by_id and row["name"]:
                run = by_id[row["agent_instance_id"]]
                labels = run.setdefault("labels", {}).setdefault(row["name"], Counter())
                labels.update(row["labels"])
                counted.setdefault(run["id"], Counter())[row["name"]] += 1
                not_kept += row["unkept"]
        for key, names in counted.items():
            run = by_id[key]
            # A count that is there was made by the platform; one that is empty proves nothing.
            known = run["spans"] or {}
            run["spans"] = known | {name: max(number, known.get(name, 0)) for name, number in names.items()}
        return not_kept


def _recent(run: Mapping[str, Any]) -> tuple[str, str]:
    return max((run[name] or "" for name in ("started_at", "inserted_at", "last_activity_span_at")), default=""), str(
        run["id"]
    )


def _begun(runs: Sequence[Mapping[str, Any]]) -> list[datetime]:
    """When runs began that are known to have: a run in the window may have spans from before it."""
    return [began for began, _ in map(observed.life, runs) if began]
