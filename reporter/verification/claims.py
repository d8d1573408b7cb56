"""Which claims of a file that was kept are not those that the evidence gives, each by its id and in words.

What was kept is hostile: nothing parses it that takes more than linear time, and no more of it is told than fits a
line. Ids come from the file that was made again, never from the one that was kept.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, zip_longest
from typing import Any, Final

from reporter.errors import UnreadableError
from reporter.plain.canonical import parsed
from reporter.plain.text import shown
from reporter.verification import books, leaves, pages
from reporter.verification.words import ABSENT, NAMED, first, said
from reporter.view.claims import claim
from reporter.view.report import Report

#: What names a thing in a list, the first of these of which it has all; what has none of them is named by its place.
_IDENTITY: Final = (
    ("schema_version_id", "kind", "name"),
    ("anchor", "part"),
    ("record_sha256", "pointer"),
    ("id", "record_sha256"),
    *((name,) for name in (
        "id", "bom-ref", "uuid", "@id", "anchor", "key", "rule", "name", "number", "sha256", "item", "severity",
        "location", "source", "title", "text",
    )),
)  # fmt: skip


#: What is so much larger than ours is not looked into: it would take time that the evidence does not explain.
_MOST: Final = 2
_SPARE: Final = 1 << 20


def differing(name: str, kept: bytes, again: bytes, report: Report) -> list[str]:
    """What a file says that its evidence does not give, or not so; never empty, and at most ten lines and a count.

    Args:
        name: The file's, from the run's folder.
        kept: What lies there.
        again: What its evidence gives, of the same name; the two differ.
        report: What that was made from.
    """
    if len(kept) > _MOST * len(again) + _SPARE:
        return [f"{name}: not what the evidence gives: {len(kept):,} bytes for {len(again):,}"]
    kind = name.rpartition(".")[2]
    compare = _COMPARED.get(kind, _nothing)
    try:
        found = compare(kept, again, report)
        told = [f"{name}: {each}" for each in islice(found, NAMED)]
        more = sum(1 for _ in found)
    except (ValueError, RecursionError, csv.Error, UnreadableError) as error:
        return [f"{name}: not what the evidence gives, and cannot be read: {shown(str(error), 120)}"]
    if more:
        told.append(f"{name}: and {more:,} more claims")
    return told or [f"{name}: {_from(kept, again)}"]


def _from(kept: bytes, again: bytes) -> str:
    """Where two files that say the same begin to differ."""
    at = first(kept, again)
    return f"says the same, and is not written as the evidence gives it, from byte {at + 1:,} of {len(kept):,} on"


def _nothing(kept: bytes, again: bytes, _: Report) -> Iterator[str]:
    yield f"not what the evidence gives, from byte {first(kept, again) + 1:,} on"


# --- JSON


def _in_json(kept: bytes, again: bytes, _: Report) -> Iterator[str]:
    for at, theirs, ours in _pairs(parsed(kept), json.loads(again), ""):
        yield said(at or "the whole", theirs, ours)


def _pairs(kept: Any, again: Any, at: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(kept, dict) and isinstance(again, dict):
        told = again.get("claim")
        at = told if isinstance(told, str) and told else at
        for name in [*again, *(name for name in kept if name not in again)]:
            yield from _pairs(kept.get(name, ABSENT), again.get(name, ABSENT), _step(at, name))
    elif isinstance(kept, list) and isinstance(again, list) and any(isinstance(each, dict) for each in again):
        theirs, ours = _named(kept), _named(again)
        for name in [*ours, *(name for name in theirs if name not in ours)]:
            yield from _pairs(theirs.get(name, ABSENT), ours.get(name, ABSENT), f"{at}/{name}")
        if [*theirs] != [*ours] and theirs.keys() == ours.keys():
            yield at, "another order", "its own"
    # True is no 1 in JSON, and 1 no 1.0.
    elif type(kept) is not type(again) or kept != again:
        yield _of(again, at), kept, again


def _of(item: Any, at: str) -> str:
    told = item.get("claim") if isinstance(item, dict) else None
    return told if isinstance(told, str) and told else at


def _step(at: str, name: str) -> str:
    return f"{at}/{claim(name)}" if at else claim(name)


def _named(items: list[Any]) -> dict[str, Any]:
    """Each item of a list by what it is; several of one name also by how many came before."""
    times: Counter[str] = Counter()
    found: dict[str, Any] = {}
    for place, item in enumerate(items):
        has = item if isinstance(item, dict) else {}
        names = next((names for names in _IDENTITY if all(isinstance(has.get(each), str | int) for each in names)), ())
        name = "/".join(claim(has[each]) for each in names) or str(place)
        times[name] += 1
        found[name if times[name] == 1 else f"{name}~{times[name]}"] = item
    return found


# --- tables


def _in_csv(kept: bytes, again: bytes, _: Report) -> Iterator[str]:
    theirs, ours = (csv.DictReader(io.StringIO(each.decode("utf-8-sig"), newline="")) for each in (kept, again))
    if theirs.fieldnames != ours.fieldnames:
        yield said("the names of its columns", [*(theirs.fieldnames or ())], [*(ours.fieldnames or ())])
        return
    if "claim" not in (ours.fieldnames or ()):
        yield from _in_rows(zip_longest(theirs, ours), 1)
        return
    there = {row["claim"]: row for row in theirs}
    known = set()
    for row in ours:
        known.add(row["claim"])
        called = f"claim {row['claim']}" if row["claim"] else _called(row)
        yield from _in_row(called, there.get(row["claim"]), row)
    for name, row in there.items():
        if name not in known:
            yield said(shown(str(name), 300), row.get("declared"), ABSENT)


def _in_rows(pairs: Iterable[tuple[Any, Any]], first: int) -> Iterator[str]:
    for number, (theirs, ours) in enumerate(pairs, start=first):
        called = f"row {number:,}, {_called(ours)}" if ours else f"row {number:,}"
        yield from _in_row(called, theirs, ours)


def _in_row(called: str, theirs: dict[str, str] | None, ours: dict[str, str] | None) -> Iterator[str]:
    if theirs is None or ours is None:
        yield said(called, ABSENT if theirs is None else "a row", ABSENT if ours is None else "a row")
        return
    for column in [*ours, *(name for name in theirs if name not in ours)]:
        if theirs.get(column) != ours.get(column):
            yield said(f"{called}, column {column}", theirs.get(column), ours.get(column))


def _called(row: dict[str, str]) -> str:
    """What tells a row of another table from its neighbours."""
    names = ("agent_id", "id", "rule", "question", "criterion", "schema_version_id", "span_type")
    return "/".join(shown(row[name], 120) for name in names if row.get(name)) or row.get("row", "")


_COMPARED: Final[dict[str, Callable[[bytes, bytes, Report], Iterator[str]]]] = {
    "json": _in_json,
    "jsonld": _in_json,
    "csv": _in_csv,
    "html": pages.in_html,
    "pdf": leaves.in_pdf,
    "xlsx": books.in_book,
}
