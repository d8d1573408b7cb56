"""``docs/recipes/crontab``: its line, run as cron runs it, with cron's environment and no other."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from far_end import Answer, Asked
from scheduled import CALM, RECIPES, RISKY, Ended, Machine, Platform, ended

TEXT = (RECIPES / "crontab").read_text()
pytestmark = pytest.mark.skipif(not shutil.which("flock"), reason="there is no flock here")


def _parts(machine: Machine) -> tuple[dict[str, str], str]:
    """The environment and the command; user and time are left to cron."""
    lines = [line for line in machine.here(TEXT).splitlines() if line and not line.startswith("#")]
    (entry,) = [line for line in lines if not re.match(r"\w+=", line)]
    environment = dict(line.split("=", 1) for line in lines if line != entry) | machine.reached
    *when, user, command = entry.split(" ", 6)
    assert (len(when), user) == (5, "datarisk")
    return environment, command


def _run(machine: Machine) -> Ended:
    environment, command = _parts(machine)
    return ended([environment["SHELL"], "-c", command], cwd=machine.etc, env=environment)


def test_nothing_beyond_the_limits_sends_no_mail(tmp_path: Path, programs: Path, platform: Platform) -> None:
    machine = Machine(tmp_path, programs, platform(CALM))
    done = _run(machine)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert machine.outcome() == "passed"
    assert len([*machine.var.glob("reports/*/*Z/report.json")]) == 1


def test_a_finding_sends_mail_whose_last_line_says_so(tmp_path: Path, programs: Path, platform: Platform) -> None:
    done = _run(Machine(tmp_path, programs, platform(RISKY)))
    assert (done.returncode, done.stderr) == (1, "")
    assert "X01" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("datarisk-gate: status 1: findings")


def test_of_two_at_once_the_second_gives_way(tmp_path: Path, programs: Path, platform: Platform) -> None:
    asked, over = threading.Event(), threading.Event()

    def slow(_: Asked, times: int) -> Answer | None:
        asked.set()
        over.wait(30)
        return None

    far = platform(CALM, slow)
    machine = Machine(tmp_path, programs, far)
    environment, command = _parts(machine)
    with subprocess.Popen(["/bin/sh", "-c", command], cwd=tmp_path, env=environment, stdout=subprocess.PIPE) as first:
        try:
            assert asked.wait(30)
            second = _run(machine)
        finally:
            over.set()
        out, _ = first.communicate(timeout=60)
    assert (first.returncode, out) == (0, b"")
    assert (second.returncode, second.stderr) == (75, "")
    assert second.stdout == "datarisk: the run before this one still goes on, so this one gave way\n"
    assert far.count("/account") == 1


def test_a_folder_that_is_not_there_is_no_finding(tmp_path: Path, programs: Path, platform: Platform) -> None:
    machine = Machine(tmp_path, programs, platform(CALM))
    shutil.rmtree(machine.etc)
    environment, command = _parts(machine)
    assert ended(["/bin/sh", "-c", command], cwd=tmp_path, env=environment).returncode == 2


def test_cron_would_read_the_line_as_it_is(tmp_path: Path, programs: Path, platform: Platform) -> None:
    environment, command = _parts(Machine(tmp_path, programs, platform(CALM)))
    assert "%" not in command, "cron takes it for the end of the line"
    assert all(path.startswith("/") for path in environment["PATH"].split(":"))
    assert TEXT.endswith("\n")
