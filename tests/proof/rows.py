"""The rows of the proof: where each one's code is, and how large it is in each column."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.proof.row import Job, Tally

COLUMNS = ("ci", "nightly", "release")


@dataclass(frozen=True, slots=True)
class Row:
    """One row. :ivar module: has `run(job) -> Tally` and `PLANTED`, the names of bugs it must catch.
    :ivar sizes: cases wanted per column. :ivar seconds: what the CI column may take, alone on one core.
    """

    id: str
    title: str
    module: str
    sizes: tuple[int, int, int]
    seconds: int = 120

    def size(self, column: str) -> int:
        """How many cases that column wants."""
        return self.sizes[COLUMNS.index(column)]

    @property
    def run(self) -> Callable[[Job], Tally]:
        """The code."""
        found: Callable[[Job], Tally] = importlib.import_module(self.module).run
        return found

    @property
    def planted(self) -> Sequence[str]:
        """Names of the bugs that can be planted for it."""
        return list(getattr(importlib.import_module(self.module), "PLANTED", ()))


ROWS = [
    Row("R1", "a fault at every file call", "tests.faults.syscalls", (500, 4_000, 12_000)),
    Row("R2", "power cuts", "tests.faults.powercut", (50_000, 1_000_000, 10_000_000), 240),
    Row("R3", "kill -9 under load", "tests.faults.kills", (100, 2_000, 10_000), 180),
    Row("R4", "simulated schedules", "tests.faults.schedules", (5_000, 200_000, 1_000_000), 180),
    Row("R5", "same-key storms", "tests.faults.same_key", (200, 5_000, 20_000)),
    Row("R6", "a full disk", "tests.faults.full_disk", (50, 500, 2_000)),
    Row("R7", "bit rot", "tests.faults.rot", (500, 10_000, 100_000)),
    Row("R8", "tampering with full rights", "tests.faults.tamper", (2_000, 20_000, 100_000)),
    Row("R10", "upgrades killed at each statement", "tests.faults.upgrades", (60, 200, 2_000), 60),
    Row("R11", "hostile plugins", "tests.faults.zoo", (60, 60, 60), 240),
    Row("R13", "network faults", "tests.faults.toxics", (60, 1_200, 12_000), 240),
    Row("S1", "every route as every stranger", "tests.hostile.strangers", (8_000, 24_000, 24_000)),
    Row("S2", "random SQL under one company", "tests.hostile.queries", (5_000, 100_000, 1_000_000)),
    Row("S3", "hostile uploads", "tests.hostile.uploads", (400, 50_000, 1_000_000), 180),
    Row("S4", "resources in rendered HTML", "tests.hostile.resources", (240, 5_000, 50_000), 180),
    Row("S5", "template injection", "tests.hostile.injection", (150, 2_000, 50_000), 180),
    Row("S6", "addresses inside", "tests.hostile.addresses", (200, 700, 700)),
    Row("S7", "stored scripts in a real browser", "tests.hostile.scripts", (15, 60, 60), 180),
    Row("S8", "unsafe methods and safe ones", "tests.hostile.methods", (100, 300, 300)),
    Row("S9", "fuzzed forms and queries", "tests.hostile.fuzz", (2_000, 50_000, 500_000)),
    Row("S11", "static gates", "tests.hostile.gates", (1, 1, 1)),
    Row("S12", "secrets and set-up", "tests.hostile.secrets", (200, 200, 200)),
]

BY_ID = {row.id: row for row in ROWS}
