"""What holds of the lint whatever somebody else wrote."""

from __future__ import annotations

import json
from typing import Any

import pytest
from builders import risk, told
from hypothesis import given
from hypothesis import strategies as st
from strategies import data_risks

from reporter.declared.flows import Facts
from reporter.declared.model import SpanType
from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES, KINDS, SIDE_PARTS
from reporter.prefactor.entries import declaration
from reporter.review.lint.checks import CHECKS, SCHEMA_PARTS, WORTH_IT
from reporter.review.lint.reading import Hit
from reporter.review.lint.suggesting import suggested, urgency

KEYWORDS = [
    *("type", "properties", "items", "prefixItems", "additionalProperties", "patternProperties", "propertyNames"),
    *("allOf", "anyOf", "oneOf", "not", "if", "then", "$ref", "$defs", "definitions", "dependentSchemas"),
    *("enum", "const", "default", "examples", "format", "description", "title", "maxLength", "pattern"),
]
NAMES = [
    *("email", "birthDate", "iban", "note", "message", "diagnosis", "password", "lat", "name"),
    *("child_age", "religion", "id"),
]
WORDS = [
    "string",
    "object",
    "array",
    "#",
    "#/$defs/a",
    "#/properties/email",
    "date",
    "email",
    "E-mail address of the user",
]
SECRETS = ["maria.huber@example.org", "+49 30 901820", "DE89370400440532013000", "4111111111111111"]

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8), st.sampled_from(WORDS)
)
keys = st.one_of(st.sampled_from(KEYWORDS), st.sampled_from(NAMES), st.text(max_size=5))
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5), max_leaves=40
)


TOLD = {"type": "string", "format": "email"}
mapped = st.dictionaries(st.sampled_from(SECRETS), scalars, max_size=2)
like_a_schema = st.fixed_dictionaries(
    {"properties": st.dictionaries(st.sampled_from(SECRETS), st.just(TOLD), max_size=2)}
)
given_values = st.sampled_from(SECRETS) | mapped | like_a_schema


