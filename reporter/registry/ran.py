"""What the made-up company's agents did: runs with their spans, sent as an SDK sends them.

``runs.toml`` says which. Ids follow from names and numbers, so that what is registered beside keeps its own.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from reporter.registry.store import Store, base_32, text

Json = dict[str, Any]
Send = Callable[..., None]


@cache
def runs() -> tuple[Mapping[str, Any], ...]:
    """Each of ``runs.toml`` as it is; not to be changed."""
    found = tomllib.loads(files("reporter.registry").joinpath("company", "runs.toml").read_text("utf-8"))
    return tuple(found["run"])


def request(given: Mapping[str, Any], registered: Json, environment_id: str) -> Json:
    """What registers a run: what its version registered before, in its own environment and without moving a pin."""
    name = f"{given['agent']}-{given['at']:%Y%m%dT%H%M}-run"
    return deepcopy(registered) | {
        "id": _id(given["at"], name),
        "environment_id": environment_id,
        "external_identifier": name,
        "idempotency_key": f"{given['agent']}-{given['at']:%Y%m%d%H%M}",
        "update_current_version": False,
        "purpose": given["purpose"],
    }


def send_run(send: Send, known: Store, given: Mapping[str, Any], registered: Json) -> None:
    """What follows a registration: the run starts, does its spans, and ends."""
    at, run = given["at"], {"agent_instance_id": registered["id"]}
    send("/agent_instance/{agent_instance_id}/start", {"timestamp": text(at)}, **run)
    for number, (name, marked) in enumerate(_spans(given)):
        begun = at + timedelta(seconds=number + 1)
        payload = {"of": {"$sensitive": "string", "labels": marked, "value": "made up"}} if marked else {}
        span = {
            "id": _id(begun, f"{run} {number}"),
            "schema_name": name,
            "status": "complete",
            "payload": payload,
            **run,
        }
        send("/agent_spans", {"details": span | {"started_at": text(begun), "finished_at": text(begun)}})
    for number, name in enumerate(name for name, times in given.get("unregistered", {}).items() for _ in range(times)):
        begun = at + timedelta(minutes=1, seconds=number)
        # The registry takes no span of a type that is not registered, so it is put where an older platform left it.
        known.insert(
            "agent_span", id=_id(begun, f"{run} other {number}"), agent_id=registered["agent_id"], schema_name=name,
            status="complete", payload={}, started_at=text(begun), finished_at=text(begun), **run,
        )  # fmt: skip
    end = {"status": "complete", "timestamp": text(at + timedelta(minutes=2))}
    send("/agent_instance/{agent_instance_id}/finish", end, **run)


def _spans(given: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for name, times in given["spans"].items():
        labels = given.get("marked", {}).get(name, [])
        yield from ((name, labels if number == 0 else []) for number in range(times))


def _id(at: datetime, name: str) -> str:
    named = int.from_bytes(hashlib.sha256(name.encode()).digest()[:10])
    return base_32(int(at.timestamp() * 1000), 10) + "2m7tya" + base_32(named, 16)
