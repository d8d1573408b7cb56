"""The view: nothing that the input said is missing from it, and every figure leads to its declaration."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from builders import agent, composed, inventory, pinned, plain, risk, schema_version, span_type
from by_hand import ACTIONS, CATEGORIES, aggregated
from hypothesis import given
from hypothesis import strategies as st
from strategies import data_risks, risks

from reporter.declared.model import Inventory
from reporter.declared.scope import Selection
from reporter.declared.vocabulary import CATEGORY_NAMES, FIELDS, FLAGS, PARTS
from reporter.plain.canonical import step
from reporter.render import json as as_json
from reporter.view import report
from reporter.view.issues import ranked

CONTROLLER = report.Controller("Harbour Mutual", "What our AI agents are declared to do", "dpo@example.test", None)


def view(found: Inventory, selection: Selection | None = None) -> report.Report:
    asked = selection or Selection()
    return composed(found, asked, controller=CONTROLLER)


def of(*data_risk: Any, **more: Any) -> report.Agent:
    [found] = view(
        inventory({"span_type_schemas": [span_type(f"t{n}", r) for n, r in enumerate(data_risk)], **more})
    ).agents
    return found


_ACTION_STATES = {
    "none": "none", "excluded": "disallowed", "undetermined": "undetermined", "included": "allowed",
}  # fmt: skip
_ANSWERS = {"yes": "included", "unknown": "unknown", "undeclared": "undeclared", "no": "excluded"}
_ACTION_ANSWERS = _ANSWERS | {"yes": "allowed", "no": "disallowed"}


def counts(told: Any, names: dict[str, str]) -> dict[str, Any]:
    """The counts of the second aggregator, by the names of report.json."""
    return {names[name]: told[name] for name in names}


@given(risks(min_size=1))
def test_report_json_says_what_the_second_aggregator_says(declared: list[Any]) -> None:
    told = aggregated([risk for risk, _, _ in declared])
    entries = {f"t{number:02}": {"data_risk": risk} for number, (risk, _, _) in enumerate(declared)}
    made = view(inventory({"span_type_schemas": entries}))
    [found] = json.loads(as_json.render(made).data)["agents"]
    states = {name: item["state"] for name, item in found["actions"].items()}
    assert states == {name: _ACTION_STATES[item["state"]] for name, item in told["actions"].items()}
    for name, item in found["actions"].items():
        assert {key: item[key] for key in _ACTION_ANSWERS.values()} == counts(told["actions"][name], _ACTION_ANSWERS)
        assert item["extension"] is (name not in ACTIONS)
    assert found["categories"].keys() == told["categories"].keys()
    for name, item in found["categories"].items():
        for side, shown in (("both", item), ("params", item["params"]), ("result", item["result"])):
            expected = told["categories"][name][side]
            assert {key: shown[key] for key in ("state", *_ANSWERS.values())} == {
                "state": expected["state"], **counts(expected, _ANSWERS)
            }  # fmt: skip
        assert item["extension"] is (name not in CATEGORIES)
    for side, level in told["classification"].items():
        shown = found["classification"][side]
        assert (shown["highest"], shown["at_least"]) == (level["highest"], level["at_least"])
        assert (shown["not_stated"], shown["cells"] - shown["not_stated"]) == (
            level["unknown"] + level["undeclared"], level["known"],
        )  # fmt: skip
    for name, flag in told["flags"].items():
        shown = found["flags"][name]
        beside = [(item["name"], item["state"]) for item in shown["not_counted"]]
        assert (shown["state"], beside) == (flag["state"], flag["not_counted"])
    assert found["assessment"] == told["coverage"]
    assert found["assessed"] is (told["coverage"]["known_cells"] > 0)


@given(st.lists(data_risks, max_size=4))
def test_nothing_that_the_input_said_is_missing_from_the_output(risks: list[Any]) -> None:
    found = of(*risks)
    said = {entry.name: entry for entry in found.span_types}
    for number, value in enumerate(risks):
        entry = said[f"t{number}"]
        if not isinstance(value, dict):
            assert value is None or value in [e.value for f in found.findings for e in f.evidence]
            continue
        for part in PARTS:
            shown = getattr(entry, part)
            if isinstance(value.get(part), dict):
                told = {name: answer.value for name, answer in shown.items()}
                assert told == dict.fromkeys(FIELDS[part], "unknown") | value[part]
            else:
                assert shown is None
        assert entry.extra == {key: item for key, item in value.items() if key not in PARTS}


def resolved(value: Any, pointer: str) -> Any:
    """What stands at an RFC 6901 pointer; None where nothing does."""
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        at = value if isinstance(value, dict) else dict(enumerate(value)) if isinstance(value, list) else {}
        value = at.get(key if isinstance(value, dict) else int(key) if key.isdigit() else key)
    return value


@given(st.lists(data_risks, max_size=4))
def test_every_piece_of_evidence_leads_to_the_declared_value(risks: list[Any]) -> None:
    source = inventory({"span_type_schemas": [span_type(f"t{n}", r) for n, r in enumerate(risks)]})
    records = {record.sha256: record.value for record in source.records}
    [found] = view(source).agents
    places: list[Any] = [*found.categories.values(), *found.actions.values(), *found.flags.values(), *found.findings]
    places += [found.classification.params, found.classification.result, found.classification.overall]
    for place in places:
        for item in place.evidence:
            value = resolved(records[item.record_sha256], item.pointer)
            if item.span_type is not None:
                assert value == item.value  # of an answer that is missing, nothing, where it would stand


@given(st.lists(data_risks, max_size=3), st.lists(data_risks, max_size=3))
def test_totals_are_the_sums_of_the_agents(one: list[Any], two: list[Any]) -> None:
    registrations = [
        {"agent_id": name, "agent_schema_version": {"span_type_schemas": [span_type("t", r) for r in risks]}}
        for name, risks in (("a", one), ("b", two))
    ]
    made = view(inventory(*registrations))
    for name in ("span_types", "not_assessed", "cells", "declared_cells", "known_cells"):
        assert getattr(made.totals, name) == sum(getattr(agent.assessment, name) for agent in made.agents)
    assert made.totals.cells == 42 * (len(one) + len(two))


def test_health_data_is_special_category_data_although_its_field_says_nothing_of_the_gdpr() -> None:
    flags = of(risk("health_and_medical")).flags
    assert flags["special_category_data"].state == "included"
    assert flags["special_category_data"].provision == "GDPR Art. 9(1)"
    assert len(FLAGS[1].categories) == 8


@pytest.mark.parametrize("category", ["criminal_justice", "financial_information", "minors_data"])
def test_criminal_financial_and_childrens_data_are_no_special_category(category: str) -> None:
    flags = of(risk(category)).flags
    assert flags["special_category_data"].state == "excluded"
    assert flags["personal_data"].state == "included"


def test_an_excluded_flag_never_stands_alone_next_to_an_included_secret() -> None:
    flag = of(risk("authentication_and_secrets")).flags["personal_data"]
    assert flag.state == "excluded"
    assert [(item.name, item.state) for item in flag.not_counted] == [("authentication_and_secrets", "included")]


def test_an_extension_category_is_shown_and_enters_no_flag() -> None:
    declared = risk()
    declared["params_data_categories"]["pets"] = "included"
    found = of(declared)
    assert found.categories["pets"].extension
    assert (found.categories["pets"].included, found.categories["pets"].undeclared) == (1, 1)
    assert {flag.state for flag in found.flags.values()} == {"excluded"}
    assert [item.name for item in found.flags["personal_data"].not_counted] == ["pets"]
    assert not any(item.extension for name, item in found.categories.items() if name in CATEGORY_NAMES)


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        (None, "no declaration: 42 fields undeclared"),
        (
            {"action_profile": {}, "params_data_categories": {}, "result_data_categories": {}},
            "all 42 fields declared unknown",
        ),
        ({"action_profile": {}}, "6 fields declared unknown, 36 undeclared"),
        ({"params_data_categories": {"personal_identifiers": "maybe"}}, "18 fields declared unknown, 24 undeclared"),
    ],
)
def test_a_span_type_without_a_decided_field_is_not_assessed_whichever_way_it_came_to_be_so(
    declared: Any, reason: str
) -> None:
    found = of(declared)
    assert [(entry.assessed, entry.reason) for entry in found.span_types] == [(False, reason)]
    assert not found.assessed
    assert found.lead.startswith("Not assessed: not one of the 42 fields")
    assert {flag.state for flag in found.flags.values()} == {"undetermined"}


def test_unknown_is_no_level_and_makes_the_highest_one_a_lower_bound() -> None:
    declared = risk(level="confidential")
    declared["result_data_categories"]["classification"] = "unknown"
    found = of(declared, None).classification
    assert (found.params.highest, found.params.at_least, found.params.words) == (
        "confidential",
        True,
        "at least confidential",
    )
    assert (found.result.highest, found.result.at_least) == ("unknown", True)
    assert (found.overall.highest, found.overall.not_stated, found.overall.cells) == ("confidential", 3, 4)


def test_an_agent_without_span_types_is_none_and_not_excluded() -> None:
    [found] = view(inventory(agent(), schema_version("v1"))).agents
    assert {flag.state for flag in found.flags.values()} == {"none"}
    assert {item.state for item in found.actions.values()} == {"none"}
    assert found.classification.overall.highest == "none"


def test_a_gap_makes_the_report_incomplete_and_stands_first_among_what_needs_somebody() -> None:
    made = view(inventory({"span_type_schemas": [3]}))
    assert not made.complete
    assert made.summary.attention[0].agent == "This run is incomplete"
    assert made.gaps[0].why == "/span_type_schemas/0 is a number, not a span schema"


def test_agents_are_in_order_of_name_and_at_a_glance_where_they_first_need_somebody() -> None:
    values = [
        {"agent_id": name, "agent_schema_version": {"span_type_schemas": [span_type("t", value)]}}
        for name, value in (
            ("c", None),
            ("b", {"action_profile": {"read_data": "allowed"}}),
            ("a", None),
            ("d", risk()),
        )
    ]
    made = view(inventory(*values))
    assert [agent.id for agent in made.agents] == ["a", "b", "c", "d"]
    first = list(dict.fromkeys(each.id for each, issue in ranked(made) if issue.status == "open"))
    assert first == ["a", "b", "c"]
    assert made.summary.order == [*first, "d"]


def test_two_agents_of_one_name_are_told_apart_and_named() -> None:
    made = view(inventory(agent("a1", "Same"), agent("a2", "Same"), agent("a3", "Other")))
    assert [[finding.rule for finding in agent.findings] for agent in made.agents] == [[], ["R09"], ["R09"]]


def test_fingerprints_and_anchors_do_not_move_when_another_span_type_is_added() -> None:
    odd = {"params_data_categories": {"personal_identifiers": "maybe"}}
    maps = [{"span_type_schemas": {n: {"data_risk": odd} for n in names}} for names in (["m"], ["a", "m", "z"])]
    before, after = (view(inventory(value)).agents[0] for value in maps)
    assert before.findings[0].id in [finding.id for finding in after.findings]
    lists = [
        {"id": "v1", "agent_id": "a", "span_type_schemas": [{"name": n, "data_risk": odd} for n in ns]}
        for ns in ("m", "am")
    ]
    before, after = (view(inventory(value)).agents[0] for value in lists)
    assert before.findings[0].id in [finding.id for finding in after.findings]


def test_environments_stand_beside_the_versions_that_are_pinned_in_them() -> None:
    found = inventory(
        agent(), schema_version("v1", span_type("t")), *pinned("v1", "Production"), *pinned("v1", "Staging")
    )
    [made] = view(found).agents
    assert made.environments == ["Production", "Staging"]
    assert made.schema_versions[0].environments == ["Production", "Staging"]


def test_what_was_left_out_is_listed_with_the_agents_name() -> None:
    made = view(inventory(agent(status="retired"), agent("a2", "Other")))
    assert [(item.agent_name, item.why) for item in made.scope.left_out] == [("Claims", "retired")]


def test_the_promised_names_are_there() -> None:
    told = dataclasses.asdict(view(inventory(agent(), schema_version("v1", span_type("t", risk())))))
    made = json.loads(json.dumps(told, default=plain))
    assert set(made) >= {
        "schema", "tool", "generated_at", "complete", "gaps", "account", "sources", "scope", "totals", "agents",
    }  # fmt: skip
    assert made["schema"] == "datarisk/report/2"
    [found] = made["agents"]
    assert set(found) >= {
        "id", "name", "status", "environments", "schema_versions", "assessment", "categories", "actions",
        "classification", "flags", "span_types", "findings",
    }  # fmt: skip
    assert set(found["schema_versions"][0]) >= {
        "id",
        "external_identifier",
        "inserted_at",
        "environments",
        "record_sha256",
    }
    category = found["categories"]["health_and_medical"]
    assert set(category) >= {
        "state",
        "included",
        "unknown",
        "undeclared",
        "excluded",
        "params",
        "result",
        "extension",
        "evidence",
    }
    assert set(category["params"]) == {"state", "included", "unknown", "undeclared", "excluded"}
    assert set(found["actions"]["read_data"]) >= {
        "state",
        "allowed",
        "unknown",
        "undeclared",
        "disallowed",
        "extension",
        "evidence",
    }
    assert set(found["classification"]) == {"params", "result", "overall"}
    assert set(found["classification"]["params"]) >= {"highest", "at_least", "evidence"}
    assert set(found["flags"]) == {"personal_data", "special_category_data", "criminal_offence_data", "childrens_data"}
    assert set(found["flags"]["personal_data"]) >= {"state", "not_counted", "evidence"}
    assert set(found["span_types"][0]) >= {
        "name", "title", "kind", "schema_version_id", "assessed", "action_profile", "params_data_categories",
        "result_data_categories", "extra",
    }  # fmt: skip
    assert step("", "a/b~c") == "/a~1b~0c"


def test_agents_of_which_nothing_is_assessed_are_counted_and_what_does_not_fit_on_the_first_page_is_too() -> None:
    records: list[Any] = []
    for number in range(7):
        entry = span_type("tool:a", risk() if number == 0 else None)
        records += [agent(f"a{number}", f"Agent {number}"), schema_version(f"v{number}", entry, agent=f"a{number}")]
    made = view(inventory(*records))
    assert (made.totals.agents, made.totals.agents_not_assessed, made.totals.not_assessed) == (7, 6, 6)
    # The same question twice at most: what else needs somebody would have no place.
    assert [line.agent for line in made.summary.attention] == ["Agent 1", "Agent 2"]
    assert (made.summary.attention_more, len(made.summary.issues)) == (4, 6)


def test_one_decided_answer_makes_an_agent_assessed_and_one_without_span_types_stands_with_the_silent() -> None:
    one = span_type("tool:a", {"action_profile": {"read_data": "allowed"}})
    records = [agent("a1", "One answer"), schema_version("v1", one), agent("a0", "A bare one")]
    made = view(inventory(*records, agent("a2", "Silent"), schema_version("v2", span_type("t"), agent="a2")))
    by_name = {each.name: each.assessed for each in made.agents}
    assert by_name == {"One answer": True, "A bare one": False, "Silent": False}
    assert made.summary.order == ["a1", "a2", "a0"]


def test_times_are_in_utc_and_say_so() -> None:
    made = view(inventory(agent(), schema_version("v1", span_type("t"), at="2026-01-01T02:00:00+02:00")))
    assert (made.generated_at, made.agents[0].schema_versions[0].inserted_at) == (
        "2026-11-23T18:00:00Z", "2026-01-01T00:00:00Z",
    )  # fmt: skip


def test_the_records_of_a_report_are_those_that_its_declarations_were_read_from() -> None:
    versions = [schema_version(f"v{number}", span_type("tool:a", risk())) for number in (1, 2)]
    made = view(inventory(agent(), *versions, *pinned("v2", "Production")))
    assert [record.sha256 for record in made.records] == [made.agents[0].schema_versions[0].record_sha256]
