"""The path of a document through its channel, against the real database."""

from __future__ import annotations

import pytest

from core import decisions, documents, ledger, scope, sending
from core.channels import Ambiguous, NotFound, NotSent, Order, Refused
from core.clock import FakeClock
from core.contributions import Actor
from core.errors import Conflict
from core.house import House
from core.posting import Outcome, post
from core.states import State
from tests.factories import draft
from tests.puppet import PuppetChannel


def ask_for(actor: Actor, key: str = "k1", **changes: object) -> str:
    outcome: Outcome = post(draft(**changes), key, actor)
    assert outcome.document is not None, outcome.faults
    return outcome.document.id


def test_a_document_is_issued_with_its_original(
    bare: House, channel: PuppetChannel, actor: Actor, fake_clock: FakeClock
) -> None:
    document = ask_for(actor)
    assert documents.find_document(document).state is State.QUEUED
    assert bare.runner().drain(60)
    found = documents.find_document(document)
    assert (found.state, found.number) == (State.ISSUED, "26110000000000000001")
    kinds = [event.kind for event in ledger.events_about(document)]
    assert kinds == ["invoice-queued", "invoice-sending", "invoice-accepted", "invoice-issued"]
    assert ledger.events_about(document)[-1].body["files"][0]["size"] == 4


def test_a_timeout_is_unknown_until_the_bureau_says(
    bare: House, channel: PuppetChannel, actor: Actor, fake_clock: FakeClock
) -> None:
    def executed_but_silent(order: Order) -> Ambiguous:
        channel.execute(order)
        return Ambiguous("TIMEOUT")

    channel.on_submit = executed_but_silent
    channel.on_query = lambda order: NotFound()
    document = ask_for(actor)
    bare.runner().drain(10)
    assert documents.find_document(document).state is State.UNKNOWN
    channel.on_query = None
    bare.runner().drain(120)
    assert documents.find_document(document).state is State.ISSUED
    assert len(channel.sent) == 1


def test_not_found_counts_only_after_the_settle_window(
    bare: House, channel: PuppetChannel, actor: Actor, fake_clock: FakeClock
) -> None:
    channel.on_submit = lambda order: Ambiguous("TIMEOUT")
    document = ask_for(actor)
    bare.runner().drain(59)
    assert len(channel.sent) == 1
    channel.on_submit = None
    bare.runner().drain(120)
    assert len(channel.sent) == 2
    assert len(set(channel.sent)) == 1, "the same serial again, never a new one"
    assert documents.find_document(document).state is State.ISSUED


def test_a_first_refusal_is_final_and_frees_the_order_number(
    bare: House, channel: PuppetChannel, actor: Actor, fake_clock: FakeClock
) -> None:
    channel.on_submit = lambda order: Refused("3001", "购买方税号有误")
    document = ask_for(actor)
    bare.runner().drain(10)
    assert documents.find_document(document).state is State.REJECTED
    channel.on_submit = None
    again = ask_for(actor, "k2", remark="改正后重新申请")
    bare.runner().drain(10)
    assert documents.find_document(again).state is State.ISSUED
    assert documents.find_document(document).replaced_by == again
    assert documents.equation().asked.count == 1


def test_out_of_credit_waits_and_goes_on(
    bare: House, channel: PuppetChannel, actor: Actor, fake_clock: FakeClock
) -> None:
    channel.on_submit = lambda order: NotSent("CREDIT", "额度不足", wait=30)
    document = ask_for(actor)
    bare.runner().drain(5)
    found = documents.find_document(document)
    assert (found.state, found.reason, found.standing.attempts) == (State.QUEUED, "CREDIT", 0)
    channel.on_submit = None
    bare.runner().drain(60)
    assert documents.find_document(document).state is State.ISSUED


def test_another_companys_answer_is_no_success(
    bare: House, channel: PuppetChannel, actor: Actor, fake_clock: FakeClock
) -> None:
    def foreign(order: Order) -> object:
        from dataclasses import replace

        return replace(channel.execute(order), seller_tax_id="91310115MA1K00007Q")

    channel.on_query = foreign  # type: ignore[assignment]
    document = ask_for(actor)
    bare.runner().drain(10)
    assert documents.find_document(document).state is State.ACCEPTED
    assert documents.find_document(document).number == ""


def test_in_flight_at_a_crash_is_unknown_never_sent_again(
    bare: House, channel: PuppetChannel, actor: Actor, fake_clock: FakeClock
) -> None:
    class PulledPlug(BaseException):
        pass

    def pull(order: Order) -> Exception:
        channel.execute(order)
        raise PulledPlug

    channel.on_submit = pull
    document = ask_for(actor)
    with pytest.raises(PulledPlug):
        bare.runner().run_once()
    assert documents.find_document(document).state is State.SENDING
    with scope.closed():
        assert sending.recover() == 1
    assert documents.find_document(document).state is State.UNKNOWN
    bare.runner().drain(30)
    assert documents.find_document(document).state is State.ISSUED
    assert len(channel.sent) == 1


def test_a_channel_that_breaks_leaves_unknown(
    bare: House, channel: PuppetChannel, actor: Actor, fake_clock: FakeClock
) -> None:
    channel.on_submit = lambda order: RuntimeError("bug in the plugin")
    document = ask_for(actor)
    bare.runner().run_once()
    found = documents.find_document(document)
    assert (found.state, found.reason) == (State.UNKNOWN, "CHANNEL-FAILED")


def test_only_a_parked_document_is_decided_by_a_person(
    bare: House, channel: PuppetChannel, actor: Actor, fake_clock: FakeClock
) -> None:
    from dataclasses import replace

    channel.caps = replace(channel.caps, idempotent_by_serial=False)
    channel.on_submit = lambda order: Ambiguous("TIMEOUT")
    document = ask_for(actor)
    with pytest.raises(Conflict):
        decisions.requeue(document, actor, 1)
    bare.runner().drain(200)
    parked = documents.find_document(document)
    assert parked.state is State.PARKED
    channel.on_submit = None
    with pytest.raises(Conflict):
        decisions.requeue(document, actor, parked.version - 1)
    decisions.requeue(document, actor, parked.version)
    bare.runner().drain(30)
    issued = documents.find_document(document)
    assert issued.state is State.ISSUED
    assert issued.serial != parked.serial


def test_one_document_that_cannot_be_recorded_does_not_hold_the_others(
    bare: House, channel: PuppetChannel, actor: Actor, fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = ask_for(actor, source_ref="A-1"), ask_for(actor, "k2", source_ref="A-2")
    record = sending._record

    def stumble(document: documents.Document, *rest: object) -> None:
        if document.id == bad:
            raise RuntimeError("cannot be written")
        record(document, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(sending, "_record", stumble)
    bare.runner().drain(120)
    assert documents.find_document(good).state is State.ISSUED
    monkeypatch.undo()
    fake_clock.sleep(4000)
    bare.runner().drain(600)
    assert documents.find_document(bad).state is State.ISSUED
    assert len(set(channel.sent)) == 2
