"""What a word of a query may mean."""

from __future__ import annotations

from datetime import date

import pytest

from core.states import State
from plugins.archive.clues import MOST_WORDS, Word, parse, same_day

TODAY = date(2026, 11, 24)


def one(query: str) -> Word:
    (word,) = parse(query, TODAY)
    return word


@pytest.mark.parametrize(
    ("text", "fen"),
    [("1060", 106000), ("1,060.00", 106000), ("¥1060", 106000), ("￥１０６０", 106000), ("1060元", 106000),
     ("-12.5", -1250), ("1060.001", None), ("1e3", None), ("壹佰", None), ("NaN", None)],
)  # fmt: skip
def test_amounts(text: str, fen: int | None) -> None:
    assert one(text).amount == fen


@pytest.mark.parametrize(
    ("text", "day"),
    [("2026-11-24", "20261124"), ("2026/1/5", "20260105"), ("20261124", "20261124"), ("11-24", "1124"),
     ("11月24日", "1124"), ("1月5号", "0105"), ("2026年11月24日", "20261124"), ("2026年11月", "202611"),
     ("2026-11", "202611"), ("今天", "20261124"), ("昨天", "20261123"), ("2026-13-01", ""), ("13-40", ""),
     ("2月29日", "0229"), ("２０２６１１２４", "20261124"), ("٢٠٢٦١١٢٤", "")],
)  # fmt: skip
def test_days(text: str, day: str) -> None:
    assert one(text).day == day


@pytest.mark.parametrize(
    ("wanted", "day", "same"),
    [("20261124", "2026-11-24", True), ("202611", "2026-11-24", True), ("1124", "2026-11-24", True),
     ("1124", "2026-11-25", False), ("", "2026-11-24", False), ("1124", "", False)],
)  # fmt: skip
def test_days_compare(wanted: str, day: str, same: bool) -> None:
    assert same_day(wanted, day) is same


def test_the_end_of_a_number_needs_four_digits() -> None:
    assert (one("123").tail, one("1234").tail, one("26112000000012345678").tail[:2]) == ("", "1234", "26")
    assert one("1" * 21).tail == ""


def test_states_mean_nothing_else() -> None:
    assert one("不明") == Word(states=frozenset({State.UNKNOWN}))
    assert one("issued").states == {State.ISSUED}
    assert State.ISSUED not in one("未开票").states
    assert one("不明飞行物").states == frozenset()


def test_a_qr_text_is_its_number() -> None:
    assert parse("01,31,,26112000000012345678,1060.00,20261124,,2AF5", TODAY) == [
        Word(tail="26112000000012345678")
    ]


def test_words_without_anything_to_find_are_left_out() -> None:
    assert parse("\" % '' 😀 \0 ¥ 云", TODAY)[0].phrase is not None
    assert parse("01,31,,,1060.00,20261124,,2AF5", TODAY) == []
    assert len(parse("云 " * 90, TODAY)) == MOST_WORDS
