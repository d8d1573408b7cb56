"""How a theme comes into stylesheets and pictures: by the colour that stands for ours, and the size of the paper."""

from __future__ import annotations

import re
from typing import Final

from reporter.plain.colour import NAVY, NIGHT, lightened
from reporter.render.document import Theme

_ON_NIGHT: Final = "#a9c8ee"  # what stylesheets of ours make of navy on a dark screen
_READABLE: Final = 7.0

# The text block is 174 mm wide on both; Letter is broader and lower.
_LETTER: Final = """
@page { size: Letter; margin: 20mm 20.95mm 22mm }
@page cover { margin: 0 }
.cover { height: 278.4mm; padding: 0 20.95mm }
.cover .org { left: 20.95mm; right: 20.95mm }
.cover .foot { left: 20.95mm }
"""


def coloured(text: str, theme: Theme) -> str:
    """A stylesheet or a picture of ours with the accent in the place of navy."""
    if theme.accent.lower() == NAVY.lower():
        return text
    night = lightened(theme.accent, NIGHT, _READABLE)
    text = re.sub(NAVY, theme.accent, text, flags=re.IGNORECASE)
    return re.sub(_ON_NIGHT, night, text, flags=re.IGNORECASE)


def paper(css: str, theme: Theme) -> str:
    """The stylesheet of the PDF."""
    return coloured(css, theme) + (_LETTER if theme.page_size == "Letter" else "")


def screen(css: str, theme: Theme) -> str:
    """The stylesheet of the page; the size of the paper counts when it is printed."""
    return f"{coloured(css, theme)}\n@page {{ size: {theme.page_size}; margin: 16mm }}"
