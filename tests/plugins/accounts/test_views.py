"""Signing in and out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask_security.utils import verify_and_update_password

from core.clock import FakeClock
from plugins.accounts import demo, pages
from plugins.accounts.tables import Session, User
from tests.plugins.accounts.conftest import PASSWORD, Browser, Person

EVIL = [
    "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "https:evil.example",
    "javascript:alert(1)", "/\t/evil.example", "/\n/evil.example", " //evil.example", "///evil.example",
    "evil", "/%0d%0aSet-Cookie:x\r\n", "http:///evil.example", "data:text/html,x", "/\x00/evil", "",
]  # fmt: skip


@pytest.mark.parametrize("onward", EVIL)
def test_a_sign_in_leads_to_no_foreign_page(browser: Browser, person: Person, firm: str, onward: str) -> None:
    person("zhang@example.com", company=firm, role="sales")
    answer = browser.sign_in("zhang@example.com", next=onward)
    assert answer.status_code == 303
    assert browser.get(answer.location).location == "/"


def test_a_sign_in_leads_on_to_where_one_was_going(browser: Browser, person: Person, firm: str) -> None:
    person("zhang@example.com", company=firm, role="owner")
    asked = browser.get("/accounts/members?x=1", headers={"Accept": "text/html"})
    assert asked.location == "/accounts/sign-in?next=/accounts/members?x%3D1"
    answer = browser.sign_in("zhang@example.com", next="/accounts/members?x=1")
    assert browser.get(answer.location).location == "/accounts/members?x=1"
    assert browser.get("/accounts/sign-in").location == "/"


@pytest.mark.parametrize(
    "login", ["zhang@example.com", " ZHANG@Example.COM ", "13800138000", "+86 138 0013 8000"]
)
def test_one_signs_in_by_address_or_number(browser: Browser, person: Person, login: str) -> None:
    person("zhang@example.com", mobile="+8613800138000")
    assert browser.sign_in(login).status_code == 303
    assert browser.is_in()


def test_of_two_with_one_number_the_first_one_signs_in_by_it(browser: Browser, person: Person) -> None:
    person("late@example.com", mobile="+8613800138000", confirmed_at="2026-11-02")
    person("early@example.com", mobile="+8613800138000", confirmed_at="2026-11-01")
    browser.sign_in("13800138000")
    assert "early@example.com" in browser.get("/accounts/me").text


def test_a_person_without_company_is_shown_how_to_get_one(browser: Browser, person: Person) -> None:
    person("zhang@example.com")
    answer = browser.get(browser.sign_in("zhang@example.com").location)
    assert answer.location == "/accounts/start"
    assert "登记公司" in browser.get(answer.location).text


def test_known_and_unknown_people_get_the_same_answer(browser: Browser, person: Person) -> None:
    person("zhang@example.com")
    known = browser.sign_in("zhang@example.com", "wrong password")
    unknown = browser.sign_in("wang@example.com", "wrong password")
    assert known.status_code == unknown.status_code == 422
    assert "账号或密码不正确" in known.text
    assert _without_names(known.text) == _without_names(unknown.text)


def _without_names(page: str) -> str:
    lines = [line for line in page.splitlines() if "csrf_token" not in line]
    return "\n".join(lines).replace("zhang", "wang")


def test_an_unknown_person_costs_a_hash_too(
    browser: Browser, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person("zhang@example.com")
    judged: list[str] = []
    where = "plugins.accounts.credentials.verify_and_update_password"

    def counting(password: str, user: User) -> bool:
        judged.append(str(user.password))
        return bool(verify_and_update_password(password, user))

    monkeypatch.setattr(where, counting)
    for login in ("zhang@example.com", "wang@example.com", "no address at all"):
        browser.sign_in(login, "wrong password")
    assert len(judged) == 3
    assert all(kept.startswith("$argon2id$v=19$m=64,t=1,p=1$") for kept in judged)


@pytest.mark.parametrize("known", [True, False])
def test_wrong_passwords_lock_out_and_say_until_when(
    fake_clock: FakeClock, browser: Browser, person: Person, known: bool
) -> None:
    if known:
        person("zhang@example.com")
    for _ in range(5):
        assert "账号或密码不正确" in browser.sign_in("zhang@example.com", "wrong password").text
    locked = browser.sign_in("zhang@example.com")
    assert locked.status_code == 422
    assert "请在 30 秒后再试" in locked.text
    fake_clock.sleep(31)
    assert browser.sign_in("zhang@example.com").status_code == (303 if known else 422)


def test_trying_number_and_address_in_turn_gains_nothing(
    fake_clock: FakeClock, browser: Browser, person: Person
) -> None:
    person("zhang@example.com", mobile="+8613800138000")
    for login in (
        "zhang@example.com",
        "13800138000",
        "zhang@example.com",
        "13800138000",
        "zhang@example.com",
    ):
        browser.sign_in(login, "wrong password")
    assert "后再试" in browser.sign_in("13800138000").text


def test_one_address_cannot_try_many_accounts(fake_clock: FakeClock, browser: Browser) -> None:
    for number in range(30):
        browser.sign_in(f"user{number}@example.com", "Winter-2026!")
    assert "后再试" in browser.sign_in("user31@example.com", "Winter-2026!").text


def test_an_unconfirmed_or_suspended_person_is_told_so_after_the_right_password_only(
    browser: Browser, person: Person
) -> None:
    person("new@example.com", confirmed_at="")
    person("gone@example.com", active=0)
    assert "邮箱尚未激活" in browser.sign_in("new@example.com").text
    assert "已停用" in browser.sign_in("gone@example.com").text
    assert "账号或密码不正确" in browser.sign_in("gone@example.com", "wrong password").text
    assert not browser.is_in()


def test_somebody_invited_without_a_password_cannot_sign_in(browser: Browser, person: Person) -> None:
    person("invited@example.com", password=None)
    assert "账号或密码不正确" in browser.sign_in("invited@example.com", "").text


def test_signing_in_needs_the_forms_token(site: Flask, person: Person) -> None:
    person("zhang@example.com")
    answer = site.test_client().post(
        "/accounts/sign-in", data={"login": "zhang@example.com", "password": PASSWORD}
    )
    assert answer.status_code == 403


def test_signing_in_makes_a_new_session(browser: Browser, person: Person) -> None:
    person("zhang@example.com")
    with browser.client.session_transaction() as session:
        session["accounts"] = "planted"
        session["locale"] = "en"
    browser.sign_in("zhang@example.com")
    with browser.client.session_transaction() as session:
        assert session["accounts"] != "planted"
        assert session["locale"] == "en"


def test_signing_out_ends_the_session_on_the_server(browser: Browser, person: Person) -> None:
    person("zhang@example.com")
    browser.sign_in("zhang@example.com")
    with browser.client.session_transaction() as session:
        stolen = session["accounts"]
    assert "要退出登录吗" in browser.get("/accounts/sign-out").text
    assert browser.post("/accounts/sign-out").location == "/accounts/sign-in"
    with browser.client.session_transaction() as session:
        session["accounts"] = stolen
    assert not browser.is_in()
    assert Session.select().count() == 0
    assert browser.get("/accounts/sign-out").status_code == 303


def test_without_the_demo_there_is_no_mailbox_and_no_log_in_to_click(browser: Browser) -> None:
    assert browser.get("/accounts/mailbox").status_code == 404
    assert demo.PASSWORD not in browser.get("/accounts/sign-in").text


def test_english_is_spoken(browser: Browser) -> None:
    page = browser.get("/accounts/sign-in", headers={"Accept-Language": "en"}).text
    assert "Forgot password?" in page
    assert "忘记密码" not in page


def test_links_in_mails_do_not_trust_the_host_header(site: Flask, house: Callable[..., object]) -> None:
    with site.test_request_context("/", headers={"Host": "evil.example"}):
        assert pages.link("accounts.sign_in") == "http://127.0.0.1:8000/accounts/sign-in"
