"""The lines of an invoice as printed: columns by the words of their heads, items by their amounts. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from plugins.formats import values
from plugins.formats.facts import LineFacts
from plugins.formats.page import Page
from plugins.formats.totals import MONEY
from plugins.formats.words import Glyph, Strip, Word, is_clear

Cells = dict[str, list[Word]]

_HEADS = {
    "name": r"(?:货物或应税劳务、?服务|货物\(劳务\)|项目|服务|货物|商品)名称|名称",
    "spec": "规格型号", "unit": "单位", "quantity": "数量", "price": "单价", "amount": "金额",
    "tax_rate": "税率(?:/征收率)?|征收率", "tax": "(?<!含)税额",
}  # fmt: skip
_ONCE = ("name", "amount", "tax_rate", "tax")
"""What every table of an invoice has: without one of them it is not believed to be one."""
_RATE = r"\d{1,2}(?:\.\d+)?%|免税|不征税|\*{2,3}|(?:出口|普通)零税率"
_FOOT = r"(?<!税)合计(?![(额])|小计|总计|价税合计"


@dataclass(frozen=True, slots=True)
class Head:
    """Where the word that heads a column stands."""

    left: float
    right: float
    middle: float
    height: float


@dataclass(slots=True)
class _Item:
    cells: Cells
    whole: bool = True

    def text(self, column: str) -> str:
        return "".join(word.text for word in self.cells.get(column, []))

    def add(self, column: str, word: Word) -> None:
        """A further row's word: in the cell whose text begins as far left, else where its head says."""
        for name in ("name", "spec"):
            if name in self.cells and abs(self.cells[name][0].left - word.left) < 0.6 * word.height:
                column = name
        if column in ("name", "spec"):
            self.cells.setdefault(column, []).append(word)

    def facts(self) -> LineFacts:
        quantity, price = values.number(self.text("quantity")), values.number(self.text("price"))
        amount = values.money(self.text("amount"))
        if quantity and price and amount and not _multiply(quantity, price, amount):
            quantity = price = None
        return LineFacts(
            name=_joined(self.cells.get("name", [])) if self.whole else None,
            spec=_joined(self.cells.get("spec", [])),
            unit=values.name(self.text("unit")),
            quantity=quantity,
            price=price,
            amount=amount,
            tax_rate=values.rate(self.text("tax_rate")),
            tax=values.money(self.text("tax")),
        )


def _multiply(quantity: str, price: str, amount: str) -> bool:
    # Printed prices are rounded: a hundredth part of the amount is more than that ever makes.
    whole = Decimal(amount)
    return abs(Decimal(quantity) * Decimal(price) - whole) <= max(
        abs(whole) * Decimal("0.01"), Decimal("0.05")
    )


def _joined(words: Sequence[Word]) -> str | None:
    text = ""
    for number, word in enumerate(words):
        same_row = number and abs(words[number - 1].middle - word.middle) < 0.5 * word.height
        text += (" " if same_row else "") + word.text
    return values.name(text)


def lines(pages: Sequence[Page]) -> list[LineFacts]:
    """The lines of all pages; a list on further pages stands for the one line that refers to it."""
    found = [_page_lines(page) for page in pages]
    if len(found) > 1 and len(found[0]) == 1 and any(found[1:]) and "清单" in (found[0][0].name or ""):
        found = found[1:]
    return [line for part in found for line in part]


def _page_lines(page: Page) -> list[LineFacts]:
    heads = _heads(page)
    if heads is None:
        return _unlabelled(page)
    top, height = heads["amount"].middle, heads["amount"].height
    feet = [span.middle for span in page.spans(_FOOT) if span.middle > top + height]
    if not feet:
        return []
    rows = _rows(page, top + 0.8 * height, min(feet) - 0.5 * height)
    columns = sorted(heads.items(), key=lambda pair: pair[1].left)
    items = _items(rows, columns)
    _blot(page, items, min(feet) - 0.5 * height)
    return [item.facts() for item in items]


def _blot(page: Page, items: Sequence[_Item], end: float) -> None:
    """A name that a letter is lost of is no name."""
    for x, base in page.lost:
        above = [item for item in items if "name" in item.cells and item.cells["name"][0].middle < base < end]
        if not above:
            continue
        words = above[-1].cells["name"]
        height = words[0].height
        row = [word for word in words if abs(word.glyphs[0].bottom - base) < 0.6 * height]
        after = [glyph.left for word in row for glyph in word.glyphs if glyph.left > x - 0.1 * height]
        within = words[0].left - 0.6 * height < x < max(word.right for word in words) + 0.6 * height
        if within and min(after, default=x + height) - x > 0.7 * height:
            above[-1].whole = False


