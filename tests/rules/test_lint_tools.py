"""How well the lint does on tools as servers publish them, and that the document says the same."""

from functools import cache
from pathlib import Path

import pytest
from builders import risk
from lint_labels import CATEGORIES, FREE_TEXT, HALVES, QUERY, Score, measured
from lint_tools import ACTIONS, SUBJECTS, Tool, measure_tools, tools

from reporter.declared.model import SpanType
from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES
from reporter.prefactor.entries import declaration
from reporter.review.lint.checks import CHECKS

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "lint.md").read_text(encoding="utf-8")

# A bit under what is measured: whoever changes a lexicon may lose a label here or there, and has to say so.
FLOORS = {
    ("tuning", ACTIONS): (0.97, 0.97),
    ("held out", ACTIONS): (0.96, 0.96),
    ("tuning", SUBJECTS): (0.94, 0.94),
    ("held out", SUBJECTS): (0.94, 0.9),
    ("tuning", CATEGORIES): (0.94, 0.85),
    ("held out", CATEGORIES): (0.9, 0.9),
    ("tuning", FREE_TEXT): (0.9, 0.94),
    ("held out", FREE_TEXT): (0.94, 0.93),
}
FREE_TEXT_RULES = ("free_text_all_personal_excluded", "free_text_all_excluded")


@cache
def scores(half: str) -> dict[str, Score]:
    return measure_tools(half) | measured([tool.case for tool in tools() if tool.half == half])


@pytest.mark.parametrize(("half", "what"), FLOORS)
def test_precision_and_recall_stay_above_their_floors(half: str, what: str) -> None:
    of = scores(half)[what]
    precision, recall = FLOORS[half, what]
    assert of.precision >= precision, "\n".join(of.false)
    assert of.recall >= recall, "\n".join(of.missed)


@pytest.mark.parametrize("half", HALVES)
def test_the_document_gives_the_figures_that_are_measured(half: str) -> None:
    for what, of in scores(half).items():
        counts = f"{len(of.hits)} | {len(of.false)} | {len(of.missed)}"
        assert f"| {half} | tools, {what} | {counts} | {of.precision:.3f} | {of.recall:.3f} |" in DOCUMENT
    chosen = [tool for tool in tools() if tool.half == half]
    assert f"| {half}, tools | {len(chosen)} | {sum(tool.case.properties for tool in chosen)} |" in DOCUMENT


def test_the_document_gives_the_share_of_tools_that_free_text_is_found_in() -> None:
    """Of all tools, everything declared excluded: a rule that found them all would say nothing."""
    inside, outside = (_found(check, allowed) for check, allowed in zip(FREE_TEXT_RULES, ((), OUT), strict=True))
    assert f"{inside} of {len(tools())} tools" in DOCUMENT
    assert f"{outside} of {len(tools())}" in DOCUMENT
    assert max(inside, outside) < len(tools()) / 3
    assert _found(FREE_TEXT_RULES[0], OUT) == _found(FREE_TEXT_RULES[1], ()) == 0


OUT = ("external_communication",)


def _found(check: str, allowed: tuple[str, ...]) -> int:
    return sum(bool(list(CHECKS[check](_declared(tool, allowed)))) for tool in tools())


def _declared(tool: Tool, allowed: tuple[str, ...]) -> SpanType:
    declared = declaration(risk(allowed=allowed))
    schemas = {"params_schema": tool.case.schema}
    return SpanType(tool.name, tool.title, tool.description, "span", "v", "0" * 64, "/x", declared, schemas)


def test_every_label_is_of_the_vocabulary() -> None:
    for tool in tools():
        assert tool.half in HALVES
        assert tool.says <= set(ACTION_NAMES)
        assert tool.about <= set(CATEGORY_NAMES)
        assert tool.arguable <= {*ACTION_NAMES, *CATEGORY_NAMES}
        assert {what for _, what in tool.case.truth | tool.case.arguable} <= {*CATEGORY_NAMES, FREE_TEXT, QUERY}
