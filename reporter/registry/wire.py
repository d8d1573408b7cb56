"""JSON on its way in and out, stricter than the framework's: what comes in can always go out again."""

import json
import re
from collections.abc import Callable, Coroutine, Iterator
from math import isinf
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel

from reporter.registry.faults import ApiFault, invalid, invalid_fields
from reporter.registry.parts import fastapi, starlette

#: Schemas and payloads of real agents stay far below; validation gives up at some 250.
MAX_DEPTH: Final = 100

_IS_JSON: Final = re.compile(r"application/(\S+\+)?json\s*(;|$)", re.IGNORECASE)

Handler = Callable[[fastapi.Request], Coroutine[Any, Any, fastapi.Response]]


class Answer(fastapi.responses.JSONResponse):
    """A JSON answer in ASCII, so that even half a surrogate pair that a caller sent can be sent back."""

    def render(self, content: Any) -> bytes:
        """The bytes of the body."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


class StrictRequest(fastapi.Request):
    """A request whose JSON is JSON: no NaN or Infinity, no name twice, and not nested beyond ``MAX_DEPTH``."""

    async def json(self) -> Any:
        """The body's value.

        Raises:
            ApiFault: 400 for what is no JSON, or too deep.
        """
        try:
            value = json.loads(
                await self.body(), parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_each_once
            )
        except (ValueError, RecursionError):
            raise ApiFault(400, "bad_request", "The body is not JSON") from None
        if _deeper_than(value, MAX_DEPTH):
            raise ApiFault(400, "bad_request", f"The body is nested deeper than {MAX_DEPTH}")
        return value

    async def check(self, kind: Any) -> None:
        """Refuses aloud what the framework would drop: a body that nobody asked for, and fields that none has.

        Args:
            kind: The type that the body is read as; None where the operation takes none.

        Raises:
            ApiFault: 415 for a body that does not say that it is JSON; 422 for one that holds more than ``kind``.
        """
        if not await self.body():
            return
        if not _IS_JSON.match(self.headers.get("content-type", "")):
            raise ApiFault(415, "bad_request", "A body is taken as application/json only")
        sent = await self.json()
        if kind is None and sent not in ({}, None):  # the vendor's command-line client sends {} along
            raise invalid("body", "this operation takes none")
        if extra := list(undeclared(kind, sent)):
            raise invalid_fields({field: ["is not known here"] for field in extra})


class StrictRoute(fastapi.routing.APIRoute):
    """A route that reads its body strictly."""

    def get_route_handler(self) -> Handler:
        """The framework's handler, given a stricter request."""
        handler = super().get_route_handler()
        kind = self.body_field.field_info.annotation if self.body_field else None

        async def strict(request: fastapi.Request) -> fastapi.Response:
            taken = StrictRequest(request.scope, request.receive)
            await taken.check(kind)
            return await handler(taken)

        return strict


def undeclared(kind: Any, sent: Any, where: str = "") -> Iterator[str]:
    """The fields of a JSON value that the type it is read as has no place for, each with the way to it."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if isinstance(sent, dict):
            fields = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
            for name, value in sent.items():
                if name in fields:
                    yield from undeclared(fields[name], value, f"{where}{name}.")
                elif kind.model_config.get("extra") != "allow":
                    yield f"{where}{name}"
    elif get_origin(kind) is list and isinstance(sent, list):
        for place, each in enumerate(sent):
            yield from undeclared(get_args(kind)[0], each, f"{where}{place}.")
    else:
        for each in get_args(kind):
            yield from undeclared(each, sent, where)


def install_handlers(app: fastapi.FastAPI) -> None:
    """Makes every refusal and every fault of the application an error envelope."""
    app.add_exception_handler(ApiFault, _of_fault)
    app.add_exception_handler(fastapi.exceptions.RequestValidationError, _of_validation)
    app.add_exception_handler(starlette.exceptions.HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_anything)


def refusal(fault: ApiFault) -> Answer:
    """A refusal as the caller gets it."""
    headers = {"WWW-Authenticate": "Bearer"} if fault.status == fastapi.status.HTTP_401_UNAUTHORIZED else None
    return Answer(fault.envelope(), fault.status, headers)


async def _of_fault(_: fastapi.Request, fault: Exception) -> Answer:
    if not isinstance(fault, ApiFault):
        raise fault
    return refusal(fault)


async def _of_validation(request: fastapi.Request, error: Exception) -> Answer:
    errors: dict[str, list[str]] = {}
    if isinstance(error, fastapi.exceptions.RequestValidationError):
        for each in error.errors():
            field = ".".join(str(step) for step in each["loc"][1:]) or "body"
            errors.setdefault(field, []).append("is required" if each["type"] == "missing" else each["msg"])
    return await _of_fault(request, ApiFault(422, "validation_errors", "Validation failed", errors))


async def _of_http(request: fastapi.Request, error: Exception) -> Answer:
    # A fault inside the reading of a body comes wrapped.
    if isinstance(error.__cause__, ApiFault):
        return await _of_fault(request, error.__cause__)
    status = getattr(error, "status_code", 500)
    code = {404: "not_found", 405: "not_implemented"}.get(status, "bad_request")
    return await _of_fault(request, ApiFault(status, code, str(getattr(error, "detail", error))))


async def _of_anything(request: fastapi.Request, _: Exception) -> Answer:
    return await _of_fault(request, ApiFault(500, "unexpected", "The registry failed; this is a fault of its own"))


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _finite(digits: str) -> float:
    if isinf(number := float(digits)):
        raise ValueError(digits)
    return number


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(value := dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice")
    return value


def _deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        level = [
            each
            for holder in level
            if isinstance(holder, dict | list)
            for each in (holder.values() if isinstance(holder, dict) else holder)
        ]
        if not level:
            return False
    return True
