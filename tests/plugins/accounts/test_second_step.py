"""Authenticator apps and recovery codes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyotp
import pytest

from core.clock import FakeClock
from plugins.accounts import onetime
from plugins.accounts.tables import Mail, User
from tests.plugins.accounts.conftest import PASSWORD, Browser, Person

Browse = Callable[[], Browser]


class Phone:
    """An authenticator app that scanned the key on the page."""

    def __init__(self, page: str, clock: FakeClock) -> None:
        key = re.search(r'id="totp-key">([^<]+)<', page)
        assert key
        self.totp, self.clock = pyotp.TOTP(key[1].replace("-", "")), clock

    @property
    def code(self) -> str:
        return self.totp.at(self.clock.now())


@pytest.fixture
def phone(fake_clock: FakeClock, browser: Browser, person: Person) -> Phone:
    """The phone of zhang, who is signed in and has just switched the second step on."""
    person("zhang@example.com")
    browser.sign_in("zhang@example.com")
    phone = Phone(browser.get("/accounts/security/totp").text, fake_clock)
    page = browser.post("/accounts/security/totp", code=phone.code, current=PASSWORD).text
    assert len(re.findall(r"[0-9a-f]{5}-[0-9a-f]{5}-[0-9a-f]{6}", page)) == onetime.CODES
    fake_clock.sleep(30)
    return phone


def test_enrolling_takes_a_code_and_the_password(
    fake_clock: FakeClock, browser: Browser, person: Person
) -> None:
    person("zhang@example.com")
    browser.sign_in("zhang@example.com")
    page = browser.get("/accounts/security/totp").text
    assert 'src="data:image/svg+xml;base64,' in page
    phone = Phone(page, fake_clock)
    assert browser.post("/accounts/security/totp", code="000000", current=PASSWORD).status_code == 422
    assert browser.post("/accounts/security/totp", code=phone.code, current="wrong one").status_code == 422
    assert not User.get().totp
    assert browser.post("/accounts/security/totp", code=phone.code, current=PASSWORD).status_code == 200
    kept = User.get()
    assert phone.totp.secret not in kept.totp, "the secret is kept encrypted"
    assert browser.get("/accounts/security/totp").location == "/accounts/security"
    assert Mail.select().order_by(Mail.id.desc()).first().subject == "两步验证有变化"


def test_a_sign_in_takes_both_steps(browse: Browse, phone: Phone) -> None:
    other = browse()
    answer = other.sign_in("zhang@example.com", next="/accounts/me")
    assert answer.location == "/accounts/second-step"
    assert not other.is_in()
    assert other.post("/accounts/second-step", code="123").status_code == 422
    answer = other.post("/accounts/second-step", code=phone.code)
    assert answer.location == "/accounts/arrive?next=/accounts/me"
    assert other.is_in()


def test_a_code_is_good_once(browse: Browse, phone: Phone) -> None:
    first, second = browse(), browse()
    code = phone.code
    for browser, status in ((first, 303), (second, 422)):
        browser.sign_in("zhang@example.com")
        assert browser.post("/accounts/second-step", code=code).status_code == status


def test_a_recovery_code_is_good_once(browse: Browse, browser: Browser, phone: Phone) -> None:
    page = browser.post("/accounts/security/codes", page="/accounts/security", current=PASSWORD).text
    code = re.findall(r"[0-9a-f]{5}-[0-9a-f]{5}-[0-9a-f]{6}", page)[0]
    assert code not in User.get().recovery
    for status in (303, 422):
        other = browse()
        other.sign_in("zhang@example.com")
        assert other.post("/accounts/second-step", code=f" {code.upper()} ").status_code == status
    assert onetime.codes_left(User.get()) == onetime.CODES - 1


def test_codes_cannot_be_guessed(fake_clock: FakeClock, browse: Browse, phone: Phone) -> None:
    other = browse()
    other.sign_in("zhang@example.com")
    for number in range(5):
        other.post("/accounts/second-step", code=f"00000{number}")
    assert "后再试" in other.post("/accounts/second-step", code=phone.code).text


def test_the_second_step_waits_five_minutes_and_for_the_same_password(
    fake_clock: FakeClock, browse: Browse, phone: Phone
) -> None:
    late, changed = browse(), browse()
    late.sign_in("zhang@example.com")
    fake_clock.sleep(301)
    assert late.get("/accounts/second-step").location == "/accounts/sign-in"
    changed.sign_in("zhang@example.com")
    User.update(fs_uniquifier="another").execute()
    assert changed.get("/accounts/second-step").location == "/accounts/sign-in"
    assert browse().get("/accounts/second-step").location == "/accounts/sign-in"


def test_switching_off_takes_password_and_code(fake_clock: FakeClock, browser: Browser, phone: Phone) -> None:
    page = "/accounts/security"
    off = "/accounts/security/off"
    assert browser.post(off, page=page, current="wrong one", code=phone.code).status_code == 422
    assert browser.post(off, page=page, current=PASSWORD, code="1").status_code == 422
    assert User.get().totp
    assert browser.post(off, page=page, current=PASSWORD, code=phone.code).location == f"{page}?done=off"
    assert not User.get().totp
    browser.post("/accounts/sign-out")
    assert browser.sign_in("zhang@example.com").location.startswith("/accounts/arrive")
