"""R3: `kill -9` of the real server and its companions under load; then both ledgers are compared.

A case is one death: of the server, of everything at once, of a server just being born, of the worker or the
bureau alone, or a second server that wants the same folder. Moments are drawn by seed; what the processes
were doing then is the machine's choice.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.spread import spread
from core.net import NoAnswer, NotConnected
from tests.faults import kills_bugs
from tests.faults.kills_crowd import Crowd, at_most, see_through
from tests.faults.kills_site import Site, opened, quiet_port
from tests.proof.invariants import Problems, agree, atomic, durable, immutable, money, once, provable, sound
from tests.proof.record import Record
from tests.proof.row import Job, Tally

PLANTED = tuple(kills_bugs.PLANTED)

PER_HOUSE = 200
"""Deaths of one data folder: after so many a new one is taken, so that its record stays small."""
CLERKS = 5
FAULTS = {
    "drop_answer": {"every": 10}, "execute_late": {"every": 20, "seconds": 2}, "latency_ms": {"value": 80},
}  # fmt: skip
"""Slow enough that whoever dies, dies with something in flight."""
SETTLE = 12
"""Longer than a bureau that is down itself may be late with what it was asked for."""
WORK_SECONDS = 2.5
LOOKS = 8
"""A document that is on its way at so many deaths in a row is on none: each of them ends what was."""
VICTIMS = {"server": 22, "all": 12, "newborn": 6, "worker": 35, "bureau": 25}
FIRST = ("worker", "all", "rivals", "server", "bureau", "newborn")
"""Each kind once, in this order, before chance decides."""
RIVALS_EVERY = 25
OFTEN = {"worker": 2, "bureau": 1}
"""Deaths of a companion under one server: one that dies again is started ever later, and a bureau that is
away for long is late with what it was asked for."""


@dataclass
class Fire:
    """One data folder under fire."""

    tally: Tally
    site: Site
    crowd: Crowd
    chance: random.Random
    deaths: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=lambda: Counter(OFTEN))
    worked: set[str] = field(default_factory=set)
    looks: Counter[str] = field(default_factory=Counter)

    def live(self, count: int, label: str) -> None:
        """So many deaths, and a look after each."""
        for number in range(count):
            # A bureau that makes two invoices of one serial is the sterner one.
            self.site.settings["FAPIAO_BUREAU_IDEMPOTENT"] = str(int(number * 2 >= count))
            victim = self._next(number)
            self.deaths[victim] += 1
            self._await_a_moment()
            found = self._die(victim)
            found["I6"] = [*found.get("I6", []), *self._forgotten()]
            found["I3"] = once(self.site.books())
            found["stray"] = self.site.lingering()
            self.tally.case(f"{label} death={number} {victim}", found)

    def _await_a_moment(self) -> None:
        # Half of the deaths come when the worker has something in hand, the others whenever they come.
        if self.chance.random() < 0.5:
            end = time.monotonic() + WORK_SECONDS
            while not self.site.at_work() - self.worked and time.monotonic() < end:
                time.sleep(0.03)
        time.sleep(self.chance.uniform(0.02, 0.6))
        self.worked |= self.site.at_work()

    def _forgotten(self) -> Problems:
        flying = self.site.in_flight()
        self.looks = Counter({document: self.looks[document] + 1 for document in flying})
        return [f"{each} is in flight through {LOOKS} deaths" for each, n in self.looks.items() if n == LOOKS]

    def _next(self, number: int) -> str:
        if number < len(FIRST):
            return FIRST[number]
        if number % RIVALS_EVERY == 0:
            return "rivals"
        victim = self.chance.choices(list(VICTIMS), list(VICTIMS.values()))[0]
        return victim if victim not in OFTEN or self.left[victim] else "server"

    def _die(self, victim: str) -> dict[str, Problems]:
        if victim in OFTEN:
            self.left[victim] -= 1
            return {"I6": self.site.strike_companion(victim)}
        found: dict[str, Problems] = {}
        if victim == "rivals":
            # More of them than the failed starts after which a server begins in safe mode.
            found["F04"] = next(filter(None, (self.site.rival() for _ in range(3))), [])
        self.site.strike(*(("worker", "bureau") if victim == "all" else ()))
        if victim == "all":
            found |= self._as_it_lies()
        if victim == "newborn":
            self._stillborn()
        self.site.start()
        self.left = Counter(OFTEN)
        return found | {"ready": self.site.slow()}

    def _as_it_lies(self) -> dict[str, Problems]:
        acks = list(self.crowd.acks)
        record = self.site.record()
        return {"I1": durable(record, acks), "I2": atomic(record), "I7": immutable(record),
                "I8": provable(record), "I13": money(record)}  # fmt: skip

    def _stillborn(self) -> None:
        self.site.spawn()
        time.sleep(self.chance.uniform(0.1, 0.9))
        self.site.strike()

    def heal(self) -> Problems:
        """Calm the bureau and see everything through; a person decides what no machine may."""
        # It may just have been struck, and be on its way back.
        for _ in at_most(30):
            with suppress(NotConnected, NoAnswer):
                self.site.bureau.control("POST", "/api/faults", {"reset": True})
                break
        left = see_through(self.site, self.crowd.browsers[0], 60 + 3 * SETTLE)
        return [*left, f"worker.log ends: {_last_lines(self.site.data / 'worker.log')}"] if left else []


def run(job: Job) -> Tally:
    """Kill until the number is reached."""
    tally = Tally(job)
    figures: list[Mapping[str, object]] = []
    began = time.monotonic()
    for first in range(0, job.size, PER_HOUSE):
        figures.append(_house(tally, min(PER_HOUSE, job.size - first), job.seed + first))
        tally.measured = {
            "seconds": round(time.monotonic() - began, 1),
            "houses": figures if len(figures) < 10 else figures[-1:],
        }
    return tally


def _house(tally: Tally, count: int, seed: int) -> dict[str, object]:
    job = tally.job
    settle = SETTLE if count > len(FIRST) else SETTLE // 2
    settings = {"FAPIAO_BUREAU_SETTLE_SECONDS": str(settle), "FAPIAO_BUREAU_IDEMPOTENT": "0"}
    site = Site(job.folder / f"house-{seed}" / "data", quiet_port(), settings=settings)
    if job.plant:
        site.program = ("tests.faults.kills_planted", f"{kills_bugs.__name__}:{job.plant}")
    with opened(site):
        site.bureau.control("POST", "/api/faults", {"reset": True, "seed": str(seed), "faults": FAULTS})
        crowd = Crowd(site.port, site.company, CLERKS, seed)
        crowd.start()
        fire = Fire(tally, site, crowd, random.Random(seed))
        try:
            fire.live(count, f"seed={seed}")
        except SystemExit as error:
            said = _last_lines(site.data.parent / "server.log")
            tally.case(f"seed={seed}", {"ready": [f"{error}: {said}"]})
            return _figures(fire)
        crowd.finish(60)
        found = _afterwards(fire)
    tally.case(f"seed={seed} at the end", found)
    return _figures(fire)


def _afterwards(fire: Fire) -> dict[str, Problems]:
    site, crowd = fire.site, fire.crowd
    found = {"heal": fire.heal(), "I10": crowd.amiss}
    family = site.family()
    site.stop()
    found["stray"] = [f"{each.name} outlived a server that was stopped" for each in family if each.is_alive]
    found["stray"] += _gone(site)
    record, books = site.record(), site.books()
    return found | {"I1": durable(record, crowd.acks)} | sound(record) | agree(record, books, _refs(record))


def _gone(site: Site) -> Problems:
    for _ in at_most(16):
        if not any(each.is_alive for _, each in site.left):
            return []
    return site.lingering()


def _refs(record: Record) -> dict[str, str]:
    """The business key of every serial that was ever used, also of those a person replaced."""
    keys = {paper.id: paper.source_ref for paper in record.papers}
    return {
        str(leaf.said["serial"]): keys[leaf.subject]
        for leaf in record.leaves if leaf.subject in keys and "serial" in leaf.said
    }  # fmt: skip


def _last_lines(log: Path) -> str:
    return log.read_text(errors="replace")[-600:]


def _figures(fire: Fire) -> dict[str, object]:
    site, record = fire.site, fire.site.record()
    kinds: Iterable[str] = (leaf.kind for leaf in record.leaves)
    counted = Counter(kinds)
    return {
        "deaths": dict(fire.deaths),
        "acknowledged": len(fire.crowd.acks),
        "pressed_again": fire.crowd.retries,
        "were_unknown": counted["invoice-unknown"],
        "were_parked": counted["invoice-parked"],
        "issued": counted["invoice-issued"],
        **spread("start", site.starts[1:] or site.starts),
        "slowest_start_of_its_own": round(max(site.owns[1:] or site.owns), 2),
    }
