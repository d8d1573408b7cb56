"""The inventory in CycloneDX: valid, the same bytes, and never without what nobody has ruled out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from builders import agent, composed, inventory, risk, schema_version, span_type
from conftest import Datarisk
from cyclonedx.model.bom import Bom
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from judged import reviewed_case

from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES
from reporter.render import cyclonedx
from reporter.view.report import Controller, Report

ROOT = Path(__file__).resolve().parent.parent.parent
CASES = ("one agent", "hostile", "extensions and odd values", "40 gaps", "several", "60 span types")
OPEN = [f"{name} (undetermined)" for name in CATEGORY_NAMES]


@cache
def made(case: str) -> Any:
    return made_of(reviewed_case(case))


def made_of(report: Report) -> Any:
    text = cyclonedx.render(report).data.decode()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    return json.loads(text)


def declared(*span_types: dict[str, Any], **given: Any) -> Any:
    """The inventory of one agent that declares this."""
    return made_of(composed(inventory(agent(), schema_version("v1", *span_types)), **given))


def data(service: Any) -> list[tuple[str, str]]:
    return [(each["flow"], each["classification"]) for each in service["data"]]


def properties(service: Any) -> dict[str, str]:
    return {each["name"]: each["value"] for each in service["properties"]}


@pytest.mark.parametrize("case", CASES)
def test_it_keeps_to_the_schema_strictly_and_every_reference_is_another(case: str) -> None:
    found = made(case)
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    references = [each["bom-ref"] for service in found["services"] for each in (service, *service.get("services", ()))]
    assert len(references) == len(set(references))
    assert len(found["services"]) == len(reviewed_case(case).agents)
    assert sum(len(each.get("services", ())) for each in found["services"]) == reviewed_case(case).totals.span_types


def test_data_have_a_way_for_each_category_and_what_is_excluded_stands_in_the_properties() -> None:
    found = declared(span_type("a", risk("minors_data", "contact_information", result=("contact_information",))))
    [service] = found["services"]
    [entry] = service["services"]
    for each in (service, entry):
        assert sorted(data(each)) == [
            ("bi-directional", "contact_information"), ("bi-directional", "internal"), ("inbound", "minors_data"),
        ]  # fmt: skip
    assert properties(service)["datarisk:action:create_data"] == "disallowed"
    assert properties(service)["datarisk:params:minors_data"] == "included"
    assert properties(service)["datarisk:result:minors_data"] == "excluded"
    assert properties(entry)["datarisk:params:included"] == "minors_data, contact_information"
    assert "minors_data" in properties(entry)["datarisk:result:excluded"].split(", ")
    assert properties(entry)["datarisk:action:disallowed"] == ", ".join(ACTION_NAMES)


@pytest.mark.parametrize(
    ("silent", "word"), [({}, "undeclared"), ({"data_risk": {"params_data_categories": {}}}, "unknown")]
)
def test_what_nobody_answered_is_never_left_out_as_if_it_were_excluded(silent: dict[str, Any], word: str) -> None:
    found = declared({**span_type("a"), **silent})
    [service] = found["services"]
    [entry] = service["services"]
    for each in (service, entry):
        assert {("unknown", name) for name in OPEN} <= set(data(each))
        assert {level for flow, level in data(each) if flow != "unknown"} <= {"unknown", "undeclared"}
        assert properties(each)["datarisk:coverage"] == "not assessed"
    assert properties(entry)[f"datarisk:params:{word}"].split(", ") == list(CATEGORY_NAMES)
    assert properties(entry)["datarisk:action:undeclared"].split(", ") == list(ACTION_NAMES)
    assert properties(service)["datarisk:params:minors_data"] == "undetermined"


def test_one_silent_span_type_leaves_its_agent_open_and_the_level_at_least() -> None:
    [service] = declared(span_type("a", risk("minors_data")), span_type("b"))["services"]
    assert ("inbound", "minors_data") in data(service)
    assert ("unknown", "minors_data (undetermined)") in data(service)
    assert ("bi-directional", "at least internal") in data(service)


def test_an_agent_without_span_types_rules_nothing_out() -> None:
    [service] = made_of(composed(inventory(agent(), schema_version("v1"))))["services"]
    assert {("unknown", name) for name in OPEN} <= set(data(service))
    assert ("bi-directional", "unknown") in data(service)


def test_an_agent_has_its_version_its_provider_and_its_owner() -> None:
    version = schema_version("v1", span_type("a", risk()), external_identifier="2026.11")
    person = {"type": "person", "id": "p1", "name": "Ilsa Marrowby", "title": "Head of claims"}
    found = inventory(agent(owner_person_id="p1", description="Pays claims"), version, person)
    [service] = made_of(composed(found, controller=Controller("Larkmoor", "t", None, None)))["services"]
    assert (service["name"], service["version"], service["description"]) == ("Claims", "2026.11", "Pays claims")
    assert service["provider"] == {"name": "Larkmoor", "contact": [{"name": "Ilsa Marrowby, Head of claims"}]}


def test_an_incomplete_run_says_so_with_each_gap() -> None:
    head = made("40 gaps")["metadata"]["properties"]
    assert {"name": "datarisk:complete", "value": "false"} in head
    assert sum(each["name"] == "datarisk:gap" for each in head) == 40


def test_hints_and_categories_of_somebody_s_own_are_there_as_well() -> None:
    data_risk = risk()
    data_risk["params_data_categories"]["x_loyalty"] = "included"
    [service] = declared(span_type("a", data_risk, annotations={"readOnlyHint": True}))["services"]
    [entry] = service["services"]
    assert ("inbound", "x_loyalty") in data(entry)
    assert properties(entry)["datarisk:hint:readOnlyHint"] == "true"


def test_two_that_are_alike_are_two_services() -> None:
    # One id with two contents: their rows have one anchor.
    versions = [schema_version("v1", span_type("a", risk(*included))) for included in ((), ("minors_data",))]
    [service] = made_of(composed(inventory(agent(), *versions)))["services"]
    assert [entry["name"] for entry in service["services"]] == ["a", "a"]
    assert len({entry["bom-ref"] for entry in service["services"]}) == 2
    assert all(re.fullmatch(r"s-[0-9a-f]{12}(-2)?", entry["bom-ref"]) for entry in service["services"])


def test_the_serial_number_is_that_of_the_evidence_and_of_what_is_reported_of_it() -> None:
    report = reviewed_case("several")
    later = replace(report, generated_at="2030-01-01T00:00:00Z")
    serials = [made_of(each)["serialNumber"] for each in (report, later, replace(report, evidence_sha256="0" * 64))]
    assert serials[0] == serials[1] != serials[2]
    assert made_of(later)["metadata"]["timestamp"] == "2030-01-01T00:00:00+00:00"
    assert made_of(replace(report, agents=report.agents[:1]))["serialNumber"] != serials[0]


def test_the_command_writes_the_same_bytes_each_time_and_one_file_an_agent(tmp_path: Path, datarisk: Datarisk) -> None:
    (tmp_path / "claims.json").write_text(json.dumps({"span_type_schemas": [span_type("a", risk("minors_data"))]}))
    files = []
    for seed in ("1", "2"):
        done = datarisk(
            "report",
            "claims.json",
            "-f",
            "cyclonedx",
            "--split",
            "agent",
            "-o",
            seed,
            PYTHONHASHSEED=seed,
            TZ="Asia/Tokyo",
        )
        assert done.returncode == 0, done.stderr
        files.append({path.name: path.read_bytes() for path in (tmp_path / seed / "local").rglob("*.cdx.json")})
    assert files[0] == files[1]
    assert "report.cdx.json" in files[0]
    assert len(files[0]) == 2


def test_without_its_extra_it_says_what_to_install_and_all_else_is_written(tmp_path: Path) -> None:
    (tmp_path / "claims.json").write_text(json.dumps({"span_type_schemas": [span_type("a", risk())]}))
    code = (
        "import sys; sys.modules['cyclonedx.output.json'] = None\n"
        "from reporter.cli.process import run\n"
        "sys.exit(run(['report', 'claims.json', '-f', 'cyclonedx', '-f', 'json']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2
    told = (
        "the inventory needs cyclonedx-python-lib, which is not installed. Install it: pip install cyclonedx-python-lib"
    )
    assert told in done.stderr
    assert [path.name for path in tmp_path.rglob("report.*")] == ["report.json"]


@pytest.mark.parametrize("case", CASES)
def test_its_own_library_reads_it_and_finds_every_service_flow_and_property(case: str) -> None:
    found = made(case)
    read = Bom.from_json(found)  # type: ignore[attr-defined]  # (made by a decorator)
    again = json.loads(JsonV1Dot6(read).output_as_string())
    assert {each["bom-ref"]: each for each in again["services"]} == {
        each["bom-ref"]: each for each in found["services"]
    }
    assert (again["serialNumber"], len(read.services)) == (found["serialNumber"], len(reviewed_case(case).agents))


@pytest.mark.parametrize(("answer", "crosses"), [("allowed", True), ("disallowed", False), ("unknown", None)])
def test_a_way_out_crosses_a_trust_boundary_and_an_undecided_one_is_no_no(answer: str, crosses: object) -> None:
    declared_ = risk()
    declared_["action_profile"]["external_communication"] = answer
    [service] = declared(span_type("a", declared_))["services"]
    assert [each.get("x-trust-boundary") for each in (service, *service["services"])] == [crosses, crosses]
