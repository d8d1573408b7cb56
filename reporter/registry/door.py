"""What stands between the socket and the application: nobody without a token is listened to, and nobody for ever.

The framework reads a body before it looks at who sent it, and the server waits for a request as long as it takes.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from reporter.registry.faults import ApiFault
from reporter.registry.parts import fastapi, starlette, uvicorn
from reporter.registry.store import Store
from reporter.registry.tokens import authenticate
from reporter.registry.wire import refusal

#: A real agent's declarations stay far below.
MAX_BODY: Final = 10 * 2**20
#: How long a request's line and headers may take, from the connection or the answer before.
HEAD_SECONDS: Final = 10.0
#: How long the rest may take: the body, and until the answer was taken.
REST_SECONDS: Final = 60.0
#: Beyond this the connection that has kept its request back for longest makes room.
MAX_CONNECTIONS: Final = 200

BEARER: Final = fastapi.security.HTTPBearer(auto_error=False, description="A token of the account or of a deployment.")


class Door:
    """Lets in what has a token and a body within ``MAX_BODY``, whole; everything else is refused unread.

    Args:
        app: The application; it finds who is calling as ``caller`` in the scope.
        store: Knows the tokens.
        open_path: The one path that needs no token: the API's description.
    """

    def __init__(self, app: starlette.types.ASGIApp, *, store: Store, open_path: str) -> None:
        self._app = app
        self._store = store
        self._open_path = open_path

    async def __call__(
        self, scope: starlette.types.Scope, receive: starlette.types.Receive, send: starlette.types.Send
    ) -> None:
        """One request."""
        try:
            request = fastapi.Request(scope)
            if scope["path"] != self._open_path:
                bearer = await BEARER(request)
                scope["caller"] = authenticate(self._store, bearer.credentials if bearer else None)
            body = await _body(request, receive)
        except ApiFault as fault:
            await refusal(fault)(scope, receive, send)
            return
        if body is not None:
            await self._app(scope, _again(body, receive), send)


async def _body(request: fastapi.Request, receive: starlette.types.Receive) -> bytes | None:
    """The body; None where the caller went away before it was whole."""
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise ApiFault(415, "bad_request", f"A body is taken as it is, not as {encoding}")
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length[:20]) > MAX_BODY:
        raise _too_long()
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise _too_long()
        if not message.get("more_body"):
            return bytes(body)


def _too_long() -> ApiFault:
    return ApiFault(413, "bad_request", f"The body is longer than {MAX_BODY} bytes")


def _again(body: bytes, receive: starlette.types.Receive) -> starlette.types.Receive:
    waiting: list[starlette.types.Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> starlette.types.Message:
        return waiting.pop() if waiting else await receive()

    return replay


class Impatient(uvicorn.protocols.http.h11_impl.H11Protocol):
    """The server's HTTP/1.1, but whoever keeps a request or an answer waiting is hung up on."""

    since = 0.0
    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Starts the clock, and makes room where there is none."""
        super().connection_made(transport)
        self._begin()
        if len(self.connections) > MAX_CONNECTIONS:
            others = [each for each in self.connections if isinstance(each, Impatient) and not each.asked]
            min(others, key=lambda each: each.since).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops the clock."""
        super().connection_lost(exc)
        if self._due:
            self._due.cancel()

    def on_response_complete(self) -> None:
        """Starts it anew for the next request."""
        super().on_response_complete()
        self._begin()

    @property
    def asked(self) -> bool:
        """Whether a request has begun that is not answered yet."""
        cycle: Any = self.cycle  # None before the first request
        return cycle is not None and not cycle.response_complete

    def _begin(self) -> None:
        self.since = self.loop.time()
        self._wait(HEAD_SECONDS, self._head_is_due)

    def _head_is_due(self) -> None:
        if self.asked:
            self._wait(REST_SECONDS, self.transport.abort)
        else:
            self.transport.abort()

    def _wait(self, seconds: float, then: Any) -> None:
        if self._due:
            self._due.cancel()
        self._due = self.loop.call_later(seconds, then)
