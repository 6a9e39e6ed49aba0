"""The invoice and the only arithmetic in the system. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from core.money import Fen, capitals, decimal_text, round_fen
from core.rules import Fault

SPECIAL, ORDINARY = "special", "ordinary"
"""Kinds of the fully digital invoice (数电票): VAT special (专票) and ordinary (普票)."""

BLUE, RED = "blue", "red"
"""Sides: an invoice (蓝字) and its red-letter reversal (红字)."""

EXEMPT, UNTAXED = "exempt", "untaxed"
"""Rates that are words: exempt (免税) and not taxed (不征税)."""

PLACES = 13
"""Decimals of a quantity or unit price (domain §5)."""

_WIDE = Context(prec=50, rounding=ROUND_HALF_UP)
_SOURCE = "中华人民共和国增值税法（2026年1月1日起施行）"


@dataclass(frozen=True, slots=True)
class Party:
    """A buyer (购买方) or seller (销售方) as printed."""

    name: str = ""
    tax_id: str = ""
    address: str = ""
    phone: str = ""
    bank: str = ""
    account: str = ""
    is_person: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of goods or services (项目).

    :ivar code: the 19-digit tax classification code (税收分类编码).
    :ivar short_name: the category's short name (简称), printed as `*short_name*name`.
    :ivar rate: `0.13`, …, `0`, `exempt` or `untaxed`.
    :ivar price: unit price in yuan as entered, tax-inclusive where the draft says so.
    :ivar entered: the amount as entered, in fen; None lets it follow from quantity and price.
    :ivar discount: this line discounts the one before it (折扣行).
    :ivar amount: computed, tax-exclusive (金额), fen.
    :ivar tax: computed (税额), fen.
    :ivar net_price: computed, tax-exclusive unit price, at most 13 decimals.
    """

    name: str = ""
    code: str = ""
    short_name: str = ""
    spec: str = ""
    unit: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None
    entered: Fen | None = None
    rate: str = ""
    discount: bool = False
    amount: Fen = 0
    tax: Fen = 0
    net_price: Decimal | None = None

    @property
    def total(self) -> Fen:
        """Amount with tax (价税合计) of the line, fen."""
        return self.amount + self.tax

    @property
    def label(self) -> str:
        """The item as printed."""
        return f"*{self.short_name}*{self.name}" if self.short_name else self.name

    @property
    def tax_gap(self) -> Decimal:
        """Tax less amount × rate, in fen and parts of it; zero while the rate is none."""
        try:
            return self.tax - _WIDE.multiply(Decimal(self.amount), factor(self.rate))
        except ArithmeticError:
            return Decimal(0)

    @property
    def entry_gap(self) -> Decimal:
        """The entered amount less quantity × price, in fen and parts of it; zero where one is missing."""
        if self.entered is None or self.quantity is None or self.price is None:
            return Decimal(0)
        return self.entered - _WIDE.multiply(_WIDE.multiply(self.quantity, self.price), Decimal(100))


