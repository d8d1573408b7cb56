"""How data are declared to flow: each class by its condition, and the upper bound of what may go outside."""

from itertools import product
from typing import Any

import pytest
from builders import inventory, risk, span_type
from hypothesis import given
from hypothesis import strategies as st
from strategies import span_types

from reporter.declared.flows import CLASS_NAMES, Facts, Ways, classified, reach, ways
from reporter.declared.model import SpanType
from reporter.declared.vocabulary import CATEGORY_NAMES

HEALTH = "health_and_medical"


def entry(declared: Any) -> SpanType:
    [agent] = inventory({"span_type_schemas": [span_type("t", declared)]}).agents
    [found] = agent.schema_versions[0].span_types or ()
    return found


def named(declared: Any) -> dict[str, list[str]]:
    return {name: some for name, [(_, some)] in classified([entry(declared)]).items()}


def changed(declared: dict[str, Any], **answers: dict[str, str]) -> dict[str, Any]:
    parts = {"actions": "action_profile", "params": "params_data_categories", "result": "result_data_categories"}
    return declared | {parts[part]: declared[parts[part]] | values for part, values in answers.items()}


DECIDED = {
    "EGRESS": risk(HEALTH, allowed=("external_communication",)),
    "INGRESS": risk(result=(HEALTH,), allowed=("external_communication",)),
    "PASS-THROUGH": risk(HEALTH, result=(HEALTH,)),
    "REDUCTION": risk(HEALTH),
    "ORIGIN-RETRIEVED": risk(result=(HEALTH,), allowed=("read_data",)),
    "ORIGIN-INFERRED": risk(result=(HEALTH,), allowed=("create_data",)),
    "PERSIST": risk(HEALTH, allowed=("update_data",)),
    "DESTROY": risk(HEALTH, allowed=("destroy_data",)),
    "DECLASSIFY": changed(risk(HEALTH, level="secret"), result={"classification": "public"}),
    "UPCLASSIFY": changed(risk(HEALTH, level="public"), result={"classification": "secret"}),
}
NOT = {
    "EGRESS": risk(HEALTH),
    "INGRESS": risk(HEALTH, allowed=("external_communication",)),
    "PASS-THROUGH": risk(HEALTH, result=(HEALTH,), allowed=("external_communication",)),
    "REDUCTION": risk(HEALTH, result=(HEALTH,)),
    "ORIGIN-RETRIEVED": risk(result=(HEALTH,)),
    "ORIGIN-INFERRED": risk(result=(HEALTH,), allowed=("create_data", "read_data")),
    "PERSIST": risk(HEALTH),
    "DESTROY": risk(HEALTH),
    "DECLASSIFY": risk(HEALTH),
    "UPCLASSIFY": risk(HEALTH),
}


@pytest.mark.parametrize("name", DECIDED)
def test_a_way_is_named_where_its_condition_is_declared(name: str) -> None:
    assert named(DECIDED[name])[name] == [HEALTH]


@pytest.mark.parametrize("name", NOT)
def test_a_way_is_not_named_where_one_answer_speaks_against_it(name: str) -> None:
    assert name not in named(NOT[name])


@pytest.mark.parametrize(
    "action", ["external_communication", "financial_transactions", "create_data", "update_data", "destroy_data"]
)
def test_what_is_sent_paid_recorded_or_destroyed_is_no_point_of_minimisation(action: str) -> None:
    assert "REDUCTION" not in named(risk(HEALTH, allowed=(action,)))
    undecided = changed(risk(HEALTH), actions={action: "unknown"})
    assert "REDUCTION" not in named(undecided)
    assert ways("REDUCTION", Facts([entry(undecided)]), HEALTH) == Ways(certain=0, possible=1)


def test_a_look_up_that_leaves_something_out_is_a_point_of_minimisation() -> None:
    assert named(risk(HEALTH, allowed=("read_data",)))["REDUCTION"] == [HEALTH]


@pytest.mark.parametrize("name", DECIDED)
def test_an_answer_that_is_missing_leaves_a_way_undecided_and_never_excludes_it(name: str) -> None:
    declared = DECIDED[name]
    silent = {part: dict.fromkeys(declared[part], "unknown") for part in declared}
    assert ways(name, Facts([entry(silent)]), HEALTH) == Ways(certain=0, possible=1)


def test_a_path_to_the_outside_that_is_half_declared_is_named_as_undecided() -> None:
    unknown_way_out = changed(risk(HEALTH), actions={"external_communication": "unknown"})
    unknown_input = changed(risk(allowed=("external_communication",)), params={HEALTH: "unknown"})
    for declared in (unknown_way_out, unknown_input):
        assert named(declared)["EGRESS?"] == [HEALTH]
        assert "EGRESS" not in named(declared)


@given(st.lists(span_types(), max_size=4))
def test_what_is_certain_is_possible_and_entries_are_judged_each_by_itself(found: list[SpanType]) -> None:
    together = Facts(found)
    for name, category in product(CLASS_NAMES, CATEGORY_NAMES):
        both = ways(name, together, category)
        assert both.certain & ~both.possible == 0
        apart = [ways(name, Facts([each]), category) for each in found]
        assert both.certain == sum(each.certain << number for number, each in enumerate(apart))
        assert both.possible == sum(each.possible << number for number, each in enumerate(apart))


@given(st.lists(span_types(), max_size=4), span_types())
def test_another_span_type_never_makes_less_reachable(entries: list[SpanType], more: SpanType) -> None:
    order = ("none", "excluded", "undetermined", "included")
    before, after = reach(entries), reach([*entries, more])
    assert order.index(after.state) >= order.index(before.state)
    assert set(before.included) <= set(after.included)
    assert {*before.included, *before.undetermined} <= {*after.included, *after.undetermined}


def test_the_upper_bound_joins_one_span_types_input_with_anothers_way_out() -> None:
    source, exit_ = entry(risk(HEALTH)), entry(risk(allowed=("external_communication",)))
    found = reach([source, exit_])
    assert found.state == "included"
    assert found.sources == ((source, (HEALTH,)),)
    assert found.exits == (exit_,)


def test_a_span_type_that_nobody_declared_keeps_the_bound_undetermined() -> None:
    assert reach([entry(None)]).state == "undetermined"
    assert reach([entry(risk())]).state == "excluded"
    assert reach([]).state == "none"
