"""Text as the index sees it: Chinese as pairs of characters, anything else as words. Pure.

SQLite's own tokenizers are not asked: its trigram one finds no two Chinese characters, and its tables of
letters are of 2012. What it is given are plain ASCII words made here, so that the index and the marking
of hits cannot disagree.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_HAN = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_HAN}]+|(?:(?![{_HAN}])[^\W_])+")
_IS_HAN = re.compile(rf"[{_HAN}]")

Span = tuple[int, int]
"""From and to (exclusive) in a text as it was written."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A text without width, case and accents; `origin` says where each character stood before."""

    text: str
    origin: tuple[int, ...]

    def span(self, start: int, end: int) -> Span:
        """Where a piece of the folded text stands in the original."""
        return self.origin[start], self.origin[end - 1] + 1


@dataclass(frozen=True, slots=True)
class Token:
    """A pair of Chinese characters, the last one of a run, or a word; its place in the folded text."""

    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a word of a query asks a text for: these tokens in a row, of the last one its beginning.

    :ivar single: one Chinese character, anywhere. :ivar prefix: the last token may go on.
    """

    tokens: tuple[str, ...]
    prefix: bool
    single: bool


def fold(text: str) -> Folded:
    """Take width, case and accents away."""
    characters, origin = [], []
    for place, character in enumerate(text):
        for part in unicodedata.normalize("NFKD", character).casefold():
            if not unicodedata.combining(part):
                characters.append(part)
                origin.append(place)
    return Folded("".join(characters), tuple(origin))


def tokens(folded: str) -> list[Token]:
    """Every token of a folded text, in order."""
    found = []
    for run in _RUN.finditer(folded):
        text, start = run.group(), run.start()
        if _IS_HAN.match(text):
            found += [Token(text[i : i + 2], start + i) for i in range(len(text))]
        else:
            found.append(Token(text, start))
    return found


def singles(folded: str) -> set[str]:
    """Every Chinese character of a folded text."""
    return set(_IS_HAN.findall(folded))


def phrase(word: str) -> Phrase | None:
    """What a word of a query asks for; None where it holds nothing that a text could."""
    found = [token.text for token in tokens(fold(word).text)]
    if not found:
        return None
    last = found[-1]
    han = bool(_IS_HAN.match(last))
    if han and len(found) == 1:
        return Phrase((last,), prefix=False, single=True)
    if han and _IS_HAN.match(found[-2]):
        # The run may go on in the text, where its last character is then no token of its own.
        return Phrase(tuple(found[:-1]), prefix=False, single=False)
    return Phrase(tuple(found), prefix=han or len(last) > 1, single=False)


def find(wanted: Phrase, text: str) -> list[Span]:
    """Where a text has what is wanted."""
    folded = fold(text)
    if wanted.single:
        return [folded.span(i, i + 1) for i, c in enumerate(folded.text) if c == wanted.tokens[0]]
    there, length = tokens(folded.text), len(wanted.tokens)
    spans = []
    for at in range(len(there) - length + 1):
        row = there[at : at + length]
        if _agree(wanted, [token.text for token in row]):
            spans.append(folded.span(row[0].start, row[-1].start + len(wanted.tokens[-1])))
    return spans


def _agree(wanted: Phrase, row: list[str]) -> bool:
    last, there = wanted.tokens[-1], row[-1]
    if tuple(row[:-1]) != wanted.tokens[:-1]:
        return False
    return there.startswith(last) if wanted.prefix else there == last


def compact(text: str) -> Folded:
    """Only the letters and digits: as people shorten an order number."""
    folded = fold(text)
    kept = [i for i, character in enumerate(folded.text) if character.isalnum()]
    return Folded("".join(folded.text[i] for i in kept), tuple(folded.origin[i] for i in kept))


def written(token: str) -> str:
    """A token as the index keeps it: ASCII letters and digits only, beginnings stay beginnings."""
    return "t" + ascii_word(token)


def ascii_word(text: str) -> str:
    """A text of letters and digits in ASCII."""
    return "".join(c if c.isascii() and c.isalnum() else f"u{ord(c):05x}" for c in text)
