from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.invoice import Invoice, Line, Party, calculate
from plugins.bureau import protocol
from plugins.bureau.assessment import Taxpayer, read, refusal

GENERAL = Taxpayer("91110108MA01ABCD5T", "甲", "11", "general", 0)
SMALL = replace(GENERAL, kind="small")
RATES = ("0.13", "0.09", "0.06", "0.05", "0.03", "0.015", "0.01", "0", "exempt", "untaxed")
SELLER = Party("北京示例科技有限公司", "91110108MA01ABCD5T")
BUYER = Party("上海样例贸易有限公司", "91310115MA1K00007Q")


def judged(wire: Any, seller: Taxpayer | None = GENERAL) -> str:
    placed = read(json.loads(json.dumps(wire)))
    return refusal(placed, placed.facts, seller)


def wire(*lines: Line, **more: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "seller": SELLER,
        "buyer": BUYER,
        "lines": lines or (Line("甲", entered=10000, rate="0.06"),),
    }
    return protocol.order("S1", calculate(Invoice(**(plain | more)))[0], "")


@given(
    st.lists(st.tuples(st.integers(1, 10**9), st.sampled_from(RATES)), min_size=1, max_size=20),
    st.booleans(),
)
def test_what_core_calculates_closes_and_one_fen_off_does_not(
    lines: list[tuple[int, str]], inclusive: bool
) -> None:
    order = wire(*(Line("甲", entered=fen, rate=rate) for fen, rate in lines), inclusive=inclusive)
    assert judged(order) == ""
    for field in ("amount", "tax", "total"):
        bent = json.loads(json.dumps(order))
        bent["invoice"][field] += 1
        assert judged(bent) == protocol.TOTALS


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, ""),
        ({"lines": (Line("甲", entered=100, rate="0.17"),)}, protocol.RATE),
        ({"lines": (Line("甲", entered=100, rate="0.130"),)}, ""),
        ({"kind": "special"}, ""),
        ({"kind": "special", "buyer": replace(BUYER, is_person=True)}, protocol.TO_PERSON),
        ({"kind": "special", "buyer": replace(BUYER, tax_id="")}, protocol.TO_PERSON),
        ({"buyer": Party("个人", is_person=True)}, ""),
        ({"buyer": replace(BUYER, tax_id="91310115MA1K00007X")}, protocol.BUYER_ID),
        ({"side": "red", "red_of": "1"}, protocol.TOTALS),
        ({"side": "green"}, protocol.TOTALS),
    ],
)
def test_each_reason_of_refusal(change: dict[str, Any], code: str) -> None:
    assert judged(wire(**change)) == code


def test_a_small_taxpayer_has_no_general_rates() -> None:
    assert judged(wire(), SMALL) == protocol.RATE
    assert judged(wire(Line("甲", entered=100, rate="0.01")), SMALL) == ""


def test_unregistered_sellers_missing_lines_and_bad_serials() -> None:
    empty = wire()
    empty["invoice"]["lines"] = []
    assert judged(wire(), None) == protocol.SELLER
    assert judged(empty) == protocol.NO_LINES
    assert judged(wire() | {"serial": "a-b"}) == protocol.BAD_SERIAL


def test_tax_that_does_not_follow_from_the_rate_is_refused() -> None:
    order = wire()
    order["invoice"]["lines"][0]["tax"] += 7
    order["invoice"]["tax"] += 7
    order["invoice"]["total"] += 7
    assert judged(order) == protocol.RATE


@pytest.mark.parametrize("path", ["amount", "total", "lines", "buyer", "kind"])
@pytest.mark.parametrize("value", [None, 1.5, True, [], {}, "\ud800", 10**18])
def test_a_malformed_order_is_a_value_error(path: str, value: Any) -> None:
    order = wire()
    order["invoice"][path] = value
    if (path, value) != ("lines", []):
        with pytest.raises(ValueError):
            read(order)


@pytest.mark.parametrize("raw", [None, 1, "x", [], {}, {"invoice": {}}])
def test_nonsense_is_no_order(raw: Any) -> None:
    with pytest.raises(ValueError):
        read(raw)
