"""Strays: invoices that the bureau's list holds and this house does not. Nobody mends them unseen."""

from __future__ import annotations

from dataclasses import dataclass

from core import clock, db, ledger, scope, states
from core.channels import Listed
from core.errors import NotFound
from core.money import Fen


@dataclass(frozen=True, slots=True)
class Stray:
    """One of them. `state` is `open`, `matched` (its document was found) or `settled` (by a person)."""

    number: str
    serial: str
    issued_at: str
    buyer_name: str
    total: Fen
    found_at: str
    state: str
    note: str


_FIELDS = "number, serial, issued_at, buyer_name, total, found_at, state, note"


def add(row: Listed, channel: str) -> bool:
    """Note one, once, with its event; False where it was noted before."""
    if db.rows("SELECT 1 FROM stray WHERE number = ?", row.number):
        return False
    db.insert(
        "stray",
        {"number": row.number, "channel": channel, "serial": row.serial, "issued_at": row.issued_at,
         "buyer_name": row.buyer_name, "total": row.total, "found_at": clock.stamp(), "state": "open",
         "note": ""},
    )  # fmt: skip
    ledger.append(
        "stray-found", row.number,
        {"serial": row.serial, "issued_at": row.issued_at, "total": row.total, "channel": channel},
        "job:reopen",
    )  # fmt: skip
    return True


def known_of(source: str, source_ref: str, side: str, generation: int) -> tuple[str, int] | None:
    """The serial, with its generation, under which the bureau issued for a business key without a document
    here telling of it: the latest, since a later one was only made where the earlier came to nothing."""
    found = {row[0] for row in db.rows("SELECT serial FROM stray WHERE state = 'open'")}
    if not found:
        return None
    mine = states.serials(scope.company(), source, source_ref, side, generation)
    return max(((s, g) for s, g in mine.items() if s in found), key=lambda pair: pair[1], default=None)


def match(number: str) -> None:
    """A document was issued under this number: it is a stray no longer."""
    if db.rows("SELECT 1 FROM stray WHERE number = ? AND state = 'open'", number):
        db.update("stray", {"number": number}, {"state": "matched", "note": ""})


def settle(number: str, note: str, actor: str) -> None:
    """A person looked at one and says what became of it.

    :raise NotFound: no open stray of that number here.
    """
    with db.transaction():
        if not db.rows("SELECT 1 FROM stray WHERE number = ? AND state = 'open'", number):
            raise NotFound("没有这张待核对的发票")
        db.update("stray", {"number": number}, {"state": "settled", "note": note})
        ledger.append("stray-settled", number, {"note": note}, actor)


def count() -> int:
    """How many are open."""
    return int(db.rows("SELECT count(*) FROM stray WHERE state = 'open'")[0][0])


def strays(limit: int = 200) -> list[Stray]:
    """The open ones first, then the newest."""
    found = db.rows(f"SELECT {_FIELDS} FROM stray ORDER BY state <> 'open', number DESC LIMIT ?", limit)
    return [Stray(*row) for row in found]
