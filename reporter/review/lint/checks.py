"""The checks, by the names that the catalogue of rules calls them by.

Each takes an assessed span type and hands back the places that need a second look. None of them says that anything is
wrong, in law or otherwise: they say where a declaration does not fit itself, or the JSON schemas beside it.

``params_schema`` speaks about what flows in and ``result_schema`` about what flows out. ``schema``, of judgements and
alerts, describes a payload of which nobody says which of the two it is; so it is set against both sides at once: only a
category that is declared excluded on both is contradicted by it, and only what holds of both sides holds of it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from reporter.declared.answer import Answer
from reporter.declared.model import SpanType
from reporter.declared.vocabulary import (
    ACTION_NAMES,
    CATEGORY_NAMES,
    CLASSIFICATION,
    FIELDS,
    FLAGS,
    PARTS,
    SIDE_PARTS,
    SIDES,
    UNKNOWN,
    Part,
)
from reporter.review.conditions import Condition, compiled
from reporter.review.lint.naming import Spoken, spoken
from reporter.review.lint.reading import Hit, in_order, reading

_PARAMS: Final = SIDE_PARTS["params"]
_RESULT: Final = SIDE_PARTS["result"]
#: The entry's schemas, and the parts of a declaration that they speak about.
SCHEMA_PARTS: Final[dict[str, tuple[Part, ...]]] = {
    "params_schema": (_PARAMS,),
    "result_schema": (_RESULT,),
    "schema": (_PARAMS, _RESULT),
}
_PERSONAL: Final = next(flag.categories for flag in FLAGS if flag.name == "personal_data")
#: The ways in which something may come to be in a result that was not handed in.
_ORIGINS: Final = ("read_data", "create_data", "external_communication")

_CHANGES: Final = ("create_data", "update_data", "destroy_data", "financial_transactions")
#: What is said, the answer that this speaks against, of which actions, and whether only if all of them are answered so.
_SPEAKING: Final[tuple[tuple[tuple[tuple[str, bool], ...], str, tuple[str, ...], bool], ...]] = (
    ((("readOnlyHint", True),), "yes", _CHANGES, False),
    ((("readOnlyHint", False),), "no", (*_CHANGES, "external_communication"), True),
    ((("destructiveHint", False),), "yes", ("destroy_data",), False),
    ((("readOnlyHint", False), ("destructiveHint", True)), "no", ("destroy_data",), False),
    ((("openWorldHint", True),), "no", ("external_communication",), False),
    ((("openWorldHint", False),), "yes", ("external_communication",), False),
)

Published = tuple[str, ...]
"""The 42 answers of a declaration, in the vocabulary's order."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A declaration that the vendor has published for others to start from: what its source calls it, and where."""

    names: tuple[str, ...]
    source_url: str


@cache
def profiles() -> Mapping[Published, Profile]:
    """Every published profile, by its answers."""
    data = tomllib.loads(files("reporter.review.lint").joinpath("profiles.toml").read_text(encoding="utf-8"))
    return {
        _published(each): Profile(tuple(each["names"]), data["sources"][each["source"]]) for each in data["profile"]
    }


def _published(entry: Mapping[str, Any]) -> Published:
    found: list[str] = []
    for part, key in zip(PARTS, ("actions", "params", "result"), strict=True):
        table = entry[key]
        answers = {name: word for word, names in table.items() if word not in ("level", "others") for name in names}
        answers.setdefault(CLASSIFICATION, table.get("level", UNKNOWN))
        found += (answers.get(field, table.get("others", UNKNOWN)) for field in FIELDS[part])
    return tuple(found)


@cache
def _known_actions() -> frozenset[Published]:
    return frozenset(answers[: len(ACTION_NAMES)] for answers in profiles())


def _starter_profile(entry: SpanType) -> Iterator[Hit]:
    """A profile that it equals in every answer; anything added to it makes it somebody's own."""
    declared = entry.declaration
    actions = declared.parts["action_profile"]
    # Most declarations differ in their actions already, which is soon told.
    if (
        declared.extra
        or actions is None
        or tuple([actions[name].word for name in ACTION_NAMES]) not in _known_actions()
    ):
        return
    answers: list[Answer] = []
    for part in PARTS:
        values = declared.parts[part]
        if values is None or len(values) > len(FIELDS[part]):
            return
        answers += (values[name] for name in FIELDS[part])
    profile = profiles().get(tuple([answer.word for answer in answers]))
    # What is no answer counts as unknown, and is none that anybody published.
    if profile and not any(answer.odd for answer in answers):
        yield Hit("/data_risk", ", ".join(profile.names), ())


