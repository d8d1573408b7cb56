"""``docs/recipes/datarisk.service`` and ``.timer``: read by systemd's own tools, and their command run.

What is not run here: the restarts and the sandbox, as no systemd is in charge of the machine that runs the tests.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from hooks import Hook
from scheduled import RECIPES, RISKY, Machine, Platform, ended

SERVICE = (RECIPES / "datarisk.service").read_text()
TIMER = (RECIPES / "datarisk.timer").read_text()
needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze here")


def _settings(text: str, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", text, re.MULTILINE)


def _analyze(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return ended(["systemd-analyze", *arguments], cwd=folder, env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units with a program that is there, and with what stands in comments."""
    service = SERVICE.replace("/opt/datarisk/bin/datarisk", "/bin/true")
    service = re.sub(r"^#(\w+=)", r"\1", service, flags=re.MULTILINE)
    (tmp_path / "datarisk.service").write_text(service)
    (tmp_path / "datarisk.timer").write_text(TIMER)
    return tmp_path


@needs_systemd
def test_systemd_reads_the_units_without_a_complaint(units: Path) -> None:
    done = _analyze(units, "verify", "./datarisk.service", "./datarisk.timer")
    complaints = [line for line in done.stderr.splitlines() if "datarisk" in line]
    assert (done.returncode, complaints) == (0, []), done.stderr


@needs_systemd
def test_systemd_calls_the_service_well_shut_in(units: Path) -> None:
    done = _analyze(units, "security", "--offline=true", "--threshold=20", "./datarisk.service")
    assert done.returncode == 0, done.stdout


@needs_systemd
def test_systemd_understands_when(tmp_path: Path) -> None:
    (when,) = _settings(TIMER, "OnCalendar")
    done = _analyze(tmp_path, "calendar", when)
    assert done.returncode == 0, done.stderr
    assert "Mon..Fri *-*-* 05:17:00 UTC" in done.stdout


def test_a_run_that_was_missed_is_made_up_for_and_not_all_run_at_once() -> None:
    assert _settings(TIMER, "Persistent") == ["true"]
    assert _settings(TIMER, "RandomizedDelaySec") == ["15min"]
    assert _settings(TIMER, "WantedBy") == ["timers.target"]


def test_only_status_3_starts_it_again_and_not_for_ever() -> None:
    assert _settings(SERVICE, "Restart") == ["no"]
    assert _settings(SERVICE, "RestartForceExitStatus") == ["3"]
    assert _settings(SERVICE, "Type") == ["exec"]
    assert (_settings(SERVICE, "StartLimitBurst"), _settings(SERVICE, "StartLimitIntervalSec")) == (["3"], ["1h"])
    assert _settings(SERVICE, "SuccessExitStatus") == []


def test_its_command_does_what_it_should_where_it_should(
    tmp_path: Path, programs: Path, platform: Platform, hook: Hook
) -> None:
    machine = Machine(tmp_path, programs, platform(RISKY), hook.url)
    specifiers = {"%d": str(machine.etc), "%C/datarisk": str(tmp_path)}
    environment = dict(machine.reached)
    for line in _settings(SERVICE, "Environment"):
        for pair in shlex.split(line):
            name, value = pair.split("=", 1)
            for specifier, stands_for in specifiers.items():
                value = value.replace(specifier, stands_for)
            environment[name] = machine.here(value)
    credentials = ["token:/etc/datarisk/token", "webhook:/etc/datarisk/webhook"]
    assert _settings(SERVICE, "LoadCredential") == credentials
    (command,) = _settings(SERVICE, "ExecStart")
    done = ended(shlex.split(machine.here(command)), cwd=tmp_path, env=environment)
    assert done.returncode == 1, done.stderr
    assert all(json.loads(line)["event"] for line in done.stderr.splitlines())
    assert (len(machine.runs), len(hook.sent)) == (1, 1)
