"""What a token can read of a platform, by a request or two for each resource that a report needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from reporter.errors import AnswerError, PlatformError, RefusedError
from reporter.prefactor.client import Client, connect
from reporter.prefactor.credentials import Access
from reporter.prefactor.paging import first
from reporter.prefactor.rows import not_what_was_asked_for

#: What follows where a resource cannot be read.
_FOLLOWS: Final = {
    "account": "nothing can be reported",
    "environment": "a report names environments by their ids",
    "agent": "nothing can be reported",
    "agent details": "no agent's owner, team and risk profile are known, and no report is complete",
    "agent_version": "which schema version is deployed is not known, and no report is complete",
    "agent_schema_version": "no declarations can be read, and no report is complete",
    "agent_schema_version details": "no declarations can be read, and no report is complete",
    "agent_deployment": "what is deployed is not known, and no report is complete",
    "team": "reports are incomplete where an agent has a team",
    "person": "reports are incomplete where an agent has an owner",
    "risk_profile": "reports are incomplete where an agent has a risk profile",
}


@dataclass(frozen=True, slots=True)
class Found:
    """Whether one resource can be read.

    Attributes:
        resource: The API's name of it.
        row: A row of it, if there is one.
        error: Why it cannot be read, and what follows.
    """

    resource: str
    row: Mapping[str, Any] | None = None
    error: PlatformError | None = None


def readable(access: Access) -> list[Found]:
    """Every resource that a report needs, the account first; details only where a list held something.

    Raises:
        UsageError: The address is not http(s), or the token is none.
    """
    return asyncio.run(_readable(access))


async def _readable(access: Access) -> list[Found]:
    async with connect(access) as client:
        return [found async for found in _asked(client)]


async def _asked(client: Client) -> AsyncIterator[Found]:
    account = await _row(client, "account")
    yield account
    if account.error and not isinstance(account.error, AnswerError):
        return  # nobody is there, or the token opens nothing
    yield await _row(client, "environment", **({"account_id": account.row["id"]} if account.row else {}))
    agent = await _row(client, "agent")
    yield agent
    if agent.row:
        yield await _details(client, "agent", agent.row["id"])
        for kind in ("agent_version", "agent_schema_version", "agent_deployment"):
            found = await _row(client, kind, agent_id=agent.row["id"])
            yield found
            if found.row and kind == "agent_schema_version":
                yield await _details(client, kind, found.row["id"])
    for kind in ("team", "person", "risk_profile"):
        yield await _row(client, kind)


async def _row(client: Client, kind: str, **params: str) -> Found:
    try:
        rows = await first(client, f"/{kind}", **params)
        return Found(kind, _as_asked(client, f"/{kind}", kind, rows[0], params) if rows else None)
    except PlatformError as error:
        return _missing(kind, error)


async def _details(client: Client, kind: str, key: str) -> Found:
    path = f"/{kind}/{quote(key, safe='')}"
    try:
        row = await client.details(path)
        return Found(f"{kind} details", _as_asked(client, path, kind, row, {"id": key}))
    except PlatformError as error:
        return _missing(f"{kind} details", error)


def _as_asked(client: Client, path: str, kind: str, row: Any, asked: Mapping[str, str]) -> Mapping[str, Any]:
    why = not_what_was_asked_for(row, kind, {name: [value] for name, value in asked.items()})
    if why:
        raise AnswerError(why, where=f"{client.base}{path}")
    found: Mapping[str, Any] = row
    return found


def _missing(resource: str, error: PlatformError) -> Found:
    if not isinstance(error, AnswerError) and not (isinstance(error, RefusedError) and not error.for_good):
        return Found(resource, error=error)
    what = f"{resource} cannot be read, so {_FOLLOWS[resource]}: {error.what}"
    return Found(resource, error=AnswerError(what, where=error.where, remedy=error.remedy))
