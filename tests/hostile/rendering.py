"""Documents with a stranger's text in every field, a plain design, and tasks that skip the gates in front."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from core.invoice import Line, Party, calculate
from plugins.templates.render import Order
from plugins.templates.sample import Sample, draft

STYLE = (
    "@page { size: 595pt 842pt; margin: 20pt } html, body, p { display: block }"
    " p { font-family: FapiaoSans; font-size: 8pt; color: {{ ink }} } "
)
BODY = (
    "<p>{{ f.title }} {{ f.number }} {{ f.day }} ¥{{ f.total }}</p><p>{{ f.capitals | broken }}</p>"
    "<p>{{ f.buyer | broken }}</p><p>{{ f.buyer_id }}</p>"
    "<p>{{ f.seller | broken }}</p><p>{{ f.seller_id }}</p>"
)
"""The least that a design must print."""

FIELDS = ("name", "tax_id", "address", "phone", "bank", "account")


def document(text: str = "", lines: int = 1) -> Sample:
    """A specimen; with a text, that stands in every field that anybody can write in."""
    plain = draft("ordinary")
    line = Line(name="纸", unit="箱", quantity=Decimal(1), price=Decimal("100.00"), rate="0.13")
    if not text:
        buyer = Party("样例采购有限公司", "91000000MA00000001")
        made, _ = calculate(replace(plain, buyer=buyer, lines=(line,) * lines))
        return Sample(made)
    remark, text = text[:230], text[:96]  # what the rules let through
    # No two alike: what one field loses must not be found in another.
    given: dict[str, Any] = {who: {name: f"{text}{who}{name}"[-100:] for name in FIELDS} for who in "甲乙"}
    buyer, seller = Party(**given["甲"]), Party(**given["乙"])
    line = Line(text, text, text, text, text, Decimal(1), Decimal("100.00"), rate="0.13")
    asked = replace(plain, buyer=buyer, seller=seller, lines=(line,) * lines, remark=remark, drawer=text,
                    order_no=text, buyer_email=text, extra={text[:20]: text})  # fmt: skip
    made, _ = calculate(asked)
    return Sample(made)


def order(of: Sample, **more: Any) -> bytes:
    """What goes over to the child."""
    return json.dumps(Order.of(of).as_dict() | more, ensure_ascii=False).encode()


def press_as_it_is(payload: bytes) -> bytes:
    """Set a page that passed no gate: what the policy alone holds off."""
    from plugins.templates import press

    asked = json.loads(payload)
    html = str(asked.pop("html"))
    info = {"title": "x", "subject": "x", "author": "x", "creator": "x"}
    made = Order.from_dict(asked)
    from datetime import datetime

    return press.press(html, made, datetime.fromisoformat(made.issued_at), info)
