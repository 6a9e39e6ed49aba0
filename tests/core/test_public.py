"""What a stranger learns of an invoice: everything he named, or nothing."""

from __future__ import annotations

from datetime import date

import pytest

from core import registry, scope
from core.clock import FakeClock
from core.contributions import Actor, Plugin
from core.house import House
from core.posting import post
from core.public import verify_public
from tests.factories import SELLER, draft
from tests.puppet import PuppetChannel

NUMBER, DAY, TOTAL = "26110000000000000001", date(2026, 11, 24), 33900


@pytest.fixture
def issued(bare: House, channel: PuppetChannel, actor: Actor, fake_clock: FakeClock) -> str:
    bare.plugins.manifests["counter"] = Plugin("counter", "查验台", "")
    outcome = post(draft(), "k1", actor)
    bare.runner().drain(60)
    assert outcome.document is not None
    return outcome.document.id


def test_all_three_facts_open_it_without_any_scope(issued: str) -> None:
    with scope.closed():
        facts = verify_public(NUMBER, DAY, TOTAL, "counter")
    assert facts is not None
    assert (facts.seller_name, facts.state, facts.simulated, facts.kind) == (
        SELLER.name,
        "issued",
        True,
        "ordinary",
    )
    assert facts.recorded_at.startswith("2026-11-24T02:00")


@pytest.mark.parametrize(
    "asked", [("26110000000000000002", DAY, TOTAL), (NUMBER, date(2026, 11, 23), TOTAL), (NUMBER, DAY, 33901)]
)
def test_any_fact_that_differs_is_nothing(issued: str, asked: tuple[str, date, int]) -> None:
    assert verify_public(*asked, "counter") is None


def test_a_company_that_switched_the_module_off_is_silent(issued: str) -> None:
    registry.switch("counter", False, "test")
    assert verify_public(NUMBER, DAY, TOTAL, "counter") is None
    registry.switch("counter", True, "test")
    assert verify_public(NUMBER, DAY, TOTAL, "counter") is not None
    assert verify_public(NUMBER, DAY, TOTAL, "no-such-module") is None
