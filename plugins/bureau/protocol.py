"""What both sides of the wire agree on: signatures, codes, the shape of an order. README.md spells it out."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from core.api import Invoice, money

SPECIAL, BLUE, RED = "special", "blue", "red"
"""Words of the wire: the kind and the sides of an invoice."""

SPECIMEN = "样票:模拟税局生成,不具法律效力"
"""Stands in every answer and every file: nothing here is an invoice in law."""

WINDOW = 600
"""Seconds by which a signed timestamp may differ from the bureau's clock, either way."""

BATCH = 100
"""Orders or serials per call, at most."""

OK = "0000"
SIGNATURE, TOKEN, STALE, REPLAYED = "1001", "1002", "1003", "1004"
SERIAL_EXISTS, SERIAL_DIFFERS, SERIAL_UNKNOWN, NUMBER_UNKNOWN = "2001", "2002", "2004", "2005"
MALFORMED, BUYER_ID, TOTALS, RATE, TO_PERSON = "3000", "3001", "3002", "3003", "3004"
SELLER, NO_BLUE, OVER_RED, NO_LINES, BAD_SERIAL = "3005", "3006", "3007", "3008", "3009"
TOO_MANY_CHECKS = "3101"
NO_CREDIT, TOO_FAST = "4001", "4002"
DOWN, UNCERTAIN = "5000", "5001"

TEXTS = {
    OK: "成功",
    SIGNATURE: "签名错误",
    TOKEN: "令牌无效或已过期",
    STALE: "时间戳超出允许范围",
    REPLAYED: "随机数重复",
    SERIAL_EXISTS: "流水号已存在,请查询结果",
    SERIAL_DIFFERS: "流水号已存在且内容不同",
    SERIAL_UNKNOWN: "查无此流水号",
    NUMBER_UNKNOWN: "查无此发票号码",
    MALFORMED: "报文格式错误",
    BUYER_ID: "购买方纳税人识别号错误",
    TOTALS: "金额合计不平",
    RATE: "税率不允许或税额与税率不符",
    TO_PERSON: "专用发票购买方须为单位且名称和税号齐全",
    SELLER: "销售方未登记",
    NO_BLUE: "红字对应的蓝字发票不存在或不属于该销售方",
    OVER_RED: "红字金额超过蓝字可冲红金额",
    NO_LINES: "发票明细缺失",
    BAD_SERIAL: "流水号格式错误",
    TOO_MANY_CHECKS: "超过当日查验次数",
    NO_CREDIT: "总授信额度不足",
    TOO_FAST: "请求过于频繁",
    DOWN: "系统繁忙",
    UNCERTAIN: "处理超时,结果未知",
}
"""Every code the bureau answers with, and its sentence. 3xxx are refusals for good reason."""

REFUSALS = {code: text for code, text in TEXTS.items() if code.startswith("30")}
"""The codes with which an order can be refused."""

_INVOICE = ("kind", "side", "amount", "tax", "total", "remark", "drawer", "red_of")
_PARTY = ("name", "tax_id", "address", "phone", "bank", "account", "is_person")
_LINE = ("label", "code", "spec", "unit", "rate", "discount", "amount", "tax")


def digest(body: bytes) -> str:
    """SHA-256 of a body, lower-case hex."""
    return hashlib.sha256(body).hexdigest()


def sign(secret: bytes, method: str, path: str, stamp: str, nonce: str, body: bytes) -> str:
    """HMAC-SHA256 over method, path with query, timestamp, nonce and the body's digest, line by line."""
    text = "\n".join((method, path, stamp, nonce, digest(body)))
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def sign_callback(secret: bytes, event: str, stamp: str, body: bytes) -> str:
    """HMAC-SHA256 over `event.stamp.body`: what a callback carries."""
    return hmac.new(secret, f"{event}.{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def admin_key(secret: bytes) -> str:
    """The key that opens the simulator's fault controls; it follows from the shared secret."""
    return hmac.new(secret, b"bureau-admin", hashlib.sha256).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare two signatures in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


def order(serial: str, invoice: Invoice, callback: str) -> dict[str, Any]:
    """An order as it travels: amounts are whole fen, quantities and prices text; nothing private of ours."""
    facts: dict[str, Any] = {name: getattr(invoice, name) for name in _INVOICE}
    facts["seller"] = {name: getattr(invoice.seller, name) for name in _PARTY}
    facts["buyer"] = {name: getattr(invoice.buyer, name) for name in _PARTY}
    facts["confirmation"] = invoice.extra.get("red_confirmation", "")
    facts["lines"] = [
        {name: getattr(line, name) for name in _LINE}
        | {"quantity": money.decimal_text(line.quantity), "price": money.decimal_text(line.net_price)}
        for line in invoice.lines
    ]
    return {"serial": serial, "callback": callback, "invoice": facts}
