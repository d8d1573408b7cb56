"""The archive of a call: where its runs are kept, and what is taken from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reporter.archive import history
from reporter.archive.runs import Torn
from reporter.archive.stores import Folder, Objects, opened
from reporter.cli.reading import Call
from reporter.declared.model import Account
from reporter.gate.policy import Limits
from reporter.order import Order
from reporter.plain.text import shown
from reporter.review.ledger import Ledger
from reporter.review.past import Past
from reporter.review.trend import Trend
from reporter.sources.reused import Reusable


def store(call: Call) -> Folder | Objects:
    """Where runs are looked for: the archive of the settings, or else the folder that they are written to.

    Raises:
        UsageError: The archive is at an address that cannot be one, or what reaches it is not installed.
    """
    return opened(call.settings.archive or call.settings.output)


def elsewhere(call: Call) -> Folder | Objects | None:
    """Where a run is kept besides; None where that is the folder that it is written to."""
    given = call.settings.archive
    if not given:
        return None
    found = opened(given)
    same = isinstance(found, Folder) and found.root.resolve() == Path(call.settings.output).resolve()
    return None if same else found


def with_runs(call: Call, order: Order) -> Order:
    """An order that tells what became of things since the runs of the archive, and spares asking again."""
    with_reuse(call)
    if not call.settings.history:
        return order

    def past(account: Account, scope: str, at: str, read_at: str) -> Past:
        found = history.past(store(call), account, scope=scope, at=at, read_at=read_at, complain=complainer(call))
        if found.later:
            call.terminal.complain(
                f"{found.later:,} of the runs in the archive are dated later than this one: a clock went back, and "
                "what they hold is not among the earlier runs"
            )
        return found

    return replace(order, archived=past)


def with_reuse(call: Call) -> None:
    """Lets a platform's schema versions be taken from the archive."""
    if not call.settings.reuse:
        return

    def known(account_id: str, address: str) -> Reusable:
        from reporter.archive.reuse import reusable

        return reusable(store(call), account_id, address, complainer(call))

    call.known = known


def complainer(call: Call) -> history.Complain:
    """Names what of an archive cannot be read; what is perhaps being written only for those who ask for more."""
    told: set[str] = set()

    def complain(torn: Torn) -> None:
        if torn.where not in told and (torn.finished or call.terminal.verbose):
            told.add(torn.where)
            call.terminal.complain(shown(f"{torn.where}: not read: {torn.why}", 500))

    return complain


def runs_before(call: Call, ledger: Ledger, limits: Limits) -> Trend:
    """What the archive tells of the runs before one, where a limit asks for how long something is so."""
    if limits.max_unknown_age_days is None:
        return Trend()
    told = complainer(call)
    at, read_at = ledger.generated_at, ledger.read_at
    return history.past(store(call), ledger.account, scope=ledger.scope, at=at, read_at=read_at, complain=told).trend
