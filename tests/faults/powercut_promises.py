"""What must be true of a folder that a power cut left behind, given what was promised before it."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.faults.disk_model import Image
from tests.proof import invariants
from tests.proof.invariants import Ack, Entry, Problems
from tests.proof.record import Record

DATA = "data/"
STARTED = frozenset({"sending", "accepted", "unknown", "parked", "issued"})


@dataclass
class Known:
    """What was said before the cut: by the program to its clients, and by the bureau to its books."""

    wanted: list[tuple[str, str, str]] = field(default_factory=list)
    companies: set[str] = field(default_factory=set)
    acks: list[Ack] = field(default_factory=list)
    issued: dict[str, list[str]] = field(default_factory=dict)
    """The bureau's books, as its channel keeps them: number, buyer, seller and total by serial."""
    numbers: dict[str, str] = field(default_factory=dict)
    signed: dict[str, int] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    tables: set[str] = field(default_factory=set)
    kept: Known | None = None
    """What the snapshot holds, once it was called made."""
    restoring: str = ""
    """`restoring` while the snapshot is being put back, then `restored`."""
    promises: int = 0

    @property
    def books(self) -> list[Entry]:
        """The bureau's books."""
        return entries(self.issued)

    def learn(self, line: bytes) -> None:
        """Hear one word of the program."""
        said: dict[str, Any] = json.loads(line)
        self.promises += 1
        match what := said.pop("what"):
            case "wanted":
                self.wanted.append((said["company"], said["ref"], said["remark"]))
            case "company":
                self.companies.add(said["company"])
            case "document":
                self.acks.append(Ack(said["company"], said["document"], said["ref"], said["snapshot"]))
            case "book":
                self.issued[said["serial"]] = said["found"]
            case "issued":
                self.numbers |= said["numbers"]
            case "signed":
                self.signed |= said["sizes"]
            case "serving":
                self.keys |= said["keys"]
            case "migrated":
                self.tables |= set(said["tables"])
            case "snapshot":
                self.kept = copy.deepcopy(self)
            case "restoring" | "restored":
                self.restoring = what


def entries(issued: dict[str, list[str]]) -> list[Entry]:
    """The books of a bureau as invariants read them."""
    return [Entry(s, number, buyer, int(total)) for s, (number, buyer, _, total, *_) in issued.items()]


def restored(record: Record, known: Known) -> dict[str, Problems]:
    """A snapshot was put back: what it held is there; what came after is the bureau's to tell."""
    found = invariants.sound(record)
    if known.restoring == "restoring":
        # Until the new epoch is witnessed, the witness contradicts the ledger, and issuing is closed by that.
        found["I8"] = [text for text in found["I8"] if "saw" not in text]
    found["I1"] = invariants.durable(record, known.kept.acks if known.kept else [])
    found["I2"] += ghosts(record, known)
    found["I4"] = invariants.no_phantom(record, known.books)
    found["I7"] += both_copies(record)
    return found


def promised(record: Record, known: Known) -> Problems:
    """Companies, numbers and tables that somebody was told of are there."""
    numbers = {paper.id: paper.number for paper in record.papers}
    problems = [f"company {c} is gone" for c in sorted(known.companies - set(record.companies))]
    problems += [f"document {id} was shown as issued and is not" for id, number in known.numbers.items()
                 if numbers.get(id) != number]  # fmt: skip
    sizes: dict[str, int] = {}
    for company, size, *_ in record.notes:
        sizes[company] = max(size, sizes.get(company, 0))
    problems += [f"the checkpoint of {c} over {size} events is gone" for c, size in known.signed.items()
                 if sizes.get(c, 0) < size]  # fmt: skip
    return problems + [f"table {name} is gone" for name in sorted(known.tables - record.tables)]


def ghosts(record: Record, known: Known) -> Problems:
    """Documents that nobody asked for."""
    refs = {ref for _, ref, _ in known.wanted}
    return [f"nobody asked for {paper.source_ref}" for paper in record.papers if paper.source_ref not in refs]


