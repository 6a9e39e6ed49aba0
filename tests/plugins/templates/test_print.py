"""What is on the paper: texts, QR code, marks, and what never is."""

from __future__ import annotations

import io
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pypdf
import pytest
import zxingcpp

from core.api import Party, State, qr
from plugins.templates import design, marks
from plugins.templates.face import draw_up
from plugins.templates.render import render_pdf

GOLDEN = Path(__file__).parent / "golden-special.txt"
FACTS = (
    "电子发票（增值税专用发票）", "26112000000012345678", "2026年11月24日",
    "上海衡岳机械设备有限公司", "91310115MA1H7YNX5T", "北京云帆信息技术有限公司",
    "91110108MA01ABCD2X", "*信息技术服务*系统集成服务", "CK-6140/B", "10,000.00", "4,281.60",
    "556.61", "¥14,281.60", "¥1,156.61", "壹万伍仟肆佰叁拾捌圆贰角壹分", "¥15,438.21", "王敏",
)  # fmt: skip


def test_golden_text(doc: Any, draw: Any, pages: Any) -> None:
    found = "\n".join(" ".join(row.split()) for row in pages(draw(doc()))[0].splitlines())
    assert found.strip() == GOLDEN.read_text(encoding="utf-8").strip()


def test_two_readers_find_every_fact(doc: Any, draw: Any, text: Any, tmp_path: Any) -> None:
    pdf = draw(doc())
    for fact in FACTS:
        assert fact in text(pdf)
    if not shutil.which("pdftotext"):
        pytest.skip("poppler-utils is not installed")
    (tmp_path / "a.pdf").write_bytes(pdf)
    command = ["pdftotext", "-layout", str(tmp_path / "a.pdf"), "-"]
    read = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    for fact in FACTS:
        assert fact in read


@pytest.mark.parametrize(("kind", "code"), [("special", "31"), ("ordinary", "32")])
def test_qr_code_can_be_scanned(doc: Any, draw: Any, opened: Any, kind: str, code: str) -> None:
    picture = opened(draw(doc(kind=kind)))[0].render(scale=150 / 72).to_pil()
    codes = zxingcpp.read_barcodes(picture)
    assert len(codes) == 1
    clues = qr.read(codes[0].text)
    assert clues.sound
    assert (clues.kind, clues.number, clues.amount) == (code, "26112000000012345678", 1543821)
    assert clues.day == date(2026, 11, 24)


def test_same_document_gives_the_same_bytes(doc: Any) -> None:
    assert render_pdf(doc()) == render_pdf(doc())
    assert render_pdf(doc()) != render_pdf(doc(document={"issued_at": "2026-11-25T10:00:00+08:00"}))


def test_foreign_text_prints_as_text(doc: Any, draw: Any, text: Any) -> None:
    hostile = '<img src="file:///etc/passwd"/><b>{{7*7}}</b>&amp;<pdf:nextpage/>'
    pdf = draw(doc(buyer=Party(hostile, "<i>"), remark=hostile, drawer="<script>x</script>"))
    assert text(pdf).count("".join(hostile.split())) == 2
    assert "<script>x</script>" in text(pdf)
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) == 1


def test_direction_marks_cannot_turn_text_round(doc: Any, draw: Any, text: Any) -> None:
    assert "张三100" in text(draw(doc(buyer=Party("张三\u202e100\u202c\u200b", ""))))


def test_missing_glyphs_are_shown_and_named(doc: Any, draw: Any, text: Any, caplog: Any) -> None:
    pdf = render_pdf(doc(buyer=Party("𠮷野家😀", "")))
    assert "〓野家〓" in text(pdf)
    assert "〓：字库缺字（U+1F600、U+20BB7）" in text(pdf)
    assert "U+20BB7" in caplog.text


def test_rare_characters_of_names_are_in_the_face(doc: Any, draw: Any, text: Any) -> None:
    assert "㛃䶮犇骉喆堃" in text(draw(doc(buyer=Party("㛃䶮犇骉喆堃", ""))))


