"""The program that is recorded: the lives of one data folder, on the real core.

    python -m tests.faults.powercut_flow LIFE DATA BOOKS SEED [BUG]

The first two are killed, between giving a name and flushing it; the second goes on and is closed; the third
brings a migration. Then one more is killed and a snapshot `restored`. `again` starts on what a power cut
left. It says what it promised with lines to /dev/null,
which the recording keeps in order with what it wrote.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sys
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from core import checkpoints, clock, db, house, posting, registry, rng, schema, scope, snapshots, sqlite
from core.cli import main_group
from core.contributions import Actor
from core.house import House
from tests.factories import SELLER, draft, line
from tests.faults import powercut_bugs
from tests.faults.powercut_bureau import Bureau, say

SNAPSHOT = "snapshots/first"
START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PAGES = 24
"""So many pages of log until they go into the database: soon enough that a small flow sees it many times."""
LATER = '''"""A table that a later version brings."""


def up(schema):
    schema.company_table("later_thing", {"id": "TEXT NOT NULL"}, key=("id",), indexes=(("id",),))
    schema.company_table("later_note", {"id": "TEXT NOT NULL"}, key=("id",), append_only=True)
'''


def request(company: str, ref: str, remark: str) -> posting.Outcome:
    """Ask for a document as somebody of the company; the same again is the same request."""
    actor = Actor("user-1", "张三", company, "finance", {company: "finance"})
    wanted = draft(source_ref=ref, order_no=ref, remark=remark, lines=(line(name=f"复印纸 {ref}"),))
    return posting.post(wanted, f"key {ref} {remark}", actor)


class Life:
    """One run of a server on the folder."""

    def __init__(self, data: Path, books: Path) -> None:
        self.house = House({"FAPIAO_PLUGINS": "none"}, data, serving=True)
        bureau = Bureau(json.loads(books.read_text()) if books.exists() else {}, books)
        posting.furnish([], [bureau])
        self.runner = self.house.runner()
        self.runner.recover()
        self.house.journal.good()
        keys = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted((data / "keys").iterdir())}
        say("serving", keys=keys)

    def found(self, name: str) -> str:
        """Make a company."""
        company = registry.create_company(name, SELLER.tax_id, "11")
        say("company", company=company)
        return company

    def ask(self, company: str, *refs: str, remark: str = "") -> None:
        """Post documents, one transaction each."""
        for ref in refs:
            say("wanted", company=company, ref=ref, remark=remark)
            with scope.opened(company, "user-1"):
                document = request(company, ref, remark).document
                assert document is not None
            snapshot = db.system.execute_sql("SELECT snapshot FROM _document WHERE id = ?", (document.id,))
            say("document", company=company, document=document.id, ref=ref, snapshot=snapshot.fetchone()[0])

    def work(self) -> None:
        """Do all that is due, and say what is issued."""
        assert self.runner.drain(900)
        found = db.system.execute_sql("SELECT id, number FROM _document WHERE state = 'issued'").fetchall()
        say("issued", numbers=dict(found))

    def sign(self) -> None:
        """Checkpoints of every company."""
        self.runner.checkpoint_all()
        found = db.system.execute_sql("SELECT company, max(size) FROM _checkpoint GROUP BY 1").fetchall()
        say("signed", sizes=dict(found))


def nought(data: Path, books: Path) -> None:
    """A first start killed when its key has its name and the name is not flushed."""
    _kill_after("os.rename", "ledger.key")
    Life(data, books)


def first(data: Path, books: Path) -> None:
    """The first start that serves; ends in a kill."""
    life = Life(data, books)
    a = life.found("北京云杉办公用品有限公司")
    life.ask(a, "A-1", "A-2-slow")
    life.work()
    b = life.found("上海云杉办公用品有限公司")
    life.ask(b, "B-1", "B-2-silent", "B-3-refused")
    life.sign()
    life.work()
    life.ask(b, "B-3-refused", remark="again")
    life.work()
    # Made, and not yet flushed: who comes after it must not take the folder for safe.
    _kill_after("os.mkdir", "originals")
    life.ask(a, "A-3-single")
    life.work()
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_after(what: str, part: str) -> None:
    """Die before the first file is opened after this was done to a path that has this part in its name."""
    done: list[str] = []

    def watch(event: str, given: tuple[Any, ...]) -> None:
        if event == what and part in str(given):
            done.append(event)
        elif event == "open" and done:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def second(data: Path, books: Path) -> None:
    """Goes on after the kill; takes a snapshot; closed in order."""
    life = Life(data, books)
    a, b = (company.id for company in registry.companies())
    life.work()
    life.sign()
    life.ask(a, *(f"A-{n}" for n in range(4, 9)))
    life.work()
    snapshots.take(life.house.folder, data.parent / SNAPSHOT)
    say("snapshot")
    life.ask(b, "B-4-slow", "B-5-silent")
    life.work()
    life.sign()
    life.house.close()


def again(data: Path, books: Path) -> None:
    """Goes on with whatever a power cut left."""
    life = Life(data, books)
    companies = [company.id for company in registry.companies()] or [life.found("北京云杉办公用品有限公司")]
    life.work()
    life.sign()
    life.ask(companies[0], "C-1", "C-2-slow")
    life.ask(companies[-1], "C-3-silent", "C-4")
    life.work()
    life.sign()
    life.house.close()


def third(data: Path, books: Path) -> None:
    """A later version's first start on the folder; closed in order."""
    life = Life(data, books)
    scripts = data.parent.parent / "later"
    scripts.mkdir(exist_ok=True)
    (scripts / "0001_later.py").write_text(LATER)
    a, b = (company.id for company in registry.companies())
    schema.migrate(db.system.obj, [("later", scripts)])
    say("migrated", tables=["_later_thing", "later_thing", "_later_note", "later_note"])
    life.ask(a, "A-9")
    life.ask(b, "B-6")
    life.work()
    life.sign()
    for company in (a, b):
        with scope.opened(company):
            assert checkpoints.verify(life.house.signer).problems == []
    life.house.close()


