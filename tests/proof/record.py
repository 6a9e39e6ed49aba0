"""A data folder read as an outsider would: the standard library and docs/receipts.md, none of core's code.

What the product says of itself proves little; this reads the same files by other means.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OPEN = ("queued", "sending", "accepted", "unknown", "parked")


@dataclass(frozen=True, slots=True)
class Paper:
    """A document's row."""

    company: str
    id: str
    source: str
    source_ref: str
    side: str
    state: str
    snapshot: str
    number: str
    serial: str
    generation: int
    amount: int
    tax: int
    total: int
    buyer: str
    issued_at: str
    replaced_by: str
    channel: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """The business key, unique for ever."""
        return self.company, self.source, self.source_ref, self.side


@dataclass(frozen=True, slots=True)
class Leaf:
    """An event's row."""

    company: str
    seq: int
    kind: str
    subject: str
    body: str
    at: str
    actor: str
    stored: bytes

    @property
    def hash(self) -> bytes:
        """SHA-256(0x00 ‖ canonical head ‖ newline ‖ body), by docs/receipts.md."""
        head = {"actor": self.actor, "at": self.at, "company": self.company, "kind": self.kind,
                "seq": self.seq, "subject": self.subject, "v": 1}  # fmt: skip
        text = json.dumps(head, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(b"\0" + f"{text}\n{self.body}".encode()).digest()

    @property
    def said(self) -> dict[str, Any]:
        """The content."""
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


def merkle_root(leaves: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1, by its recursive words."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + merkle_root(leaves[:split]) + merkle_root(leaves[split:])).digest()


class Record:
    """What lies in a data folder.

    :raise sqlite3.DatabaseError: the database cannot be opened or read.
    """

    def __init__(self, root: Path, witness: Path | None = None) -> None:
        self.root = root
        self.witness = witness or root / "witness.jsonl"
        with closing(sqlite3.connect(root / "fapiao.db", timeout=10)) as link:
            self.broken = [row[0] for row in link.execute("PRAGMA quick_check") if row[0] != "ok"]
            self.tables = {row[0] for row in link.execute("SELECT name FROM sqlite_master")}
            self.papers = self._papers(link) if "_document" in self.tables else []
            self.leaves = self._leaves(link) if "_event" in self.tables else []
            self.tasks = self._all(link, "_task", "company, kind, ref, state")
            self.keys = self._all(link, "_idempotency", "company, principal, key, document")
            self.heads = {
                c: (s, bytes(n)) for c, s, n in self._all(link, "_ledger_head", "company, size, nodes")
            }
            self.notes = self._all(link, "_checkpoint", "company, size, root, note")
            self.strays = self._all(link, "_stray", "company, number, serial, state")
            self.companies = [row[0] for row in self._all(link, "_company", "company")]

    def _all(self, link: sqlite3.Connection, table: str, columns: str) -> list[tuple[Any, ...]]:
        return link.execute(f"SELECT {columns} FROM {table}").fetchall() if table in self.tables else []

    @staticmethod
    def _papers(link: sqlite3.Connection) -> list[Paper]:
        found = link.execute(
            "SELECT company, id, source, source_ref, side, state, snapshot, coalesce(number, ''), serial,"
            " generation, amount, tax, total, buyer_name, issued_at, coalesce(replaced_by, ''), channel"
            " FROM _document ORDER BY company, id"
        )
        return [Paper(*row) for row in found]

    @staticmethod
    def _leaves(link: sqlite3.Connection) -> list[Leaf]:
        found = link.execute(
            "SELECT company, seq, kind, subject, body, at, actor, leaf FROM _event ORDER BY company, seq"
        )
        return [Leaf(*row) for row in found]

    def live(self) -> list[Paper]:
        """Documents that none took the place of."""
        return [paper for paper in self.papers if not paper.replaced_by]

    def chain(self, company: str) -> list[Leaf]:
        """The events of one company, in order."""
        return [leaf for leaf in self.leaves if leaf.company == company]

    def about(self, document: str) -> list[Leaf]:
        """The events about one document, in order."""
        return [leaf for leaf in self.leaves if leaf.subject == document]

    def witnessed(self) -> Iterator[tuple[str, int, bytes, int]]:
        """Every line of the witness file that can be read: company, size, root, epoch."""
        if not self.witness.exists():
            return
        for line in self.witness.read_text(errors="replace").splitlines():
            try:
                note = json.loads(line)["note"]
                origin, size, root, *more = note.partition("\n\n")[0].split("\n")
                epoch = next((int(part[6:]) for part in more if part.startswith("epoch ")), 1)
                yield origin.partition("/")[2], int(size), base64.b64decode(root), epoch
            except (ValueError, KeyError, TypeError):
                continue

    def copies(self, digest: str) -> list[bytes | None]:
        """Each copy of an original; None where it is missing or not what its name says."""
        found: list[bytes | None] = []
        for folder in ("originals", "originals-copy"):
            path = self.root / folder / digest[:2] / digest
            content = path.read_bytes() if path.exists() else None
            sound = content is not None and hashlib.sha256(content).hexdigest() == digest
            found.append(content if sound else None)
        return found
