"""Claims: every number, state and finding has an id that is its own, that stays, and that leads to its record."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from builders import NOW, composed, inventory, risk, schema_version, span_type

from reporter.declared.model import Inventory
from reporter.declared.scope import Selection
from reporter.declared.vocabulary import PARTS
from reporter.order import Order, kept, policy
from reporter.plain.canonical import canonical, digest
from reporter.render import json as as_json
from reporter.render.tables import csv as as_csv
from reporter.review.catalogue import AS_SHIPPED
from reporter.view.claims import claim, host
from reporter.view.report import Controller, Report

HOSTILE = ("a/b", "a%2Fb", "a b", "\u202egnp.exe", "=1+1", "<script>", "", "~", "ﾠ", "Ärzte", "x" * 500, "x" * 501)


def told(report: Report) -> Any:
    return json.loads(as_json.render(report).data)


def rows(report: Report) -> list[dict[str, str]]:
    text = bytes(as_csv.render(report, "claims").data).decode("utf-8-sig")
    return [*csv.DictReader(io.StringIO(text))]


def ids(value: Any) -> list[str]:
    """Every claim that some part of a report says that it has."""
    found = [value["claim"]] if isinstance(value, dict) and "claim" in value else []
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return found + [each for part in parts for each in ids(part)]


def at(report: Any, name: str) -> Any:
    """What a claim says, found by its id alone, as docs/formats.md tells it."""
    if "claim" in (found := _by_claim(report, name)):
        rest = name.removeprefix(found["claim"]).lstrip("/")
        report = found
    else:
        rest = name
    for step in filter(None, rest.split("/")):
        [report] = [value for key, value in report.items() if claim(key) == step]
    return report


def _by_claim(value: Any, name: str) -> dict[str, Any]:
    best: dict[str, Any] = {}
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, dict) and (value.get("claim") == name or name.startswith(f"{value.get('claim')}/")):
        best = value
    for part in parts:
        found = _by_claim(part, name)
        if len(found.get("claim", "")) > len(best.get("claim", "")):
            best = found
    return best


def hostile() -> Inventory:
    versions = [
        schema_version(
            f"v{number}", agent=name, span_type_schemas=[span_type(each, risk("minors_data")) for each in HOSTILE]
        )
        for number, name in enumerate(HOSTILE[:6])
    ]
    return inventory(*versions)


def test_no_two_claims_of_a_report_have_one_id() -> None:
    report = composed(hostile(), Selection(versions=("all",)))
    found = [*ids(told(report)), *(row["claim"] for row in rows(report))]
    assert [name for name, times in Counter(found).items() if times > 1] == []
    assert len(found) > 6 * len(HOSTILE) * 42


def test_an_id_is_plain_text_of_bounded_length() -> None:
    report = composed(hostile(), Selection(versions=("all",)))
    for name in ids(told(report)):
        assert name.isprintable()
        assert " " not in name
        assert "\u202e" not in name
        assert len(name) < 1200


def test_each_declared_field_is_found_by_its_id_with_its_value_record_and_pointer() -> None:
    given = risk("health_and_medical", allowed=("external_communication",)) | {"reviewed": "yes"}
    report = composed(inventory(schema_version("v1", span_type("send", given), span_type("silent"))))
    data = told(report)
    for row in rows(report):
        if row["answer"] != "undeclared":
            assert at(data, row["claim"]) == row["declared"]
        entry = _by_claim(data, row["claim"])
        assert entry["record_sha256"] == row["record_sha256"]
        assert row["pointer"].startswith(entry["pointer"])
        assert entry["record_sha256"] in {record["sha256"] for record in data["records"]}
    assert {row["claim"].rsplit("/", 2)[1] for row in rows(report)} == {*PARTS, "extra"}
    assert at(data, "agents/a1/span_types/v1/span/send/params_data_categories/health_and_medical") == "included"
    assert at(data, "agents/a1/flags/special_category_data/state") == "included"
    assert at(data, "agents/a1/categories/health_and_medical/params/included") == 1
    assert at(data, "agents/a1/classification/overall/highest") == "internal"
    assert at(data, "totals/agents") == 1


def test_a_claim_has_the_same_id_while_it_is_claimed_wherever_it_stands() -> None:
    one, two, new = (span_type(name, risk("minors_data")) for name in ("one", "two", "new"))
    before = inventory(schema_version("v1", span_type_schemas=[one, two]))
    after = inventory(schema_version("v1", span_type_schemas=[new, two, one]), collected_at=NOW + timedelta(days=1))
    first, second = ({row["claim"]: row["answer"] for row in rows(composed(each))} for each in (before, after))
    assert first.items() <= second.items()
    findings = ({each["claim"] for each in told(composed(given))["agents"][0]["findings"]} for given in (before, after))
    assert next(findings) & next(findings)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_span_types_of_one_name_are_told_apart_by_what_they_declare_and_not_by_their_place(
    order: tuple[int, ...],
) -> None:
    twins = [span_type("twin", risk("minors_data")), span_type("twin", risk()), span_type("twin", risk())]
    report = composed(inventory(schema_version("v1", span_type_schemas=[twins[place] for place in order])))
    found = {
        each["claim"]: each["params_data_categories"]["minors_data"] for each in told(report)["agents"][0]["span_types"]
    }
    [of_minors] = [name for name, declared in found.items() if declared == "included"]
    assert len(found) == 3
    assert of_minors == TWIN
    assert all(name.startswith("agents/a1/span_types/v1/span/twin~") for name in found)


TWIN = "agents/a1/span_types/v1/span/twin~80fdf28d"


def test_what_all_claims_rest_on_is_said_once() -> None:
    order = Order(Selection(), Controller(None, "Ours", None, None), NOW)
    report = composed(inventory(schema_version("v1", span_type("send", risk()))), policy=policy(order))
    data = told(report)["claims"]
    assert data["tool"].startswith("datarisk ")
    assert data["catalogue_sha256"] == report.catalogue.sha256
    assert data["evidence_sha256"] == report.evidence_sha256
    assert data["policy_sha256"] == policy(order)
    [read] = data["read"]
    assert (read["source"], read["read_at"]) == (report.sources[0].location, "2026-11-23T18:00:00Z")
    assert {*data["listed"]} >= {f"totals/{name}" for name in told(report)["totals"]}
    for name in data["listed"]:
        first, *more = name.split("/")
        assert first in ("totals", "overview"), more


def test_the_policy_digest_is_that_of_the_kept_settings_and_no_other() -> None:
    order = Order(Selection(), Controller(None, "Ours", None, None), NOW)
    settings = json.loads(kept(order, ("json",), split=False).data)
    assert policy(order) == digest(canonical({name: settings[name] for name in ("rules", "waivers", "unseen_days")}))
    assert policy(replace(order, unseen_days=1)) != policy(order)
    assert policy(replace(order, switches=replace(AS_SHIPPED, jurisdictions=("EU",)))) != policy(order)
    assert policy(replace(order, generated_at=NOW + timedelta(days=1))) == policy(order)


@pytest.mark.parametrize(
    ("location", "named"),
    [
        ("https://api.example.test/v1", "api.example.test"),
        ("https://api.example.test/v1#read=2026-01-01T00:00:00Z", "api.example.test"),
        ("http://127.0.0.1:8080", "127.0.0.1"),
        ("docs/agents.json", None),
        ("https://[broken", None),
    ],
)
def test_the_host_of_a_source_is_told_and_a_file_has_none(location: str, named: str | None) -> None:
    assert host(location) == named