def _result_same_as_params(entry: SpanType) -> Iterator[Hit]:
    """Sides that hold nothing are not narrower either, so something has to be included."""
    params, result = entry.declaration.parts[_PARAMS], entry.declaration.parts[_RESULT]
    if params is None or result is None or params.keys() != result.keys():
        return
    # By value, not by answer: a field that is left out is the same as one that is declared unknown.
    if all(params[name].value == answer.value for name, answer in result.items()):
        yield from _included(entry, _RESULT)


def _all_disallowed_yet_included(entry: SpanType) -> Iterator[Hit]:
    if _disallows(entry, ACTION_NAMES):
        yield from _included(entry, _PARAMS)
        yield from _included(entry, _RESULT)


def _result_from_nowhere(entry: SpanType) -> Iterator[Hit]:
    """What may have been handed in, or fetched from outside, comes from somewhere; so may whatever nobody decided."""
    if _disallows(entry, _ORIGINS):
        excluded = _excluded(entry, (_PARAMS,))
        yield from (hit for hit in _included(entry, _RESULT) if excluded.issuperset(hit.categories))


def _schema_contradicts(entry: SpanType) -> Iterator[Hit]:
    """The places of the schemas, and the answers that they contradict."""
    contradicted: set[tuple[Part, str]] = set()
    for key, schema, parts in _schemas(entry):
        if (said := reading(schema, f"/{key}").said) and (excluded := _excluded(entry, parts)):
            for hit in said:
                if categories := excluded.intersection(hit.categories):
                    contradicted.update((part, name) for part in parts for name in categories)
                    yield hit._replace(categories=in_order(categories))
    for part in (_PARAMS, _RESULT):
        yield from (_answer(part, name, "excluded") for name in CATEGORY_NAMES if (part, name) in contradicted)


def _free_text_all_personal_excluded(entry: SpanType) -> Iterator[Hit]:
    for key, schema, parts in _schemas(entry):
        # Where it may leave with nothing included, another rule says so: one fact is one finding.
        told = key == "params_schema" and _leaves_empty(entry)
        if not told and _excluded(entry, parts).issuperset(_PERSONAL):
            yield from reading(schema, f"/{key}").free_text


def _public_free_text(entry: SpanType) -> Iterator[Hit]:
    for key, schema, parts in _schemas(entry):
        public = all(entry.declaration.answer(part, CLASSIFICATION).level == "public" for part in parts)
        if public and (found := reading(schema, f"/{key}").free_text):
            yield from found
            yield from (Hit(f"/data_risk/{part}/{CLASSIFICATION}", "public", ()) for part in parts)


def _free_text_all_excluded(entry: SpanType) -> Iterator[Hit]:
    """Words to search by count as well: whoever is searched for, others are told of it."""
    if _leaves_empty(entry):
        read = reading(entry.schemas.get("params_schema"), "/params_schema")
        yield from sorted((*read.free_text, *read.searches))


def _leaves_empty(entry: SpanType) -> bool:
    leaves = entry.declaration.answer("action_profile", "external_communication").meaning == "yes"
    return leaves and _excluded(entry, (_PARAMS,)).issuperset(CATEGORY_NAMES)


def _name_against_action(entry: SpanType) -> Iterator[Hit]:
    """What it says that it does, and the answers against it; of several actions all have to be disallowed."""
    against: set[str] = set()
    for said in _spoken(entry):
        if said.actions and _disallows(entry, said.actions):
            against.update(said.actions)
            yield Hit(f"/{said.field}", said.words, ())
    yield from (Hit(f"/data_risk/action_profile/{name}", "disallowed", ()) for name in ACTION_NAMES if name in against)


def _name_against_category(entry: SpanType) -> Iterator[Hit]:
    """Which side a name is about it does not say, so that only what is excluded on both can be contradicted."""
    speaking = [said for said in _spoken(entry) if said.categories]
    excluded = _excluded(entry, (_PARAMS, _RESULT)) if speaking else frozenset()
    against: set[str] = set()
    if any(map(excluded.intersection, (said.categories for said in speaking))):
        # What a schema says as well is pointed at there, where it can be seen; one fact is one finding.
        excluded -= {name for key, schema, _ in _schemas(entry) for name in _categories(schema, key)}
        for said in speaking:
            if categories := excluded.intersection(said.categories):
                against |= categories
                yield Hit(f"/{said.field}", said.words, in_order(categories))
    for part in (_PARAMS, _RESULT):
        yield from (_answer(part, name, "excluded") for name in CATEGORY_NAMES if name in against)


