"""The checks, by the names that the catalogue of rules calls them by.

Each takes an assessed span type and hands back the places that need a second look. None of them says that anything is
wrong, in law or otherwise: they say where a declaration does not fit itself, or the JSON schemas beside it.

``params_schema`` speaks about what flows in and ``result_schema`` about what flows out. ``schema``, of judgements and
alerts, describes a payload of which nobody says which of the two it is; so it is set against both sides at once: only a
category that is declared excluded on both is contradicted by it, and only what holds of both sides holds of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from reporter.declared.answer import Answers
from reporter.declared.model import SpanType
from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES, CLASSIFICATION, FLAGS, SIDE_PARTS, Part
from reporter.review.conditions import Condition, compiled
from reporter.review.lint import profiles
from reporter.review.lint.hit import Check, Hit
from reporter.review.lint.reading import reading
from reporter.review.lint.speaking import in_order

#: The entry's schemas, and the parts of a declaration that they speak about.
SCHEMA_PARTS: Final[dict[str, tuple[Part, ...]]] = {
    "params_schema": (SIDE_PARTS["params"],),
    "result_schema": (SIDE_PARTS["result"],),
    "schema": (SIDE_PARTS["params"], SIDE_PARTS["result"]),
}
_PARAMS: Final = SIDE_PARTS["params"]
_RESULT: Final = SIDE_PARTS["result"]
_PERSONAL: Final = next(flag.categories for flag in FLAGS if flag.name == "personal_data")
#: The ways in which something may come to be in a result that was not handed in.
_ORIGINS: Final = ("read_data", "create_data", "external_communication")


def _starter_profile(entry: SpanType) -> Iterator[Hit]:
    if profile := profiles.copied_from(entry.declaration):
        yield Hit("/data_risk", ", ".join(profile.names), ())


def _result_same_as_params(entry: SpanType) -> Iterator[Hit]:
    """Sides that hold nothing are not narrower either, so something has to be included."""
    params, result = entry.declaration.parts[_PARAMS], entry.declaration.parts[_RESULT]
    if params is None or result is None or _values(params) != _values(result):
        return
    yield from (_answer(_RESULT, name, "included") for name in CATEGORY_NAMES if result[name].meaning == "yes")


def _all_disallowed_yet_included(entry: SpanType) -> Iterator[Hit]:
    if all(_action(entry, name) == "disallowed" for name in ACTION_NAMES):
        for part in (_PARAMS, _RESULT):
            yield from (_answer(part, name, "included") for name in _of(entry, part, "included"))


def _result_from_nowhere(entry: SpanType) -> Iterator[Hit]:
    """What may have been handed in, or fetched from outside, comes from somewhere; so may whatever nobody decided."""
    if all(_action(entry, name) == "disallowed" for name in _ORIGINS):
        excluded = _of(entry, _PARAMS, "excluded")
        for name in _of(entry, _RESULT, "included"):
            if name in excluded:
                yield _answer(_RESULT, name, "included")


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
        if _all_excluded(entry, parts, _PERSONAL):
            yield from reading(schema, f"/{key}").free_text


def _public_free_text(entry: SpanType) -> Iterator[Hit]:
    for key, schema, parts in _schemas(entry):
        public = all(entry.declaration.answer(part, CLASSIFICATION).level == "public" for part in parts)
        if public and (found := reading(schema, f"/{key}").free_text):
            yield from found
            yield from (_answer(part, CLASSIFICATION, "public") for part in parts)


def _free_text_all_excluded(entry: SpanType) -> Iterator[Hit]:
    leaves = _action(entry, "external_communication") == "allowed"
    if leaves and _all_excluded(entry, (_PARAMS,), CATEGORY_NAMES):
        yield from reading(entry.schemas.get("params_schema"), "/params_schema").free_text


def _schemas(entry: SpanType) -> Iterable[tuple[str, Any, tuple[Part, ...]]]:
    return ((key, entry.schemas[key], parts) for key, parts in SCHEMA_PARTS.items() if key in entry.schemas)


def _of(entry: SpanType, part: Part, answer: str) -> list[str]:
    """The categories of the vocabulary that have this answer."""
    return [name for name in CATEGORY_NAMES if entry.declaration.answer(part, name).word == answer]


def _excluded(entry: SpanType, parts: tuple[Part, ...]) -> frozenset[str]:
    """The categories that are declared excluded in each of these parts."""
    return frozenset.intersection(*(frozenset(_of(entry, part, "excluded")) for part in parts))


def _all_excluded(entry: SpanType, parts: tuple[Part, ...], names: Iterable[str]) -> bool:
    return all(entry.declaration.answer(part, name).meaning == "no" for part in parts for name in names)


def _action(entry: SpanType, name: str) -> str:
    return entry.declaration.answer("action_profile", name).word


def _values(said: Answers) -> dict[str, Any]:
    return {name: answer.value for name, answer in said.items()}


def _answer(part: Part, name: str, value: str) -> Hit:
    return Hit(f"/data_risk/{part}/{name}", value, () if name == CLASSIFICATION else (name,))


CHECKS: Final[dict[str, Check]] = {
    "starter_profile": _starter_profile,
    "result_same_as_params": _result_same_as_params,
    "all_disallowed_yet_included": _all_disallowed_yet_included,
    "result_from_nowhere": _result_from_nowhere,
    "schema_contradicts": _schema_contradicts,
    "free_text_all_personal_excluded": _free_text_all_personal_excluded,
    "public_free_text": _public_free_text,
    "free_text_all_excluded": _free_text_all_excluded,
}


def _all_of(side: str, names: Iterable[str]) -> dict[str, Any]:
    return {"all": [{"category": name, "side": side, "is": "excluded"} for name in names]}


def _disallowed(names: Iterable[str]) -> list[dict[str, Any]]:
    return [{"action": name, "is": "disallowed"} for name in names]


#: Where a check can find anything at all, so that it is not asked about the rest.
WORTH_IT: Final[dict[str, Condition]] = {
    name: compiled(condition)
    for name, condition in {
        "all_disallowed_yet_included": {"all": _disallowed(ACTION_NAMES)},
        "result_from_nowhere": {"all": _disallowed(_ORIGINS)},
        "free_text_all_personal_excluded": {"any": [_all_of("params", _PERSONAL), _all_of("result", _PERSONAL)]},
        "public_free_text": {"classification": "public", "side": "either"},
        "free_text_all_excluded": _all_of("params", CATEGORY_NAMES),
    }.items()
}
