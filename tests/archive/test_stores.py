"""Where runs are kept: folders and object stores, two writers at once, and what opens them told to nobody."""

from __future__ import annotations

import json
import multiprocessing
import sys
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from archives import HOME, Archive, declared, unsure
from builders import NOW, span_type

from reporter import bundle
from reporter.archive import history, runs
from reporter.archive.runs import Run, Torn
from reporter.archive.stores import Folder, Objects, opened
from reporter.bundle import Bundle
from reporter.declared.model import Account
from reporter.errors import MissingPart, OutputError, UsageError
from reporter.render.document import Document

OPEN = declared(span_type("tool:lookup", unsure("health_and_medical")))


def a_run(data: bytes = b"hello", seconds: int = 0) -> Bundle:
    at = NOW + timedelta(seconds=seconds)
    facts = {"generated_at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "account": {"id": "acc1", "name": "Harbour"}}
    return Bundle("Harbour", "acc1", at, complete=True, documents=[Document("a.json", "x", data)], facts=facts)


@pytest.fixture(params=["memory", "file"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"memory://{uuid.uuid4().hex}" if request.param == "memory" else f"file://{tmp_path}/far"


def store(place: str) -> Objects:
    found = opened(place)
    assert isinstance(found, Objects)
    return found


def test_a_run_in_an_object_store_is_there_once_its_manifest_is(place: str) -> None:
    where = store(place)
    written: list[str] = []

    class Watched(Objects):
        def write(self, pieces: Any, *path: str) -> None:
            written.append(path[-1])
            found = [each for each in runs.of_account(where) if isinstance(each, Run)]
            assert not found, "a run before its manifest was written"
            Objects.write(self, pieces, *path)

    address = bundle.keep(Watched(where.url, where.files, where.root), a_run())
    assert written == ["a.json", "manifest.json"]
    [found] = runs.of_account(where)
    assert isinstance(found, Run)
    assert address == f"{where.url}/{'/'.join(found.folder)}"
    assert (found.account, found.complete) == (Account("acc1", "Harbour"), True)


def test_what_has_no_manifest_yet_is_no_run_and_no_error(place: str) -> None:
    where = store(place)
    where.write([b"x"], "acc", "20261123T180000Z-0123456789ab", "report.json")
    [found] = runs.of_account(where)
    assert isinstance(found, Torn)
    assert not found.finished


def test_the_same_run_again_changes_nothing_and_runs_of_one_second_never_meet(place: str) -> None:
    where = store(place)
    addresses = {bundle.keep(where, a_run(data)) for data in (b"one", b"two", b"one")}
    assert len(addresses) == 2
    assert len(runs.of_account(where)) == 2


def _write(url: str, number: int) -> None:
    where = opened(url)
    for turn in range(6):
        made = a_run(f"{number} {turn}".encode(), turn)
        if isinstance(where, Objects):
            bundle.keep(where, made)
        else:
            bundle.point_latest(bundle.write(where.root, made))


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_two_processes_write_at_once_and_no_run_is_lost_or_mixed(tmp_path: Path, scheme: str) -> None:
    url = f"{scheme}{tmp_path}/both"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(url, number)) for number in (1, 2)]
    for each in writers:
        each.start()
    for each in writers:
        each.join(60)
        assert each.exitcode == 0
    found = runs.of_account(opened(url))
    whole = [each for each in found if isinstance(each, Run)]
    assert len(whole) == len(found) == 12
    where = opened(url)
    held = {runs.checked(where, each, "a.json", 100) for each in whole}
    assert held == {f"{number} {turn}".encode() for number in (1, 2) for turn in range(6)}


def test_a_report_is_kept_in_the_archive_besides_and_its_past_is_looked_for_there(
    archive: Archive, tmp_path: Path
) -> None:
    url = f"file://{tmp_path}/far"
    archive.report("--archive", url, "-o", "one", claims=OPEN)
    assert f"Kept in the archive: {url}/{HOME}/20261123T180000Z-" in archive.said
    archive.report("--archive", url, "-o", "two", day=1)
    [two] = sorted((tmp_path / "two" / HOME).glob("2*"))
    assert len(json.loads((two / "report.json").read_bytes())["trend"]["runs"]) == 2
    assert len(archive.history(url)["runs"]) == 2
    # A folder is an archive as well.
    archive.report("--archive", str(tmp_path / "folder"), "-o", "three", day=2)
    assert len(archive.history(str(tmp_path / "folder"))["runs"]) == 1


def test_an_archive_that_takes_nothing_costs_no_run_and_is_told(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "far").write_text("a file")
    archive.report("--archive", f"file://{tmp_path}/far", status=2, claims=OPEN)
    assert "cannot be written" in archive.said
    assert len(archive.runs()) == 1


@pytest.mark.parametrize("url", ["s3://key:secret@bucket/runs", "https://x.test/runs?signature=secret"])
def test_what_opens_a_store_never_stands_in_its_address(archive: Archive, url: str) -> None:
    with pytest.raises(UsageError, match="an address that holds"):
        opened(url)
    status, said = archive.call("report", "in", "--archive", url)
    assert status == 2
    assert "secret" not in said


def test_a_kind_of_address_that_nothing_here_knows_is_said_before_anything_is_read(archive: Archive) -> None:
    status, said = archive.call("report", "in", "--archive", "floppy://a/b")
    assert status == 2
    assert "floppy" in said


def test_a_missing_extra_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MissingPart, match="extra archive"):
        opened("memory://x")


def test_what_a_driver_says_goes_without_what_opens_the_store(tmp_path: Path) -> None:
    class Refuses:
        def makedirs(self, *_: Any, **__: Any) -> None:
            raise PermissionError("AccessDenied secret_key=abc123 token: xyz")

    with pytest.raises(OutputError) as caught:
        Objects("s3://b", Refuses(), "b").write([b"x"], "a")
    assert "AccessDenied" in str(caught.value)
    assert "abc123" not in str(caught.value)
    assert "xyz" not in str(caught.value)


def test_a_past_reads_each_manifest_and_each_ledger_once_and_no_snapshot(archive: Archive, tmp_path: Path) -> None:
    for day in range(4):
        archive.report(day=day, claims=OPEN)
    read: list[str] = []

    class Counting(Folder):
        def read(self, *path: str, limit: int) -> bytes | None:
            read.append("/".join(path[1:]))
            return Folder.read(self, *path, limit=limit)

    scope = json.loads((archive.runs()[0] / "history.json").read_bytes())["scope"]
    found = history.past(
        Counting(tmp_path / "reports"),
        Account("local", "local"),
        scope=scope,
        at="2027-01-01T00:00:00Z",
        read_at="2027-01-01T00:00:00Z",
        complain=lambda _: pytest.fail("nothing is torn"),
    )
    assert len(found.trend.points) == 4
    assert sorted(read) == sorted(
        f"{run.name}/{name}" for run in archive.runs() for name in ("manifest.json", "history.json")
    )
