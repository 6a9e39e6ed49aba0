"""Members of a company."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core import ledger, registry, scope
from core.clock import FakeClock
from plugins.accounts import membership
from plugins.accounts.tables import Mail, Member, User
from tests.plugins.accounts.conftest import Browser, Person

Browse = Callable[[], Browser]
PAGE = "/accounts/members"


@pytest.fixture
def owner(browser: Browser, person: Person, firm: str) -> Browser:
    """The browser of the company's owner."""
    person("owner@example.com", company=firm, role="owner")
    browser.sign_in("owner@example.com")
    return browser


def role_of(firm: str, user: User) -> tuple[str, str] | None:
    with scope.opened(firm):
        found = Member.get_or_none(Member.user == user.id, Member.company == firm)
    return (found.role, found.state) if found else None


def changes(firm: str) -> list[str]:
    with scope.opened(firm):
        return [event.body["change"] for event in ledger.events() if event.kind == "member-changed"]


def test_roles_are_changed_suspended_resumed_and_removed(owner: Browser, person: Person, firm: str) -> None:
    user = person("li@example.com", company=firm, role="sales")
    owner.post(f"{PAGE}/{user.id}/role", page=PAGE, role="finance")
    assert role_of(firm, user) == ("finance", "active")
    owner.post(f"{PAGE}/{user.id}/suspend", page=PAGE)
    assert role_of(firm, user) == ("finance", "suspended")
    owner.post(f"{PAGE}/{user.id}/suspend", page=PAGE)
    owner.post(f"{PAGE}/{user.id}/resume", page=PAGE)
    owner.post(f"{PAGE}/{user.id}/remove", page=PAGE)
    assert role_of(firm, user) is None
    assert changes(firm) == ["added", "added", "role", "suspended", "resumed", "removed"]


@pytest.mark.parametrize("verb", ["role", "suspend", "remove"])
def test_the_last_owner_stays(owner: Browser, person: Person, firm: str, verb: str) -> None:
    user = User.get(User.email == "owner@example.com")
    person("second@example.com", company=firm, role="admin")
    answer = owner.post(f"{PAGE}/{user.id}/{verb}", page=PAGE, role="viewer")
    assert answer.status_code == 422
    assert "ACCOUNTS-MEMBER-04" in answer.text
    assert role_of(firm, user) == ("owner", "active")
    person("third@example.com", company=firm, role="owner")
    assert owner.post(f"{PAGE}/{user.id}/{verb}", page=PAGE, role="viewer").status_code == 303


def test_only_owners_make_or_unmake_owners(browse: Browse, owner: Browser, person: Person, firm: str) -> None:
    person("admin@example.com", company=firm, role="admin")
    li = person("li@example.com", company=firm, role="sales")
    boss = User.get(User.email == "owner@example.com")
    admin = browse()
    admin.sign_in("admin@example.com")
    assert '<option value="owner"' not in admin.get(PAGE).text
    assert admin.post(f"{PAGE}/{li.id}/role", page=PAGE, role="owner").status_code == 403
    assert admin.post(f"{PAGE}/{boss.id}/remove", page=PAGE).status_code == 403
    assert admin.post(f"{PAGE}/{boss.id}/suspend", page=PAGE).status_code == 403
    assert admin.post(f"{PAGE}/invite", page=PAGE, email="x@example.com", role="owner").status_code == 403
    assert admin.post(f"{PAGE}/{li.id}/role", page=PAGE, role="finance").status_code == 303
    assert role_of(firm, boss) == ("owner", "active")


@pytest.mark.parametrize("role", ["finance", "sales", "viewer", "support"])
def test_others_do_not_see_members(browser: Browser, person: Person, firm: str, role: str) -> None:
    person("li@example.com", company=firm, role=role)
    browser.sign_in("li@example.com")
    assert browser.get(PAGE).status_code == 403
    assert PAGE not in browser.get("/accounts/me").text


def test_another_companys_member_does_not_exist(owner: Browser, person: Person, firm: str) -> None:
    other = registry.create_company("上海样例贸易有限公司", "91310115MA1K00007Q", "31")
    stranger = person("wang@example.com", company=other, role="owner")
    assert "wang@example.com" not in owner.get(PAGE).text
    for verb in ("role", "suspend", "resume", "remove", "remind"):
        answer = owner.post(f"{PAGE}/{stranger.id}/{verb}", page=PAGE, role="viewer")
        assert answer.status_code == 404, verb
    assert role_of(other, stranger) == ("owner", "active")


def test_the_owners_own_places_elsewhere_are_not_in_this_companys_list(
    owner: Browser, firm: str, person: Person
) -> None:
    boss = User.get(User.email == "owner@example.com")
    owner.post(
        "/accounts/companies/new", company="上海样例贸易有限公司", tax_id="91310115MA1K00007Q", region="31"
    )
    assert owner.get(PAGE).text.count("owner@example.com") == 1
    assert "上海样例贸易有限公司" in owner.get(PAGE).text
    owner.post("/company", page=PAGE, company=firm)
    assert owner.get(PAGE).text.count("owner@example.com") == 1
    assert role_of(firm, boss) == ("owner", "active")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"email": "nonsense", "role": "sales"}, "ACCOUNTS-MEMBER-01"),
        ({"email": "OWNER@example.com", "role": "sales"}, "ACCOUNTS-MEMBER-02"),
        ({"email": "x@example.com", "role": "king"}, "ACCOUNTS-MEMBER-03"),
    ],
)
def test_a_wrong_invitation_is_refused(owner: Browser, fields: dict[str, str], code: str) -> None:
    answer = owner.post(f"{PAGE}/invite", page=PAGE, **fields)
    assert answer.status_code == 422
    assert code in answer.text


