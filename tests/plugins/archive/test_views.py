"""The pages, with and without htmx, for those who may see them."""

from __future__ import annotations

import pytest
from flask import Flask

from core import registry
from core.contributions import ROLES
from core.house import House
from core.invoice import Party
from plugins.archive import originals
from tests.plugins.archive import standin
from tests.plugins.archive.conftest import Ask, take_in
from tests.plugins.archive.standin import Browser, browser
from tests.plugins.archive.test_originals import copies

HOSTILE = [
    '"',
    "%22%25",
    "%00",
    "%F0%9F%98%80",
    "AND+OR",
    "a" * 5000,
    "%E4%BA%91*",
    "&size=0&after=n5",
    "&size=x&after='",
]


@pytest.fixture
def issued(ask: Ask, house: House) -> str:
    document = ask(buyer=Party("北京云帆科技有限公司"), remark="<script>alert(1)</script> & 备注")
    house.runner().drain(60)
    take_in()
    return document.id


def test_the_shells_box_leads_to_the_search(viewer: Browser) -> None:
    assert '<form class="search" action="/archive/search"' in viewer.get("/").text


def test_a_hit_is_marked_and_nothing_of_it_is_markup(viewer: Browser, issued: str) -> None:
    page = viewer.get("/archive/search?q=云帆").text
    assert "北京<mark>云帆</mark>科技" in page
    assert f"/archive/{issued}" in page
    assert "索引完整至 2026-11-24 10:0" in page
    page = viewer.get("/archive/search?q=alert").text
    assert "&lt;script&gt;<mark>alert</mark>(1)" in page
    assert "<script>alert" not in page


def test_htmx_gets_the_results_only_and_further_rows_only(viewer: Browser, ask: Ask, issued: str) -> None:
    for _ in range(3):
        ask(buyer=Party("北京云帆科技有限公司"))
    take_in()
    part = viewer.get("/archive/search?q=云帆&size=2", htmx=True).text
    assert "<html" not in part
    assert "<table" in part
    onward = part.partition('hx-get="')[2].partition('"')[0].replace("&amp;", "&")
    assert "after=n" in onward
    rows = viewer.get(onward, htmx=True).text
    assert rows.strip().startswith("<tr")
    assert viewer.get(onward).text.count("<mark>") == rows.count("<mark>") == 2


def test_nothing_found_helps(viewer: Browser, ask: Ask) -> None:
    ask()
    page = viewer.get("/archive/search?q=26119999999999999999").text
    assert "没有找到符合的发票" in page
    assert "有 1 张发票还没有开出" in page
    assert "订单号,或其中一段" in page
    assert "没有能查找的字或数字" in viewer.get("/archive/search?q=%25%25").text
    assert "可以用的线索" in viewer.get("/archive/search").text


def test_no_query_breaks_the_page(viewer: Browser, issued: str) -> None:
    for query in HOSTILE:
        assert viewer.get(f"/archive/search?q={query}").status_code == 200, query
        assert viewer.get(f"/archive/search?q={query}", htmx=True).status_code == 200, query


def test_a_record_stands_alone(viewer: Browser, issued: str) -> None:
    page = viewer.get(f"/archive/{issued}").text
    for text in (
        "26110000000000000001",
        "已开具",
        "样票",
        "*纸制品*复印纸",
        "¥339.00",
        "完好",
        "2 份副本",
        "开票成功",
    ):
        assert text in page
    assert "到开票页面处理" not in page
    assert viewer.get("/archive/01ARZ3NDEKTSV4RRFFQ69G5FAV").status_code == 404


def test_an_original_comes_as_it_was_stored(viewer: Browser, house: House, issued: str) -> None:
    (row,) = originals.of_document(issued)
    answer = viewer.get(f"/archive/original/{row.id}")
    assert answer.data == b"<x/>"
    assert answer.headers["Content-Disposition"] == "attachment; filename=26110000000000000001.xml"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    copies(house, row)[0].write_bytes(b"rotten")
    assert viewer.get(f"/archive/original/{row.id}").data == b"<x/>"
    for path in copies(house, row):
        path.write_bytes(b"rotten")
    answer = viewer.get(f"/archive/original/{row.id}")
    assert answer.status_code == 410
    assert "原件已损坏" in answer.text
    assert "rotten" not in answer.text
    assert "已损坏" in viewer.get(f"/archive/{issued}").text
    assert viewer.get("/archive/original/x").status_code == 404


def test_originals_are_listed_by_month(viewer: Browser, issued: str) -> None:
    assert "26110000000000000001.xml" in viewer.get("/archive/").text
    assert "26110000000000000001.xml" in viewer.get("/archive/?month=2026-11").text
    for month in ("2026-10", "2025-01"):
        assert "26110000000000000001.xml" not in viewer.get(f"/archive/?month={month}").text
    assert viewer.get("/archive/?month=';--&after='").status_code == 200


def test_every_role_may_read(app: Flask, company: str, issued: str) -> None:
    for role in ROLES:
        assert browser(app, company, role).get("/archive/search?q=云帆").status_code == 200


def test_a_stranger_sees_nothing(app: Flask, issued: str) -> None:
    for url in ("/archive/", "/archive/search?q=云帆", f"/archive/{issued}"):
        assert app.test_client().get(url).status_code in (303, 401)


def test_another_company_sees_nothing(app: Flask, issued: str) -> None:
    (row,) = originals.of_document(issued)
    other = browser(app, standin.second_company(), "owner")
    assert "<mark>" not in other.get("/archive/search?q=云帆").text
    assert other.get(f"/archive/{issued}").status_code == 404
    assert other.get(f"/archive/original/{row.id}").status_code == 404
    assert row.name not in other.get("/archive/").text


def test_off_is_off_and_on_goes_on(viewer: Browser, ask: Ask, house: House, issued: str) -> None:
    registry.switch("archive", False, "test")
    assert viewer.get("/archive/search?q=云帆").status_code == 404
    assert viewer.get("/archive/static/archive.css").status_code == 404
    assert "/archive/" not in viewer.get("/").text
    ask(buyer=Party("停用期间有限公司"))
    house.runner().drain(60)
    registry.switch("archive", True, "test")
    assert "<mark>停用</mark>" in viewer.get("/archive/search?q=停用").text
    while house.runner().feed_once():
        pass
    assert "<mark>停用</mark>" in viewer.get("/archive/search?q=停用").text