def fourth(data: Path, books: Path) -> None:
    """Issues what no snapshot has, and is killed: the database has a log beside it."""
    life = Life(data, books)
    for company in registry.companies():
        life.ask(company.id, f"D-{company.name[:2]}", f"E-{company.name[:2]}-slow")
    life.work()
    life.sign()
    os.kill(os.getpid(), signal.SIGKILL)


def restored(data: Path, books: Path) -> None:
    """Puts the snapshot back, as a person does it from the shell."""
    say("restoring")
    put_back(data)
    say("restored")


def put_back(data: Path) -> None:
    """`fapiao restore`."""
    os.environ["FAPIAO_PLUGINS"] = "none"
    with redirect_stdout(StringIO()):
        arguments = ["--data", str(data), "restore", str(data.parent / SNAPSHOT), "--old-is-off"]
        main_group.main(arguments, standalone_mode=False)
    if house._current is not None:
        house._current.close()


LIVES = {"nought": nought, "first": first, "second": second, "third": third, "fourth": fourth,
         "restored": restored, "again": again}  # fmt: skip


def main() -> None:
    """Live one life."""
    name, data, books, seed, *bug = sys.argv[1:]
    number = list(LIVES).index(name)
    sqlite._WANTED["wal_autocheckpoint"] = PAGES
    # What the kernel copies by itself shows no bytes in the recording.
    shutil._USE_CP_SENDFILE = False  # type: ignore[attr-defined]
    if bug:
        powercut_bugs.plant(bug[0])
    with (
        rng.use(int(seed) * 10 + number),
        clock.use(clock.FakeClock(START + timedelta(days=number), f"boot-{number}")),
    ):
        LIVES[name](Path(data), Path(books))


if __name__ == "__main__":
    main()
