"""Bugs that storms of one request must find, each planted in the product itself before it starts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace

from core import api, db, decisions, documents, posting, states
from core.contributions import Actor
from core.documents import Document
from core.events import canonical
from core.invoice import Invoice
from core.posting import Outcome


def looks_before_it_locks() -> None:
    """Whether the request is a repetition is looked up before the transaction, and not in it."""
    post, replay = posting.post, posting._replay

    def hasty(draft: Invoice, key: str, actor: Actor) -> Outcome:
        earlier = replay(key, actor, hashlib.sha256(canonical(draft.as_dict())).digest())
        return earlier if earlier is not None else post(draft, key, actor)

    def never(key: str, actor: Actor, fingerprint: bytes) -> None:
        return None

    posting._replay = never
    posting.post = api.post = hasty
    # The form's page holds a transaction of its own around the request.
    from plugins.issuing import service

    service.post, service.transaction = hasty, nullcontext  # type: ignore[attr-defined,assignment]


def compares_no_content() -> None:
    """A key is enough: what was asked for under it is not compared."""

    def replay(key: str, actor: Actor, fingerprint: bytes) -> Outcome | None:
        rows = db.rows("SELECT document FROM idempotency WHERE principal = ? AND key = ?", actor.label, key)
        return Outcome(documents.find_document(rows[0][0]), replayed=True) if rows else None

    posting._replay = replay


def forgets_the_order() -> None:
    """Whether an order was invoiced already is only looked up among those that were refused."""
    found = posting._taken

    def taken(invoice: Invoice) -> Document | None:
        document = found(invoice)
        return document if document is not None and posting._may_replace(document) else None

    posting._taken = taken


def decides_twice() -> None:
    """Nobody looks whether a parked document was decided about meanwhile."""

    def parked(document: str, version: int) -> Document:
        return documents.find_document(document)

    decisions._parked = parked
    states.requeue = lambda standing: replace(
        standing, state=states.State.QUEUED, generation=standing.generation + 1
    )
    states.give_up = lambda standing: replace(standing, state=states.State.VOID)


PLANTED: dict[str, Callable[[], None]] = {
    "looks-before-it-locks": looks_before_it_locks,
    "compares-no-content": compares_no_content,
    "forgets-the-order": forgets_the_order,
    "decides-twice": decides_twice,
}
