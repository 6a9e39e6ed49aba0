from __future__ import annotations

import base64
from typing import Any

from core import clock
from plugins.bureau import protocol
from tests.plugins.bureau.conftest import Bureau, Orders


def seller(order: Orders) -> str:
    return order("x").invoice.seller.tax_id


def test_the_original_comes_with_the_answer_and_by_itself(bureau: Bureau, order: Orders) -> None:
    bureau.issue(order("S1"))
    answer = bureau.query("S1", originals=True)[0]
    xml = base64.b64decode(answer["xml"])
    path = f"/api/invoices/{answer['number']}/original"
    headers = bureau.session._headers("GET", path, b"", bureau.session._valid_token())
    reply = bureau.client.request("GET", path, b"", headers)
    assert reply.body == xml
    assert answer["number"].encode() in xml
    assert bureau.session.call("GET", "/api/invoices/1/original")["code"] == protocol.NUMBER_UNKNOWN


def test_the_list_pages_through_a_period(bureau: Bureau, order: Orders) -> None:
    bureau.issue(*[order(f"S{n}") for n in range(7)])
    today = clock.today().isoformat()

    def page(after: int, since: str = today, until: str = today) -> tuple[list[str], int]:
        query = f"seller={seller(order)}&since={since}&until={until}&after={after}&limit=3"
        answer = bureau.session.call("GET", f"/api/invoices?{query}")
        return [row["serial"] for row in answer["rows"]], answer["next"]

    first, after = page(0)
    second, after = page(after)
    third, end = page(after)
    assert first + second + third == [f"S{n}" for n in range(7)]
    assert end == 0
    assert page(0, "2020-01-01", "2020-12-31") == ([], 0)


def test_verification_says_one_of_three_things_five_times_a_day(bureau: Bureau, order: Orders) -> None:
    bureau.issue(order("S1"))
    answer = bureau.query("S1")[0]
    asked = {"number": answer["number"], "date": answer["issued_at"][:10], "total": answer["total"]}

    def verify(**change: Any) -> dict[str, Any]:
        return bureau.session.call("POST", "/api/verify", asked | change)

    assert verify()["result"] == "一致"
    assert verify(total=1)["result"] == verify(date="2020-01-01")["result"] == "不一致"
    assert verify(number="1")["result"] == "查无此票"
    assert verify()["code"] == verify()["code"] == protocol.OK
    assert verify()["code"] == protocol.TOO_MANY_CHECKS


def test_the_register_keeps_or_changes_and_refuses_nonsense(bureau: Bureau, order: Orders) -> None:
    party = order("x").invoice.seller
    bureau.register(party, credit=5, kind="small")
    bureau.register(party, credit=9, keep=True)
    assert bureau.session.call("GET", f"/api/credit?seller={party.tax_id}")["limit"] == 5
    for wrong in ({"region": "00"}, {"kind": "x"}, {"credit": -1}, {"credit": 1.5}, {"tax_id": ""}):
        facts = {"tax_id": party.tax_id, "name": "甲", **wrong}
        assert bureau.session.call("POST", "/api/taxpayers", facts)["code"] == protocol.MALFORMED


def test_the_status_counts(bureau: Bureau, order: Orders) -> None:
    bureau.issue(order("S1"), order("S2"))
    status = bureau.session.control("GET", f"/api/status?seller={seller(order)}")
    assert (status["issued"], status["total"], status["taxpayers"]) == (2, 21200, 1)
    assert status["credit"]["used"] == 20000
