"""A walk through a JSON schema that somebody else wrote, place by place.

Every shape is taken: what is of the wrong type is passed over, a circle of references is walked once, and depth and
number of places are bounded. The order of keys makes no difference, not even to what lies beyond a bound.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from reporter.plain.canonical import step
from reporter.review.lint.lexicon import lexicon
from reporter.review.lint.words import tokens

MAX_DEPTH: Final = 40
MAX_PLACES: Final = 5_000
#: How many references and alternatives are looked at to tell what a property may be, and how far one leads to another.
_MAX_LOOKS: Final = 32
_MAX_HOPS: Final = 6

#: One schema stands behind these, or a list of schemas, as in the older form of ``items``.
_ONE: Final = frozenset(
    {
        "items",
        "additionalItems",
        "unevaluatedItems",
        "contains",
        "additionalProperties",
        "unevaluatedProperties",
        "propertyNames",
        "if",
        "then",
        "else",
        "prefixItems",
        "allOf",
        "anyOf",
        "oneOf",
    }
)
#: Behind these stand schemas by a name that is no property's, or by a pattern. ``not`` says what is not there.
_NAMED: Final = frozenset({"patternProperties", "dependentSchemas"})
#: Here and in _NAMED, what stands behind is a name, whatever it is called.
_BY_NAME: Final = frozenset({"properties", "$defs", "definitions"} | _NAMED)
#: Where a schema gives values, and whether that is a list of them. A value is no schema, whatever it looks like.
GIVEN: Final = {"examples": True, "enum": True, "default": False, "const": False, "example": False}
_LEADING_ON: Final = frozenset({"properties", "$ref"} | _ONE | _NAMED)
_ALTERNATIVES: Final = ("anyOf", "oneOf", "allOf")


class Place(NamedTuple):
    """One subschema.

    Attributes:
        pointer: RFC 6901 to it, from the entry.
        node: The subschema itself.
        name: The property that it describes, or an item or alternative of which it describes; None at the root.
        is_property: Whether it stands in ``properties``, not deeper in what a property holds.
        under: The words in the names of the properties around it.
        beside: The words in the names of the properties of the same object.
        depth: How many steps it is from the root.
    """

    pointer: str
    node: Mapping[str, Any]
    name: str | None = None
    is_property: bool = False
    under: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    depth: int = 0


def places(schema: Any, pointer: str) -> Iterator[Place]:
    """Every place of a schema that stands at ``pointer``, the nearest first; definitions where they are referred to."""
    if not isinstance(schema, dict):
        return
    waiting = deque([Place(pointer, schema)])
    seen = {pointer}
    while waiting:
        place = waiting.popleft()
        yield place
        if place.depth >= MAX_DEPTH:
            continue
        for inner in _inside(place, schema, pointer):
            if len(seen) >= MAX_PLACES:
                break
            if inner.pointer not in seen:
                seen.add(inner.pointer)
                waiting.append(inner)


def alternatives(node: Mapping[str, Any], root: Any) -> list[Mapping[str, Any]]:
    """What a node may be, behind references and alternatives, as far as that is soon told; ``null`` is none of it."""
    found: list[Mapping[str, Any]] = []
    waiting = deque([(node, 0)])
    for _ in range(_MAX_LOOKS):
        if not waiting:
            break
        item, hops = waiting.popleft()
        members = _may_be(item, root) if hops < _MAX_HOPS else []
        waiting.extend((member, hops + 1) for member in members)
        if not members and item.get("type") != "null":
            found.append(item)
    return found


def _may_be(node: Mapping[str, Any], root: Any) -> list[Mapping[str, Any]]:
    target = _target(node.get("$ref"), root)
    members = [target[0]] if target else []
    for keyword in _ALTERNATIVES:
        if isinstance(node.get(keyword), list):
            members += [member for member in node[keyword][:_MAX_LOOKS] if isinstance(member, dict)]
    return members


def types(node: Mapping[str, Any]) -> frozenset[str]:
    """The types that a node names, without ``null``; none where it names none, so that it may be anything."""
    named = node.get("type")
    return frozenset(kind for kind in (named if isinstance(named, list) else [named]) if isinstance(kind, str)) - {
        "null"
    }


def is_choice(node: Mapping[str, Any], root: Any) -> bool:
    """Whether a property can only be chosen, not written: yes or no, or one of some words that the schema lists."""
    found = alternatives(node, root)
    return bool(found) and all(_chosen(member, root) for member in found)


def _chosen(node: Mapping[str, Any], root: Any) -> bool:
    if "enum" in node or "const" in node:
        return True
    named = types(node)
    items = node.get("items")
    if named == {"array"} and isinstance(items, dict):
        return all("enum" in item or types(item) == {"boolean"} for item in alternatives(items, root))
    return named == {"boolean"}


def _inside(place: Place, root: Any, root_pointer: str) -> Iterator[Place]:
    node, pointer = place.node, place.pointer
    for keyword in sorted(_LEADING_ON.intersection(node)):
        value = node[keyword]
        if keyword == "properties" and isinstance(value, dict):
            yield from _properties(place, value)
        elif keyword in _ONE:
            for at, inner in _members(f"{pointer}/{keyword}", value):
                yield _part(place, at, inner)
        elif keyword in _NAMED and isinstance(value, dict):
            for at, inner in _members(f"{pointer}/{keyword}", value, named=True):
                yield _part(place, at, inner)
        elif keyword == "$ref" and (target := _target(value, root)):
            yield _part(place, root_pointer + target[1], target[0])


def _properties(place: Place, properties: Mapping[str, Any]) -> Iterator[Place]:
    names = _texts(properties)
    beside = lexicon().beside(names)
    under = place.under if place.name is None else place.under.union(tokens(place.name))
    for name in names:
        if isinstance(node := properties[name], dict):
            at = step(f"{place.pointer}/properties", name)
            yield Place(at, node, name, True, under, beside, place.depth + 1)  # noqa: FBT003 the third of six


def _part(place: Place, pointer: str, node: Mapping[str, Any]) -> Place:
    """A part of the same property."""
    return Place(pointer, node, place.name, False, place.under, place.beside, place.depth + 1)  # noqa: FBT003 as above


def _members(pointer: str, value: Any, *, named: bool = False) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, list):
        yield from ((f"{pointer}/{index}", item) for index, item in enumerate(value) if isinstance(item, dict))
    elif isinstance(value, dict) and not named:
        yield pointer, value
    elif isinstance(value, dict):
        for key in _texts(value):
            if isinstance(value[key], dict):
                yield step(pointer, key), value[key]


def _texts(keys: Iterable[Any]) -> list[str]:
    return sorted(key for key in keys if isinstance(key, str))


def _target(reference: Any, root: Any) -> tuple[Mapping[str, Any], str] | None:
    """What a reference within the schema leads to, and the pointer to it from the root; never into a value."""
    if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
        return None
    value, pointer, named = root, "", False
    for part in unquote(reference[2:]).split("/") if len(reference) > 1 else ():
        key = part.replace("~1", "/").replace("~0", "~")
        if key in GIVEN and not named:
            return None
        named = not named and key in _BY_NAME
        if isinstance(value, list) and key.isdecimal() and key.isascii() and len(key) < len(str(MAX_PLACES)):
            if int(key) >= len(value):
                return None
            value = value[int(key)]
        elif isinstance(value, dict) and key in value:
            value = value[key]
        else:
            return None
        pointer = step(pointer, key)
    return (value, pointer) if isinstance(value, dict) else None
