"""What the words of a name or of a description say about the data behind them; the words are in ``lexicon.toml``.

Words are compared in one form however they were written: ``birthDate``, ``Birth-Dates``, ``birth date``. What was told
of a name is kept, as the same ones come again and again.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain, product
from typing import Any, Final

#: Others wrote names and descriptions, so that each costs no more than this many characters.
MAX_NAME: Final = 120
MAX_SENTENCE: Final = 240
#: A word shorter than this is no compound.
MIN_STEMMED: Final = 8

_GERMAN: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "'": "", "\u2019": ""}
)
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SHORT: Final = {"ids": "id", "ips": "ip"}
_SENTENCE: Final = re.compile(r"[.;!?\n]")
_OWNER: Final = re.compile(r"\b(?:of|for|des|der) (?:the |a |an |this |your )?([\w-]{2,40})")
_OWN_NAME: Final = re.compile(r"\b([\w-]{2,40}?)(?:['\u2019]s)? name\b", re.IGNORECASE)
_CLAUSE: Final = re.compile(r"[,:()\[\]]| [-\u2013\u2014] ")


@lru_cache(maxsize=1 << 16)
def tokens(text: str) -> tuple[str, ...]:
    """The words of a name, in lower case, without accents, in the singular where an ending tells."""
    plain = text[:MAX_NAME].translate(_GERMAN)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return tuple(_singular(word.lower()) for word in _WORD.findall(plain))


def _singular(word: str) -> str:
    if len(word) < 4 or not word.endswith("s"):  # noqa: PLR2004 "gas", "bus", "ids"
        return _SHORT.get(word, word)
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word if word.endswith(("ss", "us", "is")) else word[:-1]


@dataclass(frozen=True, slots=True)
class Term:
    """What some words say, and when; see ``lexicon.toml`` for its fields.

    Attributes:
        values_only: Whether a yes or no, or one of a few listed words, would say nothing; ``texts_only``: or a number.
    """

    categories: tuple[str, ...]
    where: str
    under: frozenset[str]
    beside: frozenset[str]
    unless: frozenset[str]
    unless_beside: frozenset[str]
    whose: frozenset[str]
    values_only: bool
    texts_only: bool

    def fits(self, own: frozenset[str], beside: frozenset[str], owners: frozenset[str] = frozenset()) -> bool:
        """Whether the words around a match let it stand: of the name and around it, beside it, and whose it is."""
        if self.unless & own or self.unless_beside & beside:
            return False
        if self.whose and owners and self.whose.isdisjoint(owners):
            return False
        return not (self.under or self.beside) or bool(self.under & own or self.beside & beside)


Saying = tuple[Term, str]
"""A term, and the words of the lexicon that bring it up."""


class Lexicon:
    """The lexicon, made ready to be asked.

    Attributes:
        words: Its lists of single words, by their names; ``free_text`` likewise those that suggest free text.
        names: What names say, by their words written together; ``phrases`` likewise what descriptions say.
        longest: The most words that one of them has.
        stems: Parts of long words with what they say, and ``stem`` that finds the first of them in a word.
        formats: What a ``format`` of JSON Schema says.
        mailboxes: Those of nobody in particular.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._lists = {name: tuple(words) for name, words in data["lists"].items()}
        self._values_only, self._texts_only = frozenset(data["values_only"]), frozenset(data["texts_only"])
        plain = (
            "numerals",
            "tails",
            "references",
            "numbered",
            "negations",
            "leads_yes_no",
            "leads",
            "follows",
            "starts",
        )
        self.words = {name: self._words(data[name]) for name in plain}
        self.words["adjectives"] = self._words(entry for entry in data["leads"] if not entry.startswith("@"))
        # These tails still leave no doubt about what the others of an object are about: ``customer_id``.
        self.words["other tails"] = self.words["tails"] - self.words["references"]
        self.longest = 1
        self.names = self._index(data["term"], "words")
        self.phrases = self._index(data["phrase"], "phrases")
        self.stems = tuple((stem, self._term(entry)) for entry in data["stem"] for stem in entry["stems"])
        # Of stems that begin at the same letter the longest is found, which says most.
        self.stem = re.compile("|".join(sorted({stem for stem, _ in self.stems}, key=len, reverse=True)))
        self.stem_tails = tuple(data["stem_tails"])
        self.formats = {name: self._term(entry) for entry in data["format"] for name in entry["formats"]}
        self.mailboxes = frozenset(data["mailboxes"])
        self.free_text = {
            name: frozenset("".join(tokens(w)) for w in words) for name, words in data["free_text"].items()
        }

    def _term(self, entry: Mapping[str, Any]) -> Term:
        context = {name: self._words(entry.get(name, ())) for name in ("under", "beside", "unless", "unless_beside")}
        context["whose"] = self._heads(entry.get("whose", ()))
        categories, where = tuple(entry["categories"]), entry.get("where", "anywhere")
        kinds = (self._values_only.issuperset(categories), self._texts_only.issuperset(categories))
        return Term(categories, where, **context, values_only=kinds[0], texts_only=kinds[1])

    def _words(self, entries: Iterable[str]) -> frozenset[str]:
        """The single words of entries, and of the lists that they name."""
        return frozenset(word for words in self._named(entries) for word in tokens(words))

    def _heads(self, entries: Iterable[str]) -> frozenset[str]:
        """The same, but of several words the last: a card holder is a holder and no card."""
        return frozenset(tokens(words)[-1] for words in self._named(entries))

    def _named(self, entries: Iterable[str]) -> Iterator[str]:
        for entry in entries:
            yield from self._lists[entry[1:]] if entry.startswith("@") else (entry,)

    def _index(self, entries: Iterable[Mapping[str, Any]], field: str) -> dict[str, tuple[Saying, ...]]:
        found: dict[str, dict[Term, str]] = defaultdict(dict)
        for entry in entries:
            term = self._term(entry)
            for words in entry[field]:
                people = self._lists["people"] if "{person}" in words else ("",)
                numbers = self._lists["numbers"] if "{number}" in words else ("",)
                for person, number in product(people, numbers):
                    written = words.replace("{person}", person).replace("{number}", number)
                    parts = tokens(written)
                    self.longest = max(self.longest, len(parts))
                    found["".join(parts)].setdefault(term, written)
        return {key: tuple(terms.items()) for key, terms in found.items()}

    def runs(self, words: tuple[str, ...]) -> Iterator[tuple[int, int, str]]:
        """Every run of words that an entry could be, from and up to where, and as it looks when written together."""
        for start in range(len(words)):
            key = ""
            for end in range(start, min(start + self.longest, len(words))):
                key += words[end]
                yield start, end + 1, key


