"""The window of time in which runs count, from what was said and the clock."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from reporter.declared.observed import Window
from reporter.errors import UsageError
from reporter.settings import Settings

_DAY: Final = len("2026-11-23")
_ABOUT_RUNS: Final = ("since", "until", "labels")


def window(given: Settings, now: datetime, flags: Collection[str] = ()) -> Window | None:
    """What of runs is asked for; None where none are.

    Args:
        given: The settings.
        now: The clock.
        flags: The settings that the command line names.

    Raises:
        UsageError: It ends before it begins, or begins in the future; or flags are about runs, and nobody asks for any.
    """
    if not given.observed:
        about = [name for name in _ABOUT_RUNS if name in flags]
        if about:
            what = f"--{about[0]} is about runs, and none are read"
            raise UsageError(what, where="command line", remedy="Add --observed")
        return None
    try:
        # What is asked as of a time is asked of the days before it.
        end = given.as_of or now
        since = _moment(given.since or f"{given.unseen_days}d", end, time.min)
        until = _moment(given.until, end, time.max) if given.until else given.as_of
    except OverflowError as error:
        what = "so many days are longer ago than any calendar goes"
        raise UsageError(what, where="--since or --until", remedy="Name fewer") from error
    if since > now:
        remedy = "Name a time that is past; the clock of this machine may be wrong"
        raise UsageError(f"the window of runs begins in the future, {_said(since)}", where="--since", remedy=remedy)
    if until is not None and until < since:
        what = f"the window of runs ends, {_said(until)}, before it begins, {_said(since)}"
        raise UsageError(what, where="--since and --until", remedy="Name an earlier --since, or a later --until")
    return Window(since, until, given.labels, given.max_runs)


def _moment(edge: str, now: datetime, of_day: time) -> datetime:
    if edge.endswith("d"):
        return now - timedelta(days=int(edge[:-1]))
    if len(edge) <= _DAY:
        return datetime.combine(date.fromisoformat(edge), of_day, UTC)
    said = datetime.fromisoformat(edge)
    return said.astimezone(UTC) if said.tzinfo else said.replace(tzinfo=UTC)


def _said(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
