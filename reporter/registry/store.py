"""What the registry knows, in SQLite: in memory, or in a file that outlives it.

Rows are plain dictionaries, one key a column. Table and column names always come from this package's own code,
never from a caller, so they may stand in the SQL; values are always bound.
"""

# ruff: noqa: S608  (see above)

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, Self

from reporter.errors import UsageError
from reporter.registry import tables
from reporter.registry.clock import Clock, Entropy, IdMaker, text, utc_now

Row = dict[str, Any]
Where = Mapping[str, Any]
#: What equality cannot say: SQL with one place, and the value for it.
Condition = tuple[str, Any]


class Store:
    """One account and everything in it; safe to use from several threads.

    ``account_id`` is the account's id, ``new_id()`` makes the next one, ``clock()`` tells the time.

    Args:
        path: The database's file, made where it is not there; in memory without it.
        account_name: The account's name, where the database is new.
        clock: What the time is; it may stand still.
        entropy: Random bytes for ids; a seeded one makes them repeatable.

    Raises:
        UsageError: The file cannot be opened, or is not a registry's.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        account_name: str = "Local account",
        clock: Clock = utc_now,
        entropy: Entropy = secrets.token_bytes,
    ) -> None:
        self.clock = clock
        self.new_id = IdMaker(clock, entropy)
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = _opened(path)
        with self.transaction():
            account = self.find("account") or self.insert("account", name=account_name)
        self.account_id = str(account["id"])

    def __enter__(self) -> Self:
        """The store itself; leaving closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes the database."""
        self.close()

    def close(self) -> None:
        """Closes the database; one in memory is gone."""
        with self._lock:
            self._connection.close()

    def now(self) -> str:
        """The time, as the API writes it."""
        return text(self.clock())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is written inside, or none of it; inside another one it is part of that."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._leave("ROLLBACK")
                raise
            self._leave("COMMIT")

    def _leave(self, statement: str) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._connection.execute(statement)

    def insert(self, table: str, **columns: Any) -> Row:
        """A new row with its id and times, unless they were given.

        Raises:
            sqlite3.IntegrityError: Where the row breaks a promise of the tables.
        """
        now = self.now()
        row = {"id": columns.pop("id", None) or self.new_id(), "inserted_at": now, "updated_at": now, **columns}
        places = ", ".join("?" * len(row))
        self._run(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", _bound(row))
        return self.get(table, str(row["id"]))

    def change(self, table: str, row_id: str, **columns: Any) -> Row:
        """The row after some of its columns were set; ``updated_at`` moves with them.

        Raises:
            KeyError: There is no such row.
        """
        row = {"updated_at": self.now(), **columns}
        sets = ", ".join(f"{name} = ?" for name in row)
        self._run(f"UPDATE {table} SET {sets} WHERE id = ?", [*_bound(row), row_id])
        return self.get(table, row_id)

    def remove(self, table: str, where: Where) -> None:
        """Takes the matching rows out, and what hangs on them."""
        self._run(f"DELETE FROM {table}{_clause(where)}", _bound(where))

    def get(self, table: str, row_id: str) -> Row:
        """The row with an id.

        Raises:
            KeyError: There is none.
        """
        row = self.find(table, id=row_id)
        if row is None:
            raise KeyError(row_id)
        return row

    def find(self, table: str, **where: Any) -> Row | None:
        """The first row that matches, or None; None as a value matches what is not set."""
        return next(iter(self.select(table, where, limit=1)), None)

    def select(
        self,
        table: str,
        where: Where | None = None,
        also: Sequence[Condition] = (),
        *,
        order: str = "id",
        offset: int = 0,
        limit: int = -1,
    ) -> list[Row]:
        """The rows that match, in an order, from an offset, at most so many."""
        sql = f"SELECT * FROM {table}{_clause(where, also)} ORDER BY {order} LIMIT ? OFFSET ?"
        return self.query(sql, [*_matched(where, also), limit, offset])

    def count(self, table: str, where: Where | None = None, also: Sequence[Condition] = ()) -> int:
        """How many rows match."""
        sql = f"SELECT count(*) AS n FROM {table}{_clause(where, also)}"
        return int(self.query(sql, _matched(where, also))[0]["n"])

    def counts(self, table: str, column: str, where: Where) -> dict[str, int]:
        """How many rows match, by the value of a column."""
        sql = f"SELECT {column} AS value, count(*) AS n FROM {table}{_clause(where)} GROUP BY {column}"
        return {row["value"]: row["n"] for row in self.query(sql, _bound(where))}

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """The rows of a question in SQL."""
        with self._lock:
            return [_unbound(row) for row in self._connection.execute(sql, values)]

    def _run(self, sql: str, values: Sequence[Any]) -> None:
        with self._lock:
            self._connection.execute(sql, values)


def _opened(path: Path | None) -> sqlite3.Connection:
    where = str(path) if path else ":memory:"
    if path and path.exists() and not path.is_file():  # reading a pipe would wait for ever
        raise _not_ours(where, OSError("it is no regular file"))
    try:
        if path and not path.exists():
            path.touch(mode=0o600)  # payloads are nobody else's to read
        connection = sqlite3.connect(where, isolation_level=None, check_same_thread=False, timeout=0)
    except (OSError, sqlite3.Error) as error:
        raise _not_ours(where, error) from error
    try:
        _prepare(connection, where)
    except sqlite3.Error as error:
        connection.close()
        raise _not_ours(where, error) from error
    except UsageError:
        connection.close()
        raise
    return connection


def _not_ours(where: str, error: Exception) -> UsageError:
    if getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
        return UsageError(
            "another registry, or another program, has this database open",
            where=where,
            remedy="End that one, or name another file",
        )
    return UsageError(
        f"the registry's database cannot be opened ({error})",
        where=where,
        remedy="Name a file that the registry made, or one that is not there yet",
    )


def _prepare(connection: sqlite3.Connection, where: str) -> None:
    # For as long as it is open nobody else has it, who would replace the token; the lock goes with its process.
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    # Looked at before anything is set: the settings below would change somebody else's file for good.
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    used = connection.execute(_SHAPE).fetchall()
    if used and (version != tables.VERSION or used != _ours()):
        raise UsageError(
            "the file is a database, but not one of this version of the registry",
            where=where,
            remedy="Name another file",
        )
    connection.row_factory = sqlite3.Row
    for setting in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = NORMAL"):
        connection.execute(f"PRAGMA {setting}")
    for statement in tables.statements():
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {tables.VERSION}")


_SHAPE: Final = (
    "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table' ORDER BY 1, 2"
)


def _ours() -> list[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:")) as empty:
        for statement in tables.statements():
            empty.execute(statement)
        return empty.execute(_SHAPE).fetchall()


def _clause(where: Where | None, also: Sequence[Condition] = ()) -> str:
    # IS compares like = and also matches NULL with NULL; SQLite uses an index for it all the same.
    terms = [f"{name} IS ?" for name in where or ()] + [term for term, _ in also]
    return f" WHERE {' AND '.join(terms)}" if terms else ""


def _matched(where: Where | None, also: Sequence[Condition]) -> list[Any]:
    return [*_bound(where or {}), *(value for _, value in also)]


def _bound(columns: Mapping[str, Any]) -> list[Any]:
    return [_value(name, value) for name, value in columns.items()]


def _value(name: str, value: Any) -> Any:
    return json.dumps(value) if name in tables.JSON_COLUMNS and value is not None else value


def _unbound(row: sqlite3.Row) -> Row:
    pairs: Iterable[tuple[str, Any]] = zip(row.keys(), row, strict=True)
    return {
        name: json.loads(value) if name in tables.JSON_COLUMNS and value is not None else value for name, value in pairs
    }
