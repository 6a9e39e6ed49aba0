"""The sums at the foot of an invoice: amount, tax, total, and the total in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from plugins.formats import values
from plugins.formats.facts import Clue, Facts, Finding
from plugins.formats.page import Page
from plugins.formats.voucher import put
from plugins.formats.words import Span, is_clear

MONEY = r"-?\d{1,3}(?:,\d{3})+\.\d{2}|-?\d+\.\d{2}"
_SUM = rf"[¥]?({MONEY})|\*{{2,}}"
_DIGITS = {
    char: value
    for value, chars in enumerate(("零〇", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"))
    for char in chars
}
_UNITS = {"拾": 10, "佰": 100, "仟": 1000}
_WORDS = "零〇壹贰叁肆伍陆柒捌玖拾佰仟万亿圆元角分整正负"


@dataclass(frozen=True, slots=True)
class Sums:
    """What the foot says; `tax` is None where stars stand for it."""

    amount: str
    tax: str | None

    @property
    def whole(self) -> Decimal:
        return Decimal(self.amount) + Decimal(self.tax or 0)


def put_sums(found: Clue, facts: Facts, pages: Sequence[Page]) -> None:
    """Note the sums of the pages: only what two places on them agree about."""
    sums = {one for page in pages for one in _sums(page)}
    told = {one for page in pages for one in _totals(page, facts)}
    totals = {total for total, _ in told}
    if not sums and len(totals) <= 1 and pages:
        sums, unlabelled = _unlabelled(pages[0], next(iter(totals), None))
        totals = totals or unlabelled
    if len(totals) != 1 or len(sums) > 1:
        return
    total = next(iter(totals))
    fitting = [one for one in sums if one.whole == Decimal(total)]
    for one in fitting:
        put(found, "amount", one.amount)
        put(found, "tax", one.tax)
    if fitting or (not sums and (total, True) in told):
        put(found, "total", total)
    elif sums:
        facts.findings.append(
            Finding("FORMATS-TEXT-02", "warn", "total", "版面上的金额、税额与价税合计对不上,均不采用")
        )


def _sums(page: Page) -> Iterator[Sums]:
    for label in page.spans(r"(?<!税)(?<!额)合计(?![(额])"):
        strip = page.beside(label, 0.75)
        if not strip.bare:
            continue
        spans = list(strip.spans(_SUM))
        money = [values.money(span.match[1]) if span.match[1] else None for span in spans]
        rest = re.sub(rf"{_SUM}|¥", "", strip.bare)
        if not all(is_clear(span.glyphs) for span in spans):
            continue
        if len(spans) == 2 and money[0] is not None and not re.search(r"\d", rest):
            yield Sums(money[0], money[1])


def _totals(page: Page, facts: Facts) -> Iterator[tuple[str, bool]]:
    """Totals in figures, and whether words say the same."""
    for label in page.spans(r"小写\)?:?"):
        said = page.beside(label, 0.75).starts(rf"\)?:?¥?({MONEY})(?!\d)")
        total = values.money(said[1]) if said else None
        if total is None:
            continue
        words = _in_words(page, label)
        if words is not None and words != Decimal(total):
            facts.findings.append(Finding("FORMATS-TEXT-03", "error", "total", "价税合计的大写与小写不一致"))
            continue
        yield total, words is not None


def _in_words(page: Page, label: Span) -> Decimal | None:
    row = page.band(label.middle, 0.75 * label.height)
    return capitals(row.bare[: row.bare.find("小写")])


def capitals(text: str) -> Decimal | None:
    """The sum that Chinese capitals tell; None where they tell none."""
    found = re.findall(rf"[{_WORDS}]{{3,}}", text)
    if len(found) != 1 or not re.search("[圆元角分]", found[0]):
        return None
    bare = found[0].replace("元", "圆")
    sign = -1 if "负" in text else 1
    bare = bare.lstrip("负")
    whole, _, parts = bare.rpartition("圆")
    if "圆" in whole:
        return None
    fen = re.fullmatch(r"零?(?:([壹贰叁肆伍陆柒捌玖零])角)?零?(?:([壹贰叁肆伍陆柒捌玖零])分)?[整正]?", parts)
    yuan = _whole(whole)
    if fen is None or yuan is None:
        return None
    jiao, cents = (_DIGITS[one] if one else 0 for one in fen.groups())
    return sign * (Decimal(yuan) + Decimal(jiao) * Decimal("0.1") + Decimal(cents) * Decimal("0.01"))


def _whole(text: str) -> int | None:
    total = section = digit = 0
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _UNITS:
            section, digit = section + (digit or 1) * _UNITS[char], 0
        elif char == "万":
            total, section, digit = total + (section + digit) * 10_000, 0, 0
        elif char == "亿":
            total, section, digit = (total + section + digit) * 100_000_000, 0, 0
        else:
            return None
    return total + section + digit


def _unlabelled(page: Page, total: str | None) -> tuple[set[Sums], set[str]]:
    """Labels whose fonts tell nothing: two sums in a row, signed, and one below, that fit each other."""
    pairs: list[Sums] = []
    singles: list[str] = [] if total is None else [total]
    for row in page.rows:
        signed = [span for span in row.spans(_SUM) if span.match[0][0] in "¥*"]
        money = [values.money(span.match[1]) if span.match[1] else None for span in signed]
        if len(money) == 2 and money[0] is not None:
            pairs.append(Sums(money[0], money[1]))
        elif len(money) == 1 and money[0] is not None and total is None:
            singles.append(money[0])
    fitting = [pair for pair in pairs if [pair.whole] == [Decimal(single) for single in singles]]
    return (set(fitting), set(singles)) if len(pairs) == 1 and fitting else (set(), set())
