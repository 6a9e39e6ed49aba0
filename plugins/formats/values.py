"""Normal forms of what documents print: one text per meaning, or None where it has none. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation

_DAY = re.compile(r"(\d{4})\s*[年./-]?\s*(\d{1,2})\s*[月./-]?\s*(\d{1,2})\s*日?(?:[ T].*)?", re.S)
_PLAIN_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})\d{0,9}")
_FEN = Decimal("0.01")
_LONGEST = 20
"""Characters of a number: more than any invoice prints, and within what Decimal keeps exactly."""
_TAX_ID = re.compile(r"[0-9A-Z]{15,20}")
_SIGNS = str.maketrans({"¥": "", "￥": "", ",": "", "圆": "", "元": "", "−": "-", "–": "-", "—": "-"})
_WORDS = {
    "免税": "免税",
    "不征税": "不征税",
    "***": "***",
    "*": "***",
    "出口零税率": "出口零税率",
    "普通零税率": "普通零税率",
}


def plain(text: str) -> str:
    """Half-width, without outer and doubled spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def name(text: str) -> str | None:
    """A party's or a good's name as printed, spaces tidied; None where there is nothing."""
    found = " ".join(text.split())
    return found or None


def same_name(one: str, other: str) -> bool:
    """Whether two names differ in spaces, widths and brackets at most."""
    return _bare(one) == _bare(other)


def _bare(text: str) -> str:
    return "".join(plain(text).split()).casefold()


def decimal(text: str) -> Decimal | None:
    """A number of whatever printing: currency signs, grouping, minus in words of typography."""
    bare = "".join(plain(text).translate(_SIGNS).split())
    if bare.startswith("(") and bare.endswith(")"):
        bare = f"-{bare[1:-1]}"
    if len(bare) > _LONGEST or not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", bare, re.ASCII):
        return None
    try:
        return Decimal(bare)
    except InvalidOperation:
        return None


def money(text: str) -> str | None:
    """Yuan with two decimals; None for what is no amount, or finer than a fen."""
    found = decimal(text)
    if found is None or found != found.quantize(_FEN) or abs(found) >= Decimal(10) ** 16:
        return None
    return f"{found:.2f}"


def number(text: str) -> str | None:
    """A quantity or price without needless zeros."""
    found = decimal(text)
    if found is None:
        return None
    return f"{found.normalize():f}"


def rate(text: str) -> str | None:
    """A rate as a fraction (`0.13`), or one of the words that stand in its place."""
    bare = plain(text).replace(" ", "")
    if bare in _WORDS:
        return _WORDS[bare]
    found = decimal(bare.rstrip("%"))
    if found is None:
        return None
    share = found.scaleb(-2) if bare.endswith("%") else found
    return f"{share.normalize():f}" if 0 <= share < 1 else None


def day(text: str) -> str | None:
    """A date as ISO 8601; None for what is none."""
    bare = plain(text)
    found = _PLAIN_DAY.fullmatch(bare) or _DAY.fullmatch(bare)
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        return None


def tax_id(text: str) -> str | None:
    """A taxpayer id (统一社会信用代码/纳税人识别号) in capitals; None for anything else."""
    bare = "".join(plain(text).split()).upper()
    return bare if _TAX_ID.fullmatch(bare) else None


def digits(text: str, *lengths: int) -> str | None:
    """Only digits, of one of the lengths allowed."""
    bare = "".join(plain(text).split())
    return bare if bare.isascii() and bare.isdigit() and (not lengths or len(bare) in lengths) else None


def invoice_number(text: str) -> str | None:
    """A number: 20 digits of a fully digital invoice, 8 of an older one, 10 or 12 of other receipts."""
    return digits(text, 8, 10, 12, 20)


def check_code(text: str) -> str | None:
    """A check code (校验码): printed in groups, kept without them; five characters on blockchain invoices."""
    bare = "".join(plain(text).split())
    return bare.lower() if re.fullmatch(r"[0-9]{20}|[0-9a-fA-F]{5,6}", bare) else None
