"""The table of items: how wide its columns are, how its lines break and where its pages end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from core.api import Invoice, Line, money
from plugins.templates.fonts import REGULAR, STRONG, Typist, width, wrap

LEADING, PADDING = 11.0, 4.0
"""Points from line to line inside a row, and around a row."""

_WORDS = {"exempt": "免税", "untaxed": "不征税"}
"""Rates that are words; their tax is not printed."""

_GUTTER = 8.0
_LOOKS = (
    (8.5, 8.5, False, 132.0),
    (8.0, 8.0, False, 132.0),
    (8.0, 7.5, False, 120.0),
    (8.0, 7.5, True, 96.0),
)
"""Looks tried from the finest down: points of amounts and words; points of quantities and prices;
whether those break before the decimal point; the name's least width. Amounts keep 8 points."""

_LEAST = {"spec": 58.0, "unit": 32.0, "quantity": 50.0, "price": 66.0, "amount": 76.0,
          "rate": 50.0, "tax": 66.0}  # fmt: skip
_MOST = {"spec": 66.0, "unit": 42.0}


@dataclass(frozen=True, slots=True)
class Row:
    """A line as it is printed: what may break is a list of lines, an amount never breaks."""

    name: list[str]
    spec: list[str]
    unit: list[str]
    quantity: list[str]
    price: list[str]
    amount: str
    rate: str
    tax: str

    @property
    def height(self) -> float:
        """Points from the row's top to its bottom."""
        lines = (self.name, self.spec, self.unit, self.quantity, self.price)
        return max(len(part) for part in lines) * LEADING + PADDING


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in points, with the gutter, and the two sizes of type."""

    name: float
    spec: float
    unit: float
    quantity: float
    price: float
    amount: float
    rate: float
    tax: float
    size: float
    fine: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of one page. `rest` is the empty height below them, in points."""

    rows: list[Row]
    rest: float
    amount: str
    tax: str


def tax_text(lines: Sequence[Line], tax: money.Fen) -> str:
    """The tax as printed; `***` where every line is exempt or untaxed (domain §5)."""
    free = bool(lines) and all(line.rate in _WORDS for line in lines)
    return "***" if free else money.yuan_grouped(tax)


def columns(invoice: Invoice, whole: float) -> Columns:
    """Share `whole` points: figures get what they need, the name gets the rest.

    Only prices and quantities give way where the name would be left with too little.
    """
    for size, fine, broken, least in _LOOKS:
        need = _needed(invoice, size, fine, broken)
        if whole - sum(need.values()) >= least:
            break
    else:
        # Wider than any business is: prices and quantities break inside their figures.
        fixed = sum(need[key] for key in ("spec", "unit", "amount", "rate", "tax"))
        half = max((whole - fixed - least) / 2, 40.0)
        need |= {"quantity": min(need["quantity"], half), "price": min(need["price"], half)}
    return Columns(name=whole - sum(need.values()), **need, size=size, fine=fine)


def _needed(invoice: Invoice, size: float, fine: float, broken: bool) -> dict[str, float]:
    lines = invoice.lines
    counts = [money.decimal_text(line.quantity) for line in lines]
    prices = [money.decimal_text(line.net_price) for line in lines]
    amounts = [money.yuan_grouped(line.amount) for line in lines] + ["¥" + money.yuan_grouped(invoice.amount)]
    taxes = [money.yuan_grouped(line.tax) for line in lines] + ["¥" + money.yuan_grouped(invoice.tax)]
    widest = {
        "spec": _widest([line.spec for line in lines], size),
        "unit": _widest([line.unit for line in lines], size),
        "quantity": _widest([part for text in counts for part in _halves(text, broken)], fine),
        "price": _widest([part for text in prices for part in _halves(text, broken)], fine),
        # Sums are set in the strong face, which is the wider one.
        "amount": _widest(amounts, size, STRONG),
        "rate": 0.0,
        "tax": _widest(taxes, size, STRONG),
    }
    limited = {key: min(value, _MOST.get(key, value)) for key, value in widest.items()}
    return {key: max(value + _GUTTER, _LEAST[key]) for key, value in limited.items()}


