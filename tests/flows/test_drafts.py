"""The live check keeps what is typed; drafts come back, and never rise from the dead."""

from __future__ import annotations

from core import posting
from tests.flows import colleague
from tests.flows.desk import Desk, Form


def test_every_change_is_computed_and_kept(desk: Desk) -> None:
    form = desk.filled()
    answer = desk.post("/issuing/preview", form)
    assert answer.status_code == 200
    assert "339.00" in answer.text
    assert "可以开具" in answer.text
    if desk.htmx:
        assert "<input" not in answer.text, "what somebody types in is never swapped"
        assert answer.headers["HX-Replace-Url"] == f"/issuing/new?draft={form['key']}"
        assert 'id="calc-0" hx-swap-oob="true"' in answer.text
    assert "上海样例贸易有限公司" in desk.get("/issuing/drafts").text
    again = desk.page(f"/issuing/new?draft={form['key']}").fields
    assert {k: v for k, v in again.items() if k != "csrf_token"} == {
        k: v for k, v in {**again, **form}.items() if k != "csrf_token"
    }


def test_what_is_missing_is_only_told_while_typing(desk: Desk) -> None:
    answer = desk.post(
        "/issuing/preview", {**desk.page("/issuing/new").fields, "buyer.tax_id": "123", "lines[0].name": "纸"}
    )
    assert "ISSUING-BUYER-01" not in answer.text
    assert "还差:" in answer.text
    assert "购买方名称" in answer.text
    beside = answer.text.partition('id="f-buyer-tax_id-say"')[2].partition("</div>")[0]
    assert "购买方纳税人识别号有误" in beside
    assert "对照营业执照核对" in beside
    missing = answer.text.partition('id="f-buyer-name-say"')[2].partition("</div>")[0]
    assert "error" not in missing


def test_the_tax_id_is_judged_while_typing(desk: Desk) -> None:
    answer = desk.post("/issuing/preview", desk.filled(buyer__tax_id=" 91310115ma1k00007q "))
    assert "税号校验通过" in answer.text


def test_the_server_counts_the_remark(desk: Desk) -> None:
    answer = desk.post("/issuing/preview", desk.filled(remark="字" * 231))
    assert "231 / 230" in answer.text
    assert "备注有 231 个字" in answer.text


def test_nothing_typed_is_no_draft(quiet_desk: Desk) -> None:
    quiet_desk.post("/issuing/preview", quiet_desk.page("/issuing/new").fields)
    assert "没有草稿" in quiet_desk.get("/issuing/drafts").text


def test_an_issued_draft_is_gone_and_a_late_save_does_not_bring_it_back(desk: Desk) -> None:
    form = desk.filled()
    desk.post("/issuing/preview", form)
    document = desk.target(desk.press("issue", form))
    desk.post("/issuing/preview", form)
    assert "没有草稿" in desk.get("/issuing/drafts").text
    assert desk.get(f"/issuing/new?draft={form['key']}", htmx=False).headers["Location"] == document


def test_a_refused_form_stays_a_draft(desk: Desk) -> None:
    form = desk.filled(buyer__tax_id="123")
    assert desk.press("issue", form).status_code == 422
    assert desk.page(f"/issuing/new?draft={form['key']}").fields["buyer.tax_id"] == "123"


def test_keeping_and_throwing_away(desk: Desk) -> None:
    form = desk.filled()
    assert desk.target(desk.press("later", form)) == "/issuing/drafts"
    page = desk.get("/issuing/drafts", htmx=False)
    action = f"/issuing/drafts/{form['key']}/delete"
    assert desk.target(desk.post(action, Form(page.text, action).fields)) == "/issuing/drafts"
    assert "没有草稿" in desk.get("/issuing/drafts").text
    assert desk.post(action, form).status_code == 404


def test_a_draft_is_its_users_own(quiet_desk: Desk) -> None:
    form = quiet_desk.filled()
    quiet_desk.press("later", form)
    colleague.Who.user = "user-2"
    assert quiet_desk.get(f"/issuing/new?draft={form['key']}").status_code == 404
    assert "没有草稿" in quiet_desk.get("/issuing/drafts").text


def test_a_forged_key_is_not_taken(quiet_desk: Desk) -> None:
    answer = quiet_desk.press("check", quiet_desk.filled(key="../x"))
    assert len(Form(answer.text, "invoice-form").fields["key"]) == 26


def test_checking_shows_everything_without_issuing(desk: Desk) -> None:
    answer = desk.press("check", desk.page("/issuing/new").fields)
    assert answer.status_code == 200
    assert "ISSUING-BUYER-01" in answer.text
    assert desk.documents() == []


def test_no_channel_is_said_in_the_form_and_keeps_what_was_typed(desk: Desk) -> None:
    posting.furnish(posting.rule_sets(), [])
    form = desk.filled()
    answer = desk.press("issue", form)
    assert answer.status_code == 422
    assert "没有可用的开票通道" in answer.text
    assert form["buyer.name"] in answer.text
    assert form["buyer.name"] in desk.get("/issuing/drafts").text
