"""What a renderer makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from reporter.colour import NAVY
from reporter.report import Report


@dataclass(frozen=True, slots=True)
class Document:
    """A finished file: its name, its media type and its bytes."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


PageSize = Literal["A4", "Letter"]


@dataclass(frozen=True, slots=True)
class Theme:
    """How documents look, as far as users choose it.

    Attributes:
        page_size: Of the PDF, and of the HTML when it is printed.
        accent: The colour of what was decided, ``#rrggbb``.
        templates: A folder whose files stand in for ours of the same name.
        seconds: Of processor time that one document made with such templates may take.
        megabytes: Of memory that it may take.
    """

    page_size: PageSize = "A4"
    accent: str = NAVY
    templates: Path | None = None
    seconds: float = 300
    megabytes: int = 4000


PLAIN: Final = Theme()

Renderer = Callable[[Report], Document]
"""The same view, in the same theme, gives the same bytes."""
