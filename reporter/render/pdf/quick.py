"""What WeasyPrint does twice for every line and again for every tag, done once while a report of ours is laid out.

Each stands in for something of WeasyPrint's, hands on to it whatever is out of the ordinary, and is taken back after
the rendering: what a host program renders is its own affair. Together they spare a fifth of the time, and what grows
with the square of the pages.
"""

from __future__ import annotations

import re
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

import pydyf
import weasyprint
from weasyprint import html
from weasyprint.draw import text as drawing
from weasyprint.text import line_break
from weasyprint.text.ffi import FROM_UNITS, ffi, pango

from reporter.render.pdf import tagged

#: The engine that these were tried with; another may do things otherwise, so it is left alone, and takes longer.
TRIED: Final = tagged.TRIED
_OLDEST_PANGO: Final = 14802  # before it WeasyPrint takes sizes from elsewhere
_INTEGERS: Final = 5  # of a glyph in memory: its number, its width, two offsets, and what else is known of it


def fits() -> bool:
    """Whether the installed engine is the one that these were tried with."""
    if not weasyprint.__version__.startswith(TRIED):
        return False
    return bool(pango.pango_version() >= _OLDEST_PANGO and ffi.sizeof("PangoGlyphInfo") == _INTEGERS * 4)


_ENGINE: Final = threading.RLock()


@contextmanager
def installed(*, notes: bool = False) -> Iterator[None]:
    """Puts ours in their places for as long as the context lasts; renderings of other threads of ours wait for it.

    Args:
        notes: The document may have footnotes, whose styles are then worked out.
    """
    with _ENGINE:
        fitting = [each for each in SHORTCUTS if not (notes and each[2] is ua_stylesheets)] if fits() else []
        for place, name, ours, _ in [*fitting, _ANYHOW]:
            setattr(place, name, ours)
        try:
            with tagged.installed(apart=bool(fitting)):
                yield
        finally:
            for place, name, _, whole in [*fitting, _ANYHOW]:
                setattr(place, name, whole)


# --- lines of text: each is laid out once, and its glyphs are found out once for each font and size


class Layout(line_break.Layout):  # type: ignore[misc]  # (ships no types)
    """A line that stays laid out until it has been drawn; the engine's own is laid out again to be drawn."""

    drawn = False

    def deactivate(self) -> None:
        """Lets go of what was laid out, once it has been drawn."""
        if self.drawn:
            super().deactivate()

    def reactivate(self, style: Any) -> None:
        """Lays out again only what is drawn otherwise than it was measured: words that are spread."""
        if self.justification_spacing or style["word_spacing"] or "layout" not in self.__dict__:
            super().reactivate(style)
        self.drawn = True


_whole_draw_first_line: Final = drawing.draw_first_line


def draw_first_line(stream: Any, box: Any, text_overflow: str, block_ellipsis: Any, matrix: Any) -> Any:
    """A line of glyphs. What stands behind a tab begins where it was laid out, not a fortieth of the tab further on."""
    layout = box.pango_layout
    if text_overflow == "ellipsis" or block_ellipsis != "none":
        layout.setup(box.style)  # what it was measured with would cut it elsewhere
        layout.set_text(layout.text, justify=True)
        strings = None
    else:
        strings = _strings(stream, box) if box.text.strip() and "\n" not in layout.text else None
    alone = tagged.of_cells(box)
    if alone and (strings is None or [[len(each) for each in glyphs] for *_, glyphs in strings] != [[len(box.text)]]):
        # A template of the user's may write something else than letters there.
        with tagged.whole_marked(stream, box, "Span"):
            return _whole_draw_first_line(stream, box, text_overflow, block_ellipsis, matrix)
    if strings is None:
        return _whole_draw_first_line(stream, box, text_overflow, block_ellipsis, matrix)
    stream.set_text_matrix(*matrix.values)
    for font, size, glyphs in strings:
        stream.set_font_size(font.hash, size)
        if alone:
            stream.stream.append(tagged.lettered(stream, box, glyphs[0]))
        else:
            stream.show_text("".join([("<" + "".join(each) + ">").removesuffix("<>") for each in glyphs]))
    return []


def _strings(stream: Any, box: Any) -> list[tuple[Any, float, list[list[str]]]] | None:
    """A line's glyphs by font; None where WeasyPrint itself has to look at them: emoji, marks, what no font has."""
    found: list[tuple[Any, float, list[list[str]]]] = []
    previous = None
    run = box.pango_layout.get_first_line()[0].runs[0]
    while run != ffi.NULL:
        item, run = run.data, run.next
        if (pango_font := item.item.analysis.font) != previous:
            font, size = stream.add_font(pango_font)
            if font.bitmap or font.png or font.svg or font.colr:
                return None
            previous = pango_font
            found.append((font, size, []))
        glyphs = _glyphs(item, font, size, stream, box.pango_layout.text)
        if glyphs is None:
            return None
        found[-1][2].append(glyphs)
    return found


