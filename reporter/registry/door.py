"""What stands between the socket and the application: nobody without a token is listened to, and nobody for ever.

The framework reads a body before it looks at who sent it, the server waits for a request as long as it takes, and both
are lenient with JSON; here what comes in can always go out again. This is the one place that looks for the extra
``registry``, and raises ``MissingPart`` without it: whatever needs FastAPI or uvicorn takes them from here.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Coroutine, Iterator, MutableSequence
from math import isfinite
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel

from reporter.errors import MissingPart
from reporter.registry.access import ApiFault, authenticate, invalid
from reporter.registry.store import Store

try:
    import fastapi
    import fastapi.exceptions
    import fastapi.responses
    import fastapi.routing
    import fastapi.security
    import starlette.exceptions
    import starlette.types
    import uvicorn
    import uvicorn.protocols.http.h11_impl
except ImportError as error:
    raise MissingPart(
        "the local registry needs FastAPI and uvicorn, which are not installed",
        remedy="Install them: pip install fastapi uvicorn",
    ) from error

__all__ = ["fastapi", "uvicorn"]

#: A real agent's declarations stay far below.
MAX_BODY: Final = 10 * 2**20
#: Schemas and payloads of real agents stay far below; validation gives up at some 250.
MAX_DEPTH: Final = 100
#: How long a request's line and headers may take, from the connection or the answer before.
HEAD_SECONDS: Final = 10.0
#: How long the rest may take: the body, and until the answer was taken.
REST_SECONDS: Final = 60.0
#: Beyond this the connection that has kept its request back for longest makes room.
MAX_CONNECTIONS: Final = 200

BEARER: Final = fastapi.security.HTTPBearer(auto_error=False, description="A token of the account or of a deployment.")
_IS_JSON: Final = re.compile(r"application/(\S+\+)?json\s*(;|$)", re.IGNORECASE)


class Answer(fastapi.responses.JSONResponse):
    """A JSON answer in ASCII, so that even half a surrogate pair that a caller sent can be sent back."""

    def render(self, content: Any) -> bytes:
        """The bytes of the body."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


class StrictRequest(fastapi.Request):
    """A request whose JSON is JSON: no NaN or Infinity, no name twice, and not nested beyond ``MAX_DEPTH``."""

    async def json(self) -> Any:
        """The body's value; 400 for what is no JSON, or too deep."""
        try:
            value = json.loads(
                await self.body(), parse_constant=_finite, parse_float=_finite, object_pairs_hook=_each_once
            )
        except (ValueError, RecursionError):
            raise ApiFault(400, "bad_request", "The body is not JSON") from None
        if _deeper_than(value, MAX_DEPTH):
            raise ApiFault(400, "bad_request", f"The body is nested deeper than {MAX_DEPTH}")
        return value


class StrictRoute(fastapi.routing.APIRoute):
    """A route that refuses aloud what the framework would drop: a body that is not JSON, or not asked for."""

    def get_route_handler(self) -> Callable[[fastapi.Request], Coroutine[Any, Any, fastapi.Response]]:
        """The framework's handler, given a stricter request."""
        handler = super().get_route_handler()
        kind = self.body_field.field_info.annotation if self.body_field else None

        async def strict(request: fastapi.Request) -> fastapi.Response:
            taken = StrictRequest(request.scope, request.receive)
            if await taken.body():
                if not _IS_JSON.match(taken.headers.get("content-type", "")):
                    raise ApiFault(415, "bad_request", "A body is taken as application/json only")
                sent = await taken.json()
                if kind is None and sent not in ({}, None):  # the vendor's command-line client sends {} along
                    raise invalid({"body": ["this operation takes none"]})
                refuse_undeclared(kind, sent)
            return await handler(taken)

        return strict


def refuse_undeclared(kind: Any, sent: Any) -> None:
    """Refuses with 422 the fields of a JSON value that the type it is read as has no place for."""
    if extra := list(_undeclared(kind, sent)):
        raise invalid({field: ["is not known here"] for field in extra})


def _undeclared(kind: Any, sent: Any, where: str = "") -> Iterator[str]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if isinstance(sent, dict):
            fields = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
            for name, value in sent.items():
                if name in fields:
                    yield from _undeclared(fields[name], value, f"{where}{name}.")
                elif kind.model_config.get("extra") != "allow":
                    yield f"{where}{name}"
    elif get_origin(kind) is list and isinstance(sent, list):
        for place, each in enumerate(sent):
            yield from _undeclared(get_args(kind)[0], each, f"{where}{place}.")
    else:
        for each in get_args(kind):
            yield from _undeclared(each, sent, where)


