"""Originals are noted once, patrolled, healed, and never served damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import documents, ledger, tasks
from core.clock import FakeClock
from core.errors import NotFound
from core.house import House
from plugins.archive import originals
from plugins.archive.tables import Original
from tests.plugins.archive.conftest import Ask, take_in


def copies(house: House, original: Original) -> list[Path]:
    digest = original.digest
    return [root / digest[:2] / digest for root in house.folder.originals]


@pytest.fixture
def one(ask: Ask, house: House) -> Original:
    document = ask()
    house.runner().drain(60)
    take_in()
    (row,) = originals.of_document(document.id)
    return row


def patrol(house: House, seconds: float = 30) -> list[dict[str, int]]:
    """One round; the counts that it told."""
    known = len(ledger.events(0, 10_000))
    house.runner().tick_once()
    house.runner().drain(seconds)
    return [event.body for event in ledger.events(known, 10_000) if event.kind == "archive.scrubbed"]


def test_an_original_is_noted_once_with_what_the_event_says(one: Original) -> None:
    take_in()
    assert len(originals.listing().rows) == 1
    assert (one.number, one.media_type, one.size, one.month) == (
        "26110000000000000001",
        "application/xml",
        4,
        "2026-11",
    )
    assert originals.find(one.id).name == "26110000000000000001.xml"


def test_an_original_is_there_before_the_archive_heard_of_it(ask: Ask, house: House) -> None:
    document = ask()
    house.runner().drain(60)
    Original.delete().execute()
    (row,) = originals.of_document(document.id)
    assert originals.find(row.id).digest == row.digest


def test_an_original_that_is_none_is_not_found(one: Original) -> None:
    for id in ["", "x", "000000000001-00", "999999999999-00", "-", "00000000000a-00", "٠٠٠٠٠٠٠٠٠٠٠١-00"]:
        with pytest.raises(NotFound):
            originals.find(id)


def test_a_patrol_counts_and_rests(house: House, one: Original, fake_clock: FakeClock) -> None:
    assert patrol(house) == [{"checked": 1, "sound": 1, "healed": 0, "damaged": 0}]
    assert originals.find(one.id).verdict == "sound"
    assert patrol(house) == [], "what was read today is not read again, whatever was started anew"
    fake_clock.sleep(24 * 3600)
    assert patrol(house)[0]["checked"] == 1


@pytest.mark.parametrize("which", [0, 1])
def test_a_patrol_heals_either_copy(house: House, one: Original, which: int) -> None:
    copies(house, one)[which].write_bytes(b"<y/>")
    assert patrol(house) == [{"checked": 1, "sound": 0, "healed": 1, "damaged": 0}]
    assert [path.read_bytes() for path in copies(house, one)] == [b"<x/>"] * 2


def test_a_lost_original_is_told_once(house: House, one: Original, fake_clock: FakeClock) -> None:
    for path in copies(house, one):
        path.write_bytes(b"rotten")
    assert patrol(house)[0]["damaged"] == 1
    fake_clock.sleep(24 * 3600)
    assert patrol(house)[0]["damaged"] == 1
    told = [event for event in ledger.events_about(one.document) if event.kind == "archive.damaged"]
    assert [event.body["original"] for event in told] == [one.id]
    assert [row.id for row in originals.damaged()] == [one.id]
    copies(house, one)[0].write_bytes(b"<x/>")
    fake_clock.sleep(24 * 3600)
    assert patrol(house)[0]["healed"] == 1, "a restored copy heals the other"
    assert originals.damaged() == []


def test_a_round_goes_on_in_portions(
    house: House, ask: Ask, monkeypatch: pytest.MonkeyPatch, fake_clock: FakeClock
) -> None:
    monkeypatch.setattr(originals, "PORTION", 2)
    for _ in range(5):
        ask()
    house.runner().drain(60)
    take_in()
    assert patrol(house) == [{"checked": 5, "sound": 5, "healed": 0, "damaged": 0}]
    assert tasks.dead() == []


def test_listing_by_month_in_pages(house: House, ask: Ask) -> None:
    for _ in range(5):
        ask()
    house.runner().drain(60)
    take_in()
    assert originals.months() == [("2026-11", 5)]
    first = originals.listing("2026-11", size=3)
    second = originals.listing("2026-11", first.next, 3)
    assert [len(first.rows), len(second.rows), second.next] == [3, 2, ""]
    assert len({row.id for row in (*first.rows, *second.rows)}) == 5
    assert originals.listing("2026-10").rows == []
    assert {row.document for row in originals.listing().rows} == {d.id for d in documents.documents()}
