"""Conditions of the catalogue: three values, laws, and mistakes that are named."""

from typing import Any

import pytest
from builders import decisions, inventory, risk, span_type, told
from hypothesis import given
from hypothesis import strategies as st
from strategies import span_types

from reporter.declared.flows import CLASS_NAMES, Facts
from reporter.declared.model import SpanType
from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES, LEVELS
from reporter.review.conditions import GROUPS, ConditionError, compiled, rank

ACTION = st.fixed_dictionaries(
    {"action": st.sampled_from(ACTION_NAMES), "is": st.sampled_from(["allowed", "disallowed", "unknown"])}
)
SIDE = st.sampled_from(["params", "result", "either"])
CATEGORY = st.fixed_dictionaries(
    {
        "category": st.sampled_from(CATEGORY_NAMES),
        "side": SIDE,
        "is": st.sampled_from(["included", "excluded", "unknown"]),
    }
)
GROUP = st.fixed_dictionaries(
    {"group": st.sampled_from(sorted(GROUPS)), "side": SIDE, "is": st.sampled_from(["included", "excluded"])}
)
LEVEL = st.fixed_dictionaries(
    {"classification": st.lists(st.sampled_from([*LEVELS, "unknown"]), min_size=1, max_size=3), "side": SIDE}
)
FLOW = st.fixed_dictionaries(
    {"flow": st.sampled_from(CLASS_NAMES), "category": st.sampled_from(CATEGORY_NAMES)},
    optional={"included": st.sampled_from(["params", "result"])},
)
LEAF = ACTION | CATEGORY | GROUP | LEVEL | FLOW
CONDITION = st.recursive(
    LEAF,
    lambda inner: (
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)})
        | st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)})
    ),
    max_leaves=5,
)


def entry(declared: Any) -> SpanType:
    [agent] = inventory({"span_type_schemas": [span_type("t", declared)]}).agents
    [found] = agent.schema_versions[0].span_types or ()
    return found


NO, MAYBE, YES = range(3)


def judged(condition: Any, declared: Any) -> int:
    return rank(compiled(condition)(Facts([entry(declared)])))


@given(CONDITION, CONDITION, span_types())
def test_all_is_the_least_and_any_the_most_of_its_parts(one: Any, other: Any, found: SpanType) -> None:
    told = Facts([found])
    parts = [rank(compiled(each)(told)) for each in (one, other)]
    assert rank(compiled({"all": [one, other]})(told)) == min(parts)
    assert rank(compiled({"any": [one, other]})(told)) == max(parts)


@given(CONDITION, st.lists(span_types(), max_size=4))
def test_entries_are_judged_together_as_each_by_itself(condition: Any, found: list[SpanType]) -> None:
    judge = compiled(condition)
    certain, possible = judge(Facts(found))
    assert [(certain >> n & 1) + (possible >> n & 1) for n in range(len(found))] == [
        rank(judge(Facts([each]))) for each in found
    ]


@given(CONDITION, span_types())
def test_what_holds_or_may_hold_says_which_fields_make_it_so(condition: Any, found: SpanType) -> None:
    judge, told = compiled(condition), Facts([found])
    if rank(judge(told)):
        assert judge.fields(told, 1)


@given(CATEGORY | ACTION, span_types())
def test_a_leaf_that_holds_rests_on_decided_answers_and_one_that_may_on_missing_ones(
    condition: Any, found: SpanType
) -> None:
    judge, facts = compiled(condition), Facts([found])
    for part, name in judge.fields(facts, 1):
        known = (told(found.declaration, part) or {}).get(name) in decisions(part, name)
        assert known == (rank(judge(facts)) == YES and condition["is"] != "unknown")


def test_an_unknown_answer_is_never_read_as_no() -> None:
    condition = {"category": "health_and_medical", "side": "params", "is": "included"}
    assert judged(condition, risk("health_and_medical")) is YES
    assert judged(condition, risk()) is NO
    assert judged(condition, {"action_profile": {"read_data": "allowed"}}) is MAYBE
    assert judged(condition, {"params_data_categories": {"health_and_medical": "unknown"}}) is MAYBE
    assert judged(condition, {"params_data_categories": {"health_and_medical": "perhaps"}}) is MAYBE


