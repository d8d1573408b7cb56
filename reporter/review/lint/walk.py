"""The walk through a JSON schema: its places, and what each of them may be.

Somebody else wrote it, so every shape is taken: what is of the wrong type is passed over, a circle of references is
walked once, and depth and number of places are bounded. The order of keys makes no difference, not even to what lies
beyond a bound.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from reporter.plain.canonical import step
from reporter.review.lint.lexicon import beside, tokens

MAX_DEPTH: Final = 40
MAX_PLACES: Final = 5_000
#: How many references and alternatives are looked at to tell what a property may be, and how far one leads to another:
#: a few that refer to one another would else be as many as the powers of two.
_MAX_LOOKS: Final = 32
_MAX_HOPS: Final = 6

_ALTERNATIVES: Final = ("anyOf", "oneOf", "allOf")
#: One schema stands behind these, or a list of schemas, as in the older form of ``items``. ``not`` is left out: it says
#: what is not there.
_ONE: Final = frozenset({
    "items", "additionalItems", "unevaluatedItems", "contains", "additionalProperties", "unevaluatedProperties",
    "propertyNames", "if", "then", "else", "prefixItems", *_ALTERNATIVES,
})  # fmt: skip
#: Behind these stand schemas by a name that is no property's, or by a pattern.
_NAMED: Final = frozenset({"patternProperties", "dependentSchemas"})
#: Here and in _NAMED, what stands behind is a name, whatever it is called.
_BY_NAME: Final = frozenset({"properties", "$defs", "definitions"} | _NAMED)
#: Where a schema gives values, and whether that is a list of them. A value is no schema, whatever it looks like.
GIVEN: Final = {"examples": True, "enum": True, "default": False, "const": False, "example": False}
_NUMBERS: Final = ({"integer"}, {"number"}, {"integer", "number"})
_LEADING_ON: Final = frozenset({"properties", "$ref"} | _ONE | _NAMED)


class Place(NamedTuple):
    """One subschema.

    Attributes:
        pointer: RFC 6901 to it, from the entry.
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
        for inner in _inside(place, schema, pointer) if place.depth < MAX_DEPTH else ():
            if len(seen) >= MAX_PLACES:
                break
            if inner.pointer not in seen:
                seen.add(inner.pointer)
                waiting.append(inner)


def _inside(place: Place, root: Any, root_pointer: str) -> Iterator[Place]:
    for keyword in sorted(_LEADING_ON.intersection(place.node)):
        value, at = place.node[keyword], f"{place.pointer}/{keyword}"
        if keyword == "properties":
            yield from _properties(place, at, value)
            continue
        if keyword == "$ref":
            target = _target(value, root)
            parts = [(root_pointer + target[1], target[0])] if target else []
        elif keyword in _NAMED:
            parts = [(step(at, name), value[name]) for name in _names(value)]
        elif isinstance(value, list):
            parts = [(f"{at}/{index}", item) for index, item in enumerate(value)]
        else:
            parts = [(at, value)]
        for pointer, node in parts:
            if isinstance(node, dict):  # a part of the same property
                yield Place(pointer, node, place.name, False, place.under, place.beside, place.depth + 1)  # noqa: FBT003


def _properties(place: Place, pointer: str, properties: Any) -> Iterator[Place]:
    names = _names(properties)
    others = beside(names)
    under = place.under if place.name is None else place.under.union(tokens(place.name))
    for name in names:
        if isinstance(node := properties[name], dict):
            yield Place(step(pointer, name), node, name, True, under, others, place.depth + 1)  # noqa: FBT003 as above


def _names(value: Any) -> list[str]:
    return sorted(value) if isinstance(value, dict) else []


def _target(reference: Any, root: Any) -> tuple[Mapping[str, Any], str] | None:
    """What a reference within the schema leads to, and the pointer to it from the root; never into a value."""
    if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
        return None
    value, pointer, named = root, "", False
    for part in unquote(reference[2:]).split("/") if len(reference) > 1 else ():
        key = part.replace("~1", "/").replace("~0", "~")
        # An example is somebody's data, and may hold keys that are personal: none of it may come into a pointer. But a
        # property may be called "default".
        if key in GIVEN and not named:
            return None
        named = not named and key in _BY_NAME
        # No list has more elements than there are places; a longer number would cost more to read than it is worth.
        if isinstance(value, list) and key.isdecimal() and key.isascii() and len(key) < len(str(MAX_PLACES)):
            value = value[int(key)] if int(key) < len(value) else None
        elif isinstance(value, dict):
            value = value.get(key)
        else:
            return None
        pointer = step(pointer, key)
    return (value, pointer) if isinstance(value, dict) else None


def alternatives(node: Mapping[str, Any], root: Any) -> list[Mapping[str, Any]]:
    """What a node may be, behind references and alternatives, as far as that is soon told; ``null`` is none of it."""
    found: list[Mapping[str, Any]] = []
    waiting = deque([(node, 0)])
    for _ in range(_MAX_LOOKS):
        if not waiting:
            break
        item, hops = waiting.popleft()
        members: list[Mapping[str, Any]] = []
        if hops < _MAX_HOPS:
            target = _target(item.get("$ref"), root)
            listed = [item[keyword][:_MAX_LOOKS] for keyword in _ALTERNATIVES if isinstance(item.get(keyword), list)]
            members = [each for each in chain(target[:1] if target else (), *listed) if isinstance(each, dict)]
        waiting.extend((member, hops + 1) for member in members)
        if not members and item.get("type") != "null":
            found.append(item)
    return found


def types(node: Mapping[str, Any]) -> frozenset[str]:
    """The types that a node names, without ``null``; none where it names none, so that it may be anything."""
    named = node.get("type")
    kinds = named if isinstance(named, list) else [named]
    return frozenset(kind for kind in kinds if isinstance(kind, str) and kind != "null")


def is_choice(node: Mapping[str, Any], root: Any) -> bool:
    """Whether a property can only be chosen, not written: yes or no, or one of some words that the schema lists."""
    found = alternatives(node, root)
    return bool(found) and all(_chosen(member, root) for member in found)


def is_number(node: Mapping[str, Any], root: Any) -> bool:
    """Whether a property can only be counted: a number, or an object of nothing but numbers and choices."""
    found = alternatives(node, root)
    return bool(found) and all(_counted(member, root) for member in found)


def _counted(node: Mapping[str, Any], root: Any) -> bool:
    inner, named = node.get("properties"), types(node)
    if named == {"object"} and isinstance(inner, dict) and inner:
        parts = [part for each in inner.values() if isinstance(each, dict) for part in alternatives(each, root)]
        return bool(parts) and all(_chosen(part, root) or types(part) in _NUMBERS for part in parts)
    return named in _NUMBERS


def _chosen(node: Mapping[str, Any], root: Any) -> bool:
    items, named = node.get("items"), types(node)
    if "enum" in node or "const" in node:
        return True
    if named == {"array"} and isinstance(items, dict):
        return all("enum" in item or types(item) == {"boolean"} for item in alternatives(items, root))
    return named == {"boolean"}
