"""What a renderer makes."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


@contextmanager
def collecting_later() -> Iterator[None]:
    """Lets the collector of cycles rest.

    What a document is laid out from lives to its end, and looking through it
    again and again takes a sixth of the time. Memory stays the same.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
