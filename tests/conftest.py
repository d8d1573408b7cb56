"""What several tests need: the command, run as users run it, and declarations made by hypothesis."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "datarisk", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], max_examples=100
)
# For scripts/mutants: whether something fails matters, and not which is the smallest example.
settings.register_profile(
    "mutants", settings.get_profile("datarisk"), max_examples=40, phases=[Phase.explicit, Phase.generate], database=None
)
settings.load_profile("datarisk")

# What a script starts in the background ignores Ctrl-C, and so would every command that a test interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent
Datarisk = Callable[..., subprocess.CompletedProcess[str]]
Called = Callable[..., tuple[int, str]]


@pytest.fixture
def datarisk(tmp_path: Path) -> Datarisk:
    """Runs the command in a folder of its own, at a fixed time; returns its output and exit status."""

    def run(*args: str, stdin: bytes | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("DATARISK", "PREFACTOR"))
        }
        environment |= {"PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": "1795456800", "NO_COLOR": "1", **env}
        done = subprocess.run(
            [sys.executable, "-m", "reporter.cli", *args],
            cwd=tmp_path,
            env=environment,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            check=False,
            timeout=120,
        )
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Called:
    """Runs the command in this process, for tables of calls; returns its exit status and what it said."""
    from reporter.cli.process import run  # noqa: PLC0415

    for name in os.environ:
        if name.startswith(("DATARISK", "PREFACTOR")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795456800")

    def call(*args: str, folder: Path = tmp_path, **environment: str) -> tuple[int, str]:
        with monkeypatch.context() as here:
            here.chdir(folder)
            for name, value in environment.items():
                here.setenv(name, value)
            capfd.readouterr()
            status = run(args)
        return status, "".join(capfd.readouterr())

    return call
