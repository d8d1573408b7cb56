"""What WeasyPrint does again and again, done once: the same pages in two thirds of the time, and a line in half.

Each of these stands in for a function of WeasyPrint's or pydyf's, and hands on to it whatever is out of the ordinary.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pydyf
import weasyprint
from weasyprint import css
from weasyprint.document import Page
from weasyprint.draw import border
from weasyprint.draw import text as drawing
from weasyprint.formatting_structure.boxes import Box
from weasyprint.layout import background, inline, percent
from weasyprint.svg import TAGS
from weasyprint.text import line_break

from reporter.render import quick_boxes, quick_file, quick_text

_TRIED: Final = "70."  # another version may do these things otherwise: it is left alone, and takes longer


class Shortcut(NamedTuple):
    """A function of the engine's, ours in its place, and whether the file stays the same byte for byte."""

    owner: Any
    name: str
    ours: Any
    whole: Any
    same: bool = True

    def put(self, function: Any) -> None:
        """Puts one of the two in its place."""
        if isinstance(self.owner, dict):
            self.owner[self.name] = function
        else:
            setattr(self.owner, self.name, function)


def _shortcut(owner: Any, name: str, ours: Any, *, same: bool = True) -> Shortcut:
    whole = owner[name] if isinstance(owner, dict) else getattr(owner, name)
    return Shortcut(owner, name, ours, whole, same)


def _wherever(whole: Any, ours: Any) -> Iterator[Shortcut]:
    """A function in every module of the engine's that knows it by its name."""
    name: str = whole.__name__
    for path, module in sorted(sys.modules.items()):
        if path.startswith("weasyprint.") and getattr(module, name, None) is whole:
            yield Shortcut(module, name, ours, whole)


SHORTCUTS: Final[tuple[Shortcut, ...]] = (
    _shortcut(line_break.Layout, "deactivate", quick_text.deactivate),
    _shortcut(line_break.Layout, "reactivate", quick_text.reactivate),
    _shortcut(inline, "split_first_line", quick_text.split_first_line),
    _shortcut(inline, "get_next_linebox", quick_text.get_next_linebox),
    _shortcut(inline, "strut", quick_text.strut),
    _shortcut(line_break, "get_font_description", quick_text.get_font_description),
    _shortcut(css.StyleFor, "set_computed_styles", quick_boxes.set_computed_styles),
    _shortcut(css.ComputedStyle, "__missing__", quick_boxes.missing),
    _shortcut(Box, "is_in_normal_flow", quick_boxes.is_in_normal_flow),
    *_wherever(percent.resolve_percentages, quick_boxes.resolve_percentages),
    *_wherever(border.draw_border, quick_boxes.draw_border),
    _shortcut(background, "layout_box_backgrounds", quick_boxes.layout_box_backgrounds),
    _shortcut(Page, "paint", quick_file.paint),
    _shortcut(TAGS, "path", quick_file.path),
    _shortcut(pydyf, "_to_bytes", quick_file.to_bytes),
    _shortcut(pydyf.Stream, "data", property(quick_file.data), same=False),
    _shortcut(drawing, "draw_first_line", quick_text.draw_first_line, same=False),
)


def install() -> None:
    """Puts them in their places; of an engine that nobody has tried them with, only what is not bound to it."""
    pydyf.PDF.page_references = property(quick_file.page_references)
    if not weasyprint.__version__.startswith(_TRIED):
        return
    for each in SHORTCUTS:
        if each.name != "draw_first_line" or quick_text.GLYPHS_ARE_KNOWN:
            each.put(each.ours)
