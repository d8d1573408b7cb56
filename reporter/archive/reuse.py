"""What an archive spares a platform: the details of schema versions, which never change once they are registered.

Only of the newest complete run of the same account, read at the same address, and only where nothing of it was changed
since. Whatever does not fit is not used, and asked for anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from reporter.archive.runs import SNAPSHOT, Run, Torn, checked, of_account
from reporter.archive.stores import Store
from reporter.declared.model import Account, Record, Source
from reporter.errors import UnreadableError
from reporter.plain import disk
from reporter.sources import document, snapshot
from reporter.sources.reused import Reusable

_LIMIT: Final = 2000 * disk.MEGABYTE


def reusable(store: Store, account_id: str, address: str, complain: Callable[[Torn], None]) -> Reusable:
    """The details that a run of this account at this address can take from the archive; none where nothing fits."""
    try:
        runs = [each for each in of_account(store, Account(account_id, "")) if isinstance(each, Run) and each.complete]
    except UnreadableError as error:
        complain(Torn(error.where or store.name, "", error.what))
        return Reusable()
    for run in reversed(runs):
        if SNAPSHOT not in run.files:
            continue
        try:
            value = document.parse(checked(store, run, SNAPSHOT, _LIMIT), run.name)
            found = snapshot.from_value(value, run.name)
        except UnreadableError as error:
            complain(Torn(f"{store.name}/{'/'.join(run.folder)}", run.generated_at, error.what))
            continue  # an older one is as good: what changed since is not taken from it
        return _of(found.sources, found.records, account_id, address)
    return Reusable()


def _of(sources: tuple[Source, ...], records: tuple[Record, ...], account_id: str, address: str) -> Reusable:
    mine = {each.location: each for each in sources if each.kind == "platform" and _address(each) == address}
    whole: dict[str, Record] = {}
    rows: dict[str, Record] = {}
    for record in records:
        value = record.value
        if record.kind != "agent_schema_version" or record.source not in mine or record.mended:
            continue
        if value.get("account_id") not in (None, account_id) or not isinstance(value.get("id"), str):
            continue
        (rows if "?" in record.location else whole)[value["id"]] = record
    return Reusable(whole, rows, mine)


def _address(source: Source) -> str:
    """Where a source was asked, without when: what was taken from an archive says that behind the address."""
    return source.location.partition("#")[0]
