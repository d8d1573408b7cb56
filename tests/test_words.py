"""What a report says in words is what was counted: each state, each number, and nothing more than was declared."""

from __future__ import annotations

from typing import Any

import pytest
from builders import agent, composed, inventory, risk, schema_version, span_type
from strategies import entry

from reporter.declared.aggregate import Profile, aggregate
from reporter.declared.flows import reach
from reporter.declared.model import NotUsed
from reporter.declared.scope import Selection
from reporter.declared.vocabulary import CATEGORY_NAMES, FLAGS
from reporter.plain.language import ENGLISH
from reporter.view import words

HEALTH, MINORS, CRIMINAL, OUT = "health_and_medical", "minors_data", "criminal_justice", "external_communication"
SILENT: dict[str, Any] = {"params_data_categories": dict.fromkeys(CATEGORY_NAMES, "unknown"), "action_profile": {}}
SPECIAL = FLAGS[1]
ALMOST: dict[str, Any] = risk()
ALMOST["params_data_categories"][HEALTH] = "unknown"
OPEN = "No personal data declared included, and not all of it ruled out."
ALL_KINDS = "Special categories of personal data, criminal justice data and children's data"


def entries(*risks: Any) -> list[Any]:
    return [entry(number, (declared, "span", "a")) for number, declared in enumerate(risks)]


def profile(*risks: Any) -> Profile:
    return aggregate(entries(*risks))


def stated(level: str | None) -> Any:
    declared = risk()
    for side in ("params_data_categories", "result_data_categories"):
        declared[side]["classification"] = level
    return declared


@pytest.mark.parametrize(
    ("levels", "told"),
    [
        ((), "none: no span types in scope"),
        (("unknown",), "not stated"),
        (("secret", "public"), "secret"),
        (("public", "internal"), "internal"),
        (("public", "unknown"), "at least public"),
        ((None, "restricted"), "at least restricted"),
    ],
)
def test_a_classification_is_told_as_the_highest_known_level_and_as_at_least_where_some_are_silent(
    levels: tuple[Any, ...], told: str
) -> None:
    assert words.level(profile(*map(stated, levels)).levels["params"], ENGLISH) == told


@pytest.mark.parametrize(
    ("risks", "told"),
    [
        ((), "no span types in scope"),
        ((risk(),), "declared excluded in all 16 answers"),
        ((risk(HEALTH), risk(), risk(result=(HEALTH,))), "declared included by 2 of 3 span types"),
        ((risk(HEALTH),), "declared included by 1 of 1 span type"),
        ((risk(), SILENT), "declared included by none, but 16 of 32 answers are missing"),
        ((ALMOST,), "declared included by none, but 1 of 16 answers is missing"),
        ((risk(HEALTH), None), "declared included by 1 of 2 span types"),
    ],
)
def test_a_flag_is_told_with_what_makes_it_so(risks: tuple[Any, ...], told: str) -> None:
    found = profile(*risks)
    assert words.flag(found.flag(SPECIAL), found.span_types, ENGLISH) == told


@pytest.mark.parametrize(
    ("risks", "told"),
    [
        ((), "Not assessed: no span types in scope, so nothing is said about what it does."),
        ((None,), "Not assessed: not one of the 42 fields of its 1 span type holds a decided answer."),
        ((risk(),), "All personal data declared excluded. Inputs and outputs classified internal."),
        (
            (SILENT | {"action_profile": {"read_data": "allowed"}},),
            f"{OPEN} Inputs and outputs classified not stated.",
        ),
        ((risk("contact_information"),), "Personal data declared included. Inputs and outputs classified internal."),
        (
            (risk(HEALTH),),
            "Special categories of personal data declared included. Inputs and outputs classified internal.",
        ),
        (
            (risk(HEALTH, MINORS, CRIMINAL),),
            f"{ALL_KINDS} declared included. Inputs and outputs classified internal.",
        ),
        (
            (risk() | {"result_data_categories": {"classification": "secret"}},),
            f"{OPEN} Inputs classified internal, outputs secret.",
        ),
    ],
)
def test_what_is_most_worth_knowing_about_an_agent(risks: tuple[Any, ...], told: str) -> None:
    assert words.lead(profile(*risks), ENGLISH) == told


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        (None, "no declaration: 42 fields undeclared"),
        ({"action_profile": {}}, "6 fields declared unknown, 36 undeclared"),
        (
            {"action_profile": {}, "params_data_categories": {}, "result_data_categories": {}},
            "all 42 fields declared unknown",
        ),
    ],
)
def test_why_a_span_type_is_not_assessed_tells_unknown_from_undeclared(declared: Any, told: str) -> None:
    [found] = entries(declared)
    assert words.not_assessed(found, ENGLISH) == told


UNDETERMINED = "it is undetermined whether there are personal data"
EXCLUDED = "1 declares all personal data excluded"
UNKNOWN = "1 agent is not assessed at all: nothing is known of what it does."


