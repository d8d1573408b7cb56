"""One identity for one thing, and one place that a report gives for it, however the path to it was spelled."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from builders import NOW, risk, span_type
from hypothesis import given
from hypothesis import strategies as st

from reporter.errors import UsageError
from reporter.sources.files import ELSEWHERE, Files, told_apart

ONE = {"span_type_schemas": [span_type("tool:a", risk("health_and_medical"))]}
TWO = {"span_type_schemas": [span_type("tool:b", risk("health_and_medical"))]}


def written(path: Path, value: Any = ONE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    return path


def agents(*paths: Path | str, **more: Any) -> list[str]:
    return sorted(agent.id for agent in Files([str(p) for p in paths], NOW, **more).collect().inventory().agents)


def locations(*paths: Path | str) -> list[str]:
    found = Files([str(path) for path in paths], NOW).collect()
    return sorted({record.location for record in found.records} | {gap.location or "" for gap in found.gaps})


SPELLINGS = {
    "from its folder": ("e", "x.json"),
    "by a dot": ("e", "./x.json"),
    "from above": ("", "e/x.json"),
    "by a detour": ("", "e/../e/x.json"),
    "from below": ("e/sub", "../x.json"),
    "by an absolute path": ("", "{home}/e/x.json"),
    "by an absolute path from elsewhere": ("other", "{home}/e/x.json"),
    "by its folder": ("", "e"),
    "by its folder's absolute path": ("other", "{home}/e"),
    "by the working directory": ("e", "."),
    "by a link to its folder": ("", "linked/x.json"),
}


@pytest.mark.parametrize(("folder", "path"), SPELLINGS.values(), ids=SPELLINGS)
def test_an_agent_is_the_same_however_its_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, path: str
) -> None:
    written(tmp_path / "e/x.json")
    (tmp_path / "e/sub").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "linked").symlink_to("e")
    monkeypatch.chdir(tmp_path / folder)
    assert agents(path.format(home=tmp_path)) == ["x"]


def test_a_file_that_is_given_twice_by_two_spellings_counts_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "e/x.json")
    (tmp_path / "e/again.json").symlink_to("x.json")
    monkeypatch.chdir(tmp_path)
    found = Files(["e/x.json", "./e//x.json", str(path), "e", "e/../e", "e/again.json"], NOW).collect()
    assert [record.location for record in found.records] == ["e/x.json"]
    assert len(found.sources) == 1


COLLISIONS = {
    "subfolders": (["r/a/s.json", "r/b/s.json"], ["r"], ["a/s", "b/s"]),
    "one above the other": (["r/s.json", "r/b/s.json"], ["r"], ["b/s", "s"]),
    "other stems keep theirs": (["r/a/s.json", "r/b/s.json", "r/c/t.json"], ["r"], ["a/s", "b/s", "t"]),
    "files of one name": (["r/a/s.json", "r/b/s.json"], ["r/a/s.json", "r/b/s.json"], ["a/s", "b/s"]),
    "two folders": (["old/s.json", "new/s.json"], ["old", "new"], ["new/s", "old/s"]),
    "endings": (["r/s.json", "r/s.ndjson"], ["r"], ["s.json", "s.ndjson"]),
}


@pytest.mark.parametrize(("files", "given", "expected"), COLLISIONS.values(), ids=COLLISIONS)
def test_only_a_collision_adds_what_tells_agents_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: list[str], given: list[str], expected: list[str]
) -> None:
    for number, file in enumerate(files):
        written(tmp_path / file, (ONE, TWO)[number % 2])
    monkeypatch.chdir(tmp_path)
    assert agents(*given) == expected
    assert agents(*reversed(given)) == expected
    monkeypatch.chdir("/")
    assert agents(*(tmp_path / path for path in given)) == expected


def test_renaming_the_folder_changes_nothing(tmp_path: Path) -> None:
    for name in ("a/s.json", "b/s.json", "t.json"):
        written(tmp_path / "before" / name)
    before = agents(tmp_path / "before")
    (tmp_path / "before").rename(tmp_path / "after")
    assert agents(tmp_path / "after") == before == ["a/s", "b/s", "t"]


def test_a_file_that_names_its_agent_collides_with_no_other(tmp_path: Path) -> None:
    written(tmp_path / "a/s.json", {**ONE, "agent_id": "agt_1"})
    written(tmp_path / "b/s.json")
    assert agents(tmp_path) == ["agt_1", "s"]


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4), min_size=1, max_size=6), st.randoms())
def test_names_are_told_apart_as_far_as_they_can_be_in_any_order(names: list[list[str]], chance: random.Random) -> None:
    numbered = [[*each, str(number)] for number, each in enumerate(names)]
    found = told_apart(numbered)
    assert len(set(found)) == len(found)
    order = chance.sample(range(len(numbered)), len(numbered))
    assert told_apart([numbered[n] for n in order]) == [found[n] for n in order]


def test_no_absolute_path_stands_in_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "in/work/x.json")
    (tmp_path / "in/bad.json").write_text("{")
    (tmp_path / "in/empty").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    assert locations(tmp_path / "in") == ["bad.json", "work/x.json"]
    assert locations(tmp_path / "in/empty") == ["empty"]
    monkeypatch.chdir(tmp_path / "in/work")
    assert locations("../work/x.json", "..") == ["../bad.json", "x.json"]
    assert locations(tmp_path / "in/bad.json") == [f"{ELSEWHERE}/bad.json"]
    assert locations(tmp_path / "in") == [f"{ELSEWHERE}/in/bad.json", f"{ELSEWHERE}/in/work/x.json"]


def test_two_files_elsewhere_of_one_name_have_two_places(tmp_path: Path) -> None:
    one, two = written(tmp_path / "a/x.json"), written(tmp_path / "b/x.json", TWO)
    assert locations(one, two) == [f"{ELSEWHERE}/a/x.json", f"{ELSEWHERE}/b/x.json"]


def test_a_name_that_is_no_unicode_is_spelled_out_and_stops_nothing(tmp_path: Path) -> None:
    written(tmp_path / "good.json")
    Path(os.fsdecode(bytes(tmp_path) + b"/caf\xe9.json")).write_text(json.dumps(TWO))
    found = Files([str(tmp_path)], NOW, agent_name=None).collect().inventory()
    assert [agent.id for agent in found.agents] == ["caf\\udce9", "good"]
    for text in (*(record.location for record in found.records), *(source.location for source in found.sources)):
        assert text.encode()
    assert agents(tmp_path / "good.json", agent_name="caf\udce9") == ["caf\\udce9"]


def test_a_pipe_or_a_device_is_refused_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    for path in (tmp_path / "pipe.json", Path("/dev/zero"), Path("/dev/null")):
        with pytest.raises(UsageError, match="not a regular file") as refused:
            Files([str(path)], NOW).collect()
        assert "standard input: -" in str(refused.value)
    [gap] = Files([str(tmp_path)], NOW).collect().gaps
    assert "it is a named pipe" in gap.why


def test_the_pipes_of_process_substitution_are_read(tmp_path: Path) -> None:
    path = written(tmp_path / "x.json")
    code = """
import sys; from datetime import datetime, UTC; from reporter.sources.files import Files
found = Files(sys.argv[1:], datetime.now(UTC), max_megabytes=1).collect()
print([a.id for a in found.inventory().agents], [g.why for g in found.gaps])
"""
    line = f'"$0" -c "$1" <(cat {path}) <(head -c 2000000 /dev/zero)'
    done = subprocess.run(
        ["bash", "-c", line, sys.executable, code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.startswith("['pipe-1'] ['larger than 1 MB"), done.stdout
