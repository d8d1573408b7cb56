"""The platform's API, read only: GET and nothing else, one token, one host.

An account's token can write as well (no read-only scope exists), so nothing here sends anything but GET, follows a
redirect, or prints the token.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from httpx_retries import Retry, RetryTransport

from reporter import __version__
from reporter.canonical import NotCanonicalError, check_nesting
from reporter.credentials import Access
from reporter.errors import AnswerError, PlatformError, RefusedError, UnreachableError, UsageError

PAGE_SIZE: Final = 100
_TRANSIENT: Final = (429, 500, 502, 503, 504)
_MAX_PAGES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a list, each id once.

    Attributes:
        item_count: How many the platform says that there are; None where it does not say.
        lost: Why the pages behind those rows could not be read; None if none is lost.
    """

    rows: tuple[dict[str, Any], ...]
    item_count: int | None
    lost: PlatformError | None = None

    @property
    def missing(self) -> int:
        """How many rows did not come."""
        return max(0, (self.item_count or 0) - len(self.rows))


class Client:
    """One connection to the platform; ``requests`` counts what was asked for, without repetitions."""

    def __init__(self, access: Access, http: httpx.AsyncClient) -> None:
        self.base = access.base
        self.requests = 0
        self._http = http
        self._access = access
        self._places = asyncio.Semaphore(access.in_flight)
        self._silent = 0
        self._given_up: PlatformError | None = None

    async def details(self, path: str, **params: str) -> dict[str, Any]:
        """One resource: the object under ``details``.

        Raises:
            PlatformError: It cannot be had, with the reason.
        """
        answer = await self.get(path, params)
        details = answer.get("details")
        if not isinstance(details, dict):
            raise self._not_understood(path, "no object under details")
        return details

    async def listed(self, path: str, **params: str) -> Page:
        """Every row of a list, page by page, each id once; read once more if rows moved while it was read.

        Raises:
            PlatformError: Not even the first page can be had.
        """
        page = await self._walk(path, params)
        return await self._walk(path, params) if page.missing and not page.lost else page

    async def get(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        """One answer's JSON object.

        Raises:
            PlatformError: There is none, with the reason.
        """
        async with self._places:
            if self._given_up:
                raise self._given_up
            self.requests += 1
            try:
                response = await self._http.get(f"{self.base}{path}", params=params)
                answer = self._understood(path, response)
            except PlatformError as error:
                self._note(error)
                raise
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                translated = _translated(error, self.base, self._access.timeout)
                self._note(translated)
                raise translated from error
        self._silent = 0
        return answer

    async def _walk(self, path: str, params: Mapping[str, str]) -> Page:
        """Pages are counted by the rows received, because ``next_page_offset`` is not to be relied on."""
        rows: dict[Any, dict[str, Any]] = {}
        offset, count = 0, None
        for _ in range(_MAX_PAGES):
            place = {"pagination[offset]": str(offset), "pagination[page_size]": str(PAGE_SIZE)}
            try:
                answer = await self.get(path, {**params, **place})
            except PlatformError as error:
                if not rows:
                    raise
                return Page(tuple(rows.values()), count, error)
            found = _rows(answer)
            if found is None:
                raise self._not_understood(path, "no list under summaries")
            for row in found:
                rows[row.get("id", len(rows))] = row
            offset += len(found)
            pagination = answer.get("pagination")
            count = _count(pagination)
            if not found or offset >= (count if count is not None else offset + (len(found) == PAGE_SIZE)):
                break
        return Page(tuple(rows.values()), count)

    def _understood(self, path: str, response: httpx.Response) -> dict[str, Any]:
        where = f"{self.base}{path}"
        if response.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise self._refused(where, response)
        if response.is_redirect:
            host = urlsplit(response.headers.get("location", "")).hostname or "another place"
            remedy = "The token was not sent there; set PREFACTOR_API_URL to the address of the platform itself"
            raise AnswerError(f"it redirects to {host}", where=where, remedy=remedy)
        try:
            answer = json.loads(response.content)
            check_nesting(answer)
        except (ValueError, RecursionError, NotCanonicalError) as error:
            raise self._no_json(where, response) from error
        if not response.is_success or not isinstance(answer, dict) or answer.get("status") == "error":
            raise AnswerError(
                _complaint(response, answer), where=where, remedy=_RETRY, status=response.status_code
            )
        return answer

    def _refused(self, where: str, response: httpx.Response) -> RefusedError:
        if response.status_code == HTTPStatus.FORBIDDEN:
            remedy = "Use a token of somebody who may, or leave it out of the report's scope"
            return RefusedError("HTTP 403: the token may not read this", where=where, remedy=remedy, for_good=False)
        remedy = (
            f"The token from {self._access.origin} is wrong, expired or revoked, or it is a deployment's token, which "
            "can only send: make an account token in the platform under Account, API tokens"
        )
        return RefusedError("HTTP 401: the platform refuses the token", where=where, remedy=remedy)

    def _no_json(self, where: str, response: httpx.Response) -> AnswerError:
        status = f"HTTP {response.status_code}"
        if "html" in response.headers.get("content-type", "") or response.content.lstrip()[:1] == b"<":
            remedy = "A proxy or a login page may stand in between; check PREFACTOR_API_URL and HTTPS_PROXY"
            what = f"{status} with a web page instead of JSON"
            return AnswerError(what, where=where, remedy=remedy, status=response.status_code)
        what = f"{status} with a body that is not JSON" if response.content else f"{status} with an empty body"
        return AnswerError(what, where=where, remedy=_RETRY, status=response.status_code)

    def _not_understood(self, path: str, why: str) -> AnswerError:
        remedy = "Check that PREFACTOR_API_URL is a Prefactor platform; if it is, this program is too old for it"
        return AnswerError(
            f"an answer of a shape that is not understood: {why}", where=f"{self.base}{path}", remedy=remedy
        )

    def _note(self, error: PlatformError) -> None:
        """Gives up on the rest where asking on is useless: a refused token, or silence three times in a row."""
        self._silent += isinstance(error, UnreachableError)
        if (isinstance(error, RefusedError) and error.for_good) or self._silent >= _SILENCES:
            self._given_up = error


_SILENCES: Final = 3
_RETRY: Final = "Run again later; if it stays so, ask the platform's support"


@asynccontextmanager
async def connect(access: Access) -> AsyncIterator[Client]:
    """A client, for as long as the context lasts.

    Raises:
        UsageError: The address is not http(s), or the token holds what no header may.
    """
    token = access.token.get_secret_value()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        remedy = "Copy it again from the platform: Account, API tokens"
        raise UsageError("holds no token", where=access.origin, remedy=remedy)
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
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
        max_backoff_wait=30,
        total_timeout=120,
        validate_response=_whole,
    )
    limits = httpx.Limits(max_connections=access.in_flight, max_keepalive_connections=access.in_flight)
    transport = httpx.AsyncHTTPTransport(limits=limits, proxy=_proxy(access.base))
    async with httpx.AsyncClient(
        transport=RetryTransport(transport=transport, retry=retry),
        headers=headers,
        timeout=access.timeout,
        follow_redirects=False,
    ) as http:
        yield Client(access, http)


