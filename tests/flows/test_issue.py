"""From the empty form to the issued document, by htmx and without JavaScript."""

from __future__ import annotations

import re

from core import ledger, scope
from core.channels import Refused
from core.states import State
from tests.flows.desk import BUYER_ID, PAPER, Desk, Form

NUMBER = "26110000000000000001"


def test_an_invoice_is_asked_for_and_followed_to_its_number(desk: Desk) -> None:
    form = desk.page("/issuing/new")
    assert form.focus == "buyer.name"
    answer = desk.press("issue", desk.filled(order_no="A-1"))
    page = desk.target(answer)
    waiting = desk.get(page)
    assert "排队中" in waiting.text
    assert "load delay:500ms" in waiting.text
    desk.work()
    done = desk.get(f"{page}?tick=3")
    assert "已开具" in done.text
    assert NUMBER in done.text
    assert "hx-trigger" not in done.text.partition('id="document"')[2].partition(">")[0]
    assert "叁佰叁拾玖圆整" in done.text
    for step in ("申请开票", "发往税局", "税局已受理", "开票成功"):
        assert step in done.text
    assert "<html" in desk.get(page, htmx=False).text


def test_a_page_without_script_reloads_itself_while_it_moves(quiet_desk: Desk) -> None:
    page = f"/issuing/{quiet_desk.issue().id}"
    assert 'http-equiv="refresh"' in quiet_desk.get(page).text
    quiet_desk.work()
    assert 'http-equiv="refresh"' not in quiet_desk.get(page).text


def test_a_refused_form_keeps_every_text_and_says_where(desk: Desk) -> None:
    answer = desk.press("issue", desk.filled(buyer__name="", l0_quantity="zwei", remark="别丢"))
    assert answer.status_code == 422
    form = Form(answer.text, "invoice-form")
    assert (form.fields["lines[0].quantity"], form.fields["remark"]) == ("zwei", "别丢")
    assert form.focus == "buyer.name"
    assert 'aria-invalid="true"' in answer.text
    assert "ISSUING-BUYER-01" in answer.text
    assert "CORE-FORM-01" in answer.text
    assert "只填数字" in answer.text
    assert "CORE-LINE-01" not in answer.text, "a number that cannot be read is not missing as well"
    assert ("<html" in answer.text) is not desk.htmx
    assert desk.documents() == []
    assert "HX-Trigger" not in answer.headers


def test_the_same_form_twice_is_one_invoice(desk: Desk) -> None:
    form = desk.filled()
    first, second = desk.press("issue", form), desk.press("issue", form)
    assert desk.target(first) == desk.target(second)
    assert len(desk.documents()) == 1


def test_the_same_form_with_other_content_is_refused(desk: Desk) -> None:
    form = desk.filled()
    desk.press("issue", form)
    answer = desk.press("issue", form, l0_quantity="3")
    assert answer.status_code == 422
    assert "CORE-KEY-01" in answer.text
    assert len(desk.documents()) == 1


def test_an_order_is_invoiced_once_and_leads_to_its_invoice(desk: Desk) -> None:
    first = desk.issue(order_no="A-1")
    answer = desk.press("issue", desk.filled(order_no="A-1", l0_quantity="3"))
    assert answer.status_code == 422
    assert f"/issuing/{first.id}" in answer.text
    assert "第 1 行 · 数量" in answer.text
    again = desk.press("issue", desk.filled(order_no="A-1"))
    assert desk.target(again) == f"/issuing/{first.id}"
    assert len(desk.documents()) == 1


def test_lines_are_added_discounted_and_removed_and_nothing_is_lost(desk: Desk) -> None:
    form = Form(
        desk.press("add-line", desk.filled(remark="半成品", l0_quantity="not yet")).text, "invoice-form"
    )
    assert form.focus == "lines[1].name"
    assert form.fields["lines[1].rate"] == "0.13"
    assert form.fields["lines[0].quantity"] == "not yet"
    form = Form(desk.press("discount-0", form.fields).text, "invoice-form")
    assert form.focus == "lines[1].amount"
    assert (form.fields["lines[1].discount"], form.fields["lines[1].name"]) == ("1", "复印纸")
    form = Form(desk.press("remove-2", form.fields).text, "invoice-form")
    assert "lines[2].name" not in form.fields
    assert form.fields["remark"] == "半成品"
    form = Form(desk.press("remove-0", form.fields).text, "invoice-form")
    assert "lines[1].name" not in form.fields, "its discount goes with it"
    assert form.fields["lines[0].name"] == ""


