"""The ledger: one gapless sequence of events per company, each a leaf of that company's Merkle tree."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

from core import clock, db, merkle, scope
from core.events import KINDS, Event, canonical, leaf

FIELDS = "seq, kind, subject, body, at, actor"
"""Columns of an event, in the order of its fields."""

_kinds = dict(KINDS)
grown = threading.Condition()
"""Notified after each commit that lengthened a ledger: the feed waits on it."""


def declare(kinds: dict[str, str]) -> None:
    """Make a plugin's kinds of event known."""
    _kinds.update(kinds)


def title(kind: str) -> str:
    """The Chinese title of a kind of event."""
    return _kinds.get(kind, kind)


def append(kind: str, subject: str, body: dict[str, Any], actor: str = "") -> Event:
    """Write the next event of the scope's company, in the transaction of what it tells of.

    :raise RuntimeError: no transaction is open. :raise ValueError: an undeclared kind.
    :raise TypeError: the body holds a float or something JSON has no word for.
    """
    db.require_transaction()
    if kind not in _kinds:
        raise ValueError(f"undeclared kind of event {kind!r}")
    found = db.execute("SELECT size, nodes FROM ledger_head").fetchone()
    tree = merkle.Range(*found) if found else merkle.Range()
    event = Event(tree.size + 1, kind, subject, body, clock.stamp(), actor or f"user:{scope.user()}")
    content = canonical(body)
    digest = leaf(scope.company(), event, content)
    tree.add(digest)
    db.execute(
        f"INSERT INTO event ({FIELDS}, leaf) VALUES (?, ?, ?, ?, ?, ?, ?)",
        event.seq, kind, subject, content.decode(), event.at, event.actor, digest,
    )  # fmt: skip
    if found:
        db.execute("UPDATE ledger_head SET size = ?, nodes = ?", tree.size, tree.packed())
    else:
        db.insert("ledger_head", {"size": tree.size, "nodes": tree.packed()})
    db.after_commit(_tell)
    return event


def _tell() -> None:
    with grown:
        grown.notify_all()


def size() -> int:
    """The number of events of the scope's company."""
    found = db.execute("SELECT size FROM ledger_head").fetchone()
    return found[0] if found else 0


def told(module: str) -> tuple[int, str]:
    """The last event that a plugin's `on_event` was told of, and its moment; `(0, "")` before the first."""
    found = db.execute(
        "SELECT c.seq, e.at FROM feed_cursor c JOIN event e ON e.seq = c.seq WHERE c.module = ?", module
    ).fetchone()
    return (found[0], found[1]) if found else (0, "")


def events(after: int = 0, limit: int = 200) -> list[Event]:
    """Events behind `after`, oldest first."""
    return _read("seq > ? ORDER BY seq LIMIT ?", after, limit)


def latest(limit: int = 100, before: int | None = None) -> list[Event]:
    """The newest events, newest first."""
    return _read("seq < ? ORDER BY seq DESC LIMIT ?", before or 2**62, limit)


def events_about(subject: str) -> list[Event]:
    """Everything that happened to one subject, oldest first."""
    return _read("subject = ? ORDER BY seq", subject)


def _read(where: str, *values: object) -> list[Event]:
    found = db.rows(f"SELECT {FIELDS} FROM event WHERE {where}", *values)
    return [
        Event(seq, kind, subject, json.loads(body), at, actor)
        for seq, kind, subject, body, at, actor in found
    ]


def stored_leaves() -> list[bytes]:
    """The leaf hashes as stored, in order."""
    return [row[0] for row in db.rows("SELECT leaf FROM event ORDER BY seq")]


def recomputed(progress: Callable[[int], None] | None = None) -> Iterator[tuple[int, bytes, bytes]]:
    """For each event in order: its seq, the leaf recomputed from its content, the leaf stored."""
    after, company = 0, scope.company()
    while True:
        found = db.rows(f"SELECT {FIELDS}, leaf FROM event WHERE seq > ? ORDER BY seq LIMIT 1000", after)
        if not found:
            return
        for seq, kind, subject, body, at, actor, stored in found:
            event = Event(seq, kind, subject, {}, at, actor)
            yield seq, leaf(company, event, body.encode()), stored
        after = found[-1][0]
        if progress:
            progress(after)
