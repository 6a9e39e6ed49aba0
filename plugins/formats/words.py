"""Letters and words with their boxes, and the text they make side by side. Pure.

Letters come in whatever order their program drew them, sometimes one by one, sometimes spread out. Only where
they stand counts: rows by height, words by gaps, labels by the letters of a row whatever lies between them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import NamedTuple

GONE, OUTSIDE = "\ufffd", "\ufffc"
"""Stand for letters outside the page: one that may be part of a number before it, and any other. What is cut
off by the first is not believed."""

_TWICE = 0.15
"""Of a letter's height: the same letter so close is one drawn twice, to look bold."""
_COVERED = 0.5
"""Of a letter's width: letters that lie on each other by more were not written together."""
_RADICALS = str.maketrans(
    "⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻚⻛⻜⻝⻢⻥⻦⻨⻩⻬⻮⻰⼾",
    "民虎西见角贝车长门青页风飞食马鱼鸟麦黄齐齿龙户",
)  # fmt: skip


class Glyph(NamedTuple):
    """A letter and its box, from the upper left corner downwards, in whatever unit the page has."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        return self.bottom - self.top


def letter(text: str) -> str:
    """A letter as it is meant: fonts cut down to a few letters name some of them after radicals."""
    code = ord(text[0]) if text else 0
    if 0x2E80 <= code < 0x2FE0 or 0xF900 <= code < 0xFB00:
        return unicodedata.normalize("NFKC", text.translate(_RADICALS))
    return text


@dataclass(frozen=True, slots=True)
class Strip:
    """Letters side by side, and the same as one text without spaces and in half width.

    :ivar bare: the text that labels and values are looked for in.
    :ivar at: for each of its characters, the letter it came from.
    """

    glyphs: list[Glyph]
    bare: str
    at: list[int]

    @classmethod
    def of(cls, glyphs: Iterable[Glyph]) -> Strip:
        kept: list[Glyph] = []
        for glyph in sorted(glyphs, key=lambda one: one.left):
            last = kept[-1] if kept else None
            if last and last.text == glyph.text and glyph.left - last.left < _TWICE * glyph.height:
                continue
            kept.append(glyph)
        bare, at = [], []
        for number, glyph in enumerate(kept):
            for char in unicodedata.normalize("NFKC", glyph.text):
                if not char.isspace():
                    bare.append(char)
                    at.append(number)
        return cls(kept, "".join(bare), at)

    def between(self, left: float, right: float) -> Strip:
        """The letters that begin between two places."""
        return Strip.of(glyph for glyph in self.glyphs if left <= glyph.left < right)

    def spans(self, pattern: str) -> Iterator[Span]:
        """Where a pattern is found in the text without spaces."""
        for found in re.finditer(pattern, self.bare):
            if found.end() > found.start() and self.bare[found.end() : found.end() + 1] != GONE:
                yield Span(found, [self.glyphs[n] for n in self.at[found.start() : found.end()]])

    def starts(self, pattern: str) -> re.Match[str] | None:
        """What the text begins with, where its letters are clear of each other."""
        found = re.match(pattern, self.bare)
        if found is None or self.bare[found.end() : found.end() + 1] == GONE:
            return None
        return found if is_clear([self.glyphs[n] for n in self.at[: found.end()]]) else None


@dataclass(frozen=True, slots=True)
class Span:
    """A label or value found on a page: the match, and its letters."""

    match: re.Match[str]
    glyphs: list[Glyph]

    @property
    def left(self) -> float:
        return self.glyphs[0].left

    @property
    def right(self) -> float:
        return self.glyphs[-1].right

    @property
    def after(self) -> float:
        """Where what follows may begin: boxes of letters overlap, so that its right edge is too far."""
        return self.glyphs[-1].left + 0.05 * self.height

    @property
    def middle(self) -> float:
        return median(glyph.middle for glyph in self.glyphs)

    @property
    def height(self) -> float:
        return median(glyph.height for glyph in self.glyphs)


def is_clear(glyphs: Sequence[Glyph]) -> bool:
    """Whether digits and capitals do not lie on each other: two texts in one place make a third."""
    plain = [glyph for glyph in glyphs if glyph.text.isascii() and glyph.text.isalnum()]
    return all(
        before.right - after.left < _COVERED * min(before.right - before.left, after.right - after.left)
        for before, after in pairwise(plain)
    )


@dataclass(frozen=True, slots=True)
class Word:
    """Letters without a gap."""

    glyphs: list[Glyph]

    @property
    def text(self) -> str:
        return "".join(letter(glyph.text) for glyph in self.glyphs).strip()

    @property
    def bare(self) -> str:
        return "".join(unicodedata.normalize("NFKC", self.text).split())

    @property
    def left(self) -> float:
        return self.glyphs[0].left

    @property
    def right(self) -> float:
        return self.glyphs[-1].right

    @property
    def middle(self) -> float:
        return self.glyphs[0].middle

    @property
    def height(self) -> float:
        return self.glyphs[0].height
