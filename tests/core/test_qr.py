"""The text of an invoice's QR code, as real producers write it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.money import LIMIT_FEN
from core.qr import ORDINARY, SPECIAL, checksum, read, write

QUICK = settings(deadline=None, max_examples=80)
NUMBER = "26112000000012345678"


def test_the_check_value_of_the_published_code() -> None:
    assert checksum("123456789") == "FEE8"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("01,31,,26112000000012345678,1060.00,20261124,,", "2AF5"),
        ("01,32,,26952000000012345678,100.00,20261124,,", "2410"),
        ("01,32,,25952000000012345678,100.00,20250101,,", "7EF4"),
        ("", "0000"),
    ],
)
def test_checksums_of_known_texts(text: str, value: str) -> None:
    assert checksum(text) == value


def test_a_known_text_is_written() -> None:
    assert write(SPECIAL, NUMBER, 106000, date(2026, 11, 24)) == f"01,31,,{NUMBER},1060.00,20261124,,2AF5"


@QUICK
@given(
    st.sampled_from([SPECIAL, ORDINARY]),
    st.from_regex("[2-9][0-9]{19}", fullmatch=True),
    st.integers(-LIMIT_FEN + 1, LIMIT_FEN - 1),
    st.dates(date(1000, 1, 1), date(9999, 12, 31)),
)
def test_what_is_written_is_read_back(kind: str, number: str, total: int, day: date) -> None:
    clues = read(write(kind, number, total, day))
    assert (clues.kind, clues.number, clues.amount, clues.day) == (kind, number, total, day)
    assert (clues.code, clues.check_code, clues.sound) == ("", "", True)


@QUICK
@given(st.data())
def test_one_changed_character_is_never_sound(data: st.DataObject) -> None:
    whole = write(SPECIAL, NUMBER, 106000, date(2026, 11, 24))
    place = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(
        st.characters(min_codepoint=33, max_codepoint=126).filter(lambda c: c.upper() != whole[place])
    )
    try:
        assert not read(whole[:place] + other + whole[place + 1 :]).sound
    except ValueError:
        pass


@pytest.mark.parametrize(
    ("text", "amount", "sound"),
    [
        (f"01,31,,{NUMBER},1060.00,20261124,,2AF5,", 106000, True),
        (f"01,31,,{NUMBER},1060.00,20261124,,2af5", 106000, True),
        (f"  01,31,,{NUMBER},1060.00,20261124,,2AF5\r\n", 106000, True),
        (
            f"01,31, ,{NUMBER},1060.00,20261124, ," + checksum(f"01,31, ,{NUMBER},1060.00,20261124, ,"),
            106000,
            True,
        ),
        (f"01,32,,{NUMBER},124.8,20261124,," + checksum(f"01,32,,{NUMBER},124.8,20261124,,"), 12480, True),
        (f"01,32,,{NUMBER},620,20261124,," + checksum(f"01,32,,{NUMBER},620,20261124,,"), 62000, True),
        (f"01,31,,{NUMBER},1060.00,20261124,,0000", 106000, False),
        (f"01,31,,{NUMBER},1060.00,20261124,,", 106000, False),
        ("01,10,050001700111,12235358,10000.00,20200805,16630282980991510014,7257", 1000000, True),
    ],
)
def test_real_life_variants_are_read(text: str, amount: int, sound: bool) -> None:
    clues = read(text)
    assert (clues.amount, clues.sound) == (amount, sound)


def test_a_legacy_text_keeps_its_codes() -> None:
    clues = read("01,10,050001700111,12235358,10000.00,20200805,16630282980991510014,7257")
    assert (clues.code, clues.number, clues.day) == ("050001700111", "12235358", date(2020, 8, 5))
    assert clues.check_code == "16630282980991510014"


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",,,,,,,",
        "01",
        "02,31,,1,1.00,20261124,,0000",
        "http://einvoice.jsczt.cn/page/1/2/3",
        "01,31,,1,1.00,20261124",
        f"01,31,,{NUMBER},abc,20261124,,0000",
        f"01,31,,{NUMBER},nan,20261124,,0000",
        f"01,31,,{NUMBER},Infinity,20261124,,0",
        f"01,31,,{NUMBER},1E+99,20261124,,0000",
        f"01,31,,{NUMBER},1.00,20261399,,0000",
        f"01,31,,{NUMBER},1.00,2026,,0000",
        f"01,31,,{NUMBER},1.00,,,0000",
        f"01,31,中,{NUMBER},1.00,20261124,,0000",
        f"01,31,,{NUMBER},1.00,00001124,,0000",
    ],
)
def test_what_is_no_invoice_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read(text)


@QUICK
@given(
    st.text(max_size=60)
    | st.lists(st.text(max_size=8), min_size=8, max_size=9).map(lambda f: ",".join(["01", *f]))
)
def test_garbage_is_refused_and_nothing_else_happens(text: str) -> None:
    try:
        read(text)
    except ValueError:
        pass
