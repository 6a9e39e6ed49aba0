"""No document stays open without a question on its way, whatever its channel does meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from core import decisions, documents, posting, registry, sending, storage, tasks
from core.channels import Accepted, Ambiguous, Answer, ChannelCaps, NotFound, Order, Refused
from core.clock import FakeClock
from core.contributions import Actor
from core.house import House
from core.posting import post
from core.states import State
from tests.factories import draft
from tests.puppet import PuppetChannel


@pytest.fixture
def document(bare: House, channel: PuppetChannel, actor: Actor, fake_clock: FakeClock) -> str:
    """A document that was just asked for."""
    made = post(draft(), "k1", actor).document
    assert made is not None
    return made.id


class Switch:
    """Takes the channel away and gives it back, as switching its module does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.off = False
        monkeypatch.setattr(sending, "channel", lambda name: None if self.off else posting.channel(name))

    def off_during(self, answer: Callable[[Order], Answer]) -> Callable[[Order], Answer]:
        """Answers as told, and the channel is off by the time the answer is heard."""

        def say(order: Order) -> Answer:
            self.off = True
            return answer(order)

        return say


@pytest.fixture
def switch(monkeypatch: pytest.MonkeyPatch) -> Switch:
    return Switch(monkeypatch)


@pytest.mark.parametrize("answer", [Accepted(), Ambiguous("TIMEOUT")])
def test_a_channel_switched_off_during_a_send_is_asked_later(
    bare: House, channel: PuppetChannel, document: str, switch: Switch, answer: Answer
) -> None:
    def say(order: Order) -> Answer:
        channel.execute(order)
        return answer

    channel.on_submit = switch.off_during(say)
    bare.runner().drain(20)
    switch.off = False
    bare.runner().drain(60)
    assert documents.find_document(document).state is State.ISSUED


def test_a_channel_switched_off_during_a_question_is_asked_again(
    bare: House, channel: PuppetChannel, document: str, switch: Switch
) -> None:
    channel.on_query = switch.off_during(lambda order: Accepted())
    bare.runner().drain(20)
    switch.off, channel.on_query = False, None
    bare.runner().drain(60)
    assert documents.find_document(document).state is State.ISSUED


def test_a_channel_switched_off_between_mark_and_call_was_not_called(
    bare: House, channel: PuppetChannel, document: str, switch: Switch, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_off = sending._take_off

    def then_off(*args: Any) -> Any:
        flying = take_off(*args)
        switch.off = True
        return flying

    monkeypatch.setattr(sending, "_take_off", then_off)
    bare.runner().run_once()
    assert documents.find_document(document).state is State.QUEUED
    monkeypatch.setattr(sending, "_take_off", take_off)
    switch.off = False
    bare.runner().drain(60)
    assert documents.find_document(document).state is State.ISSUED


def test_a_channel_that_cannot_be_asked_parks_after_its_window(
    bare: House, channel: PuppetChannel, document: str
) -> None:
    channel.caps = ChannelCaps(idempotent_by_serial=False, query="none", settle_seconds=60)
    channel.on_submit = lambda order: Ambiguous("TIMEOUT")
    channel.on_query = lambda order: RuntimeError("it cannot be asked")
    bare.runner().drain(59)
    assert documents.find_document(document).state is State.UNKNOWN
    bare.runner().drain(30)
    found = documents.find_document(document)
    assert (found.state, found.reason) == (State.PARKED, "CANNOT-ASK")
    assert len(channel.sent) == 1


@pytest.mark.parametrize("nonsense", [None, "issued", 5])
def test_an_answer_that_is_none_is_unknown(
    bare: House, channel: PuppetChannel, document: str, nonsense: Any
) -> None:
    channel.on_submit = lambda order: nonsense
    bare.runner().run_once()
    found = documents.find_document(document)
    assert (found.state, found.reason) == (State.UNKNOWN, "GARBLED")
    channel.on_query = lambda order: nonsense
    bare.runner().drain(30)
    channel.on_query = channel.on_submit = None
    bare.runner().drain(400)
    assert documents.find_document(document).state is State.ISSUED


def test_a_channel_that_answers_nothing_at_all_is_asked_on(
    bare: House, channel: PuppetChannel, document: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(channel, "submit", lambda company, orders: None)
        bare.runner().run_once()
    assert documents.find_document(document).state is State.UNKNOWN


def test_an_open_document_outlives_any_trouble_of_this_machine(
    bare: House, channel: PuppetChannel, document: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(contents: object) -> list[str]:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(storage, "store_all", full)
        bare.runner().drain(50_000)
    assert tasks.dead() == []
    bare.runner().drain(4_000)
    assert documents.find_document(document).state is State.ISSUED


def test_an_answer_about_a_serial_left_behind_says_nothing_of_the_new_one(
    bare: House, channel: PuppetChannel, document: str, actor: Actor
) -> None:
    channel.caps = replace(channel.caps, idempotent_by_serial=False)
    channel.on_submit = lambda order: Ambiguous("TIMEOUT")
    bare.runner().drain(200)
    parked = documents.find_document(document)
    assert parked.state is State.PARKED

    def slow(order: Order) -> Answer:
        # While the question is on its way, a person decides and the new serial is sent and accepted.
        channel.on_query, channel.on_submit = lambda order: NotFound(), None
        decisions.requeue(document, actor, parked.version)
        sending.send(tasks.claim("another", {posting.SEND: 1}), "another")
        assert documents.find_document(document).state is State.ACCEPTED
        return Refused("3001", "no")

    channel.on_query = slow
    sending.ask_now(document)
    bare.runner().run_once()
    assert documents.find_document(document).state is State.ACCEPTED
    channel.on_query = None
    bare.runner().drain(400)
    assert documents.find_document(document).state is State.ISSUED


def test_nothing_is_sent_while_issuing_is_frozen(bare: House, channel: PuppetChannel, document: str) -> None:
    registry.freeze("a backup was restored")
    bare.runner().drain(100)
    assert (documents.find_document(document).state, channel.sent) == (State.QUEUED, [])
    registry.freeze("")
    bare.runner().drain(100)
    assert documents.find_document(document).state is State.ISSUED
