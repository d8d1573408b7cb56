"""A large JSON document in pieces, byte for byte as it would be in one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from reporter.plain.memory import Lazily

Dump = Callable[[Any], bytes]
"""Writes one value as JSON, indented."""


def streamed(value: Any, dump: Dump, step: bytes, depth: int) -> Iterator[bytes]:
    """What ``dump`` writes of a value, without holding more than one of its parts.

    Args:
        value: Of objects, dataclasses and lists.
        dump: Writes what is small.
        step: By how much it indents.
        depth: How many levels are opened; what lies deeper is written by ``dump``.
    """
    return _pieces(value, dump, step, depth, b"\n")


def _pieces(value: Any, dump: Dump, step: bytes, depth: int, line: bytes) -> Iterator[bytes]:
    parts = _parts(value) if depth else None
    if parts is None:
        # No text holds a line break: JSON escapes them.
        yield dump(value).replace(b"\n", line)
        return
    (opening, closing), between = parts[0], b""
    for name, part in parts[1]:
        yield (between or opening) + line + step + (dump(name) + b": " if name is not None else b"")
        yield from _pieces(part, dump, step, depth - 1, line + step)
        between = b","
    yield line + closing if between else opening + closing


def _parts(value: Any) -> tuple[tuple[bytes, bytes], Iterable[tuple[str | None, Any]]] | None:
    """What a container is written between, and what it holds; None for anything else."""
    if is_dataclass(value):
        return (b"{", b"}"), ((item.name, getattr(value, item.name)) for item in fields(value))
    if isinstance(value, dict):
        return (b"{", b"}"), value.items()
    if isinstance(value, list | Lazily):
        return (b"[", b"]"), ((None, item) for item in value)
    return None
