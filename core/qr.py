"""The text inside an invoice's QR code, and its checksum."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.money import Fen, round_fen, yuan

SPECIAL, ORDINARY = "31", "32"
"""Kind codes of the fully digital invoice (数电票): VAT special (专用发票) and ordinary (普通发票)."""


def checksum(text: str) -> str:
    """CRC-16/UMTS of the text up to and with the comma before the checksum: four capital hex digits."""
    value = 0
    for octet in text.encode("ascii"):
        value ^= octet << 8
        for _ in range(8):
            value = (value << 1 ^ 0x8005) & 0xFFFF if value & 0x8000 else value << 1 & 0xFFFF
    return f"{value:04X}"


def write(kind: str, number: str, total: Fen, day: date) -> str:
    """The QR text of a fully digital invoice; `total` is tax-inclusive (价税合计)."""
    body = f"01,{kind},,{number},{yuan(total)},{day:%Y%m%d},,"
    return body + checksum(body)


@dataclass(frozen=True, slots=True)
class Clues:
    """What a QR text says. `sound` is False where the checksum does not match: a hint, no verdict."""

    kind: str
    code: str
    number: str
    amount: Fen
    day: date
    check_code: str
    sound: bool


def read(text: str) -> Clues:
    """Read an invoice's QR text as producers really write it (spaces, short amounts, lower case).

    :raise ValueError: it is not an invoice's QR text.
    """
    parts = text.strip().split(",")
    if len(parts) < 8 or parts[0].strip() != "01":
        raise ValueError("not an invoice QR text")
    fields = [part.strip() for part in parts]
    try:
        amount, raw_day = round_fen(Decimal(fields[4])), fields[5]
        day = date(int(raw_day[:4]), int(raw_day[4:6]), int(raw_day[6:8]))
        expected = checksum(",".join(parts[:7]) + ",")
    except (ArithmeticError, ValueError) as error:
        raise ValueError("not an invoice QR text") from error
    return Clues(fields[1], fields[2], fields[3], amount, day, fields[6], fields[7].upper() == expected)
