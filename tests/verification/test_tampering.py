"""Whatever is done to a run, verification finds it, and names the file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from conftest import Called
from gate_calls import OPEN, SILENT, put
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FORMATS = ("html", "json", "csv", "xlsx", "cyclonedx")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of all kinds of files."""
    import os  # noqa: PLC0415
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    from conftest import ROOT  # noqa: PLC0415

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


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
