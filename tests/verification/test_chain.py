"""Each run names the one before it, so that no run of an archive goes, comes or changes unnoticed."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from archives import DAY, FIRST
from conftest import Called, Datarisk
from gate_calls import OPEN, QUIET, put

from reporter import bundle
from reporter.bundle import manifest_bytes

HOME = "reports/local"


@pytest.fixture
def home(called: Called, tmp_path: Path) -> Path:
    """Five runs of five days."""
    for day in range(5):
        reported(called, tmp_path, day)
    return tmp_path / HOME


def reported(called: Called, folder: Path, day: float, *args: str) -> Path:
    put(folder, "a.json", OPEN if day % 2 else QUIET)
    status, said = called("report", "a.json", "-f", "json", *args, SOURCE_DATE_EPOCH=str(int(FIRST + day * DAY)))
    assert status == 0, said
    return max((folder / HOME).glob("2*"), key=lambda path: path.stat().st_ctime_ns)


def names(home: Path) -> list[Path]:
    return sorted(home.glob("2*"))


def before(run: Path) -> Any:
    return json.loads((run / "manifest.json").read_bytes())["before"]


def verified(called: Called, *args: str) -> tuple[int, dict[str, Any]]:
    status, said = called("verify", *args, "--json")
    return status, {each["name"]: each for each in json.loads(said)["layers"]}


def broken(called: Called) -> str:
    status, layers = verified(called, "reports", "--archive")
    assert status == 3
    return "\n".join([layers["chain"]["words"], *layers["chain"]["details"]])


def test_each_run_names_the_digest_of_the_one_before(called: Called, home: Path) -> None:
    runs = names(home)
    assert before(runs[0]) is None
    assert [before(run)["run"] for run in runs[1:]] == [run.name for run in runs[:-1]]
    status, layers = verified(called, "reports", "--archive")
    assert (status, layers["chain"]["status"], layers["files"]["status"]) == (0, "holds", "holds")
    assert f"It ends with {runs[-1].name}" in layers["chain"]["words"]
    status, layers = verified(called, str(runs[-1]))
    assert (status, layers["chain"]["status"]) == (0, "holds")
    assert verified(called, HOME, "--archive")[0] == 0
    said = called("verify", "reports", "--archive")[1]
    assert said.endswith("Who made it is not shown: name whom you trust with --trust.\n")


def test_a_run_that_was_removed_is_a_gap(called: Called, home: Path) -> None:
    runs = names(home)
    shutil.rmtree(runs[2])
    assert f"{runs[2].name}: gone, and {runs[3].name} follows it" in broken(called)


def test_a_run_that_was_replaced_is_found_though_it_is_whole_by_itself(
    called: Called, home: Path, tmp_path: Path
) -> None:
    runs = names(home)
    put(tmp_path, "a.json", QUIET)
    args = ("report", "a.json", "-f", "json", "-o", "other", "--no-history", "--no-baseline")
    assert called(*args, SOURCE_DATE_EPOCH=str(int(FIRST + 3 * DAY)))[0] == 0
    shutil.rmtree(runs[3])
    shutil.copytree(tmp_path / "other/local" / runs[3].name, runs[3])
    assert verified(called, str(runs[3]))[0] == 0
    told = broken(called)
    assert f"{runs[3].name}: replaced or changed since: {runs[4].name} follows it by another digest" in told
    assert f"{runs[3].name}: follows no run, though there are some" in told
    status, layers = verified(called, str(runs[4]))
    assert (status, layers["chain"]["status"]) == (3, "fails")


def test_two_runs_that_follow_the_same_one_are_a_fork(called: Called, home: Path) -> None:
    runs = names(home)
    other = home / f"{runs[4].name}-2"
    shutil.copytree(runs[4], other)
    value = json.loads((other / "manifest.json").read_bytes())
    value["gaps"] = 1
    (other / "manifest.json").write_bytes(manifest_bytes(value))
    assert "the chain forks" in broken(called)


@pytest.mark.parametrize("how", ["flipped", "torn", "no link"])
def test_a_manifest_that_was_touched_breaks_the_chain_after_it(called: Called, home: Path, how: str) -> None:
    runs = names(home)
    file = runs[2] / "manifest.json"
    value = json.loads(file.read_bytes())
    if how == "flipped":
        value["gaps"] = 7
    elif how == "no link":
        del value["before"]
    file.write_bytes(b"{" if how == "torn" else manifest_bytes(value))
    assert runs[2].name in broken(called)


def test_a_run_that_was_taken_away_by_the_rules_leaves_its_link(called: Called, home: Path, tmp_path: Path) -> None:
    runs = names(home)
    bundle.take_away(runs[1])
    bundle.take_away(runs[2])
    status, layers = verified(called, "reports", "--archive")
    assert (status, layers["chain"]["status"]) == (0, "holds")
    assert "5 runs, 2 of which were taken away" in layers["chain"]["words"]
    assert verified(called, str(runs[3]))[0] == 0
    reported(called, tmp_path, 9)
    assert verified(called, "reports", "--archive")[0] == 0
    shutil.rmtree(home / "removed" / runs[1].name)
    assert f"{runs[1].name}: gone" in broken(called)


def test_the_same_run_again_changes_nothing_however_many_came_since(called: Called, home: Path, tmp_path: Path) -> None:
    put(tmp_path, "b.json", OPEN)
    alone = ("report", "b.json", "-f", "json", "--no-history", "--no-baseline")
    assert called(*alone, SOURCE_DATE_EPOCH=str(int(FIRST + 7 * DAY)))[0] == 0
    reported(called, tmp_path, 8)
    there = names(home)
    assert called(*alone, SOURCE_DATE_EPOCH=str(int(FIRST + 7 * DAY)))[0] == 0
    assert names(home) == there
    assert verified(called, "reports", "--archive")[0] == 0


def test_a_run_of_an_earlier_time_follows_the_last_that_came(called: Called, home: Path, tmp_path: Path) -> None:
    late = reported(called, tmp_path, 2.5, "--no-history", "--no-baseline")
    assert before(late)["run"] == names(home)[-1].name
    reported(called, tmp_path, 6, "--no-history", "--no-baseline")
    assert verified(called, "reports", "--archive")[0] == 0


def test_the_newest_run_that_goes_is_told_by_its_digest_alone(called: Called, home: Path) -> None:
    words = verified(called, "reports", "--archive")[1]["chain"]["words"]
    shutil.rmtree(names(home)[-1])
    status, layers = verified(called, "reports", "--archive")
    assert status == 0
    assert "only somebody can tell who has noted their digest" in words
    assert layers["chain"]["words"] != words


def test_an_archive_in_an_object_store_is_a_chain_as_well(called: Called, tmp_path: Path) -> None:
    for day in range(3):
        reported(called, tmp_path, day, "--archive", f"file://{tmp_path}/kept")
    status, layers = verified(called, f"file://{tmp_path}/kept", "--archive")
    assert (status, layers["chain"]["status"]) == (0, "holds"), layers
    runs = sorted((tmp_path / "kept/local").glob("2*"))
    assert len(runs) == 3
    shutil.rmtree(runs[1])
    status, layers = verified(called, f"file://{tmp_path}/kept", "--archive")
    assert (status, layers["chain"]["status"]) == (3, "fails")


@pytest.mark.parametrize("place", ["nowhere", "a.json", "empty"])
def test_what_is_no_archive_is_a_mistake_of_the_call(called: Called, tmp_path: Path, place: str) -> None:
    put(tmp_path, "a.json", OPEN)
    (tmp_path / "empty").mkdir()
    assert called("verify", place, "--archive")[0] == 2


def test_runs_that_are_written_at_the_same_time_follow_each_other(
    datarisk: Datarisk, called: Called, tmp_path: Path
) -> None:
    put(tmp_path, "a.json", OPEN)
    alone = ("report", "a.json", "-f", "json", "--no-history", "--no-baseline", "--agent-name")

    def report(number: int) -> int:
        return datarisk(*alone, f"a{number}", SOURCE_DATE_EPOCH=str(1795456800 + number % 2)).returncode

    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(report, range(4))] == [0] * 4
    assert len(names(tmp_path / HOME)) == 4
    assert verified(called, "reports", "--archive")[0] == 0
