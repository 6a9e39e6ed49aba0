"""How people call the fields of the form: from a fault's path to words."""

from __future__ import annotations

import re

from core.api import _, lazy

NAMES = {
    "seller": lazy("销售方"),
    "seller.name": lazy("销售方名称"),
    "seller.tax_id": lazy("销售方税号"),
    "kind": lazy("发票种类"),
    "buyer": lazy("购买方"),
    "buyer.is_person": lazy("购买方类型"),
    "buyer.name": lazy("购买方名称"),
    "buyer.tax_id": lazy("购买方税号"),
    "buyer_email": lazy("购买方邮箱"),
    "buyer_mobile": lazy("购买方手机"),
    "buyer.address": lazy("购买方地址"),
    "buyer.phone": lazy("购买方电话"),
    "buyer.bank": lazy("购买方开户行"),
    "buyer.account": lazy("购买方账号"),
    "inclusive": lazy("含税方式"),
    "lines": lazy("明细"),
    "order_no": lazy("订单号"),
    "source_ref": lazy("单号"),
    "drawer": lazy("开票人"),
    "remark": lazy("备注"),
}
"""In the order of the page."""

LINE_NAMES = {
    "name": lazy("项目名称"), "code": lazy("税收分类编码"), "short_name": lazy("分类简称"),
    "spec": lazy("规格型号"),
    "unit": lazy("单位"), "quantity": lazy("数量"), "price": lazy("单价"), "amount": lazy("金额"),
    "entered": lazy("金额"), "rate": lazy("税率"), "discount": lazy("折扣"), "tax": lazy("税额"),
}  # fmt: skip

_LINE = re.compile(r"lines\[(\d+)\](?:\.(\w+))?")


def label(path: str) -> str:
    """A field's name in the language of now: `第 3 行 · 税率`."""
    found = _LINE.fullmatch(path)
    if not found:
        return _(NAMES[path]) if path in NAMES else path
    row = _("第 %(n)s 行", n=int(found[1]) + 1)
    name = LINE_NAMES.get(found[2] or "")
    return f"{row} · {_(name)}" if name else row


def place(path: str) -> tuple[int, int, int]:
    """Where a field stands on the page, for sorting."""
    order, found = list(NAMES), line_of(path)
    if found is None:
        return (order.index(path) if path in NAMES else -1, 0, 0)
    fields = list(LINE_NAMES)
    return (order.index("lines"), found[0], fields.index(found[1]) if found[1] in fields else -1)


def column(path: str) -> str:
    """The field's name without its line; empty for the line as a whole."""
    found = _LINE.fullmatch(path)
    return _(LINE_NAMES[found[2]]) if found and found[2] in LINE_NAMES else ""


def line_of(path: str) -> tuple[int, str] | None:
    """Line and field a path names; None where it is no line's."""
    found = _LINE.fullmatch(path)
    return (int(found[1]), found[2] or "") if found else None
