"""What the figures of each line must be: quantity, price, amount, tax, discounts, refined oil."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.api import Invoice, Line, RuleSet
from plugins.issuing.line_rules import NATIONWIDE, RED, UNVERIFIED, WARNING, where

LINE_SLACK, TOTAL_SLACK, ENTRY_SLACK = 6, 127, 1
"""Fen by which tax may differ on a line and over all lines, and an amount from quantity × price."""

_DISCOUNT = "国税函〔2010〕56号（折扣额须在同一张发票的金额栏注明）"
_FUEL = "国家税务总局公告2018年第1号 第一条第二项（成品油发票）"
_REMARK = "国家税务总局公告2016年第23号 第四条；数电票改由特定业务字段承载，未核实"
_FUELS = tuple(f"10701010{n}" for n in range(1, 8))  # 汽油 煤油 柴油 燃料油 石脑油 溶剂油 润滑油

AMOUNTS = RuleSet("issuing-amounts", "发票管理办法 第二十一条", NATIONWIDE)
DISCOUNTS = RuleSet("issuing-discounts", _DISCOUNT, NATIONWIDE)
BUSINESS = RuleSet("issuing-business", _FUEL, NATIONWIDE)


# Quantity, price, amount, tax


@AMOUNTS.rule("ISSUING-QUANTITY-01", "数量不能是零", remedy="填写数量,或把数量和单价都留空")
def no_quantity(invoice: Invoice) -> Iterator[str]:
    return where(invoice, "quantity", lambda _, line: line.quantity == 0)


@AMOUNTS.rule("ISSUING-QUANTITY-02", "数量的正负与发票不符", remedy="蓝字发票填正数,红字发票填负数")
def quantity_sign(invoice: Invoice) -> Iterator[str]:
    def wrong(whole: Invoice, line: Line) -> bool:
        quantity = line.quantity or 0
        return quantity != 0 and (quantity < 0) != (whole.side == RED)

    return where(invoice, "quantity", wrong)


@AMOUNTS.rule(
    "ISSUING-QUANTITY-03",
    "填了单价,没有填数量",
    remedy="补上数量,或清空单价",
    source=UNVERIFIED,
    severity=WARNING,
)
def price_alone(invoice: Invoice) -> Iterator[str]:
    return where(
        invoice, "quantity",
        lambda _, line: line.price is not None and line.quantity is None and not line.discount,
    )  # fmt: skip


@AMOUNTS.rule("ISSUING-PRICE-01", "单价不能是负数", remedy="单价填正数;红字发票用负的数量")
def negative_price(invoice: Invoice) -> Iterator[str]:
    return where(invoice, "price", lambda _, line: line.price is not None and line.price < 0)


@AMOUNTS.rule("ISSUING-AMOUNT-01", "这一行的金额不能是零", remedy="填写金额,或删去这一行")
def zero_amount(invoice: Invoice) -> Iterator[str]:
    return where(invoice, "amount", lambda _, line: _is_counted(line) and line.amount == 0)


@AMOUNTS.rule("ISSUING-AMOUNT-02", "金额的正负与发票不符", remedy="蓝字发票只有折扣行是负数;红字发票全是负数")
def amount_sign(invoice: Invoice) -> Iterator[str]:
    def wrong(whole: Invoice, line: Line) -> bool:
        return not line.discount and line.amount != 0 and (line.amount < 0) != (whole.side == RED)

    return where(invoice, "amount", wrong)


@AMOUNTS.rule("ISSUING-AMOUNT-03", "金额与数量×单价相差超过 0.01 元", remedy="三项里清空一项,由系统算出")
def amount_against_price(invoice: Invoice) -> Iterator[str]:
    return where(invoice, "amount", lambda _, line: abs(line.entry_gap) > ENTRY_SLACK)


@AMOUNTS.rule(
    "ISSUING-TAX-01", "税额与金额×税率相差超过 0.06 元", remedy="重新计算;仍有差异请联系管理员",
    source=UNVERIFIED, severity=WARNING,
)  # fmt: skip
def tax_against_rate(invoice: Invoice) -> Iterator[str]:
    return where(invoice, "amount", lambda _, line: abs(line.tax_gap) > LINE_SLACK)


@AMOUNTS.rule(
    "ISSUING-TAX-02", "各行税额的尾差合计超过 1.27 元", remedy="减少行数,拆成几张发票",
    source=UNVERIFIED, severity=WARNING,
)  # fmt: skip
def tax_over_all(invoice: Invoice) -> Iterable[str]:
    drift = sum(line.tax_gap for line in invoice.lines)
    return () if -TOTAL_SLACK <= drift <= TOTAL_SLACK else ("lines",)


def _is_counted(line: Line) -> bool:
    # A line without anything to count is the arithmetic's to report (CORE-LINE-01 and -02).
    return bool(line.rate) and (line.entered is not None or None not in (line.quantity, line.price))


# Discounts


def _pairs(invoice: Invoice) -> Iterator[tuple[str, Line, Line | None]]:
    for index, line in enumerate(invoice.lines):
        if line.discount:
            before = invoice.lines[index - 1] if index else None
            yield f"lines[{index}]", line, None if before is None or before.discount else before


@DISCOUNTS.rule(
    "ISSUING-DISCOUNT-01",
    "折扣行前面没有被折扣的行",
    remedy="把折扣行移到被折扣的商品之后",
    source=UNVERIFIED,
)
def discount_of_nothing(invoice: Invoice) -> Iterator[str]:
    yield from (f"{path}.discount" for path, _, before in _pairs(invoice) if before is None)


@DISCOUNTS.rule(
    "ISSUING-DISCOUNT-02", "折扣行的名称、编码和税率要与被折扣的行相同",
    remedy="照抄上一行的名称、编码和税率", source=UNVERIFIED,
)  # fmt: skip
def discount_of_another(invoice: Invoice) -> Iterator[str]:
    for path, line, before in _pairs(invoice):
        if before is not None:
            for field in ("name", "code", "rate"):
                if getattr(line, field) != getattr(before, field):
                    yield f"{path}.{field}"


@DISCOUNTS.rule("ISSUING-DISCOUNT-03", "折扣行的金额必须是负数", remedy="填写负的金额")
def positive_discount(invoice: Invoice) -> Iterator[str]:
    if invoice.side != RED:
        yield from (f"{path}.amount" for path, line, _ in _pairs(invoice) if line.amount > 0)


@DISCOUNTS.rule(
    "ISSUING-DISCOUNT-04", "折扣行不写数量和单价", remedy="清空数量和单价,只填金额", source=UNVERIFIED
)
def counted_discount(invoice: Invoice) -> Iterator[str]:
    for path, line, _ in _pairs(invoice):
        if line.quantity is not None:
            yield f"{path}.quantity"
        if line.price is not None:
            yield f"{path}.price"


@DISCOUNTS.rule("ISSUING-DISCOUNT-05", "折扣大于被折扣的金额", remedy="减小折扣,它最多等于上一行的金额")
def large_discount(invoice: Invoice) -> Iterator[str]:
    for path, line, before in _pairs(invoice):
        if before is not None and abs(line.amount) > abs(before.amount):
            yield f"{path}.amount"


@DISCOUNTS.rule(
    "ISSUING-DISCOUNT-06",
    "红字发票上有折扣行",
    remedy="按折扣后的净额红冲",
    source=UNVERIFIED,
    severity=WARNING,
)
def red_discount(invoice: Invoice) -> Iterator[str]:
    return where(invoice, "discount", lambda whole, line: whole.side == RED and line.discount)


# Refined oil and what the remark must say


@BUSINESS.rule("ISSUING-FUEL-01", "成品油的单位只能是“吨”或“升”", remedy="单位改为吨或升")
def fuel_unit(invoice: Invoice) -> Iterator[str]:
    return where(invoice, "unit", lambda _, line: _is_fuel(line) and line.unit not in ("吨", "升"))


@BUSINESS.rule("ISSUING-FUEL-02", "成品油必须填写数量", remedy="填写吨数或升数")
def fuel_quantity(invoice: Invoice) -> Iterator[str]:
    return where(
        invoice, "quantity", lambda whole, line: whole.side != RED and _is_fuel(line) and not line.quantity
    )


@BUSINESS.rule(
    "ISSUING-REMARK-03", "备注要写明建筑服务发生地和项目名称", remedy="补写备注;走特定业务发票的可以忽略",
    source=_REMARK, severity=WARNING,
)  # fmt: skip
def building_without_place(invoice: Invoice) -> Iterable[str]:
    return _silent_on(invoice, "305")


@BUSINESS.rule(
    "ISSUING-REMARK-04", "备注要写明不动产的地址", remedy="补写备注;走特定业务发票的可以忽略",
    source=_REMARK, severity=WARNING,
)  # fmt: skip
def estate_without_address(invoice: Invoice) -> Iterable[str]:
    return _silent_on(invoice, "304050202", "501", "502", "503")


def _silent_on(invoice: Invoice, *prefixes: str) -> Iterable[str]:
    needed = any(line.code.startswith(prefixes) for line in invoice.lines)
    return ("remark",) if needed and not invoice.remark.strip() else ()


def _is_fuel(line: Line) -> bool:
    return not line.discount and line.code.startswith(_FUELS)
