"""What a check hands back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from reporter.declared.model import Json, SpanType


class Hit(NamedTuple):
    """One place that a check points at.

    Attributes:
        pointer: RFC 6901, from the entry. It never leads into ``examples``, ``default`` or ``enum`` further than to one
            of their elements, because a key in there may be personal data as well.
        value: What is printed beside the pointer: the declared answer; the name of the property; the lexicon's words
            where a description holds them; the profile's names; or, for a value of ``examples``, ``default``, ``enum``
            or ``const``, only the SHA-256 of what stands at the pointer.
        categories: The categories that it is about; none where it is about the declaration as such.
    """

    pointer: str
    value: Json
    categories: tuple[str, ...]


Check = Callable[[SpanType], Iterable[Hit]]
"""From an assessed span type to the places that need a second look; no hit, no finding."""
