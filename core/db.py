"""The database in force: tables, transactions, and what runs once a transaction is safe."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import peewee

from core import disk
from core.errors import StartError
from core.sqlite import House, LinkError

guarded: Any = peewee.DatabaseProxy()
"""What plugins and core's company code use: other companies' rows are refused by SQLite itself."""

system: Any = peewee.DatabaseProxy()
"""Every row of every company: only for the modules that the layers test lists."""

_write = threading.RLock()
_gate: IO[bytes] | None = None
on_commit: list[Callable[[], None]] = []
"""Called after every commit of this process: how a worker in another one hears of it."""
_local = threading.local()


class Table(peewee.Model):
    """Base of every table class; `Meta.table_name` is the view's name, `<plugin>_<noun>`."""

    class Meta:
        database = guarded
        legacy_table_names = False


def connect(path: Path) -> None:
    """Open the database file for this process.

    :raise StartError: it cannot be opened with the settings that keep a commit durable.
    """
    global _gate
    shut()
    try:
        system.initialize(House(str(path), guarded=False))
        guarded.initialize(House(str(path), guarded=True))
        system.connect()
        _gate = open(path.with_suffix(".write"), "ab")  # noqa: SIM115
    except (peewee.DatabaseError, OSError) as error:
        raise StartError(f"{path} cannot be opened as the house's database: {error}") from error


def close() -> None:
    """Close this thread's connections."""
    for db in (guarded, system):
        if db.obj is not None and not db.is_closed():
            db.close()


def shut() -> None:
    """Close this thread's connections and give up the place in the queue of writers."""
    global _gate
    close()
    if _gate is not None:
        _gate.close()
        _gate = None


def execute(sql: str, *params: object) -> Any:
    """Run one statement on the guarded connection and return its cursor."""
    return guarded.execute_sql(sql, params)


def rows(sql: str, *params: object) -> list[tuple[Any, ...]]:
    """All rows of a guarded query."""
    return guarded.execute_sql(sql, params).fetchall()


def insert(table: str, values: dict[str, object]) -> None:
    """Insert one row, on the guarded connection."""
    names = ", ".join(values)
    marks = ", ".join("?" * len(values))
    guarded.execute_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))


def update(table: str, key: dict[str, object], values: dict[str, object]) -> None:
    """Update the row with this key, on the guarded connection."""
    sets = ", ".join(f"{name} = ?" for name in values)
    same = " AND ".join(f"{name} = ?" for name in key)
    guarded.execute_sql(f"UPDATE {table} SET {sets} WHERE {same}", (*values.values(), *key.values()))


@contextmanager
def transaction(db: Any = None, *, closing: bool = False) -> Iterator[None]:
    """Write all of the block durably or nothing of it; an inner use joins the outer one.

    Writers queue, in the process and between processes, instead of polling SQLite's lock with naps.

    :param closing: it records the outcome of something begun before, for which room is kept.
    :raise Full: the disk has no room. :raise WriteStop: the disk failed.
    :raise RuntimeError: the thread is already writing through the other connection.
    """
    chosen = guarded if db is None else db
    open_db, _ = getattr(_local, "open", (None, 0))
    if open_db is not None:
        if open_db is not chosen:
            raise RuntimeError("one thread writes through one connection at a time")
        yield
        return
    disk.require_writable(closing=closing)
    _local.after = []
    with _write, _gate_held():
        _local.open = (chosen, 1)
        try:
            with chosen.atomic("IMMEDIATE"):
                yield
        finally:
            _local.open = (None, 0)
    for call in (*_local.after, *on_commit):
        call()


@contextmanager
def _gate_held() -> Iterator[None]:
    if _gate is None:
        raise RuntimeError("the database is not open")
    fcntl.flock(_gate, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(_gate, fcntl.LOCK_UN)


def after_commit(call: Callable[[], None]) -> None:
    """Run `call` once the open transaction is durable; it does not run if that fails."""
    if not in_transaction():
        raise RuntimeError("nothing to wait for: no transaction is open")
    if call not in _local.after:
        _local.after.append(call)


def in_transaction() -> bool:
    """Whether this thread is inside `transaction()`."""
    return getattr(_local, "open", (None, 0))[0] is not None


def require_transaction() -> None:
    """Refuse to go on outside a transaction.

    :raise RuntimeError: none is open.
    """
    if not in_transaction():
        raise RuntimeError("this is written only inside transaction()")


def in_chunks(items: Sequence[Any], size: int = 500) -> Iterator[Sequence[Any]]:
    """Slices of at most `size`, for `IN (…)` lists."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


class Lost(RuntimeError):
    """The open transaction was ended by somebody else: nothing of it may be kept."""


_CLEAN = (False, 0, None, None, str)


def _standing(db: Any) -> tuple[Any, ...]:
    if db.obj is None or db.is_closed():
        return _CLEAN
    link = db.connection()
    turn = link.in_transaction, db.transaction_depth()
    return *turn, link.isolation_level, link.row_factory, link.text_factory


def mark() -> tuple[Any, ...]:
    """How this thread's connections stand: for the guard around a plugin's call."""
    return getattr(_local, "open", (None, 0))[0], _standing(guarded), _standing(system)


def back_to(was: tuple[Any, ...]) -> None:
    """Undo what a plugin's call left of transactions, locks and connections.

    :raise Lost: it ended the very transaction it was called in.
    """
    lost = False
    for db, before in ((guarded, was[1]), (system, was[2])):
        link = db.obj and db.connection()
        with suppress(LinkError, AttributeError):
            link.row_factory, link.text_factory = None, str
            # Not set back: setting the isolation level commits what is open.
            if _standing(db)[:3] == before[:3]:
                continue
        with suppress(LinkError):
            link.close()
        if before[0]:
            # Its caller takes back what it began; that is a transaction of the same thread, and empty.
            db.obj._state.conn = db.obj._connect()
            del db.obj._state.transactions[before[1] :]
            db.obj.begin("IMMEDIATE")
            lost = True
        else:
            db.obj._state.reset()
    if getattr(_local, "open", (None, 0)) != (None, 0) and was[0] is None:
        _local.open = (None, 0)
        fcntl.flock(_gate, fcntl.LOCK_UN)  # type: ignore[arg-type]
        _write.release()
    if lost:
        raise Lost("a plugin ended the transaction it was called in")
