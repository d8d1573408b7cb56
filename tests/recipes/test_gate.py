"""``docs/recipes/datarisk-gate.sh``: reads once, judges in every format, and reads again only for status 3."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from far_end import Answer, Asked, said
from scheduled import CALM, RECIPES, RISKY, Ended, Gate, Platform, ended, reached, refused_until

FILES = ["check.codequality.json", "check.json", "check.md", "check.sarif", "check.xml", "snapshot.json"]


def _outcome(folder: Path) -> str:
    outcome: str = json.loads((folder / "check.json").read_text())["outcome"]
    return outcome


def test_nothing_beyond_the_limits_ends_with_0_and_every_file(gate: Gate, platform: Platform, place: Path) -> None:
    far = platform(CALM)
    done = gate(**reached(far))
    assert done.returncode == 0, done.stderr
    assert "1 agent, 1 span type" in done.stdout
    assert "datarisk-gate: status 0: nothing is beyond the limits" in done.stderr
    assert sorted(path.name for path in (place / "datarisk-gate").iterdir()) == FILES


def test_a_finding_ends_with_1_and_is_not_tried_again(gate: Gate, platform: Platform, place: Path) -> None:
    far = platform(RISKY)
    done = gate(**reached(far), GATE_REPORTS="reports", DATARISK_FORMATS="json")
    assert done.returncode == 1, done.stderr
    assert far.count("/account") == 1
    assert "X01" in done.stdout
    said = done.stdout + done.stderr
    assert said.count("(high is the limit)") == 1
    (report,) = place.glob("reports/*/*Z/report.json")
    told = json.loads((place / "datarisk-gate/check.json").read_text())
    assert json.loads(report.read_text())["evidence_sha256"] == told["evidence_sha256"]


def test_a_platform_that_refuses_once_and_then_answers_ends_with_0(gate: Gate, platform: Platform) -> None:
    far = platform(CALM, refused_until(1))
    done = gate(**reached(far))
    assert done.returncode == 0, done.stderr
    assert far.count("/account") == 2
    assert "try 1 of 3: the evidence is not complete, so nothing may be concluded; again in 0 s" in done.stderr


def test_a_platform_that_always_refuses_ends_with_3_after_so_many_tries(
    gate: Gate, platform: Platform, place: Path
) -> None:
    folder = place / "datarisk-gate"
    folder.mkdir()
    for name in FILES:
        (folder / name).write_text("of yesterday")
    far = platform(CALM, refused_until(1000))
    done = gate(**reached(far), GATE_TRIES="2")
    assert done.returncode == 3
    assert far.count("/account") == 2
    assert "datarisk-gate: status 3:" in done.stderr
    assert not [*folder.iterdir()]


def test_incomplete_evidence_is_judged_and_still_ends_with_3(gate: Gate, platform: Platform, place: Path) -> None:
    """Whatever the findings are, and whether or not they count."""

    def lost(asked: Asked, times: int) -> Answer | None:
        return said({"status": "error", "code": "gone", "message": "Gone"}, 404) if asked.path == "/agent/a0" else None

    far = platform(RISKY, lost)
    done = gate(**reached(far), GATE_TRIES="1", GATE_EXIT_ZERO="1")
    assert done.returncode == 3, done.stderr
    assert "not read" in done.stdout + done.stderr
    assert _outcome(place / "datarisk-gate") == "incomplete"


def test_a_wrong_setting_ends_with_2_and_asks_nobody(gate: Gate, platform: Platform, place: Path) -> None:
    far = platform(CALM)
    (place / "datarisk.toml").write_text('[policy]\nfail_on = "hihg"\n')
    done = gate(**reached(far))
    assert done.returncode == 2
    assert "datarisk.toml:2: policy.fail_on" in done.stderr
    assert not far.asked


def test_limits_of_the_settings_hold(gate: Gate, place: Path) -> None:
    assert gate("risky.json", DATARISK_POLICY__FAIL_ON="never").returncode == 0
    assert _outcome(place / "datarisk-gate") == "passed"


def test_findings_may_be_told_without_failing(gate: Gate, place: Path) -> None:
    done = gate("risky.json", GATE_EXIT_ZERO="1")
    assert done.returncode == 0
    assert "they do not fail" in done.stderr
    assert _outcome(place / "datarisk-gate") == "failed"


def test_a_log_is_printed_only_if_something_went_wrong(gate: Gate, place: Path) -> None:
    calm = gate("calm.json", GATE_LOG="log")
    assert (calm.returncode, calm.stdout, calm.stderr) == (0, "", "")
    assert "1 agent, 1 span type" in (place / "log").read_text()
    risky = gate("risky.json", GATE_LOG="log")
    assert (risky.returncode, risky.stderr) == (1, "")
    assert risky.stdout.rstrip().endswith("status 1: findings are beyond the limits; somebody has to look at them")


@pytest.mark.parametrize(
    ("sources", "more"),
    [
        (("-",), {}),
        (("calm.json",), {"GATE_TRIES": "many"}),
        (("calm.json",), {"GATE_WAIT": "1.5"}),
        (("--allow-empty",), {}),
        (("calm.json",), {"GATE_FOLDER": "calm.json"}),
        (("calm.json",), {"GATE_LOG": "no/such/folder/log"}),
    ],
)
def test_what_it_cannot_be_told_ends_with_2(
    gate: Gate, place: Path, sources: tuple[str, ...], more: dict[str, str]
) -> None:
    done = gate(*sources, **more)
    assert done.returncode == 2, done.stderr
    assert done.stderr


# --- with a program that ends as it is told, as the real one has no fault to order


@pytest.fixture
def program(place: Path, gate: Gate) -> Callable[..., tuple[int, list[str]]]:
    """Runs the gate with a program that ends as told by command; gives its status and the commands that were run."""

    def run(collect: int = 0, check: int = 0, report: int = 0, shell: str = "", **more: str) -> tuple[int, list[str]]:
        told = place / "told"
        told.write_text(
            f'#!/bin/sh\necho "$1" >>"{place}/called"\n'
            '[ "$1" = collect ] && echo "{}" >"$3"\n'
            f"case $1 in collect) exit {collect} ;; check) exit {check} ;; report) exit {report} ;; esac\n"
        )
        told.chmod(0o755)
        (place / "called").unlink(missing_ok=True)
        env = {"GATE_DATARISK": str(told), "GATE_REPORTS": "reports", **more}
        done = gate(**env) if not shell else _in_shell(shell, place, env)
        return done.returncode, (place / "called").read_text().split()

    return run


def _in_shell(shell: str, place: Path, env: dict[str, str]) -> Ended:
    command = [*shell.split(), str(RECIPES / "datarisk-gate.sh")]
    return ended(command, cwd=place, env={"PATH": "/usr/bin:/bin", "GATE_WAIT": "0", **env})


Program = Callable[..., tuple[int, list[str]]]


@pytest.mark.parametrize("status", [1, 2, 4, 130, 137, 143])
def test_every_status_but_3_ends_it_at_once(program: Program, status: int) -> None:
    assert program(collect=status) == (status, ["collect"])


@pytest.mark.parametrize(
    ("collect", "check", "report", "status"),
    [(0, 0, 4, 4), (0, 1, 0, 1), (0, 1, 3, 3), (3, 1, 0, 3), (3, 4, 3, 4), (0, 1, 2, 2), (0, 3, 3, 3)],
)
def test_what_went_wrong_worst_is_what_it_ends_with(
    program: Program, collect: int, check: int, report: int, status: int
) -> None:
    ended_with, called = program(collect, check, report, GATE_TRIES="1")
    assert (ended_with, called) == (status, ["collect", "check", "report"])


def test_limits_that_are_wrong_end_it_before_the_report(program: Program) -> None:
    assert program(check=2) == (2, ["collect", "check"])


SHELLS = [shell for shell in ("dash", "bash --posix", "busybox sh", "ksh") if shutil.which(shell.split()[0])]


@pytest.mark.parametrize("shell", SHELLS)
def test_any_shell_will_do(program: Program, shell: str) -> None:
    assert program(collect=3, check=1, shell=shell) == (3, ["collect"] * 3 + ["check", "report"])


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_told_to_stop_it_stops_what_it_started(
    platform: Platform, place: Path, environment: dict[str, str], number: signal.Signals, status: int
) -> None:
    """A scheduler tells the gate alone, and its output ends only when nothing of it is left."""
    asked, over = threading.Event(), threading.Event()

    def silent(_: Asked, times: int) -> Answer | None:
        asked.set()
        over.wait(30)
        return None

    far = platform(CALM, silent)
    try:
        with subprocess.Popen(
            ["datarisk-gate"],
            cwd=place,
            env=environment | reached(far) | {"DATARISK_TIMEOUT": "60"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert asked.wait(30)
            began = time.monotonic()
            process.send_signal(number)
            _, errors = process.communicate(timeout=60)
            assert time.monotonic() - began < 20
    finally:
        over.set()
    assert process.returncode == status
    assert f"status {status}: interrupted" in errors
    assert far.count("/account") == 1
