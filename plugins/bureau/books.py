"""The simulated bureau's own ledger: one SQLite file that what it executed survives in, whoever is killed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any

from peewee import SqliteDatabase

Row = tuple[Any, ...]

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS taxpayer (
        tax_id TEXT PRIMARY KEY, name TEXT NOT NULL, region TEXT NOT NULL, kind TEXT NOT NULL,
        credit INTEGER NOT NULL) STRICT""",
    # The last number of a year and region: raised in the transaction that uses it, so without gaps.
    "CREATE TABLE IF NOT EXISTS sequence (prefix TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT",
    """CREATE TABLE IF NOT EXISTS spent (
        seller TEXT NOT NULL, month TEXT NOT NULL, fen INTEGER NOT NULL,
        PRIMARY KEY (seller, month)) STRICT""",
    """CREATE TABLE IF NOT EXISTS invoice (
        id INTEGER PRIMARY KEY, serial TEXT NOT NULL, digest TEXT NOT NULL, number TEXT UNIQUE,
        seller TEXT NOT NULL, buyer TEXT NOT NULL, side TEXT NOT NULL, amount INTEGER NOT NULL,
        tax INTEGER NOT NULL, total INTEGER NOT NULL, red_of TEXT NOT NULL, issued_at TEXT NOT NULL,
        executed REAL NOT NULL, due REAL NOT NULL, failed TEXT NOT NULL,
        reversed INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL) STRICT""",
    "CREATE INDEX IF NOT EXISTS invoice_serial ON invoice (serial)",
    "CREATE INDEX IF NOT EXISTS invoice_seller ON invoice (seller, issued_at, id)",
    """CREATE TABLE IF NOT EXISTS waiting (
        id INTEGER PRIMARY KEY, due REAL NOT NULL, stamp REAL NOT NULL, raw TEXT NOT NULL) STRICT""",
    """CREATE TABLE IF NOT EXISTS notice (
        id TEXT PRIMARY KEY, serial TEXT NOT NULL, url TEXT NOT NULL, due REAL NOT NULL,
        copies INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0) STRICT""",
    """CREATE TABLE IF NOT EXISTS checked (
        number TEXT NOT NULL, day TEXT NOT NULL, times INTEGER NOT NULL,
        PRIMARY KEY (number, day)) STRICT""",
    "CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
)


class Books:
    """The ledger's file.

    :raise RuntimeError: the file system does not keep what durability needs.
    """

    def __init__(self, path: str) -> None:
        pragmas = {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 10_000}
        self._database: Any = SqliteDatabase(path, pragmas=pragmas)
        self._writing = Lock()
        kept = [self.rows(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous")]
        if kept != ["wal", 2]:
            raise RuntimeError(f"{path}: cannot be written durably ({kept})")
        with self.writing():
            for statement in _SCHEMA:
                self.run(statement)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Every row of a question."""
        return list(self._database.execute_sql(sql, values).fetchall())

    def rows_in(self, sql: str, keys: Iterable[Any]) -> list[Row]:
        """Every row of a question that ends in `IN`, for these keys."""
        wanted = tuple(keys)
        return self.rows(f"{sql} ({','.join('?' * len(wanted))})", wanted) if wanted else []

    def run(self, sql: str, values: Sequence[Any] = ()) -> None:
        """One change. Only inside `writing`."""
        self._database.execute_sql(sql, values)

    def run_many(self, sql: str, rows: Sequence[Row]) -> None:
        """The same change for many rows, prepared once. Only inside `writing`."""
        if rows:
            self._database.cursor().executemany(sql, rows)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All or nothing, durable when the block is left. One writer at a time queues here, not in SQLite."""
        with self._writing, self._database.atomic("IMMEDIATE"):
            yield

    def setting(self, name: str) -> str:
        """A remembered text, or nothing."""
        found = self.rows("SELECT value FROM setting WHERE name = ?", (name,))
        return str(found[0][0]) if found else ""

    def remember(self, name: str, value: str) -> None:
        """Keep a text. Only inside `writing`."""
        self.run("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))
