"""Which runs are kept: whatever lies in an archive, nothing goes that somebody needs, and nothing that is not ours."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import shutil
import tempfile
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import NOW
from gate_calls import OPEN, QUIET
from hypothesis import given
from hypothesis import strategies as st
from nights import ONE, Nights

from reporter import bundle
from reporter.bundle import Bundle
from reporter.errors import OutputError
from reporter.plain.canonical import digest
from reporter.render.document import Document
from reporter.schedule import retention, runs
from reporter.schedule.file import Keep

SCOPE: dict[str, Any] = {"versions": [], "environments": [], "as_of": None, "agents": [], "include_retired": False}
KINDS = (
    "ours",
    "ours",
    "ours",
    "by hand",
    "other",
    "torn",
    "no manifest",
    "noted",
    "lacking",
    "link",
    "file",
    "foreign",
)


@dataclass(frozen=True)
class Lies:
    """Something in an archive: of which hour and kind, complete or not, held against the one before or not."""

    hour: int
    kind: str
    complete: bool
    based: bool


def wrote(home: Path, each: Lies, last: str | None) -> tuple[str, str | None]:
    """Puts it there; returns its name and the digest of its report."""
    at = NOW + timedelta(hours=each.hour)
    based = [{"kind": "baseline", "path": "x", "sha256": last}] if each.based and last else []
    facts: dict[str, Any] = {"scope": SCOPE, "configuration": based}
    if each.kind != "by hand":
        facts["report"] = "other" if each.kind == "other" else "night"
    report = Document("report.json", "application/json", f"{each} {len(list(home.iterdir()))}".encode())
    made = Bundle("local", "local", at, each.complete, [report], facts)
    stamp = f"{at:%Y%m%dT%H%M%SZ}"
    names = (stamp, *(f"{stamp}-{number}" for number in range(2, 20)))
    name = next(name for name in names if not os.path.lexists(home / name))
    placed(
        home / name,
        each.kind,
        {document.name: document.data for document in (report, made.manifest(made.files(), None))},
    )
    if each.complete and each.kind in ("ours", "by hand", "other"):
        bundle.point_latest(home / name)
    return name, digest(report.data)


def placed(folder: Path, kind: str, files: dict[str, bytes]) -> None:
    """What lies under the name of a run, and may be one."""
    if kind == "link":
        (folder.parents[1] / "elsewhere").mkdir(exist_ok=True)
        folder.symlink_to(folder.parents[1] / "elsewhere")
    elif kind == "file":
        folder.write_text("mine")
    elif kind == "foreign":
        folder.with_name(f"mine-{folder.name}").mkdir(exist_ok=True)
    else:
        folder.mkdir()
        for name, data in files.items():
            (folder / name).write_bytes(data)
        if kind == "torn":
            (folder / "manifest.json").write_bytes(files["manifest.json"][:-20])
        elif kind == "no manifest":
            (folder / "manifest.json").unlink()
        elif kind == "noted":
            (folder / "notes.txt").write_text("mine")
        elif kind == "lacking":
            (folder / "report.json").unlink()


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("ours", None),
        ("by hand", None),
        ("torn", "its manifest is torn, or not one of ours"),
        ("no manifest", "its manifest cannot be read: No such file or directory"),
        ("noted", "it holds what is not ours: notes.txt"),
        ("lacking", "it lacks files of its manifest"),
        ("link", "it is no folder"),
        ("file", "it is no folder"),
    ],
)
def test_what_is_not_known_to_be_ours_is_told_from_what_is(tmp_path: Path, kind: str, why: str | None) -> None:
    home = tmp_path / "local"
    home.mkdir()
    wrote(home, Lies(0, kind, complete=False, based=False), None)
    wrote(home, Lies(1, "ours", complete=False, based=False), None)
    assert [each.foreign for each in runs.every(home)] == [why, None]
    found = told(home, Keep(1), NOW)
    assert [fate.goes for fate, _ in found or ()] == ([True] if kind == "ours" else [])


LIES = st.builds(Lies, st.integers(-60, 60), st.sampled_from(KINDS), st.booleans(), st.booleans())


@given(
    lies=st.lists(LIES, max_size=9),
    keep=st.builds(Keep, st.none() | st.integers(1, 4), st.none() | st.integers(1, 2)),
    latest=st.sampled_from(["as it is", "as it is", "gone", "foreign"]),
    hours=st.integers(-24, 48),
)
def test_whatever_lies_there_nothing_goes_that_somebody_needs(
    lies: list[Lies], keep: Keep, latest: str, hours: int
) -> None:
    with tempfile.TemporaryDirectory() as root:
        home = Path(root) / "local"
        home.mkdir()
        names, last = {}, None
        for each in lies:
            name, sha256 = wrote(home, each, last)
            names[name] = each
            last = sha256 if each.kind in ("ours", "by hand", "other") else last
        if latest != "as it is" and os.path.lexists(home / "latest"):
            (home / "latest").unlink()
        if latest == "foreign":
            (home / "latest").write_text("mine")
        before, kept = _there(home), {each.name: each for each in runs.every(home)}
        now = NOW + timedelta(hours=hours)
        dry = told(home, keep, now, coming=True)
        assert _there(home) == before
        found = told(home, keep, now)
        after = _there(home)
        gone = before - after
        assert after - {"removed"} <= before
        if found is None:
            assert not gone
            return
        assert dry is not None
        check(names, kept, gone, keep, now)
        if latest == "as it is" and os.path.lexists(home / "latest"):
            assert (home / "latest" / "manifest.json").is_file()
        if latest == "gone" and any(each.complete and not each.foreign for each in kept.values()):
            assert not gone
        # Each that the rules do not keep is told, with why.
        assert gone == {fate.run.name for fate, _ in found if fate.goes}
        assert all(fate.why for fate, _ in found)
        # What holds a run does not go with the others.
        again = told(home, keep, now)
        assert again is not None
        assert not any(fate.goes for fate, _ in again)


def told(
    home: Path, keep: Keep, now: datetime, *, coming: bool = False
) -> list[tuple[retention.Fate, str | None]] | None:
    """What becomes of them; None where ``latest`` is not ours."""
    run = runs.Kept("20991231T000000Z", complete=False, report="night") if coming else None
    try:
        return retention.applied(home, keep, now=now, report="night", pinned=(), coming=run)
    except OutputError as error:
        if "was not made by datarisk" not in str(error):
            raise
        return None


def _there(home: Path) -> set[str]:
    return {each.name for each in home.iterdir()}


def check(names: dict[str, Lies], kept: dict[str, runs.Kept], gone: set[str], keep: Keep, now: datetime) -> None:
    ours = [each for each in kept.values() if not each.foreign]
    assert all(names[name].kind == "ours" for name in gone)
    for some in (ours, [each for each in ours if each.report == "night"]):
        complete = [each for each in some if each.complete]
        assert not complete or complete[-1].name not in gone
    own = [each.name for each in ours if each.report == "night"]
    if keep.last is None and keep.days is None:
        assert not gone
    if keep.last is not None:
        assert gone.isdisjoint(own[-keep.last :])
    if keep.days is not None:
        young = now - timedelta(days=keep.days)
        assert all(datetime.strptime(name[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) <= young for name in gone)
    # Of what stays for a reason of its own, that is by the rules or as somebody else's, the baseline stays.
    staying = [
        each
        for each in kept.values()
        if each.foreign or each.report != "night" or (keep.last is not None and each.name in own[-keep.last :])
    ]
    needed = {sha256 for each in staying for sha256 in each.baselines}
    assert all(kept[name].sha256 not in needed for name in gone)


def test_a_run_stays_while_it_is_young_or_among_the_last(nights: Nights) -> None:
    nights.declare(claims=OPEN)
    nights.file(f'{ONE}baseline = "none"\nkeep_last = 2\n')
    for _ in range(4):
        nights.run()
    assert nights.kept == ["20261125", "20261126"]
    nights.file(f'{ONE}baseline = "none"\nkeep_last = 1\nkeep_days = 2\n')
    nights.run()
    assert nights.kept == ["20261126", "20261127"]


def test_the_last_complete_run_stays_however_many_are_incomplete(nights: Nights) -> None:
    nights.declare(claims=OPEN)
    nights.file(f"{ONE}keep_last = 1\n")
    nights.run()
    nights.declare(torn=b"{")
    for _ in range(4):
        nights.run(status=3)
    assert nights.kept == ["20261123", "20261127"]
    assert (nights.archive / "latest").readlink() == Path("20261123T180000Z")
    nights.declare(torn=None)
    assert " nothing new" in nights.run()
    # What it was held against stays as long as it does itself.
    assert nights.kept == ["20261123", "20261128"]


def test_what_the_settings_name_as_their_baseline_stays(nights: Nights) -> None:
    nights.declare(claims=OPEN)
    nights.file(f'{ONE}baseline = "none"\n')
    nights.run()
    put = 'formats = ["json"]\npolicy.max_not_assessed = 99\npolicy.baseline = "reports/local/20261123T180000Z"\n'
    (nights.folder / "datarisk.toml").write_text(put)
    nights.file(f'{ONE}baseline = "none"\nkeep_last = 1\n')
    for _ in range(3):
        nights.run()
    assert nights.kept == ["20261123", "20261126"]


def test_of_two_reports_in_one_folder_each_has_rules_of_its_own(nights: Nights) -> None:
    nights.declare(claims=OPEN)
    other = ONE.replace("night", "other")
    nights.file(f'keep_last = 1\nbaseline = "none"\n{ONE}{other}keep_last = 3\n')
    for _ in range(4):
        nights.run()
    left = [json.loads((run / "manifest.json").read_bytes())["report"] for run in nights.archive.glob("2*")]
    assert sorted(left) == ["night", "other", "other", "other"]


def test_a_run_that_was_made_by_hand_is_nobody_s_to_take_away(nights: Nights) -> None:
    nights.declare(claims=OPEN)
    assert nights._called("report", "in", SOURCE_DATE_EPOCH="1795370400")[0] == 0  # noqa: SLF001
    nights.file(f'{ONE}keep_last = 1\nbaseline = "none"\n')
    for _ in range(3):
        nights.run()
    assert nights.kept == ["20261122", "20261125"]


def test_it_says_with_v_and_in_the_log_what_was_kept_and_removed_and_why(nights: Nights) -> None:
    nights.declare(claims=OPEN)
    nights.file(f"{ONE}keep_last = 1\n")
    nights.run()
    nights.run()
    said = nights.run("-v")
    assert "local/20261123T180000Z was removed: no rule keeps it" in said
    assert "local/20261124T180000Z was kept: 20261125T180000Z was held against it" in said
    lines = [json.loads(line) for line in nights.run("--log-format", "json").splitlines() if line.startswith("{")]
    fates = {
        line["event"]: (line["run"], line["why"]) for line in lines if line["event"] in ("run kept", "run removed")
    }
    assert fates == {
        "run removed": ("local/20261124T180000Z", "no rule keeps it"),
        "run kept": ("local/20261125T180000Z", "20261126T180000Z was held against it"),
    }


def test_a_run_goes_as_a_whole_or_not_at_all(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    nights.declare(claims=OPEN)
    nights.file(f'{ONE}keep_last = 1\nbaseline = "none"\n')
    nights.run()
    with monkeypatch.context() as here:
        # Cut short between the move and the end of it.
        here.setattr(shutil, "rmtree", lambda *_, **__: None)
        nights.run()
    assert nights.kept == ["20261124"]
    assert list(nights.archive.glob(".run-*"))
    nights.run()
    assert not list(nights.archive.glob(".run-*"))
    move = Path.rename

    def refuses(self: Path, target: Path) -> Path:
        if target.name.startswith(".run-"):
            raise OSError(errno.EACCES, "Permission denied")
        return move(self, target)

    monkeypatch.setattr(Path, "rename", refuses)
    assert "local/20261125T180000Z was not removed: Permission denied" in nights.run()
    assert nights.kept == ["20261125", "20261126"]


def test_a_latest_that_is_not_ours_keeps_everything_and_is_told(nights: Nights) -> None:
    nights.declare(claims=OPEN)
    nights.file(f'{ONE}keep_last = 1\nbaseline = "none"\n')
    nights.run()
    (nights.archive / "latest").unlink()
    (nights.archive / "latest").write_text("mine")
    said = nights.run(status=2)
    assert "what lies there was not made by datarisk" in said
    assert nights.kept == ["20261123", "20261124"]
    assert (nights.archive / "latest").read_text() == "mine"


def test_whoever_has_opened_a_run_reads_it_to_its_end(nights: Nights) -> None:
    nights.declare(claims=OPEN)
    nights.file(f'{ONE}keep_last = 1\nbaseline = "none"\n')
    nights.run()
    run = nights.archive / "20261123T180000Z"
    size = (run / "report.json").stat().st_size
    with (run / "report.json").open("rb") as file:
        nights.run()
        assert not run.exists()
        assert len(file.read()) == size


def _writes(root: str, number: int, over: Any) -> None:
    """Complete runs, one after the other, while somebody takes old ones away."""
    hour = 0
    while not over.is_set():
        hour += 1
        at = NOW + timedelta(hours=hour)
        facts = {"scope": SCOPE, "configuration": [], "report": "night"}
        document = Document("report.json", "application/json", f"{number} {hour}".encode())
        folder = bundle.write(
            Path(root), Bundle("local", "local", at, complete=True, documents=[document], facts=facts)
        )
        bundle.point_latest(folder)


def test_while_others_write_latest_always_leads_to_a_run_that_is_there_whole(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    over = context.Event()
    writers = [context.Process(target=_writes, args=(str(tmp_path), number, over)) for number in range(2)]
    home = tmp_path / "local"
    for each in writers:
        each.start()
    try:
        waiting = threading.Event()
        while not os.path.lexists(home / "latest"):
            waiting.wait(0.01)
        removed = 0
        while removed < 20:
            found = retention.applied(home, Keep(1), now=NOW, report="night", pinned=())
            removed += sum(fate.goes and why is None for fate, why in found)
            manifest = json.loads((home / "latest" / "manifest.json").read_bytes())
            assert manifest["complete"]
    finally:
        over.set()
        for each in writers:
            each.join(timeout=30)
    assert [each.exitcode for each in writers] == [0, 0]
    assert all(each.foreign is None for each in runs.every(home))


def test_nothing_is_new_where_nothing_changed_though_old_runs_went(nights: Nights) -> None:
    nights.declare(claims=QUIET)
    nights.file(f"{ONE}keep_last = 1\n")
    nights.run()
    for _ in range(3):
        assert "nothing new" in nights.run()
