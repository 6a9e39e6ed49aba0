"""A full disk is read-only and heals; a failed one is written no more."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from core import clock, db, disk, posting, storage, tasks
from core.contributions import Actor
from core.errors import Full, WriteStop
from core.house import House
from tests.conftest import OpenHouse
from tests.factories import draft
from tests.puppet import PuppetChannel


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MiB."""
    root = tmp_path / "small"
    root.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", root], check=False)
    if done.returncode:
        pytest.skip("mounting a small disk needs root")
    yield root
    db.shut()
    disk.shut()
    subprocess.run(["umount", "-l", root], check=True)


def fill(root: Path) -> Path:
    ballast = root / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return ballast


def test_a_full_disk_refuses_writes_and_heals_by_itself(
    small: Path, open_house: OpenHouse, fake_clock: clock.FakeClock
) -> None:
    open_house("none", root=small)
    disk.begin(reserve=True)
    assert (small / "reserve").stat().st_size == 4 * 1024 * 1024 // disk.SHARE
    ballast = fill(small)
    fake_clock.sleep(1)
    assert not disk.is_writable()
    assert not (small / "reserve").exists(), "the reserve is given up so that outcomes find room"
    with pytest.raises(Full), db.transaction(db.system):
        pass
    with db.transaction(db.system, closing=True):
        db.system.execute_sql("UPDATE instance SET frozen = ''")
    ballast.unlink()
    fake_clock.sleep(1)
    with db.transaction(db.system):
        assert disk.is_writable()
    assert (small / "reserve").exists()


def test_a_write_that_finds_no_room_says_so(small: Path, open_house: OpenHouse) -> None:
    open_house("none", root=small)
    with pytest.raises(Full):
        storage.store(os.urandom(8 * 1024 * 1024))
    assert disk.trouble()
    assert not [path for path in small.glob("originals*/*/*") if not path.name.startswith(".")]


@pytest.mark.parametrize("number", [errno.EIO, errno.EROFS])
def test_a_disk_that_fails_once_is_written_no_more(
    channel: PuppetChannel, actor: Actor, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    kept = storage.store(b"before")

    def fails(_handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(WriteStop):
        storage.store(b"after")
    monkeypatch.undo()
    with pytest.raises(WriteStop):
        posting.post(draft(), "k", actor)
    with pytest.raises(WriteStop):
        storage.store(b"again")
    assert storage.load(kept) == b"before", "reading goes on"
    assert disk.has_stopped()


def test_the_next_server_starts_afresh(bare: House, open_house: OpenHouse) -> None:
    disk.stop("the cable came off")
    bare.close()
    open_house("none", root=bare.folder.root)
    assert disk.is_writable()


SAYINGS: list[tuple[int, type | None]] = [
    (sqlite3.SQLITE_FULL, Full),
    (sqlite3.SQLITE_IOERR_FSYNC, WriteStop),
    (sqlite3.SQLITE_CORRUPT, WriteStop),
    (sqlite3.SQLITE_READONLY, WriteStop),
    (sqlite3.SQLITE_BUSY, None),
    (sqlite3.SQLITE_CONSTRAINT, None),
]


@pytest.mark.parametrize(("code", "kind"), SAYINGS)
def test_what_sqlite_says_of_its_disk_is_understood(bare: House, code: int, kind: type | None) -> None:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = code
    meant = disk.judged(error)
    assert type(meant) is kind if kind else meant is error


def test_workers_take_nothing_up_while_the_disk_is_full(
    bare: House, channel: PuppetChannel, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert posting.post(draft(), "k", actor).document
    monkeypatch.setattr(disk, "require_writable", lambda **_: (_ for _ in ()).throw(Full("x")))
    with pytest.raises(Full):
        tasks.claim("me", {posting.SEND: 1})
    assert channel.sent == []
