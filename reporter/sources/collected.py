"""What a source hands over: records, and what could not be read or holds no declarations.

Sources hand over records and not inventories, because several of them make one: a schema version in a file may be
pinned by a deployment in another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reporter.declared.model import Gap, Inventory, NotUsed, Record, Source
from reporter.prefactor import records


@dataclass(frozen=True, slots=True)
class Collected:
    """What one source, or several, held."""

    sources: tuple[Source, ...] = ()
    records: tuple[Record, ...] = ()
    gaps: tuple[Gap, ...] = ()
    not_used: tuple[NotUsed, ...] = ()

    def inventory(self) -> Inventory:
        """What it means, joined; a record that was read twice, such as from two snapshots, counts once."""
        return records.inventory(dict.fromkeys(self.records), self.sources, self.gaps, self.not_used)


def together(parts: Iterable[Collected]) -> Collected:
    """Several as one."""
    parts = tuple(parts)
    return Collected(
        tuple(source for part in parts for source in part.sources),
        tuple(record for part in parts for record in part.records),
        tuple(gap for part in parts for gap in part.gaps),
        tuple(item for part in parts for item in part.not_used),
    )
