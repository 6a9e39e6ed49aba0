"""Made-up invoices that show the design. Always specimens, under a number no region has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from core.api import Actor, Invoice, Line, Party, State, preview

NUMBER, BLUE_NUMBER = "26000000000000000002", "26000000000000000001"
"""Digits 3 and 4 are the region; there is no region 00 (domain §10)."""

SELLER = Party("示例商贸有限公司", "91000000MA00000000")
BUYER = Party("样例采购有限公司", "91000000MA00000001")
PERSON = Party("张三", is_person=True)

KINDS = {"special": ("special", "blue"), "ordinary": ("ordinary", "blue"), "red": ("special", "red")}
"""The samples by the name in their address."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A document that is none: only what a design asks for."""

    invoice: Invoice
    id: str = "sample"
    state: State = State.ISSUED
    number: str = NUMBER
    issued_at: str = "2026-01-05T10:00:00+08:00"
    created_at: str = "2026-01-05T10:00:00+08:00"
    simulated: bool = True


def draft(name: str) -> Invoice:
    """The sample of that name before anything is calculated.

    :raise KeyError: there is no such sample.
    """
    kind, side = KINDS[name]
    return Invoice(
        kind=kind,
        side=side,
        seller=SELLER,
        buyer=BUYER if kind == "special" else PERSON,
        lines=_lines(-1 if side == "red" else 1),
        remark="示例发票，仅供查看版式",
        drawer="示例",
        red_of=BLUE_NUMBER if side == "red" else "",
    )


def sample(name: str, actor: Actor) -> Sample:
    """The sample of that name, sold by the actor's company where the prepared draft says who that is.

    :raise KeyError: there is no such sample.
    """
    # Only the arithmetic is wanted: what rules find in a made-up invoice is no fault of anybody's.
    invoice, _ = preview(replace(draft(name), seller=Party()), actor)
    return Sample(invoice if invoice.seller.name else replace(invoice, seller=SELLER))


def _lines(sign: int) -> tuple[Line, ...]:
    desk = Line(name="升降办公桌", short_name="家具", spec="1600×800", unit="张", rate="0.13")
    lines = [
        (desk, "4", "1680"),
        (Line(name="办公软件实施", short_name="信息技术服务", unit="项", rate="0.06"), "1", "5200"),
        (Line(name="新鲜蔬菜", short_name="蔬菜", unit="公斤", rate="exempt"), "12.5", "6.4"),
    ]
    return tuple(
        Line(line.name, short_name=line.short_name, spec=line.spec, unit=line.unit,
             rate=line.rate, quantity=sign * Decimal(count), price=Decimal(price))
        for line, count, price in lines
    )  # fmt: skip
