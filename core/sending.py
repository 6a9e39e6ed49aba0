"""Drives documents through their channel: marks, sends, asks, and records every answer."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from core import clock, db, documents, ledger, plugins, registry, scope, states, storage, strays, tasks
from core.channels import Ambiguous, Answer, Channel, File, Issued, NotFound, NotSent, Order, Refused, matches
from core.contributions import fits
from core.documents import Document
from core.errors import Conflict
from core.posting import ASK, SEND, channel, owner_of
from core.states import Standing, State
from core.tasks import Task

log = logging.getLogger(__name__)

_AWAY = 30.0
"""Seconds until a document is looked at again whose channel is off."""
_ASKABLE = (State.ACCEPTED, State.UNKNOWN, State.PARKED)
_EVENTS = {
    State.ACCEPTED: "invoice-accepted",
    State.ISSUED: "invoice-issued",
    State.REJECTED: "invoice-rejected",
    State.UNKNOWN: "invoice-unknown",
    State.PARKED: "invoice-parked",
    State.QUEUED: "invoice-requeued",
}

turn = threading.Lock()
"""Background work takes turns at the interpreter; nobody holds it while a channel or disk is waited for."""


def send(batch: Sequence[Task], owner: str) -> None:
    """Send queued documents; every one is marked as in flight, durably, before anything leaves."""
    # Past the lease somebody else may hold the documents for lost, and count the window from then on.
    until = clock.steady() + tasks.LEASE_SECONDS
    with turn:
        flying = _take_off(batch, owner)
    if not flying:
        return
    answers = _call(flying, lambda way, orders: list(way.submit(scope.company(), orders)), until)
    kept = _keep_files(answers)
    with turn, db.transaction(closing=True):
        for document in documents.by_ids(answers).values():
            answer = answers[document.id]
            standing = _after_send(document.standing, answer)
            if standing is not None:
                _record(document, standing, answer, "job:send", kept.get(document.id))
        tasks.finish(batch, owner)


def _take_off(batch: Sequence[Task], owner: str) -> list[Document]:
    with db.transaction():
        found = documents.by_ids(task.ref for task in batch)
        for document in found.values():
            if document.state is State.SENDING:
                _record(document, states.lost(document.standing, documents.now()), None, "job:send")
        queued = [document for document in found.values() if document.state is State.QUEUED]
        now = documents.now()
        flying = [
            _mark(document, states.claim(document.standing, now))
            for document in queued
            if not _has_to_wait(document, SEND)
        ]
        if not flying:
            tasks.finish(batch, owner)
    return flying


def _after_send(standing: Standing, answer: Answer) -> Standing | None:
    if standing.state is State.SENDING:
        return states.answered(standing, answer, documents.now())
    # The lease ran out meanwhile and somebody marked the document unknown: a success still counts.
    if standing.state in _ASKABLE and isinstance(answer, Issued):
        return replace(standing, state=State.ISSUED, reason="")
    return None


def ask(batch: Sequence[Task], owner: str) -> None:
    """Ask what became of documents that are accepted, unknown or parked."""
    with turn, db.transaction():
        found = documents.by_ids(task.ref for task in batch)
        open_ones = [document for document in found.values() if document.state in _ASKABLE]
        open_ones = [document for document in open_ones if not _has_to_wait(document, ASK)]
        if not open_ones:
            tasks.finish(batch, owner)
            return
    answers = _call(open_ones, _query)
    asked = {document.id: document.serial for document in open_ones}
    kept = _keep_files(answers)
    with turn, db.transaction(closing=True):
        for document in documents.by_ids(answers).values():
            way = channel(document.channel)
            # A person may have queued it under a new serial meanwhile: this answer is about the old one.
            if document.state in _ASKABLE and document.serial == asked[document.id] and way is not None:
                answer = answers[document.id]
                standing = states.observed(document.standing, answer, way.caps, documents.now())
                _record(document, standing, answer, "job:ask", kept.get(document.id))
            elif document.state in _ASKABLE:
                tasks.enqueue(ASK, document.id, delay=_AWAY)
        tasks.finish(batch, owner)


def _query(way: Channel, orders: list[Order]) -> list[Answer]:
    # A channel that cannot be asked is silent: when its window is over, a person decides (rule 5).
    return [NotFound()] * len(orders) if way.caps.query == "none" else [*way.query(scope.company(), orders)]


def _has_to_wait(document: Document, kind: str) -> bool:
    # Taken up again when the plugin is back, or the freeze lifted; it waits, visibly, meanwhile.
    waits = channel(document.channel) is None or (kind == SEND and bool(registry.frozen()))
    if waits:
        tasks.enqueue(kind, document.id, delay=_AWAY)
    return waits


def _mark(document: Document, standing: Standing) -> Document:
    documents.save_standing(document, standing)
    body = {"serial": document.serial, "attempt": standing.attempts, "channel": document.channel}
    ledger.append("invoice-sending", document.id, body, "job:send")
    return document


def _call(
    flying: list[Document], call: Callable[[Channel, list[Order]], Sequence[Answer]],
    until: float = math.inf,
) -> dict[str, Answer]:  # fmt: skip
    answers: dict[str, Answer] = {}
    for name in sorted({document.channel for document in flying}):
        mine = [document for document in flying if document.channel == name]
        way = channel(name)
        if way is None:
            # Off since this moment: nothing was sent.
            answers |= {document.id: NotSent("CHANNEL-OFF", "", _AWAY) for document in mine}
            continue
        for part in db.in_chunks(mine, max(1, way.caps.batch)):
            if clock.steady() > until:
                answers |= {document.id: NotSent("TOO-LATE", "", 0.0) for document in part}
                continue
            orders = [Order(document.id, document.serial, document.invoice) for document in part]
            ok, value = plugins.current().held(owner_of(name), "channel", call, way, orders)
            if not ok:
                log.error("channel %s failed: %r", name, value, exc_info=value)
            given = value if ok else []
            if len(given) != len(orders):
                log.error("channel %s gave %s answers to %s orders", name, len(given), len(orders))
                given = [Ambiguous("CHANNEL-FAILED")] * len(orders)
            answers |= {
                order.document: _judged(name, order, answer)
                for order, answer in zip(orders, given, strict=True)
            }
    return answers


def _judged(name: str, order: Order, answer: Answer) -> Answer:
    # Another company's answer, or other facts under our serial, is no success (F33, F36).
    reason = "MISMATCH" if isinstance(answer, Issued) and not matches(order, answer) else ""
    reason = reason or ("" if fits(answer, Answer) else "GARBLED")
    if reason:
        log.error("channel %s gave no answer to %s: %s", name, order.serial, reason)
    return Ambiguous(reason, repr(answer).encode()) if reason else answer


def _keep_files(answers: dict[str, Answer]) -> dict[str, list[dict[str, Any]]]:
    # Originals are durable before the row that names them; a crash between leaves a harmless orphan.
    wanted = [(document, file) for document, answer in answers.items() for file in _files_of(answer)]
    digests = storage.store_all([file.content for _, file in wanted])
    kept: dict[str, list[dict[str, Any]]] = {}
    for (document, file), digest in zip(wanted, digests, strict=True):
        kept.setdefault(document, []).append(
            {"name": file.name, "media_type": file.media_type, "digest": digest, "size": len(file.content)}
        )
    return kept


def _files_of(answer: Answer) -> tuple[File, ...]:
    if isinstance(answer, Issued):
        return answer.files
    if isinstance(answer, Ambiguous) and answer.raw:
        return (File("answer", "application/octet-stream", answer.raw),)
    return ()


def _record(
    document: Document, standing: Standing, answer: Answer | None, actor: str,
    files: list[dict[str, Any]] | None = None,
) -> None:  # fmt: skip
    more: dict[str, object] = {}
    body: dict[str, Any] = {"serial": document.serial, "reason": standing.reason}
    if isinstance(answer, Issued) and standing.state is State.ISSUED:
        if _number_is_taken(answer.number, document.id):
            standing = document.standing
            if document.state is State.SENDING:
                standing = states.lost(standing, documents.now())
            body["reason"] = "NUMBER-TAKEN"
        else:
            strays.match(answer.number)
            more = {"number": answer.number, "issued_at": answer.issued_at}
            body = {**more, "serial": document.serial, "files": files or []}
    elif isinstance(answer, (Refused, NotSent)):
        body["said"] = answer.reason
    elif files:
        body["answer"] = files[0]["digest"]
    documents.save_standing(document, standing, **more)
    if standing.state is not document.state or standing.refused != document.standing.refused:
        ledger.append(_EVENTS[standing.state], document.id, body, actor)
    _go_on(document, standing, answer)


def _number_is_taken(number: str, document: str) -> bool:
    return bool(db.rows("SELECT 1 FROM document WHERE number = ? AND id <> ?", number, document))


def _go_on(document: Document, standing: Standing, answer: Answer | None) -> None:
    way = channel(document.channel)
    if standing.state is State.QUEUED:
        tasks.enqueue(SEND, document.id, delay=answer.wait if isinstance(answer, NotSent) else 0.0)
        return
    # Parked, and its channel cannot be asked: only a person can tell.
    deaf = standing.state is State.PARKED and way is not None and way.caps.query == "none"
    if standing.state in _ASKABLE and not deaf:
        delay = states.next_question(standing, way.caps, documents.now()) if way else _AWAY
        tasks.enqueue(ASK, document.id, delay=delay)


def ask_now(document: str) -> None:
    """Have the outcome of a document asked for at once.

    :raise NotFound: no such document here. :raise Conflict: there is nothing to ask.
    """
    with db.transaction():
        if documents.find_document(document).state not in _ASKABLE:
            raise Conflict("这张发票现在没有需要查询的结果")
        tasks.enqueue(ASK, document)


def heard(channel_name: str, serial: str, event: str) -> bool:
    """A channel's callback named a serial: ask the channel itself, at once; True the first time.

    The caller has checked the callback's signature; what it claims is never trusted (reliability F37).
    """
    row = db.system.execute_sql(
        "SELECT company, id FROM _document WHERE serial = ? AND channel = ?", (serial, channel_name)
    ).fetchone()
    if row is None:
        return False
    with scope.opened(row[0]), db.transaction():
        if db.rows("SELECT 1 FROM inbox WHERE origin = ? AND event = ?", channel_name, event):
            return False
        db.insert("inbox", {"origin": channel_name, "event": event, "at": clock.stamp()})
        if documents.find_document(row[1]).state in _ASKABLE:
            tasks.enqueue(ASK, row[1])
    return True


def recover() -> int:
    """After a start: whatever was in flight is unknown now, and whatever is open will be asked for.

    :returns: how many documents were in flight.
    """
    rows = db.system.execute_sql(
        "SELECT company, id, state FROM _document WHERE state IN ('sending','accepted','unknown','queued')"
    ).fetchall()
    for company, document, state in rows:
        with scope.opened(company), db.transaction(closing=True):
            found = documents.find_document(document)
            if state == State.SENDING:
                _record(found, states.lost(found.standing, documents.now()), None, "job:recover")
            elif not db.rows("SELECT 1 FROM task WHERE ref = ? AND state <> 'dead'", document):
                tasks.enqueue(SEND if state == State.QUEUED else ASK, document)
    return sum(1 for row in rows if row[2] == State.SENDING)
