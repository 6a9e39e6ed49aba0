"""R6: a full disk, at every level. A server with all modules on a small disk of its own, and a clerk at it.

Rounds of levels, each round one server in one child: `room` (so many bytes left, and the server looks),
`sudden` (so many left, and it has just looked), `names` (so few more files), `quota` (files may grow no
larger), `start` (the server starts on so small a disk), `read-only` (the kernel gave the disk up), and once
`server`, a real one reached over HTTP. At each level writes are answered as done (and then are), or 507;
pages go on; nothing is half written; and with the room back it goes on by itself.
"""

from __future__ import annotations

import json
import logging
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache

from core import clock
from tests.faults import flow_child, full_disk_levels, full_disk_server
from tests.faults import full_disk_stage as stage
from tests.faults.full_disk_bugs import BUGS
from tests.faults.full_disk_levels import Round
from tests.faults.full_disk_visit import START, Clock, build
from tests.proof.row import Job, Tally

PLANTED = tuple(BUGS)
LEVELS = 5
"""So many levels in a round: a server's start is dear."""
PLAN = ("room", "sudden", "names", "sudden", "start", "room", "quota", "sudden", "read-only")


@dataclass(frozen=True, slots=True)
class Bench:
    """What every round begins with: a folder, the bureau's books, and the addresses of its documents."""

    folder: Path
    acked: dict[int, str]
    plant: str

    def run(self, kind: str, seed: int) -> Any:
        """One round in a child: its levels, each a name and what is wrong by invariant."""
        place = self.folder / "round"
        shutil.rmtree(place, ignore_errors=True)
        (place / "disk").mkdir(parents=True)
        shutil.copy(self.folder / "books", place / "books")

        def child() -> list[Any]:
            logging.disable()
            stage.alone()
            if self.plant:
                BUGS[self.plant]()
            chance = random.Random(f"{kind} {seed}")
            round_ = Round(place, self.folder / "data", dict(self.acked), chance, LEVELS)
            with clock.use(Clock(START)):
                return list(full_disk_levels.KINDS[kind](round_))

        return flow_child.answer(child, place / "out", 120)


def run(job: Job) -> Tally:
    """About `size` levels."""
    tally = Tally(job)
    (job.folder / "trial").mkdir()
    tally.skipped = stage.missing(job.folder / "trial")
    if tally.skipped:
        return tally
    began = time.monotonic()
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(_made(job.folder / "templates"))}
    bench = prepared(job.folder, job.plant)
    kinds: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    for kind, seed in rounds(job):
        if tally.cases >= job.size:
            break
        for name, found, seen in judged(bench, kind, seed):
            statuses.update(seen)
            kinds[kind] += 1
            tally.case(name, found)
    if job.size >= 20 and not job.plant:
        tally.case("server", full_disk_server.problems(job.folder / "data", job.folder / "served"))
    tally.measured |= {"levels": dict(kinds), "answers": dict(statuses),
                       "levels_per_second": round(tally.cases / (time.monotonic() - began), 2)}  # fmt: skip
    return tally


def prepared(folder: Path, plant: str = "") -> Bench:
    """The folder that every round copies, made in a child; what it imports is imported here."""
    out = folder / "acked"

    def make() -> None:
        out.write_text(json.dumps(build(folder / "data", folder / "books")))

    flow_child.warm_up(make, folder / "warm")
    return Bench(folder, {int(number): place for number, place in json.loads(out.read_text()).items()}, plant)


def rounds(job: Job) -> Iterator[tuple[str, int]]:
    """Kinds of rounds and their seeds, without end."""
    number = 0
    while True:
        yield PLAN[number % len(PLAN)], job.seed * 1000 + number
        number += 1


def judged(bench: Bench, kind: str, seed: int) -> Iterator[tuple[str, dict[str, list[str]], list[str]]]:
    """The levels of a round; a round that gives no answer is a level that broke."""
    try:
        for level, found, seen in bench.run(kind, seed):
            yield f"{kind} {seed} {level}", found, seen
    except flow_child.Died as error:
        yield f"{kind} {seed}", {"I18": [f"the server broke: {error}"]}, []


def _made(folder: Path) -> str:
    folder.mkdir()
    return str(folder)
