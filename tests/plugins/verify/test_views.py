"""The pages: signed in, public, for programs; and all of them gone with the module."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask

from core import i18n, ledger, posting, qr, registry, scope
from core.contributions import ROLES, Actor
from core.documents import Document
from core.house import House
from tests.factories import draft
from tests.plugins.archive import standin
from tests.plugins.archive.standin import Browser, browser
from tests.puppet import PuppetChannel

GOOD = {"number": "26110000000000000001", "day": "2026-11-24", "total": "339.00"}
QUERY = "?number=26110000000000000001&day=2026-11-24&total=339.00"


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    with i18n.speaking("zh"):
        yield


def checked(viewer: Browser, **changes: str) -> str:
    answer = viewer.post("/verify/", GOOD | changes)
    assert answer.status_code == 303
    return viewer.get(answer.headers["Location"]).text


def test_a_check_shows_its_verdict_and_why(viewer: Browser, issued: Document) -> None:
    page = checked(viewer)
    for text in ("一致", "号码、开票日期、价税合计都与账本一致", "北京", "样票", "VERIFY-LEDGER-01"):
        assert text in page
    assert "价税合计与账本不一致" in checked(viewer, total="339.01")
    assert "查无此票" in checked(viewer, number="26112000000012345678")
    page = viewer.get("/verify/").text
    assert page.count('href="/verify/0') == 3


def test_the_text_of_a_qr_code_is_enough(viewer: Browser, issued: Document) -> None:
    text = qr.write(qr.ORDINARY, issued.number, 33900, date(2026, 11, 24))
    page = checked(viewer, qr=text)
    assert "二维码的校验码正确" in page
    assert "都与账本一致" in page


def test_a_bad_form_comes_back_with_what_is_wrong(viewer: Browser) -> None:
    answer = viewer.post("/verify/", {"number": "<b>", "day": "", "total": "x"})
    assert answer.status_code == 422
    for text in ("号码应为 20 位数字", "请填写开票日期", "请填写价税合计", "&lt;b&gt;"):
        assert text in answer.text


def test_every_role_may_check(app: Flask, company: str) -> None:
    for role in ROLES:
        assert browser(app, company, role).get("/verify/").status_code == 200


def test_strangers_and_others_see_no_checks(app: Flask, viewer: Browser, issued: Document) -> None:
    where = viewer.post("/verify/", GOOD).headers["Location"]
    assert app.test_client().get(where).status_code in (303, 401)
    other = browser(app, standin.second_company(), "owner")
    assert other.get(where).status_code == 404
    assert "查无此票" in checked(other)


def test_the_public_page_tells_who_names_all_three(app: Flask, issued: Document) -> None:
    page = app.test_client().get(f"/verify/public{QUERY}").text
    for text in ("找到一致的发票", "北京云杉办公用品有限公司", "已开具", "样票", "2026-11-24 10:00"):
        assert text in page
    for text in (issued.invoice.buyer.name, "A-1", issued.id, "复印纸"):
        assert text not in page


@pytest.mark.parametrize(
    "changes", [{"number": "26110000000000000002"}, {"day": "2026-11-23"}, {"total": "339.01"}]
)
def test_whatever_differs_the_public_answer_is_the_same(
    app: Flask, issued: Document, changes: dict[str, str]
) -> None:
    client = app.test_client()
    answer = client.get("/verify/public", query_string=GOOD | changes)
    assert answer.status_code == 200
    assert "没有找到一致的发票" in answer.text
    assert "北京云杉" not in answer.text
    assert client.get("/verify/public.json", query_string=GOOD | changes).json == {"found": False}


def test_the_public_answer_for_programs(app: Flask, issued: Document) -> None:
    told: dict[str, Any] | None = app.test_client().get(f"/verify/public.json{QUERY}").json
    assert told is not None
    assert told | {"recorded_at": ""} == {
        "found": True, "number": issued.number, "day": "2026-11-24", "total": "339.00",
        "seller": "北京云杉办公用品有限公司", "state": "issued", "specimen": True, "recorded_at": "",
    }  # fmt: skip
    answer = app.test_client().get("/verify/public.json?number=1")
    assert answer.status_code == 422
    assert answer.json is not None
    assert [fault["path"] for fault in answer.json["faults"]] == ["number", "day", "total"]


def test_the_public_page_reads_a_printed_qr_text(app: Flask, issued: Document) -> None:
    body = {"qr": "01,32,,26110000000000000001,339.00,20261124,,0000"}
    assert "找到一致的发票" in app.test_client().get("/verify/public", query_string=body).text
    assert app.test_client().get("/verify/public?qr=nonsense").status_code == 422


def test_an_address_that_asks_too_often_waits(app: Flask, issued: Document) -> None:
    client = app.test_client()
    assert all(client.get(f"/verify/public{QUERY}").status_code == 200 for _ in range(30))
    answer = client.get(f"/verify/public{QUERY}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert "查询太频繁" in answer.text
    assert client.get(f"/verify/public.json{QUERY}").status_code == 429
    assert client.get("/verify/public").status_code == 200, "the empty page asks nothing"
    elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
    assert client.get(f"/verify/public{QUERY}", environ_base=elsewhere).status_code == 200


def test_off_takes_menu_routes_api_and_public_page_away_at_once(
    app: Flask, viewer: Browser, house: House, issued: Document
) -> None:
    where = viewer.post("/verify/", GOOD).headers["Location"]
    urls = ["/verify/", where, f"/verify/public{QUERY}", f"/verify/public.json{QUERY}"]
    client = app.test_client()
    for on, status in ((False, 404), (True, 200)):
        registry.switch("verify", on, "test")
        assert [viewer.get(url).status_code for url in urls] == [status] * 4
        assert viewer.post("/verify/", GOOD).status_code == (303 if on else 404)
        assert [client.get(url).status_code for url in urls[2:]] == [status] * 2
        assert ('href="/verify/"' in viewer.get("/").text) is on
        assert [e.body["number"] for e in ledger.events_about(issued.id) if e.kind == "verify.checked"]


def test_off_for_one_company_hides_its_invoices_from_the_public_page(
    app: Flask, house: House, issued: Document, puppet: PuppetChannel
) -> None:
    other = standin.second_company()
    with scope.opened(other, "user-2"):
        posting.post(draft(), "k1", Actor("user-2", "", other, "owner"))
    registry.switch("verify", False, "test")
    client = app.test_client()
    assert client.get(f"/verify/public{QUERY}").status_code == 200, "the page serves the other company"
    assert client.get(f"/verify/public.json{QUERY}").json == {"found": False}
    registry.switch("verify", True, "test")
    told = client.get(f"/verify/public.json{QUERY}").json
    assert told is not None
    assert told["found"] is True
