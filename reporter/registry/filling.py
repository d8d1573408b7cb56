"""Fills a registry with the made-up account, over HTTP, as agents' SDKs and an administrator would have done it.

The registry's clock and ids are given, so that it holds the same every time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from reporter.errors import FaultError
from reporter.registry.made_up import account as made_up
from reporter.registry.serve import Running, running
from reporter.registry.store import Store

Json = dict[str, Any]

_SEED = 20261123
_ENTRIES = ("span_type_schemas", "quality_schemas", "alert_schemas")


@contextmanager
def filled() -> Iterator[Running]:
    """A registry that holds the made-up account, for as long as the context lasts.

    Raises:
        MissingPart: The extra ``registry`` is not installed (raised on import of this module).
        FaultError: It did not come up, or refused what it was sent.
    """
    clock = _Clock()
    entropy = random.Random(_SEED).randbytes  # noqa: S311  (ids, no secrets)
    # What nobody declared stays undeclared, so that a reader can see that nobody did.
    with (
        Store(account_name=made_up.account()["name"], clock=clock, entropy=entropy) as store,
        running(store, fill_unknown=False) as registry,
    ):
        headers = {"Authorization": f"Bearer {registry.token}"}
        with httpx.Client(base_url=f"{registry.url}/api/v1", headers=headers, trust_env=False) as http:
            _Filling(http, store, clock).fill()
        yield registry


class _Clock:
    """What the time is in the registry: that of what is being sent to it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def to(self, text: str) -> None:
        self.time = datetime.fromisoformat(text)


@dataclass(frozen=True, slots=True)
class _Filling:
    http: httpx.Client
    store: Store
    clock: _Clock

    def fill(self) -> None:
        """The company first, then its agents as they came, registered and retired, in order of time."""
        for path, rows in (
            ("/environment", made_up.environments()),
            ("/team", made_up.teams()),
            ("/person", made_up.people()),
        ):
            for row in rows:
                self._create(path, row)
        agents = made_up.agents()
        events: list[tuple[str, int, str, Any]] = [(row["inserted_at"], 0, row["id"], row) for row in agents]
        events += [(item.at, 1, item.request["idempotency_key"], item) for item in made_up.registrations()]
        events += [(row["updated_at"], 2, row["id"], row) for row in agents if row["status"] == "retired"]
        for at, kind, _, what in sorted(events, key=lambda event: event[:3]):
            self.clock.to(at)
            match kind:
                case 0:
                    self._create("/agent", what)
                case 1:
                    self._register(what)
                case _:
                    self._send(f"/agent/{what['id']}/retire", {})

    def _create(self, path: str, row: Json) -> None:
        """What the answers say beside it (counts, times) is not sent."""
        names = ("id", "name", "description", "external_identifier", "purpose", "title", "email", "team_ids")
        columns = (*names, "owner_person_id", "team_id")
        self._send(path, {"details": {name: row[name] for name in columns if row.get(name) is not None}})

    def _register(self, registration: made_up.Registration) -> None:
        """The vendor's models have no place for some declarations; those are put where an older client left them."""
        request = deepcopy(registration.request)
        declared = {} if not registration.raw else _taken_out(request["agent_schema_version"])
        self._send("/agent_instance/register", request)
        if declared:
            self._put_in(registration, declared)

    def _put_in(self, registration: made_up.Registration, declared: dict[tuple[str, str], Any]) -> None:
        name = registration.request["agent_schema_version"]["external_identifier"]
        row = self.store.find("agent_schema_version", agent_id=registration.agent["id"], external_identifier=name)
        if row is None:
            raise FaultError(f"the local registry did not keep schema version {name}")
        document = row["document"]
        for field in _ENTRIES:
            for entry in document.get(field) or ():
                if (field, entry["name"]) in declared:
                    entry["data_risk"] = declared[field, entry["name"]]
        self.store.change("agent_schema_version", row["id"], document=document)

    def _send(self, path: str, body: Json) -> None:
        answer = self.http.post(path, json=body)
        if not answer.is_success:
            raise FaultError(f"the local registry refused the made-up account: HTTP {answer.status_code}", where=path)


def _taken_out(version: Json) -> dict[tuple[str, str], Any]:
    """Each entry's declaration, which the version then has no more."""
    return {
        (field, entry["name"]): entry.pop("data_risk", None) for field in _ENTRIES for entry in version.get(field) or ()
    }
