"""Pairs of characters, words, and where they stand in what was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.archive.tokens import compact, find, fold, phrase, tokens, written


def hit(word: str, text: str) -> list[str]:
    wanted = phrase(word)
    return [] if wanted is None else [text[start:end] for start, end in find(wanted, text)]


@pytest.mark.parametrize(
    ("word", "text", "marked"),
    [
        ("云", "北京云帆科技", ["云"]),
        ("云帆", "北京云帆科技", ["云帆"]),
        ("云帆科技", "北京云帆科技", ["云帆科技"]),
        ("帆云", "北京云帆科技", []),
        ("科", "云", []),
        ("A4", "规格a4复印纸", ["a4"]),
        ("a4复", "规格A4复印纸", ["A4复"]),
        ("纸A4", "复印纸A4", ["纸A4"]),
        ("ＡＢＣ", "abcdef", ["abc"]),
        ("cafe", "Café Noir", ["Café"]),
        ("2026", "SO-20261124", ["2026"]),
        ("1124", "SO-20261124", []),
        ("b", "a b bc", ["b"]),
        ("𠮷野", "𠮷野商店", ["𠮷野"]),
        ("カメラ", "デジタルカメラ", ["カメラ"]),
        ("纸纸", "纸纸纸", ["纸纸", "纸纸"]),
        ("%", "100%", []),
        ("😀", "😀", []),
    ],
)
def test_what_a_word_finds_is_marked_where_it_stands(word: str, text: str, marked: list[str]) -> None:
    assert hit(word, text) == marked


@given(st.text(), st.text())
def test_spans_lie_in_the_text_whatever_is_written(word: str, text: str) -> None:
    wanted = phrase(word)
    for start, end in find(wanted, text) if wanted else []:
        assert 0 <= start < end <= len(text)


@given(st.text(alphabet="云帆科技ab1é𠮷 -"))
def test_every_word_finds_itself(text: str) -> None:
    wanted = phrase(text)
    assert wanted is None or find(wanted, text)


@given(st.text())
def test_what_the_index_is_given_is_plain_ascii(text: str) -> None:
    for token in tokens(fold(text).text):
        assert written(token.text).isascii()
        assert written(token.text).isalnum()


def test_an_order_number_is_shortened_as_people_do() -> None:
    short = compact("SO-2026/11 24")
    assert short.text == "so20261124"
    assert short.span(2, 8) == (3, 10)