def node(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A schema that may be as it should, with values given by its author."""
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["string", "object", "array", "boolean", ["string", "null"]]) | scalars,
            "properties": st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
            "items": inner,
            "anyOf": st.lists(inner, max_size=3),
            "$defs": st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
            "$ref": st.sampled_from(["#", "#/$defs/a", "#/$defs/b", "#/properties/email", "#/items"]),
            "examples": st.lists(given_values, max_size=3),
            "enum": st.lists(given_values, max_size=3),
            "default": given_values,
            "description": st.sampled_from(WORDS),
            "additionalProperties": inner,
        },
    )


# References are from the root, so that is where one may lead into a value.
leading_into_values = st.fixed_dictionaries(
    {
        "$ref": st.sampled_from(["#/examples/0", "#/enum/0", "#/default", "#/const", "#/items/default"]),
        "examples": st.lists(like_a_schema, min_size=1, max_size=1),
        "enum": st.lists(like_a_schema, min_size=1, max_size=1),
        "default": like_a_schema,
        "const": like_a_schema,
        "items": st.fixed_dictionaries({"default": like_a_schema}),
    }
)
schemas = st.one_of(anything, st.recursive(node(scalars), node, max_leaves=12), leading_into_values)
decided = st.fixed_dictionaries(
    {
        "action_profile": st.fixed_dictionaries(
            {name: st.sampled_from(["allowed", "disallowed", "unknown"]) for name in ACTION_NAMES}
        ),
        **{
            part: st.fixed_dictionaries(
                {name: st.sampled_from(["excluded", "excluded", "included", "unknown"]) for name in CATEGORY_NAMES}
                | {"classification": st.sampled_from(["public", "secret"])}
            )
            for part in SIDE_PARTS.values()
        },
    }
)


SPOKEN = [
    *("delete_customer", "send_email", "refundPayment", "face.match", "ns:get_patient", "update_history", "list"),
    *(
        "Deletes a customer",
        "This tool will create, read and",
        "Send",
        "Ruft Befunde ab",
        "not deleting",
        "\u0130\u00df_x",
    ),
]
spoken_texts = (
    st.sampled_from(SPOKEN) | st.text(max_size=30) | st.lists(st.sampled_from(SPOKEN), max_size=4).map("_".join)
)


@st.composite
def entries(draw: st.DrawFn) -> SpanType:
    name, title, text = draw(spoken_texts), draw(st.none() | spoken_texts), draw(st.none() | spoken_texts)
    beside = draw(st.dictionaries(st.sampled_from(tuple(SCHEMA_PARTS)), schemas, max_size=3))
    declared = declaration(draw(st.just(risk()) | decided | data_risks))
    return SpanType(name, title, text, draw(st.sampled_from(KINDS)), "v", "0" * 64, "/x", declared, beside)


def hits(entry: SpanType) -> list[tuple[str, Hit]]:
    return [(name, hit) for name, check in CHECKS.items() for hit in check(entry)]


@given(entries())
def test_no_check_fails_on_anything_and_each_hit_is_in_its_form(entry: SpanType) -> None:
    for name, hit in hits(entry):
        assert hit.pointer.split("/")[1] in {"data_risk", "name", "title", "description", *entry.schemas}, name
        assert set(hit.categories) <= set(CATEGORY_NAMES)
        json.dumps(hit.value)


@pytest.mark.parametrize("keyword", KEYWORDS)
@pytest.mark.parametrize("odd", [None, 0, -1.5, True, "", "x", [], [[]], [None, {}], {}, {"a": 0}, {"note": []}])
def test_each_keyword_may_hold_anything(keyword: str, odd: Any) -> None:
    for type_ in ("string", "array", "object"):
        node = {"type": type_, "description": "E-mail address", keyword: odd}
        schema = {"properties": {"note": node, "email": node}, keyword: odd}
        hits(SpanType("n", None, None, "span", "v", "0" * 64, "/x", declaration(risk()), {"params_schema": schema}))


@given(entries())
def test_no_given_value_is_ever_shown(entry: SpanType) -> None:
    shown = repr(hits(entry))
    assert not [secret for secret in SECRETS if secret in shown]


@given(entries())
def test_a_category_that_is_not_excluded_is_never_contradicted(entry: SpanType) -> None:
    for hit in CHECKS["schema_contradicts"](entry):
        key = hit.pointer.split("/")[1]
        parts = SCHEMA_PARTS.get(key, tuple(part for part in SIDE_PARTS.values() if f"/{part}/" in hit.pointer))
        assert hit.categories
        for part in parts:
            answers = told(entry.declaration, part) or {}
            assert all(answers.get(name) == "excluded" for name in hit.categories)


def turned(value: Any) -> Any:
    """The same value with the keys of every object the other way round."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(item) for item in value] if isinstance(value, list) else value


@given(entries())
def test_the_order_of_keys_makes_no_difference(entry: SpanType) -> None:
    parts = {part: turned(values) for part, values in entry.declaration.parts.items()}
    other = SpanType(
        entry.name, entry.title, entry.description, entry.kind, "v", "0" * 64, "/x",
        type(entry.declaration)(parts, entry.declaration.extra), turned(entry.schemas),
    )  # fmt: skip
    assert hits(other) == hits(entry)


@given(data_risks, spoken_texts, anything, anything)
def test_a_check_finds_nothing_where_it_is_said_not_to_be_worth_asking(
    risk_: Any, name: str, params: Any, result: Any
) -> None:
    schemas = {"params_schema": params, "result_schema": result}
    entry = SpanType(name, None, None, "span", "v", "0" * 64, "/t", declaration(risk_), schemas)
    for check, condition in WORTH_IT.items():
        assert condition(Facts([entry])).certain or not list(CHECKS[check](entry))


@given(entries())
def test_an_action_that_is_not_disallowed_is_never_spoken_against(entry: SpanType) -> None:
    told_actions = told(entry.declaration, "action_profile") or {}
    for hit in CHECKS["name_against_action"](entry):
        if hit.pointer.startswith("/data_risk/action_profile/"):
            assert told_actions.get(hit.pointer.rsplit("/", 1)[1]) == "disallowed"
        else:
            assert hit.pointer in ("/name", "/title", "/description")


@given(entries())
def test_suggestions_name_each_field_once_what_matters_most_first(entry: SpanType) -> None:
    found = suggested(entry)
    assert len({each.field for each in found}) == len(found)
    assert {each.field for each in found} <= {*ACTION_NAMES, *CATEGORY_NAMES}
    assert [each.weight for each in found] == sorted((each.weight for each in found), reverse=True)
    assert all(each.hits for each in found)
    assert urgency(found) >= sum(each.weight for each in found)