def _large_mark(page: Any) -> bool:
    # White paper seen through the mark, which no design uses of itself.
    shade = tuple(round(255 * (1 - marks.ALPHA * (1 - part))) for part in marks.INK)
    picture = page.render(scale=0.5).to_pil().convert("RGB")
    octets = iter(picture.tobytes())
    near = [
        p
        for p in zip(octets, octets, octets, strict=True)
        if all(abs(a - b) < 3 for a, b in zip(p, shade, strict=True))
    ]
    return len(near) > int(picture.width) * int(picture.height) / 40


def test_specimens_are_marked_on_every_page(doc: Any, line: Any, draw: Any, pages: Any, opened: Any) -> None:
    pdf = draw(doc(*(line(f"零件{n}", "1", "1") for n in range(40))))
    assert len(pages(pdf)) > 2
    for page in pages(pdf):
        assert marks.SPECIMEN in page
        assert "样票 · 模拟税局生成" in page.replace(marks.SPECIMEN, "")
    assert all(_large_mark(page) for page in opened(pdf))


def test_a_real_invoice_carries_no_mark(doc: Any, draw: Any, text: Any, opened: Any) -> None:
    found = text(draw(doc(document={"simulated": False})))
    assert "样票" not in found
    assert "草稿" not in found
    assert not _large_mark(opened(draw(doc(document={"simulated": False})))[0])


@pytest.mark.parametrize("state", [state for state in State if state is not State.ISSUED])
def test_what_is_not_issued_is_a_draft(doc: Any, opened: Any, draw: Any, text: Any, state: Any) -> None:
    blank = {"state": state, "number": "", "issued_at": "", "simulated": False}
    pdf = draw(doc(document=blank))
    assert "草稿未开具" in text(pdf)
    assert not zxingcpp.read_barcodes(opened(pdf)[0].render(scale=2).to_pil())


def test_there_is_nothing_like_a_seal(doc: Any, opened: Any, draw: Any) -> None:
    page = opened(draw(doc()))[0]
    pictures = [found for found in page.get_objects() if found.type == 3]
    assert len(pictures) == 1, "the QR code is the only picture"
    assert "监制" not in design.page(design.built_in(), design.facts_of(draw_up(doc())))


def test_red_letter(doc: Any, line: Any, draw: Any, text: Any) -> None:
    red = doc(line("退货", "-12", "356.8"), side="red", red_of="26112000000012340001")
    found = text(draw(red))
    assert "红字发票·对应蓝字发票号码26112000000012340001" in found
    assert "被红冲蓝字发票号码：26112000000012340001" in found
    for figure in ("-4,281.60", "-556.61", "¥-4,838.21", "（负数）肆仟捌佰叁拾捌圆贰角壹分"):
        assert figure in found


def test_exempt_lines_and_discounts(doc: Any, line: Any, draw: Any, text: Any) -> None:
    found = text(draw(doc(
        line("蔬菜", "1", "100", "exempt"), line("其他", "1", "50", "untaxed"),
        line("蔬菜", "", "", "exempt", entered=-1000, discount=True), kind="ordinary",
        buyer=Party("张三", is_person=True),
    )))  # fmt: skip
    for word in ("免税", "不征税", "***", "-10.00", "¥140.00", "张三（个人）", "（普通发票）"):
        assert word in found


def test_unit_price_is_without_tax(doc: Any, line: Any, draw: Any, text: Any) -> None:
    found = text(draw(doc(line("咖啡", "2", "35", "0.06"), inclusive=True)))
    assert "33.02" in found


def test_metadata(doc: Any, draw: Any) -> None:
    reader = pypdf.PdfReader(io.BytesIO(draw(doc())))
    assert reader.metadata is not None
    assert reader.metadata.title == "电子发票（增值税专用发票）"
    assert reader.metadata.subject == "发票号码 26112000000012345678"
    assert reader.metadata.producer == "Fapiao"
    assert "default@1" in str(reader.metadata.creator)
    assert "D:20261124020000" in str(reader.metadata["/CreationDate"])
    assert str(reader.root_object["/Lang"]) == "zh-CN"


def test_what_is_set_is_embedded(doc: Any, draw: Any) -> None:
    reader = pypdf.PdfReader(io.BytesIO(draw(doc())))
    resources: Any = reader.pages[0]["/Resources"]
    for font in resources["/Font"].values():
        found = font.get_object()
        assert "/FontFile2" in found.get("/FontDescriptor", {}), found["/BaseFont"]
