"""What a span type's own name, title and description say that it does, and what it does it to.

The words are in ``naming.toml``. Whoever named a span type ``delete_customer`` told more about it than its schemas do;
but a name is short and its words mean many things, so that only verbs where a verb stands are taken at their word.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain
from typing import Any, Final, NamedTuple

from reporter.review.lint import lexicon
from reporter.review.lint.lexicon import tokens

#: How near behind a sentence's verb a word has to stand to say what the verb is done to.
_NEAR: Final = 7
_SEGMENT: Final = re.compile(r"__|[:./\\]+")
_CLAUSE: Final = re.compile(r"[(),:;\[\]]| [-\u2013\u2014] ")
_AND: Final = frozenset({"and", "or", "und", "oder"})
#: How many words stand at most between the verb of a description and those whom it concerns.
_PATIENCE: Final = 6


class Spoken(NamedTuple):
    """One thing that a span type says about itself.

    Attributes:
        field: ``name``, ``title`` or ``description``.
        words: The words of ours that say it; the text itself may be personal.
        actions: Actions of which it does one.
        categories: Categories that it handles.
    """

    field: str
    words: str
    actions: tuple[str, ...]
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Verb:
    actions: tuple[str, ...]
    with_: frozenset[str]
    unless: frozenset[str]

    def fits(self, others: frozenset[str]) -> bool:
        return self.unless.isdisjoint(others) and (not self.with_ or not self.with_.isdisjoint(others))


class _Naming:
    """The lexicon of names, made ready to be asked."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._lists: Mapping[str, list[str]] = data["lists"]
        self.words = {
            name: self._words(data[name])
            for name in ("neutral", "leads", "determiners", "behind", "nouns", "people", "denials")
        }
        self.verbs: dict[str, tuple[_Verb, ...]] = {}
        self.gerunds: dict[str, str] = {}
        for entry in data["verb"]:
            verb = _Verb(
                tuple(entry["actions"]), self._words(entry.get("with", ())), self._words(entry.get("unless", ()))
            )
            for word in self._words(entry["words"]):
                self.verbs[word] = (*self.verbs.get(word, ()), verb)
        for word in chain(self.verbs, self.words["neutral"]):
            self.gerunds[word.removesuffix("e") + "ing"] = word
        self.about: dict[str, list[tuple[tuple[str, ...], frozenset[str], str]]] = {}
        for entry in data["about"]:
            unless = self._words(entry.get("unless", ()))
            for words in entry["words"]:
                self.about.setdefault("".join(tokens(words)), []).append((tuple(entry["categories"]), unless, words))
        # How these words begin, so that most places of a text are left after one look.
        self.begun = {key[:length] for key in self.about for length in range(1, len(key) + 1)}
        self.longest = max(len(tokens(words)) for entry in data["about"] for words in entry["words"])
        self.of_people = {
            person: tuple(entry["categories"]) for entry in data["of_people"] for person in entry["people"]
        }

    def _words(self, entries: Iterable[str]) -> frozenset[str]:
        named = (self._lists[entry[1:]] if entry.startswith("@") else (entry,) for entry in entries)
        return frozenset(word for words in chain.from_iterable(named) for word in tokens(words))

    def is_verb(self, word: str) -> bool:
        """Whether a word may be one, whatever follows of it."""
        return word in self.verbs or word in self.words["neutral"]


@cache
def _naming() -> _Naming:
    text = files("reporter.review.lint").joinpath("naming.toml").read_text(encoding="utf-8")
    return _Naming(tomllib.loads(text))


@lru_cache(maxsize=1 << 15)  # the span types of a large account; kits register the same names again and again
def spoken(name: str, title: str | None, description: str | None) -> tuple[Spoken, ...]:
    """What a span type says about itself, its name first."""
    found = [*_of_name(name)]
    for field, text in (("title", title), ("description", description)):
        if text and text != name:
            found += _of_sentence(field, lexicon.first_sentence(text))
    # Titles and descriptions mostly repeat the name: what was said once is shown once.
    told: set[tuple[str, ...] | str] = set()
    first: list[Spoken] = []
    for said in found:
        news: set[tuple[str, ...] | str] = {said.actions, *said.categories}
        news -= told | {()}
        told |= news
        if news:
            first.append(said)
    return tuple(first)


