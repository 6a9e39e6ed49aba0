"""Rates by day and kind of taxpayer."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from core.invoice import factor, rate_label
from plugins.issuing.rates import every_rate, find_rate, plain, rates


def values(day: str, kind: str = "general") -> list[str]:
    return [rate.value for rate in rates(date.fromisoformat(day), kind)]


@pytest.mark.parametrize(
    ("day", "kind", "expected"),
    [
        (
            "2026-11-24",
            "general",
            ["0.13", "0.09", "0.06", "0.03", "0.05", "0.015", "0", "exempt", "untaxed"],
        ),
        ("2026-11-24", "small", ["0.01", "0.03", "0.05", "0.015", "exempt", "untaxed"]),
        ("2028-01-01", "small", ["0.03", "0.05", "0.015", "exempt", "untaxed"]),
        ("2022-06-01", "small", ["0.03", "0.05", "0.015", "exempt", "untaxed"]),
        (
            "2018-04-30",
            "general",
            ["0.17", "0.11", "0.06", "0.03", "0.05", "0.015", "0", "exempt", "untaxed"],
        ),
        (
            "2018-05-01",
            "general",
            ["0.16", "0.10", "0.06", "0.03", "0.05", "0.015", "0", "exempt", "untaxed"],
        ),
        (
            "2019-04-01",
            "general",
            ["0.13", "0.09", "0.06", "0.03", "0.05", "0.015", "0", "exempt", "untaxed"],
        ),
    ],
)
def test_rates_of_a_day(day: str, kind: str, expected: list[str]) -> None:
    assert values(day, kind) == expected


@pytest.mark.parametrize(
    ("last", "rate", "kind"),
    [("2018-04-30", "0.17", "general"), ("2019-03-31", "0.16", "general"), ("2018-04-30", "0.11", "general"),
     ("2019-03-31", "0.10", "general"), ("2017-06-30", "0.13", "general"), ("2027-12-31", "0.01", "small")],
)  # fmt: skip
def test_a_rate_holds_to_its_last_day(last: str, rate: str, kind: str) -> None:
    day = date.fromisoformat(last)
    assert find_rate(rate, day, kind)
    assert not find_rate(rate, day + timedelta(days=1), kind)


@pytest.mark.parametrize("kind", ["general", "small"])
@pytest.mark.parametrize(
    "day", ["2019-06-01", "2023-02-01", "2025-12-31", "2026-01-01", "2027-12-31", "2030-01-01"]
)
def test_no_day_has_a_rate_twice(day: str, kind: str) -> None:
    assert len(values(day, kind)) == len(set(values(day, kind)))


def test_a_law_that_takes_over_leaves_no_gap() -> None:
    for value in ("0.13", "0.09", "0.06", "0.03", "0.05", "0.015", "0", "exempt", "untaxed"):
        rows = [rate for rate in every_rate() if rate.value == value and rate.until != date(2017, 6, 30)]
        for before, after in pairwise(sorted(rows, key=lambda rate: rate.since)):
            assert before.until is not None
            assert after.since - before.until == timedelta(days=1), value


@pytest.mark.parametrize("rate", every_rate(), ids=lambda rate: f"{rate.value}-{rate.since}")
def test_a_row_is_complete(rate: object) -> None:
    row = next(known for known in every_rate() if known == rate)
    assert row.label == rate_label(row.value)
    assert factor(row.value) < 1
    assert row.source
    assert set(row.kinds) <= {"general", "small"}
    assert row.until is None or row.until >= row.since


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.130", "0.13"), ("0.0", "0"), ("0.00", "0"), ("10", "10"), ("exempt", "exempt"), ("", "")],
)
def test_trailing_zeros_make_no_other_rate(text: str, value: str) -> None:
    assert plain(text) == value


def test_words_are_found_as_written() -> None:
    day = date(2026, 11, 24)
    assert find_rate("exempt", day)
    assert find_rate("免税", day) is None
