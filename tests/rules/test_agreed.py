"""Declarations held against what was agreed: what exceeds it, what is undecided, and that silence never helps."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from builders import NOW, agent, inventory, pinned, risk, schema_version, span_type
from hypothesis import event, given
from hypothesis import strategies as st
from strategies import data_risks, decided, silenced

from reporter.declared.scope import Selection, scope
from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES, LEVELS
from reporter.review.assessment import Assessed, assess
from reporter.review.catalogue import Switches, load
from reporter.review.facts import Agreement, Document, Facts
from reporter.review.finding import Finding
from reporter.review.tables import SEVERITIES, UNANSWERED

OUT = "external_communication"
ALL = ("art9", "art10", "children", "personal", "other")
DPIA = Document("dpia", "Claims", "DPIA-7", date(2026, 10, 1), expires=date(2027, 10, 1))


def profile(
    weights: dict[str, Any] | None = None, multipliers: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A risk profile as the API answers it; what is not named is null."""
    ruleset = {
        "category_weights": dict.fromkeys(CATEGORY_NAMES) | (weights or {}),
        "action_multipliers": dict.fromkeys(ACTION_NAMES) | (multipliers or {}),
        "thresholds": {"medium": 20, "high": 50, "critical": 80},
    }
    return {"type": "risk_profile", "id": "rp", "name": "Claims", "ruleset": ruleset | more}


def agreed(*categories: str, actions: tuple[str, ...] = (), **more: Any) -> Agreement:
    return Agreement("Claims", frozenset(categories), frozenset(actions), **{"document": DPIA, **more})


def assessed(
    *values: Any, facts: tuple[Agreement, ...] = (), of: str = "a1", switches: Switches | None = None
) -> Assessed:
    found = scope(inventory(*values), Selection(versions=("all",)))
    made = assess(found.agents, load(switches) if switches else load(), (), NOW, facts=Facts(agreed=facts))
    return next(each for each in made.agents if each.agent.id == of)


def one(*risks: Any, rules: Any = None, facts: tuple[Agreement, ...] = ()) -> Assessed:
    """One agent of span types that declare this, with a risk profile if there are rules."""
    pointing = {"risk_profile_id": "rp"} if rules else {}
    version = schema_version("v1", *(span_type(f"t{n}", each) for n, each in enumerate(risks)))
    return assessed(agent(**pointing), version, *([rules] if rules else []), facts=facts)


def found(of: Assessed, rule: str) -> Finding:
    return next(each for each in of.findings if each.rule.id == rule)


def rules(of: Assessed) -> set[str]:
    return {each.rule.id for each in of.findings if each.rule.id.startswith("G")}


def fields(finding: Finding) -> set[tuple[str, str]]:
    return {field for entry in finding.entries for field in finding.rests_on(entry)}


def worst(of: Assessed) -> int:
    return max((SEVERITIES.index(each.severity) for each in of.findings), default=-1)


# What exceeds, by both sources ----------------------------------------------------------------------------------------


def test_a_weight_of_null_is_out_of_the_agreed_scope_and_0_is_in_it() -> None:
    given_ = one(
        risk("contact_information", "personal_identifiers", allowed=("read_data", OUT)),
        rules=profile({"contact_information": 0}, {"read_data": 0}),
    )
    data, actions = found(given_, "G01"), found(given_, "G02")
    assert fields(data) == {("params_data_categories", "personal_identifiers")}
    assert fields(actions) == {("action_profile", OUT)}
    assert (data.severity, data.certainty, data.asked) == ("medium", "declared", "agreed")
    assert (actions.severity, actions.asked) == ("medium", "agreed")


@pytest.mark.parametrize("special", ["health_and_medical", "criminal_justice", "minors_data", "gdpr_genetic_data"])
def test_special_data_criminal_justice_and_minors_beyond_what_was_agreed_weigh_most(special: str) -> None:
    assert found(one(risk(special), rules=profile()), "G01").severity == "high"
    assert found(one(risk(special), facts=(agreed(),)), "G01").severity == "high"
    assert "G01" not in rules(one(risk(special), facts=(agreed(special),)))