def half_made(record: Record) -> Problems:
    """A script that brings tables brings all of them or none."""
    later = {"_later_thing", "later_thing", "_later_note", "later_note"}
    core = {"_company", "_event", "_document", "_task"}
    return [f"of {sorted(group)} only {sorted(group & record.tables)} are there" for group in (later, core)
            if group & record.tables not in (set(), group)]  # fmt: skip


def marked_before_sent(record: Record, known: Known) -> Problems:
    """What the bureau issued was durably marked as sent before it was: nothing but an answer is missing."""
    states = {paper.serial: paper.state for paper in record.papers}
    return [f"the bureau issued {entry.number}; here it is {states.get(entry.serial, 'unheard of')}"
            for entry in known.books if states.get(entry.serial) not in STARTED]  # fmt: skip


def both_copies(record: Record) -> Problems:
    """An original that a row names is in every copy, whole."""
    problems = []
    for leaf in record.leaves:
        files = leaf.said.get("files", []) if leaf.kind == "invoice-issued" else []
        digests = [file["digest"] for file in files]
        digests += [leaf.said["answer"]] if leaf.kind == "invoice-unknown" and "answer" in leaf.said else []
        for digest in digests:
            sound = [copy is not None for copy in record.copies(digest)]
            if not all(sound):
                copies = f"{sum(sound)} of {len(sound)} copies"
                problems.append(f"original {digest[:8]} of {leaf.subject}: {copies}")
    return problems


def witnessed(record: Record, known: Known) -> Problems:
    """Every checkpoint that is kept, the witness saw; and every one that was called signed."""
    seen = {(company, size) for company, size, _, _ in record.witnessed()}
    due = {(company, size) for company, size, *_ in record.notes} | set(known.signed.items())
    return [f"the witness lacks the checkpoint of {c} over {size} events" for c, size in sorted(due - seen)]


def small_files(image: Image, known: Known) -> Problems:
    """Keys and the boot journal are absent or whole, and never absent once the server served."""
    problems = []
    there = {name for name in image if name.startswith(f"{DATA}keys/")}
    for name in sorted({f"{DATA}keys/{n}" for n in known.keys} | there):
        key = image.get(name)
        short = name.rpartition("/")[2]
        promised = known.keys.get(short)
        if key is None or (promised and hashlib.sha256(key).hexdigest() != promised):
            problems.append(f"{short} is not the key the server served with")
        elif not short.startswith(".") and len(key.strip()) != 64:
            problems.append(f"{short} is torn: no server would start")
    journal = image.get(f"{DATA}boot.json")
    if journal is None and known.keys:
        problems.append("the boot journal is gone")
    if journal is not None and not _is_json(journal):
        problems.append("the boot journal is torn: the next start is in safe mode")
    return problems


def whole_snapshot(files: Image, name: str) -> Problems:
    """A snapshot under its own name is complete: its name is the last thing it gets."""
    manifest = files.get(f"{name}/manifest.json", b"")
    if not _is_json(manifest):
        return [f"{name} has no whole manifest"]
    said = json.loads(manifest)
    originals = {n.rpartition("/")[2]: c for n, c in files.items() if n.startswith(f"{name}/originals/")}
    problems = [f"{name}: original {n[:8]} is damaged" for n, c in originals.items()
                if hashlib.sha256(c).hexdigest() != n]  # fmt: skip
    if hashlib.sha256(files.get(f"{name}/fapiao.db", b"")).hexdigest() != said["database"]:
        problems.append(f"{name}: the database is not the one that was written")
    if len(originals) < said["originals"]:
        problems.append(f"{name}: {len(originals)} of {said['originals']} originals")
    if len(files.get(f"{name}/keys/ledger.key", b"")) != 64:
        problems.append(f"{name}: the key is not there")
    return problems


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return True


def is_signed(key: bytes, note: str) -> bool:
    """Whether this key signed the checkpoint's note."""
    text, _, tail = note.partition("\n\n")
    try:
        public = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key.decode())).public_key()
        public.verify(base64.b64decode(tail.split(" ")[2])[4:], (text + "\n").encode())
    except (ValueError, InvalidSignature):
        return False
    return True
