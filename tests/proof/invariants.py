"""The invariants I1–I18 (reliability §3), each one a checker. Every row of the proof uses these and no other.

A checker takes what was found, and where it needs it what the clients or the bureau know, and returns the
problems in words: nothing, if it holds. Those over a data folder read it through `record`, not through core.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.proof.record import OPEN, Paper, Record, merkle_root

Problems = list[str]


@dataclass(frozen=True, slots=True)
class Ack:
    """What a client was told: this document was taken (and, where it is known, with this snapshot)."""

    company: str
    document: str
    source_ref: str = ""
    snapshot: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the bureau's own ledger."""

    serial: str
    number: str
    buyer: str
    total: int


def durable(record: Record, acks: Iterable[Ack]) -> Problems:
    """I1: what a client saw acknowledged is there, with the same content."""
    there = {(paper.company, paper.id): paper for paper in record.papers}
    problems = []
    for ack in acks:
        paper = there.get((ack.company, ack.document))
        if paper is None:
            problems.append(f"document {ack.document} ({ack.source_ref}) was acknowledged and is gone")
        elif ack.source_ref and paper.source_ref != ack.source_ref:
            problems.append(f"document {ack.document} is about {paper.source_ref}, not {ack.source_ref}")
        elif ack.snapshot and paper.snapshot != ack.snapshot:
            problems.append(f"document {ack.document} says something else than was acknowledged")
    return problems


def atomic(record: Record) -> Problems:
    """I2: a document, its first event and its key are there together; and nothing of one without it."""
    problems = [f"the database is damaged: {text}" for text in record.broken]
    queued = {leaf.subject: leaf for leaf in record.leaves if leaf.kind == "invoice-queued"}
    papers = {paper.id: paper for paper in record.papers}
    keyed = {document for _, _, _, document in record.keys}
    problems += [f"document {id} has no event" for id in papers.keys() - queued.keys()]
    problems += [f"event of a document that is not there: {id}" for id in queued.keys() - papers.keys()]
    problems += [f"a key names document {id}, which is not there" for id in keyed - papers.keys()]
    problems += [f"document {id} has no idempotency key" for id in papers.keys() - keyed]
    live = Counter(paper.key for paper in record.live())
    return problems + [f"business key {key} is held {n} times" for key, n in live.items() if n > 1]


def once(books: Sequence[Entry], refs: Mapping[str, str] | None = None) -> Problems:
    """I3: the bureau holds at most one invoice per serial, and per business key where `refs` names it."""
    problems = [
        f"serial {s} was issued {n} times" for s, n in Counter(e.serial for e in books).items() if n > 1
    ]
    if refs:
        by_key = Counter(refs[entry.serial] for entry in books if entry.serial in refs)
        problems += [f"{key} was issued {n} times" for key, n in by_key.items() if n > 1]
    return problems


def no_phantom(record: Record, books: Sequence[Entry]) -> Problems:
    """I4: what is issued here, the bureau has under that number with the same facts."""
    theirs = {entry.number: entry for entry in books}
    problems = []
    for paper in record.papers:
        entry = theirs.get(paper.number)
        if paper.state == "issued" and entry is None:
            problems.append(
                f"{paper.source_ref} is issued here as {paper.number}; the bureau has no such number"
            )
        elif paper.state == "issued" and entry is not None and not _same(paper, entry):
            problems.append(f"{paper.source_ref} and the bureau's {paper.number} say different things")
        elif paper.state != "issued" and paper.number:
            problems.append(f"{paper.source_ref} has a number and is {paper.state}")
    return problems


def _same(paper: Paper, entry: Entry) -> bool:
    return (paper.serial, paper.buyer, paper.total) == (entry.serial, entry.buyer, entry.total)


def no_orphan(record: Record, books: Sequence[Entry]) -> Problems:
    """I5: what the bureau issued is issued here, or open here, or a discrepancy that a person can see."""
    mine = {paper.serial: paper for paper in record.papers}
    seen = {number for _, number, _, _ in record.strays}
    problems = []
    for entry in books:
        paper = mine.get(entry.serial)
        if entry.number in seen or (paper is not None and paper.state in ("issued", "parked", "unknown")):
            continue
        state = paper.state if paper else "unknown to us"
        problems.append(f"the bureau issued {entry.number} for {entry.serial}, which is {state} here")
    return problems


