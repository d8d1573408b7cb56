"""The platform's API, read only: GET and nothing else, one token, one host.

An account's token can write as well (no read-only scope exists), so nothing here sends anything but GET, follows a
redirect, or prints the token.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

import httpx
from httpx_retries import Retry, RetryTransport

from reporter import __version__
from reporter.errors import AnswerError, PlatformError, RefusedError, UnreachableError
from reporter.plain.canonical import AmbiguousError, NotCanonicalError, parsed
from reporter.prefactor.credentials import Access, check_token
from reporter.prefactor.wire import ADDRESS, RETRY, Secret, Wire, translated

_TRANSIENT: Final = (429, 500, 502, 503, 504)


class Client:
    """One connection to the platform; ``requests`` counts what was asked for, without repetitions."""

    def __init__(self, access: Access, http: httpx.AsyncClient) -> None:
        self.base = access.base
        self.requests = 0
        self._http = http
        self.max_pages = access.max_pages
        self._access = access
        self._secret = Secret(access)
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
                error.where = error.where or f"{self.base}{path}"
                self._note(error)
                raise
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                ours = translated(error, f"{self.base}{path}", self._access.timeout)
                self._note(ours)
                raise ours from error
        self._silent = 0
        return answer

    def _understood(self, path: str, response: httpx.Response) -> dict[str, Any]:
        where = f"{self.base}{path}"
        status = response.status_code
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise self._refused(where, response)
        try:
            answer = parsed(response.content)
        except AmbiguousError:  # whose words hold the name, which may be anything
            what = "an object of its answer holds a name twice, so nobody can tell which value is meant"
            raise AnswerError(what, where=where, remedy=_SUPPORT) from None
        except (ValueError, RecursionError, NotCanonicalError) as error:
            raise self._no_json(where, response) from error
        if not response.is_success or not isinstance(answer, dict) or answer.get("status") == "error":
            raise AnswerError(self._complaint(status, answer), where=where, remedy=_remedy(status), status=status)
        if self._secret.in_(json.dumps(answer, ensure_ascii=False)):
            remedy = "Nothing of it was kept. Revoke the token, and tell whoever runs the platform or the proxy"
            raise AnswerError("its answer repeats the token that opened it", where=where, remedy=remedy)
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
        status = response.status_code
        what = (
            f"HTTP {status} with a body that is not JSON" if response.content else f"HTTP {status} with an empty body"
        )
        remedy = _remedy(status)
        if "html" in response.headers.get("content-type", "") or response.content.lstrip()[:1] == b"<":
            what = f"HTTP {status} with a web page instead of JSON"
            if response.is_success:
                remedy = "A proxy or a login page may stand in between; check PREFACTOR_API_URL and HTTPS_PROXY"
        return AnswerError(what, where=where, remedy=remedy, status=status)

    def _complaint(self, status: int, answer: Any) -> str:
        """The platform's own code, but not its words: those may repeat what was sent."""
        code = answer.get("code") if isinstance(answer, dict) else None
        known = isinstance(code, str) and _CODE.fullmatch(code) and not self._secret.in_(code)
        return f"HTTP {status}{f', {code}' if known else ''}"

    def _not_understood(self, path: str, why: str) -> AnswerError:
        remedy = "Check that PREFACTOR_API_URL is a Prefactor platform; if it is, this program is too old for it"
        return AnswerError(
            f"an answer of a shape that is not understood: {why}", where=f"{self.base}{path}", remedy=remedy
        )

    def _note(self, error: PlatformError) -> None:
        """Gives up on the rest where asking on is useless: a refused token, or thrice no answer or no time for us."""
        busy = isinstance(error, AnswerError) and error.status in _BUSY
        self._silent += busy or isinstance(error, UnreachableError)
        if (isinstance(error, RefusedError) and error.for_good) or self._silent >= _SILENCES:
            self._given_up = error


_SILENCES: Final = 3
_BUSY: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_CODE: Final = re.compile("[a-z0-9_]{1,64}")
_SUPPORT: Final = "Ask the platform's support; running again does not help"


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


@asynccontextmanager
async def connect(access: Access) -> AsyncIterator[Client]:
    """A client, for as long as the context lasts.

    Raises:
        UsageError: The address is not http(s), the token holds what no header may, or the environment names a proxy or
            certificates that are none.
    """
    check_token(access.token, access.origin)
    token = access.token.get_secret_value()
    headers = {
        "Authorization": f"Bearer {token}",
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
        follow_redirects=False,
    ) as http:
        yield Client(access, http)
