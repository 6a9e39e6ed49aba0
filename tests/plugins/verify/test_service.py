"""Checks are written down, told to the ledger, and made again where they were not ripe."""

from __future__ import annotations

from datetime import date

import pytest

from core import ledger, registry, scope
from core.channels import Ambiguous, NotFound
from core.documents import Document
from core.errors import NotFound as NoSuchThing
from core.house import House
from plugins.verify import service
from plugins.verify.rules import Claim
from tests.plugins.archive import standin
from tests.plugins.archive.conftest import Ask
from tests.puppet import PuppetChannel

DAY = date(2026, 11, 24)
MINE = Claim("26110000000000000001", DAY, 33900)


def test_a_check_is_kept_with_what_it_rests_on(issued: Document) -> None:
    made = service.check(MINE, "user:1")
    assert made.report.verdict == "agrees"
    assert service.find(made.id).report == made.report
    assert [check.id for check in service.history()] == [made.id]
    (event,) = [event for event in ledger.events_about(issued.id) if event.kind == "verify.checked"]
    assert event.body == {"number": MINE.number, "verdict": "agrees", "check": made.id}
    assert event.actor == "user:1"


def test_weighing_writes_nothing(issued: Document) -> None:
    size = ledger.size()
    service.weigh(MINE)
    assert ledger.size() == size
    assert service.history() == []


def test_an_open_outcome_is_checked_again_until_it_is_known(
    house: House, ask: Ask, puppet: PuppetChannel
) -> None:
    puppet.on_submit = lambda order: (puppet.execute(order), Ambiguous("TIMEOUT"))[1]
    puppet.on_query = lambda order: NotFound()
    ask()
    house.runner().drain(5)
    made = service.check(MINE, "user:1")
    assert made.report.verdict == "unknown"
    puppet.on_query = None
    registry.switch("verify", False, "test")
    house.runner().drain(100)
    assert service.find(made.id).report.verdict == "unknown", "off is off for jobs too"
    registry.switch("verify", True, "test")
    house.runner().drain(100)
    assert service.find(made.id).report.verdict == "agrees"
    verdicts = [e.body["verdict"] for e in ledger.events(0, 1000) if e.kind == "verify.checked"]
    assert verdicts == ["unknown", "agrees"]


def test_history_comes_in_pages(issued: Document) -> None:
    made = [service.check(MINE, "user:1").id for _ in range(5)]
    first = service.history(limit=3)
    second = service.history(first[-1].id, 3)
    assert {check.id for check in (*first, *second)} == set(made)


def test_another_company_knows_nothing_of_it(issued: Document) -> None:
    made = service.check(MINE, "user:1")
    with scope.opened(standin.second_company(), "user-2"):
        assert service.weigh(MINE).verdict == "missing"
        assert service.history() == []
        with pytest.raises(NoSuchThing):
            service.find(made.id)
