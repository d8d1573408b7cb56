"""``datarisk run``: what it says and ends with, that one report costs no other, and that no two run at once."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import ROOT, Called
from far_end import Answer, Asked, account, far_end, of_agent, said
from gate_calls import OPEN, QUIET, SILENT, put
from nights import ONE, Nights

from reporter.plain.canonical import digest

PASSED = "the gate passed, with no baseline to compare with"
TOKEN = "not-a-real-token-of-this-test"
TWO = """
[[report]]
name = "{first}"
sources = ["{first}"]
output = "out"
[[report]]
name = "{second}"
sources = ["{second}"]
output = "out"
"""


def test_a_run_that_finds_nothing_new_says_one_line(nights: Nights) -> None:
    nights.file(ONE + ONE.replace("night", "morning"))
    nights.declare(claims=OPEN, other=QUIET)
    first = nights.run()
    assert re.fullmatch(
        f"night: the first complete report; (\\d+) questions open; {PASSED}; reports/local/20261123T180000Z\n"
        f"morning: the first complete report; \\1 questions open; {PASSED}; reports/local/20261123T180000Z-2\n",
        first,
    ), first
    second = nights.run()
    assert re.fullmatch(r"2 reports, nothing new: 4 agents, \d+ questions open; the gate passed\n", second), second


def test_a_run_that_finds_something_new_says_a_line_for_each_report(nights: Nights) -> None:
    nights.file(TWO.format(first="in", second="in").replace('"in"\nsources', '"live"\nsources', 1))
    nights.declare(claims=QUIET)
    nights.run()
    nights.file(TWO.format(first="in", second="other").replace('name = "in"', 'name = "live"'))
    put(nights.folder, "other/claims.json", QUIET)
    nights.run()
    nights.declare(claims=OPEN)
    lines = nights.run().splitlines()
    assert len(lines) == 2
    assert re.match(
        r"live: \d+ new.*; \d+ questions? open; the gate passed, with no baseline to compare with; ", lines[0]
    ), lines
    assert lines[1].startswith("other: nothing new; "), lines


def test_every_run_of_a_schedule_is_sealed_with_the_key_of_its_report_and_old_ones_are_still_taken_away(
    nights: Nights, called: Called
) -> None:
    called("keys", "new", "seal.key", folder=nights.folder)
    nights.file(f'{ONE}baseline = "none"\nkeep_last = 2\n[report.seal]\nkey = "seal.key"\n')
    nights.declare(claims=QUIET)
    for _ in range(3):
        nights.run()
    runs = sorted(nights.folder.glob("reports/local/2*"))
    assert len(runs) == 2
    for run in runs:
        status, told = called("verify", str(run), "--trust", "seal.key.pub.pem", folder=nights.folder)
        assert (status, "whom --trust names" in told) == (0, True), told


def test_quiet_it_says_nothing_as_long_as_there_is_nothing_to_say(nights: Nights) -> None:
    nights.file()
    nights.declare(claims=QUIET)
    assert nights.run("-q").startswith("night: the first complete report")
    assert nights.run("-q") == ""
    nights.declare(claims=OPEN)
    assert " new" in nights.run("-q")
    put(nights.folder, "datarisk.toml", b'formats = ["json"]\npolicy.fail_on = "high"\n')
    assert nights.run("-q", status=1).startswith("night: beyond the limits now; ")
    # What is beyond the limits is told every night.
    line = nights.run("-q", status=1)
    assert re.fullmatch(r"1 report, nothing new: 1 agent, \d+ questions open; the gate failed as before: night\n", line)


def test_what_is_beyond_the_limits_ends_with_1_every_night_and_with_0_only_if_that_is_asked_for(
    nights: Nights,
) -> None:
    nights.file(f'{ONE}policy.fail_on = "high"\n')
    nights.declare(claims=OPEN)
    assert "the gate failed: " in nights.run(status=1)
    nights.run(status=1)
    nights.run("--exit-zero")
    assert len(nights.kept) == 3
    nights.declare(torn=b"{")
    nights.run("--exit-zero", status=3)


def test_the_gate_does_not_forget_what_the_last_run_has_seen(nights: Nights, called: Called) -> None:
    nights.file()
    nights.declare(claims=QUIET)
    nights.run()
    assert called("check", "in", "--write-baseline", "datarisk-baseline.json")[0] == 0
    nights.declare(claims=OPEN)
    assert " new" in nights.run(status=1)
    # The report compares with last night; the gate with what was agreed.
    assert "nothing new" in nights.run(status=1)


def test_one_report_s_failure_costs_no_other_and_the_worst_status_counts(nights: Nights) -> None:
    put(nights.folder, "good/claims.json", QUIET)
    put(nights.folder, "risky/claims.json", OPEN)
    put(nights.folder, "torn/claims.json", b"{")
    put(nights.folder, "torn/more.json", QUIET)
    put(nights.folder, "a-file", b"")
    report = '[[report]]\nname = "{0}"\nsources = ["{0}"]\noutput = "out-{0}"\n'
    named = {
        "good": (report.format("good"), 0),
        "risky": (f'{report.format("risky")}policy.fail_on = "high"\n', 1),
        "gone": (report.format("gone"), 2),
        "torn": (report.format("torn"), 3),
        "waived": (report.format("waived").replace('["waived"]', '["good"]') + 'policy.waivers = "no-such-file"\n', 2),
        "nowhere": (report.format("good").replace("out-good", "a-file/out").replace('= "good"', '= "nowhere"'), 2),
    }  # fmt: skip
    for last, (_, status) in named.items():
        chosen = ["good", "risky", last] if last in ("gone", "torn", "waived", "nowhere") else ["good", last]
        nights.file("".join(named[each][0] for each in dict.fromkeys([last, *chosen])))
        told = nights.run(status=max(status, *(named[each][1] for each in chosen)))
        assert all(f"{each}: " in told for each in chosen)
        assert len(list(nights.folder.glob(f"out-good/local/*{nights.day + 23}T*"))) == 1


def test_a_fault_of_one_is_a_fault_of_the_run_and_costs_no_other(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("good", "bad"):
        put(nights.folder, f"{name}/claims.json", QUIET)
    nights.file(TWO.format(first="bad", second="good"))
    write = Path.rename

    def fails(self: Path, target: Path) -> Path:
        if "bad" in calls.pop():
            raise OSError(28, "No space left on device")
        return write(self, target)

    calls = ["good", "bad"]
    monkeypatch.setattr(Path, "rename", fails)
    told = nights.run(status=4)
    assert "bad: no report (status 4): cannot be written: No space left on device" in told
    assert "good: the first complete report" in told


def test_incomplete_evidence_ends_with_3_and_is_never_what_the_next_run_is_held_against(nights: Nights) -> None:
    nights.file()
    nights.declare(claims=QUIET)
    nights.run()
    nights.declare(claims=OPEN, torn=b"{")
    assert "incomplete, so nothing may be concluded" in nights.run(status=3)
    nights.declare(torn=None)
    assert " new" in nights.run()
    assert nights.report()["since"]["baseline"]["made_at"] == "2026-11-23T18:00:00Z"


def test_a_report_is_held_against_the_last_complete_run_of_its_own_name_and_scope(nights: Nights) -> None:
    nights.declare(claims=OPEN)
    nights.file()
    nights.run()
    nights.file(ONE.replace("night", "other"))
    assert "the first complete report" in nights.run()
    nights.file(ONE + 'agents = ["claims"]\n')
    assert "the first complete report" in nights.run()
    nights.file()
    assert "nothing new" in nights.run()
    assert nights.report()["since"]["baseline"]["made_at"] == "2026-11-23T18:00:00Z"


def test_a_torn_or_foreign_run_is_passed_over_and_told(nights: Nights) -> None:
    nights.file()
    nights.declare(claims=OPEN)
    nights.run()
    nights.run()
    nights.run()
    runs = sorted(nights.archive.glob("2*"))
    (runs[1] / "manifest.json").write_text("{")
    (runs[2] / "report.json").write_text("{}")
    told = nights.run()
    assert "not compared with local/20261124T180000Z: its manifest is torn, or not one of ours" in told
    assert "not compared with local/20261125T180000Z: its report.json is not the one that was written" in told
    assert nights.report()["since"]["baseline"]["made_at"] == "2026-11-23T18:00:00Z"


def test_a_clock_that_went_back_is_told_and_costs_nothing(nights: Nights) -> None:
    nights.file()
    nights.declare(claims=OPEN)
    nights.run(night=9)
    told = nights.run(night=2)
    assert "the last complete run, 20261202T180000Z, is of a later time than now: a clock went back" in told
    assert nights.kept == ["20261125", "20261202"]


def test_with_baseline_none_it_still_tells_what_nobody_was_told(nights: Nights) -> None:
    nights.file(f'{ONE}baseline = "none"\n')
    nights.declare(claims=OPEN)
    assert re.match(r"night: \d+ new; ", nights.run())
    assert "nothing new" in nights.run()
    assert nights.report()["since"] is None


def test_its_gate_is_that_of_check_and_its_report_shows_the_runs_before(nights: Nights) -> None:
    nights.file(f"{ONE}policy.max_not_assessed = 99\npolicy.max_unknown_age_days = 1\n")
    nights.declare(claims=QUIET)
    nights.run()
    nights.declare(claims=SILENT)
    nights.run()
    # What the archive alone knows: for how long a field has been undecided.
    line = nights.run(night=5, status=1)
    assert "beyond the limits now; " in line
    assert "undecided for more than 1 day" in line
    assert "nothing new: 1 agent, 2 questions open; the gate failed as before: night" in nights.run(status=1)
    assert len(nights.report()["trend"]["runs"]) == 4


def test_a_run_is_kept_in_an_archive_elsewhere_as_well(nights: Nights) -> None:
    nights.file(f'{ONE}archive = "kept"\nkeep_last = 1\nbaseline = "none"\n')
    nights.declare(claims=QUIET)
    nights.run()
    nights.run()
    assert nights.kept == ["20261124"]
    kept = sorted(path.name for path in (nights.folder / "kept/local").glob("2*"))
    assert kept == ["20261123T180000Z", "20261124T180000Z"]


def test_a_last_run_that_this_program_cannot_read_is_told_and_costs_no_report(nights: Nights) -> None:
    nights.file()
    nights.declare(claims=OPEN)
    nights.run()
    run = (nights.archive / "latest").resolve()
    report = (run / "report.json").read_bytes()
    newer = report.replace(b'"datarisk/report/2"', b'"datarisk/report/9"')
    manifest = (run / "manifest.json").read_text()
    (run / "report.json").write_bytes(newer)
    (run / "manifest.json").write_text(manifest.replace(digest(report), digest(newer)))
    told = nights.run()
    assert "not compared with local/20261123T180000Z: datarisk/report/9 is no baseline" in told
    assert "night: the first complete report" in told


def test_a_dry_run_reads_and_judges_and_changes_nothing(nights: Nights) -> None:
    nights.file(f"{ONE}keep_last = 1\n")
    nights.declare(claims=OPEN)
    assert "nothing was written" in nights.run("--dry-run")
    assert not (nights.folder / "reports").exists()
    nights.run()
    nights.run()
    nights.run()
    before = {path: path.stat().st_mtime_ns for path in nights.folder.rglob("*")}
    told = nights.run("--dry-run")
    assert "night: local/20261125T180000Z would be removed: no rule keeps it" in told
    assert "night: local/20261126T180000Z would be kept: 2026" in told
    assert {path: path.stat().st_mtime_ns for path in nights.folder.rglob("*")} == before


# The log ------------------------------------------------------------------------------------------------------------


@contextmanager
def started(folder: Path, *args: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """The command, in a process of its own."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("DATARISK", "PREFACTOR"))}
    env |= {"PYTHONPATH": str(ROOT), "NO_COLOR": "1", **environment}
    command = [sys.executable, "-m", "reporter.cli", "run", *args]
    with subprocess.Popen(
        command,
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_the_log_is_an_object_a_line_with_stable_keys_and_the_results_stay_on_stdout(nights: Nights) -> None:
    put(nights.folder, "torn/claims.json", b"{")
    with far_end(account(), of_agent) as far:
        text = (
            f'{ONE}\n[[report]]\nname = "torn"\nsources = ["torn"]\n[[report]]\nname = "far"\napi_url = "{far.url}"\n'
        )
        nights.file(text)
        nights.declare(claims=OPEN)
        reached = {"PREFACTOR_API_URL": far.url, "PREFACTOR_API_TOKEN": TOKEN}
        with started(nights.folder, "--log-format", "json", **reached) as process:
            out, err = process.communicate(timeout=60)
    lines = [json.loads(line) for line in err.splitlines()]
    assert process.returncode == 3
    assert [line.split(":")[0] for line in out.splitlines()] == ["night", "torn", "far"]
    assert TOKEN not in out + err
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["time"]) for line in lines)
    assert {line["level"] for line in lines} == {"info", "warning"}
    assert (lines[0]["event"], lines[-1]["event"]) == ("run started", "run ended")
    assert lines[0]["reports"] == ["night", "torn", "far"]
    assert (lines[-1]["status"], lines[-1]["reports"]) == (3, 3)
    ended = {line["report"]: line for line in lines if line["event"] == "report ended"}
    assert list(ended) == ["night", "torn", "far"]
    keys = {"time", "level", "event", "report", "status", "complete", "gate", "account", "run", "agents", "open", "new"}
    assert all(line.keys() == keys for line in ended.values())
    assert [(line["status"], line["complete"]) for line in ended.values()] == [(0, True), (3, False), (0, True)]
    assert any(line["event"] == "complaint" and line["report"] == "torn" for line in lines)
    # Where the token went is told without it.
    assert any(far.url in line.get("message", "") for line in lines if line["event"] == "said")


