"""Pseudonyms: the same for the same name under one key, and found in any text that repeats the name.

A pseudonym is an HMAC of the name, so that nobody without the key can try names until one fits. Names are found
whatever their case, between any two characters that are neither letter nor digit, and with any signs or none between
their words. One of a single character, or of digits alone, is too common a text to be looked for within others: it is
replaced where it is all that stands there.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Final, Literal

Kind = Literal["agent", "id", "person"]

_WORD: Final = re.compile(r"[^\W_]+")
_DIGITS: Final = 12
_LEAST: Final = 2
#: Of the words of a person's name those that are looked for alone: shorter ones are too many other words.
_LEAST_OF_A_NAME: Final = 4


class Pseudonyms:
    """Replaces what is to be hidden.

    Attributes:
        known: By pseudonym what it stands for, as it was written where it was first found.
    """

    def __init__(self, key: bytes, named: Iterable[tuple[Kind, str]]) -> None:
        """Takes the key, and what is to be hidden; of what is named as several things, the first counts."""
        self._key = key
        self.known: dict[str, str] = {}
        self._whole: dict[str, str] = {}
        self._by_word: dict[str, list[tuple[list[str], str]]] = {}
        for kind, name in named:
            self._take(kind, name)
        for found in self._by_word.values():
            found.sort(key=lambda item: -len(item[0]))

    def _take(self, kind: Kind, name: str) -> None:
        if not name.strip() or name.casefold() in self._whole:
            return
        made = self.pseudonym(kind, name)
        self.known.setdefault(made, name)
        self._whole[name.casefold()] = made
        words = [found[0].casefold() for found in _WORD.finditer(name)]
        self._seek(words, made)
        if kind == "person":
            for word in words:
                if len(word) >= _LEAST_OF_A_NAME:
                    self._seek([word], made)

    def _seek(self, words: list[str], made: str) -> None:
        text = "".join(words)
        if len(text) < _LEAST or text.isdigit():
            return
        for some in (words, [text]) if len(words) > 1 else (words,):
            self._by_word.setdefault(some[0], []).append((some, made))

    def pseudonym(self, kind: Kind, name: str) -> str:
        """Its pseudonym, such as ``agent-3f9a2c01b7de``, whether it is to be hidden or not."""
        text = f"{kind}\0{name.casefold()}".encode("utf-8", "backslashreplace")
        return f"{kind}-{hmac.new(self._key, text, hashlib.sha256).hexdigest()[:_DIGITS]}"

    def text(self, given: str) -> str:
        """A text with a pseudonym in the place of whatever it repeats."""
        whole = self._whole.get(given.casefold())
        if whole is not None:
            return whole
        words = [*_WORD.finditer(given)]
        pieces: list[str] = []
        at = number = 0
        while number < len(words):
            count, made = self._at(words, number)
            if count:
                pieces += (given[at : words[number].start()], made)
                at = words[number + count - 1].end()
            number += count or 1
        return "".join([*pieces, given[at:]]) if pieces else given

    def _at(self, words: list[re.Match[str]], number: int) -> tuple[int, str]:
        """How many words from there on are a name, and its pseudonym; a name's words have signs alone between them."""
        for some, made in self._by_word.get(words[number][0].casefold(), ()):
            here = [each[0].casefold() for each in words[number : number + len(some)]]
            if here == some:
                return len(some), made
        return 0, ""

    def left(self, data: bytes) -> list[str]:
        """Names that a text still repeats within longer words, which nobody can tell from other words."""
        text = data.decode(errors="replace").casefold()
        within = {"".join(some) for found in self._by_word.values() for some, _ in found}
        own = {made.casefold() for made in self.known}
        for made in own:
            text = text.replace(made, "")
        return sorted(name for name in within if len(name) > _LEAST and name in text)


def mapping(known: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """What pseudonyms stand for, with those of earlier hand-overs."""
    return dict(sorted({**before, **known}.items()))
