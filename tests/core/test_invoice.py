"""The only arithmetic in the system."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.invoice import Invoice, Line, Party, calculate, differences, factor, legal_day, rate_label
from tests.factories import draft, line

RATES = ("0.13", "0.09", "0.06", "0.05", "0.03", "0.015", "0.01", "0", "exempt", "untaxed")
QUICK = settings(deadline=None, max_examples=80)

fen = st.integers(-(10**12), 10**12)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
decimals = st.decimals(allow_nan=False, allow_infinity=False, places=13, min_value=-(10**6), max_value=10**6)
optional = st.none() | decimals
parties = st.builds(Party, text, text, text, text, text, text, st.booleans())
lines = st.builds(
    Line,
    text,
    text,
    text,
    text,
    text,
    optional,
    optional,
    st.none() | fen,
    st.sampled_from(RATES),
    st.booleans(),
    fen,
    fen,
    optional,
)
invoices = st.builds(
    Invoice,
    text,
    text,
    text,
    text,
    text,
    parties,
    parties,
    st.lists(lines, max_size=4).map(tuple),
    st.booleans(),
    text,
    text,
    text,
    text,
    text,
    st.dictionaries(text, text, max_size=3),
    fen,
    fen,
)


def lump(entered: int, rate: str) -> Line:
    return line(quantity=None, price=None, entered=entered, rate=rate)


def only(*rows: Line, inclusive: bool = False) -> Invoice:
    invoice, faults = calculate(draft(lines=rows, inclusive=inclusive))
    assert faults == []
    return invoice


@QUICK
@given(fen, st.sampled_from(RATES[:7]))
def test_entered_with_tax_gives_what_was_entered_without(amount: int, rate: str) -> None:
    without = only(lump(amount, rate)).lines[0]
    within = only(lump(without.total, rate), inclusive=True).lines[0]
    assert (within.amount, within.tax) == (amount, without.tax)


@QUICK
@given(fen, st.sampled_from(RATES), st.booleans())
def test_a_line_closes_to_the_fen(entered: int, rate: str, inclusive: bool) -> None:
    row = only(lump(entered, rate), inclusive=inclusive).lines[0]
    assert row.total == entered if inclusive else row.amount == entered
    assert abs(row.tax_gap) <= Decimal("0.6")
    assert abs(row.tax) <= abs(row.amount)
    assert row.tax * row.amount >= 0


@QUICK
@given(st.lists(st.tuples(fen, st.sampled_from(RATES)), max_size=30), st.booleans())
def test_the_totals_are_the_sums_of_what_is_printed(rows: list[tuple[int, str]], inclusive: bool) -> None:
    invoice = only(*(lump(*row) for row in rows), inclusive=inclusive)
    assert invoice.amount == sum(row.amount for row in invoice.lines)
    assert invoice.tax == sum(row.tax for row in invoice.lines)
    assert invoice.total == sum(row.total for row in invoice.lines)
    assert not inclusive or invoice.total == sum(entered for entered, _ in rows)


@QUICK
@given(invoices)
def test_what_a_draft_claims_of_totals_is_never_believed(claimed: Invoice) -> None:
    honest = replace(
        claimed,
        amount=0,
        tax=0,
        lines=tuple(replace(row, amount=0, tax=0, net_price=None) for row in claimed.lines),
    )
    invoice, faults = calculate(claimed)
    if not faults:
        assert invoice == calculate(honest)[0]
        assert calculate(invoice) == (invoice, [])


@QUICK
@given(
    st.decimals("0.0000000000001", 10**6, places=13),
    st.decimals("0.01", 10**5, places=4),
    st.sampled_from(RATES),
    st.booleans(),
)
def test_the_printed_unit_price_gives_the_printed_amount(
    quantity: Decimal, price: Decimal, rate: str, inclusive: bool
) -> None:
    row = only(line(quantity=quantity, price=price, rate=rate), inclusive=inclusive).lines[0]
    assert row.net_price is not None
    assert abs(row.net_price * quantity * 100 - row.amount) <= Decimal("0.51")
    assert inclusive or row.net_price == price


@pytest.mark.parametrize(
    ("entered", "rate", "inclusive", "amount", "tax"),
    [
        (100000, "0.06", False, 100000, 6000),
        (106000, "0.06", True, 100000, 6000),
        (100, "0.13", True, 88, 12),
        (50, "0.01", False, 50, 1),
        (49, "0.01", False, 49, 0),
        (-50, "0.01", False, -50, -1),
        (1, "0.13", True, 1, 0),
        (1000, "exempt", True, 1000, 0),
        (1000, "untaxed", False, 1000, 0),
        (0, "0.13", True, 0, 0),
    ],
)
def test_known_amounts(entered: int, rate: str, inclusive: bool, amount: int, tax: int) -> None:
    row = only(lump(entered, rate), inclusive=inclusive).lines[0]
    assert (row.amount, row.tax) == (amount, tax)


def test_an_entered_amount_goes_before_quantity_and_price() -> None:
    row = only(line(quantity=Decimal(3), price=Decimal("33.33"), entered=10000)).lines[0]
    assert (row.amount, row.net_price) == (10000, Decimal("33.3333333333333"))
    assert row.entry_gap == 1


def test_a_unit_price_is_rounded_at_the_thirteenth_decimal() -> None:
    row = only(line(quantity=Decimal(3), price=None, entered=20000)).lines[0]
    assert row.net_price == Decimal("66.6666666666667")


def test_a_discount_has_no_unit_price() -> None:
    assert only(line(), line(discount=True, entered=-100, quantity=Decimal(1))).lines[1].net_price is None


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"rate": ""}, "CORE-LINE-02", "rate"),
        ({"rate": "abc"}, "CORE-LINE-02", "rate"),
        ({"rate": "nan"}, "CORE-LINE-02", "rate"),
        ({"rate": "-inf"}, "CORE-LINE-02", "rate"),
        ({"rate": "免税"}, "CORE-LINE-02", "rate"),
        ({"quantity": None}, "CORE-LINE-01", "amount"),
        ({"price": None}, "CORE-LINE-01", "amount"),
        ({"quantity": Decimal(10) ** 30}, "CORE-LINE-03", "amount"),
        ({"price": Decimal("NaN")}, "CORE-LINE-03", "amount"),
        ({"quantity": Decimal("1E+999999")}, "CORE-LINE-03", "amount"),
    ],
)
def test_a_line_without_figures_is_told_where(changes: dict[str, Any], code: str, path: str) -> None:
    _, faults = calculate(draft(lines=(line(), line(**changes))))
    assert [(fault.code, fault.path) for fault in faults] == [(code, f"lines[1].{path}")]


@pytest.mark.parametrize("rate", ["", "abc", "nan", "NaN", "sNaN", "inf", "-Infinity"])
def test_a_rate_is_a_finite_number_or_a_word(rate: str) -> None:
    with pytest.raises(ArithmeticError):
        factor(rate)


@pytest.mark.parametrize(
    ("rate", "label"),
    [
        ("0.13", "13%"),
        ("0.130", "13%"),
        ("0.015", "1.5%"),
        ("0", "0%"),
        ("exempt", "免税"),
        ("untaxed", "不征税"),
        ("", ""),
    ],
)
def test_a_rate_is_printed_as_the_law_writes_it(rate: str, label: str) -> None:
    assert rate_label(rate) == label


def test_gaps_say_how_far_figures_are_apart() -> None:
    row = only(line(quantity=None, price=None, entered=96)).lines[0]
    assert row.tax_gap == Decimal("-0.48")
    assert replace(row, rate="abc").tax_gap == 0
    assert replace(row, entered=5, quantity=Decimal(2), price=Decimal("0.03")).entry_gap == -1


def test_an_item_is_printed_with_its_short_name() -> None:
    assert line().label == "*纸制品*复印纸"
    assert line(short_name="").label == "复印纸"
    assert only(line()).total_capitals == "叁佰叁拾玖圆整"


# As plain values, and back


@QUICK
@given(invoices)
def test_plain_values_give_the_invoice_back(invoice: Invoice) -> None:
    plain = invoice.as_dict()
    assert Invoice.from_dict(plain) == invoice
    assert Invoice.from_dict(json.loads(json.dumps(plain, ensure_ascii=False, allow_nan=False))) == invoice


@pytest.mark.parametrize("raw", [{"colour": 1}, {"lines": [{"colour": 1}]}, {"buyer": {"colour": 1}}])
def test_a_field_that_no_invoice_has_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        Invoice.from_dict(raw)


@QUICK
@given(invoices, st.data())
def test_any_single_change_is_found(invoice: Invoice, data: st.DataObject) -> None:
    plain = invoice.as_dict()
    places: list[tuple[Any, ...]] = [(name,) for name in plain if not isinstance(plain[name], (dict, list))]
    places += [(side, name) for side in ("seller", "buyer") for name in plain[side]]
    places += [("extra", name) for name in [*plain["extra"], "new"]]
    places += [("lines", index, name) for index, row in enumerate(plain["lines"]) for name in row]
    place = data.draw(st.sampled_from(places))
    where: Any = plain
    for step in place[:-1]:
        where = where[step]
    where[place[-1]] = _other(place[-1], where.get(place[-1]))
    path = ".".join(f"lines[{step}]" if isinstance(step, int) else step for step in place if step != "lines")
    assert differences(invoice, Invoice.from_dict(plain)) == [path]


def _other(name: str, value: Any) -> Any:
    if name in ("quantity", "price", "net_price"):
        return "1" if value is None else str(Decimal(value) + 1)
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return value + "!"
    return 1 if value is None else value + 1


@QUICK
@given(invoices, lines)
def test_a_line_more_or_less_is_found(invoice: Invoice, extra: Line) -> None:
    longer = replace(invoice, lines=(*invoice.lines, extra))
    assert differences(invoice, longer) == differences(longer, invoice) == ["lines"]
    assert differences(invoice, replace(invoice)) == []


@pytest.mark.parametrize("stamp", ["2026-11-24T10:00:00+08:00", "2026-11-24", "2026-11-24 10:00:00"])
def test_the_legal_day_is_the_bureaus(stamp: str) -> None:
    assert legal_day(stamp) == date(2026, 11, 24)