def test_a_mistake_and_a_failure_are_lines_of_the_log_too(nights: Nights) -> None:
    nights.file("[[report]]\nnme = 'a'\n")
    with started(nights.folder, "--log-format", "json") as process:
        _, err = process.communicate(timeout=60)
    [line] = map(json.loads, err.splitlines())
    assert (process.returncode, line["level"], line["event"]) == (2, "error", "error")
    assert "datarisk-run.toml:2: no such key: nme" in line["message"]
    nights.file(ONE)
    with started(nights.folder, "--log-format", "json", "--debug") as process:
        out, err = process.communicate(timeout=60)
    lines = list(map(json.loads, err.splitlines()))
    [error] = [each for each in lines if each["level"] == "error"]
    assert (process.returncode, error["report"], error["status"]) == (2, "night", 2)
    assert "Traceback" in error["traceback"]
    [ended] = [each for each in lines if each["event"] == "report ended"]
    assert (ended["status"], ended["complete"], ended["run"]) == (2, False, None)
    assert out.startswith("night: no report (status 2): ")


# One at a time --------------------------------------------------------------------------------------------------------


def waiting(asked: threading.Event, over: threading.Event) -> object:
    def slow(one: Asked, times: int) -> Answer | None:
        asked.set()
        over.wait(30)
        return of_agent(one, times)

    return slow


