"""The gate against a baseline, as teams run it: a file among their own, and red for what is worse than it says."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import agent, decisions, risk, schema_version, span_type
from conftest import Datarisk
from gate_calls import OPEN, QUIET, judged, put

from reporter.declared.vocabulary import FIELDS

BASE = "datarisk-baseline.json"
INPUTS, OUTPUTS = "params_data_categories", "result_data_categories"
LOOK_UP = span_type("crm:lookup", risk("contact_information", allowed=("read_data",), result=("contact_information",)))
MODEL = span_type("llm:call", risk("contact_information"), params_schema={"type": "object", "title": "prompt"})
ORDER = span_type("shop:order", risk("financial_information"), params_schema={"type": "object", "title": "order"})


def declares(folder: Path, *entries: dict[str, Any]) -> str:
    return put(folder, "shop.json", {"span_type_schemas": [*entries]})


def changed(entry: dict[str, Any], part: str, **answers: str) -> dict[str, Any]:
    declared = entry["data_risk"]
    return entry | {"data_risk": declared | {part: declared[part] | answers}}


@pytest.fixture
def source(datarisk: Datarisk, tmp_path: Path) -> str:
    """What three span types declare, all of it decided, with a baseline of it."""
    name = declares(tmp_path, LOOK_UP, MODEL, ORDER)
    done = datarisk("check", name, "--write-baseline", BASE)
    assert done.returncode == 0, done.stdout
    return name


#: What the span types are afterwards, and what is said of it; nothing where the gate stays green.
SEVEN: dict[str, tuple[Callable[[], list[dict[str, Any]]], str | None]] = {
    "a look-up that newly returns health data": (
        lambda: [changed(LOOK_UP, OUTPUTS, health_and_medical="included"), MODEL, ORDER],
        "shop, crm:lookup: Health and medical (outputs) was excluded, and is included",
    ),
    "a model call that newly gets location": (
        lambda: [LOOK_UP, changed(MODEL, INPUTS, location_and_tracking="included"), ORDER],
        "shop, llm:call: Location and tracking (inputs) was excluded, and is included",
    ),
    "inputs regressed to unknown": (
        lambda: [LOOK_UP, MODEL, changed(ORDER, INPUTS, **dict.fromkeys(FIELDS["params_data_categories"], "unknown"))],
        "shop, shop:order: Financial information (inputs) was included, and is unknown",
    ),
    "newly external": (
        lambda: [LOOK_UP, changed(MODEL, "action_profile", external_communication="allowed"), ORDER],
        "shop, llm:call: External communication (actions) was disallowed, and is allowed",
    ),
    "data_risk lost": (
        lambda: [LOOK_UP, MODEL, ORDER | {"data_risk": None}],
        "shop, shop:order: was declared, and is undeclared",
    ),
    "a rename": (lambda: [LOOK_UP, MODEL, ORDER | {"name": "shop:place_order"}], None),
    "a harmless addition": (
        lambda: [LOOK_UP, MODEL, ORDER, span_type("shop:cart", risk("contact_information", allowed=("create_data",)))],
        None,
    ),
}


@pytest.mark.parametrize(("after", "words"), SEVEN.values(), ids=SEVEN)
def test_seven_changes(
    datarisk: Datarisk, tmp_path: Path, source: str, after: Callable[[], list[dict[str, Any]]], words: str | None
) -> None:
    declares(tmp_path, *after())
    done = datarisk("check", source)
    found = judged(datarisk, source)
    changes = [change for reason in found["reasons"] for change in reason["changes"]]
    if words is None:
        assert (done.returncode, found["reasons"]) == (0, []), done.stdout
        assert "Nothing is worse than in the baseline." in done.stdout
    else:
        assert (done.returncode, found["exit_status"], found["outcome"]) == (1, 1, "failed")
        assert words in done.stdout
        assert all(words.startswith(f"shop, {change['span_type']}: ") for change in changes)
        assert {"kind", "agent_id", "part", "field", "before", "after"} <= changes[0].keys()


def test_every_format_tells_what_is_worse(datarisk: Datarisk, tmp_path: Path, source: str) -> None:
    declares(tmp_path, *SEVEN["newly external"][0]())
    for kind in ("text", "json", "junit", "markdown", "github", "sarif", "codequality"):
        done = datarisk("check", source, "-f", kind)
        assert done.returncode == 1
        assert "was disallowed, and is allowed" in done.stdout, kind


# The file ----------------------------------------------------------------------------------------------------------


def test_the_baseline_of_the_project_is_found_from_a_folder_in_it(
    datarisk: Datarisk, tmp_path: Path, source: str
) -> None:
    (tmp_path / ".git").mkdir()
    declares(tmp_path, LOOK_UP, MODEL, ORDER | {"data_risk": None})
    assert judged(datarisk, source, status=1)["baseline"] == BASE
    put(tmp_path, "other.json", (tmp_path / BASE).read_bytes())
    (tmp_path / BASE).unlink()
    judged(datarisk, source, status=0)
    judged(datarisk, source, "--baseline", "other.json", status=1)
    (tmp_path / "datarisk.toml").write_text('[policy]\nbaseline = "other.json"\n')
    assert judged(datarisk, source, status=1)["baseline"] == "other.json"


def test_the_first_run_says_that_nothing_is_compared_and_how_to_begin(datarisk: Datarisk, tmp_path: Path) -> None:
    done = datarisk("check", put(tmp_path, "claims.json", OPEN))
    assert done.returncode == 0, done.stdout
    assert "Nothing is compared: there is no baseline." in done.stdout
    assert f"datarisk check claims.json --write-baseline {BASE}" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["claims.json"]


def test_writing_it_again_changes_no_byte_and_a_change_only_its_own_lines(
    datarisk: Datarisk, tmp_path: Path, source: str
) -> None:
    before = (tmp_path / BASE).read_text()
    assert datarisk("check", source, "--write-baseline", BASE, SOURCE_DATE_EPOCH="1801526400").returncode == 0
    assert (tmp_path / BASE).read_text() == before
    declares(tmp_path, ORDER, changed(MODEL, INPUTS, location_and_tracking="included"), LOOK_UP)
    datarisk("check", source, "--write-baseline", BASE)
    after = (tmp_path / BASE).read_text()
    [(old, new)] = [pair for pair in zip(before.splitlines(), after.splitlines(), strict=True) if pair[0] != pair[1]]
    assert "location_and_tracking" in new
    assert "location_and_tracking" not in old
    json.loads(after)
    judged(datarisk, source, status=0)


MINORS = {"minors_data": "included"}
FIRST, LAST = span_type("a:first", risk()), span_type("z:last", risk())
NEW_LOOK_UP, NEW_ORDER = changed(LOOK_UP, OUTPUTS, **MINORS), changed(ORDER, OUTPUTS, **MINORS)
NEW_MODEL = changed(MODEL, "action_profile", read_data="allowed") | {"params_schema": {"title": "new"}}
#: What two branches make of three span types, and both together.
PARALLEL: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]] = {
    "change neighbours": ([NEW_LOOK_UP, MODEL, ORDER], [LOOK_UP, NEW_MODEL, ORDER], [NEW_LOOK_UP, NEW_MODEL, ORDER]),
    "add at the end and change what was last": (
        [LOOK_UP, MODEL, ORDER, LAST], [LOOK_UP, MODEL, NEW_ORDER], [LOOK_UP, MODEL, NEW_ORDER, LAST]
    ),
    "add at the beginning and at the end": (
        [FIRST, LOOK_UP, MODEL, ORDER], [LOOK_UP, MODEL, ORDER, LAST], [FIRST, LOOK_UP, MODEL, ORDER, LAST]
    ),
    "take one away and change the next": ([MODEL, ORDER], [LOOK_UP, NEW_MODEL, ORDER], [NEW_MODEL, ORDER]),
}  # fmt: skip


@pytest.mark.parametrize("name", PARALLEL)
def test_parallel_branches_do_not_conflict(datarisk: Datarisk, tmp_path: Path, source: str, name: str) -> None:
    (tmp_path / BASE).rename(tmp_path / "base")
    for branch, entries in zip(("ours", "theirs", "both"), PARALLEL[name], strict=True):
        declares(tmp_path, *entries)
        datarisk("check", source, "--write-baseline", branch)
    merged = ["git", "merge-file", "-p", "ours", "base", "theirs"]
    done = subprocess.run(merged, cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, (tmp_path / "both").read_bytes())


def test_two_versions_in_scope_are_both_in_it(datarisk: Datarisk, tmp_path: Path) -> None:
    versions = [
        schema_version(f"v{n}", span_type("tool:a", each)) for n, each in enumerate((risk(), risk("minors_data")))
    ]
    put(tmp_path, "a.json", [agent(), *versions])
    judged(datarisk, "a.json", "--versions", "all", "--write-baseline", BASE, status=0)
    assert (tmp_path / BASE).read_text().count('"span_type": "tool:a"') == 2
    judged(datarisk, "a.json", "--versions", "all", status=0)


def test_a_folder_that_holds_its_baseline_is_read_without_it(datarisk: Datarisk, tmp_path: Path, source: str) -> None:
    put(tmp_path, f"in/{BASE}", (tmp_path / BASE).read_bytes())
    put(tmp_path, "in/shop.json", (tmp_path / source).read_bytes())
    judged(datarisk, "in", status=0)


# What else it asks -------------------------------------------------------------------------------------------------


def test_what_is_unknown_may_not_rise_of_any_agent(datarisk: Datarisk, tmp_path: Path) -> None:
    partly = changed(LOOK_UP, OUTPUTS, personal_identifiers="unknown", contact_information="unknown")
    for name, entry in (("one", LOOK_UP), ("two", partly)):
        put(tmp_path, f"all/{name}.json", {"span_type_schemas": [entry]})
    judged(datarisk, "all", "--write-baseline", BASE, status=0)
    new = changed(MODEL, OUTPUTS, personal_identifiers="unknown")
    put(tmp_path, "all/one.json", {"span_type_schemas": [LOOK_UP, new]})
    put(tmp_path, "all/two.json", {"span_type_schemas": [LOOK_UP]})
    found = judged(datarisk, "all", status=1)
    assert [(reason["kind"], reason["words"]) for reason in found["reasons"]] == [
        (
            "risen",
            "more fields are unknown or undeclared than in the baseline, of 1 agent: one 0 before, 1 now",
        )
    ]
    put(tmp_path, "all/one.json", {"span_type_schemas": [LOOK_UP]})
    judged(datarisk, "all", status=0)


def test_limits_on_unknown_hold_of_each_agent(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "all/one.json", {"span_type_schemas": [LOOK_UP, MODEL, ORDER]})
    half = LOOK_UP | {"data_risk": {part: each for part, each in LOOK_UP["data_risk"].items() if part != OUTPUTS}}
    put(tmp_path, "all/two.json", {"span_type_schemas": [half]})
    found = judged(datarisk, "all", "--max-unknown", "20", status=1)
    assert [reason["words"] for reason in found["reasons"]] == [
        "more than 20% of the fields of 1 agent are unknown or undeclared: two 42.9%"
    ]
    judged(datarisk, "all", "--max-unknown", "43", status=0)


@pytest.mark.parametrize("status", ["silent", "one answer"])
def test_an_agent_of_which_too_little_is_answered_is_red_with_nothing_configured_or_known(
    datarisk: Datarisk, tmp_path: Path, status: str
) -> None:
    entry = span_type("tool:a", None if status == "silent" else {"action_profile": {"read_data": "disallowed"}})
    put(tmp_path, "quiet.json", QUIET)
    put(tmp_path, "a.json", {"span_type_schemas": [entry]})
    for _ in range(2):
        found = judged(datarisk, "a.json", "quiet.json", "--write-baseline", BASE, status=1)
        assert [reason["kind"] for reason in found["reasons"]] == ["unanswered"]
    judged(datarisk, "a.json", "quiet.json", "--max-not-assessed", "0", status=1)
    judged(datarisk, "a.json", "quiet.json", "--max-not-assessed", "1", status=0)


# Older baselines ---------------------------------------------------------------------------------------------------


def test_a_report_is_a_baseline_too_and_knows_no_schemas(datarisk: Datarisk, tmp_path: Path, source: str) -> None:
    (tmp_path / BASE).unlink()
    datarisk("report", source, "-f", "json")
    given = ("--baseline", "reports/local/latest")
    for name, (after, words) in SEVEN.items():
        declares(tmp_path, *after())
        found = judged(datarisk, source, *given)
        assert found["exit_status"] == (words is not None), name


def test_a_baseline_of_the_first_version_knows_findings_alone_and_the_verdict_says_so(
    datarisk: Datarisk, tmp_path: Path
) -> None:
    put(tmp_path, "claims.json", OPEN)
    ids = {each["id"]: each["value_sha256"] for each in judged(datarisk, "claims.json")["findings"]}
    old = {
        "schema": "datarisk/baseline/1", "account": {"id": "local", "name": "local"}, "catalogue": "2026-11-01",
        "generated_at": "2026-11-01T00:00:00Z", "findings": ids,
        "agents": {"claims": {"name": "claims", "entries": {"span": ["tool:send", "tool:gone"]}}},
    }  # fmt: skip
    put(tmp_path, BASE, old)
    done = datarisk("check", "claims.json")
    assert done.returncode == 1
    assert "1 span type that the baseline knows is gone (claims tool:gone)" in done.stdout
    assert f"{BASE}: a baseline of an earlier version, which knows findings and no answers" in done.stdout
    old["agents"]["claims"]["entries"]["span"].remove("tool:gone")  # type: ignore[index]
    put(tmp_path, BASE, old)
    judged(datarisk, "claims.json", "--fail-on-new", status=0)


def test_a_baseline_of_other_rules_is_compared_by_answers_and_the_verdict_says_so(
    datarisk: Datarisk, tmp_path: Path, source: str
) -> None:
    older = json.loads((tmp_path / BASE).read_text()) | {"catalogue": "2025-01-01"}
    put(tmp_path, BASE, older)
    done = datarisk("check", source)
    assert done.returncode == 0
    assert "made with the rules of 2025-01-01, and these are those of " in done.stdout
    assert judged(datarisk, source)["notes"][0].endswith(
        "compared by what was declared, so that no rule makes a difference"
    )


def test_a_file_by_hand_in_another_form_is_read_alike(datarisk: Datarisk, tmp_path: Path, source: str) -> None:
    put(tmp_path, BASE, json.dumps(json.loads((tmp_path / BASE).read_text()), indent=4, sort_keys=True).encode())
    judged(datarisk, source, status=0)
    declares(tmp_path, *SEVEN["data_risk lost"][0]())
    judged(datarisk, source, status=1)


def test_every_answer_is_held_in_it(datarisk: Datarisk, tmp_path: Path, source: str) -> None:
    """Each field that is decided in the baseline is red when it is unknown."""
    for part, fields in FIELDS.items():
        for field in (fields[0], fields[-1]):
            assert decisions(part, field)
            declares(tmp_path, LOOK_UP, MODEL, changed(ORDER, part, **{field: "unknown"}))
            [change] = judged(datarisk, source, status=1)["reasons"][0]["changes"]
            assert (change["part"], change["field"], change["after"]) == (part, field, "unknown")
