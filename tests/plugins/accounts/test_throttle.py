"""Guessing gets slow."""

from __future__ import annotations

import pytest

from core.clock import FakeClock
from core.house import House
from plugins.accounts import throttle
from plugins.accounts.tables import Attempt

ZHANG = [(throttle.ACCOUNT, "zhang")]


@pytest.fixture(autouse=True)
def _open(fake_clock: FakeClock, house: House) -> None:
    """Each test has its own database and its own time."""


def test_five_tries_are_free_and_each_further_one_waits_longer(fake_clock: FakeClock) -> None:
    assert [throttle.admit(ZHANG) for _ in range(5)] == [0] * 5
    pauses = []
    for _ in range(9):
        pauses.append(throttle.admit(ZHANG))
        fake_clock.sleep(pauses[-1])
        assert throttle.admit(ZHANG) == 0
    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_a_refused_try_is_not_counted(fake_clock: FakeClock) -> None:
    for _ in range(5):
        throttle.admit(ZHANG)
    assert {throttle.admit(ZHANG) for _ in range(50)} == {30}


def test_success_forgives_the_account_and_one_try_of_the_address() -> None:
    both = [*ZHANG, (throttle.ADDRESS, "10.0.0.1")]
    for _ in range(4):
        throttle.admit(both)
    throttle.forgive(both)
    assert [throttle.admit(ZHANG) for _ in range(5)] == [0] * 5
    for _ in range(27):
        assert throttle.admit([(throttle.ADDRESS, "10.0.0.1")]) == 0
    assert throttle.admit([(throttle.ADDRESS, "10.0.0.1")]) == 30


def test_a_day_without_tries_is_a_fresh_start(fake_clock: FakeClock) -> None:
    for _ in range(5):
        throttle.admit(ZHANG)
    fake_clock.sleep(throttle.FORGET_SECONDS + 1)
    assert [throttle.admit(ZHANG) for _ in range(5)] == [0] * 5


def test_a_restart_of_the_machine_keeps_the_count(fake_clock: FakeClock) -> None:
    for _ in range(7):
        fake_clock.sleep(throttle.admit(ZHANG))
    fake_clock.reboot("boot-2")
    assert throttle.admit(ZHANG) == 0
    assert throttle.admit(ZHANG) > 30


def test_what_was_typed_is_not_kept() -> None:
    throttle.admit([(throttle.ACCOUNT, "my secret password")])
    assert not [row for row in Attempt.select() if "secret" in row.key]


def test_old_tries_are_swept(fake_clock: FakeClock) -> None:
    throttle.admit(ZHANG)
    fake_clock.sleep(8 * throttle.FORGET_SECONDS)
    throttle.sweep()
    assert Attempt.select().count() == 0
