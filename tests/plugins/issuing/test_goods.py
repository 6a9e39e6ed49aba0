"""Looking up tax classification codes."""

from __future__ import annotations

from datetime import date

import pytest

from plugins.issuing.goods import every_good, find_good, goods, short_name
from plugins.issuing.rates import find_rate


def names(query: str, limit: int = 8) -> list[str]:
    return [good.name for good in goods(query, limit)]


def test_the_subset_is_large_enough_to_work_with() -> None:
    assert len(every_good()) >= 250


def test_every_row_is_well_formed() -> None:
    codes = [good.code for good in every_good()]
    assert len(set(codes)) == len(codes)
    assert codes == sorted(codes)
    for good in every_good():
        assert len(good.code) == 19
        assert good.code.isascii()
        assert good.code.isdigit()
        assert good.code[0] in "123456"
        assert good.short_name
        assert "*" not in good.short_name + good.name
        assert good.rate == "" or find_rate(good.rate, date(2026, 11, 24))


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("餐费", "餐饮服务"), ("*餐饮服务*餐费", "餐饮服务"), ("软件开发", "软件开发服务"),
        ("打印机", "输出设备及装置"),
        ("复印纸", "未涂布印刷书写用纸"), ("住宿费", "住宿服务"), ("停车费", "车辆停放服务"),
        ("95号", "车用汽油"),
        ("快递费", "收派服务"), ("电费", "售电"), ("手机", "移动通信手持机（手机）"), ("app", "软件开发服务"),
        ("咨询费", "咨询服务"), ("物业", "物业管理服务"), ("10701010102", "车用汽油"),
        ("信息技术 维护", "软件维护服务"),
    ],
)  # fmt: skip
def test_common_words_find_their_category(query: str, name: str) -> None:
    assert name in names(query)


def test_the_nearest_name_comes_first() -> None:
    assert names("柴油")[0] == "柴油"
    assert names("咨询")[0] == "咨询服务"


def test_digits_search_by_prefix() -> None:
    assert {good.code[:7] for good in goods("1070101", 20)} == {"1070101"}
    assert goods("99999") == []


@pytest.mark.parametrize("query", ["", "   ", "***", "\x00", "没有这种东西的", "%", "九" * 1000])
def test_nothing_is_found_for_nothing(query: str) -> None:
    assert goods(query) == []


def test_the_limit_is_kept() -> None:
    assert len(goods("服务", 5)) == 5


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("1060105010000000000", "纸制品"), ("3070401000000000000", "餐饮服务"),
        ("3040201010000000000", "信息技术服务"),
        ("1090511030000000000", "计算机外部设备"), ("1030206030000000000", "调味品"),
        ("1060507020000000000", "工艺品"),
        ("1060105020100000000", "纸制品"), ("3070599990000000000", "生活服务"),
        ("3060301020000000000", "保险服务"),
        ("9990000000000000000", ""), ("", ""), ("30", ""), ("abc", ""),
    ],
)  # fmt: skip
def test_a_code_has_the_short_name_of_the_nearest_category(code: str, expected: str) -> None:
    assert short_name(code) == expected


def test_finding_by_code_is_exact() -> None:
    good = find_good("3070402000000000000")
    assert good is not None
    assert (good.name, good.short_name, good.rate) == ("住宿服务", "住宿服务", "0.06")
    assert find_good("3070402") is None
