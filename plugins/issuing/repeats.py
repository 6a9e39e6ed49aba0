"""Notices that the same was invoiced to the same buyer a moment ago: asked twice under two order numbers."""

from __future__ import annotations

from datetime import timedelta

from core.api import Fault, Invoice, clock, documents, lazy

MINUTES = 10

MESSAGE = lazy("%(minutes)s 分钟内已为“%(buyer)s”申请过同样金额的发票")
REMEDY = lazy("核对是否重复;确需再开,可以继续提交")


def warn(draft: Invoice) -> list[Fault]:
    """A warning where a like document is younger than ten minutes and was not refused."""
    earlier = documents.like(draft, clock.now() - timedelta(minutes=MINUTES)) if draft.buyer.name else None
    if earlier is None:
        return []
    params: dict[str, object] = {"minutes": MINUTES, "buyer": draft.buyer.name, "document": earlier.id}
    return [Fault("ISSUING-REPEAT-01", "buyer.name", MESSAGE, REMEDY, "", "warning", params)]
