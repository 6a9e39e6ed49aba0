"""An honest company's life under one seed: what a forger alters, what rots, and what raises no alarm."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from core import (
    checkpoints,
    clock,
    db,
    decisions,
    documents,
    posting,
    registry,
    reopening,
    rng,
    scope,
    soundness,
    strays,
)
from core.channels import Answer, ChannelCaps, File, Issued, Listed, Order
from core.clock import FakeClock
from core.contributions import Actor
from core.house import House
from core.posting import post
from core.sqlite import House as Database
from core.sqlite import _authorize
from core.states import State
from tests.factories import BUYER, SELLER, draft, line
from tests.faults.weather import PulledPlug, StormyChannel

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
BARE = {"FAPIAO_PLUGINS": "none"}
CAPS = (
    ChannelCaps(idempotent_by_serial=True, query="strong", settle_seconds=120, listing=True, batch=10),
    ChannelCaps(idempotent_by_serial=False, query="strong", settle_seconds=120, listing=True, batch=10),
    ChannelCaps(idempotent_by_serial=False, query="heuristic", settle_seconds=300, batch=10, simulated=True),
)


@dataclass
class FilingChannel(StormyChannel):
    """The stormy bureau, which hands out an original with every invoice."""

    def submit(self, company: str, orders: Sequence[Order]) -> Sequence[Answer]:
        return [self._filed(answer) for answer in super().submit(company, orders)]

    def query(self, company: str, orders: Sequence[Order]) -> Sequence[Answer]:
        return [self._filed(answer) for answer in super().query(company, orders)]

    @staticmethod
    def _filed(answer: Answer) -> Answer:
        if not isinstance(answer, Issued):
            return answer
        text = f"<invoice number='{answer.number}' total='{answer.total}'/>\n" * 20
        return replace(answer, files=(File(f"{answer.number}.xml", "application/xml", text.encode()),))


class Life:
    """One company. Every step is one that people, workers or machines take in an honest house."""

    def __init__(self, root: Path, seed: int, now: FakeClock) -> None:
        self.root, self.now, self.boots, self.asked = root, now, 1, 0
        self.chance = random.Random(seed)
        self.channel = FilingChannel(self.chance, CAPS[seed % len(CAPS)])
        self.house = self._opened()
        self.company = registry.create_company(SELLER.name, SELLER.tax_id, "11")
        self.actors = [Actor(f"u{n}", "张三", self.company, "owner", {self.company: "owner"}) for n in (1, 2)]
        self.runner = self.house.runner()

    def _opened(self) -> House:
        self.root.mkdir(exist_ok=True)
        house = House(BARE, self.root)
        # What is under test here is what rows say, not whether a power cut spares them.
        for link in (db.system.obj, db.guarded.obj):
            sqlite3.Connection.execute(unwatched(link.connection()), "PRAGMA synchronous = OFF")
            watched(link)
        posting.furnish([], [self.channel])
        return house

    def live(self, steps: int) -> Iterator[str]:
        """So many steps; yields the name of each."""
        acts: list[tuple[Callable[[], None], int]] = [
            (self.ask_for, 30), (self.ask_again, 10), (self.work, 80), (self.wait, 30), (self.decide, 20),
            (self.sign, 8), (self.set_up, 3), (self.restart, 2), (self.reboot, 2), (self.stray, 2),
            (self.restored, 1),
        ]  # fmt: skip
        for _ in range(steps):
            act = self.chance.choices([act for act, _ in acts], [weight for _, weight in acts])[0]
            with scope.opened(self.company, "u1"):
                act()
            yield act.__name__

    def ask_for(self) -> None:
        self.asked += 1
        self._post(self.asked)

    def ask_again(self) -> None:
        if self.asked:
            self._post(self.chance.randint(1, self.asked))

    def _post(self, number: int) -> None:
        buyer = replace(BUYER, name=f"{BUYER.name}{number % 7}")
        lines = tuple(line(entered=100 * number + n) for n in range(1 + number % 3))
        wanted = draft(source_ref=f"A-{number}", order_no=f"O-{number // 2}", buyer=buyer, lines=lines)
        if registry.frozen():
            return
        post(wanted, f"k{number}-{self.chance.randint(1, 3)}", self.chance.choice(self.actors))

    def work(self) -> None:
        try:
            self.runner.run_once()
        except PulledPlug:
            # The worker is gone with its leases; another takes its place.
            self.runner = self.house.runner()

    def wait(self) -> None:
        self.now.sleep(self.chance.choice([0.5, 2, 10, 61, 130, 310]))

    def decide(self) -> None:
        for document in documents.documents([State.PARKED]):
            lot = self.chance.random()
            if lot < 0.3 and not registry.frozen():
                decisions.requeue(document.id, self.actors[0], document.version)
            elif lot < 0.5:
                decisions.give_up(document.id, self.actors[1], document.version)

    def sign(self) -> None:
        checkpoints.checkpoint(self.house.signer)

    def sign_now(self) -> None:
        """Sign, from outside of the steps."""
        with scope.opened(self.company):
            self.sign()

    def set_up(self) -> None:
        registry.switch(self.chance.choice(["archive", "templates"]), self.chance.random() < 0.5, "user:u1")
        registry.set_company_setting("footer", str(self.chance.randrange(1000)), "user:u1")

    def stray(self) -> None:
        number = f"26999{self.chance.randrange(10**15):015d}"
        with db.transaction():
            strays.add(Listed(number, rng.token(10), "2026-11-24T09:00:00+08:00", "某公司", 11300), "stormy")
        if self.chance.random() < 0.5:
            strays.settle(number, "旧系统开的", "user:u1")

    def restart(self) -> None:
        """The server is stopped and started."""
        self.house.close()
        self.house = self._opened()
        self.runner = self.house.runner()
        self.runner.recover()

    def reboot(self) -> None:
        """The machine starts anew, and with it the steady clock."""
        self.boots += 1
        before = self.now.steady()
        self.now.reboot(f"boot-{self.boots}")
        self.channel.late = [(due - before, order) for due, order in self.channel.late]
        self.restart()

    def restored(self) -> None:
        """A snapshot taken this moment is put back; later the house opens again."""
        reopening.begin(clock.stamp(), self.house.signer)
        reopening.announce(self.house.signer)
        self.now.sleep(1000)
        reopening.step(self.house.signer, compared=True)


def unwatched(link: sqlite3.Connection) -> sqlite3.Connection:
    """A connection without its authorizer: whoever has the file has every right over it."""
    link.set_authorizer(None)
    return link


def watched(database: Database) -> None:
    """Put the authorizer back."""
    if database.guarded:
        database.connection().set_authorizer(_authorize)  # type: ignore[no-untyped-call]


@contextmanager
def lived(root: Path, seed: int, steps: int) -> Iterator[Life]:
    """An honest life of so many steps, in the clock and the chance of its seed."""
    start = FakeClock(START)
    with rng.use(seed), clock.use(start):
        life = Life(root, seed, start)
        try:
            for _ in life.live(steps):
                pass
            yield life
        finally:
            life.house.close()


def judged(house: House) -> list[str]:
    """All that the product itself finds wrong, as `fapiao ledger verify` asks; each names its company."""
    found = soundness.house(house.signer)
    for company in registry.companies():
        with scope.opened(company.id):
            found += [f"{company.id}: {text}" for text in soundness.company(house.signer).problems]
    return found
