"""What ran, from metadata alone: runs with their counts of spans by name, labels, and the platform's roll-up.

A payload is nowhere in here. A count that is not there, or zero, proves nothing: platforms give empty counts for runs
that have spans.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from reporter.declared.vocabulary import Side

#: What a run is for where it is no work; whatever else it says, or says nothing, it counts as live.
TESTS: Final = ("smoke_test", "eval")


@dataclass(frozen=True, slots=True)
class Window:
    """What of runs is asked for.

    Attributes:
        since: What ended before does not count; ``until``: what began later does not, None for no such bound.
        labels: Whether span rows are read for the labels of values that are marked as sensitive.
        max_runs: Of how many runs of an agent details are read.
    """

    since: datetime
    until: datetime | None = None
    labels: bool = False
    max_runs: int = 1000


@dataclass(frozen=True, slots=True)
class Label:
    """A label of marked values: on which side, on how many, and where in the record it stands."""

    name: str
    side: Side
    count: int
    pointer: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A span type as a run names it, and how many spans of it there were."""

    name: str
    count: int
    labels: tuple[Label, ...]
    pointer: str


@dataclass(frozen=True, slots=True)
class Run:
    """One run.

    Attributes:
        schema_version_id: By way of its agent version; None where that was not read.
        environment: Its name, or its id where it has none.
        purpose: As the platform says it; None where it says nothing that is known.
        began: When, and ``last`` when it last was heard of; None where no time is given.
        spans: None where nothing tells them.
        pointer: RFC 6901, into the record that holds it.
        future: Whether it begins after it was read, by the clock of this machine.
        scored: Whether its counts come from its score, which may leave out what scores nothing.
    """

    id: str
    agent_version_id: str | None
    schema_version_id: str | None
    environment: str | None
    purpose: str | None
    status: str | None
    began: datetime | None
    last: datetime | None
    spans: tuple[Seen, ...] | None
    pointer: str
    record_sha256: str
    future: bool = False
    scored: bool = False

    @property
    def live(self) -> bool:
        """Whether it may have been work: all that is not said to be a test is."""
        return self.purpose not in TESTS

    @property
    def told(self) -> bool:
        """Whether any span of it is known; that none is does not mean that there is none."""
        return any(each.count for each in self.spans or ())

    @property
    def begun(self) -> bool:
        """Whether it is more than registered: of what never began no spans are missing."""
        later = self.last is not None and self.began is not None and self.last > self.began
        return self.told or self.status != "pending" or later

    @property
    def seen(self) -> Iterator[Seen]:
        """The span types that are known to have run."""
        return (each for each in self.spans or () if each.count)


@dataclass(frozen=True, slots=True)
class Rollup:
    """What the platform itself reckons of an agent's span types; None for what it does not say."""

    categories: tuple[str, ...]
    total: int | None
    assessed: int | None
    external: int | None
    highest: str | None


@dataclass(frozen=True, slots=True)
class Observed:
    """What was read of an agent's runs.

    Attributes:
        read_at: When, by the clock of the machine that read it.
        runs: Those in the window, by their ids.
        outside: How many runs are not in the window; ``elsewhere``: in no environment that was asked for.
        labels: Whether span rows were read, and ``not_kept`` how many labels of theirs are none that can be shown.
        theoretical: The roll-up of what is declared, and ``ran`` that of what ran; None where the platform has none.
        records: The digests of the records that hold it.
    """

    since: datetime
    until: datetime | None
    read_at: datetime
    runs: tuple[Run, ...]
    outside: int = 0
    elsewhere: int = 0
    labels: bool = False
    not_kept: int = 0
    theoretical: Rollup | None = None
    ran: Rollup | None = None
    records: tuple[str, ...] = ()

    @property
    def live(self) -> list[Run]:
        """The runs that may have been work."""
        return [run for run in self.runs if run.live and run.begun]


def within(given: Observed, environments: Iterable[str], as_of: datetime | None) -> Observed:
    """What of it is in the environments that were asked for, if any were, and had begun by a time."""
    asked = {name.casefold() for name in environments}
    here = [run for run in given.runs if not asked or run.environment is None or run.environment.casefold() in asked]
    by_then = [run for run in here if as_of is None or run.began is None or run.began <= as_of]
    return replace(
        given,
        runs=tuple(by_then),
        elsewhere=given.elsewhere + len(given.runs) - len(here),
        outside=given.outside + len(here) - len(by_then),
    )


def together(parts: Iterable[Observed]) -> Observed:
    """Several readings as one, whose window is what all of them cover; of two readings of a run the fuller counts."""
    parts = sorted(parts, key=lambda each: (each.read_at, each.records))
    runs: dict[str, Run] = {}
    for part in parts:
        for run in part.runs:
            known = runs.get(run.id)
            if known is None or run.told or not known.told:
                runs[run.id] = run
    last = parts[-1]
    ends = [each.until or each.read_at for each in parts]
    return Observed(
        since=max(each.since for each in parts),
        until=last.until if len(parts) == 1 else min(ends),
        read_at=last.read_at,
        runs=tuple(runs[key] for key in sorted(runs)),
        outside=max(each.outside for each in parts),
        elsewhere=max(each.elsewhere for each in parts),
        labels=all(each.labels for each in parts),
        not_kept=sum(each.not_kept for each in parts),
        theoretical=last.theoretical,
        ran=last.ran,
        records=tuple(sha256 for each in parts for sha256 in each.records),
    )
