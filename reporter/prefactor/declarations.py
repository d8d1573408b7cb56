"""From a schema version's record to its entries and their declarations, verbatim and leniently.

Whatever the vocabulary has no place for is kept where it stood and named as an oddity; nothing is dropped.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from reporter.declared.answer import Answers, Oddness, answers
from reporter.declared.model import UNDECLARED, Declaration, Gap, Oddity, Record, SpanType
from reporter.declared.vocabulary import PARTS, Kind, Part
from reporter.plain.canonical import canonical, step
from reporter.prefactor.shapes import ENTRY_FIELDS, FLAT_FIELDS, JSON_SCHEMAS, SPAN_TYPES, describe

_NO_NAME = "(no name)"

OUTSIDE_VOCABULARY = "R01"
NOT_AN_ANSWER = "R02"
WRONG_TYPE = "R03"
TWICE_IN_ONE_LIST = "R04"
WITHOUT_A_NAME = "R05"
NAME_BESIDE_ITS_KEY = "R10"

_ODD: dict[Oddness | None, str] = {"outside the vocabulary": OUTSIDE_VOCABULARY, "no text": NOT_AN_ANSWER}


class Entries:
    """The entries of one schema version, collected container by container.

    Attributes:
        found: Every entry, in an order that does not depend on the order of a map's keys.
        oddities: What was odd about the containers; pointers are from the record.
        gaps: What could not be read as an entry at all.
    """

    def __init__(self, record: Record, schema_version_id: str, agent_id: str) -> None:
        self.found: tuple[SpanType, ...] = ()
        self.oddities: list[Oddity] = []
        self.gaps: list[Gap] = []
        self._record = record
        self._schema_version_id = schema_version_id
        self._agent_id = agent_id

    def read(self, container: Any, pointer: str) -> Entries:
        """Reads the object that holds the containers, or a bare list of span types (or one of them)."""
        found: list[SpanType] = []
        if self._record.kind == SPAN_TYPES:
            whole = {None: container} if isinstance(container, dict) else container
            found += self._entries(whole, pointer, "span")
        else:
            for name, kind in ENTRY_FIELDS.items():
                found += self._entries(self._one_or_many(name, container), step(pointer, name), kind)
            found += self._flat(container, pointer, {entry.name for entry in found if entry.kind == "span"})
        self.found = tuple(sorted(found, key=lambda entry: (entry.kind, entry.name, entry.pointer)))
        return self

    def _one_or_many(self, name: str, container: Mapping[str, Any]) -> Any:
        """The older API had one quality schema and no map of them."""
        value = container.get(name)
        return {None: value} if name == "quality_schema" and isinstance(value, dict) else value

    def _entries(self, container: Any, pointer: str, kind: Kind) -> Iterator[SpanType]:
        items: Iterator[tuple[Any, Any]]
        if container is None:
            return
        if isinstance(container, dict):
            items = iter(container.items())
        elif isinstance(container, list):
            items = iter(enumerate(container))
            self._note_duplicates(container, pointer)
        else:
            self._gap(f"{pointer} is {describe(container)}, not a list or map of {kind} schemas", pointer)
            return
        for key, value in items:
            at = pointer if key is None else step(pointer, key)
            if isinstance(value, dict):
                yield self._entry(value, key if isinstance(key, str) else None, at, kind)
            else:
                self._gap(f"{at} is {describe(value)}, not a {kind} schema", at)

    def _entry(self, value: dict[str, Any], key: str | None, pointer: str, kind: Kind) -> SpanType:
        name = value.get("name") if key is None else key
        if key is not None and value.get("name", key) != key:
            self.oddities.append(Oddity(NAME_BESIDE_ITS_KEY, step(pointer, "name"), value["name"]))
        if not isinstance(name, str) or not name:
            self.oddities.append(Oddity(WITHOUT_A_NAME, step(pointer, "name"), value.get("name")))
            name = _NO_NAME
        return SpanType(
            name=name,
            title=_text(value.get("title")),
            description=_text(value.get("description")),
            kind=kind,
            schema_version_id=self._schema_version_id,
            record_sha256=self._record.sha256,
            pointer=pointer,
            declaration=declaration(value.get("data_risk")),
            schemas={name: value[name] for name in JSON_SCHEMAS if isinstance(value.get(name), dict)},
        )

    def _flat(self, container: Mapping[str, Any], pointer: str, declared: set[str]) -> Iterator[SpanType]:
        """Span types that only the flat maps name: they have no declaration."""
        for field in FLAT_FIELDS:
            names = container.get(field)
            if names is not None and not isinstance(names, dict):
                at = step(pointer, field)
                self._gap(f"{at} is {describe(names)}, not a map of JSON schemas", at)
                continue
            for name in names or ():
                if name not in declared:
                    declared.add(name)
                    yield self._entry({}, name, step(step(pointer, field), name), "span")

    def _note_duplicates(self, entries: list[Any], pointer: str) -> None:
        found = (entry["name"] for entry in entries if isinstance(entry, dict) and "name" in entry)
        names = Counter(name if isinstance(name, str) else canonical(name).decode() for name in found)
        for name in sorted(name for name, times in names.items() if times > 1):
            self.oddities.append(Oddity(TWICE_IN_ONE_LIST, pointer, name))

    def _gap(self, why: str, pointer: str) -> None:
        location = f"{self._record.location}#{pointer}"
        self.gaps.append(Gap("a declaration could not be read", why, self._agent_id, location))


def declaration(risk: Any) -> Declaration:
    """The declaration that a ``data_risk`` value makes; pointers of oddities are from the entry that holds it.

    What is odd is shown as it stands, so its keys are put into canonical order first: the order that a source happened
    to write them in is no part of the evidence.
    """
    found = _declaration(risk)
    return _declaration(json.loads(canonical(risk))) if found.oddities or found.extra else found


def _declaration(risk: Any) -> Declaration:
    if risk is None:
        return UNDECLARED
    if not isinstance(risk, dict):
        return Declaration(UNDECLARED.parts, {}, (Oddity(WRONG_TYPE, "/data_risk", risk),))
    parts: dict[Part, Answers | None] = dict(UNDECLARED.parts)
    oddities: list[Oddity] = []
    for part in PARTS:
        values = risk.get(part)
        if isinstance(values, dict):
            said = parts[part] = answers(part, values)
            oddities += (
                Oddity(_ODD[said[name].odd], step(f"/data_risk/{part}", name), said[name].value)
                for name in values
                if said[name].odd
            )
        elif values is not None:
            oddities.append(Oddity(WRONG_TYPE, f"/data_risk/{part}", values))
    extra = {key: value for key, value in risk.items() if key not in parts}
    return Declaration(parts, extra, tuple(oddities))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
