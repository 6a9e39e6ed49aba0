"""Sign-ins are seen and ended."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core import scope
from core.clock import FakeClock
from plugins.accounts import membership, sessions
from plugins.accounts.tables import Member, Session, User
from tests.plugins.accounts.conftest import Browser, Person

Browse = Callable[[], Browser]


def test_a_revoked_session_ends_at_the_next_request(browse: Browse, person: Person) -> None:
    person("zhang@example.com")
    here, there = browse(), browse()
    here.sign_in("zhang@example.com")
    there.sign_in("zhang@example.com")
    with there.client.session_transaction() as kept:
        name = sessions._digest(kept["accounts"])
    assert here.get("/accounts/sessions").text.count('<td class="main">') == 2
    here.post(f"/accounts/sessions/{name}/revoke", page="/accounts/sessions")
    assert here.is_in()
    assert not there.is_in()


def test_nobody_ends_another_persons_session(browse: Browse, person: Person) -> None:
    person("zhang@example.com")
    person("wang@example.com")
    zhang, wang = browse(), browse()
    zhang.sign_in("zhang@example.com")
    wang.sign_in("wang@example.com")
    with zhang.client.session_transaction() as kept:
        name = sessions._digest(kept["accounts"])
    wang.post(f"/accounts/sessions/{name}/revoke", page="/accounts/sessions")
    assert zhang.is_in()


def test_signing_out_everywhere(browse: Browse, person: Person) -> None:
    person("zhang@example.com")
    here, there = browse(), browse()
    here.sign_in("zhang@example.com")
    there.sign_in("zhang@example.com")
    assert "done=everywhere" in here.post("/accounts/sessions/revoke-all", page="/accounts/sessions").location
    assert not here.is_in()
    assert not there.is_in()


def test_a_suspended_person_is_out_at_the_next_request(browser: Browser, person: Person) -> None:
    user = person("zhang@example.com")
    browser.sign_in("zhang@example.com")
    assert browser.is_in()
    User.update(active=0).where(User.id == user.id).execute()
    assert not browser.is_in()


def test_a_suspended_or_demoted_member_loses_the_company_at_the_next_request(
    browser: Browser, person: Person, firm: str
) -> None:
    user = person("zhang@example.com", company=firm, role="owner")
    browser.sign_in("zhang@example.com")
    assert browser.get("/accounts/members").status_code == 200
    with scope.opened(firm):
        Member.update(role="viewer").where(Member.user == user.id).execute()
    assert browser.get("/accounts/members").status_code == 403
    with scope.opened(firm):
        Member.update(role="owner", state=membership.SUSPENDED).where(Member.user == user.id).execute()
    assert browser.get("/accounts/members").location == "/"
    assert "已暂停" in browser.get("/accounts/start").text


@pytest.mark.parametrize(("stay", "hours"), [("", 12), ("1", 30 * 24)])
def test_an_idle_session_ends_by_itself(
    fake_clock: FakeClock, browser: Browser, person: Person, stay: str, hours: int
) -> None:
    person("zhang@example.com")
    browser.sign_in("zhang@example.com", stay=stay)
    fake_clock.sleep(hours * 3600 - 120)
    assert browser.is_in()
    fake_clock.sleep(hours * 3600 - 120)
    assert browser.is_in(), "each use counts anew"
    fake_clock.sleep(hours * 3600 + 1)
    assert not browser.is_in()
    assert Session.select().count() == 0


def test_old_sessions_are_swept(fake_clock: FakeClock, browser: Browser, person: Person) -> None:
    person("zhang@example.com")
    browser.sign_in("zhang@example.com")
    sessions.sweep()
    assert Session.select().count() == 1
    fake_clock.sleep(31 * 86_400)
    sessions.sweep()
    assert Session.select().count() == 0


def test_the_cookies_token_is_not_kept(browser: Browser, person: Person) -> None:
    person("zhang@example.com")
    browser.sign_in("zhang@example.com")
    with browser.client.session_transaction() as kept:
        assert kept["accounts"] not in [row.id for row in Session.select()]


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36 Edg/126.0",
            "Edge · Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) MicroMessenger/8.0",
            "微信 · iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36", "Chrome · Android"),
        ("curl/8.5", "未知设备"),
    ],
)
def test_devices_have_names(agent: str, device: str) -> None:
    assert sessions.device(agent) == device


def test_hook_choose_visitor_and_test_hook_choose_actor(browser: Browser, person: Person, firm: str) -> None:
    person("zhang@example.com", company=firm, role="sales")
    browser.sign_in("zhang@example.com")
    page = browser.get("/accounts/me").text
    assert "北京云杉办公用品有限公司" in page
    assert "销售" in page
