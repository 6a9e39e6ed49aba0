"""The whole verification: the file, the ledgers, their witness, and the rows that must say what they say."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import peewee

from core import audit, checkpoints, db, registry, scope
from core.checkpoints import Report, Signer
from core.errors import WriteStop

_UNREADABLE = (
    peewee.DatabaseError, sqlite3.DatabaseError, WriteStop, ValueError, TypeError, KeyError, OverflowError,
)  # fmt: skip
"""What reading damaged rows raises; SQLite's own error where it comes with a later row."""


def house(signer: Signer) -> list[str]:
    """What is wrong with the installation as a whole: its file, or a company that it lists no more."""
    try:
        # Pages, and indexes that differ from their rows, in SQLite's words.
        found = [row[0] for row in db.rows("PRAGMA integrity_check") if row[0] != "ok"]
        return [f"database: {text}" for text in found] + _unlisted(signer)
    except _UNREADABLE as error:
        return [f"database: {error}"]


def company(signer: Signer, progress: Callable[[int], None] | None = None) -> Report:
    """Everything about the scope's company; what cannot be read is a problem like others."""
    report = Report()
    try:
        report = checkpoints.verify(signer, progress)
        report.problems += witness(signer) + audit.compare(progress)
    except _UNREADABLE as error:
        report.problems.append(f"rows cannot be read: {error!r}")
    return report


def _unlisted(signer: Signer) -> list[str]:
    epoch, listed = registry.epoch(), {company.id for company in registry.companies()}
    # A restore may put back a moment before a company was founded: that is a new epoch.
    return [
        f"company {company} is gone: the witness saw {note.size} events of it"
        for company, note in sorted(checkpoints.last_witnessed(signer).items())
        if note.epoch >= epoch and company not in listed
    ]


def witness(signer: Signer) -> list[str]:
    """Checkpoints of the scope's company that the witness file does not hold: it was cut or damaged.

    Only those made since the last restore count: a restored house may have another witness. Who gives the
    witness another place moves the file there.
    """
    epoch = db.rows("SELECT epoch FROM instance")[0][0]
    notes = [signer.recognised(note) for (note,) in db.rows("SELECT note FROM checkpoint ORDER BY size")]
    # Read after the rows: a checkpoint is witnessed before it is kept.
    seen = {(note.size, note.root) for note in checkpoints.witnessed(signer, scope.company())}
    return [
        f"checkpoint {note.size} is not in the witness file"
        for note in notes
        if note is not None and note.epoch == epoch and (note.size, note.root) not in seen
    ]
