"""Money is read, written and rounded without losing a fen."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.money import (
    LIMIT_FEN,
    capitals,
    decimal_text,
    parse_decimal,
    parse_yuan,
    round_fen,
    yuan,
    yuan_grouped,
)

FEN = st.integers(-LIMIT_FEN + 1, LIMIT_FEN - 1)
QUICK = settings(deadline=None, max_examples=80)


@QUICK
@given(FEN)
def test_what_is_written_is_read_back(fen: int) -> None:
    assert parse_yuan(yuan(fen)) == fen
    assert parse_yuan(yuan_grouped(fen)) == fen
    assert parse_yuan("￥" + yuan(abs(fen))) == abs(fen)


@QUICK
@given(FEN)
def test_full_width_typing_means_the_same(fen: int) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in yuan_grouped(fen))
    assert parse_yuan(f"\u3000{wide} ") == fen


@pytest.mark.parametrize(
    ("fen", "plain", "grouped"),
    [
        (0, "0.00", "0.00"),
        (5, "0.05", "0.05"),
        (-5, "-0.05", "-0.05"),
        (123456789, "1234567.89", "1,234,567.89"),
        (-100000, "-1000.00", "-1,000.00"),
    ],
)
def test_yuan_has_two_decimals(fen: int, plain: str, grouped: str) -> None:
    assert (yuan(fen), yuan_grouped(fen)) == (plain, grouped)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ".",
        "-",
        "+",
        "--1",
        "+-1",
        "1-",
        "1e3",
        "1E3",
        "nan",
        "inf",
        "1_000",
        "0x10",
        "1.2.3",
        "١٢",
        "一百",
        "1.005",
        "−1",
        "1" * 41,
        "1 元",
        "\x001",
        "12.50\n3",
        "9" * 20,
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_yuan(text)


@pytest.mark.parametrize(
    ("text", "fen"), [("1", 100), ("1.", 100), (".5", 50), ("+1.5", 150), ("1,2,3", 12300), ("¥ 1", 100)]
)
def test_amounts_are_taken_as_people_type_them(text: str, fen: int) -> None:
    assert parse_yuan(text) == fen


@pytest.mark.parametrize("text", ["1.00000000000001", "1e-3", "NaN", ""])
def test_a_quantity_has_thirteen_decimals_at_most(text: str) -> None:
    with pytest.raises(ValueError):
        parse_decimal(text, 13)


@QUICK
@given(st.integers(-(10**20), 10**20), st.integers(0, 6))
def test_half_a_fen_goes_up(units: int, places: int) -> None:
    scale = 10**places
    value = Decimal(units).scaleb(-places - 2)
    expected = (2 * abs(units) + scale) // (2 * scale) * (-1 if units < 0 else 1)
    if abs(expected) < LIMIT_FEN:
        assert round_fen(value) == expected
    else:
        with pytest.raises(ValueError):
            round_fen(value)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0.005", 1),
        ("0.015", 2),
        ("0.025", 3),
        ("-0.005", -1),
        ("-0.025", -3),
        ("0.0049999999999", 0),
        ("1.115", 112),
    ],
)
def test_known_halves_go_up(text: str, fen: int) -> None:
    assert round_fen(Decimal(text)) == fen


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+15", "-1E+15"])
def test_no_amount_without_bounds(text: str) -> None:
    with pytest.raises(ValueError):
        round_fen(Decimal(text))


@QUICK
@given(st.decimals(allow_nan=False, allow_infinity=False, places=13, min_value=-(10**12), max_value=10**12))
def test_a_decimal_is_written_without_exponent(value: Decimal) -> None:
    text = decimal_text(value)
    assert Decimal(text) == value
    assert "E" not in text
    assert not ("." in text and text.endswith(("0", ".")))


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (Decimal("1E+3"), "1000"), (Decimal("1.50"), "1.5"), (Decimal(100), "100")],
)
def test_decimal_text(value: Decimal | None, text: str) -> None:
    assert decimal_text(value) == text


# Capitals, against a reader that was written for nothing else

DIGITS = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def read_section(text: str) -> int:
    for mark, worth in (("亿", 10**8), ("万", 10**4)):
        if mark in text:
            left, right = text.rsplit(mark, 1)
            return read_section(left) * worth + read_section(right)
    total, digit = 0, 0
    for character in text:
        if character in UNITS:
            total, digit = total + digit * UNITS[character], 0
        else:
            digit = DIGITS[character]
    return total + digit


def read_capitals(text: str) -> int:
    sign = -1 if text.startswith("（负数）") else 1
    whole, rest = "", text.removeprefix("（负数）").removesuffix("整")
    if "圆" in rest:
        whole, rest = rest.split("圆")
    jiao, _, rest = rest.partition("角") if "角" in rest else ("零", "", rest)
    cents = rest.removesuffix("分") or "零"
    return sign * (read_section(whole) * 100 + DIGITS[jiao] * 10 + DIGITS[cents[-1]])


@settings(deadline=None, max_examples=250)
@given(
    FEN
    | st.integers(0, 10**7)
    | st.integers(0, 10**5).map(lambda n: n * 10**9)
    | st.integers(0, 15).map(lambda n: 10**n)
)
def test_capitals_say_the_amount(fen: int) -> None:
    text = capitals(fen)
    assert read_capitals(text) == fen
    body = text.removeprefix("（负数）")
    assert "零零" not in body
    assert not body.startswith("零") or fen == 0
    assert body.endswith("整") != body.endswith("分")
    assert "零圆" not in body or fen == 0
    assert body.count("亿") <= 1


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "零圆整"),
        (1, "壹分"),
        (5, "伍分"),
        (50, "伍角整"),
        (105, "壹圆零伍分"),
        (150, "壹圆伍角整"),
        (106000, "壹仟零陆拾圆整"),
        (1600000, "壹万陆仟圆整"),
        (3954, "叁拾玖圆伍角肆分"),
        (600714, "陆仟零柒圆壹角肆分"),
        (1000, "壹拾圆整"),
        (10700053, "壹拾万柒仟圆伍角叁分"),
        (1000000001, "壹仟万圆零壹分"),
        (10**12, "壹佰亿圆整"),
        (10**14, "壹万亿圆整"),
        (10**14 + 2 * 10**10, "壹万零贰亿圆整"),
        (10**14 + 2 * 10**6, "壹万亿零贰万圆整"),
        (-106000, "（负数）壹仟零陆拾圆整"),
    ],
)
def test_capitals_of_known_amounts(fen: int, text: str) -> None:
    assert capitals(fen) == text
    assert read_capitals(text) == fen
