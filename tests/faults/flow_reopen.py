"""A fresh start on what a flow left: everything is asked for again, twice, and all ledgers compared."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from core import checkpoints, clock, disk, house, registry, rng, scope, snapshots
from core.errors import AppError, StartError
from core.house import House
from tests.faults.flow import START, Hasty, Place, open_house, request, requeue_parked
from tests.faults.flow_bureau import Books
from tests.proof import invariants
from tests.proof.invariants import Ack, Problems
from tests.proof.record import Record

Told = list[dict[str, Any]]


def judge(place: Place, seed: int) -> dict[str, Problems]:
    """What is wrong with a folder as it was left, and with what a fresh start makes of it."""
    left = invariants.sound(_as_left(place))
    for invariant, problems in reopen(place, seed).items():
        left[invariant] = left.get(invariant, []) + problems
    return {invariant: problems for invariant, problems in left.items() if problems}


def _as_left(place: Place) -> Record:
    """Read from a copy of the database: reading recovers and moves what the next start has to find."""
    scratch = place.root / "scratch"
    scratch.mkdir(exist_ok=True)
    for file in place.data.glob("fapiao.db*"):
        if not file.name.endswith("-shm"):
            shutil.copy(file, scratch / file.name)
    record = Record(scratch, place.data / "witness.jsonl")
    record.root = place.data
    return record


def reopen(place: Place, seed: int) -> dict[str, Problems]:
    """Start, ask for everything again, work until nothing is due; what is wrong then, by invariant."""
    told = place.told()
    # Nothing of the house that lived in this process before: it is as dead as its server.
    with suppress(AttributeError):
        house._current = None
    with rng.use(seed), clock.use(Hasty(START + timedelta(days=10), "boot-after")):
        try:
            opened, deaf = open_house(place)
        except StartError as error:
            return {"I18": [f"the server does not start again: {error}"]}
        try:
            answers = _live(opened, deaf.books, told)
            wrong = [] if disk.is_writable() else [f"it does not write: {disk.trouble()}"]
        finally:
            opened.close()
    record, entries = Record(place.data), deaf.books.entries()
    found = {**invariants.sound(record), **invariants.agree(record, entries, _business_keys(record))}
    acks = [Ack(said["company"], said["document"], said["ref"]) for said in _of(told, "document")]
    found["I1"] = invariants.durable(record, acks) + _promised(record, told, place)
    found["I2"] += _ghosts(record, told) + _half_made(record)
    found["I6"] += _unfinished(record)
    found["I7"] += _both_copies(record, told)
    found["I8"] += _unwitnessed(record)
    found["I10"] = answers
    found["I14"] = _snapshot(place, told)
    found["I18"] = wrong
    return {invariant: problems for invariant, problems in found.items() if problems}


def _of(told: Told, what: str) -> Told:
    return [said for said in told if said["what"] == what]


def _live(opened: House, books: Books, told: Told) -> Problems:
    problems: Problems = []
    given = {(t["company"], t["ref"], t["remark"]): t["document"] for t in _of(told, "document")}
    there = {company.id for company in registry.companies()}
    runner = opened.runner()
    _work(opened, books)
    for said in _of(told, "wanted"):
        key = said["company"], said["ref"], said["remark"]
        if said["company"] not in there:
            continue
        acked = [(200, given[key].encode())] if key in given else []
        answers = [*acked, _answer(*key), _answer(*key)]
        problems += invariants.replayed(answers, f"{said['ref']} {said['remark']}")
        if "refused" in said["ref"]:
            # A person asks again with a remark once it was refused, not before.
            runner.drain(7200)
    _work(opened, books)
    with suppress(AppError):
        runner.checkpoint_all()
    for company in there:
        with scope.opened(company):
            problems += checkpoints.verify(opened.signer).problems
    return problems


def _answer(company: str, ref: str, remark: str) -> tuple[int, bytes]:
    try:
        outcome = request(company, ref, remark)
    except AppError as refused:
        return refused.status, str(refused).encode()
    if outcome.document is None or outcome.faults:
        return 422, repr(outcome.faults).encode()
    return 200, outcome.document.id.encode()


def _work(opened: House, books: Books) -> None:
    runner = opened.runner()
    runner.drain(7200)
    requeue_parked(books)
    runner.drain(7200)


def _business_keys(record: Record) -> Mapping[str, str]:
    """Serial → business key; a serial that was given up for another belongs to the same."""
    papers = {paper.id: paper for paper in record.papers}
    found = {paper.serial: " ".join(paper.key) for paper in record.papers}
    for leaf in record.leaves:
        if leaf.kind == "invoice-requeued" and "before" in leaf.said and leaf.subject in papers:
            found[leaf.said["before"]] = " ".join(papers[leaf.subject].key)
    return found


def _promised(record: Record, told: Told, place: Place) -> Problems:
    """Companies, numbers, checkpoints, tables and keys that somebody was told of are there, as they were."""
    numbers = {paper.id: paper.number for paper in record.papers}
    sizes = {(company, size) for company, size, *_ in record.notes}
    companies = {said["company"] for said in _of(told, "company")}
    problems = [f"company {company} is gone" for company in companies - set(record.companies)]
    problems += [f"{document} was shown as issued under {number}" for t in _of(told, "issued")
                 for document, number in t["numbers"].items() if numbers.get(document) != number]  # fmt: skip
    problems += [f"the checkpoint of {company} over {size} events is gone" for t in _of(told, "signed")
                 for company, size in t["sizes"].items() if (company, size) not in sizes]  # fmt: skip
    tables = {name for said in _of(told, "migrated") for name in said["tables"]}
    problems += [f"table {name} is gone" for name in tables - record.tables]
    key = place.data / "keys" / "ledger.key"
    lost = [said for said in _of(told, "key") if key.read_text() != said["key"]]
    return problems + ["the signing key is another one"] * len(lost)


def _ghosts(record: Record, told: Told) -> Problems:
    wanted = {said["ref"] for said in _of(told, "wanted")}
    return [f"nobody asked for {p.source_ref}" for p in record.papers if p.source_ref not in wanted]


def _half_made(record: Record) -> Problems:
    later = {"_later_thing", "later_thing", "_later_note", "later_note"}
    there = later & record.tables
    return [] if there in (set(), later) else [f"of one script only {sorted(there)} is there"]


def _unfinished(record: Record) -> Problems:
    """Everything ends: issued, or refused where the bureau refuses; parked only where it cannot be asked."""
    return [
        f"{paper.source_ref} is {paper.state} in the end" for paper in record.live()
        if paper.state != "issued" and not (paper.state == "rejected" and "refused" in paper.source_ref)
        and not (paper.state == "parked" and paper.channel == "deaf")
    ]  # fmt: skip


def _both_copies(record: Record, told: Told) -> Problems:
    """An original that a row names is in every copy; of what had rotted before, one is enough."""
    problems, rotten = [], {digest for said in _of(told, "rotten") for digest in said["digests"]}
    for leaf in record.leaves:
        files = leaf.said.get("files", []) if leaf.kind == "invoice-issued" else []
        digests = [file["digest"] for file in files]
        digests += [leaf.said["answer"]] if "answer" in leaf.said else []
        for digest in digests:
            sound = [content is not None for content in record.copies(digest)]
            if not (any(sound) if digest in rotten else all(sound)):
                problems.append(f"original {digest[:8]} of {leaf.subject}: {sum(sound)} of {len(sound)}")
    return problems


def _unwitnessed(record: Record) -> Problems:
    """A checkpoint is witnessed before it is kept."""
    seen = {(company, size) for company, size, _, _ in record.witnessed()}
    return [f"the witness lacks the checkpoint of {company} over {size} events"
            for company, size, *_ in record.notes if (company, size) not in seen]  # fmt: skip


def _snapshot(place: Place, told: Told) -> Problems:
    """A snapshot under its own name is whole; one that was called made is there."""
    if not place.snapshot.exists():
        return ["the snapshot was called made and is gone"] if _of(told, "snapshot") else []
    try:
        return snapshots.check(place.snapshot)
    except (StartError, sqlite3.DatabaseError) as error:
        return [str(error)]
