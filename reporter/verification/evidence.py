"""Whether evidence is what was collected: where it is not, nothing else can be held against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reporter.plain.text import shown
from reporter.sources import snapshot
from reporter.sources.document import parse
from reporter.verification.layer import Layer, named
from reporter.verification.words import first
from reporter.view.report import Report

USELESS: Final = "is not what was collected, so that nothing else can be held against it"

_DIGITS: Final = 8  # of a digest that are told


def changed(kept: bytes, again: bytes, name: str) -> tuple[str, ...]:
    """What of a snapshot is not as it was collected; nothing if it is.

    Args:
        kept: The snapshot, which this program has read.
        again: What reading it and writing it again gave.
        name: What it is called.

    Raises:
        UnreadableError: It is no snapshot.
    """
    if kept == again:
        return ()
    value = parse(kept, name)
    told = [f"{name}: {each}" for each in (*_records(value), *_parts(value, name))]
    at = first(kept, again) + 1
    return named(told or [f"{name}: read and written again it is another one, from byte {at:,} of {len(kept):,} on"])


def complete(report: Report) -> Iterator[Layer]:
    """That a run says itself that it could not read everything, where it does: it is true to holes as well."""
    if not report.complete:
        number = len(report.gaps)
        gaps = "1 gap" if number == 1 else f"{number:,} gaps"
        words = f"the run could not read everything ({gaps}): nothing may be concluded from what is absent in it"
        yield Layer("complete", "unknown", words)


def _records(value: Mapping[str, Any]) -> Iterator[str]:
    for item, why in snapshot.records_changed(value):
        given = {key: shown(str(item[key]), 200) for key in ("kind", "location", "sha256", "agent_id") if key in item}
        of = f", of agent {given['agent_id']}" if "agent_id" in given else ""
        read = f"{given['kind']} read from {given['location']}{of}"
        yield f"record {given['sha256'][:_DIGITS]}\u2026 ({read}): {why}"


def _parts(value: Mapping[str, Any], name: str) -> Iterator[str]:
    """What is none of the records that can be named, and is found wrong in reading it."""
    own = value.get("gaps")
    known = [each.get("why") for each in own if isinstance(each, dict)] if isinstance(own, list) else []
    for gap in snapshot.from_value(value, name).gaps:
        if gap.what == snapshot.A_PART and gap.why not in known:
            yield shown(gap.why, 300)
