"""Nothing in a folder is skipped without a word."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import NOW, risk, span_type

from reporter.plain.language import ENGLISH
from reporter.prefactor.records import Collected
from reporter.sources import snapshot
from reporter.sources.files import Files
from reporter.view.words import not_used

ONE = {"span_type_schemas": [span_type("tool:a", risk("health_and_medical"))]}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one good file, and the working directory."""
    monkeypatch.chdir(tmp_path)
    return written(tmp_path / "good.json").parent


def written(path: Path, value: Any = ONE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    return path


def read(*paths: Path | str, **more: Any) -> Collected:
    return Files([str(path) for path in paths], NOW, **more).collect()


def told(found: Collected) -> set[tuple[str, int, str]]:
    return {(item.kind, item.count, item.location) for item in found.not_used}


LEFT_OUT = {
    "hidden folder": ([".secret/a.json"], ("hidden", 1, ".secret")),
    "hidden file": (["sub/.a.json"], ("hidden", 1, "sub/.a.json")),
    "git": ([".git/a.json"], ("tools", 1, ".git")),
    "node_modules": (["sub/node_modules/p/package.json"], ("tools", 1, "sub/node_modules")),
    "caches": (["x/__pycache__/a.json", "y/__pycache__/b.json"], ("tools", 2, ".")),
    "a virtual environment": (["env/pyvenv.cfg", "env/lib/a.json"], ("tools", 1, "env")),
    "other endings": (["sub/a.yaml", "sub/b/c.toml"], ("file", 2, "sub")),
}


@pytest.mark.parametrize(("files", "expected"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_is_not_entered_stands_in_what_was_left_out(
    folder: Path, files: list[str], expected: tuple[str, int, str]
) -> None:
    for name in files:
        written(folder / name)
    found = read(folder)
    assert told(found) == {expected}
    assert not found.gaps
    assert [record.location for record in found.records] == ["good.json"]
    assert "not read" in not_used(found.not_used[0], ENGLISH)


def test_a_linked_folder_is_not_followed_and_is_told_even_in_a_circle(folder: Path) -> None:
    written(folder / "sub/a.json")
    (folder / "sub/up").symlink_to("..")
    found = read(folder)
    assert told(found) == {("link", 1, "sub/up")}
    assert len(found.records) == 2


def test_a_link_within_the_folder_is_the_file_that_it_leads_to(folder: Path) -> None:
    """As a mounted ConfigMap has them: the files lie in a hidden folder, and links lead there."""
    written(folder / "mount/..data/x.json")
    (folder / "mount/x.json").symlink_to("..data/x.json")
    found = read(folder / "mount")
    assert [record.location for record in found.records] == ["mount/x.json"]


def test_a_link_that_leads_out_of_the_folder_is_a_gap(folder: Path) -> None:
    written(folder / "in/a.json")
    (folder / "in/b.json").symlink_to("../good.json")
    (folder / "in/c.json").symlink_to("nowhere.json")
    found = read(folder / "in")
    assert [(gap.location, gap.why[:39]) for gap in found.gaps] == [
        ("in/c.json", "cannot be read: No such file or directo"),
        ("in/b.json", "it is a link that leads out of the fold"),
    ]
    assert not read(folder / "in", exclude=["[bc].json"]).gaps


@pytest.fixture
def locked() -> Iterator[Path]:
    """A folder with a subfolder that nobody but its owner can read, looked at by somebody else."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    written(place / "good.json")
    written(place / "locked/more.json")
    (place / "locked").chmod(0)
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    yield place
    os.seteuid(before)
    (place / "locked").chmod(0o755)
    shutil.rmtree(place)


def test_a_subfolder_that_cannot_be_read_is_a_gap(locked: Path) -> None:
    [gap] = read(locked).gaps
    assert gap.what.endswith("/locked")
    assert gap.why == "cannot be read: Permission denied"


@pytest.mark.parametrize("pattern", ["drafts", "drafts/", "drafts/*", "*/a.json", "a.*"])
def test_what_exclude_names_is_left_out_of_a_folder_and_told(folder: Path, pattern: str) -> None:
    written(folder / "drafts/a.json")
    found = read(folder, exclude=[pattern])
    assert [record.location for record in found.records] == ["good.json"]
    assert {kind for kind, _, _ in told(found)} == {"excluded"}


def test_a_folder_of_which_all_is_left_out_is_a_gap(folder: Path) -> None:
    assert [gap.location for gap in read(folder, exclude=["*"]).gaps] == ["."]


MADE = {
    "report": {"schema": "datarisk/report/2"},
    "check": {"schema": "datarisk/check/1"},
    "baseline": {"schema": "datarisk/baseline/1"},
    "datarisk": {"schema": "datarisk/something/1"},
    "sarif": {"version": "2.1.0", "runs": []},
    "cyclonedx": {"bomFormat": "CycloneDX", "specVersion": "1.6", "services": []},
    "oscal": {"assessment-results": {"uuid": "u"}},
    "dpv": {"@context": {}, "@graph": []},
}


@pytest.mark.parametrize(("kind", "value"), MADE.items(), ids=MADE)
def test_what_a_check_writes_is_known_in_a_folder_and_an_error_where_it_is_named(
    folder: Path, kind: str, value: Any
) -> None:
    path = written(folder / "out/made.json", value)
    found = read(folder)
    assert told(found) == {(kind, 1, "out/made.json")}
    assert not found.gaps
    [gap] = read(path).gaps
    assert re_words(gap.why, "which is made from evidence and is none")


def re_words(text: str, words: str) -> bool:
    return words in text and "evidence/snapshot.json" in text


def run(folder: Path) -> None:
    data = snapshot.to_bytes(read(written(folder / "old.json")).inventory())
    (folder / "old.json").unlink()
    written(folder / "evidence/snapshot.json").write_bytes(data)
    written(folder / "manifest.json", {"schema": "datarisk/manifest/1"})
    written(folder / "report.json", {"schema": "datarisk/report/1"})


def test_earlier_runs_beside_declarations_are_left_out_and_told(folder: Path) -> None:
    run(folder / "reports/local/1")
    run(folder / "reports/local/2")
    found = read(folder)
    assert told(found) == {("run", 2, "reports/local")}
    assert [agent.id for agent in found.inventory().agents] == ["good"]


def test_of_a_folder_of_nothing_but_runs_the_evidence_is_read(folder: Path) -> None:
    run(folder / "reports/local/1")
    assert [agent.id for agent in read(folder / "reports").inventory().agents] == ["old"]


def test_a_pipe_in_the_place_of_a_manifest_does_not_hang(folder: Path) -> None:
    os.mkfifo(folder / "manifest.json")
    found = read(folder)
    assert [gap.why for gap in found.gaps] == ["cannot be read: it is a named pipe"]
    assert len(found.records) == 1
