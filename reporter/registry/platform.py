"""One running registry: its store, its answers, and the promise that a repeated request changes nothing."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from reporter.registry.answers import Answers
from reporter.registry.faults import ApiFault, invalid, not_found
from reporter.registry.paging import DEFAULT_PAGE_SIZE
from reporter.registry.store import Row, Store
from reporter.registry.tokens import Caller, digest

_MAX_KEY: Final = 128
_TAKEN: Final = re.compile(r"UNIQUE constraint failed: .*?(\w+)$")


@dataclass(frozen=True, slots=True)
class Platform:
    """What every operation works on.

    Attributes:
        store: The rows.
        answers: What the API says of them.
        default_page_size: Rows of a page whose size nobody asked for.
    """

    store: Store
    answers: Answers
    default_page_size: int = DEFAULT_PAGE_SIZE

    def existing(self, table: str, row_id: str | None, **where: Any) -> Row:
        """The row with an id.

        Raises:
            ApiFault: 404 where it is not there, or is none of those asked for.
        """
        row = self.store.find(table, id=row_id, **where) if row_id else None
        if row is None:
            raise not_found()
        return row

    def once(self, caller: Caller, operation: str, body: BaseModel | None, write: Callable[[], Row]) -> Row:
        """A write as one transaction, done once for each idempotency key, which body or head may carry.

        The same key with the same request gets the first answer again; only what succeeded is remembered.

        Args:
            caller: Whose keys are looked at.
            operation: What is done, and to which row.
            body: The request.
            write: Does it and gives the answer.

        Raises:
            ApiFault: 422 for a key that is too long or that another request used, or for a row that refers to
                what is not there or takes what is taken; and what ``write`` raises.
        """
        key = getattr(body, "idempotency_key", None) or caller.idempotency_key
        with self.store.transaction():
            if not key:
                return _guarded(write)
            if len(key) > _MAX_KEY:
                raise invalid("idempotency_key", f"is longer than {_MAX_KEY} characters")
            document = body.model_dump(mode="json", by_alias=True, exclude_unset=True) if body else {}
            request = {"operation": operation, "digest": digest(json.dumps(document, sort_keys=True))}
            key_id = f"{caller.token_id}:{key}"
            earlier = self.store.find("request", id=key_id)
            if earlier is None:
                answer = _guarded(write)
                self.store.insert("request", id=key_id, answer=answer, **request)
                return answer
        if {name: earlier[name] for name in request} != request:
            raise ApiFault(422, "idempotency_key_already_used", "Another request used this idempotency key")
        remembered: Row = earlier["answer"]
        return remembered


def success(details: Row, **siblings: Any) -> Row:
    """The envelope of one thing: ``{status: success, details}`` and what stands beside it."""
    return {"status": "success", "details": details, **siblings}


def _guarded(write: Callable[[], Row]) -> Row:
    try:
        return write()
    except sqlite3.IntegrityError as error:
        if taken := _TAKEN.search(str(error)):
            raise invalid(taken[1], "is taken") from error
        raise ApiFault(422, "unexpected_ref_type", "It refers to something that is not there") from error
