"""What a stranger who holds an invoice may learn of it: looked up across companies, by all its facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core import db, documents, ledger, plugins, scope
from core.documents import Document
from core.money import Fen
from core.states import State


@dataclass(frozen=True, slots=True)
class PublicFacts:
    """An invoice as told to somebody who named its number, day and total.

    :ivar kind: `special` or `ordinary`. :ivar issued_at: the bureau's time of issue, ISO 8601.
    :ivar simulated: a specimen (样票), never a legal invoice.
    :ivar recorded_at: when the seller's ledger took it in, UTC, ISO 8601.
    """

    number: str
    seller_name: str
    issued_at: str
    total: Fen
    kind: str
    simulated: bool
    state: State
    recorded_at: str


def verify_public(number: str, day: date, total: Fen, module: str) -> PublicFacts | None:
    """Find an invoice of any company whose `module` is on, by facts that all must match.

    None says no more than that: which fact differs, or whether the number exists, is not told, and
    one index look-up by the number is all the work in every such case.
    """
    found = db.system.execute_sql(
        "SELECT company, id FROM _document WHERE number = ? AND total = ? AND substr(issued_at, 1, 10) = ?"
        " ORDER BY company", (number, total, day.isoformat()),
    ).fetchall()  # fmt: skip
    for company, id in found:
        with scope.opened(company):
            if plugins.current().is_on(module):
                return _facts(documents.find_document(id))
    return None


def _facts(document: Document) -> PublicFacts:
    entries = [e.at for e in ledger.events_about(document.id) if e.kind == "invoice-issued"]
    return PublicFacts(
        document.number, document.invoice.seller.name, document.issued_at, document.invoice.total,
        document.invoice.kind, document.simulated, document.state, entries[-1] if entries else "",
    )  # fmt: skip
