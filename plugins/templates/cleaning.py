"""What may stand in a page that goes to be set: an allow-list of elements, attributes, properties and values.

The second gate behind the template's: whatever a design writes, and whatever foreign text might turn into,
only this arrives at xhtml2pdf. A style sheet that says more is refused; in the body the rest is dropped.
"""

from __future__ import annotations

import re

import nh3

from plugins.templates.fonts import REGULAR, STRONG
from plugins.templates.sandbox import Unfit

_TAGS = {
    "div", "p", "span", "br", "hr", "b", "strong", "i", "em", "u", "h1", "h2", "h3", "img", "table",
    "thead", "tbody", "tr", "td", "th", "pdf:nextpage",
}  # fmt: skip
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 _-]{0,80}")
_LENGTH = re.compile(r"\d{1,4}(\.\d{1,20})?(pt|%)?")
_SPAN = re.compile(r"\d{1,2}")
_PICTURE = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/]{1,400000}={0,2}")
_ATTRIBUTES: dict[str, dict[str, re.Pattern[str]]] = {
    "*": {"class": _NAME, "id": _NAME},
    "td": {"width": _LENGTH, "height": _LENGTH, "colspan": _SPAN, "rowspan": _SPAN},
    "th": {"width": _LENGTH, "height": _LENGTH, "colspan": _SPAN, "rowspan": _SPAN},
    "img": {"src": _PICTURE, "width": _LENGTH, "height": _LENGTH},
}
_QUOTES = re.compile(r"(<[^>]*>)|[\"']")
_ENTITIES = {'"': "&#34;", "'": "&#39;"}


def body(html: str) -> str:
    """The body of a page, without anything that is not allowed."""
    kept = nh3.clean(
        html,
        tags=_TAGS,
        attributes={tag: set(named) for tag, named in _ATTRIBUTES.items()},
        attribute_filter=_attribute,
        url_schemes={"data"},
        link_rel=None,
    )
    # Marks in text as entities, as they came: xhtml2pdf sets those by themselves, and bytes must not change.
    return _QUOTES.sub(lambda found: found[1] or _ENTITIES[found[0]], kept)


def _attribute(tag: str, name: str, value: str) -> str | None:
    pattern = _ATTRIBUTES.get(tag, {}).get(name) or _ATTRIBUTES["*"].get(name)
    return value if pattern and pattern.fullmatch(value) else None


_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_VALUE = re.compile(r"(#[0-9a-fA-F]{6}|-?\d{1,4}(\.\d{1,20})?(pt|mm|%)?|[A-Za-z][A-Za-z-]{0,30})")
_PROPERTIES = re.compile(
    r"display|color|background-color|text-align|text-indent|vertical-align|width|height|left|right|top|bottom"
    r"|size|font-(family|size|weight|style)|line-height|page-break-(before|after|inside)|-pdf-frame-content"
    r"|(margin|padding)(-(top|right|bottom|left))?|border(-(top|right|bottom|left))?(-(style|width|color))?"
)
_PLACES = re.compile(r"[A-Za-z0-9.#,\s_-]{1,300}")
_INK_MOST, _PAPER_LEAST, _TYPE_LEAST = 0.13, 0.78, 5.0
"""Luminance of the lightest ink and the darkest paper (a contrast of 4.6), and the least size of type in
points: nothing can be set so that it is there and nobody sees it."""


def style(sheet: str) -> str:
    """A style sheet, unchanged.

    :raise Unfit: something in it is not allowed.
    """
    _rules(sheet, inside="")
    return sheet


def _rules(text: str, inside: str) -> None:
    at = 0
    while at < len(text):
        opening = text.find("{", at)
        if opening < 0:
            if inside:
                _declarations(text[at:])
            elif text[at:].strip():
                raise Unfit(f"样式写错了:{text[at:].strip()[:40]}")
            return
        head = text[at:opening]
        if inside:
            # Before the first frame of a page stand declarations of its own.
            own, _, head = head.rpartition(";")
            _declarations(own)
        closing = _closing(text, opening)
        _rule(head.strip(), text[opening + 1 : closing], inside)
        at = closing + 1


def _closing(text: str, opening: int) -> int:
    depth = 0
    for at in range(opening, len(text)):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0:
            return at
        if depth > 2:
            break
    raise Unfit("样式的括号不成对")


def _rule(head: str, content: str, inside: str) -> None:
    if head.startswith("@"):
        kind, _, name = head[1:].partition(" ")
        if (inside, kind) not in (("", "page"), ("page", "frame")) or (name and not _NAME.fullmatch(name)):
            raise Unfit(f"样式里不能用 {head[:40]}")
        _rules(content, inside=kind)
    elif inside or not _PLACES.fullmatch(head):
        raise Unfit(f"样式里不能用 {head[:40]}")
    else:
        _declarations(content)


def _declarations(text: str) -> None:
    for declaration in text.split(";"):
        if not declaration.strip():
            continue
        name, colon, value = (part.strip() for part in declaration.partition(":"))
        words = value.split()
        if not colon or not _PROPERTIES.fullmatch(name) or not 1 <= len(words) <= 6:
            raise Unfit(f"样式里不能用 {declaration.strip()[:40]}")
        if not all(_VALUE.fullmatch(word) for word in words) or not _is_legible(name, words):
            raise Unfit(f"样式的值不行:{declaration.strip()[:40]}")


def _is_legible(name: str, words: list[str]) -> bool:
    if name == "color":
        return bool(_COLOUR.fullmatch(words[0])) and _luminance(words[0]) <= _INK_MOST
    if name == "background-color":
        return bool(_COLOUR.fullmatch(words[0])) and _luminance(words[0]) >= _PAPER_LEAST
    if name != "text-indent" and any(word.startswith("-") for word in words):
        return False
    if name == "font-family":
        return words[0] in (REGULAR, STRONG)
    if name == "font-size":
        return words[0].endswith("pt") and float(words[0][:-2]) >= _TYPE_LEAST
    return True


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
