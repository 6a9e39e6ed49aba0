"""Sheets of words as files: PDF and OFD, as different programs would write them."""

from __future__ import annotations

import io
from collections.abc import Sequence

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

from tests.contract.source import ROOT
from tests.plugins.formats import papers
from tests.plugins.formats.drawn import MM, Sheet, Text

FONT, BARE = "drawn", "STSong-Light"
"""A font that is embedded, and one that is not."""


def pdf(
    sheets: Sequence[Sheet],
    *,
    font: str = FONT,
    turn: int = 0,
    scale: float = 1.0,
    size: tuple[float, float] = (210, 140),
) -> bytes:
    """A PDF of these pages, turned by quarters and scaled."""
    if font not in pdfmetrics.getRegisteredFontNames():
        path = ROOT / "plugins" / "templates" / "data" / "fonts" / "NotoSansSC-Regular.ttf"
        pdfmetrics.registerFont(UnicodeCIDFont(font) if font == BARE else TTFont(font, str(path)))
    width, height = (side * MM * scale for side in size)
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=(height, width) if turn % 2 else (width, height), invariant=True)
    for sheet in sheets:
        page.saveState()
        if turn == 1:
            page.transform(0, 1, -1, 0, height, 0)
        elif turn == 2:
            page.transform(-1, 0, 0, -1, width, height)
        elif turn == 3:
            page.transform(0, -1, 1, 0, 0, width)
        page.scale(scale, scale)
        for one in sheet:
            _draw(page, one, font, size[1])
        page.restoreState()
        page.showPage()
    page.save()
    return out.getvalue()


def _draw(page: canvas.Canvas, one: Text, font: str, height: float) -> None:
    # A cell's width is known from its letters' usual widths: proportional fonts are fitted into it.
    text = page.beginText(one.left * MM, (height - one.y) * MM)
    text.setFont(font, one.size)
    natural = pdfmetrics.stringWidth(one.text, font, one.size)
    if natural:
        text.setHorizScale(100 * one.width() * MM / natural)
    text.textOut(one.text)
    page.drawText(text)


def ofd(sheets: Sequence[Sheet]) -> bytes:
    """An OFD of these pages."""
    parts: dict[str, str | bytes] = {"OFD.xml": papers.OFD_ROOT}
    places = ""
    for number, sheet in enumerate(sheets):
        places += f'<ofd:Page ID="{number + 1}" BaseLoc="Pages/Page_{number}/Content.xml"/>'
        texts = "".join(_object(at, one) for at, one in enumerate(sheet))
        parts[f"Doc_0/Pages/Page_{number}/Content.xml"] = (
            '<ofd:Page xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Content><ofd:Layer>'
            f"{texts}</ofd:Layer></ofd:Content></ofd:Page>"
        )
    parts["Doc_0/Document.xml"] = (
        '<ofd:Document xmlns:ofd="http://www.ofdspec.org/2016"><ofd:CommonData/>'
        f"<ofd:Pages>{places}</ofd:Pages></ofd:Document>"
    )
    return papers.zipped(parts)


def _object(at: int, one: Text) -> str:
    size = one.size / MM
    steps = " ".join(f"{size if ord(char) > 0xFF else size / 2:.3f}" for char in one.text[:-1])
    said = one.text.replace("&", "&amp;").replace("<", "&lt;")
    box = f"{one.left:.3f} {one.y - size:.3f} {one.width() + 1:.3f} {size:.3f}"
    return (
        f'<ofd:TextObject ID="{at + 100}" Boundary="{box}" Size="{size:.3f}">'
        f'<ofd:TextCode X="0" Y="{size:.3f}" DeltaX="{steps}">{said}</ofd:TextCode></ofd:TextObject>'
    )
