"""QR codes in pictures, and what they say of an invoice."""

from __future__ import annotations

from datetime import date

import zxingcpp
from PIL import Image

from plugins.formats import values
from plugins.formats.attached import kind_of
from plugins.formats.facts import Clue, Facts, Finding
from plugins.formats.voucher import put

_DIGITAL = frozenset({"31", "32", "51", "61", "83", "84"})
"""Kinds whose QR states the total with tax; older ones state the amount without (domain: the coding rule)."""


def texts(picture: Image.Image) -> list[str]:
    """The texts of all QR codes in a picture."""
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return [code.text for code in found if code.text]


def clue(said: list[str], facts: Facts) -> Clue | None:
    """What the QR codes of one document say; None where none is an invoice's."""
    read = [one for text in said if (one := _read(text)) is not None]
    if not read:
        return None
    if any(one.values != read[0].values for one in read[1:]):
        facts.findings.append(Finding("FORMATS-QR-01", "error", "", "文件里有多张发票的二维码"))
        return None
    return read[0]


def _read(text: str) -> Clue | None:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) < 8 or parts[0] != "01":
        return None
    found = Clue("qr")
    kind, code, number, sum_, day, check = parts[1:7]
    put(found, "code", values.digits(code, 10, 12))
    put(found, "number", values.invoice_number(number))
    put(found, "check_code", values.check_code(check))
    put(found, "total" if kind in _DIGITAL else "amount", values.money(sum_))
    # A blockchain invoice's QR says 01 of itself: its code knows better.
    put(found, "kind", kind_of(found.values.get("code")) or (kind if len(kind) == 2 else None))
    try:
        found.values["issue_date"] = date(int(day[:4]), int(day[4:6]), int(day[6:8])).isoformat()
    except ValueError:
        found.values.pop("issue_date", None)
    return found if "number" in found.values else None
