"""The platform's API, read only: GET and nothing else, one token, one host; single resources, and lists page by page.

An account's token can write as well (no read-only scope exists), so nothing here sends anything but GET, follows a
redirect, or prints the token. A list is held against what the platform says of it: every row once, or what keeps it
from being whole. Offsets count rows, because ``next_page_offset`` is not to be relied on; nor is a count alone, for
some platforms count the page. Every page but the first begins with the last row of the one before, so that rows that
move are noticed.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import httpx
from httpx_retries import Retry, RetryTransport

from reporter import __version__
from reporter.errors import AnswerError, PlatformError, RefusedError, UnreachableError
from reporter.plain.canonical import AmbiguousError, NotCanonicalError, parsed
from reporter.prefactor.credentials import Access, check_token
from reporter.prefactor.wire import ADDRESS, RETRY, Wire, translated

PAGE_SIZE: Final = 100
#: How often a list is read that changes while it is read.
MAX_READINGS: Final = 3

_TRANSIENT: Final = (429, 500, 502, 503, 504)
_BUSY: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_SILENCES: Final = 3
_CODE: Final = re.compile("[a-z0-9_]{1,64}")
_SHAPE: Final = "an answer of a shape that is not understood"
_WHOSE: Final = "Check that PREFACTOR_API_URL is a Prefactor platform; if it is, this program is too old for it"


@asynccontextmanager
async def connect(access: Access) -> AsyncIterator[Client]:
    """A client for as long as the context lasts; ``UsageError`` if address, token, proxy or certificates are none."""
    check_token(access.token, access.origin)
    headers = {
        "Authorization": f"Bearer {access.token.get_secret_value()}",
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "User-Agent": f"datarisk/{__version__}",
    }
    retry = Retry(
        total=3,
        allowed_methods=["GET"],
        status_forcelist=_TRANSIENT,
        # A silence has already lasted its whole time, so only what failed at once is tried again.
        retry_on_exceptions=[httpx.NetworkError, httpx.RemoteProtocolError],
        backoff_factor=0.5,
        backoff_jitter=0.5,
        max_backoff_wait=access.answer_timeout,
        total_timeout=4 * access.answer_timeout,
    )
    async with httpx.AsyncClient(
        transport=RetryTransport(transport=Wire(access), retry=retry),
        headers=headers,
        timeout=access.timeout,
        follow_redirects=False,  # a redirect would take the token to whatever host the far end names
    ) as http:
        yield Client(access, http)


class Client:
    """One connection to the platform; ``requests`` counts what was asked for, without repetitions."""

    def __init__(self, access: Access, http: httpx.AsyncClient) -> None:
        self.base = access.base
        self.requests = 0
        self.max_pages = access.max_pages
        self._http = http
        self._access = access
        self._places = asyncio.Semaphore(access.in_flight)
        self._silent = 0
        self._given_up: PlatformError | None = None

    async def details(self, path: str) -> dict[str, Any]:
        """One resource: the object under ``details``; ``PlatformError`` says why it cannot be had."""
        details: dict[str, Any] = (await self.whole(path))["details"]
        return details

    async def whole(self, path: str, **params: str) -> dict[str, Any]:
        """The same with what stands beside ``details``."""
        answer = await self.get(path, params)
        if not isinstance(answer.get("details"), dict):
            raise AnswerError(f"{_SHAPE}: no object under details", where=f"{self.base}{path}", remedy=_WHOSE)
        return answer

    async def get(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        """One answer's JSON object; ``PlatformError`` says why there is none."""
        where = f"{self.base}{path}"
        async with self._places:
            if self._given_up:
                raise self._given_up
            self.requests += 1
            try:
                answer = self._understood(await self._http.get(where, params=params))
            except PlatformError as error:
                error.where = error.where or where
                self._note(error)
                raise
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                ours = translated(error, where, self._access.timeout)
                self._note(ours)
                raise ours from error
        self._silent = 0
        return answer

    def _note(self, error: PlatformError) -> None:
        """Gives up on the rest where asking on is useless: a refused token, or thrice no answer or no time for us."""
        busy = isinstance(error, AnswerError) and error.status in _BUSY
        self._silent += busy or isinstance(error, UnreachableError)
        if (isinstance(error, RefusedError) and error.for_good) or self._silent >= _SILENCES:
            self._given_up = error

    def _understood(self, response: httpx.Response) -> dict[str, Any]:
        status = response.status_code
        if status == HTTPStatus.FORBIDDEN:
            remedy = "Use a token of somebody who may, or leave it out of the report's scope"
            raise RefusedError("HTTP 403: the token may not read this", remedy=remedy, for_good=False)
        if status == HTTPStatus.UNAUTHORIZED:
            remedy = (
                f"The token from {self._access.origin} is wrong, expired or revoked, or it is a deployment's token, "
                "which can only send: make an account token in the platform under Account, API tokens"
            )
            raise RefusedError("HTTP 401: the platform refuses the token", remedy=remedy)
        try:
            answer = parsed(response.content)
        except AmbiguousError:  # whose words hold the name, which may be anything
            what = "an object of its answer holds a name twice, so nobody can tell which value is meant"
            remedy = "Ask the platform's support; running again does not help"
            raise AnswerError(what, remedy=remedy) from None
        except (ValueError, RecursionError, NotCanonicalError) as error:
            remedy = _remedy(status)
            kind = "a body that is not JSON" if response.content else "an empty body"
            if "html" in response.headers.get("content-type", "") or response.content.lstrip()[:1] == b"<":
                kind = "a web page instead of JSON"
                if response.is_success:
                    remedy = "A proxy or a login page may stand in between; check PREFACTOR_API_URL and HTTPS_PROXY"
            raise AnswerError(f"HTTP {status} with {kind}", remedy=remedy, status=status) from error
        if not response.is_success or not isinstance(answer, dict) or answer.get("status") == "error":
            # The platform's own code is told, but not its words: those may repeat what was sent.
            code = answer.get("code") if isinstance(answer, dict) else None
            known = isinstance(code, str) and _CODE.fullmatch(code) and not self._access.token_in(code)
            what = f"HTTP {status}{f', {code}' if known else ''}"
            raise AnswerError(what, remedy=_remedy(status), status=status)
        # Evidence is kept for years and handed to others, so what would put the token into it is not taken at all.
        if self._access.token_in(json.dumps(answer, ensure_ascii=False)):
            remedy = "Nothing of it was kept. Revoke the token, and tell whoever runs the platform or the proxy"
            raise AnswerError("its answer repeats the token that opened it", remedy=remedy)
        return answer


