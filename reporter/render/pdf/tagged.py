"""What the file tells a screen reader: each answer of a row is a cell of its table, though they are drawn as one.

A table with a box for each answer costs twenty times the line of letters that shows the same, and nothing else of it
is seen. So a cell of the class ``cells`` is laid out and drawn as one line, and written as one cell for each letter:
every letter is marked by itself, with what it means in words. The heads above are written in the same way, and all
heads tell their scope.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import pydyf
import weasyprint
from weasyprint.formatting_structure import boxes
from weasyprint.pdf import tags as tagging
from weasyprint.pdf.stream import Stream

#: The engine that this was tried with; another may do things otherwise, so it is left alone: a row is told as one cell.
TRIED: Final = "70."
CLASS: Final = "cells"
#: How many fields a cell stands above or takes the place of.
FIELDS: Final = "data-fields"
#: What stands between letters and is no answer.
BLANKS: Final = frozenset(" ,")
_SCOPES: Final = {"row": "/Row", "rowgroup": "/Row", "col": "/Column", "colgroup": "/Column"}
_NO_LINKS: Final[dict[str, Any]] = {"A": {}}


@dataclass(frozen=True, slots=True)
class Words:
    """What is read out.

    Attributes:
        of_letters: What letters of cells mean, by the ``data-words`` of the cell that they stand in.
        of_heads: What each character of the font of column heads says.
    """

    of_letters: Mapping[str, Mapping[str, str]]
    of_heads: Mapping[str, str]


SILENT: Final = Words({}, {})
_told = SILENT


@contextmanager
def told(words: Words) -> Iterator[None]:
    """For as long as the context lasts, this is read out."""
    global _told  # noqa: PLW0603 (the engine hands nothing on to what stands in for its functions)
    before, _told = _told, words
    try:
        yield
    finally:
        _told = before


_whole_fonts: Final = weasyprint.pdf.build_fonts_dictionary


def fonts_dictionary(pdf: Any, fonts: Any, *options: Any) -> Any:
    """The engine's fonts; what is copied and searched for of a head is its words, apart from the next one's."""
    for font in fonts.values():
        for glyph, character in font.to_unicode.items():
            if character in _told.of_heads:
                font.to_unicode[glyph] = f"{_told.of_heads[character]} "
    return _whole_fonts(pdf, fonts, *options)


_apart = False


@contextmanager
def installed(*, apart: bool) -> Iterator[None]:
    """Puts ours in the engine's places for as long as the context lasts, if it is the engine that they were tried with.

    Args:
        apart: Lines are drawn by what draws each letter of cells apart.
    """
    global _apart  # noqa: PLW0603
    if not weasyprint.__version__.startswith(TRIED):
        yield
        return
    _apart = apart
    for place, name, ours, _ in _SUBSTITUTES:
        setattr(place, name, ours)
    try:
        yield
    finally:
        _apart = False
        for place, name, _, whole in _SUBSTITUTES:
            setattr(place, name, whole)


def of_cells(box: Any) -> bool:
    """Whether each letter of a box is a cell."""
    if not _apart or box.element_tag not in {"td", "th"}:
        return False
    return box.element is not None and CLASS in box.element.get("class", "")


whole_marked: Final = Stream.marked


@contextmanager
def marked(stream: Any, box: Any, tag: str) -> Iterator[None]:
    """Marks what is drawn as a part of the document; in a page's margin it is none, and cells are marked one by one."""
    if stream._tags is None or of_cells(box):  # noqa: SLF001 (the engine's own)
        yield
    elif box.element_tag is None:
        stream.stream.append("/Artifact<</Type/Pagination>>BDC")
        yield
        stream.stream.append(b"EMC")
    else:
        with whole_marked(stream, box, tag):
            yield


