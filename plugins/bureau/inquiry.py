"""What the simulated bureau answers to questions: by serial, by period, originals, credit, verification."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from core.api import clock, taxpayer
from plugins.bureau import protocol
from plugins.bureau.books import Books, Row
from plugins.bureau.original import draw

CHECKS_A_DAY = 5
"""How often an invoice can be verified a day (domain §7)."""

PAGE = 200
"""Rows of a page of the list, at most."""

_FACTS = "serial, number, seller, buyer, side, amount, tax, total, issued_at"
_NAMES = ("serial", "number", "seller_tax_id", "buyer_name", "side", "amount", "tax", "total", "issued_at")
_FOUND = f"SELECT {_FACTS}, executed, due, failed, body, id FROM invoice WHERE serial IN"


def query(
    books: Books, serials: Sequence[str], now: float, hide: Callable[[float], bool], originals: bool
) -> list[dict[str, Any]]:
    """What became of serials. `hide(executed)` says whether an execution is still out of sight."""
    first: dict[str, Row] = {}
    others: dict[str, int] = {}
    for row in sorted(books.rows_in(_FOUND, set(serials)), key=lambda row: row[-1]):
        if not hide(row[9]):
            first.setdefault(row[0], row)
            others[row[0]] = others.get(row[0], 0) + 1
    kinds = _kinds(books, {row[2] for row in first.values()}) if originals else {}
    unknown = {"state": "unknown", "code": protocol.SERIAL_UNKNOWN,
               "message": protocol.TEXTS[protocol.SERIAL_UNKNOWN]}  # fmt: skip
    return [
        _state(first[serial], now, kinds if originals else None) | {"count": others[serial]}
        if serial in first
        else {"serial": serial, **unknown}
        for serial in serials
    ]


def _state(row: Row, now: float, kinds: dict[str, str] | None) -> dict[str, Any]:
    if row[10] > now:
        return {"serial": row[0], "state": "processing", "code": protocol.OK}
    if row[11]:
        text = protocol.TEXTS.get(row[11], "")
        return {"serial": row[0], "state": "failed", "code": row[11], "message": text}
    facts: dict[str, Any] = dict(zip(_NAMES, row, strict=False))
    if kinds is not None:
        xml = draw(row[1], row[8], json.loads(row[12]), kinds.get(row[2], "general"))
        facts["xml"] = base64.b64encode(xml).decode()
    return {"state": "done", "code": protocol.OK, **facts}


def _kinds(books: Books, sellers: set[str]) -> dict[str, str]:
    return dict(books.rows_in("SELECT tax_id, kind FROM taxpayer WHERE tax_id IN", sellers))


def foreign(books: Books, facts: dict[str, Any]) -> dict[str, Any]:
    """The same answer with another taxpayer's invoice in it, as some bureaus did once."""
    row = books.rows(
        f"SELECT {_FACTS} FROM invoice WHERE seller <> ? AND number IS NOT NULL ORDER BY id DESC LIMIT 1",
        (facts.get("seller_tax_id", ""),),
    )
    other = dict(zip(_NAMES, row[0], strict=True)) if row else {
        "number": f"{facts['number'][:5]}999999999999999", "seller_tax_id": "91000000MA0000000X",
        "buyer_name": "另一家公司(样票)", "total": facts["total"] + 1,
    }  # fmt: skip
    return facts | other | {"serial": facts["serial"]}


def listing(books: Books, seller: str, since: str, until: str, after: int, limit: int) -> dict[str, Any]:
    """A page of what a seller was issued from one date to another, both included, in order of issue."""
    now = clock.now().timestamp()
    size = max(1, min(limit, PAGE))
    rows = books.rows(
        f"SELECT {_FACTS}, id FROM invoice WHERE seller = ? AND issued_at >= ? AND issued_at < ?"
        " AND id > ? AND number IS NOT NULL AND due <= ? ORDER BY id LIMIT ?",
        (seller, since, until + "U", after, now, size),
    )
    page = [dict(zip(_NAMES, row, strict=False)) for row in rows]
    return {"rows": page, "next": rows[-1][-1] if len(rows) == size else 0}