def _widest(texts: Iterable[str], size: float, name: str = REGULAR) -> float:
    return max((width(text, size, name) for text in texts), default=0.0)


def _halves(figure: str, broken: bool) -> list[str]:
    whole, point, rest = figure.partition(".")
    return [whole, point + rest] if broken and point else [figure]


def rows(invoice: Invoice, cols: Columns, typist: Typist) -> list[Row]:
    """Every line broken to its columns."""
    return [_row(line, cols, typist) for line in invoice.lines]


def _row(line: Line, cols: Columns, typist: Typist) -> Row:
    def cell(text: str, size: float, room: float) -> list[str]:
        return wrap(typist(text), size, room - _GUTTER)

    def figure(text: str, room: float) -> list[str]:
        broken = width(text, cols.fine) > room - _GUTTER + 0.01
        parts = _halves(text, broken)
        return [piece for part in parts for piece in wrap(part, cols.fine, room - _GUTTER + 0.01)]

    return Row(
        name=cell(line.label, cols.size, cols.name),
        spec=cell(line.spec, cols.size, cols.spec),
        unit=cell(line.unit, cols.size, cols.unit),
        quantity=figure(money.decimal_text(line.quantity), cols.quantity),
        price=figure(money.decimal_text(line.net_price), cols.price),
        amount=money.yuan_grouped(line.amount),
        rate=_WORDS.get(line.rate) or f"{money.decimal_text(Decimal(line.rate) * 100)}%",
        tax=tax_text((line,), line.tax),
    )


def sheets(invoice: Invoice, rows: list[Row], middle: float, last: float, step: float) -> list[Sheet]:
    """Deal the rows to pages.

    :param middle: points for rows on a page that is not the last.
    :param last: points on a single page, which carries the totals.
    :param step: points the last of several pages has less: its own subtotal.
    """
    pairs = list(zip(rows, invoice.lines, strict=True))
    if _height(pairs) <= last:
        return [_sheet(pairs, last)]
    most = max(int((middle - PADDING) / LEADING), 1)
    pairs = [(part, line) for row, line in pairs for part in _parts(row, most)]
    full = _filled(pairs, middle)
    if _height(full[-1]) > last - step:
        full.extend(_torn(full.pop(), last - step))
    return [*(_sheet(page, middle) for page in full[:-1]), _sheet(full[-1], last - step)]


_Pairs = list[tuple[Row, Line]]


def _height(pairs: _Pairs) -> float:
    return sum(row.height for row, _ in pairs)


def _filled(pairs: _Pairs, room: float) -> list[_Pairs]:
    full: list[_Pairs] = [[]]
    for pair in pairs:
        if full[-1] and _height([*full[-1], pair]) > room:
            full.append([])
        full[-1].append(pair)
    return full


def _torn(pairs: _Pairs, room: float) -> tuple[_Pairs, _Pairs]:
    # Up to three rows go with the totals, so that those need not stand alone on the last page.
    at = len(pairs)
    while at > 1 and len(pairs) - at < 3 and _height(pairs[at - 1 :]) <= room:
        at -= 1
    return pairs[:at], pairs[at:]


def _parts(row: Row, most: int) -> list[Row]:
    # A row taller than a page goes on below its first part, without its figures.
    count = max(len(row.name), len(row.spec))
    if count <= most:
        return [row]
    parts = [
        replace(row, name=row.name[at : at + most], spec=row.spec[at : at + most])
        for at in range(0, count, most)
    ]
    blank: list[str] = []
    return [
        parts[0],
        *(
            replace(part, unit=blank, quantity=blank, price=blank, amount="", rate="", tax="")
            for part in parts[1:]
        ),
    ]


def _sheet(pairs: _Pairs, room: float) -> Sheet:
    # The parts of a broken row share their line, which counts once: with its figures.
    lines = [line for row, line in pairs if row.amount]
    amount, tax = sum(line.amount for line in lines), sum(line.tax for line in lines)
    return Sheet(
        rows=[row for row, _ in pairs],
        rest=max(room - _height(pairs), 0.0),
        amount=money.yuan_grouped(amount),
        tax=tax_text(lines, tax),
    )
