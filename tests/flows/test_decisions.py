"""What needs a person: unknown outcomes, parked documents, roles, and the pages that show them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core import clock, registry, scope
from core.channels import Ambiguous, Refused
from core.clock import FakeClock
from core.documents import Document
from core.states import State
from tests.flows import colleague
from tests.flows.desk import Desk, Form


def parked(desk: Desk) -> Document:
    desk.channel.caps = replace(desk.channel.caps, idempotent_by_serial=False)
    desk.channel.on_submit = lambda order: Ambiguous("TIMEOUT")
    found = desk.issue(order_no="A-1")
    desk.work(200)
    found = desk.document(found.id)
    assert found.state is State.PARKED
    return found


def act(desk: Desk, document: Document, verb: str, **changes: str) -> int:
    url = f"/issuing/{document.id}/{verb}"
    fields = Form(desk.get(f"/issuing/{document.id}", htmx=False).text, url).fields
    return desk.post(url, {**fields, **changes}).status_code


def test_an_unknown_outcome_is_explained_with_owner_and_next_step(desk: Desk) -> None:
    desk.channel.on_submit = lambda order: Ambiguous("NO-ANSWER")
    found = desk.issue()
    desk.work(5)
    page = desk.get(f"/issuing/{found.id}").text
    assert "税局没有给出结果,系统会继续查询;请勿重复开具" in page
    for text in ("已持续", "系统自动处理", "继续自动查询", "可能已开具,也可能没有", "再查询一次"):
        assert text in page
    assert "换流水号重开" not in page, "nothing to decide yet"


def test_asking_again_finds_what_was_issued(desk: Desk) -> None:
    found = parked(desk)
    order = desk.channel.sent[0]
    desk.channel.on_submit = None
    assert act(desk, found, "ask") in (204, 303)
    desk.work(5)
    assert desk.document(found.id).state is State.PARKED, "the bureau still knows nothing"
    assert desk.channel.sent == [order]


def test_a_new_serial_only_after_a_confirmation(desk: Desk) -> None:
    found = parked(desk)
    assert act(desk, found, "requeue") == 409
    assert desk.document(found.id).state is State.PARKED
    desk.channel.on_submit = None
    assert act(desk, found, "requeue", sure="1") in (204, 303)
    desk.work()
    done = desk.document(found.id)
    assert done.state is State.ISSUED
    assert done.serial != found.serial
    assert found.serial in desk.get(f"/issuing/{found.id}").text


def test_withdrawing_frees_the_order_number(desk: Desk) -> None:
    found = parked(desk)
    assert act(desk, found, "withdraw", sure="1") in (204, 303)
    assert desk.document(found.id).state is State.VOID
    assert f"/issuing/new?again={found.id}" in desk.get(f"/issuing/{found.id}").text


def test_who_comes_second_is_told(desk: Desk) -> None:
    found = parked(desk)
    assert act(desk, found, "withdraw", sure="1", version=str(found.version - 1)) == 409
    assert act(desk, found, "withdraw", sure="1") in (204, 303)


@pytest.mark.parametrize(
    ("role", "sees", "issues", "decides"),
    [("finance", True, True, True), ("sales", True, True, False), ("viewer", True, False, False),
     ("support", True, False, False)],
)  # fmt: skip
def test_roles(quiet_desk: Desk, role: str, sees: bool, issues: bool, decides: bool) -> None:
    found = parked(quiet_desk)
    page = quiet_desk.get(f"/issuing/{found.id}", htmx=False).text
    fields = {**Form(page, f"/issuing/{found.id}/withdraw").fields, "sure": "1"}
    colleague.Who.role = role
    assert (quiet_desk.get(f"/issuing/{found.id}").status_code == 200) is sees
    assert (quiet_desk.get("/issuing/new").status_code == 200) is issues
    assert ("/requeue" in quiet_desk.get(f"/issuing/{found.id}").text) is decides
    assert (quiet_desk.post(f"/issuing/{found.id}/withdraw", fields).status_code == 303) is decides


def test_another_companys_documents_are_not_there(quiet_desk: Desk) -> None:
    found = quiet_desk.issue()
    quiet_desk.work()
    colleague.Who.company = registry.create_company("另一家", "91310115MA1K00007Q", "31")
    for page in ("", ".pdf", "/files/0"):
        assert quiet_desk.get(f"/issuing/{found.id}{page}").status_code == 404
    assert quiet_desk.get(f"/issuing/new?copy={found.id}").status_code == 404
    assert "没有找到" not in quiet_desk.get(f"/issuing/moving?ids={found.id}", htmx=True).text
    assert found.id not in quiet_desk.get(f"/issuing/moving?ids={found.id}", htmx=True).text
    assert "还没有开过发票" in quiet_desk.get("/issuing/").text


def test_the_home_page_balances_and_names_what_waits(desk: Desk, fake_clock: FakeClock) -> None:
    desk.issue()
    desk.work()
    desk.channel.on_submit = lambda order: Refused("3001", "购买方税号有误")
    desk.issue()
    desk.work()
    desk.channel.on_submit = lambda order: Ambiguous("NO-ANSWER")
    unknown = desk.issue()
    desk.work(3)
    home = desk.get("/", htmx=False).text
    assert 'data-balanced="true"' in home
    assert "购买方税号有误" in home
    needed = home.partition('id="panel-needed"')[2].partition("</section>")[0]
    assert unknown.id not in needed, "not yet a person's business"
    fake_clock.sleep(70)
    needed = desk.get("/issuing/panel/needed").text
    assert unknown.id in needed
    assert "1 分钟前" in needed
    assert "load delay" in desk.get("/issuing/panel/today").text
    assert desk.get("/issuing/panel/tomorrow").status_code == 404


def test_yesterday_is_not_todays_business(quiet_desk: Desk, fake_clock: FakeClock) -> None:
    quiet_desk.issue()
    fake_clock.sleep(13 * 3600)
    assert clock.today().day == 24
    assert "¥339.00" in quiet_desk.get("/issuing/panel/today").text
    fake_clock.sleep(3600)
    assert clock.today().day == 25
    assert "¥339.00" not in quiet_desk.get("/issuing/panel/today").text


def test_a_hole_in_the_equation_is_loud(quiet_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from core import documents

    with scope.opened(quiet_desk.company):
        whole = documents.equation()
    broken = replace(whole, asked=documents.Term(1, 100))
    monkeypatch.setattr(documents, "equation", lambda *bounds: broken)
    text = quiet_desk.get("/issuing/panel/today").text
    assert "等式不成立" in text
    assert 'data-balanced="false"' in text


def test_the_list_turns_pages_and_rows_move_on_by_themselves(desk: Desk, fake_clock: FakeClock) -> None:
    for number in range(32):
        fake_clock.sleep(1)
        desk.issue(order_no=f"A-{number}")
    first = desk.get("/issuing/").text
    assert "A-31" in first
    assert "A-1<" not in first
    more = first.partition('class="more" hx-get="')[2].partition('"')[0].replace("&amp;", "&")
    assert "A-1<" in desk.get(more).text
    poll = first.partition('class="poll" hx-get="')[2].partition('"')[0].replace("&amp;", "&")
    desk.work()
    moved = desk.get(poll, htmx=True).text
    assert "已开具" in moved
    assert "hx-swap-oob" in moved
    assert 'class="poll"' not in moved, "it ends by itself"
    assert "A-31" in desk.get("/issuing/?tab=issued").text
    assert "没有需要处理的发票" in desk.get("/issuing/?tab=attention", htmx=False).text
    assert "这里还没有发票" in desk.get("/issuing/?tab=refused", htmx=False).text


def test_buyers_are_kept_and_edited(desk: Desk) -> None:
    url = "/issuing/buyers/edit"
    fields = Form(desk.get(url, htmx=False).text, url).fields
    assert desk.post(url, {**fields, "name": ""}).status_code == 422
    assert "税号不正确" in desk.post(url, {**fields, "name": "甲公司", "tax_id": "123"}).text
    assert (
        desk.target(desk.post(url, {**fields, "name": "甲公司", "email": "a@example.com"}))
        == "/issuing/buyers"
    )
    assert "已经在名单里" in desk.post(url, {**fields, "name": "甲公司"}).text
    found = desk.get("/issuing/buyers?q=甲").text
    id = found.partition("edit?id=")[2].partition('"')[0]
    card = Form(desk.get(f"{url}?id={id}", htmx=False).text, url).fields
    assert card["email"] == "a@example.com"
    desk.post(url, {**card, "name": "甲乙公司"})
    assert "甲乙公司" in desk.get("/issuing/buyers").text
    desk.post(f"/issuing/buyers/{id}/delete", card)
    assert "名单还是空的" in desk.get("/issuing/buyers").text
