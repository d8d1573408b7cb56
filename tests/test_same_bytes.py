"""The same evidence gives the same bytes, in every file, wherever and however often a report is made of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from gate_calls import OPEN, SILENT, WAIVER, put

from reporter.settings import Format

ROOT = Path(__file__).resolve().parent.parent
Files = Mapping[str, bytes]

SETTINGS = """\
annexes = ["catalogue", "rows"]
[controller]
name = "Zürcher Versicherung"
"""
NO_FONTS = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>'


def made(folder: Path, *, umask: int = 0o022, **environment: Any) -> Files:
    """All files of a run of every format, in a process and a place of its own."""
    folder.mkdir()
    put(folder, "a.json", OPEN | {"agent_id": "a"})
    put(folder, "b.json", SILENT | {"agent_id": "b"})
    (folder / "datarisk.toml").write_text(SETTINGS)
    (folder / "datarisk-waivers.toml").write_text(WAIVER)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATARISK", "PREFACTOR", "LC_"))}
    args = ["report", "a.json", "b.json", "--split", "agent"]
    args += [word for name in get_args(Format) for word in ("-f", name)]
    done = subprocess.run(
        [sys.executable, "-m", "reporter.cli", *args],
        cwd=folder,
        env=kept | {"PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": "1795456800", **environment},
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    [run] = folder.glob("reports/*/2*")
    return {path.relative_to(run).as_posix(): path.read_bytes() for path in sorted(run.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return made(tmp_path_factory.mktemp("first") / "here", TZ="UTC", LANG="C.UTF-8", PYTHONHASHSEED="1")


def differing(one: Files, other: Files) -> list[str]:
    return [name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)]


def elsewhere(folder: Path) -> Files:
    """Another time zone, language, order of sets, umask, home and folder."""
    words = {"LANG": "de_DE.UTF-8", "LC_ALL": "C", "LANGUAGE": "de", "HOME": str(folder / "nobody")}
    return made(folder / "there", umask=0o077, TZ="Pacific/Kiritimati", PYTHONHASHSEED="4711", **words)


def without_fonts(folder: Path) -> Files:
    """None of the system's fonts."""
    (folder / "fonts.conf").write_text(NO_FONTS)
    listed = subprocess.run(
        ["fc-list"], env=os.environ | {"FONTCONFIG_FILE": str(folder / "fonts.conf")}, capture_output=True, check=False
    )
    assert not listed.stdout
    return made(folder / "here", FONTCONFIG_FILE=str(folder / "fonts.conf"))


def test_there_is_a_file_of_every_format_and_of_all_evidence(first: Files) -> None:
    endings = {"cyclonedx": "cdx.json"}
    whole = {each if "." in each else f"report.{endings.get(each, each)}" for each in get_args(Format)}
    assert {*first} >= {"evidence/snapshot.json", "evidence/settings.json", "history.json", "manifest.json"}
    assert len(first) >= 3 * len(whole) + 4


@pytest.mark.parametrize("place", [lambda folder: made(folder / "again"), elsewhere, without_fonts])
def test_every_file_has_the_same_bytes(first: Files, tmp_path: Path, place: Callable[[Path], Files]) -> None:
    assert differing(first, place(tmp_path)) == []