def _remedy(status: int) -> str:
    """What helps against a status; to try again only where that can."""
    match status:
        case HTTPStatus.NOT_FOUND | HTTPStatus.GONE | HTTPStatus.METHOD_NOT_ALLOWED | HTTPStatus.NOT_IMPLEMENTED:
            return f"{ADDRESS}; this one has nothing there"
        case HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            return "The proxy wants a name and a password: HTTP_PROXY=http://USER:PASSWORD@HOST:PORT"
        case HTTPStatus.TOO_MANY_REQUESTS:
            return "Lower in_flight in the settings, or run again later"
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
            return RETRY
        case _ if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return f"{ADDRESS}; if it is, ask its support"
    return "The platform does not take this request: it is of another version than this program, or not Prefactor"


Keep = Callable[[Any], dict[str, Any]]
"""What is left of a row."""


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a list, each id once, unlooked at; ``lost`` is why these are not known to be all of its rows."""

    rows: tuple[Any, ...]
    lost: PlatformError | None = None


async def listed(client: Client, path: str, **params: str) -> Page:
    """Every row of a list, which is read again where it changed meanwhile; ``PlatformError`` without a first page."""
    return await _listed(client, path, None, params)


async def reduced(client: Client, path: str, keep: Keep, **params: str) -> Page:
    """The same of a list whose rows hold more than may be known: ``keep`` makes what is left of them, page by page.

    Such lists get new rows all the time, at their end, so that one that only grew while it was read has not changed.
    """
    return await _listed(client, path, keep, params)


async def _listed(client: Client, path: str, keep: Keep | None, params: Mapping[str, str]) -> Page:
    before: _Walk | None = None
    for _ in range(MAX_READINGS):
        walk = _Walk(client, path, params, keep)
        await walk.read()
        # Where two readings found the same, a third would, too.
        again = before is not None and (walk.rows.keys(), walk.trouble) == (before.rows.keys(), before.trouble)
        if walk.lost or not walk.trouble or (again and walk.trouble == _NO_WAY_BACK):
            return Page(tuple(walk.rows.values()), walk.lost)
        if again:
            break
        before = walk
    what = f"{walk.trouble}, although the list was read {'twice' if again else f'{MAX_READINGS} times'}"
    return Page(tuple(walk.rows.values()), AnswerError(what, where=f"{client.base}{path}", remedy=RETRY))


async def first(client: Client, path: str, **params: str) -> list[Any]:
    """The rows of a list's first page, by one request; ``PlatformError`` says why there are none."""
    return (await _page(client, path, params, 0))[0]


