"""Numbers, checksums, and what a verdict rests on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from core import qr
from core.documents import Document
from core.states import State
from plugins.verify.rules import AGREES, DIFFERS, MISSING, REFUSED, UNSETTLED, Claim, judge

TODAY = date(2026, 11, 24)
NUMBER = "26112000000012345678"


def found(claim: Claim) -> dict[str, str]:
    return {finding.code: finding.result for finding in judge(claim, None, [], TODAY).findings}


def claim(
    number: str = NUMBER, day: date = TODAY, total: int = 106000, text: str = "", kind: str = ""
) -> Claim:
    return Claim(number, day, total, text, kind)


@pytest.mark.parametrize(
    "number",
    [NUMBER, "26952000000012345678", "26929000000012345678", "26467000000000000001", "26540000000000000001"],
)
def test_numbers_that_follow_the_rule(number: str) -> None:
    assert found(claim(number))["VERIFY-NUMBER-01"] == "ok"


@pytest.mark.parametrize(
    "number",
    [
        "19112000000012345678",
        "26162000000012345678",
        "26992000000012345678",
        "26002000000012345678",
        NUMBER[:-1],
        NUMBER + "1",
        "12345678",
        "",
        "٢٦١١٢٠٠٠٠٠٠٠١٢٣٤٥٦٧٨",
    ],
)
def test_numbers_that_do_not(number: str) -> None:
    assert found(claim(number))["VERIFY-NUMBER-01"] == "bad"


def test_the_year_and_the_day_must_fit() -> None:
    assert found(claim(day=date(2025, 11, 24)))["VERIFY-NUMBER-03"] == "bad"
    assert found(claim(day=date(2026, 11, 25)))["VERIFY-DATE-01"] == "bad"
    assert "VERIFY-NUMBER-03" not in found(claim())


def test_the_region_is_named() -> None:
    report = judge(claim("26942000000012345678"), None, [], TODAY)
    (region,) = [f for f in report.findings if f.code == "VERIFY-NUMBER-02"]
    assert region.params == {"region": "厦门"}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("01,31,,26112000000012345678,1060.00,20261124,,2AF5", "ok"),
        ("01,31,,26112000000012345678,1060.00,20261124,,2af5,", "ok"),
        ("01,31,,26112000000012345678,1060.00,20261124,,0000", "bad"),
        ("01,31,,26117000000012345678,1060.00,20261124,,0000", "warn"),
    ],
)
def test_the_checksum_convicts_only_the_platforms_own_numbers(text: str, result: str) -> None:
    clues = qr.read(text)
    assert found(claim(clues.number, clues.day, clues.amount, text, clues.kind))["VERIFY-QR-01"] == result


def test_the_checksum_without_the_last_comma_is_as_good() -> None:
    body = "01,32,,26952000000012345678,100.00,20261124,"
    text = f"{body},{qr.checksum(body)}"
    assert found(claim("26952000000012345678", text=text, kind="32"))["VERIFY-QR-01"] == "ok"


def test_other_kinds_are_not_judged() -> None:
    report = judge(claim("12345678", kind="04"), None, [], TODAY)
    assert (report.verdict, report.findings[0].code) == (UNSETTLED, "VERIFY-KIND-01")


def test_our_own_invoice(issued: Document) -> None:
    cases: list[tuple[date, int, str]] = [
        (TODAY, 33900, AGREES),
        (TODAY, 33901, DIFFERS),
        (date(2026, 11, 23), 33900, DIFFERS),
        (date(2026, 11, 23), 1, DIFFERS),
    ]
    for day, total, verdict in cases:
        report = judge(claim(issued.number, day, total), issued, [], TODAY)
        assert (report.verdict, report.document) == (verdict, issued.id)
        assert "VERIFY-SPECIMEN-01" in {finding.code for finding in report.findings}


def test_the_state_of_our_own_invoice_counts(issued: Document) -> None:
    made = claim(issued.number, TODAY, 33900)
    for state, verdict in ((State.VOID, REFUSED), (State.REJECTED, REFUSED), (State.UNKNOWN, UNSETTLED)):
        report = judge(made, replace(issued, state=state), [], TODAY)
        assert report.verdict == verdict
        assert "VERIFY-STATE-01" in {finding.code for finding in report.findings}


def test_an_open_request_of_the_same_total_leaves_it_open(issued: Document) -> None:
    pending = replace(issued, number="", state=State.UNKNOWN)
    report = judge(claim(total=33900), None, [pending], TODAY)
    assert (report.verdict, report.findings[-1].code) == (UNSETTLED, "VERIFY-LEDGER-04")
    assert judge(claim("19" + NUMBER[2:], total=33900), None, [pending], TODAY).verdict == MISSING


def test_a_refused_request_of_the_same_total_is_mentioned(issued: Document) -> None:
    refused = replace(issued, number="", state=State.REJECTED)
    report = judge(claim(total=33900), None, [refused], TODAY)
    assert (report.verdict, report.findings[-1].code) == (MISSING, "VERIFY-LEDGER-05")
