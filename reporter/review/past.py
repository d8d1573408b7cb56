"""The runs before one, as far as its report shows them: kept with its evidence, so that it can be made again alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pydantic import TypeAdapter, ValidationError

from reporter.declared.model import HistoryFile
from reporter.errors import UsageError
from reporter.plain.canonical import canonical, digest
from reporter.review.ledger import Bits, Ledger, NoLedgerError, Time, checked, plain
from reporter.review.trend import Point, Trend

SCHEMA: Final = "datarisk/past/1"


@dataclass(frozen=True, slots=True)
class Past:
    """What an archive tells of the runs before one.

    Attributes:
        trend: After the complete runs about the same account and scope.
        incomplete: How many runs could not read everything; likewise ``other_scope`` those about something else, and
            ``from_reports`` those of the trend that an earlier version made, and that were read from their reports.
        later: How many are dated later, as a clock that went back leaves them; ``newer_evidence`` how many are not,
            and hold evidence that was read no earlier.
        torn: The names of what lies where runs would, and cannot be read; ``clocks`` those of runs whose own time
            cannot be right.
    """

    trend: Trend = field(default_factory=Trend)
    incomplete: int = 0
    other_scope: int = 0
    from_reports: int = 0
    later: int = 0
    newer_evidence: int = 0
    torn: tuple[str, ...] = ()
    clocks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kept:
    """A past in JSON; ``since`` has of each span type its agent, kind and name, and then its groups."""

    schema: Literal["datarisk/past/1"]
    points: tuple[Point, ...]
    last: Ledger
    since: tuple[tuple[str, str, str, tuple[tuple[Time, Time | None, Bits], ...]], ...]
    incomplete: int
    other_scope: int
    from_reports: int
    later: int
    newer_evidence: int
    torn: tuple[str, ...]
    clocks: tuple[str, ...]


_SHAPE: Final = TypeAdapter(_Kept)
_POINT: Final = TypeAdapter(Point)
_COUNTS: Final = ("incomplete", "other_scope", "from_reports", "later", "newer_evidence")


def kept(past: Past) -> HistoryFile | None:
    """A past as it is kept with the evidence; None where there was no run to compare with."""
    trend = past.trend
    if trend.last is None:
        return None
    value: dict[str, Any] = {
        "schema": SCHEMA,
        "points": [_POINT.dump_python(each, mode="json") for each in trend.points],
        "last": plain(trend.last),
        "since": [
            [*key, [[since, after, f"{bits:x}"] for since, after, bits in groups]]
            for key, groups in sorted(trend.since.items())
        ],
        **{name: getattr(past, name) for name in _COUNTS},
        "torn": [*past.torn],
        "clocks": [*past.clocks],
    }
    text = canonical(value)
    return HistoryFile("history of the archive", digest(text), text.decode())


def again(given: HistoryFile) -> Past:
    """What was kept.

    Raises:
        UsageError: It was made by another program, or by a version that keeps it otherwise.
    """
    try:
        found = _SHAPE.validate_json(given.text, strict=True)
        checked(found.last)
    except (ValidationError, NoLedgerError) as error:
        said = error.errors(include_url=False)[0]["msg"] if isinstance(error, ValidationError) else str(error)
        remedy = "Leave it out with --no-history"
        raise UsageError(
            f"not kept by this program ({said})", where="history of the snapshot", remedy=remedy
        ) from error
    since = {
        (agent, kind, name): tuple((at, after, int(bits, 16)) for at, after, bits in groups)
        for agent, kind, name, groups in found.since
    }
    trend = Trend(found.points, found.last, since)
    counts = {name: getattr(found, name) for name in _COUNTS}
    return Past(trend, **counts, torn=found.torn, clocks=found.clocks)
