"""``docs/recipes/crontab``: its line, run as cron runs it, with cron's environment and no other."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from pathlib import Path

from far_end import Answer, Asked
from hooks import Hook
from scheduled import CALM, RECIPES, RISKY, Ended, Machine, Platform, ended

TEXT = (RECIPES / "crontab").read_text()


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
    return ended([environment["SHELL"], "-c", command], cwd=machine.var, env=environment)


def test_nothing_new_sends_no_mail(tmp_path: Path, programs: Path, platform: Platform, hook: Hook) -> None:
    machine = Machine(tmp_path, programs, platform(CALM), hook.url)
    first = _run(machine)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.startswith("production: the first complete report")
    done = _run(machine)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [(run / "report.json").is_file() for run in machine.runs] == [True, True]
    assert len(hook.sent) <= 1


def test_a_finding_sends_mail_and_tells_the_webhook(
    tmp_path: Path, programs: Path, platform: Platform, hook: Hook
) -> None:
    machine = Machine(tmp_path, programs, platform(RISKY), hook.url)
    done = _run(machine)
    assert (done.returncode, done.stderr) == (1, "")
    assert "the gate failed: " in done.stdout
    assert "X01" in done.stdout
    [text] = hook.texts
    assert text.startswith("Data risk, report production of Harbour Mutual")
    again = _run(machine)
    assert (again.returncode, len(again.stdout.splitlines()), len(hook.sent)) == (1, 1, 1)


def test_of_two_at_once_the_second_gives_way(tmp_path: Path, programs: Path, platform: Platform, hook: Hook) -> None:
    asked, over = threading.Event(), threading.Event()

    def slow(_: Asked, times: int) -> Answer | None:
        asked.set()
        over.wait(30)
        return None

    far = platform(CALM, slow)
    machine = Machine(tmp_path, programs, far, hook.url)
    environment, command = _parts(machine)
    with subprocess.Popen(["/bin/sh", "-c", command], cwd=tmp_path, env=environment, stdout=subprocess.PIPE) as first:
        try:
            assert asked.wait(30)
            second = _run(machine)
        finally:
            over.set()
        first.communicate(timeout=60)
    assert (first.returncode, second.returncode, second.stdout) == (0, 75, "")
    assert "the run before this one still goes on: process " in second.stderr
    assert far.count("/account") == 1


def test_a_file_that_is_not_there_is_no_finding(tmp_path: Path, programs: Path, platform: Platform) -> None:
    machine = Machine(tmp_path, programs, platform(CALM))
    shutil.rmtree(machine.etc)
    environment, command = _parts(machine)
    assert ended(["/bin/sh", "-c", command], cwd=tmp_path, env=environment).returncode == 2


def test_cron_would_read_the_line_as_it_is(tmp_path: Path, programs: Path, platform: Platform) -> None:
    environment, command = _parts(Machine(tmp_path, programs, platform(CALM)))
    assert "%" not in command, "cron takes it for the end of the line"
    assert all(path.startswith("/") for path in environment["PATH"].split(":"))
    assert TEXT.endswith("\n")
