"""Whether what the house works with says what the ledger says: documents, keys, switches, originals.

The ledger proves its own events (`checkpoints.verify`); pages, sending and search read other rows, which
neither a signature nor SQLite protects. Here they are worked out anew from the events and compared.

Not in the ledger, and so seen only where they are impossible: `asked`, `version`, the settle window, tasks'
due times, and the fingerprint of a request.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from core import db, scope, states, storage
from core.errors import Unavailable
from core.events import canonical
from core.histories import History

PAGE = 500
OFF = timedelta(days=1)
"""So far a document's moment and its first event's may lie apart: the wall clock may be set in between."""

_COLUMNS = (
    "id", "source", "source_ref", "side", "kind", "state", "snapshot", "amount", "tax", "total", "buyer_name",
    "order_no", "number", "issued_at", "created_at", "channel", "simulated", "serial", "generation",
    "attempts", "refused", "asked", "reason", "window_boot", "window_at", "version", "replaced_by", "actor",
)  # fmt: skip

Row = dict[str, Any]


def compare(progress: Callable[[int], None] | None = None) -> list[str]:
    """Everything in the rows of the scope's company that its events contradict, each with what it is about.

    A damaged original is healed and named. The events themselves are `checkpoints.verify`'s part.

    :raise peewee.DatabaseError: a row cannot be read.
    :param progress: told how many documents were compared.
    """
    problems = list(_documents(progress))
    for check in (_absent, _keys, _unattended, _company, _chosen, _strays):
        problems += check()
    return problems


def _documents(progress: Callable[[int], None] | None) -> Iterator[str]:
    after, count = "", 0
    while True:
        # One moment for rows and events: a worker may be writing between two questions.
        with db.guarded.atomic("DEFERRED"):
            found = db.rows(
                f"SELECT {', '.join(_COLUMNS)} FROM document WHERE id > ? ORDER BY id LIMIT ?", after, PAGE
            )
            page = [dict(zip(_COLUMNS, row, strict=True)) for row in found]
            told, problems = _events_of([row["id"] for row in page])
            for row in page:
                problems += [f"document {row['id']}: {text}" for text in _judged(row, told.get(row["id"]))]
        yield from problems
        yield from (text for row in page for text in _originals(row["id"], told.get(row["id"])))
        if len(page) < PAGE:
            return
        after, count = page[-1]["id"], count + len(page)
        if progress:
            progress(count)


def _events_of(ids: Sequence[str]) -> tuple[dict[str, History], list[str]]:
    marks, told, problems = ", ".join("?" * len(ids)), dict[str, History](), []
    for subject, seq, kind, body, at, actor in db.rows(
        f"SELECT subject, seq, kind, body, at, actor FROM event WHERE subject IN ({marks})"
        " ORDER BY subject, seq", *ids,
    ):  # fmt: skip
        try:
            told.setdefault(subject, History()).hear(kind, json.loads(body), at, actor)
        except (ValueError, KeyError, TypeError, AttributeError):
            problems.append(f"event {seq} about document {subject} cannot be read")
    return told, problems


def _judged(row: Row, told: History | None) -> list[str]:
    try:
        return list(_judge(row, told))
    except (KeyError, TypeError, AttributeError):
        return ["its first event is none"]


def _judge(row: Row, told: History | None) -> Iterator[str]:
    if told is None or not told.first:
        yield "no event asked for it"
        return
    yield from (
        f"{name} is {row[name]!r}, its events say {value!r}"
        for name, value in told.facts().items()
        if row[name] != value
    )
    if _plain(row["snapshot"]) != canonical(told.first["invoice"]):
        yield "its snapshot is not what was asked for"
    for name, allowed in (("state", told.states), ("reason", told.reasons), ("attempts", told.attempts),
                          ("refused", told.refused)):  # fmt: skip
        if allowed and row[name] not in allowed:
            yield f"{name} is {row[name]!r}, its events say {' or '.join(map(str, sorted(allowed)))}"
    yield from _derived(row, told)
    yield from _replaced(row, told)


def _plain(snapshot: str) -> bytes | None:
    try:
        return canonical(json.loads(snapshot))
    except (ValueError, TypeError):
        return None


def _derived(row: Row, told: History) -> Iterator[str]:
    invoice, generation = told.first["invoice"], row["generation"]
    key = (invoice["source"], invoice["source_ref"], invoice["side"])
    if states.serial(scope.company(), *key, generation) != told.serial:
        yield f"serial {told.serial} is not that of generation {generation}"
    if not _is_near(row["created_at"], told.at):
        yield f"created_at is {row['created_at']}, it was asked for at {told.at}"


def _is_near(moment: str, told: str) -> bool:
    try:
        return abs(datetime.fromisoformat(moment) - datetime.fromisoformat(told)) < OFF
    except (ValueError, TypeError):
        return False


def _replaced(row: Row, told: History) -> Iterator[str]:
    heir, forebear = row["replaced_by"], told.first["replaces"]
    if heir is not None:
        found, _ = _events_of([heir])
        if heir not in found or found[heir].first.get("replaces") != row["id"]:
            yield f"it is said to be replaced by {heir}, whose events know nothing of it"
    if forebear and not db.rows(
        "SELECT 1 FROM document WHERE id = ? AND replaced_by = ?", forebear, row["id"]
    ):
        yield f"it replaced {forebear}, which does not say so"


def _originals(document: str, told: History | None) -> Iterator[str]:
    for digest in told.digests if told else ():
        try:
            sound, copies = storage.mend(digest)
        except (Unavailable, OSError, ValueError, TypeError) as error:
            yield f"document {document}: a copy of original {digest} cannot be read or healed ({error})"
            continue
        if not sound:
            yield f"document {document}: no copy of original {digest} is sound"
        elif sound < copies:
            yield f"document {document}: a damaged copy of original {digest} was healed"


def _absent() -> list[str]:
    found = db.rows(
        "SELECT e.seq, e.subject FROM event e WHERE e.kind = 'invoice-queued'"
        " AND NOT EXISTS (SELECT 1 FROM document d WHERE d.id = e.subject)"
    )
    return [f"document {subject}, asked for by event {seq}, is gone" for seq, subject in found]


def _keys() -> list[str]:
    lost = db.rows(
        "SELECT principal, key, document FROM idempotency i"
        " WHERE NOT EXISTS (SELECT 1 FROM document d WHERE d.id = i.document)"
    )
    bare = db.rows(
        "SELECT id, actor FROM document d"
        " WHERE (id, actor) NOT IN (SELECT document, principal FROM idempotency)"
    )
    return [f"key {key!r} of {who} names document {id}, which is not there" for who, key, id in lost] + [
        f"document {id}: the key under which {actor} asked for it is gone" for id, actor in bare
    ]


def _unattended() -> list[str]:
    found = db.rows(
        "SELECT id, state FROM document WHERE state IN ('queued', 'sending', 'accepted', 'unknown')"
        " AND id NOT IN (SELECT ref FROM task WHERE state <> 'dead')"
    )
    return [f"document {id} is {state}, and no task will go on with it" for id, state in found]


def _company() -> list[str]:
    with db.guarded.atomic("DEFERRED"):
        rows = db.rows("SELECT name, tax_id, region FROM company")
        told = dict[str, str]()
        for (body,) in db.rows(
            "SELECT body FROM event WHERE kind IN ('company-created', 'company-changed') ORDER BY seq"
        ):
            said = _said(body)
            told |= said.get("after", said)
    if len(rows) != 1:
        return ["the company's own row is gone"]
    names = ("name", "tax_id", "region")
    return [
        f"the company's {name} is {value!r}, its events say {told.get(name)!r}"
        for name, value in zip(names, rows[0], strict=True)
        if value != told.get(name)
    ]


def _said(body: str) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _chosen() -> list[str]:
    problems = []
    for kind, sql, value in (
        ("module-switched", "SELECT module, enabled FROM module_switch", "enabled"),
        ("setting-changed", "SELECT name, value FROM company_setting", "after"),
    ):
        with db.guarded.atomic("DEFERRED"):
            rows = dict(db.rows(sql))
            bodies = db.rows("SELECT subject, body FROM event WHERE kind = ? ORDER BY seq", kind)
        told = {subject: _said(body).get(value) for subject, body in bodies}
        problems += [
            f"{kind.partition('-')[0]} {name!r} is not what its events say"
            for name in sorted({*rows, *told})
            if rows.get(name) != told.get(name)
        ]
    return problems


def _strays() -> list[str]:
    with db.guarded.atomic("DEFERRED"):
        rows = {row[0]: row[1:] for row in db.rows(
            "SELECT number, serial, issued_at, total, channel, state, note FROM stray"
        )}  # fmt: skip
        events = db.rows("SELECT subject, kind, body FROM event WHERE kind LIKE 'stray-%' ORDER BY seq")
        issued = (
            {row[0] for row in db.rows("SELECT number FROM document WHERE number IS NOT NULL")}
            if rows
            else set()
        )
    told = {
        number: (said.get("serial"), said.get("issued_at"), said.get("total"), said.get("channel"))
        for number, kind, body in events if kind == "stray-found" for said in [_said(body)]
    }  # fmt: skip
    settled = {number: _said(body).get("note") for number, kind, body in events if kind == "stray-settled"}
    problems = []
    for number in sorted({*rows, *told}):
        end = (
            ("settled", settled[number])
            if number in settled
            else ("matched" if number in issued else "open", "")
        )
        if number not in rows or rows[number] != (*told.get(number, ()), *end):
            problems.append(
                f"difference {number} is {rows.get(number)}, its events say {told.get(number)}, {end}"
            )
    return problems
