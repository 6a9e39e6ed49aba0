"""What each line of an invoice must name: its goods, their classification, their rate."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from core.api import Invoice, Line, RuleSet, clock, forms
from plugins.issuing.goods import find_good, short_name
from plugins.issuing.rates import find_rate, plain

SPECIAL, RED, WARNING = "special", "red", "warning"
EXEMPT, UNTAXED = "exempt", "untaxed"

NATIONWIDE = date(2024, 12, 1)
"""Since when the fully digital invoice is the rule everywhere (国家税务总局公告2024年第11号)."""

UNVERIFIED = "开票平台的通行校验，条文未核实"

_TABLE = "商品和服务税收分类与编码（国家税务总局公告2016年第23号）"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")

GOODS = RuleSet("issuing-goods", _TABLE, NATIONWIDE)
RATES = RuleSet("issuing-rates", "增值税法 第十条、第十一条；此前见税率表各行的依据", NATIONWIDE)
LEVY = RuleSet("issuing-levy", "增值税法 第十一条", date(2026, 1, 1))

Broken = Callable[[Invoice, Line], bool]


def unprintable(text: str) -> bool:
    """Whether a text holds what neither XML nor a page can show: controls, direction marks, half pairs."""
    return bool(_CONTROL.search(text))


def where(invoice: Invoice, field: str, broken: Broken) -> Iterator[str]:
    """The field of every line for which the predicate is true."""
    for index, line in enumerate(invoice.lines):
        if broken(invoice, line):
            yield f"lines[{index}].{field}"


# Goods


@GOODS.rule("ISSUING-LINES-01", "至少要有一行明细", remedy="添加一行商品或服务")
def no_lines(invoice: Invoice) -> Iterable[str]:
    return () if invoice.lines else ("lines",)


@GOODS.rule("ISSUING-LINES-02", "明细超过 2000 行", remedy="拆成几张发票", source=UNVERIFIED)
def many_lines(invoice: Invoice) -> Iterable[str]:
    return ("lines",) if len(invoice.lines) > forms.MOST_LINES else ()


@GOODS.rule("ISSUING-NAME-01", "项目名称不能为空", remedy="填写商品或服务的名称")
def nameless(invoice: Invoice) -> Iterator[str]:
    return where(invoice, "name", lambda _, line: not line.name.strip())


@GOODS.rule(
    "ISSUING-NAME-02", "%(length)s 个字,超过 %(limit)s 个", remedy="缩短,税局可能截断或退回",
    source="开票服务商接口的字段长度，税局一侧未核实", severity=WARNING,
)  # fmt: skip
def long_texts(invoice: Invoice) -> Iterator[tuple[str, dict[str, object]]]:
    for index, line in enumerate(invoice.lines):
        for field, text, limit in (
            ("name", line.label, 100),
            ("spec", line.spec, 40),
            ("unit", line.unit, 20),
        ):
            if len(text) > limit:
                yield f"lines[{index}].{field}", {"length": len(text), "limit": limit}


@GOODS.rule(
    "ISSUING-NAME-03", "含有不能打印的字符", remedy="删去不可见的字符后重新填写", source="XML 1.0 §2.2"
)
def unprintable_texts(invoice: Invoice) -> Iterator[str]:
    for field in ("name", "spec", "unit", "short_name"):
        yield from where(invoice, field, lambda _, line, field=field: unprintable(getattr(line, field)))  # type: ignore[misc]


@GOODS.rule(
    "ISSUING-NAME-04", "项目名称里已经带了分类简称", remedy="只填名称,“*简称*”会自动加上",
    source=UNVERIFIED, severity=WARNING,
)  # fmt: skip
def labelled_name(invoice: Invoice) -> Iterator[str]:
    return where(invoice, "name", lambda _, line: line.name.startswith("*"))


@GOODS.rule("ISSUING-CODE-01", "缺少税收分类编码", remedy="输入名称,从候选里选一个分类")
def no_code(invoice: Invoice) -> Iterator[str]:
    return where(invoice, "code", lambda _, line: not line.code)


@GOODS.rule("ISSUING-CODE-02", "税收分类编码要 19 位数字", remedy="补足 19 位,或从候选里选一个分类")
def misshapen_code(invoice: Invoice) -> Iterator[str]:
    def wrong(_: Invoice, line: Line) -> bool:
        return bool(line.code) and not re.fullmatch("[0-9]{19}", line.code)

    return where(invoice, "code", wrong)


@GOODS.rule(
    "ISSUING-CODE-03", "常用编码表里没有这个分类", remedy="到电子税务局核对编码,无误可以继续",
    source="本系统只带常用编码，不是完整的编码表", severity=WARNING,
)  # fmt: skip
def unknown_code(invoice: Invoice) -> Iterator[str]:
    shaped = re.compile("[0-9]{19}")
    return where(
        invoice, "code", lambda _, line: bool(shaped.fullmatch(line.code)) and not short_name(line.code)
    )


@GOODS.rule(
    "ISSUING-CODE-04", "分类简称与编码不符,应为“%(expected)s”", remedy="改用编码对应的简称,或重新选择分类",
    severity=WARNING,
)  # fmt: skip
def other_short_name(invoice: Invoice) -> Iterator[tuple[str, dict[str, object]]]:
    for index, line in enumerate(invoice.lines):
        good = find_good(line.code)
        if good and line.short_name != good.short_name:
            yield f"lines[{index}].short_name", {"expected": good.short_name}


# Rates


@RATES.rule(
    "ISSUING-RATE-01", "%(day)s 没有“%(rate)s”这档税率或征收率", remedy="从列表里选当天有效、适合本企业的税率"
)
def rate_not_in_force(invoice: Invoice) -> Iterator[tuple[str, dict[str, object]]]:
    kind, day = invoice.extra.get("taxpayer_kind", "general"), clock.today()
    for index, line in enumerate(invoice.lines):
        if line.rate and not find_rate(line.rate, day, kind):
            yield f"lines[{index}].rate", {"rate": line.rate[:20], "day": day.isoformat()}


@RATES.rule(
    "ISSUING-RATE-02", "专用发票不能开免税或不征税项目", remedy="改开普通发票,或选择应税的税率",
    source="增值税法实施条例 关于专用发票的规定（条号未核实）；原增值税暂行条例 第二十一条",
)  # fmt: skip
def special_without_tax(invoice: Invoice) -> Iterator[str]:
    return where(
        invoice, "rate", lambda whole, line: whole.kind == SPECIAL and line.rate in (EXEMPT, UNTAXED)
    )


@RATES.rule(
    "ISSUING-RATE-03", "专用发票上的零税率", remedy="确认确实适用零税率;出口通常开普通发票",
    source=UNVERIFIED, severity=WARNING,
)  # fmt: skip
def special_at_zero(invoice: Invoice) -> Iterator[str]:
    return where(invoice, "rate", lambda whole, line: whole.kind == SPECIAL and plain(line.rate) == "0")


@LEVY.rule(
    "ISSUING-RATE-04", "2026年起法定征收率是 3%,5% 只可能用于旧项目", remedy="向主管税务机关确认后再用",
    source="增值税法 第十一条；旧项目的过渡规定未核实", severity=WARNING,
)  # fmt: skip
def old_levy(invoice: Invoice) -> Iterator[str]:
    return where(invoice, "rate", lambda _, line: plain(line.rate) == "0.05")


@RATES.rule(
    "ISSUING-RATE-05", "不征税只用于编码 6 开头的项目,这些项目也只能不征税", remedy="改编码,或改税率",
    source="国家税务总局公告2016年第53号 第九条；2026年后的适用未核实", severity=WARNING,
)  # fmt: skip
def untaxed_elsewhere(invoice: Invoice) -> Iterator[str]:
    return where(
        invoice, "rate",
        lambda _, line: bool(line.code and line.rate) and (line.rate == UNTAXED) != line.code.startswith("6"),
    )  # fmt: skip
