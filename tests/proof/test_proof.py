"""The proof itself: its checkers see what is wrong, its frame counts what it should."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core import db, posting, scope
from core.contributions import Actor
from core.house import House
from tests.contract.source import ROOT
from tests.factories import draft
from tests.proof import invariants
from tests.proof.__main__ import caught, planted, table
from tests.proof.invariants import Ack, Caps, Entry
from tests.proof.piece import Finding, Piece
from tests.proof.record import Record
from tests.proof.regressions import REGRESSIONS
from tests.proof.row import Caught, Job, Tally
from tests.proof.rows import BY_ID, ROWS
from tests.puppet import PuppetChannel


@pytest.fixture
def record(bare: House, channel: PuppetChannel, actor: Actor, company: str) -> Record:
    for number in range(3):
        posting.post(draft(source_ref=f"P-{number}"), f"p{number}", actor)
    assert bare.runner().drain(20)
    bare.runner().checkpoint_all()
    return Record(bare.folder.root)


def books(channel: PuppetChannel) -> list[Entry]:
    return [Entry(m.serial, m.number, m.buyer_name, m.total) for f in channel.books.values() for m in f]


def changed(record: Record, *statements: str) -> Record:
    link = db.system.connection()
    for row in link.execute("SELECT name FROM sqlite_master WHERE name LIKE '%keep%'").fetchall():
        link.execute(f"DROP TRIGGER {row[0]}")
    for statement in statements:
        link.execute(statement)
    return Record(record.root)


def test_an_honest_folder_passes(record: Record, channel: PuppetChannel) -> None:
    found = invariants.sound(record) | invariants.agree(record, books(channel))
    found["I1"] = invariants.durable(
        record, [Ack(p.company, p.id, p.source_ref, p.snapshot) for p in record.papers]
    )
    assert not any(found.values()), found


LIES: list[tuple[str, str]] = [
    ("I2", "DELETE FROM _idempotency"),
    ("I2", "DELETE FROM _document WHERE source_ref = 'P-1'"),
    ("I2", "DELETE FROM _event WHERE kind = 'invoice-queued' AND seq = 2"),
    ("I6", "UPDATE _document SET state = 'unknown', number = NULL WHERE source_ref = 'P-1'"),
    ("I7", "UPDATE _document SET number = '26110999999999999999' WHERE source_ref = 'P-1'"),
    ("I7", "UPDATE _document SET snapshot = replace(snapshot, '复印纸', '电脑') WHERE source_ref = 'P-1'"),
    ("I8", "UPDATE _event SET body = replace(body, 'P-1', 'P-9') WHERE kind = 'invoice-queued'"),
    ("I8", "DELETE FROM _event WHERE seq = (SELECT max(seq) FROM _event)"),
    ("I8", "UPDATE _checkpoint SET root = zeroblob(32)"),
    ("I13", "UPDATE _document SET amount = amount + 1, total = total + 1 WHERE source_ref = 'P-1'"),
]


@pytest.mark.parametrize(("invariant", "lie"), LIES)
def test_a_lie_is_seen(record: Record, invariant: str, lie: str) -> None:
    assert not invariants.sound(record)[invariant]
    assert invariants.sound(changed(record, lie))[invariant]


def test_what_the_bureau_knows_is_compared(record: Record, channel: PuppetChannel) -> None:
    entries = books(channel)
    assert invariants.once([*entries, entries[0]])
    assert invariants.once(entries, {entry.serial: "the same order" for entry in entries})
    assert invariants.no_phantom(record, entries[1:])
    assert invariants.no_phantom(record, [replace(entries[0], total=1), *entries[1:]])
    assert invariants.no_orphan(record, [*entries, Entry("Z" * 20, "26110000000000009999", "某公司", 1)])
    assert invariants.durable(record, [Ack("c", "gone", "P-7")])
    assert invariants.durable(record, [Ack(record.papers[0].company, record.papers[0].id, "P-0", "other")])


def test_the_small_checkers_see_too() -> None:
    assert invariants.isolated("… CANARY …", ["CANARY"], "a page")
    assert invariants.replayed([(303, b"a"), (303, b"b")])
    assert not invariants.replayed([(303, b"a"), (409, b"wait"), (303, b"a")])
    assert invariants.contained(500, 0.1, True, True, "x")
    assert invariants.contained(200, 11, True, True, "x")
    assert invariants.contained(200, 0.1, False, False, "x")
    assert len(invariants.bounded(3, 300, Caps(2, 256), "x")) == 2
    assert invariants.honest([200], [200], {507})
    assert invariants.honest([507], [500], {507})
    assert not invariants.honest([507], [200], {507})


def test_a_move_that_loses_something_is_seen(record: Record, company: str) -> None:
    before = Record(record.root)
    after = changed(record, "DELETE FROM _event WHERE seq > 3")
    assert invariants.portable(before, after)
    assert invariants.upgraded(before, after, before.tables)
    assert invariants.upgraded(before, before, {"no_such_table"})
    with scope.opened(company):
        assert not invariants.portable(before, before)


def test_a_planted_bug_ends_the_run(tmp_path: Path) -> None:
    tally = Tally(Job(1, 1, tmp_path, plant="x"))
    tally.case("a", {"I1": []})
    with pytest.raises(Caught):
        tally.case("b", {"I1": ["gone"]})
    assert json.loads(tally.as_json())["violations"] == [{"invariant": "I1", "case": "b", "text": "gone"}]


def test_the_table_tells_what_failed() -> None:
    piece = Piece(ROWS[0], 1, 7, 1.0)
    text = table([Finding(piece, failure="it hung"), Finding(piece, violations=[
        {"invariant": "I3", "case": "seed 7", "text": "twice"}])])  # fmt: skip
    assert "did not finish: it hung" in text
    assert "I3 [seed 7] twice" in text
    missed = Finding(replace(piece, plant="bug"), seconds=1.0)
    assert not caught(missed)
    assert "NOT CAUGHT" in planted([missed])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_is_there(row: object) -> None:
    assert callable(row.run)  # type: ignore[attr-defined]


def test_enough_bugs_are_planted() -> None:
    assert sum(len(row.planted) for row in ROWS) >= 20


@pytest.mark.parametrize(("row", "size", "seed", "what"), REGRESSIONS)
def test_what_once_broke_holds(row: str, size: int, seed: int, what: str, tmp_path: Path) -> None:
    tally = BY_ID[row].run(Job(size, seed, tmp_path))
    assert tally.violations == [], what


def test_one_row_runs_as_a_program(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.proof.one", "S11", "--out", str(tmp_path / "out.json")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((tmp_path / "out.json").read_text())["cases"] > 0
