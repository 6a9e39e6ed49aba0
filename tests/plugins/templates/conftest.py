"""Invoices to draw, and what readers find in the PDFs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pypdfium2
import pytest

from core.invoice import Invoice, Line, Party, calculate
from core.states import State
from plugins.templates.render import render_pdf


@dataclass(frozen=True)
class Doc:
    """As much of a document as a design may see."""

    invoice: Invoice
    id: str = "01J0000000000000000000TEST"
    state: State = State.ISSUED
    number: str = "26112000000012345678"
    issued_at: str = "2026-11-24T10:00:00+08:00"
    created_at: str = "2026-11-24T09:59:00+08:00"
    simulated: bool = True


def _line(name: str, quantity: str, price: str, rate: str = "0.13", **more: Any) -> Line:
    figures = {"quantity": Decimal(quantity), "price": Decimal(price)} if quantity else {}
    return Line(name=name, rate=rate, **(figures | more))


def _doc(*lines: Line, document: dict[str, Any] | None = None, **fields: Any) -> Doc:
    lines = lines or (
        _line("系统集成服务", "1", "10000", "0.06", short_name="信息技术服务", unit="项"),
        _line("数控机床配件", "12", "356.8", short_name="机床", spec="CK-6140/B", unit="套"),
    )
    draft = Invoice(
        kind="special",
        seller=Party("北京云帆信息技术有限公司", "91110108MA01ABCD2X"),
        buyer=Party("上海衡岳机械设备有限公司", "91310115MA1H7YNX5T"),
        lines=lines,
        drawer="王敏",
    )
    found, faults = calculate(replace(draft, **fields))
    assert not faults
    return Doc(found, **(document or {}))


_DRAWN: dict[str, bytes] = {}


def _draw(document: Doc) -> bytes:
    key = repr(document)
    if key not in _DRAWN:
        _DRAWN[key] = render_pdf(document)
    return _DRAWN[key]


def _pages(pdf: bytes) -> list[str]:
    opened = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range() for page in opened]
    finally:
        opened.close()


@pytest.fixture
def line() -> Callable[..., Line]:
    """Makes a line: name, quantity, price, rate, and any field by name."""
    return _line


@pytest.fixture
def doc() -> Callable[..., Doc]:
    """Makes a document of lines; `document=` changes the document, the rest its invoice."""
    return _doc


@pytest.fixture
def draw() -> Callable[[Doc], bytes]:
    """Draws a document; the same one only once in a run."""
    return _draw


@pytest.fixture
def pages() -> Callable[[bytes], list[str]]:
    """The text of each page, as pdfium selects it."""
    return _pages


@pytest.fixture
def text() -> Callable[[bytes], str]:
    """The text of all pages without spaces and line ends."""
    return lambda pdf: "".join("".join(_pages(pdf)).split())


@pytest.fixture
def opened() -> Iterator[Callable[[bytes], pypdfium2.PdfDocument]]:
    """Opens a PDF for the length of the test."""
    held: list[pypdfium2.PdfDocument] = []

    def opens(pdf: bytes) -> pypdfium2.PdfDocument:
        held.append(pypdfium2.PdfDocument(pdf))
        return held[-1]

    yield opens
    for document in held:
        document.close()
