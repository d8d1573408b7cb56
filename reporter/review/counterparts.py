"""What stands in the law of other countries beside the provisions of the European Union that our rules cite.

It is no claim that both say the same: where they differ, the table names what the other law has instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

from pydantic import Field, PrivateAttr

from reporter.plain.toml_lines import Strict

_WORD: Final = re.compile("[A-Za-z0-9]")


def begins(text: str, name: str) -> bool:
    """Whether a provision begins with a name that has ended there: GDPR Art. 4 begins none of GDPR Art. 44."""
    return text.startswith(name) and not _WORD.match(text, len(name))


class Other(Strict):
    """A provision of the other law; without a condition of its own it has that of what it stands beside."""

    provision: str
    only_if: str | None = None


class Counterparts(Strict):
    """Those of one jurisdiction. The longest name that a provision begins with counts.

    Attributes:
        given: What holds for whoever is in this jurisdiction and not in the Union; elsewhere the first is a condition.
        preconditions: What a report says besides where this jurisdiction is asked for.
        same: What replaces a name, with all that follows it.
        other: What is cited instead of it, or besides.
    """

    jurisdiction: Literal["UK", "US"]
    given: list[str] = Field(default=[])
    preconditions: list[str] = Field(default=[])
    same: dict[str, str] = Field(default={})
    other: dict[str, list[Other]] = Field(default={})
    _found: dict[str, str | None] = PrivateAttr(default_factory=dict)

    def beside(self, text: str, only_if: str | None) -> Iterator[tuple[str, str | None]]:
        """The provisions beside one, each with its condition."""
        name = self._longest(text)
        if name is None:
            return
        otherwise = only_if or next(iter(self.given), None)
        if name in self.same:
            yield self.same[name] + text.removeprefix(name), otherwise
        for each in self.other.get(name, ()):
            yield each.provision, each.only_if or otherwise

    def _longest(self, text: str) -> str | None:
        if text not in self._found:
            names = [name for name in (*self.same, *self.other) if begins(text, name)]
            self._found[text] = max(names, key=len, default=None)
        return self._found[text]
