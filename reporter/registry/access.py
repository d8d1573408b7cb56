"""Who is calling, and how they are refused: tokens of the account may do everything, those of one deployment report.

Only digests of tokens are kept, so a registry's file gives none away.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from reporter.registry.store import Row, Store, text

Scope = Literal["account", "agent_deployment"]
_LIFETIME: Final = timedelta(days=365)
_NEVER: Final = "9999-12-31T23:59:59Z"


class ApiFault(Exception):  # noqa: N818  (an answer to the caller, not a failure of ours)
    """A refusal on its way to the caller: the HTTP status, one of the API's codes, and a sentence for people.

    ``errors`` is for ``validation_errors``: field to what is wrong with it.
    """

    def __init__(self, status: int, code: str, message: str, errors: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        envelope = {"status": "error", "code": code, "message": message}
        # The body that the caller gets.
        self.envelope: dict[str, Any] = envelope if errors is None else {**envelope, "errors": errors}


def invalid(errors: dict[str, list[str]]) -> ApiFault:
    """422: fields, and what is wrong with each."""
    return ApiFault(422, "validation_errors", "Validation failed", errors)


def not_found() -> ApiFault:
    """404: no such thing in what the token may see."""
    return ApiFault(404, "not_found", "Not found")


def parsed(value: str, field: str) -> str:
    """A moment that a caller sent, as the API writes it, in UTC without an offset; 422 where it is no ISO 8601 time."""
    try:
        moment = datetime.fromisoformat(value)
        return text(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise invalid({field: ["is not an ISO 8601 time"]}) from None


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token a request carries: a deployment's, of an agent in an environment, or without these the account's.

    ``idempotency_key`` is the key in the request's head, for a body without one.
    """

    token_id: str
    agent_id: str | None = None
    environment_id: str | None = None
    agent_deployment_id: str | None = None
    idempotency_key: str | None = None

    @property
    def scope(self) -> Scope:
        """Whether it is the account's token or a deployment's."""
        return "account" if self.agent_deployment_id is None else "agent_deployment"

    def check_reader(self) -> None:
        """Lets only the account read; 401 for a deployment's token, as the platform answers it."""
        if self.scope != "account":
            raise ApiFault(401, "not_authenticated", "A deployment's token cannot read")

    def check_administrator(self) -> None:
        """Lets only the account change what is no run; 403 for a deployment's token."""
        if self.scope != "account":
            raise ApiFault(403, "not_permitted", "A deployment's token may only report runs and their spans")

    def check_deployment(self, deployment_id: str) -> None:
        """Lets a deployment see only its own runs; 404 for another's, which is not there for this token."""
        if self.agent_deployment_id not in (None, deployment_id):
            raise not_found()

    def scoped(self, field: Literal["agent_id", "environment_id"], sent: str | None) -> str | None:
        """What a request names, or its token does; 403 where the token is for another."""
        own: str | None = getattr(self, field)
        if own and sent not in (None, own):
            raise ApiFault(403, "not_permitted", f"The token is for another {field}")
        return own or sent


def new_secret() -> str:
    """A token that nobody has yet."""
    return f"local_{secrets.token_urlsafe(24)}"


def digest(secret: str) -> str:
    """What is kept of a token; tokens are long and random, so a plain hash will do."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def digest_of(document: Any) -> str:
    """What a JSON value is known again by."""
    return digest(json.dumps(document, sort_keys=True))


def admit(store: Store, secret: str) -> None:
    """Makes a secret the account's token; one that was admitted before no longer counts."""
    with store.transaction():
        store.remove("api_token", {"given": 1})
        # The same secret may have been issued to somebody; it is the account's now.
        store.remove("api_token", {"secret_digest": digest(secret)})
        _keep(store, secret, None, _NEVER, given=1)


def issue(store: Store, deployment: Row | None, expires_at: str | None = None) -> tuple[Row, str]:
    """A new token of a deployment, or without one of the account: its row and, this once, its secret."""
    secret = new_secret()
    return _keep(store, secret, deployment, expires_at or text(store.clock() + _LIFETIME)), secret


def _keep(store: Store, secret: str, deployment: Row | None, expires_at: str, **more: Any) -> Row:
    scope: Row = {"token_scope": "account"}
    if deployment:
        scope = {"token_scope": "agent_deployment", "agent_deployment_id": deployment["id"]}
        scope |= {name: deployment[name] for name in ("agent_id", "environment_id")}
    kept = {"secret_digest": digest(secret), "expires_at": expires_at, "status": "active"}
    return store.insert("api_token", **kept, **scope, **more)


def authenticate(store: Store, secret: str | None) -> Caller:
    """Who a bearer token stands for; 401 without one, or with one that is unknown, not active, or expired."""
    if not secret:
        raise ApiFault(401, "not_authenticated", "Authentication required")
    row = store.find("api_token", secret_digest=digest(secret), status="active")
    now = store.now()
    if row is None or datetime.fromisoformat(row["expires_at"]) < datetime.fromisoformat(now):
        raise ApiFault(401, "bad_authtoken", "The token is unknown, not active, or expired")
    if (row["last_used_at"] or "")[:16] != now[:16]:  # to the minute, so that reading seldom writes
        store.change("api_token", row["id"], last_used_at=now, updated_at=row["updated_at"])
    return Caller(row["id"], row["agent_id"], row["environment_id"], row["agent_deployment_id"])
