"""Which runs of an archive are kept, and why; the others are taken away.

A run goes where it is neither among the last so many of its report nor younger than so many days, and nothing holds it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reporter import bundle
from reporter.plain import disk
from reporter.schedule.file import Keep
from reporter.schedule.runs import Kept, every


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a run.

    Attributes:
        held: Whether the rules alone would have taken it away.
    """

    run: Kept
    goes: bool
    held: bool
    why: str


def plan(
    runs: Sequence[Kept],
    keep: Keep,
    *,
    now: datetime,
    report: str,
    latest: str | None,
    pinned: Collection[str] = (),
) -> list[Fate]:
    """What becomes of each run of a report; of what is not ours, or of another report, nothing is said.

    Args:
        runs: Everything in the account's folder.
        keep: The rules. Where there are none, everything is kept.
        now: The run's clock.
        report: Its name: only its own runs go.
        latest: Where ``latest`` leads to.
        pinned: Names of runs that something else needs: the one that was made just now, the baseline of the settings.
    """
    ours = sorted((each for each in runs if each.foreign is None), key=lambda each: each.order)
    own = [each for each in ours if each.report == report]
    ruled = {each.name: why for each in own if (why := _ruled(each, own, keep, now))}
    complete = [each for each in ours if each.complete]
    last = {
        each[-1].name: "the last complete run"
        for each in (complete, [one for one in complete if one.report == report])
        if each
    }
    reasons = dict.fromkeys(pinned, "something else needs it") | last
    if latest is not None:
        reasons[latest] = f"{bundle.LATEST} leads to it"
    # Only of what stays for a reason of its own: else each would hold the one before it, and none would ever go.
    going = {each.name for each in own} - ruled.keys() - reasons.keys()
    staying = [each for each in runs if each.name not in going]
    against = {sha256: each.name for each in staying for sha256 in each.baselines}
    based = {each.name: f"{against[each.sha256]} was held against it" for each in own if each.sha256 in against}
    reasons = based | reasons
    # Complete runs and no `latest`: somebody is at work on it, or took it away, and nobody knows what it led to.
    unknown = "there are complete runs and no latest" if complete and latest is None else None
    return [_fate(each, ruled.get(each.name), reasons.get(each.name) or unknown) for each in own]


def _fate(run: Kept, ruled: str | None, held: str | None) -> Fate:
    if ruled:
        return Fate(run, goes=False, held=False, why=ruled)
    return Fate(run, goes=held is None, held=held is not None, why=held or "no rule keeps it")


def _ruled(run: Kept, own: Sequence[Kept], keep: Keep, now: datetime) -> str | None:
    """Why the rules keep a run; None where they do not."""
    if keep.last is None and keep.days is None:
        return "no rule takes it away"
    if keep.last is not None and run in own[-keep.last :]:
        return f"among the last {keep.last}"
    if keep.days is not None:
        try:
            made = datetime.strptime(run.order[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        except ValueError:  # a name of ours in form, and no time that there is
            return "its name tells no time"
        # What is later than now was made when the clock stood elsewhere; how old it is, nobody knows.
        if made > now - timedelta(days=keep.days):
            return f"not {keep.days} days old"
    return None


def applied(
    home: Path, keep: Keep, *, now: datetime, report: str, pinned: Collection[str], coming: Kept | None = None
) -> list[tuple[Fate, str | None]]:
    """Takes away what goes; returns what became of each run that the rules do not keep, and why that failed.

    Args:
        home: The account's folder.
        keep: The rules.
        now: The run's clock.
        report: Its name.
        pinned: As for ``plan``.
        coming: A run that is not written; then everything stays as it is, and this only says what would be.

    Raises:
        OutputError: The folder cannot be read, or ``latest`` is not ours.
        FaultError: The machine refuses.
    """
    if coming is not None:
        with disk.translated(home):
            latest = coming.name if coming.complete else bundle.pointed(home)
        there = [*every(home), coming]
        fates = plan(there, keep, now=now, report=report, latest=latest, pinned={*pinned, coming.name})
        return [(fate, None) for fate in fates if fate.goes or fate.held]
    found: list[tuple[Fate, str | None]] = []
    # So that nobody moves `latest` to what is being taken away.
    with disk.translated(home), bundle.held(home):
        fates = plan(every(home), keep, now=now, report=report, latest=bundle.pointed(home), pinned=pinned)
        for fate in fates:
            if fate.goes:
                found.append((fate, _taken_away(home / fate.run.name)))
            elif fate.held:
                found.append((fate, None))
    return found


def _taken_away(run: Path) -> str | None:
    try:
        bundle.take_away(run)
    except OSError as error:
        return error.strerror or "it cannot be moved"
    return None
