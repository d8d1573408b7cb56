"""Rendered pages compared with pictures of them, within what another version of Pango or poppler changes."""

from __future__ import annotations

import io
import subprocess
from functools import reduce
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops, ImageFilter

REFERENCES: Final = Path(__file__).parent / "references"
_RESOLUTION: Final = 50  # dots an inch
_BLUR: Final = 2  # dots; a glyph that moved by half a dot looks the same
_CHANGED: Final = 24  # of 255; a dot that differs by more, after the blur, has changed
_SHARE: Final = 0.0003  # of a page's dots: 72 on A4, about six tiles of a matrix


def picture(pdf: bytes, page: int) -> Image.Image:
    """A page, counted from 1, as poppler draws it.

    Raises:
        ValueError: There is no such page.
    """
    command = ["pdftoppm", "-r", str(_RESOLUTION), "-png", "-f", str(page), "-l", str(page), "-"]
    drawn = subprocess.run(command, input=pdf, capture_output=True, check=False).stdout
    if not drawn:
        raise ValueError(f"there is no page {page}")
    return Image.open(io.BytesIO(drawn)).convert("RGB")


def changes(actual: Image.Image, expected: Image.Image) -> Image.Image:
    """A page of the dots that changed, in white."""
    smooth = ImageFilter.GaussianBlur(_BLUR)
    bands = ImageChops.difference(actual.filter(smooth), expected.filter(smooth)).split()
    return reduce(ImageChops.lighter, bands).point(lambda value: 255 if value > _CHANGED else 0)


def same(actual: Image.Image, expected: Image.Image) -> bool:
    """Whether somebody would call these the same page."""
    if actual.size != expected.size:
        return False
    return changes(actual, expected).histogram()[255] <= _SHARE * actual.width * actual.height


def check(actual: Image.Image, name: str, place: Path) -> None:
    """Holds a page against its picture; where they differ, both and the changes are left side by side.

    Raises:
        AssertionError: They differ, or there is no picture.
    """
    with Image.open(REFERENCES / f"{name}.png") as kept:
        expected = kept.convert("RGB")
    if same(actual, expected):
        return
    width = actual.width + expected.width
    beside = Image.new("RGB", (width + actual.width, max(actual.height, expected.height)), "grey")
    beside.paste(actual, (0, 0))
    beside.paste(expected, (actual.width, 0))
    if actual.size == expected.size:
        beside.paste(changes(actual, expected), (width, 0))
    left = place / f"{name}.png"
    beside.save(left)
    raise AssertionError(
        f"{name} looks otherwise: actual, expected and changes are in {left}; scripts/pictures if meant"
    )


def keep(actual: Image.Image, name: str) -> None:
    """Makes this the picture of a page."""
    REFERENCES.mkdir(exist_ok=True)
    actual.quantize(256, dither=Image.Dither.NONE).save(REFERENCES / f"{name}.png", optimize=True)
