"""Row R2: power cuts. What the real program did to its folder is recorded, then cut off everywhere.

A case is named `take disk cut draw`: which recording, on which disk, after how many operations, and which
draw of what survived. Beside the first recording there are some of a start on what a cut of it had left.
SQLite chooses its salts by itself: the same name is the same cut of the same work, not the same bytes.
"""

from __future__ import annotations

import collections
import copy
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.contract.source import ROOT
from tests.faults import disk_model_trace
from tests.faults.disk_model import Disk, Image, Op
from tests.faults.powercut_bugs import BUGS
from tests.faults.powercut_judge import BESIDE, RESTORING, WITNESS, Judge, lay
from tests.faults.powercut_promises import DATA, Known
from tests.faults.powercut_reopen import reopen
from tests.proof.row import Job, Tally

PLANTED = BUGS
LIVES = ("nought", "first", "second", "third")
RESTORE = ("fourth", "restored")
DISKS = {"ordered": False, "strict": True}
REOPENED = 500
"""One image in so many is opened by the product itself."""
TORN = 8
"""And so many more whose witness file ends in half a line."""
BROKEN_OFF = 100
"""Of so many images of a restore broken off, with the same files, three are gone on with."""
AGAIN = 6_000
"""For so many images one recording more, of a start on what a cut had left."""
FIRST_SHARE, RESTORE_SHARE = 0.65, 0.1
SHARED = 32_768
MEMORY = Path("/dev/shm")


@dataclass
class Take:
    """A recording: what was there before, what was promised before, and what was done."""

    name: str
    ops: list[Op]
    base: Image = field(default_factory=dict)
    known: Known = field(default_factory=Known)


def run(job: Job) -> Tally:
    """Record the program and cut its power `job.size` times."""
    tally = Tally(job)
    if not disk_model_trace.is_here():
        tally.skipped = "strace is not installed, or may not trace here"
        return tally
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else job.folder) as name:
        _Cutting(job, tally, Path(name), Judge(Path(name) / "image")).all()
    seconds = time.monotonic() - began
    tally.measured |= {"seconds": round(seconds, 1), "images per second": round(tally.cases / seconds)}
    return tally


def record(job: Job, lives: Sequence[str], base: Image, known: Known) -> list[Op]:
    """What the program does in these lives, on a folder that holds `base`."""
    top, books, ops = job.folder / "disk", job.folder / "books.json", []
    lay(base, top)
    top.mkdir(exist_ok=True)
    books.write_text(json.dumps(known.issued))
    for life in lives:
        command = [sys.executable, "-m", "tests.faults.powercut_flow", life, str(top / "data"), str(books),
                   str(job.seed), *([job.plant] if job.plant else [])]  # fmt: skip
        env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        ops += disk_model_trace.record(command, env, top, job.folder / "strace.out")
    shutil.rmtree(top)
    return ops


