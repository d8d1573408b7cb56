"""Who is calling: tokens of the account, which may do everything, and of one deployment, which may only report.

Only digests of tokens are kept, so a registry's file gives none away.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from reporter.registry.clock import text
from reporter.registry.faults import bad_token, not_authenticated, not_found, not_permitted
from reporter.registry.store import Row, Store

Scope = Literal["account", "agent_deployment"]
LIFETIME: Final = timedelta(days=365)
_NEVER: Final = "9999-12-31T23:59:59Z"


@dataclass(frozen=True, slots=True)
class Caller:
    """What a request's token may do.

    Attributes:
        token_id: The token's id.
        agent_id: The one agent that it reports for; None for the account's.
        environment_id: The environment of its deployment; None for the account's.
        agent_deployment_id: Its deployment; None for the account's.
        idempotency_key: The key in the request's head, for a body without one.
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
        """Lets only the account read.

        Raises:
            ApiFault: 401 for a deployment's token, as the platform answers it.
        """
        if self.scope != "account":
            raise not_authenticated("A deployment's token cannot read")

    def check_administrator(self) -> None:
        """Lets only the account change what is no run.

        Raises:
            ApiFault: 403 for a deployment's token.
        """
        if self.scope != "account":
            raise not_permitted("A deployment's token may only report runs and their spans")

    def check_deployment(self, deployment_id: str) -> None:
        """Lets a deployment see only its own runs.

        Raises:
            ApiFault: 404 for another deployment's run, which is not there for this token.
        """
        if self.agent_deployment_id not in (None, deployment_id):
            raise not_found()


def new_secret() -> str:
    """A token that nobody has yet."""
    return f"local_{secrets.token_urlsafe(24)}"


def admit(store: Store, secret: str) -> None:
    """Makes a secret the account's token; one that was admitted before no longer counts."""
    with store.transaction():
        store.remove("api_token", {"given": 1})
        store.remove("api_token", {"secret_digest": digest(secret)})
        store.insert(
            "api_token",
            secret_digest=digest(secret),
            token_scope="account",  # noqa: S106  (a scope, no secret)
            given=1,
            expires_at=_NEVER,
            status="active",
        )


def issue(store: Store, deployment: Row | None, expires_at: str | None = None) -> tuple[Row, str]:
    """A new token of a deployment, or without one of the account: its row and, this once, its secret."""
    secret = new_secret()
    named = (
        {
            "agent_id": deployment["agent_id"],
            "environment_id": deployment["environment_id"],
            "agent_deployment_id": deployment["id"],
        }
        if deployment
        else {}
    )
    row = store.insert(
        "api_token",
        secret_digest=digest(secret),
        token_scope="agent_deployment" if deployment else "account",
        expires_at=expires_at or text(store.clock() + LIFETIME),
        status="active",
        **named,
    )
    return row, secret


def authenticate(store: Store, secret: str | None) -> Caller:
    """Who a bearer token stands for.

    Raises:
        ApiFault: 401 without a token, or with one that is unknown, not active, or expired.
    """
    if not secret:
        raise not_authenticated()
    row = store.find("api_token", secret_digest=digest(secret), status="active")
    now = store.now()
    if row is None or (row["expires_at"] != _NEVER and _passed(store, row["expires_at"])):
        raise bad_token()
    if (row["last_used_at"] or "")[:16] != now[:16]:  # to the minute, so that reading seldom writes
        store.change("api_token", row["id"], last_used_at=now, updated_at=row["updated_at"])
    return Caller(row["id"], row["agent_id"], row["environment_id"], row["agent_deployment_id"])


def digest(secret: str) -> str:
    """What is kept of a token; tokens are long and random, so a plain hash will do."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _passed(store: Store, moment: str) -> bool:
    rows = store.query("SELECT julianday(?) < julianday(?) AS passed", [moment, store.now()])
    return bool(rows[0]["passed"])
