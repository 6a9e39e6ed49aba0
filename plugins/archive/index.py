"""Takes the ledger in: originals into their table, documents into the search index, each event once."""

from __future__ import annotations

from dataclasses import dataclass

from core.api import Document, Event, clock, documents, execute, ledger, rows, transaction
from plugins.archive import facts, originals

QUEUED, ISSUED = "invoice-queued", "invoice-issued"
MODULE = "archive"

MOST_NEWER = 1000
"""Events behind the index that a search still looks through by itself."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the ledger the index holds, and what stands in for the rest.

    :ivar until: up to which moment everything is in the index, UTC.
    :ivar newer: ids of documents that the index has not taken in yet, newest first.
    :ivar unread: events that neither the index nor `newer` covers.
    """

    until: str
    newer: list[str]
    unread: int


def learn(event: Event) -> None:
    """Take one event in; the feed moves this plugin's place in the ledger in the same transaction."""
    document = documents.find_document(event.subject)
    with transaction():
        _enter(document, issued=event.kind == ISSUED)
        if event.kind == ISSUED:
            originals.keep(event)


def _enter(document: Document, *, issued: bool) -> None:
    # The index cannot change an entry. What the issue adds (number, day) comes as a second, whole entry,
    # whose id ends with "!"; a search passes over the first one then.
    id = f"{document.id}!" if issued else document.id
    if not rows("SELECT 1 FROM archive_search_entry WHERE id = ?", id):
        execute("INSERT INTO archive_search_entry (id, body) VALUES (?, ?)", id, facts.body(document))


def coverage() -> Coverage:
    """What the index holds now."""
    seq, at = ledger.told(MODULE)
    behind = ledger.size() - seq
    if behind <= 0:
        return Coverage(clock.stamp(), [], 0)
    events = [event for event in ledger.latest(min(behind, MOST_NEWER)) if event.seq > seq]
    newer = list(dict.fromkeys(event.subject for event in events if event.kind in (QUEUED, ISSUED)))
    unread = max(0, behind - MOST_NEWER)
    return Coverage(at if newer or unread else clock.stamp(), newer, unread)


def entries(question: str, before: int, limit: int) -> list[tuple[str, int]]:
    """Ids of documents that answer a full-text question, newest entries first, with their place."""
    found = rows(
        "SELECT s.id, s.n FROM archive_search s WHERE s.hit MATCH ? AND s.n < ? AND NOT EXISTS"
        " (SELECT 1 FROM archive_search_entry x WHERE x.id = s.id || '!') ORDER BY s.n DESC LIMIT ?",
        question, before, limit,
    )  # fmt: skip
    return [(str(id).removesuffix("!"), int(n)) for id, n in found]
