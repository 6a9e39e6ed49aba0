from __future__ import annotations

import pytest

from core import clock
from core.channels import Accepted, Ambiguous, Issued, NotSent, Refused
from core.channels import NotFound as SerialNotFound
from plugins.bureau import channel as channels
from plugins.bureau import protocol, service
from plugins.bureau.channel import BureauChannel
from tests.plugins.bureau.conftest import Bureau, Orders


@pytest.fixture
def way(bureau: Bureau) -> BureauChannel:
    return BureauChannel(lambda: bureau.session)


def test_accepted_then_issued_with_its_xml(way: BureauChannel, order: Orders) -> None:
    one, two = order("S1"), order("S2", "7.00")
    assert way.submit("c", [one, two]) == [Accepted(), Accepted()]
    first, second = way.query("c", [one, two])
    assert isinstance(first, Issued)
    assert isinstance(second, Issued)
    assert (first.serial, first.total, second.total) == ("S1", 10600, 742)
    assert first.seller_tax_id == one.invoice.seller.tax_id
    assert first.files[0].name == f"{first.number}.xml"
    assert first.number.encode() in first.files[0].content


def test_a_serial_nobody_knows(way: BureauChannel, order: Orders) -> None:
    assert way.query("c", [order("S1")]) == [SerialNotFound()]


def test_an_order_is_processing_until_it_is_due(way: BureauChannel, bureau: Bureau, order: Orders) -> None:
    bureau.faults(profile={"delay_ms": 60_000})
    way.submit("c", [order("S1")])
    assert way.query("c", [order("S1")]) == [Accepted()]


def test_a_bureau_that_is_not_running_was_certainly_not_reached(
    way: BureauChannel, bureau: Bureau, order: Orders
) -> None:
    bureau.kill()
    answers = way.submit("c", [order("S1"), order("S2")])
    assert [isinstance(a, NotSent) and a.code for a in answers] == ["CHANNEL-DOWN"] * 2
    bureau.start()
    assert way.submit("c", [order("S1")]) == [Accepted()]


def test_lost_answers_broken_answers_and_503_are_ambiguous_with_their_bytes(
    way: BureauChannel, bureau: Bureau, order: Orders
) -> None:
    way.submit("c", [order("S0")])
    bureau.faults({"drop_answer": {"every": 1}})
    (lost,) = way.submit("c", [order("S1")])
    (one, two) = way.submit("c", [order("S2"), order("S3")])
    bureau.faults({"garbage": {"every": 1}})
    (page,) = way.submit("c", [order("S4")])
    bureau.faults({"down_until": {"seconds": 60}})
    (down,) = way.submit("c", [order("S5")])
    found = [answer for answer in (lost, one, two, page, down) if isinstance(answer, Ambiguous)]
    reasons = ["NO-ANSWER", "UNCERTAIN", "UNCERTAIN", "GARBLED", "GARBLED"]
    assert [answer.reason for answer in found] == reasons
    assert all(answer.raw for answer in found)
    assert protocol.UNCERTAIN.encode() in found[1].raw
    assert b"<html>" in found[3].raw


@pytest.mark.parametrize("amount", ["100.00", "1.00"])
def test_a_serial_that_exists_is_looked_up_whatever_its_content(
    way: BureauChannel, order: Orders, amount: str
) -> None:
    way.submit("c", [order("S1")])
    (again,) = way.submit("c", [order("S1", amount)])
    assert isinstance(again, Ambiguous)
    assert again.reason == "SERIAL-EXISTS"


def test_waiting_and_refusing(way: BureauChannel, bureau: Bureau, order: Orders) -> None:
    bureau.faults({"out_of_credit": {"value": 1}})
    (credit,) = way.submit("c", [order("S1")])
    bureau.faults({"busy": {"every": 1}})
    (busy,) = way.submit("c", [order("S1")])
    assert isinstance(credit, NotSent)
    assert isinstance(busy, NotSent)
    assert credit.wait > busy.wait > 0
    bureau.faults({"refuse": {"every": 1, "reason": protocol.RATE}})
    assert way.submit("c", [order("S1")]) == [Refused(protocol.RATE, protocol.TEXTS[protocol.RATE])]
    bureau.faults({"refuse": {"every": 1, "reason": protocol.RATE, "late": 1}})
    assert way.submit("c", [order("S1")]) == [Accepted()]
    assert way.query("c", [order("S1")]) == [Refused(protocol.RATE, protocol.TEXTS[protocol.RATE])]


def test_another_companys_answer_is_kept_and_not_believed(
    way: BureauChannel, bureau: Bureau, order: Orders
) -> None:
    way.submit("c", [order("S1")])
    bureau.faults({"wrong_company": {"every": 1}})
    (answer,) = way.query("c", [order("S1")])
    assert isinstance(answer, Ambiguous)
    assert answer.reason == "FOREIGN-ANSWER"
    assert answer.raw


def test_a_seller_is_put_on_the_register_and_again_when_that_is_lost(stopped: Bureau, order: Orders) -> None:
    stopped.start()
    way = BureauChannel(lambda: stopped.session)
    assert way.submit("c", [order("S1")]) == [Accepted()]
    (stopped.folder / "bureau").rename(stopped.folder / "lost")
    stopped.kill()
    stopped.start()
    (answer,) = way.submit("c", [order("S1")])
    assert isinstance(answer, NotSent)
    assert answer.code == "SELLER-UNKNOWN"
    assert way.submit("c", [order("S1")]) == [Accepted()]
    strict = BureauChannel(lambda: stopped.session, register=False)
    other = order("S2", seller=order("x").invoice.buyer)
    assert strict.submit("c", [other]) == [Refused(protocol.SELLER, protocol.TEXTS[protocol.SELLER])]


def test_an_expired_token_is_renewed_on_the_way(stopped: Bureau, order: Orders) -> None:
    stopped.start()
    way = BureauChannel(lambda: stopped.session)
    stopped.faults(profile={"token_seconds": 1})
    assert way.submit("c", [order("S1")]) == [Accepted()]
    clock.sleep(1.2)
    stopped.session._until = clock.steady() + 1000  # the client believes the token is good
    assert way.submit("c", [order("S2")]) == [Accepted()]


def test_the_list_is_read_to_its_end(
    way: BureauChannel, bureau: Bureau, order: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    bureau.issue(*[order(f"S{n}") for n in range(100)])
    bureau.issue(*[order(f"T{n}") for n in range(100)])
    bureau.issue(order("U"))
    monkeypatch.setattr(channels, "own_tax_id", lambda: order("x").invoice.seller.tax_id)
    today = clock.today().isoformat()
    rows = way.listing("c", today, today)
    assert len(rows) == 201
    assert rows[-1].serial == "U"
    assert rows[0].total == 10600


def test_its_capabilities() -> None:
    caps = BureauChannel(service.session, settle_seconds=9.0).caps
    assert caps.idempotent_by_serial
    assert caps.query == "strong"
    assert caps.settle_seconds == 9.0
    assert caps.simulated
    assert caps.listing
    assert caps.asynchronous
    assert caps.batch == 50
