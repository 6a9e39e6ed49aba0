"""The bureau of the driven flows: its books lie beside the folder under test, where no fault reaches them."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from pathlib import Path

from core.channels import (
    Accepted,
    Ambiguous,
    Answer,
    ChannelCaps,
    File,
    Issued,
    Listed,
    NotFound,
    Order,
    Refused,
)
from tests.proof.invariants import Entry

STRONG = ChannelCaps(
    idempotent_by_serial=True, query="strong", settle_seconds=60, listing=True, batch=10, simulated=True
)
DEAF = ChannelCaps(
    idempotent_by_serial=False, query="none", settle_seconds=30, listing=False, batch=10, simulated=True
)


class Books:
    """What the bureau issued, by serial, in one file; several channels may lead to it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.rows: dict[str, list[str]] = json.loads(path.read_text()) if path.exists() else {}
        """Number, seller, buyer and total."""

    def issue(self, order: Order) -> Issued:
        """Issue, and keep it: one more under a serial that is known would be issued twice."""
        invoice = order.invoice
        digits = int(hashlib.sha256(f"{order.serial} {len(self.rows)}".encode()).hexdigest(), 16) % 10**15
        row = [f"26110{digits:015d}", invoice.seller.tax_id, invoice.buyer.name, str(invoice.total)]
        serial = order.serial
        while serial in self.rows:
            serial += "+"
        self.rows[serial] = row
        self._path.write_text(json.dumps(self.rows))
        return self.answer(order.serial)

    def answer(self, serial: str) -> Issued:
        """What the bureau says of an invoice, with its originals."""
        number, seller, buyer, total = self.rows[serial]
        octets = random.Random(number).randbytes
        files = (File(f"{number}.xml", "application/xml", b"<x>" + octets(300).hex().encode() + b"</x>"),
                 File(f"{number}.pdf", "application/pdf", octets(1300)))  # fmt: skip
        return Issued(serial, number, "2026-11-24T10:00:00+08:00", seller, buyer, int(total), files)

    def entries(self) -> list[Entry]:
        """As the invariants read them."""
        return [Entry(s.rstrip("+"), number, buyer, int(total))
                for s, (number, _, buyer, total) in self.rows.items()]  # fmt: skip


class Bureau:
    """A channel that can be asked; the order's reference says how it answers."""

    name, title, caps = "bureau", "税局", STRONG

    def __init__(self, books: Books) -> None:
        self.books = books

    def submit(self, company: str, orders: Sequence[Order]) -> Sequence[Answer]:
        return [self._one(order) for order in orders]

    def _one(self, order: Order) -> Answer:
        ref = order.invoice.source_ref
        if "refused" in ref and not order.invoice.remark:
            return Refused("3001", "购买方税号有误")
        if order.serial not in self.books.rows:
            self.books.issue(order)
        if "silent" in ref:
            return Ambiguous("TIMEOUT", f"half an answer about {order.serial}".encode())
        return Accepted() if "slow" in ref else self.books.answer(order.serial)

    def query(self, company: str, orders: Sequence[Order]) -> Sequence[Answer]:
        return [self.books.answer(o.serial) if o.serial in self.books.rows else NotFound() for o in orders]

    def listing(self, company: str, since: str, until: str) -> Sequence[Listed]:
        return [Listed(number, serial, "2026-11-24T10:00:00+08:00", buyer, int(total))
                for serial, (number, _, buyer, total) in self.books.rows.items()]  # fmt: skip


class DeafBureau(Bureau):
    """A channel that cannot be asked and issues as often as it is told: what it loses waits for a person."""

    name, title, caps = "deaf", "听不见的税局", DEAF
    loses = False

    def _one(self, order: Order) -> Answer:
        return Ambiguous("REQUEST-LOST") if self.loses else self.books.issue(order)
