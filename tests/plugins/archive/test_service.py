"""The index, the direct look at what is newer, pages, and the wall between companies."""

from __future__ import annotations

import pytest

from core import clock, posting, registry, scope
from core.channels import Ambiguous, Order
from core.contributions import Actor
from core.house import House
from core.invoice import Party
from plugins.archive import facts, index, service
from plugins.archive.clues import parse
from tests.factories import draft
from tests.plugins.archive import standin
from tests.plugins.archive.conftest import Ask, ids, take_in
from tests.puppet import PuppetChannel


def test_an_invoice_asked_for_a_second_ago_is_found_and_said_to_be(ask: Ask, house: House) -> None:
    fresh = ask(buyer=Party("刚刚有限公司", "91110105MA01K3T26A"))
    page = service.search("刚刚")
    assert [hit.document.id for hit in page.hits] == [fresh.id]
    assert page.coverage.newer == [fresh.id]
    house.runner().drain(60)
    assert ids("26110000000000000001") == [fresh.id], "its number, before the index heard of the issue"
    take_in()
    assert service.search("刚刚").coverage.newer == []
    assert ids("刚刚") == [fresh.id]


def test_more_news_than_a_search_reads_is_admitted(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    old = ask(buyer=Party("旧有限公司"))
    new = [ask() for _ in range(4)]
    monkeypatch.setattr(index, "MOST_NEWER", 3)
    coverage = service.search("旧").coverage
    assert coverage.unread == 3
    assert coverage.newer == [document.id for document in reversed(new)][:3]
    assert ids("旧") == []
    take_in()
    assert ids("旧") == [old.id]
    assert service.search("旧").coverage.unread == 0


def test_pages_follow_each_other_without_gap_or_repetition(ask: Ask, house: House) -> None:
    made = [ask().id for _ in range(12)]
    house.runner().drain(60)
    made += [ask().id for _ in range(5)]
    take_in()
    for query in ("样例", "已开具", "未开票", "样例 已开具"):
        whole, found, cursor = ids(query), [], ""
        while True:
            page = service.search(query, cursor, 3)
            found += [hit.document.id for hit in page.hits]
            assert len(page.hits) <= 3
            if not (cursor := page.next):
                break
        assert found == whole
        assert len(set(found)) == len(found)
    assert set(ids("样例")) == set(made)


def test_sizes_are_bounded(ask: Ask) -> None:
    for _ in range(3):
        ask()
    assert len(service.search("样例", size=-5).hits) >= 1
    take_in()
    assert len(service.search("样例", size=-5).hits) == 1
    assert len(service.search("样例", size=10**9).hits) == 3


def test_another_company_finds_nothing_of_it(house: House, ask: Ask) -> None:
    yun = ask(buyer=Party("北京云帆科技有限公司"), order_no="SO-20261120-0031")
    house.runner().drain(60)
    take_in()
    other = standin.second_company()
    with scope.opened(other, "user-2"):
        for query in ("云", "有限公司", "339", "26110000000000000001", "11-24", "已开具", "排队", "0031"):
            assert ids(query) == []
        mine = posting.post(
            draft(buyer=Party("云帆之友")), "k1", Actor("user-2", "", other, "owner")
        ).document
        assert mine is not None
        take_in()
        assert ids("云帆") == [mine.id]
    assert ids("云帆") == [yun.id]
    assert len(registry.companies()) == 2


def test_an_issued_document_lies_twice_in_the_index_and_is_found_once(ask: Ask, house: House) -> None:
    document = ask()
    take_in()
    house.runner().drain(60)
    take_in()
    take_in()
    assert len(index.entries(facts.question(parse("样例", clock.today())), 2**62, 9)) == 1
    assert ids("样例") == [document.id]


def test_a_request_that_the_bureau_never_answered_is_found_by_its_order(
    ask: Ask, puppet: PuppetChannel
) -> None:
    def silent(order: Order) -> Ambiguous:
        return Ambiguous("TIMEOUT")

    puppet.on_submit = silent
    document = ask(order_no="LOST-1")
    assert ids("lost-1") == [document.id]
    assert service.without_number() == 1
