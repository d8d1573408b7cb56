"""The vendor's published starter profiles, and whether a declaration is one of them as it stands."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from reporter.declared.answer import Answers
from reporter.declared.model import Declaration
from reporter.declared.vocabulary import ACTION_NAMES, CLASSIFICATION, FIELDS, PARTS, UNKNOWN, Part

_PARTS: Final[dict[Part, str]] = {
    "action_profile": "actions",
    "params_data_categories": "params",
    "result_data_categories": "result",
}
_NOT_ANSWERS: Final = frozenset({"level", "others"})
Published = tuple[str, ...]
"""The 42 answers of a declaration, in the vocabulary's order."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A published declaration: what its source calls it, where it stands, and its answers."""

    names: tuple[str, ...]
    source_url: str
    answers: Published


@cache
def profiles() -> Mapping[Published, Profile]:
    """Every published profile, by its answers."""
    data = tomllib.loads(files("reporter.review.lint").joinpath("profiles.toml").read_text(encoding="utf-8"))
    found = (
        Profile(tuple(entry["names"]), data["sources"][entry["source"]], _published(entry)) for entry in data["profile"]
    )
    return {profile.answers: profile for profile in found}


def copied_from(declaration: Declaration) -> Profile | None:
    """The profile that a declaration equals in every answer; anything added to it makes it somebody's own."""
    actions = declaration.parts["action_profile"]
    if declaration.extra or actions is None or _of_actions(actions) not in _known_actions():
        return None
    answers = _answers(declaration.parts)
    return profiles().get(answers) if answers else None


def _of_actions(actions: Answers) -> tuple[str, ...]:
    """What is told apart first, as most declarations differ here already."""
    return tuple("" if actions[name].odd else actions[name].word for name in ACTION_NAMES)


@cache
def _known_actions() -> frozenset[tuple[str, ...]]:
    return frozenset(answers[: len(ACTION_NAMES)] for answers in profiles())


def _answers(parts: Mapping[Part, Answers | None]) -> Published | None:
    found: list[str] = []
    for part in PARTS:
        values = parts.get(part)
        if values is None or len(values) > len(FIELDS[part]) or any(answer.odd for answer in values.values()):
            return None
        found += (values[field].word for field in FIELDS[part])
    return tuple(found)


def _published(entry: Mapping[str, Any]) -> Published:
    found: list[str] = []
    for part in PARTS:
        table = entry[_PARTS[part]]
        answers = {name: answer for answer, names in table.items() if answer not in _NOT_ANSWERS for name in names}
        for field in FIELDS[part]:
            others = table.get("level", UNKNOWN) if field == CLASSIFICATION else table.get("others", UNKNOWN)
            found.append(answers.get(field, others))
    return tuple(found)
