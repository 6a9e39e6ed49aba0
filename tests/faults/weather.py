"""A bureau in bad weather: loses requests and answers, executes late, denies what it did, dies in the call.

One seed is one run: every choice is drawn from the chance given, every delay from the steady clock.
What a channel may promise is kept: an ambiguous call takes effect before its settle window ends, or never.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from core import clock
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


class PulledPlug(BaseException):
    """The process died in the middle of a call."""


@dataclass
class StormyChannel:
    """The channel of one simulated company; `foul` is the chance of trouble in each call."""

    chance: random.Random
    caps: ChannelCaps
    foul: float = 0.5
    name: str = "stormy"
    title: str = "风暴税局"
    books: list[tuple[Order, Issued]] = field(default_factory=list)
    late: list[tuple[float, Order]] = field(default_factory=list)

    def submit(self, company: str, orders: Sequence[Order]) -> Sequence[Answer]:
        self._execute_due()
        return [self._one(order) for order in orders]

    def _one(self, order: Order) -> Answer:
        known = self._of(order.serial) or any(o.serial == order.serial for _, o in self.late)
        if known and self.caps.idempotent_by_serial:
            denials: list[Answer] = [Ambiguous("SERIAL-EXISTS"), Accepted(), Refused("2001", "流水号重复")]
            return self.chance.choice(denials)
        if self.chance.random() >= self.foul:
            self._execute(order)
            return Accepted() if self.chance.random() < 0.7 else self._of(order.serial)[-1]
        return self._trouble(order)

    def _trouble(self, order: Order) -> Answer:
        kind = self.chance.randrange(6)
        if kind == 0:
            return NotSent("DOWN", "没有连上", wait=self.chance.choice([1.0, 20.0]))
        if kind == 1:
            return Ambiguous("REQUEST-LOST")
        if kind == 2:
            self._execute(order)
            return Ambiguous("ANSWER-LOST")
        if kind == 3:
            wait = self.chance.uniform(0, self.caps.settle_seconds * 0.98)
            self.late.append((clock.steady() + wait, order))
            return Ambiguous("EXECUTED-LATE")
        if kind == 4:
            return Refused("3001", "购买方税号有误")
        if self.chance.random() < 0.5:
            self._execute(order)
        raise PulledPlug

    def query(self, company: str, orders: Sequence[Order]) -> Sequence[Answer]:
        self._execute_due()
        return [self._look_up(order) for order in orders]

    def _look_up(self, order: Order) -> Answer:
        if self.chance.random() < self.foul / 2:
            silences: list[Answer] = [Ambiguous("TIMEOUT"), NotSent("DOWN", "没有连上")]
            return self.chance.choice(silences)
        found = self._of(order.serial)
        # A heuristic query misses what is there, also long after.
        missed = self.caps.query == "heuristic" and self.chance.random() < 0.4
        return found[0] if found and not missed else NotFound()

    def listing(self, company: str, since: str, until: str) -> Sequence[Listed]:
        return [Listed(i.number, i.serial, i.issued_at, i.buyer_name, i.total) for _, i in self.books]

    def _execute_due(self) -> None:
        due = [item for item in self.late if item[0] <= clock.steady()]
        self.late = [item for item in self.late if item[0] > clock.steady()]
        for _, order in due:
            self._execute(order)

    def _execute(self, order: Order) -> None:
        if self._of(order.serial) and self.caps.idempotent_by_serial:
            return
        invoice, number = order.invoice, f"26110{len(self.books) + 1:015d}"
        seller, buyer = invoice.seller.tax_id, invoice.buyer.name
        made = Issued(order.serial, number, "2026-11-24T10:00:00+08:00", seller, buyer, invoice.total)
        self.books.append((order, made))

    def _of(self, serial: str) -> list[Issued]:
        return [made for order, made in self.books if order.serial == serial]

    def made_for(self, source_ref: str) -> list[Issued]:
        """What the bureau issued for one business key, under whatever serial."""
        self._execute_due()
        return [made for order, made in self.books if order.invoice.source_ref == source_ref]
