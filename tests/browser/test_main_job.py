"""The main job, as a clerk does it: issue, see where it is, find it again, verify it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open

pytestmark = pytest.mark.browser


def fill_invoice(page: Page, buyer: str, order: str) -> None:
    page.fill("[name='buyer.name']", buyer)
    page.fill("[name='buyer.tax_id']", "91310115MA1K00007Q")
    page.fill("[name='lines[0].name']", "复印纸")
    page.fill("[name='lines[0].code']", "1060102010000000000")
    page.fill("[name='lines[0].quantity']", "3")
    page.fill("[name='lines[0].price']", "128.50")
    page.fill("[name='order_no']", order)


def issue(page: Page, buyer: str, order: str) -> str:
    page.goto("/issuing/new")
    fill_invoice(page, buyer, order)
    page.click("button[value=issue] >> visible=true")
    page.wait_for_url(re.compile(r"/issuing/[0-9A-Z]{26}"))
    return page.url


def test_an_invoice_is_issued_and_the_page_moves_on_its_own(open_page: Open) -> None:
    page = open_page("finance")
    reloads: list[str] = []
    issue(page, "浏览器一号商贸有限公司", "WEB-1")
    page.on("framenavigated", lambda frame: reloads.append(frame.url))
    expect(page.locator("[data-state=issued]").first).to_be_visible(timeout=15_000)
    assert reloads == [], "without a reload"
    number = re.search(r"\b26\d{18}\b", page.inner_text("main"))
    assert number
    place = page.locator("a[href$='.pdf']").first.get_attribute("href")
    assert page.request.get(str(place)).body().startswith(b"%PDF-")


def test_totals_follow_the_typing_and_the_server_computes_them(open_page: Open) -> None:
    page = open_page("finance")
    page.goto("/issuing/new")
    fill_invoice(page, "合计测试有限公司", "WEB-2")
    expect(page.locator("main")).to_contain_text("435.62")  # 3 × 128.50 × 1.13, half up
    page.locator("[name='inclusive'][value='1']").check()
    expect(page.locator("main")).to_contain_text("385.50")


def test_faults_stand_beside_their_fields(open_page: Open) -> None:
    page = open_page("finance")
    page.goto("/issuing/new")
    page.fill("[name='lines[0].name']", "复印纸")
    page.click("button[value=issue] >> visible=true")
    bad = page.locator("[name='buyer.name'][aria-invalid=true]")
    expect(bad).to_be_visible()
    described = bad.get_attribute("aria-describedby")
    assert described
    page.fill("[name='buyer.name']", "补上名称有限公司")
    assert page.input_value("[name='lines[0].name']") == "复印纸", "nothing typed is lost"


def test_lines_come_and_go_without_losing_anything(open_page: Open) -> None:
    page = open_page("finance")
    page.goto("/issuing/new")
    fill_invoice(page, "加减行有限公司", "WEB-3")
    page.click("button[value=add-line]")
    page.fill("[name='lines[1].name']", "信封")
    page.fill("[name='lines[1].amount']", "10")
    page.click("button[value=remove-0]")
    expect(page.locator("[name='lines[1].name']")).to_have_count(0)
    assert page.input_value("[name='lines[0].name']") == "信封"
    assert page.input_value("[name='buyer.name']") == "加减行有限公司"


def test_pressing_twice_makes_one_invoice(open_page: Open) -> None:
    page = open_page("finance")
    first = issue(page, "连点两次有限公司", "WEB-4")
    assert issue(page, "连点两次有限公司", "WEB-4") == first


@pytest.mark.parametrize("clue", ["回找", "回找我有限公司", "WEB-5", "435.62"])
def test_any_clue_finds_it(open_page: Open, clue: str) -> None:
    page = open_page("finance")
    issue(page, "回找我有限公司", "WEB-5")
    page.goto("/")
    page.fill(".topbar input[name=q]", clue)
    page.press(".topbar input[name=q]", "Enter")
    expect(page.locator("main")).to_contain_text("回找我有限公司")


def test_a_half_typed_word_sends_nothing(open_page: Open) -> None:
    page = open_page("finance")
    page.goto("/archive/search")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "q=" in request.url else None)
    page.locator("main input[name=q]").evaluate(
        """box => { for (const text of ['z','zh','zho','zhon','zhong']) { box.value = text;
             box.dispatchEvent(new InputEvent('input', {bubbles: true, isComposing: true})); }
             box.value = '中';
             box.dispatchEvent(new CompositionEvent('compositionend', {bubbles: true})); }"""
    )
    page.wait_for_timeout(1200)
    assert len(asked) == 1


def test_the_public_page_verifies_it(open_page: Open) -> None:
    page = open_page("finance")
    issue(page, "公开查验有限公司", "WEB-6")
    expect(page.locator("[data-state=issued]").first).to_be_visible(timeout=15_000)
    text = page.inner_text("main")
    number = re.search(r"\b26\d{18}\b", text)
    assert number
    day = re.search(r"20\d\d-\d\d-\d\d", text)
    assert day
    stranger = open_page()
    stranger.goto(f"/verify/public?number={number[0]}&day={day[0]}&total=435.62")
    expect(stranger.locator("main")).to_contain_text("一致")
    expect(stranger.locator("main")).to_contain_text("样票")
    stranger.goto(f"/verify/public?number={number[0]}&day={day[0]}&total=435.63")
    expect(stranger.locator("main")).to_contain_text("没有找到一致的发票")


def test_a_module_is_switched_off_and_on_without_a_restart(open_page: Open) -> None:
    owner = open_page("owner")
    owner.goto("/modules")
    row = owner.locator("li", has_text="verify")
    row.locator("button").click()
    expect(owner.locator("nav >> visible=true")).not_to_contain_text("查验")
    response = owner.goto("/verify/")
    assert response
    assert response.status == 404
    owner.goto("/modules")
    owner.locator("li", has_text="verify").locator("button").click()
    response = owner.goto("/verify/")
    assert response
    assert response.status == 200


def test_it_works_without_javascript(open_page: Open) -> None:
    page = open_page("finance", script=False)
    page.goto("/issuing/new")
    fill_invoice(page, "没有脚本有限公司", "WEB-7")
    page.click("button[value=add-line]")
    assert page.input_value("[name='buyer.name']") == "没有脚本有限公司"
    page.click("button[value=issue] >> visible=true")
    page.wait_for_url(re.compile(r"/issuing/[0-9A-Z]{26}"))


def test_english_is_english(open_page: Open) -> None:
    page = open_page("finance", locale="en-US")
    for url in ("/", "/issuing/", "/issuing/new", "/archive/search", "/verify/"):
        page.goto(url)
        heading = page.inner_text("main h1")
        assert not re.search(r"[\u4e00-\u9fff]", heading), heading


@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_is_wider_than_the_screen(open_page: Open, width: int) -> None:
    page = open_page("owner", width=width)
    page.goto("/")
    urls = page.eval_on_selector_all("nav a", "links => links.map(a => new URL(a.href).pathname)")
    for url in sorted({*urls, "/issuing/new", "/archive/search?q=%E5%8A%9E%E5%85%AC", "/accounts/sessions"}):
        page.goto(url)
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, url
