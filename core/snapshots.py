"""Snapshots of a data folder: taken while it works, proved before they count, put back whole.

A snapshot is a folder: the database as one file, every original, the keys, and a manifest with the size and
root of every company's ledger.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import clock, db, disk, ledger, merkle, storage
from core.errors import StartError
from core.events import Event, leaf
from core.instance import Folder
from core.sqlite import DatabaseError, House, LinkError, read_only

FORMAT = 1
MARK = "restore.json"
"""Lies in a data folder while a restore is under way: what is beside it is half old and half new."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot says of itself. `ledgers` maps companies to the size and root of their ledgers,
    `keys` the names of keys to their digests."""

    taken_at: str
    epoch: int
    database: str
    ledgers: dict[str, tuple[int, str]]
    originals: int
    keys: dict[str, str]

    def text(self) -> str:
        """As it is written."""
        values = {"format": FORMAT, "taken_at": self.taken_at, "epoch": self.epoch, "database": self.database,
                  "ledgers": self.ledgers, "originals": self.originals, "keys": self.keys}  # fmt: skip
        return json.dumps(values, indent=1, sort_keys=True)


def read(snapshot: Path) -> Manifest:
    """The manifest of a snapshot.

    :raise StartError: there is none, or it is of a form this program does not know.
    """
    try:
        found = json.loads((snapshot / "manifest.json").read_text())
        if found["format"] != FORMAT:
            raise StartError(f"{snapshot} is of form {found['format']}, this program knows {FORMAT}")
        ledgers = {company: (int(size), str(root)) for company, (size, root) in found["ledgers"].items()}
        return Manifest(str(found["taken_at"]), int(found["epoch"]), str(found["database"]), ledgers,
                        int(found["originals"]), dict(found["keys"]))  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StartError(f"{snapshot} is no whole snapshot: its manifest cannot be read") from error


@disk.judging
def take(folder: Folder, target: Path) -> Manifest:
    """Write a snapshot of the open house to a new folder; work goes on meanwhile.

    :raise StartError: the target exists, or what was written does not prove itself.
    """
    if target.exists():
        raise StartError(f"{target} exists already: a snapshot goes into a folder of its own")
    draft = target.with_name(f"{target.name}.unfinished")
    shutil.rmtree(draft, ignore_errors=True)
    storage.make_folder(target.parent)
    for name in ("originals", "keys"):
        (draft / name).mkdir(parents=True, mode=0o700)
    taken_at, epoch = clock.stamp(), db.rows("SELECT epoch FROM instance")[0][0]
    try:
        db.system.execute_sql("VACUUM INTO ?", (str(draft / "fapiao.db"),))
    except DatabaseError as error:
        raise StartError(f"{draft} cannot be written: {error}") from error
    # After the rows: an original is stored before its row, so none that a row names is missing.
    digests = list(storage.kept())
    for digest in digests:
        _copy(draft / "originals" / digest[:2] / digest, storage.load(digest))
    for file in sorted(folder.keys.iterdir()):
        storage.write_durably(draft / "keys" / file.name, file.read_bytes())
    ledgers = dict(_ledgers(draft / "fapiao.db"))
    keys = {file.name: _digest(file) for file in sorted((draft / "keys").iterdir())}
    manifest = Manifest(taken_at, epoch, _digest(draft / "fapiao.db"), ledgers, len(digests), keys)
    storage.write_durably(draft / "manifest.json", manifest.text().encode())
    storage.sync_tree(draft)
    problems = check(draft)
    if problems:
        raise StartError(f"the snapshot does not prove itself: {'; '.join(problems[:3])}")
    os.rename(draft, target)
    storage.sync_folder(target.parent)
    return manifest


def check(snapshot: Path) -> list[str]:
    """Everything that is wrong with a snapshot: damaged, altered or incomplete; nothing, if it proves itself.

    :raise StartError: its manifest cannot be read.
    """
    manifest, path = read(snapshot), snapshot / "fapiao.db"
    if not path.exists() or _digest(path) != manifest.database:
        return ["the database is not the one that was written"]
    problems = [f"database: {text}" for text in _integrity(path)]
    found = dict(_ledgers(path))
    for company, (size, root) in manifest.ledgers.items():
        if found.get(company) != (size, root):
            problems.append(f"the ledger of {company} is not the one that was written")
    if found.keys() - manifest.ledgers.keys():
        problems.append("there are ledgers that the manifest does not name")
    names = [file.name for file in (snapshot / "originals").glob("*/*")]
    if len(names) < manifest.originals:
        problems.append(f"{manifest.originals - len(names)} originals are missing")
    problems += [
        f"key {name} is missing or damaged" for name, digest in manifest.keys.items()
        if not (file := snapshot / "keys" / name).exists() or _digest(file) != digest
    ]  # fmt: skip
    damaged = [name for name in names if _digest(snapshot / "originals" / name[:2] / name) != name]
    return problems + [f"original {name} is damaged" for name in damaged]


def _integrity(path: Path) -> list[str]:
    with _as_it_lies(path) as link:
        return [row[0] for row in link.execute("PRAGMA integrity_check") if row[0] != "ok"]


@contextmanager
def _as_it_lies(path: Path) -> Iterator[Any]:
    # Reading a snapshot changes nothing in it, also where nothing can be written.
    try:
        with closing(read_only(path)) as link:
            yield link
    except LinkError as error:
        raise StartError(f"{path} cannot be read: {error}") from error


@contextmanager
def _opened(path: Path) -> Iterator[House]:
    """A database that is not the house's own; one file again when it is closed."""
    link = House(str(path), guarded=False)
    with closing(link):
        link.connect()
        yield link
        link.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _ledgers(path: Path) -> Iterator[tuple[str, tuple[int, str]]]:
    """Size and root of each company's ledger, recomputed from the events themselves."""
    trees: dict[str, merkle.Range] = {}
    with _as_it_lies(path) as link:
        rows = link.execute(f"SELECT company, {ledger.FIELDS} FROM _event ORDER BY company, seq")
        for company, seq, kind, subject, body, at, actor in rows:
            tree = trees.setdefault(company, merkle.Range())
            # A gap changes the root: the manifest's is over every event.
            tree.add(leaf(company, Event(seq, kind, subject, {}, at, actor), body.encode()))
    for company, tree in trees.items():
        yield company, (tree.size, tree.root().hex())


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@disk.judging
def put_back(snapshot: Path, folder: Folder, prepare: Callable[[House, Manifest], None]) -> Path | None:
    """Put a snapshot in the place of what lies in a data folder that nobody serves.

    What was there is moved aside, never deleted; originals of both stay. Broken off, it is run again.

    :param prepare: changes the database before it is put in place.
    :returns: where the state before lies now, if there was one.
    :raise StartError: the snapshot does not prove itself.
    """
    problems = check(snapshot)
    if problems:
        raise StartError(f"{snapshot} is not put back: {'; '.join(problems[:3])}")
    manifest, mark = read(snapshot), folder.root / MARK
    # Begun before and broken off: what was moved aside then and what is moved now belong together.
    stamp = _marked(mark).get("aside") or clock.now().strftime("%Y%m%dT%H%M%S")
    storage.replace_durably(mark, json.dumps({"from": str(snapshot), "aside": stamp}).encode())
    for file in (snapshot / "originals").glob("*/*"):
        storage.store(file.read_bytes())
    fresh = folder.root / "fapiao.db.restoring"
    for leftover in folder.root.glob("fapiao.db.restoring*"):
        leftover.unlink()
    shutil.copyfile(snapshot / "fapiao.db", fresh)
    with _opened(fresh) as link:
        prepare(link, manifest)
    storage.sync_tree(folder.root)
    aside = _move_aside(folder, folder.root / "before-restore" / stamp)
    os.rename(fresh, folder.database)
    storage.sync_folder(folder.root)
    mark.unlink()
    storage.sync_folder(folder.root)
    return aside


