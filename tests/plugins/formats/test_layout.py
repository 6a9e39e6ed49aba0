"""The printed page is read by its geometry, and never wrongly."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.invoice import Invoice, Line, Party, calculate
from plugins.formats import layout as geometry
from plugins.formats import reading
from plugins.formats.facts import Facts, LineFacts
from plugins.formats.page import Page
from plugins.formats.totals import capitals
from plugins.formats.words import Glyph
from plugins.templates.render import render_pdf
from tests.plugins.formats import drawn, papers, presses
from tests.plugins.formats.drawn import Said
from tests.plugins.templates.conftest import Doc


def truth(said: Said, layout: str) -> dict[str, str]:
    """What a page says, by the paths of facts."""
    found = {
        "issue_date": "2026-11-24", "buyer.name": said.buyer, "buyer.tax_id": said.buyer_id,
        "seller.name": said.seller, "seller.tax_id": said.seller_id, "amount": said.amount,
        "total": said.total,
    }  # fmt: skip
    if said.tax != "***":
        found["tax"] = said.tax
    if layout.startswith("older"):
        check = said.check.replace(" ", "")
        return found | {"kind": "10", "code": said.code, "number": "00012345", "check_code": check}
    return found | {"kind": "32", "number": said.number}


def check(facts: Facts, said: Said, layout: str) -> None:
    """Everything is read, and right."""
    assert facts.values == truth(said, layout)
    assert facts.findings == []
    assert set(facts.sources.values()) == {"text"}
    assert [(line.name, line.amount) for line in facts.lines] == [
        (item.name, item.amount) for item in said.items
    ]
    for line, item in zip(facts.lines, said.items, strict=True):
        told = (line.spec or "", line.unit or "", line.quantity or "", line.price or "")
        assert told == (item.spec, item.unit, item.quantity, item.price)


CASES = [(layout, paper) for layout in drawn.LAYOUTS for paper in drawn.PAPERS]


@pytest.mark.parametrize(("layout", "paper"), CASES)
def test_a_pdf_is_read_whole(layout: str, paper: str) -> None:
    said = drawn.PAPERS[paper]
    check(reading.read("a.pdf", presses.pdf([drawn.LAYOUTS[layout](said)])), said, layout)


@pytest.mark.parametrize(("layout", "paper"), CASES)
def test_an_ofd_is_read_whole(layout: str, paper: str) -> None:
    said = drawn.PAPERS[paper]
    check(reading.read("a.ofd", presses.ofd([drawn.LAYOUTS[layout](said)])), said, layout)


@pytest.mark.parametrize("layout", drawn.LAYOUTS)
@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_turned_page_is_read_whole(layout: str, turn: int) -> None:
    said = drawn.LONG
    check(
        reading.read("a.pdf", presses.pdf([drawn.LAYOUTS[layout](said)], turn=turn, scale=0.8)), said, layout
    )


@pytest.mark.parametrize("layout", drawn.LAYOUTS)
@pytest.mark.parametrize("scale", [0.5, 2.7])
def test_letters_in_no_order_on_a_scaled_page(layout: str, scale: float) -> None:
    said = drawn.DISCOUNTED
    sheet = drawn.lettered(drawn.LAYOUTS[layout](said))
    facts = reading.read("a.pdf", presses.pdf([sheet], scale=scale))
    assert facts.values == truth(said, layout)
    assert [line.amount for line in facts.lines] == ["1100.00", "-100.00"]


@pytest.mark.parametrize("layout", drawn.LAYOUTS)
def test_a_font_that_is_not_embedded_is_never_read_wrongly(layout: str) -> None:
    said = drawn.LONG
    facts = reading.read("a.pdf", presses.pdf([drawn.LAYOUTS[layout](said)], font=presses.BARE))
    assert facts.values == truth(said, layout)
    letters = reading.read(
        "a.pdf", presses.pdf([drawn.lettered(drawn.LAYOUTS[layout](said))], font=presses.BARE)
    )
    assert letters.values.items() <= truth(said, layout).items()


def test_labels_that_cannot_be_read_are_told_by_where_values_stand() -> None:
    for said in (Said(), drawn.EXEMPT):
        facts = reading.read("a.pdf", presses.pdf([drawn.unlabelled(drawn.LAYOUTS["older"](said))]))
        assert facts.values == truth(said, "older")
        assert [line.name for line in facts.lines] == [item.name for item in said.items]


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(CASES), st.floats(0, 0.45), st.integers(0, 10_000))
def test_small_moves_change_nothing(case: tuple[str, str], far: float, seed: int) -> None:
    layout, paper = case
    said = drawn.PAPERS[paper]
    facts = reading.read("a.ofd", presses.ofd([drawn.jittered(drawn.LAYOUTS[layout](said), far, seed)]))
    assert facts.values == truth(said, layout)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(CASES), st.floats(0.5, 6), st.integers(0, 10_000))
def test_large_moves_give_null_and_nothing_wrong(case: tuple[str, str], far: float, seed: int) -> None:
    layout, paper = case
    said = drawn.PAPERS[paper]
    facts = reading.read("a.ofd", presses.ofd([drawn.jittered(drawn.LAYOUTS[layout](said), far, seed)]))
    true = truth(said, layout)
    numbers = {path: value for path, value in facts.values.items() if not path.endswith("name")}
    assert numbers.items() <= true.items()


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(CASES), st.data())
def test_words_left_out_give_null_and_nothing_wrong(case: tuple[str, str], data: st.DataObject) -> None:
    layout, paper = case
    said = drawn.PAPERS[paper]
    sheet = drawn.LAYOUTS[layout](said)
    gone = data.draw(st.sets(st.integers(0, len(sheet) - 1), max_size=12))
    facts = reading.read("a.ofd", presses.ofd([[one for at, one in enumerate(sheet) if at not in gone]]))
    assert facts.values.items() <= truth(said, layout).items()


def test_a_list_on_further_pages_stands_for_the_line_that_names_it() -> None:
    first = replace(drawn.LONG, items=(drawn.Item("(详见销货清单)", "1000.00", "60.00"),))
    listed = [one for one in drawn.older(drawn.LONG) if 50 < one.y < 100]
    facts = reading.read("a.pdf", presses.pdf([drawn.LAYOUTS["older"](first), listed]))
    assert [line.name for line in facts.lines] == [item.name for item in drawn.LONG.items]
    assert facts.values == truth(first, "older")


def test_two_invoices_in_one_file_are_none() -> None:
    other = replace(Said(), number=papers.NUMBER[:-1] + "9")
    facts = reading.read("a.pdf", presses.pdf([drawn.digital(Said()), drawn.digital(other)]))
    assert facts.values == {}
    assert facts.findings[0].code == "FORMATS-TEXT-01"


DOUBTFUL = {
    "FORMATS-TEXT-02": replace(Said(), tax="61.00"),
    "FORMATS-TEXT-03": replace(Said(), capitals="壹仟零陆拾壹圆整"),
    "FORMATS-TEXT-04": replace(Said(), items=(drawn.Item("*信息技术服务*软件开发", "999.00", "60.00"),)),
}


@pytest.mark.parametrize("code", DOUBTFUL)
def test_sums_that_do_not_fit_are_not_claimed(code: str) -> None:
    facts = reading.read("a.ofd", presses.ofd([drawn.digital(DOUBTFUL[code])]))
    assert code in [finding.code for finding in facts.findings]
    assert facts.lines == [] if code.endswith("04") else "total" not in facts.values


def test_what_the_edge_cuts_off_is_not_read() -> None:
    sheet = [replace(one, x=198.0) if one.text == papers.NUMBER else one for one in drawn.digital(Said())]
    assert "number" not in reading.read("a.pdf", presses.pdf([sheet])).values


def test_radicals_are_the_letters_they_are_drawn_for() -> None:
    said = replace(Said(), buyer="深圳市⼦⽅⾦⼾有限公司（⻓期）")
    facts = reading.read("a.ofd", presses.ofd([drawn.digital(said)]))
    assert facts.values["buyer.name"] == "深圳市子方金户有限公司（长期）"


@pytest.mark.parametrize(
    ("text", "sum_"),
    [("壹仟零陆拾圆整", "1060"), ("贰仟壹佰伍拾圆陆角叁分", "2150.63"), ("壹佰玖拾元零壹角玖分", "190.19"),
     ("壹拾壹万壹仟伍佰玖拾捌圆叁角玖分", "111598.39"), ("壹亿零贰拾万圆整", "100200000"),
     ("负叁拾肆圆零壹分", "-34.01"), ("拾圆整", "10"),
     ("伍角整", "0.5"), ("价税合计", None), ("", None)],
)  # fmt: skip
def test_sums_in_words(text: str, sum_: str | None) -> None:
    assert capitals(text) == (Decimal(sum_) if sum_ else None)


@given(st.lists(st.tuples(st.text(max_size=1), *[st.floats(-50, 400) for _ in range(4)]), max_size=60))
def test_no_letters_break_the_reader(boxes: list[tuple[str, float, float, float, float]]) -> None:
    page = Page(210, 140, [Glyph(*box) for box in boxes])
    geometry.clue([page], Facts("x", "pdf"))


def test_a_toll_invoice_has_columns_of_its_own() -> None:
    renamed = {"规格型号": "车牌号", "单位": "类型", "数 量": "通行日期起", "单 价": "通行日期止"}
    item = drawn.Item("*经营租赁*通行费", "1000.00", "60.00", spec="鄂A00000", unit="货车",
                      quantity="20261101", price="20261102")  # fmt: skip
    said = replace(Said(), code="042002600112", items=(item,))
    sheet = [replace(one, text=renamed.get(one.text, one.text)) for one in drawn.LAYOUTS["older"](said)]
    facts = reading.read("a.pdf", presses.pdf([sheet]))
    assert facts.values == truth(said, "older") | {"kind": "14"}
    assert facts.lines == [LineFacts("*经营租赁*通行费", amount="1000.00", tax_rate="0.06", tax="60.00")]


def test_our_own_design_is_read_back() -> None:
    line = Line(
        name="数控机床配件", rate="0.13", quantity=Decimal(12), price=Decimal("356.8"), short_name="机床"
    )
    draft = Invoice(kind="special", seller=Party("北京云帆信息技术有限公司", papers.SELLER_ID),
                    buyer=Party("上海衡岳机械设备有限公司", papers.BUYER_ID), lines=(line,),
                    drawer="王敏")  # fmt: skip
    invoice, faults = calculate(draft)
    assert not faults
    facts = reading.read("a.pdf", render_pdf(Doc(invoice)))
    assert facts.values == {
        "kind": "31", "number": papers.NUMBER, "issue_date": "2026-11-24",
        "buyer.name": "上海衡岳机械设备有限公司",
        "buyer.tax_id": papers.BUYER_ID, "seller.name": "北京云帆信息技术有限公司",
        "seller.tax_id": papers.SELLER_ID,
        "amount": "4281.60", "tax": "556.61", "total": "4838.21",
    }  # fmt: skip
    assert [line.name for line in facts.lines] == ["*机床*数控机床配件"]
