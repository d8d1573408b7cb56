"""Assessment results in OSCAL: read by compliance-trestle, the same bytes, and no conclusion about any law."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from builders import agent, composed, inventory, risk, schema_version, span_type
from conftest import Datarisk
from judged import reviewed_case
from trestle.oscal.assessment_results import Model

from reporter.declared.vocabulary import CATEGORY_NAMES
from reporter.render import oscal
from reporter.view.report import Report

CASES = ("one agent", "hostile", "extensions and odd values", "40 gaps", "several", "60 span types")
#: What NIST's JSON Schema asks of the value of a property, and of a token.
VALUE = re.compile(r"\S(.*\S)?")
TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
OPEN = {**risk(), "params_data_categories": {"classification": "internal"}}
OWN = """
[[rule]]
id = "OWN-1"
title = "No minors"
severity = "high"
issue = "recipients"
status = "in-force"
as_of = 2026-11-02
because = "We have no business with children."
question = "Why are data about children declared?"
missing = []
when = { category = "minors_data", side = "either", is = "included" }
"""


@cache
def made(case: str) -> Any:
    return made_of(reviewed_case(case))


def made_of(report: Report) -> Any:
    text = oscal.render(report).data.decode()
    Model.model_validate_json(text)
    return json.loads(text)["assessment-results"]


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(item)


def props(value: Any) -> dict[str, str]:
    return {each["name"]: each["value"] for each in value["props"]}


@pytest.mark.parametrize("case", CASES)
def test_compliance_trestle_reads_it_and_every_reference_leads_somewhere(case: str) -> None:
    found = made(case)
    named = [each["uuid"] for each in objects(found) if "uuid" in each]
    assert len(named) == len(set(named))
    assert {uuid.UUID(each).version for each in named} == {5}
    for each in objects(found):
        for name, value in each.items():
            if name.endswith("-uuid"):
                assert value in named
            if name == "href" and value.startswith("#"):
                assert value[1:] in named
    assert len(found["results"][0]["local-definitions"]["components"]) == len(reviewed_case(case).agents)


@pytest.mark.parametrize("case", CASES)
def test_every_property_is_in_our_namespace_and_holds_what_the_schema_of_nist_takes(case: str) -> None:
    for each in objects(made(case)):
        for prop in each.get("props", ()):
            assert prop["ns"] == oscal.NAMESPACE
            assert TOKEN.fullmatch(prop["name"])
            assert VALUE.fullmatch(prop["value"])
        # OSCAL knows no empty lists, texts and objects, but for this one.
        assert all(part for name, part in each.items() if name != "include-all")


def test_there_is_no_plan_and_no_control_and_the_file_says_so() -> None:
    found = made("several")
    at = found["import-ap"]["href"].removeprefix("#")
    [plan] = [each for each in found["back-matter"]["resources"] if each["uuid"] == at]
    assert plan["title"] == "No assessment plan"
    [selected] = found["results"][0]["reviewed-controls"]["control-selections"]
    assert selected["include-all"] == {}
    assert selected["description"].startswith("No control was assessed")


@pytest.mark.parametrize("case", CASES)
def test_legal_triggers_are_observations_and_risks_and_never_findings(case: str) -> None:
    [result] = made(case)["results"]
    agents = reviewed_case(case).agents
    assert "findings" not in result
    ids = [props(each).get("finding-id") for each in result.get("observations", ())]
    assert [each for each in ids if each] == [found.id for agent_ in agents for found in agent_.findings]
    assert len(result.get("risks", ())) == sum(len(agent_.issues) for agent_ in agents)
    assert '"satisfied"' not in json.dumps(result)


def own(tmp_path: Path, *span_types: dict[str, Any], datarisk: Datarisk) -> Any:
    (tmp_path / "own.toml").write_text(OWN)
    (tmp_path / "datarisk.toml").write_text('[policy]\nrules = ["own.toml"]\n')
    (tmp_path / "claims.json").write_text(json.dumps({"span_type_schemas": [*span_types]}))
    done = datarisk("report", "claims.json", "-f", "oscal", "-o", "out")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "out/local/latest/report.oscal.json").read_text()
    Model.model_validate_json(text)
    return json.loads(text)["assessment-results"]["results"][0]


@pytest.mark.parametrize(("declared", "reason"), [(risk("minors_data"), "fail"), (OPEN, "other"), (None, "other")])
def test_a_rule_of_the_organisation_s_own_is_not_satisfied_where_it_is_met_or_may_be(
    tmp_path: Path, datarisk: Datarisk, declared: Any, reason: str
) -> None:
    result = own(tmp_path, span_type("a", declared), datarisk=datarisk)
    [finding] = result["findings"]
    assert finding["target"]["target-id"] == "OWN-1"
    assert finding["target"]["status"]["state"] == "not-satisfied"
    assert finding["target"]["status"]["reason"] == reason
    selected = result["reviewed-controls"]["control-selections"]
    assert [each["include-controls"] for each in selected] == [[{"control-id": "OWN-1"}]]


def test_a_rule_of_the_organisation_s_own_that_nothing_meets_is_not_called_satisfied(
    tmp_path: Path, datarisk: Datarisk
) -> None:
    result = own(tmp_path, span_type("a", risk()), datarisk=datarisk)
    assert "findings" not in result
    assert "says nothing of it" in result["remarks"]


def test_what_nobody_answered_is_undeclared_there_and_never_left_out() -> None:
    found = made_of(composed(inventory(agent(), schema_version("v1", span_type("a"))), None))
    [item] = found["results"][0]["local-definitions"]["inventory-items"]
    [component] = found["results"][0]["local-definitions"]["components"]
    assert props(item)["params-undeclared"].split(", ") == list(CATEGORY_NAMES)
    assert props(component)["result-undetermined"].split(", ") == list(CATEGORY_NAMES)
    assert props(item)["coverage"] == "not assessed"


def test_an_incomplete_report_says_so_and_each_gap_is_an_observation() -> None:
    [result] = made("40 gaps")["results"]
    assert props(result)["complete"] == "no"
    assert result["remarks"].startswith("This report is incomplete")
    assert sum("gap" in props(each) for each in result["observations"]) == 40


def test_names_stay_text_where_oscal_reads_markdown() -> None:
    name = "![x](http://example.test/p) <b>*bold*</b> {{ insert: param, p }} 'q' \"q\" a_b _c_"
    found = made_of(composed(inventory(agent(name=name), schema_version("v1", span_type("a", risk())))))
    [component] = found["results"][0]["local-definitions"]["components"]
    escaped = r"!\[x\](http://example.test/p) \<b\>\*bold\*\</b\> \{\{ insert: param, p \}\} 'q' \"q\" a_b \_c\_"
    assert component["title"] == escaped


def test_its_uuids_are_those_of_the_evidence_and_of_what_is_reported_of_it() -> None:
    report = reviewed_case("several")
    later = replace(report, generated_at="2030-01-01T00:00:00Z")
    same, other = made_of(later), made_of(replace(report, evidence_sha256="0" * 64))
    assert same["uuid"] == made("several")["uuid"] != other["uuid"]
    assert same["results"][0]["risks"] == made("several")["results"][0]["risks"]


def test_the_command_writes_the_same_bytes_each_time_and_one_file_an_agent(tmp_path: Path, datarisk: Datarisk) -> None:
    (tmp_path / "claims.json").write_text(json.dumps({"span_type_schemas": [span_type("a", risk("minors_data"))]}))
    files = []
    for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo")):
        given = ("report", "claims.json", "-f", "oscal", "--split", "agent", "-o", seed)
        done = datarisk(*given, PYTHONHASHSEED=seed, TZ=zone)
        assert done.returncode == 0, done.stderr
        files.append({path.name: path.read_bytes() for path in (tmp_path / seed / "local").rglob("*.oscal.json")})
    assert files[0] == files[1]
    assert len(files[0]) == 2
