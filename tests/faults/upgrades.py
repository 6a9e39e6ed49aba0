"""R10: what the first release left is brought up to this program, killed at each SQL statement on the way.

`data/0.1.0.tar.gz` is a data folder as release 0.1.0 wrote it, of two companies. The upgrade runs in a
process of its own that kills itself at its n-th statement, once or twice; then the product opens the folder
as if nothing had been. A later version's script is added, so that there is more to be killed in.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any
from unittest import mock

import peewee

from core import db, schema
from core.errors import StartError
from core.house import House
from core.sqlite import House as Database
from tests.contract.source import ROOT
from tests.faults.tamper_company import judged
from tests.faults.upgrades_bugs import PLANTED, planted
from tests.proof import invariants
from tests.proof.invariants import Problems
from tests.proof.record import Record
from tests.proof.row import Job, Tally

RELEASES = sorted(Path(__file__).with_name("data").glob("*.tar.gz"))
LATER = '''"""Tables that a later version brings, and a change of rows that are there."""


def up(schema):
    schema.company_table("later_thing", {"id": "TEXT NOT NULL", "n": "INTEGER NOT NULL"}, key=("id",),
                         indexes=(("n", "id"),), changing=(("n",),))
    schema.company_table("later_note", {"id": "TEXT NOT NULL"}, key=("id",), append_only=True)
    schema.global_table("later_world", {"id": "TEXT NOT NULL"}, key=("id",), reason="one of a kind")
    schema._run("INSERT INTO later_world SELECT id FROM instance")
    schema._run("INSERT INTO _later_thing (company, id, n) SELECT company, id, total FROM _document")
'''
HALF_WAY = '''"""Fails in its middle."""


def up(schema):
    schema.company_table("half_thing", {"id": "TEXT NOT NULL"}, key=("id",))
    schema._run("INSERT INTO nowhere VALUES (1)")
'''
MEND = HALF_WAY.replace('"INSERT INTO nowhere VALUES (1)"', '"INSERT INTO _half_thing VALUES (1, 2)"')

__all__ = ["PLANTED", "run"]


class Yard:
    """Where folders of old releases are unpacked and upgraded."""

    def __init__(self, root: Path) -> None:
        self.root, self.later, self.count = root, root / "later", 0
        shutil.copytree(
            ROOT / "core" / "migrations", self.later, ignore=shutil.ignore_patterns("__pycache__")
        )
        (self.later / "0900_later.py").write_text(LATER)
        # A folder that was served: its journal knows every plugin, which saves probing them each time.
        fresh = root / "fresh"
        fresh.mkdir()
        with self.newer():
            new = House({}, fresh, serving=True)
            new.journal.good()
            new.close()
        self.journal, self.tables = fresh / "boot.json", Record(fresh).tables

    def unpacked(self, release: Path) -> Path:
        """A data folder as that release left it."""
        self.count += 1
        folder = self.root / f"case-{self.count}"
        with tarfile.open(fileobj=io.BytesIO(release.read_bytes())) as archive:
            archive.extractall(folder, filter="data")
        shutil.copy(self.journal, folder / "boot.json")
        return folder

    @contextmanager
    def newer(self) -> Iterator[None]:
        """As the program that brings the later script with it."""
        plain = schema.migrate

        def migrate(link: Database, folders: list[tuple[str, Path]]) -> list[str]:
            return plain(link, [(owner, self.later if owner == "core" else path) for owner, path in folders])

        with mock.patch.object(schema, "migrate", migrate):
            yield


def run(job: Job) -> Tally:
    """For each release: every statement in turn, or as many as there is room for; and the downgrade."""
    tally, chance = Tally(job), random.Random(job.seed)
    with planted(job.plant):
        yard = Yard(job.folder)
        for release in RELEASES:
            before = Record(yard.unpacked(release))
            tally.case(f"{release.name}: half-way", {"I16": _half_way(yard, release)})
            tally.case(f"{release.name}: downgrade", {"I16": _downgrade(yard, release)})
            tally.case(f"{release.name}: two at once", _twice(yard, release, before, lockstep=False))
            tally.case(f"{release.name}: two in step", _twice(yard, release, before, lockstep=True))
            last = _statements(yard, release)
            tally.measured[release.name] = {"statements": last}
            for kills in _plans(chance, last, max(1, job.size // len(RELEASES) - 4)):
                tally.case(f"{release.name}: killed at {kills}", _killed(yard, release, before, kills))
    return tally


def _plans(chance: random.Random, last: int, count: int) -> list[tuple[int, ...]]:
    """Each statement alone, in a random order; then pairs: killed again while it goes on."""
    once: list[tuple[int, ...]] = [(n,) for n in chance.sample(range(1, last + 1), last)]
    pairs = [(chance.randint(1, last), chance.randint(1, last)) for _ in range(max(0, count - last))]
    return [*once, *pairs][:count]


def _killed(yard: Yard, release: Path, before: Record, kills: tuple[int, ...]) -> dict[str, Problems]:
    folder = yard.unpacked(release)
    for at in kills:
        if _in_child(yard, folder, at) not in (0, -signal.SIGKILL):
            return {"I16": [f"killed at {kills}, it does not start to go on"]}
    return _finished(yard, folder, before)


def _finished(yard: Yard, folder: Path, before: Record) -> dict[str, Problems]:
    try:
        with yard.newer():
            opened = House({}, folder)
    except (StartError, peewee.DatabaseError) as error:
        return {"I16": [f"it does not start: {error!r}"]}
    try:
        problems = judged(opened)
    finally:
        opened.close()
    after = Record(folder)
    found = {**invariants.sound(after), "I16": invariants.upgraded(before, after, yard.tables)}
    found["I8"] = [*found["I8"], *problems]
    found["I16"] += _rows_moved(folder, len(before.papers))
    shutil.rmtree(folder)
    return found


def _rows_moved(folder: Path, papers: int) -> Problems:
    with sqlite3.connect(folder / "fapiao.db") as link:
        counts = [link.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
                  for name in ("later_world", "_later_thing")]  # fmt: skip
    link.close()
    return [] if counts == [1, papers] else [f"the later script's rows are {counts}, not {[1, papers]}"]


def _half_way(yard: Yard, release: Path) -> Problems:
    """A script that fails in its middle leaves nothing behind, and runs once it is mended."""
    folder, scripts = yard.unpacked(release), yard.root / f"half-{yard.count}"
    scripts.mkdir()
    opened = House({}, folder)
    try:
        (scripts / "0001_half.py").write_text(HALF_WAY)
        tables = Record(folder).tables
        try:
            schema.migrate(db.system.obj, [("half", scripts)])
            return ["a script that fails passes for one that ran"]
        except peewee.DatabaseError:
            problems = [f"a failed script left {name}" for name in sorted(Record(folder).tables - tables)]
        (scripts / "0001_half.py").write_text(MEND)
        ran = schema.migrate(db.system.obj, [("half", scripts)])
        return problems + ([] if ran else ["the mended script does not run"])
    except peewee.DatabaseError as error:
        return [f"the mended script fails: {error}"]
    finally:
        opened.close()


def _downgrade(yard: Yard, release: Path) -> Problems:
    """The program before refuses the data that the later one wrote, in words, and changes nothing."""
    folder = yard.unpacked(release)
    with yard.newer():
        House({}, folder).close()
    before = _rows(folder)
    try:
        House({}, folder).close()
    except StartError as error:
        problems = [] if "newer" in str(error) else [f"it refuses, and does not say why: {error}"]
        return problems if _rows(folder) == before else [*problems, "it refuses, and changed the data"]
    finally:
        db.shut()
    return ["an older program opens newer data"]


def _rows(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "fapiao.db") as link:
        names = [
            row[0] for row in link.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
        ]
        rows = [repr(link.execute(f"SELECT * FROM {name}").fetchall()) for name in names if name[0] == "_"]
    link.close()
    return [*names, *rows]


def _twice(yard: Yard, release: Path, before: Record, *, lockstep: bool) -> dict[str, Problems]:
    """Two processes open the old folder in the same moment: a server and its worker, or a command.

    :param lockstep: both have seen that the first script is to be run before one of them runs it.
    """
    folder = yard.unpacked(release)
    together = multiprocessing.get_context("fork").Barrier(2) if lockstep else None
    children = [_fork(yard, folder, 0, together) for _ in range(2)]
    ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    failed = [f"of two that upgrade at once, one fails: {ends}"] if any(ends) else []
    found = _finished(yard, folder, before)
    return {**found, "I16": [*failed, *found.get("I16", [])]}


def _statements(yard: Yard, release: Path) -> int:
    """How many statements an opening with its upgrade takes."""
    folder = yard.unpacked(release)
    counted = _Counting(0)
    with yard.newer(), counted:
        House({}, folder).close()
    shutil.rmtree(folder)
    return counted.count


class _Counting:
    """Counts statements, and kills this process at the n-th; never, if that is 0."""

    def __init__(self, kill_at: int) -> None:
        self.kill_at, self.count = kill_at, 0
        self._patches = [self._patch("execute_sql"), self._patch("_turn")]

    def _patch(self, name: str) -> Any:
        plain = getattr(Database, name)

        def counted(*values: Any) -> Any:
            self.count += 1
            if self.count == self.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return plain(*values)

        return mock.patch.object(Database, name, counted)

    def __enter__(self) -> None:
        for patch in self._patches:
            patch.start()

    def __exit__(self, *_: object) -> None:
        for patch in self._patches:
            patch.stop()


def _in_child(yard: Yard, folder: Path, kill_at: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(_fork(yard, folder, kill_at), 0)[1])


def _fork(yard: Yard, folder: Path, kill_at: int, together: Barrier | None = None) -> int:
    child = os.fork()
    if child:
        return child
    code = 3
    try:
        with yard.newer(), _Counting(kill_at):
            _in_step(folder, together) if together else House({}, folder)
        code = 0
    finally:
        os._exit(code)


def _in_step(folder: Path, together: Barrier) -> None:
    plain, waiting = schema._apply, [together]

    def apply(*values: Any) -> Any:
        if waiting:
            waiting.pop().wait(20)
        return plain(*values)

    db.connect(folder / "fapiao.db")
    with mock.patch.object(schema, "_apply", apply):
        schema.migrate(db.system.obj, [("core", ROOT / "core" / "migrations")])
