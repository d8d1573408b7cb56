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
        mixed = "#" + "".join(f"{round(part + (255 - part) * share / 100):02x}" for part in bytes.fromhex(colour[1:]))
        if contrast(mixed, ground) >= least:
            return mixed
    return WHITE


def _luminance(colour: str) -> float:
    # What a screen gives off is no straight line of the number that it is given.
    parts = [part / 255 for part in bytes.fromhex(colour[1:])]
    linear = [part / 12.92 if part <= _LINEAR_BELOW else float(((part + 0.055) / 1.055) ** 2.4) for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