def _proxy(base: str) -> str | None:
    """The proxy that the environment names for this address; httpx looks for none beside a transport of one's own."""
    parts = urlsplit(base)
    if proxy_bypass(parts.netloc):
        return None
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")


async def _whole(response: httpx.Response) -> None:
    """Reads the body here, so that one that breaks off half way is tried again."""
    await response.aread()


def _rows(answer: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """The rows of a list: under ``summaries``, or under ``details`` as the oldest generation had them."""
    for name in ("summaries", "details"):
        found = answer.get(name)
        if isinstance(found, list) and all(isinstance(row, dict) for row in found):
            return found
        if name == "details" and isinstance(found, dict):
            return [found]
    return None


def _count(pagination: Any) -> int | None:
    count = pagination.get("item_count") if isinstance(pagination, dict) else None
    return count if isinstance(count, int) and not isinstance(count, bool) else None


def _complaint(response: httpx.Response, answer: Any) -> str:
    """The platform's own code, but not its words: those may repeat what was sent."""
    code = answer.get("code") if isinstance(answer, dict) else None
    return f"HTTP {response.status_code}{f', {code}' if isinstance(code, str) else ''}"


def _translated(error: Exception, where: str, timeout: float) -> PlatformError:
    """The library's failures as ours."""
    match error:
        case httpx.TimeoutException():
            what, remedy = f"no answer within {timeout:g} s", "Check the address and the network, or raise --timeout"
        case httpx.ConnectError() if _caused_by(error, ssl.SSLError):
            what = "its certificate cannot be verified"
            remedy = "Set SSL_CERT_FILE to your organisation's certificates; nothing was sent"
        case httpx.ConnectError():
            what, remedy = "it cannot be reached", "Check PREFACTOR_API_URL, the network and HTTPS_PROXY"
        case httpx.RemoteProtocolError() | httpx.NetworkError():
            what, remedy = "the connection broke off before the answer was whole", "Run again later"
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            what, remedy = "not an address", "Check PREFACTOR_API_URL"
        case httpx.ProxyError():
            what, remedy = "the proxy refuses", "Check HTTPS_PROXY"
        case _:
            what, remedy = f"the answer cannot be read ({type(error).__name__})", "Run again later"
    return UnreachableError(what, where=where, remedy=remedy)


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False