def test_an_unknown_level_may_be_any_and_is_never_the_lowest() -> None:
    unknown = {"params_data_categories": {"classification": "unknown"}}
    assert judged({"classification": ["public"], "side": "params"}, unknown) is MAYBE
    assert judged({"classification": ["unknown"], "side": "params"}, unknown) is YES
    assert judged({"classification": ["unknown"], "side": "params"}, risk()) is NO
    assert judged({"classification": ["internal"], "side": "params"}, risk()) is YES


HEALTH = "health_and_medical"
OUT = "external_communication"


def test_a_flow_holds_where_one_of_its_categories_flows_that_way() -> None:
    out = {"flow": "EGRESS", "category": HEALTH}
    silent = risk(allowed=(OUT,))
    silent["params_data_categories"][HEALTH] = silent["result_data_categories"][HEALTH] = "unknown"
    assert judged(out, risk(HEALTH, allowed=(OUT,))) is YES
    assert judged(out, silent) is MAYBE
    assert judged(out, risk(HEALTH)) is NO
    assert judged(out, risk("minors_data", allowed=(OUT,))) is NO
    assert judged({"flow": "EGRESS", "group": "art9"}, risk(HEALTH, allowed=(OUT,))) is YES


@pytest.mark.parametrize(("side", "told"), [("params", [YES, NO, YES]), ("result", [NO, NO, YES])])
def test_a_flow_may_ask_on_which_side_its_category_is_still_included(side: str, told: list[int]) -> None:
    stored = {"flow": "PERSIST", "category": HEALTH, "included": side}
    stores = ("create_data",)
    declared = (
        risk(HEALTH, allowed=stores),
        risk(allowed=stores, result=(HEALTH,)),
        risk(HEALTH, allowed=stores, result=(HEALTH,)),
    )
    assert [judged(stored, each) for each in declared] == told


@pytest.mark.parametrize(
    ("condition", "key", "told"),
    [
        ("read_data", "when", "a condition is a table"),
        ({}, "when", "a condition is a table"),
        ({"read_data": "allowed"}, "when", "one of all, any, flow, action"),
        ({"read_data": "allowed"}, "when", "not read_data"),
        ({"action": "teleport", "is": "allowed"}, "action", "there is no 'teleport'"),
        ({"action": "read_data", "is": "included"}, "is", "it is one of allowed"),
        ({"action": "read_data"}, "is", "it is one of allowed"),
        ({"action": "read_data", "is": "allowed", "side": "params"}, "side", "side is not known here"),
        ({"category": "shoe_size", "side": "params", "is": "included"}, "category", "there is no 'shoe_size'"),
        ({"category": 7, "side": "params", "is": "included"}, "category", "a name or a list of names"),
        ({"group": "art8", "side": "params", "is": "included"}, "group", "it is one of art9"),
        (
            {"group": "art9", "category": "minors_data", "side": "params", "is": "included"},
            "category",
            "not known here",
        ),
        (
            {"category": "minors_data", "group": "art9", "side": "params", "is": "included"},
            "category",
            "known are group",
        ),
        ({"category": "minors_data", "sides": "both", "is": "included"}, "sides", "known are category, is, side"),
        ({"category": "minors_data", "side": "both", "is": "included"}, "side", "it is one of params"),
        ({"classification": "topsecret", "side": "params"}, "classification", "there is no 'topsecret'"),
        ({"flow": "LEAK", "group": "art9"}, "flow", "it is one of EGRESS"),
        ({"all": []}, "all", "a list of conditions"),
        ({"all": [{"action": "read_data", "is": "allowed"}], "any": []}, "any", "not known here"),
    ],
)
def test_a_condition_that_cannot_be_understood_says_what_is_wrong_in_it(condition: Any, key: str, told: str) -> None:
    with pytest.raises(ConditionError) as raised:
        compiled(condition)
    assert told in str(raised.value)
    assert raised.value.key in {key, "all"}
