"""Text that somebody else wrote, made safe to show.

What cannot be seen, or changes how its neighbours are read, is spelled out; what is too long is cut, with a note of
how much stands in the evidence. Letters of every script are kept, those that run from right to left among them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from textwrap import wrap
from typing import Final

LIMIT: Final = 200
_NARROW: Final = 30

#: By code point: controls, bidirectional controls and other format characters, separators of lines and paragraphs,
#: letters and marks that leave no ink, variation selectors, tags, private use, noncharacters, and lone surrogates.
_UNSEEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u06dd\u070f\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U0010ffff]"
)
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _more(characters: int) -> str:
    return f"{characters:,} more character{'' if characters == 1 else 's'} in the evidence"


def shown(text: str, limit: int = LIMIT, more: Callable[[int], str] = _more) -> str:
    """The text as one line in which nothing is hidden, of at most about ``limit`` characters.

    Args:
        text: Anything at all.
        limit: Where it is cut.
        more: Says how many characters were cut off.
    """
    cut = text[:limit]
    seen = _UNSEEN.sub(_spelled, cut) if not (cut.isascii() and cut.isprintable()) else cut
    over = len(text) - limit
    if over <= 0:
        return seen
    return f"{seen}\u2026 ({more(over)})"


def _spelled(found: re.Match[str]) -> str:
    char = found[0]
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 (the Basic Multilingual Plane)


def folded(line: str, width: int | None, indent: int) -> list[str]:
    """The line as it fits a screen: broken between words, further lines indented; nothing of it is left out.

    Args:
        line: With the blanks that it begins with.
        width: In characters; without one it is not broken.
        indent: Of further lines.
    """
    if width is None or len(line) <= width:
        return [line]
    first = len(line) - len(line.lstrip())
    found = wrap(
        line[first:],
        max(width, first + _NARROW),  # a screen that is narrower is none that anybody reads
        initial_indent=line[:first],
        subsequent_indent=" " * max(indent, first),
        break_on_hyphens=False,
        break_long_words=False,
    )
    return found or [line]
