"""A logo, read and looked into before anything else is done with it."""

from __future__ import annotations

import io
import re
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from reporter.errors import UsageError
from reporter.plain import disk

_TYPES: Final = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"<svg": "image/svg+xml",
    b"<?xml": "image/svg+xml",
}
_PIXELS: Final = 25_000_000
_REMEDY: Final = "Mend controller.logo in the settings"
_STEP: Final = 65_536
_ACTIVE: Final = frozenset({"script", "foreignObject", "iframe", "style", "use", "a"})


def uri(path: Path) -> str:
    """A logo as a ``data:`` URI, so that no renderer has to open a file.

    Raises:
        UsageError: It is not there, too large, no whole PNG, JPEG or SVG, or an SVG that runs or fetches something.
    """
    try:
        data = disk.read(path)
    except OSError as error:
        raise UsageError(f"the logo cannot be read: {error.strerror}", where=str(path), remedy=_REMEDY) from error
    kind, wrong = _looked_at(data)
    if wrong:
        raise UsageError(f"the logo {wrong}", where=str(path), remedy=_REMEDY)
    return _uri(kind, data)


def is_ours(given: str) -> bool:
    """Whether a text is what ``uri`` makes of some logo; a run that was kept may have been changed."""
    try:
        data = b64decode(given.partition(";base64,")[2], validate=True)
    except ValueError:
        return False
    kind, wrong = _looked_at(data)
    return wrong is None and _uri(kind, data) == given


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{b64encode(data).decode()}"


def _looked_at(data: bytes) -> tuple[str, str | None]:
    """What kind of picture it is, and what is wrong with it."""
    kind = next((kind for magic, kind in _TYPES.items() if data.lstrip().startswith(magic)), "")
    if not kind:
        return kind, "is neither PNG, JPEG nor SVG"
    return kind, _wrong_drawing(data) if kind.endswith("xml") else _wrong_photo(data)


def _wrong_photo(data: bytes) -> str | None:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 (a tenth of a second of imports)

    try:
        with Image.open(io.BytesIO(data)) as image:
            # The head of a file says it, before a small file has become a large picture in memory.
            if image.width * image.height > _PIXELS:
                return f"has {image.width} x {image.height} pixels, more than {_PIXELS // 1_000_000} million"
            image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        return f"is broken: {error}"
    return None


def _wrong_drawing(data: bytes) -> str | None:
    # Entities can name files of this machine, or grow to gigabytes when they are read.
    if re.search(rb"<!(DOCTYPE|ENTITY)", data, flags=re.IGNORECASE):
        return "declares a document type, which could name entities and files"
    try:
        root = ET.fromstring(data)  # noqa: S314 (no document type, so no entities)
    except ET.ParseError as error:
        return f"is no XML: {error}"
    # The page holds it as an image, where browsers run nothing; other readers of the file need not be as careful.
    for element in root.iter():
        name = element.tag.rpartition("}")[2]
        if name in _ACTIVE:
            return f"holds <{name}>, which a picture of its own does not need"
        for key, value in element.attrib.items():
            plain = key.rpartition("}")[2].lower()
            if plain.startswith("on"):
                return f"holds a script, in the attribute {plain}"
            fetched = plain in {"href", "src"} and not value.startswith(("#", "data:image/png", "data:image/jpeg"))
            if fetched or re.search(r"url\(\s*['\"]?(?!#)", value):
                return f"asks for something outside itself, in the attribute {plain}"
    return None
