"""Fills a registry with the made-up account, over HTTP, as agents' SDKs and an administrator would have done it.

The registry's clock and ids are given, so that it holds the same every time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx

from reporter.errors import FaultError
from reporter.registry.made_up import account as made_up
from reporter.registry.made_up.account import Json
from reporter.registry.serve import Running, running
from reporter.registry.store import Store

#: What the answers say beside these (counts, times) is not sent.
_SENT = (
    *("id", "name", "description", "external_identifier", "purpose", "title", "email", "team_ids"),
    *("owner_person_id", "team_id"),
)


class _Clock:
    """What the time is in the registry: that of what is being sent to it."""

    time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@contextmanager
def filled() -> Iterator[Running]:
    """A registry that holds the made-up account, for as long as the context lasts.

    Raises:
        MissingPart: The extra ``registry`` is not installed (raised on import of this module).
        FaultError: It did not come up, or refused what it was sent.
    """
    clock = _Clock()
    entropy = random.Random(20261123).randbytes  # noqa: S311  (ids, no secrets)
    # What nobody declared stays undeclared, so that a reader can see that nobody did.
    with (
        Store(account_name=made_up.account()["name"], clock=clock, entropy=entropy) as store,
        running(store, fill_unknown=False) as registry,
    ):
        headers = {"Authorization": f"Bearer {registry.token}"}
        with httpx.Client(base_url=f"{registry.url}/api/v1", headers=headers, trust_env=False) as http:
            _fill(partial(_send, http), store, clock)
        yield registry


def _send(http: httpx.Client, path: str, body: Json) -> None:
    answer = http.post(path, json=body)
    if not answer.is_success:
        raise FaultError(f"the local registry refused the made-up account: HTTP {answer.status_code}", where=path)


def _fill(send: Callable[[str, Json], None], store: Store, clock: _Clock) -> None:
    """The company first, then its agents as they came, registered and retired, in order of time."""

    def create(path: str, row: Json) -> None:
        send(path, {"details": {name: row[name] for name in _SENT if row.get(name) is not None}})

    opened = {"/environment": made_up.environments(), "/team": made_up.teams(), "/person": made_up.people()}
    for path, rows in opened.items():
        for row in rows:
            create(path, row)
    events: list[tuple[str, int, str, Callable[[], None]]] = [
        (item.at, 1, item.request["idempotency_key"], partial(_register, send, store, item))
        for item in made_up.registrations()
    ]
    for row in made_up.agents():
        events.append((row["inserted_at"], 0, row["id"], partial(create, "/agent", row)))
        if row["status"] == "retired":
            events.append((row["updated_at"], 2, row["id"], partial(send, f"/agent/{row['id']}/retire", {})))
    for at, _, _, happen in sorted(events, key=lambda event: event[:3]):
        clock.time = datetime.fromisoformat(at)
        happen()


def _register(send: Callable[[str, Json], None], store: Store, item: made_up.Registration) -> None:
    """The vendor's models have no place for some declarations; those are put where an older client left them."""
    version = item.request["agent_schema_version"]
    declared: dict[tuple[str, str], Any] = {}
    fields = ("span_type_schemas", "quality_schemas", "alert_schemas") if item.raw else ()
    for field in fields:
        for entry in version.get(field) or ():
            declared[field, entry["name"]] = entry.pop("data_risk", None)
    send("/agent_instance/register", item.request)
    if not item.raw:
        return
    name = version["external_identifier"]
    row = store.find("agent_schema_version", agent_id=item.agent["id"], external_identifier=name)
    if row is None:
        raise FaultError(f"the local registry did not keep schema version {name}")
    for field in fields:
        for entry in row["document"].get(field) or ():
            if (field, entry["name"]) in declared:
                entry["data_risk"] = declared[field, entry["name"]]
    store.change("agent_schema_version", row["id"], document=row["document"])
