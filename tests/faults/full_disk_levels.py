"""What happens at each level of a full disk, and what must be so: one function for each kind of round."""

from __future__ import annotations

import os
import random
import resource
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core import clock, disk, tasks
from core.errors import StartError, Unavailable
from tests.faults import full_disk_stage as stage
from tests.faults.full_disk_visit import DONE, Visit
from tests.proof import invariants

FULL, STOPPED = 507, 503
Told = list[tuple[str, int]]
Level = tuple[str, dict[str, list[str]], list[str]]


@dataclass
class Round:
    """One server's life on one disk. :ivar origin: the folder it begins with."""

    place: Path
    origin: Path
    acked: dict[int, str]
    chance: random.Random
    levels: int
    number: int = field(default=100)

    @property
    def disk(self) -> Path:
        """Where the small disk is mounted."""
        return self.place / "disk"

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.disk / "data"

    def move_in(self) -> Visit:
        """Copy the folder to the disk and start a server on it."""
        shutil.copytree(self.origin, self.data)
        return self.start()

    def start(self) -> Visit:
        """Start a server on what lies there.

        :raise StartError: it does not start.
        """
        return Visit.open(self.data, self.place / "books").knows(self.acked)

    def begin(self, visit: Visit) -> None:
        """All is well, and one document is on its way."""
        clock.sleep(2)
        self.number += 1
        visit.send(self.number)
        # By now it is due to be asked for.
        clock.sleep(30)

    def write(self, visit: Visit) -> None:
        """Three presses of two buttons."""
        for _ in range(2):
            self.number += 1
            visit.press(self.number)
        visit.check(self.number)

    def again(self, visit: Visit) -> None:
        """The last presses once more: the clerk was not answered, or asked to wait."""
        visit.press(self.number - 1)
        visit.press(self.number)


def room(round_: Round) -> Iterator[Level]:
    """So many bytes are left, and the server looks before it is asked."""
    stage.mount(round_.disk, kilobytes=round_.chance.randrange(8_000, 16_000))
    visit = round_.move_in()
    for _ in range(round_.levels):
        round_.begin(visit)
        ballast = stage.fill(round_.disk, leave := _some(round_.chance))
        clock.sleep(2)
        short = disk._room(round_.data) < disk._floor(round_.data)
        yield _level(round_, visit, f"{leave} bytes", ballast, {FULL} if short else {FULL, *DONE})


def sudden(round_: Round) -> Iterator[Level]:
    """So many bytes are left, and the server has just looked: it meets the end in the middle of a write."""
    stage.mount(round_.disk, kilobytes=round_.chance.randrange(8_000, 16_000))
    visit = round_.move_in()
    for number in range(round_.levels):
        round_.begin(visit)
        disk.is_writable()
        ballast = stage.fill(round_.disk, leave := _some(round_.chance))
        _meet(visit, first=bool(number % 2))
        yield _level(round_, visit, f"{leave} bytes", ballast, {FULL, *DONE})


def _meet(visit: Visit, *, first: bool) -> None:
    """What is on its way meets the end of the disk first, or the clerk does."""
    if first:
        with suppress(Unavailable):
            visit.work()


def _some(chance: random.Random) -> int:
    return int(chance.choice([0, 4096, chance.randrange(400_000), 2 ** chance.uniform(12, 19)]))


def names(round_: Round) -> Iterator[Level]:
    """The disk takes only so many more files."""
    stage.mount(round_.disk, kilobytes=30_000, names=round_.chance.randrange(400, 2_000))
    visit = round_.move_in()
    for number in range(round_.levels):
        round_.begin(visit)
        disk.is_writable()
        leave = round_.chance.choice([0, 1, 2, 3, round_.chance.randrange(60)])
        many = stage.use_up_names(round_.disk, leave)
        _meet(visit, first=not number % 2)
        clock.sleep(2 * (number % 2))
        yield _level(round_, visit, f"{leave} names", many, {FULL, *DONE})


def quota(round_: Round) -> Iterator[Level]:
    """Files may grow no larger than so: how a limit on a user's share is met in the middle of a write."""
    stage.mount(round_.disk, kilobytes=30_000)
    visit = round_.move_in()
    for _ in range(round_.levels):
        round_.begin(visit)
        disk.is_writable()
        limit = round_.chance.randrange(15 * 4096)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        yield _level(round_, visit, f"{limit} bytes a file", None, {FULL, *DONE})


