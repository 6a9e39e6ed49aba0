"""Originals: which there are, whether they are sound, and the patrol that keeps them so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core.api import Event, Task, clock, enqueue, errors, insert, ledger, rows, storage, transaction
from plugins.archive.tables import Original

PATROL = "archive.scrub"
PORTION = 200
"""Originals that one task re-reads."""

PAGE = 50
REST_HOURS = 20
"""An original that was re-read since is left for the next day's patrol."""

_ISSUED = "invoice-issued"


@dataclass(frozen=True, slots=True)
class Health:
    """An original as it was found now: so many sound copies of so many; the rest is healed if any is."""

    sound: int
    copies: int

    @property
    def verdict(self) -> str:
        """`sound`, `healed` or `damaged`."""
        return "damaged" if not self.sound else "sound" if self.sound == self.copies else "healed"


def keep(event: Event) -> None:
    """Note the originals of an issued document, in the caller's transaction; once per event."""
    known = {id for (id,) in rows("SELECT id FROM archive_original WHERE document = ?", event.subject)}
    for row in _of_event(event):
        if row.id not in known:
            insert("archive_original", row.__data__)


def _of_event(event: Event) -> Iterator[Original]:
    for place, file in enumerate(event.body.get("files", [])):
        yield Original(
            id=f"{event.seq:012d}-{place:02d}", document=event.subject, number=event.body.get("number", ""),
            name=file["name"], media_type=file["media_type"], digest=file["digest"], size=file["size"],
            month=str(event.body.get("issued_at") or event.at)[:7], at=event.at, checked_at="", verdict="",
        )  # fmt: skip


def of_document(document: str) -> list[Original]:
    """The originals of a document; straight from the ledger, so that nothing is missing for a moment."""
    noted = {row.id: row for row in Original.select().where(Original.document == document)}
    told = (e for e in ledger.events_about(document) if e.kind == _ISSUED)
    return [noted.get(row.id, row) for event in told for row in _of_event(event)]


def find(id: str) -> Original:
    """One original.

    :raise NotFound: none by that id here.
    """
    found = Original.get_or_none(Original.id == id)
    if found is not None:
        return found
    head, _, _ = id.partition("-")
    seq = int(head) if head.isascii() and head.isdigit() and len(head) == 12 else 0
    for event in ledger.events(seq - 1, 1) if seq else []:
        for row in _of_event(event) if event.kind == _ISSUED else ():
            if row.id == id:
                return row
    raise errors.NotFound("没有这份原件")


def health(original: Original) -> Health:
    """Re-read every copy now; what can be healed is."""
    return Health(*storage.mend(original.digest))


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of originals; `next` is where the following one begins, empty at the end."""

    rows: list[Original]
    next: str


def listing(month: str = "", before: str = "", size: int = PAGE) -> Listing:
    """Originals newest first, of one month (`YYYY-MM`) or of all."""
    wanted = Original.select()
    if month:
        wanted = wanted.where(Original.month == month)
    if before:
        wanted = wanted.where(Original.id < before)
    found = list(wanted.order_by(Original.id.desc()).limit(size + 1))
    return Listing(found[:size], found[size - 1].id if len(found) > size else "")


def months() -> list[tuple[str, int]]:
    """Months that have originals, newest first, with how many."""
    return [
        (str(month), int(count))
        for month, count in rows(
            "SELECT month, count(*) FROM archive_original GROUP BY month ORDER BY month DESC"
        )
    ]


def damaged(limit: int = 50) -> list[Original]:
    """Originals that the patrol found without a sound copy."""
    return list(Original.select().where(Original.verdict == "damaged").order_by(Original.id).limit(limit))


def patrol(task: Task) -> None:
    """Re-read the originals that were not read for longest, a portion at a time, and tell the outcome."""
    since = (clock.now() - timedelta(hours=REST_HOURS)).isoformat(timespec="milliseconds")
    due = list(
        Original.select()
        .where(Original.checked_at < since)
        .order_by(Original.checked_at, Original.id)
        .limit(PORTION)
    )
    counts = {"checked": 0, "sound": 0, "healed": 0, "damaged": 0} | task.body
    found = [(row, health(row)) for row in due]
    with transaction():
        for row, state in found:
            counts["checked"] += 1
            counts[state.verdict] += 1
            _note(row, state)
        if len(due) == PORTION:
            enqueue(PATROL, task.ref, counts, delay=1.0)
        elif counts["checked"]:
            ledger.append("archive.scrubbed", "originals", counts, "job:archive.scrub")


def _note(row: Original, state: Health) -> None:
    if state.verdict == "damaged" and row.verdict != "damaged":
        body: dict[str, Any] = {"original": row.id, "name": row.name, "digest": row.digest, "size": row.size}
        ledger.append("archive.damaged", row.document, body, "job:archive.scrub")
    Original.update(checked_at=clock.stamp(), verdict=state.verdict).where(Original.id == row.id).execute()
