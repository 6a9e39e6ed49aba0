"""Bugs that a fault at one file call shows, planted in the process that runs the flow."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from core import db, posting, sqlite, storage
from core.errors import Unavailable


def acknowledged_before_commit() -> None:
    """A client is answered when its rows are written; they are committed together with the next one's."""
    post, begin, commit = posting.post, sqlite.House.begin, sqlite.House.commit
    posting_now: list[bool] = []
    owed: list[sqlite.House] = []

    def later(self: sqlite.House) -> None:
        owed.append(self) if posting_now else commit(self)

    def first_what_is_owed(self: sqlite.House, lock_type: str | None = None) -> None:
        while owed:
            commit(owed.pop())
        begin(self, lock_type)

    def answer(*given: Any, **named: Any) -> posting.Outcome:
        posting_now.append(True)
        try:
            return post(*given, **named)
        finally:
            posting_now.clear()

    sqlite.House.commit = later  # type: ignore[method-assign]
    sqlite.House.begin = first_what_is_owed  # type: ignore[method-assign]
    posting.post = answer


def row_before_original() -> None:
    """The transaction first, its originals after."""
    store_all = storage.store_all
    later: list[bytes] = []

    def promise(contents: Sequence[bytes]) -> list[str]:
        later.extend(contents)
        return [hashlib.sha256(content).hexdigest() for content in contents]

    def keep() -> None:
        contents = [*later]
        later.clear()
        store_all(contents)

    storage.store_all = promise
    db.on_commit.append(keep)


def write_error_swallowed() -> None:
    """ "The second copy is there for that": what the disk says while an original is written is dropped."""
    write_once, write_many = storage._write_once, storage._write_many

    def once(path: Path, content: bytes) -> None:
        with suppress(OSError, Unavailable):
            write_once(path, content)

    def many(root: Path, named: dict[str, bytes]) -> None:
        with suppress(OSError, Unavailable):
            write_many(root, named)

    storage._write_once, storage._write_many = once, many


def short_write_ignored() -> None:
    """`os.write` once, its answer unread."""

    def write(path: Path, content: bytes, mode: int, *, sync: bool) -> None:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        try:
            os.write(handle, content)
            if sync:
                os.fsync(handle)
        finally:
            os.close(handle)

    storage._write = write


def key_outside_the_transaction() -> None:
    """The idempotency key is kept once the document is committed, in a transaction of its own."""
    remember = posting._remember

    def afterwards(*given: Any) -> None:
        def keep() -> None:
            with db.transaction():
                remember(*given)

        db.after_commit(keep)

    posting._remember = afterwards  # type: ignore[assignment]


BUGS: dict[str, Callable[[], None]] = {
    "acknowledged-before-commit": acknowledged_before_commit,
    "row-before-original": row_before_original,
    "write-error-swallowed": write_error_swallowed,
    "short-write-ignored": short_write_ignored,
    "key-outside-the-transaction": key_outside_the_transaction,
}
