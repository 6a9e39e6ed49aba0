"""How often one address may ask."""

from __future__ import annotations

import pytest

from core.clock import FakeClock
from plugins.verify import pace
from plugins.verify.pace import Pace


def test_the_window_counts_and_opens_again(fake_clock: FakeClock) -> None:
    counted = Pace(3)
    assert [counted.wait("192.0.2.1") for _ in range(3)] == [0, 0, 0]
    fake_clock.sleep(20)
    assert counted.wait("192.0.2.1") == 40
    assert counted.wait("192.0.2.2") == 0
    fake_clock.sleep(40)
    assert counted.wait("192.0.2.1") == 0


def test_a_household_of_ipv6_is_one(fake_clock: FakeClock) -> None:
    counted = Pace(1)
    assert counted.wait("2001:db8:1:2::1") == 0
    assert counted.wait("2001:db8:1:2:ffff::9") > 0
    assert counted.wait("2001:db8:1:3::1") == 0
    assert counted.wait("no address") == 0


def test_memory_has_an_end(fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "MOST_ADDRESSES", 5)
    counted = Pace(2)
    waits = [counted.wait(f"192.0.2.{n}") for n in range(50)]
    assert len(counted._counts) <= 6
    assert max(waits) > 0, "the crowd shares one count"
    fake_clock.sleep(61)
    assert counted.wait("192.0.2.99") == 0
