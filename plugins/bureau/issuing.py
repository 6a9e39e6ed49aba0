"""How the simulated bureau issues: one transaction a call, numbers without gaps, each serial once.

The outcome is a matter of time, not of a thread: a row says when it becomes visible.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.api import clock, rng
from plugins.bureau import protocol
from plugins.bureau.assessment import Placed, Taxpayer, read, refusal
from plugins.bureau.books import Books, Row
from plugins.bureau.protocol import RED


@dataclass(frozen=True, slots=True)
class Job:
    """An order with what chance decided for it.

    :ivar delay: seconds until its outcome is visible. :ivar fail: it is taken, and refused later, with
        this code. :ivar copies: how often its callback is sent.
    """

    placed: Placed
    delay: float = 0.0
    fail: str = ""
    copies: int = 1


@dataclass(slots=True)
class _Desk:
    """What a transaction has read and changes; written back once, at its end."""

    known: dict[str, str]
    sellers: dict[str, Taxpayer]
    blues: dict[str, list[Any]]
    last: dict[str, int] = field(default_factory=dict)
    spent: dict[tuple[str, str], int] = field(default_factory=dict)
    invoices: list[Row] = field(default_factory=list)
    notices: list[Row] = field(default_factory=list)


_INVOICE = """INSERT INTO invoice (serial, digest, number, seller, buyer, side, amount, tax, total,
    red_of, issued_at, executed, due, failed, body) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"""
_NOTICE = "INSERT INTO notice (id, serial, url, due, copies) VALUES (?,?,?,?,?)"


def execute(books: Books, jobs: Sequence[Job], now: float, stamp: float, idempotent: bool) -> list[str]:
    """Issue what can be issued. One code per order, in their order.

    :param now: the bureau's clock, seconds of the epoch. :param stamp: the moment to print as issue time.
    """
    with books.writing():
        return _execute(books, jobs, now, stamp, idempotent)


def _execute(books: Books, jobs: Sequence[Job], now: float, stamp: float, idempotent: bool) -> list[str]:
    issued_at = datetime.fromtimestamp(stamp, clock.CHINA).isoformat(timespec="seconds")
    desk = _open(books, jobs, idempotent)
    codes = [_one(books, desk, job, now, issued_at, idempotent) for job in jobs]
    _close(books, desk)
    return codes


def _open(books: Books, jobs: Sequence[Job], idempotent: bool) -> _Desk:
    serials = {job.placed.serial for job in jobs} if idempotent else set()
    rows = books.rows_in("SELECT serial, digest FROM invoice WHERE serial IN", serials)
    sellers = books.rows_in(
        "SELECT tax_id, name, region, kind, credit FROM taxpayer WHERE tax_id IN",
        {job.placed.seller for job in jobs},
    )
    blues = books.rows_in(
        "SELECT number, seller, side, total, reversed FROM invoice WHERE number IN",
        {job.placed.red_of for job in jobs if job.placed.side == RED},
    )
    return _Desk(dict(rows), {row[0]: Taxpayer(*row) for row in sellers}, {r[0]: [*r] for r in blues})


def _one(books: Books, desk: _Desk, job: Job, now: float, issued_at: str, idempotent: bool) -> str:
    placed = job.placed
    if idempotent and placed.serial in desk.known:
        same = desk.known[placed.serial] == placed.digest
        return protocol.SERIAL_EXISTS if same else protocol.SERIAL_DIFFERS
    seller = desk.sellers.get(placed.seller)
    code = refusal(placed, placed.facts, seller) or _red(desk, placed)
    if code or seller is None:
        return code
    if not job.fail:
        if _over_credit(books, desk, seller, placed.amount, issued_at[:7]):
            return protocol.NO_CREDIT
        if placed.side == RED:
            desk.blues[placed.red_of][4] -= placed.total
    number = None if job.fail else _number(books, desk, issued_at[2:4] + seller.region)
    desk.known[placed.serial] = placed.digest
    desk.invoices.append(
        (placed.serial, placed.digest, number, placed.seller, placed.buyer, placed.side,
         placed.amount, placed.tax, placed.total, placed.red_of, issued_at, now, now + job.delay,
         job.fail, placed.body)
    )  # fmt: skip
    if placed.callback:
        row = (rng.ulid(), placed.serial, placed.callback, now + job.delay, job.copies)
        desk.notices.append(row)
    return protocol.OK


def _red(desk: _Desk, placed: Placed) -> str:
    if placed.side != RED:
        return ""
    blue = desk.blues.get(placed.red_of)
    if blue is None or blue[1] != placed.seller or blue[2] == RED:
        return protocol.NO_BLUE
    return protocol.OVER_RED if blue[4] - placed.total > blue[3] else ""


def _over_credit(books: Books, desk: _Desk, seller: Taxpayer, amount: int, month: str) -> bool:
    key = (seller.tax_id, month)
    if key not in desk.spent:
        rows = books.rows("SELECT fen FROM spent WHERE seller = ? AND month = ?", key)
        desk.spent[key] = rows[0][0] if rows else 0
    if amount > 0 and desk.spent[key] + amount > seller.credit:
        return True
    desk.spent[key] += amount
    return False


def _number(books: Books, desk: _Desk, prefix: str) -> str:
    if prefix not in desk.last:
        rows = books.rows("SELECT last FROM sequence WHERE prefix = ?", (prefix,))
        desk.last[prefix] = rows[0][0] if rows else 0
    desk.last[prefix] += 1
    # A fifth digit 0 was never seen on a genuine number: it marks the specimen.
    return f"{prefix}0{desk.last[prefix]:015d}"


def _close(books: Books, desk: _Desk) -> None:
    books.run_many(_INVOICE, desk.invoices)
    books.run_many(_NOTICE, desk.notices)
    books.run_many("INSERT OR REPLACE INTO sequence VALUES (?, ?)", list(desk.last.items()))
    spent = [(*key, fen) for key, fen in desk.spent.items()]
    books.run_many("INSERT OR REPLACE INTO spent VALUES (?, ?, ?)", spent)
    reversed_ = [(blue[4], number) for number, blue in desk.blues.items()]
    books.run_many("UPDATE invoice SET reversed = ? WHERE number = ?", reversed_)


def postpone(books: Books, raws: Sequence[object], due: float, stamp: float) -> None:
    """Keep orders that are to be executed later, whoever has stopped waiting by then."""
    rows = [(due, stamp, json.dumps(raw)) for raw in raws]
    with books.writing():
        books.run_many("INSERT INTO waiting (due, stamp, raw) VALUES (?, ?, ?)", rows)


def execute_due(books: Books, now: float, delay: float, idempotent: bool) -> int:
    """Execute the postponed orders whose time has come; refusals vanish unheard. How many there were."""
    rows = books.rows("SELECT id, stamp, raw FROM waiting WHERE due <= ? ORDER BY due, id", (now,))
    for number, stamp, raw in rows:
        with books.writing():
            _execute(books, [Job(read(json.loads(raw)), delay)], now, stamp, idempotent)
            books.run("DELETE FROM waiting WHERE id = ?", (number,))
    return len(rows)


def finish_now(books: Books, serials: Sequence[str]) -> None:
    """Let the outcome of these serials be visible, and their callbacks due, without delay."""
    keys = [(serial,) for serial in serials]
    with books.writing():
        books.run_many("UPDATE invoice SET due = executed WHERE serial = ?", keys)
        books.run_many("UPDATE notice SET due = 0 WHERE serial = ?", keys)
