"""The flows that are driven through faults: one run of a server on a folder, step by step, on the real core.

A step that fails does not end the flow: a server answers the next request, too. What was asked, promised,
refused or broken is written, line by line, to a file outside the folder, each line once it is so.
"""

from __future__ import annotations

import json
import logging
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from core import clock, db, decisions, posting, registry, rng, schema, scope, snapshots, storage
from core.contributions import Actor
from core.errors import AppError, StartError
from core.house import House
from tests.factories import SELLER, draft, line
from tests.faults.flow_bureau import Books, Bureau, DeafBureau

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PERSON = "user-1"
LATER = '''"""Tables that a later version brings."""


def up(schema):
    schema.company_table("later_thing", {"id": "TEXT NOT NULL"}, key=("id",), indexes=(("id",),))
    schema.company_table("later_note", {"id": "TEXT NOT NULL"}, key=("id",), append_only=True)
'''


class Hasty(clock.FakeClock):
    """Time that moves only when told to, and then far: nobody polls through a settle window."""

    def sleep(self, seconds: float) -> None:
        super().sleep(max(seconds, 5.0))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case lies: below `disk` what may fail, beside it what does not."""

    root: Path

    @property
    def disk(self) -> Path:
        """The folder whose disk fails: the data folder and snapshots lie in it."""
        return self.root / "disk"

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.disk / "data"

    @property
    def snapshot(self) -> Path:
        """The snapshot that `again` takes."""
        return self.disk / "snapshots" / "taken"

    @property
    def books(self) -> Path:
        """The bureau's books."""
        return self.root / "books.json"

    @property
    def said(self) -> Path:
        """What the flow said."""
        return self.root / "said"

    @property
    def scripts(self) -> Path:
        """The later version's migrations."""
        return self.root / "scripts"

    def told(self) -> list[dict[str, Any]]:
        """What the flow said, in order."""
        return [json.loads(text) for text in self.said.read_text().splitlines()] if self.said.exists() else []


def request(company: str, ref: str, remark: str) -> posting.Outcome:
    """Ask for a document as somebody of the company; the same again is the same request."""
    actor = Actor(PERSON, "张三", company, "finance", {company: "finance"})
    wanted = draft(source_ref=ref, order_no=ref, remark=remark, lines=(line(name=f"复印纸 {ref}"),))
    with scope.opened(company, PERSON):
        return posting.post(wanted, f"key {ref} {remark}", actor)


def open_house(place: Place) -> tuple[House, DeafBureau]:
    """Open the folder as a server does, with both channels, and take up what an earlier run left."""
    house = House({"FAPIAO_PLUGINS": "none"}, place.data, serving=True)
    deaf = furnish(Books(place.books))
    house.runner().recover()
    house.journal.good()
    return house, deaf


def furnish(books: Books, *, deaf_first: bool = False) -> DeafBureau:
    """Install both channels; new documents go to the first one."""
    deaf, bureau = DeafBureau(books), Bureau(books)
    posting.furnish([], [deaf, bureau] if deaf_first else [bureau, deaf])
    return deaf


def requeue_parked(books: Books) -> None:
    """A person looks at every parked document, compares with the bureau's books, and decides."""
    rows = db.system.execute_sql(
        "SELECT company, id, version, serial FROM _document WHERE state = 'parked'"
    ).fetchall()
    for company, document, version, serial in rows:
        if serial not in books.rows:
            with scope.opened(company, PERSON):
                actor = Actor(PERSON, "张三", company, "finance", {company: "finance"})
                decisions.requeue(document, actor, version)


