"""What a forger does is found, and where; what honest people do is not. One test per kind of row besides."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core import audit, checkpoints, db, decisions, documents, scope, soundness, strays
from core.channels import Ambiguous, ChannelCaps, Listed, Refused
from core.contributions import Actor
from core.house import House
from core.posting import post
from core.states import State
from tests.factories import draft
from tests.faults import tamper
from tests.proof.row import Job
from tests.puppet import PuppetChannel


def test_every_forgery_is_found_where_it_was_done(tmp_path: Path) -> None:
    tally = tamper.run(Job(30, 7, tmp_path))
    assert tally.cases > 30
    assert tally.violations == []


def _forge(house: House, sql: str) -> None:
    with closing(sqlite3.connect(house.folder.database)) as link:
        for (name,) in link.execute(tamper.TRIGGERS).fetchall():
            link.execute(f"DROP TRIGGER {name}")
        link.execute(sql)
        link.commit()


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE _document SET buyer_name = 'X'", "buyer_name is 'X'"),
        ("UPDATE _document SET amount = amount + 1, total = total + 1", "total is"),
        ("UPDATE _document SET state = 'issued'", "state is 'issued'"),
        ("UPDATE _document SET serial = 'X'", "serial is 'X'"),
        ("UPDATE _document SET attempts = 2", "attempts is 2"),
        ("UPDATE _document SET refused = 1", "refused is 1"),
        ("DELETE FROM _document", "is gone"),
        ("DELETE FROM _idempotency", "the key under which"),
        ("DELETE FROM _task", "no task will go on with it"),
        ("UPDATE _company SET name = 'X'", "the company's name is 'X'"),
    ],
)
def test_a_row_that_contradicts_its_events(
    bare: House, channel: PuppetChannel, actor: Actor, sql: str, said: str
) -> None:
    post(draft(), "k", actor)
    assert audit.compare() == []
    _forge(bare, sql)
    found = audit.compare()
    assert [text for text in found if said in text], found


def test_what_people_decide_is_no_forgery(bare: House, channel: PuppetChannel, actor: Actor) -> None:
    channel.caps = ChannelCaps(idempotent_by_serial=False, query="none", settle_seconds=0)
    channel.on_submit = lambda order: Ambiguous("TIMEOUT")
    runner = bare.runner()
    for number, decide in enumerate((decisions.requeue, decisions.give_up)):
        document = post(draft(source_ref=f"A-{number}"), f"k{number}", actor).document
        assert document is not None
        assert runner.drain(20)
        assert documents.find_document(document.id).state is State.PARKED
        decide(document.id, actor, documents.find_document(document.id).version)
        assert audit.compare() == []
    replaced = post(draft(source_ref="A-1"), "k9", actor).document
    assert replaced is not None
    assert replaced.standing.generation == 1
    assert audit.compare() == []


def test_a_refusal_may_be_followed_by_a_new_request(
    bare: House, channel: PuppetChannel, actor: Actor
) -> None:
    channel.on_submit = lambda order: Refused("3001", "购买方税号有误")
    post(draft(), "k", actor)
    bare.runner().run_once()
    post(draft(remark="new"), "k2", actor)
    assert audit.compare() == []


def test_a_hidden_difference_is_seen(bare: House, company: str) -> None:
    with db.transaction():
        strays.add(Listed("1" * 20, "S", "2026-11-24", "X", 1), "puppet")
    assert audit.compare() == []
    _forge(bare, "DELETE FROM _stray")
    assert audit.compare()[0].startswith(f"difference {'1' * 20}")


def test_a_cut_witness_and_a_hidden_company_are_seen(bare: House, company: str) -> None:
    with scope.opened(company):
        checkpoints.checkpoint(bare.signer)
    assert soundness.witness(bare.signer) == []
    _forge(bare, "DELETE FROM _company")
    assert soundness.house(bare.signer) == [f"company {company} is gone: the witness saw 1 events of it"]
    bare.signer.witness.unlink()
    assert soundness.witness(bare.signer) == ["checkpoint 1 is not in the witness file"]
