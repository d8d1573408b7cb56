"""The gate as people run it: its status, what it says and where, and every way to call it wrongly."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from builders import agent, risk, schema_version, span_type
from conftest import ROOT, Datarisk
from gate_calls import OPEN, OUTSIDE, OWN, QUIET, SILENT, WAIVER, judged, of_rule, put, waived


@pytest.fixture
def datarisk(datarisk: Datarisk) -> Datarisk:
    """With a threshold: by itself no finding fails a gate."""
    return partial(datarisk, DATARISK_POLICY__FAIL_ON="high")


def test_it_fails_with_1_says_why_first_and_how_to_see_more(datarisk: Datarisk, tmp_path: Path) -> None:
    done = datarisk("check", put(tmp_path, "claims.json", OPEN))
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"FAILED: review needed\.  1 agent, 1 span type; \d+ findings?", lines[0])
    assert re.fullmatch(r"  1\. \d+ high findings? \(high is the limit\): .*X01 .*", lines[1])
    assert "high" in lines
    assert re.search(r"^      [0-9a-f]{16}  claims  tool:send$", done.stdout, re.MULTILINE)
    assert re.search(r"datarisk explain X01$", done.stdout, re.MULTILINE)
    assert re.search(r"datarisk waivers new [0-9a-f]{16} claims.json$", done.stdout, re.MULTILINE)
    assert done.stderr == ""


def test_it_ends_with_0_where_nothing_is_beyond_the_limits_and_concludes_nothing(
    datarisk: Datarisk, tmp_path: Path
) -> None:
    done = datarisk("check", put(tmp_path, "claims.json", QUIET))
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("Nothing is beyond the limits.  1 agent, 1 span type; ")
    assert "No finding of severity high is open. That is what was asked for here, and concludes nothing in law." in (
        done.stdout
    )


def test_nothing_is_written_but_what_was_asked_for(datarisk: Datarisk, tmp_path: Path) -> None:
    datarisk("check", put(tmp_path, "claims.json", OPEN))
    assert [path.name for path in tmp_path.iterdir()] == ["claims.json"]


def test_the_threshold_is_an_option_or_a_setting(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", OPEN)
    assert datarisk("check", "claims.json", "--fail-on", "never").returncode == 0
    unset = {"DATARISK_POLICY__FAIL_ON": ""}
    assert datarisk("check", "claims.json", **unset).returncode == 0
    (tmp_path / "datarisk.toml").write_text('[policy]\nfail_on = "high"\n')
    assert datarisk("check", "claims.json", **unset).returncode == 1
    assert datarisk("check", "claims.json", "--fail-on", "never", **unset).returncode == 0
    assert datarisk("check", "claims.json", DATARISK_POLICY__FAIL_ON="never").returncode == 0


def test_what_is_not_assessed_or_unknown_has_limits(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", SILENT)
    never = ("check", "claims.json", "--fail-on", "never")
    assert datarisk(*never, "--max-not-assessed", "1", "--max-unknown", "50").returncode == 0
    done = datarisk(*never, "--max-not-assessed", "0", "--max-unknown", "49.5")
    assert done.returncode == 1
    assert "  1. 1 span type not assessed, of at most 0 tolerated\n" in done.stdout
    assert "  2. 42 of 84 fields (50.0%) are unknown or undeclared, of at most 49.5% tolerated\n" in done.stdout


def test_incomplete_evidence_ends_with_3_whatever_is_tolerated_and_findings_are_printed(
    datarisk: Datarisk, tmp_path: Path
) -> None:
    put(tmp_path, "in/claims.json", OPEN)
    put(tmp_path, "in/broken.json", b"{")
    for args in ([], ["--fail-on", "never"], ["--exit-zero"]):
        done = datarisk("check", "in", *args)
        assert done.returncode == 3, done.stdout
        assert done.stdout.startswith("INCOMPLETE: nothing may be concluded.  ")
        assert "  1. the evidence is incomplete, so nothing may be concluded: 1 thing could not be read" in done.stdout
        assert "datarisk: not read: file in/broken.json" in done.stderr
    assert "X01" in datarisk("check", "in").stdout


def test_a_waiver_turns_no_3_into_0(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "in/claims.json", OPEN)
    waived(datarisk, tmp_path, "in")
    put(tmp_path, "in/broken.json", b"{")
    found = judged(datarisk, "in", status=3)
    assert [item["status"] for item in of_rule(found, "X01")] == ["accepted"]


def test_an_empty_selection_ends_with_3_unless_it_is_what_was_wanted(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", OPEN)
    assert datarisk("check", "claims.json", "--agent", "nobody").returncode == 3
    assert datarisk("check", "claims.json", "--agent", "nobody", "--allow-empty").returncode == 0
    assert datarisk("check", "claims.json", "--agent", "CLAIMS").returncode == 1


def test_exit_zero_changes_only_1_to_0(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", OPEN)
    done = datarisk("check", "claims.json", "--exit-zero")
    assert done.returncode == 0
    assert done.stdout.startswith("FAILED")
    assert datarisk("check", "claims.json", "--exit-zero", "--agent", "nobody").returncode == 3
    assert datarisk("check", "nowhere.json", "--exit-zero").returncode == 2


def test_a_file_that_cannot_be_written_keeps_nothing_from_being_said(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", OPEN)
    (tmp_path / "taken").write_text("mine")
    done = datarisk("check", "claims.json", "-o", "taken/check.json", "-o", "check.txt")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "FAILED: review needed.  1 agent" in done.stderr
    assert done.stdout == "check.txt\n"
    assert (tmp_path / "check.txt").read_text().startswith("FAILED")


def test_files_are_written_as_their_names_end_and_their_paths_are_what_is_printed(
    datarisk: Datarisk, tmp_path: Path
) -> None:
    put(tmp_path, "claims.json", OPEN)
    done = datarisk("check", "claims.json", "-o", "out/check.json", "-o", "out/check.txt")
    assert (done.returncode, done.stdout) == (1, "out/check.json\nout/check.txt\n")
    assert "  1. " in done.stderr
    assert json.loads((tmp_path / "out/check.json").read_bytes())["outcome"] == "failed"
    assert (tmp_path / "out/check.txt").read_text() == datarisk("check", "claims.json").stdout
    done = datarisk("check", "claims.json", "-f", "json", "-o", "out/gate")
    assert json.loads((tmp_path / "out/gate").read_bytes())["exit_status"] == 1


def test_the_verdict_as_json_holds_reasons_findings_and_limits(datarisk: Datarisk, tmp_path: Path) -> None:
    found = judged(datarisk, put(tmp_path, "claims.json", OPEN), status=1)
    assert (found["outcome"], found["exit_status"]) == ("failed", 1)
    assert found["limits"]["fail_on"] == "high"
    [x01] = of_rule(found, "X01")
    assert x01["blocking"]
    assert x01["id"] in found["reasons"][0]["findings"]
    assert (x01["agent_name"], x01["since_baseline"]) == ("claims", None)
    assert [each["span_type"] for each in x01["instances"]] == ["tool:send"]
    [asked] = [each for each in found["issues"] if x01["id"] in each["findings"]]
    assert (asked["key"], asked["span_types"]) == ("recipients", ["tool:send"])
    assert found["coverage"] == {"claims": "answered"}


def test_the_same_evidence_and_clock_give_the_same_bytes(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", OPEN)
    for kind in ("text", "json"):
        said = {datarisk("check", "claims.json", "-f", kind, PYTHONHASHSEED=seed).stdout for seed in "12"}
        assert len(said) == 1


def test_long_lists_are_cut_and_v_shows_all(datarisk: Datarisk, tmp_path: Path) -> None:
    entries = [span_type(f"tool:{n:02}", risk("health_and_medical", allowed=OUTSIDE)) for n in range(12)]
    put(tmp_path, "claims.json", {"span_type_schemas": entries})
    (tmp_path / "datarisk.toml").write_text('[policy.severities]\nX01 = "high"\n')
    short, full = datarisk("check", "claims.json").stdout, datarisk("check", "claims.json", "-v").stdout
    assert "  claims  tool:00, tool:01, tool:02, tool:03, tool:04 and 7 more\n" in short
    assert re.search(r"^All findings.*: -v$", short, re.MULTILINE)
    assert "tool:11" not in short
    assert all(f"tool:{n:02}" in full for n in range(12))


def test_hostile_names_do_not_reach_the_terminal(datarisk: Datarisk, tmp_path: Path) -> None:
    name = "tool:\x1b[31m\u202egnp.exe" + "x" * 10_000
    entry = span_type(name, risk("health_and_medical", allowed=OUTSIDE))
    done = datarisk("check", put(tmp_path, "claims.json", {"span_type_schemas": [entry]}), "-v")
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert len(done.stdout) < 20_000


def test_a_waiver_accepts_until_its_last_day_ends_and_then_the_finding_is_back(
    datarisk: Datarisk, tmp_path: Path
) -> None:
    put(tmp_path, "claims.json", OPEN)
    waived(datarisk, tmp_path, "claims.json")
    [x01] = of_rule(judged(datarisk, "claims.json"), "X01")
    assert (x01["status"], x01["waiver"], x01["blocking"]) == ("accepted", "W-2026-001", False)
    last_second = datarisk("check", "claims.json", SOURCE_DATE_EPOCH="1801526399", TZ="Pacific/Kiritimati")
    assert "waiver W-2026-001 (X01): expires soon. Expires soon: it is in force until the end of 2027-02-01" in (
        last_second.stderr
    )
    done = datarisk("check", "claims.json", SOURCE_DATE_EPOCH="1801526400", TZ="America/Los_Angeles")
    assert done.returncode == 1
    assert "(Waiver W-2026-001 expired on 2027-02-01 (UTC).)" in done.stdout
    assert "datarisk: waiver W-2026-001 (X01): expired." in done.stderr


def test_any_change_of_what_is_declared_opens_the_finding_again(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", OPEN)
    waived(datarisk, tmp_path, "claims.json")
    changed = span_type("tool:send", risk("health_and_medical", allowed=OUTSIDE, result=("health_and_medical",)))
    put(tmp_path, "claims.json", {"span_type_schemas": [changed]})
    done = datarisk("check", "claims.json")
    assert done.returncode == 1
    assert "Waiver W-2026-001 does not accept it: what is declared is not what was accepted." in done.stdout
    assert "datarisk: waiver W-2026-001 (X01): changed." in done.stderr


def test_waivers_are_listed_in_the_report_and_their_findings_marked(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", OPEN)
    waived(datarisk, tmp_path, "claims.json")
    done = datarisk("report", "claims.json", "-f", "json", "--split", "agent")
    assert done.returncode == 0
    assert "waiver" not in done.stderr
    report = json.loads((tmp_path / "reports/local/latest/report.json").read_bytes())
    [waiver] = report["waivers"]
    [x01] = [item for item in report["agents"][0]["findings"] if item["rule"] == "X01"]
    assert (waiver["status"], waiver["findings"]) == ("in force", [x01["id"]])
    assert waiver["reason"] == "The hospital asks for it itself."
    assert (x01["status"], x01["waiver"]) == ("accepted", "W-2026-001")
    [split] = (tmp_path / "reports/local/latest/agents").iterdir()
    assert json.loads(split.read_bytes())["waivers"] == [waiver]
    late = datarisk("report", "claims.json", "-f", "json", SOURCE_DATE_EPOCH="1801526400")
    assert "datarisk: waiver W-2026-001 (X01): expired." in late.stderr


def test_a_rule_that_cannot_be_waived_fails_in_spite_of_its_waiver(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", OPEN)
    waived(datarisk, tmp_path, "claims.json")
    (tmp_path / "datarisk.toml").write_text('[policy]\nnon_waivable = ["X01"]\n')
    done = datarisk("check", "claims.json")
    assert done.returncode == 1
    assert "datarisk: waiver W-2026-001 (X01): refused. Findings of rule X01 cannot be waived" in done.stderr
    [x01] = of_rule(judged(datarisk, "claims.json"), "X01")
    refused = datarisk("waivers", "new", x01["id"], "claims.json")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "datarisk: datarisk.toml:2: findings of rule X01 cannot be waived.\n"


def test_a_waiver_that_matches_nothing_is_reported(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", OPEN)
    text = waived(datarisk, tmp_path, "claims.json")
    (tmp_path / "other.toml").write_text(text.replace('agent = "claims"', 'agent = "nobody"'))
    done = datarisk("check", "claims.json", "--waivers", "other.toml")
    assert done.returncode == 1
    assert "datarisk: waiver W-2026-001 (X01): matches nothing. It matches no finding of this report." in done.stderr


def test_severities_can_be_changed_and_rules_turned_off(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", OPEN)
    (tmp_path / "datarisk.toml").write_text('[policy.severities]\nX01 = "low"\n')
    assert [item["severity"] for item in of_rule(judged(datarisk, "claims.json"), "X01")] == ["low"]
    (tmp_path / "datarisk.toml").write_text('[policy.severities]\nX01 = "off"\n')
    assert not of_rule(judged(datarisk, "claims.json"), "X01")


def test_rules_of_the_organisation_s_own_count_like_ours(datarisk: Datarisk, tmp_path: Path) -> None:
    inside = {"span_type_schemas": [span_type("tool:a", risk("health_and_medical"))]}
    put(tmp_path, "claims.json", inside)
    (tmp_path / "own.toml").write_text(OWN)
    (tmp_path / "datarisk.toml").write_text('[policy]\nrules = ["own.toml"]\nnon_waivable = ["ORG-1"]\n')
    found = judged(datarisk, "claims.json", status=1)
    assert [item["severity"] for item in of_rule(found, "ORG-1")] == ["high"]
    assert "Who has reviewed it?" in datarisk("explain", "ORG-1").stdout


def test_only_new_findings_fail_against_a_baseline(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", OPEN)
    done = datarisk("check", "claims.json", "--write-baseline", "base.json", "--exit-zero")
    assert done.returncode == 0
    assert "The baseline: base.json" in done.stderr
    new = ("check", "claims.json", "--fail-on-new", "--baseline")
    done = datarisk(*new, "base.json")
    assert done.returncode == 0, done.stdout
    assert "(0 not in the baseline)" in done.stdout
    more = [*OPEN["span_type_schemas"], span_type("tool:mail", risk("health_and_medical", allowed=OUTSIDE))]
    put(tmp_path, "claims.json", {"span_type_schemas": more})
    done = datarisk(*new, "base.json")
    assert done.returncode == 1
    assert re.search(r"2\. \d+ high findings? that the baseline lacks \(high is the limit\): .*X01", done.stdout)
    assert re.search(r"claims  tool:mail, tool:send  \((new|changed since the baseline)\)", done.stdout)


def test_the_first_baseline_can_be_written_where_the_settings_name_it_already(
    datarisk: Datarisk, tmp_path: Path
) -> None:
    put(tmp_path, "claims.json", OPEN)
    (tmp_path / "datarisk.toml").write_text('[policy]\nfail_on_new = true\nbaseline = "base.json"\n')
    assert datarisk("check", "claims.json").returncode == 2
    assert datarisk("check", "claims.json", "--write-baseline", "base.json").returncode == 1
    assert datarisk("check", "claims.json").returncode == 0


def test_a_bundle_and_a_report_are_baselines_too(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", OPEN)
    datarisk("report", "claims.json", "-f", "json")
    for path in ("reports/local/latest", "reports/local/latest/report.json"):
        done = datarisk("check", "claims.json", "--fail-on-new", "--baseline", path)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_waiver_that_expired_brings_back_a_finding_that_the_baseline_never_knew(
    datarisk: Datarisk, tmp_path: Path
) -> None:
    put(tmp_path, "claims.json", OPEN)
    waived(datarisk, tmp_path, "claims.json")
    datarisk("check", "claims.json", "--write-baseline", "base.json")
    done = datarisk("check", "claims.json", "--baseline", "base.json", "--fail-on-new", SOURCE_DATE_EPOCH="1801526400")
    assert done.returncode == 1
    assert "expired on 2027-02-01" in done.stdout


def test_incomplete_evidence_makes_no_baseline(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "in/claims.json", OPEN)
    put(tmp_path, "in/broken.json", b"{")
    done = datarisk("check", "in", "--write-baseline", "base.json")
    assert done.returncode == 3
    assert "base.json: not written, because the evidence is incomplete" in done.stderr
    assert not (tmp_path / "base.json").exists()


def test_a_baseline_of_another_account_ends_with_2(datarisk: Datarisk, tmp_path: Path) -> None:
    version = schema_version("v1", *OPEN["span_type_schemas"])
    put(tmp_path, "one.json", [{"type": "account", "id": "acc1", "name": "One"}, agent(), version])
    put(tmp_path, "two.json", [{"type": "account", "id": "acc2", "name": "Two"}, agent(), version])
    assert datarisk("check", "one.json", "--write-baseline", "base.json").returncode == 1
    done = datarisk("check", "two.json", "--baseline", "base.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        "base.json: a baseline of the account One (acc1), and this is Two (acc2). Name the last report, or a baseline"
        in done.stderr
    )


#: The files that a call finds, its options, and what it says.
WRONG: dict[str, tuple[dict[str, str], list[str], str]] = {
    "an unknown key": (
        {"datarisk.toml": "[policy]\nfail_at = 'high'\n"},
        [],
        "datarisk.toml:2: no such setting: policy.fail_at. Did you mean [policy] fail_on? Known ones",
    ),
    "a mistyped rule of the policy": (
        {"datarisk.toml": '[policy]\nnon_waivable = [\n  "X01",\n  "X0l",\n]\n'},
        [],
        "datarisk.toml:4: there is no rule 'X0l'. `datarisk rules` lists all of them",
    ),
    "a mistyped rule of the severities": (
        {"datarisk.toml": '[policy.severities]\nX01 = "low"\nX99 = "low"\n'},
        [],
        "datarisk.toml:3: there is no rule 'X99'.",
    ),
    "a severity that there is not": (
        {"datarisk.toml": '[policy.severities]\nX01 = "severe"\n'},
        [],
        "datarisk.toml:2: policy.severities.X01: info, low, medium, high or off is expected, and it is another text.",
    ),
    "a mistyped rule of a waiver": (
        {"datarisk-waivers.toml": WAIVER.replace("X01", "X0I")},
        [],
        "datarisk-waivers.toml:3: waiver W-1, rule: there is no X0I. Name the rule whose finding it accepts, such as",
    ),
    "a wrong date": (
        {"datarisk-waivers.toml": WAIVER.replace("2027-02-01", '"1.2.2027"')},
        [],
        "datarisk-waivers.toml:9: waiver W-1, expires: no day: 1.2.2027. Write its last day",
    ),
    "a waiver without a reason": (
        {"w.toml": WAIVER.replace('reason = "The hospital asks for it itself."\n', "")},
        ["--waivers", "w.toml"],
        "w.toml:1: waiver W-1, it lacks its reason. Say why it is accepted, in at least 20 characters.",
    ),
    "two waivers of one id": (
        {"sub/w.toml": WAIVER + WAIVER, "datarisk.toml": '[policy]\nwaivers = "sub/w.toml"\n'},
        [],
        "sub/w.toml:11: a second waiver of the id W-1; the first is at sub/w.toml:2. Give each an id of its own.",
    ),
    "a condition on a field that does not exist": (
        {"own.toml": OWN.replace("health_and_medical", "health"), "datarisk.toml": '[policy]\nrules = ["own.toml"]\n'},
        [],
        "own.toml:9: ",
    ),
    "waivers that are not there": ({}, ["--waivers", "w.toml"], "w.toml: cannot be read: No such file or directory."),
    "a baseline that is not there": ({}, ["--baseline", "b.json"], "b.json: cannot be read: No such file"),
    "a baseline that is none": ({"b.json": "{}"}, ["--baseline", "b.json"], "b.json: no baseline. Name a bundle's"),
    "nothing to be new against": (
        {},
        ["--fail-on-new"],
        "command line, --fail-on-new: nothing is new without a baseline.",
    ),
    "a name that says no format": ({}, ["-o", "check.doc"], "check.doc: its name does not say in which format. Say"),
    "two files of one format": (
        {},
        ["-f", "json", "-o", "a", "-o", "b"],
        "command line: 2 files and one format. Leave -f out",
    ),
}


@pytest.mark.parametrize(("files", "args", "message"), WRONG.values(), ids=WRONG)
def test_bad_input_ends_with_2_and_names_file_line_and_remedy_and_applies_nothing(
    datarisk: Datarisk, tmp_path: Path, files: dict[str, str], args: list[str], message: str
) -> None:
    put(tmp_path, "claims.json", OPEN)
    for name, text in files.items():
        put(tmp_path, name, text.encode())
    done = datarisk("check", "claims.json", "--write-baseline", "base.json", *args)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert f"datarisk: {message}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "base.json").exists()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--fail-on", "severe"], "is not one of"),
        (["--max-not-assessed", "-1"], "is not in the range"),
        (["--max-unknown", "101"], "is not in the range"),
        (["-f", "docx"], "is not one of"),
    ],
)
def test_a_wrong_option_ends_with_2(datarisk: Datarisk, tmp_path: Path, args: list[str], message: str) -> None:
    done = datarisk("check", put(tmp_path, "claims.json", OPEN), *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_report_reads_waivers_as_strictly_as_the_gate(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", OPEN)
    put(tmp_path, "w.toml", WAIVER.replace("X01", "X0I").encode())
    done = datarisk("report", "claims.json", "-f", "json", "--waivers", "w.toml")
    assert done.returncode == 2
    assert "w.toml:3: waiver W-1, rule: there is no X0I" in done.stderr
    assert not (tmp_path / "reports").exists()


@pytest.fixture
def snapshot(datarisk: Datarisk, tmp_path: Path) -> Path:
    """The evidence of ten agents."""
    for number in range(10):
        entries = [span_type(f"tool:{n}", risk("health_and_medical", allowed=OUTSIDE)) for n in range(8)]
        put(tmp_path, f"in/agent{number}.json", {"span_type_schemas": entries})
    assert datarisk("collect", "in", "-o", "snapshot.json").returncode == 0
    return tmp_path / "snapshot.json"


LOADED = "import sys; from reporter.cli.process import run; run(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"


def test_checking_a_snapshot_loads_no_renderer_and_no_network(snapshot: Path) -> None:
    modules = _loaded(snapshot)
    assert "reporter.gate.policy" in modules
    assert not {"jinja2", "weasyprint", "httpx", "babel", "openpyxl"} & modules


def _loaded(snapshot: Path) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, "check", str(snapshot)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stderr.splitlines()[-1].split())


def _seconds(*args: str) -> float:
    """The least processor time of several runs, so that whatever else runs here does not count."""
    found = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *args], cwd=ROOT, capture_output=True, check=False, timeout=60)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(found)


def test_checking_a_snapshot_of_ten_agents_costs_at_most_twice_the_imports_that_it_needs(snapshot: Path) -> None:
    ours = sorted(
        name for name in _loaded(snapshot) if name.startswith("reporter.") and name != "reporter.cli.__main__"
    )
    imports = _seconds("-c", f"import {', '.join(ours)}")
    whole = _seconds("-m", "reporter.cli", "check", str(snapshot))
    assert whole <= 2 * imports, f"{whole:.2f} s of which {imports:.2f} s are imports"


def test_every_format_is_written_from_one_call_and_tells_the_same_finding(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", OPEN)
    names = ["c.txt", "c.json", "c.sarif", "c.xml", "c.md", "c.github.txt", "c.codequality.json"]
    done = datarisk("check", "claims.json", *(f"-o{name}" for name in names))
    assert (done.returncode, done.stdout.split()) == (1, names)
    for name in names:
        text = (tmp_path / name).read_text()
        assert "X01" in text or "Who receives personal data" in text
        assert "tool:send" in text or "tool%3Asend" in text
    kinds = ("sarif", "junit", "markdown", "github", "codequality")
    for kind, name in zip(kinds, names[2:], strict=True):
        assert datarisk("check", "claims.json", "-f", kind).stdout == (tmp_path / name).read_text()


def test_an_accepted_finding_is_told_with_its_waiver_under_its_question(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", OPEN)
    waived(datarisk, tmp_path, "claims.json")
    sarif = json.loads(datarisk("check", "claims.json", "-f", "sarif").stdout)
    results = sarif["runs"][0]["results"]
    [x01] = [f for each in results for f in each["properties"].get("findings", []) if f["rule"] == "X01"]
    assert (x01["status"], x01["failing"]) == ("accepted", False)
    assert "The hospital asks for it itself." in x01["waiver"]["reason"]
    assert "The hospital asks for it itself." in datarisk("check", "claims.json", "-f", "junit").stdout
