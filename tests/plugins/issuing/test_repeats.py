"""The same to the same buyer within ten minutes is pointed out, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core import scope
from core.clock import FakeClock
from core.contributions import Actor
from core.house import House
from core.posting import post
from plugins.issuing import repeats
from tests.factories import BUYER, draft
from tests.puppet import PuppetChannel


@pytest.fixture
def asked(bare: House, channel: PuppetChannel, actor: Actor, fake_clock: FakeClock) -> str:
    document = post(draft(), "k", actor).document
    assert document is not None
    return document.id


def codes(**changes: object) -> list[str]:
    values: dict[str, Any] = {"source_ref": "A-2", "amount": 30000, "tax": 3900, **changes}
    invoice = draft(**values)
    return [fault.code for fault in repeats.warn(invoice)]


def test_the_same_again_is_pointed_out_with_the_earlier_one(asked: str) -> None:
    assert codes() == ["ISSUING-REPEAT-01"]
    invoice = replace(draft(source_ref="A-2"), amount=30000, tax=3900)
    assert repeats.warn(invoice)[0].params["document"] == asked
    assert repeats.warn(invoice)[0].severity == "warning"


@pytest.mark.parametrize(
    "changes",
    [{"amount": 30001}, {"buyer": replace(BUYER, name="别的公司")}, {"side": "red"}, {"source_ref": "A-1"}],
    ids=str,
)
def test_anything_else_is_not(asked: str, changes: dict[str, object]) -> None:
    assert codes(**changes) == []


def test_after_ten_minutes_it_is_no_repeat(asked: str, fake_clock: FakeClock) -> None:
    fake_clock.sleep(601)
    assert codes() == []


def test_another_companys_is_none_of_ours(asked: str) -> None:
    with scope.opened("another"):
        assert codes() == []
