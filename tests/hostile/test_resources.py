"""A few cases of row S4: nothing a stranger writes has the renderer fetch anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile import resources
from tests.hostile.watching import there_is_strace
from tests.proof.row import Caught, Job

pytestmark = pytest.mark.skipif(not there_is_strace(), reason="strace is not installed")


def test_nothing_is_fetched(tmp_path: Path) -> None:
    tally = resources.run(Job(8, 3, tmp_path))
    assert tally.violations == []
    assert tally.cases == 9


@pytest.mark.parametrize("plant", ["the policy allows the network", "children without walls"])
def test_a_hole_is_seen(tmp_path: Path, plant: str) -> None:
    with pytest.raises(Caught):
        resources.run(Job(20, 1, tmp_path, plant=plant))
