"""What may be kept of a run: metadata, field by field; everything else is dropped before it is anything.

Rows of runs and spans hold what people said to an agent and what it said to them. What is read of them is named here:
ids, names of span types, counts, versions, status, purpose, environment, times, and the labels of values that are
marked as sensitive. The vendor's SDK marks a value so: ``{"$sensitive": TYPE, "labels": [LABEL, ...], "value": ...}``,
anywhere in a payload.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from reporter.declared.model import Record
from reporter.declared.observed import Label, Observed, Rollup, Run, Seen, together
from reporter.declared.vocabulary import SIDES, Side
from reporter.plain.canonical import step
from reporter.plain.times import moment
from reporter.prefactor.shapes import OBSERVED, describe, not_what_was_asked_for

Row = dict[str, Any]

_IDS: Final = ("id", "agent_version_id", "environment_id")
_TIMES: Final = ("started_at", "finished_at", "last_activity_span_at", "inserted_at")
_OPEN: Final = "active"
#: A word of ours or of the platform's; anything longer may be what somebody said.
_WORD: Final = re.compile("[a-z_]{1,32}")
#: A label is a name that a developer gave. What looks like an address, a number or a sentence may be the value itself.
_LABEL: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.:/-]{0,39}")
_DIGITS: Final = re.compile(r"\d{4}")
_LONGEST: Final = 200
_MOST: Final = 2**53 - 1
_MARK: Final = "$sensitive"
_PAYLOADS: Final[dict[Side, str]] = {"params": "payload", "result": "result_payload"}
_ROLLUPS: Final = ("theoretical_risk", "observed_risk")
_NUMBERS: Final = ("total_span_types", "assessed_span_types", "external_communication_count")


# What is taken from answers.


def run(value: Any, allowed: Mapping[str, Collection[str]]) -> Row:
    """A row of ``GET /agent_instance``, or the details of one: its metadata, or ``why`` it answers another question."""
    why = not_what_was_asked_for(value, "agent_instance", allowed)
    if why:
        key = value.get("id") if isinstance(value, dict) else None
        return {"id": key if isinstance(key, str) else None, "why": why}
    found: Row = {name: _id(value.get(name)) for name in _IDS}
    found |= {name: _word(value.get(name)) for name in ("purpose", "status")}
    found |= {name: _time(value.get(name)) for name in _TIMES}
    found["spans"], found["faults"] = _counts(value)
    score = value.get("risk_score")
    if not found["spans"] and isinstance(score, dict) and isinstance(score.get("per_type"), list):
        rows = [row for row in score["per_type"] if isinstance(row, dict)]
        counted, faults = _named((row.get("schema_name"), row.get("count")) for row in rows)
        found |= {"spans": counted, "faults": [*found["faults"], *faults], "scored": bool(counted)}
    return found


def span(value: Any, agent_id: str) -> Row:
    """A row of ``GET /agent_spans``: whose it is, what it is called, and the labels in its payloads, by side.

    ``unkept`` counts the labels that are none that can be kept.
    """
    if not isinstance(value, dict) or value.get("agent_id") not in (None, agent_id):
        return {"id": None, "why": "it is a span of another agent, or none"}
    found: Row = {name: _id(value.get(name)) for name in ("id", "agent_instance_id")}
    found["name"] = _id(value.get("schema_name"))
    kept, unkept = [], 0
    for side, name in _PAYLOADS.items():
        some, other = _labels(value.get(name))
        kept += [(side, label) for label in sorted(some)]
        unkept += other
    return found | {"labels": kept, "unkept": unkept}


def rollup(value: Any) -> Row | None:
    """``risk_rollup``, which stands beside an agent's details; None where there is none."""
    if not isinstance(value, dict):
        return None
    return {name: _rolled(value.get(name)) for name in _ROLLUPS}


def _rolled(value: Any) -> Row | None:
    if not isinstance(value, dict):
        return None
    names = value.get("all_data_categories")
    words = sorted({each for each in names if _word(each)}) if isinstance(names, list) else []
    found: Row = {name: value[name] if _count(value.get(name)) else None for name in _NUMBERS}
    return found | {"all_data_categories": words, "highest_classification": _word(value.get("highest_classification"))}


