"""The ways that data are declared to flow through an agent, each with its rows and kinds of data in a few words."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reporter.declared.vocabulary import CATEGORIES, GROUPS, Group, Term
from reporter.plain.language import Language
from reporter.render.sheets import letters
from reporter.render.sheets.rows import Places, Run
from reporter.view.findings import Flow, Reach

_NAMED: Final = 2  # categories of one group that are named; more are counted


@dataclass(frozen=True, slots=True)
class Way:
    """A way for data to flow: ``kinds`` of data, which are these ``categories``, in the rows of these runs."""

    name: str
    label: str
    kinds: str
    categories: frozenset[str]
    runs: list[Run]


def ways(flows: Sequence[Flow], places: Places, language: Language) -> list[Way]:
    """In the order of the view."""
    return [_way(flow, places, language) for flow in flows]


def _way(flow: Flow, places: Places, language: Language) -> Way:
    names = frozenset(name for entry in flow.entries for name in entry.categories)
    return Way(flow.name, flow.label, kinds(names, language), names, places.entries(flow.entries))


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


_COLUMNS: Final = tuple(
    (group, terms) for group in GROUPS if (terms := tuple(term for term in CATEGORIES if term.group == group.id))
)


def heads(language: Language) -> list[str]:
    """The heads of a table of ways: a column for each group of kinds of data."""
    return [
        letters.head(terms[0], language) if len(terms) == 1 else _called(group, language) for group, terms in _COLUMNS
    ]


def in_columns(way: Way, language: Language) -> list[str]:
    """What stands below these heads: how many kinds of data there are, or the names of a few among more."""
    return [_counted(terms, way.categories, language) for _, terms in _COLUMNS]


def _counted(terms: Sequence[Term], names: Container[str], language: Language) -> str:
    found = [term for term in terms if term.name in names]
    if len(found) > _NAMED or len(found) == len(terms):
        return language.number(len(found))
    return ", ".join(letters.head(term, language) for term in found)


def upper_bound(reach: Reach, language: Language) -> str:
    """What may reach the outside world; where that is all that is included, the matrix says what that is."""
    if reach.state != "included":
        return reach.words
    return language.gettext(
        "Upper bound: all that some span type includes may in the worst case reach the outside world. "
        "%(ways)s; %(silent)s.",
        ways=language.ngettext(
            "%(number)s span type may communicate with the outside world",
            "%(number)s span types may communicate with the outside world",
            len(reach.exits),
        ),
        silent=language.ngettext(
            "%(number)s does not say whether it may",
            "%(number)s do not say whether they may",
            len(reach.undecided_exits),
        ),
    )


def _called(group: Group, language: Language) -> str:
    text = group.law if group.id == "art9" else group.label
    return language.gettext(text)
