"""What was read, as the platform means it: Inventory > Agent > SchemaVersion > SpanType > Declaration.

Everything is frozen, and keeps the record that it came from. Whatever a report says later rests on a cell of a
declaration, or on another place in a record; both stand here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from reporter.declared.answer import UNDECLARED as ANSWER_UNDECLARED
from reporter.declared.answer import Answer, Answers
from reporter.declared.observed import Observed
from reporter.declared.platform_risk import PlatformRisk
from reporter.declared.vocabulary import FIELDS, KINDS, PARTS, Kind, Part
from reporter.plain.canonical import step
from reporter.plain.language import natural_order

Json = Any
"""A JSON value that somebody else wrote: dict, list, str, int, float, bool or None."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where evidence came from: a ``file``, ``stdin`` or ``platform``, as it was named, and when (UTC) it was read."""

    kind: str
    location: str
    collected_at: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON value as it was read.

    Attributes:
        kind: The platform's ``type`` (``agent_schema_version`` and so on), or one of ours for what the SDK sends:
            ``registration``, ``schema_registration`` and ``span_types``; ``tools`` and ``agent_card`` for what others
            list.
        source: The location of the source that it was read from.
        location: Where in that source: a file's path and, behind ``#``, the JSON pointer in it; or a request's path.
        data: Its RFC 8785 bytes; ``sha256`` is their digest.
        agent_id: Whose declarations these are, where the record itself names no agent; likewise ``agent_name``.
        mended: Whether text in it that is not Unicode had to be spelled out.
    """

    kind: str
    source: str
    location: str
    data: bytes = field(repr=False)
    sha256: str
    # The digest tells records apart; comparing what is in them would walk all of it.
    value: Json = field(repr=False, compare=False)
    agent_id: str | None = None
    agent_name: str | None = None
    mended: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that could not be read, so that nothing may be concluded from its absence."""

    what: str
    why: str
    agent_id: str | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something in a declaration that the vocabulary has no place for; kept, and a finding of its own.

    Attributes:
        rule: The rule that it falls under (``R01`` and so on, see ``review/evaluation.py``).
        pointer: RFC 6901, from the entry (the span type) that holds it.
        value: The value, verbatim.
    """

    rule: str
    pointer: str
    value: Json


@dataclass(frozen=True, slots=True)
class Declaration:
    """The ``data_risk`` of one entry: a part is None where nobody declared it.

    Attributes:
        parts: What each part says, field by field, with extension fields.
        extra: What else ``data_risk`` holds, verbatim.
        oddities: What was found in it that is outside the vocabulary.
    """

    parts: Mapping[Part, Answers | None]
    extra: Mapping[str, Json]
    oddities: tuple[Oddity, ...] = ()

    def answer(self, part: Part, field: str) -> Answer:
        """What it says to one field; what only others name outside the vocabulary is undeclared here."""
        values = self.parts[part]
        return ANSWER_UNDECLARED if values is None else values.get(field, ANSWER_UNDECLARED)


#: Where nobody declared anything at all, which is not the same as declaring everything unknown.
UNDECLARED = Declaration(parts=dict.fromkeys(PARTS), extra={})


@dataclass(frozen=True, slots=True)
class Hint:
    """What a list of tools says of one, or what stands beside a declaration: it hints, and declares nothing.

    Attributes:
        name: Such as ``readOnlyHint``; ``properties`` are the names of those that its parameters have.
        pointer: RFC 6901, into the record whose digest is beside it; that of a list, or the span type's own.
    """

    name: str
    value: Json
    pointer: str
    record_sha256: str
    schema_version_id: str


@dataclass(frozen=True, slots=True)
class SpanType:
    """One entry of a schema version, of any kind; several may have the same name.

    Attributes:
        title: What people call it, if anything was given.
        schema_version_id: The schema version that holds it, and ``record_sha256`` the digest of the record that does.
        pointer: RFC 6901 into that record, to this entry.
        schemas: The JSON schemas that stand beside the declaration, by the platform's names of the fields that hold
            them; ``keys`` has the names that a list of tools has for these.
        hints: What is said of it and is no declaration, by whichever record; untrusted.
    """

    name: str
    title: str | None
    description: str | None
    kind: Kind
    schema_version_id: str
    record_sha256: str
    pointer: str
    declaration: Declaration = UNDECLARED
    # They may be large, and may hold examples that are personal: no message shows them by accident.
    schemas: Mapping[str, Json] = field(default_factory=dict, repr=False)
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    hints: tuple[Hint, ...] = field(default=(), repr=False)

    def at(self, pointer: str) -> str:
        """A pointer from the entry as one into its record, by the names that the record has."""
        name = pointer[1:].partition("/")[0]
        return f"{self.pointer}/{self.keys.get(name, name)}{pointer[1 + len(name) :]}" if name else self.pointer

    def _decided(self) -> Iterator[bool]:
        # By the vocabulary's fields: what a declaration names besides is none of the 42 that anybody is asked for.
        parts = self.declaration.parts.items()
        return (values[name].decided for part, values in parts if values for name in FIELDS[part])

    @property
    def known_cells(self) -> int:
        """How many of the 42 fields hold a decided value of the vocabulary."""
        return sum(self._decided())

    @property
    def declared_cells(self) -> int:
        """How many of the 42 fields stand in a part that was declared, decided or not."""
        return sum(len(FIELDS[part]) for part, values in self.declaration.parts.items() if values is not None)

    @property
    def assessed(self) -> bool:
        """Whether anybody decided anything: one known cell is enough."""
        return any(self._decided())


@dataclass(frozen=True, slots=True)
class SchemaVersion:
    """One registered schema version, with the record that it came from.

    Attributes:
        span_types: None where only a summary was read, so that its declarations are not known.
        oddities: What was found in it outside its entries; pointers are from the record.
        announced: How many span types its summary says that it has; None where no summary was read.
        listed: Whether it is a list of tools, or an agent card: nobody registered it, and it has no time or pin.
    """

    id: str
    external_identifier: str | None
    inserted_at: datetime | None
    record: Record
    span_types: tuple[SpanType, ...] | None
    oddities: tuple[Oddity, ...] = ()
    announced: int | None = None
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Deployment:
    """An agent in an environment.

    Attributes:
        agent_version_id: The version that is pinned; None where none is.
        schema_version_id: That version's schema version; None where the version was not read.
        environment_id: The environment's; ``environment`` is its name.
        record_sha256: The digest of its record.
        moved_at: Since when it is pinned.
    """

    id: str
    environment: str
    agent_version_id: str | None
    schema_version_id: str | None
    environment_id: str | None = None
    record_sha256: str | None = None
    moved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent and every schema version of it that was read.

    Attributes:
        status: The platform's status, or None where the source has none (files).
        owner: The owner's name and role, if known.
        record_sha256: The digest of the agent's own record, if there is one.
        observed: What was read of its runs; None where nobody asked for them.
        risk: What the platform holds against its declarations, if anything.
    """

    id: str
    name: str
    status: str | None = None
    external_identifier: str | None = None
    description: str | None = None
    owner: str | None = None
    team: str | None = None
    inserted_at: datetime | None = None
    record_sha256: str | None = None
    deployments: tuple[Deployment, ...] = ()
    schema_versions: tuple[SchemaVersion, ...] = ()
    risk: PlatformRisk | None = None
    observed: Observed | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """Whose agents these are."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class NotUsed:
    """What holds no declarations, and of which nothing is kept: instances, spans, alerts; and what was left out.

    Of folders that is ``file`` (no JSON by its name), ``hidden``, ``tools``, ``link``, ``excluded``, ``run``, and
    what reports and checks write (``report``, ``check``, ``baseline``, ``manifest``, ``datarisk``, ``sarif``,
    ``cyclonedx``, ``oscal``, ``dpv``).
    """

    kind: str
    count: int
    location: str


@dataclass(frozen=True, slots=True)
class FactsFile:
    """What the organisation states beside declarations, as it was written; evidence like them, and read elsewhere.

    Attributes:
        path: From the root of its tree; never an absolute one.
        sha256: The digest of its bytes, which are ``text`` in UTF-8.
    """

    path: str
    sha256: str
    text: str


@dataclass(frozen=True, slots=True)
class BaselineFile:
    """What a run needs of the last report to tell what is new since; kept and described as facts are.

    Its ``text`` is canonical JSON, made from the file that was named.
    """

    path: str
    sha256: str
    text: str


@dataclass(frozen=True, slots=True)
class HistoryFile:
    """What a report shows of the runs before it; kept and described as a baseline is."""

    path: str
    sha256: str
    text: str


@dataclass(frozen=True, slots=True)
class Redaction:
    """That evidence is not as it was collected.

    Attributes:
        what: ``agent-names``, ``ids`` and ``owners``, pseudonyms all, and ``samples``, which are left out; sorted.
        findings: How many findings are not found any more, as they rest on what is not there.
    """

    what: tuple[str, ...]
    findings: int = 0


@dataclass(frozen=True, slots=True)
class Inventory:
    """All that one or several sources held, in an order of its own that no source decides."""

    account: Account
    sources: tuple[Source, ...]
    agents: tuple[Agent, ...]
    records: tuple[Record, ...]
    gaps: tuple[Gap, ...]
    not_used: tuple[NotUsed, ...] = ()
    facts: FactsFile | None = None
    baseline: BaselineFile | None = None
    history: HistoryFile | None = None
    redacted: Redaction | None = None


class Cell(NamedTuple):
    """One of the 42 fields of an entry, or one that it names outside the vocabulary.

    A report has millions of them, so that it holds nothing but where it stands; the rest is looked up.
    """

    entry: SpanType
    part: Part
    field: str

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """A JSON Schema describes cells as they are written, several at once."""
        return handler.generate_schema(Fields)

    @property
    def value(self) -> Json:
        """What was declared there, verbatim; None where nothing was."""
        answer = self.entry.declaration.answer(self.part, self.field)
        return answer.value if answer.given else None

    @property
    def pointer(self) -> str:
        """RFC 6901, into the entry's record: where the field stands, or would."""
        return step(f"{self.entry.pointer}/data_risk/{self.part}", self.field)

    @property
    def schema_version_id(self) -> str:
        """That of its entry, like the next three."""
        return self.entry.schema_version_id

    @property
    def kind(self) -> Kind:
        """``span``, ``quality`` or ``alert``."""
        return self.entry.kind

    @property
    def span_type(self) -> str:
        """Its name."""
        return self.entry.name

    @property
    def record_sha256(self) -> str:
        """The digest of the record whose RFC 8785 bytes hold it."""
        return self.entry.record_sha256


