"""PDF invoices: attached data where there is some, the printed pages by their geometry, and the QR code.

The code is looked for even where the text says everything: two sources that agree are worth more than one,
and where they do not, nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Iterator

import pypdfium2
from pypdfium2 import PdfiumError

from plugins.formats import attached, image, layout, pdf_page, scan
from plugins.formats.facts import Clue, Facts, Finding, Unreadable

MOST_PAGES, MOST_ATTACHMENTS, MOST_READ = 500, 50, 20
"""Pages of a file; attachments looked into; pages whose text is read."""
PIXELS_PER_POINT = (2.0, 4.0)
"""A QR of 20 mm is read at the first; small ones need the second."""
_CORNER = (0.25, 0.35)
"""The code stands in the upper left: so much of the page's width and height is drawn first. It costs a tenth
of drawing the page; the rest is drawn only where the text does not say which invoice it is."""
_CHEAP = 1.5
_ENOUGH = ("number", "issue_date", "total")


def clues(content: bytes, facts: Facts) -> list[Clue]:
    """What each source says.

    :raise Unreadable: it cannot be opened, is encrypted, or says nothing of an invoice.
    """
    try:
        document = pypdfium2.PdfDocument(content)
    except PdfiumError as error:
        text = "PDF 已加密:请先去掉密码" if "assword" in str(error) else "PDF 无法打开,可能已损坏"
        raise Unreadable("FORMATS-PDF-01", text) from error
    try:
        pages = len(document)
        if not 0 < pages <= MOST_PAGES:
            raise Unreadable("FORMATS-PDF-02", "PDF 有 %(pages)s 页,不是发票", pages=pages)
        found = list(_attached(document, facts))
        first = document[0]
        read = [first, *(document[number] for number in range(1, min(pages, MOST_READ)))]
        printed = layout.clue([pdf_page.page_of(page) for page in read], facts)
        found += [printed] if printed else []
        scanned = _scanned(first, facts, printed)
    except PdfiumError as error:
        raise Unreadable("FORMATS-PDF-01", "PDF 无法打开,可能已损坏") from error
    finally:
        document.close()
    found += [scanned] if scanned else []
    if not found and not facts.findings:
        raise Unreadable("FORMATS-PDF-03", "PDF 里没有可识别的发票二维码或数据")
    return found


def _attached(document: pypdfium2.PdfDocument, facts: Facts) -> Iterator[Clue]:
    for number in range(min(document.count_attachments(), MOST_ATTACHMENTS)):
        try:
            content = bytes(document.get_attachment(number).get_data())
        except PdfiumError:
            facts.findings.append(Finding("FORMATS-PDF-04", "warn", "", "PDF 的附件无法读取"))
            continue
        found = attached.clue(content, facts)
        if found is not None:
            yield found


def _scanned(page: pypdfium2.PdfPage, facts: Facts, printed: Clue | None) -> Clue | None:
    width, height = page.get_size()
    corner = (0.0, height * (1 - _CORNER[1]), width * (1 - _CORNER[0]), 0.0)
    steps = [(_CHEAP, corner)]
    if printed is None or any(path not in printed.values for path in _ENOUGH):
        steps += [(scale, crop) for scale in PIXELS_PER_POINT for crop in (corner, (0.0, 0.0, 0.0, 0.0))]
    for scale, crop in steps:
        drawn = (width - crop[2]) * (height - crop[1])
        if drawn * scale * scale > image.MOST_PIXELS:
            break
        picture = page.render(scale=scale, crop=crop, grayscale=True).to_pil()
        found = scan.clue(scan.texts(picture), facts)
        if found is not None:
            return found
    return None
