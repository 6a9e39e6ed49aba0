"""One's own particulars, and a company of one's own."""

from __future__ import annotations

import pytest

from core import registry
from plugins.accounts.tables import User
from tests.plugins.accounts.conftest import Browser, Person


def test_name_and_number_are_changed(browser: Browser, person: Person) -> None:
    person("zhang@example.com")
    browser.sign_in("zhang@example.com")
    assert browser.post("/accounts/me", name="", mobile="1").status_code == 422
    assert (
        browser.post("/accounts/me", name="张小三", mobile="139 0013 9000").location == "/accounts/me?done=1"
    )
    assert (User.get().name, User.get().mobile) == ("张小三", "+8613900139000")


def test_a_person_founds_a_company(browser: Browser, person: Person) -> None:
    person("zhang@example.com")
    browser.sign_in("zhang@example.com")
    page = "/accounts/companies/new"
    fields = {"company": "上海样例贸易有限公司", "tax_id": "91310115ma1k00007q", "region": "31"}
    wrong = browser.post(page, **{**fields, "tax_id": "91310115MA1K00007X"})
    assert wrong.status_code == 422
    assert "统一社会信用代码不正确" in wrong.text, "ACCOUNTS-REGISTER-06"
    assert browser.post(page, **fields).location == "/"
    assert [company.tax_id for company in registry.companies()] == ["91310115MA1K00007Q"]
    assert browser.get("/accounts/members").status_code == 200


@pytest.mark.parametrize(
    "page",
    [
        "me",
        "password",
        "sessions",
        "security",
        "security/totp",
        "start",
        "companies/new",
        "arrive",
        "members",
    ],
)
def test_strangers_are_sent_to_the_sign_in(browser: Browser, page: str) -> None:
    answer = browser.get(f"/accounts/{page}", headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.location.startswith("/accounts/sign-in?next=")


def test_a_page_left_open_after_signing_out_does_nothing(browser: Browser, person: Person) -> None:
    person("zhang@example.com")
    browser.sign_in("zhang@example.com")
    page = browser.get("/accounts/me").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    browser.post("/accounts/sign-out")
    answer = browser.client.post("/accounts/me", data={"name": "x", "mobile": "1", "csrf_token": token})
    assert answer.status_code in (401, 403)
