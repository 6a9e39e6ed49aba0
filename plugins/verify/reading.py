"""Reads what people give: three fields, or the text of a QR code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from core.api import Fault, lazy, money, qr, taxpayer
from plugins.verify.rules import Claim

_SOURCE = "税务总局公告 2024年第11号 第四条"


def claim_of(form: Mapping[str, str]) -> tuple[Claim | None, list[Fault]]:
    """The claim in a form's fields `qr`, or `number`, `day` and `total`; faults where it is none."""
    text = form.get("qr", "").strip()
    if text:
        return _from_qr(text)
    faults = []
    number = taxpayer.tidy(form.get("number", ""))
    if not (number.isascii() and number.isdigit() and len(number) == 20):
        faults.append(
            _fault("VERIFY-FORM-01", "number", lazy("号码应为 20 位数字"), lazy("照票面右上角的号码填写"))
        )
    day = _day(form.get("day", ""))
    if day is None:
        faults.append(
            _fault("VERIFY-FORM-02", "day", lazy("请填写开票日期"), lazy("例如 2026-11-24 或 20261124"))
        )
    total = _total(form.get("total", ""))
    if total is None:
        faults.append(
            _fault("VERIFY-FORM-03", "total", lazy("请填写价税合计"), lazy("填写含税的小写金额,例如 1060.00"))
        )
    if faults or day is None or total is None:
        return None, faults
    return Claim(number, day, total), []


def _from_qr(text: str) -> tuple[Claim | None, list[Fault]]:
    try:
        clues = qr.read(text[:500])
    except ValueError:
        clues = None
    if clues is None or not (clues.number.isascii() and clues.number.isdigit() and len(clues.number) <= 20):
        return None, [
            _fault(
                "VERIFY-FORM-04",
                "qr",
                lazy("这不是发票二维码的文字"),
                lazy("发票二维码的文字以“01,”开头;也可以改填号码、日期和金额"),
            )
        ]
    return Claim(clues.number, clues.day, clues.amount, text[:500], clues.kind), []


def _day(text: str) -> date | None:
    plain = (
        taxpayer.tidy(text)
        .replace("/", "")
        .replace(".", "")
        .replace("年", "")
        .replace("月", "")
        .replace("日", "")
    )
    try:
        return (
            date(int(plain[:4]), int(plain[4:6]), int(plain[6:]))
            if len(plain) == 8 and plain.isascii()
            else None
        )
    except ValueError:
        return None


def _total(text: str) -> money.Fen | None:
    try:
        return money.parse_yuan(text.strip().removesuffix("元"))
    except ValueError:
        return None


def _fault(code: str, path: str, message: str, remedy: str) -> Fault:
    return Fault(code, path, message, remedy, _SOURCE)
