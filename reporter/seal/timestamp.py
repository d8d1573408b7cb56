"""Asks a time-stamp server when something was there (RFC 3161), and takes no answer that does not hold."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final
from urllib.parse import urlsplit

import httpx
from asn1crypto import cms, core, tsp
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext

from reporter import __version__
from reporter.errors import RenderError, UsageError
from reporter.plain.text import shown
from reporter.prefactor.wire import proxy, trusted

SECONDS: Final = 20.0
"""How long all of an answer may take."""

_LIMIT: Final = 100_000
_REMEDY: Final = "Run again later, or take another server for --timestamp-url; without one, only the signer says when"
_QUERY: Final = "application/timestamp-query"
_REPLY: Final = "application/timestamp-reply"


def asked(url: str, seconds: float = SECONDS) -> TimeStamper:
    """What asks the server at an address.

    Raises:
        UsageError: It is no address of http(s).
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good or not url.isascii() or not url.isprintable():
        remedy = "Give the whole address of a time-stamp server, such as https://HOST/PATH"
        raise UsageError("no address of http(s)", where="--timestamp-url", remedy=remedy)
    return _Asked(url, f"the time-stamp server at {shown(parts.hostname or '', 100)}", seconds)


class _Asked(TimeStamper):
    def __init__(self, url: str, name: str, seconds: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._url, self._name, self._seconds = url, name, seconds

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        nonce, request = self.request_cms(message_digest, md_algorithm)  # type: ignore[no-untyped-call]
        data = await self._answer(request.dump())
        try:
            token = _granted(data, nonce)
            await _hold(token, message_digest, md_algorithm)
        except _NoStampError as error:
            raise self._failed(str(error)) from error
        return token

    async def _answer(self, body: bytes) -> bytes:
        context = trusted()
        headers = {"Content-Type": _QUERY, "Accept": _REPLY, "User-Agent": f"datarisk/{__version__}"}
        wire = httpx.AsyncHTTPTransport(verify=context, proxy=proxy(self._url, context), trust_env=False)
        found = bytearray()
        try:
            # The library's own timeout begins anew with every byte.
            async with (
                asyncio.timeout(self._seconds),
                httpx.AsyncClient(transport=wire, timeout=self._seconds, follow_redirects=False) as http,
                http.stream("POST", self._url, content=body, headers=headers) as response,
            ):
                if response.status_code != httpx.codes.OK:
                    raise self._failed(f"HTTP {response.status_code}")
                async for piece in response.aiter_raw():
                    found += piece
                    if len(found) > _LIMIT:
                        raise self._failed(f"an answer of more than {_LIMIT // 1000} kB, which no time-stamp has")
        except TimeoutError:
            raise self._failed(f"no whole answer within {self._seconds:g} s") from None
        except httpx.HTTPError as error:
            raise self._failed(f"it cannot be reached ({type(error).__name__})") from error
        return bytes(found)

    def _failed(self, why: str) -> RenderError:
        return RenderError(f"cannot be signed with a time-stamp: {why}", where=self._name, remedy=_REMEDY)


class _Answer(core.Sequence):  # type: ignore[misc]  # (it has no types)
    """RFC 3161, 2.4.2; the library's own has no refusals."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


class _NoStampError(Exception):
    """The answer is no time-stamp of what was asked."""


def _granted(data: bytes, nonce: int | None) -> cms.ContentInfo:
    try:
        answer = _Answer.load(data, strict=True)
        status, words = answer["status"]["status"].native, answer["status"]["status_string"].native
        if status not in ("granted", "granted_with_mods"):
            said = f": {shown('; '.join(map(str, words)), 200)}" if words else ""
            raise _NoStampError(f"it refuses{said}")
        token = answer["time_stamp_token"]
        info = token["content"]["encap_content_info"]["content"].parsed
        if info["nonce"].native != nonce:
            raise _NoStampError("its answer is to another question")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _NoStampError("its answer is no time-stamp") from error
    return token


async def _hold(token: cms.ContentInfo, digest: bytes, algorithm: str) -> None:
    """Whether a token stamps this digest, is signed by the certificate that it brings, and that is for time-stamps."""
    # Whom to believe is the business of whoever verifies; nothing is asked for, and nobody is trusted here.
    nobody = ValidationContext(trust_roots=[], allow_fetching=False)
    try:
        found = await validate_tst_signed_data(
            token["content"], nobody, lambda named: digest if named == algorithm else b""
        )
        usage = found["signing_cert"].extended_key_usage_value
        uses = usage.native if usage else []
    except (SignatureValidationError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _NoStampError("its answer is no time-stamp that holds") from error
    if not found["intact"]:
        raise _NoStampError("it stamped something else")
    if not found["valid"]:
        raise _NoStampError("its signature does not hold")
    if uses != ["time_stamping"]:
        raise _NoStampError("its certificate is not one for time-stamps")
