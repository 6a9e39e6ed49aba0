"""The two faces the designs are set in, and what a text measures in them. Loaded at first use."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, STRONG = "FapiaoSans", "FapiaoSansStrong"
"""Names in the designs' style sheets: every CJK character; labels and figures (GB 2312 only)."""

GETA = "〓"
"""Printed where the face has no glyph: the reader sees that something is missing (下駄)."""

FOLDER = Path(__file__).parent / "data" / "fonts"
_FILES = {REGULAR: "NotoSansSC-Regular.ttf", STRONG: "NotoSansSC-SemiBold.ttf"}

# No closing mark begins a line and no opening mark ends one (GB/T 15834).
_CLOSING = frozenset("，。、；：？！）》」』】〉”’…%‰℃,.;:?!)]}>")
_OPENING = frozenset("（《「『【〈“‘([{<¥￥$")


@cache
def face(name: str) -> TTFont:
    """The face, registered with reportlab once in the life of the process (~0.3 s)."""
    font = TTFont(name, str(FOLDER / _FILES[name]))
    pdfmetrics.registerFont(font)
    pdfmetrics.registerFontFamily(name, normal=name, bold=name, italic=name, boldItalic=name)
    return font


def width(text: str, size: float, name: str = REGULAR) -> float:
    """How wide the text is, in points."""
    return float(pdfmetrics.stringWidth(text, face(name).fontName, size))


class Typist:
    """Makes foreign text printable and remembers what it could not print.

    :ivar missing: the characters that were replaced by `GETA`.
    """

    def __init__(self) -> None:
        self.missing: set[str] = set()

    def __call__(self, text: str, name: str = REGULAR) -> str:
        """One line: white space collapsed, controls and direction marks gone, no blank glyphs.

        Direction marks (U+202E …) go because they could show an amount back to front.
        """
        kept = "".join(self._glyph(char, name) for char in text)
        return " ".join(kept.split())

    def block(self, text: str, name: str = REGULAR) -> list[str]:
        """The lines as typed, each printable, empty ones dropped."""
        return [line for raw in text.splitlines() if (line := self(raw, name))]

    def _glyph(self, char: str, name: str) -> str:
        category = unicodedata.category(char)
        if category in ("Cc", "Zs", "Zl", "Zp"):
            return " "
        if category == "Cf" or "\ufe00" <= char <= "\ufe0f":
            return ""
        if ord(char) in face(name).face.charToGlyph:
            return char
        self.missing.add(char)
        return GETA


def wrap(text: str, size: float, limit: float, name: str = REGULAR) -> list[str]:
    """Break a text into lines no wider than `limit` points, never losing a character.

    CJK breaks anywhere but beside punctuation; words and numbers break only where one alone is
    wider than the line.
    """
    lines, line = [], ""
    for piece in _pieces(text, size, limit, name):
        if line and width((line + piece).rstrip(), size, name) > limit:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    if line.strip() or not lines:
        lines.append(line.rstrip())
    return lines


def _pieces(text: str, size: float, limit: float, name: str) -> list[str]:
    pieces: list[str] = []
    for char in text:
        if pieces and _holds(pieces[-1], char) and width(pieces[-1] + char, size, name) <= limit:
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces


def _holds(piece: str, char: str) -> bool:
    last = piece[-1]
    if char == " " or char in _CLOSING or last in _OPENING:
        return last != " " or char == " "
    return last.isascii() and char.isascii() and last not in " -/"
