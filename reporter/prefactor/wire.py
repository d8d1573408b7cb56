"""One request and its answer on the wire: bounded in bytes, in time and in headers, and with the token nowhere in it.

What the far end sends may be endless, slow, packed a thousandfold, or repeat the ``Authorization`` header in any place.
Nothing leaves this module but a status, the type of the body, and as many bytes of it as were allowed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import ssl
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from reporter.errors import AnswerError, PlatformError, UnreachableError, UsageError
from reporter.plain import disk
from reporter.prefactor.credentials import Access

RETRY: Final = "Run again later; if it stays so, ask the platform's support"
ADDRESS: Final = "Check that PREFACTOR_API_URL is the address of a Prefactor platform"

_CERTIFICATES: Final = 20 * disk.MEGABYTE
_KEPT: Final = {"content-type": re.compile(r"[\w.+/;= -]{1,100}", re.ASCII), "retry-after": re.compile(r"\d{1,6}")}
_HOST: Final = re.compile(r"[a-z0-9.:-]{1,253}")
_TOO_MANY_BYTES: Final = 431

# At DEBUG it logs the headers of every answer, and who repeats the token does it there.
logging.getLogger("httpcore").setLevel(logging.INFO)


class Wire(httpx.AsyncBaseTransport):
    """Sends a request and reads its answer whole, within what ``Access`` allows.

    Raises ``UsageError`` where the proxy or the certificates that the environment names are none.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        context = trusted()
        limits = httpx.Limits(max_connections=access.in_flight, max_keepalive_connections=access.in_flight)
        self._inner = httpx.AsyncHTTPTransport(
            verify=context, limits=limits, proxy=proxy(access.base, context), trust_env=False
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One try; ``PlatformError``, still without its place, past a bound, else ``httpx.HTTPError``."""
        try:
            # The library's own timeout begins anew with every byte; a far end that drips would hold a run for days.
            async with asyncio.timeout(self._access.answer_timeout):
                response = await self._inner.handle_async_request(request)
                try:
                    self._check_head(response)
                    content = await self._body(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            what = f"no whole answer within {self._access.answer_timeout:g} s"
            remedy = "The platform is too slow or never ends; answer_timeout in the settings gives it more time"
            raise UnreachableError(what, remedy=remedy) from None
        except httpx.HTTPError as error:
            if any(getattr(cause, "error_status_hint", None) == _TOO_MANY_BYTES for cause in _causes(error)):
                raise self._large_head() from None
            if any(self._access.token_in(str(cause)) for cause in _causes(error)):
                raise type(error)("its words repeat the token and are not shown") from None
            raise
        # Any header that is handed on could be printed some day, so only two are, and only in a form that is harmless.
        found = {name: response.headers.get(name, "") for name in _KEPT}
        kept = {name: value for name, value in found.items() if _KEPT[name].fullmatch(value)}
        return httpx.Response(
            response.status_code,
            headers={name: value for name, value in kept.items() if not self._access.token_in(value)},
            content=content,
        )

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._inner.aclose()

    def _check_head(self, response: httpx.Response) -> None:
        raw = response.headers.raw
        size = sum(len(name) + len(value) for name, value in raw)
        if len(raw) > self._access.max_headers or size > self._access.max_header_kilobytes * 1000:
            raise self._large_head()
        if response.has_redirect_location:
            try:
                host = urlsplit(response.headers["location"]).hostname or ""
            except ValueError:
                host = ""
            # Whoever redirects may have put the token, or an escape sequence, into the place that it redirects to.
            shown = host if _HOST.fullmatch(host) and not self._access.token_in(host) else "another place"
            remedy = "The token was not sent there; set PREFACTOR_API_URL to the address of the platform itself"
            raise AnswerError(f"it redirects to {shown}", remedy=remedy, status=response.status_code)

    def _large_head(self) -> AnswerError:
        what = (
            f"the head of its answer has more than {self._access.max_headers} lines or "
            f"{self._access.max_header_kilobytes} kB"
        )
        remedy = f"{ADDRESS}; max_headers and max_header_kilobytes in the settings allow more"
        return AnswerError(what, remedy=remedy)

    async def _body(self, response: httpx.Response) -> bytes:
        """The bytes of the body, unpacked piece by piece, so that no more of a bomb is in memory than is allowed."""
        megabytes = self._access.max_answer_megabytes
        coding = response.headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("identity", "gzip", "x-gzip"):
            raise AnswerError("its answer is packed in a way that was not asked for", remedy=ADDRESS)
        unpacking = None if coding == "identity" else zlib.decompressobj(wbits=zlib.MAX_WBITS + 16)
        kept = bytearray()
        async for piece in response.aiter_raw():
            for part in _unpacked(unpacking, piece) if unpacking else (piece,):
                kept += part
                if len(kept) > megabytes * disk.MEGABYTE:
                    remedy = f"{ADDRESS}; max_answer_megabytes in the settings allows more"
                    raise AnswerError(f"its answer is larger than {megabytes} MB", remedy=remedy)
        if unpacking and not unpacking.eof:
            raise httpx.RemoteProtocolError("the packed body ends before its end")
        return bytes(kept)


def _unpacked(unpacking: zlib._Decompress, piece: bytes) -> Iterator[bytes]:
    try:
        while piece:
            # A kilobyte of zeros packs a megabyte, so what one piece holds comes out in parts that are counted.
            yield unpacking.decompress(piece, disk.MEGABYTE)
            piece = unpacking.unconsumed_tail
    except zlib.error as error:
        raise httpx.DecodingError("the body is not packed as it says") from error
    if unpacking.unused_data:
        raise httpx.DecodingError("something follows the packed body")


def trusted() -> ssl.SSLContext:
    """Whose certificates count: those of SSL_CERT_FILE and SSL_CERT_DIR, or else the usual ones."""
    file, folders = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if not file and not folders:
        return httpx.create_ssl_context(trust_env=False)
    # Theirs stand in the place of the usual ones and not beside them, as OpenSSL has it.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    name = "SSL_CERT_FILE"
    try:
        if file:
            disk.read(Path(file), _CERTIFICATES)
            context.load_verify_locations(cafile=file)
        name = "SSL_CERT_DIR"
        for folder in filter(None, (folders or "").split(os.pathsep)):
            # OpenSSL itself finds only files that are named by the hash of what is in them.
            context.load_verify_locations(capath=folder)
            for path in sorted(Path(folder).iterdir()):
                if path.suffix in (".pem", ".crt"):
                    disk.read(path, _CERTIFICATES)
                    context.load_verify_locations(cafile=path)
    except OSError as error:  # ssl.SSLError is one
        why = "it holds no certificates" if isinstance(error, ssl.SSLError) else error.strerror
        remedy = "Name a file, or a folder, of certificates in PEM form, or unset it"
        raise UsageError(f"the certificates cannot be read: {why}", where=name, remedy=remedy) from error
    return context


def proxy(base: str, context: ssl.SSLContext) -> httpx.Proxy | None:
    """The proxy that the environment names for this address; httpx looks for none beside a transport of one's own."""
    parts = urlsplit(base)
    proxies = getproxies()
    scheme = next((name for name in (parts.scheme, "all") if proxies.get(name)), None)
    if scheme is None or proxy_bypass(parts.netloc):
        return None
    address = proxies[scheme]
    try:
        there = urlsplit(address)
        if there.scheme in ("http", "https") and there.hostname and there.port != 0:
            return httpx.Proxy(address, ssl_context=context if there.scheme == "https" else None)
    except (ValueError, httpx.InvalidURL):
        pass  # whose words repeat the address, and with it a password
    names = [f"{scheme}_proxy", f"{scheme}_proxy".upper()]
    name = next((name for name in names if os.environ.get(name)), f"the system's proxy for {scheme}")
    remedy = "Write it as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT (SOCKS is not spoken), or unset it"
    raise UsageError("not the address of an http(s) proxy", where=name, remedy=remedy)


def translated(error: Exception, where: str, timeout: float) -> PlatformError:
    """The library's failures as ours."""
    came_from = list(_causes(error))
    unverified = any(isinstance(each, ssl.SSLCertVerificationError) for each in came_from)
    no_tls = any(isinstance(each, ssl.SSLError) for each in came_from)
    # h11 refuses what came, and tells in the same way that the other side hung up.
    no_http = any(hasattr(c, "error_status_hint") and not str(c).startswith("peer closed") for c in came_from)
    match error:
        case httpx.TimeoutException():
            what, remedy = f"no answer within {timeout:g} s", "Check the address and the network, or raise --timeout"
        case httpx.ConnectError() if unverified:
            what = "its certificate cannot be verified"
            remedy = "Set SSL_CERT_FILE or SSL_CERT_DIR to your organisation's certificates; nothing was sent"
        case httpx.ConnectError() if no_tls:
            what = "what answers there does not speak TLS as https needs it"
            remedy = "Check scheme and port in PREFACTOR_API_URL: this may be a port for plain http; nothing was sent"
        case httpx.ConnectError():
            what, remedy = "it cannot be reached", "Check PREFACTOR_API_URL, the network and HTTPS_PROXY"
        case httpx.RemoteProtocolError() if no_http:
            what, remedy = "what answers there does not speak HTTP as it should", f"{ADDRESS}: scheme, host and port"
        case httpx.RemoteProtocolError() | httpx.NetworkError():
            what = "the connection broke off before the answer was whole"
            remedy = "Run again later; if it stays so, check scheme and port in PREFACTOR_API_URL"
        case httpx.DecodingError():
            what, remedy = "its answer is not packed as it says", f"{ADDRESS}; if it is, ask its support"
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            what, remedy = "not an address", "Check PREFACTOR_API_URL, and the ids that the platform gives"
        case httpx.ProxyError():
            what, remedy = "the proxy refuses", "Check HTTPS_PROXY, and the name and password in it"
        case _:
            what, remedy = f"the answer cannot be read ({type(error).__name__})", RETRY
    return UnreachableError(what, where=where, remedy=remedy)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    # An error and what it came from, nearest first: the library hides what the socket or TLS said.
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
