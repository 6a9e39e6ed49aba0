"""What stands at the head of an invoice: code, number, date, check code, kind. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from statistics import median

from plugins.formats import values
from plugins.formats.attached import kind_of
from plugins.formats.facts import Clue
from plugins.formats.page import Page
from plugins.formats.voucher import put
from plugins.formats.words import Strip, Word

Norm = Callable[[str], str | None]

_END = r"(?![0-9A-Za-z\ufffd])"
_DAY = r"(\d{4}[-年/.]?\d{1,2}[-月/.]?\d{1,2}日?)(?!\d)"
LABELS: dict[str, tuple[str, str, Norm]] = {
    "code": (r"发票代码:?|票据代码:?", rf"(\d{{12}}|\d{{10}}){_END}", values.digits),
    "number": (r"发票号码:?|票据号码:?", rf"(\d{{20}}|\d{{8}}){_END}", values.invoice_number),
    "issue_date": (r"开票日期:?", _DAY, values.day),
    "check_code": (r"校验码:?", rf"(\d{{20}}|[0-9a-f]{{5,6}}){_END}", values.check_code),
}
"""Label, what may follow it, and its normal form."""
_RECEIPT = {"code": rf"(\d{{8}}){_END}", "number": rf"(\d{{10}}){_END}"}
"""The same of receipts that are no invoices: 票据代码, 票据号码."""

_TITLES = {
    r"电子发票\(增值税专用发票\)": "31", r"电子发票\(普通发票\)": "32", r"铁路电子客票": "51",
    r"航空运输电子客票行程单": "61",
}  # fmt: skip


def put_head(found: Clue, pages: Sequence[Page]) -> bool:
    """Note what the head says; whether the pages are of one invoice."""
    said: dict[str, set[str]] = {path: set() for path in LABELS}
    for page in pages:
        for path in LABELS:
            said[path].update(_labelled(page, path))
    if not any(said.values()) and pages:
        _unlabelled(said, pages[0])
    if len(said["number"]) > 1 or len(said["code"]) > 1:
        return False
    for path, seen in said.items():
        if len(seen) == 1:
            put(found, path, next(iter(seen)))
    if any(len(set(found.values.get(path, "12"))) == 1 for path in ("code", "number")):
        # Zeros all through: the file was made unreadable on purpose.
        for path in ("code", "number", "check_code"):
            found.values.pop(path, None)
    number = found.values.get("number", "")
    if len(number) < 20 and "code" not in found.values:
        # Without a code a short number names no invoice, and may be anything.
        found.values.pop("number", None)
    put(
        found, "kind", _titled(pages[0]) if len(number) == 20 and pages else kind_of(found.values.get("code"))
    )
    return True


def _labelled(page: Page, path: str) -> list[str]:
    label, shape, norm = LABELS[path]
    found = []
    for span in page.spans(label):
        strip = page.beside(span)
        said = strip.starts(_RECEIPT[path] if span.match[0].startswith("票据") else shape)
        value = norm(said[1]) if said else None
        if value is None and path == "issue_date":
            value = _loose_day(strip)
        if value:
            found.append(value)
    return found


def _loose_day(strip: Strip) -> str | None:
    # Digits are printed into a form whose 年月日 stand where they always do, sometimes on top of them.
    said = strip.starts(r"[\d年月日]{8,11}(?!\d)")
    digits = re.sub(r"\D", "", said[0]) if said else ""
    return values.day(digits) if len(digits) == 8 else None


def _titled(page: Page) -> str | None:
    # Only large letters: the seal's lie across the title.
    usual = median(glyph.height for glyph in page.letters)
    large = Page(page.width, page.height, [one for one in page.letters if one.height > 1.3 * usual])
    kinds = {kind for title, kind in _TITLES.items() if large.spans(title)}
    return next(iter(kinds)) if len(kinds) == 1 else None


def _unlabelled(said: dict[str, set[str]], page: Page) -> None:
    """Labels whose fonts tell nothing: the four values of an older head stand in a stack, at the right."""
    stack: list[Word] = []
    for row in page.rows:
        stack += [
            word
            for word in page.words(row)
            if word.left > 0.6 * page.width and word.middle < 0.3 * page.height
        ]
    shapes = {
        "code": r"\d{12}|\d{10}",
        "number": r"\d{8}",
        "issue_date": r"\d{4}年?\d\d月?\d\d日?",
        "check_code": r"\d{20}",
    }
    words = {
        path: [word for word in stack if re.fullmatch(shape, word.bare)] for path, shape in shapes.items()
    }
    words["number"] = [
        word for word in words["number"] if word not in words["issue_date"] or not words["code"]
    ]
    _unmix(words)
    for path in ("code", "number"):
        if len(words[path]) != 1:
            return
    code, number = words["code"][0], words["number"][0]
    if kind_of(code.bare) is None or abs(code.left - number.left) > 2 * code.height:
        return
    if not 0 < number.middle - code.middle < 4 * code.height:
        return
    for path, ones in words.items():
        if len(ones) == 1 and abs(ones[0].left - code.left) < 2 * code.height:
            value = LABELS[path][2](ones[0].bare)
            if value:
                said[path].add(value)


def _unmix(words: dict[str, list[Word]]) -> None:
    # Eight digits may be a number or a date: the number is the upper one.
    both = sorted(
        (word for word in words["issue_date"] if re.fullmatch(r"\d{8}", word.bare)),
        key=lambda word: word.middle,
    )
    if both:
        words["number"] = both[:1]
        words["issue_date"] = [word for word in words["issue_date"] if word is not both[0]]