async def _page(client: Client, path: str, params: Mapping[str, str], start: int) -> tuple[list[Any], Any]:
    """Rows, and what is said about them."""
    place = {"pagination[offset]": str(start), "pagination[page_size]": str(PAGE_SIZE)}
    answer = await client.get(path, {**params, **place})
    # The oldest generation had lists under details, and one row as such.
    found = [answer[name] for name in ("summaries", "details") if isinstance(answer.get(name), list)]
    one = answer.get("details")
    if len(found) == 1 and not isinstance(one, dict):
        return found[0], answer.get("pagination")
    if not found and isinstance(one, dict):
        return [one], answer.get("pagination") or {"next_page_offset": None, "item_count": 1}
    raise AnswerError(f"{_SHAPE}: no list, or more than one", where=f"{client.base}{path}", remedy=_WHOSE)


_MOVED: Final = "its rows moved while they were read"
_NO_WAY_BACK: Final = "the last row of a page was gone when the next one was read"
_STUCK: Final = "the platform says that there are more rows, and gives the same ones again"
_CHANGED: Final = "the number of its rows changed while they were read"
_TWO_OF_ONE: Final = "a page holds different rows of one id"
_ABSENT: Final = object()


@dataclass(slots=True)
class _Walk:
    """One reading of a list."""

    client: Client
    path: str
    params: Mapping[str, str]
    keep: Keep | None = None
    rows: dict[str, Any] = field(default_factory=dict)  # by id; what has none, by all that it says
    trouble: str | None = None  # why these may not be all; another reading may help
    lost: PlatformError | None = None  # why the rest cannot be read
    _counts: set[int] = field(default_factory=set)
    _counts_pages: bool = False

    async def read(self) -> None:
        """Goes on until an empty page, one without a new row, or the platform's word that its count agrees with."""
        start, last = 0, None
        for _ in range(self.client.max_pages):
            try:
                found, pagination = await _page(self.client, self.path, self.params, start)
            except PlatformError as error:
                if not self.rows:
                    raise
                self.lost = error
                return
            found = [self.keep(row) for row in found] if self.keep else found
            keys = [_key(row) for row in found]
            page: dict[str, Any] = {}
            for key, row in zip(keys, found, strict=True):
                if page.setdefault(key, row) != row:
                    self.trouble = self.trouble or _TWO_OF_ONE
            new = not page.keys() <= self.rows.keys()
            self.rows |= page
            moved = last is not None and keys[:1] != [last]
            if moved and not new:
                # Nobody shows where we left off: what follows may come where it is asked for alone, as some platforms
                # round offsets.
                self.trouble = self.trouble or (None if keys else _NO_WAY_BACK)
                start, last = start + 1, None
                continue
            self.trouble = self.trouble or (_MOVED if moved else None)
            if self._is_last(pagination, len(keys)) or not new:
                self._compare(pagination, 0 if new or last else len(keys))
                return
            # The last row is asked for again: where it does not come first, rows have moved meanwhile.
            start, last = (start + len(keys) - 1, keys[-1]) if len(keys) > 1 else (start + 1, None)
        # A platform that invents rows for ever is left here, and the report is told to be incomplete.
        what = f"it does not end after {self.client.max_pages:,} pages, and no more are read"
        remedy = "If it really is that long, max_pages in the settings allows more"
        self.lost = AnswerError(what, where=f"{self.client.base}{self.path}", remedy=remedy)

    def _is_last(self, pagination: Any, received: int) -> bool:
        """Whether the platform says that a page is the last one, and its count agrees."""
        if not isinstance(pagination, dict):
            return False
        count, after = pagination.get("item_count"), pagination.get("next_page_offset", _ABSENT)
        if isinstance(count, int) and not isinstance(count, bool):
            says_more = after is not None and after is not _ABSENT
            # Some platforms count the rows of the page there, and not those of the list.
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
        elif len(self._counts) > 1 and not self.keep:
            self.trouble = self.trouble or _CHANGED
        elif count != len(self.rows) and (again == PAGE_SIZE or (again and more)):
            self.trouble = self.trouble or _STUCK


def _key(row: Any) -> str:
    """What tells rows apart: their id, or all that they say."""
    key = row.get("id") if isinstance(row, dict) else None
    return f"id {key}" if isinstance(key, str) else json.dumps(row, sort_keys=True)
