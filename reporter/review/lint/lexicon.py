"""What the words of a name or of a description say about the data behind them; the words are in ``lexicon.toml``."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from reporter.review.lint.words import tokens

#: Of a description the first sentence counts, as far as this: what comes later explains.
MAX_SENTENCE: Final = 240
_SENTENCE: Final = re.compile(r"[.;!?\n]")
_OWNER: Final = re.compile(r"\b(?:of|for|des|der) (?:the |a |an |this |your )?([\w-]{2,40})")
_CLAUSE: Final = re.compile(r"[,:()\[\]]| [-\u2013\u2014] ")
_CONTEXT: Final = ("under", "beside", "unless", "unless_beside")


@dataclass(frozen=True, slots=True)
class Term:
    """What some words say, and when; see ``lexicon.toml`` for its fields.

    Attributes:
        values_only: Whether a yes or no, or one of a few listed words, would say nothing.
    """

    categories: tuple[str, ...]
    where: str = "anywhere"
    under: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()
    unless_beside: frozenset[str] = frozenset()
    values_only: bool = True

    def fits(self, own: frozenset[str], beside: frozenset[str]) -> bool:
        """Whether the words around a match let it stand: those of the name and around it, and those beside it."""
        if self.unless & own or self.unless_beside & beside:
            return False
        return not (self.under or self.beside) or bool(self.under & own or self.beside & beside)


@dataclass(frozen=True, slots=True, eq=False)
class FreeText:
    """The words that suggest free text; see ``[free_text]`` in ``lexicon.toml``."""

    heads: frozenset[str]
    stems: frozenset[str]
    behind: frozenset[str]
    unless: frozenset[str]
    machine: frozenset[str]
    machine_beside: frozenset[str]

    def suggests(self, name: str, beside: frozenset[str]) -> bool:
        """Whether a name ends in a word for free text, and nothing in front of it or beside it says otherwise."""
        head = _head(self, name)
        return bool(head) and not (head in self.machine and self.machine_beside & beside)

    def head(self, words: tuple[str, ...]) -> str:
        """The word of a name that suggests free text, with what stands in front of it; empty if there is none."""
        while len(words) > 1 and (words[-1] in self.behind or words[-1].isdecimal()):
            words = words[:-1]
        if not words or not self.unless.isdisjoint(words[:-1]):
            return ""
        last = words[-1]
        found = last in self.heads or "".join(words[-2:]) in self.heads or last.endswith(tuple(self.stems))
        return "".join(words) if found else ""


class Match(NamedTuple):
    """Some words of a name that the lexicon has, and the other words of that name."""

    terms: tuple[Term, ...]
    rest: frozenset[str]


class Said(NamedTuple):
    """What a sentence says, and the words of the lexicon that say it."""

    term: Term
    words: str


_Index = Mapping[str, tuple[tuple[Term, str], ...]]


class Lexicon:
    """The lexicon, made ready to be asked.

    Attributes:
        formats: What a ``format`` of JSON Schema says.
        free_text: What suggests free text.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._lists = {name: tuple(words) for name, words in data["lists"].items()}
        self._values_only = frozenset(data["values_only"])
        self._tails = self._words(data["tails"])
        self._other = self._tails - self._words(data["references"])
        self._numbered = self._words(data["numbered"])
        self._negations = self._words(data["negations"])
        self._yes_no = self._words(data["leads_yes_no"])
        self._leads = self._words(["@people", *data["leads"]])
        self._follows = self._words(data["follows"])
        self._starts = self._words(data["starts"])
        self.free_text = FreeText(
            **{name: frozenset("".join(tokens(item)) for item in words) for name, words in data["free_text"].items()}
        )
        self._names, self._longest_name = self._index(data["term"], "words")
        self._phrases, self._longest_phrase = self._index(data["phrase"], "phrases")
        self._stems = tuple((stem, self._term(entry)) for entry in data["stem"] for stem in entry["stems"])
        self._stem = re.compile("|".join(sorted({stem for stem, _ in self._stems}, key=len, reverse=True)))
        self.formats: dict[str, Term] = {
            name: self._term(entry) for entry in data["format"] for name in entry["formats"]
        }

    def name(self, name: str) -> tuple[Match, ...]:
        """The matches in a name, whatever stands around it; the longer ones hide those within them."""
        return _name(self, name)

    def beside(self, names: Iterable[str]) -> frozenset[str]:
        """The words in the names of one object's properties, but for names whose tails make them of something else."""
        told: set[str] = set()
        for name in names:
            words = tokens(name)
            if words and words[-1] not in self._other:
                told.update(words)
        return frozenset(told)

    def owners(self, text: str) -> frozenset[str]:
        """What a description's first sentence says that something is of: ``store`` in "The address of the store"."""
        return _owners(text[:MAX_SENTENCE])

    def numbered(self, name: str) -> bool:
        """Whether a name says that it numbers something other than a payment card."""
        return not self._numbered.isdisjoint(tokens(name))

    def sentence(self, text: str) -> tuple[Said, ...]:
        """What the first sentence of a description says."""
        return _sentence(self, text)

    def matches(self, words: tuple[str, ...]) -> Iterator[Match]:
        """The matches in the words of a name."""
        spans = {
            (start, end): found
            for start, end, key in _grams(words, self._longest_name)
            if (found := self._terms(key, words, start, end))
        }
        for (start, end), terms in spans.items():
            hidden = any(a <= start and end <= b and (a, b) != (start, end) for a, b in spans)
            spoiled = not self._tails.isdisjoint(words[end:]) or (start > 0 and words[0] in self._starts)
            if not hidden and not spoiled:
                yield Match(terms, frozenset(words[:start] + words[end:]))

    def said(self, clause: tuple[str, ...]) -> Iterator[Said]:
        """What the first words of a sentence say."""
        for start, end, key in _grams(clause, self._longest_phrase):
            if end < len(clause) and clause[end] not in self._follows:
                continue
            before = set(clause[:start]) - self._leads
            for term, phrase in self._phrases.get(key, ()):
                if not before or (not term.values_only and before <= self._yes_no):
                    yield Said(term, phrase)

    def denies(self, sentence: tuple[str, ...]) -> bool:
        """Whether nobody can tell what a sentence says is there and what is not."""
        return not self._negations.isdisjoint(sentence)

    def _terms(self, key: str, words: tuple[str, ...], start: int, end: int) -> tuple[Term, ...]:
        places = {"anywhere"}
        if all(word.isdecimal() for word in words[end:]):
            places |= {"end", "whole"} if start == 0 else {"end"}
        found = tuple(term for term, _ in self._names.get(key, ()) if term.where in places)
        if not found and end - start == 1 and len(key) > MIN_STEMMED and (stem := self._stem.search(key)):
            found = tuple(term for part, term in self._stems if part == stem[0])
        return found

    def _term(self, entry: Mapping[str, Any]) -> Term:
        context = {name: self._words(entry.get(name, ())) for name in _CONTEXT}
        categories = tuple(entry["categories"])
        values_only = self._values_only.issuperset(categories)
        return Term(categories, entry.get("where", "anywhere"), **context, values_only=values_only)

    def _words(self, entries: Iterable[str]) -> frozenset[str]:
        """The single words of entries, and of the lists that they name."""
        found: set[str] = set()
        for entry in entries:
            for words in self._lists[entry[1:]] if entry.startswith("@") else (entry,):
                found.update(tokens(words))
        return frozenset(found)

    def _index(self, entries: Iterable[Mapping[str, Any]], field: str) -> tuple[_Index, int]:
        found: dict[str, dict[Term, str]] = defaultdict(dict)
        longest = 1
        for entry in entries:
            term = self._term(entry)
            for words in itertools.chain.from_iterable(map(self._written_out, entry[field])):
                parts = tokens(words)
                longest = max(longest, len(parts))
                found["".join(parts)].setdefault(term, words)
        return {key: tuple(terms.items()) for key, terms in found.items()}, longest

    def _written_out(self, words: str) -> Iterator[str]:
        people = self._lists["people"] if "{person}" in words else ("",)
        numbers = self._lists["numbers"] if "{number}" in words else ("",)
        for person, number in itertools.product(people, numbers):
            yield words.replace("{person}", person).replace("{number}", number)


