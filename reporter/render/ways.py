"""The ways that data are declared to flow through an agent, each with its rows and kinds of data in a few words."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reporter.language import Language
from reporter.render import letters
from reporter.render.rows import Places, Run
from reporter.review import Flow
from reporter.vocabulary import CATEGORIES, GROUPS, Group

_NAMED: Final = 2  # categories of one group that are named; more are counted


@dataclass(frozen=True, slots=True)
class Way:
    """A way for data to flow: ``kinds`` of data, in the rows of these runs."""

    name: str
    label: str
    kinds: str
    runs: list[Run]


def ways(flows: Sequence[Flow], places: Places, language: Language) -> list[Way]:
    """In the order of the view."""
    return [
        Way(
            flow.name,
            flow.label,
            kinds({name for entry in flow.entries for name in entry.categories}, language),
            places.entries(flow.entries),
        )
        for flow in flows
    ]


def kinds(names: Container[str], language: Language) -> str:
    """Kinds of data in a few words: of many of one group how many, and by which law where it has one."""
    return ", ".join(_kinds(names, language))


def _kinds(names: Container[str], language: Language) -> Iterator[str]:
    for group in GROUPS:
        terms = [term for term in CATEGORIES if term.group == group.id and term.name in names]
        if len(terms) > _NAMED:
            yield f"{_called(group, language)} ({language.number(len(terms))})"
        else:
            yield from (letters.head(term, language) for term in terms)


def _called(group: Group, language: Language) -> str:
    text = group.law if group.id == "art9" else group.label
    return language.gettext(text)
