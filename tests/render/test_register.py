"""The tables of the register hold what the view holds: each declared field once, counted as the view counts it."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from builders import agent, inventory, risk, schema_version
from hard_cases import NAMES, case
from hypothesis import given
from judged import reviewed_case
from pages import several, view
from strategies import data_risks

from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES, CELLS_PER_SPAN_TYPE, SIDE_PARTS
from reporter.render import json as as_json
from reporter.render.tables import register
from reporter.render.tables.table import spoken
from reporter.view.report import Report


def table_rows(report: Report, name: str) -> list[dict[str, Any]]:
    table = register.TABLES[name]
    return [dict(zip(table.keys, row, strict=True)) for row in table.rows(report)]


def counts_are_those_of_the_view(report: Report) -> None:
    claims = table_rows(report, "claims")
    for found in report.agents:
        own = [claim for claim in claims if claim["agent_id"] == found.id]
        assert sum(not claim["outside_vocabulary"] for claim in own) == found.assessment.cells
        for name in ACTION_NAMES:
            action = found.actions[name]
            counted = Counter(c["answer"] for c in own if (c["part"], c["field"]) == ("action_profile", name))
            said = {
                "allowed": action.allowed,
                "disallowed": action.disallowed,
                "unknown": action.unknown,
                "undeclared": action.undeclared,
            }
            assert counted == Counter(said)
        for side, part in SIDE_PARTS.items():
            for name in CATEGORY_NAMES:
                state = getattr(found.categories[name], side)
                counted = Counter(c["answer"] for c in own if (c["part"], c["field"]) == (part, name))
                said = {
                    "included": state.included,
                    "excluded": state.excluded,
                    "unknown": state.unknown,
                    "undeclared": state.undeclared,
                }
                assert counted == Counter(said)


@given(data_risks)
def test_each_claim_is_counted_as_the_view_counts_it(declared: Any) -> None:
    entry = {"name": "tool:a", "params_schema": {"type": "object"}, "data_risk": declared}
    counts_are_those_of_the_view(view(inventory(agent(), schema_version("v1", entry))))


@pytest.mark.parametrize("name", NAMES)
def test_the_claims_of_a_hard_case_add_up_to_what_the_view_counts(name: str) -> None:
    counts_are_those_of_the_view(case(name))


def test_a_claim_leads_to_the_value_in_its_record() -> None:
    declared = risk("health_and_medical")
    declared["params_data_categories"]["a/b~c"] = {"x": [1, None]}
    declared["retention"] = "until-1999"
    record = schema_version("v1", {"name": "tool:a/b", "params_schema": {}, "data_risk": declared})
    claims = table_rows(view(inventory(agent(), record)), "claims")
    assert len(claims) == CELLS_PER_SPAN_TYPE + 2
    for claim in claims:
        value: Any = record
        for step in claim["pointer"].split("/")[1:]:
            value = value[step.replace("~1", "/").replace("~0", "~")]
        assert (value if claim["declared_type"] == "string" else json.dumps(value)) == claim["declared"]


def test_null_and_the_text_null_are_told_apart() -> None:
    declared = risk()
    declared["params_data_categories"] |= {"contact_information": None, "minors_data": "null"}
    report = view(inventory(agent(), schema_version("v1", {"name": "a", "params_schema": {}, "data_risk": declared})))
    found = {
        claim["field"]: (claim["declared"], claim["declared_type"], claim["answer"])
        for claim in table_rows(report, "claims")
        if claim["side"] == "params"
    }
    assert found["contact_information"] == ("null", "null", "unknown")
    assert found["minors_data"] == ("null", "string", "unknown")


def test_what_nobody_declared_is_undeclared_and_has_no_value() -> None:
    report = several()
    silent = [claim for claim in table_rows(report, "claims") if claim["span_type"] == "tool:nobody"]
    assert len(silent) == CELLS_PER_SPAN_TYPE
    assert {(claim["answer"], claim["declared"], claim["declared_type"]) for claim in silent} == {
        ("undeclared", None, None)
    }


def test_a_dpia_sheet_has_each_agent_and_criterion_and_never_says_that_none_is_needed() -> None:
    report = reviewed_case("several")
    found = table_rows(report, "dpia")
    assert [(row["agent_id"], row["criterion"]) for row in found] == [
        (each.id, number) for each in report.agents for number in range(1, 10)
    ]
    table = register.TABLES["dpia"]
    assert "not required" not in f"{table.title} {table.note} {found}".lower()
    assert "the controller decides" in str(table.note)


def test_a_ropa_leaves_no_cell_of_art_30_blank_and_begins_with_what_is_covered() -> None:
    report = reviewed_case("several")
    table = register.TABLES["ropa"]
    [covered] = (dict(zip(table.keys, row, strict=True)) for row in table.head(report))
    letters = [key for key in table.keys if key[1] == "_"]
    assert {key[0] for key in letters} == set("abcdefg")
    for row in (covered, *table_rows(report, "ropa")):
        assert all(row[key] for key in letters)
    assert covered["b_purposes"] == "none: Words about (b)."
    assert covered["d_recipients"] == "signal only: Words about (d)."
    found = {row["agent_name"]: row for row in table_rows(report, "ropa")}
    assert found["Claims assessor"]["c_data_included"] == ("Health and medical", "Financial information")
    assert "vehicle_telematics: included" in found["Claims assessor"]["c_may_be_personal"]
    absent, signal = found["Claims assessor"]["d_recipients"]
    assert (absent, signal[:54]) == ("not provided", "external communication allowed in 1 and undecided in 1")
    assert found["Without any"]["c_data_included"] == ("no span types in scope: not provided",)
    for row in table_rows(report, "ropa"):
        for key in ("b_purposes", "f_erasure", "role", "ai_act"):
            assert row[key] == "not provided"
        for key in ("e_third_countries", "g_security", "legal_basis", "special_condition", "documents", "stated"):
            assert row[key] == ("not provided",)


def test_a_controller_that_the_settings_do_not_name_is_to_be_filled_in() -> None:
    from reporter.view.report import Controller  # noqa: PLC0415 (only here)

    report = view(inventory(agent()), Controller(None, "Title", None, None))
    [row] = table_rows(report, "ropa")
    assert row["a_controller"] == ("not provided", "representative and data protection officer: not provided")


def test_every_word_of_a_worded_column_has_its_translation() -> None:
    """What is not among the words stays as the platform has it: statuses and the like are in no worded column."""
    from reporter.plain.language import ENGLISH  # noqa: PLC0415 (only here)

    for name in ("several", "hostile", "extensions and odd values"):
        report = reviewed_case(name)
        for table in register.TABLES.values():
            worded = [place for place, column in enumerate(table.columns) if column.worded]
            held = (row[place] for row in table.rows(report) for place in worded)
            said = {word for each in held for word in (each if isinstance(each, tuple) else (each,))}
            said -= {None, True, False}
            assert said <= spoken(ENGLISH).keys(), table.name


@pytest.mark.parametrize("name", ["several", "at least", "several versions", "extensions and odd values"])
def test_what_tables_tell_of_agents_and_their_answers_is_what_report_json_tells(name: str) -> None:
    report = reviewed_case(name)
    told = json.loads(as_json.render(report).data)["agents"]
    for agent_, row in zip(told, table_rows(report, "agents"), strict=True):
        said = {
            "included": ("categories", "included", "included"),
            "not_ruled_out": ("categories", "undetermined", ""),
            "excluded": ("categories", "excluded", "excluded"),
            "allowed": ("actions", "allowed", "allowed"),
            "actions_not_ruled_out": ("actions", "undetermined", ""),
            "disallowed": ("actions", "disallowed", "disallowed"),
        }
        for key, (kind, state, count) in said.items():
            counts = ("included", "excluded") if kind == "categories" else ("allowed", "disallowed")
            assert row[key] == tuple(
                f"{item['label']} ({item[count] if count else missing} of {sum(map(item.get, counts)) + missing})"
                for item in agent_[kind].values()
                if item["state"] == state
                for missing in [item["unknown"] + item["undeclared"]]
            )
        assert sum(len(row[key]) for key in said) in (len(agent_["categories"]) + len(agent_["actions"]), 0)
        levels, assessment = agent_["classification"], agent_["assessment"]
        assert {key: row[key] for key in ("personal_data", "special_category_data", "childrens_data")} == {
            key: agent_["flags"][key]["state"] for key in ("personal_data", "special_category_data", "childrens_data")
        }
        assert (row["classification_params"], row["classification_result"]) == (
            levels["params"]["words"], levels["result"]["words"],
        )  # fmt: skip
        assert (row["assessed"], row["span_types"]) == (agent_["assessed"], assessment["span_types"])
        beside = agent_["flags"]["personal_data"]["not_counted"]
        assert [text.partition(": ")[0] for text in row["may_be_personal"]] == [item["label"] for item in beside]


@pytest.mark.parametrize("name", ["several", "several versions", "hostile"])
def test_a_span_type_names_every_way_that_its_data_take(name: str) -> None:
    report = reviewed_case(name)
    rows = {(row["agent_id"], row["anchor"]): row for row in table_rows(report, "span_types")}
    words = {key: [*row["flows"], *row["reach"]] for key, row in rows.items()}
    told = 0
    for agent_ in report.agents:
        reach = agent_.reach
        ways = [(flow.label, entry) for flow in agent_.flows for entry in flow.entries]
        ways += [("source", entry) for entry in reach.sources] + [("exit", entry) for entry in reach.exits]
        ways += [("undecided exit", entry) for entry in reach.undecided_exits]
        for label, entry in ways:
            told += 1
            names = f": {', '.join(entry.categories)}" if entry.categories else ""
            words[agent_.id, entry.anchor].remove(f"{label}{names}")
    assert told
    assert not any(words.values())


def test_what_is_no_answer_is_told_as_it_stands_and_counts_as_unknown() -> None:
    declared = risk()
    declared["action_profile"] |= {"read_data": "maybe", "update_data": "allowed", "create_data": "unknown"}
    report = view(inventory(agent(), schema_version("v1", {"name": "a", "params_schema": {}, "data_risk": declared})))
    found = {claim["field"]: (claim["declared"], claim["answer"]) for claim in table_rows(report, "claims")}
    assert [found[f"{name}_data"] for name in ("read", "update", "create", "destroy")] == [
        ("maybe", "unknown"),
        ("allowed", "allowed"),
        ("unknown", "unknown"),
        ("disallowed", "disallowed"),
    ]
