"""Buyer and seller as printed: names and tax ids in their two boxes. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from plugins.formats import values
from plugins.formats.facts import Clue
from plugins.formats.page import Page
from plugins.formats.voucher import put
from plugins.formats.words import Span, Word, is_clear

_NAME = (
    r"(?:购买方|购方|买方|交款人|付款方|销售方|销方|卖方|收款方)?(?<![目务物品位费码])名称(?!及):?"
    r"|(?<!名)称:|交款人:"
)
_ID = r"(?:购买方|购方|买方|交款人|销售方|销方)?(?:统一社会信用代码/?(?:纳税人识别号)?|(?:纳税人)?识别号):?"
_BUYS, _SELLS = re.compile(r"购|买方|交款|付款"), re.compile(r"销|卖方|收款")
_SHAPE = r"(?=.*\d.*\d.*\d)[0-9A-Z]{15,20}"
_MOST = 100
"""Places of one letter that are looked at: a page made of one letter must not take for ever."""
_LENGTHS = (15, 18, 20)
_CIPHER = re.compile(r"[-+*/<>0-9]{12,}|[0-9A-Z]{15,}")
"""What stands beside names and is none: the cipher, and tax ids."""


def put_parties(found: Clue, page: Page) -> None:
    """Note the parties that a page names; none where their boxes are not told apart for sure."""
    names = page.spans(_NAME)
    ids = page.spans(_ID)
    owners = _owners(page, names)
    for party in ("buyer", "seller"):
        mine = [span for span, owner in zip(names, owners, strict=True) if owner == party]
        if len(mine) != 1:
            continue
        put(found, f"{party}.name", _name(page, mine[0], _edge(page, mine[0], names)))
        own = [span for span in ids if _below(mine[0], span) or _says(span, party)]
        own = [span for span in own if not _says(span, "buyer" if party == "seller" else "seller")]
        if own:
            nearest = min(own, key=lambda span: abs(span.middle - mine[0].middle))
            put(found, f"{party}.tax_id", _tax_id(page, nearest, _edge(page, nearest, ids)))
    if not names and not ids:
        _unlabelled(found, page)


def _says(span: Span, party: str) -> bool:
    return bool((_BUYS if party == "buyer" else _SELLS).search(span.match[0]))


def _below(name: Span, id: Span) -> bool:
    height = name.height
    return (
        -8 * height < id.left - name.left < 2 * height and 0.5 * height < id.middle - name.middle < 9 * height
    )


def _owners(page: Page, names: Sequence[Span]) -> list[str | None]:
    """Whose each name is: by its label, by the upright letters left of it, and by where boxes always are."""
    told = [_by_letters(page, span) for span in names]
    if len(names) != 2:
        return told
    first, second = names
    height = first.height
    if abs(first.middle - second.middle) < height:
        placed = ["buyer", "seller"] if first.left < second.left else ["seller", "buyer"]
    elif abs(first.left - second.left) < 3 * height:
        placed = ["buyer", "seller"] if first.middle < second.middle else ["seller", "buyer"]
    else:
        return told
    return [place if letters in (None, place) else None for place, letters in zip(placed, told, strict=True)]


def _by_letters(page: Page, span: Span) -> str | None:
    for party in ("buyer", "seller"):
        if _says(span, party):
            return party
    height = span.height
    near: list[tuple[float, str]] = []
    for glyph in page.places.get("购", []) + page.places.get("销", []):
        if 0 <= span.left - glyph.left < 9 * height:
            away = abs(glyph.middle - span.middle)
            if away < 9 * height:
                near.append((away + span.left - glyph.left, "buyer" if glyph.text == "购" else "seller"))
    return min(near)[1] if near else None


def _edge(page: Page, label: Span, others: Sequence[Span]) -> float:
    """Where a label's cell ends: at the next box, known by the upright word left of it, or the next label."""
    height = label.height
    edges = [one.left for one in others if one.left > label.right and abs(one.middle - label.middle) < height]
    for first, second in ("购买", "销售", "密码", "备注"):
        for head in page.places.get(first, [])[:_MOST]:
            beside = head.left > label.right and abs(head.middle - label.middle) < 4 * height
            if beside and any(
                abs(glyph.left - head.left) < 0.7 * height
                and 0.5 * height < glyph.middle - head.middle < 5 * height
                for glyph in page.places.get(second, [])[:_MOST]
            ):
                edges.append(head.left)
    return min(edges, default=page.width) - 0.3 * height


def _said(page: Page, label: Span, edge: float) -> list[Word]:
    """The words of a label's cell: right after it, in one row or two, as far as gaps stay small."""
    height = label.height
    found: list[Word] = []
    if page.is_overprinted(label):
        return []
    first, gap = (4.0, 1.5) if not page.spread else (4.0 + 2 * page.spread, 1.5 + 2 * page.spread)
    for row in page.rows:
        if not row.glyphs or abs(row.glyphs[0].middle - label.middle) > 2 * height:
            continue
        end, room = label.right, first * height
        for word in page.words(row.between(label.after, edge)):
            if word.left - end > room or abs(word.middle - label.middle) > 0.95 * height:
                break
            found.append(word)
            end, room = word.right, gap * height
    return found


def _name(page: Page, label: Span, edge: float) -> str | None:
    said = _said(page, label, edge)
    text = values.name("".join(word.text + " " * (not page.spread) for word in said))
    if text is None or not page.is_whole(said, label.right, edge):
        return None
    bare = values.plain(text)
    if ":" in bare[1:] or _CIPHER.search(bare) or "识别号" in bare or not re.search(r"[^\W\d_]", bare):
        return None
    text = text.lstrip(":： ")
    return _closed(text) if len(text) > 1 else None


def _closed(text: str) -> str:
    # Gaps inside a name of Chinese letters are the printer's, not the company's.
    return re.sub(r"(?<=[^\x00-\x7f]) (?=\S)|(?<=\S) (?=[^\x00-\x7f])", "", text)


def _tax_id(page: Page, label: Span, edge: float) -> str | None:
    said = _said(page, label, edge)
    if not is_clear([glyph for word in said for glyph in word.glyphs]):
        return None
    return _shaped("".join(word.bare for word in said))


def _shaped(text: str) -> str | None:
    bare = text.upper()
    if not re.fullmatch(_SHAPE, bare) or len(set(bare)) == 1 or len(bare) not in _LENGTHS:
        return None
    return values.tax_id(bare)


def _unlabelled(found: Clue, page: Page) -> None:
    """Labels whose fonts tell nothing: a tax id stands below its name, the buyer's high, the seller's low."""
    words = [word for row in page.rows for word in page.words(row)]
    ids = [
        word for word in words if word.left < 0.4 * page.width and _shaped(word.bare) and len(word.bare) >= 15
    ]
    ids = [word for word in ids if re.search("[A-Z]", word.bare) or len(word.bare) == 18]
    for party, low, high in (("buyer", 0.15, 0.45), ("seller", 0.6, 0.9)):
        mine = [word for word in ids if low < word.middle / page.height < high]
        if len(mine) != 1:
            continue
        id = mine[0]
        above = [
            word
            for word in words
            if abs(word.left - id.left) < 1.5 * id.height
            and 0.8 < (id.middle - word.middle) / id.height < 2.5
        ]
        if len(above) == 1 and re.search(r"[\u4e00-\u9fff]{2}", above[0].text):
            put(found, f"{party}.tax_id", _shaped(id.bare))
            put(found, f"{party}.name", values.name(above[0].text))
