"""Signed checkpoints of a company's ledger, their witness, receipts, and the full verification."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core import clock, db, ledger, merkle, scope, storage
from core.errors import NotFound
from core.events import VERSION, Event, canonical

ORIGIN = "fapiao"

ROLLED_BACK = "账本比见证短,可能恢复过旧备份"
CONTRADICTED = "账本与见证不符,可能恢复过旧备份"


class Note(NamedTuple):
    """What a checkpoint says. `epoch` counts the restores of the installation, from 1."""

    company: str
    size: int
    root: bytes
    epoch: int = 1


@dataclass(frozen=True)
class Signer:
    """Signs notes of the C2SP form `origin / size / root`, and writes each to the witness file."""

    key: Ed25519PrivateKey
    witness: Path

    @property
    def public(self) -> bytes:
        """The raw public key, 32 bytes."""
        return self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def _key_id(self) -> bytes:
        return hashlib.sha256(ORIGIN.encode() + b"\n\x01" + self.public).digest()[:4]

    def sign(self, company: str, size: int, root: bytes, epoch: int = 1) -> str:
        """A signed note over one state of one company's tree; from the first restore on with its epoch."""
        text = f"{ORIGIN}/{company}\n{size}\n{base64.b64encode(root).decode()}\n"
        text += f"epoch {epoch}\n" if epoch > 1 else ""
        signature = base64.b64encode(self._key_id + self.key.sign(text.encode())).decode()
        return f"{text}\n— {ORIGIN} {signature}\n"

    def opens(self, note: str) -> Note:
        """What a note says.

        :raise ValueError: it is no note, or not signed by this key.
        """
        return open_note(note, self.public)

    def recognised(self, note: str) -> Note | None:
        """What a note says, if this key signed it."""
        try:
            return self.opens(note)
        except ValueError:
            return None


def open_note(note: str, public: bytes) -> Note:
    """Check a note's signature and read it.

    :raise ValueError: it is no note of this key.
    """
    text, _, tail = note.partition("\n\n")
    try:
        said = _read_note(text)
        signature = base64.b64decode(tail.split(" ")[2])
        Ed25519PublicKey.from_public_bytes(public).verify(signature[4:], (text + "\n").encode())
    except (ValueError, IndexError, InvalidSignature) as error:
        raise ValueError("not a checkpoint signed by this key") from error
    return said


def _read_note(text: str) -> Note:
    origin, size, root, *more = text.split("\n")
    epoch = int(more[0].removeprefix("epoch ")) if more else 1
    return Note(origin.partition("/")[2], int(size), base64.b64decode(root), epoch)


def checkpoint(signer: Signer) -> str | None:
    """Sign the present state of the scope's company and have it witnessed.

    :returns: the note, or None where nothing was added since the last one.
    """
    with db.transaction():
        found = db.execute("SELECT size, nodes FROM ledger_head").fetchone()
        last = db.execute("SELECT max(size) FROM checkpoint").fetchone()[0]
        if not found or found[0] == last:
            return None
        tree = merkle.Range(*found)
        epoch = db.rows("SELECT epoch FROM instance")[0][0]
        note = signer.sign(scope.company(), tree.size, tree.root(), epoch)
        at = clock.stamp()
        db.insert("checkpoint", {"size": tree.size, "root": tree.root(), "note": note, "at": at})
        # Witnessed before it is kept: a crash between the two leaves a witness too many, never too few.
        storage.append_durably(signer.witness, json.dumps({"at": at, "note": note}, ensure_ascii=False))
    return note


def _told(signer: Signer) -> dict[str, list[tuple[int, int, str]]]:
    """Lines of the witness file by company, newest state first: epoch, size, note; not yet checked."""
    told: dict[str, list[tuple[int, int, str]]] = {}
    text = signer.witness.read_text(errors="replace") if signer.witness.exists() else ""
    for line in text.splitlines():
        try:
            note = str(json.loads(line)["note"])
            said = _read_note(note.partition("\n\n")[0])
        except (ValueError, KeyError, TypeError):
            continue
        told.setdefault(said.company, []).append((said.epoch, said.size, note))
    return {company: sorted(lines, reverse=True) for company, lines in told.items()}


def witnessed(signer: Signer, company: str) -> list[Note]:
    """What the witness saw of one company since the last restore it knows of, newest first; notes that
    this key did not sign do not count."""
    notes = [note for *_, text in _told(signer).get(company, []) if (note := signer.recognised(text))]
    return [note for note in notes if note.epoch == notes[0].epoch]


def last_witnessed(signer: Signer) -> dict[str, Note]:
    """The newest state of each company that the witness saw."""
    found = {
        company: next((note for *_, text in lines if (note := signer.recognised(text))), None)
        for company, lines in _told(signer).items()
    }
    return {company: note for company, note in found.items() if note is not None}


