"""Issues: what a person has to decide, and that no silence makes it less."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from builders import NOW, agent, inventory, pinned, risk, schema_version, span_type
from hypothesis import event, given
from hypothesis import strategies as st
from strategies import data_risks, decided, silenced

from reporter.declared.aggregate import coverage
from reporter.declared.scope import Selection, scope
from reporter.declared.vocabulary import CATEGORY_NAMES, SIDE_PARTS, in_groups
from reporter.review.assessment import Assessed, assess
from reporter.review.catalogue import load
from reporter.review.issues import Issue, rank
from reporter.review.tables import SEVERITIES, UNANSWERED

CASES = Path(__file__).resolve().parent.parent / "cases"
OUT = "external_communication"


def assessed(*values: Any) -> list[Assessed]:
    found = scope(inventory(*values), Selection(versions=("all",)))
    return list(assess(found.agents, load(), (), NOW).agents)


def of(*risks: Any) -> Assessed:
    """One agent of span types that declare this."""
    [one] = assessed(agent(), schema_version("v1", *(span_type(f"t{n}", each) for n, each in enumerate(risks))))
    return one


def case(name: str) -> Assessed:
    [one] = assessed(json.loads((CASES / f"{name}.json").read_text()))
    return one


def worst(one: Assessed) -> int:
    return max((SEVERITIES.index(each.severity) for each in one.findings), default=-1)


def keys(one: Assessed) -> set[str]:
    return {each.question.key for each in one.issues}


@given(st.data(), st.lists(data_risks, min_size=1, max_size=4))
def test_silence_never_lowers_the_worst_and_closes_no_question_without_asking_for_the_answers(
    data: st.DataObject, risks: list[Any]
) -> None:
    before = of(*risks)
    if not any(map(decided, risks)):
        return
    after = of(*silenced(data.draw, risks))
    assert worst(after) >= worst(before)
    assert keys(after) >= keys(before) or UNANSWERED in keys(after)
    assert SCALE.index(after.profile.coverage) <= SCALE.index(before.profile.coverage)
    event("a question less" if keys(before) - keys(after) else "all questions")


SCALE = ("not assessed", "mostly unanswered", "partly answered", "answered")


@pytest.mark.parametrize("part", ["params_data_categories", "result_data_categories", "action_profile"])
def test_no_single_answer_taken_back_makes_the_hospital_look_better(part: str) -> None:
    given_ = json.loads((CASES / "hospital-agent.json").read_text())
    [honest] = assessed(given_)
    entries = given_["span_type_schemas"]
    for entry in entries:
        for name, answer in entry["data_risk"][part].items():
            entry["data_risk"][part][name] = "unknown"
            [silent] = assessed(given_)
            assert worst(silent) >= worst(honest)
            assert keys(silent) >= keys(honest) | {UNANSWERED} or UNANSWERED in keys(silent)
            entry["data_risk"][part][name] = answer


@given(st.lists(data_risks, max_size=4))
def test_every_finding_belongs_to_exactly_one_issue_and_there_are_ten_at_most(risks: list[Any]) -> None:
    one = of(*risks)
    under = [id(finding) for issue in one.issues for finding in issue.findings]
    assert sorted(under) == sorted(map(id, one.findings))
    assert len(keys(one)) == len(one.issues) <= 10


@given(st.lists(data_risks, max_size=4))
def test_an_answer_is_missing_somewhere_if_and_only_if_the_question_about_answers_is_open(risks: list[Any]) -> None:
    one = of(*risks)
    everything = one.profile.known_cells == one.profile.cells
    assert (UNANSWERED in keys(one)) == (not everything or not risks)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("one", {"unanswered"}),
        ("gamed", {"unanswered"}),
        ("egress", {"recipients"}),
        ("support-agent", {"recipients", "money", "levels"}),
        ("coding-agent", {"unanswered", "secrets", "confidential"}),
        ("hospital-agent", {"recipients", "condition", "impact", "keeping", "levels"}),
        ("pub", {"condition", "keeping", "levels"}),
        ("x12", {"condition", "impact"}),
        ("x05", {"recipients", "condition"}),
        ("civil", {"condition", "keeping"}),
        ("lookup", set()),
        ("x15", set()),
        ("web", set()),
    ],
)
def test_each_case_asks_what_a_person_would_decide(name: str, asked: set[str]) -> None:
    """How declarations look is left out: the lint has tests of its own."""
    assert keys(case(name)) - {"declarations"} == asked


def test_public_health_data_are_one_finding_about_their_level() -> None:
    [levels] = [each for each in case("pub").issues if each.question.key == "levels"]
    assert [each.rule.id for each in levels.findings] == ["X13"]


def test_the_silenced_hospital_is_never_better_off() -> None:
    honest, silent = case("hospital-agent"), case("hospital-silenced")
    assert worst(silent) >= worst(honest)
    first = min(rank(each, (), loud=False) for each in honest.issues)
    assert min(rank(each, (), loud=False) for each in silent.issues) <= first


def test_answers_that_would_settle_most_come_first_and_name_who_lacks_them() -> None:
    silent = risk("health_and_medical")
    silent["action_profile"][OUT] = "unknown"
    [issue] = [each for each in of(silent, silent, risk()).issues if each.question.key == UNANSWERED]
    assert [(each.name, [entry.name for entry in each.entries]) for each in issue.settling()] == [(OUT, ["t0", "t1"])]
    gamed = next(each for each in case("gamed").issues if each.question.key == UNANSWERED)
    assert len(gamed.settling()) == 5


def ranked(*issues: tuple[Issue, tuple[str, ...], bool]) -> list[str]:
    order = sorted(issues, key=lambda one: rank(one[0], one[1], loud=one[2]))
    return [issue.agent.name for issue, _, _ in order]


def test_production_comes_first_then_silence_then_what_is_declared_then_the_worst_then_the_widest() -> None:
    def issue(name: str, key: str, *risks: Any) -> Issue:
        entries = [span_type(f"t{n}", each) for n, each in enumerate(risks)]
        [one] = assessed(agent("a1", name), schema_version("v1", *entries))
        return next(each for each in one.issues if each.question.key == key)

    out = risk("health_and_medical", allowed=(OUT,))
    money = risk("financial_information", allowed=("financial_transactions",))
    money_out = risk("financial_information", allowed=(OUT, "financial_transactions"))
    quiet = risk(result=("health_and_medical",), allowed=(OUT,))
    quiet["params_data_categories"]["health_and_medical"] = "unknown"
    found = [
        (issue("tried out", "recipients", out), ("staging",), False),
        (issue("possible", "recipients", quiet), (), False),
        (issue("milder", "money", money), (), False),
        (issue("one", "recipients", out), ("production", "staging"), False),
        (issue("two", "recipients", out, out), ("production",), False),
        (issue("silent", UNANSWERED, None), ("production",), True),
        (issue("wider", "money", money_out, money), (), False),
    ]
    assert ranked(*found) == ["silent", "two", "one", "wider", "milder", "possible", "tried out"]


def test_where_an_agent_works_for_good_counts_before_how_severe_it_is() -> None:
    values = [agent(), schema_version("v1", span_type("t", risk())), *pinned("v1", "production")]
    [one] = scope(inventory(*values), Selection()).agents
    assert [name for item in one.versions for name in item.environments] == ["production"]


def test_an_answer_taken_back_so_that_a_schema_contradicts_it_no_more_leaves_something_as_severe() -> None:
    def mail(answer: str) -> Assessed:
        declared = risk()
        for part in ("params_data_categories", "result_data_categories"):
            declared[part]["contact_information"] = answer
        schema = {"type": "object", "properties": {"email": {"type": "string", "format": "email"}}}
        entry = span_type("t", declared) | {"params_schema": schema}
        [one] = assessed(agent(), schema_version("v1", entry))
        return one

    honest, silent = mail("excluded"), mail("unknown")
    assert "Q06" in [each.rule.id for each in honest.findings]
    assert "Q06" not in [each.rule.id for each in silent.findings]
    assert worst(silent) >= worst(honest) == SEVERITIES.index("medium")


ART_9 = in_groups("art9")


@pytest.mark.parametrize(
    ("asked", "answered_", "scale"),
    [
        ((), (), "answered"),
        ((("action_profile", "read_data"),), (), "partly answered"),
        ((("action_profile", OUT),), (), "mostly unanswered"),
        ((("action_profile", OUT),), ((),), "partly answered"),
        (tuple((part, name) for part in SIDE_PARTS.values() for name in ART_9), (), "mostly unanswered"),
        (tuple((part, name) for part in SIDE_PARTS.values() for name in ART_9[1:]), (), "partly answered"),
        (tuple((part, "minors_data") for part in SIDE_PARTS.values()), (), "mostly unanswered"),
        ((("params_data_categories", "minors_data"),), (), "partly answered"),
        (tuple((part, name) for part in SIDE_PARTS.values() for name in CATEGORY_NAMES), (), "mostly unanswered"),
    ],
)
def test_an_agent_that_is_silent_on_a_first_question_everywhere_is_mostly_unanswered(
    asked: tuple[tuple[str, str], ...], answered_: tuple[Any, ...], scale: str
) -> None:
    """Whatever else it says; one span type that answers is enough for the agent, and not for the silent one."""
    silent = risk()
    for part, name in asked:
        silent[part][name] = "unknown"
    one = of(silent, *(risk() for _ in answered_))
    assert one.profile.coverage == scale
    [entry, *_] = one.entries
    assert coverage(entry) == ("mostly unanswered" if asked == (("action_profile", OUT),) else scale)


def test_of_span_types_that_nobody_declared_those_come_first_whose_names_suggest_the_worst() -> None:
    names = ("get_weather", "diagnose_patient", "send_email")
    [one] = assessed(agent(), schema_version("v1", *(span_type(name) for name in names)))
    [issue] = one.issues
    assert issue.names == ["diagnose_patient", "send_email", "get_weather"]