class Run:
    """One run of a server, as its steps."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._out = os.open(place.said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.house: House | None = None
        self.books = Books(place.books)

    def say(self, what: str, **values: Any) -> None:
        """Write one line to where no fault reaches."""
        os.write(self._out, json.dumps({"what": what, **values}).encode() + b"\n")

    def step(self, name: str, call: Callable[[], object]) -> bool:
        """Do one thing; True where it was done. What it refuses is told, and what breaks it, too."""
        try:
            call()
        except (AppError, StartError) as refused:
            self.say("refused", step=name, kind=type(refused).__name__, text=str(refused))
        except Exception as error:  # noqa: BLE001
            self.say("broke", step=name, error=f"{type(error).__name__}: {error}")
        else:
            return True
        return False

    def start(self) -> None:
        """Open the folder."""
        self.house, deaf = open_house(self.place)
        self.books = deaf.books
        self.say("serving")

    def found(self, name: str) -> None:
        """Make a company."""

        def make() -> None:
            self.say("company", company=registry.create_company(name, SELLER.tax_id, "11"))

        self.step("found", make)

    def ask(self, *refs: str, remark: str = "", at: int = 0) -> None:
        """Ask one of the companies for documents, each a step of its own."""
        companies = registry.companies()
        for ref in refs if companies else ():
            self.step(f"ask {ref}", partial(self._ask, companies[at % len(companies)].id, ref, remark))

    def _ask(self, company: str, ref: str, remark: str) -> None:
        self.say("wanted", company=company, ref=ref, remark=remark)
        document = request(company, ref, remark).document
        assert document is not None, f"{ref} was not taken"
        self.say("document", company=company, ref=ref, remark=remark, document=document.id)

    def work(self) -> None:
        """All that is due; then what a person can see is told."""
        assert self.house is not None
        runner = self.house.runner()
        self.step("work", lambda: runner.drain(900))
        self.step("look", self._look)

    def _look(self) -> None:
        rows = db.system.execute_sql("SELECT id, number FROM _document WHERE state = 'issued'").fetchall()
        self.say("issued", numbers=dict(rows))

    def sign(self) -> None:
        """Checkpoints of every company."""
        assert self.house is not None
        if self.step("sign", self.house.runner().checkpoint_all):
            rows = db.system.execute_sql("SELECT company, max(size) FROM _checkpoint GROUP BY 1").fetchall()
            self.say("signed", sizes=dict(rows))

    def close(self) -> None:
        """An orderly end."""
        assert self.house is not None
        self.step("close", self.house.close)


def first(run: Run, chance: random.Random) -> None:
    """A first start; documents issued at once, later, unheard, refused, and asked for again."""
    if not run.step("start", run.start):
        return
    run.found("北京云杉办公用品有限公司")
    refs = ["N-1", "N-2-slow", "N-3-silent", "N-4-refused"]
    chance.shuffle(refs)
    run.ask(*refs)
    run.work()
    run.sign()
    run.ask("N-4-refused", remark="again")
    run.work()
    run.sign()
    run.close()


def again(run: Run, chance: random.Random) -> None:
    """A start on a folder whose server was killed, and three of the things that a day brings."""
    if not run.step("start", run.start):
        return
    for step in chance.sample([_migrate, _parked, _many, _mend, _switch, _snapshot], 3):
        step(run, chance)
        if chance.random() < 0.3:
            run.sign()
    run.work()
    run.sign()
    run.close()


def _migrate(run: Run, _chance: random.Random) -> None:
    if run.step("migrate", lambda: schema.migrate(db.system.obj, [("later", run.place.scripts)])):
        run.say("migrated", tables=["_later_thing", "later_thing", "_later_note", "later_note"])


def _parked(run: Run, _chance: random.Random) -> None:
    deaf = furnish(run.books, deaf_first=True)
    deaf.loses = True
    run.ask("P-1", at=1)
    run.work()
    deaf.loses = False
    run.step("requeue", lambda: requeue_parked(run.books))
    run.work()
    furnish(run.books)


def _many(run: Run, chance: random.Random) -> None:
    refs = [f"M-{number}" for number in range(chance.randint(2, 4))]
    run.ask(*refs, "M-9-slow", at=chance.randrange(2))
    run.work()


def _mend(run: Run, _chance: random.Random) -> None:
    digests = list(storage.kept())
    run.step("load", lambda: [storage.load(digest) for digest in digests[::2]])
    run.step("mend", lambda: [storage.mend(digest) for digest in digests])


def _switch(run: Run, _chance: random.Random) -> None:
    def switch() -> None:
        for company in registry.companies():
            with scope.opened(company.id, PERSON):
                registry.switch("verify", False, PERSON)
                registry.set_company_setting("colour", "red", PERSON)

    run.step("switch", switch)


def _snapshot(run: Run, _chance: random.Random) -> None:
    assert run.house is not None
    folder = run.house.folder
    if run.step("snapshot", lambda: snapshots.take(folder, run.place.snapshot)):
        run.say("snapshot")


def base(run: Run, _chance: random.Random) -> None:
    """What `again` starts on: a server that was killed with work in hand, and two damaged originals."""
    run.start()
    for name in ("北京云杉办公用品有限公司", "上海云杉办公用品有限公司"):
        run.found(name)
    run.ask("B-1", "B-2-silent", "B-3-slow")
    run.ask("B-4", at=1)
    run.work()
    run.sign()
    run.ask("B-5", "B-6-slow", at=1)
    rotten = sorted((run.place.data / "originals").glob("*/*"))[:2]
    for victim in rotten:
        victim.write_bytes(b"rot")
    run.say("rotten", digests=[victim.name for victim in rotten])
    run.say("key", key=(run.place.data / "keys" / "ledger.key").read_text())
    run.place.snapshot.parent.mkdir()
    run.place.scripts.mkdir()
    (run.place.scripts / "0001_later.py").write_text(LATER)


FLOWS: dict[str, Callable[[Run, random.Random], None]] = {"base": base, "first": first, "again": again}


def live(name: str, seed: int, place: Place) -> None:
    """Run a flow in this process."""
    logging.disable()
    day = list(FLOWS).index(name)
    place.disk.mkdir(parents=True, exist_ok=True)
    with rng.use(seed * 10 + day), clock.use(Hasty(START + timedelta(days=day), f"boot-{day}")):
        FLOWS[name](Run(place), random.Random(seed))
