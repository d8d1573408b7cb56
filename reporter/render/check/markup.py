"""Text of others in Markdown: it stays text, mentions nobody, links nothing and breaks no table."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from reporter.plain.text import shown

LONG: Final = 600
_NAME: Final = 120
#: Characters in a line of a comment, as GitHub shows it on a desktop.
_WIDTH: Final = 110

# What Markdown, and what GitHub and GitLab make of Markdown, take for something.
_MARKUP: Final = frozenset("&<>\\`*_{}[]|~$^")
# Mentions, references, addresses and emoji; an invisible space behind the sign keeps them from being any.
_SIGNAL: Final = re.compile(r"[@#:!%~&$](?=[\w/+\-])|www(?=\.)|GH(?=-)", re.IGNORECASE)
# At the beginning of a line: lists, headings.
_LEADING: Final = re.compile(r"[-+=#]|\d+[.)]")
#: What data never hold: it is spelled out in them.
_MARK: Final = "\u200b"


def escaped(text: str, limit: int = LONG) -> str:
    """Text that stays text in Markdown, in a table or outside, wherever in a line it stands."""
    marked = _SIGNAL.sub(lambda found: f"{found[0]}{_MARK}", shown(text, limit).strip())
    first = _LEADING.match(marked)
    place = first.end() - 1 if first else -1
    return "".join(_char(char, markup=at == place) for at, char in enumerate(marked))


def _char(char: str, *, markup: bool) -> str:
    if char == _MARK:
        return "&#8203;"
    return f"&#{ord(char)};" if markup or char in _MARKUP else char


def code(text: str) -> str:
    """A name as code, where nothing is ever a link; where code cannot hold it, as text."""
    seen = shown(text, _NAME)
    if not seen.strip() or "|" in seen or "\\" in seen or "`" in seen:
        return escaped(seen)
    return f"`{seen}`"


def clipped(text: str, limit: int) -> str:
    """Text as it is shown, of at most so many characters; the whole of it stands elsewhere."""
    seen = shown(text, limit * 4)
    return seen if len(seen) <= limit else f"{seen[: limit - 1].rstrip()}\u2026"


def named(text: str, limit: int) -> str:
    """A name as code; a long one is cut in its middle, so that it stays recognisable."""
    seen = shown(text, _NAME)
    half = limit // 2
    return code(seen if len(seen) <= limit else f"{seen[:half]}\u2026{seen[-(limit - half - 1) :]}")


def height(line: str) -> int:
    """How many lines a reader sees of one of ours."""
    seen = re.sub(r"</?\w+>|\*\*|`|^- ", "", re.sub(r"&#\d+;", "x", line))
    wide = sum(1 + (unicodedata.east_asian_width(char) in "WF") for char in seen)
    return max(1, -(-wide // _WIDTH))
