"""Ids that sort, rows that are all written or not at all, and files that are only opened if they are ours."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.errors import UsageError
from reporter.registry.access import admit, authenticate, parsed
from reporter.registry.store import IdMaker, Store, text

ROOT = Path(__file__).resolve().parents[2]
START = datetime(2026, 11, 23, 9, tzinfo=UTC)


@given(steps=st.lists(st.integers(-2000, 2000), max_size=60), seed=st.integers())
def test_ids_are_unique_and_sort_in_the_order_in_which_they_were_made(steps: list[int], seed: int) -> None:
    now = START

    def clock() -> datetime:
        return now

    make = IdMaker(clock, random.Random(seed).randbytes)
    made = [make()]
    for step in steps:
        now += timedelta(milliseconds=step)
        made.append(make())
    assert made == sorted(set(made))
    assert all(re.fullmatch(r"[0-9a-hjkmnp-tv-z]{32}", each) for each in made)


def test_a_millisecond_that_is_full_borrows_from_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reporter.registry.store._COUNTER_BITS", 3)
    make = IdMaker(lambda: START, bytes)
    ids = [make() for _ in range(20)]
    assert ids == sorted(set(ids))
    assert len({each[:10] for each in ids}) == 3


def test_the_same_clock_and_entropy_make_the_same_ids() -> None:
    def ids() -> list[str]:
        with Store(clock=lambda: START, entropy=random.Random(7).randbytes) as store:
            return [store.account_id, store.insert("team", name="T")["id"]]

    assert ids() == ids()


@given(st.datetimes(datetime(1900, 1, 1), datetime(2999, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_a_moment_keeps_its_instant(moment: datetime) -> None:
    written = parsed(moment.isoformat(), "timestamp")
    assert written.endswith("Z")
    assert datetime.fromisoformat(written) == datetime.fromisoformat(moment.isoformat())
    assert text(datetime.fromisoformat(written)) == written


def test_a_moment_without_an_offset_is_utc() -> None:
    assert parsed("2026-11-23T09:00:00", "timestamp") == "2026-11-23T09:00:00Z"


def test_what_fails_halfway_leaves_nothing_behind() -> None:
    with Store() as store:

        def halfway() -> None:
            with store.transaction():
                store.insert("team", name="T")
                with store.transaction():
                    store.insert("agent", name="A", team_id="nobody")

        with pytest.raises(sqlite3.IntegrityError):
            halfway()
        assert (store.count("team"), store.count("agent")) == (0, 0)


def test_threads_do_not_see_each_others_half_written_rows() -> None:
    with Store() as store:

        def write(number: int) -> None:
            for _ in range(20):
                with store.transaction():
                    before = store.count("team")
                    store.insert("team", name=f"T{number}")
                    assert store.count("team") == before + 1

        threads = [threading.Thread(target=write, args=[number]) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.counts("team", "name", {}) == {f"T{number}": 20 for number in range(8)}


def test_a_change_to_no_row_is_an_error() -> None:
    with Store() as store, pytest.raises(KeyError, match="nobody"):
        store.change("team", "nobody", name="T")


def test_none_matches_what_is_not_set() -> None:
    with Store() as store:
        store.insert("environment", name="E", purpose="testing")
        store.insert("environment", name="F", purpose="testing", description="d")
        assert [row["name"] for row in store.select("environment", {"description": None})] == ["E"]


def test_a_file_outlives_the_store(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    with Store(path, account_name="Harbour Mutual") as store:
        account = store.account_id
    with Store(path, account_name="Another") as store:
        assert store.account_id == account
        assert store.get("account", account)["name"] == "Harbour Mutual"


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    with Store(path):
        assert {each.stat().st_mode & 0o777 for each in tmp_path.iterdir()} == {0o600}


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("These are my notes, not a database.\n" * 50, "utf-8")
    with pytest.raises(UsageError, match="cannot be opened") as refused:
        Store(path)
    assert refused.value.where == str(path)
    assert path.read_text("utf-8").startswith("These are my notes")


def test_a_database_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE theirs (x)")
    other.commit()
    other.close()
    before = path.read_bytes(), path.stat().st_mtime_ns
    with pytest.raises(UsageError, match="not one of this version"):
        Store(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be opened"):
        Store(tmp_path / "missing" / "registry.db")


def test_a_second_registry_on_the_same_file_is_refused_and_the_first_keeps_its_token(tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    with Store(path) as store:
        admit(store, "first-token")
        with pytest.raises(UsageError, match="another registry, or another program, has this database open"):
            Store(path)
        assert authenticate(store, "first-token").scope == "account"
    with Store(path) as store:
        assert authenticate(store, "first-token").scope == "account"


def test_a_registry_that_was_killed_does_not_hold_its_file(tmp_path: Path) -> None:
    code = "import os, sys; from pathlib import Path; from reporter.registry.store import Store\n"
    code += "store = Store(Path(sys.argv[1])); store.insert('team', name='T'); os.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "kept.db")], cwd=ROOT, check=False, timeout=60)
    assert done.returncode == -9
    with Store(tmp_path / "kept.db") as store:
        assert store.count("team") == 1


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_regular_file_is_refused_and_not_waited_for(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "odd")
    with pytest.raises(UsageError, match="cannot be opened"):
        Store(tmp_path / "odd")


def test_a_database_of_another_program_with_our_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as theirs:
        theirs.executescript("CREATE TABLE agent (id); PRAGMA user_version = 1")
    before = path.read_bytes()
    with pytest.raises(UsageError, match="not one of this version of the registry"):
        Store(path)
    assert path.read_bytes() == before
