"""What one field says is decided in one place, and three silences are told apart."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.declared.answer import LEFT_OUT, UNDECLARED, Answer, answers
from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES, FIELDS, LEVELS, PARTS
from reporter.prefactor.entries import declaration

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("part", "field", "value", "counts"),
    [
        ("action_profile", "read_data", "allowed", ("yes", "allowed", None)),
        ("action_profile", "read_data", "disallowed", ("no", "disallowed", None)),
        ("action_profile", "read_data", "unknown", ("unknown", "unknown", None)),
        ("action_profile", "read_data", "included", ("unknown", "unknown", "outside the vocabulary")),
        ("action_profile", "classification", "secret", ("unknown", "unknown", "outside the vocabulary")),
        ("params_data_categories", "minors_data", "included", ("yes", "included", None)),
        ("params_data_categories", "minors_data", "excluded", ("no", "excluded", None)),
        ("params_data_categories", "minors_data", "allowed", ("unknown", "unknown", "outside the vocabulary")),
        ("params_data_categories", "minors_data", "Excluded", ("unknown", "unknown", "outside the vocabulary")),
        ("params_data_categories", "minors_data", None, ("unknown", "unknown", "no text")),
        ("params_data_categories", "minors_data", False, ("unknown", "unknown", "no text")),
        ("result_data_categories", "classification", "public", ("level", "public", None)),
        ("result_data_categories", "classification", "unknown", ("unknown", "unknown", None)),
        ("result_data_categories", "classification", "included", ("unknown", "unknown", "outside the vocabulary")),
        ("result_data_categories", "pets", "included", ("yes", "included", None)),
        ("result_data_categories", "pets", "secret", ("unknown", "unknown", "outside the vocabulary")),
    ],
)
def test_a_value_means_what_the_contract_says_and_is_kept_as_it_was(
    part: Any, field: str, value: Any, counts: tuple[str, str, str | None]
) -> None:
    answer = answers(part, {field: value})[field]
    meaning = counts[0]
    assert (answer.meaning, answer.word, answer.odd) == counts
    assert answer.given
    assert answer.value is value
    assert answer.decided == (meaning in ("yes", "no", "level"))
    assert answer.level == (value if meaning == "level" else None)


@pytest.mark.parametrize("part", PARTS)
def test_a_field_that_a_declared_part_leaves_out_is_unknown_and_one_that_nobody_declared_is_not(part: Any) -> None:
    assert answers(part, {}) == dict.fromkeys(FIELDS[part], LEFT_OUT)
    said, silent = declaration({part: {}}), declaration(None)
    for field in FIELDS[part]:
        assert (said.answer(part, field).meaning, silent.answer(part, field).meaning) == ("unknown", "undeclared")
        assert not said.answer(part, field).decided
        assert not silent.answer(part, field).decided
    assert said.answer(part, "pets") == UNDECLARED


def test_answers_that_differ_only_in_the_type_of_their_value_are_not_the_same() -> None:
    assert Answer("unknown", 1, "unknown") != Answer("unknown", True, "unknown")
    assert Answer("unknown", 1, "unknown") != Answer("unknown", 1.0, "unknown")


@given(st.dictionaries(st.sampled_from([*CATEGORY_NAMES, "pets", "classification"]), st.sampled_from([*LEVELS, "x"])))
def test_the_order_of_fields_is_that_of_the_vocabulary_whatever_was_written(declared: dict[str, Any]) -> None:
    found = answers("params_data_categories", declared)
    assert list(found) == [
        *FIELDS["params_data_categories"],
        *sorted(declared.keys() - found.keys() | {"pets"} & declared.keys()),
    ]
    assert {name: each.value for name, each in found.items() if each.given} == declared


def test_no_other_module_asks_which_word_of_the_vocabulary_a_value_is() -> None:
    """The sets of words are for this module and the platform's wire; whoever else imports them decides anew."""
    words = {"ACTION_ANSWERS", "CATEGORY_ANSWERS"}
    for path in sorted((ROOT / "reporter").rglob("*.py")):
        if path.stem in ("answer", "vocabulary") or "registr" in str(path.relative_to(ROOT)):
            continue
        for node in ast.walk(ast.parse(path.read_bytes())):
            names = {alias.name for alias in node.names} if isinstance(node, ast.ImportFrom) else set()
            assert not names & words, path


def test_actions_and_categories_share_no_word_but_unknown() -> None:
    said = {each.word for each in answers("action_profile", dict.fromkeys(ACTION_NAMES, "allowed")).values()}
    assert said == {"allowed"}
