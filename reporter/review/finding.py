"""One finding: what it is about, what it rests on, and what tells it apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, Literal, NamedTuple

from reporter.declared.facts import Field, categories, in_order, pointer, value
from reporter.declared.model import Json, SpanType
from reporter.plain.canonical import canonical, digest
from reporter.plain.memory import Lazily
from reporter.review.catalogue import Rule, Severity
from reporter.review.reading import FindingEvidence, fingerprint

Certainty = Literal["declared", "cannot rule out"]
DECLARED: Final = "declared"
UNDECIDED: Final = "cannot rule out"
NOT_ASSESSED: Final = "not_assessed"
RestsOn = Callable[[SpanType], Iterable[Field]]
"""The fields of an entry's declaration that a finding rests on; worked out when somebody asks."""
_Places = Sequence[tuple[SpanType, tuple[Field, ...]]]


class Basis(NamedTuple):
    """What a finding rests on.

    Attributes:
        categories: None in particular where nothing at all is assessed.
        evidence: The fields that make it so; of what cannot be ruled out, one missing answer of each span type.
        value_sha256: The digest of all that was declared there: another answer makes another digest.
    """

    categories: list[str]
    evidence: Sequence[FindingEvidence]
    value_sha256: str


class Finding(NamedTuple):
    """Something that triggers a review.

    Attributes:
        key: What tells it apart from others of its rule and agent.
        entry: The span type that it is about; None where it is about an agent as a whole.
        entries: The span types whose declarations it rests on.
        rests_on: Which of their fields.
        found: What else it rests on: JSON schemas, records, names.
        result_alone: Whether only what flows out makes it so.
        concerned: The categories, where fields do not say them.
    """

    rule: Rule
    agent_id: str
    certainty: Certainty
    severity: Severity
    key: tuple[str, ...]
    entry: SpanType | None = None
    entries: tuple[SpanType, ...] = ()
    rests_on: RestsOn = lambda _: ()
    found: tuple[FindingEvidence, ...] = ()
    result_alone: bool = False
    concerned: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """A fingerprint: without versions, places and values, so that it outlives a new registration."""
        return fingerprint(self.rule.id, self.agent_id, *self.key)

    def basis(self) -> Basis:
        """What it rests on; worked out anew each time."""
        places = [(entry, in_order(frozenset(self.rests_on(entry)))) for entry in self.entries]
        named = [] if self.rule.check == NOT_ASSESSED else categories(field for _, fields in places for field in fields)
        return Basis(
            [*named, *(name for name in self.concerned if name not in named)],
            self._evidence(places),
            _value_sha256(places, self.found),
        )

    def _evidence(self, places: _Places) -> Sequence[FindingEvidence]:
        if self.certainty == DECLARED:
            found = self.found
            number = sum(len(fields) for _, fields in places) + len(found)
            return Lazily(number, lambda: chain((_evidence(*at) for at in _each(places)), found))
        return Lazily(len(places), lambda: (_evidence(entry, _first_open(entry, fields)) for entry, fields in places))


def _each(places: _Places) -> Iterator[tuple[SpanType, Field]]:
    return ((entry, field) for entry, fields in places for field in fields)


def _value_sha256(places: _Places, found: Iterable[FindingEvidence]) -> str:
    told = {(entry.kind, entry.name, *field, _told(value(entry, field))) for entry, field in _each(places)}
    other = {(item.kind or "", item.span_type or "", _below(item), _told(item.value)) for item in found}
    return digest(canonical([sorted(map(list, told)), sorted(map(list, other))]))


def _told(declared: Json) -> str:
    """One text for one value; that of a text is no other value's."""
    return f'"{declared}' if isinstance(declared, str) else canonical(declared).decode()


def _first_open(entry: SpanType, fields: Sequence[Field]) -> Field:
    return next((field for field in fields if not entry.declaration.answer(*field).decided), fields[0])


def _below(item: FindingEvidence) -> str:
    """Where something stands in its entry: the entry's own place moves when others are added."""
    head, found, rest = item.pointer.partition("/data_risk")
    return f"{found}{rest}" if found else head.rpartition("/")[2]


def _evidence(entry: SpanType, field: Field) -> FindingEvidence:
    at, declared = pointer(entry, field), value(entry, field)
    return FindingEvidence(entry.schema_version_id, entry.kind, entry.name, at, declared, entry.record_sha256)