def nothing_rots(record: Record, deaf: Collection[str] = ()) -> Problems:
    """I6: every open document has a live task; a parked one may wait for a person if its channel is deaf."""
    waited = {(company, ref) for company, _, ref, state in record.tasks if state != "dead"}
    return [
        f"{paper.source_ref} is {paper.state} and nothing will ever look at it again"
        for paper in record.papers
        if paper.state in OPEN and (paper.company, paper.id) not in waited
        and not (paper.state == "parked" and (paper.channel in deaf or not deaf))
    ]  # fmt: skip


def immutable(record: Record) -> Problems:
    """I7: facts are what was asked for, numbers what the bureau said, originals byte for byte what came."""
    problems = []
    papers = {paper.id: paper for paper in record.papers}
    for leaf in record.leaves:
        paper = papers.get(leaf.subject)
        if leaf.kind == "invoice-queued" and paper and json.loads(paper.snapshot) != leaf.said["invoice"]:
            problems.append(f"{paper.source_ref} was changed after it was asked for")
        if leaf.kind == "invoice-issued":
            if paper is None or (paper.number, paper.issued_at) != (
                leaf.said["number"],
                leaf.said["issued_at"],
            ):
                problems.append(f"{leaf.subject} was issued as {leaf.said['number']} and says otherwise now")
            for file in leaf.said["files"]:
                if not any(record.copies(file["digest"])):
                    problems.append(f"original {file['name']} of {leaf.subject} is in no sound copy")
    return problems


def provable(record: Record) -> Problems:
    """I8: the leaves, heads, checkpoints and witness lines all tell one story, recomputed from the rows."""
    problems = []
    epochs = {company: max(e for c, _, _, e in record.witnessed() if c == company)
              for company in {c for c, _, _, _ in record.witnessed()}}  # fmt: skip
    for company in {*record.heads, *(leaf.company for leaf in record.leaves)}:
        chain = record.chain(company)
        if [leaf.seq for leaf in chain] != list(range(1, len(chain) + 1)):
            problems.append(f"the ledger of {company} has gaps")
            continue
        problems += [
            f"event {leaf.seq} of {company} was altered" for leaf in chain if leaf.hash != leaf.stored
        ]
        if record.heads.get(company, (0, b""))[0] != len(chain):
            problems.append(f"the head of {company} says {record.heads.get(company)}, there are {len(chain)}")
        hashes = [leaf.hash for leaf in chain]
        said = [(size, bytes(root), "checkpoint") for c, size, root, _ in record.notes if c == company]
        said += [(size, root, "witness") for c, size, root, epoch in record.witnessed()
                 if c == company and epoch == epochs[company]]  # fmt: skip
        for size, root, who in said:
            if size > len(hashes):
                problems.append(f"a {who} of {company} saw {size} events, there are {len(hashes)}")
            elif merkle_root(hashes[:size]) != root:
                problems.append(f"the first {size} events of {company} are not what a {who} saw")
    return problems


def isolated(text: str | bytes, canaries: Collection[str], where: str) -> Problems:
    """I9: no byte of another company's canaries."""
    plain = text.decode(errors="replace") if isinstance(text, bytes) else text
    return [f"{where} shows {canary}" for canary in canaries if canary in plain]


def replayed(answers: Sequence[tuple[int, bytes]], where: str = "") -> Problems:
    """I10: every answer to the same key and content is the same (409, asked to wait, is none)."""
    given = {answer for answer in answers if answer[0] not in (409, 503)}
    return (
        [] if len(given) <= 1 else [f"{where}: one key, {len(given)} different answers: {sorted(given)[:3]}"]
    )


def contained(core_status: int, seconds: float, named: bool, others_ok: bool, where: str) -> Problems:
    """I11: core's page answers within 10 s, the plugin is named, everybody else's work goes on."""
    problems = []
    if core_status >= 500 or core_status == 0 or seconds > 10:
        problems.append(f"{where}: core's page answered {core_status} after {seconds:.1f} s")
    if not named:
        problems.append(f"{where}: the plugin that did it is not named")
    if not others_ok:
        problems.append(f"{where}: other work suffered")
    return problems


