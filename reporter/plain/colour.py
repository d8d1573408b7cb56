"""Colours and the contrast between them, as WCAG 2.2 defines it (1.4.3)."""

from __future__ import annotations

from typing import Final

WHITE: Final = "#FFFFFF"
NIGHT: Final = "#12181E"  # the paper of a dark screen
NAVY: Final = "#14365C"
AMBER: Final = "#FFC857"

_LINEAR_BELOW: Final = 0.04045


def contrast(one: str, other: str) -> float:
    """From 1 to 21, for two colours as ``#rrggbb``."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def lightened(colour: str, ground: str, least: float) -> str:
    """A colour with just so much white in it that it stands out from a dark ground."""
    for share in range(101):
        mixed = "#" + "".join(f"{round(part + (255 - part) * share / 100):02x}" for part in _parts(colour))
        if contrast(mixed, ground) >= least:
            return mixed
    return WHITE


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= _LINEAR_BELOW else float(((part + 0.055) / 1.055) ** 2.4)
