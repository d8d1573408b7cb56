"""What a renderer makes, and how it looks."""

from __future__ import annotations

import re
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from reporter.errors import FaultError
from reporter.plain.colour import NAVY, NIGHT, lightened
from reporter.view.report import Report

_IN_MEMORY: Final = 1_000_000
_AT_ONCE: Final = 1_000_000
_ON_NIGHT: Final = "#a9c8ee"  # what stylesheets of ours make of navy on a dark screen
_READABLE: Final = 7.0  # WCAG 2.1, 1.4.6: the contrast of level AAA

# The text block is 174 mm wide on both; Letter is broader and lower.
_LETTER: Final = """
@page { size: Letter; margin: 20mm 20.95mm 22mm }
@page cover { margin: 0 }
.cover { height: 278.4mm; padding: 0 20.95mm }
.cover .org { left: 20.95mm; right: 20.95mm }
.cover .foot { left: 20.95mm }
"""


class Large:
    """The bytes of a document that may be too many for memory: beyond 1 MB they lie in a file without a name."""

    def __init__(self, pieces: Iterable[bytes] = ()) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  (it lives as long as this does)
        # Not in __del__, which a program that ends need not call.
        weakref.finalize(self, self._file.close)
        for piece in pieces:
            self.write(piece)

    def write(self, data: bytes) -> None:
        """Adds to its end.

        Raises:
            FaultError: There is no room for it.
        """
        try:
            self._file.write(data)
        except OSError as error:
            remedy = "Make room, or set TMPDIR to a folder that has some"
            raise FaultError(f"a document cannot be put together: {error.strerror}", remedy=remedy) from error

    # From the beginning each time: a SARIF file is weighed before it is written.
    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(0)
        while piece := self._file.read(_AT_ONCE):
            yield piece


@dataclass(frozen=True, slots=True)
class Document:
    """A finished file: its name, its media type and its content, in one piece or in many."""

    name: str
    media_type: str
    content: bytes | Large = field(repr=False)

    @property
    def data(self) -> bytes:
        """All of it at once."""
        return b"".join(self.pieces())

    def pieces(self) -> Iterator[bytes]:
        """All of it, one piece after the other."""
        return iter((self.content,) if isinstance(self.content, bytes) else self.content)


PageSize = Literal["A4", "Letter"]
Annex = Literal["catalogue", "rows"]
Profile = Literal["archive", "accessible", "plain"]
"""Of a PDF: PDF/A-3 that carries its evidence and is PDF/UA-1 as well, PDF/UA-1 alone, or neither."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a PDF carries.

    Attributes:
        name: Of the file; no two of one document are the same.
        description: What it is, in the language of the document.
        relationship: What it is to the document (ISO 19005-3, annex E).
        data: Its bytes.
        at: When it was made, in UTC.
    """

    name: str
    description: str
    relationship: Literal["Data", "Alternative", "Supplement"]
    data: bytes = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class Theme:
    """How documents look, as far as users choose it.

    Attributes:
        page_size: Of the PDF, and of the HTML when it is printed.
        accent: The colour of what was decided, ``#rrggbb``.
        templates: A folder whose files stand in for ours of the same name.
        seconds: Of processor time that one document made with such templates may take.
        megabytes: Of memory that it may take.
        annexes: What a printed report may do without, and has all the same.
        pdf_profile: What the PDF says that it is.
    """

    page_size: PageSize = "A4"
    accent: str = NAVY
    templates: Path | None = None
    seconds: float = 300
    megabytes: int = 4000
    annexes: tuple[Annex, ...] = ()
    pdf_profile: Profile = "archive"

    def coloured(self, text: str) -> str:
        """A stylesheet or a picture of ours with the accent in the place of navy."""
        if self.accent.lower() == NAVY.lower():
            return text
        # The user's colour was checked on white; on a dark screen it is as much lighter as it must be to be read.
        night = lightened(self.accent, NIGHT, _READABLE)
        text = re.sub(NAVY, self.accent, text, flags=re.IGNORECASE)
        return re.sub(_ON_NIGHT, night, text, flags=re.IGNORECASE)

    def paper(self, css: str) -> str:
        """The stylesheet of the PDF."""
        return self.coloured(css) + (_LETTER if self.page_size == "Letter" else "")

    def screen(self, css: str) -> str:
        """The stylesheet of the page; the size of the paper counts when it is printed."""
        return f"{self.coloured(css)}\n@page {{ size: {self.page_size}; margin: 16mm }}"


PLAIN: Final = Theme()

Renderer = Callable[[Report], Document]
"""The same view, in the same theme, gives the same bytes."""