@dataclass(frozen=True, slots=True)
class Place:
    """Any other place: in a JSON schema, a name, a whole record.

    Attributes:
        span_type: None, like ``kind``, where it is about a whole schema version.
        pointer: RFC 6901, into the record whose digest is beside it.
    """

    schema_version_id: str
    kind: str | None
    span_type: str | None
    pointer: str
    value: Json
    record_sha256: str


Evidence: TypeAlias = Cell | Place


@dataclass(frozen=True, slots=True)
class Fields:
    """How ``report.json`` writes cells of one part of one entry: by reference to the row that shows their values.

    Attributes:
        anchor: The ``anchor`` of the span type, whose record and pointer it also gives.
        part: The member of it that holds them.
        fields: Their names there.
    """

    anchor: str
    part: Part
    fields: list[str]


def entry_order(entry: SpanType) -> tuple[str, str, tuple[str, str], str, str]:
    """An order of entries that no source decides."""
    return entry.schema_version_id, entry.kind, natural_order(entry.name), entry.record_sha256, entry.pointer


def reading_place(entry: SpanType) -> tuple[str, int, tuple[str, str], str]:
    """Where a reader looks for an entry: by version, then by kind and name, as the platform does not order them."""
    return entry.schema_version_id, KINDS.index(entry.kind), natural_order(entry.name), entry.pointer
