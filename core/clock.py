"""The only clock. Wall time names moments for people; steady time decides (leases, windows, due times)."""

from __future__ import annotations

import pathlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Protocol

CHINA = timezone(timedelta(hours=8), "CST")
"""China's legal time: one zone, no summer time since 1992."""


class Clock(Protocol):
    """What a source of time must answer."""

    def now(self) -> datetime:
        """The wall clock, UTC. For people and documents; no decision depends on it."""

    def steady(self) -> float:
        """Seconds that never run backwards while the machine is up; shared by its processes."""

    def boot(self) -> str:
        """The name of the machine's present run: steady times of different runs do not compare."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's clocks; `ahead` shifts the wall clock only (the demo's history uses it)."""

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self.ahead = ahead
        boot_id = pathlib.Path("/proc/sys/kernel/random/boot_id")
        self._boot = boot_id.read_text().strip() if boot_id.exists() else f"run-{time.time_ns()}"

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def steady(self) -> float:
        return time.monotonic()

    def boot(self) -> str:
        return self._boot

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class FakeClock:
    """Time that moves only when told to: tests and simulations."""

    def __init__(self, start: datetime, boot: str = "boot-1") -> None:
        self.wall, self.mono, self.name = start, 1000.0, boot

    def now(self) -> datetime:
        return self.wall

    def steady(self) -> float:
        return self.mono

    def boot(self) -> str:
        return self.name

    def sleep(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.mono += seconds

    def reboot(self, name: str) -> None:
        """The machine restarts: steady time begins anew under another name."""
        self.name, self.mono = name, 0.0


_current: Clock = SystemClock()


@contextmanager
def use(clock: Clock) -> Iterator[Clock]:
    """Put another clock in place of the machine's for the length of the block."""
    global _current
    before, _current = _current, clock
    try:
        yield clock
    finally:
        _current = before


def now() -> datetime:
    """The wall clock, UTC."""
    return _current.now()


def today() -> date:
    """The date in China."""
    return _current.now().astimezone(CHINA).date()


def stamp() -> str:
    """The wall clock as stored: ISO 8601, UTC, milliseconds."""
    return _current.now().isoformat(timespec="milliseconds")


def steady() -> float:
    """Seconds of the steady clock."""
    return _current.steady()


def boot() -> str:
    """The name of the machine's present run."""
    return _current.boot()


def sleep(seconds: float) -> None:
    """Wait."""
    _current.sleep(seconds)
