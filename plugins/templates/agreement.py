"""Reads a PDF back and compares it with the facts: a design can leave none out and put no other in."""

from __future__ import annotations

import re
import unicodedata

import pypdfium2

from plugins.templates.face import Face

_AMOUNT = re.compile(r"¥(-?[\d,]+\.\d\d)")


def texts(pdf: bytes) -> str:
    """The text that lies on the pages, without white space."""
    opened = pypdfium2.PdfDocument(pdf)
    try:
        pages = [page.get_textpage().get_text_bounded() for page in opened]
    finally:
        opened.close()
    return "".join("".join(pages).split())


def problems(pdf: bytes, face: Face) -> list[str]:
    """What is missing in the PDF, and amounts in it that are none of the invoice's, in words."""
    found = texts(pdf)
    bare = _bare(found)
    facts = {
        "发票标题": face.title, "发票号码": face.number, "开票日期": face.day, "价税合计": "¥" + face.total,
        "大写金额": "".join(face.capitals), "购买方": "".join(face.buyer), "购买方税号": face.buyer_id,
        "销售方": "".join(face.seller), "销售方税号": face.seller_id, "对应蓝字发票号码": face.red_of,
    }  # fmt: skip
    missing = [name for name, text in facts.items() if _bare(text) not in bare]
    strange = sorted(set(_AMOUNT.findall(found)) - _own(face))
    said = [f"版式漏印了:{'、'.join(missing)}"] if missing else []
    return [*said, f"版式印了发票上没有的金额:{'、'.join(strange[:3])}"] if strange else said


def _bare(text: str) -> str:
    # Readers of PDFs disagree on marks: a hyphen at a line's end is left out, wide brackets become narrow.
    return "".join(char for char in unicodedata.normalize("NFKC", text) if char.isalnum())


def _own(face: Face) -> set[str]:
    sums = {face.amount, face.tax, face.total}
    sums |= {text for sheet in face.sheets for text in (sheet.amount, sheet.tax)}
    # Foreign text may speak of amounts: they are the document's own words.
    words = [*face.remark, *face.buyer, *face.seller, face.drawer]
    rows = [row for sheet in face.sheets for row in sheet.rows]
    words += [part for row in rows for part in (*row.name, *row.spec, *row.unit)]
    return sums | set(_AMOUNT.findall("".join("".join(words).split())))
