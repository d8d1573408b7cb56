"""What WeasyPrint does again and again, done once: the same pages in two thirds of the time, and a line in half.

Each of these stands in for a function of WeasyPrint's or pydyf's, and hands on to it whatever is out of the ordinary.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from copy import copy
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
    """Puts them in their places."""
    for each in SHORTCUTS:
        if each.name != "draw_first_line" or quick_text.GLYPHS_ARE_KNOWN:
            each.put(each.ours)


class Noteless(weasyprint.HTML):  # type: ignore[misc]  # (ships no types)
    """A page that has no footnotes: five styles for each element that none of them uses."""

    def _ua_stylesheets(self, forms: bool = False) -> list[Any]:  # noqa: FBT001, FBT002 (the engine's own)
        return [_without_notes(sheet) for sheet in super()._ua_stylesheets(forms)]


def _without_notes(sheet: Any) -> Any:
    """The engine's own style sheet, without what it says of footnotes and their marks."""
    slim = copy(sheet)
    slim.matcher = copy(sheet.matcher)
    slim.matcher.other_selectors = [
        selector for selector in sheet.matcher.other_selectors if "note-" not in (selector[3] or "")
    ]
    return slim