@dataclass
class _Cutting:
    job: Job
    tally: Tally
    memory: Path
    judge: Judge
    seen: set[int] = field(default_factory=set)
    counts: collections.Counter[str] = field(default_factory=collections.Counter)
    torn: int = 0
    restores: collections.Counter[frozenset[str]] = field(default_factory=collections.Counter)

    def all(self) -> None:
        """Every recording on either disk."""
        size = self.job.size
        more = min(size // AGAIN, 200)
        first = Take("first", record(self.job, LIVES, {}, Known()))
        self.counts["operations"] = len(first.ops)
        self._cut(first, round(size * FIRST_SHARE))
        self._cut(self._restored(first), round(size * (FIRST_SHARE + RESTORE_SHARE)) if more else size)
        for number, left in enumerate(self._left(first, more)):
            ops = record(self.job, ["again"], left.base, left.known)
            rest = (1 - FIRST_SHARE - RESTORE_SHARE) * (more - number - 1) / more
            self._cut(Take(f"again-{number}", ops, left.base, left.known), size - round(size * rest))
        self.tally.measured |= {**self.counts, "distinct images": len(self.seen), "recordings": 2 + more,
                                "databases read": self.judge.opened}  # fmt: skip

    def _cut(self, take: Take, until: int) -> None:
        """Cut one recording until so many cases are counted in all."""
        for disk, known, name in _cuts(take, until - self.tally.cases):
            image = disk.cut(random.Random(f"{self.job.seed} {name}"))
            self.counts[f"images, {name.split()[1]} disk"] += 1
            found = {} if self._is_old(image, known) else self.judge.problems(image, known)
            if not found and self._is_sample(image, known):
                found = self._reopen(image, known)
            self.tally.case(name, found)

    def _is_old(self, image: Image, known: Known) -> bool:
        content = frozenset((n, hash(c)) for n, c in image.items() if n not in BESIDE)
        mark = hash((known.promises, content))
        if mark in self.seen:
            return True
        self.seen.add(mark)
        return False

    def _is_sample(self, image: Image, known: Known) -> bool:
        torn = self.torn < TORN and not image.get(WITNESS, b"\n").endswith(b"\n")
        self.torn += torn
        # A restore that was broken off is judged by running it again.
        if RESTORING in image:
            shape = frozenset(n for n in image if "fapiao.db" in n)
            self.restores[shape] += 1
            return self.restores[shape] % BROKEN_OFF in (1, 2, 3)
        return torn or self.tally.cases % REOPENED == REOPENED // 2

    def _reopen(self, image: Image, known: Known) -> dict[str, list[str]]:
        self.counts["opened by the product"] += 1
        junk = random.Random(self.tally.cases).randbytes(SHARED)
        # Shared memory comes to the disk when the kernel likes: what lies there means nothing.
        beside = {f"{DATA}fapiao.db-shm": junk, f"{DATA}disk.state": b"S" + junk[:4095]}
        odd = f"{DATA}fapiao.db" in image and self.counts["opened by the product"] % 2
        lay(image | beside if odd else image, self.memory / "opened")
        return reopen(self.memory / "opened" / "data", known, self.tally.cases)

    def _restored(self, take: Take) -> Take:
        """The folder in the end, with another life and a restore to come."""
        *_, (disk, known, _) = _steps(take, strict=False)
        disk.do(Op("syncdisk"))
        base, known = disk.cut(random.Random(0)), copy.deepcopy(known)
        return Take("restore", record(self.job, RESTORE, base, known), base, known)

    def _left(self, take: Take, count: int) -> Iterator[Take]:
        """What some cuts of a recording left: the ground of another."""
        chance = random.Random(self.job.seed)
        for number in range(count):
            stop = chance.randrange(len(take.ops))
            disk, known = Disk(strict=bool(number % 2)), Known()
            for op in take.ops[: stop + 1]:
                disk.do(op)
                if op.kind == "mark":
                    known.learn(op.data)
            yield Take("", [], disk.cut(chance), known)


def _cuts(take: Take, count: int) -> Iterator[tuple[Disk, Known, str]]:
    """So many cuts, over all operations; more where much is unsettled, and where it is no mere write."""
    rare = [0 if op.kind in ("write", "mark") else 12 for op in take.ops]
    for kind, strict in DISKS.items():
        weights = [1.0 + min(disk.unsure(), 24) + rare[cut] for disk, _, cut in _steps(take, strict=strict)]
        wanted = count // len(DISKS) + (count % len(DISKS)) * strict
        share, owed = wanted / sum(weights), 0.5
        for disk, known, cut in _steps(take, strict=strict):
            owed += weights[cut] * share
            for draw in range(int(owed)):
                yield disk, known, f"{take.name} {kind} {cut} {draw}"
            owed -= int(owed)


def _steps(take: Take, *, strict: bool) -> Iterator[tuple[Disk, Known, int]]:
    """The disk and the promises after each operation."""
    disk, known = Disk(strict=strict), copy.deepcopy(take.known)
    disk.load(take.base)
    for cut, op in enumerate(take.ops):
        disk.do(op)
        if op.kind == "mark":
            known.learn(op.data)
        yield disk, known, cut
