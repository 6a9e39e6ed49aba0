"""The demo's month goes through the real path, in its own time, quickly."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core import clock, documents, posting, scope
from core.channels import NotSent
from core.clock import SystemClock
from core.states import State
from plugins.issuing import demo
from tests.flows.desk import Desk, set_up


@pytest.fixture
def desk_for_demo(open_house: Any, tmp_path: Path) -> Desk:
    return set_up(open_house, tmp_path / "demo", False)


def test_a_month_is_issued_in_its_own_time(desk_for_demo: Desk) -> None:
    started = time.monotonic()
    with scope.opened(desk_for_demo.company), clock.use(SystemClock()):
        demo.furnish()
        found = documents.documents(limit=1000)
        assert time.monotonic() - started < 8
        assert len(found) >= 150
        assert {document.state for document in found} == {State.ISSUED}
        assert documents.equation().closes
        days = Counter(document.created_at[:10] for document in found)
        assert len(days) >= 20
        oldest = datetime.fromisoformat(found[-1].created_at)
        assert datetime.now(UTC) - oldest > timedelta(days=28)
        assert {document.invoice.kind for document in found} == {"special", "ordinary"}
        assert any(line.discount for document in found for line in document.invoice.lines)
        assert all(document.created_at.endswith("+00:00") for document in found)


def test_a_bureau_that_does_not_believe_the_clock_gets_no_flood(desk_for_demo: Desk) -> None:
    desk_for_demo.channel.on_submit = lambda order: NotSent("CHANNEL-REFUSED", "时间戳超出允许范围", 30)
    with scope.opened(desk_for_demo.company):
        demo.furnish()
        assert len(documents.documents()) <= 5


def test_without_a_channel_there_is_no_history(desk_for_demo: Desk) -> None:
    posting.furnish(posting.rule_sets(), [])
    with scope.opened(desk_for_demo.company):
        demo.furnish()
        assert documents.documents() == []