def _counts(value: Row) -> tuple[dict[str, int] | None, list[str]]:
    """The counts of spans by name, where the details have any, and what is wrong with some."""
    counts = value.get("span_schema_counts")
    by_name = counts.get("by_name") if isinstance(counts, dict) else None
    if by_name is None:
        return None, [] if counts is None or isinstance(counts, dict) else [f"its counts are {describe(counts)}"]
    if not isinstance(by_name, dict):
        return None, [f"its counts by name are {describe(by_name)}, not an object"]
    return _named(by_name.items())


def _named(pairs: Iterable[tuple[Any, Any]]) -> tuple[dict[str, int], list[str]]:
    found: Counter[str] = Counter()
    faults = []
    for given, count in pairs:
        name = _id(given)
        if name is None:
            faults.append(f"the name of a span type is {describe(given)}, empty, or too long")
        elif not _count(count):
            what = "negative, or no whole number" if type(count) in (int, float) else describe(count)
            faults.append(f"a count of spans is {what}")
            # That the type ran is not known; that the run names it is.
            found[name] += 0
        else:
            found[name] += count
    return dict(found), sorted(set(faults))


def _labels(payload: Any) -> tuple[set[str], int]:
    """The labels of all marked values, each once a payload, and how many are none that can be kept."""
    kept: set[str] = set()
    unkept = 0
    waiting = [payload]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            given = value.get("labels") if _MARK in value else None
            for label in given if isinstance(given, list) else [] if given is None else [given]:
                fits = isinstance(label, str) and _LABEL.fullmatch(label) and not _DIGITS.search(label)
                if fits:
                    kept.add(label)
                unkept += not fits
    return kept, unkept


def _id(value: Any) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST else None


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None


def _count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= _MOST


def _time(value: Any) -> str | None:
    found = moment(value)
    return found.isoformat() if found else None


