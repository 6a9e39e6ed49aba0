"""Signed checkpoints of a company's ledger, their witness, receipts, and the full verification."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core import clock, db, ledger, merkle, scope, storage
from core.errors import NotFound
from core.events import VERSION, Event, canonical

ORIGIN = "fapiao"


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

    def sign(self, company: str, size: int, root: bytes) -> str:
        """A signed note over one state of one company's tree."""
        text = f"{ORIGIN}/{company}\n{size}\n{base64.b64encode(root).decode()}\n"
        signature = base64.b64encode(self._key_id + self.key.sign(text.encode())).decode()
        return f"{text}\n— {ORIGIN} {signature}\n"

    def opens(self, note: str) -> tuple[str, int, bytes]:
        """What a note says: company, size, root.

        :raise ValueError: it is no note, or not signed by this key.
        """
        return open_note(note, self.public)


def open_note(note: str, public: bytes) -> tuple[str, int, bytes]:
    """Check a note's signature and read it: company, size, root.

    :raise ValueError: it is no note of this key.
    """
    text, _, tail = note.partition("\n\n")
    try:
        origin, size, root = text.split("\n")
        signature = base64.b64decode(tail.split(" ")[2])
        Ed25519PublicKey.from_public_bytes(public).verify(signature[4:], (text + "\n").encode())
    except (ValueError, IndexError, InvalidSignature) as error:
        raise ValueError("not a checkpoint signed by this key") from error
    return origin.partition("/")[2], int(size), base64.b64decode(root)


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
        note = signer.sign(scope.company(), tree.size, tree.root())
        at = clock.stamp()
        db.insert("checkpoint", {"size": tree.size, "root": tree.root(), "note": note, "at": at})
        # Witnessed before it is kept: a crash between the two leaves a witness too many, never too few.
        storage.append_durably(signer.witness, json.dumps({"at": at, "note": note}, ensure_ascii=False))
    return note


def witnessed(signer: Signer) -> dict[str, int]:
    """The largest tree that the witness saw of each company; notes of other keys do not count."""
    sizes: dict[str, int] = {}
    if not signer.witness.exists():
        return sizes
    for line in signer.witness.read_text(errors="replace").splitlines():
        try:
            company, size, _ = signer.opens(json.loads(line)["note"])
        except (ValueError, KeyError):
            continue
        sizes[company] = max(size, sizes.get(company, 0))
    return sizes


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
    report, tree = Report(), merkle.Range()
    notes = {size: (root, note) for size, root, note in db.rows("SELECT size, root, note FROM checkpoint")}
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
    report.size, report.root = tree.size, tree.root().hex()
    if not report.problems:
        report.problems += _compare_ends(signer, tree, notes)
    return report


def _compare(signer: Signer, tree: merkle.Range, root: bytes, note: str) -> list[str]:
    try:
        said = signer.opens(note)
    except ValueError:
        return [f"checkpoint {tree.size} is not signed by this key"]
    if said != (scope.company(), tree.size, root) or root != tree.root():
        return [f"checkpoint {tree.size} does not match the events before it"]
    return []


def _compare_ends(signer: Signer, tree: merkle.Range, notes: dict[int, tuple[bytes, str]]) -> list[str]:
    problems = []
    head = db.execute("SELECT size, nodes FROM ledger_head").fetchone() or (0, b"")
    if head[0] != tree.size or bytes(head[1]) != tree.packed():
        problems.append(f"the ledger's head says {head[0]} events, there are {tree.size}")
    beyond = [size for size in notes if size > tree.size]
    if beyond:
        problems.append(f"checkpoint {max(beyond)} covers events that are gone (there are {tree.size})")
    seen = witnessed(signer).get(scope.company(), 0)
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