def _rows(page: Page, top: float = 0.0, end: float = math.inf) -> list[list[Word]]:
    """Words row by row between two heights; neighbours that overlap are one row."""
    found: list[list[Word]] = []
    for row in page.rows:
        words = page.words(row) if row.glyphs and top < row.glyphs[0].middle < end else []
        if found and words and words[0].middle - found[-1][0].middle < 0.6 * words[0].height:
            found[-1] = sorted(found[-1] + words, key=lambda word: word.left)
        elif words:
            found.append(words)
    return found


def _heads(page: Page) -> dict[str, Head] | None:
    """The words that head the columns: all at one height."""
    for money in page.spans("金额"):
        band = page.band(money.middle, 0.8 * money.height)
        found: dict[str, Head] = {}
        taken: list[Glyph] = []
        for column, pattern in _HEADS.items():
            spans = list(band.spans(pattern))
            if len(spans) == 1:
                span = spans[0]
                found[column] = Head(span.left, span.right, span.middle, span.height)
                taken += span.glyphs
        ordered = [found[column].left for column in _ONCE if column in found]
        if len(ordered) == len(_ONCE) and ordered == sorted(ordered):
            rest = Strip.of(glyph for glyph in band.glyphs if glyph not in taken)
            for number, word in enumerate(page.words(rest)):
                # Variants have columns of their own: what stands in them is nobody else's.
                found[f"other {number}"] = Head(word.left, word.right, word.middle, word.height)
            return found
    return None


def _placed(row: Sequence[Word], columns: Sequence[tuple[str, Head]]) -> Cells:
    """Each word in its column. The rate is known by its shape: the amount is left of it, the tax right."""
    rate_head = dict(columns)["tax_rate"]
    rates = [n for n, word in enumerate(row) if n and re.fullmatch(_RATE, word.bare)]
    rates = [n for n in rates if re.fullmatch(MONEY, row[n - 1].bare.lstrip("¥"))]
    if not rates:
        return _nearest(row, columns)
    at = min(rates, key=lambda n: abs(row[n].left + row[n].right - rate_head.left - rate_head.right))
    found: Cells = {"amount": [row[at - 1]], "tax_rate": [row[at]], "tax": list(row[at + 1 :])}
    before = list(row[: at - 1])
    left = [(name, head) for name, head in columns if name not in found]
    if (
        {"quantity", "price"} <= dict(columns).keys()
        and len(before) > 2
        and all(map(_is_number, before[-2:]))
    ):
        found["quantity"], found["price"] = [before[-2]], [before[-1]]
        before = before[:-2]
        left = [(name, head) for name, head in left if name not in ("quantity", "price")]
    return found | _nearest(before, left)


def _is_number(word: Word) -> bool:
    return values.decimal(word.bare) is not None


def _nearest(row: Sequence[Word], columns: Sequence[tuple[str, Head]]) -> Cells:
    """Each word in the column whose head is nearest, never left of the word before it."""
    found: Cells = {}
    least = 0
    for word in row:
        away = [
            (max(head.left - word.right, word.left - head.right, 0.0), number)
            for number, (_, head) in enumerate(columns)
            if number >= least
        ]
        _, least = min(away)
        column = columns[least][0]
        found.setdefault(column, []).append(word)
        if column not in ("name", "spec"):
            # Only names and models have gaps inside.
            least = min(least + 1, len(columns) - 1)
    return found


def _items(rows: Sequence[Sequence[Word]], columns: Sequence[tuple[str, Head]]) -> list[_Item]:
    """Rows with an amount are items; what other rows say belongs to the item above."""
    found: list[_Item] = []
    for row in rows:
        cells = _placed(row, columns)
        amount = "".join(word.bare for word in cells.get("amount", []))
        if re.fullmatch(MONEY, amount.lstrip("¥")) and is_clear(cells["amount"][0].glyphs):
            found.append(_Item(cells))
        elif not found:
            # Something stands above the first amount: which line it belongs to is not sure.
            return []
        else:
            for column, words in cells.items():
                for word in words:
                    found[-1].add(column, word)
    return found


def _unlabelled(page: Page) -> list[LineFacts]:
    """Heads whose fonts tell nothing: the rate is known by its shape, and what is beside it."""
    found: list[LineFacts] = []
    for row in _rows(page):
        if found and any("¥" in word.text for word in row):
            break
        at = [number for number, word in enumerate(row) if number and re.fullmatch(_RATE, word.bare)]
        if not at or not row[0].text.startswith("*"):
            if found:
                # A further row: whose it is cannot be told without heads.
                return []
            continue
        rate = at[0]
        amount = values.money(row[rate - 1].text) if rate > 1 else None
        tax = row[rate + 1].text if rate + 1 < len(row) else ""
        if amount is None:
            return []
        found.append(
            LineFacts(
                name=values.name(row[0].text),
                amount=amount,
                tax_rate=values.rate(row[rate].text),
                tax=values.money(tax),
            )
        )
    return found
