"""Nothing passes for want of anything to judge, and telling less never turns a gate from red to green."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from builders import agent, composed, inventory, pinned, risk, schema_version, span_type
from conftest import Datarisk
from gate_calls import OPEN, QUIET, SILENT, judged, of_rule, put
from hypothesis import given
from hypothesis import strategies as st
from strategies import data_risks

from reporter.declared.model import Inventory
from reporter.declared.scope import Selection, scope
from reporter.gate import baseline
from reporter.gate.baseline import Baseline
from reporter.gate.policy import Limits, Verdict, verdict
from reporter.render import json as report_json
from reporter.view.report import Report

CASES = Path(__file__).resolve().parent.parent / "cases"
QUALITY = {"tone": {"name": "tone", "schema": {}, "data_risk": risk()}}
LIMITS = [
    Limits(),
    Limits("info"),
    Limits("never", max_not_assessed=0),
    Limits("never", max_not_assessed=2),
    Limits("never", max_unknown_share=0),
    Limits("never", max_unknown_share=40),
]


def view(read: Inventory) -> Report:
    return composed(read)


def known(report: Report, folder: Path) -> Baseline:
    """What a report makes known, as a run writes it."""
    path = folder / "report.json"
    path.write_bytes(report_json.render(report).data)
    return baseline.read(path)


NO_SPAN_TYPES: dict[str, Any] = {
    "an empty list": {"span_type_schemas": []},
    "null": {"span_type_schemas": None},
    "an empty map": {"span_type_schemas": {}},
    "a version without any": {"type": "agent_schema_version", "id": "v", "agent_id": "a", "span_type_schemas": None},
    "only judgements": {"span_type_schemas": [], "quality_schemas": QUALITY},
    "only alerts": {"span_type_schemas": [], "alert_schemas": QUALITY},
}


@pytest.mark.parametrize("name", NO_SPAN_TYPES)
def test_an_agent_without_span_types_is_not_assessed_and_red(datarisk: Datarisk, tmp_path: Path, name: str) -> None:
    found = judged(datarisk, put(tmp_path, "agent.json", NO_SPAN_TYPES[name]), status=1)
    assert [item["severity"] for item in of_rule(found, "Q10")] == ["high"]
    assert found["totals"]["agents_not_assessed"] == 1


@pytest.mark.parametrize("limit", ["--max-not-assessed=0", "--max-unknown=99"])
def test_every_limit_counts_an_agent_without_span_types(datarisk: Datarisk, tmp_path: Path, limit: str) -> None:
    empty = put(tmp_path, "empty.json", {"span_type_schemas": []})
    judged(datarisk, empty, "--max-not-assessed=1", status=0)
    found = judged(datarisk, empty, limit, status=1)
    assert "1 agent without any" in found["reasons"][-1]["words"]


def test_an_agent_without_span_types_is_new_to_a_baseline_that_lacks_it(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "all/quiet.json", QUIET)
    judged(datarisk, "all", "--write-baseline", "base.json", status=0)
    put(tmp_path, "all/empty.json", {"span_type_schemas": []})
    found = judged(datarisk, "all", "--baseline", "base.json", "--fail-on-new", status=1)
    assert [item["since_baseline"] for item in of_rule(found, "Q10")] == ["new"]


@pytest.mark.parametrize("format_", ["text", "sarif", "junit", "markdown", "github"])
def test_every_format_of_a_check_tells_of_an_agent_without_span_types(
    datarisk: Datarisk, tmp_path: Path, format_: str
) -> None:
    empty = put(tmp_path, "empty.json", {"span_type_schemas": []})
    done = datarisk("check", empty, "-f", format_, "--fail-on", "high")
    assert done.returncode == 1
    assert "No span types" in done.stdout


def test_every_format_of_a_report_is_loud_about_an_agent_without_span_types(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "empty.json", {"span_type_schemas": []})
    formats = [f"-f{name}" for name in ("json", "html", "csv", "findings.csv", "ropa.csv", "dpia.csv")]
    assert datarisk("report", "empty.json", *formats, "-o", "out").returncode == 0
    [folder] = (path for path in tmp_path.glob("out/local/*") if not path.is_symlink())
    told = json.loads((folder / "report.json").read_bytes())
    assert (told["totals"]["agents_not_assessed"], told["agents"][0]["assessed"]) == (1, False)
    assert told["summary"]["attention"][0]["what"] == "Not assessed. No span types in scope."
    page = (folder / "report.html").read_text()
    assert "<strong>NOT ASSESSED</strong>" in page
    assert "1 agent in scope, and nothing is known of what it does." in page
    assert "No span types" in (folder / "findings.csv").read_text()
    for name in ("ropa.csv", "dpia.csv"):
        assert "empty" in (folder / name).read_text()


def test_a_file_that_names_an_agent_and_holds_no_version_of_it_is_no_evidence(
    datarisk: Datarisk, tmp_path: Path
) -> None:
    put(tmp_path, "row.json", {"details": agent()})
    found = judged(datarisk, "row.json", status=3)
    assert found["gaps"][0]["what"] == "the schema versions of agent Claims"
    assert not of_rule(found, "Q10"), "the gap says it"
    put(tmp_path, "version.json", schema_version("v1", span_type("tool:a", risk("contact_information"))))
    judged(datarisk, "row.json", "version.json", status=0)


NOTHING_LEFT = {
    "an agent that is not there": ["--agent", "Clams"],
    "a version that is not there": ["--versions", "v9"],
    "an environment that is not there": ["--environment", "Nowhere"],
    "an environment in which nothing is pinned": ["--environment", "Staging"],
    "a time before anything": ["--as-of", "2020-01-01"],
}


@pytest.mark.parametrize("name", NOTHING_LEFT)
def test_a_selection_that_leaves_nothing_is_no_pass(datarisk: Datarisk, tmp_path: Path, name: str) -> None:
    deployed = [agent(), schema_version("v1", span_type("tool:a", risk())), *pinned("v1", "Production")]
    put(tmp_path, "all.json", [*deployed, {"type": "environment", "id": "s", "name": "Staging"}])
    judged(datarisk, "all.json", status=0)
    judged(datarisk, "all.json", *NOTHING_LEFT[name], status=3)


def test_retired_agents_alone_and_an_account_without_agents_are_no_pass(datarisk: Datarisk, tmp_path: Path) -> None:
    retired = [agent(status="retired"), schema_version("v1", span_type("tool:a", risk()))]
    put(tmp_path, "retired.json", retired)
    judged(datarisk, "retired.json", status=3)
    judged(datarisk, "retired.json", "--allow-empty", status=0)
    put(tmp_path, "account.json", [{"type": "account", "id": "acc", "name": "Harbour Mutual"}])
    judged(datarisk, "account.json", status=3)
    judged(datarisk, "account.json", "--allow-empty", status=0)


def version(number: int, *span_types: dict[str, Any], **more: Any) -> dict[str, Any]:
    return schema_version(f"v{number}", *span_types, at=f"2026-0{number}-01T00:00:00Z", **more)


def test_span_types_that_the_version_before_had_are_named_with_their_evidence() -> None:
    before, now = version(1, span_type("tool:a", risk()), span_type("tool:b")), version(2, span_type("tool:a", risk()))
    report = view(inventory(agent(), before, now, *pinned("v2", "Production")))
    [found] = [each for each in report.agents[0].findings if each.rule == "R11"]
    assert (found.severity, [(item.span_type, item.schema_version_id) for item in found.evidence]) == (
        "high",
        [("tool:b", "v1")],
    )
    assert "Gone: tool:b." in found.why
    assert {item.record_sha256 for item in found.evidence} <= {record.sha256 for record in report.records}
    assert verdict(report, Limits("high")).outcome == "failed"


@pytest.mark.parametrize(
    ("lost", "severity"),
    [(risk(), "info"), (None, "high"), (risk("health_and_medical", allowed=("external_communication",)), "high")],
)
def test_what_is_gone_weighs_what_it_weighed_when_it_was_there(lost: Any, severity: str) -> None:
    before = version(1, span_type("tool:a", risk()), span_type("tool:b", lost))
    report = view(inventory(agent(), before, version(2, span_type("tool:a", risk()))))
    assert [each.severity for each in report.agents[0].findings if each.rule == "R11"] == [severity]


def test_half_of_a_pair_that_made_a_finding_weighs_as_much_as_the_pair_did() -> None:
    source = span_type("tool:source", risk("health_and_medical"))
    way_out = span_type("tool:out", risk(allowed=("external_communication",)))
    whole = view(inventory(agent(), version(1, source, way_out)))
    worst = {each.rule: each.severity for each in whole.agents[0].findings}["X19"]
    report = view(inventory(agent(), version(1, source, way_out), version(2, source)))
    assert [each.severity for each in report.agents[0].findings if each.rule == "R11"] == [worst]


def test_nothing_is_gone_where_every_version_counts_or_the_version_before_does_too() -> None:
    both = [version(1, span_type("tool:a", risk()), span_type("tool:b")), version(2, span_type("tool:a", risk()))]
    deployed = inventory(agent(), *both, *pinned("v1", "Production"), *pinned("v2", "Staging"))
    undated = inventory(agent(), *(item | {"inserted_at": None} for item in both))
    for read in (deployed, undated):
        assert not [each for each in view(read).agents[0].findings if each.rule == "R11"]


def test_a_version_with_judgements_alone_does_not_take_unassessed_span_types_out_of_sight() -> None:
    before = version(1, *(span_type(f"tool:{number}") for number in range(7)))
    after = version(2, quality_schemas=QUALITY)
    report = view(inventory(agent(), before, after, *pinned("v2", "Production")))
    assert {each.rule for each in report.agents[0].findings if each.severity == "high"} == {"Q10", "R11"}
    for limits in LIMITS:
        assert verdict(report, limits).outcome == "failed", limits


def test_an_agent_that_the_baseline_knows_and_no_source_names_is_red(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "all/open.json", OPEN)
    put(tmp_path, "all/quiet.json", QUIET)
    judged(datarisk, "all", "--write-baseline", "base.json", status=0)
    (tmp_path / "all" / "open.json").unlink()
    found = judged(datarisk, "all", "--baseline", "base.json", status=1)
    assert [reason["kind"] for reason in found["reasons"]] == ["gone"]
    assert "1 agent that the baseline knows is gone (open)" in found["reasons"][0]["words"]
    judged(datarisk, "all", "--write-baseline", "base.json", status=0)
    judged(datarisk, "all", "--baseline", "base.json", status=0)


def test_a_span_type_that_the_baseline_knows_and_nothing_declares_is_red(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "agent.json", SILENT)
    judged(datarisk, "agent.json", "--write-baseline", "base.json", status=0)
    put(tmp_path, "agent.json", QUIET)
    found = judged(datarisk, "agent.json", "--baseline", "base.json", status=1)
    assert "agent tool:silent" in found["reasons"][0]["words"]


def test_what_a_selection_leaves_out_by_name_is_not_gone(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "all/open.json", OPEN)
    put(tmp_path, "all/quiet.json", QUIET)
    judged(datarisk, "all", "--write-baseline", "base.json", status=0)
    judged(datarisk, "all", "--agent", "quiet", "--baseline", "base.json", status=0)


def red(found: Verdict) -> bool:
    return found.outcome != "passed"


declared = st.one_of(st.none(), st.just(risk()), data_risks)


def judge(read: Inventory, limits: Limits) -> Verdict:
    """As a run does."""
    return verdict(view(read), limits, None, scope(read, Selection()).agents)


@given(st.lists(declared, min_size=1, max_size=5), st.data())
def test_losing_span_types_never_turns_red_to_green_where_the_version_before_is_read(
    risks: list[Any], data: st.DataObject
) -> None:
    entries = [span_type(f"tool:{number}", each) for number, each in enumerate(risks)]
    kept = data.draw(st.lists(st.sampled_from(entries), unique_by=lambda entry: entry["name"]))
    limits = data.draw(st.sampled_from(LIMITS))
    before = judge(inventory(agent(), version(1, *entries)), limits)
    after = judge(inventory(agent(), version(1, *entries), version(2, *kept)), limits)
    assert red(after) or not red(before)


@given(st.lists(declared, min_size=1, max_size=4), st.data())
def test_taking_a_declaration_away_never_turns_red_to_green(risks: list[Any], data: st.DataObject) -> None:
    entries = [span_type(f"tool:{number}", each) for number, each in enumerate(risks)]
    taken = data.draw(st.sets(st.sampled_from(range(len(entries))), min_size=1))
    silent = [span_type(entry["name"]) if number in taken else entry for number, entry in enumerate(entries)]
    limits = data.draw(st.sampled_from(LIMITS))
    assert red(judge(inventory(agent(), version(1, *silent)), limits)) or not red(
        judge(inventory(agent(), version(1, *entries)), limits)
    )


@given(st.data())
def test_nothing_goes_that_a_baseline_knows_without_turning_the_gate_red(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    drawn: st.SearchStrategy[list[list[Any]]] = st.lists(st.lists(declared, max_size=3), min_size=1, max_size=3)
    agents = [
        [agent(f"a{n}", f"Agent {n}"), schema_version(f"v{n}", *_named(risks), agent=f"a{n}")]
        for n, risks in enumerate(data.draw(drawn))
    ]
    whole = view(inventory(*(item for one in agents for item in one)))
    base = known(whole, tmp_path_factory.mktemp("known"))
    gone = data.draw(st.integers(0, len(agents) - 1))
    names = list(agents[gone][1]["span_type_schemas"])
    entry: str | None = data.draw(st.sampled_from([None, *names]))
    if entry is None:
        del agents[gone]
    else:
        del agents[gone][1]["span_type_schemas"][entry]
    left = view(inventory(*(item for one in agents for item in one)))
    assert red(verdict(left, data.draw(st.sampled_from([*LIMITS, Limits(fail_on_new=True)])), base))


def _named(risks: list[Any]) -> list[dict[str, Any]]:
    return [span_type(f"tool:{number}", each) for number, each in enumerate(risks)]


@given(st.lists(st.tuples(st.sampled_from(["span", "quality", "alert"]), st.sampled_from([None, {}])), max_size=4))
def test_no_agent_without_a_decided_field_passes(entries: list[tuple[str, Any]]) -> None:
    maps: dict[str, dict[str, Any]] = {"span": {}, "quality": {}, "alert": {}}
    for number, (kind, said) in enumerate(entries):
        maps[kind][f"n{number}"] = {"name": f"n{number}", "data_risk": said}
    held = {"quality_schemas": maps["quality"], "alert_schemas": maps["alert"], "span_type_schemas": maps["span"]}
    assert verdict(view(inventory(agent(), version(1) | held)), Limits()).outcome == "failed"


@pytest.mark.parametrize("name", ["hospital-agent", "hospital-silenced", "support-agent", "coding-agent"])
def test_a_case_with_a_declaration_taken_away_is_red_against_what_it_was(
    datarisk: Datarisk, tmp_path: Path, name: str
) -> None:
    case = json.loads((CASES / f"{name}.json").read_bytes())
    judged(datarisk, put(tmp_path, f"{name}.json", case), "--write-baseline", baseline.BASELINE_FILE, status=0)
    entries = case if isinstance(case, list) else case["span_type_schemas"]
    entries[0] = span_type(entries[0]["name"])
    judged(datarisk, put(tmp_path, f"{name}.json", case), status=1)


def test_what_was_included_and_is_silenced_is_red_against_what_it_was(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "agent.json", (CASES / "hospital-agent.json").read_bytes())
    judged(datarisk, "agent.json", "--write-baseline", baseline.BASELINE_FILE, status=0)
    put(tmp_path, "agent.json", (CASES / "hospital-silenced.json").read_bytes())
    found = judged(datarisk, "agent.json", status=1)
    assert [reason["kind"] for reason in found["reasons"]] == ["silenced", "risen", "findings"]


@pytest.mark.parametrize("name", ["gamed", "one"])
def test_a_case_that_answers_next_to_nothing_is_red_with_nothing_configured(
    datarisk: Datarisk, tmp_path: Path, name: str
) -> None:
    found = judged(datarisk, put(tmp_path, f"{name}.json", (CASES / f"{name}.json").read_bytes()), status=1)
    assert [reason["kind"] for reason in found["reasons"]] == ["unanswered"]
