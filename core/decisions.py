"""What a person decides about a document that no machine may decide about."""

from __future__ import annotations

from core import db, documents, ledger, registry, scope, states, strays, tasks
from core.contributions import Actor
from core.documents import Document
from core.errors import Conflict
from core.posting import ASK, SEND
from core.states import State


def requeue(document: str, actor: Actor, version: int) -> None:
    """A person found that nothing was issued for a parked document: queue it under a new serial.

    :raise Conflict: it is not parked, or somebody else acted first.
    :raise Unavailable: issuing is frozen.
    """
    registry.require_unfrozen()
    with db.transaction():
        found = _parked(document, version)
        standing = states.requeue(found.standing)
        invoice = found.invoice
        key = invoice.source, invoice.source_ref, invoice.side
        serial = states.serial(scope.company(), *key, standing.generation)
        known = strays.known_of(*key, standing.generation)
        if known:
            serial, standing = known[0], states.adopted(known[1])
        documents.save_standing(found, standing, serial=serial, generation=standing.generation)
        ledger.append("invoice-requeued", document, {"serial": serial, "before": found.serial}, actor.label)
        if standing.state is State.UNKNOWN:
            ledger.append("invoice-unknown", document, {"serial": serial, "reason": standing.reason})
        tasks.enqueue(SEND if standing.state is State.QUEUED else ASK, document)


def give_up(document: str, actor: Actor, version: int) -> None:
    """A person withdraws a parked document.

    :raise Conflict: it is not parked, or somebody else acted first.
    """
    with db.transaction():
        found = _parked(document, version)
        documents.save_standing(found, states.give_up(found.standing))
        ledger.append("invoice-void", document, {"serial": found.serial}, actor.label)


def _parked(document: str, version: int) -> Document:
    found = documents.find_document(document)
    if found.state is not State.PARKED or found.version != version:
        raise Conflict("这张发票的状态已经变化,请刷新后再操作")
    return found
