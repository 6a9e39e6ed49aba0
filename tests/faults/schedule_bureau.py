"""The bureau of a simulated schedule: every profile of channel, and every trouble a call can have.

It keeps time of its own (the world's), whatever the house's clocks say, and it keeps what a channel promises:
a call that was not answered plainly takes effect before its settle window ends, or never.
Chance is drawn per serial and contact, so that the order of a batch decides nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.channels import (
    Accepted,
    Ambiguous,
    Answer,
    ChannelCaps,
    Issued,
    Listed,
    NotFound,
    NotSent,
    Order,
    Refused,
)
from core.clock import CHINA
from tests.faults.weather import PulledPlug

EPOCH = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
"""The world's clock, when a schedule begins."""

PROFILES = {
    "idempotent": ChannelCaps(True, "strong", 120, listing=True, batch=10),
    "preassigned": ChannelCaps(False, "strong", 120, preassigned_number=True, listing=True, batch=2),
    "late-query": ChannelCaps(True, "eventual", 200, listing=True, batch=10, asynchronous=True),
    "careless": ChannelCaps(False, "strong", 120, listing=True, batch=1),
    "careless-late": ChannelCaps(False, "eventual", 200, listing=True, list_max_days=2, batch=10),
    "vague": ChannelCaps(False, "heuristic", 300, listing=True, batch=10),
    "list-only": ChannelCaps(False, "none", 120, listing=True, batch=2),
    "nothing": ChannelCaps(False, "none", 120, batch=10),
}


@dataclass
class Row:
    """A line of the bureau's ledger. :ivar shown: the world's second from which a query finds it."""

    order: Order
    issued: Issued
    company: str
    shown: float