@cache
def lexicon() -> Lexicon:
    """The lexicon of this package."""
    text = files("reporter.review.lint").joinpath("lexicon.toml").read_text(encoding="utf-8")
    return Lexicon(tomllib.loads(text))


@lru_cache(maxsize=1 << 16)
def matches(name: str) -> tuple[tuple[tuple[Term, ...], frozenset[str]], ...]:
    """What the words of a name say, each time with its other words; longer matches hide those within them."""
    words, known = tokens(name), lexicon()
    spans: dict[tuple[int, int], tuple[Term, ...]] = {}
    for start, end, key in known.runs(words):
        # A number behind the words is only one of several: "email 2" ends in "email".
        at_end = all(word.isdecimal() for word in words[end:])
        places = {"anywhere"} | ({"end"} if at_end else set()) | ({"whole"} if at_end and start == 0 else set())
        terms = tuple(term for term, _ in known.names.get(key, ()) if term.where in places)
        long = end - start == 1 and len(key) > MIN_STEMMED and not key.endswith(known.stem_tails)
        if not terms and long and (stem := known.stem.search(key)):
            terms = tuple(term for part, term in known.stems if part == stem[0])
        if terms:
            spans[start, end] = terms
    found = []
    for (start, end), terms in spans.items():
        hidden = any(a <= start and end <= b and (a, b) != (start, end) for a, b in spans)
        # "email template" is a template, and "validate email" is something that is done.
        other = not known.words["tails"].isdisjoint(words[end:]) or (start > 0 and words[0] in known.words["starts"])
        if not hidden and not other:
            found.append((terms, frozenset(words[:start] + words[end:])))
    return tuple(found)


