"""Our own evidence: every record as it was read, in canonical JSON, enough to make every other file again.

``datarisk/snapshot/1`` is an object of ``account``, ``sources``, ``gaps``, ``not_used`` and ``records``; each record
holds its value and the digest of the value's RFC 8785 bytes. Where the organisation states ``facts``, their file stands
in it as well, word by word, and so does what a report needs of its ``baseline`` and of the runs before it
(``history``). Evidence for hand-over says what of it is ``redacted``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, NotRequired

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from reporter.declared.model import (
    BaselineFile,
    FactsFile,
    Gap,
    HistoryFile,
    Inventory,
    NotUsed,
    Record,
    Redaction,
    Source,
)
from reporter.errors import UnreadableError
from reporter.plain.canonical import NotCanonicalError, canonical, digest, without_surrogates
from reporter.plain.mistakes import in_words
from reporter.plain.times import moment
from reporter.prefactor import records, shapes
from reporter.prefactor.records import Collected

SCHEMA: Final = "datarisk/snapshot/1"
A_PART: Final = "a part of the snapshot"
"""What is missing where something in a snapshot is not as it should be, other than a record."""

_NEVER: Final = datetime.min.replace(tzinfo=UTC)


def _time(given: str) -> str:
    if moment(given) is None:
        raise ValueError("not an ISO 8601 time")
    return given


class _Account(TypedDict):
    id: str
    name: str


class _Source(TypedDict):
    kind: str
    location: str
    collected_at: Annotated[str, AfterValidator(_time)]


class _Gap(TypedDict):
    what: str
    why: str
    agent_id: NotRequired[str]
    location: NotRequired[str]


class _NotUsed(TypedDict):
    kind: str
    count: Annotated[int, Field(ge=0, le=2**53 - 1)]
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


class _File(TypedDict):
    path: str
    sha256: str
    text: str


class _Redaction(TypedDict):
    what: list[Literal["agent-names", "ids", "owners", "samples"]]
    findings: Annotated[int, Field(ge=0, le=2**53 - 1)]


class _Snapshot(TypedDict):
    schema: str
    redacted: NotRequired[_Redaction]
    facts: NotRequired[_File]
    baseline: NotRequired[_File]
    history: NotRequired[_File]
    account: _Account
    sources: list[_Source]
    gaps: list[_Gap]
    not_used: list[_NotUsed]
    records: list[_Record]


def snapshot_schema() -> dict[str, Any]:
    """The JSON Schema of a snapshot."""
    schema = TypeAdapter(_Snapshot).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": SCHEMA}


def is_snapshot(value: Any) -> bool:
    """Whether a JSON value says that it is a snapshot, of whichever version."""
    return isinstance(value, dict) and str(value.get("schema")).startswith("datarisk/snapshot/")


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
            **({"redacted": asdict(inventory.redacted)} if inventory.redacted else {}),
            **({"facts": asdict(inventory.facts)} if inventory.facts else {}),
            **({"baseline": asdict(inventory.baseline)} if inventory.baseline else {}),
            **({"history": asdict(inventory.history)} if inventory.history else {}),
            "sources": [
                {"kind": s.kind, "location": s.location, "collected_at": s.collected_at.isoformat()}
                for s in inventory.sources
            ],
        }
    )
    # Evidence may be a gigabyte; to encode it once more would take its time and memory again.
    before, _, after = head.rpartition(b'"records":[]')
    return b"".join((before, b'"records":[', b",".join(map(_record_bytes, inventory.records)), b"]", after, b"\n"))


def from_value(value: Mapping[str, Any], where: str, pointer: str = "") -> Collected:
    """What a snapshot in a file holds; a part that is not as it should be is a gap, does not count, and costs no other.

    Raises ``UnreadableError`` for a version that this program does not know.
    """
    if value.get("schema") != SCHEMA:
        raise UnreadableError(
            f"a snapshot of version {value.get('schema')!r}; this program reads {SCHEMA!r}",
            where=where,
            remedy="Install a newer datarisk",
        )
    wrong: list[Gap] = []
    lacks = [] if isinstance(value.get("account"), dict) else ["account"]

    def note(why: str, at: str) -> None:
        place = f"{pointer}{at}"
        wrong.append(Gap(A_PART, why, location=f"{where}#{place}" if place else where))

    def items(name: str, shape: type[Any]) -> Iterator[Any]:
        """Those of a list that are as they should be, without what their shape does not name."""
        strict = TypeAdapter(with_config(ConfigDict(strict=True))(shape))
        found = value.get(name)
        if not isinstance(found, list):
            lacks.append(name)
            return
        for number, item in enumerate(found):
            mended = item
            if isinstance(item, dict):
                # Other than a record's value, which says itself that it was mended.
                mended = {key: each if key == "value" else without_surrogates(each) for key, each in item.items()}
            try:
                yield strict.validate_python(mended)
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                at = "".join(f"/{part}" for part in (name, number, *first["loc"]))
                note(f"{at}: {in_words(first, 'an object')}", at)

    # Anybody may have edited it: each item stands for itself, so that one slip does not cost the rest.
    read = [_record(item, where) for item in items("records", _Record)]
    found = Collected(
        sources=tuple(
            Source(item["kind"], item["location"], moment(item["collected_at"]) or _NEVER)
            for item in items("sources", _Source)
        ),
        records=tuple(item for item in read if isinstance(item, Record)),
        gaps=tuple(Gap(**item) for item in items("gaps", _Gap)),
        not_used=tuple(NotUsed(**item) for item in items("not_used", _NotUsed)),
        facts=tuple(FactsFile(**each) for each in _file(value, "facts")),
        baselines=tuple(BaselineFile(**each) for each in _file(value, "baseline")),
        histories=tuple(HistoryFile(**each) for each in _file(value, "history")),
        kept=True,
        redacted=tuple(_redacted(value)),
    )
    for name, why in _not_as_kept(value, found):
        note(why, f"/{name}")
    if lacks:
        note(f"a snapshot that lacks one of its parts ({', '.join(lacks)}). Collect the evidence again", "")
    return replace(found, gaps=(*found.gaps, *(item for item in read if isinstance(item, Gap)), *wrong))


def records_changed(value: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Each record of a snapshot that is not the one that was collected, as it stands there, and why it is not."""
    strict = TypeAdapter(with_config(ConfigDict(strict=True))(_Record))
    given = value.get("records")
    for item in given if isinstance(given, list) else ():
        with suppress(ValidationError):  # what is no record at all is a part of its own
            if isinstance(read := _record(strict.validate_python(item), ""), Gap):
                yield item, read.why


