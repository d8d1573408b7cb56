"""One finding: what it is about, what it rests on, what tells it apart, and what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from reporter.declared.flows import ALL_FIELDS, Field, categories, in_order
from reporter.declared.model import Agent, Cell, Evidence, Json, Place, SpanType
from reporter.declared.vocabulary import in_groups
from reporter.plain.canonical import canonical, digest
from reporter.plain.language import Message
from reporter.plain.memory import Lazily
from reporter.review.catalogue import Provision, Rule
from reporter.review.tables import UNANSWERED, Asked, Severity
from reporter.review.waivers import OPEN, Decision

Certainty = Literal["declared", "possible"]
DECLARED: Final = "declared"
POSSIBLE: Final = "possible"
NOT_ASSESSED: Final = "not_assessed"
RestsOn = Callable[[SpanType], Iterable[Field]]
"""The fields of an entry's declaration that a finding rests on; worked out when somebody asks."""


class Newly(NamedTuple):
    """A rule that a span type newly meets: its id and title, since which schema version, and against what.

    Attributes:
        told: The time of the report that said so first, ISO 8601; None where this one does.
    """

    rule: str
    title: str
    kind: str
    span_type: str
    since: str
    against: Message
    told: str | None = None


class Finding(NamedTuple):
    """What one rule puts up for review about one agent.

    Attributes:
        severity: The worst that it may be, whatever the missing answers are.
        certainty: Whether it is that severe by what was declared, or may be.
        declared: The entries of which it is declared, ``possible`` those of which it cannot be ruled out.
        rests_on: Which fields of their declarations.
        found: What else it rests on: JSON schemas, records, names.
        alone: Those of the declared entries in which only what flows out makes it so.
        concerned: The categories, where fields do not say them.
        terms: What its rule does not name: fields, levels, environments, documents.
        newly: The rules that are newly met, where it is about that.
        decision: What waivers make of it, and of each entry by its name where they are about some alone.
    """

    rule: Rule
    agent: Agent
    severity: Severity
    certainty: Certainty
    declared: tuple[SpanType, ...] = ()
    possible: tuple[SpanType, ...] = ()
    rests_on: RestsOn = lambda _: ()
    found: tuple[Place, ...] = ()
    alone: tuple[SpanType, ...] = ()
    concerned: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    newly: tuple[Newly, ...] = ()
    decision: Decision = OPEN
    accepted: Mapping[str, str] = MappingProxyType({})

    @property
    def id(self) -> str:
        """A fingerprint: without versions, places and values, so that it outlives a new registration."""
        return fingerprint(self.rule.id, self.agent.id)

    @property
    def entries(self) -> tuple[SpanType, ...]:
        """All that it is about."""
        return self.declared + self.possible

    @property
    def asked(self) -> Asked:
        """The question that it belongs to: what nobody declared is asked of whoever has not answered."""
        return UNANSWERED if self.possible and not (self.declared or self.found) else self.rule.issue

    @property
    def provisions(self) -> list[Provision]:
        """Those of its rule that need no further fact; those of the very data that are declared come first."""
        fields = {field for entry in self.declared for field in self.rests_on(entry) if _included(entry, field)}
        named = {*categories(fields), *self.concerned} if self.declared else set()
        given = self.rule.provisions
        told = [each for each in given if each.about and named.intersection(in_groups(each.about))]
        return [*told, *(each for each in given if each.only_if is None)]

    def basis(self) -> Basis:
        """What it rests on. Most runs ask this of few findings, and it costs more than finding them: it is not kept."""
        return Basis(self)

    def of(self, name: str) -> Finding:
        """The same about the entries of one name alone."""
        declared = tuple(each for each in self.declared if each.name == name)
        possible = tuple(each for each in self.possible if each.name == name)
        found = tuple(each for each in self.found if each.span_type == name)
        return self._replace(declared=declared, possible=possible, found=found)


class Basis:
    """What a finding rests on, each part of it worked out when it is asked for."""

    __slots__ = ("_declared", "_finding", "_possible")

    def __init__(self, finding: Finding) -> None:
        self._finding = finding
        # Of an entry that says nothing every field is the same: one of them shows it, all of them would hide it.
        silent = finding.rule.check == NOT_ASSESSED
        self._declared, self._possible = (
            [(entry, ALL_FIELDS[:1] if silent else in_order(frozenset(finding.rests_on(entry)))) for entry in some]
            for some in (finding.declared, finding.possible)
        )

    @property
    def categories(self) -> list[str]:
        """None in particular where nothing at all is assessed."""
        asked = self._finding.rule.check != NOT_ASSESSED
        named = categories(field for _, fields in self._places for field in fields) if asked else []
        return [*named, *(name for name in self._finding.concerned if name not in named)]

    @property
    def _places(self) -> list[tuple[SpanType, tuple[Field, ...]]]:
        return self._declared + self._possible

    @property
    def evidence(self) -> Sequence[Evidence]:
        """The fields that make it so; of what is only possible, one missing answer of each span type."""
        # Each of many span types leaves much open: one missing answer of each shows that, all of them would hide it.
        number = sum(len(fields) for _, fields in self._declared) + len(self._possible) + len(self._finding.found)
        return Lazily[Evidence](number, self._evidence)

    def _evidence(self) -> Iterator[Evidence]:
        yield from _cells(self._declared)
        yield from (_first_open(entry, fields) for entry, fields in self._possible)
        yield from self._finding.found

    @property
    def value_sha256(self) -> str:
        """The digest of all that was declared there: another answer makes another digest."""
        return _value_sha256(_cells(self._places), self._finding.found)


def _included(entry: SpanType, field: Field) -> bool:
    return entry.declaration.answer(*field).meaning == "yes"


def fingerprint(*parts: object) -> str:
    """Sixteen hexadecimal digits that stand for these parts."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _cells(places: Iterable[tuple[SpanType, Sequence[Field]]]) -> list[Cell]:
    return [Cell(entry, *field) for entry, fields in places for field in fields]


def _first_open(entry: SpanType, fields: Sequence[Field]) -> Cell:
    return Cell(entry, *next((field for field in fields if not entry.declaration.answer(*field).decided), fields[0]))


def _value_sha256(cells: Iterable[Cell], found: Iterable[Place]) -> str:
    """Names and values, without places, which move when others are added; each once, whatever its versions are."""
    told = {(cell.kind, cell.span_type, cell.part, cell.field, _told(cell.value)) for cell in cells}
    other = {(item.kind or "", item.span_type or "", _below(item), _told(item.value)) for item in found}
    return digest(canonical([sorted(map(list, told)), sorted(map(list, other))]))


def _told(declared: Json) -> str:
    """One text for one value; that of a text is no other value's."""
    return f'"{declared}' if isinstance(declared, str) else canonical(declared).decode()


def _below(item: Place) -> str:
    """Where something stands in its entry: the entry's own place moves when others are added."""
    head, found, rest = item.pointer.partition("/data_risk")
    return f"{found}{rest}" if found else head.rpartition("/")[2]
