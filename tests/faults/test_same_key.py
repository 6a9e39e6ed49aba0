"""One request from many hands at once happens once; small."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import same_key
from tests.proof.row import Caught, Job


@pytest.mark.slow
def test_a_storm_of_one_request_has_one_effect(tmp_path: Path) -> None:
    tally = same_key.run(Job(len(same_key.FIRST), 1, tmp_path))
    assert tally.violations == []


@pytest.mark.slow
def test_a_planted_bug_is_caught(tmp_path: Path) -> None:
    with pytest.raises(Caught):
        same_key.run(Job(3, 1, tmp_path, plant="compares-no-content"))
