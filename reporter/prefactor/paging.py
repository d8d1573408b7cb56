"""A list, page by page, held against what the platform says of it: every row once, or what keeps it from being whole.

Offsets count rows, because ``next_page_offset`` is not to be relied on; nor is a count alone, for some platforms count
the page. Every page but the first begins with the last row of the one before, so that rows that move are noticed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from reporter.errors import AnswerError, PlatformError
from reporter.prefactor.client import Client

PAGE_SIZE: Final = 100
#: How often a list is read that changes while it is read.
MAX_READINGS: Final = 3


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a list, each id once; nobody has looked yet at what a row is.

    Attributes:
        lost: Why these are not known to be all of its rows; None where they are.
    """

    rows: tuple[Any, ...]
    lost: PlatformError | None = None


async def listed(client: Client, path: str, **params: str) -> Page:
    """Every row of a list; read again where it changed while it was read.

    Raises:
        PlatformError: Not even the first page can be had.
    """
    before: _Walk | None = None
    for _ in range(MAX_READINGS):
        walk = _Walk(client, path, params)
        await walk.read()
        again = before is not None and walk.found_the_same(before)
        if walk.lost or not walk.trouble or (again and walk.trouble == _NO_WAY_BACK):
            return Page(tuple(walk.rows.values()), walk.lost)
        if again:
            break
        before = walk
    what = f"{walk.trouble}, although the list was read {'twice' if again else f'{MAX_READINGS} times'}"
    return Page(tuple(walk.rows.values()), walk.fault(what))


async def first(client: Client, path: str, **params: str) -> tuple[Any, ...]:
    """The rows of a list's first page, by one request.

    Raises:
        PlatformError: It cannot be had.
    """
    walk = _Walk(client, path, params)
    page = await walk.page(0)
    return tuple(page[0]) if page else ()


_MOVED: Final = "its rows moved while they were read"
_NO_WAY_BACK: Final = "the last row of a page was gone when the next one was read"
_STUCK: Final = "the platform says that there are more rows, and gives the same ones again"
_CHANGED: Final = "the number of its rows changed while they were read"
_TWO_OF_ONE: Final = "a page holds different rows of one id"
_SHAPE: Final = "an answer of a shape that is not understood: no list, or more than one"
_WHOSE: Final = "Check that PREFACTOR_API_URL is a Prefactor platform; if it is, this program is too old for it"
_REMEDY: Final = "Run again later; if it stays so, ask the platform's support"
_ABSENT: Final = object()


@dataclass(slots=True)
class _Walk:
    """One reading of a list.

    Attributes:
        rows: By id; what has none, by all that it says.
        trouble: Why the rows may not be all; another reading may help.
        lost: Why the rest cannot be read.
    """

    client: Client
    path: str
    params: Mapping[str, str]
    rows: dict[str, Any] = field(default_factory=dict)
    trouble: str | None = None
    lost: PlatformError | None = None
    _counts: set[int] = field(default_factory=set)
    _counts_pages: bool = False

    def found_the_same(self, other: _Walk) -> bool:
        """Whether two readings found the same, so that a third would, too."""
        return (self.rows.keys(), self.trouble) == (other.rows.keys(), other.trouble)

    async def read(self) -> None:
        """Goes on until an empty page, one without a new row, or the platform's word that its count agrees with."""
        start, last = 0, None
        for _ in range(self.client.max_pages):
            answer = await self.page(start)
            if answer is None:
                return
            keys, new = self._keep(answer[0])
            moved = last is not None and keys[:1] != [last]
            if moved and not new:
                # Nobody shows where we left off: what follows may come where it is asked for alone, as some platforms
                # round offsets.
                self.trouble = self.trouble or (None if keys else _NO_WAY_BACK)
                start, last = start + 1, None
                continue
            self.trouble = self.trouble or (_MOVED if moved else None)
            if self._is_last(answer[1], len(keys)) or not new:
                self._compare(answer[1], 0 if new or last else len(keys))
                return
            start, last = (start + len(keys) - 1, keys[-1]) if len(keys) > 1 else (start + 1, None)
        what = f"it does not end after {self.client.max_pages:,} pages, and no more are read"
        remedy = "If it really is that long, max_pages in the settings allows more"
        self.lost = AnswerError(what, where=f"{self.client.base}{self.path}", remedy=remedy)

    def fault(self, what: str) -> AnswerError:
        """What is wrong with the list."""
        return AnswerError(what, where=f"{self.client.base}{self.path}", remedy=_REMEDY)

    async def page(self, start: int) -> tuple[list[Any], Any] | None:
        """Rows and what is said about them; None where nothing comes after all that there is already."""
        place = {"pagination[offset]": str(start), "pagination[page_size]": str(PAGE_SIZE)}
        try:
            answer = await self.client.get(self.path, {**self.params, **place})
            # The oldest generation had lists under details, and one row as such.
            found = [answer[name] for name in ("summaries", "details") if isinstance(answer.get(name), list)]
            one = answer.get("details")
            if len(found) == 1 and not isinstance(one, dict):
                return found[0], answer.get("pagination")
            if not found and isinstance(one, dict):
                return [one], answer.get("pagination") or {"next_page_offset": None, "item_count": 1}
            raise AnswerError(_SHAPE, where=f"{self.client.base}{self.path}", remedy=_WHOSE)
        except PlatformError as error:
            if not self.rows:
                raise
            self.lost = error
            return None

    def _keep(self, found: list[Any]) -> tuple[list[str], bool]:
        """The keys of a page's rows, and whether one of them is new."""
        keys = [_key(row) for row in found]
        page: dict[str, Any] = {}
        for key, row in zip(keys, found, strict=True):
            if page.setdefault(key, row) != row:
                self.trouble = self.trouble or _TWO_OF_ONE
        new = not page.keys() <= self.rows.keys()
        self.rows |= page
        return keys, new

    def _is_last(self, pagination: Any, received: int) -> bool:
        """Whether the platform says that a page is the last one, and its count agrees."""
        if not isinstance(pagination, dict):
            return False
        count, after = pagination.get("item_count"), pagination.get("next_page_offset", _ABSENT)
        if isinstance(count, int) and not isinstance(count, bool):
            says_more = after is not None and after is not _ABSENT
            self._counts_pages |= count == received < len(self.rows) or (says_more and count == received)
            if not self._counts_pages:
                self._counts.add(count)
        agrees = count == (received if self._counts_pages else len(self.rows))
        return after is None and agrees

    def _compare(self, pagination: Any, again: int) -> None:
        """Holds what came against what was said; ``again`` are the known rows that came where others should have."""
        count = max(self._counts, default=None)
        more = isinstance(pagination, dict) and pagination.get("next_page_offset") is not None
        if count is not None and count > len(self.rows):
            self.trouble = f"only {len(self.rows):,} of {count:,} came"
        elif len(self._counts) > 1:
            self.trouble = self.trouble or _CHANGED
        elif count != len(self.rows) and (again == PAGE_SIZE or (again and more)):
            self.trouble = self.trouble or _STUCK


def _key(row: Any) -> str:
    """What tells rows apart: their id, or all that they say."""
    key = row.get("id") if isinstance(row, dict) else None
    return f"id {key}" if isinstance(key, str) else json.dumps(row, sort_keys=True)