def _of_name(name: str) -> Iterator[Spoken]:
    known, words = _naming(), tokens(name)
    # In "vault.read_secret" the last part says what is done, and in "customer.delete" as well.
    parts = [part for part in map(tokens, _SEGMENT.split(name[: lexicon.MAX_NAME])) if part]
    last = parts[-1] if parts else ()
    at = _verb(last, words)
    if at is None:
        last, at = words, _verb(words, words)
    if at is not None:
        behind = last[at + 1 :]
        if not (len(behind) == 1 and behind[0] in known.words["nouns"]):
            yield from _done("name", last, _joined(last, at), frozenset(words))
        front = words[: len(words) - len(last) + at]
        yield from _of_people("name", behind or front)
    # A property's words say as much in a name, but its verb is none of them.
    rest = words if at is None else (*words[: len(words) - len(last) + at], *last[at + 1 :])
    yield from _handled("name", words)
    for terms, around in lexicon.matches("_".join(rest)):
        for term in terms:
            if term.categories and term.fits(around.union(words), frozenset()):
                yield Spoken("name", " ".join(word for word in rest if word not in around), (), term.categories)


def _verb(words: tuple[str, ...], all_words: tuple[str, ...]) -> int | None:
    """Where the first word stands that does something here: in ``message_list`` nobody is sent a message."""
    known, around = _naming(), frozenset(all_words)
    for number, word in enumerate(words):
        if word in known.words["neutral"] or any(verb.fits(around - {word}) for verb in known.verbs.get(word, ())):
            return number
    return None


def _of_sentence(field: str, sentence: str) -> Iterator[Spoken]:
    known = _naming()
    clause = tuple(chain.from_iterable(map(tokens, _CLAUSE.split(sentence, maxsplit=1)[0].split())))
    # Where a sentence denies, nobody can tell what it says is done and what is not.
    if not clause or not lexicon.lexicon().words["negations"].isdisjoint(clause):
        return
    clause = tuple(known.gerunds.get(word, word) for word in clause)
    at = 0
    while at < len(clause) and not known.is_verb(clause[at]):
        if clause[at] not in known.words["leads"] and not clause[at].endswith("ly"):
            at = len(clause)
        at += 1
    if at < len(clause):
        verbs = _joined(clause, at)
        yield from _done(field, clause, verbs, frozenset(clause[at : at + _NEAR]))
        yield from _of_people(field, clause[max(verbs) + 1 :])
    yield from _handled(field, clause)


def _joined(words: tuple[str, ...], at: int) -> list[int]:
    """Where the verb stands, and those joined to it: "create or update", not "get view and edit restrictions"."""
    verbs, found = _naming().verbs, [at]
    for number in range(at + 2, min(len(words) - 1, at + _NEAR)):
        front = number - 2
        if words[number - 1] in _AND and words[number] in verbs and (front in found or words[front] not in verbs):
            found.append(number)
    return found


def _done(field: str, words: tuple[str, ...], verbs: list[int], around: frozenset[str]) -> Iterator[Spoken]:
    for at in verbs:
        others = around - {words[at]}
        for verb in _naming().verbs.get(words[at], ()):
            if verb.fits(others):
                yield Spoken(field, words[at], verb.actions, ())


def _of_people(field: str, words: tuple[str, ...]) -> Iterator[Spoken]:
    """Those whom the verb in front of these words concerns: customers of ``list_customers``, not of their orders."""
    known = _naming()
    for number, word in enumerate(words[:_PATIENCE]):
        if word in known.words["people"]:
            if number + 1 == len(words) or words[number + 1] in known.words["behind"]:
                yield Spoken(field, word, (), ("personal_identifiers", *known.of_people.get(word, ())))
            return
        if field != "name" and word not in known.words["determiners"]:
            return


def _handled(field: str, words: tuple[str, ...]) -> Iterator[Spoken]:
    known, own = _naming(), frozenset(words)
    for start in range(len(words)):
        if start and words[start - 1] in known.words["denials"]:
            continue
        key = ""
        for end in range(start, min(start + known.longest, len(words))):
            key += words[end]
            if key not in known.begun:
                break
            for categories, unless, written in known.about.get(key, ()):
                if unless.isdisjoint(own):
                    yield Spoken(field, written, (), categories)
