"""One text per meaning."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.formats import values


@pytest.mark.parametrize(
    ("text", "found"),
    [("¥1,060.00", "1060.00"), ("￥ 65.32", "65.32"), ("57", "57.00"), ("-2.92", "-2.92"),
     ("（12.5）", "-12.50"),
     ("１２．５０", "12.50"), ("1.005", None), ("***", None), ("", None), ("NaN", None), ("1e3", None),
     ("壹佰圆整", None), ("9" * 17, None)],
)  # fmt: skip
def test_money(text: str, found: str | None) -> None:
    assert values.money(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [("2026年11月24日", "2026-11-24"), ("2026-11-24 10:00:00", "2026-11-24"), ("20261124", "2026-11-24"),
     ("2026 06 25", "2026-06-25"), ("2026年2月30日", None), ("24.11.2026", None), ("", None)],
)  # fmt: skip
def test_day(text: str, found: str | None) -> None:
    assert values.day(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("13%", "0.13"),
        ("0.060000", "0.06"),
        ("免税", "免税"),
        ("***", "***"),
        ("3", None),
        ("1.5 %", "0.015"),
    ],
)
def test_rate(text: str, found: str | None) -> None:
    assert values.rate(text) == found


def test_names_differ_in_what_matters_only() -> None:
    assert values.same_name("北京（集团）有限公司", "北京(集团) 有限公司")
    assert not values.same_name("北京甲公司", "北京乙公司")


@given(st.decimals(min_value=Decimal("-9999999"), max_value=Decimal("9999999"), places=2))
def test_money_comes_back(amount: Decimal) -> None:
    assert Decimal(values.money(f"¥{amount:,.2f}") or "x") == amount


@given(st.text(max_size=30))
def test_no_text_breaks_a_norm(text: str) -> None:
    for norm in (values.money, values.day, values.rate, values.number, values.tax_id, values.check_code,
                 values.invoice_number, values.name):  # fmt: skip
        norm(text)
