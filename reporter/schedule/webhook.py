"""Tells a webhook: once, within a time, nowhere else than where it was told to, and without a word of its address.

Whatever becomes of it is an answer here and no error: telling somebody is not what decides how a run ends.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
from httpx_retries import Retry, RetryTransport
from pydantic import SecretStr

from reporter import __version__
from reporter.errors import DatariskError, UsageError
from reporter.plain import disk
from reporter.prefactor.wire import proxy, translated, trusted
from reporter.schedule.file import Notify

_TRANSIENT: Final = (429, 500, 502, 503, 504)
_REMEDY: Final = "Give the whole address of the webhook, https and on one line, and nothing else"

# At INFO it logs the address of every request, which is the secret here.
logging.getLogger("httpx").setLevel(logging.WARNING)


def address(given: Notify, environment: Mapping[str, str]) -> SecretStr:
    """The address of a webhook, from the variable or the file that is named.

    Raises:
        UsageError: It is not there, or none that anything is sent to; what was found is not repeated.
    """
    file, found, name = given.url_file, "", given.url_variable or ""
    if name:
        found, there = environment.get(name, ""), environment.get(f"{name}_FILE")
        file = Path(there) if there and not found else None
    if file:
        found, name = _in(file, given.where), str(file)
    if not found.strip():
        raise UsageError(f"{name} is not set, or empty", where=given.where, remedy=_REMEDY)
    found = found.strip()
    if why := _refused(found):
        raise UsageError(f"{name} holds {why}", where=given.where, remedy=_REMEDY)
    return SecretStr(found)


def _in(file: Path, where: str) -> str:
    try:
        return disk.read(file).decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}", where=where, remedy=_REMEDY) from error
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not UTF-8", where=where, remedy=_REMEDY) from None


def _refused(url: str) -> str | None:
    """Why nothing is sent to an address; programs do not agree on where the host of an odd one ends."""
    try:
        parts = urlsplit(url)
        host, odd = parts.hostname or "", parts.username or parts.password or parts.fragment or parts.port == 0
    except ValueError:
        return "no address"
    if not url.isascii() or not url.isprintable() or any(each in url for each in ' \\@#"<>'):
        return "no address"
    if parts.scheme not in ("https", "http") or not host or odd:
        return "no address of https"
    return None if parts.scheme == "https" or _is_here(host) else "an address of plain http beyond this machine"


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def deliver(url: SecretStr, body: bytes, timeout: float) -> str | None:
    """Sends a message and says why it did not get there; None where it did.

    Args:
        url: As ``address`` gives it.
        body: JSON.
        timeout: Seconds that all of it may take, a few more tries included.
    """
    try:
        return asyncio.run(_deliver(url.get_secret_value(), body, timeout))
    except DatariskError as error:  # a proxy or certificates of the environment that are none
        return error.what
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # The library's words repeat the address.
        return translated(error, "", timeout).what
    except (OSError, ValueError) as error:
        return f"it cannot be reached ({type(error).__name__})"


async def _deliver(url: str, body: bytes, seconds: float) -> str | None:
    context = trusted()
    # Plain http is for this machine alone, and a proxy would be another one that reads along.
    through = proxy(url, context) if url.startswith("https:") else None
    wire = _Wire(verify=context, proxy=through, trust_env=False)
    retry = Retry(
        total=2,
        allowed_methods=["POST"],
        status_forcelist=_TRANSIENT,
        # Of what failed later it is not known whether it got there, and nobody is to be told twice.
        retry_on_exceptions=[httpx.ConnectError],
        backoff_factor=0.25,
        backoff_jitter=0.5,
        max_backoff_wait=seconds,
    )
    headers = {"Content-Type": "application/json", "User-Agent": f"datarisk/{__version__}"}
    # The library's own timeout begins anew with every byte.
    try:
        async with (
            asyncio.timeout(seconds),
            httpx.AsyncClient(
                transport=RetryTransport(transport=wire, retry=retry), timeout=seconds, follow_redirects=False
            ) as http,
            # What it answers is nobody's, so it is not read.
            http.stream("POST", url, content=body, headers=headers) as response,
        ):
            return _judged(response)
    except TimeoutError:
        last = f"HTTP {wire.last}, and " if wire.last else ""
        return f"{last}no other answer within {seconds:g} s" if last else f"no answer within {seconds:g} s"


class _Wire(httpx.AsyncHTTPTransport):
    """Remembers what was answered last, for when there is no time for another try."""

    last: int | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One try."""
        response = await super().handle_async_request(request)
        self.last = response.status_code
        return response


def _judged(response: httpx.Response) -> str | None:
    if response.is_redirect or 300 <= response.status_code < 400:  # noqa: PLR2004
        return f"HTTP {response.status_code}: it redirects, and nothing is sent on"
    if not response.is_success:
        return f"HTTP {response.status_code}"
    if "html" in response.headers.get("content-type", ""):
        return "a web page answered: a proxy or a login page may stand in between"
    return None
