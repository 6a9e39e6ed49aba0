"""The worst that may come: nothing is cut, nothing lies on anything else, amounts stay whole."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pypdfium2.raw as raw
import pytest

from core.api import Party, money
from plugins.templates.design import COLOURS, INK, MUTED
from plugins.templates.face import draw_up

LONG = "国产化高性能多轴联动数控加工中心整机及其配套刀库、自动换刀装置（含安装调试）" * 3
NAME = ("上海市浦东新区张江高科技园区某国际供应链管理与信息技术咨询服务（集团）股份有限公司" * 3)[:100]


@pytest.fixture
def worst(doc: Any, line: Any) -> Any:
    """Long everything, big everything."""
    return doc(
        line(LONG[:100], "1", "1000000000", short_name="金属切削机床", spec="VMC-850E/5AX-PREMIUM"),
        line("Spindle with Ceramic Bearings XJ-2000", "123456.1234567890123", "1234.1234567890123"),
        line("蔬菜", "3", "100.5", "exempt", unit="公斤（毛重）"),
        buyer=Party(NAME, "91310115MA1H7YNX5T", "世纪大道1000号", "021-5888", "建设银行", "310501"),
        remark=("很长的备注，用来测试版面能否容纳二百三十个字符；" * 12)[:230],
        drawer="欧阳震华",
    )  # fmt: skip


def _boxes(page: Any) -> Any:
    """Every printed character with its box and size, but for the large mark."""
    textpage = page.get_textpage()
    found = []
    for index in range(textpage.count_chars()):
        char = textpage.get_text_range(index, 1)
        size = raw.FPDFText_GetFontSize(textpage, index)
        if char.strip() and size < 100:
            found.append((char, textpage.get_charbox(index), size))
    return found


def _overlap(a: Any, b: Any) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return float(max(width, 0) * max(height, 0))


def _clean(pdf: Any) -> None:
    for page in pdf:
        boxes = _boxes(page)
        right, top = page.get_size()
        for char, box, size in boxes:
            assert 18 < box[0] < box[2] < right - 18, char
            assert 6 < box[1] < box[3] < top - 6, char
            assert size >= 5, char
        boxes.sort(key=lambda entry: entry[1][0])
        for place, (char, box, _) in enumerate(boxes):
            for other, against, _ in boxes[place + 1 :]:
                if against[0] >= box[2]:
                    break
                assert _overlap(box, against) < 1.5, (char, other, box, against)


def test_nothing_overlaps_or_leaves_the_page(worst: Any, opened: Any, draw: Any) -> None:
    _clean(opened(draw(worst)))


def test_everything_long_is_complete(worst: Any, draw: Any, text: Any) -> None:
    found = text(draw(worst))
    assert NAME in found
    assert worst.invoice.remark in found
    assert worst.invoice.total_capitals in found
    for part in (LONG[:20], "1,000,000,000.00", "130,000,000.00", ".1234567890123"):
        assert part in found


@pytest.mark.parametrize("fen", [10**11, 10**14, 10**17 - 1, -(10**17) + 1])
def test_amounts_stay_whole_and_large(doc: Any, line: Any, opened: Any, draw: Any, fen: int) -> None:
    document = doc(line("设备", "", "", entered=fen), line("其他", "", "", entered=-7))
    pdf = opened(draw(document))
    textpage = pdf[0].get_textpage()
    whole = textpage.get_text_range()
    for amount in money.yuan_grouped(fen), "¥" + money.yuan_grouped(document.invoice.total):
        start, count = textpage.search(amount).get_next()
        assert count == len(amount), whole
        bases = [textpage.get_charbox(n, loose=True)[1] for n in range(start, start + count)]
        assert max(bases) - min(bases) < 2, "on one line"
        for n in range(start, start + count):
            assert raw.FPDFText_GetFontSize(textpage, n) >= 8
    _clean(pdf)


def test_hundred_lines(doc: Any, line: Any, opened: Any, draw: Any, pages: Any) -> None:
    document = doc(*(line(f"零件{n}号", str(n), "19.9", spec=f"M{n}") for n in range(1, 101)))
    pdf = draw(document)
    found = pages(pdf)
    assert len(found) == 9
    for place, page in enumerate(found, 1):
        assert "项目名称" in page
        assert "本页小计" in page
        assert f"第 {place} 页，共 9 页" in page
        assert ("价税合计" in page) is (place == 9)
        assert ("续下页" in page) is (place != 9)
    together = "".join("".join(found).split())
    assert all(f"零件{n}号" in together for n in range(1, 101))
    _clean(opened(pdf))


def test_two_thousand_lines_are_dealt_whole(doc: Any, line: Any) -> None:
    document = doc(*(line(f"零件{n}", "1", "19.9") for n in range(2000)))
    face = draw_up(document)
    assert [row.name for sheet in face.sheets for row in sheet.rows] == [[f"零件{n}"] for n in range(2000)]
    subtotals = [Decimal(sheet.amount.replace(",", "")) for sheet in face.sheets]
    assert sum(subtotals) == Decimal(document.invoice.amount) / 100
    assert 140 < len(face.sheets) < 180


def test_a_row_taller_than_a_page_goes_on(doc: Any, line: Any, draw: Any, text: Any) -> None:
    name = "".join(chr(0x4E00 + n) for n in range(700))
    document = doc(line(name, "1", "10"), remark="另" * 1500)
    found = draw_up(document)
    rows = [row for sheet in found.sheets for row in sheet.rows]
    assert "".join(part for row in rows for part in row.name) == name
    assert [row.amount for row in rows if row.amount] == ["10.00"]
    assert "备注未完" in text(draw(document))


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _under_mark(colour: str) -> str:
    # The large mark lies over everything: paper and ink are seen through it.
    ink, alpha = (163, 77, 13), 0.09
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    mixed = [round(p * (1 - alpha) + i * alpha) for p, i in zip(parts, ink, strict=True)]
    return "#" + "".join(f"{part:02x}" for part in mixed)


@pytest.mark.parametrize("red", [False, True])
def test_contrast(red: bool) -> None:
    colours = COLOURS[red]
    for paper in ("#ffffff", colours["tint"]):
        for ink in (INK, MUTED, colours["accent"]):
            assert _contrast(ink, paper) >= 4.5
            assert _contrast(_under_mark(ink), _under_mark(paper)) >= 4.5
