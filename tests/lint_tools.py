"""The labelled tools of ``rules/lint_tools.toml``, and how well the lint does on what they say about themselves."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lint_labels import Case, Score, labelled

from reporter.review.lint.naming import spoken

PATH: Final = Path(__file__).with_name("rules") / "lint_tools.toml"
ACTIONS: Final = "actions"
SUBJECTS: Final = "subjects"


@dataclass(frozen=True)
class Tool:
    """One tool with its labels; ``case`` is its schema with those of its properties."""

    name: str
    half: str
    title: str | None
    description: str | None
    says: frozenset[str]
    about: frozenset[str]
    arguable: frozenset[str]
    case: Case


def tools() -> list[Tool]:
    return [_tool(entry) for entry in tomllib.loads(PATH.read_text(encoding="utf-8"))["tool"]]


def _tool(entry: dict[str, Any]) -> Tool:
    labels = {key: {each.strip() for each in entry.get(key, "").split(",")} - {""} for key in ("says", "about")}
    arguable = {each.removeprefix("?") for found in labels.values() for each in found if each.startswith("?")}
    says, about = (frozenset(each for each in labels[key] if not each.startswith("?")) for key in ("says", "about"))
    case = labelled({"about": entry["name"], "half": entry["half"], "properties": entry.get("properties", {})})
    return Tool(
        entry["name"],
        entry["half"],
        entry.get("title"),
        entry.get("description"),
        says,
        about,
        frozenset(arguable),
        case,
    )


def measure_tools(half: str) -> dict[str, Score]:
    """The scores of one half: of actions, and of categories that names and descriptions speak of."""
    scores = {ACTIONS: Score(), SUBJECTS: Score()}
    for tool in tools():
        if tool.half == half:
            said = spoken(tool.name, tool.title, tool.description)
            _score(tool, tool.says, (each.actions for each in said), scores[ACTIONS])
            _score(tool, tool.about, ((name,) for each in said for name in each.categories), scores[SUBJECTS])
    return scores


def _score(tool: Tool, truth: frozenset[str], found: Iterable[tuple[str, ...]], into: Score) -> None:
    """A word that says one of several actions is right where one of them is meant."""
    claims = {claim for claim in found if claim}
    for claim in sorted(claims):
        if not truth.isdisjoint(claim):
            into.hits.append(f"{tool.name}: {claim}")
        elif tool.arguable.isdisjoint(claim):
            into.false.append(f"{tool.name}: {claim}")
    covered = {name for claim in claims for name in claim}
    into.missed += [f"{tool.name}: {name}" for name in sorted(truth - covered)]
