"""Texts that are told in part: a cut within a sentence may turn round what somebody wrote."""

from __future__ import annotations

import re
from typing import Final

_END: Final = re.compile(r"[.!?\u3002](?=\s)")


def begun(text: str, room: int) -> str:
    """All of a text, or as many whole sentences of it as there is room for, which may be none."""
    if len(text) <= room:
        return text
    ends = [found.end() for found in _END.finditer(text[: room + 1])]
    return text[: ends[-1]] if ends else ""
