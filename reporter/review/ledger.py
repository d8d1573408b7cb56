"""What a run leaves behind for those that come after it: little, and enough to tell what has become of it since.

``datarisk/history/1``, a run's ``history.json``: of each span type that counts which of its 42 decisions nobody has
made, and of each agent what was found and asked. A trend reads these and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import Field, TypeAdapter, ValidationError

from reporter.declared.model import Account, SchemaVersion, SpanType
from reporter.declared.vocabulary import FIELDS, PARTS, Kind
from reporter.plain.canonical import canonical, digest, without_surrogates
from reporter.review.assessment import Assessed, Assessment
from reporter.review.finding import Certainty
from reporter.review.issues import Status
from reporter.review.previous import BITS, rules_of
from reporter.review.tables import Severity

SCHEMA: Final = "datarisk/history/1"
LEDGER: Final = "history.json"
WHOLE: Final = (1 << len(BITS)) - 1
"""All 42 fields of a span type."""

Exposure = Literal["allowed", "unknown", "disallowed"]
"""What is declared of external communication; ``unknown`` where nobody decided."""
Bits = Annotated[str, Field(pattern="^[0-9a-f]{1,11}$")]
Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
"""ISO 8601 in UTC, to the second, so that texts are in the order of times."""
_Rows = Annotated[str, Field(pattern="^[0-9a-f]+$")]

_EXTERNAL: Final = BITS["action_profile", "external_communication"]


class Row(NamedTuple):
    """A span type as one schema version declares it; a list in JSON.

    Attributes:
        version: The place of its schema version among those of its agent.
        schemas: The beginning of the digest of its JSON schemas, by which it is recognised under another name; empty
            where that is not known.
        undecided: Which of its fields nobody has decided, in hexadecimal: the lowest bit is the first of ``fields``.
        undeclared: Those of them whose part nobody declared at all.
        outside: What it declares of external communication.
    """

    kind: Kind
    name: str
    version: Annotated[int, Field(ge=0)]
    schemas: str
    undecided: Bits
    undeclared: Bits
    outside: Exposure


class Found(NamedTuple):
    """A finding; a list in JSON. ``about`` has a bit for each row that it is about, of the agent as a whole none."""

    id: str
    rule: str
    severity: Severity
    certainty: Certainty
    status: Status
    about: _Rows


class Asked(NamedTuple):
    """A question; a list in JSON."""

    id: str
    key: str
    severity: Severity
    certainty: Certainty
    status: Status


@dataclass(frozen=True, slots=True)
class Version:
    """A schema version that counts; the time is ISO 8601 in UTC."""

    id: str
    inserted_at: Time | None
    environments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgentThen:
    """An agent in scope.

    Attributes:
        registered_at: Before that it had no span types: when it, or the first of its versions, was registered; None
            where that is not known.
    """

    id: str
    name: str
    owner: str | None
    environments: tuple[str, ...]
    registered_at: Time | None
    versions: tuple[Version, ...]
    span_types: tuple[Row, ...]
    findings: tuple[Found, ...]
    questions: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """A run.

    Attributes:
        generated_at: Its clock.
        read_at: When the last of its evidence was read.
        evidence_sha256: The digest of its snapshot.
        rules: The digest of its rules and of how they were switched; None where that is not known.
        scope: What it was about, in the names of the settings.
        fields: Which fields the bits of a row stand for, the lowest first.
    """

    schema: Literal["datarisk/history/1"]
    account: Account
    generated_at: Time
    read_at: Time
    complete: bool
    evidence_sha256: str
    rules: str | None
    scope: str
    fields: tuple[str, ...]
    agents: tuple[AgentThen, ...]


class NoLedgerError(ValueError):
    """What was read is no ledger that this program knows; says why."""


_SHAPE: Final = TypeAdapter(Ledger)
ASKED_FOR: Final = tuple(f"{part}/{name}" for part in PARTS for name in FIELDS[part])


def to_bytes(ledger: Ledger) -> bytes:
    """As it is kept: canonical JSON."""
    return canonical(plain(ledger)) + b"\n"


def plain(ledger: Ledger) -> Any:
    """As JSON values."""
    return without_surrogates(_SHAPE.dump_python(ledger, mode="json"))


def from_bytes(data: bytes) -> Ledger:
    """What was kept; ``NoLedgerError`` where it is none, or one that asks for other decisions."""
    try:
        found = _SHAPE.validate_json(data, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise NoLedgerError(f"{'/'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}") from error
    return checked(found)


def checked(found: Ledger) -> Ledger:
    """The same, if its parts fit together; ``NoLedgerError`` where they do not."""
    if found.fields != ASKED_FOR:
        raise NoLedgerError("it counts other decisions than this program knows")
    for agent in found.agents:
        for row in agent.span_types:
            if row.version >= len(agent.versions) or int(row.undecided, 16) > WHOLE:
                raise NoLedgerError(f"the row of {row.name!r:.80} does not fit")
            if int(row.undeclared, 16) & ~int(row.undecided, 16):
                raise NoLedgerError(f"the row of {row.name!r:.80} contradicts itself")
    return found


def of_run(
    account: Account,
    assessment: Assessment,
    *,
    generated_at: str,
    read_at: str,
    complete: bool,
    scope: str,
    evidence_sha256: str = "",
) -> Ledger:
    """What is kept of a run: of its evidence and settings, and nothing of the machine that it ran on."""
    rules = assessment.catalogue
    asked_for = rules_of(rules.version, rules.sha256, {each.id: each.severity for each in rules.rules.values()})
    agents = tuple(map(_agent, sorted(assessment.agents, key=lambda each: each.agent.id)))
    return Ledger(
        SCHEMA, account, generated_at, read_at, complete, evidence_sha256, asked_for, scope, ASKED_FOR, agents
    )


def time(moment: datetime) -> str:
    """A time as ledgers hold it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _agent(given: Assessed) -> AgentThen:
    agent = given.agent
    versions, rows, places = list[Version](), list[Row](), dict[int, int]()
    for number, item in enumerate(given.scoped.versions):
        versions.append(Version(item.version.id, _moment(item.version), item.environments))
        for entry in item.version.span_types or ():
            places[id(entry)] = len(rows)
            rows.append(_row(entry, number))
    settled = {id(finding) for issue in given.issues if issue.status == "answered" for finding in issue.findings}
    findings = tuple(
        Found(
            each.id,
            each.rule.id,
            each.severity,
            each.certainty,
            "accepted" if each.decision.status == "accepted" else "answered" if id(each) in settled else "open",
            f"{sum({1 << places[id(entry)] for entry in each.entries if id(entry) in places}):x}",
        )
        for each in given.findings
    )
    questions = tuple(
        Asked(each.id, each.question.key, each.severity, each.certainty, each.status) for each in given.issues
    )
    owner = given.facts.owner if given.facts and given.facts.owner else agent.owner
    environments = tuple(dict.fromkeys(name for item in given.scoped.versions for name in item.environments))
    return AgentThen(
        agent.id, agent.name, owner, environments, _registered(given), tuple(versions), tuple(rows), findings, questions
    )


