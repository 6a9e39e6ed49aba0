"""Every rule of the module: what breaks it, where it points, how hard it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from core import clock
from core.invoice import Invoice, Line, Party, calculate
from core.rules import ERROR, Fault
from plugins.issuing.rules import RULES
from tests.factories import BUYER, SELLER, draft, line

EVERY_CODE = {rule.code: rule for rules in RULES for rule in rules.rules}
BLUE_NUMBER = "26112000000012345678"
ID_CARD = "11010519491231002X"
FUEL: dict[str, Any] = {
    "name": "92号汽油", "code": "1070101010200000000", "short_name": "石油制品", "spec": "", "unit": "升",
    "quantity": Decimal(40), "price": Decimal("7.5"),
}  # fmt: skip
BUILDING: dict[str, Any] = {"code": "3050100000000000000", "short_name": "建筑服务", "rate": "0.09"}
PERSON = Party("李四", ID_CARD, is_person=True)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.use(clock.FakeClock(datetime(2026, 11, 24, 2, 0, tzinfo=UTC))):
        yield


def found(invoice: Invoice, day: date = date(2026, 11, 24)) -> list[Fault]:
    return [fault for rules in RULES if rules.holds_on(day) for fault in rules.check(calculate(invoice)[0])]


def named(**lines: Any) -> dict[str, Any]:
    return {"lines": (line(**lines),)}


def discounted(*discounts: Line, **of: Any) -> dict[str, Any]:
    return {"lines": (line(**of), *discounts)}


def discount(**changes: Any) -> Line:
    values = {"quantity": None, "price": None, "entered": -3000, "discount": True, "spec": "", "unit": ""}
    return line(**{**values, **changes})


def lump(entered: int, **changes: Any) -> Line:
    """A line with an amount only."""
    return line(**{**changes, "quantity": None, "price": None, "entered": entered})


def buyer(**changes: Any) -> dict[str, Any]:
    return {"buyer": replace(BUYER, **changes)}


def red(**changes: Any) -> dict[str, Any]:
    base = {"side": "red", "red_of": BLUE_NUMBER, "lines": (line(quantity=Decimal(-2)),)}
    return {**base, **changes}


def drift(count: int) -> dict[str, Any]:
    """Lines whose tax is rounded down by 0.48 fen each."""
    return {"lines": (lump(96),) * count}


Case = tuple[dict[str, Any], str | None, str]

SOUND: list[dict[str, Any]] = [
    {}, {"kind": "special"}, red(), {**named(**FUEL)}, discounted(discount()),
    {"lines": (line(), line(), discount(entered=-30000))}, {"inclusive": True},
    {"buyer": Party("个人", is_person=True)}, {"buyer": PERSON},
    {"buyer_email": "ap@example.com", "buyer_mobile": "+86 138 0013 8000"},
    {"remark": "第一行\n第二行\t尾"}, {"remark": "字" * 230}, {"extra": {"taxpayer_kind": "general"}},
    {"extra": {"taxpayer_kind": "small"}, **named(rate="0.01")}, named(rate="0.130"),
    named(rate="exempt"), named(quantity=None, price=None, entered=100),
    named(entered=30001), named(entered=29999), drift(264),
    {**named(code="6010000000000000000", short_name="预付卡销售", rate="untaxed")},
    {"extra": {"deduction": "339.00"}, "remark": "差额征税:339.00"},
    {**named(**BUILDING), "remark": "朝阳区 一号楼"},
    red(red_of="26942000000000000001"),
]  # fmt: skip

BROKEN: list[Case] = [
    ({"kind": "82"}, "ISSUING-KIND-01", "kind"),
    ({"side": "green"}, "ISSUING-KIND-02", "side"),
    ({"extra": {"taxpayer_kind": "large"}}, "ISSUING-KIND-03", "extra.taxpayer_kind"),
    (discounted(discount(entered=-30000)), "ISSUING-TOTAL-01", "lines"),
    (named(quantity=Decimal(-2)), "ISSUING-TOTAL-01", "lines"),
    ({"lines": (lump(10**17 - 1),) * 2}, "ISSUING-TOTAL-02", "lines"),
    ({"remark": "字" * 231}, "ISSUING-REMARK-01", "remark"),
    ({"remark": "看\u202e这里"}, "ISSUING-REMARK-02", "remark"),
    ({"remark": "\x00"}, "ISSUING-REMARK-02", "remark"),
    (named(**BUILDING), "ISSUING-REMARK-03", "remark"),
    (named(**{**BUILDING, "code": "5010101000000000000"}), "ISSUING-REMARK-04", "remark"),
    (named(**{**BUILDING, "code": "3040502020400000000"}), "ISSUING-REMARK-04", "remark"),
    ({"drawer": " "}, "ISSUING-DRAWER-01", "drawer"),
    ({"extra": {"deduction": "一百"}, "remark": "差额征税"}, "ISSUING-DEDUCTION-01", "extra.deduction"),
    ({"extra": {"deduction": "-1"}, "remark": "差额征税"}, "ISSUING-DEDUCTION-01", "extra.deduction"),
    ({"extra": {"deduction": "339.01"}, "remark": "差额征税"}, "ISSUING-DEDUCTION-02", "extra.deduction"),
    ({"extra": {"deduction": "100"}}, "ISSUING-DEDUCTION-03", "remark"),
    (buyer(name=" "), "ISSUING-BUYER-01", "buyer.name"),
    (buyer(name="长" * 101), "ISSUING-BUYER-02", "buyer.name"),
    (buyer(address="路" * 101), "ISSUING-BUYER-02", "buyer.address"),
    (buyer(name="上海\x07公司"), "ISSUING-BUYER-03", "buyer.name"),
    (buyer(bank="\ud800"), "ISSUING-BUYER-03", "buyer.bank"),
    ({"kind": "special", **buyer(tax_id="")}, "ISSUING-BUYER-04", "buyer.tax_id"),
    ({"kind": "special", "buyer": PERSON}, "ISSUING-BUYER-05", "buyer.is_person"),
    (buyer(tax_id="91310115MA1K00008Q"), "ISSUING-BUYER-06", "buyer.tax_id"),
    (buyer(tax_id="91310115ma1k00007q"), "ISSUING-BUYER-06", "buyer.tax_id"),
    (buyer(tax_id="９１310115MA1K00007Q"), "ISSUING-BUYER-06", "buyer.tax_id"),
    (buyer(tax_id="310115000000001"), "ISSUING-BUYER-07", "buyer.tax_id"),
    ({"buyer": Party("李四", "1101051949123100", is_person=True)}, "ISSUING-BUYER-08", "buyer.tax_id"),
    ({"buyer_email": "ap@example"}, "ISSUING-BUYER-09", "buyer_email"),
    ({"buyer_email": "a@b.cn, c@d.cn"}, "ISSUING-BUYER-09", "buyer_email"),
    ({"buyer_mobile": "010-62000000"}, "ISSUING-BUYER-10", "buyer_mobile"),
    ({"seller": replace(SELLER, name="")}, "ISSUING-SELLER-01", "seller.name"),
    ({"seller": replace(SELLER, tax_id="")}, "ISSUING-SELLER-02", "seller.tax_id"),
    ({"seller": replace(SELLER, tax_id="91110108MA01ABCD5U")}, "ISSUING-SELLER-03", "seller.tax_id"),
    (buyer(tax_id=SELLER.tax_id), "ISSUING-SELLER-04", "buyer.tax_id"),
    ({"lines": ()}, "ISSUING-LINES-01", "lines"),
    ({"lines": (line(),) * 2001}, "ISSUING-LINES-02", "lines"),
    (named(name="  "), "ISSUING-NAME-01", "lines[0].name"),
    (named(name="名" * 96), "ISSUING-NAME-02", "lines[0].name"),
    (named(spec="x" * 41), "ISSUING-NAME-02", "lines[0].spec"),
    (named(unit="x" * 21), "ISSUING-NAME-02", "lines[0].unit"),
    (named(spec="A4\n"), "ISSUING-NAME-03", "lines[0].spec"),
    (named(name="*纸制品*复印纸"), "ISSUING-NAME-04", "lines[0].name"),
    (named(code=""), "ISSUING-CODE-01", "lines[0].code"),
    (named(code="106010501"), "ISSUING-CODE-02", "lines[0].code"),
    (named(code="１060105010000000000"), "ISSUING-CODE-02", "lines[0].code"),
    (named(code="9990000000000000000"), "ISSUING-CODE-03", "lines[0].code"),
    (named(short_name="文具"), "ISSUING-CODE-04", "lines[0].short_name"),
    (named(short_name=""), "ISSUING-CODE-04", "lines[0].short_name"),
    (named(rate="0.17"), "ISSUING-RATE-01", "lines[0].rate"),
    (named(rate="0.01"), "ISSUING-RATE-01", "lines[0].rate"),
    ({"extra": {"taxpayer_kind": "small"}}, "ISSUING-RATE-01", "lines[0].rate"),
    ({"kind": "special", **named(rate="exempt")}, "ISSUING-RATE-02", "lines[0].rate"),
    ({"kind": "special", **named(rate="untaxed", code="6010000000000000000", short_name="预付卡销售")},
     "ISSUING-RATE-02", "lines[0].rate"),
    ({"kind": "special", **named(rate="0")}, "ISSUING-RATE-03", "lines[0].rate"),
    (named(rate="0.05"), "ISSUING-RATE-04", "lines[0].rate"),
    (named(rate="untaxed"), "ISSUING-RATE-05", "lines[0].rate"),
    (named(code="6010000000000000000", short_name="预付卡销售"), "ISSUING-RATE-05", "lines[0].rate"),
    (named(quantity=Decimal(0), entered=100), "ISSUING-QUANTITY-01", "lines[0].quantity"),
    (named(quantity=Decimal(-2), entered=30000), "ISSUING-QUANTITY-02", "lines[0].quantity"),
    (red(lines=(line(quantity=Decimal(2), entered=-30000),)), "ISSUING-QUANTITY-02", "lines[0].quantity"),
    (named(quantity=None, entered=30000), "ISSUING-QUANTITY-03", "lines[0].quantity"),
    (named(price=Decimal(-150), entered=30000), "ISSUING-PRICE-01", "lines[0].price"),
    ({"lines": (line(), lump(0))}, "ISSUING-AMOUNT-01", "lines[1].amount"),
    ({"lines": (line(), lump(-5))}, "ISSUING-AMOUNT-02", "lines[1].amount"),
    (red(lines=(line(quantity=Decimal(-2)), lump(5))), "ISSUING-AMOUNT-02", "lines[1].amount"),
    (named(entered=30002), "ISSUING-AMOUNT-03", "lines[0].amount"),
    (drift(265), "ISSUING-TAX-02", "lines"),
    ({"lines": (discount(), line())}, "ISSUING-DISCOUNT-01", "lines[0].discount"),
    (discounted(discount(), discount()), "ISSUING-DISCOUNT-01", "lines[2].discount"),
    (discounted(discount(name="另一种纸")), "ISSUING-DISCOUNT-02", "lines[1].name"),
    (discounted(discount(code="1060401000000000000")), "ISSUING-DISCOUNT-02", "lines[1].code"),
    (discounted(discount(rate="0.09")), "ISSUING-DISCOUNT-02", "lines[1].rate"),
    (discounted(discount(entered=3000)), "ISSUING-DISCOUNT-03", "lines[1].amount"),
    (discounted(discount(quantity=Decimal(1))), "ISSUING-DISCOUNT-04", "lines[1].quantity"),
    (discounted(discount(price=Decimal(1))), "ISSUING-DISCOUNT-04", "lines[1].price"),
    ({"lines": (line(), line(), discount(entered=-30001))}, "ISSUING-DISCOUNT-05", "lines[2].amount"),
    (red(lines=(line(quantity=Decimal(-2)), discount())), "ISSUING-DISCOUNT-06", "lines[1].discount"),
    (named(**{**FUEL, "unit": "桶"}), "ISSUING-FUEL-01", "lines[0].unit"),
    ({"lines": (lump(30000, **{**FUEL, "unit": "升"}),)}, "ISSUING-FUEL-02", "lines[0].quantity"),
    (red(red_of=""), "ISSUING-RED-01", "red_of"),
    (red(red_of="261120000000123456789"), "ISSUING-RED-01", "red_of"),
    (red(red_of="2611200000001234567８"), "ISSUING-RED-01", "red_of"),
    ({"red_of": BLUE_NUMBER}, "ISSUING-RED-02", "red_of"),
    (red(lines=(line(quantity=Decimal(2)),)), "ISSUING-RED-03", "lines"),
]  # fmt: skip

TAMPERED: list[tuple[Callable[[Invoice], Invoice], str, str]] = [
    (
        lambda invoice: replace(invoice, lines=(replace(invoice.lines[0], tax=3907),)),
        "ISSUING-TAX-01",
        "lines[0].amount",
    ),
]
"""What only something that meddles with computed figures can break."""


@pytest.mark.parametrize("change", SOUND, ids=str)
def test_a_sound_draft_has_no_fault(change: dict[str, Any]) -> None:
    assert found(draft(**change)) == []


@pytest.mark.parametrize(
    ("change", "code", "path"), BROKEN, ids=[f"{n}-{case[1]}" for n, case in enumerate(BROKEN)]
)
def test_a_broken_draft_is_told_where(change: dict[str, Any], code: str | None, path: str) -> None:
    faults = found(draft(**change))
    assert code is None or (code, path) in [(fault.code, fault.path) for fault in faults]


@pytest.mark.parametrize(("tamper", "code", "path"), TAMPERED)
def test_a_tampered_invoice_is_told_where(tamper: Callable[[Invoice], Invoice], code: str, path: str) -> None:
    invoice = tamper(calculate(draft())[0])
    assert (code, path) in [(fault.code, fault.path) for rules in RULES for fault in rules.check(invoice)]


def test_every_code_occurs_in_a_table() -> None:
    tried = {code for _, code, _ in BROKEN} | {code for _, code, _ in TAMPERED}
    assert set(EVERY_CODE) - tried == set()


def test_codes_are_unique_and_of_one_shape() -> None:
    assert len(EVERY_CODE) == sum(len(rules.rules) for rules in RULES)
    assert all(re.fullmatch(r"ISSUING-[A-Z]+-\d\d", code) for code in EVERY_CODE)


@pytest.mark.parametrize("rule", EVERY_CODE.values(), ids=EVERY_CODE)
def test_a_rule_says_what_to_do_and_on_what_ground(rule: Any) -> None:
    assert rule.remedy
    assert rule.source
    doubtful = "未核实" in rule.source and "条号未核实" not in rule.source
    hard_by_shape = {"ISSUING-LINES-02", "ISSUING-DISCOUNT-01", "ISSUING-DISCOUNT-02", "ISSUING-DISCOUNT-04"}
    assert not doubtful or rule.severity != ERROR or rule.code in hard_by_shape


@pytest.mark.parametrize(
    ("change", "code", "path"), BROKEN, ids=[f"{n}-{case[1]}" for n, case in enumerate(BROKEN)]
)
def test_a_message_fills_its_places(change: dict[str, Any], code: str | None, path: str) -> None:
    for fault in found(draft(**change)):
        for text in (fault.message, fault.remedy):
            assert set(re.findall(r"%\((\w+)\)s", text)) <= set(fault.params)
            assert not fault.params or text % fault.params


@pytest.mark.parametrize("field", ["rate", "code", "name", "unit", "spec", "short_name"])
@pytest.mark.parametrize("text", ["", "\x00", "nan", "inf", "1e9", "-1", "%s", "九", "9" * 500, "' OR 1=1"])
def test_garbage_gives_faults_and_never_an_exception(field: str, text: str) -> None:
    found(draft(**named(**{field: text})))
    found(draft(**discounted(discount(**{field: text}))))


def test_the_levy_warning_begins_with_the_law_of_2026() -> None:
    codes = [fault.code for fault in found(draft(**named(rate="0.05")), date(2025, 12, 31))]
    assert "ISSUING-RATE-04" not in codes


def test_a_large_invoice_is_checked_in_no_time() -> None:
    from time import perf_counter

    invoice = calculate(draft(lines=tuple(line(name=f"纸 {n}") for n in range(2000))))[0]
    began = perf_counter()
    assert all(fault.code == "ISSUING-TAX-02" for rules in RULES for fault in rules.check(invoice))
    assert perf_counter() - began < 2
