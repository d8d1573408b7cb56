"""The picture of a trend: a bar for each run, its undecided decisions stacked by what they are about.

It is told apart by pattern and not by colour, so that it reads in black and white. The words stand beside it, in the
order of the stack; the table below says every number. Units are 1/100 mm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from markupsafe import Markup

from reporter.plain.language import Language
from reporter.render.sheets.pictures import INK, RULE, svg
from reporter.view.trend import Run, Trend

KINDS: Final = ("other", "personal", "special")

_WIDTH: Final = 12000
_HEIGHT: Final = 4200
_WIDEST: Final = 1200
_HATCH: Final = 160
_LINE: Final = 18
_AXIS: Final = 30


def picture(runs: Sequence[Run]) -> str:
    """The bars, oldest first; every one from the ground up: special categories, other personal data, all else."""
    most = max((run.undecided for run in runs), default=0)
    if not most:
        return ""
    pitch = min(_WIDTH / len(runs), _WIDEST)
    # Of hundreds of runs the bars touch, and make an outline.
    broad = pitch * (0.72 if pitch > 2 * _HATCH else 1)
    solid, lines, framed = list[str](), list[str](), list[str]()
    for place, run in enumerate(runs):
        left, ground = place * pitch + (pitch - broad) / 2, float(_HEIGHT)
        for number, kind in ((run.special, solid), (run.personal, lines), (run.other, framed)):
            high = _HEIGHT * number / most
            if high:
                box = f"M{left:.0f} {ground - high:.0f}h{broad:.0f}v{high:.0f}h{-broad:.0f}z"
                kind.append(_hatched(left, ground - high, broad, high) if kind is lines else box)
                if kind is lines:
                    framed.append(box)
            ground -= high
    width = len(runs) * pitch
    return svg(
        _WIDTH,
        _HEIGHT,
        f'<path d="M0 0h{width:.0f}" stroke="{RULE}" stroke-width="{_LINE}"/>',
        f'<path d="{"".join(solid)}" fill="{INK}"/>',
        f'<path d="{"".join(lines)}" stroke="{INK}" stroke-width="{_LINE}" fill="none"/>',
        f'<path d="{"".join(framed)}" stroke="{INK}" stroke-width="{_LINE}" fill="none"/>',
        f'<path d="M0 {_HEIGHT}h{_WIDTH}" stroke="{INK}" stroke-width="{_AXIS}"/>',
        margin=_AXIS,
    )


def _hatched(left: float, top: float, broad: float, high: float) -> str:
    """Level strokes: slanted ones would need clipping, and of narrow bars nothing would be left of them."""
    strokes = int(high // _HATCH)
    return "".join(f"M{left:.0f} {top + (place + 1) * _HATCH:.0f}h{broad:.0f}" for place in range(strokes))


def told(trend: Trend | None, language: Language) -> dict[str, Any]:
    """What templates say of a trend; nothing where there is none."""
    if trend is None:
        return {}
    last = trend.runs[-1]
    # From the top of the stack down, as they stand beside it.
    legend = [
        (
            "other",
            language.gettext("framed:"),
            language.gettext("of what is not necessarily personal, and of actions"),
            last.other,
            last.other_out,
        ),
        (
            "personal",
            language.gettext("lined:"),
            language.gettext("of other personal data"),
            last.personal,
            last.personal_out,
        ),
        (
            "special",
            language.gettext("solid:"),
            language.gettext("of special categories (GDPR Art. 9)"),
            last.special,
            last.special_out,
        ),
    ]
    return {
        "trend_picture": Markup(picture(trend.runs)),  # noqa: S704  (our own strokes)
        "trend_swatches": {kind: Markup(swatch(kind)) for kind in KINDS},  # noqa: S704
        "trend_legend": legend,
        "trend_kinds": {
            "agent": language.gettext("agent"),
            "owner": language.gettext("owner"),
            "environment": language.gettext("environment"),
        },
    }


def swatch(kind: str) -> str:
    """The same pattern beside the words that say what it stands for."""
    size = 300
    box = f"M0 0h{size}v{size}h{-size}z"
    filled = f'<path d="{box}" fill="{INK if kind == "special" else "none"}" stroke="{INK}" stroke-width="{_LINE}"/>'
    hatch = (
        f'<path d="{_hatched(0, 0, size, size)}" stroke="{INK}" stroke-width="{_LINE}"/>' if kind == "personal" else ""
    )
    return svg(size, size, filled, hatch, margin=_LINE)
