"""Money is whole fen (分). Text is read and written here, and nothing is ever a float."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

Fen = int
"""An amount in fen (分, 1/100 yuan); may be negative."""

LIMIT_FEN = 10**17
"""No single amount reaches this (10^15 yuan): arithmetic stays exact and columns fit."""

_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def round_fen(yuan: Decimal) -> Fen:
    """Round yuan half up to whole fen.

    :raise ValueError: not a finite number, or out of range.
    """
    if not yuan.is_finite():
        raise ValueError("not a finite amount")
    fen = int(_EXACT.quantize(_EXACT.multiply(yuan, Decimal(100)), Decimal(1)))
    if abs(fen) >= LIMIT_FEN:
        raise ValueError("amount out of range")
    return fen


def parse_decimal(text: str, places: int) -> Decimal:
    """Read a plain decimal number of at most `places` decimals: no exponent, no NaN.

    Thousands separators and full-width digits are accepted as people type them.

    :raise ValueError: not such a number.
    """
    plain = _half_width(text).replace(",", "").replace(" ", "").lstrip("¥￥")
    body = plain.lstrip("+-")
    if not body or not set(body) <= set("0123456789.") or len(body) > 40:
        raise ValueError("not a number")
    try:
        value = Decimal(plain)
    except InvalidOperation as error:
        raise ValueError("not a number") from error
    if -int(value.as_tuple().exponent) > places:
        raise ValueError("too many decimals")
    return value


def parse_yuan(text: str) -> Fen:
    """Read yuan with at most two decimals.

    :raise ValueError: not such an amount, or out of range.
    """
    return round_fen(parse_decimal(text, 2))


def yuan(fen: Fen) -> str:
    """Write fen as plain yuan with two decimals: `-1234.56`."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}.{rest:02d}"


def yuan_grouped(fen: Fen) -> str:
    """Write fen as yuan for reading: `-1,234.56`."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{rest:02d}"


def decimal_text(value: Decimal | None) -> str:
    """Write a quantity or unit price without exponent and trailing zeros; None is empty."""
    if value is None:
        return ""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def capitals(fen: Fen) -> str:
    """Write an amount in Chinese capitals (大写): `壹仟零陆拾圆整`, negative with `（负数）` before it."""
    whole, rest = divmod(abs(fen), 100)
    jiao, cents = divmod(rest, 10)
    text = _integer_capitals(whole) + "圆" if whole or not rest else ""
    if not rest:
        text += "整"
    else:
        if jiao:
            text += _DIGITS[jiao] + "角"
        elif whole:
            text += "零"
        text += _DIGITS[cents] + "分" if cents else "整"
    return ("（负数）" if fen < 0 else "") + text


def _integer_capitals(number: int) -> str:
    if number == 0:
        return _DIGITS[0]
    text, gap = "", False
    for group in range(3, -1, -1):
        part = number // 10 ** (4 * group) % 10**4
        if not part:
            gap = gap or bool(text)
            continue
        if text and (gap or part < 1000):
            text += _DIGITS[0]
        text += _group_capitals(part) + _GROUPS[group]
        gap = False
    return text.replace("万亿", "万", 1) if text.count("亿") > 1 else text


def _group_capitals(part: int) -> str:
    text, zero = "", False
    for place in range(3, -1, -1):
        digit = part // 10**place % 10
        if digit:
            text += (_DIGITS[0] if zero and text else "") + _DIGITS[digit] + _UNITS[place]
            zero = False
        else:
            zero = True
    return text


def _half_width(text: str) -> str:
    return "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else " " if c == "\u3000" else c for c in text)
