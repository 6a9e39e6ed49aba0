"""R7: one bit flips in one file; the product finds it, or heals it, or it is shown to change nothing.

A flipped bit is harmless where every row of every table still reads as it did and SQLite's own check is
silent. Where a row changed unseen, its column must be one of `OPEN`, which nothing proves: they are counted.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import peewee

from core import audit, clock, db, registry, rng, scope, snapshots, soundness, storage
from core.checkpoints import verify
from core.clock import FakeClock
from core.errors import AppError, StartError
from core.house import House
from tests.faults.tamper_company import BARE, START, Life, judged
from tests.proof.record import Record
from tests.proof.row import Job, Tally

PER_LIFE, STEPS = 50, 150
OPEN = {
    "_document": {"asked", "version", "window_boot", "window_at", "simulated", "created_at", "refused",
                  "reason"},
    "_idempotency": {"key", "principal", "fingerprint", "at", "rows"},
    "_stray": {"buyer_name", "found_at"}, "_company": {"status", "created_at"}, "_checkpoint": {"at"},
    "_task": {"*"}, "_feed_cursor": {"*"}, "_inbox": {"*"}, "instance": {"*"}, "reopening": {"*"},
    "_migration": {"*"}, "sqlite_master": {"*"},
}  # fmt: skip
"""Columns that neither an event nor a signature covers; `*`: all of that table; `rows`: how many there are.
A document's own key is covered; where a further one is lost, the repeat is answered by its business key.
"""

WHERE = ("database", "database", "index", "log", "original", "copy", "witness", "key", "snapshot")
READ_ERRORS = (peewee.DatabaseError, sqlite3.DatabaseError, AppError, ValueError, TypeError)
Rows = dict[str, list[tuple[Any, ...]]]


@dataclass
class Ground:
    """A folder as a stopped and as a killed server leaves it, a snapshot, the rows, and their clock."""

    folder: Path
    killed: Path
    snapshot: Path
    rows: Rows
    now: FakeClock


def run(job: Job) -> Tally:
    """So many bits, fifty in each honest life."""
    tally, ends, silent, alone = Tally(job), Counter[str](), Counter[str](), Counter[str]()
    with planted(job.plant):
        for begin in range(0, job.size, PER_LIFE):
            seed = job.seed * 10_000 + begin // PER_LIFE
            with rng.use(seed), clock.use(FakeClock(START)) as now:
                assert isinstance(now, FakeClock)
                ground = _ground(job.folder / str(seed), seed, now)
                for index in range(min(PER_LIFE, job.size - begin)):
                    case = Case(ground, f"{seed}/{index}")
                    end, problems = case.judged()
                    ends[f"{case.where}: {end}"] += 1
                    silent.update(case.unseen)
                    alone.update(case.alone)
                    tally.case(f"{case.name} {case.where} byte {case.byte} bit {case.bit}", {"I8": problems})
            shutil.rmtree(job.folder / str(seed))
    tally.measured = {"ends": dict(sorted(ends.items())), "changed_unseen": dict(silent),
                      "changed_rows": dict(alone)}  # fmt: skip
    return tally


def _ground(root: Path, seed: int, now: FakeClock) -> Ground:
    root.mkdir()
    life = Life(root / "alive", seed, now)
    try:
        for _ in life.live(STEPS):
            pass
        snapshots.take(life.house.folder, root / "snapshot")
        db.system.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        for _ in life.live(20):
            pass
        life.sign_now()
        # As a killed server leaves it, the log not yet in the database.
        shutil.copytree(root / "alive", root / "killed")
    finally:
        life.house.close()
    return Ground(root / "alive", root / "killed", root / "snapshot", _rows(root / "alive"), now)


def _rows(folder: Path) -> Rows:
    with closing(sqlite3.connect(folder / "fapiao.db")) as link:
        link.text_factory = bytes
        names = [
            row[0].decode() for row in link.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        # A capital in a table's name is the same name to SQLite.
        found = {
            name.lower(): sorted(link.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in names
        }
        found["sqlite_master"] = link.execute("SELECT * FROM sqlite_master ORDER BY name").fetchall()
        broken = [row[0] for row in link.execute("PRAGMA integrity_check")]
    return {**found, "integrity": [(text,) for text in broken]}


class Case:
    """One bit of one file."""

    def __init__(self, ground: Ground, name: str) -> None:
        self.ground, self.name, chance = ground, name, random.Random(name)
        self.where = chance.choice(WHERE)
        self.folder = ground.folder.with_name("case")
        shutil.rmtree(self.folder, ignore_errors=True)
        base = {"snapshot": ground.snapshot, "log": ground.killed}.get(self.where, ground.folder)
        shutil.copytree(base, self.folder)
        self.path = chance.choice(sorted(path for path in self._files() if path.stat().st_size))
        self.byte, self.bit = chance.randrange(self.path.stat().st_size), chance.randrange(8)
        if self.where == "index":
            self.byte = self._in_an_index(chance)
        self.read_first = chance.random() < 0.5
        self.unseen: list[str] = []
        self.alone: list[str] = []
        content = bytearray(self.path.read_bytes())
        content[self.byte] ^= 1 << self.bit
        self.path.write_bytes(content)

    def _files(self) -> list[Path]:
        root = self.folder
        return {
            "database": [root / "fapiao.db"], "index": [root / "fapiao.db"], "log": [root / "fapiao.db-wal"],
            "original": list(root.glob("originals/??/*")), "copy": list(root.glob("originals-copy/??/*")),
            "witness": [root / "witness.jsonl"], "key": list(root.glob("keys/*")),
            "snapshot": [path for path in root.rglob("*") if path.is_file()],
        }[self.where]  # fmt: skip

    def _in_an_index(self, chance: random.Random) -> int:
        with closing(sqlite3.connect(self.path)) as link:
            (size,) = link.execute("PRAGMA page_size").fetchone()
            roots = link.execute("SELECT rootpage FROM sqlite_master WHERE type = 'index'").fetchall()
        return (int(chance.choice(roots)[0]) - 1) * int(size) + chance.randrange(int(size))

    def judged(self) -> tuple[str, list[str]]:
        """How it ended, and what is wrong with that."""
        if self.where == "snapshot":
            return self._snapshot()
        try:
            opened = House(BARE, self.folder)
        except (StartError, *READ_ERRORS) as error:
            db.shut()
            return f"does not start ({type(error).__name__})", []
        try:
            served = self._served()
            ledger_alone = self._ledger_alone(opened)
            found = judged(opened)
        finally:
            opened.close()
        problems = served + self._healed()
        changed = self._changed()
        if changed:
            self.alone = [
                "changed",
                *([] if ledger_alone else ["not seen by the ledger's verification alone"]),
            ]
        if found:
            return "found", problems
        if self.where in ("original", "copy"):
            return "healed at the first reading", problems
        unseen = [name for name in changed if not self._may_change(name)]
        self.unseen = [name for name in changed if name not in unseen]
        problems += [f"{name} changed, and nothing was found" for name in unseen]
        return ("changed unseen" if changed else "harmless"), problems

    def _snapshot(self) -> tuple[str, list[str]]:
        try:
            found = snapshots.check(self.folder)
        except StartError:
            return "not taken for a snapshot", []
        if found:
            return "found", []
        part = self.path.relative_to(self.folder).parts[0]
        # A manifest's own moment and a key's other spelling change nothing that is restored.
        return f"unseen in {part}", [f"{part} of a snapshot changed unseen"] if part in (
            "fapiao.db",
            "originals",
        ) else []

    def _served(self) -> list[str]:
        if self.where not in ("original", "copy") or not self.read_first:
            return []
        content = storage.load(self.path.name)
        truth = (self.ground.folder / self.path.relative_to(self.folder)).read_bytes()
        return [] if content == truth else [f"a damaged original {self.path.name} was served as good"]

    def _healed(self) -> list[str]:
        if self.where not in ("original", "copy"):
            return []
        copies = Record(self.folder).copies(self.path.name)
        return [] if all(copies) else [f"original {self.path.name} was not healed"]

    @staticmethod
    def _ledger_alone(opened: House) -> list[str]:
        try:
            found = []
            for company in registry.companies():
                with scope.opened(company.id):
                    found += verify(opened.signer).problems
            return found
        except READ_ERRORS as error:
            return [repr(error)]

    def _changed(self) -> list[str]:
        """Which columns of which tables read otherwise than before."""
        try:
            now = _rows(self.folder)
        except (sqlite3.DatabaseError, ValueError):
            return ["unreadable"]
        return sorted(
            f"{table}.{column}"
            for table in {*now, *self.ground.rows}
            for column in self._differing(table, self.ground.rows.get(table, []), now.get(table, []))
        )

    def _differing(self, table: str, before: list[tuple[Any, ...]], after: list[tuple[Any, ...]]) -> set[str]:
        gone = [row for row in before if row not in after]
        new = [row for row in after if row not in before]
        if table == "_checkpoint" and not new:
            # The witness has it still: the next one covers all that it covered.
            return set()
        if len(gone) != len(new):
            return {"rows"}
        with closing(sqlite3.connect(self.folder / "fapiao.db")) as link:
            names = [row[1] for row in link.execute(f"PRAGMA table_info({table})")] or ["*"] * 9
        return {names[i] for old, now in zip(gone, new, strict=True) for i, value in enumerate(old)
                if now[i] != value and not (table == "instance" and names[i] == "boot")}  # fmt: skip

    @staticmethod
    def _may_change(name: str) -> bool:
        table, _, column = name.partition(".")
        return bool({column, "*"} & OPEN.get(table, set())) or table.startswith("_half")


def _loads_unchecked() -> list[Any]:
    def load(digest: str) -> bytes:
        return (storage._roots[0] / digest[:2] / digest).read_bytes()

    return [mock.patch.object(storage, "load", load)]


def _mends_nothing() -> list[Any]:
    return [mock.patch.object(storage, "_heal")]


def _compares_no_rows() -> list[Any]:
    return [mock.patch.object(audit, "compare", return_value=[])]


def _checks_no_file() -> list[Any]:
    return [mock.patch.object(soundness, "house", return_value=[])]


PLANTED: dict[str, Callable[[], list[Any]]] = {
    "loads-unchecked": _loads_unchecked,
    "mends-nothing": _mends_nothing,
    "compares-no-rows": _compares_no_rows,
    "checks-no-file": _checks_no_file,
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """With this bug in the product; with none, if it has no name."""
    patches = PLANTED[name]() if name else []
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()
