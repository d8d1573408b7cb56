"""Runs that somebody made to do harm are refused with a reason, and nothing of them leads anywhere."""

from __future__ import annotations

import io
import json
import resource
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Called
from gate_calls import OPEN, SILENT, put

from reporter.bundle import manifest_bytes
from reporter.plain.canonical import canonical, digest


@pytest.fixture
def run(called: Called, tmp_path: Path) -> Path:
    put(tmp_path, "a.json", OPEN)
    put(tmp_path, "b.json", SILENT)
    status, said = called("report", "a.json", "b.json", "-f", "html", "-f", "json", "-f", "xlsx")
    assert status == 0, said
    return next(tmp_path.glob("reports/local/2*"))


def verified(called: Called, target: object) -> tuple[int, str, dict[str, Any]]:
    status, said = called("verify", str(target), "--json")
    assert "Traceback" not in said
    layers = {each["name"]: each for each in json.loads(said)["layers"]}
    bad = (each for each in layers.values() if each["status"] in ("fails", "unknown"))
    return status, "\n".join("\n".join([each["words"], *each["details"]]) for each in bad), layers


def zipped(run: Path, target: Path, folder: str = "", **how: Any) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, **how) as file:
        for path in sorted(run.rglob("*")):
            if path.is_file():
                file.write(path, folder + path.relative_to(run).as_posix())
    return target


@pytest.mark.parametrize("folder", ["", "20261123T180000Z/", "audit/2026/"])
def test_a_run_in_a_zip_holds_as_it_does_in_its_folder(called: Called, run: Path, tmp_path: Path, folder: str) -> None:
    status, _, layers = verified(called, zipped(run, tmp_path / "run.zip", folder))
    assert status == 0
    assert {layers[name]["status"] for name in ("files", "documents")} == {"holds"}


def test_what_lies_beside_the_folder_of_a_run_in_a_zip_is_told_as_such(
    called: Called, run: Path, tmp_path: Path
) -> None:
    target = zipped(run, tmp_path / "run.zip", "audit/2026/")
    with zipfile.ZipFile(target, "a") as file:
        file.writestr("audit/letter.txt", "Dear auditor")
        file.writestr("report.json", "{}")
        file.writestr("audit/2026/more.txt", "inside")
    status, said, _ = verified(called, target)
    assert status == 3
    for name in ("audit/letter.txt", "report.json"):
        assert f"{name}: not of the run: it lies beside its folder in the archive" in said
    assert "\nmore.txt: not in manifest.json; somebody put it there" in said


@pytest.mark.parametrize("name", ["../../outside", "/tmp/outside", "..\\outside", "evidence/../../outside", "x" * 300])
def test_a_name_in_a_zip_that_leads_elsewhere_is_refused_and_nothing_is_written(
    called: Called, run: Path, tmp_path: Path, name: str
) -> None:
    target = zipped(run, tmp_path / "run.zip")
    with zipfile.ZipFile(target, "a") as file:
        file.writestr(name, b"harm")
    before = sorted(tmp_path.rglob("*"))
    status, told, _ = verified(called, target)
    assert status == 3
    assert "somebody put it there" in told
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_in_a_zip_is_refused(called: Called, run: Path, tmp_path: Path) -> None:
    (run / "report.html").unlink()
    target = zipped(run, tmp_path / "run.zip")
    info = zipfile.ZipInfo("report.html")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(target, "a") as file:
        file.writestr(info, b"/etc/passwd")
    status, told, _ = verified(called, target)
    assert status == 3
    assert "report.html is a link" in told


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_in_a_zip_are_refused(called: Called, run: Path, tmp_path: Path) -> None:
    target = zipped(run, tmp_path / "run.zip")
    with zipfile.ZipFile(target, "a") as file:
        file.writestr("report.html", b"another")
    status, told, _ = verified(called, target)
    assert status == 3
    assert "two files of one name" in told


@pytest.mark.parametrize("how", ["a comment", "something before it", "a folder that holds something"])
def test_a_zip_that_hides_something_is_refused(called: Called, run: Path, tmp_path: Path, how: str) -> None:
    target = zipped(run, tmp_path / "run.zip")
    if how == "something before it":
        target.write_bytes(b"#!/bin/sh\necho harm\n" + target.read_bytes())
    else:
        with zipfile.ZipFile(target, "a") as file:
            if how == "a comment":
                file.comment = b"harm"
            else:
                file.writestr("report-final.html/", b"harm")
    status, told, _ = verified(called, target)
    assert status == 3
    assert told


def test_a_zip_with_a_second_end_of_larger_numbers_is_not_read(run: Path, tmp_path: Path) -> None:
    data = zipped(run, tmp_path / "run.zip").read_bytes()
    at = data.rindex(b"PK\x05\x06")
    larger = b"PK\x06\x06" + (44).to_bytes(8, "little") + bytes(44)
    locator = b"PK\x06\x07" + bytes(4) + at.to_bytes(8, "little") + (1).to_bytes(4, "little")
    (tmp_path / "run.zip").write_bytes(data[:at] + larger + locator + data[at:])
    status, said = limited(tmp_path / "run.zip")
    assert (status, "which no run has" in said) == (3, True)


