"""Lists: which page of which rows in which order, and the envelope that carries it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from reporter.registry.faults import invalid
from reporter.registry.store import Condition, Row, Store, Where

MAX_PAGE_SIZE: Final = 100
#: The platform documents no default; a reader must not lean on this one.
DEFAULT_PAGE_SIZE: Final = 100
#: SQLite counts rows in 64 bits.
MAX_OFFSET: Final = 2**53

Direction = Literal["asc", "desc"]
_ANY: Final = ("id", "inserted_at", "updated_at")
#: What each list may be sorted by, beside ``_ANY``.
SORTABLE: Final[dict[str, tuple[str, ...]]] = {
    "account": ("name",),
    "environment": ("name", "external_identifier"),
    "team": ("name",),
    "person": ("name", "email", "title"),
    "risk_profile": ("name",),
    "agent": ("name", "external_identifier"),
    "agent_version": ("external_identifier",),
    "agent_schema_version": ("external_identifier",),
    "agent_deployment": (),
    "agent_instance": ("status", "started_at", "finished_at", "external_identifier"),
    "agent_span": ("status", "started_at", "finished_at"),
    "api_token": ("status",),
}


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for.

    Attributes:
        offset: Rows to skip.
        size: Rows to answer with, at most.
        field: What to sort by.
        direction: Which way.
    """

    offset: int = 0
    size: int = DEFAULT_PAGE_SIZE
    field: str = "id"
    direction: Direction = "asc"


def sorting(word: str | None, field: str | None, direction: str | None) -> tuple[str, Direction]:
    """What to sort by: ``name`` or ``-name``, or the same in two parameters, which win.

    Raises:
        ApiFault: 422 for a direction that is none.
    """
    if direction not in (None, "asc", "desc"):
        raise invalid("sorting[direction]", "must be asc or desc")
    if field is not None:
        return field, "desc" if direction == "desc" else "asc"
    word = word or "id"
    descending = word.startswith("-") or direction == "desc"
    return word.removeprefix("-"), "desc" if descending else "asc"


def listed(
    store: Store,
    table: str,
    page: Page,
    summary: Callable[[Row], Row],
    where: Where | None = None,
    *,
    also: Sequence[Condition] = (),
) -> Row:
    """One page of the rows that match, as ``{status, summaries, pagination, sorting}``.

    Raises:
        ApiFault: 422 for a field that this list cannot be sorted by.
    """
    if page.field not in (*_ANY, *SORTABLE[table]):
        raise invalid("sorting", f"{page.field} is no field that this list can be sorted by")
    total = store.count(table, where, also)
    # Rows go in as time goes by; times as text do not sort within a second.
    column = "rowid" if page.field == "inserted_at" else page.field
    order = f"{column} {page.direction}, id {page.direction}"
    rows = store.select(table, where, also, order=order, offset=page.offset, limit=page.size)
    return {
        "status": "success",
        "summaries": [summary(row) for row in rows],
        "pagination": pagination(page, len(rows), total),
        "sorting": {"field": page.field, "direction": page.direction},
    }


def pagination(page: Page, received: int, total: int) -> Row:
    """Where a page stands in its list."""
    end = page.offset + received
    return {
        "item_count": total,
        "item_start": page.offset + 1 if received else 0,
        "item_end": end if received else 0,
        "page_count": -(-total // page.size),
        "page_index": page.offset // page.size + 1,
        "page_offset": page.offset,
        "page_size": page.size,
        "next_page_offset": end if received and end < total else None,
        "previous_page_offset": max(0, page.offset - page.size) if page.offset else None,
    }
