"""What of a document can be found: its fields with their names, as the index and the marking use them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from core.api import Document, house, lazy, money, scope
from plugins.archive.clues import SHORTEST_PART, Word, same_day
from plugins.archive.tokens import Span, ascii_word, compact, find, fold, singles, tokens, written

NUMBER: str = lazy("发票号码")
TOTAL: str = lazy("价税合计")
AMOUNT: str = lazy("不含税金额")
ISSUED_ON: str = lazy("开票日期")
ASKED_ON: str = lazy("申请日期")
STATE: str = lazy("状态")
ORDER: str = lazy("订单号")
MOBILE: str = lazy("手机号")
BUYER: str = lazy("购买方")
TAX_ID: str = lazy("购买方税号")
ITEM: str = lazy("项目")
SPEC: str = lazy("规格型号")
REMARK: str = lazy("备注")
DRAWER: str = lazy("开票人")
EMAIL: str = lazy("邮箱")

_ROOM = 24
"""Characters shown on both sides of a hit in a long text."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a document was found: the field's name and its text, cut into pieces that hit or do not."""

    label: str
    parts: list[tuple[str, bool]]


@dataclass(slots=True)
class _Found:
    spans: dict[tuple[str, str], list[Span]] = field(default_factory=dict)

    def add(self, label: str, text: str, spans: list[Span]) -> bool:
        if spans:
            self.spans.setdefault((label, text), []).extend(spans)
        return bool(spans)


def days(document: Document) -> dict[str, str]:
    """The days of a document, ISO, by their names: the bureau's where there is one, else ours."""
    asked = house().china_time(document.created_at)[:10]
    issued = document.issued_at[:10]
    return ({ISSUED_ON: issued} if issued else {}) | ({ASKED_ON: asked} if asked != issued else {})


def texts(document: Document) -> list[tuple[str, str]]:
    """The free texts of a document with their names, each once."""
    invoice = document.invoice
    found = [(BUYER, invoice.buyer.name), (TAX_ID, invoice.buyer.tax_id), (ORDER, invoice.order_no)]
    for line in invoice.lines:
        found += [(ITEM, line.label), (SPEC, line.spec)]
    found += [(REMARK, invoice.remark), (DRAWER, invoice.drawer), (EMAIL, invoice.buyer_email)]
    return [item for item in dict.fromkeys(found) if item[1]]


def reasons(document: Document, words: list[Word]) -> list[Reason]:
    """Why a document answers a query; empty where any of the words finds nothing in it."""
    found = _Found()
    free = texts(document)
    if not all(_answers(document, word, free, found) for word in words):
        return []
    return [Reason(label, _cut(text, spans)) for (label, text), spans in found.spans.items()]


def _answers(document: Document, word: Word, free: list[tuple[str, str]], found: _Found) -> bool:
    if word.states:
        title = house().state_title(document.state)
        return document.state in word.states and found.add(STATE, title, [(0, len(title))])
    hits = [
        word.phrase is not None and found.add(label, text, find(word.phrase, text)) for label, text in free
    ]
    number, tail = document.number, word.tail
    if tail and number.endswith(tail):
        hits.append(found.add(NUMBER, number, [(len(number) - len(tail), len(number))]))
    for label, text in ((ORDER, document.invoice.order_no), (MOBILE, document.invoice.buyer_mobile)):
        hits.append(found.add(label, text, _parts_of(word.part, text)))
    for label, fen in ((TOTAL, document.invoice.total), (AMOUNT, document.invoice.amount)):
        if word.amount == fen:
            text = f"¥{money.yuan_grouped(fen)}"
            hits.append(found.add(label, text, [(0, len(text))]))
    for label, day in days(document).items():
        if same_day(word.day, day):
            hits.append(found.add(label, day, [(0, len(day))]))
    return any(hits)


def _parts_of(part: str, text: str) -> list[Span]:
    short = compact(text)
    at = short.text.find(part) if part else -1
    return [short.span(at, at + len(part))] if at >= 0 else []


def _cut(text: str, spans: list[Span]) -> list[tuple[str, bool]]:
    spans = sorted(spans)
    first, last = max(0, spans[0][0] - _ROOM), min(len(text), spans[0][1] + 2 * _ROOM)
    marked = [any(start <= i < end for start, end in spans) for i in range(first, last)]
    parts: list[tuple[str, bool]] = [("…", False)] if first else []
    start = first
    for i in range(first + 1, last + 1):
        if i == last or marked[i - first] != marked[start - first]:
            parts.append((text[start:i], marked[start - first]))
            start = i
    return [*parts, *([("…", False)] if last < len(text) else [])]


def body(document: Document) -> str:
    """A document as the index keeps it: ASCII words, text and typed clues apart by their first letter."""
    return " ".join([owner(), *_typed(document), *_free(document)])


def owner() -> str:
    """The word that every entry of the scope's company has, so that others' hits cost nothing."""
    return f"zw{ascii_word(scope().company.lower())}"


@lru_cache(maxsize=8192)
def _words(text: str) -> tuple[str, frozenset[str]]:
    folded = fold(text).text
    return " ".join(written(token.text) for token in tokens(folded)), frozenset(singles(folded))


def _free(document: Document) -> Iterator[str]:
    seen: set[str] = set()
    for _, text in texts(document):
        words, characters = _words(text)
        yield words
        yield "zz"  # a phrase does not reach from one field into the next
        seen |= characters
    yield from (f"zc{ascii_word(character)}" for character in sorted(seen))


def _typed(document: Document) -> Iterator[str]:
    invoice = document.invoice
    yield from {amount_word(invoice.total), amount_word(invoice.amount)}
    for day in days(document).values():
        yield f"zd{day.replace('-', '')}"
        yield f"zy{day[5:].replace('-', '')}"
    if document.number:
        yield f"zn{ascii_word(document.number[::-1])}"
    for text in (invoice.order_no, invoice.buyer_mobile):
        short = compact(text).text[:64]
        yield from (f"zo{ascii_word(short[i:])}" for i in range(len(short) - SHORTEST_PART + 1))


def amount_word(fen: money.Fen) -> str:
    """An amount as the index keeps it."""
    return f"zm{'n' if fen < 0 else ''}{abs(fen)}"


def question(words: list[Word]) -> str:
    """The full-text question of words that name no state; only letters and digits of ours in quotes."""
    return " AND ".join([f'"{owner()}"', *(f"({' OR '.join(_asked(word))})" for word in words)])


def _asked(word: Word) -> Iterator[str]:
    if word.phrase is not None and word.phrase.single:
        yield f'"zc{ascii_word(word.phrase.tokens[0])}"'
    elif word.phrase is not None:
        row = " ".join(written(token) for token in word.phrase.tokens)
        yield f'"{row}"{" *" if word.phrase.prefix else ""}'
    if word.amount is not None:
        yield f'"{amount_word(word.amount)}"'
    if word.day:
        yield f'"z{"y" if len(word.day) == 4 else "d"}{word.day}"{" *" if len(word.day) == 6 else ""}'
    if word.tail:
        yield f'"zn{ascii_word(word.tail[::-1])}" *'
    if word.part:
        yield f'"zo{ascii_word(word.part)}" *'