@dataclass(frozen=True, slots=True)
class Caps:
    """What one input may cost."""

    seconds: float
    mebibytes: float


def bounded(seconds: float, mebibytes: float, caps: Caps, where: str) -> Problems:
    """I12: an input costs no more than its cap."""
    problems = []
    if seconds > caps.seconds:
        problems.append(f"{where} took {seconds:.1f} s of {caps.seconds}")
    if mebibytes > caps.mebibytes:
        problems.append(f"{where} took {mebibytes:.0f} MiB of {caps.mebibytes}")
    return problems


def money(record: Record) -> Problems:
    """I13: whole fen; lines add up to their invoice, net and tax to the total."""
    problems = []
    for paper in record.papers:
        lines = json.loads(paper.snapshot)["lines"]
        if paper.amount + paper.tax != paper.total:
            problems.append(f"{paper.source_ref}: {paper.amount} + {paper.tax} is not {paper.total}")
        for name, whole in (("amount", paper.amount), ("tax", paper.tax)):
            parts = [line[name] for line in lines]
            if not all(isinstance(part, int) for part in parts) or sum(parts) != whole:
                problems.append(f"{paper.source_ref}: the lines' {name} adds up to {parts}, not {whole}")
    return problems


def restore_safe(record: Record, books: Sequence[Entry], refs: Mapping[str, str]) -> Problems:
    """I14: after a restore nothing is doubled there, nothing invented here, nothing of theirs unseen."""
    return once(books, refs) + no_phantom(record, books) + no_orphan(record, books)


def time_proof(calm: Record, warped: Record) -> Problems:
    """I15: two runs of one seed that differ in the wall clock alone end alike."""

    def ends(record: Record) -> list[tuple[str, str, str]]:
        return sorted((paper.source_ref, paper.state, paper.serial) for paper in record.papers)

    return (
        []
        if ends(calm) == ends(warped)
        else ["the wall clock decided something: the two runs end differently"]
    )


def upgraded(before: Record, after: Record, wanted: Collection[str]) -> Problems:
    """I16: an upgraded folder has the tables of a new one, and every old event under the same root."""
    problems = [f"table {name} is missing" for name in sorted(set(wanted) - after.tables)]
    for company in before.companies:
        old, new = before.chain(company), after.chain(company)
        if [leaf.hash for leaf in new[: len(old)]] != [leaf.hash for leaf in old]:
            problems.append(f"the ledger of {company} changed in the upgrade")
    mine = {(paper.id, paper.snapshot, paper.number) for paper in before.papers}
    lost = mine - {(paper.id, paper.snapshot, paper.number) for paper in after.papers}
    return problems + [f"document {id} changed in the upgrade" for id, _, _ in sorted(lost)]


def portable(here: Record, there: Record) -> Problems:
    """I17: moved elsewhere whole, each company's ledger has the same root."""
    problems = []
    for company in here.companies:
        roots = [merkle_root([leaf.hash for leaf in record.chain(company)]) for record in (here, there)]
        if roots[0] != roots[1]:
            problems.append(f"{company} has another root after the move")
    return problems


def honest(writes: Iterable[int], reads: Iterable[int], refusals: Collection[int]) -> Problems:
    """I18: while a promise cannot be kept, writes are refused in plain words and reads go on."""
    problems = [f"a write was answered {status}" for status in writes if status not in refusals]
    return problems + [f"a read was answered {status}" for status in reads if status >= 400]


def sound(record: Record) -> dict[str, Problems]:
    """Everything that a folder alone can show, by invariant: I2, I6, I7, I8, I13."""
    return {"I2": atomic(record), "I6": nothing_rots(record), "I7": immutable(record),
            "I8": provable(record), "I13": money(record)}  # fmt: skip


def agree(
    record: Record, books: Sequence[Entry], refs: Mapping[str, str] | None = None
) -> dict[str, Problems]:
    """What the bureau's books add: I3, I4, I5."""
    return {"I3": once(books, refs), "I4": no_phantom(record, books), "I5": no_orphan(record, books)}
