"""What events teach: once each, the newest particulars, found by part of a name or tax id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from core import registry, scope
from core.events import Event
from core.invoice import Party
from plugins.issuing import known
from plugins.issuing.plugin import PLUGIN
from tests.factories import BUYER, draft, line
from tests.flows.desk import Desk


@pytest.fixture(autouse=True)
def company(quiet_desk: Desk) -> Iterator[str]:
    with scope.opened(quiet_desk.company, "user-1"):
        yield quiet_desk.company


def queued(seq: int, **changes: object) -> Event:
    return Event(seq, "invoice-queued", "D", {"invoice": draft(**changes).as_dict()}, "", "")


def test_the_same_event_twice_counts_once() -> None:
    for event in (queued(5), queued(5), queued(9)):
        known.learn(event)
    assert [(buyer.name, buyer.used) for buyer in known.find_buyers("样例")] == [(BUYER.name, 2)]
    assert [item.used for item in known.find_items("复印")] == [2]


def test_the_newest_particulars_win_and_silence_changes_nothing() -> None:
    known.learn(queued(1, buyer=replace(BUYER, address="旧址"), buyer_email="a@example.com"))
    known.learn(queued(2, buyer=replace(BUYER, address="新址")))
    found = known.find_buyers("9131")[0]
    assert (found.address, found.email) == ("新址", "a@example.com")


def test_only_requests_are_heard() -> None:
    assert PLUGIN.listens == ("invoice-queued",)


def test_red_letters_and_the_nameless_teach_nothing() -> None:
    known.learn(queued(2, side="red"))
    known.learn(queued(3, buyer=Party()))
    assert known.all_buyers() == []


def test_a_discount_is_no_goods_and_wildcards_are_text() -> None:
    known.learn(queued(1, lines=(line(name="100%棉"), line(name="折", discount=True))))
    assert [item.name for item in known.find_items("%")] == ["100%棉"]
    assert known.find_items("_") == known.find_items(" ") == []


def test_goods_are_remembered_by_the_way_they_are_priced() -> None:
    known.learn(queued(1, inclusive=False, lines=(line(price=Decimal("150")),)))
    known.learn(queued(2, inclusive=True, lines=(line(price=Decimal("169.5")), line(spec="A3"))))
    assert {(item.spec, item.price) for item in known.find_items("复印")} == {("A4", "150"), ("A3", "150")}
    assert ("A4", "169.5") in [(i.spec, i.price) for i in known.find_items("复印", inclusive=True)]


def test_the_last_rate_and_way_of_pricing() -> None:
    assert known.usual_rate() == ("", False)
    known.learn(queued(1, inclusive=True, lines=(line(rate="0.06"),)))
    assert known.usual_rate() == ("0.06", True)


def test_pages_of_buyers() -> None:
    for number in range(5):
        known.learn(queued(number + 1, buyer=Party(f"公司{number}")))
    first = known.all_buyers(limit=3)
    rest = known.all_buyers(after=first[-1].name + first[-1].id, limit=3)
    assert [buyer.name for buyer in first + rest] == [f"公司{n}" for n in range(5)]


def test_another_company_knows_nothing_of_it() -> None:
    known.learn(queued(1))
    with scope.opened(registry.create_company("另一家", "91310115MA1K00007Q", "31")):
        assert known.find_buyers("样例") == []
        assert known.find_items("复印") == []