def _finite(digits: str) -> float:
    # NaN, Infinity and a number beyond all floats are what no answer could hold.
    if not isfinite(number := float(digits)):
        raise ValueError(digits)
    return number


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(value := dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice")
    return value


def _deeper_than(value: Any, limit: int) -> bool:
    # Level by level and not by recursion, which what is looked for here would exhaust.
    level = [value]
    for _ in range(limit + 1):
        holders = [each for each in level if isinstance(each, dict | list)]
        level = [each for holder in holders for each in (holder.values() if isinstance(holder, dict) else holder)]
        if not level:
            return False
    return True


def field_errors(errors: Any, skip: int = 0) -> dict[str, list[str]]:
    """What pydantic found wrong, by field; the first ``skip`` steps of the way to each are not told."""
    found: dict[str, list[str]] = {}
    for each in errors:
        field = ".".join(str(step) for step in each["loc"][skip:])
        found.setdefault(field, []).append("is required" if each["type"] == "missing" else each["msg"])
    return found


async def refused(_: object, error: Exception) -> Answer:
    """What answers whatever is raised, so that every refusal is an error envelope."""
    match error:
        case ApiFault():
            fault = error
        case fastapi.exceptions.RequestValidationError():
            errors = field_errors(error.errors(), skip=1)
            fault = invalid({field or "body": why for field, why in errors.items()})
        case starlette.exceptions.HTTPException() if isinstance(error.__cause__, ApiFault):
            fault = error.__cause__  # a fault inside the reading of a body comes wrapped
        case starlette.exceptions.HTTPException():
            code = {404: "not_found", 405: "not_implemented"}.get(error.status_code, "bad_request")
            fault = ApiFault(error.status_code, code, str(error.detail))
        case _:
            fault = ApiFault(500, "unexpected", "The registry failed; this is a fault of its own")
    headers = {"WWW-Authenticate": "Bearer"} if fault.status == fastapi.status.HTTP_401_UNAUTHORIZED else None
    return Answer(fault.envelope, fault.status, headers)


HANDLED: Final = (ApiFault, fastapi.exceptions.RequestValidationError, starlette.exceptions.HTTPException, Exception)


class Door:
    """Lets in what has a token and a body within ``MAX_BODY``, whole; everything else is refused unread.

    The application finds who is calling as ``caller`` in the scope. ``open_path`` alone needs no token. ``log`` is told
    of every request: its method and path, and its query as it came.
    """

    def __init__(
        self, app: starlette.types.ASGIApp, *, store: Store, open_path: str, log: MutableSequence[str] | None = None
    ) -> None:
        self._app = app
        self._store = store
        self._open_path = open_path
        self._log = log

    async def __call__(
        self, scope: starlette.types.Scope, receive: starlette.types.Receive, send: starlette.types.Send
    ) -> None:
        """One request."""
        request = fastapi.Request(scope)
        if self._log is not None:
            query = scope["query_string"].decode("ascii", "backslashreplace")
            self._log.append(f"{scope['method']} {scope['path']}{'?' * bool(query)}{query}")
        try:
            if scope["path"] != self._open_path:
                bearer = await BEARER(request)
                scope["caller"] = authenticate(self._store, bearer.credentials if bearer else None)
            body = await _body(request, receive)
        except ApiFault as fault:
            answer = await refused(request, fault)
            await answer(scope, receive, send)
            return
        if body is None:
            return
        waiting: list[starlette.types.Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> starlette.types.Message:
            return waiting.pop() if waiting else await receive()

        await self._app(scope, again, send)


async def _body(request: fastapi.Request, receive: starlette.types.Receive) -> bytes | None:
    """The body; None where the caller went away before it was whole."""
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise ApiFault(415, "bad_request", f"A body is taken as it is, not as {encoding}")
    too_long = ApiFault(413, "bad_request", f"The body is longer than {MAX_BODY} bytes")
    length = request.headers.get("content-length", "0")
    # Of a number with thousands of digits the first twenty say enough; reading them all would take long.
    if length.isdecimal() and int(length[:20]) > MAX_BODY:
        raise too_long
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise too_long
        if not message.get("more_body"):
            return bytes(body)


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
