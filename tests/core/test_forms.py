"""From form text to a typed draft, and back."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.events import canonical
from core.forms import MOST_LINES, draft_form, form_draft, json_draft
from core.invoice import Invoice, Line, Party, calculate

QUICK = settings(deadline=None, max_examples=80)

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=10).map(str.strip)
word = st.text(st.characters(exclude_categories=["Cs", "Zs", "Cc"]), min_size=1, max_size=10).filter(
    lambda typed: typed == typed.strip() != ""
)
decimals = st.none() | st.decimals("-999999999999", "999999999999", places=13)
fen = st.none() | st.integers(-(10**17) + 1, 10**17 - 1)
parties = st.builds(Party, text, text, text, text, text, text, st.booleans())
lines = st.builds(
    Line, name=word, code=text, short_name=text, spec=text, unit=text, quantity=decimals, price=decimals,
    entered=fen, rate=text, discount=st.booleans(),
)  # fmt: skip
LINE_FIELDS = ("name", "price", "quantity", "amount", "unit")
NAMES = ("lines", "buyer", "name", "price", "amount", "rate", "extra", "kind", "remark")
SCALARS = ("1", "-1.5", "0.13")
ODD = ("buyer.name", "inclusive", "kind", "extra.a", "lines[].name", "lines[-1].name", "lines[٣].name")

drafts = st.builds(
    Invoice, kind=text, order_no=text, buyer=parties, lines=st.lists(lines, max_size=4).map(tuple),
    inclusive=st.booleans(), remark=text, drawer=text, red_of=text, buyer_email=text, buyer_mobile=text,
    extra=st.dictionaries(st.from_regex("[A-Za-z0-9_.-]{1,20}", fullmatch=True), word, max_size=3),
)  # fmt: skip


def codes(faults: list[Any]) -> list[tuple[str, str]]:
    return [(fault.code, fault.path) for fault in faults]


@QUICK
@given(drafts)
def test_a_form_shown_again_says_the_same(draft: Invoice) -> None:
    assert form_draft(draft_form(draft)) == (draft, [])


@QUICK
@given(drafts)
def test_json_says_what_the_form_says(draft: Invoice) -> None:
    raw: dict[str, Any] = {}
    for name, value in draft_form(draft).items():
        head, _, tail = name.partition(".")
        if head.startswith("lines["):
            rows = raw.setdefault("lines", [])
            index = int(head[6:-1])
            rows += [{}] * (index + 1 - len(rows))
            rows[index] = {**rows[index], tail: value}
        elif tail:
            raw.setdefault(head, {})[tail] = value
        else:
            raw[name] = value
    assert json_draft(json.loads(json.dumps(raw))) == (draft, [])


def test_whole_numbers_and_booleans_are_taken_from_json() -> None:
    raw = {
        "inclusive": True,
        "lines": [{"name": "纸", "quantity": 2, "price": "1.50", "amount": 3, "discount": False}],
    }
    draft, faults = json_draft(raw)
    assert faults == []
    assert draft.inclusive
    line = draft.lines[0]
    assert (line.quantity, line.price, line.entered) == (Decimal(2), Decimal("1.5"), 300)
    assert not draft.lines[0].discount


@pytest.mark.parametrize(
    ("raw", "code", "path"),
    [
        ({"lines": [{"name": "纸", "price": 1.5}]}, "CORE-FORM-04", "lines[0].price"),
        ({"lines": [{"name": "纸", "amount": float("nan")}]}, "CORE-FORM-04", "lines[0].amount"),
        ({"extra": {"deduction": 0.1}}, "CORE-FORM-04", "extra.deduction"),
        ({"colour": "red"}, "CORE-FORM-02", "colour"),
        ({"seller": {"name": "别家"}}, "CORE-FORM-02", "seller.name"),
        ({"buyer": {"colour": "red"}}, "CORE-FORM-02", "buyer.colour"),
        ({"buyer": {"more": {"name": "x"}}}, "CORE-FORM-02", "buyer.more.name"),
        ({"buyer": "上海样例"}, "CORE-FORM-02", "buyer"),
        ({"lines": "纸"}, "CORE-FORM-02", "lines"),
        ({"lines": [["纸"]]}, "CORE-FORM-02", "lines[0][0]"),
        ({"lines": [{"name": "纸", "tax": "0"}]}, "CORE-FORM-02", "lines[0].tax"),
        ({"amount": "100"}, "CORE-FORM-02", "amount"),
        ({"extra": {"备注": "x"}}, "CORE-FORM-02", "extra.备注"),
        ({"extra": {"": "x"}}, "CORE-FORM-02", "extra."),
        ({"": "x"}, "CORE-FORM-02", ""),
        ({"a": {"b": {"c": {"d": {"e": "x"}}}}}, "CORE-FORM-02", "a.b.c.d"),
        ({"\ud800": "x"}, "CORE-FORM-02", "?"),
        ({"remark": "\ud800"}, "CORE-FORM-05", "remark"),
        ({"lines": [{"name": "\udfff纸"}]}, "CORE-FORM-05", "lines[0].name"),
        ({"lines": [{"name": "纸", "quantity": "两"}]}, "CORE-FORM-01", "lines[0].quantity"),
        ({"lines": [{"name": "纸", "price": "1.00000000000001"}]}, "CORE-FORM-01", "lines[0].price"),
        ({"lines": [{"name": "纸", "amount": "1.001"}]}, "CORE-FORM-01", "lines[0].amount"),
        ({"lines": [{"name": "纸", "amount": 10**15}]}, "CORE-FORM-01", "lines[0].amount"),
    ],
)
def test_what_is_wrong_is_told_with_its_field(raw: dict[str, Any], code: str, path: str) -> None:
    assert codes(json_draft(raw)[1]) == [(code, path)]


def test_deep_nesting_is_a_fault_like_any_other() -> None:
    raw: dict[str, Any] = {}
    inner = raw
    for _ in range(900):
        inner["a"] = {}
        inner = inner["a"]
    assert [code for code, _ in codes(json_draft(raw)[1])] == ["CORE-FORM-02"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(SCALARS),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.text(max_size=6) | st.sampled_from(NAMES),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(deadline=None, max_examples=120)
@given(
    st.dictionaries(
        st.sampled_from(["lines", "buyer", "extra", "kind", "inclusive", "x"]), json_values, max_size=4
    )
)
def test_garbage_gives_faults_and_a_draft_that_can_be_kept(raw: dict[str, Any]) -> None:
    draft, faults = json_draft(raw)
    assert all(fault.code.startswith("CORE-FORM-") and fault.message and fault.remedy for fault in faults)
    assert Invoice.from_dict(draft.as_dict()) == draft
    canonical(calculate(draft)[0].as_dict())
    json.dumps([fault.path for fault in faults]).encode()


@settings(deadline=None, max_examples=120)
@given(
    st.dictionaries(
        st.text(max_size=12)
        | st.builds("lines[{}].{}".format, st.integers(0, 10**7), st.sampled_from(LINE_FIELDS))
        | st.sampled_from(ODD),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=45), max_size=8,
    )
)  # fmt: skip
def test_any_form_is_read(form: dict[str, str]) -> None:
    draft, faults = form_draft(form)
    assert all(fault.path.startswith("lines[") for fault in faults)
    assert faults or form_draft(draft_form(draft))[0].lines == draft.lines
    canonical(draft.as_dict())


def test_empty_lines_are_left_out_and_the_rest_numbered_anew() -> None:
    form = {
        "lines[0].rate": "0.13", "lines[3].name": "纸", "lines[7].name": "", "lines[12].name": "笔",
        "lines[12].quantity": "x", "lines[2].name": "夹", "lines[2].quantity": " 1,000 ",
    }  # fmt: skip
    draft, faults = form_draft(form)
    assert [line.name for line in draft.lines] == ["夹", "纸", "笔"]
    assert draft.lines[0].quantity == 1000
    assert codes(faults) == [("CORE-FORM-01", "lines[2].quantity")]


def test_a_bad_number_is_shown_short() -> None:
    fault = form_draft({"lines[0].amount": "九" * 500})[1][0]
    assert fault.params == {"text": "九" * 40, "places": 2}
    assert fault.message % fault.params


def test_too_many_lines_are_refused_and_cut() -> None:
    form = {f"lines[{index}].name": "纸" for index in range(MOST_LINES + 1)}
    draft, faults = form_draft(form)
    assert codes(faults) == [("CORE-FORM-03", "lines")]
    assert len(draft.lines) == MOST_LINES


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("1", True), ("on", True), (" YES ", True), ("true", True), ("0", False), ("", False), ("no", False)],
)
def test_a_tick_is_read_in_any_spelling(typed: str, meant: bool) -> None:
    assert form_draft({"inclusive": typed})[0].inclusive is meant


def test_the_seller_is_never_taken_from_a_form() -> None:
    draft, _ = form_draft({"seller.name": "别家", "seller.tax_id": "91110108MA01ABCD5T", "side": "red"})
    assert (draft.seller, draft.side) == (Party(), "blue")
