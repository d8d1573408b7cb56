"""What was known before: read from a bundle, a report or a file of its own, and from nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gate_cases import DIGEST, finding, view

from reporter.declared.model import Account
from reporter.errors import UsageError
from reporter.gate import baseline
from reporter.render import json as report_json

REPORT = view(finding("f1"), finding("f2", status="accepted", waiver="W-1"))


def put(folder: Path, name: str, value: Any) -> Path:
    path = folder / name
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return path


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    put(tmp_path, "report.json", report_json.render(REPORT).data)
    return tmp_path


def test_bundle_report_and_file_of_one_report_hold_the_same(bundle: Path) -> None:
    file = put(bundle, "baseline.json", baseline.to_bytes(REPORT))
    found = [baseline.read(path) for path in (bundle, bundle / "report.json", file)]
    assert [dict(each.findings) for each in found] == [{"f1": DIGEST}] * 3
    assert {each.account for each in found} == {REPORT.account}
    assert {each.catalogue for each in found} == {REPORT.catalogue.version}


def test_what_a_waiver_accepted_is_not_known_so_that_it_is_noticed_when_the_waiver_ends(bundle: Path) -> None:
    assert baseline.read(bundle).since("f2", DIGEST) == "new"


def test_a_finding_is_known_by_its_id_and_its_value(bundle: Path) -> None:
    found = baseline.read(bundle)
    assert found.since("f1", DIGEST) == "known"
    assert found.since("f1", "0" * 64) == "changed"
    assert found.since("f9", DIGEST) == "new"


def test_incomplete_evidence_is_told_from_complete(tmp_path: Path) -> None:
    put(tmp_path, "report.json", report_json.render(view(finding(), gaps=1)).data)
    assert not baseline.read(tmp_path).complete


def test_the_same_report_gives_the_same_baseline_in_an_order_of_its_own() -> None:
    [agent] = REPORT.agents
    turned = replace(REPORT, agents=[replace(agent, findings=agent.findings[::-1])])
    assert baseline.to_bytes(turned) == baseline.to_bytes(REPORT)
    assert json.loads(baseline.to_bytes(REPORT))["schema"] == "datarisk/baseline/1"


def test_a_baseline_of_another_account_is_refused(bundle: Path) -> None:
    found = baseline.read(bundle)
    found.check_account(REPORT.account)
    with pytest.raises(UsageError, match=r"report.json: a baseline of the account .*, and this is Other \(b\). Name a"):
        found.check_account(Account("b", "Other"))


BAD = {
    "no JSON": (b"[", r"b.json: not JSON: .* at line 1, column 2. Name a bundle"),
    "empty": (b"", r"b.json: the file is empty"),
    "another value": (b"[1]", r"b.json: no baseline. Name a bundle's folder, a report.json, or a file that"),
    "a snapshot": ({"schema": "datarisk/snapshot/1"}, r"b.json: datarisk/snapshot/1 is no baseline"),
    "a later version": ({"schema": "datarisk/baseline/2"}, r"b.json: datarisk/baseline/2 is no baseline"),
    "no findings": (
        {"schema": "datarisk/baseline/1", "account": {"id": "a"}},
        r"b.json: a baseline that lacks one of its parts \('findings'\). Write it again",
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
