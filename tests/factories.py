"""Plain functions that return a valid thing; a test changes one field."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core.invoice import ORDINARY, Invoice, Line, Party

ACTOR = "user-1"
SELLER = Party("北京云杉办公用品有限公司", "91110108MA01ABCD5T", "北京市海淀区学院路 1 号", "010-62000000")
BUYER = Party("上海样例贸易有限公司", "91310115MA1K00007Q")


def line(**changes: Any) -> Line:
    """Two boxes of paper at 13 %."""
    values: dict[str, Any] = {
        "name": "复印纸", "code": "1060102010000000000", "short_name": "纸制品", "spec": "A4", "unit": "箱",
        "quantity": Decimal(2), "price": Decimal("150.00"), "rate": "0.13",
    }  # fmt: skip
    return Line(**{**values, **changes})


def draft(**changes: Any) -> Invoice:
    """An ordinary invoice of one line, asked for by order A-1."""
    values: dict[str, Any] = {
        "kind": ORDINARY, "source": "order", "source_ref": "A-1", "order_no": "A-1", "seller": SELLER,
        "buyer": BUYER, "lines": (line(),), "drawer": "张三",
    }  # fmt: skip
    return Invoice(**{**values, **changes})
