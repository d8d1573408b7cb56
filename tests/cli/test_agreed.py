"""What was agreed, over the command: drafted, gated, kept with the evidence, and the same in every format."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from builders import agent, pinned, risk, schema_version, span_type
from conftest import Called
from gate_calls import put

NAME = "datarisk-facts.toml"
FACTS = """\
[[agreed]]
agent = "claims"
categories = ["contact_information"]
actions = ["read_data"]
document = { kind = "dpia", title = "Claims", reference = "DPIA-7", date = 2026-01-30, expires = 2026-12-31 }
"""
DECLARED = {"span_type_schemas": [span_type("tool:read", risk("contact_information", allowed=("read_data",)))]}
BEYOND = {"span_type_schemas": [span_type("tool:read", risk("contact_information", "minors_data"))]}
SILENT = {"span_type_schemas": [span_type("tool:read", risk("contact_information"))]}
SILENT["span_type_schemas"][0]["data_risk"]["params_data_categories"]["minors_data"] = "unknown"


def loaded(folder: Path, name: str = "report.json") -> Any:
    [path] = folder.glob(f"reports/local/2*/{name}")
    return json.loads(path.read_bytes())


@pytest.mark.parametrize(("declared", "status"), [(DECLARED, 0), (BEYOND, 1), (SILENT, 1)])
def test_the_gate_fails_on_what_exceeds_and_no_less_on_what_is_undecided(
    called: Called, tmp_path: Path, declared: Any, status: int
) -> None:
    put(tmp_path, "claims.json", declared)
    put(tmp_path, NAME, FACTS.encode())
    assert called("check", "claims.json", "--fail-on", "high")[0] == status


def test_a_document_expires_by_the_clock_of_the_run(called: Called, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", DECLARED)
    put(tmp_path, NAME, FACTS.encode())
    assert called("check", "claims.json", "--fail-on", "medium")[0] == 0
    later = "1801456800"  # in January 2027
    status, said = called("check", "claims.json", "--fail-on", "medium", SOURCE_DATE_EPOCH=later)
    assert (status, "Agreement whose document has expired" in said) == (1, True)


def test_without_anything_agreed_a_report_has_nothing_of_it_but_a_line_of_the_summary(
    called: Called, tmp_path: Path
) -> None:
    put(tmp_path, "claims.json", BEYOND)
    assert called("report", "claims.json", "-f", "json", "-f", "html", "-f", "xlsx")[0] == 0
    report = loaded(tmp_path)
    assert {"agreed", "score"}.isdisjoint(report["agents"][0])
    assert report["summary"]["agreed"].startswith("nobody has told this report")
    assert not [each for each in report["agents"][0]["issues"] if each["key"] == "agreed"]
    [page] = tmp_path.glob("reports/local/2*/report.html")
    assert "<h4>What was agreed" not in page.read_text()
    [book] = tmp_path.glob("reports/local/2*/report.xlsx")
    assert "Agreed" not in openpyxl.load_workbook(book).sheetnames


def test_page_paper_workbook_and_json_tell_the_same_of_what_was_agreed(called: Called, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", BEYOND)
    put(tmp_path, NAME, FACTS.replace("2026-12-31", "2026-02-28").encode())
    assert called("report", "claims.json", "-f", "json", "-f", "html", "-f", "xlsx", "-f", "pdf")[0] == 0
    [told] = loaded(tmp_path)["agents"]
    [beyond] = [each for each in told["agreed"]["points"] if each["state"] == "exceeds"]
    assert (beyond["name"], beyond["by"], beyond["span_types"]) == ("minors_data", ["organisation"], ["tool:read"])
    [source] = told["agreed"]["sources"]
    assert [each["expired"] for each in source["documents"]] == [True]
    [page] = tmp_path.glob("reports/local/2*/report.html")
    text = re.sub(r"<[^>]*>|\s+", " ", page.read_text())
    assert re.search(r"Declared, and not agreed +Minors&#39; data \(tool:read\)", text)
    assert "Claims (DPIA-7, 30 January 2026), EXPIRED on 28 February 2026" in text
    [book] = tmp_path.glob("reports/local/2*/report.xlsx")
    rows = [
        [cell for cell in row if cell] for row in openpyxl.load_workbook(book)["Agreed"].iter_rows(values_only=True)
    ]
    assert rows[1][:6] == ["claims", "exceeds", "category", "Minors' data", "organisation", "tool:read"]


@pytest.mark.parametrize("format_", ["json", "html"])
def test_the_same_bytes_are_made_again_from_the_snapshot(called: Called, tmp_path: Path, format_: str) -> None:
    put(tmp_path, "claims.json", BEYOND)
    put(tmp_path, NAME, FACTS.encode())
    assert called("report", "claims.json", "-f", format_)[0] == 0
    [first] = tmp_path.glob(f"reports/local/2*/report.{format_}")
    [snapshot] = tmp_path.glob("reports/local/2*/evidence/snapshot.json")
    made, evidence = first.read_bytes(), snapshot.read_bytes()
    (tmp_path / NAME).unlink()
    (tmp_path / "evidence.json").write_bytes(evidence)
    assert called("report", "evidence.json", "-f", format_, "-o", "again")[0] == 0
    [again] = tmp_path.glob(f"again/local/2*/report.{format_}")
    assert again.read_bytes() == made


def _odd() -> dict[str, Any]:
    """A declaration with a category that nobody knows, of a name that is hard to write."""
    declared = risk("minors_data", "contact_information", allowed=("read_data",), level="restricted")
    declared["params_data_categories"]['pets"\n# \u202e'] = "included"
    return declared


def test_a_draft_of_what_is_declared_today_states_nothing_and_read_back_nothing_exceeds_it(
    called: Called, tmp_path: Path
) -> None:
    values = [
        agent(name='we[i]rd "*'), schema_version("v1", span_type("t", _odd())), *pinned("v1", 'Prod"\nuction'),
    ]  # fmt: skip
    put(tmp_path, "a.json", {"outputs": {str(n): {"details": each} for n, each in enumerate(values)}})
    assert called("init", "facts", "a.json")[0] == 0
    text = (tmp_path / NAME).read_text()
    assert "agreed" not in tomllib.loads(text)
    start = text.index("# [[agreed]]")
    block = text[start : text.index("\n#\n", start)]
    drafted = "\n".join(line.removeprefix("# ") for line in block.split("\n"))
    assert set(tomllib.loads(drafted)["agreed"][0]) == {
        "agent", "categories", "actions", "others", "highest", "environments",
    }  # fmt: skip
    (tmp_path / NAME).write_text(f"{drafted}\n")
    status, said = called("report", "a.json", "-f", "json")
    assert status == 0, said
    [path] = tmp_path.glob("reports/*/2*/report.json")
    [made] = json.loads(path.read_bytes())["agents"]
    assert [each for each in made["agreed"]["points"] if each["state"] in ("exceeds", "unused")] == []
    assert {each["rule"] for each in made["findings"] if each["rule"].startswith("G")} == {"G08"}


def test_what_is_agreed_with_an_environment_that_no_one_else_has_is_hostile_and_only_text(
    called: Called, tmp_path: Path
) -> None:
    put(tmp_path, "claims.json", BEYOND)
    evil = "<script>alert(1)</script>"
    facts = f'{FACTS}environments = ["=cmd|{evil}"]\nothers = ["{evil}"]\n'
    put(tmp_path, NAME, facts.encode())
    assert called("report", "claims.json", "-f", "html", "-f", "xlsx", "-f", "json")[0] == 0
    [page] = tmp_path.glob("reports/local/2*/report.html")
    assert evil not in page.read_text()
    assert "&lt;script&gt;alert(1)" in page.read_text()


def test_a_mistake_in_it_ends_with_2_and_an_agent_that_is_not_there_too(called: Called, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", DECLARED)
    for wrong, told in (("red_data", "there is no red_data"), ('"billing"', "no agent that was read is called")):
        old = "read_data" if "red" in wrong else '"claims"'
        put(tmp_path, NAME, FACTS.replace(old, wrong, 1).encode())
        status, said = called("check", "claims.json")
        assert (status, told in said, f"{NAME}:" in said) == (2, True, True)


def test_what_was_agreed_and_is_not_there_any_more_settles_no_question(called: Called, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", BEYOND)
    put(tmp_path, NAME, FACTS.encode())
    assert called("report", "claims.json", "-f", "json", SOURCE_DATE_EPOCH="1795456800")[0] == 0
    put(tmp_path, NAME, b"")
    assert called("report", "claims.json", "-f", "json", SOURCE_DATE_EPOCH="1795543200")[0] == 0
    since = json.loads(max(tmp_path.glob("reports/local/2*/report.json")).read_bytes())["since"]
    assert [(each["key"], each["why"]) for each in since["gone"]] == [("agreed", "not compared")]
    assert "settled" not in since["words"]


@pytest.mark.parametrize("name", ["datarisk-baseline.json", "reports/local/latest"])
def test_an_agreement_that_goes_or_expires_is_told_by_the_gate(called: Called, tmp_path: Path, name: str) -> None:
    put(tmp_path, "claims.json", DECLARED)
    put(tmp_path, NAME, FACTS.encode())
    assert called("report", "claims.json", "-f", "json")[0] == 0
    assert called("check", "claims.json", "--write-baseline", "datarisk-baseline.json")[0] == 0
    gate = ("check", "claims.json", "--baseline", name, "--fail-on", "medium", "--fail-on-new")
    assert called(*gate)[0] == 0
    later = "1801456800"  # in January 2027
    status, said = called(*gate, SOURCE_DATE_EPOCH=later)
    assert (status, "Agreement whose document has expired" in said) == (1, True)
    put(tmp_path, NAME, b"")
    status, said = called(*gate)
    assert (status, "1 agreement that the baseline knows is gone (claims)" in said) == (1, True)
