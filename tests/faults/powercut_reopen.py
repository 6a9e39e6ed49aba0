"""The product itself opens what a power cut left, goes on, and both ledgers are compared when it is done."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

from core import checkpoints, clock, db, posting, registry, reopening, rng, scope
from core.errors import AppError, StartError
from core.house import House
from core.snapshots import MARK
from tests.faults.powercut_bureau import Bureau
from tests.faults.powercut_flow import START, put_back, request
from tests.faults.powercut_promises import Known, both_copies, entries, ghosts, witnessed
from tests.proof import invariants
from tests.proof.invariants import Problems
from tests.proof.record import Record


def reopen(data: Path, known: Known, seed: int) -> dict[str, Problems]:
    """Start on the folder after a reboot, ask for everything again, work until nothing is due, and check."""
    bureau = Bureau(dict(known.issued))
    later = clock.FakeClock(START + timedelta(days=10), "boot-after-the-cut")
    with rng.use(seed), clock.use(later):
        try:
            if (data / MARK).exists():
                put_back(data)
            house = House({"FAPIAO_PLUGINS": "none"}, data, serving=True)
        except (AppError, StartError) as error:
            return {"I18": [f"the server does not start: {error}"]}
        try:
            went_back = bool(reopening.pending())
            problems = _live(house, bureau, known)
        finally:
            house.close()
    record, books = Record(data), entries(bureau.issued)
    found = {**invariants.sound(record), **invariants.agree(record, books)}
    found["I1"] = invariants.durable(record, known.kept.acks if went_back and known.kept else known.acks)
    found["I2"] = [*found["I2"], *ghosts(record, known)]
    found["I7"] = [*found["I7"], *both_copies(record)]
    found["I8"] = [*found["I8"], *witnessed(record, known)]
    found["I14"] = _aside(data, known) if went_back else []
    found["I18"] = problems
    return {invariant: texts for invariant, texts in found.items() if texts}


def _aside(data: Path, known: Known) -> Problems:
    """What a restore moved aside has everything that was promised before."""
    folders = list((data / "before-restore").glob("*"))
    if len(folders) != 1 or not (folders[0] / "fapiao.db").exists():
        return [f"the state before the restore is not where it was put: {[f.name for f in folders]}"]
    try:
        return [f"moved aside: {text}" for text in invariants.durable(Record(folders[0]), known.acks)]
    except sqlite3.DatabaseError as error:
        return [f"moved aside: {error}"]


def _live(house: House, bureau: Bureau, known: Known) -> Problems:
    posting.furnish([], [bureau])
    runner = house.runner()
    runner.recover()
    reopening.look_back(house.signer)
    if reopening.pending():
        clock.sleep(bureau.caps.settle_seconds + bureau.caps.listing_lag_seconds + 1)
        reopening.step(house.signer)
        clock.sleep(bureau.caps.settle_seconds + bureau.caps.listing_lag_seconds + 1)
        reopening.step(house.signer)
    if registry.frozen():
        return [f"issuing is frozen: {registry.frozen()}"]
    there = {company.id for company in registry.companies()}
    problems = []
    if not runner.drain(7200):
        problems.append("after two hours something is still due")
    for company, ref, remark in known.wanted:
        if company in there:
            with scope.opened(company, "user-1"):
                request(company, ref, remark)
            runner.drain(7200)
    rows = db.system.execute_sql("SELECT source_ref, state FROM _document WHERE replaced_by IS NULL")
    problems += [f"{ref} is {state} in the end" for ref, state in rows.fetchall()
                 if state != "issued" and not (ref == "B-3-refused" and state == "rejected")]  # fmt: skip
    runner.checkpoint_all()
    for company in there:
        with scope.opened(company):
            problems += checkpoints.verify(house.signer).problems
    house.journal.good()
    return problems
