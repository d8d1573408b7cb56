"""Lines of text: each is laid out once, like the line above it, and its glyphs are found out once for font and size.

What is out of the ordinary is handed on to WeasyPrint's own function: text with an ellipsis, emoji, bitmap fonts, marks
above letters, glyphs that no font has. One thing looks otherwise: what stands behind a tab begins where it was laid
out, and not a fortieth of the tab further on.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from weasyprint.draw import text as drawing
from weasyprint.formatting_structure.boxes import TextBox
from weasyprint.layout import inline
from weasyprint.text import line_break
from weasyprint.text.ffi import FROM_UNITS, ffi, pango

_OLDEST_PANGO: Final = 14802  # before it WeasyPrint takes sizes from elsewhere
_INTEGERS: Final = 5  # of a glyph: its number, its width, two offsets, and what else is known of it
#: Whether glyphs lie in memory as they are read here.
GLYPHS_ARE_KNOWN: Final = pango.pango_version() >= _OLDEST_PANGO and ffi.sizeof("PangoGlyphInfo") == _INTEGERS * 4


_whole_deactivate: Final = line_break.Layout.deactivate
_whole_reactivate: Final = line_break.Layout.reactivate


def deactivate(layout: Any) -> None:
    """Keeps what was laid out until it has been drawn; it would be thrown away, and laid out again to be drawn."""
    if layout.__dict__.pop("_drawn", False):
        _whole_deactivate(layout)


def reactivate(layout: Any, style: Any) -> None:
    """What a line needs before it is drawn; only where words are spread is it not what it was laid out as."""
    if "layout" not in layout.__dict__:
        _whole_reactivate(layout, style)
    elif layout.justification_spacing:
        layout.set_text(layout.text, justify=True)
    layout.__dict__["_drawn"] = True


_whole_split_first_line: Final = inline.split_first_line


def split_first_line(text: str, style: Any, *more: Any, **further: Any) -> Any:
    """A line of text that keeps its line breaks, without the line after it: that would be laid out with it, twice."""
    if style["white_space"] == "pre":
        line, newline, _ = text.partition("\n")
        if newline and line:
            layout, length, resume_index, *sizes = _whole_split_first_line(line, style, *more, **further)
            return layout, length, length + 1 if resume_index is None else resume_index, *sizes
    return _whole_split_first_line(text, style, *more, **further)


_whole_get_next_linebox: Final = inline.get_next_linebox


def get_next_linebox(context: Any, linebox: Any, position_y: float, *more: Any) -> Any:
    """A line of a text that keeps its line breaks is like the line above it, lower down."""
    _, skip_stack, containing_block, *_ = more
    above = linebox.__dict__.pop("_line_above", None)
    same_place = above is not None and containing_block.content_box_x() == above.position_x
    if same_place and skip_stack and skip_stack.get(0) and not context.excluded_shapes:
        [skip] = skip_stack[0]
        found = _below(above, context, linebox, position_y, skip)
        if found is not None:
            linebox.__dict__["_line_above"] = found[0]
            return found
    line, resume_at = _whole_get_next_linebox(context, linebox, position_y, *more)
    if line is not None and resume_at and not linebox.text_indent and _plain(linebox, line, context):
        linebox.__dict__["_line_above"] = line
    return line, resume_at


def _plain(linebox: Any, line: Any, context: Any) -> bool:
    """Whether a line is nothing but text from the left on, without anything beside it."""
    style = linebox.style
    return (
        len(linebox.children) == len(line.children) == 1
        and type(linebox.children[0]) is TextBox
        and linebox.children[0].style["white_space"] == "pre"
        and style["direction"] == "ltr"
        and style["text_align_all"] in {"start", "left"}
        and not context.excluded_shapes
    )


def _below(above: Any, context: Any, linebox: Any, position_y: float, skip: int) -> tuple[Any, Any] | None:
    """The next line, if it is as high as the one above it."""
    child, box = above.children[0], linebox.children[0]
    text = box.text.encode()[skip:].decode()
    if text[:1] in {"", "\n"}:
        return None
    layout, length, resume_index, width, height, baseline = split_first_line(
        text, box.style, context, None, box.justification_spacing
    )
    if not length or (height, baseline + child.margin_top) != (child.height, child.baseline):
        return None
    text_box = child.copy_with_text(layout.text)
    text_box.width, text_box.pango_layout = width, layout
    text_box.position_y += position_y - above.position_y
    line = above.copy_with_children([text_box])
    line.position_y, line.width = position_y, width
    linebox.position_y, linebox.width, linebox.height = position_y, width, line.height
    return line, None if resume_index is None else {0: {skip + resume_index: None}}


_whole_strut: Final = inline.strut
_whole_font_description: Final = line_break.get_font_description


def strut(style: Any) -> Any:
    """How high an empty line is."""
    known = style.__dict__.get("_known_strut")
    if known is None:
        known = style.__dict__["_known_strut"] = _whole_strut(style)
    return known


def get_font_description(style: Any) -> Any:
    """What Pango is told of a font."""
    known = style.__dict__.get("_known_description")
    if known is None:
        known = style.__dict__["_known_description"] = _whole_font_description(style)
    return known


_whole_draw_first_line: Final = drawing.draw_first_line


def draw_first_line(stream: Any, textbox: Any, text_overflow: str, block_ellipsis: Any, matrix: Any) -> Any:
    """A line of glyphs, each with what stands for it in the file: found out once for each font and size."""
    plain = text_overflow != "ellipsis" and block_ellipsis == "none" and "\n" not in textbox.pango_layout.text
    strings = _strings(stream, textbox) if plain and textbox.text.strip() else None
    if strings is None:
        return _whole_draw_first_line(stream, textbox, text_overflow, block_ellipsis, matrix)
    stream.set_text_matrix(*matrix.values)
    for font, size, string in strings:
        stream.set_font_size(font.hash, size)
        stream.show_text(string)
    return []


def _strings(stream: Any, textbox: Any) -> list[tuple[Any, float, str]] | None:
    """The glyphs of a line by font; None where WeasyPrint itself has to look at them."""
    found: list[tuple[Any, float, str]] = []
    previous = None
    first_line, _ = textbox.pango_layout.get_first_line()
    run = first_line.runs[0]
    while run != ffi.NULL:
        item, run = run.data, run.next
        pango_font = item.item.analysis.font
        if pango_font != previous:
            font, size = stream.add_font(pango_font)
            if font.bitmap or font.png or font.svg or font.colr:
                return None
            previous = pango_font
            found.append((font, size, ""))
        string = _glyphs(item, font, size, stream, textbox)
        if string is None:
            return None
        found[-1] = (font, size, found[-1][2] + string)
    return found


def _glyphs(item: Any, font: Any, size: float, stream: Any, textbox: Any) -> str | None:
    count = item.glyphs.num_glyphs
    numbers = memoryview(ffi.buffer(item.glyphs.glyphs, count * _INTEGERS * 4)).cast("i").tolist()
    if any(numbers[2::_INTEGERS]) or any(numbers[3::_INTEGERS]):
        return None
    known: dict[tuple[int, int], str] = font.__dict__.setdefault("_known_glyphs", {}).setdefault(size, {})
    pairs = list(zip(numbers[::_INTEGERS], numbers[1::_INTEGERS], strict=True))
    for place, pair in enumerate(pairs):
        if pair not in known:
            if pair[0] & pango.PANGO_GLYPH_UNKNOWN_FLAG:
                return None
            if pair[0] != pango.PANGO_GLYPH_EMPTY and pair[0] not in font.to_unicode:
                font.to_unicode[pair[0]] = _character(item, place, textbox.pango_layout.text)
            known[pair] = _glyph(*pair, font, size, _Measure(stream, item.item.analysis.font))
    string = "<" + "".join([known[pair] for pair in pairs]) + ">"
    return string.removesuffix("<>")


def _character(item: Any, place: int, text: str) -> str:
    """What a glyph stands for, which a reader of the file copies and searches."""
    clusters, length, offset = item.glyphs.log_clusters, item.item.length, item.item.offset
    if item.item.analysis.level % 2:  # from right to left
        end = clusters[place - 1] if place else length
    else:
        end = clusters[place + 1] if place < item.glyphs.num_glyphs - 1 else length
    return text.encode()[offset + clusters[place] : offset + end].decode()


class _Measure(NamedTuple):
    """What Pango measures a glyph with."""

    stream: Any
    font: Any

    def width(self, glyph: int) -> int:
        """The width that a glyph has by itself, in Pango's units."""
        pango.pango_font_get_glyph_extents(self.font, glyph, self.stream.ink_rect, self.stream.logical_rect)
        width: int = self.stream.logical_rect.width
        return width


def _glyph(glyph: int, width: int, font: Any, size: float, measure: _Measure) -> str:
    """What stands for a glyph of this width; one without ink, such as a tab, moves on by its width."""
    wide = width * 1000 * FROM_UNITS / size
    if glyph == pango.PANGO_GLYPH_EMPTY:
        return f">{-wide}<"
    if glyph not in font.widths:
        font.widths[glyph] = round(measure.width(glyph) * 1000 * FROM_UNITS / size)
    kerning = font.widths[glyph] + 0.0 - wide
    return f"{glyph:04x}>{int(kerning)}<" if kerning else f"{glyph:04x}"
