"""Pseudonyms: the same for the same name under one key, and found in any text that repeats the name.

A pseudonym is an HMAC of the name, so that nobody without the key can try names until one fits. Names are found
whatever their case, between any two characters that are neither letter nor digit, and with any signs or none between
their words. One of a single character, or of a number alone, is too common a text to be looked for within others: it
is replaced where it is all that stands there; one of several numbers, such as 2026.11, where it stands sign by sign.
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
_OURS: Final = re.compile(r"\b(?:agent|id|person)-[0-9a-f]{12}\b")
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
        self._by_word: dict[str, list[tuple[list[str], str, str | None]]] = {}
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
        found = [*_WORD.finditer(name)]
        words = [each[0].casefold() for each in found]
        if "".join(words).isdigit():
            # What has hyphens alone may be the beginning of a date.
            exact = name[found[0].start() : found[-1].end()]
            if set(exact) - set("0123456789-"):
                self._by_word.setdefault(words[0], []).append((words, made, exact))
            return
        self._seek(words, made)
        if kind == "person":
            for word in words:
                if len(word) >= _LEAST_OF_A_NAME:
                    self._seek([word], made)

    def _seek(self, words: list[str], made: str) -> None:
        text = "".join(words)
        for some in (words, [text]) if len(words) > 1 else (words,):
            if len(text) >= _LEAST:
                self._by_word.setdefault(some[0], []).append((some, made, None))

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
            count, made = self._at(given, words, number)
            if count:
                pieces += (given[at : words[number].start()], made)
                at = words[number + count - 1].end()
            number += count or 1
        return "".join([*pieces, given[at:]]) if pieces else given

    def _at(self, given: str, words: list[re.Match[str]], number: int) -> tuple[int, str]:
        """How many words from there on are a name, and its pseudonym; a name's words have signs alone between them."""
        for some, made, exact in self._by_word.get(words[number][0].casefold(), ()):
            here = words[number : number + len(some)]
            same = exact in (None, given[here[0].start() : here[-1].end()])
            if same and [each[0].casefold() for each in here] == some:
                return len(some), made
        return 0, ""

    def left(self, data: bytes) -> list[str]:
        """Names that a text still repeats within longer words, which nobody can tell from other words."""
        text = data.decode(errors="replace").casefold()
        within = {"".join(some) for found in self._by_word.values() for some, _, exact in found if exact is None}
        text = _OURS.sub("", text)
        return sorted(name for name in within if len(name) > _LEAST and name in text)


def mapping(known: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """What pseudonyms stand for, with those of earlier hand-overs."""
    return dict(sorted({**before, **known}.items()))
