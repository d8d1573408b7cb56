"""From the runs of an archive to what became of things: each ledger is read once, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from reporter.archive.runs import Read, Run, Torn, clocks, ledger, of_account
from reporter.archive.stores import Store
from reporter.declared.model import Account
from reporter.errors import UnreadableError
from reporter.review.past import Past
from reporter.review.trend import Trend, advance

_NAMED: Final = 20
Complain = Callable[[Torn], None]
"""Is told of what cannot be read."""


def past(store: Store, account: Account, *, scope: str, at: str, read_at: str, complain: Complain) -> Past:
    """What an archive tells of the complete runs about an account and a scope before one.

    Args:
        store: The archive.
        account: Whose runs.
        scope: What they have to be about.
        at: The time of the one; runs of that very second are no part of what came before it.
        read_at: When its evidence was read: what was known later is none of its past.
        complain: Is told of what cannot be read, which is in no trend.
    """
    try:
        found = of_account(store, account)
    except UnreadableError as error:
        complain(Torn(error.where or store.name, at, error.what))
        return Past(torn=(store.name,))
    torn = [each for each in found if isinstance(each, Torn) and each.at < at]
    known = Past(later=sum(isinstance(each, Run) and each.generated_at > at for each in found))
    trend, wrong = Trend(), list[str]()
    for each in found:
        if isinstance(each, Torn) or each.generated_at >= at:
            continue
        if not each.complete:
            known = replace(known, incomplete=known.incomplete + 1)
            continue
        read = ledger(store, each)
        if isinstance(read, Torn):
            torn.append(read)
        elif read.ledger.scope != scope:
            known = replace(known, other_scope=known.other_scope + 1)
        elif read.ledger.read_at >= read_at:
            known = replace(known, newer_evidence=known.newer_evidence + 1)
        else:
            trend = advance(trend, read.ledger, run=each.name, sha256=read.sha256)
            wrong += [run.name for run, _ in clocks([read], at)]
            known = replace(known, from_reports=known.from_reports + read.from_report)
    for one in torn:
        complain(one)
    names = tuple(one.where.rpartition("/")[2] for one in torn if one.finished)[:_NAMED]
    return replace(known, trend=trend, torn=names, clocks=tuple(wrong[:_NAMED]))


def reads(store: Store, runs: Iterable[Run]) -> Iterable[Read | Torn]:
    """The ledgers of some runs, one at a time."""
    return (ledger(store, run) for run in runs)
