"""Whatever is done to a run, verification finds it, and names the file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tampering
from conftest import ROOT, Called
from gate_calls import OPEN, SILENT, put
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reporter.verification import made

FORMATS = ("html", "json", "csv", "xlsx", "cyclonedx")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of all kinds of files."""
    folder = tmp_path_factory.mktemp("tampered")
    put(folder, "a.json", OPEN)
    put(folder, "b.json", SILENT)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": "1795456800"}
    formats = [word for name in FORMATS for word in ("-f", name)]
    command = [sys.executable, "-m", "reporter.cli", "report", "a.json", "b.json", *formats]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return next(folder.glob("reports/local/2*"))


def names(run: Path) -> list[str]:
    return sorted(path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file())


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_one_byte_that_was_flipped_is_found(
    called: Called, kept: Path, tmp_path: Path, data: st.DataObject
) -> None:
    run = tmp_path / "run"
    shutil.rmtree(run, ignore_errors=True)
    shutil.copytree(kept, run)
    name = data.draw(st.sampled_from(names(kept)))
    content = bytearray((run / name).read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    (run / name).write_bytes(content)
    status, said = called("verify", str(run), "--json")
    assert status == 3
    bad = [each for each in json.loads(said)["layers"] if each["status"] in ("fails", "unknown")]
    assert name in "\n".join("\n".join([each["words"], *each["details"]]) for each in bad)


def test_whatever_is_done_to_a_sealed_run_is_found_and_names_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "made", tampering.made_once)
    times, missed = tampering.tried(80, 7)
    assert not missed
    assert {*times} == {each.__name__ for each in tampering.EVERY}


def test_whatever_is_done_to_a_signed_pdf_that_lies_alone_is_found() -> None:
    number, missed = tampering.tried_alone(15, 3)
    assert (number, missed) == (15, [])
