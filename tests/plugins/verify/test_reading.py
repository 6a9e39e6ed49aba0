"""What people type and scan."""

from __future__ import annotations

from datetime import date

import pytest

from plugins.verify.reading import claim_of

GOOD = {"number": "26112000000012345678", "day": "2026-11-24", "total": "1060"}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"number": " 2611 2000 0000 1234 5678 "},
        {"number": "２６１１２０００００００１２３４５６７８"},
        {"day": "20261124"},
        {"day": "2026/11/24"},
        {"day": "2026年11月24日"},
        {"total": "¥1,060.00"},
        {"total": "1060元"},
    ],
)
def test_three_fields_as_people_write_them(changes: dict[str, str]) -> None:
    claim, faults = claim_of(GOOD | changes)
    assert faults == []
    assert claim is not None
    assert (claim.day, claim.total, len(claim.number)) == (date(2026, 11, 24), 106000, 20)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": "123"}, "VERIFY-FORM-01"),
        ({"number": "٢" * 20}, "VERIFY-FORM-01"),
        ({"number": "x" * 9999}, "VERIFY-FORM-01"),
        ({"day": ""}, "VERIFY-FORM-02"),
        ({"day": "2026-13-01"}, "VERIFY-FORM-02"),
        ({"day": "٢٠٢٦١١٢٤"}, "VERIFY-FORM-02"),
        ({"total": "1060.001"}, "VERIFY-FORM-03"),
        ({"total": "NaN"}, "VERIFY-FORM-03"),
        ({"total": "9" * 30}, "VERIFY-FORM-03"),
        ({"qr": "https://example.cn/x"}, "VERIFY-FORM-04"),
        ({"qr": "01,31,,abc,1,20261124,,0000"}, "VERIFY-FORM-04"),
    ],
)
def test_what_is_none_is_said_at_its_field(changes: dict[str, str], code: str) -> None:
    claim, faults = claim_of(GOOD | changes)
    assert claim is None
    assert [fault.code for fault in faults] == [code]


def test_a_qr_text_is_enough() -> None:
    claim, _ = claim_of({"qr": " 01,31,,26112000000012345678,1060.00,20261124,,2AF5 "})
    assert claim is not None
    assert (claim.number, claim.kind, claim.total) == (GOOD["number"], "31", 106000)


def test_nothing_at_all_is_three_faults() -> None:
    assert len(claim_of({})[1]) == 3
