"""The queue of work, in the same database as what it works on: leased, retried, never lost."""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from core import clock, db, rng

LEASE_SECONDS = 60.0
PAUSES = (1.0, 5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0)
"""Seconds before each further try; a task that fails once more is dead and waits for a person."""

waiting = threading.Condition()
"""Notified when a task became ready: the workers wait on it."""


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of work of one company."""

    id: str
    company: str
    kind: str
    ref: str
    body: dict[str, Any]
    tries: int


def enqueue(kind: str, ref: str, body: dict[str, Any] | None = None, delay: float = 0.0) -> None:
    """Have a task done, once this transaction is durable. One live task per kind and ref: a second
    call moves its due time, never behind the one another call asked for, and counts its tries anew.

    :raise RuntimeError: no transaction is open.
    """
    db.require_transaction()
    due = clock.steady() + delay
    content = json.dumps(body or {}, ensure_ascii=False)
    found = db.rows(
        "SELECT id, state, due FROM task WHERE kind = ? AND ref = ? AND state <> 'dead'", kind, ref
    )
    row = found[0] if found else None
    if row is None:
        db.execute(
            "INSERT INTO task (id, kind, ref, body, due, lease_owner, lease_until, tries, last_error, state)"
            " VALUES (?, ?, ?, ?, ?, '', 0, 0, '', 'ready')", rng.ulid(), kind, ref, content, due,
        )  # fmt: skip
    else:
        # A leased task is being worked on: releasing it makes it run again after this change.
        sooner = due if row[1] == "leased" else min(due, row[2])
        db.execute(
            "UPDATE task SET due = ?, body = ?, tries = 0, state = 'ready' WHERE id = ?",
            sooner, content, row[0],
        )  # fmt: skip
    if delay <= 0:
        db.after_commit(wake)


def wake() -> None:
    """Let the workers look now."""
    with waiting:
        waiting.notify_all()


def claim(
    owner: str, kinds: dict[str, int], busy: Collection[tuple[str, str]] = (), lease: float = LEASE_SECONDS
) -> list[Task]:
    """Lease the oldest due task, and with it more of the same kind and company up to its batch size.

    :param busy: companies' kinds that another worker of this process is at: what comes in meanwhile
        gathers, and goes out as one batch.
    """
    marks = ", ".join("?" * len(kinds))
    now = clock.steady()
    ready = "due <= ? AND (state = 'ready' OR state = 'leased' AND lease_until < ?) ORDER BY due LIMIT ?"
    skip = " AND NOT (company = ? AND kind = ?)" * len(busy)
    first = db.system.execute_sql(
        f"SELECT company, kind FROM _task WHERE kind IN ({marks}){skip} AND {ready}",
        (*kinds, *(part for at in busy for part in at), now, now, 1),
    ).fetchone()
    if first is None:
        return []
    with db.transaction(db.system):
        found = db.system.execute_sql(
            "SELECT id, company, kind, ref, body, tries FROM _task"
            f" WHERE company = ? AND kind = ? AND {ready}",
            (*first, now, now, kinds[first[1]]),
        ).fetchall()
        for row in found:
            db.system.execute_sql(
                "UPDATE _task SET state = 'leased', lease_owner = ?, lease_until = ?"
                " WHERE company = ? AND id = ?",
                (owner, now + lease, row[1], row[0]),
            )
    return [Task(i, c, kind, ref, json.loads(body), tries) for i, c, kind, ref, body, tries in found]


def finish(tasks: Sequence[Task], owner: str) -> None:
    """Take done tasks away, unless they were asked for again meanwhile."""
    for task in tasks:
        db.execute("DELETE FROM task WHERE id = ? AND state = 'leased' AND lease_owner = ?", task.id, owner)


def postpone(task: Task, error: str, *, for_ever: bool = False) -> bool:
    """Try a failed task again later; False where it had its last try and is dead now, unless it was asked
    for again meanwhile. `for_ever`: it never has its last try."""
    with db.transaction():
        if task.tries >= len(PAUSES) and not for_ever:
            db.execute(
                "UPDATE task SET state = 'dead', last_error = ? WHERE id = ? AND state = 'leased'",
                error[:500], task.id,
            )  # fmt: skip
            return False
        db.execute(
            "UPDATE task SET state = 'ready', due = ?, tries = ?, last_error = ? WHERE id = ?",
            clock.steady() + PAUSES[min(task.tries, len(PAUSES) - 1)], task.tries + 1, error[:500], task.id,
        )  # fmt: skip
    return True


def release_all() -> None:
    """Take back every lease: for a server that holds the data folder alone and just started."""
    with db.transaction(db.system):
        db.system.execute_sql("UPDATE _task SET state = 'ready', lease_until = 0 WHERE state = 'leased'")


def next_due(kinds: Sequence[str]) -> float | None:
    """Seconds until a task of these kinds is due; None where none waits."""
    marks = ", ".join("?" * len(kinds))
    row = db.system.execute_sql(
        f"SELECT min(due) FROM _task WHERE state = 'ready' AND kind IN ({marks})", tuple(kinds)
    ).fetchone()
    return None if row[0] is None else row[0] - clock.steady()


def dead() -> list[tuple[str, str, str]]:
    """The scope's company's tasks that gave up: kind, ref, last error."""
    return [tuple(row) for row in db.rows("SELECT kind, ref, last_error FROM task WHERE state = 'dead'")]
