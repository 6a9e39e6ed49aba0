"""The letters of a PDF page and where they stand, upright whichever way the page is turned."""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw as pdfium

from plugins.formats.page import MOST_LETTERS, Page
from plugins.formats.words import Glyph

_Box = tuple[float, float, float, float]


def page_of(page: pypdfium2.PdfPage) -> Page:
    """A page's letters.

    Loose boxes are asked for: tight ones are empty where a font is not embedded.
    """
    left, bottom, right, top = page.get_bbox()
    text = page.get_textpage()
    try:
        letters = list(_letters(text))
    finally:
        text.close()
    lost = list(_lost(page))
    turn = Counter(angle for _, _, angle in letters).most_common(1)[0][0] if letters else 0
    edges = _turned((left, bottom, right, top), turn)
    return Page(
        edges[2] - edges[0],
        edges[3] - edges[1],
        [
            Glyph(char, place[0] - edges[0], edges[3] - place[3], place[2] - edges[0], edges[3] - place[1])
            for char, box, angle in letters
            if angle == turn
            for place in (_turned(box, turn),)
        ],
        [
            (place[0] - edges[0], edges[3] - place[1])
            for x, y in lost
            for place in (_turned((x, y, x, y), turn),)
        ],
    )


def _lost(page: pypdfium2.PdfPage) -> Iterator[tuple[float, float]]:
    """Where text was drawn that PDFium leaves out: letters of fonts that are neither embedded nor installed.

    They have no size; so have spaces. What is near them on the page decides.
    """
    bounds = [ctypes.c_float() for _ in range(4)]
    places = [ctypes.byref(bound) for bound in bounds]
    left, bottom, right, top = bounds
    for number in range(min(pdfium.FPDFPage_CountObjects(page.raw), MOST_LETTERS)):
        drawn = pdfium.FPDFPage_GetObject(page.raw, number)
        if pdfium.FPDFPageObj_GetType(drawn) != pdfium.FPDF_PAGEOBJ_TEXT:
            continue
        if (
            pdfium.FPDFPageObj_GetBounds(drawn, *places)
            and left.value == right.value
            and bottom.value == top.value
        ):
            yield left.value, bottom.value


def _letters(text: pypdfium2.PdfTextPage) -> Iterator[tuple[str, _Box, int]]:
    raw, box = text.raw, pdfium.FS_RECTF()
    place = ctypes.byref(box)
    # Bound once: three calls for each letter are what reading a page costs.
    letter, loose, turned = (
        pdfium.FPDFText_GetUnicode,
        pdfium.FPDFText_GetLooseCharBox,
        pdfium.FPDFText_GetCharAngle,
    )
    for number in range(min(text.count_chars(), MOST_LETTERS)):
        code = letter(raw, number)
        # Control characters are letters whose font does not say what they are, and line ends PDFium makes up.
        if code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
            continue
        if loose(raw, number, place) and box.right > box.left:
            corners = (box.left, box.bottom, box.right, box.top)
            yield chr(code), corners, math.floor(turned(raw, number) / (math.pi / 2) + 0.5) % 4


def _turned(box: _Box, turn: int) -> _Box:
    """A box after the page is turned back by so many quarters."""
    left, bottom, right, top = box
    if turn == 1:
        return -top, left, -bottom, right
    if turn == 2:
        return -right, -top, -left, -bottom
    return (bottom, -right, top, -left) if turn == 3 else box
