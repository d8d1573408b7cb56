"""What was known before: read from a bundle, a report or a file of its own, and from nothing else."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from builders import NOW, agent, composed, inventory, risk, schema_version, span_type
from gate_cases import DIGEST, finding, view, waiver
from hypothesis import given
from hypothesis import strategies as st
from strategies import data_risks

from reporter.declared.model import Account, Inventory
from reporter.declared.scope import Selection, scope
from reporter.errors import UsageError
from reporter.gate import baseline
from reporter.gate.answers import in_report
from reporter.gate.compared import Against
from reporter.plain.language import ENGLISH
from reporter.render import json as report_json
from reporter.review import answers
from reporter.review.answers import Said
from reporter.review.assessment import assess
from reporter.review.catalogue import load
from reporter.view.compose import Context, compose
from reporter.view.report import Controller

ENTRIES = [span_type("tool:a", risk("health_and_medical")), span_type("tool:b"), span_type("tool:c", {"pets": 1})]
READ = inventory(agent(), schema_version("v1", *ENTRIES))
REPORT = composed(READ)


def said(read: Inventory) -> tuple[Said, ...]:
    return answers.in_scope(scope(read, Selection()).agents)


def put(folder: Path, name: str, value: Any) -> Path:
    path = folder / name
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return path


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    put(tmp_path, "report.json", report_json.render(REPORT).data)
    return tmp_path


def test_bundle_report_and_file_of_one_report_hold_the_same_answers(bundle: Path) -> None:
    file = baseline.read(put(bundle, "baseline.json", baseline.to_bytes(REPORT, said(READ))))
    assert file.agents == said(READ)
    reports = [baseline.read(path) for path in (bundle, bundle / "report.json")]
    assert [each.agents for each in reports] == [answers.without_schemas(said(READ))] * 2
    assert [each.agents for each in reports] == [in_report(REPORT)] * 2
    assert {each.account for each in (file, *reports)} == {REPORT.account}
    assert {each.catalogue for each in (file, *reports)} == {REPORT.catalogue.version}


@given(st.lists(st.one_of(st.none(), data_risks), max_size=4))
def test_whatever_is_answered_comes_back(tmp_path_factory: pytest.TempPathFactory, risks: list[Any]) -> None:
    read = inventory(agent(), schema_version("v1", *(span_type(f"t{n}", each) for n, each in enumerate(risks))))
    data = baseline.to_bytes(REPORT, said(read))
    assert baseline.read(put(tmp_path_factory.mktemp("b"), "b.json", data)).agents == said(read)


def test_the_same_answers_give_the_same_bytes_whatever_their_order_and_the_time() -> None:
    turned = inventory(schema_version("v1", *ENTRIES[::-1], at="2026-05-01T00:00:00Z"), agent())
    data = baseline.to_bytes(REPORT, said(READ))
    assert baseline.to_bytes(REPORT, said(turned)) == data
    assert json.loads(data)["schema"] == "datarisk/baseline/2"
    assert REPORT.generated_at[:10] not in data.decode().replace(REPORT.catalogue.version, "")


def test_a_field_that_was_no_field_then_was_answered_by_nobody(tmp_path: Path) -> None:
    value = json.loads(baseline.to_bytes(REPORT, said(READ)))
    value["categories"].remove("minors_data")
    [found] = baseline.read(put(tmp_path, "b.json", value)).agents
    [declared] = found.entries["span", "tool:a"]
    assert declared.parts[1] is not None
    assert "minors_data" not in declared.parts[1].no
    assert "criminal_justice" in declared.parts[1].no


def test_a_finding_is_known_where_it_rests_on_what_was_answered_then() -> None:
    before = baseline.Baseline("b.json", REPORT.account, None, complete=True, agents=said(READ))
    for more, since in (([], "known"), ([span_type("tool:d")], "changed")):
        now = inventory(agent(), schema_version("v1", span_type("tool:a", risk()), *ENTRIES[1:], *more))
        report = composed(now)
        against = Against.of(report, before, said(now))
        [silent] = [each for each in report.agents[0].findings if each.rule == "Q01"]
        assert silent.span_types == ["tool:b", "tool:c", *(each["name"] for each in more)]
        assert against.since("a1", silent) == since
        assert against.since("a2", silent) == "new"


@pytest.mark.parametrize(("on", "since"), [("2027-01-31", "known"), ("2027-02-01", "new")])
def test_what_a_waiver_accepted_is_not_known_so_that_it_is_noticed_when_the_waiver_ends(on: str, since: str) -> None:
    [first, *_] = REPORT.agents[0].findings
    given = waiver(rule=first.rule, agent="*", value_sha256=first.value_sha256)
    chosen = scope(READ, Selection()).agents
    assessed = assess(chosen, load(), [given], datetime.fromisoformat(f"{on}T12:00:00Z"))
    context = Context(NOW, "0" * 64, Selection(), Controller(None, "t", None, None), ENGLISH)
    report = compose(READ, scope(READ, Selection()), assessed, context)
    before = baseline.Baseline("b", REPORT.account, None, complete=True, agents=said(READ))
    assert Against.of(report, before, said(READ)).since("a1", report.agents[0].findings[0]) == since


def test_a_file_of_the_first_version_knows_findings_by_their_ids_and_values(tmp_path: Path) -> None:
    old = {"schema": "datarisk/baseline/1", "account": {"id": "a"}, "findings": {"f1": DIGEST}}
    found = baseline.read(put(tmp_path, "b.json", old))
    against = Against.of(REPORT, found, said(READ))
    assert [
        against.since("a1", each) for each in (finding("f1"), finding("f1", value_sha256="0" * 64), finding("f9"))
    ] == [
        "known",
        "changed",
        "new",
    ]
    assert [*against.reasons()] == []


def test_incomplete_evidence_is_told_from_complete(tmp_path: Path) -> None:
    put(tmp_path, "report.json", report_json.render(view(finding(), gaps=1)).data)
    found = baseline.read(tmp_path)
    assert not found.complete
    notes = [*Against.of(REPORT, found, said(READ)).notes()]
    assert notes == [f"{tmp_path}/report.json: incomplete evidence; what it could not read counts as new"]


def test_a_baseline_of_another_account_is_refused(bundle: Path) -> None:
    found = baseline.read(bundle)
    found.check_account(REPORT.account)
    with pytest.raises(UsageError, match=r"report.json: a baseline of the account .*, and this is Other \(b\). Name a"):
        found.check_account(Account("b", "Other"))


GOOD: dict[str, Any] = json.loads(baseline.to_bytes(REPORT, said(READ)))


def without(*names: str, **values: Any) -> dict[str, Any]:
    """A good file with one of its first span type's members gone, or something else."""
    found: dict[str, Any] = json.loads(json.dumps(GOOD))
    found["answers"][1] = {key: each for key, each in found["answers"][1].items() if key not in names} | values
    return found


