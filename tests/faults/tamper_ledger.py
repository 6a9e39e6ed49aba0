"""What a forger with every right over the files does to the ledger, its checkpoints and its witness.

A forgery takes the database's plain connection and says by which words it must be found; no words: nothing
was forged. Forging the end of a ledger that no checkpoint covers yet, with its head made to match, is what
the product itself does: it is left out, and so is rewriting the witness with the true key.
"""

from __future__ import annotations

import base64
import json
import random
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core import merkle
from core.checkpoints import Signer
from core.events import Event, leaf

KINDS = ("invoice-issued", "invoice-rejected", "invoice-unknown", "invoice-sending", "setting-changed")
FIELDS = "seq, kind, subject, body, at, actor"


@dataclass
class Forger:
    """One forgery in the making. `seen`: how many events the witness saw; `older`: an earlier database."""

    link: sqlite3.Connection
    chance: random.Random
    company: str
    root: Path
    signer: Signer
    seen: int
    older: bytes

    def one(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        """A row by chance."""
        rows = self.link.execute(sql, values).fetchall()
        return self.chance.choice(rows) if rows else None

    def run(self, sql: str, *values: object) -> int:
        """Change rows; how many."""
        return self.link.execute(sql, values).rowcount

    def seq(self) -> int:
        """An event that the witness saw."""
        return self.chance.randint(1, self.seen)

    def other_key(self) -> Signer:
        """A signer with a key of the forger's own."""
        return Signer(Ed25519PrivateKey.from_private_bytes(self.chance.randbytes(32)), self.signer.witness)


Words = tuple[str, ...]
Forgery = Callable[[Forger], Words]
REWRITTEN = ("checkpoint", "witness", "event", "ledger's head")


def edit_event(f: Forger) -> Words:
    """One field of one event."""
    seq, column = f.seq(), f.chance.choice(["kind", "subject", "body", "at", "actor", "leaf"])
    (old,) = f.link.execute(f"SELECT {column} FROM _event WHERE seq = ?", (seq,)).fetchone()
    f.run(f"UPDATE _event SET {column} = ? WHERE seq = ?", _another(f, column, old), seq)
    return (f"event {seq} was altered",)


def _another(f: Forger, column: str, old: str | bytes) -> str | bytes:
    if isinstance(old, bytes):
        return f.chance.randbytes(32)
    if column == "kind":
        return f.chance.choice([kind for kind in KINDS if kind != old])
    if column == "body":
        place = f.chance.randrange(len(old))
        return old[:place] + ("7" if old[place] != "7" else "8") + old[place + 1 :]
    return old + "0" if f.chance.random() < 0.5 else "X" + old[1:]


def delete_event(f: Forger) -> Words:
    """One event, somewhere."""
    seq = f.seq()
    f.run("DELETE FROM _event WHERE seq = ?", seq)
    return (f"event {seq} is missing", "the ledger's head", "witness saw")


def insert_event(f: Forger) -> Words:
    """A copy of one event behind the last, with its leaf; the head stays as it was."""
    f.run(f"INSERT INTO _event (company, {FIELDS}, leaf) SELECT company, (SELECT max(seq) + 1 FROM _event),"
          " kind, subject, body, at, actor, leaf FROM _event WHERE seq = ?", f.seq())  # fmt: skip
    (last,) = f.link.execute("SELECT max(seq) FROM _event").fetchone()
    return (f"event {last} was altered",)


def swap_events(f: Forger) -> Words:
    """Two events change places, leaves and all."""
    one, two = f.chance.sample(range(1, f.seen + 1), 2)
    for old, new in ((one, -1), (two, one), (-1, two)):
        f.run("UPDATE _event SET seq = ? WHERE seq = ?", new, old)
    return (f"event {min(one, two)} was altered",)


def truncate(f: Forger) -> Words:
    """The end is cut off, and the head made to match."""
    f.run("DELETE FROM _event WHERE seq > ?", f.chance.randrange(f.seen))
    _settle(f)
    return REWRITTEN


def truncate_with_notes(f: Forger) -> Words:
    """The same, with the checkpoints of what is cut."""
    size = f.chance.randrange(f.seen)
    f.run("DELETE FROM _event WHERE seq > ?", size)
    f.run("DELETE FROM _checkpoint WHERE size > ?", size)
    _settle(f)
    return ("the ledger went back",)


def edit_head(f: Forger) -> Words:
    """The head says other nodes, or another size, or is gone."""
    lot = f.chance.randrange(3)
    if lot == 0:
        f.run("DELETE FROM _ledger_head")
    else:
        size, nodes = f.link.execute("SELECT size, nodes FROM _ledger_head").fetchone()
        f.run("UPDATE _ledger_head SET size = ?, nodes = ?", size + (lot == 1),
              f.chance.randbytes(len(nodes)) if lot == 2 else nodes)  # fmt: skip
    return ("the ledger's head",)


def edit_note(f: Forger) -> Words:
    """A checkpoint's root, note or size."""
    row = f.one("SELECT size, root, note FROM _checkpoint")
    if row is None:
        return ()
    size, root, note = row
    lot = f.chance.randrange(4)
    if lot == 0:
        f.run("UPDATE _checkpoint SET root = ? WHERE size = ?", f.chance.randbytes(32), size)
    elif lot == 1:
        f.run("UPDATE _checkpoint SET note = ? WHERE size = ?", str(note).replace("\n", "\n1", 1), size)
    elif lot == 2:
        text = f.other_key().sign(f.company, size, root)
        f.run("UPDATE _checkpoint SET note = ? WHERE size = ?", text, size)
    else:
        f.run("UPDATE _checkpoint SET size = size + 100000 WHERE size = ?", size)
        return ("checkpoint", "covers events that are gone")
    return (f"checkpoint {size}",)


def rewrite(f: Forger) -> Words:
    """History is rewritten, every leaf, root and head worked out anew; the checkpoints stay."""
    _alter(f)
    _settle(f)
    return REWRITTEN


def resign_with_other_key(f: Forger) -> Words:
    """The same, with checkpoints of the forger's key."""
    _alter(f)
    _settle(f)
    _resign(f, f.other_key())
    return REWRITTEN


def resign_with_stolen_key(f: Forger) -> Words:
    """The same, with the true key; the witness lies elsewhere."""
    _alter(f)
    _settle(f)
    _resign(f, f.signer)
    return ("witness",)


def resign_all_with_other_key(f: Forger) -> Words:
    """Checkpoints and witness of the forger's key."""
    _alter(f)
    _settle(f)
    notes = _resign(f, f.other_key())
    lines = [json.dumps({"at": "", "note": note}, ensure_ascii=False) for note in notes]
    f.signer.witness.write_text("\n".join(lines) + "\n")
    return ("is not signed by this key",) if notes else ()


def cut_witness(f: Forger) -> Words:
    """The witness file loses its last lines, or is gone."""
    lines = f.signer.witness.read_text().splitlines(keepends=True)
    f.signer.witness.write_text("".join(lines[: f.chance.randrange(len(lines))]))
    (row,) = f.link.execute("SELECT count(*) FROM _checkpoint WHERE size = ?", (f.seen,)).fetchone()
    return ("is not in the witness file",) if row else ()


def roll_back(f: Forger) -> Words:
    """An older database lies in the newer one's place."""
    if not f.older:
        return ()
    before = sqlite3.connect(":memory:")
    before.deserialize(f.older)
    f.link.commit()
    before.backup(f.link)
    before.close()
    return ("the ledger went back", "is gone")


def clone_company(f: Forger) -> Words:
    """A second company with a copy of the ledger."""
    copied = {"_company": "name, tax_id, region, status, created_at", "_event": f"{FIELDS}, leaf",
              "_ledger_head": "size, nodes", "_checkpoint": "size, root, note, at"}  # fmt: skip
    for table, columns in copied.items():
        f.run(f"INSERT INTO {table} (company, {columns}) SELECT 'CLONE', {columns} FROM {table}")
    return ("CLONE: event 1 was altered",)


def hide_company(f: Forger) -> Words:
    """The company is listed no more; with it its ledger, or not."""
    for table in ("_company", "_event", "_ledger_head", "_checkpoint")[: f.chance.choice([1, 4])]:
        f.run(f"DELETE FROM {table}")
    return (f"company {f.company} is gone",)


def _alter(f: Forger) -> None:
    seq = f.seq()
    lot = f.chance.randrange(3)
    if lot == 0:
        f.run("UPDATE _event SET actor = actor || '0' WHERE seq = ?", seq)
    elif lot == 1:
        f.run("UPDATE _event SET body = replace(body, '1', '2') WHERE seq = ? AND body LIKE '%1%'", seq)
        f.run("UPDATE _event SET at = '2026-01-01T00:00:00.000+00:00' WHERE seq = ?", seq)
    else:
        f.run("DELETE FROM _event WHERE seq = ?", seq)
        # In two steps: no two events hold one number meanwhile.
        f.run("UPDATE _event SET seq = -seq WHERE seq > ?", seq)
        f.run("UPDATE _event SET seq = -seq - 1 WHERE seq < 0")


def _settle(f: Forger) -> merkle.Range:
    tree = merkle.Range()
    for seq, kind, subject, body, at, actor in f.link.execute(
        f"SELECT {FIELDS} FROM _event ORDER BY seq"
    ).fetchall():
        made = leaf(f.company, Event(seq, kind, subject, {}, at, actor), body.encode())
        f.run("UPDATE _event SET leaf = ? WHERE seq = ?", made, seq)
        tree.add(made)
    f.run("UPDATE _ledger_head SET size = ?, nodes = ?", tree.size, tree.packed())
    return tree


def _resign(f: Forger, signer: Signer) -> list[str]:
    leaves = [row[0] for row in f.link.execute("SELECT leaf FROM _event ORDER BY seq")]
    (epoch,) = f.link.execute("SELECT epoch FROM instance").fetchone()
    sizes = [row[0] for row in f.link.execute("SELECT size FROM _checkpoint ORDER BY size")]
    f.run("DELETE FROM _checkpoint")
    notes = []
    for size in (size for size in sizes if size <= len(leaves)):
        root = merkle.root(leaves[:size])
        notes.append(signer.sign(f.company, size, root, epoch))
        f.run("INSERT INTO _checkpoint (company, size, root, note, at) VALUES (?, ?, ?, ?, '')",
              f.company, size, root, notes[-1])  # fmt: skip
    return notes


def edit_witness(f: Forger) -> Words:
    """One line of the witness tells another root, unsigned."""
    lines = f.signer.witness.read_text().splitlines()
    place = f.chance.randrange(len(lines))
    said = json.loads(lines[place])
    head, size, _, *rest = said["note"].split("\n")
    other = base64.b64encode(f.chance.randbytes(32)).decode()
    lines[place] = json.dumps({**said, "note": "\n".join([head, size, other, *rest])}, ensure_ascii=False)
    f.signer.witness.write_text("\n".join(lines) + "\n")
    told = [json.loads(line)["note"] for line in lines]
    kept = f.link.execute("SELECT note FROM _checkpoint ORDER BY size").fetchall()
    (epoch,) = f.link.execute("SELECT epoch FROM instance").fetchone()
    mark = f"\nepoch {epoch}\n"
    lost = [note for (note,) in kept if note not in told and (epoch == 1 or mark in note)]
    return ("is not in the witness file",) if lost else ()


FORGERIES: tuple[Forgery, ...] = (
    edit_event, edit_event, edit_event, delete_event, insert_event, swap_events, truncate,
    truncate_with_notes, edit_head, edit_note, rewrite, resign_with_other_key, resign_with_stolen_key,
    resign_all_with_other_key, cut_witness, edit_witness, roll_back, clone_company, hide_company,
)  # fmt: skip
