"""The numbers of pages, written where they are told once everything is laid out.

A page's number is known when all pages are; asking the engine for it, or laying out anew what tells it, costs as much
as the pages themselves. So there is room for three digits in every place, and the digits are put in at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from markupsafe import Markup
from weasyprint.formatting_structure import boxes
from weasyprint.text import line_break

TARGET: Final = "data-page"
ROOM: Final = "000"


class Pages:
    """Stands for the numbers of pages while templates are filled."""

    def get(self, anchor: str, _room: str = ROOM) -> Markup:
        """Room for the number of the page that an anchor stands on."""
        return Markup('<span data-page="{}">{}</span>').format(anchor, ROOM)


def of_anchors(document: Any) -> dict[str, str]:
    """The number of the page that each anchor stands on."""
    return {
        anchor: str(number) for number, page in reversed([*enumerate(document.pages, 1)]) for anchor in page.anchors
    }


def filled_in(pages: Iterable[Any], numbers: Mapping[str, str]) -> None:
    """Puts numbers where there is room for them; an anchor that stands nowhere has none."""
    for page in pages:
        for box in page._page_box.descendants():  # noqa: SLF001 (it has no other name)
            if isinstance(box, boxes.TextBox) and box.text == ROOM and box.element.get(TARGET):
                _write(box, numbers.get(box.element.get(TARGET), "\N{EN DASH}"))


def _write(box: Any, number: str) -> None:
    layout, _, _, width, _, _ = line_break.split_first_line(number, box.style, None, None, 0)
    if box.style["text_align_all"] in {"right", "end"}:
        box.position_x += box.width - width
    box.text, box.pango_layout, box.width = number, layout, width
