"""The marks that tell a specimen or a draft from an invoice: drawn over every page, by no design.

A design cannot leave them out, and none of them stands where a supervision seal would.
"""

from __future__ import annotations

from reportlab.pdfgen.canvas import FILL_NON_ZERO, Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

from core.api import State
from plugins.templates.fonts import STRONG, face, width
from plugins.templates.outlines import OUTLINES
from plugins.templates.render import Printable

SPECIMEN = "样票 · 模拟税局生成 · 不具法律效力 SPECIMEN"
DRAFT = "草稿 未开具"
CAPTION = ("样票 · 模拟税局生成", "不具法律效力 SPECIMEN")

INK, ALPHA = (0.64, 0.30, 0.05), 0.09
"""The colour of the marks, and how strongly the large one covers what it lies on."""


def words(document: Printable) -> list[str]:
    """The sentences a document must carry on every page; none for a real, issued invoice."""
    found = [] if document.state is State.ISSUED else [DRAFT]
    return [*found, SPECIMEN] if document.simulated else found


def stamp(canvas: Canvas, document: Printable, page: tuple[float, float]) -> None:
    """Draw the document's marks over the current page."""
    sentences = words(document)
    if not sentences:
        return
    face(STRONG)
    canvas.saveState()
    canvas.setFillColorRGB(*INK)
    canvas.setStrokeColorRGB(*INK)
    _line(canvas, " · ".join(sentences), page)
    if document.simulated and document.state is State.ISSUED:
        _caption(canvas, page)
    canvas.setFillAlpha(ALPHA)
    _large(canvas, "样票" if document.simulated else "草稿", page)
    canvas.restoreState()


def _line(canvas: Canvas, text: str, page: tuple[float, float]) -> None:
    size, right, base = 7.5, page[0] - 22.7, page[1] - 23.5
    room = width(text, size, STRONG)
    canvas.setLineWidth(0.6)
    canvas.roundRect(right - room - 10, base - 4, room + 10, 12.5, 3, stroke=1, fill=0)
    canvas.setFont(STRONG, size)
    canvas.drawString(right - room - 5, base, text)


def _caption(canvas: Canvas, page: tuple[float, float]) -> None:
    size, middle = 5.2, 22.7 + 28.35
    canvas.setFont(STRONG, size)
    for place, text in enumerate(CAPTION):
        canvas.drawCentredString(middle, page[1] - 81.0 - place * 6.2, text)


def _large(canvas: Canvas, text: str, page: tuple[float, float]) -> None:
    canvas.translate(page[0] / 2, page[1] / 2 - 30)
    canvas.rotate(16)
    canvas.scale(0.15, 0.15)
    for place, char in enumerate(text):
        path = canvas.beginPath()
        _trace(path, OUTLINES[char].split(), -1500 + 2000 * place, -300)
        canvas.drawPath(path, stroke=0, fill=1, fillMode=FILL_NON_ZERO)


def _trace(path: PDFPathObject, words: list[str], right: int, up: int) -> None:
    lengths = {"M": 2, "L": 2, "C": 6, "Z": 0}
    draw = {"M": path.moveTo, "L": path.lineTo, "C": path.curveTo, "Z": path.close}
    at = 0
    while at < len(words):
        command, count = words[at], lengths[words[at]]
        numbers = [int(word) for word in words[at + 1 : at + 1 + count]]
        draw[command](*(n + (up if i % 2 else right) for i, n in enumerate(numbers)))
        at += 1 + count
