"""What a renderer makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reporter.report import Report


@dataclass(frozen=True, slots=True)
class Document:
    """A finished file: its name, its media type and its bytes."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


Renderer = Callable[[Report], Document]
"""The same view gives the same bytes."""