def test_a_discount_is_typed_without_its_sign(desk: Desk) -> None:
    form = Form(desk.press("discount-0", desk.filled()).text, "invoice-form").fields
    answer = desk.press("issue", form, l1_amount="10")
    found = desk.document(desk.target(answer).rpartition("/")[2]).invoice
    assert [line.amount for line in found.lines] == [30000, -1000]
    assert found.total == 32770


def test_tax_inclusive_prices(desk: Desk) -> None:
    found = desk.issue(inclusive="1").invoice
    assert (found.amount, found.tax, found.total) == (26549, 3451, 30000)


def test_known_buyers_and_goods_fill_the_form(desk: Desk) -> None:
    desk.issue(buyer_email="ap@example.com", buyer__address="浦东")
    desk.work()
    found = desk.get("/issuing/lookup/buyers?buyer.name=样例")
    button = re.search(r'value="(buyer-\w+)"', found.text)
    assert button is not None
    assert BUYER_ID in found.text
    form = desk.page("/issuing/new").fields
    assert form["lines[0].rate"] == "0.13", "the rate used last"
    form = Form(desk.press(button[1], form).text, "invoice-form").fields
    assert (form["buyer.tax_id"], form["buyer_email"], form["buyer.address"]) == (
        BUYER_ID,
        "ap@example.com",
        "浦东",
    )
    goods = desk.get("/issuing/lookup/goods/0?lines[0].name=复印").text
    item, code = re.search(r'value="(item-0-\w+)"', goods), f"goods-0-{PAPER}"
    assert item is not None
    assert code in goods
    filled = Form(desk.press(item[1], form, l0_name="复印").text, "invoice-form")
    assert filled.focus == "lines[0].quantity"
    assert (filled.fields["lines[0].name"], filled.fields["lines[0].price"]) == ("复印纸", "150")
    coded = Form(desk.press(code, form, l0_name="打印纸").text, "invoice-form").fields
    assert (coded["lines[0].name"], coded["lines[0].code"], coded["lines[0].rate"]) == (
        "打印纸",
        PAPER,
        "0.13",
    )


def test_looking_up_by_button(desk: Desk) -> None:
    desk.issue()
    desk.work()
    form = desk.page("/issuing/new").fields
    assert "buyer-" in desk.press("find-buyer", form, buyer__name="样例").text
    assert f"goods-0-{PAPER}" in desk.press("find-0", form, l0_name="复印纸").text
    assert "名单里没有" in desk.press("find-buyer", form, buyer__name="无此人").text


def test_a_refused_document_is_asked_for_again_in_its_place(desk: Desk) -> None:
    desk.channel.on_submit = lambda order: Refused("3001", "购买方税号有误")
    first = desk.issue()
    desk.work(5)
    page = desk.get(f"/issuing/{first.id}").text
    assert "购买方税号有误" in page
    assert f"/issuing/new?again={first.id}" in page
    desk.channel.on_submit = None
    form = desk.page(f"/issuing/new?again={first.id}").fields
    second = desk.target(desk.press("issue", form, remark="已核对")).rpartition("/")[2]
    desk.work()
    assert desk.document(second).state is State.ISSUED
    assert desk.document(first.id).replaced_by == second
    assert f"/issuing/{second}" in desk.get(f"/issuing/{first.id}").text
    assert f"/issuing/{first.id}" in desk.get(f"/issuing/{second}").text


def test_a_copy_is_a_new_request_without_the_order_number(desk: Desk) -> None:
    first = desk.issue(order_no="A-1", buyer_mobile="13800000000")
    form = desk.page(f"/issuing/new?copy={first.id}").fields
    assert (form["order_no"], form["buyer_mobile"], form["lines[0].quantity"]) == ("", "13800000000", "2")
    second = desk.target(desk.press("issue", form)).rpartition("/")[2]
    assert second != first.id


def test_the_original_is_had_byte_by_byte(desk: Desk) -> None:
    document = desk.issue()
    desk.work()
    answer = desk.get(f"/issuing/{document.id}/files/0")
    assert answer.data == b"<x/>"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert f"{NUMBER}.xml" in answer.headers["Content-Disposition"]
    assert desk.get(f"/issuing/{document.id}/files/1", htmx=False).status_code == 404


def test_no_drawing_module_no_pdf(quiet_desk: Desk) -> None:
    document = quiet_desk.issue()
    quiet_desk.work()
    assert quiet_desk.get(f"/issuing/{document.id}.pdf").status_code == 404
    assert ".pdf" not in quiet_desk.get(f"/issuing/{document.id}").text


def test_the_ledger_names_who_asked(quiet_desk: Desk) -> None:
    document = quiet_desk.issue()
    with scope.opened(quiet_desk.company):
        assert ledger.events_about(document.id)[0].actor == "user:user-1"