def went_back(signer: Signer) -> str:
    """How the ledgers contradict their witness, in one line: an older state was put in place of a newer
    one by hand; empty while they do not."""
    epoch = db.rows("SELECT epoch FROM instance")[0][0]
    for company, last in last_witnessed(signer).items():
        with scope.opened(company):
            if last.epoch > epoch or (last.epoch == epoch and ledger.size() < last.size):
                return ROLLED_BACK
            if last.epoch == epoch and _root_at(last.size) != last.root:
                return CONTRADICTED
    return ""


def _root_at(size: int) -> bytes:
    row = db.execute("SELECT root FROM checkpoint WHERE size = ?", size).fetchone()
    return bytes(row[0]) if row else merkle.root(ledger.stored_leaves()[:size])


@dataclass
class Report:
    """What a full verification of one company's ledger found."""

    size: int = 0
    checkpoints: int = 0
    root: str = ""
    problems: list[str] = field(default_factory=list)


def verify(signer: Signer, progress: Callable[[int], None] | None = None) -> Report:
    """Recompute every leaf and root of the scope's company from its rows and compare all that is known.

    The first bad leaf is named; missing and extra events are told apart by the sequence.
    """
    # Read before the rows: what is witnessed meanwhile is in none of them yet.
    witness = witnessed(signer, scope.company())
    with db.guarded.atomic("DEFERRED"):
        return _verify(signer, witness, progress)


def _verify(signer: Signer, witness: list[Note], progress: Callable[[int], None] | None) -> Report:
    report, tree = Report(), merkle.Range()
    notes = {size: (root, note) for size, root, note in db.rows("SELECT size, root, note FROM checkpoint")}
    epoch = db.rows("SELECT epoch FROM instance")[0][0]
    seen = {note.size: note.root for note in witness if note.epoch >= epoch}
    for seq, computed, stored in ledger.recomputed(progress):
        if seq != tree.size + 1:
            report.problems.append(f"event {tree.size + 1} is missing (the next is {seq})")
            break
        if computed != stored:
            report.problems.append(f"event {seq} was altered")
            break
        tree.add(stored)
        if tree.size in notes:
            report.checkpoints += 1
            report.problems += _compare(signer, tree, *notes[tree.size])
        if tree.size in seen and seen[tree.size] != tree.root():
            report.problems.append(f"the first {tree.size} events are not those that the witness saw")
    report.size, report.root = tree.size, tree.root().hex()
    if not report.problems:
        report.problems += _compare_ends(tree, notes, max(seen, default=0))
    return report


def _compare(signer: Signer, tree: merkle.Range, root: bytes, note: str) -> list[str]:
    try:
        said = signer.opens(note)
    except ValueError:
        return [f"checkpoint {tree.size} is not signed by this key"]
    if said[:3] != (scope.company(), tree.size, root) or root != tree.root():
        return [f"checkpoint {tree.size} does not match the events before it"]
    return []


def _compare_ends(tree: merkle.Range, notes: dict[int, tuple[bytes, str]], seen: int) -> list[str]:
    problems = []
    head = db.execute("SELECT size, nodes FROM ledger_head").fetchone() or (0, b"")
    if head[0] != tree.size or bytes(head[1]) != tree.packed():
        problems.append(f"the ledger's head says {head[0]} events, there are {tree.size}")
    beyond = [size for size in notes if size > tree.size]
    if beyond:
        problems.append(f"checkpoint {max(beyond)} covers events that are gone (there are {tree.size})")
    if seen > tree.size:
        problems.append(f"the witness saw {seen} events, there are {tree.size}: the ledger went back")
    return problems


def receipt(signer: Signer, event: Event) -> dict[str, Any]:
    """The proof that an event is in the ledger, checkable without this server: see docs/receipts.md.

    :raise NotFound: no checkpoint covers the event yet.
    """
    row = db.execute(
        "SELECT size, note FROM checkpoint WHERE size >= ? ORDER BY size LIMIT 1", event.seq
    ).fetchone()
    if row is None:
        raise NotFound("这一步还没有写入检查点,请稍后再试")
    leaves = ledger.stored_leaves()[: row[0]]
    head = {"actor": event.actor, "at": event.at, "company": scope.company(), "kind": event.kind,
            "seq": event.seq, "subject": event.subject, "v": VERSION}  # fmt: skip
    return {
        "head": head,
        "body": canonical(event.body).decode(),
        "proof": [base64.b64encode(node).decode() for node in merkle.inclusion(event.seq - 1, leaves)],
        "checkpoint": row[1],
        "key": base64.b64encode(signer.public).decode(),
    }