def _registered(given: Assessed) -> str | None:
    """The time before which nobody can have left anything open: only a platform tells of all versions that there are.

    Where a version has no time, it may be older than any other.
    """
    agent = given.agent
    if agent.inserted_at is None:
        return None
    times = [version.inserted_at for version in agent.schema_versions if not version.listed]
    first = min((at for at in times if at), default=None)
    known = first is not None and None not in times
    at = max(agent.inserted_at, first) if first is not None and known else agent.inserted_at
    return time(at)


def _moment(version: SchemaVersion) -> str | None:
    return time(version.inserted_at) if version.inserted_at else None


def _row(entry: SpanType, version: int) -> Row:
    undecided, undeclared, outside = bits(entry)
    return Row(
        entry.kind,
        entry.name,
        version,
        digest(canonical(dict(entry.schemas)))[:12],
        f"{undecided:x}",
        f"{undeclared:x}",
        outside,
    )


def bits(entry: SpanType) -> tuple[int, int, Exposure]:
    """What nobody decided of an entry, what of that nobody declared, and what it says of external communication."""
    return bits_of(entry.declaration.parts)


def bits_of(parts: Mapping[Any, Mapping[str, Any] | None]) -> tuple[int, int, Exposure]:
    """The same of the parts of a declaration, by their names."""
    undecided = undeclared = 0
    for (part, name), bit in BITS.items():
        answers = parts[part]
        if answers is None:
            undeclared |= bit
        elif not answers[name].decided:
            undecided |= bit
    undecided |= undeclared
    if undecided & _EXTERNAL:
        return undecided, undeclared, "unknown"
    actions = parts["action_profile"] or {}
    return undecided, undeclared, "allowed" if actions["external_communication"].meaning == "yes" else "disallowed"


def undecided_of(rows: Iterable[Row]) -> int:
    """What nobody decided in any of these."""
    found = 0
    for row in rows:
        found |= int(row.undecided, 16)
    return found


def ledger_schema() -> dict[str, Any]:
    """The JSON Schema of a ledger."""
    schema = _SHAPE.json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": SCHEMA}
