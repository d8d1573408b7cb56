"""Moments as the API writes them, and ids that sort by them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from reporter.registry.faults import invalid

Clock = Callable[[], datetime]
Entropy = Callable[[int], bytes]

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_COUNTER_BITS: Final = 20
_RANDOM_BYTES: Final = 8


def utc_now() -> datetime:
    """The clock that a registry goes by unless it is given another."""
    return datetime.now(UTC)


def text(moment: datetime) -> str:
    """ISO 8601 in UTC with ``Z``, as the API writes it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parsed(value: str, field: str) -> str:
    """A moment that a caller sent, as the API writes it; without an offset it is UTC.

    Raises:
        ApiFault: 422, naming the field, where it is no ISO 8601 time.
    """
    try:
        moment = datetime.fromisoformat(value)
        return text(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise invalid(field, "is not an ISO 8601 time") from None


class IdMaker:
    """Makes ids of the platform's form: 48 bits of milliseconds, 30 of partition, 80 that tell them apart.

    They are 32 characters of Crockford's base 32 in lower case. Ids of one maker sort in the order in which they
    were made: of the last 80 bits the first 20 count within a millisecond, and time never goes back.

    Args:
        clock: Where the milliseconds come from.
        entropy: Gives as many random bytes as it is asked for.
    """

    def __init__(self, clock: Clock, entropy: Entropy) -> None:
        self._clock = clock
        self._entropy = entropy
        self._partition = int.from_bytes(entropy(4)) >> 2
        self._last = (0, 0)
        self._lock = threading.Lock()

    def __call__(self) -> str:
        """The next id."""
        milliseconds = max(0, int(self._clock().timestamp() * 1000))
        with self._lock:
            then, count = self._last
            self._last = (milliseconds, 0) if milliseconds > then else _next(then, count)
            then, count = self._last
        random = int.from_bytes(self._entropy(_RANDOM_BYTES)) >> 4
        return _encoded(then, 10) + _encoded(self._partition, 6) + _encoded(count, 4) + _encoded(random, 12)


def _next(milliseconds: int, count: int) -> tuple[int, int]:
    full = count + 1 == 1 << _COUNTER_BITS
    return (milliseconds + 1, 0) if full else (milliseconds, count + 1)


def _encoded(number: int, width: int) -> str:
    return "".join(_ALPHABET[(number >> 5 * place) & 31] for place in reversed(range(width)))