@pytest.mark.parametrize(
    ("agents", "told"),
    [
        ((), "No agents are in scope, so this report says nothing about any."),
        (((risk(HEALTH),),), "1 agent in scope; 1 declares personal data."),
        (
            ((risk(HEALTH),), (risk(HEALTH),), (None,), (risk(), SILENT), (risk(),)),
            f"5 agents in scope; 2 declare personal data; for 2 {UNDETERMINED}; {EXCLUDED}. {UNKNOWN}",
        ),
        (
            ((risk(),), ()),
            f"2 agents in scope; for 1 {UNDETERMINED}; {EXCLUDED}. {UNKNOWN}",
        ),
    ],
)
def test_the_one_sentence_of_the_summary(agents: tuple[Any, ...], told: str) -> None:
    records = []
    for number, risks in enumerate(agents):
        entries = [span_type(f"t{place}", declared) for place, declared in enumerate(risks)]
        records += [agent(f"a{number}"), schema_version(f"v{number}", *entries, agent=f"a{number}")]
    made = composed(inventory(*records) if records else inventory(agent(status="retired")))
    assert made.summary.lead == told


@pytest.mark.parametrize("risks", [(), (None,), (SILENT,)])
def test_an_agent_of_which_nothing_is_known_is_told_as_that_and_counted_into_no_reassuring_number(
    risks: tuple[Any, ...],
) -> None:
    entries_ = [span_type(f"t{place}", declared) for place, declared in enumerate(risks)]
    made = composed(inventory(agent("a"), schema_version("v", *entries_, agent="a")))
    assert made.summary.lead == "1 agent in scope, and nothing is known of what it does."
    assert (made.totals.agents_undetermined, made.totals.agents_not_assessed) == (1, 1)


def test_judgements_alone_do_not_make_an_agent_one_that_declares_all_personal_data_excluded() -> None:
    version = schema_version("v", agent="a") | {"quality_schemas": [span_type("judge", risk())]}
    made = composed(inventory(agent("a"), version))
    assert made.agents[0].span_types
    assert made.summary.lead == "1 agent in scope, and nothing is known of what it does."
    assert made.totals.agents_undetermined == 1


@pytest.mark.parametrize(
    ("selection", "told"),
    [
        (Selection(), "Current versions (those that deployments point to); retired agents left out"),
        (Selection(("latest",), include_retired=True), "Latest versions; retired agents included"),
        (
            Selection(("all",), environments=("Production", "Staging"), agents=("claims*", "a1")),
            "All versions; environment Production or Staging; agents claims* or a1; retired agents left out",
        ),
        (Selection(("v1", "v2")), "Versions v1 and v2; retired agents left out"),
    ],
)
def test_what_was_asked_for_in_words(selection: Selection, told: str) -> None:
    assert words.scope(selection, ENGLISH) == told


UPPER = "Upper bound from declarations: "
BOTH = "{} may communicate with the outside world; {}."


@pytest.mark.parametrize(
    ("risks", "told"),
    [
        ((), "No span types are in scope."),
        ((risk(HEALTH),), "Declared: nothing included can reach a way out, in any combination of span types."),
        (
            (risk(HEALTH), risk(allowed=(OUT,))),
            f"{UPPER}Health and medical may in the worst case reach the outside world. "
            + BOTH.format("1 span type", "0 do not say whether they may"),
        ),
        (
            (risk(HEALTH), None),
            f"{UPPER}that data reach the outside world cannot be ruled out. "
            + BOTH.format("0 span types", "1 does not say whether it may"),
        ),
    ],
)
def test_what_may_reach_the_outside_world_is_told_as_an_upper_bound(risks: tuple[Any, ...], told: str) -> None:
    assert words.reach(reach(entries(*risks)), ENGLISH) == told


def test_what_declarations_say_of_a_criterion() -> None:
    labels = "Health and medical"
    assert words.criterion(2, [HEALTH], ENGLISH) == ("indicated", f"Indicated: {labels} declared included.")
    assert words.criterion(0, [], ENGLISH) == ("not indicated", "Not indicated by what is declared.")
    missing = f"Cannot be assessed: answers are missing on {labels}."
    assert words.criterion(1, [HEALTH], ENGLISH) == ("cannot be assessed", missing)
    assert words.criterion(1, [], ENGLISH) == ("cannot be assessed", "Cannot be assessed: answers are missing.")
    # Whatever is answered: that is another thing than a hole.
    assert words.criterion(None, [], ENGLISH) == ("cannot be declared", "No declaration can show it.")


def test_how_many_are_told_in_one_and_in_many() -> None:
    assert words.unread(1, ENGLISH).startswith("1 thing could not be read, so nothing may be concluded from its")
    assert words.unread(2, ENGLISH).startswith("2 things could not be read, so nothing may be concluded from their")
    assert words.silence(1, ENGLISH) == "Not assessed. No decided field in 1 span type."


@pytest.mark.parametrize(
    ("kind", "count", "told"),
    [
        ("file", 1, "1 file in docs without .json or .jsonl at the end of the name: not read"),
        ("report", 1, "docs: a report of datarisk, not read (1)"),
        ("datarisk", 2, "docs: a file of datarisk's own, not read (2)"),
        ("agent_instance", 3, "3 records of type agent_instance in docs: no declarations in it"),
    ],
)
def test_what_was_seen_and_not_made_use_of_is_told_as_what_it_is(kind: str, count: int, told: str) -> None:
    assert words.not_used(NotUsed(kind, count, "docs"), ENGLISH) == told
