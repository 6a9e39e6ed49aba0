"""What an invoice must be before it is asked for: kinds, parties, totals, red-letter invoices.

A rule whose legal text could not be opened is a warning and says so in its source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from core.api import Invoice, Party, RuleSet, money, taxpayer
from plugins.issuing.amount_rules import AMOUNTS, BUSINESS, DISCOUNTS
from plugins.issuing.line_rules import (
    GOODS,
    LEVY,
    NATIONWIDE,
    RATES,
    RED,
    SPECIAL,
    UNVERIFIED,
    WARNING,
    unprintable,
)

ORDINARY, BLUE = "ordinary", "blue"
KINDS, SIDES, TAXPAYERS = (SPECIAL, ORDINARY), (BLUE, RED), ("general", "small")

_FILLED = "发票管理办法 第二十一条（项目齐全，内容真实）"
_BUYER = "国家税务总局公告2017年第16号 第一条（购买方名称和纳税人识别号）"
_LENGTH = "开票服务商接口的字段长度，税局一侧未核实"
_NUMBER = re.compile("[0-9]{20}")
_EMAIL = re.compile(r"[^@\s,;]{1,64}@[^@\s,;.]+(\.[^@\s,;.]+)+")
_MOBILE = re.compile(r"(\+?86)?1[3-9][0-9]{9}")

PARTIES = RuleSet("issuing-parties", _FILLED, NATIONWIDE)
DOCUMENT = RuleSet("issuing-document", _FILLED, NATIONWIDE)
REVERSAL = RuleSet("issuing-red", "国家税务总局公告2024年第11号 第七条", NATIONWIDE)

RULES = [DOCUMENT, PARTIES, GOODS, RATES, LEVY, AMOUNTS, DISCOUNTS, BUSINESS, REVERSAL]
"""Every rule set of the module, as `provide_rules` brings them."""


# Kind, side and totals


@DOCUMENT.rule("ISSUING-KIND-01", "没有“%(kind)s”这种发票", remedy="选择增值税专用发票或普通发票")
def unknown_kind(invoice: Invoice) -> Iterator[tuple[str, dict[str, object]]]:
    if invoice.kind not in KINDS:
        yield "kind", {"kind": invoice.kind[:20]}


@DOCUMENT.rule("ISSUING-KIND-02", "发票既不是蓝字也不是红字", remedy="从开票或红冲页面重新开始")
def unknown_side(invoice: Invoice) -> Iterable[str]:
    return () if invoice.side in SIDES else ("side",)


@DOCUMENT.rule(
    "ISSUING-KIND-03", "纳税人类型不明", remedy="在公司资料里选一般纳税人或小规模纳税人",
    source="增值税法 第九条",
)  # fmt: skip
def unknown_taxpayer(invoice: Invoice) -> Iterable[str]:
    known = invoice.extra.get("taxpayer_kind", "general") in TAXPAYERS
    return () if known else ("extra.taxpayer_kind",)


@DOCUMENT.rule(
    "ISSUING-TOTAL-01", "蓝字发票的价税合计必须大于零", remedy="核对各行金额;退货或折让请开红字发票"
)
def nothing_to_pay(invoice: Invoice) -> Iterable[str]:
    counted = invoice.lines and any(line.amount for line in invoice.lines)
    return ("lines",) if invoice.side == BLUE and counted and invoice.total <= 0 else ()


@DOCUMENT.rule(
    "ISSUING-TOTAL-02",
    "价税合计超出发票能写的范围",
    remedy="拆成几张发票",
    source="数电票 XML：金额 decimal(18,2)",
)
def too_large(invoice: Invoice) -> Iterable[str]:
    return ("lines",) if max(abs(invoice.total), abs(invoice.amount)) >= money.LIMIT_FEN else ()


@DOCUMENT.rule(
    "ISSUING-REMARK-01", "备注有 %(length)s 个字,超过 %(limit)s 个", remedy="缩短备注,税局可能截断或退回",
    source=_LENGTH, severity=WARNING,
)  # fmt: skip
def long_remark(invoice: Invoice) -> Iterator[tuple[str, dict[str, object]]]:
    if len(invoice.remark) > 230:
        yield "remark", {"length": len(invoice.remark), "limit": 230}


@DOCUMENT.rule(
    "ISSUING-REMARK-02", "备注里有不能打印的字符", remedy="删去不可见的字符后重新填写", source="XML 1.0 §2.2"
)
def unprintable_remark(invoice: Invoice) -> Iterable[str]:
    return ("remark",) if unprintable(re.sub("[\t\r\n]", "", invoice.remark)) else ()


@DOCUMENT.rule(
    "ISSUING-DRAWER-01", "没有开票人", remedy="填写开票人姓名", source=UNVERIFIED, severity=WARNING
)
def no_drawer(invoice: Invoice) -> Iterable[str]:
    return () if invoice.drawer.strip() else ("drawer",)


# 差额征税:扣除额随草稿以 extra.deduction 传递,单位元


@DOCUMENT.rule(
    "ISSUING-DEDUCTION-01", "扣除额不是有效的金额", remedy="填写不小于零、最多两位小数的金额",
    source="国家税务总局公告2016年第23号 第四条第二项",
)  # fmt: skip
def unreadable_deduction(invoice: Invoice) -> Iterable[str]:
    text = invoice.extra.get("deduction", "")
    return ("extra.deduction",) if text and _deduction(text) < 0 else ()


@DOCUMENT.rule(
    "ISSUING-DEDUCTION-02", "扣除额大于价税合计", remedy="核对扣除额,它最多等于价税合计",
    source="国家税务总局公告2016年第23号 第四条第二项",
)  # fmt: skip
def large_deduction(invoice: Invoice) -> Iterable[str]:
    over = _deduction(invoice.extra.get("deduction", "")) > abs(invoice.total)
    return ("extra.deduction",) if over else ()


@DOCUMENT.rule(
    "ISSUING-DEDUCTION-03", "差额征税发票的备注没有写“差额征税”", remedy="备注写明“差额征税:”和扣除额",
    source="国家税务总局公告2016年第23号 第四条第二项；数电票是否自动写入未核实", severity=WARNING,
)  # fmt: skip
def silent_deduction(invoice: Invoice) -> Iterable[str]:
    silent = invoice.extra.get("deduction") and "差额征税" not in invoice.remark
    return ("remark",) if silent else ()


def _deduction(text: str) -> int:
    try:
        return money.parse_yuan(text) if text else 0
    except ValueError:
        return -1


# Parties


@PARTIES.rule(
    "ISSUING-BUYER-01",
    "购买方名称不能为空",
    remedy="填写营业执照上的全称;卖给个人时填姓名或“个人”",
    source=_BUYER,
)
def nameless_buyer(invoice: Invoice) -> Iterable[str]:
    return () if invoice.buyer.name.strip() else ("buyer.name",)


@PARTIES.rule(
    "ISSUING-BUYER-02", "%(length)s 个字,超过 %(limit)s 个", remedy="缩短,税局可能截断或退回",
    source=_LENGTH, severity=WARNING,
)  # fmt: skip
def long_party(invoice: Invoice) -> Iterator[tuple[str, dict[str, object]]]:
    for path, text in _texts(invoice):
        if len(text) > 100:
            yield path, {"length": len(text), "limit": 100}


@PARTIES.rule(
    "ISSUING-BUYER-03", "含有不能打印的字符", remedy="删去不可见的字符后重新填写", source="XML 1.0 §2.2"
)
def unprintable_party(invoice: Invoice) -> Iterator[str]:
    yield from (path for path, text in _texts(invoice) if unprintable(text))


@PARTIES.rule(
    "ISSUING-BUYER-04",
    "专用发票必须有购买方纳税人识别号",
    remedy="填写购买方的税号,或改开普通发票",
    source=_BUYER,
)
def special_without_tax_id(invoice: Invoice) -> Iterable[str]:
    needed = invoice.kind == SPECIAL and not invoice.buyer.is_person
    return ("buyer.tax_id",) if needed and not invoice.buyer.tax_id else ()


@PARTIES.rule(
    "ISSUING-BUYER-05", "专用发票不能开给个人", remedy="改开普通发票,或填写企业购买方",
    source="增值税法实施条例 关于专用发票的规定（条号未核实）；原增值税暂行条例 第二十一条",
)  # fmt: skip
def special_to_person(invoice: Invoice) -> Iterable[str]:
    return ("buyer.is_person",) if invoice.kind == SPECIAL and invoice.buyer.is_person else ()


@PARTIES.rule(
    "ISSUING-BUYER-06", "购买方纳税人识别号有误", remedy="对照营业执照核对 18 位统一社会信用代码,字母大写",
    source="GB 32100-2015 §5",
)  # fmt: skip
def wrong_buyer_id(invoice: Invoice) -> Iterable[str]:
    wrong = not invoice.buyer.is_person and _verdict(invoice.buyer) is taxpayer.Verdict.WRONG
    return ("buyer.tax_id",) if wrong else ()


@PARTIES.rule(
    "ISSUING-BUYER-07", "这个识别号无法校验", remedy="确认无误可以继续;企业应使用 18 位统一社会信用代码",
    source="国家税务总局公告2015年第33号（旧识别号仍可能存在）", severity=WARNING,
)  # fmt: skip
def legacy_buyer_id(invoice: Invoice) -> Iterable[str]:
    legacy = not invoice.buyer.is_person and _verdict(invoice.buyer) is taxpayer.Verdict.LEGACY
    return ("buyer.tax_id",) if legacy else ()


@PARTIES.rule(
    "ISSUING-BUYER-08", "个人的证件号码看起来不对", remedy="核对证件号码;开给个人可以不填",
    source="GB 11643-1999", severity=WARNING,
)  # fmt: skip
def wrong_person_id(invoice: Invoice) -> Iterable[str]:
    wrong = invoice.buyer.is_person and _verdict(invoice.buyer) is taxpayer.Verdict.WRONG
    return ("buyer.tax_id",) if wrong else ()


@PARTIES.rule(
    "ISSUING-BUYER-09",
    "接收邮箱的格式不对",
    remedy="写成 name@example.com 的样子,或留空",
    source="RFC 5321 §4.1.2",
)
def bad_email(invoice: Invoice) -> Iterable[str]:
    text = invoice.buyer_email
    return ("buyer_email",) if text and (len(text) > 254 or not _EMAIL.fullmatch(text)) else ()


@PARTIES.rule(
    "ISSUING-BUYER-10", "接收手机号不是内地的 11 位号码", remedy="核对手机号,或留空",
    source="电信网编号计划（2017年版）", severity=WARNING,
)  # fmt: skip
def bad_mobile(invoice: Invoice) -> Iterable[str]:
    text = invoice.buyer_mobile.replace(" ", "").replace("-", "")
    return ("buyer_mobile",) if text and not _MOBILE.fullmatch(text) else ()


@PARTIES.rule("ISSUING-SELLER-01", "缺少销售方名称", remedy="在公司资料里填写全称")
def nameless_seller(invoice: Invoice) -> Iterable[str]:
    return () if invoice.seller.name.strip() else ("seller.name",)


@PARTIES.rule("ISSUING-SELLER-02", "缺少销售方纳税人识别号", remedy="在公司资料里填写税号")
def seller_without_tax_id(invoice: Invoice) -> Iterable[str]:
    return () if invoice.seller.tax_id else ("seller.tax_id",)


@PARTIES.rule(
    "ISSUING-SELLER-03",
    "销售方纳税人识别号有误",
    remedy="在公司资料里对照营业执照改正",
    source="GB 32100-2015 §5",
)
def wrong_seller_id(invoice: Invoice) -> Iterable[str]:
    return ("seller.tax_id",) if _verdict(invoice.seller) is taxpayer.Verdict.WRONG else ()


@PARTIES.rule(
    "ISSUING-SELLER-04",
    "购买方与销售方是同一个纳税人",
    remedy="确认没有填错购买方",
    source=UNVERIFIED,
    severity=WARNING,
)
def sold_to_oneself(invoice: Invoice) -> Iterable[str]:
    same = invoice.buyer.tax_id and invoice.buyer.tax_id == invoice.seller.tax_id
    return ("buyer.tax_id",) if same else ()


def _verdict(party: Party) -> taxpayer.Verdict | None:
    return taxpayer.judge(party.tax_id) if party.tax_id else None


def _texts(invoice: Invoice) -> Iterator[tuple[str, str]]:
    for side, party in (("buyer", invoice.buyer), ("seller", invoice.seller)):
        for name in ("name", "tax_id", "address", "phone", "bank", "account"):
            yield f"{side}.{name}", getattr(party, name)


# Red-letter invoices


@REVERSAL.rule("ISSUING-RED-01", "红字发票要写明被红冲的蓝字发票号码", remedy="填写蓝字发票的 20 位号码")
def red_of_nothing(invoice: Invoice) -> Iterable[str]:
    return ("red_of",) if invoice.side == RED and not _NUMBER.fullmatch(invoice.red_of) else ()


@REVERSAL.rule("ISSUING-RED-02", "蓝字发票不能填被红冲的号码", remedy="清空该号码;要红冲请从原发票发起")
def blue_of_something(invoice: Invoice) -> Iterable[str]:
    return ("red_of",) if invoice.side == BLUE and invoice.red_of else ()


@REVERSAL.rule("ISSUING-RED-03", "红字发票的合计必须是负数", remedy="核对红冲的数量和金额")
def positive_red(invoice: Invoice) -> Iterable[str]:
    counted = any(line.amount for line in invoice.lines)
    wrong = invoice.side == RED and counted and (invoice.amount >= 0 or invoice.tax > 0)
    return ("lines",) if wrong else ()