BAD = {
    "no JSON": (b"[", r"b.json: not JSON: .* at line 1, column 2. Name a bundle"),
    "a conflict of branches": (
        json.dumps(GOOD, indent=1).replace(' "answers"', '<<<<<<< ours\n "answers"').encode(),
        r"b.json: two branches changed it, and the conflict is not settled. Settle it, or write it again",
    ),
    "empty": (b"", r"b.json: the file is empty"),
    "another value": (b"[1]", r"b.json: no baseline. Name a bundle's folder, a report.json, or a file that"),
    "a snapshot": ({"schema": "datarisk/snapshot/1"}, r"b.json: datarisk/snapshot/1 is no baseline"),
    "a later version": ({"schema": "datarisk/baseline/3"}, r"b.json: datarisk/baseline/3 is no baseline"),
    "a schema that is no text": ({"schema": 2}, r"b.json: no baseline"),
    "no answers": (
        {name: value for name, value in GOOD.items() if name != "answers"},
        r"b.json: a baseline that lacks one of its parts \('answers'\). Take it away, and write it again",
    ),
    "no categories": ({**GOOD, "categories": None}, r"lacks one of its parts \(None is no list\)"),
    "an answer that is none": ({**GOOD, "answers": ["a"]}, r"lacks one of its parts"),
    "an agent that is not introduced": ({**GOOD, "answers": GOOD["answers"][1:]}, r"lacks one of its parts \('a1'\)"),
    "no schemas": (without("schemas_sha256"), r"lacks one of its parts \('schemas_sha256'\)"),
    "no part": (without("action_profile"), r"lacks one of its parts \('action_profile'\)"),
    "a part that is none": (without(action_profile=[]), r"lacks one of its parts"),
    "another kind": (without(kind="tool"), r"lacks one of its parts \('tool' is no kind of span type\)"),
    "another classification": (
        without(params_data_categories={"classification": "top secret"}),
        r"lacks one of its parts \('top secret' is no classification\)",
    ),
    "no classification": (without(params_data_categories={}), r"lacks one of its parts \('classification'\)"),
    "no findings": (
        {"schema": "datarisk/baseline/1", "account": {"id": "a"}},
        r"b.json: a baseline that lacks one of its parts \('findings'\). Take it away",
    ),
    "findings of another kind": (
        {"schema": "datarisk/baseline/1", "account": {"id": "a"}, "findings": {"f1": 7}},
        r"b.json: a baseline that lacks one of its parts \(7 is no text\)",
    ),
    "a report of before": (
        {"schema": "datarisk/report/1", "account": {"id": "a"}, "agents": [{"findings": [{"id": "f1"}]}]},
        r"b.json: a baseline that lacks one of its parts",
    ),
}


@pytest.mark.parametrize(("value", "message"), BAD.values(), ids=BAD)
def test_what_is_no_baseline_is_refused_with_its_place(tmp_path: Path, value: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        baseline.read(put(tmp_path, "b.json", value))
    assert caught.value.exit_status == 2


def test_a_folder_without_a_report_is_no_baseline(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"report.json: cannot be read: No such file or directory. Name a bundle"):
        baseline.read(tmp_path)
