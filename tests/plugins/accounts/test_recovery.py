"""Getting back in without a password."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.clock import FakeClock
from plugins.accounts import credentials, service
from plugins.accounts.tables import Mail, Session, User
from tests.plugins.accounts.conftest import PASSWORD, Browser, Person

LinkIn = Callable[[str], str]
NEW = "一只新的猫 2027"


def test_a_reset_sets_the_password_once_and_ends_every_session(
    browse: Callable[[], Browser], person: Person, mail: LinkIn
) -> None:
    person("zhang@example.com")
    here, there = browse(), browse()
    there.sign_in("zhang@example.com")
    asked = here.post("/accounts/forgot", email="zhang@example.com")
    assert asked.location.startswith("/accounts/check-mail?email=zhang@example.com")
    link = mail("zhang@example.com")
    assert "zhang@example.com" in here.get(link).text
    assert here.post(link, password=NEW, again=NEW).location == "/accounts/sign-in?done=reset"
    assert not there.is_in()
    assert here.get(link).status_code == 410
    assert here.sign_in("zhang@example.com").status_code == 422
    assert here.sign_in("zhang@example.com", NEW).status_code == 303
    assert Mail.select().order_by(Mail.id.desc()).first().subject == "您的 Fapiao 密码已修改"


def test_a_reset_link_expires_after_half_an_hour(
    fake_clock: FakeClock, browser: Browser, person: Person, mail: LinkIn
) -> None:
    person("zhang@example.com")
    browser.post("/accounts/forgot", email="zhang@example.com")
    link = mail("zhang@example.com")
    fake_clock.sleep(29 * 60)
    assert browser.get(link).status_code == 200
    fake_clock.sleep(2 * 60)
    assert browser.get(link).status_code == 410


def test_an_unknown_address_gets_the_same_page_and_another_mail(browser: Browser, person: Person) -> None:
    person("zhang@example.com")
    known = browser.post("/accounts/forgot", email="zhang@example.com")
    unknown = browser.post("/accounts/forgot", email="wang@example.com")
    assert known.location.replace("zhang", "wang") == unknown.location
    assert Mail.get(Mail.recipient == "wang@example.com").subject == "这个邮箱没有 Fapiao 账号"
    again = browser.post("/accounts/resend", email="nobody@example.com")
    assert again.status_code == 303
    assert Mail.select().where(Mail.recipient == "nobody@example.com").count() == 0


def test_a_weak_new_password_is_refused_and_the_link_stays_good(
    browser: Browser, person: Person, mail: LinkIn
) -> None:
    person("zhang@example.com")
    browser.post("/accounts/forgot", email="zhang@example.com")
    link = mail("zhang@example.com")
    assert browser.post(link, password="password123", again="password123").status_code == 422
    assert browser.post(link, password=NEW, again=NEW).status_code == 303


def test_a_reset_confirms_the_mailbox(browser: Browser, person: Person, mail: LinkIn) -> None:
    user = person("zhang@example.com", confirmed_at="")
    browser.post("/accounts/forgot", email="zhang@example.com")
    browser.post(mail("zhang@example.com"), password=NEW, again=NEW)
    assert User.get_by_id(user.id).confirmed_at


def test_of_two_resets_at_once_one_wins(browser: Browser, person: Person, site: object) -> None:
    user = person("zhang@example.com")
    seen_by_both = User.get_by_id(user.id)
    with browser.client.application.test_request_context("/"):
        assert service.set_password(seen_by_both, NEW)
        assert not service.set_password(seen_by_both, "二只新的猫 2027")
        assert credentials.matches(User.get_by_id(user.id), NEW)


@pytest.mark.parametrize("page", ["/accounts/forgot", "/accounts/resend"])
def test_no_address_and_too_many_mails_are_refused(
    fake_clock: FakeClock, browser: Browser, page: str
) -> None:
    assert browser.post(page, email="zhang").status_code == 422
    answers = [browser.post(page, email="zhang@example.com").status_code for _ in range(3)]
    assert answers == [303, 303, 422]


def test_changing_the_password_keeps_this_session_only(browse: Callable[[], Browser], person: Person) -> None:
    person("zhang@example.com")
    here, there = browse(), browse()
    here.sign_in("zhang@example.com")
    there.sign_in("zhang@example.com")
    page = "/accounts/password"
    wrong = here.post(page, current="wrong one", password=NEW, again=NEW)
    assert wrong.status_code == 422
    assert "当前密码不正确" in wrong.text
    assert here.post(page, current=PASSWORD, password="short", again="short").status_code == 422
    assert here.post(page, current=PASSWORD, password=NEW, again=NEW).location == f"{page}?done=1"
    assert here.is_in()
    assert not there.is_in()
    assert Session.select().count() == 1


def test_the_current_password_cannot_be_guessed_in_a_stolen_session(
    fake_clock: FakeClock, browser: Browser, person: Person
) -> None:
    person("zhang@example.com")
    browser.sign_in("zhang@example.com")
    for _ in range(5):
        browser.post("/accounts/password", current="wrong one", password=NEW, again=NEW)
    assert "后再试" in browser.post("/accounts/password", current=PASSWORD, password=NEW, again=NEW).text
