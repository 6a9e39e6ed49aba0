"""People are told apart by one form of each name."""

from __future__ import annotations

import pytest

from core.house import House
from plugins.accounts import identity


@pytest.mark.parametrize(
    "typed",
    [
        "Zhang@Example.com",
        "  zhang@example.com ",
        "zhang@EXAMPLE.COM",
        "ｚｈａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ",
        "zhang@example.com\u3000",
    ],
)
def test_look_alikes_of_an_address_are_one_address(typed: str) -> None:
    assert identity.email_of(typed) == "zhang@example.com"


def test_a_cyrillic_domain_does_not_look_like_a_latin_one() -> None:
    assert identity.email_of("zhang@еxample.com") != "zhang@example.com"
    assert identity.email_of("zhang@еxample.com").isascii()


@pytest.mark.parametrize(
    "typed", ["", "zhang", "zhang@", "@example.com", "zhаng@example.com", "a b@example.com"]
)
def test_what_is_no_address(typed: str) -> None:
    assert identity.email_of(typed) == ""


@pytest.mark.parametrize(
    "typed", ["13800138000", "138 0013 8000", "+86 138-0013-8000", "１３８００１３８０００"]
)
def test_a_mobile_number_has_one_form(typed: str) -> None:
    assert identity.mobile_of(typed) == "+8613800138000"


@pytest.mark.parametrize("typed", ["", "010-62000000", "1380013800", "+1 202 555 0143", "abc"])
def test_what_is_no_mobile_number(typed: str) -> None:
    assert identity.mobile_of(typed) == ""


@pytest.mark.parametrize(
    ("kind", "number", "good"),
    [
        ("id-card", "11010519491231002X", True),
        ("id-card", "110105194912310021", False),
        ("id-card", "11010519491331002X", False),
        ("id-card", "110105209912310023", False),
        ("id-card", "1101051949123100", False),
        ("id-card", "１1010519491231002X", False),
        ("passport", "E12345678", True),
        ("passport", "E1234", False),
        ("passport", "E1234-678", False),
        ("credit-code", "91110108MA01ABCD5T", True),
        ("credit-code", "91110108MA01ABCD5X", False),
        ("licence", "E12345678", False),
    ],
)
def test_documents_are_judged(kind: str, number: str, good: bool) -> None:
    assert identity.is_document(kind, number) is good


def test_a_document_is_kept_masked_and_as_a_keyed_hash(house: House) -> None:
    assert identity.masked("11010519491231002X") == "110***********002X"
    assert identity.masked("E12345678") == "E1*****78"
    assert identity.digest("E12345678") == identity.digest("E12345678") != identity.digest("E12345679")
    assert "E12345678" not in identity.digest("E12345678")
