"""A bureau whose books lie outside the folder under test: no power cut here reaches it."""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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

CAPS = ChannelCaps(
    idempotent_by_serial=True, query="strong", settle_seconds=60, listing=True, batch=10, simulated=True
)

_null = os.open("/dev/null", os.O_WRONLY)


def say(what: str, **values: Any) -> None:
    """Tell who records: from here on, this was promised."""
    os.write(_null, b"MARK " + json.dumps({"what": what, **values}).encode() + b"\n")


class Bureau:
    """A channel whose books lie outside the folder under test: no power cut here reaches the bureau."""

    name, title, caps = "bureau", "税局", CAPS

    def __init__(self, issued: dict[str, list[str]], books: Path | None = None) -> None:
        self.issued, self._books = issued, books
        """By serial: number, buyer, seller, total."""

    def submit(self, company: str, orders: Sequence[Order]) -> Sequence[Answer]:
        return [self._one(order) for order in orders]

    def _one(self, order: Order) -> Answer:
        ref = order.invoice.source_ref
        if "refused" in ref and order.invoice.remark == "":
            return Refused("3001", "购买方税号有误")
        found = self.issued.get(order.serial)
        if found is None:
            invoice = order.invoice
            found = [f"26110{_digits(order.serial):015d}", invoice.buyer.name, invoice.seller.tax_id,
                     str(invoice.total), *(["one file"] if "single" in ref else [])]  # fmt: skip
            self.issued[order.serial] = found
            if self._books is not None:
                self._books.write_text(json.dumps(self.issued))
                say("book", serial=order.serial, found=found)
        if "silent" in ref:
            return Ambiguous("TIMEOUT", f"half an answer about {order.serial}".encode() * 20)
        return Accepted() if "slow" in ref else _said(order.serial, found)

    def query(self, company: str, orders: Sequence[Order]) -> Sequence[Answer]:
        return [_said(order.serial, self.issued.get(order.serial)) for order in orders]

    def listing(self, company: str, since: str, until: str) -> Sequence[Listed]:
        return [Listed(n, serial, "2026-11-24T10:00:00+08:00", buyer, int(total))
                for serial, (n, buyer, _, total, *_) in self.issued.items()]  # fmt: skip


def _digits(serial: str) -> int:
    return int(hashlib.sha256(serial.encode()).hexdigest(), 16) % 10**15


def _said(serial: str, found: list[str] | None) -> Issued | NotFound:
    if found is None:
        return NotFound()
    number, buyer, seller, total = found[:4]
    bytes_of = random.Random(number).randbytes
    files: tuple[File, ...]
    files = (File(f"{number}.xml", "application/xml", b"<x>" + bytes_of(650).hex().encode() + b"</x>"),
             File(f"{number}.pdf", "application/pdf", bytes_of(2600)))  # fmt: skip
    files = files[:1] if len(found) > 4 else files
    return Issued(serial, number, "2026-11-24T10:00:00+08:00", seller, buyer, int(total), files)
