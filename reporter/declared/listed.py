"""Tools that are listed beside what is declared: which of them somebody declared, and which nobody did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from reporter.declared.model import Hint, SchemaVersion, SpanType


def beside(declared: Sequence[SchemaVersion], lists: Sequence[SchemaVersion]) -> list[SchemaVersion]:
    """All versions, with the hints of a listed tool beside the span type that declares it.

    A tool is declared by the span type of its name; where there is none, by the one whose name ends in it behind a
    colon, as ``tool:send`` and ``crm:send`` do, if there are not two. Such a tool gives its row to the span type,
    unless it declares something itself. Every other tool stays what it is: a span type that nobody declared.
    """
    names = _names(declared)
    hints: defaultdict[str, list[Hint]] = defaultdict(list)
    kept: list[SchemaVersion] = []
    for version in lists:
        left: list[SpanType] = []
        for tool in version.span_types or ():
            name = names.get(tool.name)
            if name is not None:
                hints[name] += tool.hints
            if name is None or tool.declared_cells or tool.declaration.oddities or tool.declaration.extra:
                left.append(tool)
        kept.append(replace(version, span_types=tuple(left)) if len(left) < len(version.span_types or ()) else version)
    return [*(_with_hints(version, hints) for version in declared), *kept]


def _names(versions: Iterable[SchemaVersion]) -> dict[str, str]:
    """What a tool may be called, and the name of the span type that declares it then."""
    full = {entry.name for version in versions for entry in version.span_types or () if entry.kind == "span"}
    ends: defaultdict[str, list[str]] = defaultdict(list)
    for name in full:
        ends[name.rpartition(":")[2]].append(name)
    alone = {end: names[0] for end, names in ends.items() if len(names) == 1}
    return alone | {name: name for name in full}


def _with_hints(version: SchemaVersion, hints: dict[str, list[Hint]]) -> SchemaVersion:
    entries = version.span_types or ()
    if not any(entry.kind == "span" and hints.get(entry.name) for entry in entries):
        return version
    told = (
        replace(entry, hints=(*entry.hints, *hints.get(entry.name, ()))) if entry.kind == "span" else entry
        for entry in entries
    )
    return replace(version, span_types=tuple(told))
