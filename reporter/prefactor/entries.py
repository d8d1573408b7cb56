"""The entries of one schema version: from what was registered, or listed, to span types and what they declare."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from reporter.declared.answer import Answers, Oddness, answers
from reporter.declared.model import UNDECLARED, Declaration, Gap, Hint, Oddity, Record, SpanType
from reporter.declared.vocabulary import PARTS, Kind, Part
from reporter.plain.canonical import canonical, step
from reporter.plain.language import natural_order
from reporter.prefactor import shapes, tools

# The rules of oddities; the catalogue says them in words.
_ODD: Final[dict[Oddness | None, str]] = {"outside the vocabulary": "R01", "no text": "R02"}
_WRONG_TYPE: Final = "R03"
_TWICE_IN_ONE_LIST: Final = "R04"
_WITHOUT_A_NAME: Final = "R05"
_NAME_BESIDE_ITS_KEY: Final = "R10"


@dataclass(slots=True)
class Entries:
    """The entries of one schema version, with what was odd about their containers, and what is none at all."""

    record: Record
    schema_version_id: str
    agent_id: str
    oddities: list[Oddity] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    _odd: dict[str, tuple[str, int]] = field(default_factory=dict)

    def read(self, body: Any, pointer: str) -> tuple[SpanType, ...]:
        """Those of an object of containers, or of a bare list of span types (or of one), in an order of their own."""
        found: list[SpanType] = []
        if self.record.kind == shapes.SPAN_TYPES:
            found += self._entries({None: body} if isinstance(body, dict) else body, pointer, "span")
        elif self.record.kind in tools.LISTING:
            found += self._listed(body, pointer)
            # One gap for each kind of thing, as lists come from anywhere and may hold a million of it.
            for why, (at, times) in self._odd.items():
                self._gap(f"{at} is {why}{f', and {times - 1:,} more like it' if times > 1 else ''}", at)
        else:
            for name, kind in shapes.ENTRY_FIELDS.items():
                value = body.get(name)
                # The older API had one quality schema and no map of them.
                one = name == "quality_schema" and isinstance(value, dict)
                found += self._entries({None: value} if one else value, step(pointer, name), kind)
            found += self._flat(body, pointer, {entry.name for entry in found if entry.kind == "span"})
        return tuple(sorted(found, key=lambda entry: (entry.kind, natural_order(entry.name), entry.pointer)))

    def _entries(self, container: Any, pointer: str, kind: Kind) -> Iterator[SpanType]:
        items: Iterable[tuple[Any, Any]] = ()
        if isinstance(container, dict):
            items = container.items()
        elif isinstance(container, list):
            items = enumerate(container)
            named = (entry["name"] for entry in container if isinstance(entry, dict) and "name" in entry)
            times = Counter(name if isinstance(name, str) else canonical(name).decode() for name in named)
            twice = sorted(name for name, count in times.items() if count > 1)
            self.oddities += [Oddity(_TWICE_IN_ONE_LIST, pointer, name) for name in twice]
        elif container is not None:
            self._gap(f"{pointer} is {shapes.describe(container)}, not a list or map of {kind} schemas", pointer)
        for key, value in items:
            at = pointer if key is None else step(pointer, key)
            if isinstance(value, dict):
                yield self._entry(value, key if isinstance(key, str) else None, at, kind)
            else:
                self._gap(f"{at} is {shapes.describe(value)}, not a {kind} schema", at)

    def _entry(self, value: dict[str, Any], key: str | None, pointer: str, kind: Kind) -> SpanType:
        name = value.get("name") if key is None else key
        if key is not None and value.get("name", key) != key:
            self.oddities.append(Oddity(_NAME_BESIDE_ITS_KEY, step(pointer, "name"), value["name"]))
        if not isinstance(name, str) or not name:
            self.oddities.append(Oddity(_WITHOUT_A_NAME, step(pointer, "name"), value.get("name")))
            name = "(no name)"
        return SpanType(
            name=name,
            title=_text(value.get("title")),
            description=_text(value.get("description")),
            kind=kind,
            schema_version_id=self.schema_version_id,
            record_sha256=self.record.sha256,
            pointer=pointer,
            declaration=declaration(value.get("data_risk")),
            schemas={name: value[name] for name in shapes.JSON_SCHEMAS if isinstance(value.get(name), dict)},
            hints=self._hints(tools.annotated(value, pointer) if kind == "span" else ()),
        )

    def _listed(self, body: Any, pointer: str) -> Iterator[SpanType]:
        """The tools of a list, or the skills of a card."""
        word = "tool"
        if self.record.kind == tools.CARD:
            body, pointer, word = body.get("skills"), step(pointer, "skills"), "skill"
        if not isinstance(body, dict | list):
            self._gap(f"{pointer} is {shapes.describe(body)}, not a list of {word}s", pointer)
            return
        names: Counter[str] = Counter()
        for at, value in [(pointer, body)] if isinstance(body, dict) else enumerated(body, pointer):
            if isinstance(value, dict):
                entry = self._tool(tools.listed(self.record.kind, value), at)
                names[entry.name] += 1
                yield entry
            else:
                self._note(f"{shapes.describe(value)}, not a {word}", at)
        self.oddities += [Oddity(_TWICE_IN_ONE_LIST, pointer, name) for name in sorted(names) if names[name] > 1]

    def _tool(self, item: tools.Listed, at: str) -> SpanType:
        pointer, name = f"{at}{item.pointer}", item.name
        if not isinstance(name, str) or not name:
            self.oddities.append(Oddity(_WITHOUT_A_NAME, step(pointer, "name"), name))
            name = "(no name)"
        for below, said in item.wrong:
            self._note(f"{shapes.describe(said)}, which is no hint", f"{at}{below}")
        return SpanType(
            name=name,
            title=_text(item.title),
            description=_text(item.inner.get("description")),
            kind="span",
            schema_version_id=self.schema_version_id,
            record_sha256=self.record.sha256,
            pointer=pointer,
            declaration=declaration(item.inner.get("data_risk")),
            schemas=item.schemas,
            keys={key: name for key, name in item.keys.items() if key != name},
            hints=self._hints((name, f"{at}{below}", said) for name, below, said in item.hints),
        )

    def _note(self, why: str, at: str) -> None:
        first, times = self._odd.get(why, (at, 0))
        self._odd[why] = first, times + 1

    def _hints(self, found: Iterable[tuple[str, str, Any]]) -> tuple[Hint, ...]:
        return tuple(Hint(name, said, at, self.record.sha256, self.schema_version_id) for name, at, said in found)

    def _flat(self, body: Mapping[str, Any], pointer: str, declared: set[str]) -> Iterator[SpanType]:
        """Span types that only the flat maps name: they have no declaration."""
        for flat in shapes.FLAT_FIELDS:
            names, at = body.get(flat), step(pointer, flat)
            if names is not None and not isinstance(names, dict):
                self._gap(f"{at} is {shapes.describe(names)}, not a map of JSON schemas", at)
                continue
            for name in names or ():
                if name not in declared:
                    declared.add(name)
                    yield self._entry({}, name, step(at, name), "span")

    def _gap(self, why: str, pointer: str) -> None:
        what, between = "a declaration could not be read", "#"
        if self.record.kind in tools.LISTING:
            # What is not at the root of its file has a pointer already, which goes on.
            what, between = "a part of a list could not be read", "" if "#/" in self.record.location else "#"
        location = f"{self.record.location}{between}{pointer}"
        self.gaps.append(Gap(what, why, self.agent_id, location))


def enumerated(items: list[Any], pointer: str) -> Iterator[tuple[str, Any]]:
    """The items of a list, each with its pointer."""
    return ((step(pointer, index), item) for index, item in enumerate(items))


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
        return Declaration(UNDECLARED.parts, {}, (Oddity(_WRONG_TYPE, "/data_risk", risk),))
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
            oddities.append(Oddity(_WRONG_TYPE, f"/data_risk/{part}", values))
    extra = {key: value for key, value in risk.items() if key not in parts}
    return Declaration(parts, extra, tuple(oddities))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
