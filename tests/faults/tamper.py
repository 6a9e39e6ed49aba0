"""R8: whoever has every right over the files alters something; the product must find it and say where.

Each case takes an honest company of about forty documents, does one forgery to its files, and has it judged
as `fapiao ledger verify` judges. Between the steps of honest lives the same judge must stay silent.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from core import audit, checkpoints, clock, ledger, rng, soundness
from core.checkpoints import Note
from core.clock import FakeClock
from core.events import Event, leaf
from core.histories import History
from tests.faults import tamper_ledger, tamper_rows
from tests.faults.tamper_company import START, Life, judged
from tests.faults.tamper_ledger import Forger
from tests.proof.row import Job, Tally

PER_LIFE, STEPS = 100, 300
LOOK = 12
"""An honest life is judged every so many steps."""
Patches = list[tuple[object, str, object]]
FORGERIES = (*tamper_ledger.FORGERIES, *tamper_rows.FORGERIES)
TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE '\\_%' ESCAPE '\\'"


def run(job: Job) -> Tally:
    """About `size` forgeries, a hundred in each life; a quarter as many honest moments."""
    tally, done, life = Tally(job), 0, 0
    kinds, honest = Counter[str](), 0
    with planted(job.plant):
        while done < job.size:
            seed = job.seed * 10_000 + life
            count = min(PER_LIFE, job.size - done)
            root = job.folder / f"life-{seed}"
            honest += _one_life(tally, root, seed, count, kinds)
            shutil.rmtree(root)
            done, life = done + count, life + 1
    tally.measured = {"lives": life, "honest_moments": honest, "kinds": dict(sorted(kinds.items()))}
    return tally


def _one_life(tally: Tally, root: Path, seed: int, count: int, kinds: Counter[str]) -> int:
    now = FakeClock(START)
    with rng.use(seed), clock.use(now):
        life = Life(root, seed, now)
        try:
            older, honest = _live(tally, life, seed)
            bench = Bench(life, older)
            for index in range(count):
                name, problems = bench.forge(f"{seed}/{index}")
                kinds[name] += 1
                tally.case(f"{seed}/{index} {name}", {"I8": problems})
            bench.close()
        finally:
            life.house.close()
    return honest


def _live(tally: Tally, life: Life, seed: int) -> tuple[list[bytes], int]:
    older: list[bytes] = []
    honest = 0
    for step, act in enumerate(life.live(STEPS)):
        if act == "sign":
            older.append(_image(life.root))
        if step % LOOK == 0 or act in ("restored", "restart", "reboot", "stray"):
            honest += 1
            alarms = [f"a false alarm after {act}: {text}" for text in judged(life.house)]
            tally.case(f"{seed}: honest step {step}", {"I8": alarms})
    life.sign_now()
    return older, honest


def _image(root: Path) -> bytes:
    with closing(sqlite3.connect(root / "fapiao.db")) as link, closing(sqlite3.connect(":memory:")) as copy:
        link.backup(copy)
        image = bytearray(copy.serialize())
    # In memory there is no log: the two bytes that ask for one are those of a plain file.
    image[18:20] = b"\1\1"
    return bytes(image)


class Bench:
    """An honest folder that is forged and put back, again and again."""

    def __init__(self, life: Life, older: list[bytes]) -> None:
        self.life, self.honest = life, sqlite3.connect(":memory:")
        self.link = sqlite3.connect(life.root / "fapiao.db", isolation_level=None, timeout=10)
        self.link.execute("PRAGMA synchronous = OFF")
        self.link.backup(self.honest)
        self.witness = life.house.signer.witness.read_bytes()
        self.originals = {path: path.read_bytes() for path in life.root.glob("originals*/??/*")}
        (self.epoch,) = self.link.execute("SELECT epoch FROM instance").fetchone()
        self.seen = max(note.size for note in self._notes())
        self.older = [image for image in older if self._is_older(image)]

    def _notes(self) -> list[Note]:
        said = (self.life.house.signer.recognised(note)
                for (note,) in self.link.execute("SELECT note FROM _checkpoint"))  # fmt: skip
        return [note for note in said if note and note.epoch == self.epoch]

    def _is_older(self, image: bytes) -> bool:
        with closing(sqlite3.connect(":memory:")) as link:
            link.deserialize(image)
            return int(link.execute("SELECT sum(size) FROM _ledger_head").fetchone()[0] or 0) < self.seen

    def close(self) -> None:
        """Leave the folder honest."""
        self._put_back()
        self.link.close()

    def forge(self, case: str) -> tuple[str, list[str]]:
        """One forgery, by chance; its name, and what is wrong with how it was found."""
        chance = random.Random(case)
        while True:
            forgery = chance.choice(FORGERIES)
            words = self._forged(forgery, chance)
            if words:
                break
            self._put_back()
        found = judged(self.life.house)
        self._put_back()
        if not found:
            return forgery.__name__, [f"{forgery.__name__} ({' or '.join(words)}) was not found"]
        if not any(word in text for word in words for text in found):
            return forgery.__name__, [f"{forgery.__name__} was found, but not where: {words} in {found[:3]}"]
        return forgery.__name__, []

    def _forged(self, forgery: tamper_ledger.Forgery, chance: random.Random) -> tamper_ledger.Words:
        older = chance.choice(self.older) if self.older else b""
        forger = Forger(self.link, chance, self.life.company, self.life.root, self.life.house.signer,
                        self.seen, older)  # fmt: skip
        self.link.execute("PRAGMA ignore_check_constraints = ON")
        self.link.execute("BEGIN IMMEDIATE")
        for (name,) in self.link.execute(TRIGGERS).fetchall():
            self.link.execute(f"DROP TRIGGER {name}")
        try:
            words = forgery(forger)
        except sqlite3.IntegrityError:
            # Two of what may be only once: SQLite itself does not take it.
            self.link.execute("ROLLBACK")
            return ()
        if self.link.in_transaction:
            self.link.execute("COMMIT")
        return words

    def _put_back(self) -> None:
        self.honest.backup(self.link)
        if self.life.house.signer.witness.read_bytes() != self.witness:
            self.life.house.signer.witness.write_bytes(self.witness)
        for path, content in self.originals.items():
            if not path.exists() or path.stat().st_size != len(content) or path.read_bytes() != content:
                path.write_bytes(content)


def _skips_the_head() -> Patches:
    return [(checkpoints, "_compare_ends", lambda *_: [])]


def _leaf_without_actor() -> Patches:
    def thin(company: str, event: Event, body: bytes) -> bytes:
        return leaf(company, Event(event.seq, event.kind, event.subject, {}, event.at, ""), body)

    return [(ledger, "leaf", thin)]


def _trusts_signatures() -> Patches:
    def opened(note: str, _public: bytes) -> Note:
        return checkpoints._read_note(note.partition("\n\n")[0])

    return [(checkpoints, "open_note", opened)]


def _reads_no_witness() -> Patches:
    return [(checkpoints, "_told", lambda _: {}),
            (soundness, "witness", lambda _: [])]  # fmt: skip


def _trusts_rows() -> Patches:
    return [(audit, "compare", lambda *_: [])]


def _forgets_decisions() -> Patches:
    # A serial that a person asked for anew is taken for a forgery: a false alarm.
    true = audit._judge

    def judge(row: dict[str, Any], told: History | None) -> Iterator[str]:
        yield from true(row, told)
        if row["generation"] and not row["replaced_by"]:
            yield "its serial is not that of its first event"

    return [(audit, "_judge", judge)]


PLANTED: dict[str, Callable[[], Patches]] = {
    "skips-the-head": _skips_the_head,
    "leaf-without-actor": _leaf_without_actor,
    "trusts-signatures": _trusts_signatures,
    "reads-no-witness": _reads_no_witness,
    "trusts-rows": _trusts_rows,
    "forgets-decisions": _forgets_decisions,
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """With this bug in the product; with none, if it has no name."""
    patches = PLANTED[name]() if name else []
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in patches]
    for owner, attribute, value in patches:
        setattr(owner, attribute, value)
    try:
        yield
    finally:
        for owner, attribute, value in before:
            setattr(owner, attribute, value)