def lettered(stream: Any, box: Any, glyphs: list[str]) -> str:
    """What draws such a line: its glyphs, each marked as the content of its cell."""
    marks: MutableMapping[Any, Any] | None = stream._tags  # noqa: SLF001
    if marks is None:
        return f"[{''.join(f'<{glyph}>' for glyph in glyphs)}]TJ"
    drawn = []
    for place, (letter, glyph) in enumerate(zip(box.text, glyphs, strict=True)):
        if letter in BLANKS:
            drawn.append(f"/Artifact BMC[<{glyph}>]TJ EMC")
        else:
            number = len(marks)
            marks[box, place] = number  # not the box itself: it has as many marks as letters
            drawn.append(f"/Span<</MCID {number}>>BDC[<{glyph}>]TJ EMC")
    return "\n".join(drawn)


class Cell(pydyf.Object):  # type: ignore[misc]  # (ships no types)
    """A cell of one letter, as the file tells of it: a dictionary of its own would take ten times as long to write."""

    def __init__(self, told: bytes) -> None:
        super().__init__()
        self._told = told

    @property
    def data(self) -> bytes:
        """What stands in the file."""
        return self._told


_whole_box_tree: Final = tagging._build_box_tree  # noqa: SLF001 (it has no other name)


def box_tree(  # noqa: PLR0917 (the engine's own)
    box: Any, parent: Any, pdf: Any, page: int, nums: Any, annotations: Any, marks: Any
) -> Iterator[Any]:
    """The engine's tags, with a cell for each letter of cells, and with the scopes of heads."""
    if isinstance(box, boxes.MarginBox):
        return
    # Blocks inside a cell are of the same element.
    if box.element is None or box.element_tag not in {"td", "th"} or parent["S"] != "/TR":
        for each in _whole_box_tree(box, parent, pdf, page, nums, annotations, marks):
            if each["S"] == "/NonStruct" and getattr(box, "link_annotation", None):
                each["S"] = "/Link"  # a block inside a link, which leads there too
            yield each
    elif of_cells(box) and (found := list(_cells(box, parent, pdf, page, nums=nums, marks=marks))):
        yield from found
    else:
        for each in _whole_box_tree(box, parent, pdf, page, nums, annotations, marks):
            if each["S"] == "/TH":
                each["A"]["Scope"] = _scope(box, pdf.objects[int(parent["P"].split()[0])])
            if fields := box.element.get(FIELDS):
                each["A"]["ColSpan"] = int(fields)
            yield each
    # Scopes say which heads a cell has. What the engine tells besides counts the columns of the layout.
    box.mark = _NO_LINKS


def _scope(box: Any, group: Any) -> str:
    given = box.element.get("scope")
    return _SCOPES[given] if given else "/Column" if group["S"] == "/THead" else "/Row"


def _cells(box: Any, parent: Any, pdf: Any, page: int, *, nums: Any, marks: Any) -> Iterator[Cell]:
    head = b"/S/TH/A<</O/Table/Scope/Column>>" if box.element_tag == "th" else b"/S/TD"
    begin = b"<<" + head + b"/P " + parent.reference + b"/Pg " + pdf.page_references[page] + b"/K "
    words = {
        letter: b"/E" + pydyf.String(meaning).data
        for letter, meaning in _told.of_letters.get(box.element.get("data-words", ""), {}).items()
    }
    for line in _lines(box):
        for place, letter in enumerate(line.text):
            number = marks.pop((line, place), None)
            if number is not None:
                cell = Cell(b"%b%d%b>>" % (begin, number, words.get(letter, b"")))
                pdf.add_object(cell)
                nums[number] = cell.reference
                yield cell


def _lines(box: Any) -> Iterator[Any]:
    for child in getattr(box, "children", ()):
        if isinstance(child, boxes.TextBox):
            yield child
        else:
            yield from _lines(child)


#: Where each stands, its name, ours and the engine's own.
_SUBSTITUTES: Final[tuple[tuple[Any, str, Any, Any], ...]] = (
    (Stream, "marked", marked, whole_marked),
    (tagging, "_build_box_tree", box_tree, _whole_box_tree),
    (weasyprint.pdf, "build_fonts_dictionary", fonts_dictionary, _whole_fonts),
)
