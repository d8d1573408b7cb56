"""Reads the company's files, and makes ids and times as the platform writes them."""

from __future__ import annotations

import hashlib
import tomllib
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

from reporter.registry.made_up.expansion import Json, Short

_BASE_32: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_PARTITION: Final = "2m7tya"


@cache
def company() -> Short:
    """``company.toml``; whoever reads it changes nothing in it."""
    return _read("company.toml")


@cache
def agents() -> tuple[Short, ...]:
    """Each of ``agents/*.toml``, in the order in which ``company.toml`` names them."""
    return tuple(_read("agents", f"{name}.toml") for name in company()["agents"])


def opened() -> datetime:
    """When the account was opened, with its environments, teams and people."""
    moment: datetime = company()["opened"]
    return moment


def id_of(type_: str, name: str, at: datetime) -> str:
    """An id of the platform's form, always the same: ten characters of time, a partition, sixteen of the name."""
    named = int.from_bytes(hashlib.sha256(f"{type_} {name}".encode()).digest()[:10])
    return _encoded(int(at.timestamp() * 1000), 10) + _PARTITION + _encoded(named, 16)


def id_in_company(type_: str, name: str) -> str:
    """The id of something that the account was opened with."""
    return id_of(type_, name, opened())


def agent_id(agent: Short) -> str:
    """An agent's id."""
    return id_of("agent", agent["external_identifier"], agent["created"])


def text(moment: datetime) -> str:
    """ISO 8601 in UTC with ``Z``, as the API writes it."""
    return moment.isoformat().replace("+00:00", "Z")


def times(inserted: datetime, updated: datetime | None = None) -> Json:
    """The two times that each resource has."""
    return {"inserted_at": text(inserted), "updated_at": text(updated or inserted)}


def _read(*path: str) -> dict[str, Any]:
    return tomllib.loads(files("reporter.registry.made_up").joinpath(*path).read_text("utf-8"))


def _encoded(number: int, width: int) -> str:
    return "".join(_BASE_32[(number >> 5 * place) & 31] for place in reversed(range(width)))