def test_what_exceeds_one_of_two_sources_exceeds_and_that_they_differ_is_said() -> None:
    wide, narrow = {"contact_information": 1, "financial_information": 1}, agreed("contact_information")
    given_ = one(risk("contact_information", "financial_information"), rules=profile(wide), facts=(narrow,))
    assert fields(found(given_, "G01")) == {("params_data_categories", "financial_information")}
    assert found(given_, "G07").terms == ("financial_information",)
    assert given_.agreed
    [point] = given_.agreed.exceeds
    assert point.by == ("organisation",)


def test_a_level_above_what_was_agreed_is_found_and_one_that_nobody_states_may_be() -> None:
    above = one(risk(level="restricted"), facts=(agreed(highest="internal"),))
    assert (found(above, "G04").severity, found(above, "G04").certainty) == ("medium", "declared")
    silent = one(risk(level="unknown"), facts=(agreed(highest="internal"),))
    assert (found(silent, "G04").severity, found(silent, "G04").certainty) == ("medium", "possible")
    assert "G04" not in rules(one(risk(level="internal"), facts=(agreed(highest="internal"),)))
    assert "G04" not in rules(one(risk(level="unknown"), facts=(agreed(highest="secret"),)))


def test_an_environment_that_was_not_agreed_is_found_with_the_deployment_that_says_so() -> None:
    version = schema_version("v1", span_type("t", risk("contact_information")))
    values = (agent(), version, *pinned("v1", "Production"))
    inside = assessed(*values, facts=(agreed("contact_information", environments=frozenset({"PRODUCTION"})),))
    assert "G05" not in rules(inside)
    outside = assessed(*values, facts=(agreed("contact_information", environments=frozenset({"Staging"})),))
    place = found(outside, "G05").found[0]
    assert (place.pointer, place.value) == ("/environment_id", "env-Production")
    assert found(outside, "G05").severity == "medium"
    grave = (agent(), schema_version("v1", span_type("t", risk("minors_data"))), *pinned("v1", "Production"))
    assert found(assessed(*grave, facts=(agreed(environments=frozenset({"x"})),)), "G05").severity == "high"


def test_a_category_outside_the_vocabulary_that_was_not_agreed_exceeds() -> None:
    declared = risk("contact_information") | {}
    declared["params_data_categories"] = declared["params_data_categories"] | {"pets": "included"}
    assert found(one(declared, facts=(agreed("contact_information"),)), "G01").terms == ("pets",)
    assert "G01" not in rules(one(declared, facts=(agreed("contact_information", "pets", actions=("pets",)),)))


# Undecided ------------------------------------------------------------------------------------------------------------


def test_what_is_not_agreed_and_not_ruled_out_is_undecided_and_weighs_as_if_it_were_declared() -> None:
    declared = risk("contact_information")
    declared["params_data_categories"]["health_and_medical"] = "unknown"
    undecided = found(one(declared, facts=(agreed("contact_information"),)), "G03")
    assert (undecided.severity, undecided.certainty, undecided.asked) == ("high", "possible", UNANSWERED)
    assert fields(undecided) == {("params_data_categories", "health_and_medical")}
    assert "G03" not in rules(one(declared, facts=(agreed("contact_information", "health_and_medical"),)))


def test_a_part_that_nobody_declared_is_undecided() -> None:
    declared = risk("contact_information")
    del declared["action_profile"]
    undecided = found(one(declared, facts=(agreed("contact_information"),)), "G03")
    assert set(undecided.terms) == set(ACTION_NAMES)
    assert undecided.severity == "medium"


