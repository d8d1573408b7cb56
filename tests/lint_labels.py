"""The labelled schemas of ``rules/lint_labelled.toml``, and how well the lint does on them."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from reporter.review.lint.reading import reading

PATH: Final = Path(__file__).with_name("rules") / "lint_labelled.toml"
HALVES: Final = ("tuning", "held out")
CATEGORIES: Final = "categories"
FREE_TEXT: Final = "free text"
QUERY: Final = "query"
_FORMATS: Final = frozenset({"date", "date-time", "email", "uri", "ipv4"})
_TYPES: Final = frozenset({"string", "number", "integer", "boolean", "object"})

Label = tuple[str, str]
"""A property, by its path of names, and a category or ``free text``."""


@dataclass(frozen=True)
class Case:
    """One schema with its labels."""

    about: str
    half: str
    schema: dict[str, Any]
    truth: frozenset[Label]
    arguable: frozenset[Label]
    properties: int


@dataclass
class Score:
    """How often the lint was right, wrong, and silent where it should have spoken; one count for each label."""

    hits: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return len(self.hits) / (len(self.hits) + len(self.false))

    @property
    def recall(self) -> float:
        return len(self.hits) / (len(self.hits) + len(self.missed))


def cases() -> list[Case]:
    return [labelled(case) for case in tomllib.loads(PATH.read_text(encoding="utf-8"))["case"]]


def path(pointer: str) -> str:
    """The path of property names in a pointer into a schema, definitions behind ``$``."""
    parts = pointer.split("/")
    names = [
        f"${name}" if keyword == "$defs" else name
        for keyword, name in pairwise(parts)
        if keyword in ("properties", "$defs")
    ]
    return ".".join(names)


def score(case: Case, found: set[Label], truth: set[Label], into: Score) -> None:
    for at, what in sorted(found | truth):
        line = f"{case.about}: {at} ({what})"
        if (at, what) in case.arguable:
            continue
        if (at, what) not in truth:
            into.false.append(line)
        elif (at, what) in found:
            into.hits.append(line)
        else:
            into.missed.append(line)


def labelled(case: dict[str, Any]) -> Case:
    labels: dict[bool, set[Label]] = {False: set(), True: set()}
    count = Counter[str]()

    def written_out(value: Any, at: str) -> Any:
        if isinstance(value, str):
            kind, _, categories = value.partition("=")
            for category in filter(None, map(str.strip, categories.split(","))):
                labels[category.startswith("?")].add((at, category.removeprefix("?")))
            return _json_schema(kind.strip())
        node = {key: inner for key, inner in value.items() if key not in ("truth", "arguable")}
        labels[False] |= {(at, category) for category in value.get("truth", ())}
        labels[True] |= {(at, category) for category in value.get("arguable", ())}
        if "properties" in node:
            count["properties"] += len(node["properties"])
            node["properties"] = {
                name: written_out(inner, f"{at}.{name}".removeprefix(".")) for name, inner in node["properties"].items()
            }
        if isinstance(node.get("items"), dict):
            node["items"] = written_out(node["items"], at)
        if "anyOf" in node:
            node["anyOf"] = [written_out(inner, at) for inner in node["anyOf"]]
        return node

    schema = written_out({"type": "object", "properties": case["properties"]}, "")
    if "definitions" in case:
        schema["$defs"] = {name: written_out(inner, f"${name}") for name, inner in case["definitions"].items()}
    return Case(
        case["about"], case["half"], schema, frozenset(labels[False]), frozenset(labels[True]), count["properties"]
    )


def _json_schema(kind: str) -> dict[str, Any]:
    if kind.endswith("[]"):
        return {"type": "array", "items": _json_schema(kind.removesuffix("[]"))}
    if "|" in kind:
        return {"type": "string", "enum": kind.split("|")}
    if kind in _FORMATS:
        return {"type": "string", "format": kind}
    assert kind in _TYPES, kind
    return {"type": kind}


def measure(half: str) -> dict[str, Score]:
    """The scores of one half, of categories and of free text."""
    return measured([case for case in cases() if case.half == half])


def measured(chosen: Iterable[Case]) -> dict[str, Score]:
    """The scores of some cases; free text and words to search by are one figure, each counted as what it is."""
    scores = {CATEGORIES: Score(), FREE_TEXT: Score()}
    written = {FREE_TEXT, QUERY}
    for case in chosen:
        read = reading(case.schema, "")
        found = {(path(hit.pointer), category) for hit in read.said for category in hit.categories}
        score(case, found, {label for label in case.truth if label[1] not in written}, scores[CATEGORIES])
        found = {(path(hit.pointer), FREE_TEXT) for hit in read.free_text}
        found |= {(path(hit.pointer), QUERY) for hit in read.searches}
        score(case, found, {label for label in case.truth if label[1] in written}, scores[FREE_TEXT])
    return scores
