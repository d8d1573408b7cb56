"""Pseudonyms: the same for the same name under one key, and found in any text that repeats the name.

A pseudonym is an HMAC of the name, so that nobody without the key can try names until one fits. Names are found
whatever their case, between any two characters that are neither letter nor digit, and with any signs or none between
their words. One of a single character, or of a number alone, is too common a text to be looked for within others: it
is replaced where it is all that stands there; one of several numbers, such as 2026.11, where it stands sign by sign.

A human has one pseudonym, whether a text has their whole name, their surname or their address. A team, or a role, is
replaced in a field that is about it, and elsewhere where all of its words stand, if it has two. A common word alone
is nobody's name; where it stands all the same is for people to look at.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final, Literal
from urllib.parse import unquote

from reporter.redaction.owners import PARTICLES, WORD, Owner, words

Kind = Literal["agent", "id", "person", "team", "role"]

_DIGITS: Final = 12
_OURS: Final = re.compile(r"\b(?:agent|id|person|team|role)-[0-9a-f]{12}\b")
_LEAST: Final = 2
#: A surname that is looked for alone: shorter ones are too many other words.
_LEAST_OF_A_NAME: Final = 4
_ESCAPED: Final = re.compile(r"\\[bfnrt]")  # of JSON: the letter behind a backslash is none of the word after it


class Pseudonyms:
    """Replaces what is to be hidden.

    Attributes:
        known: By pseudonym what it stands for, as it was written where it was first found.
    """

    def __init__(
        self,
        key: bytes,
        named: Iterable[tuple[Kind, str]],
        owners: Iterable[Owner] = (),
        common: frozenset[str] = frozenset(),
    ) -> None:
        """Takes the key, and what is to be hidden; of what is named as several things, the first counts.

        Args:
            key: What pseudonyms are made with.
            named: Agents and ids.
            owners: Everybody who owns or decides something, as texts name them.
            common: Words that are nobody's name where they stand alone.
        """
        self._key = key
        self.known: dict[str, str] = {}
        self._whole: dict[str, str] = {}
        self._by_word: dict[str, list[tuple[list[str], str, str | None]]] = {}
        self._own: dict[str, str] = {}
        self._humans: dict[str, str] = {}
        self._common = common
        #: Names that are not looked for alone.
        self._alone: set[str] = set()
        for kind, name in named:
            self._take(kind, name)
        self._take_owners([each for each in owners if each.text.strip()])
        for found in self._by_word.values():
            found.sort(key=lambda item: -len(item[0]))

    def _take(self, kind: Kind, name: str) -> None:
        name = unicodedata.normalize("NFC", name)
        if not name.strip() or name.casefold() in self._whole:
            return
        made = self.pseudonym(kind, name)
        self.known.setdefault(made, name)
        self._whole[name.casefold()] = made
        found = [*WORD.finditer(name)]
        said = words(name)
        if "".join(said).isdigit():
            # What has hyphens alone may be the beginning of a date.
            exact = name[found[0].start() : found[-1].end()]
            if set(exact) - set("0123456789-"):
                self._by_word.setdefault(said[0], []).append((said, made, exact))
            return
        self._seek(said, made)

    def _take_owners(self, owners: list[Owner]) -> None:
        people = sorted(
            (each for each in owners if each.kind == "person" and each.words), key=lambda it: -len(it.words)
        )
        surnames: dict[tuple[str, ...], dict[str, str]] = {}
        for each in people:
            same = surnames.get(tuple(each.words), {})
            # A surname alone is theirs whose it is, if it is one human's.
            made = next(iter(same)) if len(same) == 1 else self._made("person", each.words, each.name)
            self._humans[" ".join(each.words)] = made
            surnames.setdefault(tuple(each.surname), {})[made] = each.name
            if len(each.words) > 1:
                self._seek(each.words, made)
                self._alone |= {*each.words} - {*each.surname} - PARTICLES
            for address in each.addresses:
                self._humans[" ".join(words(address))] = made
                self._seek(words(address), made)
        for surname, whose in surnames.items():
            self._seek_surname([*surname], whose)
        for each in owners:
            self._own.setdefault(each.text.casefold(), self._said(each))

    def _seek_surname(self, surname: list[str], whose: Mapping[str, str]) -> None:
        text = " ".join(surname)
        if len(surname) == 1 and (len(text) < _LEAST_OF_A_NAME or text in self._common or text.isdigit()):
            self._alone.add(text)
        else:
            self._seek(surname, next(iter(whose)) if len(whose) == 1 else self._made("person", surname, text))

    def _said(self, owner: Owner) -> str:
        """What stands in a field of their own instead."""
        name = self._part("team" if owner.kind == "person" else owner.kind, owner.name, owner.words)
        before, _, rest = owner.text.partition(owner.name)
        if not owner.role:
            return f"{before}{name}{rest}"
        between, _, after = rest.partition(owner.role)
        return f"{before}{name}{between}{self._part('role', owner.role, words(owner.role))}{after}"

    def _part(self, kind: Kind, text: str, said: list[str]) -> str:
        human = self._humans.get(" ".join(said)) if said else None
        if human:
            return human
        made = self._made(kind, said or [text.strip()], text)
        if len(said) == 1:
            self._alone.add(said[0])
        elif said and not "".join(said).isdigit():
            self._seek(said, made)
        return made

    def _made(self, kind: Kind, said: list[str], name: str) -> str:
        made = self.pseudonym(kind, " ".join(said))
        self.known.setdefault(made, name)
        return made

    def _seek(self, said: list[str], made: str) -> None:
        said = [unicodedata.normalize("NFC", word) for word in said]
        plain = [_without_marks(word) for word in said]
        for each in (said, plain) if plain != said else (said,):
            self._seek_so(each, made)

    def _seek_so(self, said: list[str], made: str) -> None:
        text = "".join(said)
        for some in (said, [text]) if len(said) > 1 else (said,):
            if len(text) >= _LEAST:
                self._by_word.setdefault(some[0], []).append((some, made, None))

    def pseudonym(self, kind: Kind, name: str) -> str:
        """Its pseudonym, such as ``agent-3f9a2c01b7de``, whether it is to be hidden or not."""
        text = f"{kind}\0{name.casefold()}".encode("utf-8", "backslashreplace")
        return f"{kind}-{hmac.new(self._key, text, hashlib.sha256).hexdigest()[:_DIGITS]}"

    def owner(self, given: str) -> str:
        """What stands in a field that says who owns or decides something, or what a team is called."""
        return self._own.get(given.casefold()) or self.text(given)

    def digest(self, given: str) -> str:
        """What stands in the place of a digest that names could be tried against."""
        return hmac.new(self._key, f"digest\0{given}".encode(), hashlib.sha256).hexdigest()

    def text(self, given: str) -> str:
        """A text with a pseudonym in the place of whatever it repeats, however that is spelled.

        Where a name stands in another form, as in an address or with signs that nobody sees, all of the text is put
        into its plain one.
        """
        made = self._text(given)
        bare = _bare(made)
        if bare == made:
            return made
        said = self._text(bare)
        return made if said == bare else said

    def _text(self, given: str) -> str:
        whole = self._whole.get(given.casefold())
        if whole is not None:
            return whole
        found = [*WORD.finditer(given)]
        pieces: list[str] = []
        at = number = 0
        while number < len(found):
            count, made = self._at(given, found, number)
            if count:
                pieces += (given[at : found[number].start()], made)
                at = found[number + count - 1].end()
            number += count or 1
        return "".join([*pieces, given[at:]]) if pieces else given

    def _at(self, given: str, found: list[re.Match[str]], number: int) -> tuple[int, str]:
        """How many words from there on are a name, and its pseudonym; a name's words have signs alone between them."""
        for some, made, exact in self._by_word.get(found[number][0].casefold(), ()):
            here = found[number : number + len(some)]
            if [each[0].casefold() for each in here] != some:
                continue
            if exact in (None, given[here[0].start() : here[-1].end()]):
                return len(some), made
        return 0, ""

    def alone(self, data: bytes) -> list[str]:
        """Words of names that a text still has, as they may be any word there: forenames, teams of one word."""
        there = {*words(_ESCAPED.sub(" ", _OURS.sub("", data.decode(errors="replace"))))}
        return sorted(word for word in self._alone & there if len(word) >= _LEAST)

    def left(self, data: bytes) -> list[str]:
        """Names that a text still repeats within longer words, which nobody can tell from other words."""
        text = data.decode(errors="replace").casefold()
        within = {"".join(some) for found in self._by_word.values() for some, _, exact in found if exact is None}
        text = _OURS.sub("", text)
        return sorted(name for name in within if len(name) > _LEAST and name in text)


def _bare(given: str) -> str:
    """A text as a person reads it: composed, decoded, and without signs that nobody sees."""
    if given.isascii() and "%" not in given and "&" not in given:
        return given
    text = unicodedata.normalize("NFC", html.unescape(unquote(given)).replace("\xa0", " "))
    return "".join(char for char in text if unicodedata.category(char) != "Cf")


def _without_marks(word: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", word) if unicodedata.category(char) != "Mn")


def mapping(known: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """What pseudonyms stand for, with those of earlier hand-overs."""
    return dict(sorted({**before, **known}.items()))