@given(st.data(), st.lists(data_risks, min_size=1, max_size=3), st.sets(st.sampled_from(CATEGORY_NAMES)))
def test_silence_never_lowers_the_worst_that_exceeds_what_was_agreed(
    data: st.DataObject, risks: list[Any], permitted: set[str]
) -> None:
    if not any(map(decided, risks)):
        return
    facts = (agreed(*permitted, actions=("read_data",), highest=data.draw(st.sampled_from((None, *LEVELS)))),)
    before, after = one(*risks, facts=facts), one(*silenced(data.draw, risks), facts=facts)

    def weight(of: Assessed) -> int:
        # Of what is not assessed at all one finding says so, and it weighs most.
        told = {"G01", "G02", "G03", "G04", "Q01"}
        return max((SEVERITIES.index(each.severity) for each in of.findings if each.rule.id in told), default=-1)

    assert weight(after) >= weight(before)
    asked = {each.question.key for each in after.issues}
    assert (
        asked >= {each.question.key for each in before.issues if each.question.key == "agreed"} or UNANSWERED in asked
    )
    event("exceeds" if rules(before) & {"G01", "G02"} else "does not")


@given(st.data(), st.lists(data_risks, min_size=1, max_size=3), st.sets(st.sampled_from(CATEGORY_NAMES)))
def test_agreeing_to_less_removes_no_finding_and_makes_none_milder(
    data: st.DataObject, risks: list[Any], permitted: set[str]
) -> None:
    kept = data.draw(st.sets(st.sampled_from(sorted(permitted)))) if permitted else set()
    actions = data.draw(st.sets(st.sampled_from(ACTION_NAMES)))
    fewer = data.draw(st.sets(st.sampled_from(sorted(actions)))) if actions else set()
    levels = sorted((data.draw(st.integers(0, 4)), data.draw(st.integers(0, 4))))
    wide = one(*risks, facts=(agreed(*permitted, actions=tuple(actions), highest=LEVELS[levels[1]]),))
    narrow = one(*risks, facts=(agreed(*kept, actions=tuple(fewer), highest=LEVELS[levels[0]]),))
    # That something was agreed and is not used is what agreeing to less is the answer to.
    before = {each.rule.id: SEVERITIES.index(each.severity) for each in wide.findings if each.rule.id != "G06"}
    after = {each.rule.id: SEVERITIES.index(each.severity) for each in narrow.findings}
    assert {rule: weight for rule, weight in before.items() if after.get(rule, -1) < weight} == {}
    event("narrower" if after != before else "the same")


@given(st.permutations(["t0", "t1", "t2"]), st.lists(data_risks, min_size=3, max_size=3), st.permutations([0, 1, 2]))
def test_no_order_of_span_types_or_entries_matters(names: list[str], risks: list[Any], order: list[int]) -> None:
    entries = (agreed("contact_information"), agreed("minors_data", number=1), agreed(actions=(OUT,), number=2))
    types = [span_type(name, each) for name, each in zip(["t0", "t1", "t2"], risks, strict=True)]
    turned = sorted(types, key=lambda each: names.index(each["name"]))
    told = []
    for some, facts in ((types, entries), (turned, tuple(entries[place] for place in order))):
        given_ = assessed(agent(), schema_version("v1", *some), facts=facts)
        told.append([
            (each.rule.id, each.severity, each.certainty, each.terms, [entry.name for entry in each.entries])
            for each in given_.findings
            if each.rule.id.startswith("G")
        ])  # fmt: skip
    assert told[0] == told[1]


# What was agreed ------------------------------------------------------------------------------------------------------


def test_what_was_agreed_and_every_span_type_rules_out_is_never_used() -> None:
    given_ = one(risk("contact_information"), facts=(agreed("contact_information", "minors_data", actions=(OUT,)),))
    assert (found(given_, "G06").severity, found(given_, "G06").terms) == ("info", ("minors_data", OUT))
    undecided = risk("contact_information")
    undecided["params_data_categories"]["minors_data"] = "unknown"
    assert found(one(undecided, facts=(agreed("minors_data", actions=(OUT,)),)), "G06").terms == (OUT,)


@pytest.mark.parametrize(
    ("document", "is_found"),
    [
        (DPIA, False),
        (None, True),
        (Document("dpia", "t", "r"), True),
        (Document("dpia", "t", "r", date(2026, 1, 1), expires=date(2026, 11, 22)), True),
        # It holds on its last day.
        (Document("dpia", "t", "r", date(2026, 1, 1), expires=date(2026, 11, 23)), False),
        (Document("dpia", "t", "r", date(2026, 1, 1)), False),
    ],
)
def test_a_document_that_expired_has_no_date_or_is_not_named_is_found_by_the_runs_clock(
    document: Document | None, is_found: bool
) -> None:
    given_ = one(risk("contact_information"), facts=(agreed("contact_information", document=document),))
    assert ("G08" in rules(given_)) is is_found
    if is_found:
        assert found(given_, "G08").severity == "medium"


