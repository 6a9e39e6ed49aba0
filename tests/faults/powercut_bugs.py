"""Bugs that a power cut shows and nothing else does, planted in the program that is recorded."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core import db, sqlite, storage


def commit_not_flushed() -> None:
    """`synchronous=NORMAL`, as most tutorials have it."""
    sqlite._WANTED["synchronous"] = 1


def switch_not_flushed() -> None:
    """A first start that answers before the switch to the write-ahead log is on the disk."""
    wanted = dict(sqlite._WANTED)
    sqlite._WANTED.clear()
    sqlite._WANTED["synchronous"] = 0
    del wanted["synchronous"]
    sqlite._WANTED.update(wanted)
    connect = sqlite.House._connect

    def late(self: Any) -> Any:
        link = connect(self)
        link.set_authorizer(None)
        sqlite3.Connection.execute(link, "PRAGMA synchronous = 2")
        if self.guarded:
            link.set_authorizer(sqlite._authorize)
        return link

    sqlite.House._connect = late  # type: ignore[method-assign]


def original_not_flushed() -> None:
    """Files are written and named; nobody waits for their content."""
    write = storage._write

    def careless(path: Path, content: bytes, mode: int, *, sync: bool) -> None:
        write(path, content, mode, sync=sync and "originals" not in str(path))

    storage._write = careless


def name_not_flushed() -> None:
    """Files are flushed; the folder that names them is not."""
    for name in ("_sync_folder", "sync_folder"):
        if hasattr(storage, name):
            setattr(storage, name, lambda folder: None)


def many_not_flushed() -> None:
    """Many at once are renamed and never flushed again."""
    storage._sync_disk = lambda root: None


def row_before_original() -> None:
    """The transaction first, its originals after."""
    later: list[bytes] = []
    store_all = storage.store_all

    def promise(contents: Sequence[bytes]) -> list[str]:
        later.extend(contents)
        return [hashlib.sha256(content).hexdigest() for content in contents]

    def keep() -> None:
        store_all(later)
        later.clear()

    storage.store_all = promise
    db.on_commit.append(keep)


def witness_not_flushed() -> None:
    """The witness's line is written and not waited for."""

    def careless(path: Path, line: str) -> None:
        with open(path, "a") as file:
            file.write(line + "\n")

    storage.append_durably = careless


def key_in_place() -> None:
    """A key is written into its place, without a draft and without waiting."""

    def careless(path: Path, content: bytes, mode: int = 0o600) -> None:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        os.write(handle, content)
        os.close(handle)

    storage.replace_durably = careless


BUGS: dict[str, Callable[[], None]] = {
    "commit-not-flushed": commit_not_flushed,
    "switch-not-flushed": switch_not_flushed,
    "original-not-flushed": original_not_flushed,
    "name-not-flushed": name_not_flushed,
    "many-not-flushed": many_not_flushed,
    "row-before-original": row_before_original,
    "witness-not-flushed": witness_not_flushed,
    "key-in-place": key_in_place,
}


def plant(name: str) -> None:
    """Put one of them in, in this process."""
    BUGS[name]()
