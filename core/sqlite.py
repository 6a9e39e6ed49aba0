"""SQLite as the house uses it: settings read back, and a gate that refuses other companies' rows.

Base tables (`_name`) hold every company's rows. A guarded connection reaches them only through the
views (`name`), which the scope filters. Two refusals hold raw SQL and a plugin's SQL to that: no
statement may spell a name that begins with an underscore, and the authorizer refuses, while SQLite
compiles the statement, base tables outside a view and everything that is neither query nor change of
rows. (The authorizer alone is not enough: it takes a `WITH name AS (…)` for a view of that name.)
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

from peewee import DatabaseError as DatabaseError
from peewee import SqliteDatabase
from peewee import __exception_wrapper__ as peewee_errors  # type: ignore[attr-defined]

from core import disk, scope
from core.errors import NoScope, StartError

# trusted_schema stays on: with it off SQLite refuses the views' own cur_company(), and Python cannot
# mark a function innocuous. The authorizer lets nobody change the schema.
_WANTED = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": 5000,
    "cell_size_check": 1,
    # Without it REPLACE removes the row in its way past the triggers that keep it.
    "recursive_triggers": 1,
}
_BASE_NAME = re.compile(r"(?<!\w)_(?!wrapped\b)\w")
"""`_wrapped` is no table: peewee calls the query inside a `count()` so."""
_TURN = re.compile(
    # The mark of byte order (U+FEFF) is white space to SQLite.
    r"(?:\s|\ufeff|;|--[^\n]*\n|/\*.*?\*/)*(?:BEGIN|COMMIT|END|ROLLBACK(?!\s+(?:TRANSACTION\s+)?TO\b))\b",
    re.I | re.S,
)
"""Begins or ends a transaction: `House` does that, no statement of a plugin."""
LinkError = sqlite3.Error
"""What a connection itself raises; through `House` it is peewee's."""
_SHADOW = re.compile(r"_\w+_(?:data|idx|content|docsize|config)")
_TOUCH = frozenset({sqlite3.SQLITE_READ, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_INSERT, sqlite3.SQLITE_DELETE})
_HARMLESS = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_TRANSACTION,
     sqlite3.SQLITE_SAVEPOINT, sqlite3.SQLITE_RECURSIVE}
)  # fmt: skip
_INSIDES = frozenset({"dbstat", "sqlite_dbpage", "sqlite_stmt"})
_UNSAFE = frozenset({"fts3_tokenizer", "load_extension", "bm25", "highlight", "snippet"})
"""The last three look at the full-text index itself: a rank tells how many entries of others hold a word."""
_READ_PRAGMAS = frozenset({"data_version", "table_info", "integrity_check"})


def _authorize(
    action: int, first: str | None, second: str | None, _db: str | None, source: str | None
) -> int:
    if (action in _TOUCH and first in _INSIDES) or (action == sqlite3.SQLITE_FUNCTION and second in _UNSAFE):
        return sqlite3.SQLITE_DENY
    if action in _HARMLESS:
        return sqlite3.SQLITE_OK
    if action in _TOUCH:
        if not first or not first.startswith("_") or source or _SHADOW.fullmatch(first):
            # The source is a view or trigger; or SQLite's full-text index keeps its own shadow tables.
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA and first in _READ_PRAGMAS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _spell_check(sql: str) -> None:
    if "_" in sql and _BASE_NAME.search(sql):
        raise sqlite3.DatabaseError("not authorized: base tables are reached through their views")
    if _TURN.match(sql):
        raise sqlite3.DatabaseError("not authorized: a transaction is begun and ended by transaction()")


class _Cursor(sqlite3.Cursor):
    def execute(self, sql: str, *parameters: Any) -> Any:
        _spell_check(sql)
        return super().execute(sql, *parameters)

    def executemany(self, sql: str, parameters: Any) -> Any:
        _spell_check(sql)
        return super().executemany(sql, parameters)

    def executescript(self, script: str) -> sqlite3.Cursor:
        # Python commits whatever is open before it runs a script.
        raise sqlite3.DatabaseError("not authorized: a script would end the transaction round it")


class _Guarded(sqlite3.Connection):
    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(_Cursor)

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        return self.cursor().execute(sql, *parameters)

    def executemany(self, sql: str, parameters: Any) -> sqlite3.Cursor:
        return self.cursor().executemany(sql, parameters)

    def executescript(self, script: str) -> sqlite3.Cursor:
        return self.cursor().executescript(script)


def read_only(path: Path) -> sqlite3.Connection:
    """A database file that nobody writes, opened without changing it: no log beside it, no lock."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)


class House(SqliteDatabase):
    """One database file, opened by each thread on its own connection.

    :param guarded: refuse base tables, schema changes and foreign files; False only for core itself.
    """

    def __init__(self, path: str, *, guarded: bool) -> None:
        self.guarded = guarded
        super().__init__(path, check_same_thread=False, timeout=5, cached_statements=512)

    def _connect(self) -> sqlite3.Connection:
        # Each thread opens its own, perhaps on a disk that is full or failing by now.
        try:
            return self._opened()
        except sqlite3.Error as error:
            meant = disk.judged(error)
            if meant is not error:
                raise meant from error
            raise

    def _opened(self) -> sqlite3.Connection:
        kind = _Guarded if self.guarded else sqlite3.Connection
        link = sqlite3.connect(
            self.database, timeout=5, isolation_level=None, cached_statements=512, factory=kind,
            check_same_thread=False,
        )  # fmt: skip
        for name, value in _WANTED.items():
            # To its end: the change of the journal mode is committed there, and may fail there.
            sqlite3.Connection.execute(link, f"PRAGMA {name} = {value}").fetchall()
            found = sqlite3.Connection.execute(link, f"PRAGMA {name}").fetchone()[0]
            if found != value:
                raise StartError(f"the database refuses PRAGMA {name}={value} (it says {found})")
        link.create_function("cur_company", 0, scope.company, deterministic=True)
        link.create_function("cur_user", 0, scope.user, deterministic=True)
        if self.guarded:
            link.set_authorizer(_authorize)
        return link

    def begin(self, lock_type: str | None = None) -> None:
        """Begin a transaction."""
        self._turn(f"BEGIN {lock_type or ''}")

    def commit(self) -> None:
        """Make the transaction durable."""
        self._turn("COMMIT")

    def rollback(self) -> None:
        """Take the transaction back; where SQLite did so by itself (a full disk), there is nothing to do."""
        if self.connection().in_transaction:
            self._turn("ROLLBACK")

    def _turn(self, sql: str) -> None:
        try:
            with peewee_errors:
                sqlite3.Cursor.execute(self.connection().cursor(), sql)
        except DatabaseError as error:
            self._judge(error)
            raise

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """Run one statement.

        :raise NoScope: it reaches for company data outside a scope.
        :raise Full: the disk has no room. :raise WriteStop: the disk failed.
        """
        try:
            return super().execute_sql(sql, params)
        except DatabaseError as error:
            self._judge(error)
            raise

    @staticmethod
    def _judge(error: DatabaseError) -> None:
        if "user-defined function raised" in str(error):
            raise NoScope("company data was asked for outside a company's scope") from error
        meant = disk.judged(error)
        if meant is not error:
            raise meant from error
