"""The first release's data are brought up to date, killed on the way or not."""

from __future__ import annotations

from pathlib import Path

from tests.faults import upgrades
from tests.proof.row import Job


def test_an_upgrade_survives_being_killed(tmp_path: Path) -> None:
    tally = upgrades.run(Job(6, 7, tmp_path))
    assert tally.cases == 6
    assert tally.violations == []


def test_there_is_a_release_to_upgrade_from() -> None:
    assert [path.name for path in upgrades.RELEASES] == ["0.1.0.tar.gz"]
