"""What must hold on every page of every hard case: nothing overlaps or leaves the page, and its structure is whole."""

from __future__ import annotations

import io
import itertools
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import pikepdf
import pypdf
import pytest
from hard_cases import NAMES, case

from reporter.render.document import Theme
from reporter.render.pdf import pdf

_XHTML = "{http://www.w3.org/1999/xhtml}"
_MARGIN = 20  # points
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_INSIDE = {"TR": {"Table", "TBody", "THead", "TFoot"}, "TH": {"TR"}, "TD": {"TR"}, "LI": {"L"}, "LBody": {"LI"}}


class Word(NamedTuple):
    """A word and its box, in points from the upper left."""

    left: float
    top: float
    right: float
    bottom: float
    text: str


@cache
def document(name: str, page_size: str = "A4") -> bytes:
    return pdf.render(case(name), Theme(page_size="Letter" if page_size == "Letter" else "A4")).data


def _word(element: ET.Element) -> Word:
    left, top, right, bottom = (float(element.attrib[side]) for side in ("xMin", "yMin", "xMax", "yMax"))
    return Word(left, top, right, bottom, element.text or "")


def _as_drawn(document: bytes) -> bytes:
    """The same without the words that stand for a glyph: a head is one narrow sign, and is read as several words."""
    drawn = io.BytesIO()
    with pikepdf.open(io.BytesIO(document)) as opened:
        fonts = [font for page in opened.pages for font in page.Resources.get("/Font", {}).values()]
        for font in {font.objgen: font for font in fonts if "Heads" in str(font.BaseFont)}.values():
            del font["/ToUnicode"]
        opened.save(drawn)
    return drawn.getvalue()


def pages(document: bytes) -> Iterator[tuple[float, float, list[Word]]]:
    """Width, height and words of each page. What is there for machines alone, and has no size, is left out."""
    told = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=_as_drawn(document), capture_output=True, check=True)
    for page in ET.fromstring(_CONTROL.sub("", told.stdout.decode("utf-8", "replace"))).iter(f"{_XHTML}page"):
        boxes = map(_word, page.iter(f"{_XHTML}word"))
        seen = sorted((word for word in boxes if word.bottom - word.top > 2), key=lambda word: word.top)
        yield float(page.attrib["width"]), float(page.attrib["height"]), seen


def overlapping(words: list[Word]) -> Iterator[tuple[str, str]]:
    """Words that lie on each other by more than the boxes of two lines do."""
    for number, one in enumerate(words):
        for other in words[number + 1 :]:
            if other.top > one.bottom:
                break
            across = min(one.right, other.right) - max(one.left, other.left)
            down = min(one.bottom, other.bottom) - other.top
            if across > 1 and down > 0.55 * min(one.bottom - one.top, other.bottom - other.top):
                yield one.text, other.text


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
@pytest.mark.parametrize("page_size", ["A4", "Letter"])
@pytest.mark.parametrize("name", [name for name in NAMES if name != "120 agents"])
def test_nothing_overlaps_or_leaves_the_page(name: str, page_size: str) -> None:
    for number, (width, height, words) in enumerate(pages(document(name, page_size)), start=1):
        beyond = [
            word.text
            for word in words
            if not (word.left > _MARGIN and word.right < width - _MARGIN and word.top > 0 and word.bottom < height)
        ]
        assert (number, beyond) == (number, [])
        assert (number, list(overlapping(words))) == (number, [])


def test_words_that_lie_on_each_other_are_found() -> None:
    words = [Word(0, 0, 50, 10, "one"), Word(40, 2, 90, 12, "other"), Word(0, 11, 50, 21, "below")]
    assert list(overlapping(words)) == [("one", "other")]


def elements(node: Any, above: str = "") -> Iterator[tuple[str, str, Any]]:
    """Each element of a structure tree in reading order: its role, its parent's, and itself."""
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            role = str(kid.S).removeprefix("/")
            yield role, above, kid
            yield from elements(kid, role)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "120 agents"])
def test_the_structure_tells_a_screen_reader_what_the_page_shows(name: str) -> None:
    with pikepdf.open(io.BytesIO(document(name))) as opened:
        assert opened.Root.MarkInfo.Marked
        assert opened.Root.Lang == "en"
        found = list(elements(opened.Root.StructTreeRoot))
        levels = [int(role[1]) for role, _, _ in found if re.fullmatch("H[1-6]", role)]
        assert levels.count(1) == 1
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
        assert all(str(kid.get("/Alt", "")) for role, _, kid in found if role == "Figure")
        assert [(role, above) for role, above, _ in found if role in _INSIDE and above not in _INSIDE[role]] == []
        tables = [kid for role, _, kid in found if role == "Table"]
        assert all(any(role == "TH" for role, _, _ in elements(table)) for table in tables)
        assert tables
        links = [note for page in opened.pages for note in page.get("/Annots", []) if note.Subtype == "/Link"]
        assert all(str(note.get("/Contents", "")) for note in links)


@pytest.mark.parametrize("name", ["60 span types", "extensions and odd values", "many findings"])
def test_rows_that_share_a_picture_of_what_is_silent_share_a_page(name: str) -> None:
    rows = [entry.name for entry in case(name).agents[0].span_types]
    begun: dict[int, int] = {}
    for number, page in enumerate(pypdf.PdfReader(io.BytesIO(document(name))).pages):
        text = page.extract_text()
        for row, span_type in enumerate(rows, start=1):
            if re.search(rf"(?m)^ *{row} {re.escape(span_type[:12])}", text) and row not in begun:
                begun[row] = number
    assert len(begun) > len(rows) * 0.9
    assert 1 in begun
    last = {number: max(row for row, at in begun.items() if at == number) for number in set(begun.values())}
    assert all(row % 7 == 0 for row in last.values() if row != max(begun))
