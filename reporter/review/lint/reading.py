"""What a JSON schema says about its data and where it takes free text, read in one walk.

It speaks in the names of its properties, in formats and descriptions, and in the values that it gives as an example, a
default or a choice. Such a value may be somebody's: it is digested, never printed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final, NamedTuple

from reporter.declared.model import Hint, Json
from reporter.declared.vocabulary import CATEGORY_NAMES
from reporter.plain.canonical import NotCanonicalError, canonical, digest, step
from reporter.review.lint import lexicon
from reporter.review.lint.lexicon import Term
from reporter.review.lint.walk import GIVEN, Place, alternatives, is_choice, is_number, places, types

_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"))

#: A string of at most this many characters is a label or a code.
SHORT: Final = 40
_BOUNDS: Final = ("enum", "const", "pattern", "contentEncoding", "contentMediaType")
#: Formats that are how a text is shown, and do not bound it.
_TEXTS: Final = frozenset({"text", "textarea", "multiline", "markdown", "html"})
_ANY_NAME: Final = frozenset({".*", "^.*$", ".+", "^.+$", ""})

#: How many values of one keyword and of one place are looked at, how deep, and how far into each.
MAX_VALUES: Final = 500
_MAX_INSIDE: Final = 12
MAX_LENGTH: Final = 400
_EMAIL: Final = re.compile(r"(?<![\w./:+-])([\w.+-]{1,64})@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}(?![\w@:/])")
_IBAN: Final = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
#: A payment scheme's first digits, and its length.
_CARD: Final = re.compile(r"(?:4\d{15}|5[1-5]\d{14}|2[2-7]\d{14}|6(?:011|5\d\d)\d{12}|3[47]\d{13}|3[68]\d{12})")
_PHONE: Final = re.compile(r"\+[1-9][\d ()/.-]{6,20}\d|\([2-9]\d{2}\) ?\d{3}-\d{4}")
_DECIMAL: Final = re.compile(r"[+-]\d+\.\d*")
#: E.164 has no longer numbers.
_DIGITS: Final = range(8, 16)
_KEY: Final = re.compile(
    r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.|\bAKIA[A-Z0-9]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{36}|\bxox[abp]-[\w-]{20,}"
)


class Hit(NamedTuple):
    """One place that a check points at.

    Attributes:
        pointer: RFC 6901, from the entry. It never leads into ``examples``, ``default`` or ``enum`` further than to one
            of their elements, because a key in there may be personal data as well.
        value: What is printed beside the pointer: the declared answer; the name of the property; the lexicon's words
            where a description holds them; the profile's names; or, for a value of ``examples``, ``default``, ``enum``
            or ``const``, only the SHA-256 of what stands at the pointer.
        categories: The categories that it is about; none where it is about the declaration as such.
        hint: What is said elsewhere, where it is that; it knows its place itself.
    """

    pointer: str
    value: Json
    categories: tuple[str, ...]
    hint: Hint | None = None


class Reading(NamedTuple):
    """The places of a schema that speak of categories, and those that take free text, in the order of pointers.

    Attributes:
        free_text: Those into which people, or a model, write sentences; ``searches`` those for words to search by.
    """

    said: tuple[Hit, ...]
    free_text: tuple[Hit, ...]
    searches: tuple[Hit, ...]


def reading(schema: Any, pointer: str) -> Reading:
    """Reads a schema that stands at ``pointer``."""
    # Versions of an agent, and agents made with one kit, register the same schemas again and again: readings are kept,
    # by what the schema holds.
    try:
        text = _ENCODER.encode(schema)
    except (RecursionError, TypeError, ValueError):
        return _read(schema, pointer)
    return _kept(text, pointer)


@lru_cache(maxsize=1 << 12)  # the schemas of a large account
def _kept(text: str, pointer: str) -> Reading:
    return _read(json.loads(text), pointer)


def _read(schema: Any, pointer: str) -> Reading:
    said: list[Hit] = []
    written: dict[str, list[Hit]] = {"prose": [], "search": []}
    for place in places(schema, pointer):
        said += _of_names(place, schema)
        said += _of_values(place)
        for kind, hit in _free_text(place, schema):
            written[kind].append(hit)
    # In an order of its own: the keys of a schema may come in any.
    said.sort(key=lambda hit: (hit.pointer, hit.categories, hit.value))
    return Reading(tuple(said), tuple(sorted(written["prose"])), tuple(sorted(written["search"])))


def _of_names(place: Place, schema: Any) -> Iterator[Hit]:
    """What a place says in the name of its property, in its format and in its description."""
    form, text, title = (place.node.get(keyword) for keyword in ("format", "description", "title"))
    sentence = lexicon.first_sentence(text) if isinstance(text, str) else ""
    owners = lexicon.owners(sentence)
    around = place.under | owners
    if place.is_property and place.name is not None:
        # A title mostly repeats the name, and is asked only where that says nothing.
        terms = _named(place.name, owners, place) or (_named(title, owners, place) if isinstance(title, str) else [])
        yield from _hits(place.pointer, place.name, terms, place, schema)
    own = lexicon.tokens(place.name or "")
    term = lexicon.lexicon().formats.get(form.lower()) if isinstance(form, str) else None
    if term and term.fits(place.under.union(own), place.beside):
        yield Hit(f"{place.pointer}/format", place.name or "format", term.categories)
    if fitting := [each for each in lexicon.said(sentence) if each[0].fits(around.union(own), place.beside)]:
        # All that it says, shown by the most telling of the lexicon's words in it: the text itself may be personal.
        words = max((words for _, words in fitting), key=len)
        yield from _hits(f"{place.pointer}/description", words, [term for term, _ in fitting], place, schema)


def _named(name: str, owners: frozenset[str], place: Place) -> list[Term]:
    around = place.under | owners
    return [
        term
        for terms, rest in lexicon.matches(name)
        for term in terms
        if term.categories and term.fits(around | rest, place.beside, owners)
    ]


def _hits(pointer: str, value: Json, terms: list[Term], place: Place, schema: Any) -> Iterator[Hit]:
    # A yes or no about an e-mail address is none; about a religion it is the very datum. Nor is a number one.
    if any(term.values_only for term in terms) and is_choice(place.node, schema):
        terms = [term for term in terms if not term.values_only]
    if any(term.texts_only for term in terms) and is_number(place.node, schema) and not lexicon.is_numeral(place.name):
        terms = [term for term in terms if not term.texts_only]
    if categories := {category for term in terms for category in term.categories}:
        yield Hit(pointer, value, in_order(categories))


def in_order(categories: Iterable[str]) -> tuple[str, ...]:
    """Categories in the order of the vocabulary."""
    return tuple(sorted(categories, key=CATEGORY_NAMES.index))


def _of_values(place: Place) -> Iterator[Hit]:
    """What the values look like that a place gives."""
    numbered = lexicon.is_numbered(place.name or "")
    for keyword in GIVEN.keys() & place.node.keys():
        given, at = place.node[keyword], f"{place.pointer}/{keyword}"
        values = [(at, given)]
        if GIVEN[keyword] and isinstance(given, list):
            values = [(step(at, index), value) for index, value in enumerate(given[:MAX_VALUES])]
        for pointer, value in values:
            if found := {category for text in _leaves(value) for category in _looks_like(text, numbered=numbered)}:
                with suppress(NotCanonicalError):  # what has no digest cannot be shown
                    yield Hit(pointer, f"sha256:{digest(canonical(value))}", tuple(sorted(found)))


def _leaves(value: Any) -> Iterator[str]:
    """The texts in a value, and its whole numbers as text; keys too, as a map may be by address."""
    level, left = [value], MAX_VALUES
    for _ in range(_MAX_INSIDE):
        inner: list[Any] = []
        for item in level:
            left -= 1
            if left < 0:
                return
            if isinstance(item, str):
                yield item[:MAX_LENGTH].strip()
            elif isinstance(item, int) and not isinstance(item, bool) and item.bit_length() <= 64:  # noqa: PLR2004 digits of a card
                yield str(item)
            elif isinstance(item, dict):
                names = sorted(item)
                inner += [*names, *(item[name] for name in names)]
            elif isinstance(item, list):
                inner += item
        level = inner


def _looks_like(text: str, *, numbered: bool) -> Iterator[str]:
    """The categories of a text; ``numbered``: by the name beside it, it numbers no card."""
    mailboxes = (found[1].lower() for found in _EMAIL.finditer(text)) if "@" in text else ()
    phone = _PHONE.fullmatch(text) and not _DECIMAL.fullmatch(text) and sum(map(str.isdigit, text)) in _DIGITS
    if phone or not lexicon.lexicon().mailboxes.issuperset(mailboxes):
        yield "contact_information"
    compact = text.replace(" ", "").replace("-", "")
    if _is_iban(compact) or (not numbered and _is_card(compact)):
        yield "financial_information"
    if _KEY.search(text):
        yield "authentication_and_secrets"


def _is_iban(text: str) -> bool:
    """ISO 13616: the check digits make the whole, letters as numbers, one more than a multiple of 97."""
    if not _IBAN.fullmatch(text):
        return False
    return int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1


def _is_card(text: str) -> bool:
    """Besides its form, Luhn's check digit: every second digit from the right counts twice."""
    if not text.isascii() or not _CARD.fullmatch(text):
        return False
    digits = [int(digit) for digit in reversed(text)]
    return sum(digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(digits)) % 10 == 0


