"""The sentences of the catalogue that a report says in its own language, for whatever collects them.

Provisions are not among them: ``citations`` says how another language writes one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parent / "catalogue"

#: The keys whose values are words for a reader.
_SAID: Final = frozenset({
    "preconditions", "title", "because", "question", "missing", "only_if", "not_evaluated", "note", "text", "words",
})  # fmt: skip
#: An instrument is cited by its name; its title is a reference, the same for every reader.
_NOT_SAID: Final = frozenset({("instrument", "title")})


def texts() -> Iterator[tuple[str, str]]:
    """Every sentence of the catalogue, with the name of the file that it stands in."""
    for path in sorted(FOLDER.glob("*.toml")):
        for text in _said(tomllib.loads(path.read_text(encoding="utf-8")), ""):
            yield path.name, text


def _said(table: dict[str, Any], kind: str) -> Iterator[str]:
    for key, value in table.items():
        items = value if isinstance(value, list) else [value]
        if key in _SAID and (kind, key) not in _NOT_SAID:
            yield from items
        else:
            for item in items:
                if isinstance(item, dict):
                    yield from _said(item, key)