def _glyphs(item: Any, font: Any, size: float, stream: Any, text: str) -> list[str] | None:
    count = item.glyphs.num_glyphs
    # The glyphs lie in memory as five integers each: one look at all of them costs less than one at each.
    numbers = memoryview(ffi.buffer(item.glyphs.glyphs, count * _INTEGERS * 4)).cast("i").tolist()
    if any(numbers[2::_INTEGERS]) or any(numbers[3::_INTEGERS]):
        return None
    known: dict[tuple[int, int], str] = font.__dict__.setdefault("_known_glyphs", {}).setdefault(size, {})
    pairs = list(zip(numbers[::_INTEGERS], numbers[1::_INTEGERS], strict=True))
    for place, (glyph, width) in enumerate(pairs):
        if (glyph, width) not in known:
            if glyph & pango.PANGO_GLYPH_UNKNOWN_FLAG:
                return None
            if glyph != pango.PANGO_GLYPH_EMPTY and glyph not in font.to_unicode:
                font.to_unicode[glyph] = _character(item, place, text)
            measured = _width(glyph, font, size, stream, item)
            known[glyph, width] = _written(glyph, width * 1000 * FROM_UNITS / size, measured)
    return [known[pair] for pair in pairs]


def _character(item: Any, place: int, text: str) -> str:
    """What a glyph stands for, which a reader of the file copies and searches."""
    clusters, length, offset = item.glyphs.log_clusters, item.item.length, item.item.offset
    from_right = item.item.analysis.level % 2
    behind = place - 1 if from_right else place + 1
    end = clusters[behind] if 0 <= behind < item.glyphs.num_glyphs else length
    return text.encode()[offset + clusters[place] : offset + end].decode()


def _width(glyph: int, font: Any, size: float, stream: Any, item: Any) -> float:
    """The width that a glyph has by itself, in thousandths of the font's size, as the file says it of the font."""
    if glyph not in font.widths and glyph != pango.PANGO_GLYPH_EMPTY:
        pango.pango_font_get_glyph_extents(item.item.analysis.font, glyph, stream.ink_rect, stream.logical_rect)
        font.widths[glyph] = round(stream.logical_rect.width * 1000 * FROM_UNITS / size)
    return float(font.widths.get(glyph, 0))


def _written(glyph: int, wide: float, measured: float) -> str:
    """What stands for a glyph of this width; one without ink, such as a tab, moves on by its width."""
    if glyph == pango.PANGO_GLYPH_EMPTY:
        return f">{0 - wide}<"  # and not -0.0
    kerning = measured - wide
    return f"{glyph:04x}>{int(kerning)}<" if kerning else f"{glyph:04x}"


# --- tags: each of them names its page


def page_references(pdf: Any) -> tuple[bytes, ...]:
    """The pages' references; pydyf puts them together for each tag: a file would cost the square of its pages."""
    kids = pdf.pages["Kids"]  # a page is three items: its number, its generation, R
    known: tuple[bytes, ...] = pdf.__dict__.get("_known_references", ())
    if len(known) * 3 != len(kids):
        known = pdf.__dict__["_known_references"] = tuple(f"{number} 0 R".encode("ascii") for number in kids[::3])
    return known


# --- streams: the best that zlib can do, which is the engine's way, takes thrice the time, and spares little

_LEVEL: Final = 4
_whole_data: Final = pydyf.Stream.data


def compressed(stream: list[Any]) -> bytes:
    """What a stream holds, compressed well enough."""
    whole: bytes = _whole_data.fget(pydyf.Stream(stream))
    return zlib.compress(whole.partition(b"\nstream\n")[2].removesuffix(b"\nendstream"), _LEVEL)


def stream_data(stream: Any) -> bytes:
    """What stands in the file for a stream: that of all tags is made when the file is written."""
    if not stream.compress:
        written: bytes = _whole_data.fget(stream)
        return written
    content = compressed(stream.stream)
    told = pydyf.Dictionary(stream.extra | {"Filter": "/FlateDecode", "Length": len(content)})
    return b"\n".join((told.data, b"stream", content, b"endstream"))


# --- styles: the engine works out those of six pseudo-elements for every element, be there a note or a marker or not

_whole_ua_stylesheets: Final = weasyprint.HTML._ua_stylesheets  # noqa: SLF001 (it has no other name)


def ua_stylesheets(document: Any, forms: bool = False) -> Any:  # noqa: FBT001, FBT002 (the engine's own)
    """The engine's sheet without notes, which the document has not, and with markers of lists alone."""
    return _whole_ua_stylesheets(document, forms) if forms else [_sheet()]


@cache
def _sheet() -> Any:
    told = re.sub(r"^::(foot)?note-.*$", "", html.UA, flags=re.MULTILINE)
    told = re.sub(r"^::marker\b", ":is(li, summary)::marker", told, flags=re.MULTILINE)
    return weasyprint.CSS(string=told, counter_style=html.UA_COUNTER_STYLE)


#: Where each stands, its name, ours and the engine's own.
SHORTCUTS: Final[tuple[tuple[Any, str, Any, Any], ...]] = (
    (line_break, "Layout", Layout, line_break.Layout),
    (drawing, "draw_first_line", draw_first_line, _whole_draw_first_line),
    (weasyprint.HTML, "_ua_stylesheets", ua_stylesheets, _whole_ua_stylesheets),
    (pydyf.PDF, "page_references", property(page_references), pydyf.PDF.page_references),
)

#: What holds for any engine: it asks for nothing that is the engine's own.
_ANYHOW: Final = (pydyf.Stream, "data", property(stream_data), _whole_data)
