"""Whether a place of a JSON schema lets people, or a model, write what they like.

That is a property that holds a string, or strings, without anything that bounds them (``enum``, ``const``, ``pattern``,
a ``format``, an encoding, or a ``maxLength`` up to ``SHORT``) and whose name suggests free text; or a whole schema that
names no property and says that any may come, of strings or of anything. An object without ``additionalProperties``
takes any property as well, but says nothing of it: that is how a schema looks that nobody has written yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from reporter.review.lint.hit import Hit
from reporter.review.lint.lexicon import lexicon
from reporter.review.lint.schema import Place, alternatives, types

#: A string of at most this many characters is a label or a code.
SHORT: Final = 40

_BOUNDS: Final = ("enum", "const", "pattern", "contentEncoding", "contentMediaType")
#: Formats that are how a text is shown, and do not bound it.
_TEXTS: Final = frozenset({"text", "textarea", "multiline", "markdown", "html"})
_ANY_NAME: Final = frozenset({".*", "^.*$", ".+", "^.+$", ""})


def free_text(place: Place, schema: Any) -> Hit | None:
    """A place of a schema that takes free text, as a hit that is about no category."""
    if place.is_property and place.name is not None:
        suggested = lexicon().free_text.suggests(place.name, place.beside)
        return Hit(place.pointer, place.name, ()) if suggested and _unbounded(place, schema) else None
    if place.name is None and (keyword := _takes_anything(place.node, schema)):
        return Hit(f"{place.pointer}/{keyword}", keyword, ())
    return None


def _takes_anything(node: Mapping[str, Any], root: Any) -> str | None:
    """The keyword by which a schema takes properties of any name, where it names none."""
    if node.get("properties"):
        return None
    more = node.get("additionalProperties")
    if more is True or (isinstance(more, dict) and any(_is_text(item) for item in alternatives(more, root))):
        return "additionalProperties"
    patterns = node.get("patternProperties")
    if isinstance(patterns, dict) and any(
        isinstance(key, str) and key in _ANY_NAME and isinstance(item, dict) and _is_text(item)
        for key, item in patterns.items()
    ):
        return "patternProperties"
    return None


def _unbounded(place: Place, root: Any) -> bool:
    for node in alternatives(place.node, root):
        items = node.get("items") if "array" in types(node) else None
        held = alternatives(items, root) if isinstance(items, dict) else [node]
        if any(_is_text(item) for item in held):
            return True
    return False


def _is_text(node: Mapping[str, Any]) -> bool:
    named = types(node)
    if "string" not in named and (named or "properties" in node or "$ref" in node):
        return False
    if any(bound in node for bound in _BOUNDS):
        return False
    shown = node.get("format")
    longest = node.get("maxLength")
    unbounded = shown is None or (isinstance(shown, str) and shown in _TEXTS)
    return unbounded and not (isinstance(longest, int | float) and longest <= SHORT)
