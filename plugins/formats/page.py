"""A page's letters put together: rows by height, words by gaps, and what stands beside a label. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, pairwise
from statistics import median

from plugins.formats.words import GONE, OUTSIDE, Glyph, Span, Strip, Word

_SAME_ROW = 0.45
"""Of a letter's height: so far apart may the middles of a row's letters be."""
_GAP = 0.5
"""Of a letter's height: a wider gap parts two words."""
_SPREAD = 0.4
"""Of a letter's height: where half of all gaps are wider, letters are spread out on purpose."""

MOST_LETTERS, MOST_LABELS = 8_000, 64
"""Letters of one page, and places of one label on it; more are no invoice, and are not read."""


@dataclass
class Page:
    """A page's letters.

    :ivar width: of the page, in the unit of the letters.
    :ivar lost: where something stands that may be a letter nobody can read, or a space: left, baseline.
    """

    width: float
    height: float
    letters: list[Glyph] = field(default_factory=list)
    lost: Sequence[tuple[float, float]] = ()

    def __post_init__(self) -> None:
        self.letters = [self._cut(glyph) for glyph in self.letters if glyph.right > glyph.left]
        self.letters.sort(key=lambda glyph: glyph.middle)

    def _cut(self, glyph: Glyph) -> Glyph:
        if -1 <= glyph.left <= self.width and -1 <= glyph.top <= self.height:
            return glyph
        return glyph._replace(text=GONE if glyph.text.isascii() and glyph.text.isalnum() else OUTSIDE)

    @cached_property
    def rows(self) -> list[Strip]:
        """Rows from top to bottom."""
        found: list[tuple[float, float, list[Glyph]]] = []
        for glyph in self.letters:
            middle, height = glyph.middle, glyph.height
            best, least = None, height
            for row in found[-4:]:
                # Letters of a row differ little in height; a title beside small print is a row of its own.
                away = middle - row[0]
                if away < _SAME_ROW * min(row[1], height) and away < least:
                    best, least = row, away
            if best is None:
                found.append((middle, height, [glyph]))
            else:
                best[2].append(glyph)
        return [Strip.of(row[2]) for row in found]

    @cached_property
    def spread(self) -> float:
        """The usual gap between letters, in heights; 0 where letters stand side by side as they do."""
        gaps = [
            (after.left - before.right) / before.height
            for row in self.rows
            for before, after in pairwise(row.glyphs)
        ]
        usual = median(gaps) if gaps else 0.0
        return usual if usual > _SPREAD else 0.0

    def is_whole(self, words: Sequence[Word], left: float, right: float) -> bool:
        """Whether no letter is lost among words, or in the free place around them between two edges.

        What has no room for a letter before the next one was a space.
        """
        for x, base in self.lost:
            for word in words:
                height = word.height
                ends = [glyph.left for glyph in word.glyphs if glyph.left > x - 0.1 * height]
                near = abs(base - word.glyphs[0].bottom) < 0.6 * height and left - 0.1 * height <= x < right
                if (
                    near
                    and (ends or x < word.right + 0.6 * height)
                    and min(ends, default=right) - x > 0.7 * height
                ):
                    return False
        return True

    def spans(self, pattern: str) -> list[Span]:
        """Where a pattern is found, row by row."""
        return list(islice((span for row in self.rows for span in row.spans(pattern)), MOST_LABELS))

    def band(self, middle: float, reach: float, left: float = 0.0) -> Strip:
        """All letters around a height and right of a place."""
        return Strip.of(glyph for glyph in self._around(middle, reach) if glyph.left >= left)

    def is_overprinted(self, label: Span) -> bool:
        """Whether other letters lie on a label: where the value begins is not sure then."""
        height, left, end = label.height, label.left, label.after
        own = {glyph.text for glyph in label.glyphs}
        return any(
            left < glyph.left < end and glyph.text not in own and not glyph.text.isspace()
            for glyph in self._around(label.middle, height)
        )

    def _around(self, middle: float, reach: float) -> list[Glyph]:
        start = bisect_left(self._middles, middle - reach)
        return self.letters[start : bisect_right(self._middles, middle + reach)]

    @cached_property
    def places(self) -> dict[str, list[Glyph]]:
        """Where each letter stands."""
        found: dict[str, list[Glyph]] = {}
        for glyph in self.letters:
            found.setdefault(glyph.text, []).append(glyph)
        return found

    @cached_property
    def _middles(self) -> list[float]:
        return [glyph.middle for glyph in self.letters]

    def beside(self, label: Span, reach: float = 0.6) -> Strip:
        """All letters right of a label, as high as it is; none where others lie on the label."""
        if self.is_overprinted(label):
            return Strip.of(())
        return self.band(label.middle, reach * label.height, label.after)

    def words(self, strip: Strip) -> list[Word]:
        """The words of a row."""
        glyphs = [
            glyph for glyph in strip.glyphs if not glyph.text.isspace() and glyph.text not in (GONE, OUTSIDE)
        ]
        gaps = [after.left - before.right for before, after in pairwise(glyphs)]
        found: list[list[Glyph]] = [glyphs[:1]] if glyphs else []
        for number, gap in enumerate(gaps):
            if self._parts(gaps, number, glyphs[number].height):
                found.append([])
            elif (
                gap > 0.1 * glyphs[number].height and not self.spread and self._spaced(strip, glyphs, number)
            ):
                found[-1].append(glyphs[number]._replace(text=" ", left=glyphs[number].right))
            found[-1].append(glyphs[number + 1])
        return [Word(word) for word in found]

    def _parts(self, gaps: list[float], number: int, height: float) -> bool:
        if not self.spread:
            return gaps[number] > _GAP * height
        # Letters spread out: a gap parts words when it is much wider than the ones next to it.
        near = min(gaps[max(0, number - 1) : number] + gaps[number + 1 : number + 2], default=0.0)
        return gaps[number] > 3 * self.spread * height or gaps[number] > 2.2 * max(near, 0.3 * height)

    @staticmethod
    def _spaced(strip: Strip, glyphs: list[Glyph], number: int) -> bool:
        start, end = glyphs[number].right - 0.01, glyphs[number + 1].left + 0.01
        return any(glyph.text.isspace() and start <= glyph.left <= end for glyph in strip.glyphs)
