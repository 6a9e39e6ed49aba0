"""A server that is killed with what belongs to it, and one that is asked for twice; small."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import kills
from tests.proof.row import Caught, Job


@pytest.mark.slow
def test_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    tally = kills.run(Job(2, 1, tmp_path))
    assert tally.violations == []
    assert tally.cases == 3


@pytest.mark.slow
def test_a_planted_bug_is_caught(tmp_path: Path) -> None:
    with pytest.raises(Caught) as found:
        kills.run(Job(2, 1, tmp_path, plant="forgets-keys"))
    assert {violation.invariant for violation in found.value.tally.violations} == {"I2"}
