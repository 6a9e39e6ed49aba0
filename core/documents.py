"""Documents: what was asked for and where each one is. Read here; written by posting and sending."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from core import clock, db, rng
from core.errors import NotFound
from core.invoice import Invoice
from core.money import Fen
from core.states import WAITING, Moment, Standing, State

COLUMNS = (
    "id, state, snapshot, number, issued_at, created_at, channel, simulated, serial, generation, attempts,"
    " refused, asked, reason, window_boot, window_at, version, replaced_by, actor"
)


@dataclass(frozen=True, slots=True)
class Document:
    """One invoice that was asked for.

    :ivar snapshot: the invoice as JSON, kept as it was asked for.
    :ivar number: the bureau's 20 digits; empty before it is issued.
    :ivar issued_at: the bureau's time of issue, ISO 8601; empty before.
    :ivar simulated: it went through a simulated bureau and is a specimen (样票), never a legal invoice.
    :ivar replaced_by: the document that took its place after a refusal or withdrawal.
    """

    id: str
    state: State
    snapshot: str
    number: str
    issued_at: str
    created_at: str
    channel: str
    simulated: bool
    serial: str
    standing: Standing
    version: int
    replaced_by: str
    actor: str

    @property
    def invoice(self) -> Invoice:
        """What was asked for, as it was calculated then."""
        return _parsed(self.snapshot)

    @property
    def reason(self) -> str:
        """Why it is where it is: a code, empty where nothing is to be said."""
        return self.standing.reason


@lru_cache(maxsize=4096)
def _parsed(snapshot: str) -> Invoice:
    return Invoice.from_dict(json.loads(snapshot))


def _document(row: Sequence[Any]) -> Document:
    standing = Standing(
        State(row[1]),
        generation=row[9],
        attempts=row[10],
        refused=bool(row[11]),
        asked=row[12],
        reason=row[13],
        window=Moment(row[14], row[15]) if row[14] else None,
    )
    return Document(
        id=row[0],
        state=standing.state,
        snapshot=row[2],
        number=row[3] or "",
        issued_at=row[4],
        created_at=row[5],
        channel=row[6],
        simulated=bool(row[7]),
        serial=row[8],
        standing=standing,
        version=row[16],
        replaced_by=row[17] or "",
        actor=row[18],
    )


def select(where: str, *values: object) -> list[Document]:
    """Documents of the scope's company by a condition of core's own making."""
    return [_document(row) for row in db.rows(f"SELECT {COLUMNS} FROM document WHERE {where}", *values)]


def find_document(id: str) -> Document:
    """One document of the scope's company.

    :raise NotFound: none by that id here.
    """
    found = select("id = ?", id)
    if not found:
        raise NotFound("没有这张发票")
    return found[0]


def by_ids(ids: Iterable[str]) -> dict[str, Document]:
    """Documents by id; ids of other companies are simply absent."""
    found: dict[str, Document] = {}
    for chunk in db.in_chunks(list(ids)):
        marks = ", ".join("?" * len(chunk))
        found |= {document.id: document for document in select(f"id IN ({marks})", *chunk)}
    return found


def document_by_number(number: str) -> Document:
    """The document issued under this number.

    :raise NotFound: none here.
    """
    found = select("number = ?", number)
    if not found:
        raise NotFound("没有这个号码的发票")
    return found[0]


def documents(
    states: Iterable[State] | None = None, *, before: str = "", limit: int = 50, newest: bool = True
) -> list[Document]:
    """Documents in these states (all, if None), newest first; `before` is the last id of the page before."""
    wanted = sorted(states) if states is not None else sorted(State)
    marks = ", ".join("?" * len(wanted))
    cut = " AND id < ?" if before else ""
    order = "DESC" if newest else "ASC"
    values = [*wanted, *([before] if before else []), limit]
    return select(f"state IN ({marks}){cut} ORDER BY id {order} LIMIT ?", *values)


def by_amount(total: Fen, limit: int = 50) -> list[Document]:
    """Documents with this total or this amount without tax, newest first."""
    return select("total = ? OR amount = ? ORDER BY id DESC LIMIT ?", total, total, limit)


def like(invoice: Invoice, since: datetime) -> Document | None:
    """The newest document asked for since then that says the same of buyer, side and total, under another
    business key, and was neither refused nor withdrawn."""
    found = select(
        "total = ? AND id > ? AND buyer_name = ? AND side = ? AND state NOT IN ('rejected', 'void')"
        " AND NOT (source = ? AND source_ref = ?) ORDER BY id DESC LIMIT 1",
        invoice.total,
        rng.ulid_floor(since),
        invoice.buyer.name,
        invoice.side,
        invoice.source,
        invoice.source_ref,
    )
    return found[0] if found else None


def by_order(order_no: str, limit: int = 50) -> list[Document]:
    """Documents asked for under this order number."""
    return select("order_no = ? ORDER BY id DESC LIMIT ?", order_no, limit)


def by_number_tail(tail: str, limit: int = 50) -> list[Document]:
    """Documents whose number ends with these digits."""
    return select("number LIKE ? ORDER BY id DESC LIMIT ?", f"%{tail}", limit)


def by_day(day: str, limit: int = 50) -> list[Document]:
    """Documents issued on this day (ISO, the bureau's date)."""
    return select("issued_at >= ? AND issued_at < ? ORDER BY issued_at DESC LIMIT ?", day, day + "~", limit)


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the equation: how many, and their totals with tax in fen."""

    count: int = 0
    fen: Fen = 0


@dataclass(frozen=True, slots=True)
class Equation:
    """`asked for = issued + waiting + refused + unknown + parked`, over what was not replaced."""

    asked: Term
    issued: Term
    waiting: Term
    refused: Term
    unknown: Term
    parked: Term

    @property
    def closes(self) -> bool:
        """Whether both sides are equal, in count and in fen."""
        parts = (self.issued, self.waiting, self.refused, self.unknown, self.parked)
        return self.asked == Term(sum(p.count for p in parts), sum(p.fen for p in parts))


def equation(since: str = "", until: str = "") -> Equation:
    """The equation over documents asked for between two moments (UTC, ISO); all of them by default.

    The left side is counted on its own, so that a hole between the states would show.
    """
    window = "replaced_by IS NULL AND created_at >= ? AND created_at < ?"
    bounds = (since, until or "9999")
    found = db.rows(
        f"SELECT state, count(*), sum(total) FROM document WHERE {window} GROUP BY state", *bounds
    )
    terms = {State(state): Term(count, fen) for state, count, fen in found}
    whole = db.execute(
        f"SELECT count(*), coalesce(sum(total), 0) FROM document WHERE {window}", *bounds
    ).fetchone()
    return Equation(
        Term(*whole),
        _sum(terms, [State.ISSUED]),
        _sum(terms, WAITING),
        _sum(terms, [State.REJECTED, State.VOID]),
        _sum(terms, [State.UNKNOWN]),
        _sum(terms, [State.PARKED]),
    )


def _sum(terms: dict[State, Term], states: Iterable[State]) -> Term:
    chosen = [terms[state] for state in states if state in terms]
    return Term(sum(term.count for term in chosen), sum(term.fen for term in chosen))


def save_standing(document: Document, standing: Standing, **more: object) -> None:
    """Write where a document stands now, in the caller's transaction; `more` are further columns."""
    db.require_transaction()
    window = standing.window
    values: dict[str, object] = {
        "state": standing.state,
        "attempts": standing.attempts,
        "refused": int(standing.refused),
        "asked": standing.asked,
        "reason": standing.reason,
        "window_boot": window.boot if window else "",
        "window_at": window.at if window else 0.0,
        "version": document.version + 1,
    }
    db.update("document", {"id": document.id}, values | more)


def now() -> Moment:
    """The steady clock as the state machine wants it."""
    return Moment(clock.boot(), clock.steady())