def test_an_agent_with_neither_is_told_of_where_something_is_agreed_for_another() -> None:
    version = schema_version("v1", span_type("t", risk("minors_data")))
    alone = assessed(agent(), version)
    assert (alone.agreed, rules(alone)) == (None, set())
    other = (agent("a2", "Other", risk_profile_id="rp"), schema_version("v2", span_type("t", risk()), agent="a2"))
    beside = assessed(agent(), version, *other, profile())
    assert rules(beside) == {"G09"}
    assert (found(beside, "G09").severity, found(beside, "G09").asked) == ("low", "agreed")
    # An organisation that wants an agreement for every agent says so, and it weighs what would exceed.
    asking = Switches(severities=(("G09", "high"),))
    assert found(assessed(agent(), version, *other, profile(), switches=asking), "G09").severity == "high"
    plain = schema_version("v1", span_type("t", risk("contact_information")))
    assert found(assessed(agent(), plain, *other, profile(), switches=asking), "G09").severity == "medium"


THRESHOLDS = {
    "0": {"medium": 0, "high": 50, "critical": 80},
    "equal": {"medium": 20, "high": 20, "critical": 80},
    "down": {"medium": 20, "high": 80, "critical": 50},
    "text": {"medium": "20", "high": 50, "critical": 80},
    "true": {"medium": True, "high": 50, "critical": 80},
    "lacking": {"medium": 20, "high": 50},
    "none": None,
}


@pytest.mark.parametrize("given_", [*THRESHOLDS.values()], ids=[*THRESHOLDS])
def test_thresholds_that_do_not_ascend_make_a_bad_profile_and_no_band(given_: Any) -> None:
    made = one(risk("minors_data"), rules=profile({"contact_information": 8}, {"read_data": 1}, thresholds=given_))
    assert found(made, "G10").severity == "medium"
    assert made.score
    assert made.score.band is None
    assert "G01" in rules(made), "what is agreed does not hang on thresholds"


@pytest.mark.parametrize("weight", ["8", -1, True, [], 1e300])
def test_a_weight_that_is_no_number_agrees_to_nothing_and_no_score_is_made_of_it(weight: Any) -> None:
    made = one(risk("contact_information"), rules=profile({"contact_information": weight}))
    assert {"G01", "G10"} <= rules(made)
    assert made.score is None


@pytest.mark.parametrize("rules_", [None, [], {"category_weights": {}}, {"category_weights": 1}])
def test_a_profile_without_rules_weighs_most_and_nothing_is_said_to_be_agreed(rules_: Any) -> None:
    made = one(risk("minors_data"), rules={"type": "risk_profile", "id": "rp", "ruleset": rules_})
    assert (found(made, "G10").severity, rules(made)) == ("high", {"G10"})


def test_a_profile_that_was_not_read_weighs_most_and_is_a_gap() -> None:
    version = schema_version("v1", span_type("t", risk("minors_data")))
    made = assessed(agent(risk_profile_id="gone"), version)
    assert (found(made, "G10").severity, rules(made)) == ("high", {"G10"})
    [gap] = inventory(agent(risk_profile_id="gone"), version).gaps
    assert (gap.what, gap.agent_id) == ("risk profile gone", "a1")


@given(data_risks)
def test_taking_one_of_two_sources_away_lowers_nothing_while_the_other_says_as_much(given_: Any) -> None:
    rules_ = profile({"contact_information": 1}, {"read_data": 1})
    same = agreed("contact_information", actions=("read_data",))
    both = one(given_, rules=rules_, facts=(same,))
    assert worst(one(given_, rules=rules_)) == worst(both)
    assert worst(one(given_, facts=(same,))) == worst(both)
