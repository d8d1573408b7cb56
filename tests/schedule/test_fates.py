"""Each thing that holds a run, by itself: were it not for that, the run would go."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reporter.schedule.file import Keep
from reporter.schedule.retention import plan
from reporter.schedule.runs import Kept

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
ONE = Keep(last=1)


def ran(day: int, *, complete: bool = True, report: str | None = "night", based: int | None = None) -> Kept:
    """A run of a day in November; its report's digest is its day."""
    baselines = frozenset() if based is None else frozenset({f"sha-{based}"})
    return Kept(f"202611{day:02}T120000Z", complete, report, "scope", f"sha-{day}", baselines)


def fates(*runs: Kept, keep: Keep = ONE, latest: int | None, pinned: int | None = None) -> dict[int, str]:
    """What becomes of each, by its day: ``goes``, or why it stays."""
    names = [f"202611{day:02}T120000Z" for day in (latest, pinned) if day is not None]
    found = plan(
        runs,
        keep,
        now=NOW,
        report="night",
        latest=names[0] if latest is not None else None,
        pinned=names[1:],
    )
    return {int(fate.run.name[6:8]): "goes" if fate.goes else fate.why for fate in found}


def test_what_no_rule_keeps_and_nothing_holds_goes() -> None:
    assert fates(ran(1), ran(2), ran(3), latest=3) == {1: "goes", 2: "goes", 3: "among the last 1"}


def test_the_last_complete_run_of_the_report_stays_though_another_report_s_is_newer() -> None:
    every = (ran(1), ran(2), ran(3, complete=False), ran(4, report="other"))
    assert fates(*every, latest=4) == {1: "goes", 2: "the last complete run", 3: "among the last 1"}


def test_the_last_complete_run_stays_though_latest_leads_to_an_older_one() -> None:
    # A document of run 2 could not be made, so nobody is led to it.
    every = (ran(1), ran(2), ran(3, complete=False))
    assert fates(*every, latest=1) == {1: "latest leads to it", 2: "the last complete run", 3: "among the last 1"}


def test_what_was_named_stays() -> None:
    assert fates(ran(1), ran(2), ran(3), latest=3, pinned=1)[1] == "something else needs it"


def test_what_a_run_was_held_against_stays_as_long_as_that_run_and_holds_nothing_itself() -> None:
    every = (ran(1), ran(2, based=1), ran(3, based=2))
    held = "20261103T120000Z was held against it"
    assert fates(*every, latest=3) == {1: "goes", 2: held, 3: "among the last 1"}


@pytest.mark.parametrize("report", ["other", None])
def test_what_a_run_of_somebody_else_was_held_against_stays(report: str | None) -> None:
    every = (ran(1), ran(2, report=report, based=1), ran(3))
    assert fates(*every, latest=3) == {1: "20261102T120000Z was held against it", 3: "among the last 1"}


def test_what_a_run_that_somebody_wrote_into_was_held_against_stays() -> None:
    noted = Kept("20261102T120000Z", True, "night", "scope", "sha-2", frozenset({"sha-1"}), "it holds what is not ours")
    assert fates(ran(1), noted, ran(3), latest=3) == {1: "20261102T120000Z was held against it", 3: "among the last 1"}


def test_without_latest_nothing_goes_once_there_is_a_complete_run() -> None:
    why = "there are complete runs and no latest"
    every = (ran(1, complete=False), ran(2, complete=False))
    assert fates(*every, latest=None) == {1: "goes", 2: "among the last 1"}
    assert fates(ran(0 + 3, report="other"), *every, latest=None) == {1: why, 2: "among the last 1"}


def test_how_old_a_run_of_a_later_time_is_nobody_knows() -> None:
    late = Kept("20270101T000000Z", complete=True, report="night")
    odd = Kept("99999999T999999Z", complete=True, report="night")
    found = plan([ran(1), late, odd], Keep(days=2), now=NOW, report="night", latest=odd.name)
    assert [(fate.goes, fate.why) for fate in found] == [
        (True, "no rule keeps it"),
        (False, "not 2 days old"),
        (False, "its name tells no time"),
    ]


def test_a_number_and_days_keep_what_either_keeps() -> None:
    every = [ran(day) for day in range(20, 31)]
    found = fates(*every, keep=Keep(last=2, days=4), latest=30)
    assert [day for day, fate in found.items() if fate != "goes"] == [27, 28, 29, 30]
    found = fates(*every, keep=Keep(last=6, days=2), latest=30)
    assert [day for day, fate in found.items() if fate != "goes"] == [25, 26, 27, 28, 29, 30]


def test_without_rules_everything_stays() -> None:
    assert set(fates(ran(1), ran(2), keep=Keep(), latest=None).values()) == {"no rule takes it away"}
