"""What a place of a JSON schema says about its data: in its name, format, description and the values that it gives."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any, Final

from reporter.declared.vocabulary import CATEGORY_NAMES
from reporter.plain.canonical import step
from reporter.review.lint import values
from reporter.review.lint.hit import Hit
from reporter.review.lint.lexicon import Term, lexicon
from reporter.review.lint.schema import GIVEN, Place, is_choice
from reporter.review.lint.words import tokens

#: How many of the values that one keyword gives are looked at.
_MAX_GIVEN: Final = 500


def said(place: Place, schema: Any) -> Iterator[Hit]:
    """What a place of a schema says of categories of the vocabulary."""
    if place.is_property and place.name is not None and (terms := _of_name(place)):
        yield from _hits(place.pointer, place.name, terms, place, schema)
    yield from _of_format(place)
    yield from _of_description(place, schema)
    yield from _given(place)


def _of_format(place: Place) -> Iterator[Hit]:
    named = place.node.get("format")
    term = lexicon().formats.get(named.lower()) if isinstance(named, str) else None
    if term and term.fits(place.under.union(tokens(place.name or "")), place.beside):
        yield Hit(f"{place.pointer}/format", place.name or "format", term.categories)


def _of_description(place: Place, schema: Any) -> Iterator[Hit]:
    """All that a description says, shown by the most telling of the lexicon's words in it."""
    text = place.node.get("description")
    if not isinstance(text, str) or not (sentence := lexicon().sentence(text)):
        return
    own = place.under.union(tokens(place.name or ""), lexicon().owners(text))
    if fitting := [(term, words) for term, words in sentence if term.fits(own, place.beside)]:
        words = max((words for _, words in fitting), key=len)
        yield from _hits(f"{place.pointer}/description", words, [term for term, _ in fitting], place, schema)


def _of_name(place: Place) -> list[Term]:
    """The terms that a property's name brings up; where it brings none, those of its title."""
    text = place.node.get("description")
    around = place.under | lexicon().owners(text) if isinstance(text, str) else place.under
    for name in (place.name, place.node.get("title")):
        if isinstance(name, str):
            found = [
                term
                for match in lexicon().name(name)
                for term in match.terms
                if term.categories and term.fits(around | match.rest, place.beside)
            ]
            if found:
                return found
    return []


def _hits(pointer: str, value: str, terms: list[Term], place: Place, schema: Any) -> Iterator[Hit]:
    if any(term.values_only for term in terms) and is_choice(place.node, schema):
        terms = [term for term in terms if not term.values_only]
    if categories := {category for term in terms for category in term.categories}:
        yield Hit(pointer, value, in_order(categories))


def _given(place: Place) -> Iterator[Hit]:
    keywords = GIVEN.keys() & place.node.keys()
    numbered = bool(keywords) and lexicon().numbered(place.name or "")
    for keyword in keywords:
        given = place.node[keyword]
        if GIVEN[keyword] and isinstance(given, list):
            elements = [
                (step(f"{place.pointer}/{keyword}", index), item) for index, item in enumerate(given[:_MAX_GIVEN])
            ]
        else:
            elements = [(f"{place.pointer}/{keyword}", given)]
        for pointer, item in elements:
            if (found := values.concerns(item, numbered=numbered)) and (seal := values.sealed(item)):
                yield Hit(pointer, seal, found)


def in_order(categories: AbstractSet[str]) -> tuple[str, ...]:
    """Categories in the order of the vocabulary."""
    return tuple(name for name in CATEGORY_NAMES if name in categories)