def life(row: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """When a run began and when it was last heard of; None where no time is given, and for one that is still going."""
    began, finished, active, inserted = (moment(row.get(name)) for name in _TIMES)
    known = [each for each in (began, finished, active, inserted) if each]
    last = None if row.get("status") == _OPEN else max(known, default=None)
    return began or inserted, last


# The record that is kept, one an agent.


def record_value(agent_id: str, head: Mapping[str, Any], runs: Iterable[Row], rolled: Row | None) -> Row:
    """What is kept of an agent's runs; ``head`` has window, time, and the numbers of what is left out."""
    value = {**head, "type": OBSERVED, "agent_id": agent_id, "rollup": rolled}
    value["runs"] = sorted(map(_kept, runs), key=lambda row: row["id"])
    return value


def _kept(row: Row) -> Row:
    labels: Mapping[str, Mapping[tuple[str, str], int]] = row.get("labels", {})
    counts: Mapping[str, int] | None = row["spans"]
    names = sorted({*(counts or {}), *labels})
    spans = [
        {
            "name": name,
            "count": (counts or {}).get(name, 0),
            "labels": [
                {"label": label, "side": side, "count": count}
                for (side, label), count in sorted(labels.get(name, {}).items())
            ],
        }
        for name in names
    ]
    kept = {name: row[name] for name in (*_IDS, *_TIMES, "purpose", "status")}
    return kept | {"spans": spans if counts is not None or labels else None, "scored": bool(row.get("scored"))}


def whole(value: Any) -> Any:
    """The same as far as it is what ``record_value`` makes: whatever else stands in it is not kept."""
    if not isinstance(value, dict):
        return {}
    numbers = {name: value[name] if _count(value.get(name)) else 0 for name in ("outside", "elsewhere", "not_kept")}
    runs = value.get("runs")
    kept = [_whole_run(row) for row in runs if isinstance(row, dict)] if isinstance(runs, list) else []
    return {
        "type": OBSERVED,
        "agent_id": _id(value.get("agent_id")),
        **{name: _time(value.get(name)) for name in ("since", "until", "read_at")},
        **numbers,
        "labels": value.get("labels") is True,
        "rollup": rollup(value.get("rollup")),
        "runs": kept,
    }


def _whole_run(row: Row) -> Row:
    kept: Row = {name: _id(row.get(name)) for name in _IDS}
    kept |= {name: _word(row.get(name)) for name in ("purpose", "status")}
    kept |= {name: _time(row.get(name)) for name in _TIMES}
    spans = row.get("spans")
    kept["spans"] = [_whole_span(each) for each in spans if isinstance(each, dict)] if isinstance(spans, list) else None
    return kept | {"scored": row.get("scored") is True}


def _whole_span(given: Row) -> Row:
    labels = given.get("labels")
    return {
        "name": _id(given.get("name")),
        "count": given["count"] if _count(given.get("count")) else 0,
        "labels": [
            {"label": each["label"], "side": each["side"], "count": each["count"]}
            for each in (labels if isinstance(labels, list) else [])
            if isinstance(each, dict) and isinstance(each.get("label"), str) and _LABEL.fullmatch(each["label"])
            and each.get("side") in SIDES and _count(each.get("count"))
        ],
    }  # fmt: skip


# From records to the model.


def by_agent(
    found: Iterable[Record], pinned: Mapping[str, str | None], environments: Mapping[str, str]
) -> dict[str, Observed]:
    """What the records say of each agent's runs.

    Args:
        found: All records; those of other kinds are passed over.
        pinned: The schema version of each agent version.
        environments: The name of each environment.
    """
    parts: dict[str, list[Observed]] = {}
    for item in found:
        if item.kind == OBSERVED and isinstance(item.value, dict) and _id(item.value.get("agent_id")):
            read = _observed(item, pinned, environments)
            if read:
                parts.setdefault(item.value["agent_id"], []).append(read)
    return {agent_id: together(some) if some[1:] else some[0] for agent_id, some in parts.items()}


def _observed(item: Record, pinned: Mapping[str, str | None], environments: Mapping[str, str]) -> Observed | None:
    value = item.value
    since, until, read_at = (moment(value.get(name)) for name in ("since", "until", "read_at"))
    if since is None or read_at is None:
        return None
    rolled = value.get("rollup") or {}
    return Observed(
        since=since,
        until=until,
        read_at=read_at,
        runs=tuple(_runs(item, read_at, pinned, environments)),
        outside=value["outside"],
        elsewhere=value["elsewhere"],
        labels=value["labels"],
        not_kept=value["not_kept"],
        theoretical=_of_rollup(rolled.get("theoretical_risk")),
        ran=_of_rollup(rolled.get("observed_risk")),
        records=(item.sha256,),
    )


def _runs(
    item: Record, read_at: datetime, pinned: Mapping[str, str | None], environments: Mapping[str, str]
) -> Iterator[Run]:
    for number, row in enumerate(item.value["runs"]):
        if row["id"] is None:
            continue
        at = step("/runs", number)
        version, place = row["agent_version_id"], row["environment_id"]
        began, last = life(row)
        yield Run(
            id=row["id"],
            agent_version_id=version,
            schema_version_id=pinned.get(version or ""),
            environment=environments.get(place, place) if place else None,
            purpose=row["purpose"],
            status=row["status"],
            began=began,
            last=last or read_at if row["status"] == _OPEN else last,
            spans=None if row["spans"] is None else tuple(_seen(row["spans"], f"{at}/spans")),
            pointer=at,
            record_sha256=item.sha256,
            future=began is not None and began > read_at,
            scored=row["scored"],
        )


def _seen(spans: Iterable[Row], at: str) -> Iterator[Seen]:
    for number, each in enumerate(spans):
        if each["name"] is not None:
            place = step(at, number)
            labels = tuple(
                Label(one["label"], one["side"], one["count"], f"{step(f'{place}/labels', index)}/label")
                for index, one in enumerate(each["labels"])
            )
            yield Seen(each["name"], each["count"], labels, f"{place}/name")


def _of_rollup(value: Row | None) -> Rollup | None:
    if value is None:
        return None
    total, assessed, external = (value[name] for name in _NUMBERS)
    return Rollup(tuple(value["all_data_categories"]), total, assessed, external, value["highest_classification"])