def _not_as_kept(value: Mapping[str, Any], found: Collected) -> Iterator[tuple[str, str]]:
    """What stands beside the records and is none that a snapshot was given."""
    for name, whole, why in (
        ("facts", found.facts, "facts that were changed after they were collected, or never were any"),
        ("baseline", found.baselines, "a baseline that was changed after it was kept, or never was any"),
        ("history", found.histories, "a history that was changed after it was kept, or never was any"),
        ("redacted", found.redacted, "it says that names are not as they were collected, and not which"),
    ):
        if name in value and not whole:
            yield name, why


def _record_bytes(record: Record) -> bytes:
    """The record as a canonical object around its canonical value, which sorts last."""
    head = canonical(
        _without_none(record, "agent_id", "agent_name", "kind", "location", "sha256", "source")
        | ({"mended": True} if record.mended else {})
    )
    return b'%s,"value":%s}' % (head[:-1], record.data)


def _file(value: Mapping[str, Any], name: str) -> list[_File]:
    """A file that is kept beside the records; none if it is not what the snapshot was given."""
    try:
        item = TypeAdapter(with_config(ConfigDict(strict=True))(_File)).validate_python(value.get(name))
        same = digest(item["text"].encode()) == item["sha256"]
    except (ValidationError, UnicodeEncodeError):
        return []
    return [item] if same else []


def _redacted(value: Mapping[str, Any]) -> Iterator[Redaction]:
    with suppress(ValidationError):
        item = TypeAdapter(with_config(ConfigDict(strict=True))(_Redaction)).validate_python(value.get("redacted"))
        yield Redaction(tuple(sorted(set(item["what"]))), item["findings"])


def _record(item: _Record, where: str) -> Record | Gap:
    agent_id = item.get("agent_id")
    what = f"the record read from {item['location']}"
    if not shapes.fits(item["kind"], item["value"]):
        why = f"a record of type {item['kind'][:80]!r} is not made like this, or not known to this program"
        return Gap(what, why, agent_id, where)
    try:
        source, location, name = item["source"], item["location"], item.get("agent_name")
        record = records.record(
            item["kind"], item["value"], source=source, location=location, agent_id=agent_id, agent_name=name
        )
    except NotCanonicalError as error:
        return Gap("a record of the snapshot", str(error), location=where)
    if record.kind == shapes.OBSERVED and record.value != item["value"]:
        return Gap(
            what, "it holds more than is ever kept of runs, and was changed after it was collected", agent_id, where
        )
    # The snapshot lies in a folder that anybody may write to; a digest is no signature, but it tells of a slip.
    if record.sha256 != item["sha256"]:
        why = "it does not have the digest that the snapshot gives for it: it was changed after it was collected"
        return Gap(what, why, agent_id, where)
    # What was mended then is whole text now, so only the snapshot knows of it.
    return replace(record, mended=item.get("mended") is True)


def _without_none(item: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(item, name) for name in names if getattr(item, name) is not None}