def test_an_invited_persons_name_is_not_told(owner: Browser, person: Person) -> None:
    person("li@example.com", name="李不想说")
    owner.post(f"{PAGE}/invite", page=PAGE, email="li@example.com", role="sales")
    assert "li@example.com" in owner.get(PAGE).text
    assert "李不想说" not in owner.get(PAGE).text


def test_a_registered_person_accepts_or_declines(
    browse: Browse, owner: Browser, person: Person, firm: str
) -> None:
    li, wang = person("li@example.com"), person("wang@example.com")
    for email in ("li@example.com", "wang@example.com"):
        owner.post(f"{PAGE}/invite", page=PAGE, email=email, role="sales")
    assert "/accounts/start" in Mail.get(Mail.recipient == "li@example.com").body
    for email, answer in (("li@example.com", "accept"), ("wang@example.com", "decline")):
        guest = browse()
        guest.sign_in(email)
        assert guest.get(PAGE).location == "/"
        guest.post(f"/accounts/invitations/{firm}", page="/accounts/start", answer=answer)
    assert role_of(firm, li) == ("sales", "active")
    assert role_of(firm, wang) is None
    assert changes(firm) == ["added", "invited", "invited", "joined", "declined"]


def test_nobody_accepts_what_he_was_not_offered(
    browse: Browse, owner: Browser, person: Person, firm: str
) -> None:
    li = person("li@example.com")
    other = registry.create_company("上海样例贸易有限公司", "91310115MA1K00007Q", "31")
    owner.post(f"{PAGE}/invite", page=PAGE, email="li@example.com", role="sales")
    thief = browse()
    person("thief@example.com", company=other, role="owner")
    thief.sign_in("thief@example.com")
    answer = thief.post(f"/accounts/invitations/{firm}", page="/accounts/start", answer="accept")
    assert answer.status_code == 404
    guest = browse()
    guest.sign_in("li@example.com")
    assert (
        guest.post(f"/accounts/invitations/{other}", page="/accounts/start", answer="accept").status_code
        == 403
    )
    assert role_of(firm, li) == ("sales", "invited")


def test_an_answered_invitation_cannot_be_answered_again(
    browse: Browse, owner: Browser, person: Person, firm: str
) -> None:
    li = person("li@example.com")
    owner.post(f"{PAGE}/invite", page=PAGE, email="li@example.com", role="sales")
    guest = browse()
    guest.sign_in("li@example.com")
    guest.post(f"/accounts/invitations/{firm}", page="/accounts/start", answer="accept")
    owner.post(f"{PAGE}/{li.id}/suspend", page=PAGE)
    answer = guest.post(f"/accounts/invitations/{firm}", page="/accounts/start", answer="accept")
    assert answer.status_code == 403
    assert role_of(firm, li) == ("sales", "suspended")


def test_an_invitation_is_sent_again_and_withdrawn(
    fake_clock: FakeClock, owner: Browser, person: Person, firm: str
) -> None:
    owner.post(f"{PAGE}/invite", page=PAGE, email="li@example.com", role="sales")
    li = User.get(User.email == "li@example.com")
    owner.post(f"{PAGE}/{li.id}/remind", page=PAGE)
    assert Mail.select().where(Mail.recipient == "li@example.com").count() == 2
    assert owner.post(f"{PAGE}/{li.id}/suspend", page=PAGE).status_code == 404, "nothing to suspend yet"
    owner.post(f"{PAGE}/{li.id}/remove", page=PAGE)
    assert role_of(firm, li) is None


def test_the_change_and_its_event_are_one(owner: Browser, person: Person, firm: str) -> None:
    li = person("li@example.com", company=firm, role="sales")
    owner.post(f"{PAGE}/{li.id}/role", page=PAGE, role="finance")
    boss = User.get(User.email == "owner@example.com")
    with scope.opened(firm):
        event = ledger.latest(1)[0]
    assert (event.kind, event.subject, event.actor) == ("member-changed", li.id, f"user:{boss.id}")
    assert event.body == {
        "change": "role", "before": {"role": "sales", "state": "active"},
        "after": {"role": "finance", "state": "active"},
    }  # fmt: skip


def test_an_owner_elsewhere_accepts_just_the_role_he_was_offered(
    browse: Browse, owner: Browser, person: Person, firm: str
) -> None:
    li = person("li@example.com")
    owner.post(f"{PAGE}/invite", page=PAGE, email="li@example.com", role="viewer")
    elsewhere = registry.create_company("别家公司", "91310115MA1K00007Q", "31")
    with scope.opened(elsewhere):
        membership.add(li, "owner", "别家公司")
    guest = browse()
    guest.sign_in("li@example.com")
    guest.post(f"/accounts/invitations/{firm}", page="/accounts/start", answer="accept")
    assert role_of(firm, li) == ("viewer", "active")
    assert role_of(elsewhere, li) == ("owner", "active")