#: A word shorter than this is no compound.
MIN_STEMMED: Final = 8


@cache
def lexicon() -> Lexicon:
    """The lexicon of this package."""
    text = files("reporter.review.lint").joinpath("lexicon.toml").read_text(encoding="utf-8")
    return Lexicon(tomllib.loads(text))


@lru_cache(maxsize=1 << 16)
def _head(words: FreeText, name: str) -> str:
    return words.head(tokens(name))


@lru_cache(maxsize=1 << 16)
def _name(words: Lexicon, name: str) -> tuple[Match, ...]:
    return tuple(words.matches(tokens(name)))


@lru_cache(maxsize=1 << 14)
def _sentence(words: Lexicon, text: str) -> tuple[Said, ...]:
    sentence = _SENTENCE.split(text[:MAX_SENTENCE].strip(), maxsplit=1)[0]
    if words.denies(_parts(sentence)):
        return ()
    return tuple(dict.fromkeys(words.said(_parts(_CLAUSE.split(sentence, maxsplit=1)[0]))))


@lru_cache(maxsize=1 << 14)
def _owners(text: str) -> frozenset[str]:
    sentence = _SENTENCE.split(text.strip(), maxsplit=1)[0]
    return frozenset(itertools.chain.from_iterable(map(tokens, _OWNER.findall(sentence))))


def _parts(text: str) -> tuple[str, ...]:
    return tuple(itertools.chain.from_iterable(map(tokens, text.split())))


def _grams(words: tuple[str, ...], longest: int) -> Iterator[tuple[int, int, str]]:
    """Every run of words, as they look when written together."""
    for start in range(len(words)):
        key = ""
        for end in range(start, min(start + longest, len(words))):
            key += words[end]
            yield start, end + 1, key
