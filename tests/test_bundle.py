"""A run on disk: whole or not at all, and what was there before stays."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from builders import NOW

from reporter import bundle
from reporter.bundle import Bundle
from reporter.errors import FaultError, OutputError
from reporter.plain import disk
from reporter.render.document import Document


def a_run(data: bytes = b"hello") -> Bundle:
    documents = [Document("report.json", "application/json", data), Document("evidence/snapshot.json", "x", b"{}")]
    return Bundle("Harbour Mutual", "acc1", NOW, complete=True, documents=documents, facts={"gaps": 0})


def tree(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_a_run_lies_under_its_account_and_time_with_a_digest_of_every_file(tmp_path: Path) -> None:
    folder = bundle.write(tmp_path, a_run())
    assert folder == tmp_path / "Harbour-Mutual-b44bedcb1d03" / "20261123T180000Z"
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert [item["name"] for item in manifest["files"]] == ["evidence/snapshot.json", "report.json"]
    for item in manifest["files"]:
        data = (folder / item["name"]).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (item["sha256"], item["bytes"])


def test_the_same_run_again_changes_nothing_and_another_of_the_same_second_gets_a_number(tmp_path: Path) -> None:
    first = bundle.write(tmp_path, a_run())
    before = tree(tmp_path)
    assert bundle.write(tmp_path, a_run()) == first
    assert tree(tmp_path) == before
    assert bundle.write(tmp_path, a_run(b"other")).name == "20261123T180000Z-2"
    assert bundle.write(tmp_path, a_run(b"third")).name == "20261123T180000Z-3"
    assert bundle.write(tmp_path, a_run(b"other")).name == "20261123T180000Z-2"


def test_latest_points_to_the_newest_run_and_never_back(tmp_path: Path) -> None:
    new = bundle.write(tmp_path, a_run())
    old = bundle.write(tmp_path, replace(a_run(), generated_at=NOW.replace(year=2025)))
    bundle.point_latest(old)
    assert (new.parent / "latest").readlink() == Path("20251123T180000Z")
    bundle.point_latest(new)
    bundle.point_latest(old)
    assert (new.parent / "latest").readlink() == Path("20261123T180000Z")
    assert (new.parent / "latest" / "manifest.json").is_file()


def test_latest_never_leads_to_a_run_that_was_taken_away_meanwhile(tmp_path: Path) -> None:
    old = bundle.write(tmp_path, replace(a_run(), generated_at=NOW.replace(year=2025)))
    bundle.point_latest(old)
    new = bundle.write(tmp_path, a_run())
    bundle.take_away(new)
    bundle.point_latest(new)
    assert (old.parent / "latest").readlink() == Path("20251123T180000Z")
    assert sorted(path.name for path in old.parent.iterdir()) == ["20251123T180000Z", "latest", "removed"]


def test_where_links_cannot_be_made_latest_is_a_file_with_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bundle.write(tmp_path, a_run())

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    bundle.point_latest(run)
    bundle.point_latest(run)
    assert (run.parent / "latest").read_text() == "20261123T180000Z\n"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Harbour Mutual", "Harbour-Mutual-"),
        ("local", "local-"),
        ("CON", "CON-"),
        ("../../etc", "etc-"),
        ("..", "unnamed-"),
        ("", "unnamed-"),
        ("a/b\\c:d*", "a-b-c-d-"),
        ("名前", "unnamed-"),
        ("x" * 500, "x" * 64 + "-"),
        ("\ud800", "unnamed-"),
    ],
)
def test_account_names_are_made_safe_for_paths_and_no_two_accounts_share_a_folder(name: str, safe: str) -> None:
    made = bundle.account_folder(name, "acc1")
    assert re.fullmatch(re.escape(safe) + "[0-9a-f]{12}", made)
    others = [bundle.account_folder(*each) for each in ((name, "acc2"), (name, "ACC1"), (name, name), (name, ""))]
    distinct = {each.casefold() for each in (made, *others)}  # as a file system sees them that knows no capitals
    assert len(distinct) == len({"acc1", "acc2", "ACC1", name, ""})


def test_only_what_comes_from_files_is_kept_under_local(tmp_path: Path) -> None:
    assert bundle.account_folder("local", "local") == "local"
    taken = ["local", bundle.account_folder("local", "7"), bundle.account_folder("7", "local")]
    assert len(set(taken)) == 3


def test_an_output_below_a_file_cannot_be_written_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for attempt in (
        lambda: bundle.check_writable(tmp_path / "file"),
        lambda: bundle.write(tmp_path / "file", a_run()),
        lambda: disk.write_file(tmp_path / "file" / "x.json", b""),
    ):
        with pytest.raises(OutputError, match=r"cannot be written: .* Choose another place with -o"):
            attempt()
    assert (tmp_path / "file").read_text() == "mine"


def test_a_disk_that_fills_half_way_leaves_what_was_there_before_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle.write(tmp_path, a_run())
    disk.write_file(tmp_path / "s.json", b"before")
    before = tree(tmp_path)
    calls = iter(range(100))

    def fill(descriptor: int) -> None:
        if next(calls) >= 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fill)
    with pytest.raises(FaultError, match=r"No space left on device\. Nothing was changed"):
        bundle.write(tmp_path, a_run(b"other"))
    with pytest.raises(FaultError, match="No space left on device"):
        disk.write_file(tmp_path / "s.json", b"after")
    assert tree(tmp_path) == before
    assert not list(tmp_path.rglob(".*"))


def test_being_interrupted_while_writing_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        bundle.write(tmp_path, a_run())
    assert not tree(tmp_path)
