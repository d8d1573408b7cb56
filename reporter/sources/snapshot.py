"""Our own evidence: every record as it was read, in canonical JSON, enough to make every other file again.

``datarisk/snapshot/1`` is an object of ``account``, ``sources``, ``gaps``, ``not_used`` and ``records``; each record
holds its value and the digest of the value's RFC 8785 bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NotRequired

from typing_extensions import TypedDict

from reporter.canonical import NotCanonicalError, canonical
from reporter.errors import UnreadableError
from reporter.model import Gap, Inventory, NotUsed, Record, Source
from reporter.prefactor import records
from reporter.sources.collected import Collected

SCHEMA: Final = "datarisk/snapshot/1"
_PREFIX: Final = "datarisk/snapshot/"


class _Account(TypedDict):
    id: str
    name: str


class _Source(TypedDict):
    kind: str
    location: str
    collected_at: str


class _Gap(TypedDict):
    what: str
    why: str
    agent_id: NotRequired[str]
    location: NotRequired[str]


class _NotUsed(TypedDict):
    kind: str
    count: int
    location: str


class _Record(TypedDict):
    kind: str
    source: str
    location: str
    sha256: str
    value: Any
    agent_id: NotRequired[str]
    agent_name: NotRequired[str]
    mended: NotRequired[bool]


class _Snapshot(TypedDict):
    schema: str
    account: _Account
    sources: list[_Source]
    gaps: list[_Gap]
    not_used: list[_NotUsed]
    records: list[_Record]


def snapshot_schema() -> dict[str, Any]:
    """The JSON Schema of a snapshot."""
    from pydantic import TypeAdapter  # noqa: PLC0415  (only this needs it)

    schema = TypeAdapter(_Snapshot).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": SCHEMA}


def is_snapshot(value: Any) -> bool:
    """Whether a JSON value says that it is a snapshot, of whichever version."""
    return isinstance(value, dict) and str(value.get("schema")).startswith(_PREFIX)


def to_bytes(inventory: Inventory) -> bytes:
    """The snapshot of an inventory; the same evidence gives the same bytes.

    The records' own canonical bytes are put in as they are, so that what was digested is what is kept.
    """
    head = canonical(
        {
            "account": {"id": inventory.account.id, "name": inventory.account.name},
            "gaps": [_without_none(gap, "what", "why", "agent_id", "location") for gap in inventory.gaps],
            "not_used": [_without_none(item, "kind", "count", "location") for item in inventory.not_used],
            "records": [],
            "schema": SCHEMA,
            "sources": [
                {"kind": s.kind, "location": s.location, "collected_at": s.collected_at.isoformat()}
                for s in inventory.sources
            ],
        }
    )
    before, _, after = head.rpartition(b'"records":[]')
    return b"".join((before, b'"records":[', b",".join(map(_record_bytes, inventory.records)), b"]", after, b"\n"))


def from_value(value: Mapping[str, Any], where: str) -> Collected:
    """What a snapshot holds; a record that no longer fits its digest is a gap, and does not count.

    Raises:
        UnreadableError: It is of a version that this program does not know, or lacks its parts.
    """
    if value.get("schema") != SCHEMA:
        raise UnreadableError(
            f"a snapshot of version {value.get('schema')!r}; this program reads {SCHEMA!r}",
            where=where,
            remedy="Install a newer datarisk",
        )
    try:
        found = [_record(item, where) for item in value["records"]]
        return Collected(
            sources=tuple(_source(item) for item in value["sources"]),
            records=tuple(item for item in found if isinstance(item, Record)),
            gaps=(*(Gap(**item) for item in value["gaps"]), *(item for item in found if isinstance(item, Gap))),
            not_used=tuple(NotUsed(**item) for item in value["not_used"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableError(
            f"a snapshot that lacks one of its parts ({error})", where=where, remedy="Collect the evidence again"
        ) from error


def _record_bytes(record: Record) -> bytes:
    """The record as a canonical object around its canonical value, which sorts last."""
    head = canonical(
        _without_none(record, "agent_id", "agent_name", "kind", "location", "sha256", "source")
        | ({"mended": True} if record.mended else {})
    )
    return b'%s,"value":%s}' % (head[:-1], record.data)


def _record(item: Mapping[str, Any], where: str) -> Record | Gap:
    hints = {name: item[name] for name in ("agent_id", "agent_name") if name in item}
    try:
        record = records.record(item["kind"], item["value"], source=item["source"], location=item["location"], **hints)
    except NotCanonicalError as error:
        return Gap("a record of the snapshot", str(error), location=where)
    if record.sha256 != item["sha256"]:
        what = f"the record read from {item['location']}"
        why = "it does not have the digest that the snapshot gives for it: it was changed after it was collected"
        return Gap(what, why, item.get("agent_id"), where)
    return replace(record, mended=item.get("mended") is True)


def _source(item: Mapping[str, Any]) -> Source:
    collected_at = records.moment(item["collected_at"])
    if collected_at is None:
        raise ValueError("collected_at is no time")
    return Source(item["kind"], item["location"], collected_at)


def _without_none(item: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(item, name) for name in names if getattr(item, name) is not None}