def _free_text(place: Place, root: Any) -> Iterator[tuple[str, Hit]]:
    """A place that lets people, or a model, write what they like, as a hit that is about no category.

    That is a property that holds a string, or strings, without anything that bounds them, and whose name suggests free
    text; or a whole schema that names no property and says that any may come, of strings or of anything. An object
    without ``additionalProperties`` takes any property as well, but says nothing of it: that is how a schema looks that
    nobody has written yet.
    """
    if place.name is None:
        if keyword := _takes_anything(place.node, root):
            yield "prose", Hit(f"{place.pointer}/{keyword}", keyword, ())
        return
    text = place.node.get("description")
    sentence = lexicon.first_sentence(text) if isinstance(text, str) else ""
    kind = lexicon.free_text(place.name, place.beside, sentence) if place.is_property else None
    if kind:
        for node in alternatives(place.node, root):
            items = node.get("items") if "array" in types(node) else None
            if any(map(_is_text, alternatives(items, root) if isinstance(items, dict) else [node])):
                yield kind, Hit(place.pointer, place.name, ())
                return


def _takes_anything(node: Mapping[str, Any], root: Any) -> str | None:
    """The keyword by which a schema takes properties of any name, where it names none."""
    more, patterns = node.get("additionalProperties"), node.get("patternProperties")
    if node.get("properties"):
        return None
    if more is True or (isinstance(more, dict) and any(map(_is_text, alternatives(more, root)))):
        return "additionalProperties"
    named = patterns.items() if isinstance(patterns, dict) else ()
    texts = any(key in _ANY_NAME and isinstance(item, dict) and _is_text(item) for key, item in named)
    return "patternProperties" if texts else None


def _is_text(node: Mapping[str, Any]) -> bool:
    named, shown, longest = types(node), node.get("format"), node.get("maxLength")
    if "string" not in named and (named or "properties" in node or "$ref" in node):
        return False
    if any(bound in node for bound in _BOUNDS):
        return False
    unbounded = shown is None or (isinstance(shown, str) and shown in _TEXTS)
    return unbounded and not (isinstance(longest, int | float) and longest <= SHORT)
