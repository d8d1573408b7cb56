"""How the API refuses: a status, a code and a message, and for input that is wrong the fields and why."""

from __future__ import annotations

from typing import Any


class ApiFault(Exception):  # noqa: N818  (an answer to the caller, not a failure of ours)
    """A refusal on its way to the caller.

    Args:
        status: The HTTP status.
        code: One of the codes that the API lists.
        message: A sentence for people.
        errors: Field to what is wrong with it, for ``validation_errors``.
    """

    def __init__(self, status: int, code: str, message: str, errors: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def envelope(self) -> dict[str, Any]:
        """The body that the caller gets: ``{status: error, code, message, errors?}``."""
        body: dict[str, Any] = {"status": "error", "code": self.code, "message": self.message}
        return body if self.errors is None else body | {"errors": self.errors}


def not_authenticated(message: str = "Authentication required") -> ApiFault:
    """401: no token, or one that may not do this."""
    return ApiFault(401, "not_authenticated", message)


def bad_token() -> ApiFault:
    """401: a token that is unknown, suspended, revoked or expired."""
    return ApiFault(401, "bad_authtoken", "The token is unknown, not active, or expired")


def not_permitted(message: str) -> ApiFault:
    """403: the token is good but not for this."""
    return ApiFault(403, "not_permitted", message)


def not_found() -> ApiFault:
    """404: no such thing in what the token may see."""
    return ApiFault(404, "not_found", "Not found")


def invalid_action(message: str) -> ApiFault:
    """409: not in the state that the thing is in."""
    return ApiFault(409, "invalid_action", message)


def invalid(field: str, *why: str) -> ApiFault:
    """422: one field is wrong."""
    return invalid_fields({field: list(why)})


def invalid_fields(errors: dict[str, list[str]]) -> ApiFault:
    """422: fields are wrong."""
    return ApiFault(422, "validation_errors", "Validation failed", errors)
