from __future__ import annotations

import threading

import pytest

from core import clock
from core.net import NoAnswer, NotConnected
from plugins.bureau import protocol
from tests.plugins.bureau.conftest import Bureau, Orders


def test_numbers_have_no_gaps_per_region_and_mark_the_specimen(bureau: Bureau, order: Orders) -> None:
    shanghai = order("S1").invoice.buyer
    bureau.register(shanghai)
    other = order("X1", seller=shanghai, buyer=order("S1").invoice.seller)
    assert bureau.issue(order("S1"), other, order("S2")) == ["0000"] * 3
    first, third, second = bureau.numbers("S1", "X1", "S2")
    assert first[2:5] == "110"
    assert third[2:5] == "310"
    assert [first[5:], second[5:], third[5:]] == [f"{n:015d}" for n in (1, 2, 1)]


def test_the_same_serial_makes_the_same_invoice(bureau: Bureau, order: Orders) -> None:
    assert bureau.issue(order("S1"), order("S1")) == ["0000", protocol.SERIAL_EXISTS]
    before = bureau.numbers("S1")
    assert bureau.issue(order("S1")) == [protocol.SERIAL_EXISTS]
    assert bureau.issue(order("S1", "99.00")) == [protocol.SERIAL_DIFFERS]
    assert bureau.numbers("S1") == before
    assert bureau.query("S1")[0]["count"] == 1


def test_a_bad_provider_makes_a_second_invoice(bureau: Bureau, order: Orders) -> None:
    bureau.faults(profile={"idempotent": 0})
    assert bureau.issue(order("S1")) == ["0000"]
    assert bureau.issue(order("S1")) == ["0000"]
    assert bureau.query("S1")[0]["count"] == 2


def test_refusals_leave_no_gap_and_no_trace(bureau: Bureau, order: Orders) -> None:
    wrong = order("S2", buyer=order("x").invoice.buyer.__class__(name="甲", tax_id="91310115MA1K00007X"))
    assert bureau.issue(order("S1"), wrong, order("S3")) == ["0000", protocol.BUYER_ID, "0000"]
    numbers = bureau.numbers("S1", "S2", "S3")
    assert numbers[1] == ""
    assert int(numbers[2]) == int(numbers[0]) + 1


def test_the_sum_of_reds_never_passes_the_blue(bureau: Bureau, order: Orders) -> None:
    bureau.issue(order("B"))
    blue = bureau.numbers("B")[0]
    red = {"side": "red", "red_of": blue}
    part = order("R1", "-60.00", **red), order("R2", "-60.00", **red), order("R3", "-40.00", **red)
    assert bureau.issue(*part) == ["0000", protocol.OVER_RED, "0000"]
    assert bureau.issue(order("R4", "-0.01", **red)) == [protocol.OVER_RED]
    assert bureau.issue(order("R5", "-1.00", side="red", red_of="9" * 20)) == [protocol.NO_BLUE]
    assert bureau.issue(order("R6", "-1.00", side="red", red_of=bureau.numbers("R1")[0])) == ["3006"]


def test_a_red_of_another_seller_is_refused(bureau: Bureau, order: Orders) -> None:
    shanghai = order("x").invoice.buyer
    bureau.register(shanghai)
    bureau.issue(order("B"))
    foreign = order("R", "-1.00", side="red", red_of=bureau.numbers("B")[0], seller=shanghai)
    assert bureau.issue(foreign) == [protocol.NO_BLUE]


def test_credit_runs_out_and_reds_give_it_back(bureau: Bureau, order: Orders) -> None:
    bureau.register(credit=15000)
    assert bureau.issue(order("A"), order("B")) == ["0000", protocol.NO_CREDIT]
    assert bureau.issue(order("R", "-60.00", side="red", red_of=bureau.numbers("A")[0])) == ["0000"]
    assert bureau.issue(order("B")) == ["0000"]
    seller = order("x").invoice.seller.tax_id
    credit = bureau.session.call("GET", f"/api/credit?seller={seller}")
    assert (credit["limit"], credit["used"]) == (15000, 14000)


def test_what_was_executed_survives_kill_9(bureau: Bureau, order: Orders) -> None:
    serials = [f"S{n}" for n in range(50)]
    assert bureau.issue(*[order(serial) for serial in serials]) == ["0000"] * 50
    before = bureau.numbers(*serials)
    bureau.kill()
    bureau.start()
    assert bureau.numbers(*serials) == before
    assert len(set(before)) == 50
    assert bureau.issue(order("S0"), order("NEW")) == [protocol.SERIAL_EXISTS, "0000"]
    assert int(bureau.numbers("NEW")[0]) == int(max(before)) + 1


def test_what_was_answered_survives_kill_9_in_the_middle_of_work(bureau: Bureau, order: Orders) -> None:
    answered: list[str] = []
    killer = threading.Timer(0.4, bureau.process.kill)
    killer.start()
    with pytest.raises((NoAnswer, NotConnected)):
        for n in range(10_000):
            batch = [f"S{n}X{k}" for k in range(10)]
            assert bureau.issue(*map(order, batch)) == ["0000"] * 10
            answered += batch
    killer.join()
    bureau.kill()
    bureau.start()
    assert answered
    states = [bureau.query(*answered[n : n + 100]) for n in range(0, len(answered), 100)]
    assert {result["state"] for page in states for result in page} == {"done"}
    figures = bureau.session.control("GET", "/api/status")
    last = max(int(result["number"][5:]) for page in states for result in page)
    assert last <= figures["issued"] <= last + 10, "no gap, and at most the batch in flight besides"


def test_the_outcome_takes_its_time(stopped: Bureau, order: Orders) -> None:
    stopped.start("--delay-ms", "600")
    stopped.register()
    assert stopped.issue(order("S1")) == ["0000"]
    assert stopped.query("S1")[0]["state"] == "processing"
    clock.sleep(0.7)
    assert stopped.query("S1")[0]["state"] == "done"
