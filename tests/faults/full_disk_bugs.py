"""Bugs that a full disk shows, planted in the process that serves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core import disk
from core.errors import WriteStop
from tests.faults.syscalls_bugs import write_error_swallowed


def full_is_a_bug() -> None:
    """Nobody thought of it: what the disk says goes up as it is."""

    def as_it_is(error: Exception) -> Exception:
        return error

    disk.judged = as_it_is
    disk._is_short = _never


def full_is_broken() -> None:
    """No difference is made between a full disk and a broken one."""

    def filled(error: Exception) -> WriteStop:
        return disk.stop(str(error))

    disk._filled = filled  # type: ignore[assignment]


def full_for_ever() -> None:
    """It is read-only until somebody restarts it."""
    disk._has_recovered = lambda root: False


def half_an_original() -> None:
    """An original that found no room is cut off and named all the same."""
    write_error_swallowed()


def nothing_is_refused_early() -> None:
    """Room is looked at in bytes alone, and any room will do."""
    disk._is_short = _never


def _never(root: Path) -> bool:
    return not root


BUGS: dict[str, Callable[[], None]] = {
    "full-is-a-bug": full_is_a_bug,
    "full-is-broken": full_is_broken,
    "full-for-ever": full_for_ever,
    "half-an-original": half_an_original,
    "nothing-is-refused-early": nothing_is_refused_early,
}
