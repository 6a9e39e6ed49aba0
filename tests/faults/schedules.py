"""Row R4: random schedules of requests, workers, crashes, clocks, restores and bad weather, on the real core.

One seed is one run, and `python -m tests.proof.one R4 --size 1 --seed N` repeats it. Each seed draws its
kind of channel, its weather and its steps; one in ten is lived twice, once with a wall clock that jumps.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from core import clock, rng
from tests.faults.schedule_bugs import PLANTED, planted
from tests.faults.schedule_house import Yard, opened
from tests.faults.schedule_judge import judged
from tests.faults.schedule_life import Life
from tests.proof import invariants
from tests.proof.record import Record
from tests.proof.row import Job, Tally

__all__ = ["PLANTED", "run"]


@dataclass
class Figures:
    """What is measured beside the verdict."""

    began: float = field(default_factory=time.process_time)
    lives: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    parked: Counter[str] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    stuck: float = 0.0
    restored: int = 0
    twins: int = 0

    def add(self, life: Life, record: Record) -> None:
        """Count one life."""
        self.lives[life.profile] += 1
        self.asked[life.profile] += len(record.live())
        self.parked[life.profile] += sum(leaf.kind == "invoice-parked" for leaf in record.leaves)
        self.steps += life.done
        self.seconds += life.world.true
        self.stuck += life.stuck
        self.restored += life.restored

    def as_dict(self) -> dict[str, Any]:
        """For the tally."""
        spent = time.process_time() - self.began
        return {
            "schedules_per_cpu_second": round((sum(self.lives.values()) - self.twins) / spent, 1),
            "simulated_days": round(self.seconds / 86_400, 1),
            "stuck_share": round(self.stuck / max(self.seconds, 1.0), 6),
            "restores": self.restored,
            "lived_twice": self.twins,
            "schedules": dict(self.lives),
            "parked_per_document": {p: round(self.parked[p] / max(n, 1), 3) for p, n in self.asked.items()},
            "steps": dict(self.steps),
        }


def run(job: Job) -> Tally:
    """So many seeds from the first on."""
    tally, figures = Tally(job), Figures()
    try:
        with _quiet(), opened(job.folder) as yard, planted(job.plant):
            for seed in range(job.seed, job.seed + job.size):
                found, record = live(yard, seed, figures)
                if Life.is_twin(seed):
                    figures.twins += 1
                    _, calm = live(yard, seed, figures, warped=False)
                    found["I15"] = invariants.time_proof(calm, record)
                tally.case(f"seed {seed}", found)
    finally:
        tally.measured = figures.as_dict()
    return tally


def live(
    yard: Yard, seed: int, figures: Figures, *, warped: bool = True
) -> tuple[dict[str, list[str]], Record]:
    """Live one seed: what is broken, and what lies in the folder at its end."""
    life = Life(yard, seed, warped=warped)
    with rng.use(seed), clock.use(life.world):
        life.begin()
        life.live()
        found, record = judged(life)
    life.forget()
    figures.add(life, record)
    return found, record


@contextmanager
def _quiet() -> Iterator[None]:
    # Every second call fails here; the log would be most of the work.
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