def bring_keys(snapshot: Path, folder: Folder) -> None:
    """Copy a snapshot's keys to a data folder that has none of its own.

    :raise StartError: the folder has another installation's key.
    """
    own, theirs = folder.keys / "ledger.key", snapshot / "keys" / "ledger.key"
    if own.exists() and theirs.exists() and own.read_bytes() != theirs.read_bytes():
        raise StartError(
            f"{folder.root} belongs to another installation (its signing key differs from the snapshot's):"
            " restore into an empty folder with --data"
        )
    for file in (snapshot / "keys").glob("*"):
        if not (folder.keys / file.name).exists():
            storage.replace_durably(folder.keys / file.name, file.read_bytes())


def _marked(mark: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(mark.read_text()) if mark.exists() else {}
    return found


def _move_aside(folder: Folder, aside: Path) -> Path | None:
    files = [folder.root / f"fapiao.db{tail}" for tail in ("-shm", "-wal", "")]
    if any(file.exists() for file in files):
        storage.make_folder(aside)
        for file in files:
            if not file.exists():
                continue
            if not (aside / file.name).exists():
                os.rename(file, aside / file.name)
            elif file != folder.database:
                # What was there before lies there already: this belongs to a restore that was broken off.
                file.unlink()
        storage.sync_folder(aside)
        storage.sync_folder(folder.root)
    return aside if aside.exists() else None


def require_whole(folder: Folder) -> None:
    """Refuse a data folder in which a restore was broken off.

    :raise StartError: one was.
    """
    if (folder.root / MARK).exists():
        said = _marked(folder.root / MARK).get("from")
        raise StartError(
            f"a restore of {said} into {folder.root} was broken off: run it again before anything else"
        )
