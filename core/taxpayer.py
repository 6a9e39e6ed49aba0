"""Taxpayer ids (纳税人识别号) and regions."""

from __future__ import annotations

from enum import StrEnum

from core import rng

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_PERSON_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

REGIONS = {
    "11": "北京", "12": "天津", "13": "河北", "14": "山西", "15": "内蒙古", "21": "辽宁", "22": "吉林",
    "23": "黑龙江", "31": "上海", "32": "江苏", "33": "浙江", "34": "安徽", "35": "福建", "36": "江西",
    "37": "山东", "41": "河南", "42": "湖北", "43": "湖南", "44": "广东", "45": "广西", "46": "海南",
    "50": "重庆", "51": "四川", "52": "贵州", "53": "云南", "54": "西藏", "61": "陕西", "62": "甘肃",
    "63": "青海", "64": "宁夏", "65": "新疆",
}  # fmt: skip
"""Regions by digits 3–4 of an invoice number (税务总局公告 2024年第11号 第四条)."""


class Verdict(StrEnum):
    """How a taxpayer id stands."""

    SOUND = "sound"
    """18 characters of GB 32100-2015 with the right check character."""
    LEGACY = "legacy"
    """An older or a person's form that cannot be checked fully: accepted with a warning."""
    WRONG = "wrong"
    """No form of taxpayer id, or its check character does not match."""


def tidy(text: str) -> str:
    """Upper case, no spaces or dashes, full-width letters made half-width."""
    half = "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in text)
    return half.upper().replace(" ", "").replace("-", "").replace("\u3000", "")


def check_character(first17: str) -> str:
    """The 18th character of a unified social credit code (GB 32100-2015 §5).

    :raise ValueError: a character outside the code's alphabet.
    """
    total = sum(_ALPHABET.index(c) * w for c, w in zip(first17, _WEIGHTS, strict=True))
    return _ALPHABET[-total % 31]


def judge(text: str) -> Verdict:
    """Say how a tidied taxpayer id stands."""
    if not text.isascii() or not text.isalnum():
        return Verdict.WRONG
    if len(text) == 18:
        if set(text) <= set(_ALPHABET) and text[17] == check_character(text[:17]):
            return Verdict.SOUND
        return Verdict.LEGACY if _is_person(text) else Verdict.WRONG
    return Verdict.LEGACY if len(text) in (15, 17, 20) else Verdict.WRONG


def _is_person(text: str) -> bool:
    if not text[:17].isdigit():
        return False
    total = sum(int(c) * w for c, w in zip(text[:17], _PERSON_WEIGHTS, strict=True))
    return text[17] == "10X98765432"[total % 11]


def invent(region: str) -> str:
    """A formally sound code that belongs to nobody known, for demos and tests; `region` is 6 digits."""
    body = "".join(str(rng.below(10)) for _ in range(8))
    rest = 11 - sum(int(c) * w for c, w in zip(body, _ORGANISATION_WEIGHTS, strict=True)) % 11
    first17 = f"91{region}{body}{'X' if rest == 10 else rest % 11}"
    return first17 + check_character(first17)
