"""Registering, confirming, and coming in by an invitation."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from core import ledger, registry, scope
from core.clock import FakeClock
from plugins.accounts import identity, service
from plugins.accounts.tables import Mail, Member, User
from tests.plugins.accounts.conftest import PASSWORD, Browser, Person

LinkIn = Callable[[str], str]
PERSON = {
    "as": "person", "name": "张三", "email": "zhang@example.com", "mobile": "13800138000",
    "document_kind": "id-card", "document": "11010519491231002x", "password": PASSWORD, "again": PASSWORD,
}  # fmt: skip
COMPANY = {
    **PERSON, "as": "company", "company": "上海样例贸易有限公司", "document": "91310115MA1K00007Q",
    "region": "31",
}  # fmt: skip


def codes_of(form: dict[str, str], browser: Browser) -> list[str]:
    with browser.client.application.app_context():
        return [fault.code for fault in service.faults(service.read(form))]


def test_a_person_registers_confirms_and_signs_in(browser: Browser, mail: LinkIn) -> None:
    answer = browser.post("/accounts/register", **PERSON)
    assert answer.location == "/accounts/check-mail?email=zhang@example.com"
    assert "zhang@example.com" in browser.get(answer.location).text
    assert "邮箱尚未激活" in browser.sign_in("zhang@example.com").text
    link = mail("zhang@example.com")
    assert "张三" in browser.get(link).text
    assert not User.get().confirmed_at, "opening the link is not enough: mail programs do that"
    assert "账号已激活" in browser.post(link).text
    assert browser.sign_in("13800138000").status_code == 303
    assert "账号已激活" in browser.get(link).text


def test_identity_numbers_are_not_kept(browser: Browser) -> None:
    browser.post("/accounts/register", **PERSON)
    user = User.get()
    assert user.document_mask == "110***********002X"
    assert user.document_digest == identity.digest("11010519491231002X")
    assert "11010519491231002X" not in json.dumps(user.__data__)


def test_a_company_registers_with_its_founder_as_owner(browser: Browser, mail: LinkIn) -> None:
    browser.post("/accounts/register?as=company", **COMPANY)
    (company,) = registry.companies()
    assert (company.name, company.tax_id, company.region) == (COMPANY["company"], COMPANY["document"], "31")
    user = User.get()
    with scope.opened(company.id):
        (member,) = Member.select()
        assert (member.user, member.role, member.state) == (user.id, "owner", "active")
        kinds = [(event.kind, event.actor) for event in ledger.events()]
    assert kinds == [("company-created", f"user:{user.id}"), ("member-changed", f"user:{user.id}")]
    browser.post(mail("zhang@example.com"))
    browser.sign_in("zhang@example.com")
    assert browser.get("/accounts/members").status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "", "ACCOUNTS-REGISTER-01"),
        ("name", "张\u202e三", "ACCOUNTS-REGISTER-01"),
        ("email", "zhang", "ACCOUNTS-REGISTER-02"),
        ("mobile", "12345", "ACCOUNTS-REGISTER-03"),
        ("document", "110105194912310021", "ACCOUNTS-REGISTER-04"),
        ("document_kind", "credit-code", "ACCOUNTS-REGISTER-04"),
        ("again", "another one", "ACCOUNTS-PASSWORD-04"),
    ],
)
def test_a_wrong_field_is_named(browser: Browser, field: str, value: str, code: str) -> None:
    answer = browser.post("/accounts/register", **{**PERSON, field: value})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert codes_of({**PERSON, field: value}, browser) == [code]
    assert User.select().count() == 0
    assert Mail.select().count() == 0
    assert PASSWORD not in answer.text


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [("company", " ", "ACCOUNTS-REGISTER-01"), ("region", "99", "ACCOUNTS-REGISTER-05"),
     ("document", "91310115MA1K00007X", "ACCOUNTS-REGISTER-06")],
)  # fmt: skip
def test_a_wrong_company_is_not_founded(browser: Browser, field: str, value: str, code: str) -> None:
    assert browser.post("/accounts/register?as=company", **{**COMPANY, field: value}).status_code == 422
    assert codes_of({**COMPANY, field: value}, browser) == [code]
    assert registry.companies() == []


def test_a_known_address_gets_the_same_page_and_another_mail(browser: Browser, person: Person) -> None:
    user = person("zhang@example.com")
    first = browser.post("/accounts/register", **{**PERSON, "email": "new@example.com"})
    second = browser.post("/accounts/register?as=company", **COMPANY)
    assert first.location.replace("new@", "zhang@") == second.location
    assert registry.companies() == []
    assert User.get_by_id(user.id).password == user.password
    letter = Mail.get(Mail.recipient == "zhang@example.com")
    assert letter.subject == "您已经有 Fapiao 账号"
    assert "/accounts/forgot" in letter.body


def test_the_latest_registration_of_an_unconfirmed_address_stands(browser: Browser, mail: LinkIn) -> None:
    browser.post(
        "/accounts/register",
        **{**PERSON, "name": "别人", "password": "someone else 7", "again": "someone else 7"},
    )
    planted = mail("zhang@example.com")
    browser.post("/accounts/register", **PERSON)
    assert browser.get(planted).status_code == 410
    browser.post(mail("zhang@example.com"))
    assert browser.sign_in("zhang@example.com", "someone else 7").status_code == 422
    assert browser.sign_in("zhang@example.com").status_code == 303


def test_mails_to_one_address_are_limited(fake_clock: FakeClock, browser: Browser) -> None:
    answers = [browser.post("/accounts/register", **PERSON).status_code for _ in range(3)]
    assert answers == [303, 303, 422]
    fake_clock.sleep(61)
    assert browser.post("/accounts/register", **PERSON).status_code == 303


def test_a_confirmation_link_expires(fake_clock: FakeClock, browser: Browser, mail: LinkIn) -> None:
    browser.post("/accounts/register", **PERSON)
    fake_clock.sleep(49 * 3600)
    assert browser.get(mail("zhang@example.com")).status_code == 410
    again = browser.post("/accounts/resend", email="ZHANG@example.com")
    assert again.location == "/accounts/check-mail?email=zhang@example.com"
    assert "账号已激活" in browser.post(mail("zhang@example.com")).text


def test_a_forged_link_opens_nothing(browser: Browser, mail: LinkIn) -> None:
    browser.post("/accounts/register", **PERSON)
    token = mail("zhang@example.com").rpartition("/")[2]
    for link in (f"/accounts/confirm/{token[:-2]}xx", f"/accounts/reset/{token}", f"/accounts/join/{token}"):
        assert browser.get(link).status_code == 410


def test_the_strength_hint_is_a_block_of_its_own(browser: Browser) -> None:
    page = "/accounts/register"
    assert "很强" in browser.post("/accounts/strength", page=page, password=PASSWORD).text
    assert "弱" in browser.post("/accounts/strength", page=page, password="password123").text
    assert browser.post("/accounts/strength", page=page, password="").text.strip() == ""


def test_an_invited_stranger_registers_by_the_link_and_accepts(
    browse: Callable[[], Browser], person: Person, firm: str, mail: LinkIn
) -> None:
    person("owner@example.com", company=firm, role="owner")
    owner, guest = browse(), browse()
    owner.sign_in("owner@example.com")
    owner.post("/accounts/members/invite", page="/accounts/members", email="Li@example.com", role="finance")
    link = mail("li@example.com")
    assert link.startswith("/accounts/join/")
    assert 'value="li@example.com"' in guest.get(link).text
    assert guest.post(link, **{**PERSON, "document": "1"}).status_code == 422
    assert guest.post(link, **{**PERSON, "email": "other@example.com"}).location == "/accounts/start"
    assert guest.is_in(), "the link has proved the mailbox"
    assert guest.get(link).status_code == 410, "a link works once"
    assert "邀请您成为:财务" in guest.get("/accounts/start").text
    assert guest.get("/accounts/members").location == "/", "not a member before he accepts"
    answer = guest.post(f"/accounts/invitations/{firm}", page="/accounts/start", answer="accept")
    assert answer.location == "/"
    assert guest.get("/accounts/members").status_code == 403, "finance may not see members"
    with scope.opened(firm):
        changes = [event.body["change"] for event in ledger.events() if event.kind == "member-changed"]
        assert "li@example.com" not in json.dumps([event.body for event in ledger.events()])
    assert changes == ["added", "invited", "joined"]
