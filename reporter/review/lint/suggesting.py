"""What a span type that nobody assessed is likely to be asked about first: what its name and its schemas suggest.

A suggestion is no answer, and is never shown as one. It says where to begin among many unanswered span types: with
special data and with ways out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from reporter.declared.model import SpanType
from reporter.declared.vocabulary import ACTION_NAMES, CATEGORIES, CATEGORY_NAMES
from reporter.review.lint.checks import SCHEMA_PARTS
from reporter.review.lint.naming import spoken
from reporter.review.lint.reading import Hit, reading

_OUT: Final = frozenset({"external_communication", "financial_transactions"})
#: How much it matters that something is answered; other actions and categories weigh 1 and 2.
_WEIGHTS: Final = {
    **{term.name: 8 for term in CATEGORIES if term.group in ("art9", "art10", "children")},
    "external_communication": 6, "financial_transactions": 6, "authentication_and_secrets": 6, "destroy_data": 3,
    "financial_information": 4, "location_and_tracking": 4, "behavioural_and_inferred": 4,
}  # fmt: skip
_ORDER: Final = {name: number for number, name in enumerate((*CATEGORY_NAMES, *ACTION_NAMES))}


class Suggestion(NamedTuple):
    """One action or category that something about a span type suggests.

    Attributes:
        field: Its name in the vocabulary.
        weight: How much it matters that it is answered; it says nothing of how sure the suggestion is.
        hits: The places that suggest it, as the checks would point at them.
    """

    field: str
    weight: int
    hits: tuple[Hit, ...]


def suggested(entry: SpanType) -> Sequence[Suggestion]:
    """What name, title, description and schemas of an entry suggest, what matters most first."""
    found: dict[str, list[Hit]] = {}
    for said in spoken(entry.name, entry.title, entry.description):
        # A word that says one of several actions suggests none of them rather than another.
        names = said.actions if len(said.actions) == 1 or _OUT.intersection(said.actions) else said.actions[:1]
        for name in (*names, *said.categories):
            found.setdefault(name, []).append(Hit(f"/{said.field}", said.words, said.categories))
    for key in SCHEMA_PARTS:
        if key in entry.schemas:
            for hit in reading(entry.schemas[key], f"/{key}").said:
                for name in hit.categories:
                    found.setdefault(name, []).append(hit)
    made = (Suggestion(name, _weight(name), tuple(hits)) for name, hits in found.items())
    return sorted(made, key=lambda each: (-each.weight, _ORDER[each.field]))


def urgency(suggestions: Sequence[Suggestion]) -> int:
    """A weight to order span types by, the highest first; it counts twice where special data may have a way out."""
    fields = {each.field for each in suggestions}
    special = any(each.weight >= max(_WEIGHTS.values()) for each in suggestions)
    return sum(each.weight for each in suggestions) * (2 if special and _OUT & fields else 1)


def _weight(field: str) -> int:
    return _WEIGHTS.get(field, 1 if field in ACTION_NAMES else 2)