@pytest.mark.parametrize("how", ["cut", "empty", "text", "flipped", "encrypted"])
def test_a_zip_that_is_broken_is_refused(called: Called, run: Path, tmp_path: Path, how: str) -> None:
    target = zipped(run, tmp_path / "run.zip")
    data = bytearray(target.read_bytes())
    if how == "cut":
        del data[len(data) // 2 :]
    elif how == "empty":
        data.clear()
    elif how == "text":
        data[:] = b"no archive at all"
    elif how == "flipped":
        at = data.index(b"report.json") + 400
        data[at] ^= 0xFF
    else:
        at = data.rindex(b"PK\x01\x02")
        data[at + 8] |= 1
    target.write_bytes(data)
    status, told, _ = verified(called, target)
    assert status == 3
    assert told


def limited(target: Path, megabytes: int = 700) -> tuple[int, str]:
    """The command in a process with so much memory and a minute of processor time."""

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))

    command = [sys.executable, "-m", "reporter.cli", "verify", str(target)]
    done = subprocess.run(command, cwd=ROOT, preexec_fn=bound, capture_output=True, text=True, timeout=120, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


class Zeros(io.RawIOBase):
    """So many zeros, of which none is kept."""

    def __init__(self, number: int) -> None:
        self.left = number

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        number = min(len(buffer), self.left)
        buffer[:number] = bytes(number)
        self.left -= number
        return number


def gigabyte(target: Path, name: str) -> None:
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as file, file.open(name, "w") as inner:
        zeros = Zeros(1 << 30)
        while piece := zeros.read(1 << 20):
            inner.write(piece)


def bombs(run: Path, folder: Path) -> dict[str, Callable[[], Path]]:
    def much() -> Path:
        """A gigabyte that a megabyte holds."""
        target = zipped(run, folder / "much.zip")
        gigabyte(target, "evidence/more.json")
        return target

    def claims() -> Path:
        """A gigabyte in the place of the evidence, which says that it is as large as the manifest has it."""
        size = (run / "evidence/snapshot.json").stat().st_size
        (run / "evidence/snapshot.json").unlink()
        target = zipped(run, folder / "claims.zip")
        with (
            zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as file,
            file.open("evidence/snapshot.json", "w") as inner,
        ):
            zeros = Zeros(1 << 30)
            while piece := zeros.read(1 << 20):
                inner.write(piece)
        data = target.read_bytes()
        target.write_bytes(data.replace((1 << 30).to_bytes(4, "little"), size.to_bytes(4, "little")))
        return target

    def many() -> Path:
        """More files than any run has."""
        target = zipped(run, folder / "many.zip")
        with zipfile.ZipFile(target, "a") as file:
            for number in range(30_000):
                file.writestr(f"n{number}", b"")
        return target

    return {each.__name__: each for each in (much, claims, many)}


@pytest.mark.parametrize("which", ["much", "claims", "many"])
def test_a_zip_that_is_a_bomb_is_refused_in_bounded_time_and_memory(run: Path, tmp_path: Path, which: str) -> None:
    status, said = limited(bombs(run, tmp_path)[which]())
    assert status == 3, said
    assert "fails" in said


def with_file(run: Path, name: str, data: bytes) -> None:
    """Puts a file into a run as if it had always been there."""
    (run / name).write_bytes(data)
    manifest = json.loads((run / "manifest.json").read_bytes())
    [entry] = [each for each in manifest["files"] if each["name"] == name]
    entry.update(bytes=len(data), sha256=digest(data))
    (run / "manifest.json").write_bytes(manifest_bytes(manifest))


DEEP = b'{"schema":"datarisk/snapshot/1","records":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
SETTINGS_DEEP = b'{"schema":"datarisk/settings-of-run/1","x":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("evidence/snapshot.json", DEEP),
        ("evidence/snapshot.json", b"[" * 10_000_000),
        ("evidence/snapshot.json", b'{"schema":"datarisk/snapshot/1","a":' + b"9" * 100_000 + b"}"),
        ("evidence/snapshot.json", b'{"schema":"datarisk/snapshot/2"}'),
        ("evidence/snapshot.json", b"null"),
        ("evidence/settings.json", SETTINGS_DEEP),
        ("evidence/settings.json", b"{}"),
        ("evidence/settings.json", b"[]"),
        ("evidence/settings.json", b'{"schema":"datarisk/settings-of-run/9"}'),
        ("history.json", DEEP),
        ("report.json", DEEP),
    ],
)
def test_json_that_is_a_bomb_or_none_of_ours_is_refused_in_bounded_time_and_memory(
    run: Path, name: str, data: bytes
) -> None:
    with_file(run, name, data)
    status, said = limited(run)
    assert status == 3, said
    assert name in said


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        (("language",), "../../etc"),
        (("formats",), ["exe"]),
        (("look", "accent"), "red; } @import url(//x)"),
        (("rules", "own"), [["x.toml", "[[rule]]\nid ="]]),
        (("controller", "logo"), "file:///etc/passwd"),
        (("controller", "logo"), "https://evil.example/x.png"),
        (("unseen_days",), 10**30),
        (("generated_at",), "9999-12-31T23:59:59Z"),
        (("look", "templates"), {"x.html": "0" * 64}),
        (("tool", "version"), "0.0.9"),
    ],
)
def test_settings_that_no_run_has_are_refused_and_lead_nowhere(
    called: Called, run: Path, pointer: tuple[str, ...], value: Any
) -> None:
    kept = json.loads((run / "evidence/settings.json").read_bytes())
    inner = kept
    for key in pointer[:-1]:
        inner = inner[key]
    inner[pointer[-1]] = value
    with_file(run, "evidence/settings.json", canonical(kept) + b"\n")
    status, told, _ = verified(called, run)
    assert status == 3
    assert told


def test_a_folder_of_very_many_files_is_refused(called: Called, run: Path) -> None:
    for number in range(20_100):
        (run / f"n{number}").touch()
    status, told, _ = verified(called, run)
    assert status == 3
    assert "which no run has" in told
