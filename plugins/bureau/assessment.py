"""How the simulated bureau examines an order: shapes, totals, rates, parties. Whole fen, no database."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from core.api import money, taxpayer
from plugins.bureau import protocol
from plugins.bureau.protocol import BLUE, RED, SPECIAL, digest

_SERIAL = re.compile(r"[0-9A-Za-z]{1,64}")

_PERMILLE = {
    "0.13": 130, "0.09": 90, "0.06": 60, "0.05": 50, "0.03": 30, "0.015": 15, "0.01": 10,
    "0": 0, "exempt": 0, "untaxed": 0,
}  # fmt: skip
_GENERAL_ONLY = frozenset({"0.13", "0.09", "0.06"})

LINE_SLACK, TOTAL_SLACK = 6, 127
"""Fen by which tax may differ from amount × rate: on a line, and over all lines (domain §5)."""


@dataclass(frozen=True, slots=True)
class Taxpayer:
    """A registered seller. :ivar region: digits 3–4 of its invoice numbers. :ivar credit: fen a month."""

    tax_id: str
    name: str
    region: str
    kind: str
    credit: int


@dataclass(frozen=True, slots=True)
class Placed:
    """An order whose shape is sound. :ivar body: its facts as canonical JSON. :ivar digest: of that."""

    serial: str
    digest: str
    body: str
    callback: str
    seller: str
    buyer: str
    side: str
    amount: int
    tax: int
    total: int
    red_of: str
    facts: dict[str, Any]


def read(raw: object) -> Placed:
    """Take an order from the wire.

    :raise ValueError: it lacks a field, or one is of the wrong type or holds no legal text.
    """
    try:
        facts, serial, callback = raw["invoice"], raw["serial"], raw.get("callback", "")  # type: ignore[index,attr-defined]
        amount, tax, total = facts["amount"], facts["tax"], facts["total"]
        seller, buyer = facts["seller"]["tax_id"], facts["buyer"]["name"]
        sound = _texts(serial, callback, seller, buyer, facts["side"], facts["kind"], facts["red_of"])
        sound = sound and _fens(amount, tax, total) and type(facts["lines"]) is list
        for line in facts["lines"]:
            sound = sound and _fens(line["amount"], line["tax"])
            sound = sound and _texts(line["rate"], line["label"])
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("an order lacks a field") from error
    if not sound:
        raise ValueError("a field is of the wrong type")
    body = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Placed(serial, digest(body.encode()), body, callback, seller, buyer, facts["side"],
                  amount, tax, total, facts["red_of"], facts)  # fmt: skip


def _texts(*values: object) -> bool:
    return all(type(value) is str for value in values)


def _fens(*values: object) -> bool:
    # bool is an int, and so is a number that no column holds: neither is an amount.
    return all(type(value) is int and abs(value) < money.LIMIT_FEN for value in values)


def refusal(placed: Placed, facts: dict[str, Any], seller: Taxpayer | None) -> str:
    """The code with which an order is refused by its own facts; empty where there is nothing to say."""
    if not _SERIAL.fullmatch(placed.serial):
        return protocol.BAD_SERIAL
    if seller is None:
        return protocol.SELLER
    if not facts["lines"]:
        return protocol.NO_LINES
    return _parties(facts) or _totals(placed, facts["lines"]) or _rates(facts["lines"], seller)


def _parties(facts: dict[str, Any]) -> str:
    buyer = facts["buyer"]
    tax_id = str(buyer.get("tax_id", ""))
    if facts["kind"] == SPECIAL and (buyer.get("is_person") or not tax_id or not buyer["name"]):
        return protocol.TO_PERSON
    if not buyer["name"] or (tax_id and taxpayer.judge(tax_id) is taxpayer.Verdict.WRONG):
        return protocol.BUYER_ID
    return ""


def _totals(placed: Placed, lines: list[dict[str, Any]]) -> str:
    signs = {BLUE: placed.total > 0, RED: placed.total < 0}
    closed = (
        placed.total == placed.amount + placed.tax
        and placed.amount == sum(line["amount"] for line in lines)
        and placed.tax == sum(line["tax"] for line in lines)
    )
    return "" if closed and signs.get(placed.side, False) else protocol.TOTALS


def _rates(lines: list[dict[str, Any]], seller: Taxpayer) -> str:
    drift = 0
    for line in lines:
        rate = plain_rate(line["rate"])
        if rate not in _PERMILLE or (seller.kind == "small" and rate in _GENERAL_ONLY):
            return protocol.RATE
        # In thousandths of a fen, so that no rounding enters the comparison.
        off = line["tax"] * 1000 - line["amount"] * _PERMILLE[rate]
        if abs(off) > LINE_SLACK * 1000:
            return protocol.RATE
        drift += off
    return protocol.RATE if abs(drift) > TOTAL_SLACK * 1000 else ""


def plain_rate(rate: str) -> str:
    """A rate without trailing zeros: `0.130` is `0.13`."""
    return rate.rstrip("0").rstrip(".") if "." in rate else rate
