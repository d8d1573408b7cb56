"""What differs on which page of two PDFs of ours, in words, and in whose part of the report.

Both are read by the same few rules, and only as this program writes pages: text as numbers of glyphs, each font with a
table of what they mean. What is kept is hostile, and takes time and memory in proportion to its size at most.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Final, NamedTuple

from reporter.verification import paper, pdf_file
from reporter.verification.pdf_file import File
from reporter.verification.pdf_syntax import Reference, Stream
from reporter.verification.words import ABSENT, said, words
from reporter.view.report import Report

_TEXT: Final = re.compile(
    rb"/(?P<font>[^\s/<>\[\]()]{1,40}) [\d.]{1,20} Tf|(?P<y>-?[\d.]{1,20}) Tm|\[(?P<glyphs>[^\[\]]*)\] ?TJ"
)
_GLYPH: Final = re.compile(rb"<([0-9a-fA-F]+)>")
_MEANING: Final = re.compile(rb"<([0-9a-fA-F]{4})> <([0-9a-fA-F]{4,64})>")
_SCALE: Final = 0.75  # points of a pixel, in which text is placed


class Piece(NamedTuple):
    """Text that is drawn at once, and how far below the top of its page, in points."""

    down: float
    text: str


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A page: what is drawn on it, and its text."""

    drawn: bytes = field(repr=False)
    pieces: list[Piece]


def in_pdf(kept: bytes, again: bytes, report: Report) -> Iterator[str]:
    """Each page that says something else, or is drawn otherwise.

    Args:
        kept: The PDF that lies there.
        again: The PDF that the evidence gives.
        report: What that was made from.

    Raises:
        UnreadableError: What lies there is not written as PDFs of ours are.
    """
    ours = pdf_file.read(again, "what the evidence gives", paper.LIMIT)
    parts = _Parts(ours, report)
    theirs = _leaves(pdf_file.read(kept, "it", paper.LIMIT))
    for number, (their, our) in enumerate(zip_longest(theirs, _leaves(ours)), start=1):
        page = f"page {number:,}"
        if their is None:
            yield f"{page} is gone"
        elif our is None:
            yield f"{page} is none that the evidence gives"
        elif their != our:
            yield from _on_page(page, number, their, our, parts)


def _on_page(page: str, number: int, theirs: _Leaf, ours: _Leaf, parts: _Parts) -> Iterator[str]:
    alike = True
    told = None
    for their, our in zip_longest(theirs.pieces, ours.pieces):
        if their is not None and our is not None and their.text == our.text:
            continue
        alike = False
        part = parts.at(number, our or their)
        if part != told:
            told = part
            yield said(f"{page}, in {part},", *(words(each.text) if each else ABSENT for each in (their, our)))
        if len(theirs.pieces) != len(ours.pieces):
            return  # all that follows is moved
    if alike:
        yield f"{page} has the same words as the evidence gives it, and is drawn otherwise: they may be hidden"


class _Parts:
    """Whose part of the report a place on paper is in: that of the last anchor before it."""

    def __init__(self, file: File, report: Report) -> None:
        root = file.followed(file.sections[0].trailer["Root"])
        pages = {page.number: place for place, page in enumerate(_pages(file), start=1)}
        names = file.followed(_of(file, _of(file, root, "Names"), "Dests").get("Names", []))
        agents = {agent.anchor: agent.claim for agent in (each.again() for each in report.agents)}
        found = []
        for key, given in zip(names[::2], names[1::2], strict=False):
            place, name = file.followed(given), key.decode("latin-1")
            height = float(file.followed(file.object(place[0].number)["MediaBox"])[3])
            # A question stands in its agent's part, and its anchor says nothing of what follows it.
            if not name.startswith("i-"):
                found.append(
                    ((pages[place[0].number], height - float(place[3])), agents.get(name, f"its part #{name}"))
                )
        found.sort(key=lambda each: each[0])
        self._starts, self._names = [each[0] for each in found], [each[1] for each in found]

    def at(self, page: int, piece: Piece) -> str:
        """The claim of the agent, or the name of the part."""
        place = bisect_right(self._starts, (page, piece.down + 1)) - 1
        return self._names[place] if place >= 0 else "its cover"


def _pages(file: File) -> list[Reference]:
    root = file.followed(file.sections[0].trailer["Root"])
    kids = _of(file, root, "Pages").get("Kids", [])
    return [each for each in kids if isinstance(each, Reference)] if isinstance(kids, list) else []


def _leaves(file: File) -> Iterator[_Leaf]:
    fonts: dict[int, dict[int, str]] = {}
    for each in _pages(file):
        page = file.followed(each)
        content = file.followed(page.get("Contents")) if isinstance(page, dict) else None
        if not isinstance(content, Stream):
            yield _Leaf(b"", [])
            continue
        drawn = file.budget.unpacked(content, file.where)
        given = _of(file, _of(file, page, "Resources"), "Font")
        for font in given.values():
            if isinstance(font, Reference) and font.number not in fonts:
                fonts[font.number] = _meanings(file, file.followed(font))
        named = {name: fonts.get(font.number, {}) for name, font in given.items() if isinstance(font, Reference)}
        yield _Leaf(drawn, pieces(drawn, named))


def pieces(drawn: bytes, fonts: Mapping[str, Mapping[int, str]]) -> list[Piece]:
    """The text of a page in the order in which it is drawn.

    Args:
        drawn: How it is.
        fonts: What the glyphs of each font mean, by the name that the page has for it.
    """
    font: Mapping[int, str] = {}
    down, found = 0.0, []
    for match in _TEXT.finditer(drawn):
        if match["font"]:
            font = fonts.get(match["font"].decode("latin-1"), {})
        elif match["y"]:
            down = _SCALE * _number(match["y"])
        else:
            codes = b"".join(_GLYPH.findall(match["glyphs"]))
            glyphs = (int(codes[at : at + 4], 16) for at in range(0, len(codes), 4))
            found.append(Piece(down, "".join(font.get(each, "\ufffd") for each in glyphs)))
    return found


def _number(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _meanings(file: File, font: Any) -> dict[int, str]:
    """What the glyphs of a font mean, by their numbers."""
    table = file.followed(font.get("ToUnicode")) if isinstance(font, dict) else None
    if not isinstance(table, Stream):
        return {}
    told = file.budget.unpacked(table, file.where)
    return {
        int(glyph, 16): bytes.fromhex(meant.decode()[: len(meant) // 4 * 4]).decode("utf-16-be", "replace")
        for glyph, meant in _MEANING.findall(told)
    }


def _of(file: File, given: Any, name: str) -> dict[str, Any]:
    found = file.followed(given.get(name)) if isinstance(given, dict) else None
    return found if isinstance(found, dict) else {}