def test_of_two_at_once_the_second_gives_way_and_says_who_holds_it_since_when(nights: Nights) -> None:
    asked, over = threading.Event(), threading.Event()
    nights.file("[[report]]\nname = 'far'\n")
    with far_end(account(), waiting(asked, over)) as far:  # type: ignore[arg-type]
        reached = {"PREFACTOR_API_URL": far.url, "PREFACTOR_API_TOKEN": TOKEN, "DATARISK_TIMEOUT": "60"}
        with started(nights.folder, **reached) as first:
            try:
                assert asked.wait(30)
                with started(nights.folder, **reached) as second:
                    out, err = second.communicate(timeout=60)
            finally:
                over.set()
            first_out, _ = first.communicate(timeout=60)
        assert (second.returncode, out) == (75, "")
        assert re.search(
            rf"report far: the run before this one still goes on: process {first.pid} on \S+ has held it since "
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\. This one gave way; nothing was read, written or sent\.",
            err,
        ), err
        assert (first.returncode, first_out.startswith("far: the first complete report")) == (0, True)
        assert far.count("/account") == 1
        assert len(list(nights.folder.glob("reports/*/2*"))) == 1


def test_a_run_that_was_killed_leaves_no_lock(nights: Nights) -> None:
    asked, over = threading.Event(), threading.Event()
    nights.file("[[report]]\nname = 'far'\n")
    with far_end(account(), waiting(asked, over)) as far:  # type: ignore[arg-type]
        reached = {"PREFACTOR_API_URL": far.url, "PREFACTOR_API_TOKEN": TOKEN, "DATARISK_TIMEOUT": "60"}
        with started(nights.folder, **reached) as first:
            assert asked.wait(30)
            first.kill()
            first.wait(timeout=30)
        over.set()
        with started(nights.folder, **reached) as second:
            out, err = second.communicate(timeout=60)
    assert second.returncode == 0, err
    assert out.startswith("far: the first complete report")