def beside(names: Iterable[str]) -> frozenset[str]:
    """The words in the names of one object's properties, but for names whose tails make them of something else."""
    other, split = lexicon().words["other tails"], map(tokens, names)
    return frozenset(word for words in split if words and words[-1] not in other for word in words)


def is_numbered(name: str) -> bool:
    """Whether a name says that it numbers something other than a payment card."""
    return not lexicon().words["numbered"].isdisjoint(tokens(name))


def is_numeral(name: str | None) -> bool:
    """Whether a name is of something that is written in digits: a telephone number, a postcode, a PIN."""
    return name is not None and not lexicon().words["numerals"].isdisjoint(tokens(name))


def first_sentence(text: str) -> str:
    """Of a description the first sentence counts, as far as some length: what comes later explains."""
    return _SENTENCE.split(text[:MAX_SENTENCE].strip(), maxsplit=1)[0]


@lru_cache(maxsize=1 << 14)
def said(sentence: str) -> tuple[Saying, ...]:
    """What the first sentence of a description says."""
    known = lexicon()
    # Where a sentence denies, nobody can tell what it says is there and what is not.
    if not known.words["negations"].isdisjoint(_parts(sentence)):
        return ()
    clause = _parts(_CLAUSE.split(sentence, maxsplit=1)[0])
    found: dict[Saying, None] = {}
    for start, end, key in known.runs(clause):
        # Another noun behind it would make it something else: "e-mail address type".
        if end == len(clause) or clause[end] in known.words["follows"]:
            before = set(clause[:start]) - known.words["leads"]
            for saying in known.phrases.get(key, ()):
                if not before or (not saying[0].values_only and before <= known.words["leads_yes_no"]):
                    found[saying] = None
    return tuple(found)


@lru_cache(maxsize=1 << 14)
def owners(sentence: str) -> frozenset[str]:
    """What a sentence says that something is of: ``store`` in "The address of the store", ``card`` in "Card name"."""
    of_names = frozenset(chain.from_iterable(map(tokens, _OWN_NAME.findall(sentence)))) - lexicon().words["adjectives"]
    return of_names.union(chain.from_iterable(map(tokens, _OWNER.findall(sentence))))


def free_text(name: str, beside: frozenset[str], sentence: str) -> str | None:
    """What people write into a property: ``prose``, words to ``search`` by, or None where it is no text of theirs.

    A name tells it that ends in a word for free text, where nothing in front of it, beside it or in the first sentence
    of its description says otherwise.
    """
    known, word = lexicon().free_text, _free_text_word(name)
    if not word or (word in known["machine"] and known["machine_beside"] & beside):
        return None
    clause = frozenset(_parts(sentence))
    if word.endswith(tuple(known["searches"])):
        return None if known["closed"] & clause else "search"
    return None if word == "description" and known["things"] & clause else "prose"


@lru_cache(maxsize=1 << 16)
def _free_text_word(name: str) -> str:
    """The word of a name that suggests free text, with what stands in front of it; empty if there is none."""
    words, known = tokens(name), lexicon().free_text
    while len(words) > 1 and (words[-1] in known["behind"] or words[-1].isdecimal()):
        words = words[:-1]
    if not words or not known["unless"].isdisjoint(words[:-1]):
        return ""
    found = {words[-1], "".join(words[-2:])} & known["heads"] or words[-1].endswith(tuple(known["stems"]))
    return "".join(words) if found else ""


def _parts(text: str) -> tuple[str, ...]:
    return tuple(chain.from_iterable(map(tokens, text.split())))
