"""What is worse than it was, in words: each change by what, where, before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Final

from reporter.declared.vocabulary import CLASSIFICATION, TERMS, Part
from reporter.review.changes import Change

PLACES: Final[dict[Part, str]] = {
    "action_profile": "actions",
    "params_data_categories": "inputs",
    "result_data_categories": "outputs",
}
_NAMED: Final = 3


def lines(found: Iterable[Change]) -> list[str]:
    """Each change in plain words: what, where, before and after; those of one place that went one way are one line."""
    return [words for words, _ in told(found)]


def told(found: Iterable[Change]) -> list[tuple[str, Change]]:
    """These lines, each with the first change that it tells."""
    grouped: dict[tuple[object, ...], list[Change]] = {}
    for each in found:
        answers = (each.before, each.after) if each.kind != "new" else ()
        place = (each.kind, each.agent_id, each.entry, each.span_type, each.part)
        grouped.setdefault((*place, *answers), []).append(each)
    return [(_line(some), some[0]) for some in grouped.values()]


def fields_of(change: Change) -> dict[str, str | None]:
    """A change that is worse, as JSON says it."""
    return {name: value for name, value in asdict(change).items() if name not in ("worse", "telling")}


def _line(some: Sequence[Change]) -> str:
    first = some[0]
    kind = "" if first.entry == "span" else f" ({first.entry})"
    place = f"{first.agent_name}, {first.span_type}{kind}"
    if first.kind == "renamed":
        return f"{place}: was called {first.was}, and answers less"
    if first.part is None:
        return f"{place}: {_WHOLE[first.kind]}"
    where = PLACES[first.part]
    if first.kind == "new":
        answers: dict[str, list[Change]] = {}
        for each in some:
            answers.setdefault(each.after or "", []).append(each)
        told = "; ".join(f"{_fields(group)} {answer}" for answer, group in answers.items())
        return f"{place}: a new span type, {where}: {told}"
    if first.field is None:
        return f"{place}: the declaration of its {where} was there, and is undeclared"
    were, are = ("was", "is") if len(some) == 1 else ("were", "are")
    if first.kind == "extended":
        return f"{place}: {_fields(some)} ({where}) {are} new, outside the vocabulary, and {first.after}"
    return f"{place}: {_fields(some)} ({where}) {were} {first.before}, and {are} {first.after}"


_WHOLE: Final[dict[str, str]] = {
    "new": "a new span type without a declaration",
    "lost": "was declared, and is undeclared",
}


def _fields(some: Sequence[Change]) -> str:
    names = [label(each.field or "") for each in some]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def label(field: str) -> str:
    """A field as people call it; one outside the vocabulary by its own name."""
    if field == CLASSIFICATION:
        return "Classification"
    return TERMS[field].label if field in TERMS else field
