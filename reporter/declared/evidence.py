"""What anything that a report says rests on: a field of a declaration, or another place in a record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from reporter.declared.model import Json, SpanType
from reporter.declared.vocabulary import Kind, Part
from reporter.plain.canonical import step


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


def entry_order(entry: SpanType) -> tuple[str, str, str, str, str]:
    """An order of entries that no source decides."""
    return entry.schema_version_id, entry.kind, entry.name, entry.record_sha256, entry.pointer
