"""The printed page as a source: by where its words stand, never by the order they were drawn in. Pure.

Where the geometry is not sure, nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from plugins.formats import letterhead, parties, table, totals
from plugins.formats.facts import Clue, Facts, Finding
from plugins.formats.page import Page

FEWEST = 20
"""Letters below which a page is a picture."""


def clue(pages: Sequence[Page], facts: Facts) -> Clue | None:
    """What the printed pages of a document say; None where they say nothing of an invoice."""
    pages = [page for page in pages if len(page.letters) >= FEWEST]
    if not pages:
        return None
    found = Clue("text")
    if not letterhead.put_head(found, pages):
        facts.findings.append(Finding("FORMATS-TEXT-01", "error", "", "文件里印有多张发票"))
        return None
    totals.put_sums(found, facts, pages)
    if not any(path in found.values for path in ("number", "total", "amount")):
        return None
    parties.put_parties(found, pages[0])
    found.lines = table.lines(pages)
    if not _add_up(found):
        found.lines = []
        facts.findings.append(Finding("FORMATS-TEXT-04", "warn", "lines", "版面上的明细与合计对不上,不采用"))
    return found


def _add_up(found: Clue) -> bool:
    amount = found.values.get("amount")
    if amount is None or not found.lines:
        return True
    parts = [Decimal(line.amount) for line in found.lines if line.amount is not None]
    return len(parts) == len(found.lines) and sum(parts, Decimal(0)) == Decimal(amount)
