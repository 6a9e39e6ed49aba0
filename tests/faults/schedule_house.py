"""The house of all schedules: opened once, put back to its first state before each, on a disk of memory.

Everything in it is real: SQLite, the ledger, the queue. Nothing waits for a disk because there is none.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core import checkpoints, clock, db, plugins, posting, registry, reopening, rng
from core.clock import FakeClock
from core.contributions import Plugin
from core.house import House
from tests.factories import SELLER
from tests.faults.schedule_bureau import EPOCH, Bureau
from tests.faults.weather import PulledPlug

MODULE = "stormy"
"""The plugin that the channel is said to come from: switched off and on."""
TAX_IDS = (SELLER.tax_id, "91110108MA01ABCD6R")
_EARLIEST, _LATEST = datetime(2001, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)


class World(FakeClock):
    """The house's clocks, and the world's own. :ivar true: seconds of the world since the schedule began.

    :ivar fuse: so many looks at a clock from now the process dies; none while it is None.
    """

    def __init__(self, *, warped: bool) -> None:
        super().__init__(EPOCH)
        self.true, self.warped, self.boots = 0.0, warped, 1
        self.fuse: int | None = None

    def now(self) -> datetime:
        self._burn()
        return self.wall

    def steady(self) -> float:
        self._burn()
        return self.mono

    def sleep(self, seconds: float) -> None:
        self.true += seconds
        super().sleep(seconds)

    def jump(self, ahead: timedelta) -> None:
        """Somebody sets the wall clock; in a calm world nobody does."""
        if self.warped:
            self.wall = min(max(self.wall + ahead, _EARLIEST), _LATEST)

    def set_wall(self, moment: datetime) -> None:
        """Somebody sets the wall clock to a day of his choice; in a calm world nobody does."""
        if self.warped:
            self.wall = moment

    def set_right(self) -> None:
        """Somebody sets the wall clock by the world's."""
        self.wall = EPOCH + timedelta(seconds=self.true)

    def restart(self) -> None:
        """The machine restarts: steady time begins anew, the world's goes on."""
        self.boots += 1
        self.reboot(f"boot-{self.boots}")

    def _burn(self) -> None:
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse <= 0:
                self.fuse = None
                raise PulledPlug


class Yard:
    """The one house, with two companies, and how it is put back."""

    def __init__(self, root: Path) -> None:
        self.root = root
        with rng.use(0), clock.use(FakeClock(EPOCH)):
            self.house = House({"FAPIAO_PLUGINS": "none"}, root)
            self.companies = [registry.create_company(f"{SELLER.name}{n}", TAX_IDS[n], "11") for n in (0, 1)]
        plugins.current().manifests[MODULE] = Plugin(MODULE, "风暴", "一个经常出错的通道")
        self._first = self.copy()

    def begin(self, bureau: Bureau) -> None:
        """A new life: the first state again, with this bureau."""
        self.put(self._first)
        self.house.signer.witness.unlink(missing_ok=True)
        posting.furnish([], [bureau], {bureau.name: MODULE})
        registry.begin(clock.boot())

    @staticmethod
    def copy() -> sqlite3.Connection:
        """A snapshot of the database, in memory."""
        kept = sqlite3.connect(":memory:", check_same_thread=False)
        db.system.connection().backup(kept)
        return kept

    @staticmethod
    def put(kept: sqlite3.Connection) -> None:
        """Put a snapshot in the place of the present state, under the open connections."""
        kept.backup(db.system.connection())

    def restore(self, kept: sqlite3.Connection, taken_at: str) -> None:
        """What `fapiao restore` does, once its files lie in place."""
        self.put(kept)
        registry.begin(clock.boot())
        reopening.begin(taken_at, self.house.signer)

    def sign(self) -> None:
        """The hourly checkpoints."""
        for company in self.companies:
            with self.house.at_company(company):
                checkpoints.checkpoint(self.house.signer)

    def close(self) -> None:
        """Close the house."""
        plugins.current().manifests.pop(MODULE, None)
        self._first.close()
        self.house.close()


@contextmanager
def opened(fallback: Path) -> Iterator[Yard]:
    """The house, in memory where the machine has such a disk, else in the folder given."""
    memory = Path("/dev/shm")
    base = memory if memory.is_dir() else fallback
    root = Path(tempfile.mkdtemp(prefix="fapiao-schedules-", dir=base))
    try:
        yard = Yard(root)
        try:
            yield yard
        finally:
            yard.close()
    finally:
        shutil.rmtree(root, ignore_errors=True)
