"""Boxes: styles that are the same are worked out once, and a box without a background is not asked for one again."""

from __future__ import annotations

from typing import Any, Final

from weasyprint import css
from weasyprint.css import StyleFor
from weasyprint.css.computed_values import COMPUTER_FUNCTIONS
from weasyprint.css.functions import check_math
from weasyprint.css.properties import INHERITED, INITIAL_NOT_COMPUTED, INITIAL_VALUES
from weasyprint.draw import border
from weasyprint.draw.color import get_color
from weasyprint.formatting_structure.boxes import Box
from weasyprint.layout import background, percent

_whole_set_computed_styles: Final = StyleFor.set_computed_styles


def set_computed_styles(styles: Any, element: Any, parent: Any, root: Any = None, **more: Any) -> None:
    """One style for all pages and all markers that the same declarations hold for, as elements share theirs already."""
    pseudo_type = more.get("pseudo_type")
    cascaded = styles.get_cascaded_styles().get((element, pseudo_type), {})
    computed = styles.get_computed_styles()
    if "anchor" in cascaded or not (pseudo_type or hasattr(element, "side")):
        _whole_set_computed_styles(styles, element, parent, root, **more)
        computed[element, pseudo_type].__dict__["_is_computed"] = True
        return
    declared = tuple((name, id(value), *weight[:2], *weight[2]) for name, (value, weight) in cascaded.items())
    key = pseudo_type, id(computed[parent, None]), declared
    known = styles.__dict__.setdefault("_known_styles", {})
    if key not in known:
        _whole_set_computed_styles(styles, element, parent, root, **more)
        known[key] = computed[element, pseudo_type]
    computed[element, pseudo_type] = known[key]


_UNLIKE_OTHERS: Final = {"anchor", "display", "float", "page", "position"}
#: What has its initial value wherever nothing is declared, and nothing is to be worked out.
_INITIAL: Final = frozenset(
    name
    for name, initial in INITIAL_VALUES.items()
    if name not in INHERITED | INITIAL_NOT_COMPUTED | _UNLIKE_OTHERS
    and name not in COMPUTER_FUNCTIONS
    and name not in css.PHYSICAL_FUNCTIONS
    and not name.startswith("text_decoration_")
    and not check_math(initial)
)
_whole_missing: Final = css.ComputedStyle.__missing__


def missing(style: Any, name: str) -> Any:
    """The value of a property that nobody has asked for yet."""
    if name in _INITIAL and name not in style.cascaded:
        value = style[name] = INITIAL_VALUES[name]
        return value
    return _whole_missing(style, name)


_SIZES: Final = (
    *(f"{kind}_{side}" for kind in ("margin", "padding") for side in ("top", "right", "bottom", "left")),
    *(f"{least}{axis}" for axis in ("width", "height") for least in ("", "min_", "max_")),
)
_BORDERS: Final = tuple(f"border_{side}_width" for side in ("top", "right", "bottom", "left"))
_whole_resolve_percentages: Final = percent.resolve_percentages


def resolve_percentages(box: Any, containing_block: Any) -> None:
    """The sizes of a box; what depends on nothing around it is the same for all boxes of a style."""
    style = box.style
    known = style.__dict__.get("_known_sizes")
    if known is None:
        known = style.__dict__["_known_sizes"] = _as_it_was_computed(style) and _sizes(style)
    if not known or not isinstance(box, Box):
        _whole_resolve_percentages(box, containing_block)
        return
    box.__dict__.update(known)
    percent.adjust_box_sizing(box, "width")
    percent.adjust_box_sizing(box, "height")


def _as_it_was_computed(style: Any) -> bool:
    """Whether it is an element's, or an anonymous box's: a copy of one is made to be changed."""
    parent = style.__dict__.get("parent_style")
    return "_is_computed" in style.__dict__ or (parent is not None and parent.__dict__.get("anonymous_style") is style)


def _sizes(style: Any) -> dict[str, Any] | bool:
    """All sizes in pixels, or False where one is a part of something else."""
    if style["border_collapse"] == "collapse":
        return False
    found: dict[str, Any] = {name: style[name] for name in _BORDERS}
    for name in _SIZES:
        size = style[name]
        if size == "auto":
            found[name] = 0 if name.startswith("min_") else size
        elif getattr(size, "unit", None) == "px":
            found[name] = size.value
        else:
            return False
    return found


_whole_draw_border: Final = border.draw_border


def draw_border(stream: Any, box: Any) -> None:
    """Nothing, around a box that has no border."""
    if (
        any(box.__dict__.get(name, True) for name in _BORDERS)
        or box.style["border_image_source"][0] != "none"
        or box.style["column_rule_width"]
    ):
        _whole_draw_border(stream, box)


_whole_is_in_normal_flow: Final = Box.is_in_normal_flow


def is_in_normal_flow(box: Any) -> bool:
    """Whether a box is where it would stand anyway, as nearly all are."""
    style = box.style
    if style["float"] == "none" and style["position"] in {"static", "relative"}:
        return True
    found: bool = _whole_is_in_normal_flow(box)
    return found


_RADII: Final = tuple(f"border_{corner}_radius" for corner in ("top_left", "top_right", "bottom_right", "bottom_left"))
_SQUARE: Final = dict.fromkeys(_RADII, (0, 0))
_whole_layout_box_backgrounds: Final = background.layout_box_backgrounds


def layout_box_backgrounds(page: Any, box: Any, images: Any, layout_children: bool = True, style: Any = None) -> None:  # noqa: FBT001, FBT002 (the engine's own)
    """Nothing, for a box that has no background and square corners, as nearly all have."""
    if box is page or style is not None or not isinstance(box, Box) or not _plain(box.style):
        _whole_layout_box_backgrounds(page, box, images, layout_children, style)
        return
    box.__dict__.update(_SQUARE, background=None)
    if layout_children:
        for child in box.all_children():
            layout_box_backgrounds(page, child, images)


def _plain(style: Any) -> bool:
    known: bool | None = style.__dict__.get("_known_plain")
    if known is None:
        known = style.__dict__["_known_plain"] = (
            style["border_image_source"][0] == style["mask_border_source"][0] == "none"
            and style["visibility"] != "hidden"
            and not style["box_shadow"]
            and all(kind == "none" for kind, _ in style["background_image"])
            and all((0, "px") in style[radius] for radius in _RADII)
            and get_color(style, "background_color").alpha == 0
        )
    return known