@dataclass(frozen=True, slots=True)
class Invoice:
    """A draft and, once `calculate` went over it, the snapshot that is issued: it copies all it prints.

    :ivar source: where it was asked for (`order`, `web`, `cli`, `terminal`, …).
    :ivar source_ref: that source's own key; with company, source and side it is unique for ever.
    :ivar inclusive: prices and amounts were entered with tax (含税).
    :ivar amount: Σ lines without tax, fen. :ivar tax: Σ tax, fen.
    :ivar extra: fields of special business kinds and of plugins, text to text.
    """

    kind: str = ORDINARY
    side: str = BLUE
    source: str = ""
    source_ref: str = ""
    order_no: str = ""
    seller: Party = Party()
    buyer: Party = Party()
    lines: tuple[Line, ...] = ()
    inclusive: bool = False
    remark: str = ""
    drawer: str = ""
    red_of: str = ""
    buyer_email: str = ""
    buyer_mobile: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    amount: Fen = 0
    tax: Fen = 0

    @property
    def total(self) -> Fen:
        """Amount with tax (价税合计), fen."""
        return self.amount + self.tax

    @property
    def total_capitals(self) -> str:
        """The total in Chinese capitals (大写)."""
        return capitals(self.total)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values: amounts stay integers of fen, quantities and prices become text."""
        return _plain(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Invoice:
        """The inverse of `as_dict`.

        :raise TypeError: a field that no invoice has.
        """
        lines = tuple(Line(**_typed(line)) for line in raw.get("lines", ()))
        parts = {**raw, "lines": lines}
        for side in ("seller", "buyer"):
            if side in raw:
                parts[side] = Party(**raw[side])
        return cls(**parts)


_DECIMALS = ("quantity", "price", "net_price")
_PARTY_FIELDS = tuple(Party.__dataclass_fields__)
_LINE_FIELDS = tuple(Line.__dataclass_fields__)
_INVOICE_FIELDS = tuple(Invoice.__dataclass_fields__)


def _plain(invoice: Invoice) -> dict[str, Any]:
    raw: dict[str, Any] = {name: getattr(invoice, name) for name in _INVOICE_FIELDS}
    raw["seller"] = {name: getattr(invoice.seller, name) for name in _PARTY_FIELDS}
    raw["buyer"] = {name: getattr(invoice.buyer, name) for name in _PARTY_FIELDS}
    raw["extra"] = dict(invoice.extra)
    raw["lines"] = [{name: _text(getattr(line, name)) for name in _LINE_FIELDS} for line in invoice.lines]
    return raw


def _typed(line: Mapping[str, Any]) -> dict[str, Any]:
    return {k: Decimal(v) if k in _DECIMALS and v is not None else v for k, v in line.items()}


def _text(value: object) -> object:
    return decimal_text(value) if isinstance(value, Decimal) else value


def factor(rate: str) -> Decimal:
    """The number behind a rate; zero for the rates that are words.

    :raise ArithmeticError: it is neither a number nor one of the words.
    """
    value = Decimal(0) if rate in (EXEMPT, UNTAXED) else Decimal(rate)
    if not value.is_finite():
        raise ArithmeticError(f"{rate} is no rate")
    return value


def rate_label(rate: str) -> str:
    """The rate as printed: `13%`, `免税`, `不征税`."""
    if rate in (EXEMPT, UNTAXED):
        return "免税" if rate == EXEMPT else "不征税"
    return f"{decimal_text(Decimal(rate) * 100)}%" if rate else ""


def calculate(draft: Invoice) -> tuple[Invoice, list[Fault]]:
    """Work out every amount of a draft anew; what the draft claims of totals is never believed.

    Tax-inclusive entry: `amount = round(total / (1 + rate))`, `tax = total − amount`; exclusive:
    `tax = round(amount × rate)`; both half up to the fen, line by line, so that what is printed adds up.

    :returns: the invoice, and the faults of lines that have no amount to work with.
    """
    lines, faults = [], []
    for index, line in enumerate(draft.lines):
        computed, fault = _line(line, draft.inclusive, f"lines[{index}]")
        lines.append(computed)
        faults += fault
    amount, tax = sum(line.amount for line in lines), sum(line.tax for line in lines)
    return replace(draft, lines=tuple(lines), amount=amount, tax=tax), faults


def _line(line: Line, inclusive: bool, path: str) -> tuple[Line, list[Fault]]:
    try:
        rate = factor(line.rate)
    except ArithmeticError:
        return line, [_fault("CORE-LINE-02", f"{path}.rate", "请选择税率", "从列表中选一个税率或征收率")]
    try:
        entered = _entered(line)
        if entered is None:
            return line, [
                _fault("CORE-LINE-01", f"{path}.amount", "缺少金额", "填写金额,或同时填写数量和单价")
            ]
        return _computed(line, entered, rate, inclusive), []
    except (ArithmeticError, ValueError):
        return line, [_fault("CORE-LINE-03", f"{path}.amount", "金额超出范围", "核对数量、单价和金额")]


def _entered(line: Line) -> Fen | None:
    if line.entered is not None:
        return line.entered
    if line.quantity is None or line.price is None:
        return None
    return round_fen(_WIDE.multiply(line.quantity, line.price))


def _computed(line: Line, entered: Fen, rate: Decimal, inclusive: bool) -> Line:
    whole = Decimal(entered) / 100
    if inclusive:
        amount = round_fen(_WIDE.divide(whole, 1 + rate))
        tax = entered - amount
    else:
        amount, tax = entered, round_fen(_WIDE.multiply(whole, rate))
    net_price = None
    if line.quantity and not line.discount:
        net_price = line.price
        if inclusive or line.price is None or line.entered is not None:
            exact = _WIDE.divide(Decimal(amount) / 100, line.quantity)
            net_price = exact.quantize(Decimal(1).scaleb(-PLACES), context=_WIDE).normalize(_WIDE)
    return replace(line, amount=amount, tax=tax, net_price=net_price)


def _fault(code: str, path: str, message: str, remedy: str) -> Fault:
    return Fault(code, path, message, remedy, _SOURCE)


def differences(before: Invoice, after: Invoice) -> list[str]:
    """The paths at which two invoices say different things: what a refused re-use of a key shows."""
    found = []
    old, new = before.as_dict(), after.as_dict()
    for name in old:
        if name == "lines":
            found += _line_differences(old["lines"], new["lines"])
        elif isinstance(old[name], dict):
            keys = sorted({*old[name], *new[name]})
            found += [f"{name}.{key}" for key in keys if old[name].get(key) != new[name].get(key)]
        elif old[name] != new[name]:
            found.append(name)
    return found


def _line_differences(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[str]:
    if len(old) != len(new):
        return ["lines"]
    pairs = enumerate(zip(old, new, strict=True))
    return [f"lines[{i}].{key}" for i, (a, b) in pairs for key in a if a[key] != b[key]]


def legal_day(text: str) -> date:
    """The date of an issue time given by the bureau (`2026-11-24T10:00:00+08:00` or a bare date)."""
    return date.fromisoformat(text[:10])