def _level(
    round_: Round, visit: Visit, name: str, ballast: Path | None, answers: Collection[int],
    *, heals: bool = True,
) -> Level:  # fmt: skip
    visit.told()
    round_.write(visit)
    visit.look_around()
    with suppress(Unavailable):
        visit.work()
    writes, reads = visit.told()
    found = {"I18": _honest(writes, reads, answers)}
    found |= {key: [f"while it was full: {text}" for text in texts] for key, texts in visit.problems().items()
              if key != "I5"}  # fmt: skip
    _free(ballast)
    clock.sleep(2)
    if heals:
        round_.again(visit)
        visit.look_around()
        later, reads = visit.told()
        found["I18"] += [f"with room again: {text}" for text in _honest(later, reads, DONE)]
        if not found["I18"]:
            # What could not be written down is taken up again when its lease is over.
            clock.sleep(tasks.LEASE_SECONDS + 1)
            visit.work()
            if not disk.is_writable():
                found["I18"].append(f"with room again it does not write: {disk.trouble()}")
    for key, texts in visit.problems().items():
        found[key] = [*found.get(key, []), *(texts if heals or key != "I5" else [])]
    seen = [f"{path} {status}" for path, status in writes]
    return name, {key: texts for key, texts in found.items() if texts}, seen


def _free(ballast: Path | None) -> None:
    if ballast is None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    else:
        stage.clear(ballast)


def _honest(writes: Told, reads: Told, answers: Collection[int]) -> list[str]:
    bad = [(path, status) for path, status in writes if status not in answers]
    bad_reads = [(path, status) for path, status in reads if status not in DONE]
    told = invariants.honest([s for _, s in bad], [s for _, s in bad_reads], answers)
    return [f"{path}: {text}" for (path, _), text in zip([*bad, *bad_reads], told, strict=True)]


def start(round_: Round) -> Iterator[Level]:
    """A server starts on a disk of so many kB, empty or with a full folder on it; then the disk grows."""
    stage.mount(round_.disk, kilobytes=4)
    for number in range(round_.levels):
        shutil.rmtree(round_.data, ignore_errors=True)
        stage.mount(round_.disk, kilobytes=30_000, again=True)
        if number % 2:
            shutil.copytree(round_.origin, round_.data)
        used = (os.statvfs(round_.disk).f_blocks - os.statvfs(round_.disk).f_bfree) * 4
        size = used + round_.chance.choice([0, round_.chance.randrange(64), round_.chance.randrange(2_000)])
        stage.mount(round_.disk, kilobytes=max(size, 4), again=True)
        name = f"{'full' if number % 2 else 'empty'} {size} kB"
        yield _start_level(round_, name, with_data=bool(number % 2))


def _start_level(round_: Round, name: str, *, with_data: bool) -> Level:
    found: dict[str, list[str]] = {"I18": []}
    seen = []
    for kilobytes in (0, 30_000):
        if kilobytes:
            stage.mount(round_.disk, kilobytes=kilobytes, again=True)
        clock.sleep(2)
        try:
            visit = _visited(round_, with_data)
        except (StartError, Unavailable) as refused:
            seen.append(type(refused).__name__)
            found["I18"] += [f"with room again it does not start: {refused}"] if kilobytes else []
            continue
        seen.append("starts")
        if with_data and visit.is_in:
            round_.write(visit)
            visit.look_around()
        writes, reads = visit.told()
        if with_data:
            found["I18"] += _honest(writes, reads, DONE if kilobytes else {FULL, *DONE})
            if kilobytes:
                visit.work()
                found |= {k: [*found.get(k, []), *texts] for k, texts in visit.problems().items()}
        visit.house.close()
    return name, {key: texts for key, texts in found.items() if texts}, seen


def _visited(round_: Round, with_data: bool) -> Visit:
    if with_data:
        round_.acked = {number: place for number, place in round_.acked.items() if number < 100}
        shutil.copy(round_.origin.parent / "books", round_.place / "books")
    return round_.start()


def read_only(round_: Round) -> Iterator[Level]:
    """The kernel found the disk damaged and made it read-only under a running server."""
    why = stage.mount_block_disk(round_.disk, round_.place / "image", megabytes=24)
    if why:
        return
    visit = round_.move_in()
    clock.sleep(2)
    round_.write(visit)
    visit.told()
    stage.make_read_only(round_.disk)
    name, found, seen = _level(round_, visit, "given up", round_.place / "none", {STOPPED}, heals=False)
    visit.look_around()
    visit.press(round_.number)
    writes, reads = visit.told()
    found["I18"] = [*found.get("I18", []), *_honest(writes, reads, {STOPPED})]
    visit.house.close()
    with suppress(StartError, Unavailable):
        round_.start()
        found["I18"].append("it starts on a disk that takes nothing")
    yield name, {key: texts for key, texts in found.items() if texts}, seen


KINDS: dict[str, Callable[[Round], Iterator[Any]]] = {
    "room": room, "sudden": sudden, "names": names, "quota": quota, "start": start, "read-only": read_only,
}  # fmt: skip
