"""Asking for an invoice: once, whole, and with an answer that can be repeated."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from core import clock, db, documents, ledger, posting, registry, scope, tasks
from core.contributions import Actor
from core.errors import Unavailable
from core.house import House
from core.posting import Outcome, post, preview
from core.rules import RuleSet
from tests.factories import draft, line
from tests.puppet import PuppetChannel


def test_the_snapshot_is_computed_never_believed(channel: PuppetChannel, actor: Actor) -> None:
    lied = draft(lines=(replace(line(), amount=1, tax=1),), amount=7, tax=7)
    document = post(lied, "k", actor).document
    assert document is not None
    assert (document.invoice.amount, document.invoice.tax, document.invoice.total) == (30000, 3900, 33900)


def test_the_same_request_gives_the_same_document(channel: PuppetChannel, actor: Actor) -> None:
    first, second = post(draft(), "k", actor), post(draft(), "k", actor)
    assert first.document is not None
    assert second.replayed
    assert second.document is not None
    assert second.document.id == first.document.id
    assert documents.equation().asked.count == 1


def test_the_same_key_with_other_content_is_refused(channel: PuppetChannel, actor: Actor) -> None:
    post(draft(), "k", actor)
    outcome = post(draft(remark="x"), "k", actor)
    assert [fault.code for fault in outcome.faults] == ["CORE-KEY-01"]
    assert documents.equation().asked.count == 1


def test_an_order_is_invoiced_once_whatever_the_key(channel: PuppetChannel, actor: Actor) -> None:
    first = post(draft(), "k1", actor)
    same = post(draft(), "k2", actor)
    other = post(draft(buyer=replace(draft().buyer, name="别的公司")), "k3", actor)
    assert same.replayed
    assert first.document is not None
    assert [(fault.code, fault.path) for fault in other.faults] == [("CORE-KEY-02", "buyer.name")]
    assert other.faults[0].params["document"] == first.document.id
    assert documents.equation().asked.count == 1


def test_a_refused_draft_leaves_nothing(channel: PuppetChannel, actor: Actor) -> None:
    rules = RuleSet("test", "test", since=clock.today())

    @rules.rule("TEST-BUYER-01", "no", remedy="")
    def never(_invoice: object) -> list[str]:
        return ["buyer.name"]

    posting.furnish([rules], [channel])
    before = ledger.size()
    assert post(draft(), "k", actor).document is None
    assert (documents.equation().asked.count, ledger.size()) == (0, before)
    assert db.rows("SELECT * FROM idempotency") == []
    assert [fault.code for fault in preview(draft(), actor)[1]] == ["TEST-BUYER-01"]


def test_a_crash_inside_leaves_nothing(
    channel: PuppetChannel, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ledger.size()

    def power_cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tasks, "enqueue", power_cut)
    with pytest.raises(KeyboardInterrupt):
        post(draft(), "k", actor)
    assert (documents.equation().asked.count, ledger.size()) == (0, before)


def test_frozen_issuing_refuses_and_reading_goes_on(channel: PuppetChannel, actor: Actor) -> None:
    registry.freeze("restored")
    with pytest.raises(Unavailable):
        post(draft(), "k", actor)
    assert documents.equation().asked.count == 0
    registry.freeze("")
    assert post(draft(), "k", actor).document is not None


def test_without_a_channel_nothing_is_taken(bare: House, company: str, actor: Actor) -> None:
    posting.furnish([], [])
    with pytest.raises(Unavailable):
        post(draft(), "k", actor)
    assert documents.equation().asked.count == 0


@pytest.mark.parametrize("same_key", [True, False])
def test_a_storm_of_equal_requests_makes_one_document(
    channel: PuppetChannel, actor: Actor, company: str, same_key: bool
) -> None:
    gate, outcomes = threading.Barrier(16), list[Outcome]()

    def press(number: int) -> None:
        with scope.opened(company, "tester"):
            gate.wait()
            outcomes.append(post(draft(), "k" if same_key else f"k{number}", actor))
        db.close()

    threads = [threading.Thread(target=press, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({outcome.document.id for outcome in outcomes if outcome.document}) == 1
    assert sum(not outcome.replayed for outcome in outcomes) == 1
    assert documents.equation().asked.count == 1


def test_the_equation_closes(channel: PuppetChannel, actor: Actor) -> None:
    for number in range(5):
        post(draft(source_ref=f"A-{number}"), f"k{number}", actor)
    found = documents.equation()
    assert found.closes
    assert (found.asked.count, found.waiting.fen) == (5, 5 * 33900)


def test_a_request_is_the_same_after_the_sellers_particulars_changed(
    channel: PuppetChannel, actor: Actor
) -> None:
    first = post(draft(), "k1", actor)
    moved = draft(seller=replace(draft().seller, address="新地址 2 号"))
    again = post(moved, "k2", actor)
    assert again.replayed
    assert again.document is not None
    assert first.document is not None
    assert again.document.id == first.document.id