@pytest.mark.parametrize("log", [(), ("--log-format", "json")])
def test_a_run_that_is_ended_keeps_what_was_done_and_leaves_nothing_half_written(
    nights: Nights, log: tuple[str, ...]
) -> None:
    asked, over = threading.Event(), threading.Event()
    nights.file(f"{ONE}\n[[report]]\nname = 'far'\n")
    nights.declare(claims=OPEN)
    with far_end(account(), waiting(asked, over)) as far:  # type: ignore[arg-type]
        reached = {"PREFACTOR_API_URL": far.url, "PREFACTOR_API_TOKEN": TOKEN, "DATARISK_TIMEOUT": "60"}
        with started(nights.folder, *log, **reached) as process:
            try:
                assert asked.wait(30)
                process.send_signal(signal.SIGTERM)
                out, err = process.communicate(timeout=60)
            finally:
                over.set()
    assert process.returncode == 143
    assert out.startswith("night: the first complete report")
    assert "ended; nothing was left half written" in err
    if log:
        assert all(json.loads(line) for line in err.splitlines())
    assert len(list(nights.folder.glob("reports/local/2*/report.json"))) == 1
    assert not list(nights.folder.glob("reports/*/.run-*"))


def test_a_lock_s_file_that_is_somebody_else_s_is_no_traceback(nights: Nights) -> None:
    nights.file()
    nights.declare(claims=QUIET)
    nights.run()
    [lock] = nights.folder.glob("reports/.datarisk-run/*.lock")
    for text in (b"", b"\xff", b"[]", b"x" * 5000):
        lock.write_bytes(text)
        assert "nothing new" in nights.run()
    lock.unlink()
    lock.symlink_to(nights.folder / "elsewhere")
    assert "cannot be written" in nights.run(status=2)
    assert not (nights.folder / "elsewhere").exists()


def test_a_platform_that_refuses_is_told_once_and_named(nights: Nights) -> None:
    refused = said({"status": "error", "code": "unauthorized", "message": "No"}, 401)
    nights.file("[[report]]\nname = 'far'\n")
    with far_end(account(), lambda _, __: refused) as far:
        told = nights.run(status=3, PREFACTOR_API_URL=far.url, PREFACTOR_API_TOKEN=TOKEN)
    assert "far: no report (status 3): HTTP 401: the platform refuses the token" in told
    assert TOKEN not in told
