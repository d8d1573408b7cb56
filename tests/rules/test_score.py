"""The platform's score: its published arithmetic, what is undecided as a bound, and its own numbers beside ours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from builders import NOW, agent, composed, inventory, pinned, risk, schema_version, span_type
from hypothesis import given
from hypothesis import strategies as st
from strategies import data_risks, decided, silenced
from strategies import entry as made

from reporter.declared.model import Source, SpanType
from reporter.declared.platform_risk import RiskProfile
from reporter.declared.scope import Selection, scope
from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES
from reporter.prefactor import records
from reporter.prefactor.entries import declaration
from reporter.registry import schemas
from reporter.review.assessment import Assessed, assess
from reporter.review.catalogue import load
from reporter.review.score import Bounds, band, run_total, type_score

WEIGHTS = {"personal_identifiers": 8.0, "contact_information": 4.0, "minors_data": 0.0}
MULTIPLIERS = {"read_data": 1.0}
BANDS = (20.0, 50.0, 80.0)
RULES = {
    "category_weights": dict.fromkeys(CATEGORY_NAMES) | WEIGHTS,
    "action_multipliers": dict.fromkeys(ACTION_NAMES) | MULTIPLIERS,
    "thresholds": {"medium": 20, "high": 50, "critical": 80},
}


def profile(**more: Any) -> RiskProfile:
    given_: dict[str, Any] = {"weights": WEIGHTS, "multipliers": MULTIPLIERS, "thresholds": BANDS}
    return RiskProfile("rp", "Claims", "0" * 64, **(given_ | more))


def entry(data_risk: Any, name: str = "lookup") -> Any:
    return of(span_type(name, data_risk)).entries[0]


def of(*types: Any, more: tuple[Any, ...] = (), rules: Any = RULES) -> Assessed:
    """One agent with a profile, and records of the platform about it."""
    values = [
        agent(risk_profile_id="rp"),
        schema_version("v1", *types),
        {"type": "risk_profile", "id": "rp", "name": "Claims", "ruleset": rules},
        *pinned("v1", "Production"),
    ]
    kept = [records.record(each["type"], each, source="t", location=f"#{n}") for n, each in enumerate([*values, *more])]
    found = records.Collected((Source("file", "t", NOW),), tuple(kept)).inventory()
    [one] = assess(scope(found, Selection()).agents, load(), (), NOW).agents
    return one


def test_the_published_example_scores_as_published() -> None:
    lookup = entry(risk("personal_identifiers", "contact_information", allowed=("read_data",)))
    other = entry(risk("personal_identifiers", allowed=("read_data",)), "other")
    by_five = profile(weights={"personal_identifiers": 5.0})
    assert type_score(lookup, profile()) == Bounds(12, 12)
    spans = [(lookup, type_score(lookup, profile())), (other, type_score(other, by_five))]
    assert run_total(spans, {"lookup": 3}) == Bounds(36, 36)
    assert run_total(spans, {"lookup": 3, "other": 1}) == Bounds(41, 41)
    assert band(41, profile()) == "medium"


@pytest.mark.parametrize(
    ("total", "name"),
    [(0, "low"), (19.9, "low"), (20, "medium"), (49.9, "medium"), (50, "high"), (80, "critical"), (10**9, "critical")],
)
def test_a_band_begins_at_its_threshold_and_a_total_has_no_upper_end(total: float, name: str) -> None:
    assert band(total, profile()) == name
    assert band(total, profile(thresholds=None)) is None


def test_two_actions_multiply_by_their_sum_and_what_is_out_of_scope_counts_nothing() -> None:
    both = entry(risk("personal_identifiers", "contact_information", "health_and_medical", allowed=ACTION_NAMES))
    assert type_score(both, profile(multipliers={"read_data": 1.0, "external_communication": 2.0})).at_least == 36
    assert type_score(both, profile(multipliers={"read_data": None})) == Bounds(0, 0)


def test_a_category_on_both_sides_counts_once_and_the_report_says_that_it_is_not_documented() -> None:
    both = risk("personal_identifiers", result=("personal_identifiers",), allowed=("read_data",))
    assert type_score(entry(both), profile()) == Bounds(8, 8)
    rules = {"type": "risk_profile", "id": "rp", "name": "Claims", "ruleset": RULES}
    report = composed(inventory(agent(risk_profile_id="rp"), schema_version("v1", span_type("t", both)), rules))
    score = report.agents[0].score
    assert score
    assert "do not say" in score.note


def test_what_is_undecided_makes_a_lower_and_an_upper_bound() -> None:
    declared = risk("personal_identifiers", allowed=("read_data",))
    declared["result_data_categories"]["contact_information"] = "unknown"
    assert type_score(entry(declared), profile()) == Bounds(8, 12)
    del declared["action_profile"]
    assert type_score(entry(declared), profile()) == Bounds(0, 12)
    assert type_score(entry(None), profile()) == Bounds(0, 12)


@given(st.data(), data_risks)
def test_whatever_is_decided_later_the_score_lies_between_the_bounds_and_silence_lowers_no_upper_one(
    data: st.DataObject, declared: Any
) -> None:
    if not decided(declared):
        return
    [silent] = silenced(data.draw, [declared])
    before, after = (type_score(_declared(each), profile()) for each in (declared, silent))
    assert after.at_least <= before.at_least <= before.at_most <= after.at_most


@given(data_risks)
def test_ours_at_least_is_what_the_platforms_arithmetic_gives(declared: Any) -> None:
    plain = declared if isinstance(declared, dict) else None
    told = {"data_risk": {part: value for part, value in (plain or {}).items() if isinstance(value, dict)}}
    assert type_score(_declared(told["data_risk"]), profile()).at_least == schemas.type_score(told, RULES)


def _declared(data_risk: Any) -> SpanType:
    return replace(made(0, (None, "span", "a")), declaration=declaration(data_risk))


RUN = {
    "type": "agent_instance", "id": "run", "agent_id": "a1", "status": "complete",
    "risk_score": {"total_score": 36, "per_type": [{"schema_name": "lookup", "count": 3, "type_score": 12}]},
}  # fmt: skip
ROLLUP = {
    "type": "agent", "id": "a1", "name": "Claims", "risk_profile_id": "rp",
    "risk_rollup": {"theoretical_risk": {"total_span_types": 1, "external_communication_count": 0}},
}  # fmt: skip
LOOKUP = span_type("lookup", risk("personal_identifiers", "contact_information", allowed=("read_data",)))


def test_the_platforms_own_number_stands_beside_ours() -> None:
    found = of(LOOKUP, more=(RUN, ROLLUP))
    assert found.score
    assert [(each.reported.pointer, each.differs) for each in found.score.beside] == [
        ("/risk_score/per_type/0/type_score", False),
        ("/risk_rollup/theoretical_risk/external_communication_count", False),
        ("/risk_rollup/theoretical_risk/total_span_types", False),
    ]
    assert "G11" not in {each.rule.id for each in found.findings}


@pytest.mark.parametrize(
    ("more", "term"),
    [
        (RUN | {"risk_score": {"per_type": [{"schema_name": "lookup", "count": 1, "type_score": 24}]}}, "lookup"),
        (ROLLUP | {"risk_rollup": {"theoretical_risk": {"total_span_types": 7}}}, "total_span_types"),
        (
            ROLLUP | {"risk_rollup": {"theoretical_risk": {"external_communication_count": 1}}},
            "external_communication_count",
        ),
    ],
)
def test_a_number_of_the_platform_that_differs_is_a_finding_and_never_hidden(more: Any, term: str) -> None:
    found = of(LOOKUP, more=(more,))
    [differs] = [each for each in found.findings if each.rule.id == "G11"]
    assert differs.terms == (term,)
    assert (differs.severity, differs.asked, len(differs.found)) == ("low", "agreed", 1)


def test_a_number_about_a_span_type_that_is_in_no_version_in_scope_is_told_and_no_difference() -> None:
    found = of(span_type("another", risk()), more=(RUN,))
    assert found.score
    [beside] = found.score.beside
    assert (beside.ours, beside.differs) == (None, False)


@pytest.mark.parametrize("odd", [None, [], "x", {"per_type": 3}, {"per_type": [None, {}, {"schema_name": 3}]}])
def test_numbers_of_another_shape_are_passed_over(odd: Any) -> None:
    found = of(LOOKUP, more=(RUN | {"risk_score": odd}, ROLLUP | {"risk_rollup": odd}))
    assert found.score
    assert found.score.beside == ()


def test_many_runs_that_say_the_same_are_one_number_and_a_difference_among_them_another() -> None:
    odd = RUN | {"id": "odd", "risk_score": {"per_type": [{"schema_name": "lookup", "count": 1, "type_score": 24}]}}
    found = of(LOOKUP, more=(*(RUN | {"id": f"run-{n}"} for n in range(300)), odd))
    assert found.score
    told = [(each.reported.runs, each.differs) for each in found.score.beside if hasattr(each.reported, "runs")]
    assert told == [(300, False), (1, True)]


def test_a_roll_up_that_is_kept_with_what_was_observed_is_held_against_declarations_too() -> None:
    kept = {"type": "observed", "agent_id": "a1", "rollup": {"theoretical_risk": {"total_span_types": 7}}}
    found = of(LOOKUP, more=(kept,))
    [differs] = [each for each in found.findings if each.rule.id == "G11"]
    assert [each.pointer for each in differs.found] == ["/rollup/theoretical_risk/total_span_types"]
