"""One seed, one life: two companies at one bureau, their people, workers, machines and accidents."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core import clock, db, decisions, documents, posting, registry, reopening, scope, sending, strays
from core.channels import Listed
from core.contributions import Actor
from core.documents import Document
from core.errors import Conflict, Unavailable
from core.invoice import RED, Invoice
from core.states import State
from tests.factories import SELLER, draft, line
from tests.faults.schedule_bureau import PROFILES, Bureau
from tests.faults.schedule_house import MODULE, TAX_IDS, World, Yard
from tests.faults.weather import PulledPlug
from tests.proof.invariants import Ack

STEPS = 36
KEYS = 4
"""Business keys of a company, at most."""
ROUNDS = 1
"""So often everybody asks again in fair weather."""
TWIN_EVERY = 10
"""One seed in so many is lived twice: in a calm world, and with a wall clock that jumps."""
_LEAP = datetime(2028, 2, 28, 15, 59, 30, tzinfo=UTC)
_OPEN = "('queued', 'sending', 'accepted', 'unknown')"


class Life:
    """One company's and its neighbour's life under one seed."""

    def __init__(self, yard: Yard, seed: int, *, warped: bool = True) -> None:
        self.yard, self.seed = yard, seed
        self.chance = random.Random(seed)
        self.twin = self.is_twin(seed)
        self.profile = self.chance.choice(list(PROFILES))
        caps = PROFILES[self.profile]
        self.world = World(warped=warped)
        # What differs between twins is the wall clock alone, and by it the order within a batch.
        self.bureau = Bureau(seed, replace(caps, batch=50) if self.twin else caps, lambda: self.world.true)
        self.bureau.foul = self.chance.choice([0.2, 0.5, 0.7])
        self.asked: list[tuple[int, int]] = []
        self.acks: list[Ack] = []
        self.snapshot: tuple[sqlite3.Connection, str, int] | None = None
        self.done: Counter[str] = Counter()
        self.inside = self.restored = 0
        self.stuck = 0.0

    @staticmethod
    def is_twin(seed: int) -> bool:
        """Whether this seed is lived twice."""
        return seed % TWIN_EVERY == 0

    def begin(self) -> None:
        """Move in. The clock and chance in force are this life's."""
        self.yard.begin(self.bureau)
        self.companies = self.yard.companies
        self.actors = [Actor(f"u{n}", "张三", c, "owner", {c: "owner"}) for n, c in enumerate(self.companies)]
        self.runners = [self.yard.house.runner() for _ in range(2)]
        if not self.twin:
            self.bureau.during = self.meanwhile

    def live(self) -> None:
        """The foul part, then fair weather until all is settled."""
        acts = [
            (self.ask_for, 5), (self.ask_again, 3), (self.work, 12), (self.wait, 6), (self.decide, 2),
            (self.callback, 2), (self.tick, 3), (self.reboot, 0.6), (self.switch, 0.6), (self.jump, 0.8),
            (self.take_snapshot, 1.2), (self.restore, 0.9), (self.sign, 0.3),
        ]  # fmt: skip
        for act in self.chance.choices([a for a, _ in acts], [w for _, w in acts], k=STEPS):
            self.done[act.__name__] += 1
            act()
        self.heal()

    # What people and their programs do.

    def ask_for(self) -> None:
        who = self.chance.choice([0, 0, 0, 1])
        number = sum(w == who for w, _ in self.asked) + 1
        if number <= KEYS:
            self.asked.append((who, number))
            self._post(who, number)

    def ask_again(self) -> None:
        if self.asked:
            self._post(*self.chance.choice(self.asked))

    def _post(self, who: int, number: int) -> None:
        key = f"k{number}-{self.chance.randint(1, 2)}"
        try:
            with scope.opened(self.companies[who], f"u{who}"):
                outcome = posting.post(wanted(who, number), key, self.actors[who])
        except Unavailable:
            return
        if outcome.document is not None:
            document = outcome.document
            self.acks.append(Ack(self.companies[who], document.id, f"A-{who}-{number}", document.snapshot))

    def decide(self) -> None:
        """A person looks at the parked ones: reads the bureau's list, and only then decides."""
        for who, company in enumerate(self.companies):
            with scope.opened(company, f"u{who}"):
                parked = documents.documents([State.PARKED])
                for document in sorted(parked, key=lambda d: (d.invoice.source_ref, d.invoice.side)):
                    self._decide_one(document, who)

    def _decide_one(self, document: Document, who: int) -> None:
        ref, side = document.invoice.source_ref, document.invoice.side
        lot = self.chance.random()
        try:
            if self.bureau.made_for(self.companies[who], ref, side):
                sending.ask_now(document.id)
            elif lot < 0.5:
                decisions.requeue(document.id, self.actors[who], document.version)
            elif lot < 0.6:
                decisions.give_up(document.id, self.actors[who], document.version)
        except (Conflict, Unavailable):
            self.done["refused"] += 1

    def callback(self) -> None:
        """The bureau calls back: early, twice, about serials of anybody and nobody."""
        serials = [row.issued.serial for row in self.bureau.books] + ["AAAABBBBCCCCDDDD2345"]
        serials += sorted(order.serial for _, _, order, _ in self.bureau.coming)
        event = f"e{self.chance.randint(1, 5)}"
        sending.heard(self.bureau.name, self.chance.choice(sorted(serials)), event)

    def switch(self) -> None:
        self._switch(self.chance.randrange(2), self.chance.random() < 0.4)

    def _switch(self, who: int, on: bool) -> None:
        with scope.opened(self.companies[who], f"u{who}"):
            registry.switch(MODULE, on, self.actors[who].label)

    # What machines do.

    def work(self) -> None:
        which = self.chance.randrange(2)
        if not self.twin and self.chance.random() < 0.15:
            self.world.fuse = self.chance.randint(1, 30)
        self._work(which)

    def _work(self, which: int) -> bool:
        try:
            return self.runners[which].run_once()
        except PulledPlug:
            self.done["crash"] += 1
            self.runners[which] = self.yard.house.runner()
            if self.chance.random() < 0.5:
                # Started anew by whoever watches over it; else others take over when its lease is out.
                self.world.fuse = None
                self.runners[which].recover()
            return True
        finally:
            self.world.fuse = None

    def meanwhile(self) -> None:
        """In the middle of a call to the bureau, other things happen."""
        if self.inside or self.bureau.foul == 0 or self.chance.random() > 0.12:
            return
        self.inside, fuse = 1, self.world.fuse
        self.world.fuse = None
        self.done["meanwhile"] += 1
        try:
            self.world.sleep(self.chance.choice([0.0, 1.0, 30.0, 61.0]))
            act = self.chance.choice([self.ask_again, self.work, self.work, self.decide, self.callback])
            act()
            if self.chance.random() < 0.5:
                self.work()
        finally:
            self.inside, self.world.fuse = 0, fuse

    def wait(self) -> None:
        self._sleep(self.chance.choice([0.5, 2, 10, 61, 130, 250]))

    def _sleep(self, seconds: float) -> None:
        found = db.system.execute_sql(
            f"SELECT 1 FROM _document d WHERE state IN {_OPEN} AND NOT EXISTS (SELECT 1 FROM _task t"
            " WHERE t.company = d.company AND t.ref = d.id AND t.state <> 'dead') LIMIT 1"
        ).fetchone()
        if found:
            self.stuck += seconds
        self.world.sleep(seconds)

    def tick(self) -> None:
        self.runners[self.chance.randrange(2)].tick_once()

    def sign(self) -> None:
        self.yard.sign()

    def reboot(self) -> None:
        self.world.restart()
        self.world.sleep(self.chance.choice([5, 60]))
        self._start_anew()

    def _start_anew(self) -> None:
        registry.begin(clock.boot())
        reopening.look_back(self.yard.house.signer)
        self.runners = [self.yard.house.runner() for _ in range(2)]
        self.runners[0].recover()

    def jump(self) -> None:
        """Somebody sets the wall clock."""
        way = self.chance.randrange(8)
        if way == 7:
            self.world.set_wall(_LEAP)
        else:
            days = (1 / 24, -1 / 24, 365, -365, 3652, 31, -1)[way]
            self.world.jump(timedelta(days=days))

    def take_snapshot(self) -> None:
        self.forget()
        self.snapshot = self.yard.copy(), clock.stamp(), len(self.acks)

    def restore(self) -> None:
        """The house goes down, an older state is put in its place, and it starts again."""
        if self.snapshot is None:
            return
        kept, taken_at, acks = self.snapshot
        self.restored += 1
        self.acks = self.acks[:acks]
        # Whoever restores looks at the clock.
        self.world.set_right()
        self.yard.restore(kept, taken_at)
        if self.chance.random() < 0.3:
            self.world.restart()
        self._start_anew()
        reopening.announce(self.yard.house.signer)

    def forget(self) -> None:
        """Let go of the snapshot."""
        if self.snapshot is not None:
            self.snapshot[0].close()
            self.snapshot = None

    # Fair weather.

    def heal(self) -> None:
        """Everything works again; everybody who waits for an invoice asks again."""
        self.bureau.foul, self.bureau.during = 0.0, lambda: None
        for who in (0, 1):
            self._switch(who, True)
        rounds = 0
        for turn in range(400):
            while self._work(turn % 2):
                pass
            if turn % 4 == 3 or registry.frozen():
                self.runners[0].tick_once()
                self._compare_by_hand()
            if self._is_settled():
                if rounds == ROUNDS:
                    return
                rounds += 1
                for who, number in self.asked:
                    self._post(who, number)
                self.decide()
            else:
                # Questions come ever less often: several of one document fall into one stretch.
                self._sleep(45.0)

    def _is_settled(self) -> bool:
        found = db.system.execute_sql(f"SELECT 1 FROM _document WHERE state IN {_OPEN} LIMIT 1").fetchone()
        return not found and not registry.frozen()

    def _compare_by_hand(self) -> None:
        """A bureau that gives no list: a person reads its records, and notes what the house forgot."""
        self.bureau.settle()
        found = reopening.pending()
        if found is None or self.bureau.caps.listing or self.bureau.coming:
            return
        signer = self.yard.house.signer
        for company in self.companies:
            with scope.opened(company), db.transaction():
                known = {serial for (serial,) in db.rows("SELECT serial FROM document")}
                for row in self.bureau.books:
                    if row.company == company and row.issued.serial not in known:
                        made = row.issued
                        listed = Listed(made.number, made.serial, made.issued_at, made.buyer_name, made.total)
                        strays.add(listed, self.bureau.name)
        reopening.step(signer, compared=True)


def wanted(who: int, number: int) -> Invoice:
    """What a company's customer asks for: the same for ever; every fourth is a red one."""
    lines = (line(entered=10_000 + 100 * number + who),)
    side = {"side": RED, "red_of": "26110000000000000001"} if number == KEYS else {}
    seller = replace(SELLER, tax_id=TAX_IDS[who])
    ref = f"A-{who}-{number}"
    return draft(source_ref=ref, order_no=ref, lines=lines, seller=seller, **side)
