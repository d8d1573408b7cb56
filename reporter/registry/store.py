"""What the registry knows, in SQLite: in memory, or in a file that outlives it.

Rows are plain dictionaries, one key a column; times are text as the API writes them, and what a caller sent as JSON
stays JSON. Table and column names always come from this package's own code, never from a caller, so they may stand
in the SQL; values are always bound.
"""

# ruff: noqa: S608  (see above)

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self

from reporter.errors import UsageError

Row = dict[str, Any]
#: What rows have to match: column to value, or SQL with one place to the value for it, for what equality cannot say.
Where = Mapping[str, Any]
Clock = Callable[[], datetime]
Entropy = Callable[[int], bytes]
#: Matches every row.
ALL: Final[Where] = MappingProxyType({})

#: Raised when a table changes; a file of another version is refused, not guessed at.
_VERSION: Final = 1
_JSON: Final = frozenset({"team_ids", "ruleset", "document", "quality_payloads", "payload", "result_payload", "answer"})
#: The columns of each table beside ``id``, ``inserted_at`` and ``updated_at``.
_COLUMNS: Final = {
    "account": "name TEXT NOT NULL",
    "environment": "name TEXT NOT NULL, description TEXT, external_identifier TEXT UNIQUE, purpose TEXT NOT NULL",
    "team": "name TEXT NOT NULL",
    "person": "name TEXT NOT NULL, email TEXT NOT NULL, title TEXT, team_ids TEXT NOT NULL",
    "risk_profile": "name TEXT NOT NULL, description TEXT, ruleset TEXT NOT NULL",
    "agent": """
        name TEXT NOT NULL, description TEXT, external_identifier TEXT UNIQUE, retired INTEGER NOT NULL DEFAULT 0,
        owner_person_id TEXT REFERENCES person, risk_profile_id TEXT REFERENCES risk_profile,
        team_id TEXT REFERENCES team""",
    "agent_schema_version": """
        agent_id TEXT NOT NULL REFERENCES agent ON DELETE CASCADE, external_identifier TEXT NOT NULL,
        span_schemas_count INTEGER NOT NULL, digest TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (agent_id, digest)""",
    "agent_version": """
        agent_id TEXT NOT NULL REFERENCES agent ON DELETE CASCADE, external_identifier TEXT NOT NULL,
        agent_schema_version_id TEXT NOT NULL REFERENCES agent_schema_version ON DELETE CASCADE,
        digest TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (agent_id, digest)""",
    "agent_deployment": """
        agent_id TEXT NOT NULL REFERENCES agent ON DELETE CASCADE, environment_id TEXT NOT NULL REFERENCES environment,
        current_version_id TEXT REFERENCES agent_version ON DELETE SET NULL, UNIQUE (agent_id, environment_id)""",
    "agent_instance": """
        agent_id TEXT NOT NULL REFERENCES agent, agent_version_id TEXT NOT NULL REFERENCES agent_version,
        environment_id TEXT NOT NULL REFERENCES environment,
        agent_deployment_id TEXT NOT NULL REFERENCES agent_deployment,
        external_identifier TEXT, status TEXT NOT NULL, purpose TEXT NOT NULL, termination_reason TEXT,
        started_at TEXT, finished_at TEXT, quality_payloads TEXT NOT NULL, UNIQUE (agent_id, external_identifier)""",
    "agent_span": """
        agent_id TEXT NOT NULL REFERENCES agent, agent_instance_id TEXT NOT NULL REFERENCES agent_instance,
        parent_span_id TEXT, schema_name TEXT NOT NULL, status TEXT NOT NULL,
        payload TEXT NOT NULL, result_payload TEXT, started_at TEXT, finished_at TEXT""",
    "api_token": """
        secret_digest TEXT NOT NULL UNIQUE, token_scope TEXT NOT NULL, given INTEGER NOT NULL DEFAULT 0,
        agent_id TEXT REFERENCES agent ON DELETE CASCADE, environment_id TEXT REFERENCES environment,
        agent_deployment_id TEXT REFERENCES agent_deployment ON DELETE CASCADE,
        expires_at TEXT NOT NULL, last_used_at TEXT, status TEXT NOT NULL""",
    "request": "operation TEXT NOT NULL, digest TEXT NOT NULL, answer TEXT NOT NULL",
}
_INDEXES: Final = (
    ("agent_version", "agent_schema_version_id"),
    ("agent_version", "agent_id, external_identifier"),
    ("agent_schema_version", "agent_id, external_identifier"),
    ("agent_deployment", "current_version_id"),
    ("agent_instance", "agent_id, status"),
    ("agent_instance", "agent_version_id"),
    ("agent_span", "agent_instance_id, status"),
    ("agent_span", "agent_id"),
)
#: What makes an empty database the registry's; harmless to one that is already.
_STATEMENTS: Final = [
    f"CREATE TABLE IF NOT EXISTS {name} "
    f"(id TEXT PRIMARY KEY, inserted_at TEXT NOT NULL, updated_at TEXT NOT NULL, {columns})"
    for name, columns in _COLUMNS.items()
] + [
    f"CREATE INDEX IF NOT EXISTS {table}_by_{number} ON {table} ({columns})"
    for number, (table, columns) in enumerate(_INDEXES)
]
_SHAPE: Final = (
    "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table' ORDER BY 1, 2"
)

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_COUNTER_BITS: Final = 20