def original(books: Books, number: str, now: float) -> bytes | None:
    """The XML of an issued number."""
    rows = books.rows(
        "SELECT seller, issued_at, body FROM invoice WHERE number = ? AND due <= ?", (number, now)
    )
    if not rows:
        return None
    seller, issued_at, body = rows[0]
    kind = _kinds(books, {seller}).get(seller, "general")
    return draw(number, issued_at, json.loads(body), kind)


def credit(books: Books, seller: str) -> dict[str, Any] | None:
    """A seller's credit of this month: limit and used, fen without tax."""
    month = clock.today().isoformat()[:7]
    rows = books.rows("SELECT credit FROM taxpayer WHERE tax_id = ?", (seller,))
    if not rows:
        return None
    used = books.rows("SELECT fen FROM spent WHERE seller = ? AND month = ?", (seller, month))
    return {"month": month, "limit": rows[0][0], "used": used[0][0] if used else 0}


def verify(books: Books, number: str, day: str, total: int) -> str | None:
    """Compare a number's date and total with the ledger; None where it was asked too often today."""
    today = clock.today().isoformat()
    with books.writing():
        key = (number, today)
        times = books.rows("SELECT times FROM checked WHERE number = ? AND day = ?", key)
        if times and times[0][0] >= CHECKS_A_DAY:
            return None
        asked = times[0][0] + 1 if times else 1
        books.run("INSERT OR REPLACE INTO checked VALUES (?, ?, ?)", (*key, asked))
    now = clock.now().timestamp()
    rows = books.rows("SELECT issued_at, total FROM invoice WHERE number = ? AND due <= ?", (number, now))
    if not rows:
        return "查无此票"
    return "一致" if rows[0][0][:10] == day and rows[0][1] == total else "不一致"


def register(books: Books, wanted: dict[str, Any]) -> dict[str, Any]:
    """Put a seller on the register, or change its entry (not with `keep`).

    :raise ValueError: an unknown region or kind, or a credit that is no amount.
    """
    tax_id, name = str(wanted["tax_id"]), str(wanted["name"])
    region, kind = str(wanted.get("region", tax_id[2:4])), str(wanted.get("kind", "general"))
    limit = wanted.get("credit", 10**12)
    if region not in taxpayer.REGIONS or kind not in ("general", "small") or not tax_id:
        raise ValueError("region or kind")
    if type(limit) is not int or limit < 0:
        raise ValueError("credit")
    verb = "INSERT OR IGNORE" if wanted.get("keep") else "INSERT OR REPLACE"
    with books.writing():
        values = (tax_id, name, region, kind, limit)
        books.run(f"{verb} INTO taxpayer VALUES (?, ?, ?, ?, ?)", values)
    return {"tax_id": tax_id, "region": region, "kind": kind}


def status(books: Books, now: float, seller: str) -> dict[str, Any]:
    """Figures for whoever watches the simulation; `seller` adds that one's credit."""
    issued, total, last = books.rows(
        "SELECT COUNT(number), COALESCE(SUM(total), 0), MAX(issued_at) FROM invoice"
    )[0]
    counted = {
        name: books.rows(f"SELECT COUNT(*) FROM {where}")[0][0]
        for name, where in (
            ("late", "waiting"), ("callbacks", "notice"), ("taxpayers", "taxpayer"),
            ("failed", "invoice WHERE number IS NULL"),
        )
    }  # fmt: skip
    working = books.rows("SELECT COUNT(*) FROM invoice WHERE due > ?", (now,))[0][0]
    moment = datetime.fromtimestamp(now, clock.CHINA).isoformat(timespec="seconds")
    figures = {"issued": issued, "total": total, "processing": working, "last": last or "", "now": moment}
    return figures | counted | {"credit": credit(books, seller) if seller else None}
