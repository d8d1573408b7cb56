"""RFC 6901: where in a JSON value something stands."""

from __future__ import annotations


def step(pointer: str, key: str | int) -> str:
    """The pointer one step further, to a member of an object or an element of a list."""
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"
