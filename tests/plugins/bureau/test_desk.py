"""Each fault, proven over HTTP against the running process."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import pytest

from core import clock
from core.net import NoAnswer
from plugins.bureau import protocol
from plugins.bureau.session import Garbled
from tests.plugins.bureau.conftest import Bureau, Orders


def state(bureau: Bureau, *serials: Any) -> list[str]:
    return [result["state"] for result in bureau.query(*serials)]


def serials(count: int, prefix: str = "S") -> list[str]:
    return [f"{prefix}{n}" for n in range(count)]


def test_drop_request_of_one_order_closes_the_connection_and_executes_nothing(
    bureau: Bureau, order: Orders
) -> None:
    bureau.faults({"drop_request": {"every": 1}})
    with pytest.raises(NoAnswer):
        bureau.issue(order("S1"))
    assert state(bureau, "S1") == ["unknown"]
    assert bureau.counts()["drop_request"] == 1


def test_drop_answer_of_one_order_closes_the_connection_after_executing(
    bureau: Bureau, order: Orders
) -> None:
    bureau.faults({"drop_answer": {"every": 2}})
    assert bureau.issue(order("S1")) == ["0000"]
    with pytest.raises(NoAnswer):
        bureau.issue(order("S2"))
    assert state(bureau, "S1", "S2") == ["done", "done"]


def test_within_a_batch_only_every_nth_order_is_uncertain(bureau: Bureau, order: Orders) -> None:
    bureau.faults({"drop_answer": {"every": 10}})
    codes = bureau.issue(*[order(serial) for serial in serials(50)])
    assert [n for n, code in enumerate(codes) if code == protocol.UNCERTAIN] == [9, 19, 29, 39, 49]
    assert set(state(bureau, *serials(50))) == {"done"}
    bureau.faults({"drop_request": {"every": 10}})
    codes = bureau.issue(*[order(serial) for serial in serials(50, "T")])
    lost = [n for n, code in enumerate(codes) if code == protocol.UNCERTAIN]
    assert lost == [9, 19, 29, 39, 49]
    found = state(bureau, *serials(50, "T"))
    assert [n for n, what in enumerate(found) if what == "unknown"] == lost


def test_execute_late_is_executed_after_its_seconds_even_across_kill_9(bureau: Bureau, order: Orders) -> None:
    bureau.faults({"execute_late": {"every": 1, "seconds": 1}})
    with pytest.raises(NoAnswer):
        bureau.issue(order("S1"))
    assert bureau.issue(order("S2"), order("S3")) == [protocol.UNCERTAIN] * 2
    assert state(bureau, "S1", "S2", "S3") == ["unknown"] * 3
    bureau.kill()
    bureau.start()
    clock.sleep(1.3)
    assert state(bureau, "S1", "S2", "S3") == ["done"] * 3


def test_a_late_execution_finds_the_resent_serial_and_makes_no_second(bureau: Bureau, order: Orders) -> None:
    bureau.faults({"execute_late": {"every": 1, "seconds": 1}})
    bureau.issue(order("S1"), order("S2"))
    bureau.faults()
    assert bureau.issue(order("S1"), order("S2")) == ["0000", "0000"]
    clock.sleep(1.3)
    assert [result["count"] for result in bureau.query("S1", "S2")] == [1, 1]


def test_drop_connection_loses_the_answer_of_a_whole_batch(bureau: Bureau, order: Orders) -> None:
    bureau.faults({"drop_connection": {"every": 1}})
    with pytest.raises(NoAnswer):
        bureau.issue(order("S1"), order("S2"))
    bureau.faults()
    assert state(bureau, "S1", "S2") == ["done", "done"]


def test_garbage_comes_as_a_page_as_half_an_answer_and_as_a_broken_connection(
    bureau: Bureau, order: Orders
) -> None:
    bureau.faults({"garbage": {"every": 1}})
    with pytest.raises(Garbled) as page:
        bureau.issue(order("S1"))
    assert page.value.raw.startswith(b"<html>")
    with pytest.raises(Garbled) as half:
        bureau.issue(order("S2"))
    assert half.value.raw.startswith(b'{"code": "0000"')
    with pytest.raises((NoAnswer, Garbled)):  # by how the client reads a body that ends too early
        bureau.issue(order("S3"))
    bureau.faults()
    assert state(bureau, "S1", "S2", "S3") == ["done"] * 3


def test_down_until_answers_503_or_nothing_and_ends_by_itself(bureau: Bureau, order: Orders) -> None:
    bureau.faults({"down_until": {"seconds": 1}})
    with pytest.raises(Garbled) as down:
        bureau.issue(order("S1"))
    assert json.loads(down.value.raw)["code"] == protocol.DOWN
    bureau.faults({"down_until": {"seconds": 1, "mode": "close"}})
    with pytest.raises(NoAnswer):
        bureau.issue(order("S1"))
    clock.sleep(1.1)
    assert state(bureau, "S1") == ["unknown"]
    assert bureau.issue(order("S1")) == ["0000"]


def test_settle_seconds_hides_what_was_executed(bureau: Bureau, order: Orders) -> None:
    bureau.faults({"settle_seconds": {"value": 1}})
    assert bureau.issue(order("S1")) == ["0000"]
    assert state(bureau, "S1") == ["unknown"]
    clock.sleep(1.1)
    assert state(bureau, "S1") == ["done"]
    assert bureau.counts()["settle_seconds"] == 1


def test_wrong_company_answers_with_another_taxpayers_facts(bureau: Bureau, order: Orders) -> None:
    other = order("x").invoice.buyer
    bureau.register(other)
    bureau.issue(order("S1"), order("X1", seller=other))
    bureau.faults({"wrong_company": {"every": 1}})
    answer = bureau.query("S1", originals=True)[0]
    assert answer["serial"] == "S1"
    assert answer["seller_tax_id"] == other.tax_id


def test_out_of_credit_busy_and_refuse_execute_nothing(bureau: Bureau, order: Orders) -> None:
    bureau.faults({"out_of_credit": {"value": 1}})
    assert bureau.issue(order("S1")) == [protocol.NO_CREDIT]
    bureau.faults({"busy": {"every": 1}})
    wire = {"orders": [protocol.order("S1", order("S1").invoice, "")]}
    assert bureau.session.call("POST", "/api/issue", wire) == {
        "code": protocol.TOO_FAST, "message": protocol.TEXTS[protocol.TOO_FAST],
    }  # fmt: skip
    bureau.faults({"refuse": {"every": 1, "reason": protocol.RATE}})
    assert bureau.issue(order("S1")) == [protocol.RATE]
    bureau.faults()
    assert state(bureau, "S1") == ["unknown"]


def test_a_late_refusal_is_accepted_first(bureau: Bureau, order: Orders) -> None:
    bureau.faults({"refuse": {"every": 1, "reason": protocol.RATE, "late": 1}})
    assert bureau.issue(order("S1")) == ["0000"]
    answer = bureau.query("S1")[0]
    assert (answer["state"], answer["code"]) == ("failed", protocol.RATE)
    bureau.faults()
    bureau.issue(order("S2"))
    assert bureau.numbers("S2")[0].endswith("0001")


def test_latency_makes_it_slow(bureau: Bureau) -> None:
    bureau.faults({"latency_ms": {"value": 200}})
    begin = time.monotonic()
    bureau.query("S1")
    assert time.monotonic() - begin >= 0.2


def test_the_callers_clock_is_believed_on_request(bureau: Bureau, order: Orders) -> None:
    with clock.use(clock.SystemClock(timedelta(days=-400))):
        assert bureau.session.call("GET", "/api/credit?seller=X")["code"] == protocol.STALE
        bureau.faults({"believe_caller_clock": {"value": 1}})
        assert bureau.issue(order("S1")) == ["0000"]
    bureau.faults()
    answer = bureau.query("S1")[0]
    assert answer["issued_at"].startswith("2025-")
    assert answer["number"].startswith("25110")


def test_the_same_seed_strikes_the_same_orders(bureau: Bureau, order: Orders) -> None:
    def struck(prefix: str) -> list[int]:
        bureau.faults({"drop_request": {"rate": 0.3}}, seed="again")
        codes = bureau.issue(*[order(serial) for serial in serials(60, prefix)])
        return [n for n, code in enumerate(codes) if code == protocol.UNCERTAIN]

    first = struck("A")
    assert 8 <= len(first) <= 30
    assert struck("B") == first


def test_faults_outlive_a_restart(bureau: Bureau, order: Orders) -> None:
    bureau.faults({"drop_answer": {"every": 3}}, profile={"idempotent": 0})
    bureau.kill()
    bureau.start()
    state = bureau.session.control("GET", "/api/faults")
    assert state["faults"]["drop_answer"]["every"] == 3
    assert state["profile"]["idempotent"] == 0


@pytest.mark.parametrize(
    "wanted",
    [
        {"faults": {"nonsense": {}}}, {"faults": {"busy": {"rate": 1.1}}}, {"profile": {"x": 1}},
        {"faults": {"busy": {"value": 1}}}, {"faults": {"refuse": {"reason": "0000"}}}, {"x": 1},
        {"faults": {"down_until": {"mode": "x"}}}, {"faults": {"busy": {"rate": "x"}}}, [], {"faults": 1},
    ],
)  # fmt: skip
def test_a_wrong_fault_changes_nothing(bureau: Bureau, wanted: Any) -> None:
    before = bureau.faults({"busy": {"every": 5}})
    with pytest.raises(Garbled):
        bureau.session.control("POST", "/api/faults", wanted)
    assert bureau.session.control("GET", "/api/faults") == before


@pytest.mark.parametrize("payload", [{}, {"orders": []}, {"orders": [1] * 101}, {"orders": {}}, [], "x"])
def test_a_malformed_issue_is_refused_whole(bureau: Bureau, payload: Any) -> None:
    assert bureau.session.call("POST", "/api/issue", payload)["code"] == protocol.MALFORMED


def test_a_malformed_order_is_refused_alone(bureau: Bureau, order: Orders) -> None:
    wire = [protocol.order("S1", order("S1").invoice, ""), {"serial": "S2"}, 7]
    results = bureau.session.call("POST", "/api/issue", {"orders": wire})["results"]
    assert [result["code"] for result in results] == ["0000", protocol.MALFORMED, protocol.MALFORMED]


def test_everything_says_that_it_is_simulated(bureau: Bureau) -> None:
    assert bureau.raw("GET", "/healthz") == {"code": "0000", "simulated": True}
