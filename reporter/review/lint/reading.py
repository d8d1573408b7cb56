"""What a JSON schema says about its data and where it takes free text, read in one walk.

An agent's versions, and agents made with one kit, register the same schemas again and again, so readings
are kept, by what the schema holds.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final, NamedTuple

from reporter.review.lint.free_text import free_text
from reporter.review.lint.hit import Hit
from reporter.review.lint.schema import places
from reporter.review.lint.speaking import said

#: How many readings are kept: those of the schemas of a large account.
_MAX_KEPT: Final = 1 << 12
_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


class Reading(NamedTuple):
    """What was found in a schema, in the order of pointers.

    Attributes:
        said: The places that speak of categories of the vocabulary.
        free_text: The places that take free text.
    """

    said: tuple[Hit, ...]
    free_text: tuple[Hit, ...]


def reading(schema: Any, pointer: str) -> Reading:
    """Reads a schema that stands at ``pointer``."""
    try:
        text = _ENCODER.encode(schema)
    except (RecursionError, TypeError, ValueError):
        return _read(schema, pointer)
    return _kept(text, pointer)


@lru_cache(maxsize=_MAX_KEPT)
def _kept(text: str, pointer: str) -> Reading:
    return _read(json.loads(text), pointer)


def _read(schema: Any, pointer: str) -> Reading:
    speaking: list[Hit] = []
    writing: list[Hit] = []
    for place in places(schema, pointer):
        speaking += said(place, schema)
        if hit := free_text(place, schema):
            writing.append(hit)
    in_order = sorted(speaking, key=lambda hit: (hit.pointer, hit.categories, hit.value))
    return Reading(tuple(in_order), tuple(sorted(writing)))
