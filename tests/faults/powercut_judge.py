"""Reads what a power cut left behind, image after image, and finds what is wrong with it."""

from __future__ import annotations

import copy
import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tests.faults.disk_model import Image
from tests.faults.powercut_flow import SNAPSHOT
from tests.faults.powercut_promises import (
    DATA,
    Known,
    both_copies,
    ghosts,
    half_made,
    is_signed,
    marked_before_sent,
    promised,
    restored,
    small_files,
    whole_snapshot,
    witnessed,
)
from tests.proof import invariants
from tests.proof.invariants import Problems
from tests.proof.record import Record

DATABASE = (f"{DATA}fapiao.db", f"{DATA}fapiao.db-wal", f"{DATA}fapiao.db-journal")
WITNESS = f"{DATA}witness.jsonl"
BESIDE = frozenset(DATA + name for name in (".probe", ".probe-moved", "server.lock", "fapiao.write"))
"""Files whose content means nothing after a start."""
RESTORING = f"{DATA}restore.json"


class _Read(Record):
    """A record whose originals are looked up in the image: they need not be written to be read again."""

    image: Image
    digests: dict[bytes, str]

    def copies(self, digest: str) -> list[bytes | None]:
        """Each copy of an original, as a record finds it."""
        found: list[bytes | None] = []
        for folder in ("originals", "originals-copy"):
            content = self.image.get(f"{DATA}{folder}/{digest[:2]}/{digest}")
            if content is not None and content not in self.digests:
                self.digests[content] = hashlib.sha256(content).hexdigest()
            found.append(content if content is not None and self.digests[content] == digest else None)
        return found


class Judge:
    """Reads images in one folder; what did not change is neither written nor read again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened = 0
        self._there: dict[str, bytes] = {}
        self._records: dict[tuple[bytes | None, ...], _Read | str] = {}
        self._digests: dict[bytes, str] = {}
        self._signatures: dict[tuple[bytes, str], bool] = {}
        self._whole: dict[tuple[bytes, ...], Problems] = {}

    def problems(self, image: Image, known: Known) -> dict[str, Problems]:
        """What is wrong, by invariant."""
        if known.restoring:
            return self._amid_restore(image, known)
        record = self._read(image)
        if isinstance(record, str):
            return {"I2": [f"the database cannot be read: {record}"]}
        found = invariants.sound(record)
        found["I1"] = invariants.durable(record, known.acks) + promised(record, known)
        found["I2"] += ghosts(record, known) + half_made(record)
        found["I3"] = invariants.once(known.books)
        found["I4"] = invariants.no_phantom(record, known.books)
        found["I5"] = marked_before_sent(record, known)
        found["I7"] += both_copies(record)
        found["I8"] += witnessed(record, known)
        found["I8"] += self._signed(record, image.get(f"{DATA}keys/ledger.key", b""))
        found["I18"] = small_files(image, known)
        found["I14"] = self._snapshots(image, known)
        return {invariant: problems for invariant, problems in found.items() if problems}

    def _amid_restore(self, image: Image, known: Known) -> dict[str, Problems]:
        """The old state or the new one, whole; or a mark by which no server starts on what is neither."""
        if RESTORING in image and known.restoring == "restoring":
            return {}
        old = replace(known, restoring="", kept=None)
        found = {"I14": ["restored, and the mark says it was broken off"]} if RESTORING in image else {}
        if known.restoring == "restoring" and not self.problems(image, old):
            return found
        record = self._read(image)
        if isinstance(record, str):
            return {"I2": [f"the database cannot be read: {record}"]}
        return found | {name: problems for name, problems in restored(record, known).items() if problems}

    def _read(self, image: Image) -> _Read | str:
        parts = tuple(image.get(name) for name in DATABASE)
        known = self._records.get(parts)
        self._lay(image, fresh=known is None)
        if known is None:
            self.opened += 1
            if len(self._records) > 400:
                self._records.clear()
            try:
                known = _Read(self.folder / DATA)
            except sqlite3.DatabaseError as error:
                known = str(error)
            self._records[parts] = known
        if isinstance(known, _Read):
            known = copy.copy(known)
            known.image, known.digests = image, self._digests
        return known

    def _lay(self, image: Image, *, fresh: bool) -> None:
        """Make the folder the image; the database, which reading changes, only where it is read anew."""
        wanted = {n: image[n] for n in (*(DATABASE if fresh else ()), WITNESS) if n in image}
        if fresh:
            for name in (*DATABASE, f"{DATA}fapiao.db-shm"):
                (self.folder / name).unlink(missing_ok=True)
                self._there.pop(name, None)
        if WITNESS in self._there and WITNESS not in image:
            (self.folder / WITNESS).unlink()
            del self._there[WITNESS]
        for name, content in wanted.items():
            if name not in self._there or self._there[name] != content:
                path = self.folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                self._there[name] = content
        (self.folder / DATA).mkdir(parents=True, exist_ok=True)

    def _signed(self, record: Record, key: bytes) -> Problems:
        notes = [note for *_, note in record.notes]
        return [
            f"the key in the folder did not sign checkpoint {note.split()[1]}"
            for note in notes
            if not self._memo(self._signatures, (key, note), partial(is_signed, key, note))
        ]

    def _snapshots(self, image: Image, known: Known) -> Problems:
        files = {n: c for n, c in image.items() if n.startswith(f"{SNAPSHOT}/")}
        if not files:
            return ["the snapshot was called made and is gone"] if known.kept else []
        parts = tuple(part for n in sorted(files) for part in (n.encode(), files[n]))
        found: Problems = self._memo(self._whole, parts, lambda: whole_snapshot(files, SNAPSHOT))
        return found

    @staticmethod
    def _memo(kept: dict[Any, Any], key: Any, make: Callable[[], Any]) -> Any:
        if key not in kept:
            if len(kept) > 1000:
                kept.clear()
            kept[key] = make()
        return kept[key]


def lay(image: Image, folder: Path) -> None:
    """Write an image to a folder of its own."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in image.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if "/keys/" in name:
            path.chmod(0o600)
