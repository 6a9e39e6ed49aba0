"""A flipped bit is found, healed or harmless; and what the product makes of damage by name."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core import registry, scope, soundness
from core.house import House
from tests.faults import rot
from tests.proof.row import Job


def test_no_bit_changes_anything_unseen(tmp_path: Path) -> None:
    tally = rot.run(Job(20, 7, tmp_path))
    assert tally.cases == 20
    assert tally.violations == []


@pytest.mark.parametrize("bit", [0x80, 0x40])
def test_a_text_that_is_none_is_named_and_stops_nothing(bare: House, company: str, bit: int) -> None:
    # SQLite hands it out with a later row, where no wrapper turns the error into the database's own.
    with closing(sqlite3.connect(bare.folder.database)) as link:
        link.execute("DROP TRIGGER _event_keep_update")
        link.execute("UPDATE _event SET body = CAST(x'7B22' || ? AS TEXT)", (bytes([bit]),))
        link.commit()
    assert soundness.company(bare.signer).problems


def test_a_sound_house_has_no_problems(bare: House, company: str) -> None:
    assert soundness.house(bare.signer) == []
    assert [soundness.company(bare.signer).problems for _ in registry.companies()] == [[]]
    with scope.opened(company):
        assert soundness.company(bare.signer).size == 1
