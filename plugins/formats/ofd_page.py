"""The letters of an OFD page and where they stand."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from plugins.formats.ofd_package import Glyphs
from plugins.formats.page import MOST_LETTERS, Page
from plugins.formats.words import Glyph

_ASCENT, _DESCENT = 0.86, 0.14
"""Of a letter's size: how far it reaches above its baseline, and below."""
_LINE = 1.3
"""Of a letter's size: from one line of a run to the next."""
_SHEET = (210.0, 297.0)
"""Millimetres: what no invoice's page is larger than, whatever else is drawn outside."""


def page_of(runs: Sequence[Glyphs]) -> Page:
    """A page's letters, from its runs of text."""
    letters = [glyph for run in runs for glyph in _letters(run)][:MOST_LETTERS]
    inside = [glyph for glyph in letters if glyph.left < _SHEET[1] and glyph.top < _SHEET[1]]
    width = max((glyph.right for glyph in inside), default=0.0)
    height = max((glyph.bottom for glyph in inside), default=0.0)
    return Page(max(width, _SHEET[0]), height, inside)


def _letters(run: Glyphs) -> Iterator[Glyph]:
    size = run.size or 3.0
    # Letters that all begin at one place stand below each other.
    upright = len(run.xs) > 1 and max(run.xs) - min(run.xs) < 0.1 * size
    line = 0
    for number, (char, left) in enumerate(zip(run.text, run.xs, strict=False)):
        # A run may hold several lines: going back to the left begins the next one.
        line += number > 0 and left < run.xs[number - 1] - 0.5 * size
        if unicodedata.category(char) == "Cc":
            continue
        natural = size if unicodedata.east_asian_width(char) in "WF" else 0.5 * size
        step = run.xs[number + 1] - left if number + 1 < len(run.xs) else natural
        width = step if 0 < step <= 1.05 * size else natural
        base = run.y + (number if upright else line * _LINE) * size
        yield Glyph(char, left, base - _ASCENT * size, left + width, base + _DESCENT * size)