@dataclass
class Bureau:
    """One channel that several companies use. :ivar foul: the chance of trouble in each call.

    :ivar during: called in the middle of a call: what happens meanwhile.
    """

    seed: int
    caps: ChannelCaps
    time: Callable[[], float]
    foul: float = 0.5
    name: str = "stormy"
    title: str = "风暴税局"
    during: Callable[[], None] = lambda: None
    books: list[Row] = field(default_factory=list)
    coming: list[tuple[float, str, Order, bool]] = field(default_factory=list)
    denied: dict[str, str] = field(default_factory=dict)
    contacts: dict[str, int] = field(default_factory=dict)

    def submit(self, company: str, orders: Sequence[Order]) -> Sequence[Answer]:
        """Some of the orders take effect; the answers may tell of it."""
        self.settle()
        drawn = [self._chance(order) for order in orders]
        self.during()
        answers = [self._taken(company, order, chance) for order, chance in zip(orders, drawn, strict=True)]
        self.during()
        return self._carried(company, orders, answers, drawn)

    def query(self, company: str, orders: Sequence[Order]) -> Sequence[Answer]:
        """What the bureau knows of orders; in foul weather not always that."""
        self.settle()
        drawn = [self._chance(order) for order in orders]
        answers = [self._known(order, chance) for order, chance in zip(orders, drawn, strict=True)]
        self.during()
        return self._carried(company, orders, answers, drawn)

    def listing(self, company: str, since: str, until: str) -> Sequence[Listed]:
        """The bureau's own list, by its own dates."""
        self.settle()
        return [
            Listed(row.issued.number, row.issued.serial, row.issued.issued_at, row.issued.buyer_name,
                   row.issued.total)
            for row in self.books
            if row.company == company and since <= row.issued.issued_at[:10] <= until
        ]  # fmt: skip

    def _chance(self, order: Order) -> random.Random:
        n = self.contacts[order.serial] = self.contacts.get(order.serial, 0) + 1
        return random.Random(f"{self.seed}/{order.serial}/{n}")

    def _taken(self, company: str, order: Order, chance: random.Random) -> Answer | BaseException:
        known = self._rows(order.serial) or any(o.serial == order.serial for _, _, o, _ in self.coming)
        if known and (self.caps.idempotent_by_serial or self.caps.preassigned_number):
            denials: list[Answer] = [Ambiguous("SERIAL-EXISTS"), Accepted(), Refused("2001", "流水号重复")]
            return chance.choice(denials + [row.issued for row in self._rows(order.serial)])
        self.denied.pop(order.serial, None)
        if chance.random() < self.foul:
            return self._trouble(company, order, chance)
        if chance.random() < 0.5:
            self._issue(company, order, chance)
            return Accepted() if chance.random() < 0.5 else self._rows(order.serial)[-1].issued
        # It is working on it, and says yes or no later.
        refused = self.foul > 0 and chance.random() < 0.2
        self._later(company, order, chance, refused=refused)
        return Accepted()

    def _trouble(self, company: str, order: Order, chance: random.Random) -> Answer | BaseException:
        match chance.randrange(7):
            case 0:
                return NotSent("DOWN", "没有连上", wait=chance.choice([1.0, 20.0]))
            case 1:
                return Ambiguous("REQUEST-LOST")
            case 2:
                self._issue(company, order, chance)
                return Ambiguous("ANSWER-LOST")
            case 3:
                self._later(company, order, chance, refused=False)
                return Ambiguous("EXECUTED-LATE")
            case 4:
                return Refused("3001", "购买方税号有误")
            case 5:
                self._issue(company, order, chance)
                return RuntimeError("the answer is no JSON")
            case _:
                if chance.random() < 0.5:
                    self._issue(company, order, chance)
                return PulledPlug()

    def _known(self, order: Order, chance: random.Random) -> Answer | BaseException:
        if chance.random() < self.foul / 2:
            troubles: list[Answer | BaseException] = [Ambiguous("TIMEOUT"), NotSent("DOWN", "没有连上"),
                                                      RuntimeError("no JSON"), PulledPlug()]  # fmt: skip
            return chance.choice(troubles)
        seen = [row.issued for row in self._rows(order.serial) if row.shown <= self.time()]
        # A heuristic query misses what is there, also long after.
        if seen and not (self.caps.query == "heuristic" and chance.random() < 0.4):
            return seen[0]
        if order.serial in self.denied:
            return Refused(self.denied[order.serial], "受理后被驳回")
        waiting = any(o.serial == order.serial for _, _, o, _ in self.coming)
        return Accepted() if waiting and chance.random() < 0.5 else NotFound()

    def _carried(
        self, company: str, orders: Sequence[Order], answers: list[Any], drawn: list[random.Random]
    ) -> list[Answer]:
        """The answers on their way back: lost with their reader, mixed up, cut short."""
        # A death before a mere failure, so that the order of a batch decides nothing.
        for kind in (PulledPlug, RuntimeError):
            if any(isinstance(answer, kind) for answer in answers):
                raise kind
        if not self.foul:
            return answers
        others = [row.issued for row in self.books if row.company != company]
        for at, chance in enumerate(drawn):
            lot = chance.random()
            if lot < 0.08 and others:
                # Another company's answer; at its worst with our serial on it.
                foreign = chance.choice(others)
                answers[at] = foreign if lot < 0.04 else replace(foreign, serial=orders[at].serial)
            elif lot < 0.10:
                answers[at] = {"code": 0}
        return answers

    def _later(self, company: str, order: Order, chance: random.Random, *, refused: bool) -> None:
        due = self.time() + chance.uniform(0, self.caps.settle_seconds * 0.98)
        self.coming.append((due, company, order, refused))

    def settle(self) -> None:
        """Let take effect what is due."""
        due = sorted((item for item in self.coming if item[0] <= self.time()), key=lambda item: item[0])
        self.coming = [item for item in self.coming if item[0] > self.time()]
        for at, company, order, refused in due:
            if refused:
                self.denied[order.serial] = "3002"
            else:
                self._issue(company, order, None, at)

    def _issue(
        self, company: str, order: Order, chance: random.Random | None, at: float | None = None
    ) -> None:
        if self._rows(order.serial) and (self.caps.idempotent_by_serial or self.caps.preassigned_number):
            return
        invoice, number = order.invoice, f"26110{len(self.books) + 1:015d}"
        moment = EPOCH + timedelta(seconds=at if at is not None else self.time())
        stamp = moment.astimezone(CHINA).isoformat(timespec="seconds")
        made = Issued(order.serial, number, stamp, invoice.seller.tax_id, invoice.buyer.name, invoice.total)
        shown = 0.0
        if chance is not None and self.caps.query == "eventual":
            shown = self.time() + chance.uniform(0, self.caps.settle_seconds * 0.98)
        self.books.append(Row(order, made, company, shown))

    def _rows(self, serial: str) -> list[Row]:
        return [row for row in self.books if row.issued.serial == serial]

    def made_for(self, company: str, source_ref: str, side: str) -> list[Issued]:
        """What the bureau issued for one business key, under whatever serial: what a person sees there."""
        self.settle()
        wanted = company, source_ref, side
        return [
            row.issued for row in self.books
            if (row.company, row.order.invoice.source_ref, row.order.invoice.side) == wanted
        ]  # fmt: skip

    def keys(self) -> dict[str, str]:
        """The business key behind each serial that took effect."""
        return {
            row.issued.serial: f"{row.company[-4:]} {row.order.invoice.source_ref} {row.order.invoice.side}"
            for row in self.books
        }
