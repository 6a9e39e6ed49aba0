"""Facts that cannot be true as they stand: they are taken back, and a finding says so."""

from __future__ import annotations

import re

from core.api import taxpayer
from plugins.formats.facts import Facts, Finding

NUMBER = re.compile(r"[2-9]\d(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|9[1-5])\d{16}")
"""税务总局公告 2024年第11号 第四条: year, region, channel, sequence."""
_MASK = re.compile(r"[Xx*＊×]{2,}")


def settle(facts: Facts) -> None:
    """Take back what cannot be true."""
    number = facts.values.get("number", "")
    if len(number) == 20 and not NUMBER.fullmatch(number):
        _take_back(facts, "number", "FORMATS-DOUBT-01", "号码不符合数电发票的编码规则")
    for party in ("buyer", "seller"):
        if _MASK.search(facts.values.get(f"{party}.name", "")):
            _take_back(facts, f"{party}.name", "FORMATS-DOUBT-02", "名称被遮盖")
        id = facts.values.get(f"{party}.tax_id")
        if id and taxpayer.judge(id) == taxpayer.Verdict.WRONG:
            _take_back(facts, f"{party}.tax_id", "FORMATS-DOUBT-03", "纳税人识别号的校验位不正确")


def _take_back(facts: Facts, path: str, code: str, message: str) -> None:
    del facts.values[path], facts.sources[path]
    facts.findings.append(Finding(code, "error", path, message))
