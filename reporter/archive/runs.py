"""The runs of an archive: which there are, what their manifests say, and the ledger of each.

Whoever may write to an archive may write anything. A run counts only if its manifest is one of ours and says the
digest of what is read; whatever else lies there is named, and costs no other run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from reporter.archive import earlier
from reporter.archive.stores import Folder, Store
from reporter.declared.model import Account
from reporter.errors import UnreadableError
from reporter.plain import disk
from reporter.plain.canonical import digest, parsed
from reporter.review.ledger import LEDGER, Ledger, NoLedgerError, from_bytes

MANIFEST: Final = "manifest.json"
REPORT: Final = "report.json"
SNAPSHOT: Final = "evidence/snapshot.json"

_MANIFEST_SCHEMA: Final = "datarisk/manifest/1"
_RUN: Final = re.compile(r"(\d{8}T\d{6}Z)(?:-(\d{1,6}|[0-9a-f]{12}))?")
#: Each of them a good deal larger than those of a thousand agents.
_MANIFEST_LIMIT: Final = 5 * disk.MEGABYTE
_LEDGER_LIMIT: Final = 50 * disk.MEGABYTE
_REPORT_LIMIT: Final = 500 * disk.MEGABYTE


@dataclass(frozen=True, slots=True)
class Run:
    """A run that lies in an archive.

    Attributes:
        folder: The parts of its path.
        files: What its manifest says of each file: its digest, by its name.
        generated_at: Its time, as its manifest says it, ISO 8601 in UTC.
    """

    folder: tuple[str, str]
    account: Account
    generated_at: str
    complete: bool
    files: Mapping[str, str]

    @property
    def name(self) -> str:
        """That of its folder."""
        return self.folder[1]


@dataclass(frozen=True, slots=True)
class Torn:
    """Something that lies where a run would, and cannot be read as one.

    Attributes:
        at: The time in its name, ISO 8601 in UTC; what it holds may be of any account.
        finished: False where it has no manifest in a place where that is written last: it may be being written.
    """

    where: str
    at: str
    why: str
    finished: bool = True


Found: TypeAlias = Run | Torn


def order(name: str) -> tuple[str, int, str] | None:
    """Where a run stands among those of its account, by the name of its folder; None for what has no such name."""
    match = _RUN.fullmatch(name)
    if not match:
        return None
    number = match[2] or "1"
    return (match[1], int(number), "") if len(number) <= 6 and number.isdigit() else (match[1], 1, number)  # noqa: PLR2004


def of_account(store: Store, account: Account | None = None) -> list[Found]:
    """The runs of an account, or of all, in the order of their names.

    Raises:
        UnreadableError: Nobody can tell what is there.
    """
    found: list[Found] = []
    for home in store.names():
        if account is not None and not _may_be(home, account):
            continue
        ordered = sorted((place, name) for name in store.names(home) if (place := order(name)))
        found += [_run(store, home, name) for _, name in ordered]
    # What is of another account although its folder has the name of this one is none of its runs.
    return [each for each in found if account is None or isinstance(each, Torn) or each.account.id == account.id]


def _may_be(home: str, account: Account) -> bool:
    """Whether an account's runs may lie there: its name may have changed, and its id is in the folder's by digest."""
    tail = digest(account.id.encode(errors="surrogatepass"))[:12]
    return home.endswith(f"-{tail}") or home == account.id


def _run(store: Store, home: str, name: str) -> Found:
    place = order(name)
    stamp = place[0] if place else ""
    at = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[9:11]}:{stamp[11:13]}:{stamp[13:15]}Z"
    where = f"{store.name}/{home}/{name}"
    try:
        data = store.read(home, name, MANIFEST, limit=_MANIFEST_LIMIT)
        if data is None:
            finished = isinstance(store, Folder)  # there a run is moved in whole
            why = "it has no manifest" + ("" if finished else ": it was broken off, or is being written")
            return Torn(where, at, why, finished=finished)
        return _of_manifest(json.loads(data), (home, name), at)
    except UnreadableError as error:
        return Torn(where, at, error.what)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return Torn(where, at, f"its manifest is none of ours ({str(error) or type(error).__name__:.120})")


def _of_manifest(value: Any, folder: tuple[str, str], at: str) -> Run:
    if not isinstance(value, dict) or value["schema"] != _MANIFEST_SCHEMA:
        raise ValueError(f"its schema is {str(value.get('schema'))[:60]}" if isinstance(value, dict) else "no object")
    generated_at, account = value["generated_at"], value["account"]
    if generated_at != at:
        raise ValueError("it is of another time than its folder")
    files = {item["name"]: item["sha256"] for item in value["files"]}
    complete = value["complete"]
    if not isinstance(complete, bool):
        raise TypeError("it does not say whether it is complete")
    if not all(isinstance(text, str) for text in (account["id"], account["name"], *files, *files.values())):
        raise TypeError("a name or a digest is no text")
    return Run(folder, Account(account["id"], account["name"]), generated_at, complete, files)


@dataclass(frozen=True, slots=True)
class Read:
    """A run's ledger; ``sha256`` is the digest of the file that it was read from.

    Attributes:
        from_report: Whether an earlier version made the run, so that it was read from its report.
    """

    run: Run
    ledger: Ledger
    sha256: str
    from_report: bool = False


def ledger(store: Store, run: Run) -> Read | Torn:
    """The ledger of a run; of one made by an earlier version, as much of it as its report tells."""
    where = f"{store.name}/{'/'.join(run.folder)}"
    name, limit = (LEDGER, _LEDGER_LIMIT) if LEDGER in run.files else (REPORT, _REPORT_LIMIT)
    if name not in run.files:
        return Torn(where, run.generated_at, "it holds neither a ledger nor a report.json")
    try:
        data = checked(store, run, name, limit)
        found = from_bytes(data) if name == LEDGER else earlier.of_report(parsed(data))
        if (found.account.id, found.generated_at, found.complete) != (run.account.id, run.generated_at, run.complete):
            raise NoLedgerError("it is of another run than its manifest")
    except UnreadableError as error:
        return Torn(where, run.generated_at, error.what)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        said = str(error) if isinstance(error, NoLedgerError) else f"{type(error).__name__} {error}"
        return Torn(where, run.generated_at, f"its {name} is not made like ours ({said:.200})")
    return Read(run, found, run.files[name], from_report=name == REPORT)


def checked(store: Store, run: Run, name: str, limit: int) -> bytes:
    """A file of a run, if it is what the manifest says.

    Raises:
        UnreadableError: It is not there, cannot be read, or was changed since.
    """
    data = store.read(*run.folder, *name.split("/"), limit=limit)
    if data is None:
        raise UnreadableError(f"its {name} is gone", where=run.name)
    if digest(data) != run.files.get(name):
        raise UnreadableError(f"its {name} was changed since, or is torn", where=run.name)
    return data


def clocks(reads: list[Read], now: str) -> Iterator[tuple[Run, str]]:
    """The runs whose time cannot be right, and why."""
    for each in reads:
        at, ledger = each.run.generated_at, each.ledger
        registered = [version.inserted_at for agent in ledger.agents for version in agent.versions]
        newest = max((time for time in registered if time), default="")
        if at > now:
            yield each.run, "it is dated later than this machine's clock"
        elif newest > at:
            yield each.run, f"it is dated before what it holds was registered ({newest})"
        elif ledger.read_at > at:
            yield each.run, f"it is dated before its evidence was read ({ledger.read_at})"