def text(moment: datetime) -> str:
    """ISO 8601 in UTC with ``Z``, as the API writes it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def base_32(number: int, width: int) -> str:
    """The last ``5 * width`` bits of a number in Crockford's base 32, in lower case as in the platform's ids."""
    return "".join(_ALPHABET[(number >> 5 * place) & 31] for place in reversed(range(width)))


class IdMaker:
    """Makes ids of the platform's form: 48 bits of milliseconds, 30 of partition, 80 that tell them apart.

    Ids of one maker sort in the order in which they were made: of the last 80 bits the first 20 count within a
    millisecond, and time never goes back.
    """

    def __init__(self, clock: Clock, entropy: Entropy) -> None:
        self._clock = clock
        self._entropy = entropy
        self._partition = int.from_bytes(entropy(4)) >> 2
        self._last = 0
        self._lock = threading.Lock()

    def __call__(self) -> str:
        """The next id."""
        now = max(0, int(self._clock().timestamp() * 1000))
        with self._lock:
            # Where a millisecond is full of ids, the next one is begun before its time.
            self._last = max(now << _COUNTER_BITS, self._last + 1)
            then, count = self._last >> _COUNTER_BITS, self._last & ((1 << _COUNTER_BITS) - 1)
        random = int.from_bytes(self._entropy(8)) >> 4
        return base_32(then, 10) + base_32(self._partition, 6) + base_32(count, 4) + base_32(random, 12)


class Store:
    """One account and everything in it; safe to use from several threads.

    It is in memory, or in a file, which is made where it is not there; a name is given where it is new. The clock may
    stand still, and seeded entropy makes ids repeatable. UsageError where the file cannot be opened, or is not ours.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        account_name: str = "Local account",
        clock: Clock | None = None,
        entropy: Entropy = secrets.token_bytes,
    ) -> None:
        self.clock = clock or partial(datetime.now, UTC)
        self.new_id = IdMaker(self.clock, entropy)
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
            statement = "ROLLBACK"
            try:
                yield
                statement = "COMMIT"
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute(statement)

    def insert(self, table: str, **columns: Any) -> Row:
        """A new row with its id and times, unless they were given; ``sqlite3.IntegrityError`` where it may not be."""
        now = self.now()
        row = {"id": columns.pop("id", None) or self.new_id(), "inserted_at": now, "updated_at": now, **columns}
        places = ", ".join("?" * len(row))
        self.query(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", row.values())
        return self.get(table, str(row["id"]))

    def change(self, table: str, row_id: str, **columns: Any) -> Row:
        """The row after some of its columns were set, ``updated_at`` with them; KeyError for no such row."""
        row = {"updated_at": self.now(), **columns}
        sets = ", ".join(f"{name} = ?" for name in row)
        self.query(f"UPDATE {table} SET {sets} WHERE id = ?", [*row.values(), row_id])
        return self.get(table, row_id)

    def remove(self, table: str, where: Where) -> None:
        """Takes the matching rows out, and what hangs on them."""
        self.query(f"DELETE FROM {table}{_clause(where)}", where.values())

    def get(self, table: str, row_id: str) -> Row:
        """The row with an id; KeyError where there is none."""
        row = self.find(table, id=row_id)
        if row is None:
            raise KeyError(row_id)
        return row

    def find(self, table: str, **where: Any) -> Row | None:
        """The first row that matches, or None; None as a value matches what is not set."""
        return next(iter(self.select(table, where, limit=1)), None)

    def select(
        self, table: str, where: Where = ALL, *, order: str = "id", offset: int = 0, limit: int = -1
    ) -> list[Row]:
        """The rows that match, in an order, from an offset, at most so many."""
        sql = f"SELECT * FROM {table}{_clause(where)} ORDER BY {order} LIMIT ? OFFSET ?"
        return self.query(sql, [*where.values(), limit, offset])

    def count(self, table: str, where: Where = ALL) -> int:
        """How many rows match."""
        return int(self.query(f"SELECT count(*) AS n FROM {table}{_clause(where)}", where.values())[0]["n"])

    def counts(self, table: str, column: str, where: Where) -> dict[str, int]:
        """How many rows match, by the value of a column."""
        sql = f"SELECT {column} AS value, count(*) AS n FROM {table}{_clause(where)} GROUP BY {column}"
        return {row["value"]: row["n"] for row in self.query(sql, where.values())}

    def query(self, sql: str, values: Iterable[Any] = ()) -> list[Row]:
        """The rows of a question in SQL; objects and lists among the values are kept as JSON."""
        bound = [json.dumps(value) if isinstance(value, dict | list) else value for value in values]
        with self._lock:
            rows = self._connection.execute(sql, bound).fetchall()
        return [
            {name: json.loads(value) if value and name in _JSON else value for name, value in dict(row).items()}
            for row in rows
        ]


def _clause(where: Where) -> str:
    # IS compares like = and also matches NULL with NULL; SQLite uses an index for it all the same.
    terms = [name if "?" in name else f"{name} IS ?" for name in where]
    return f" WHERE {' AND '.join(terms)}" if terms else ""


def _opened(path: Path | None) -> sqlite3.Connection:
    where = str(path) if path else ":memory:"
    connection = None
    try:
        if path and path.exists() and not path.is_file():  # reading a pipe would wait for ever
            raise OSError("it is no regular file")  # noqa: TRY301
        if path and not path.exists():
            path.touch(mode=0o600)  # payloads are nobody else's to read
        connection = sqlite3.connect(where, isolation_level=None, check_same_thread=False, timeout=0)
        _prepare(connection, where)
    except (OSError, sqlite3.Error, UsageError) as error:
        if connection:
            connection.close()
        if isinstance(error, UsageError):
            raise
        what = f"the registry's database cannot be opened ({error})"
        remedy = "Name a file that the registry made, or one that is not there yet"
        if getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
            what = "another registry, or another program, has this database open"
            remedy = "End that one, or name another file"
        raise UsageError(what, where=where, remedy=remedy) from error
    return connection


def _prepare(connection: sqlite3.Connection, where: str) -> None:
    # For as long as it is open nobody else has it, who would replace the token; the lock goes with its process.
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    # Looked at before anything is set: the settings below would change somebody else's file for good.
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    used = connection.execute(_SHAPE).fetchall()
    with closing(sqlite3.connect(":memory:")) as empty:
        for statement in _STATEMENTS:
            empty.execute(statement)
        ours = empty.execute(_SHAPE).fetchall()
    if used and (version, used) != (_VERSION, ours):
        what = "the file is a database, but not one of this version of the registry"
        raise UsageError(what, where=where, remedy="Name another file")
    connection.row_factory = sqlite3.Row
    for setting in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = NORMAL"):
        connection.execute(f"PRAGMA {setting}")
    for statement in _STATEMENTS:
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {_VERSION}")