def _hint_against_answer(entry: SpanType) -> Iterator[Hit]:
    """The answers that hints speak against, then the hints; one that is not given, or is no yes or no, says nothing.

    What a hint means is what the Model Context Protocol says that it means, and its defaults are nobody's statement.
    """
    if not entry.hints:
        return
    answer = entry.declaration.answer
    said = {(hint.name, hint.value) for hint in entry.hints if isinstance(hint.value, bool)}
    against: dict[tuple[str, str], None] = {}
    speaking: set[tuple[str, bool]] = set()
    for needed, meaning, names, every in _SPEAKING:
        disputed = [name for name in names if answer("action_profile", name).meaning == meaning]
        if said.issuperset(needed) and disputed and (not every or len(disputed) == len(names)):
            against |= dict.fromkeys((name, meaning) for name in disputed)
            speaking.update(needed)
    for name, meaning in against:
        yield Hit(f"/data_risk/action_profile/{name}", "allowed" if meaning == "yes" else "disallowed", ())
    for hint in entry.hints:
        if isinstance(hint.value, bool) and (hint.name, hint.value) in speaking:
            yield Hit(hint.pointer, hint.value, (), hint)


def _spoken(entry: SpanType) -> tuple[Spoken, ...]:
    return spoken(entry.name, entry.title, entry.description)


def _categories(schema: Any, key: str) -> Iterator[str]:
    return (name for hit in reading(schema, f"/{key}").said for name in hit.categories)


def _schemas(entry: SpanType) -> Iterable[tuple[str, Any, tuple[Part, ...]]]:
    return ((key, entry.schemas[key], parts) for key, parts in SCHEMA_PARTS.items() if key in entry.schemas)


def _disallows(entry: SpanType, names: Iterable[str]) -> bool:
    return all(entry.declaration.answer("action_profile", name).meaning == "no" for name in names)


def _excluded(entry: SpanType, parts: Iterable[Part]) -> frozenset[str]:
    """The categories of the vocabulary that are declared excluded in each of these parts."""
    answer = entry.declaration.answer
    return frozenset(name for name in CATEGORY_NAMES if all(answer(part, name).meaning == "no" for part in parts))


def _included(entry: SpanType, part: Part) -> Iterator[Hit]:
    declared = entry.declaration
    return (_answer(part, name, "included") for name in CATEGORY_NAMES if declared.answer(part, name).meaning == "yes")


def _answer(part: Part, name: str, value: str) -> Hit:
    return Hit(f"/data_risk/{part}/{name}", value, (name,))


#: From an assessed span type to the places that need a second look; no hit, no finding.
CHECKS: Final[dict[str, Callable[[SpanType], Iterable[Hit]]]] = {
    "starter_profile": _starter_profile,
    "result_same_as_params": _result_same_as_params,
    "all_disallowed_yet_included": _all_disallowed_yet_included,
    "result_from_nowhere": _result_from_nowhere,
    "schema_contradicts": _schema_contradicts,
    "free_text_all_personal_excluded": _free_text_all_personal_excluded,
    "public_free_text": _public_free_text,
    "free_text_all_excluded": _free_text_all_excluded,
    "name_against_action": _name_against_action,
    "name_against_category": _name_against_category,
    "hint_against_answer": _hint_against_answer,
}


def _all(answer: str, names: Iterable[str], **where: str) -> dict[str, Any]:
    key = "category" if where else "action"
    return {"all": [{key: name, "is": answer, **where} for name in names]}


def _excluded_on_both(name: str) -> dict[str, Any]:
    return {"all": [{"category": name, "side": side, "is": "excluded"} for side in SIDES]}


#: Where a check can find anything at all, so that it is not asked about the rest: conditions are judged for hundreds of
#: entries at once.
WORTH_IT: Final[dict[str, Condition]] = {
    name: compiled(condition)
    for name, condition in {
        "all_disallowed_yet_included": _all("disallowed", ACTION_NAMES),
        "result_from_nowhere": _all("disallowed", _ORIGINS),
        "free_text_all_personal_excluded": {"any": [_all("excluded", _PERSONAL, side=side) for side in SIDES]},
        "public_free_text": {"classification": "public", "side": "either"},
        "free_text_all_excluded": _all("excluded", CATEGORY_NAMES, side="params"),
        "name_against_action": {"action": list(ACTION_NAMES), "is": "disallowed"},
        "name_against_category": {"any": [_excluded_on_both(name) for name in CATEGORY_NAMES]},
    }.items()
}
