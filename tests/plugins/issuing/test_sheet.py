"""The form as typed: no text is lost, and what core reads of it is in order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import forms
from plugins.issuing import sheet
from plugins.issuing.sheet import LINE, Sheet
from tests.factories import draft

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8)
ROWS = st.lists(st.dictionaries(st.sampled_from(LINE), TEXT.filter(bool)), min_size=1, max_size=5)


@given(ROWS)
def test_storing_and_reposting_keep_every_text(rows: list[dict[str, str]]) -> None:
    form = Sheet("K" * 26, dict.fromkeys(sheet.FIELDS, "x"), tuple(rows))
    assert sheet.load(form.key, form.dump()) == form
    sent = dict(form.fields) | {
        f"lines[{i}].{n}": line.get(n, "") for i, line in enumerate(rows) for n in LINE
    }
    assert sheet.from_form(sent, form.key) == form


@given(ROWS)
def test_core_sees_one_line_for_each_that_says_something(rows: list[dict[str, str]]) -> None:
    form = Sheet("K", {}, tuple(rows))
    read, _ = forms.form_draft(form.as_form())
    assert len(read.lines) == len(form.filled)


def test_an_invoice_comes_back_whole() -> None:
    invoice = draft(remark="送货上门", buyer_email="a@example.com")
    form = sheet.from_invoice(invoice, "K", again="D")
    read, faults = forms.form_draft(form.as_form())
    assert faults == []
    assert (read.buyer, read.remark, read.order_no) == (invoice.buyer, invoice.remark, "A-1")
    assert sheet.from_invoice(invoice, "K").text("order_no") == ""


@pytest.mark.parametrize(("typed", "sent"), [("10", "-10"), ("-10", "-10"), ("", "")])
def test_a_discount_takes_its_sign_and_what_it_shares_from_above(typed: str, sent: str) -> None:
    lines = (
        {"name": "纸", "code": "1", "rate": "0.13", "price": "9"},
        {"discount": "1", "amount": typed, "name": "旧"},
    )
    form = Sheet("K", {}, lines).as_form()
    assert form["lines[1].amount"] == sent
    assert (form["lines[1].name"], form["lines[1].rate"]) == ("纸", "0.13")
    assert "lines[1].price" not in form


def test_a_line_takes_the_rate_before_it_and_at_least_one_stays() -> None:
    form = Sheet("K", {}, ({"name": "纸", "rate": "0.09"},)).added()
    assert form.lines[1] == {"rate": "0.09"}
    assert form.removed(1).removed(0).lines == ({"rate": "0.09"},)
    assert form.discounted(7) == form
    once = form.discounted(0)
    assert once.discounted(0) == once


def test_the_printed_category_follows_the_code() -> None:
    form = Sheet("K", {}, ({"code": "1060102010000000000", "short_name": "旧的"},))
    assert form.as_form()["lines[0].short_name"] == "纸制品"


def test_blank_and_title() -> None:
    form = sheet.blank("K", drawer="张三", rate="0.13", inclusive=True)
    assert form.is_blank
    assert form.text("inclusive") == "1"
    assert form.text("lines[0].rate") == "0.13"
    assert form.text("lines[9].rate") == form.text("nothing") == ""
    assert form.with_fields(buyer__name="甲").with_line(0, name="纸").title == "甲 · 纸"
