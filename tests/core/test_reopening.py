"""After a restore: closed for a settle window, then the bureau's list is read, then open."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from core import checkpoints, clock, db, decisions, documents, ledger, posting, registry, reopening, strays
from core.channels import Ambiguous, Listed
from core.contributions import Actor
from core.errors import NotFound, Unavailable
from core.house import House
from core.jobs import Runner
from core.states import State
from tests.factories import draft
from tests.proof import invariants
from tests.proof.record import Record
from tests.puppet import STRONG, PuppetChannel


@pytest.fixture
def runner(bare: House, fake_clock: clock.FakeClock) -> Runner:
    return bare.runner()


def ask_for(ref: str, actor: Actor) -> documents.Document:
    found = posting.post(draft(source_ref=ref, order_no=ref), f"key-{ref}-{clock.steady()}", actor).document
    assert found is not None
    return found


@pytest.fixture
def back(bare: House, tmp_path: Path) -> tuple[Callable[[], str], Callable[[str], None]]:
    """Remember the database, and put it back: what somebody does who copies an old file over a new one."""
    copy = tmp_path / "old.db"

    def remember() -> str:
        bare.runner().checkpoint_all()
        with closing(sqlite3.connect(copy)) as target:
            db.system.connection().backup(target)
        return clock.stamp()

    def put(since: str) -> None:
        with closing(sqlite3.connect(copy)) as source:
            source.backup(db.system.connection())
        reopening.begin(since, bare.signer)

    return remember, put


Back = tuple[Callable[[], str], Callable[[str], None]]


def books(channel: PuppetChannel) -> list[invariants.Entry]:
    return [
        invariants.Entry(m.serial, m.number, m.buyer_name, m.total) for f in channel.books.values() for m in f
    ]


def settle(runner: Runner, bare: House, fake_clock: clock.FakeClock, company: str) -> None:
    for _ in range(60):
        fake_clock.sleep(10)
        runner.tick_once()
        while runner.run_once():
            pass


def test_an_invoice_that_the_restore_forgot_is_found_and_never_issued_again(
    bare: House, runner: Runner, channel: PuppetChannel, actor: Actor, company: str, back: Back,
    fake_clock: clock.FakeClock,
) -> None:  # fmt: skip
    remember, put = back
    since = remember()
    lost = ask_for("LOST-1", actor)
    assert runner.drain(30)
    assert documents.find_document(lost.id).number
    put(since)
    with pytest.raises(Unavailable):
        ask_for("LOST-1", actor)
    settle(runner, bare, fake_clock, company)
    assert not registry.frozen()
    assert strays.count() == 1
    again = ask_for("LOST-1", actor)
    assert again.state is State.UNKNOWN
    settle(runner, bare, fake_clock, company)
    found = documents.find_document(again.id)
    assert (found.state, found.number) == (State.ISSUED, books(channel)[0].number)
    assert len(channel.sent) == 1, "nothing was sent twice"
    assert strays.count() == 0
    bare.runner().checkpoint_all()
    record = Record(bare.folder.root)
    assert invariants.restore_safe(record, books(channel), {}) == []
    assert {k: v for k, v in invariants.sound(record).items() if v} == {}


def test_a_queued_document_that_was_sent_meanwhile_is_asked_for_instead(
    bare: House, runner: Runner, channel: PuppetChannel, actor: Actor, company: str, back: Back,
    fake_clock: clock.FakeClock,
) -> None:  # fmt: skip
    channel.caps = replace(STRONG, idempotent_by_serial=False)
    remember, put = back
    document = ask_for("Q-1", actor)
    since = remember()
    assert runner.drain(30)
    put(since)
    assert documents.find_document(document.id).state is State.QUEUED
    settle(runner, bare, fake_clock, company)
    assert documents.find_document(document.id).state is State.ISSUED
    assert len(channel.sent) == 1


def test_nothing_is_sent_before_the_settle_window_is_over(
    bare: House, runner: Runner, channel: PuppetChannel, actor: Actor, company: str, back: Back,
    fake_clock: clock.FakeClock,
) -> None:  # fmt: skip
    remember, put = back
    ask_for("W-1", actor)
    put(remember())
    runner.tick_once()
    fake_clock.sleep(STRONG.settle_seconds - 10)
    runner.tick_once()
    runner.run_once()
    assert channel.sent == []
    assert registry.frozen()
    fake_clock.reboot("boot-2")
    registry.begin(clock.boot())
    runner = bare.runner()
    fake_clock.sleep(STRONG.settle_seconds - 10)
    runner.tick_once()
    assert registry.frozen(), "time counted on another run of the machine proves nothing"
    settle(bare.runner(), bare, fake_clock, company)
    assert len(channel.sent) == 1
    assert not registry.frozen()


def test_a_list_that_cannot_be_read_keeps_it_closed(
    bare: House, runner: Runner, channel: PuppetChannel, actor: Actor, company: str, back: Back,
    fake_clock: clock.FakeClock, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    remember, put = back
    put(remember())

    def down(*_: object) -> list[Listed]:
        raise ConnectionError

    monkeypatch.setattr(channel, "listing", down)
    settle(runner, bare, fake_clock, company)
    assert registry.frozen()
    monkeypatch.undo()
    settle(runner, bare, fake_clock, company)
    assert not registry.frozen()


def test_a_channel_without_a_list_waits_for_a_person(
    bare: House, runner: Runner, channel: PuppetChannel, actor: Actor, company: str, back: Back,
    fake_clock: clock.FakeClock,
) -> None:  # fmt: skip
    channel.caps = replace(STRONG, listing=False)
    remember, put = back
    document = ask_for("N-1", actor)
    put(remember())
    settle(runner, bare, fake_clock, company)
    assert "compared" in registry.frozen()
    assert reopening.step(bare.signer, compared=True)
    assert documents.find_document(document.id).state is State.UNKNOWN, "perhaps it was sent: it is asked for"


def test_nobody_decides_about_a_parked_document_while_it_is_closed(
    bare: House, runner: Runner, channel: PuppetChannel, actor: Actor, company: str, back: Back,
    fake_clock: clock.FakeClock,
) -> None:  # fmt: skip
    channel.caps = replace(STRONG, idempotent_by_serial=False)
    channel.on_submit = lambda _order: Ambiguous("LOST")
    document = ask_for("P-1", actor)
    for _ in range(40):
        runner.run_once()
        fake_clock.sleep(10)
    parked = documents.find_document(document.id)
    assert parked.state is State.PARKED
    remember, put = back
    since = remember()
    channel.on_submit = None
    decisions.requeue(parked.id, actor, parked.version)
    settle(runner, bare, fake_clock, company)
    assert documents.find_document(document.id).state is State.ISSUED
    put(since)
    parked = documents.find_document(document.id)
    with pytest.raises(Unavailable):
        decisions.requeue(parked.id, actor, parked.version)
    settle(runner, bare, fake_clock, company)
    parked = documents.find_document(document.id)
    assert parked.state is State.PARKED
    assert strays.count() == 1
    decisions.requeue(parked.id, actor, parked.version)
    settle(runner, bare, fake_clock, company)
    assert documents.find_document(document.id).state is State.ISSUED
    assert len(books(channel)) == 1
    assert strays.count() == 0


def test_the_witness_follows_into_the_new_epoch(
    bare: House, runner: Runner, channel: PuppetChannel, actor: Actor, company: str, back: Back,
    fake_clock: clock.FakeClock,
) -> None:  # fmt: skip
    remember, put = back
    since = remember()
    ask_for("E-1", actor)
    runner.drain(30)
    runner.checkpoint_all()
    put(since)
    settle(runner, bare, fake_clock, company)
    runner.checkpoint_all()
    reopening.look_back(bare.signer)
    assert not registry.frozen()
    assert checkpoints.verify(bare.signer).problems == []
    assert checkpoints.last_witnessed(bare.signer)[company].epoch == registry.epoch() == 2
    put(since)
    assert registry.epoch() == 3, "an epoch that the witness saw is never used twice"


def test_an_old_file_copied_over_is_noticed(
    bare: House, runner: Runner, channel: PuppetChannel, actor: Actor, company: str, tmp_path: Path,
    fake_clock: clock.FakeClock,
) -> None:  # fmt: skip
    with closing(sqlite3.connect(tmp_path / "old.db")) as target:
        db.system.connection().backup(target)
    ask_for("R-1", actor)
    runner.drain(30)
    runner.checkpoint_all()
    with closing(sqlite3.connect(tmp_path / "old.db")) as source:
        source.backup(db.system.connection())
    for number in range(9):
        registry.set_company_setting("x", str(number))
    assert ledger.size() > checkpoints.last_witnessed(bare.signer)[company].size, "it grew past its witness"
    reopening.look_back(bare.signer)
    assert registry.frozen() == checkpoints.CONTRADICTED


def test_a_person_settles_a_stray_once(
    bare: House, channel: PuppetChannel, actor: Actor, company: str
) -> None:
    row = Listed("26110000000000000001", "X" * 20, "2026-11-24T10:00:00+08:00", "某公司", 100)
    with db.transaction():
        assert strays.add(row, "puppet")
        assert not strays.add(row, "puppet")
    strays.settle(row.number, "手工开具", actor.label)
    assert [(s.state, s.note) for s in strays.strays()] == [("settled", "手工开具")]
    with pytest.raises(NotFound):
        strays.settle(row.number, "再来", actor.label)


def test_a_long_stretch_is_read_in_the_channels_portions() -> None:
    first, last = clock.today().replace(day=1), clock.today().replace(day=24)
    found = reopening._stretches(first, last, 3)
    assert found[0][0] == first
    assert found[-1][1] == last
    assert all((b - a).days <= 2 for a, b in found)
    assert all(later[0] <= earlier[1] for earlier, later in itertools.pairwise(found))


def test_a_channel_switched_off_for_a_company_is_compared_all_the_same(
    bare: House, runner: Runner, channel: PuppetChannel, actor: Actor, company: str, back: Back,
    fake_clock: clock.FakeClock, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    channel.caps = replace(STRONG, idempotent_by_serial=False)
    remember, put = back
    since = remember()
    ask_for("OFF-1", actor)
    assert runner.drain(30)
    put(since)
    monkeypatch.setattr(posting, "_is_on", lambda name: False)
    settle(runner, bare, fake_clock, company)
    monkeypatch.undo()
    assert strays.count() == 1
    assert ask_for("OFF-1", actor).state is State.UNKNOWN


def test_a_wrong_clock_makes_the_list_longer_and_never_shorter(
    fake_clock: clock.FakeClock, bare: House, channel: PuppetChannel, actor: Actor, company: str, back: Back,
) -> None:  # fmt: skip
    runner, (remember, put), right = bare.runner(), back, fake_clock.wall
    fake_clock.wall = right.replace(year=2031)
    since = remember()
    fake_clock.wall = right
    ask_for("CLOCK-1", actor)
    assert runner.drain(30)
    put(since)
    settle(runner, bare, fake_clock, company)
    assert strays.count() == 1
